"""Words, instants, windows and terms."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from grantkit.inputs import EARLIEST, LATEST
from grantkit.model import Calendar, Elapsed, EndOfDay, Instant, OpenEnded, StartOfDay, Term, Window

Fields: TypeAlias = st.SearchStrategy[Any]
"""What stands for a field in place of the strategy's own."""

TICK = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
_NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)
FIRST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_PLACES = ("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "America/Santiago")
_WORDS = (
    "Boards missing after the import",
    "caf\u00e9",
    "cafe\u0301",
    "\u05e9\u05dc\u05d5\u05dd",
    "\U0001f469\u200d\U0001f467",
    "100% _",
)
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


def ids(*, most: int = 200) -> st.SearchStrategy[str]:
    """
    Return ids of up to *most* characters, some of which differ in case alone or begin another.

    Args:
        most: The longest, from 4 to 200.
    """
    confusing = ("a", "A", "aa", "a_b", "a-b", "a:b", "007", "7", "null", "x" * (most - 1), "x" * most)
    rest = st.text(FIRST + "._:@+|/=~-", max_size=min(12, most - 1))
    return st.sampled_from(confusing) | st.builds(str.__add__, st.sampled_from(FIRST), rest)


def texts(*, most: int = 200) -> st.SearchStrategy[str]:
    """
    Return words of people of one line, not blank: in many scripts, composed and not.

    Args:
        most: How many characters at the most, 40 or more.
    """
    anything = st.text(max_size=20).map(lambda said: _UNSEEN.sub("", said).strip() or "?")
    return st.sampled_from((*_WORDS, "x" * most)) | anything.map(
        lambda said: said if _is_visible(said) else f"{said}?"
    )


def _is_visible(said: str) -> bool:
    return any(char.isalnum() for char in said)


def instants(earliest: datetime = EARLIEST, latest: datetime = LATEST) -> st.SearchStrategy[datetime]:
    """
    Return instants in UTC from *earliest* to *latest*, to the microsecond: often one of these, or beside a full hour.

    Args:
        earliest: The first; the first that grantkit takes by default.
        latest: The last; the last that grantkit takes by default.
    """
    first, last = earliest.replace(tzinfo=None), latest.replace(tzinfo=None)
    anywhere = st.datetimes(first, last).map(lambda at: at.replace(tzinfo=UTC))
    hours = st.integers(-6, 12).map(lambda count: _NOON + count * _HOUR)
    bounds = beside(hours | st.sampled_from((earliest, latest))).filter(lambda at: earliest <= at <= latest)
    return bounds | anywhere


def beside(edges: st.SearchStrategy[datetime]) -> st.SearchStrategy[datetime]:
    """Return instants at *edges*, and a microsecond before and after them: where bounds are got wrong."""
    return st.builds(_moved, edges, st.sampled_from((0, -1, 1)))


def _moved(edge: datetime, ticks: int) -> datetime:
    return edge + ticks * TICK


def windows(
    starts: st.SearchStrategy[datetime] | None = None, lengths: st.SearchStrategy[timedelta] | None = None
) -> st.SearchStrategy[Window]:
    """
    Return windows, of which some are one microsecond long and some never end.

    Args:
        starts: When they start.
        lengths: How long they are, more than nothing; those that would end past the last instant never end.
    """
    spans = st.integers(1, 9).map(lambda count: count * _HOUR) | st.timedeltas(TICK, timedelta(days=400))
    return st.builds(
        _window,
        instants(latest=LATEST - TICK) if starts is None else starts,
        st.none() | st.just(TICK) | (spans if lengths is None else lengths),
    )


def _window(start: datetime, length: timedelta | None) -> Window:
    if length is None or length > LATEST - start:
        return Window(start, OpenEnded())
    return Window(start, start + length)


def terms(zones: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Term]:
    """
    Return terms of every kind, each with a zone where it can have one.

    Args:
        zones: The names of zones; by default some where a day begins late, or is missing.
    """
    where = st.sampled_from(_PLACES) if zones is None else zones
    days = st.dates(date(1990, 1, 1), date(2200, 1, 1))
    return st.one_of(
        st.integers(1, 400 * 86_400).map(lambda seconds: Elapsed(seconds=seconds)),
        st.builds(_calendar, st.integers(0, 14), st.integers(0, 400), where),
        st.builds(StartOfDay, days, where),
        st.builds(EndOfDay, days, where),
        st.builds(Instant, instants()),
        st.just(OpenEnded()),
    )


def _calendar(months: int, days: int, zone: str) -> Calendar:
    return Calendar(months=months, days=days or int(not months), zone=zone)
