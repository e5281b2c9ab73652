"""Following records: how far each consumer has come."""

from typing import Any

from sqlalchemy import Integer, Select, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from grantkit.model import NO_HASH, Cursor
from grantkit.stores import columns
from grantkit.stores.sql.asks import Asks, rows, touched
from grantkit.stores.sql.tables import Tables


def read_cursor(tables: Tables, consumer: str, tenant: str, *, to_move: bool = False) -> Asks[Cursor]:
    """Return how far a consumer has taken a record; held until the end of the transaction where it is to be moved."""
    cursor = tables.cursors.c
    statement = select(cursor.seq, cursor.hash, cursor.told).where(
        cursor.tenant == tenant, cursor.consumer == consumer
    )
    found = yield from rows(statement.with_for_update() if to_move else statement)
    for kept in found:
        return columns.cursor(tuple(kept))
    return Cursor()


def advance(tables: Tables, consumer: str, tenant: str, cursor: Cursor, *, on_server: bool) -> Asks[None]:
    """
    Keep how far a consumer has come, if the record has such an entry.

    The row is made first and then locked: two that come to the same place at once add up whom they told. The head is
    held against whoever forgets the tenant, and against nobody else.
    """
    insert = postgresql.insert if on_server else sqlite.insert
    nowhere = {"tenant": tenant, "consumer": consumer, "seq": 0, "hash": NO_HASH, "told": "[]"}
    if (yield from _stands(tables, tenant, cursor)):
        yield from touched(insert(tables.cursors).values(nowhere).on_conflict_do_nothing())
        kept = (yield from read_cursor(tables, consumer, tenant, to_move=True)).joined(cursor)
        whose = (tables.cursors.c.tenant == tenant, tables.cursors.c.consumer == consumer)
        moved = update(tables.cursors).where(*whose)
        seq, chained, told = columns.cursor_columns(kept)
        yield from touched(moved.values(seq=seq, hash=chained, told=told))


def _stands(tables: Tables, tenant: str, cursor: Cursor) -> Asks[bool]:
    head, entry = tables.heads.c, tables.entries.c
    held: Select[Any] = select(literal_column("1", Integer)).where(head.tenant == tenant)
    there = yield from rows(held.with_for_update(read=True, key_share=True))
    if not there or (cursor.seq, cursor.hash) == (0, NO_HASH):
        return bool(there)
    found = yield from rows(
        select(literal_column("1", Integer)).where(
            entry.tenant == tenant, entry.seq == cursor.seq, entry.hash == cursor.hash
        )
    )
    return bool(found)
