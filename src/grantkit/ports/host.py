"""What the host provides: a clock, ids, and the rights of members."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; nothing else in grantkit does."""

    def now(self) -> datetime:
        """Return the present instant as an aware datetime."""
        ...


class MemberRights(Protocol):
    """What members may do by themselves; asked only where an agent acts as one, and able only to narrow (B10)."""

    def may(self, member: str, action: str, resource: str | None) -> bool:
        """Return exactly ``True`` if the member may; anything else, and any error, is a no."""
        ...


class IdFactory(Protocol):
    """Makes ids: random, opaque, never reissued. An id is never proof of anything."""

    def __call__(self, prefix: str) -> str:
        """Return a new id that begins with *prefix*, in the id grammar."""
        ...
