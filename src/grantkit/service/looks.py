"""Looking: what reading verbs return, and how they page through a store."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice

import attrs

from grantkit.decision import TenantFacts, Visible, visible
from grantkit.errors import Corrupt
from grantkit.inputs import identifier, instance_of, instant, integer, listed, one_of
from grantkit.lifecycle import GrantState, Slice, Want, may_look, state_of
from grantkit.model import Actor, Agent, Grant, Member, OpenEnded, System
from grantkit.model.wording import plainly
from grantkit.policy import Action, parse_action
from grantkit.ports import GrantsOf, Store, TenantsOf
from grantkit.service.guard import check_facts
from grantkit.service.host import Host
from grantkit.service.steps import PAGE

_MOST = 2**53 - 1


@attrs.frozen(kw_only=True)
class GrantStatus:
    """
    A grant, and where it stood when it was looked up. For showing; only ``authorize`` says what is allowed.

    Attributes:
        grant: The grant: its end is ``grant.ends_at``, its policies ``grant.policies`` (T10).
        state: Where it stands; a freeze does not change it.
        ended_at: When it ended: by a recorded end, a cut-off or its window; ``None`` while it has not.
        frozen: Whether a freeze of the tenant, or of the agent that it names, blocks it whatever its state.
    """

    grant: Grant
    state: GrantState
    ended_at: datetime | None
    frozen: bool

    def __str__(self) -> str:
        grant = self.grant
        names = ", ".join(grant.policies) or "no policy"
        ends_at = grant.ends_at
        until = "no end" if isinstance(ends_at, OpenEnded) else f"until {plainly(ends_at)}"
        frozen = ", frozen" if self.frozen else ""
        return f"{grant.id} {self.state}{frozen}: {grant.holder} on {grant.scope}, {names}, {until}"


def at_most(limit: int | None) -> int | None:
    """Return *limit*, checked: ``None`` for all there are."""
    return None if limit is None else integer("limit", limit, least=1, most=_MOST)


def looker(by: Actor | None) -> Actor | None:
    """Return who looks, checked: ``None`` where the host looks for itself."""
    if by is not None:
        instance_of("by", by, Member, Agent, System)
    return by


def grants_seen(
    store: Store,
    host: Host,
    tenant: str,
    *,
    by: Actor | None,
    states: Collection[GrantState | str] | None,
    limit: int | None,
) -> Iterator[GrantStatus]:
    """Yield the grants of *tenant* that *by* may see and that are in one of *states*, in the order of their consent."""
    tenant, by = identifier("tenant", tenant), looker(by)
    names = [str(state) for state in GrantState]
    wanted = (
        names
        if states is None
        else [one_of("states", str(state), names) for state in listed("states", states)]
    )
    rules = None if by is None else host.rules_of(tenant)  # the host looks for itself without asking anybody
    found = (
        status
        for status in _pages_of_grants(store, tenant, host.now())
        if status.state in wanted
        and (by is None or rules is None or may_look(by, tenant, rules, rules.view.status, status.grant))
    )
    return islice(found, at_most(limit))


def _pages_of_grants(store: Store, tenant: str, now: datetime) -> Iterator[GrantStatus]:
    after = 0
    while True:
        page = store.grants(GrantsOf(tenant=tenant, after=after, limit=PAGE))
        slice_ = store.load(tenant, Want(grants=tuple(grant.id for grant in page), cuts=True))
        for grant in page:
            found = slice_.grants.get(grant.id)
            if found is not None and (found.id, found.tenant) == (grant.id, tenant):
                yield _status(slice_, found, now)
            elif found is not None or slice_.head.seq >= grant.consent_seq:  # else it was forgotten meanwhile
                raise Corrupt(what="a grant that is not found again")
        if len(page) < PAGE:
            return
        if page[-1].consent_seq <= after:
            raise Corrupt(what="grants out of order")
        after = page[-1].consent_seq


def _status(slice_: Slice, grant: Grant, now: datetime) -> GrantStatus:
    state = state_of(slice_, grant, now)
    ended_at = None if state in (GrantState.SCHEDULED, GrantState.LIVE) else grant.over_at
    if state is GrantState.CUT_OFF:
        ended_at = slice_.cut_at(grant)  # when it was silenced, not when its window would have closed
    frozen = slice_.frozen(grant.holder) is not None
    return GrantStatus(grant=grant, state=state, ended_at=ended_at, frozen=frozen)


def tenants_seen(
    store: Store,
    host: Host,
    agent: Agent,
    now: datetime | None,
    *,
    action: str | None,
    after: str | None,
    limit: int | None,
) -> Iterator[Visible]:
    """Yield the tenants that *agent* sees, by id; each is judged again, whatever the store selected (N9)."""
    instance_of("agent", agent, Agent)
    at = host.now() if now is None else instant("now", now)
    asked = None if action is None else parse_action("action", action)
    start = "" if after is None else identifier("after", after)
    seen = (_seen(agent, facts, host, at, asked) for facts in _pages_of_tenants(store, agent, at, start))
    return islice((each for each in seen if each is not None), at_most(limit))


def _seen(
    agent: Agent, facts: TenantFacts, host: Host, at: datetime, action: Action | None
) -> Visible | None:
    check_facts(facts, agent)
    return visible(agent, facts, host.rules_of(facts.head.tenant), at, action)


def _pages_of_tenants(store: Store, agent: Agent, at: datetime, after: str) -> Iterator[TenantFacts]:
    while True:
        query = TenantsOf(agent=agent.id, holders=agent.holders, alive_after=at, after=after, limit=PAGE)
        page = store.tenants(query)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].head.tenant
