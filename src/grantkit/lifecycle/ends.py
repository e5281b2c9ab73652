"""Choosing an end: what a flow offers, no earlier than its shortest, no later than its longest."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeAlias, cast

import attrs

from grantkit.errors import CapExceeded, InvalidInput, TermNotOffered
from grantkit.inputs import LATEST
from grantkit.lifecycle.slices import Act
from grantkit.model import (
    Calendar,
    Elapsed,
    EndOfDay,
    Instant,
    OpenEnded,
    Soonest,
    StartOfDay,
    Term,
    Window,
    local_date,
    resolve,
)
from grantkit.rules import Bound, Choice, Flow

AskedEnd: TypeAlias = Term | Soonest | Choice | None
"""An end that is asked for: a term, one of the flow's own choices, as soon as possible, or what the flow has first."""


@attrs.frozen(kw_only=True)
class Frame:
    """
    One zone to read dates and calendar spans in.

    Attributes:
        at: The moment of asking: "today" is its date.
        name: The zone's IANA name, if there is one.
        tz: The zone.
    """

    at: datetime
    name: str | None
    tz: tzinfo | None

    def day(self, ahead: int, since: datetime | None = None) -> date:
        """Return the date so many days ahead of today, or of the date of *since*."""
        try:
            return local_date(since or self.at, self.tz) + timedelta(days=ahead)
        except OverflowError as error:
            wants = "an end before the year 9000"
            raise InvalidInput(field="ends", code="out_of_range", wants=wants) from error


@attrs.frozen
class Frames:
    """
    The zones of one question about an end.

    Attributes:
        own: What the term asked for is read in: its own zone, else the rules'; never the machine's.
        home: What the rules' own bounds and choices are read in: the rules' zone, wherever the term's is, so that no
            zone of the caller's choice moves a bound. Rules without one take the term's.
    """

    own: Frame
    home: Frame


def frames(asked: AskedEnd, act: Act, at: datetime) -> Frames:
    """Return the zones in which *asked*, and the rules, are read."""
    own = asked.zone if isinstance(asked, Calendar | StartOfDay | EndOfDay) else None
    return Frames(_frame(own or act.rules.zone, act, at), _frame(act.rules.zone or own, act, at))


def _frame(name: str | None, act: Act, at: datetime) -> Frame:
    return Frame(at=at, name=name, tz=None if name is None else act.zone(name))


def pick_end(
    flow_name: str, flow: Flow, asked: AskedEnd, start: datetime, where: Frames
) -> tuple[Window, Term]:
    """
    Return the window that *asked* makes from *start*, and the term, with its zone, that is kept beside it.

    Raises:
        InvalidInput: If the end must be said, needs a zone, or is not after the start.
        TermNotOffered: If the flow does not offer it, or none as early.
        CapExceeded: If it lies past the flow's longest.
    """
    term = term_of(flow.ends[0], where.home) if asked is None else settled(flow, asked, where)
    if not any(matches(choice, term, where) for choice in flow.ends):
        raise not_offered(flow_name, term, flow.ends)
    end = resolve(term, start, where.own.tz)
    check_shortest(flow_name, flow, term, end, anchor=start, where=where)
    return capped(flow_name, flow, end, start, where), term


def settled(flow: Flow, asked: Term | Soonest | Choice, where: Frames) -> Term:
    """Return *asked* with its zone filled in; a choice becomes its term, as soon as possible the flow's shortest."""
    if isinstance(asked, Choice):
        return OpenEnded() if asked.kind == "open_ended" else term_of(asked, where.home)
    if isinstance(asked, Soonest):
        return term_of(flow.shortest, where.home)
    if isinstance(asked, Calendar | StartOfDay | EndOfDay):
        return _in_zone(asked, where.own.name)
    return asked


def check_shortest(
    flow_name: str, flow: Flow, term: Term, end: datetime | OpenEnded, *, anchor: datetime, where: Frames
) -> None:
    """Refuse an end before the flow's shortest, counted from *anchor* (T5); it never binds a brake."""
    if not isinstance(end, OpenEnded) and end < _bound(flow.shortest, anchor, where.home):
        raise not_offered(flow_name, term, (flow.shortest,), "no end before {}")


def capped(
    flow_name: str, flow: Flow, end: datetime | OpenEnded, first_start: datetime, where: Frames
) -> Window:
    """
    Return the window from *first_start* to *end*, within the flow's longest, counted from the first start (I-30).

    An open end is capped where the flow caps; a later exact one is refused.
    """
    if flow.longest.kind == "open_ended":
        return Window(first_start, end)
    cap = _bound(flow.longest, first_start, where.home, since=first_start)
    if isinstance(end, OpenEnded):
        return Window(first_start, cap)
    if end > cap:
        raise CapExceeded(flow=flow_name, ends_at=end, cap=cap)
    return Window(first_start, end)


def latest(bound: Bound, start: datetime, where: Frames) -> datetime:
    """Return the instant of an exact span counted from *start*, in the rules' zone."""
    return _bound(bound, start, where.home, since=start)


def matches(choice: Choice, term: Term, where: Frames) -> bool:
    """Whether *choice* offers *term*: its very span, dates in the rules' zone; any of its shape where it is bare."""
    match choice.kind, term:
        case "elapsed", Elapsed(seconds=seconds):
            return choice.span in (None, seconds)
        case "calendar", Calendar(months=months, days=days):
            return choice.span in (None, (months, days))
        case ("start_of_day", StartOfDay()) | ("end_of_day", EndOfDay()):
            return choice.span is None or _is_that_day(cast("int", choice.span), term, where.home)
        case ("instant", Instant()) | ("open_ended", OpenEnded()):
            return True
        case _:
            return False


def _is_that_day(ahead: int, term: Term, home: Frame) -> bool:
    return isinstance(term, StartOfDay | EndOfDay) and (term.day, term.zone) == (home.day(ahead), home.name)


def term_of(choice: Bound, home: Frame, since: datetime | None = None) -> Term:
    """Return the term that an exact choice spells today, or on the day of *since*."""
    match choice.kind, choice.span:
        case "elapsed", int(seconds):
            return Elapsed(seconds=seconds)
        case "calendar", (months, days):
            return Calendar(months=months, days=days, zone=home.name)
        case "start_of_day", int(days):
            return StartOfDay(home.day(days, since), home.name)
        case "end_of_day", int(days):
            return EndOfDay(home.day(days, since), home.name)
        case _:
            raise InvalidInput(
                field="ends", code="required", wants="an exact end: this choice leaves it open"
            )


def _bound(choice: Bound, anchor: datetime, home: Frame, since: datetime | None = None) -> datetime:
    """Return the instant of a bound. Days count from *since*, or from today where the anchor does not lie ahead."""
    try:
        found = resolve(term_of(choice, home, since or max(anchor, home.at)), anchor, home.tz)
    except InvalidInput as error:
        if error.code != "out_of_range":
            raise
        return LATEST  # a bound past every instant bounds nothing
    return LATEST if isinstance(found, OpenEnded) else found


def _in_zone(term: Calendar | StartOfDay | EndOfDay, zone: str | None) -> Term:
    return attrs.evolve(term, zone=zone)


def not_offered(flow_name: str, term: Term, offered: Iterable[Choice], wording: str = "{}") -> TermNotOffered:
    """Return the refusal that shows what is offered."""
    shown = tuple(wording.format(choice) for choice in offered)
    return TermNotOffered(flow=flow_name, field="ends", asked=str(term), offered=shown)
