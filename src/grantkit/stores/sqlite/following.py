"""Following records: how far each consumer has come, and who is behind."""

import sqlite3

from grantkit.model import NO_HASH, Cursor, Lag
from grantkit.ports import Behind
from grantkit.stores import columns
from grantkit.stores.sqlite import statements
from grantkit.stores.sqlite.asking import every, numbered


def read_cursor(connection: sqlite3.Connection, consumer: str, tenant: str) -> Cursor:
    """Return how far a consumer has taken a record."""
    for found in every(connection, statements.CURSOR, (tenant, consumer)):
        return columns.cursor(found)
    return Cursor()


def advance(connection: sqlite3.Connection, consumer: str, tenant: str, cursor: Cursor) -> None:
    """Keep how far a consumer has come, if the record has such an entry."""
    stands = every(connection, statements.HAS_ENTRY, (tenant, cursor.seq, cursor.hash))
    begins = (cursor.seq, cursor.hash) == (0, NO_HASH) and every(
        connection, "SELECT 1 FROM heads WHERE tenant = ?", (tenant,)
    )
    if stands or begins:
        kept = read_cursor(connection, consumer, tenant).joined(cursor)
        connection.execute(statements.PUT_CURSOR, (tenant, consumer, *columns.cursor_columns(kept)))


def find_behind(connection: sqlite3.Connection, query: Behind) -> tuple[Lag, ...]:
    """Return a page of the records that go further than a consumer has taken them."""
    wanted = numbered(query.consumer, query.after, query.limit)
    found = every(connection, statements.BEHIND, wanted)
    return tuple(Lag(tenant=tenant, taken=taken, stands=stands) for tenant, taken, stands in found)
