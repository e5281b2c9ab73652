"""What the host provides: a clock, and ids."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; nothing else in grantkit does."""

    def now(self) -> datetime:
        """Return the present instant as an aware datetime."""
        ...


class IdFactory(Protocol):
    """Makes ids: random, opaque, never reissued. An id is never proof of anything."""

    def __call__(self, prefix: str) -> str:
        """Return a new id that begins with *prefix*, in the id grammar."""
        ...
