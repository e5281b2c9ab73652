"""From terms to instants: the calendar tables."""

import os
import random
import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

import grantkit
from grantkit import Calendar, Elapsed, EndOfDay, Instant, OpenEnded, StartOfDay
from grantkit.errors import InvalidInput
from grantkit.inputs import LATEST, instant
from grantkit.model import Window, local_date, resolve, start_of_day

TICK = timedelta(microseconds=1)
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def utc(text: str) -> datetime:
    """Return the instant that *text* spells, in UTC."""
    return datetime.fromisoformat(text + "+00:00").astimezone(UTC)


def wall(text: str, zone: str, fold: int = 0) -> datetime:
    """Return the wall-clock time that *text* spells in *zone*."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


# The first instant of a date, worked out by hand from the published change of the clocks.
FIRST_INSTANTS = [
    ("an_ordinary_day", BERLIN, "2027-03-04", "2027-03-03T23:00"),
    ("the_day_of_a_gap", BERLIN, "2027-03-28", "2027-03-27T23:00"),
    ("the_day_of_a_fold", BERLIN, "2027-10-31", "2027-10-30T22:00"),
    ("utc", "UTC", "2027-03-04", "2027-03-04T00:00"),
    ("a_quarter_of_an_hour", "Asia/Kathmandu", "2027-03-04", "2027-03-03T18:15"),
    ("half_hour_of_summer", "Australia/Lord_Howe", "2027-10-03", "2027-10-02T13:30"),
    ("no_midnight_santiago", "America/Santiago", "2024-09-08", "2024-09-08T04:00"),
    ("no_midnight_cairo", "Africa/Cairo", "2023-04-28", "2023-04-27T22:00"),
    ("no_midnight_havana", "America/Havana", "1997-04-06", "1997-04-06T05:00"),
    ("no_midnight_beirut", "Asia/Beirut", "2024-03-31", "2024-03-30T22:00"),
    ("no_midnight_gaza", "Asia/Gaza", "2021-03-27", "2021-03-26T22:00"),
    ("no_midnight_sao_paulo", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),
    ("midnight_twice_havana", "America/Havana", "2023-11-05", "2023-11-05T04:00"),
    ("midnight_twice_st_johns", "America/St_Johns", "2010-11-07", "2010-11-07T02:30"),
    ("gap_a_minute_past_midnight", "America/St_Johns", "2010-03-14", "2010-03-14T03:30"),
    ("no_day_at_all_apia", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),
    ("after_the_missing_day_apia", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
    ("before_the_missing_day_apia", "Pacific/Apia", "2011-12-29", "2011-12-29T10:00"),
    ("no_day_at_all_kwajalein", "Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00"),
    ("after_the_missing_day_kwajalein", "Pacific/Kwajalein", "1993-08-22", "1993-08-21T12:00"),
    ("far_away", BERLIN, "8999-07-01", "8999-06-30T22:00"),
]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [row[1:] for row in FIRST_INSTANTS],
    ids=[row[0] for row in FIRST_INSTANTS],
)
def test_start_of_day_is_the_first_instant_of_the_date(zone, day, expected):
    """A date starts at its first instant, also where midnight is missing or comes twice, or the whole day is."""
    tz, at = ZoneInfo(zone), date.fromisoformat(day)
    found = resolve(StartOfDay(at, zone), utc("2027-01-01T00:00"), tz)

    assert utc(expected) == found
    assert UTC is found.tzinfo
    assert found == resolve(EndOfDay(at - timedelta(days=1), zone), utc("2027-01-01T00:00"), tz)
    assert local_date(found, tz) >= at > local_date(found - TICK, tz)


STEP, HOUR, DAY = 10 * 86_400, 3600, 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = int((datetime(2040, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())


class Walls:
    """The wall of a zone as seen from UTC alone: how many seconds it is ahead at a second since 1970."""

    def __init__(self, zone: str) -> None:
        self.tz = ZoneInfo(zone)

    def ahead(self, second: int) -> int:
        offset = datetime.fromtimestamp(second, self.tz).utcoffset()
        return offset.days * DAY + offset.seconds

    def change(self, before: int, after: int) -> int:
        """Return the first second after the change that lies between *before* and *after*."""
        was = self.ahead(before)
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self.ahead(middle) == was else (before, middle)
        return after

    def changes(self) -> list[int]:
        """Return changes from 1970 to 2040, as far as a look every ten days shows them."""
        marks = [(second, self.ahead(second)) for second in range(DAY * 3, LAST, STEP)]
        return [self.change(one, other) for (one, was), (other, now) in pairwise(marks) if was != now]

    def first_second(self, day: int) -> int:
        """Return the first second at which the wall shows day number *day* or later, piece by piece of equal offset."""
        target = day * DAY
        hours = range(target - 40 * HOUR, target + 40 * HOUR, HOUR)
        for begin, end in pairwise(hours):
            cut = end if self.ahead(begin) == self.ahead(end) else self.change(begin, end)
            for low, high in ((begin, cut), (cut, end)):
                at = max(low, target - self.ahead(low))
                if at < high:
                    return at
        raise AssertionError(day)


@lru_cache
def sample_of(zone: str, most: int = 7) -> list[tuple[int, int]]:
    """Return dates around some changes of *zone*, as day numbers, each with the second at which it starts."""
    walls = Walls(zone)
    changes = walls.changes()
    chosen = random.Random(zone).sample(changes, min(most, len(changes)))  # noqa: S311
    days = {(at + walls.ahead(at)) // DAY + shift for at in chosen for shift in (-1, 0, 1)}
    return [(day, walls.first_second(day)) for day in sorted(days)]


ZONES = sorted(
    zone
    for zone in available_timezones()
    if not zone.startswith(("posix", "right")) and zone not in ("localtime", "Factory")
)
if os.environ.get("GRANTKIT_PROFILE") != "long":
    ZONES = ZONES[::3]  # many are other names of one another


@pytest.mark.parametrize("letter", sorted({zone[:3] for zone in ZONES}))
def test_start_of_day_agrees_with_a_search_in_every_zone(letter):
    """In a zone, around its changes from 1970 to 2040, a date starts where a search by UTC offsets alone says."""
    for zone in [each for each in ZONES if each.startswith(letter)]:
        tz = ZoneInfo(zone)
        for day, second in sample_of(zone):
            found = start_of_day(date(1970, 1, 1) + timedelta(days=day), tz)
            assert (zone, day, second) == (zone, day, (found - EPOCH) // timedelta(seconds=1))
            assert 0 == found.microsecond


def test_sample_reaches_every_kind_of_change():
    """The sampled dates hold missing midnights and ordinary ones, or the comparison would show nothing."""
    odd = [
        zone
        for zone in ("America/Santiago", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia")
        if len(sample_of(zone)) > 6
    ]
    assert 4 == len(odd)
    assert [] != [
        day
        for day, second in sample_of("America/Santiago", 40)
        if (second + Walls("America/Santiago").ahead(second)) % DAY
    ]


SPANS = [
    ("a_month_clips_to_february", "2027-01-31T12:00", {"months": 1}, "2027-02-28T12:00"),
    ("a_month_clips_to_leap_february", "2028-01-31T12:00", {"months": 1}, "2028-02-29T12:00"),
    ("a_year_from_a_leap_day", "2028-02-29T12:00", {"years": 1}, "2029-02-28T12:00"),
    ("four_years_from_a_leap_day", "2028-02-29T12:00", {"years": 4}, "2032-02-29T12:00"),
    ("a_year_to_a_leap_year", "2027-02-28T12:00", {"years": 1}, "2028-02-28T12:00"),
    ("no_leap_day_in_2100", "2096-02-29T12:00", {"years": 4}, "2100-02-28T12:00"),
    ("two_months_are_not_one_and_one", "2027-01-31T12:00", {"months": 2}, "2027-03-31T12:00"),
    ("thirteen_months", "2027-01-31T12:00", {"months": 13}, "2028-02-29T12:00"),
    ("a_month_clips_to_june", "2027-05-31T12:00", {"months": 1}, "2027-06-30T12:00"),
    ("over_the_new_year", "2027-12-31T23:00", {"months": 2}, "2028-02-29T23:00"),
    ("months_before_days", "2027-01-31T12:00", {"months": 1, "days": 1}, "2027-03-01T12:00"),
    ("weeks_and_days", "2027-01-01T12:00", {"weeks": 1, "days": 1}, "2027-01-09T12:00"),
    ("microseconds_stay", "2027-01-31T12:00:00.000001", {"months": 1}, "2027-02-28T12:00:00.000001"),
    ("near_the_last_year", "8998-12-31T12:00", {"years": 1}, "8999-12-31T12:00"),
]


@pytest.mark.parametrize(
    ("anchor", "span", "expected"),
    [row[1:] for row in SPANS],
    ids=[row[0] for row in SPANS],
)
def test_calendar_span_counts_from_its_anchor(anchor, span, expected):
    """A calendar span is the same wall-clock time so much later; a day that the month lacks becomes its last."""
    assert utc(expected) == resolve(Calendar(**span, zone="UTC"), utc(anchor), ZoneInfo("UTC"))


def test_months_are_never_chained():
    """So many months from an anchor are counted at once: chaining them would lose days at every short month."""
    anchor, tz = utc("2027-01-31T12:00"), ZoneInfo("UTC")
    days = [resolve(Calendar(months=count), anchor, tz).day for count in range(1, 13)]
    assert [28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31] == days


CHANGES = [
    # zone, anchor (UTC), days of the calendar span, expected end (UTC)
    ("gap_berlin", BERLIN, "2027-03-27T01:30", 1, "2027-03-28T00:30"),
    ("fold_berlin", BERLIN, "2027-10-30T00:30", 1, "2027-10-31T00:30"),
    ("over_the_gap_berlin", BERLIN, "2027-03-27T12:00", 1, "2027-03-28T11:00"),
    ("over_the_fold_berlin", BERLIN, "2027-10-30T12:00", 1, "2027-10-31T13:00"),
    ("gap_new_york", NEW_YORK, "2027-03-13T07:30", 1, "2027-03-14T06:30"),
    ("fold_new_york", NEW_YORK, "2027-11-06T05:30", 1, "2027-11-07T05:30"),
    ("gap_lord_howe", "Australia/Lord_Howe", "2027-10-01T15:45", 1, "2027-10-02T15:15"),
    ("fold_lord_howe", "Australia/Lord_Howe", "2027-04-02T14:45", 1, "2027-04-03T14:45"),
]


@pytest.mark.parametrize(
    ("zone", "anchor", "days", "expected"),
    [row[1:] for row in CHANGES],
    ids=[row[0] for row in CHANGES],
)
def test_calendar_end_that_occurs_twice_or_never_is_the_earlier(zone, anchor, days, expected):
    """A calendar span that lands in a fold or a gap ends at the earlier of its two readings."""
    found = resolve(Calendar(days=days, zone=zone), utc(anchor), ZoneInfo(zone))
    assert utc(expected) == found


def test_calendar_span_from_the_second_hour_of_a_fold_keeps_the_wall():
    """From the second 02:30 of an autumn night, a day later is 02:30, and nothing of the fold is left."""
    anchor = wall("2027-10-31T02:30", BERLIN, fold=1).astimezone(UTC)
    assert utc("2027-10-31T01:30") == anchor
    assert utc("2027-11-01T01:30") == resolve(Calendar(days=1), anchor, ZoneInfo(BERLIN))


def test_calendar_end_on_a_day_that_never_was_is_before_it():
    """A day from the 29th in Apia falls on the missing 30th: the earlier reading is taken, so nothing is gained."""
    tz, anchor = ZoneInfo("Pacific/Apia"), wall("2011-12-29T12:00", "Pacific/Apia").astimezone(UTC)
    found = resolve(Calendar(days=1), anchor, tz)
    readings = [wall("2011-12-30T12:00", "Pacific/Apia", fold).astimezone(UTC) for fold in (0, 1)]
    assert min(readings) == found
    assert found < max(readings)


READINGS = [
    # a wall-clock time, its earlier and its later reading
    ("fold_berlin", "2027-10-31T02:30", BERLIN, "2027-10-31T00:30", "2027-10-31T01:30"),
    ("gap_berlin", "2027-03-28T02:30", BERLIN, "2027-03-28T00:30", "2027-03-28T01:30"),
    ("fold_new_york", "2027-11-07T01:30", NEW_YORK, "2027-11-07T05:30", "2027-11-07T06:30"),
    ("gap_new_york", "2027-03-14T02:30", NEW_YORK, "2027-03-14T06:30", "2027-03-14T07:30"),
    ("fold_lord_howe", "2027-04-04T01:45", "Australia/Lord_Howe", "2027-04-03T14:45", "2027-04-03T15:15"),
    ("gap_lord_howe", "2027-10-03T02:15", "Australia/Lord_Howe", "2027-10-02T15:15", "2027-10-02T15:45"),
    ("ordinary", "2027-07-01T12:00", BERLIN, "2027-07-01T10:00", "2027-07-01T10:00"),
]


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(
    ("at", "zone", "earlier", "later"),
    [row[1:] for row in READINGS],
    ids=[row[0] for row in READINGS],
)
def test_wall_clock_time_is_read_narrowly(at, zone, earlier, later, fold):
    """Whatever its fold says, a time that occurs twice or never ends access early and starts it late."""
    given = wall(at, zone, fold)
    assert utc(earlier) == Instant(given).at == instant("at", given, "earlier")
    assert utc(later) == instant("at", given, "later")
    assert utc(later) == Window(given, OpenEnded()).starts_at
    assert utc(earlier) == Window(utc("2020-01-01T00:00"), given).ends_at


@pytest.mark.parametrize(("fold", "expected"), [(0, "2027-10-31T00:30"), (1, "2027-10-31T01:30")])
def test_reading_of_a_clock_is_believed(fold, expected):
    """A clock that says which of the two hours it shows is taken at its word."""
    assert utc(expected) == instant("now", wall("2027-10-31T02:30", BERLIN, fold))


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("anchor", ["2027-03-27T12:00", "2027-10-30T12:00", "2011-12-29T12:00"])
def test_elapsed_span_ignores_the_clocks(zone, anchor):
    """An elapsed day is 24 hours whatever the wall does, and needs no zone."""
    expected = utc(anchor) + timedelta(hours=24)
    assert expected == resolve(Elapsed(days=1), utc(anchor), ZoneInfo(zone))
    assert expected == resolve(Elapsed(hours=24), utc(anchor), None)


def test_terms_without_a_calendar_need_no_zone():
    """An instant is itself and an open end stays open, with no zone at all."""
    anchor = utc("2027-01-01T00:00")
    assert utc("2027-02-01T00:00") == resolve(Instant(utc("2027-02-01T00:00")), anchor, None)
    assert OpenEnded() == resolve(OpenEnded(), anchor, None)


DATED = [Calendar(days=1), StartOfDay(date(2027, 3, 4)), EndOfDay(date(2027, 3, 4))]


@pytest.mark.parametrize("term", DATED, ids=["calendar", "start_of_day", "end_of_day"])
def test_date_without_a_zone_is_refused(term):
    """A date or calendar span is never read in the zone of the machine."""
    with pytest.raises(InvalidInput) as caught:
        resolve(term, utc("2027-01-01T00:00"), None)
    assert ("zone", "no_zone") == (caught.value.field, caught.value.code)


class Fixed(tzinfo):
    """A zone of a host's own."""

    def utcoffset(self, dt):
        return timedelta(hours=2)

    def dst(self, dt):
        return timedelta(0)


@pytest.mark.parametrize("tz", [timezone(timedelta(hours=2)), Fixed()], ids=["timezone", "own"])
def test_any_zone_will_do(tz):
    """Pure rooms take any tzinfo: nothing depends on how the shell came by it."""
    assert utc("2027-03-03T22:00") == start_of_day(date(2027, 3, 4), tz)
    assert utc("2027-02-28T12:00") == resolve(Calendar(months=1), utc("2027-01-31T12:00"), tz)


TOO_FAR = [
    ("elapsed", Elapsed(days=1), LATEST - timedelta(days=1) + TICK, "UTC"),
    ("elapsed_past_every_date", Elapsed(days=366_000), utc("8999-01-01T00:00"), "UTC"),
    ("calendar", Calendar(days=1), LATEST - timedelta(days=1) + TICK, "UTC"),
    ("calendar_of_980_years", Calendar(years=980), utc("8999-01-01T00:00"), "UTC"),
    ("start_of_day", StartOfDay(date(9000, 1, 2)), EPOCH, "UTC"),
    ("start_of_day_west", StartOfDay(date(9000, 1, 1)), EPOCH, NEW_YORK),
    ("last_date", StartOfDay(date.max), EPOCH, NEW_YORK),
    ("after_the_last_date", EndOfDay(date.max), EPOCH, "UTC"),
    ("first_date", StartOfDay(date.min), EPOCH, BERLIN),
    ("before_1970", StartOfDay(date(1969, 12, 31)), EPOCH, "UTC"),
    ("before_1970_east", StartOfDay(date(1970, 1, 1)), EPOCH, BERLIN),
]


@pytest.mark.parametrize(
    ("term", "anchor", "zone"),
    [row[1:] for row in TOO_FAR],
    ids=[row[0] for row in TOO_FAR],
)
def test_end_outside_the_range_of_instants_is_refused(term, anchor, zone):
    """An end before 1970 or after 9000 is refused by name, never wrapped, clipped or taken for no end."""
    with pytest.raises(InvalidInput) as caught:
        resolve(term, anchor, ZoneInfo(zone))
    assert ("ends", "out_of_range") == (caught.value.field, caught.value.code)


AT_THE_EDGE = [
    ("elapsed", Elapsed(days=1), LATEST - timedelta(days=1), "UTC", LATEST),
    ("calendar", Calendar(days=1), LATEST - timedelta(days=1), "UTC", LATEST),
    ("start_of_day", StartOfDay(date(9000, 1, 1)), EPOCH, "UTC", LATEST),
    ("end_of_day", EndOfDay(date(8999, 12, 31)), EPOCH, "UTC", LATEST),
    ("first", StartOfDay(date(1970, 1, 1)), EPOCH, "UTC", EPOCH),
    ("first_west", StartOfDay(date(1970, 1, 1)), EPOCH, NEW_YORK, EPOCH + timedelta(hours=5)),
]


@pytest.mark.parametrize(
    ("term", "anchor", "zone", "expected"),
    [row[1:] for row in AT_THE_EDGE],
    ids=[row[0] for row in AT_THE_EDGE],
)
def test_first_and_last_instant_can_be_ends(term, anchor, zone, expected):
    """The bounds of the range are inside it."""
    assert expected == resolve(term, anchor, ZoneInfo(zone))


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_window_is_half_open_to_the_microsecond(shift):
    """At its start a window holds, at its end it does not, a microsecond to either side."""
    start, end, move = utc("2027-03-28T00:30"), utc("2027-10-31T00:30"), shift * TICK
    window = Window(start, end)
    assert (shift >= 0) is window.holds(start + move)
    assert (shift < 0) is window.holds(end + move)
    assert (shift < 0) is window.holds(start, seen_at=end + move)
    assert window.holds(start, seen_at=start - timedelta(days=1))


def test_source_takes_only_arithmetic_from_dateutil():
    """No zone, parser or other part of dateutil is imported anywhere: its zones changed between releases."""
    sources = [file.read_text(encoding="utf-8") for file in Path(grantkit.__file__).parent.rglob("*.py")]
    imports = {
        line.strip()
        for text in sources
        for line in text.splitlines()
        if re.search(r"^\s*(from|import)\s+dateutil", line)
    }
    assert {"from dateutil.relativedelta import relativedelta"} == imports
    assert [] == [
        text
        for text in sources
        if re.search(r"dateutil[.](tz|parser|zoneinfo|utils)|import_module|__import__", text)
    ]
