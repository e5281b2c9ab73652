"""
The one fold: from rows and an event to rows.

It writes the projection and replays it: whatever the record says, it says by way of :func:`apply`.
"""

from collections.abc import Iterable, Mapping

import attrs

from grantkit.model import (
    HEAD,
    Amended,
    ClockCorrected,
    Confirmed,
    Cut,
    CutOff,
    Ended,
    Ending,
    EndRecorded,
    Event,
    Freeze,
    Frozen,
    Grant,
    Granted,
    Head,
    Relinquished,
    Revoked,
    Row,
    RowKey,
    RulesAdopted,
    Stance,
    Unfrozen,
    agent_key,
    cut_key,
    grant_key,
    retry_key,
)


def touched(event: Event) -> tuple[RowKey, ...]:
    """Return the keys of the rows that *event* changes: the head always, and what the body is about."""
    keys: list[RowKey] = [HEAD]
    match event.body:
        case Granted(grant=grant):
            keys.append(grant_key(grant.id))
        case Amended(grant_id=ident) | Revoked(grant_id=ident) | Relinquished(grant_id=ident):
            keys.append(grant_key(ident))
        case EndRecorded(grant_id=ident):
            keys.append(grant_key(ident))
        case CutOff(agent=agent):
            keys.append(cut_key(event.seq))
            keys.extend(_of_agent(agent))
        case Frozen(agent=agent) | Unfrozen(agent=agent):
            keys.extend(_of_agent(agent))
        case RulesAdopted() | Confirmed() | ClockCorrected():
            pass
    if event.retry is not None:
        keys.append(retry_key(event.retry.actor, event.retry.verb, event.retry.key))
    return tuple(keys)


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
    match key[0], row:
        case "head", None | Head():
            return _head(row or Head(tenant=event.tenant), event)
        case "agent", None | Stance():
            return _stance(row or Stance(agent=key[1]), event)
        case "grant", None | Grant():
            return _grant(row, event)
        case "cut", None if isinstance(event.body, CutOff):
            return Cut(agent=event.body.agent, seq=event.seq, at=event.at)
        case "retry", None if event.retry is not None:
            return event.retry
        case _:
            msg = f"event {event.seq} ({event.kind}) cannot have happened to row {key}"
            raise ValueError(msg)


def _head(head: Head, event: Event) -> Head:
    changed = attrs.evolve(head, seq=event.seq, seen_at=event.at)
    match event.body:
        case RulesAdopted(digest=digest):
            return attrs.evolve(changed, rules=digest)
        case CutOff(agent=None):
            return attrs.evolve(changed, cut_off=event.seq)
        case Frozen(agent=None):
            return attrs.evolve(changed, freeze=_freeze(event))
        case Unfrozen(agent=None):
            return attrs.evolve(changed, freeze=None)
        case ClockCorrected(seen_at=seen_at):
            return attrs.evolve(changed, seen_at=seen_at)
        case _:
            return changed


def _stance(stance: Stance, event: Event) -> Stance:
    match event.body:
        case CutOff():
            return attrs.evolve(stance, cut_off=event.seq)
        case Frozen():
            return attrs.evolve(stance, freeze=_freeze(event))
        case _:
            return attrs.evolve(stance, freeze=None)


def _grant(grant: Grant | None, event: Event) -> Grant:
    body = event.body
    if grant is None:
        if isinstance(body, Granted):
            return attrs.evolve(body.grant, consent_seq=event.seq)
    elif isinstance(body, Amended):
        new = body.new
        approvals = grant.approvals if body.approval is None else (*grant.approvals, body.approval)
        return attrs.evolve(
            grant,
            window=new.window,
            term=new.term,
            layers=new.layers,
            demands=new.demands,
            entry_required=new.entry_required,
            approvals=approvals,
            version=grant.version + 1,
        )
    elif isinstance(body, Revoked | Relinquished | EndRecorded) and grant.ended is None:
        ended = Ended(how=_how(body), at=event.at, by=event.actor, seq=event.seq)
        return attrs.evolve(grant, ended=ended, version=grant.version + 1)
    msg = f"event {event.seq} ({event.kind}) cannot have happened to this grant"
    raise ValueError(msg)


def _how(body: Revoked | Relinquished | EndRecorded) -> Ending:
    match body:
        case Revoked():
            return Ending.REVOKED
        case Relinquished():
            return Ending.RELINQUISHED
        case EndRecorded(how=how):
            return how


def _freeze(event: Event) -> Freeze:
    return Freeze(by=event.actor, at=event.at, seq=event.seq)


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
