"""Looking at what happened inside: sessions, and uses (B12, M9, R13)."""

from collections.abc import Collection
from typing import TypeVar

import attrs

from grantkit.inputs import identifier, listed, one_of, optional
from grantkit.lifecycle import SessionState, Want, may_look
from grantkit.model import Actor, Agent, Session, Usage
from grantkit.ports import SessionsOf, UsagesOf, UsesOf
from grantkit.service.arguments import agent_id
from grantkit.service.host import Host
from grantkit.service.looks import at_most, looker
from grantkit.service.ruling import rules_of
from grantkit.service.statuses import SessionStatus, session_status_of
from grantkit.service.steps import PAGE, Steps, load_whole, sessions, usages, uses

Row = TypeVar("Row", Session, Usage)


@attrs.frozen(kw_only=True)
class Inside:
    """
    One look at what happened inside a tenant; ``None`` leaves all in.

    Attributes:
        tenant: Whose.
        by: Who looks; ``None`` for the host itself.
        grant: Only under this grant.
        agent: Only by this agent.
        states: Only sessions in one of these states.
        limit: At most so many.
    """

    tenant: str
    by: Actor | None
    grant: str | None
    agent: str | None
    states: Collection[str] | None = None
    limit: int | None = None

    def wants(self, one: Session | Usage) -> bool:
        """Whether *one* is under the grant, and by the agent, that is looked for."""
        return self.grant in (None, one.grant) and self.agent in (None, one.agent)


def inside_of(
    tenant: str,
    by: Actor | None,
    grant: str | None,
    agent: str | None,
    limit: int | None,
    *,
    states: Collection[SessionState | str] | None = None,
) -> Inside:
    """Return the look that arguments spell, checked."""
    names = [str(state) for state in SessionState]
    return Inside(
        tenant=identifier("tenant", tenant),
        by=looker(by),
        grant=optional(identifier, "grant", grant),
        agent=agent_id(agent),
        limit=at_most(limit),
        states=None
        if states is None
        else frozenset(one_of("states", str(state), names) for state in listed("states", states)),
    )


def sessions_plan(host: Host, look: Inside) -> Steps[tuple[SessionStatus, ...]]:
    """Return the sessions that may be seen and are wanted, in the order in which they were entered."""
    now = host.now()
    seen: list[SessionStatus] = []
    after = 0
    while True:
        page = yield from sessions(SessionsOf(tenant=look.tenant, after=after, limit=PAGE))
        wanted = [each for each in page if look.wants(each)]
        grants = tuple({each.grant for each in wanted})
        agents = tuple({each.agent for each in wanted})
        slice_ = yield from load_whole(look.tenant, Want(grants=grants, agents=agents, cuts=True))
        theirs = yield from _theirs(host, look, wanted)
        for each in theirs:
            status = session_status_of(slice_, each, now, look.by)
            if look.states is None or status.state in look.states:
                seen.append(status)
                if len(seen) == look.limit:
                    return tuple(seen)
        if len(page) < PAGE:
            return tuple(seen)
        after = page[-1].seq


def uses_plan(host: Host, look: Inside) -> Steps[tuple[Usage, ...]]:
    """Return what was used under each grant and by whom: as the record sums it up, and what is counted beside it."""
    found: dict[tuple[str, str], Usage] = {}
    last = ("", "")
    while True:
        page = yield from usages(UsagesOf(tenant=look.tenant, after=last, limit=PAGE))
        found.update({(each.grant, each.agent): each for each in page})
        if len(page) < PAGE:
            break
        last = (page[-1].grant, page[-1].agent)
    query = UsesOf(tenant=look.tenant, limit=PAGE)
    while True:
        counted = yield from uses(query)
        for _, use in counted:
            before = found.get((use.grant, use.agent))
            first = Usage(grant=use.grant, agent=use.agent, count=use.count, last=use.last)
            found[use.grant, use.agent] = first if before is None else before.plus(use)
        if len(counted) < PAGE:
            break
        query = attrs.evolve(query, after=(counted[-1][0], *counted[-1][1].key))
    wanted = [found[key] for key in sorted(found) if look.wants(found[key])]
    return (yield from _theirs(host, look, wanted))[: look.limit]


def _theirs(host: Host, look: Inside, found: list[Row]) -> Steps[tuple[Row, ...]]:
    """Return what of *found* may be seen: what is under a grant that may be, and an agent's own."""
    if look.by is None or not found:
        return tuple(found)
    by = look.by
    rules = yield from rules_of(host, look.tenant)
    slice_ = yield from load_whole(look.tenant, Want(grants=tuple({each.grant for each in found})))
    return tuple(
        each
        for each in found
        if (isinstance(by, Agent) and by.id == each.agent)
        or may_look(by, look.tenant, rules, rules.view.status, slice_.grants.get(each.grant))
    )
