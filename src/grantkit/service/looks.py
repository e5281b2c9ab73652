"""Looking: what reading verbs return, and how they page through a store."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

import attrs

from grantkit.decision import Visible, visible
from grantkit.errors import Corrupt, NotFound
from grantkit.inputs import identifier, instance_of, integer, listed, one_of, optional
from grantkit.lifecycle import (
    Act,
    GrantState,
    Offer,
    RequestState,
    Slice,
    Want,
    agents_of,
    holds_as,
    key_of,
    may_do,
    may_look,
    may_stop_all,
    offers,
)
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
from grantkit.service.arguments import stance_of
from grantkit.service.guard import check_facts
from grantkit.service.host import NOWHERE, Host
from grantkit.service.ruling import rules_of
from grantkit.service.statuses import ConsentStatus, GrantStatus, RequestStatus, Standing, Status, status_of
from grantkit.service.steps import PAGE, Steps, find, load, load_whole, tenants
from grantkit.service.zones import load_zone

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
        holders: For one of these: a team, or an agent as itself and through each of its teams.
        actor: That this person asked for, answered or ended, by id.
    """

    states: frozenset[str] | None
    flow: str | None
    holders: frozenset[Holder] | None
    actor: str | None

    def passes(self, status: Status) -> bool:
        """Whether *status* is among what is looked for."""
        row = status.row
        return (
            (self.states is None or status.state in self.states)
            and self.flow in (None, row.flow)
            and (self.holders is None or row.holder in self.holders)
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
        holders=None if holder is None else _holders(holder),
        actor=optional(identifier, "actor", actor),
    )


def _holders(grantee: Grantee) -> frozenset[Holder]:
    return frozenset(grantee.holders if isinstance(grantee, Agent) else [holder_of(grantee)])


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
    act = None if look.by is None else (yield from _looking(host, look.tenant, look.by, now))
    seen: list[S] = []
    after = 0
    while True:
        page = yield from find(query(tenant=look.tenant, after=after, limit=PAGE))
        slice_, found = yield from _statuses(look, page, now)
        for status in found:
            if isinstance(status, kind) and look.wanted.passes(status) and _may_see(look, act, status):
                seen.append(status if act is None else _with_verbs(host, slice_, act, status))
                if len(seen) == look.limit:
                    return tuple(seen)
        if len(page) < PAGE:
            return tuple(seen)
        if _place(page[-1]) <= after:
            raise Corrupt(what="rows out of order")
        after = _place(page[-1])


def _looking(host: Host, tenant: str, by: Actor, now: datetime) -> Steps[Act]:
    rules = yield from rules_of(host, tenant)
    return Act(by=by, now=now, rules=rules, zone=load_zone)


def _may_see(look: Look, act: Act | None, status: Status) -> bool:
    if act is None:
        return True
    # What lets an agent in now is no secret from it, also where the rules hide the tenant from those who have nothing.
    lets_in = (
        isinstance(status, GrantStatus) and status.state is GrantState.LIVE and _held(act.by, status.grant)
    )
    return lets_in or may_look(act.by, look.tenant, act.rules, act.rules.view.status, status.row)


def _held(by: Actor, grant: Grant) -> bool:
    return isinstance(by, Agent) and holds_as(by, grant) and grant.as_team in (None, *by.teams)


def _with_verbs(host: Host, slice_: Slice, act: Act, status: S) -> S:
    return attrs.evolve(status, may=may_do(slice_, act, status.row, host.same_person, host.predicates))


def _place(row: Found) -> int:
    return row.seq if isinstance(row, AccessRequest) else row.consent_seq


def _statuses(look: Look, page: tuple[Found, ...], now: datetime) -> Steps[tuple[Slice, list[Status]]]:
    """Return where the rows of a page stand: read again, so that all of it is of one moment."""
    looks = {look.by.id} if isinstance(look.by, Agent) else set[str]()
    gave = tuple(row.gave for row in page if isinstance(row, AccessRequest) and row.gave is not None)
    want = Want(
        grants=(*(row.id for row in page if isinstance(row, Grant)), *gave),
        consents=(*(row.id for row in page if isinstance(row, Consent)), *gave),
        requests=tuple(row.id for row in page if isinstance(row, AccessRequest)),
        agents=tuple(looks.union(*map(agents_of, page))),
        cuts=True,
    )
    slice_ = yield from load_whole(look.tenant, want)
    found: list[Status] = []
    for row in page:
        again = slice_.rows.get(key_of(row))
        if isinstance(again, Grant | Consent | AccessRequest):
            found.append(status_of(slice_, again, now))
        elif slice_.head.seq >= _place(row):  # else it was forgotten meanwhile
            raise Corrupt(what="a row that is not found again")
    return slice_, found


def standing_plan(host: Host, tenant: str, by: Actor | None, agent: str | None) -> Steps[Standing]:
    """Return what holds for the tenant as a whole, and what whoever looks may do about it."""
    act = None if by is None else (yield from _looking(host, tenant, by, host.now()))
    if act is not None and not may_look(act.by, tenant, act.rules, act.rules.view.status):
        lets_in = yield from _lets_in(host, tenant, act.by)
        if not lets_in:
            raise NotFound(what="tenant", id=tenant, tenant=tenant)
    slice_ = yield from load(tenant, stance_of(agent))
    stance = None if agent is None else slice_.stances.get(agent)
    return Standing(
        tenant=tenant,
        freeze=slice_.head.freeze,
        agent=agent,
        agent_freeze=None if stance is None else stance.freeze,
        may=frozenset() if act is None else may_stop_all(slice_, act, agent),
    )


def offers_plan(host: Host, tenant: str, by: Actor) -> Steps[tuple[Offer, ...]]:
    """Return the flows that *by* may begin at *tenant*, none where there is no such tenant; only the rules are read."""
    rules = yield from rules_of(host, tenant)
    return () if rules is NOWHERE else offers(rules, tenant, by)


def _lets_in(host: Host, tenant: str, by: Actor) -> Steps[bool]:
    """Whether some live grant lets *by* in: then the tenant is no secret from it, as for a decision."""
    if not isinstance(by, Agent):
        return False
    live = frozenset({GrantState.LIVE.value})
    wanted = Filter(states=live, flow=None, holders=frozenset(by.holders), actor=None)
    found = yield from grants_plan(host, Look(tenant=tenant, by=by, wanted=wanted, limit=1))
    return bool(found)


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
            rules = yield from rules_of(host, facts.head.tenant)
            found = None if rules is NOWHERE else visible(agent, facts, rules, at, action)
            if found is not None:
                seen.append(found)
                if len(seen) == limit:
                    return tuple(seen)
        if len(page) < PAGE:
            return tuple(seen)
        after = page[-1].head.tenant
