"""A clock that stands still until it is told to move, in either direction."""

from datetime import UTC, datetime, timedelta

from grantkit.errors import InvalidInput
from grantkit.inputs import instant


class FakeClock:
    """
    A clock for tests and examples.

    >>> clock = FakeClock("2027-03-03T14:20:00Z")
    >>> clock.advance(hours=4)
    datetime.datetime(2027, 3, 3, 18, 20, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, start: datetime | str = "2027-01-01T00:00:00Z") -> None:
        self._now = _read(start)

    def now(self) -> datetime:
        """Return the instant that the clock stands at."""
        return self._now

    def advance(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        microseconds: float = 0,
    ) -> datetime:
        """
        Move the clock by so much, backwards if negative, and return where it stands now.

        Raises:
            InvalidInput: ``clock``, if it would leave the range of instants; then it has not moved.
        """
        try:
            span = timedelta(
                days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=microseconds
            )
            self._now = instant("clock", self._now + span)
        except TypeError as error:
            raise InvalidInput(field="clock", code="wrong_type", wants="numbers") from error
        except (OverflowError, ValueError) as error:
            raise InvalidInput(
                field="clock", code="out_of_range", wants="an instant from 1970 to 9000"
            ) from error
        return self._now

    def set(self, at: datetime | str) -> datetime:
        """Set the clock to an instant, earlier or later, and return it."""
        self._now = _read(at)
        return self._now

    def __repr__(self) -> str:
        return f"<FakeClock {self._now.isoformat()}>"


def _read(value: datetime | str) -> datetime:
    if not isinstance(value, str):
        return instant("clock", value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput(
            field="clock", code="out_of_range", wants="text such as 2027-03-03T14:20:00Z"
        ) from error
    return instant("clock", found).astimezone(UTC)
