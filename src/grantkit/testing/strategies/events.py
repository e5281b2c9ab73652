"""Events, each by itself."""

from datetime import timedelta
from typing import Any

import attrs
from hypothesis import strategies as st

from grantkit.inputs import EARLIEST
from grantkit.model import (
    MOST_SEQ,
    VENDOR,
    Amended,
    Body,
    ClockCorrected,
    Confirmed,
    CutOff,
    Ending,
    EndRecorded,
    Erased,
    Event,
    Frozen,
    Granted,
    LedgerHead,
    Relinquished,
    Revoked,
    RulesAdopted,
    TenantForgotten,
    Terms,
    Unfrozen,
)
from grantkit.testing.strategies.kept import approvals, digests, grants, retries
from grantkit.testing.strategies.nouns import actors
from grantkit.testing.strategies.words import TICK, Fields, ids, instants, texts


def events(**fields: Fields) -> st.SearchStrategy[Event]:
    """
    Return events of every kind, each by itself: they are no history, and their hash is not set.

    ``tenant``, ``seq``, ``at``, ``actor``, ``rules`` and ``retry`` can be given.
    """
    said: dict[str, Fields] = {
        "tenant": ids() | st.just(VENDOR),
        "seq": st.integers(1, MOST_SEQ),
        "at": instants(EARLIEST + timedelta(hours=1)),
        "behind": st.none() | st.timedeltas(TICK, timedelta(hours=1)),
        "actor": actors(),
        "rules": st.just("") | digests(),
        "body": _bodies(),
        "retry": st.none() | retries(payload=digests()),
    }
    return st.builds(_event, **{**said, **fields})


def _event(**fields: Any) -> Event:
    behind: timedelta | None = fields.pop("behind")
    body: Body = fields.pop("body")
    if isinstance(body, Granted):
        if fields["tenant"] == VENDOR:
            fields["tenant"] = body.grant.tenant
        body = Granted(attrs.evolve(body.grant, tenant=fields["tenant"], rules=fields["rules"]))
    clock = None if behind is None else fields["at"] - behind
    return Event(**fields, body=body, clock=clock)


def _bodies() -> st.SearchStrategy[Body]:
    ident, agent = ids(), st.none() | ids()
    consented = grants(consent_seq=st.just(1), version=st.just(1), ended=st.none())
    use = retries().map(lambda one: (one.actor, one.verb, one.key))
    text = st.tuples(st.integers(1, 999), st.sampled_from(("reason", "payload", "name:member:m-ana")))
    last = st.builds(LedgerHead, tenant=ids(), seq=st.integers(1, 999), hash=digests())
    return st.one_of(
        st.builds(RulesAdopted, digests(), st.just("") | texts()),
        st.builds(Granted, consented),
        st.builds(Confirmed, ident),
        st.builds(Amended, grant_id=ident, old=_terms(), new=_terms(), approval=st.none() | approvals()),
        st.builds(Revoked, ident),
        st.builds(Relinquished, ident),
        st.builds(EndRecorded, ident, st.sampled_from(Ending)),
        st.builds(CutOff, agent),
        st.builds(Frozen, agent),
        st.builds(Unfrozen, agent),
        st.builds(ClockCorrected, instants()),
        st.builds(
            Erased,
            st.lists(text, min_size=1, max_size=3).map(tuple),
            st.lists(ident, max_size=2).map(tuple),
            st.lists(use, max_size=2).map(tuple),
        ),
        st.builds(TenantForgotten, last),
    )


def _terms() -> st.SearchStrategy[Terms]:
    return grants().map(
        lambda grant: Terms(
            window=grant.window,
            term=grant.term,
            layers=grant.layers,
            demands=grant.demands,
            entry_required=grant.entry_required,
        )
    )
