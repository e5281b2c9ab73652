"""What becomes of grants and consents, event by event."""

from typing import TypeVar

import attrs

from grantkit.model import (
    Amended,
    Approval,
    Body,
    Consent,
    Consented,
    ConsentEnded,
    Ended,
    Ending,
    EndRecorded,
    Erased,
    Event,
    Grant,
    Granted,
    Relinquished,
    Revoked,
    TextKey,
    TicketLinked,
    TicketSolved,
    nameless,
)
from grantkit.model.texts import REASON, reference_of

T = TypeVar("T", Grant, Consent)


def grant_after(ident: str, grant: Grant | None, event: Event) -> Grant | None:
    """Return the grant after *event*, or ``None`` if that cannot have happened to it."""
    body = event.body
    if isinstance(body, Granted):
        return _granted(ident, grant, body, event)
    if grant is not None and isinstance(body, Erased):
        return without_texts(grant, frozenset(body.texts))
    if grant is None or grant.ended is not None:
        return None  # ended is final: no event after it makes a grant allow (I-5)
    return _after(ident, grant, body, event)


def _after(ident: str, grant: Grant, body: Body, event: Event) -> Grant | None:
    match body:
        case Amended(grant_id=about) if about == ident:
            return _amended(grant, body, event.seq)
        case TicketLinked(grant_id=about) if about == ident:
            return _linked(grant, body, event.seq)
        case TicketSolved(grants=bound) if ident in bound:
            return _solved(grant, body.ticket)
        case Revoked(grant_id=about) | Relinquished(grant_id=about) | EndRecorded(grant_id=about) if (
            about == ident
        ):
            ended = Ended(how=_how(body), at=event.at, by=nameless(event.actor), seq=event.seq)
            return attrs.evolve(grant, ended=ended, version=grant.version + 1)
        case _:
            return None


def _granted(ident: str, grant: Grant | None, body: Granted, event: Event) -> Grant | None:
    made = body.grant
    if grant is not None or (made.id, made.tenant) != (ident, event.tenant):
        return None
    return attrs.evolve(made, approvals=_placed(made.approvals, event), consent_seq=event.seq)


def _amended(grant: Grant, body: Amended, seq: int) -> Grant:
    new = body.new
    more = () if body.approval is None else (attrs.evolve(body.approval, seq=seq),)
    return attrs.evolve(
        grant,
        window=new.window,
        term=new.term,
        layers=new.layers,
        demands=new.demands,
        entry_required=new.entry_required,
        approvals=(*grant.approvals, *more),
        version=grant.version + 1,
    )


def _linked(grant: Grant, body: TicketLinked, seq: int) -> Grant:
    return attrs.evolve(
        grant,
        tickets=grant.tickets | {body.ticket},
        solved=grant.solved - {body.ticket},
        approvals=(*grant.approvals, attrs.evolve(body.approval, seq=seq)),
        version=grant.version + 1,
    )


def _how(body: Revoked | Relinquished | EndRecorded) -> Ending:
    if isinstance(body, EndRecorded):
        return body.how
    return Ending.REVOKED if isinstance(body, Revoked) else Ending.RELINQUISHED


def consent_after(ident: str, consent: Consent | None, event: Event) -> Consent | None:
    """Return the consent after *event*, or ``None`` if that cannot have happened to it."""
    body = event.body
    if isinstance(body, Consented):
        return _consented(ident, consent, body, event)
    if consent is not None and isinstance(body, Erased):
        return without_texts(consent, frozenset(body.texts))
    if consent is None or consent.ended is not None:
        return None  # ended is final: no event after it makes anything rest on it (I-5)
    match body:
        case TicketSolved(consents=bound) if ident in bound:
            return _solved(consent, body.ticket)
        case ConsentEnded(consent_id=about, how=how) if about == ident:
            ended = Ended(how=how, at=event.at, by=nameless(event.actor), seq=event.seq)
            return attrs.evolve(consent, ended=ended)
        case _:
            return None


def _consented(ident: str, consent: Consent | None, body: Consented, event: Event) -> Consent | None:
    made = body.consent
    if consent is not None or (made.id, made.tenant) != (ident, event.tenant):
        return None
    return attrs.evolve(made, approvals=_placed(made.approvals, event), consent_seq=event.seq)


def _solved(made: T, ticket: str) -> T | None:
    """Return *made* with one more of its tickets solved, or ``None`` if it was not bound to that."""
    if not made.until_tickets or ticket not in made.open_tickets:
        return None
    return attrs.evolve(made, solved=made.solved | {ticket})


def _placed(approvals: tuple[Approval, ...], event: Event) -> tuple[Approval, ...]:
    return tuple(attrs.evolve(each, seq=event.seq) for each in approvals)


def without_texts(made: T, gone: frozenset[TextKey]) -> T:
    """Return *made* without the texts that are gone; an end that is recorded stays, and so does the version."""
    reason = "" if (made.consent_seq, REASON) in gone else made.reason
    return attrs.evolve(
        made, reason=reason, approvals=tuple(without_reference(each, gone) for each in made.approvals)
    )


def without_reference(approval: Approval, gone: frozenset[TextKey]) -> Approval:
    """Return *approval* without its reference, if that is gone."""
    if approval.seq is not None and (approval.seq, reference_of(approval.by)) in gone:
        return attrs.evolve(approval, reference=None)
    return approval
