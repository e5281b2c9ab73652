"""ISO 8601 durations, as rules spell spans: ``PT4H``, ``P28D``, ``P2M10D``."""

import re

from grantkit.errors import InvalidInput

_FORM = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,10})S)?)?",
    re.ASCII,
)
_DAY = 86_400
MOST_SECONDS = 1_000 * 366 * _DAY
"""The longest span accepted, a thousand years: arithmetic stays inside the range of instants or is refused by name."""


def parse_elapsed(field: str, value: object) -> int:
    """Return the seconds of ``P[nW][nD][T[nH][nM][nS]]``; years and months have no fixed length and are refused."""
    found = _fields(field, value)
    if found["years"] or found["months"]:
        raise InvalidInput(
            field=field, code="bad_duration", wants="weeks, days, hours, minutes, seconds (PT4H, P28D)"
        )
    return whole_seconds(field, found)


def parse_calendar(field: str, value: object) -> tuple[int, int]:
    """Return the months and days of ``P[nY][nM][nW][nD]``; hours belong to an elapsed span and are refused."""
    found = _fields(field, value)
    if found["hours"] or found["minutes"] or found["seconds"]:
        raise InvalidInput(
            field=field, code="bad_duration", wants="years, months, weeks, days (P1M, P1Y, P2M10D)"
        )
    return found["years"] * 12 + found["months"], found["weeks"] * 7 + found["days"]


def parse_days(field: str, value: object) -> int:
    """Return the days of ``PnD`` (or weeks); ``P0D`` is today."""
    months, days = parse_calendar(field, value)
    if months:
        raise InvalidInput(field=field, code="bad_duration", wants="a number of days, such as P1D")
    return days


def whole_seconds(field: str, counts: dict[str, int]) -> int:
    """Return weeks, days, hours, minutes and seconds added up, refused past :data:`MOST_SECONDS`."""
    days = counts["weeks"] * 7 + counts["days"]
    total = days * _DAY + counts["hours"] * 3600 + counts["minutes"] * 60 + counts["seconds"]
    if total > MOST_SECONDS:
        raise InvalidInput(field=field, code="out_of_range", wants="a span of at most a thousand years")
    return total


def _fields(field: str, value: object) -> dict[str, int]:
    found = _FORM.fullmatch(value) if type(value) is str else None
    if found is None:
        raise InvalidInput(
            field=field, code="bad_duration", wants="an ISO 8601 duration such as PT4H, P28D or P1M"
        )
    return {name: int(digits or 0) for name, digits in found.groupdict().items()}


def spell_elapsed(seconds: int) -> str:
    """Return the one spelling of an elapsed span: days, hours, minutes, seconds, each left out where zero."""
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    clock = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if count)
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "") if seconds else "PT0S"


def spell_calendar(months: int, days: int) -> str:
    """Return the one spelling of a calendar span: years, months, days, each left out where zero."""
    years, left = divmod(months, 12)
    spelled = "".join(f"{count}{unit}" for count, unit in ((years, "Y"), (left, "M"), (days, "D")) if count)
    return f"P{spelled or '0D'}"
