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
    Approved,
    Body,
    ClockCorrected,
    Confirmed,
    Consented,
    ConsentEnded,
    CutOff,
    Denied,
    Ending,
    EndRecorded,
    Erased,
    Event,
    Frozen,
    Granted,
    Lapsed,
    LedgerHead,
    Relinquished,
    Requested,
    Revoked,
    RulesAdopted,
    Settling,
    StepOpened,
    System,
    TenantForgotten,
    Terms,
    Unfrozen,
    Withdrawn,
    nameless,
)
from grantkit.testing.strategies.kept import (
    approvals,
    asks,
    consents,
    digests,
    ends,
    grants,
    requests,
    retries,
)
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
    if isinstance(body, Granted | Consented | Requested):
        body = _agreeing(body, fields)
    clock = None if behind is None else fields["at"] - behind
    return Event(**fields, body=body, clock=clock)


def _agreeing(body: Granted | Consented | Requested, fields: dict[str, Any]) -> Body:
    """Return *body* with what its event says as well: whose record it is in, under which rules, and who asks."""
    match body:
        case Granted(grant=made) | Consented(consent=made) | Requested(request=made):
            fields["tenant"] = made.tenant if fields["tenant"] == VENDOR else fields["tenant"]
    said = {"tenant": fields["tenant"], "rules": fields["rules"]}
    match body:
        case Granted(grant=grant):
            return Granted(attrs.evolve(grant, **said))
        case Consented(consent=consent):
            return Consented(attrs.evolve(consent, **said))
        case Requested(request=request):
            if isinstance(fields["actor"], System):
                fields["actor"] = request.by  # no job of the host asks for access
            return Requested(attrs.evolve(request, **said, by=nameless(fields["actor"])))


def _bodies() -> st.SearchStrategy[Body]:
    ident, agent = ids(), st.none() | ids()
    consented = grants(consent_seq=st.just(1), version=st.just(1), ended=st.none())
    asked = requests(
        approvals=st.just(()), step=st.just(0), seq=st.just(1), settled=st.none(), gave=st.none()
    )
    use = retries().map(lambda one: (one.actor, one.verb, one.key))
    text = st.tuples(st.integers(1, 999), st.sampled_from(("reason", "payload", "name:member:m-ana")))
    last = st.builds(LedgerHead, tenant=ids(), seq=st.integers(1, 999), hash=digests())
    return st.one_of(
        st.builds(RulesAdopted, digests(), st.just("") | texts()),
        st.builds(Granted, consented),
        st.builds(Consented, consents(consent_seq=st.just(1), ended=st.none())),
        st.builds(ConsentEnded, ident, st.sampled_from(Ending)),
        st.builds(Requested, asked),
        st.builds(
            StepOpened,
            ident,
            st.integers(0, 9),
            st.just(("tenant:admin", "vendor:duty")),
            st.integers(1, 3),
            ends(),
        ),
        st.builds(Approved, ident, approvals(), st.none() | asks(), st.just("") | texts()),
        st.builds(Denied, ident, st.just("") | texts()),
        st.builds(Withdrawn, ident),
        st.builds(Lapsed, ident, st.sampled_from((Settling.LAPSED, Settling.CUT_OFF))),
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
            st.lists(ident, max_size=2).map(tuple),
            st.lists(ident, max_size=2).map(tuple),
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
