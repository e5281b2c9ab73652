"""Looking: what reading verbs return, and how they page through a store."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

import attrs

from grantkit.decision import Visible, visible
from grantkit.errors import Corrupt
from grantkit.inputs import identifier, instance_of, integer, listed, one_of, optional
from grantkit.lifecycle import GrantState, RequestState, Want, agents_of, key_of, may_look
from grantkit.model import (
    MOST_SEQ,
    AccessRequest,
    Actor,
    Agent,
    Consent,
    Grant,
    Grantee,
    Holder,
    Member,
    System,
    Team,
    holder_of,
)
from grantkit.policy import Action
from grantkit.ports import ConsentsOf, Found, GrantsOf, RequestsOf, TenantsOf
from grantkit.rules import AccessRules
from grantkit.service.guard import check_facts
from grantkit.service.host import Host
from grantkit.service.statuses import ConsentStatus, GrantStatus, RequestStatus, Status, status_of
from grantkit.service.steps import PAGE, Steps, find, load, tenants

S = TypeVar("S", GrantStatus, ConsentStatus, RequestStatus)


def at_most(limit: int | None) -> int | None:
    """Return *limit*, checked: ``None`` for all there are."""
    return None if limit is None else integer("limit", limit, least=1, most=MOST_SEQ)


def looker(by: Actor | None) -> Actor | None:
    """Return who looks, checked: ``None`` where the host looks for itself."""
    if by is not None:
        instance_of("by", by, Member, Agent, System)
    return by


@attrs.frozen(kw_only=True)
class Filter:
    """
    Which rows are looked for; ``None`` leaves all in.

    Attributes:
        states: In one of these states.
        flow: Of this flow.
        holder: For this agent or team.
        actor: That this person asked for, answered or ended, by id.
    """

    states: frozenset[str] | None
    flow: str | None
    holder: Holder | None
    actor: str | None

    def passes(self, status: Status) -> bool:
        """Whether *status* is among what is looked for."""
        row = status.row
        return (
            (self.states is None or status.state in self.states)
            and self.flow in (None, row.flow)
            and self.holder in (None, row.holder)
            and (self.actor is None or self.actor in _who_acted(status))
        )


def _who_acted(status: Status) -> set[str]:
    row = status.row
    ids = {approval.by.id for approval in row.approvals}
    if isinstance(row, AccessRequest):
        ids.add(row.by.id)
    return ids if status.settled_by is None else ids | {status.settled_by.id}


def filter_of(
    kind: type[GrantState] | type[RequestState],
    *,
    states: Collection[GrantState | RequestState | str] | None,
    flow: str | None,
    holder: Grantee | None,
    actor: str | None,
) -> Filter:
    """Return the filter that arguments spell, checked."""
    names = [str(state) for state in kind]
    if holder is not None:
        instance_of("holder", holder, Agent, Team)
    return Filter(
        states=None
        if states is None
        else frozenset(one_of("states", str(state), names) for state in listed("states", states)),
        flow=optional(identifier, "flow", flow),
        holder=None if holder is None else holder_of(holder),
        actor=optional(identifier, "actor", actor),
    )


@attrs.frozen(kw_only=True)
class Look:
    """
    One look at the rows of a tenant.

    Attributes:
        tenant: Whose.
        by: Who looks; ``None`` for the host itself.
        wanted: What is looked for.
        limit: At most so many; ``None`` for all there are.
    """

    tenant: str
    by: Actor | None
    wanted: Filter
    limit: int | None


def grants_plan(host: Host, look: Look) -> Steps[tuple[GrantStatus, ...]]:
    """Return the grants that may be seen and are wanted, in the order of their consent."""
    return _seen(host, look, GrantsOf, GrantStatus)


def consents_plan(host: Host, look: Look) -> Steps[tuple[ConsentStatus, ...]]:
    """Return the consents that may be seen and are wanted, in their order."""
    return _seen(host, look, ConsentsOf, ConsentStatus)


def requests_plan(host: Host, look: Look) -> Steps[tuple[RequestStatus, ...]]:
    """Return the requests that may be seen and are wanted, in the order in which they were asked."""
    return _seen(host, look, RequestsOf, RequestStatus)


def _seen(
    host: Host, look: Look, query: type[GrantsOf | ConsentsOf | RequestsOf], kind: type[S]
) -> Steps[tuple[S, ...]]:
    now = host.now()
    # The host looks for itself, asking nobody.
    rules = None if look.by is None else host.rules_of(look.tenant)
    seen: list[S] = []
    after = 0
    while True:
        page = yield from find(query(tenant=look.tenant, after=after, limit=PAGE))
        for status in (yield from _statuses(look.tenant, page, now)):
            if isinstance(status, kind) and look.wanted.passes(status) and _may_see(look, rules, status):
                seen.append(status)
                if len(seen) == look.limit:
                    return tuple(seen)
        if len(page) < PAGE:
            return tuple(seen)
        if _place(page[-1]) <= after:
            raise Corrupt(what="rows out of order")
        after = _place(page[-1])


def _may_see(look: Look, rules: AccessRules | None, status: Status) -> bool:
    return (
        look.by is None
        or rules is None
        or may_look(look.by, look.tenant, rules, rules.view.status, status.row)
    )


def _place(row: Found) -> int:
    return row.seq if isinstance(row, AccessRequest) else row.consent_seq


def _statuses(tenant: str, page: tuple[Found, ...], now: datetime) -> Steps[tuple[Status, ...]]:
    """Return where the rows of a page stand: read again, so that all of it is of one moment."""
    gave = tuple(row.gave for row in page if isinstance(row, AccessRequest) and row.gave is not None)
    above = {row.parent for row in page if not isinstance(row, Consent) and row.parent is not None}
    slice_ = yield from load(
        tenant,
        Want(
            grants=(*(row.id for row in page if isinstance(row, Grant)), *gave),
            consents=(*(row.id for row in page if isinstance(row, Consent)), *gave, *sorted(above)),
            requests=tuple(row.id for row in page if isinstance(row, AccessRequest)),
            agents=tuple({agent for row in page for agent in agents_of(row)}),
            cuts=True,
        ),
    )
    found: list[Status] = []
    for row in page:
        again = slice_.rows.get(key_of(row))
        if isinstance(again, Grant | Consent | AccessRequest):
            found.append(status_of(slice_, again, now))
        elif slice_.head.seq >= _place(row):  # else it was forgotten meanwhile
            raise Corrupt(what="a row that is not found again")
    return tuple(found)


def tenants_plan(
    host: Host, agent: Agent, at: datetime, *, action: Action | None, after: str, limit: int | None
) -> Steps[tuple[Visible, ...]]:
    """Return the tenants that *agent* sees, by id; each is judged again, whatever the store selected (N9)."""
    seen: list[Visible] = []
    while True:
        query = TenantsOf(agent=agent.id, holders=agent.holders, alive_after=at, after=after, limit=PAGE)
        page = yield from tenants(query)
        for facts in page:
            check_facts(facts, agent)
            found = visible(agent, facts, host.rules_of(facts.head.tenant), at, action)
            if found is not None:
                seen.append(found)
                if len(seen) == limit:
                    return tuple(seen)
        if len(page) < PAGE:
            return tuple(seen)
        after = page[-1].head.tenant
