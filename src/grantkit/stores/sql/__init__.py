"""Stores on a server, by SQLAlchemy: install ``grantkit-access[sql]``."""

from grantkit.stores.sql.aio import AsyncSQLStore, AsyncStoreWithin
from grantkit.stores.sql.blocking import SQLStore, StoreWithin
from grantkit.stores.sql.rights import rights_of
from grantkit.stores.sql.tables import Tables, grantkit_tables

__all__ = [
    "AsyncSQLStore",
    "AsyncStoreWithin",
    "SQLStore",
    "StoreWithin",
    "Tables",
    "grantkit_tables",
    "rights_of",
]
