"""From a term to an instant: pure, given an anchor and a zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from dateutil.relativedelta import relativedelta

from grantkit.errors import InvalidInput
from grantkit.inputs import instant
from grantkit.model.terms import Calendar, Elapsed, Instant, OpenEnded, StartOfDay, Term

_WANTS_ZONE = "a term with zone=, or rules with a zone; the machine's own zone is never used"
_TICK = timedelta(microseconds=1)
_AROUND = timedelta(
    hours=60
)  # more than the largest jump of any zone (Apia: 24 h) and the largest offset together


def resolve(term: Term, anchor: datetime, tz: tzinfo | None) -> datetime | OpenEnded:
    """
    Return the instant at which *term* ends, counted from *anchor*, in UTC.

    Args:
        term: What was chosen.
        anchor: The start, in UTC.
        tz: The zone for calendar spans and dates; elapsed spans, instants and open ends need none.

    Raises:
        InvalidInput: ``no_zone`` if a zone is needed and missing; ``out_of_range`` if the end leaves the range of
            instants.
    """
    match term:
        case OpenEnded():
            return term
        case Instant(at=at):
            return at
        case Elapsed(seconds=seconds):
            return _checked(lambda: anchor + timedelta(seconds=seconds))
        case Calendar(months=months, days=days):
            zone = _needed(tz)
            return _checked(lambda: _calendar(anchor, months, days, zone))
        case StartOfDay(day=day):
            zone = _needed(tz)
            return _checked(lambda: start_of_day(day, zone))
        case _:
            zone, last = _needed(tz), term.day
            return _checked(lambda: start_of_day(last + timedelta(days=1), zone))


def local_date(at: datetime, tz: tzinfo | None) -> date:
    """Return the date that the wall shows at *at* in *tz*."""
    return at.astimezone(_needed(tz)).date()


def start_of_day(day: date, tz: tzinfo) -> datetime:
    """
    Return the first instant whose local date is *day* or later, in UTC.

    That is unique also where midnight is missing (Santiago, Cairo, Beirut), where it comes twice (Havana), and where
    the whole day is (Apia, 30 December 2011).
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=tz)  # fold=0: of two midnights, the first
    found = midnight.astimezone(UTC)
    if found.astimezone(tz).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return found
    return _first_instant_of(day, found, tz)


def _first_instant_of(day: date, near: datetime, tz: tzinfo) -> datetime:
    # Midnight falls into a gap: close in on the jump, from a time before the date to one after it.
    before, after = near - _AROUND, near + _AROUND
    while after - before > _TICK:
        middle = before + (after - before) // 2
        if middle.astimezone(tz).date() >= day:
            after = middle
        else:
            before = middle
    return after


def _calendar(anchor: datetime, months: int, days: int, tz: tzinfo) -> datetime:
    wall = anchor.astimezone(tz).replace(tzinfo=None, fold=0) + relativedelta(months=months, days=days)
    # A wall-clock time that occurs twice or never: the earlier reading, for this is an end (I-31).
    return min(wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))


def _needed(tz: tzinfo | None) -> tzinfo:
    if tz is None:
        raise InvalidInput(field="zone", code="no_zone", wants=_WANTS_ZONE)
    return tz


def _checked(compute: Callable[[], datetime]) -> datetime:
    try:
        found = compute()
    except (OverflowError, ValueError) as error:
        raise InvalidInput(field="ends", code="out_of_range", wants="an end before the year 9000") from error
    return instant("ends", found)
