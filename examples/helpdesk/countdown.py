"""How long something still lasts, in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from grantkit import Consent, Grant, OpenEnded

from .plain import Words, many, solved

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def ends_in(at: datetime | OpenEnded | None, now: datetime, words: Words) -> str:
    """
    Return how long until an end, and when that is by the customer's clocks.

    ``ends in 3 h 12 min, at 18:20 in Berlin``; ``None`` is no end that time alone brings.
    """
    if at is None or isinstance(at, OpenEnded):
        return "no end is set"
    zone = ZoneInfo(words.zone)
    local = at.astimezone(zone)
    today = local.date() == now.astimezone(zone).date() and not local.second
    return f"ends in {span(at - now)}, " + (
        f"at {local:%H:%M} in {_city(words)}" if today else there(at, words)
    )


def lasts(row: Grant | Consent, until: datetime | OpenEnded | None, now: datetime, words: Words) -> str:
    """Return how long *row* lasts: until *until*, or for what is bound to tickets until the last of them is solved."""
    if not row.until_tickets:
        return ends_in(until, now, words)
    last = f"until {solved(row.open_tickets)}"
    return (
        last
        if until is None or isinstance(until, OpenEnded)
        else f"{last}; at the latest it {ends_in(until, now, words)}"
    )


def there(at: datetime, words: Words) -> str:
    """Return an instant with the place whose clocks show it: ``Wed 3 Mar 2027, 18:20 in Berlin``."""
    return f"{words.at(at)} in {_city(words)}"


def span(left: timedelta) -> str:
    """Return a span in two units, rounded down, so that nobody counts on more: ``3 h 12 min``, ``6 days 23 h``."""
    if left >= _DAY:
        hours = left % _DAY // _HOUR
        return many(left // _DAY, "day") + (f" {hours} h" if hours else "")
    minutes = left // timedelta(minutes=1)
    if minutes < 1:
        return "less than a minute"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004


def _city(words: Words) -> str:
    return words.zone.rpartition("/")[2].replace("_", " ")
