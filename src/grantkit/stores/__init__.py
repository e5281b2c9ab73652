"""Stores: where records and their projection are kept."""

from grantkit.stores.memory import MemoryStore

__all__ = ["MemoryStore"]
