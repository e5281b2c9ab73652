"""
Terms: how an end is expressed before it becomes an instant.

A term is resolved once, when consent is given, and kept beside the instant that it became. There is no default between
the start and the end of a date (T3), and nothing null or zero means "for ever": that is :class:`OpenEnded`, said aloud.
"""

from datetime import date, datetime
from typing import TypeAlias

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import fill, identifier, instant, integer, optional
from grantkit.model.durations import MOST_SECONDS, spell_calendar, spell_elapsed, whole_seconds
from grantkit.model.wording import iso

_MOST = 10_000_000_000


@attrs.frozen(init=False)
class Elapsed:
    """
    A span of elapsed time, added in UTC: four hours are four hours, over a change of the clocks too.

    >>> Elapsed(days=28) == Elapsed(weeks=4)
    True

    Attributes:
        seconds: All of it, in seconds.
    """

    seconds: int

    def __init__(
        self, *, weeks: int = 0, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0
    ) -> None:
        counts = {"weeks": weeks, "days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        for unit, count in counts.items():
            integer(f"elapsed.{unit}", count, least=0, most=_MOST)
        total = whole_seconds("elapsed", counts)
        if total == 0:
            raise InvalidInput(field="elapsed", code="out_of_range", wants="a span longer than nothing")
        fill(self, total)

    def to_data(self) -> Plain:
        """Return the term as plain data, as rules spell it."""
        return {"elapsed": spell_elapsed(self.seconds)}

    def __str__(self) -> str:
        return f"{spell_elapsed(self.seconds)} elapsed"


@attrs.frozen(init=False)
class Calendar:
    """
    A span of calendar time: the same wall-clock time, so many years, months, weeks and days on, in a zone.

    Counted from the anchor and never chained; a day that the month lacks becomes its last (M5: 31 January and one month
    is 28 or 29 February).

    Attributes:
        months: Years and months, together.
        days: Weeks and days, together.
        zone: An IANA name, or ``None`` for the rules' zone.
    """

    months: int
    days: int
    zone: str | None

    def __init__(
        self, *, years: int = 0, months: int = 0, weeks: int = 0, days: int = 0, zone: str | None = None
    ) -> None:
        counts = {"years": years, "months": months, "weeks": weeks, "days": days}
        for unit, count in counts.items():
            integer(f"calendar.{unit}", count, least=0, most=MOST_SECONDS // 86_400)
        total_months, total_days = 12 * years + months, 7 * weeks + days
        if total_months + total_days == 0:
            raise InvalidInput(field="calendar", code="out_of_range", wants="a span longer than nothing")
        integer("calendar", total_months * 31 + total_days, least=1, most=MOST_SECONDS // 86_400)
        fill(self, total_months, total_days, optional(identifier, "calendar.zone", zone))

    def to_data(self) -> Plain:
        """Return the term as plain data, as rules spell it, with its zone."""
        return {"calendar": spell_calendar(self.months, self.days), "zone": self.zone}

    def __str__(self) -> str:
        return f"{spell_calendar(self.months, self.days)} by the calendar{_in(self.zone)}"


def _date(field: str, value: object) -> date:
    if type(value) is not date:  # a datetime is a date to Python; its time of day would be lost in silence
        raise InvalidInput(field=field, code="wrong_type", wants="a datetime.date (not a datetime, not text)")
    return value


@attrs.frozen(init=False)
class StartOfDay:
    """
    The first instant whose local date is *day* or later: access ends as that date begins (T3).

    Attributes:
        day: The date.
        zone: An IANA name, or ``None`` for the rules' zone.
    """

    day: date
    zone: str | None

    def __init__(self, day: date, zone: str | None = None) -> None:
        fill(self, _date("start_of_day.day", day), optional(identifier, "start_of_day.zone", zone))

    def to_data(self) -> Plain:
        """Return the term as plain data."""
        return {"start_of_day": self.day.isoformat(), "zone": self.zone}

    def __str__(self) -> str:
        return f"the start of {self.day}{_in(self.zone)}"


@attrs.frozen(init=False)
class EndOfDay:
    """
    The start of the day after *day*: the whole date is still covered.

    Attributes:
        day: The date.
        zone: An IANA name, or ``None`` for the rules' zone.
    """

    day: date
    zone: str | None

    def __init__(self, day: date, zone: str | None = None) -> None:
        fill(self, _date("end_of_day.day", day), optional(identifier, "end_of_day.zone", zone))

    def to_data(self) -> Plain:
        """Return the term as plain data."""
        return {"end_of_day": self.day.isoformat(), "zone": self.zone}

    def __str__(self) -> str:
        return f"the end of {self.day}{_in(self.zone)}"


@attrs.frozen(init=False)
class Instant:
    """
    An exact instant. A wall-clock time that occurs twice, or never, is read as the earlier of its two readings (I-31).

    Attributes:
        at: Plain UTC.
    """

    at: datetime

    def __init__(self, at: datetime) -> None:
        fill(self, instant("instant.at", at, "earlier"))

    def to_data(self) -> Plain:
        """Return the term as plain data."""
        return {"instant": iso(self.at)}

    def __str__(self) -> str:
        return iso(self.at)


@attrs.frozen
class OpenEnded:
    """No end by time: an explicit term, refused unless the rules offer it, and capped where they cap (P10)."""

    def to_data(self) -> Plain:
        """Return the term as plain data."""
        return "open_ended"

    def __str__(self) -> str:
        return "no end"


@attrs.frozen
class Soonest:
    """
    As soon as the rules allow: the flow's ``shortest``, from the moment of asking (T8). Not a revocation.

    A grant keeps the term that it came to.
    """

    def to_data(self) -> Plain:
        """Return the term as plain data."""
        return "soonest"

    def __str__(self) -> str:
        return "as soon as possible"


def _in(zone: str | None) -> str:
    return "" if zone is None else f" in {zone}"


Term: TypeAlias = Elapsed | Calendar | StartOfDay | EndOfDay | Instant | OpenEnded
"""What a grant keeps beside the instant at which it ends."""
TERM_TYPES: tuple[type, ...] = (Elapsed, Calendar, StartOfDay, EndOfDay, Instant, OpenEnded)
