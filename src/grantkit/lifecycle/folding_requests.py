"""What becomes of requests, event by event."""

import attrs

from grantkit.lifecycle.folding_grants import without_reference
from grantkit.model import (
    AccessRequest,
    Approved,
    Consented,
    Denied,
    Erased,
    Event,
    Granted,
    Lapsed,
    Requested,
    Settled,
    Settling,
    StepOpened,
    TextKey,
    Withdrawn,
    nameless,
)
from grantkit.model.texts import REASON


def request_after(ident: str, request: AccessRequest | None, event: Event) -> AccessRequest | None:
    """Return the request after *event*, or ``None`` if that cannot have happened to it."""
    body = event.body
    if isinstance(body, Requested):
        asked = body.request
        if request is not None or (asked.id, asked.tenant) != (ident, event.tenant):
            return None
        return attrs.evolve(asked, seq=event.seq, asked_at=event.at)
    if request is None:
        return None
    if isinstance(body, Erased):
        return _without_words(request, frozenset(body.texts))
    return None if request.settled is not None else _answered(ident, request, event)


def _answered(ident: str, request: AccessRequest, event: Event) -> AccessRequest | None:
    match event.body:
        case Approved(request_id=about) if about == ident and request.needs > 0:
            return after_approval(request, event.body, event.seq)
        case StepOpened(request_id=about, step=step) if (about, step) == (ident, request.step + 1):
            return after_opening(request, event.body)
        case Granted() | Consented() | Denied() | Withdrawn() | Lapsed():
            return _closed(ident, request, event)
        case _:
            return None


def _closed(ident: str, request: AccessRequest, event: Event) -> AccessRequest | None:
    match event.body:
        case Denied(request_id=about) if about == ident:
            return _settled(request, Settling.DENIED, event)
        case Withdrawn(request_id=about) if about == ident:
            return _settled(request, Settling.WITHDRAWN, event)
        case Lapsed(request_id=about, how=how) if about == ident:
            return _settled(request, how, event)
        case Granted(grant=made) if (made.request, request.yields) == (ident, "grant"):
            return _settled(request, Settling.APPROVED, event, made.id)
        case Consented(consent=made) if (made.request, request.yields) == (ident, "consent"):
            return _settled(request, Settling.APPROVED, event, made.id)
        case _:
            return None


def _settled(request: AccessRequest, how: Settling, event: Event, gave: str | None = None) -> AccessRequest:
    why = event.body.reason if isinstance(event.body, Denied) else ""
    settled = Settled(how=how, at=event.at, by=nameless(event.actor), seq=event.seq, reason=why)
    return attrs.evolve(request, settled=settled, gave=gave)


def after_approval(request: AccessRequest, body: Approved, seq: int | None = None) -> AccessRequest:
    """Return the request after one more yes, which was sealed in event *seq*; its terms never grow."""
    ask, shown = request.ask if body.ask is None else body.ask, body.approval.ends_by
    return attrs.evolve(
        request,
        ask=ask if shown is None else ask.shown(shown),
        approvals=(*request.approvals, attrs.evolve(body.approval, seq=seq)),
        beforehand=None if request.beforehand == body.approval else request.beforehand,
        needs=request.needs - 1,
    )


def after_opening(request: AccessRequest, body: StepOpened) -> AccessRequest:
    """Return the request with its next step open."""
    return attrs.evolve(
        request, step=body.step, awaits=body.awaits, needs=body.needs, lapses_at=body.lapses_at
    )


def _without_words(request: AccessRequest, gone: frozenset[TextKey]) -> AccessRequest:
    settled = request.settled
    if settled is not None and (settled.seq, REASON) in gone:
        settled = attrs.evolve(settled, reason="")
    return attrs.evolve(
        request,
        reason="" if (request.seq, REASON) in gone else request.reason,
        approvals=tuple(without_reference(each, gone) for each in request.approvals),
        settled=settled,
    )
