"""What time brings: recording ends that came by themselves, and setting a record right that ran ahead."""

from grantkit.lifecycle.entitlement import refuse
from grantkit.lifecycle.finding import find_made
from grantkit.lifecycle.making import key_of
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.lifecycle.states import GrantState, state_of, step_happens
from grantkit.model import ClockCorrected, Consent, ConsentEnded, Ending, EndRecorded, System, Use, Used


def record_end(slice_: Slice, act: Act, grant_id: str) -> Outcome:
    """
    Return the event that records an end which has come by itself, or none if it has not, or is recorded.

    Decisions need no such event; it is there so that people can be told, once. What it records is final, also if the
    clock ran fast: it fails closed. A grant that a cut-off silenced before its end came is recorded as cut off.

    Raises:
        NotFound: If there is no such grant at the tenant.
    """
    grant = find_made(slice_, grant_id)
    not_yet = grant.window.closes > act.at(slice_.head)
    if not_yet or not step_happens(slice_, grant, act.now, "record_end"):
        return Outcome(bodies=(), subject=key_of(grant))
    how = Ending.CUT_OFF if state_of(slice_, grant, act.now) is GrantState.CUT_OFF else Ending.EXPIRED
    ended = ConsentEnded(grant.id, how) if isinstance(grant, Consent) else EndRecorded(grant.id, how)
    return Outcome(bodies=(ended,), subject=key_of(grant))


def sum_up(uses: tuple[Use, ...]) -> Outcome:
    """Return the event that takes uses into the record, as they had been counted beside it; none if there are none."""
    return Outcome(bodies=(Used(uses),) if uses else ())


def correct_clock(slice_: Slice, act: Act) -> Outcome:
    """
    Return the event that sets the record back to what the clock reads, or none if it is not ahead.

    Raises:
        NotEntitled: If the actor is not a :class:`System`: it is a repair, not a decision of either side.
    """
    if not isinstance(act.by, System):
        raise refuse(act.by, "correct the clock", ("a System",))
    return Outcome(bodies=(ClockCorrected(act.now),) if slice_.head.seen_at > act.now else ())
