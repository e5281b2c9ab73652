"""How instants and spans are written for people, in one place."""

from datetime import datetime, timedelta

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def iso(at: datetime) -> str:
    """Return a UTC instant as RFC 3339 text with all six digits of its fraction: one instant, one spelling."""
    return (
        at.isoformat(timespec="microseconds")[:26] + "Z"
    )  # several times as fast as a format, and asked for often


def plainly(at: datetime) -> str:
    """Return a UTC instant as people read it, to the minute unless there is more: ``2027-03-03 18:20 UTC``."""
    if at.microsecond:
        return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond:06d} UTC"
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at.second else f"{at:%Y-%m-%d %H:%M} UTC"


def ago(span: timedelta) -> str:
    """Return how long ago, rounded down: ``just now``, ``20 minutes ago``, ``3 days ago``."""
    return "just now" if span < timedelta(minutes=1) else f"{about(span)} ago"


def about(span: timedelta) -> str:
    """Return a span in its largest whole unit, rounded down: ``4 hours``, ``1 day``."""
    seconds = span // timedelta(seconds=1)
    for size, unit in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a second"
