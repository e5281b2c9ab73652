"""Stores: where records and their projection are kept."""

from typing import TYPE_CHECKING

from grantkit.stores.async_memory import AsyncMemoryStore
from grantkit.stores.memory import MemoryStore

if TYPE_CHECKING:
    from grantkit.stores.sqlite import SQLiteStore

__all__ = ["AsyncMemoryStore", "MemoryStore", "SQLiteStore"]


def __getattr__(name: str) -> object:
    # `import grantkit` loads no database driver; who asks for this store wants one.
    if name == "SQLiteStore":
        from grantkit.stores.sqlite import SQLiteStore  # noqa: PLC0415  # sqlite3 is loaded by whoever asks for it

        return SQLiteStore
    raise AttributeError(name)
