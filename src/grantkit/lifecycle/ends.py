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

AskedEnd: TypeAlias = Term | Soonest | None


@attrs.frozen(kw_only=True)
class Frame:
    """
    What dates and calendar spans are read in.

    Attributes:
        at: The moment of asking: "today" is its date.
        name: The zone's IANA name; ``None`` if neither the term nor the rules name one.
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
            raise InvalidInput(
                field="ends", code="out_of_range", wants="an end before the year 9000"
            ) from error


def frame(asked: AskedEnd, act: Act, at: datetime) -> Frame:
    """Return the frame in which *asked* is read: its own zone, else the rules'; never the machine's."""
    own = asked.zone if isinstance(asked, Calendar | StartOfDay | EndOfDay) else None
    name = own or act.rules.zone
    return Frame(at=at, name=name, tz=None if name is None else act.zone(name))


def pick_end(
    flow_name: str, flow: Flow, asked: AskedEnd, start: datetime, where: Frame
) -> tuple[Window, Term]:
    """
    Return the window that *asked* makes from *start*, and the term, with its zone, that is kept beside it.

    Raises:
        InvalidInput: If the end must be said, needs a zone, or is not after the start.
        TermNotOffered: If the flow does not offer it, or none as early.
        CapExceeded: If it lies past the flow's longest.
    """
    term = term_of(flow.ends[0], where) if asked is None else settled(flow, asked, where)
    if not any(matches(choice, term, where) for choice in flow.ends):
        raise not_offered(flow_name, term, flow.ends)
    end = resolve(term, start, where.tz)
    check_shortest(flow_name, flow, term, end, anchor=start, where=where)
    return capped(flow_name, flow, end, start, where), term


def settled(flow: Flow, asked: Term | Soonest, where: Frame) -> Term:
    """Return *asked* with its zone filled in; as soon as possible becomes the flow's shortest."""
    if isinstance(asked, Soonest):
        return term_of(flow.shortest, where)
    if isinstance(asked, Calendar | StartOfDay | EndOfDay):
        return _in_zone(asked, where.name)
    return asked


def check_shortest(
    flow_name: str, flow: Flow, term: Term, end: datetime | OpenEnded, *, anchor: datetime, where: Frame
) -> None:
    """Refuse an end before the flow's shortest, counted from *anchor* (T5); it never binds a brake."""
    if not isinstance(end, OpenEnded) and end < _bound(flow.shortest, anchor, where):
        raise not_offered(flow_name, term, (flow.shortest,), "no end before {}")


def capped(
    flow_name: str, flow: Flow, end: datetime | OpenEnded, first_start: datetime, where: Frame
) -> Window:
    """
    Return the window from *first_start* to *end*, within the flow's longest, counted from the first start (I-30).

    An open end is capped where the flow caps; a later exact one is refused.
    """
    if flow.longest.kind == "open_ended":
        return Window(first_start, end)
    cap = _bound(flow.longest, first_start, where)
    if isinstance(end, OpenEnded):
        return Window(first_start, cap)
    if end > cap:
        raise CapExceeded(flow=flow_name, ends_at=end, cap=cap)
    return Window(first_start, end)


def matches(choice: Choice, term: Term, where: Frame) -> bool:
    """Whether *choice* offers *term*: its very span, or any of its shape where it is bare."""
    match choice.kind, term:
        case "elapsed", Elapsed(seconds=seconds):
            return choice.span in (None, seconds)
        case "calendar", Calendar(months=months, days=days):
            return choice.span in (None, (months, days))
        case ("start_of_day", StartOfDay(day=day)) | ("end_of_day", EndOfDay(day=day)):
            return choice.span is None or day == where.day(cast("int", choice.span))
        case ("instant", Instant()) | ("open_ended", OpenEnded()):
            return True
        case _:
            return False


def term_of(choice: Bound, where: Frame, since: datetime | None = None) -> Term:
    """Return the term that an exact choice spells today, or on the day of *since*."""
    match choice.kind, choice.span:
        case "elapsed", int(seconds):
            return Elapsed(seconds=seconds)
        case "calendar", (months, days):
            return Calendar(months=months, days=days, zone=where.name)
        case "start_of_day", int(days):
            return StartOfDay(where.day(days, since), where.name)
        case "end_of_day", int(days):
            return EndOfDay(where.day(days, since), where.name)
        case _:
            raise InvalidInput(field="ends", code="required", wants="an end; this flow has no exact default")


def _bound(choice: Bound, anchor: datetime, where: Frame) -> datetime:
    try:
        found = resolve(term_of(choice, where, max(anchor, where.at)), anchor, where.tz)
    except InvalidInput as error:
        if error.code != "out_of_range":
            raise
        return LATEST  # a bound past every instant bounds nothing
    return LATEST if isinstance(found, OpenEnded) else found


def _in_zone(term: Calendar | StartOfDay | EndOfDay, zone: str | None) -> Term:
    return attrs.evolve(term, zone=zone)


def not_offered(flow_name: str, term: Term, offered: Iterable[Choice], wording: str = "{}") -> TermNotOffered:
    """Return the refusal that shows what is offered."""
    shown = tuple(wording.format(spelled(choice)) for choice in offered)
    return TermNotOffered(flow=flow_name, field="ends", asked=str(term), offered=shown)


def spelled(choice: Choice) -> str:
    """Return a choice as a refusal shows it."""
    data = choice.to_data()
    if isinstance(data, str):
        return data
    return " ".join(f"{key} {value}" for key, value in cast("dict[str, str]", data).items())
