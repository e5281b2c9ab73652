"""The states of a grant, or a consent, and the one table of steps between them."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from grantkit.errors import IllegalTransition
from grantkit.lifecycle.slices import Slice
from grantkit.model import Consent, Grant

Step = Literal["amend", "link_ticket", "revoke", "relinquish", "resolve_ticket", "record_end"]


class GrantState(StrEnum):
    """Where a grant stands at an instant, for people and for filters; different things are kept apart (B6)."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    EXPIRED = "expired"
    CUT_OFF = "cut_off"
    REVOKED = "revoked"
    RELINQUISHED = "relinquished"
    ENDED_BY_TICKETS = "ended_by_tickets"
    CONSENT_ENDED = "consent_ended"


class Phase(StrEnum):
    """What the table distinguishes: time and cut-offs may have ended a grant before any event has."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    OVER = "over"
    ENDED = "ended"


class Effect(StrEnum):
    """What a step does in a phase."""

    HAPPENS = "happens"
    NOTHING = "nothing"
    REFUSED = "refused"


TRANSITIONS: dict[tuple[Phase, Step], Effect] = {
    (Phase.SCHEDULED, "amend"): Effect.HAPPENS,
    (Phase.SCHEDULED, "link_ticket"): Effect.HAPPENS,
    (Phase.SCHEDULED, "revoke"): Effect.HAPPENS,
    (Phase.SCHEDULED, "relinquish"): Effect.HAPPENS,
    (Phase.SCHEDULED, "resolve_ticket"): Effect.HAPPENS,
    (Phase.SCHEDULED, "record_end"): Effect.NOTHING,
    (Phase.LIVE, "amend"): Effect.HAPPENS,
    (Phase.LIVE, "link_ticket"): Effect.HAPPENS,
    (Phase.LIVE, "revoke"): Effect.HAPPENS,
    (Phase.LIVE, "relinquish"): Effect.HAPPENS,
    (Phase.LIVE, "resolve_ticket"): Effect.HAPPENS,
    (Phase.LIVE, "record_end"): Effect.NOTHING,
    # Braking works on what is over too: the fact that it leaves holds where a clock is turned back (N7).
    (Phase.OVER, "amend"): Effect.REFUSED,
    (Phase.OVER, "link_ticket"): Effect.REFUSED,
    (Phase.OVER, "revoke"): Effect.HAPPENS,
    (Phase.OVER, "relinquish"): Effect.HAPPENS,
    (Phase.OVER, "resolve_ticket"): Effect.HAPPENS,
    (Phase.OVER, "record_end"): Effect.HAPPENS,
    (Phase.ENDED, "amend"): Effect.REFUSED,
    (Phase.ENDED, "link_ticket"): Effect.REFUSED,
    (Phase.ENDED, "revoke"): Effect.NOTHING,
    (Phase.ENDED, "relinquish"): Effect.NOTHING,
    (Phase.ENDED, "resolve_ticket"): Effect.NOTHING,
    (Phase.ENDED, "record_end"): Effect.NOTHING,
}
"""Every phase and step; what is not here does not exist. The docs' diagram is made from it."""


def state_of(slice_: Slice, grant: Grant | Consent, now: datetime) -> GrantState:
    """Return where *grant* stands when the clock reads *now*; ends and starts are judged as decisions judge them."""
    if grant.ended is not None:
        return GrantState(grant.ended.how.value)
    if slice_.cut_off(grant):
        return GrantState.CUT_OFF
    if grant.window.closes <= max(now, slice_.head.seen_at):
        return GrantState.EXPIRED
    if rests_on_nothing(slice_, grant, now):
        return GrantState.CONSENT_ENDED
    return GrantState.SCHEDULED if now < grant.window.starts_at else GrantState.LIVE


def rests_on_nothing(slice_: Slice, one: Grant | Consent, now: datetime) -> bool:
    """Whether what *one* rests on is over, if *slice_* has it: what is not wanted is not judged."""
    if one.parent is None:
        return False
    above = slice_.consents.get(one.parent) or slice_.grants.get(one.parent)
    return above is not None and state_of(slice_, above, now) not in (GrantState.LIVE, GrantState.SCHEDULED)


def phase_of(slice_: Slice, grant: Grant | Consent, now: datetime) -> Phase:
    """Return the row of the table that *grant* is in when the clock reads *now*."""
    if grant.ended is not None:
        return Phase.ENDED
    match state_of(slice_, grant, now):
        case GrantState.SCHEDULED:
            return Phase.SCHEDULED
        case GrantState.LIVE:
            return Phase.LIVE
        case _:
            return Phase.OVER


def step_happens(slice_: Slice, grant: Grant | Consent, now: datetime, step: Step) -> bool:
    """
    Whether *step* has an effect on *grant*; ``False`` where it has been taken already.

    Raises:
        IllegalTransition: If no such step leads out of the state.
    """
    effect = TRANSITIONS[phase_of(slice_, grant, now), step]
    if effect is Effect.REFUSED:
        state = state_of(slice_, grant, now)
        raise IllegalTransition(id=grant.id, state=str(state), verb=step, instead="give new consent")
    return effect is Effect.HAPPENS
