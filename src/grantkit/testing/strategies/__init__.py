"""
Strategies for Hypothesis: whatever grantkit takes, often on or beside a bound.

All that they yield is valid: it can be constructed, written and decided on. Those that take strategies as keywords use
them in place of their own for that field, so that a host can narrow them to its world::

    from grantkit.testing import strategies as some

    @given(some.grants(tenant=st.just("acme")), some.instants())
    def test_my_page_shows_every_grant(grant, now): ...

This module needs Hypothesis, which the extra ``test`` of the distribution brings; nothing else of
:mod:`grantkit.testing` does.
"""

from importlib.util import find_spec

if find_spec("hypothesis") is None:
    _msg = "grantkit.testing.strategies needs Hypothesis, which the extra `test` of grantkit-access brings"
    raise ImportError(_msg, name="hypothesis")

from grantkit.testing.strategies.calls import Call, commands
from grantkit.testing.strategies.events import events
from grantkit.testing.strategies.kept import (
    approvals,
    asks,
    consents,
    endings,
    facts,
    freezes,
    grants,
    heads,
    requests,
    retries,
    rows,
    stances,
)
from grantkit.testing.strategies.nouns import (
    actions,
    actors,
    agents,
    holders,
    layers,
    members,
    policies,
    resources,
    scopes,
    systems,
    teams,
)
from grantkit.testing.strategies.words import beside, ids, instants, terms, texts, windows

__all__ = [
    "Call",
    "actions",
    "actors",
    "agents",
    "approvals",
    "asks",
    "beside",
    "commands",
    "consents",
    "endings",
    "events",
    "facts",
    "freezes",
    "grants",
    "heads",
    "holders",
    "ids",
    "instants",
    "layers",
    "members",
    "policies",
    "requests",
    "resources",
    "retries",
    "rows",
    "scopes",
    "stances",
    "systems",
    "teams",
    "terms",
    "texts",
    "windows",
]
