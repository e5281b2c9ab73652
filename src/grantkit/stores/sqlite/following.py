"""Following records: how far each consumer has come, and who is behind."""

import json
import sqlite3

from grantkit.errors import Corrupt
from grantkit.model import NO_HASH, Cursor, Lag
from grantkit.ports import Behind
from grantkit.stores.sqlite import statements
from grantkit.stores.sqlite.asking import every, numbered


def read_cursor(connection: sqlite3.Connection, consumer: str, tenant: str) -> Cursor:
    """Return how far a consumer has taken a record."""
    for seq, chained, told in every(connection, statements.CURSOR, (tenant, consumer)):
        try:
            return Cursor(seq=seq, hash=chained, told=frozenset(json.loads(told)))
        except (ValueError, TypeError) as error:
            raise Corrupt(what="a cursor that is none") from error
    return Cursor()


def advance(connection: sqlite3.Connection, consumer: str, tenant: str, cursor: Cursor) -> None:
    """Keep how far a consumer has come, if the record has such an entry."""
    stands = every(connection, statements.HAS_ENTRY, (tenant, cursor.seq, cursor.hash))
    begins = (cursor.seq, cursor.hash) == (0, NO_HASH) and every(
        connection, "SELECT 1 FROM heads WHERE tenant = ?", (tenant,)
    )
    if stands or begins:
        kept = read_cursor(connection, consumer, tenant).joined(cursor)
        told = json.dumps(sorted(kept.told))
        connection.execute(statements.PUT_CURSOR, (tenant, consumer, kept.seq, kept.hash, told))


def find_behind(connection: sqlite3.Connection, query: Behind) -> tuple[Lag, ...]:
    """Return a page of the records that go further than a consumer has taken them."""
    wanted = numbered(query.consumer, query.after, query.limit)
    found = every(connection, statements.BEHIND, wanted)
    return tuple(Lag(tenant=tenant, taken=taken, stands=stands) for tenant, taken, stands in found)
