"""
The one fold: from rows and an event to rows.

It writes the projection and replays it: whatever the record says, it says by way of :func:`apply`.
"""

from collections.abc import Iterable, Mapping

import attrs

from grantkit.lifecycle.folding import consent_after, request_after, without_texts
from grantkit.model import (
    HEAD,
    AccessRequest,
    Amended,
    Approved,
    Body,
    ClockCorrected,
    Consent,
    Consented,
    ConsentEnded,
    Cut,
    CutOff,
    Denied,
    Ended,
    Ending,
    EndRecorded,
    Erased,
    Event,
    Freeze,
    Frozen,
    Grant,
    Granted,
    Head,
    Lapsed,
    Relinquished,
    Requested,
    Retry,
    Revoked,
    Row,
    RowKey,
    RulesAdopted,
    Stance,
    StepOpened,
    Unfrozen,
    Withdrawn,
    agent_key,
    consent_key,
    cut_key,
    grant_key,
    nameless,
    request_key,
    retry_key,
)


def touched(event: Event) -> tuple[RowKey, ...]:
    """Return the keys of the rows that *event* changes: the head always, and what the body is about."""
    own = (*_about_consent(event.body), *_about_requests(event.body), *_about_others(event))
    return (HEAD, *own) if event.retry is None else (HEAD, *own, event.retry.row_key)


def _about_consent(body: Body) -> tuple[RowKey, ...]:
    match body:
        case Granted(grant=grant):
            return (grant_key(grant.id), *_of_request(grant.request))
        case Consented(consent=consent):
            return (consent_key(consent.id), *_of_request(consent.request))
        case ConsentEnded(consent_id=ident):
            return (consent_key(ident),)
        case Amended(grant_id=ident) | Revoked(grant_id=ident) | Relinquished(grant_id=ident):
            return (grant_key(ident),)
        case EndRecorded(grant_id=ident):
            return (grant_key(ident),)
        case _:
            return ()


def _about_requests(body: Body) -> tuple[RowKey, ...]:
    match body:
        case Requested(request=request):
            return (request_key(request.id),)
        case StepOpened(request_id=ident) | Approved(request_id=ident) | Denied(request_id=ident):
            return (request_key(ident),)
        case Withdrawn(request_id=ident) | Lapsed(request_id=ident):
            return (request_key(ident),)
        case _:
            return ()


def _about_others(event: Event) -> tuple[RowKey, ...]:
    match event.body:
        case CutOff(agent=agent):
            return (cut_key(event.seq), *_of_agent(agent))
        case Frozen(agent=agent) | Unfrozen(agent=agent):
            return _of_agent(agent)
        case Erased(grants=grants, consents=consents, requests=requests, keys=used):
            return (
                *map(grant_key, grants),
                *map(consent_key, consents),
                *map(request_key, requests),
                *(retry_key(*each) for each in used),
            )
        case _:
            return ()  # rules adopted, a key used again, a clock set right, a tenant forgotten: the head alone


def _of_request(request: str | None) -> tuple[RowKey, ...]:
    return () if request is None else (request_key(request),)


def _of_agent(agent: str | None) -> tuple[RowKey, ...]:
    return () if agent is None else (agent_key(agent),)


def apply(key: RowKey, row: Row | None, event: Event) -> Row:
    """
    Return what *row* is after *event*.

    Args:
        key: One of ``touched(event)``.
        row: The row before, ``None`` if there was none.
        event: What happened.

    Raises:
        ValueError: If the event cannot have happened to that row; a record that says so is corrupt.
    """
    found: Row | None = None
    match key[0], row:
        case "head", None | Head():
            found = _head(row or Head(tenant=event.tenant), event)
        case "agent", None | Stance():
            found = _stance(row or Stance(agent=key[1]), event)
        case "grant", None | Grant():
            found = _grant(key[1], row, event)
        case "consent", None | Consent():
            found = consent_after(key[1], row, event)
        case "request", None | AccessRequest():
            found = request_after(key[1], row, event)
        case "cut", None if isinstance(event.body, CutOff) and key == cut_key(event.seq):
            found = Cut(agent=event.body.agent, seq=event.seq, at=event.at)
        case "retry", None if event.retry is not None and key == event.retry.row_key:
            found = event.retry
        case "retry", Retry() if isinstance(event.body, Erased):
            found = attrs.evolve(row, payload="")
        case _:
            pass
    if found is None:
        msg = f"event {event.seq} ({event.kind}) cannot have happened to row {key}"
        raise ValueError(msg)
    return found


def _head(head: Head, event: Event) -> Head | None:
    in_order = (event.tenant, event.seq) == (head.tenant, head.seq + 1) and event.at >= head.seen_at
    if not in_order or (event.clock is not None and event.clock >= event.at):
        return (
            None  # time never runs back but by a clock set right, and then the event says what the clock read
        )
    changed = attrs.evolve(head, seq=event.seq, hash=event.hash, seen_at=event.at)
    match event.body:
        case RulesAdopted(digest=digest):
            changed = attrs.evolve(changed, rules=digest)
        case CutOff(agent=None):
            changed = attrs.evolve(changed, cut_off=event.seq)
        case Frozen(agent=None):
            changed = attrs.evolve(changed, freeze=_freeze(event))
        case Unfrozen(agent=None):
            changed = attrs.evolve(changed, freeze=None)
        case ClockCorrected(seen_at=seen_at):
            changed = attrs.evolve(changed, seen_at=seen_at)
        case _:
            pass  # what is about one agent or grant passes the head and leaves it as it is
    return changed


def _stance(stance: Stance, event: Event) -> Stance | None:
    match event.body:
        case CutOff(agent=stance.agent):
            return attrs.evolve(stance, cut_off=event.seq)
        case Frozen(agent=stance.agent):
            return attrs.evolve(stance, freeze=_freeze(event))
        case Unfrozen(agent=stance.agent):
            return attrs.evolve(stance, freeze=None)
        case _:
            return None  # what is not about this agent lifts nothing from it


def _grant(ident: str, grant: Grant | None, event: Event) -> Grant | None:
    body = event.body
    if (
        isinstance(body, Granted)
        and grant is None
        and (body.grant.id, body.grant.tenant) == (ident, event.tenant)
    ):
        approvals = tuple(attrs.evolve(each, seq=event.seq) for each in body.grant.approvals)
        return attrs.evolve(body.grant, approvals=approvals, consent_seq=event.seq)
    if grant is not None and isinstance(body, Erased):
        return without_texts(grant, frozenset(body.texts))
    if grant is None or grant.ended is not None:
        return None  # ended is final: no event after it makes a grant allow (I-5)
    if not isinstance(body, Amended | Revoked | Relinquished | EndRecorded) or body.grant_id != ident:
        return None
    if isinstance(body, Amended):
        return _amended(grant, body, event.seq)
    ended = Ended(how=_how(body), at=event.at, by=nameless(event.actor), seq=event.seq)
    return attrs.evolve(grant, ended=ended, version=grant.version + 1)


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


def _how(body: Revoked | Relinquished | EndRecorded) -> Ending:
    if isinstance(body, EndRecorded):
        return body.how
    return Ending.REVOKED if isinstance(body, Revoked) else Ending.RELINQUISHED


def _freeze(event: Event) -> Freeze:
    return Freeze(by=nameless(event.actor), at=event.at, seq=event.seq)


def project(rows: Mapping[RowKey, Row], events: Iterable[Event]) -> dict[RowKey, Row]:
    """Return the rows that *events* change, as they are afterwards; *rows* are those before."""
    changed: dict[RowKey, Row] = {}
    for event in events:
        for key in touched(event):
            changed[key] = apply(key, changed.get(key, rows.get(key)), event)
    return changed


def replay(events: Iterable[Event]) -> dict[RowKey, Row]:
    """Return the whole projection, from nothing but the record of one tenant."""
    return project({}, events)
