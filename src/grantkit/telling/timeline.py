"""
The timeline: what was asked for, agreed to and let in, as intervals; a pure function of the history.

It replays the record event by event, by the one fold, and asks the lifecycle where each thing stood in between: there
is no second rule here of what is live.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, TypeGuard

import attrs

from grantkit.lifecycle import RequestState, Slice, apply, request_state_of, state_of, touched
from grantkit.lifecycle.states import GrantState
from grantkit.model import (
    HEAD,
    NEVER,
    AccessRequest,
    Amended,
    Consent,
    Cut,
    Event,
    Grant,
    Head,
    Row,
    RowKey,
    Session,
    Stance,
    TicketLinked,
    TicketSolved,
    Used,
)
from grantkit.telling.lanes import Interval, Lane, LaneState, Mark, Timeline
from grantkit.telling.words import ceilings_of, demands_of


def timeline(
    tenant: str, history: Iterable[Event], now: datetime, *, vendor: Iterable[Event] = ()
) -> Timeline:
    """
    Return what a record says of every request, consent and grant, as intervals.

    Args:
        tenant: Whose record.
        history: Its events from the first on, in order, as ``access.ledger.history`` gives them.
        now: The present; what the record has seen counts as past, also where this is earlier.
        vendor: The events of the vendor's own record: who was suspended when. Without them nobody was.

    Raises:
        ValueError: If the events are not a record: one cannot have happened to what there was before it.
    """
    tape = _Tape(tenant)
    # Whoever is suspended is so now, whatever time a clock that ran ahead gave the event (N7).
    shut_out = [(min(at, now), agents) for at, agents in _shut_out(vendor)]
    for event in history:
        tape.play_to(event.at, shut_out)
        tape.fold(event)
    present = max(now, tape.head.seen_at)
    tape.play_to(present, shut_out)
    tape.foresee()
    return Timeline(tenant=tenant, now=now, lanes=tuple(_lane(tape, key, present) for key in tape.tracks))


@attrs.define
class _Track:
    """What is known of one thing so far."""

    spans: list[tuple[LaneState, datetime, datetime | None]] = attrs.field(
        factory=list[tuple[LaneState, datetime, datetime | None]]
    )
    marks: list[Mark] = attrs.field(factory=list[Mark])
    ended: tuple[str, datetime] | None = None

    def put(self, state: LaneState, starts: datetime, ends: datetime | None) -> None:
        """Add a span; one that goes on in the same state is one."""
        if self.spans and self.spans[-1][0] is state and self.spans[-1][2] == starts:
            starts = self.spans.pop()[1]
        self.spans.append((state, starts, ends))

    def turn_back(self, at: datetime) -> None:
        """
        Forget what was said of a time past *at*: the clock that the record ran by was set right.

        An end that only time had brought has not come then, and what is live must not be told as over; an end that was
        recorded is found again where the row is looked at next.
        """
        kept = [(state, starts, min(ends or at, at)) for state, starts, ends in self.spans if starts < at]
        self.spans[:] = kept
        if self.ended is not None and self.ended[1] > at:
            self.ended = None


class _Tape:
    """The record, played so far."""

    def __init__(self, tenant: str) -> None:
        self.rows: dict[RowKey, Row] = {}
        self.tracks: dict[RowKey, _Track] = {}
        self.head = Head(tenant=tenant)
        self.at: datetime | None = None
        self.suspended: frozenset[str] = frozenset()

    def fold(self, event: Event) -> None:
        """Let an event happen."""
        for key in touched(event):
            self.rows[key] = apply(key, self.rows.get(key), event)
            if key[0] in _LANES:
                self.tracks.setdefault(key, _Track())
        found = self.rows[HEAD]
        self.head = found if isinstance(found, Head) else self.head
        self.at = self.head.seen_at
        if self.at < event.at:
            for track in self.tracks.values():
                track.turn_back(self.at)
        for key in touched(event):
            self._hear(key)
        for key, mark in _marks(event):
            if key in self.tracks:  # a host may have counted uses of what was never there
                self.tracks[key].marks.append(mark)
        self._look(self.at, self.at)

    def _hear(self, key: RowKey) -> None:
        """Let an end that is recorded now count before one of this very instant that was only worked out."""
        track = self.tracks.get(key)
        # Of one act: a grant and what rests on it end by one ticket, and have an event each.
        if track is not None and track.ended is not None and track.ended[1] == self.at:
            track.ended = None

    def play_to(self, until: datetime, shut_out: list[tuple[datetime, frozenset[str]]]) -> None:
        """Let time pass until an instant; what the vendor recorded meanwhile happens too."""
        if self.at is None:
            return
        steps = {at for at in self._turns() if self.at < at < until}
        steps |= {at for at, _ in shut_out if self.at < at < until}
        for at in (*sorted(steps), until):
            if at > self.at:
                self._look(self.at, at, shut_out)
                self.at = at
        self._look(until, until, shut_out)

    def foresee(self) -> None:
        """Say what will come of what there is, by time alone."""
        if self.at is None:
            return
        while turns := [at for at in self._turns() if at > self.at]:
            turn = min(turns)
            self._look(self.at, turn if turn < NEVER else None)
            if turn >= NEVER:
                return
            self.at = turn
            self._look(turn, turn)

    def _turns(self) -> Iterator[datetime]:
        """Yield the instants at which time alone changes something that is not over."""
        for key, track in self.tracks.items():
            if track.ended is None:
                yield from _turning(self.rows[key])

    def _look(
        self,
        starts: datetime,
        ends: datetime | None,
        shut_out: Iterable[tuple[datetime, frozenset[str]]] = (),
    ) -> None:
        """Note where everything stands from one instant to another, between which nothing changes."""
        for at, agents in shut_out:
            if at <= starts:
                self.suspended = agents
        slice_ = self._slice()
        for key, track in self.tracks.items():
            if track.ended is None:
                self._note(key, track, slice_, starts, ends)

    def _note(
        self, key: RowKey, track: _Track, slice_: Slice, starts: datetime, ends: datetime | None
    ) -> None:
        state = _state(slice_, self.rows[key], starts)
        if not isinstance(state, LaneState):
            track.ended = state, starts
        elif ends is None or ends > starts:
            track.put(state, starts, ends)

    def _slice(self) -> Slice:
        rows = self.rows.values()
        return Slice(
            head=self.head,
            grants={row.id: row for row in rows if isinstance(row, Grant)},
            consents={row.id: row for row in rows if isinstance(row, Consent)},
            requests={row.id: row for row in rows if isinstance(row, AccessRequest)},
            stances={row.agent: row for row in rows if isinstance(row, Stance)},
            cuts=tuple(sorted((row for row in rows if isinstance(row, Cut)), key=lambda cut: cut.seq)),
            suspended=self.suspended,
        )


_LANES: Final = frozenset({"grant", "consent", "request"})


def _turning(row: Row) -> tuple[datetime, ...]:
    if isinstance(row, AccessRequest):
        return (row.lapses,)
    return (row.window.starts_at, row.window.closes) if isinstance(row, Grant | Consent) else ()


def _state(slice_: Slice, row: Row, at: datetime) -> LaneState | str:
    """Return the state of something that is not over, and how it ended of what is."""
    if isinstance(row, AccessRequest):
        asked = request_state_of(slice_, row, at)
        return LaneState.PENDING if asked is RequestState.PENDING else asked.value
    assert isinstance(row, Grant | Consent)  # noqa: S101  # there is no other kind of lane
    state = state_of(slice_, row, at)
    if state is GrantState.SCHEDULED:
        return LaneState.SCHEDULED
    if state is not GrantState.LIVE:
        return state.value
    if slice_.shut_out(row):
        return LaneState.SUSPENDED
    return LaneState.LIVE if slice_.held_up(row) is None else LaneState.FROZEN


def _marks(event: Event) -> Iterator[tuple[RowKey, Mark]]:
    """Yield what *event* marks on which lane; entering is marked when all is known of the session."""
    body, by = event.body, event.actor.id
    match body:
        case Amended(grant_id=ident):
            yield ("grant", ident), Mark(kind=body.kind, at=event.at, who=by)
        case TicketLinked(grant_id=ident, ticket=ticket):
            yield ("grant", ident), Mark(kind=body.kind, at=event.at, who=by, what=ticket)
        case TicketSolved(ticket=ticket, grants=grants, consents=consents):
            solved = Mark(kind=body.kind, at=event.at, who=by, what=ticket)
            yield from ((("grant", ident), solved) for ident in grants)
            yield from ((("consent", ident), solved) for ident in consents)
        case Used(uses=uses):
            for use in uses:
                counted = Mark(kind=body.kind, at=use.hour, who=use.agent, what=str(use.count))
                yield ("grant", use.grant), counted
        case _:
            pass


def _entered(session: Session, ended_at: datetime | None, present: datetime) -> Mark:
    over = [at for at in (session.over_at, ended_at) if at is not None and at <= present]
    return Mark(
        kind="entered",
        at=session.entered_at,
        until=min(over, default=None),
        who=session.agent,
        what=session.id,
    )


def _lane(tape: _Tape, key: RowKey, present: datetime) -> Lane:
    row, track = tape.rows[key], tape.tracks[key]
    assert isinstance(row, Grant | Consent | AccessRequest)  # noqa: S101  # there is no other kind of lane
    ended, ended_at = track.ended or (None, None)
    if ended_at is not None and ended_at > present:
        ended = ended_at = None  # that is where its last interval ends, and has not happened
    inside = (each for each in tape.rows.values() if isinstance(each, Session) and each.grant == row.id)
    marks = [*track.marks, *(_entered(each, ended_at, present) for each in inside)]
    return Lane(
        kind=key[0],
        id=row.id,
        flow=row.flow,
        holder=row.holder,
        as_team=row.as_team,
        scope=row.scope,
        policies=row.policies,
        ceilings=ceilings_of(row.ask.layers if isinstance(row, AccessRequest) else row.layers),
        demands=demands_of(row.demands) if isinstance(row, Grant) else (),
        parent=row.parent,
        tickets=tuple(sorted(row.open_tickets)) if _bound(row) else (),
        intervals=tuple(
            Interval(state=state, starts_at=starts, ends_at=ends) for state, starts, ends in track.spans
        ),
        marks=tuple(sorted(marks, key=lambda mark: (mark.at, mark.kind, mark.who))),
        state=ended or next(state.value for state, starts, _ in reversed(track.spans) if starts <= present),
        ended=ended,
        ended_at=ended_at,
    )


def _bound(row: Grant | Consent | AccessRequest) -> TypeGuard[Grant | Consent]:
    return isinstance(row, Grant | Consent) and row.until_tickets


def _shut_out(vendor: Iterable[Event]) -> Iterator[tuple[datetime, frozenset[str]]]:
    """Yield who was suspended from which instant on."""
    rows: dict[RowKey, Row] = {}
    for event in vendor:
        for key in touched(event):
            rows[key] = apply(key, rows.get(key), event)
        stances = (row for row in rows.values() if isinstance(row, Stance) and row.freeze is not None)
        yield event.at, frozenset(stance.agent for stance in stances)
