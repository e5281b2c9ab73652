"""The states of a request, and the one table of what may become of it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from grantkit.errors import AlreadyDecided, RequestLapsed
from grantkit.lifecycle.slices import Act, Slice
from grantkit.lifecycle.states import Effect
from grantkit.model import AccessRequest, OpenEnded

Answer = Literal["approve", "deny", "withdraw", "record_lapse"]


class RequestState(StrEnum):
    """Where a request stands at an instant; different things are kept apart (B6)."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    CUT_OFF = "cut_off"


ANSWERS: dict[tuple[RequestState, Answer], Effect] = {
    (RequestState.PENDING, "approve"): Effect.HAPPENS,
    (RequestState.PENDING, "deny"): Effect.HAPPENS,
    (RequestState.PENDING, "withdraw"): Effect.HAPPENS,
    (RequestState.PENDING, "record_lapse"): Effect.NOTHING,
    (RequestState.LAPSED, "approve"): Effect.REFUSED,
    (RequestState.LAPSED, "deny"): Effect.REFUSED,
    (RequestState.LAPSED, "withdraw"): Effect.REFUSED,
    (RequestState.LAPSED, "record_lapse"): Effect.HAPPENS,
    # A cut-off ends what is pending too (B3). It is recorded as such when its time has come, so that it is due no more.
    (RequestState.CUT_OFF, "approve"): Effect.REFUSED,
    (RequestState.CUT_OFF, "deny"): Effect.REFUSED,
    (RequestState.CUT_OFF, "withdraw"): Effect.REFUSED,
    (RequestState.CUT_OFF, "record_lapse"): Effect.HAPPENS,
    (RequestState.APPROVED, "approve"): Effect.REFUSED,
    (RequestState.APPROVED, "deny"): Effect.REFUSED,
    (RequestState.APPROVED, "withdraw"): Effect.REFUSED,
    (RequestState.APPROVED, "record_lapse"): Effect.NOTHING,
    (RequestState.DENIED, "approve"): Effect.REFUSED,
    (RequestState.DENIED, "deny"): Effect.REFUSED,
    (RequestState.DENIED, "withdraw"): Effect.REFUSED,
    (RequestState.DENIED, "record_lapse"): Effect.NOTHING,
    (RequestState.WITHDRAWN, "approve"): Effect.REFUSED,
    (RequestState.WITHDRAWN, "deny"): Effect.REFUSED,
    (RequestState.WITHDRAWN, "withdraw"): Effect.REFUSED,
    (RequestState.WITHDRAWN, "record_lapse"): Effect.NOTHING,
}
"""Every state and answer; what is not here does not exist. The docs' diagram is made from it."""


def request_state_of(slice_: Slice, request: AccessRequest, now: datetime) -> RequestState:
    """Return where *request* stands when the clock reads *now*; a lapse is judged by the later of clock and record."""
    if request.settled is not None:
        return RequestState(request.settled.how.value)
    if slice_.cut_off(request):
        return RequestState.CUT_OFF
    return RequestState.LAPSED if request.lapses <= max(now, slice_.head.seen_at) else RequestState.PENDING


def answer_happens(slice_: Slice, act: Act, request: AccessRequest, answer: Answer) -> bool:
    """
    Whether *answer* has an effect on *request*; ``False`` where it changes nothing.

    Raises:
        RequestLapsed: If the open step was not decided in time (B1).
        AlreadyDecided: If the request is settled: the first decision stands (J6).
    """
    state = request_state_of(slice_, request, act.now)
    effect = ANSWERS[state, answer]
    if effect is not Effect.REFUSED:
        return effect is Effect.HAPPENS
    if state is RequestState.LAPSED and not isinstance(request.lapses_at, OpenEnded):
        raise RequestLapsed(id=request.id, lapsed_at=request.lapses_at, verb=answer)
    raise AlreadyDecided(id=request.id, state=str(state), verb=answer)
