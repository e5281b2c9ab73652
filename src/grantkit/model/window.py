"""Windows: half-open spans of time."""

from datetime import UTC, datetime, timedelta
from typing import Self

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import fill, instant
from grantkit.model.terms import OpenEnded
from grantkit.model.wording import iso

NEVER = datetime.max.replace(tzinfo=UTC)
"""Sorts after every instant that can be given. Internal: an open end is :class:`OpenEnded` wherever it can be seen."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Return *at* as integer microseconds since 1970, the form in which stores keep time; nothing is rounded."""
    return (at - _EPOCH) // _TICK


def from_micros(count: int) -> datetime:
    """Return the instant that :func:`micros` made *count* of."""
    return _EPOCH + count * _TICK


@attrs.frozen(init=False)
class Window:
    """
    ``[starts_at, ends_at)``: the start is inside, the end is not. Empty windows cannot be made.

    Attributes:
        starts_at: Plain UTC.
        ends_at: Plain UTC and after the start, or :class:`OpenEnded`.
        closes: *ends_at*, or an instant after every other for an open end; for comparing only.
    """

    starts_at: datetime
    ends_at: datetime | OpenEnded
    closes: datetime = attrs.field(eq=False, repr=False)

    def __init__(self, starts_at: datetime, ends_at: datetime | OpenEnded) -> None:
        start = instant("window.starts_at", starts_at, "later")
        end = ends_at if isinstance(ends_at, OpenEnded) else instant("window.ends_at", ends_at, "earlier")
        closes = NEVER if isinstance(end, OpenEnded) else end
        if closes <= start:
            raise InvalidInput(field="window.ends_at", code="empty_window", wants="an end after the start")
        fill(self, start, end, closes)

    def holds(self, now: datetime, seen_at: datetime | None = None) -> bool:
        """
        Whether *now* lies inside, given that the record has already seen *seen_at*.

        The end is judged by the later of the two: what the record has seen cannot be undone by turning a clock back.
        """
        return self.starts_at <= now and (now if seen_at is None or seen_at < now else seen_at) < self.closes

    def ending(self, ends_at: datetime | OpenEnded) -> Self:
        """Return the window with the same start and another end."""
        return type(self)(self.starts_at, ends_at)

    def to_data(self) -> dict[str, Plain]:
        """Return the window as plain data."""
        ends = self.ends_at.to_data() if isinstance(self.ends_at, OpenEnded) else iso(self.ends_at)
        return {"starts_at": iso(self.starts_at), "ends_at": ends}
