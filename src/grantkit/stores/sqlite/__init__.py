"""Records and their projection in one SQLite file, by the standard library."""

from grantkit.stores.sqlite.store import SQLiteStore

__all__ = ["SQLiteStore"]
