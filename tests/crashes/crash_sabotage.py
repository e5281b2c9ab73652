"""Stores with one thing wrong, each of which a kill at the right moment must show."""

import sqlite3
from collections.abc import Callable
from typing import Any

import attrs

from crashes.crash_points import Watched
from grantkit.model import HEAD, Retry
from grantkit.ports import Batch
from grantkit.stores import SQLiteStore


class PerStatement(Watched):
    """Commits each statement by itself."""

    def carry_out(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        alone = sql in ("BEGIN IMMEDIATE", "COMMIT")
        return super().carry_out("SELECT 1" if alone else sql, parameters)


class Behind(Watched):
    """Lets commands be acknowledged, and commits before it does the next thing."""

    pending = False

    def carry_out(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        if self.pending and sql == "ROLLBACK":  # the transaction is over, as far as the store knows
            return super().carry_out("SELECT 1", ())
        if self.pending:
            super().carry_out("COMMIT", ())
        self.pending = sql == "COMMIT"
        return super().carry_out("SELECT 1" if self.pending else sql, parameters)


class NoJournal(Watched):
    """Writes into the database file itself, and says that it keeps a write-ahead log."""

    def carry_out(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        if sql.startswith("PRAGMA journal_mode"):
            super().carry_out("PRAGMA journal_mode = OFF", ())
            return super().carry_out("SELECT 'wal'", ())
        return super().carry_out(sql, parameters)


class Hoards(Watched):
    """Lets go of what is erased, and does not overwrite it."""

    def carry_out(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        kept = sql.startswith("PRAGMA secure_delete")
        return super().carry_out("PRAGMA secure_delete = OFF" if kept else sql, parameters)


class RowsLater(SQLiteStore):
    """Writes the record in one transaction, and what decisions read in the next."""

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        rows = dict(batch.rows)
        head = rows.pop(HEAD)
        super().append(tenant, expected_head, attrs.evolve(batch, rows={HEAD: head}))
        super().append(tenant, head.seq, Batch(entries=(), rows=rows, follows=head.hash))


class KeysLater(SQLiteStore):
    """Writes the use of an idempotency key in a transaction of its own."""

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        keys = {key: row for key, row in batch.rows.items() if isinstance(row, Retry)}
        rest = {key: row for key, row in batch.rows.items() if key not in keys}
        super().append(tenant, expected_head, attrs.evolve(batch, rows=rest))
        if keys:
            stands = batch.rows[HEAD]
            super().append(tenant, stands.seq, Batch(entries=(), rows=keys, follows=stands.hash))


class ErasesFirst(SQLiteStore):
    """Erases texts, and then says so in the record."""

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        if batch.erases:
            super().append(
                tenant, expected_head, Batch(entries=(), rows={}, follows=batch.follows, erases=batch.erases)
            )
        super().append(tenant, expected_head, attrs.evolve(batch, erases=()))


class ForgetsFirst(SQLiteStore):
    """Forgets a tenant, and then says so in the vendor's record."""

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        if batch.forgets is not None:
            super().append(
                tenant,
                expected_head,
                Batch(entries=(), rows={}, follows=batch.follows, forgets=batch.forgets),
            )
        super().append(tenant, expected_head, attrs.evolve(batch, forgets=None))


Made = tuple[Callable[[str], SQLiteStore], type[Watched]]

STORES: dict[str, Made] = {
    "honest": (SQLiteStore, Watched),
    "commits each statement": (SQLiteStore, PerStatement),
    "acknowledges before it commits": (SQLiteStore, Behind),
    "keeps no journal": (SQLiteStore, NoJournal),
    "overwrites nothing": (SQLiteStore, Hoards),
    "writes the projection in a second transaction": (RowsLater, Watched),
    "writes keys in a second transaction": (KeysLater, Watched),
    "erases before it says so": (ErasesFirst, Watched),
    "forgets before it says so": (ForgetsFirst, Watched),
}
