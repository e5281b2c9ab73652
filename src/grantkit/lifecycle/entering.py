"""Entering and leaving: sessions under a grant (B12)."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from enum import StrEnum

import attrs

from grantkit.canonical import Plain
from grantkit.errors import ConsentMissing, InvalidInput, NotEntitled, NotFound
from grantkit.lifecycle.chains import chain_of, check_chain
from grantkit.lifecycle.choosing import Predicates, check_eligible, check_reason
from grantkit.lifecycle.ends import frames, latest
from grantkit.lifecycle.entitlement import holds_as
from grantkit.lifecycle.finding import find, not_theirs, outside
from grantkit.lifecycle.guards import not_while_blocked, not_while_suspended
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.lifecycle.states import GrantState, state_of
from grantkit.model import Agent, Consent, Entered, Grant, Left, Session, System, Window, session_key
from grantkit.rules import Flow


class SessionState(StrEnum):
    """Where a session stands at an instant, for people and for filters."""

    OPEN = "open"
    LEFT = "left"
    TIMED_OUT = "timed_out"
    GRANT_ENDED = "grant_ended"


@attrs.frozen(kw_only=True)
class EnterIntent:
    """Under which grant to enter, and why, checked for its form."""

    tenant: str
    grant_id: str
    reason: str
    category: str | None
    tickets: frozenset[str]

    def to_data(self) -> dict[str, Plain]:
        """Return the intent as plain data: what an idempotency key stands for."""
        return {
            "tenant": self.tenant,
            "grant_id": self.grant_id,
            "reason": self.reason,
            "category": self.category,
            "tickets": sorted(self.tickets),
        }


def session_state_of(slice_: Slice, session: Session, now: datetime) -> SessionState:
    """
    Return where *session* stands when the clock reads *now*; with its grant it is over, whatever it says itself.

    What comes first is what ended it, also when it is asked about later; cut-offs must be in *slice_* for that.
    """
    if session.left_at is not None:
        return SessionState.LEFT
    over = session.window.closes <= max(now, slice_.head.seen_at)
    ended_at = under_ended_at(slice_, session, now)
    if ended_at is not None and ended_at < session.window.closes:
        return SessionState.GRANT_ENDED
    if over:
        return SessionState.TIMED_OUT
    return SessionState.OPEN if _carries(slice_, session, now) else SessionState.GRANT_ENDED


def under_ended_at(slice_: Slice, session: Session, now: datetime) -> datetime | None:
    """Return when the first of what *session* is under ended for its agent; ``None`` while all of it stands."""
    reach = max(now, slice_.head.seen_at)
    ends = [
        at
        for one in _under(slice_, session)
        for at in (one.over_at, slice_.cut_at(one, session.agent))
        if at is not None and at <= reach
    ]
    return min(ends, default=None)


def _under(slice_: Slice, session: Session) -> Iterator[Grant | Consent]:
    grant = slice_.grants.get(session.grant)
    with suppress(ConsentMissing):  # as far as it is there
        yield from () if grant is None else chain_of(slice_, grant)


def _carries(slice_: Slice, session: Session, now: datetime) -> bool:
    """Whether the grant is live for the agent of *session*: a team's may have been cut off for one of them."""
    grant = slice_.grants.get(session.grant)
    stance = slice_.stances.get(session.agent)
    cut = grant is not None and stance is not None and grant.consent_seq <= stance.cut_off
    return grant is not None and not cut and state_of(slice_, grant, now) is GrantState.LIVE


def enter(
    slice_: Slice, act: Act, intent: EnterIntent, *, session_id: str, predicates: Predicates
) -> Outcome:
    """
    Return the event of an agent who enters under a grant that it holds, after one for each session that this replaces.

    An agent is in at most one session under a grant: entering anew, with another reason or another ticket, leaves the
    one before. A session lasts as long as the flow lets it, and never past the grant or what that rests on.

    Args:
        slice_: The grant, all that it rests on, the stances of the agents at stake, the agent's sessions.
        act: Who, when, under which rules.
        intent: Under which grant, and why.
        session_id: The new id.
        predicates: The host's eligibility predicates.

    Raises:
        NotFound: If there is no such grant at the tenant.
        NotEntitled: If the actor is no agent who holds it.
        ConsentMissing: If it, or what it rests on, is not live.
        NotEligible: If the rules have come to refuse the agent (B11).
        InvalidInput: If a reason, a category or a ticket must be said.
        TenantFrozen: While a freeze stands.
        AgentSuspended: If the agent, or somebody who handed the grant on, is suspended.
        ClockBehind: If the clock is not believed.
    """
    grant = find(slice_, intent.grant_id)
    by, chain = may_enter(slice_, act, grant, predicates)
    # A flow that is gone asks for nothing; what it gave stands, and denies for its own reasons.
    rule = (act.rules.flows.get(grant.flow) or Flow()).entry
    reason = check_reason(rule.reason, intent.reason, intent.category)
    if rule.tickets == "required" and not intent.tickets:
        raise InvalidInput(field="tickets", code="required", wants="at least one ticket")
    at = act.at(slice_.head)
    longest = latest(rule.longest, at, frames(None, act, at))
    closes = min(longest, *(one.window.closes for one in chain))
    session = Session(
        id=session_id,
        tenant=grant.tenant,
        grant=grant.id,
        agent=by.id,
        window=Window(at, closes),
        reason=reason,
        category=intent.category,
        tickets=intent.tickets,
    )
    replaced = sorted(_open(slice_, act, by, grant), key=lambda one: one.seq)
    left = tuple(Left(one.id) for one in replaced)
    return Outcome(bodies=(*left, Entered(session)), subject=session_key(session.id))


def may_enter(
    slice_: Slice, act: Act, grant: Grant, predicates: Predicates
) -> tuple[Agent, tuple[Grant | Consent, ...]]:
    """
    Return who enters, and the grant with all that it rests on; or raise why they may not, whatever they say.

    Raises:
        NotFound: As :func:`enter`.
        Refused: As :func:`enter`.
    """
    by = act.by
    if not isinstance(by, Agent) or not holds_as(by, grant) or grant.as_team not in (None, *by.teams):
        raise not_theirs(act, grant, "enter", (str(grant.holder),))
    not_while_suspended(slice_, by, "enter")
    not_while_blocked(slice_, act, by.holders[0])
    chain = tuple(chain_of(slice_, grant))
    check_chain(slice_, act, chain, "enter")
    check_eligible(act.rules, by, grant.tenant, predicates)
    return by, chain


def _open(slice_: Slice, act: Act, by: Agent, grant: Grant) -> list[Session]:
    return [
        one
        for one in slice_.sessions.values()
        if (one.agent, one.grant) == (by.id, grant.id)
        and session_state_of(slice_, one, act.now) is SessionState.OPEN
    ]


def leave(slice_: Slice, act: Act, session_id: str) -> Outcome:
    """
    Return the event of an agent who leaves, none if the session is over already.

    Raises:
        NotFound: If there is no such session at the tenant.
        NotEntitled: If the actor is neither the agent who entered nor a :class:`System`, such as a host's sign-out.
    """
    session = slice_.sessions.get(session_id)
    by = act.by
    theirs = session is not None and isinstance(by, Agent) and by.id == session.agent
    if session is None or (not theirs and outside(by, session.tenant, act.rules)):
        raise NotFound(what="session", id=session_id, tenant=slice_.head.tenant)
    if not theirs and not isinstance(by, System):
        raise NotEntitled(
            actor=str(by), verb="leave", needs=("the agent who entered", "a System"), over="at the tenant"
        )
    over = session.left_at is not None or session.window.closes <= act.at(slice_.head)
    return Outcome(bodies=() if over else (Left(session.id),), subject=session_key(session.id))
