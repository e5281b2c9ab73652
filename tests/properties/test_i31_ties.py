"""I-31: of two readings of a time the narrower interval is used."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantkit import Calendar, Elapsed, Instant, Member, SupportAccess, Team
from grantkit.model import Window, resolve
from grantkit.rules import AccessRules
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

ZONES = st.sampled_from(
    [
        "Europe/Vienna",
        "America/New_York",
        "America/Santiago",
        "Africa/Cairo",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "UTC",
    ]
).map(ZoneInfo)
CHANGES = st.datetimes(datetime(2011, 1, 1), datetime(2035, 1, 1))  # noqa: DTZ001  # wall-clock times
ANA = Member("m-ana", tenant="acme", roles={"admin"})
RULES = AccessRules.from_data({"flows": {"access": {"ahead": "P99D", "longest": {"elapsed": "P1000D"}}}})


def readings(wall: datetime) -> list[datetime]:
    return [wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


def near_a_change(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time moved, if it can be, into the next hour that is missing or comes twice."""
    days = [(wall + timedelta(days=day)).replace(tzinfo=zone) for day in range(372)]
    for one, other in pairwise(days):
        if one.utcoffset() == other.utcoffset():
            continue  # the clocks change in none of these hours
        for hours in range(25):
            moved = (one.replace(tzinfo=None) + timedelta(hours=hours)).replace(minute=30, tzinfo=zone)
            if moved.utcoffset() != moved.replace(fold=1).utcoffset():
                return moved
    return wall.replace(tzinfo=zone)


@given(ZONES, CHANGES, st.booleans(), st.integers(0, 1))
def test_i31_an_end_is_the_earlier_reading_and_a_start_the_later(
    zone: ZoneInfo, wall: datetime, seek: bool, fold: int
):
    """An end that could be two instants is the first of them, a start the last, whichever fold was written."""
    said = (near_a_change(wall, zone) if seek else wall.replace(tzinfo=zone)).replace(fold=fold)
    assert min(readings(said)) == Instant(said).at
    later = datetime(2099, 1, 1, tzinfo=UTC)
    assert max(readings(said)) == Window(said, later).starts_at
    earlier = datetime(1999, 1, 1, tzinfo=UTC)
    assert min(readings(said)) == Window(earlier, said).ends_at


@given(ZONES, CHANGES, st.integers(0, 14), st.integers(0, 40))
def test_i31_a_calendar_span_ends_at_the_earlier_reading(
    zone: ZoneInfo, wall: datetime, months: int, days: int
):
    """A span that lands where the wall clock jumps ends at the earlier of the two instants."""
    target = near_a_change(wall, zone)
    anchor = target.replace(tzinfo=None) - timedelta(days=days + 1)
    start = anchor.replace(tzinfo=zone).astimezone(UTC)
    if start.astimezone(zone).replace(tzinfo=None, fold=0) == anchor:
        end = resolve(Calendar(days=days + 1, months=0), start, zone)
        assert min(readings(target)) == end


@pytest.mark.parametrize("zone", ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe"])
def test_i31_near_a_change_finds_changes(zone: str):
    """The control of the tests above: they do reach hours that are missing and hours that come twice."""
    found = near_a_change(datetime(2027, 1, 1), ZoneInfo(zone))  # noqa: DTZ001  # a wall-clock time
    once, twice = readings(found)
    assert once != twice


@given(ZONES, CHANGES, st.integers(0, 1))
def test_i31_a_grant_given_across_a_change_is_never_longer_than_either_reading(
    zone: ZoneInfo, wall: datetime, fold: int
):
    """A scheduled start and an exact end in odd hours make the narrower of the windows that they could mean."""
    start = near_a_change(wall, zone).replace(fold=fold)
    end = near_a_change(start.replace(tzinfo=None) + timedelta(days=2), zone).replace(fold=1 - fold)
    if max(readings(start)) + timedelta(minutes=2) < min(readings(end)):
        clock = FakeClock(min(readings(start)) - timedelta(days=1))
        access = SupportAccess(MemoryStore(), clock=clock, rules=RULES)
        said = {"starts": start, "ends": Instant(end), "reason": "x"}
        grant = access.grant("acme", by=ANA, to=Team("s"), **said)  # type: ignore[arg-type]
        assert (max(readings(start)), min(readings(end))) == (grant.starts_at, grant.ends_at)


def test_i31_elapsed_time_ignores_the_wall_clock():
    """Four hours are four hours, also over a change of the clocks."""
    night = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert night + timedelta(hours=4) == resolve(Elapsed(hours=4), night, ZoneInfo("Europe/Vienna"))
