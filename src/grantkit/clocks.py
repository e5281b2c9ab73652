"""The system clock: the only place that reads time."""

from datetime import UTC, datetime

import attrs


@attrs.frozen
class SystemClock:
    """Reads the machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)
