"""The ports of an async host: as the others, awaited."""

from grantkit.ports.aio.people import AsyncDirectory, AsyncMemberRights, AsyncNotifier
from grantkit.ports.aio.store import AsyncCursors, AsyncStore

__all__ = ["AsyncCursors", "AsyncDirectory", "AsyncMemberRights", "AsyncNotifier", "AsyncStore"]
