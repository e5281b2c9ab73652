"""
The one fold: from rows and an event to rows.

It writes the projection and replays it: whatever the record says, it says by way of :func:`apply`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar

import attrs

from grantkit.inputs import FrozenMap
from grantkit.lifecycle.folding_grants import consent_after, grant_after
from grantkit.lifecycle.folding_requests import request_after
from grantkit.lifecycle.folding_sessions import session_after, usage_after
from grantkit.lifecycle.touching import touched
from grantkit.model import (
    VENDOR,
    AccessRequest,
    ClockCorrected,
    Consent,
    Cut,
    CutOff,
    Erased,
    Event,
    Freeze,
    Frozen,
    Grant,
    Head,
    Reinstated,
    Retry,
    Row,
    RowKey,
    RulesAdopted,
    Session,
    Stance,
    Suspended,
    Unfrozen,
    Usage,
    cut_key,
    nameless,
)

R = TypeVar("R", bound=Row)
Fold: TypeAlias = Callable[[RowKey, Row | None, Event], Row | None]


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
    folded = _FOLDS[key[0]](key, row, event) if key[0] in _FOLDS else None
    if folded is None:
        msg = f"event {event.seq} ({event.kind}) cannot have happened to row {key}"
        raise ValueError(msg)
    return folded


def _of_head(_key: RowKey, row: Row | None, event: Event) -> Head | None:
    return _head(row or Head(tenant=event.tenant), event) if row is None or isinstance(row, Head) else None


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
        # A freeze in the vendor's own record is a suspension; there are no others there, and no suspensions elsewhere.
        case Suspended(agent=stance.agent) if event.tenant == VENDOR:
            return attrs.evolve(stance, freeze=_freeze(event))
        case Reinstated(agent=stance.agent) if event.tenant == VENDOR:
            return attrs.evolve(stance, freeze=None)
        case _:
            return None  # what is not about this agent lifts nothing from it


def _cut(key: RowKey, row: Row | None, event: Event) -> Cut | None:
    body = event.body
    if row is not None or not isinstance(body, CutOff) or key != cut_key(event.seq):
        return None
    return Cut(agent=body.agent, seq=event.seq, at=event.at)


def _retry(key: RowKey, row: Row | None, event: Event) -> Retry | None:
    if isinstance(row, Retry):
        return attrs.evolve(row, payload="") if isinstance(event.body, Erased) else None
    first = row is None and event.retry is not None and key == event.retry.row_key
    return event.retry if first else None


def _of(kind: type[R], fold: Callable[[str, R | None, Event], Row | None]) -> Fold:
    """Return *fold* over the rows of one kind: a row of another kind under the key is one that it cannot happen to."""
    return lambda key, row, event: fold(key[1], row, event) if row is None or isinstance(row, kind) else None


_FOLDS: Mapping[str, Fold] = FrozenMap(
    {
        "head": _of_head,
        "agent": _of(Stance, lambda agent, row, event: _stance(row or Stance(agent=agent), event)),
        "grant": _of(Grant, grant_after),
        "consent": _of(Consent, consent_after),
        "request": _of(AccessRequest, request_after),
        "session": _of(Session, session_after),
        "usage": lambda key, row, event: (
            usage_after(key, row, event) if row is None or isinstance(row, Usage) else None
        ),
        "cut": _cut,
        "retry": _retry,
    }
)
"""For each kind of row, what becomes of one by an event: ``None`` where that cannot have happened to it."""


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
