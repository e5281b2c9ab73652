"""Writing: one batch, after both heads have been found where they are expected."""

import sqlite3

from grantkit.errors import Corrupt, HeadMoved
from grantkit.model import HEAD, NO_HASH, Consent, Grant, LedgerHead, Row, Use, micros
from grantkit.ports import Batch
from grantkit.stores import columns
from grantkit.stores.sqlite import statements
from grantkit.stores.sqlite.asking import every, numbered
from grantkit.stores.sqlite.schema import TABLES_OF_A_TENANT


def write(connection: sqlite3.Connection, tenant: str, expected_head: int, batch: Batch) -> None:
    """
    Write *batch*, if the head is where it is expected.

    Raises:
        HeadMoved: If it is not, or the record that is to be forgotten is not.
        Corrupt: If a text that is to be erased is not there.
    """
    if _stands(connection, tenant) != (expected_head, batch.follows):
        raise HeadMoved(tenant=tenant, expected=expected_head)
    if batch.forgets is not None:
        _forget(connection, batch.forgets)
    for place, what in batch.erases:  # before there are others: only what lies beside earlier entries can go
        if connection.execute(statements.ERASE, (tenant, place, what)).rowcount != 1:
            raise Corrupt(what=f"no text {what} of event {place}, which was to be erased")
    _spend(connection, tenant, batch.spends)
    for entry in batch.entries:
        connection.execute(statements.PUT_ENTRY, (tenant, entry.seq, entry.hash, entry.sealed))
        for text in entry.texts:
            connection.execute(statements.PUT_TEXT, (tenant, entry.seq, text.what, text.salt, text.text))
    for digest, document in batch.documents.items():
        connection.execute(statements.PUT_DOCUMENT, (digest, document))
    # The head last: whoever reads a file that a faulty disk left in the middle of a write sees the old head.
    for key, row in sorted(batch.rows.items(), key=lambda item: item[0] == HEAD):
        table, values = columns.put(tenant, key, row)
        connection.execute(statements.PUT[table], values)
        _link(connection, tenant, row)


def _spend(connection: sqlite3.Connection, tenant: str, spends: tuple[Use, ...]) -> None:
    for use in spends:
        spent = numbered(tenant, use.grant, use.agent, micros(use.hour), use.count)
        taken = (connection.execute(each, spent).rowcount for each in (statements.SPENT, statements.SPEND))
        if not any(taken):
            raise Corrupt(what="no such uses beside the record as were to be summed up in it")


def _link(connection: sqlite3.Connection, tenant: str, row: Row) -> None:
    """Keep by which tickets a row is found."""
    if isinstance(row, Grant | Consent) and row.until_tickets:
        connection.execute(statements.UNLINK, (tenant, row.id))
        for ticket in columns.links(row):
            connection.execute(statements.PUT_LINK, (tenant, ticket, row.id))


def count_use(connection: sqlite3.Connection, tenant: str, use: Use) -> None:
    """Count uses beside the record, if there is one."""
    counted = (tenant, use.grant, use.agent, micros(use.hour), use.count, micros(use.last))
    connection.execute(statements.COUNT, numbered(*counted))


def _stands(connection: sqlite3.Connection, tenant: str) -> tuple[int, str]:
    found = every(connection, "SELECT seq, hash FROM heads WHERE tenant = ?", (tenant,))
    return found[0] if found else (0, NO_HASH)


def _forget(connection: sqlite3.Connection, last: LedgerHead) -> None:
    if _stands(connection, last.tenant) != (last.seq, last.hash):
        raise HeadMoved(tenant=last.tenant, expected=last.seq)
    for table in TABLES_OF_A_TENANT:
        connection.execute(f"DELETE FROM {table} WHERE tenant = ?", (last.tenant,))  # noqa: S608  # names of our own


def scrub(connection: sqlite3.Connection) -> bool:
    """Empty the write-ahead log, waiting for nobody; return whether it is empty now."""
    ((wait,),) = every(connection, "PRAGMA busy_timeout", ())
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        ((busy, _, _),) = every(connection, "PRAGMA wal_checkpoint(TRUNCATE)", ())
        return not busy
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(wait)}")


def vacuum(connection: sqlite3.Connection) -> None:
    """Write the file anew."""
    connection.execute(
        "PRAGMA temp_store = FILE"
    )  # it builds the whole file there, and that may not fit in memory
    try:
        connection.execute("VACUUM")
    finally:
        connection.execute("PRAGMA temp_store = MEMORY")
