"""What is kept: grants, the other rows, and the facts that are read from them."""

from datetime import datetime
from operator import attrgetter
from typing import Any

import attrs
from hypothesis import strategies as st

from grantkit.decision import TenantFacts
from grantkit.model import (
    MOST_SEQ,
    AccessRequest,
    Approval,
    Ask,
    Consent,
    Cut,
    Demand,
    Ended,
    Ending,
    Freeze,
    Grant,
    Head,
    OpenEnded,
    Retry,
    Row,
    Settled,
    Settling,
    Stance,
    nameless,
)
from grantkit.testing.strategies.nouns import actors, agents, holders, layers, members, scopes, stacks
from grantkit.testing.strategies.words import Fields, ids, instants, terms, texts, windows


def approvals(**fields: Fields) -> st.SearchStrategy[Approval]:
    """Return approvals, without the name of whoever approved: that is a text of the event."""
    said = {
        "by": (members() | agents()).map(nameless),
        "selector": st.sampled_from(("tenant:admin", "vendor:duty")),
        "at": instants(),
        "channel": st.sampled_from(("in_product", "email")),
        "reference": st.none() | texts(),
        "text": st.none() | ids(),
        "text_digest": st.none() | digests(),
        "ends_by": st.none() | ends(),
        "word": st.none() | texts(most=40),
        "digest": digests(),
    }
    return st.builds(Approval, **{**said, **fields})


def ends() -> st.SearchStrategy[datetime | OpenEnded]:
    """Return ends: an instant, or none."""
    return instants() | st.just(OpenEnded())


def digests() -> st.SearchStrategy[str]:
    """Return digests, as 64 hexadecimal digits."""
    return st.binary(min_size=32, max_size=32).map(bytes.hex)


def endings() -> st.SearchStrategy[Ended]:
    """Return ends that are recorded, in every way."""
    return st.builds(Ended, st.sampled_from(Ending), instants(), actors().map(nameless), st.integers(1, 999))


def grants(**fields: Fields) -> st.SearchStrategy[Grant]:
    """
    Return grants, some of them over; every field of :class:`~grantkit.Grant` can be given as a strategy.

    A grant to a team names no capacity, whatever is given for it.
    """
    said: dict[str, Fields] = {
        "id": ids(),
        "tenant": ids(),
        "holder": holders(),
        "scope": scopes(),
        "layers": stacks(),
        "window": windows(),
        "flow": ids(most=40),
        "as_team": st.none() | ids(),
        "act_as": st.none() | ids(),
        "term": st.none() | terms(),
        "reason": st.just("") | texts(),
        "category": st.none() | ids(),
        "tickets": st.frozensets(texts(most=40), max_size=2),
        "rules": st.just("") | digests(),
        "demands": st.lists(
            st.builds(Demand, beyond=layers(st.just("ceiling")), needs=ids(most=40)), max_size=1
        ).map(tuple),
        "entry_required": st.booleans(),
        "consenting_roles": st.frozensets(ids(), max_size=2),
        "approvals": _answers(),
        "request": st.none() | ids(),
        "parent": st.none() | ids(),
        "consent_seq": st.integers(1, 999),
        "version": st.integers(1, 9),
        "ended": st.none() | endings(),
    }
    return st.builds(_grant, **{**said, **fields})


def _grant(**fields: Any) -> Grant:
    if fields["holder"].kind == "team":
        fields["as_team"] = None
    return Grant(**fields)


def consents(**fields: Fields) -> st.SearchStrategy[Consent]:
    """
    Return consents that allow nothing by themselves, some over; every field of :class:`~grantkit.Consent` can be given.

    A consent for a team names no capacity, whatever is given for it.
    """
    said: dict[str, Fields] = {
        "id": ids(),
        "tenant": ids(),
        "flow": ids(most=40),
        "holder": holders(),
        "as_team": st.none() | ids(),
        "scope": scopes(),
        "layers": stacks(),
        "window": windows(),
        "term": st.none() | terms(),
        "reason": st.just("") | texts(),
        "category": st.none() | ids(),
        "tickets": st.frozensets(texts(most=40), max_size=2),
        "rules": st.just("") | digests(),
        "consenting_roles": st.frozensets(ids(), max_size=2),
        "approvals": _answers(),
        "request": st.none() | ids(),
        "consent_seq": st.integers(1, 999),
        "ended": st.none() | endings(),
    }
    return st.builds(_consent, **{**said, **fields})


def _consent(**fields: Any) -> Consent:
    if fields["holder"].kind == "team":
        fields["as_team"] = None
    return Consent(**fields)


def _answers() -> st.SearchStrategy[tuple[Approval, ...]]:
    return st.lists(approvals(), max_size=2, unique_by=_whose).map(tuple)


def _whose(one: Approval) -> tuple[type[object], str]:
    return type(one.by), one.by.id


def asks(**fields: Fields) -> st.SearchStrategy[Ask]:
    """Return the terms of requests; every field can be given."""
    said: dict[str, Fields] = {
        "holder": holders(),
        "as_team": st.none() | ids(),
        "act_as": st.none() | ids(),
        "scope": scopes(),
        "layers": stacks(),
        "terms": st.lists(terms(), min_size=1, max_size=2).map(tuple),
        "starts": st.none() | instants(),
        "ends_by": ends(),
    }
    return st.builds(_ask, **{**said, **fields})


def _ask(**fields: Any) -> Ask:
    if fields["holder"].kind == "team":
        fields["as_team"] = None
    return Ask(**fields)


def requests(**fields: Fields) -> st.SearchStrategy[AccessRequest]:
    """Return requests, pending and settled in every way; every field of them can be given."""
    said: dict[str, Fields] = {
        "id": ids(),
        "tenant": ids(),
        "flow": ids(most=40),
        "flow_digest": digests(),
        "yields": st.sampled_from(("grant", "consent")),
        "by": (members() | agents()).map(nameless),
        "ask": asks(),
        "reason": st.just("") | texts(),
        "category": st.none() | ids(),
        "tickets": st.frozensets(texts(most=40), max_size=2),
        "rules": st.just("") | digests(),
        "parent": st.none() | ids(),
        "approvals": _answers(),
        "beforehand": st.none() | approvals(),
        "step": st.integers(0, 3),
        "awaits": st.lists(st.sampled_from(("tenant:admin", "vendor:duty")), max_size=2, unique=True).map(
            tuple
        ),
        "needs": st.integers(0, 3),
        "lapses_at": ends(),
        "seq": st.integers(1, 999),
        "settled": st.none() | _settled(),
        "gave": st.none() | ids(),
    }
    return st.builds(AccessRequest, **{**said, **fields})


def _settled() -> st.SearchStrategy[Settled]:
    return st.builds(
        Settled,
        st.sampled_from(Settling),
        instants(),
        actors().map(nameless),
        st.integers(1, 999),
        st.just("") | texts(),
    )


def freezes() -> st.SearchStrategy[Freeze]:
    """Return standing blocks."""
    return st.builds(Freeze, actors().map(nameless), instants(), st.integers(1, 999))


def heads(**fields: Fields) -> st.SearchStrategy[Head]:
    """Return heads of records, some of them frozen or cut off; every field can be given."""
    said = {
        "tenant": ids(),
        "seq": st.integers(1, MOST_SEQ),
        "hash": digests(),
        "seen_at": instants(),
        "rules": st.just("") | digests(),
        "freeze": st.none() | freezes(),
        "cut_off": st.integers(0, 999),
    }
    return st.builds(Head, **{**said, **fields})


def stances(**fields: Fields) -> st.SearchStrategy[Stance]:
    """Return what a tenant holds against single agents; every field can be given."""
    said = {"agent": ids(), "freeze": st.none() | freezes(), "cut_off": st.integers(0, 999)}
    return st.builds(Stance, **{**said, **fields})


def retries(**fields: Fields) -> st.SearchStrategy[Retry]:
    """Return uses of idempotency keys; every field can be given."""
    who = st.tuples(st.just("member"), ids(), ids()) | st.tuples(st.sampled_from(("agent", "system")), ids())
    said = {
        "actor": who,
        "verb": st.just("grant"),
        "key": ids(),
        "payload": st.just("") | digests(),
        "subject": ids(),
    }
    return st.builds(Retry, **{**said, **fields})


def rows(tenant: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Row]:
    """Return rows of every kind, of *tenant* where they say whose they are."""
    whose = ids() if tenant is None else tenant
    cuts = st.builds(Cut, agent=st.none() | ids(), seq=st.integers(1, 999), at=instants())
    made = (grants(tenant=whose), consents(tenant=whose), requests(tenant=whose))
    return st.one_of(*made, heads(tenant=whose), stances(), cuts, retries())


def facts(tenant: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[TenantFacts]:
    """
    Return facts of a decision, as if a store had read them for anybody.

    Args:
        tenant: Whose; one of all ids by default.
    """
    found = st.lists(grants(tenant=st.just("acme")), max_size=4, unique_by=attrgetter("id"))
    against = st.lists(stances(), max_size=2, unique_by=attrgetter("agent"))
    return st.builds(_read, found, heads(tenant=ids() if tenant is None else tenant), against)


def _read(found: list[Grant], head: Head, against: list[Stance]) -> TenantFacts:
    here = (attrs.evolve(grant, tenant=head.tenant) for grant in found)
    return TenantFacts.of(*here, head=head, stances=against)
