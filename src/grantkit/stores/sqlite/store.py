"""The SQLite store: one file, many threads and many processes on one machine."""

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Concatenate, NoReturn, ParamSpec, Self, TypeVar, cast

from grantkit.decision import TenantFacts
from grantkit.errors import InvalidInput, StoreError
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want
from grantkit.model import Cursor, Entry, Holder, Lag, Row, RowKey, Session, Usage, Use, micros
from grantkit.ports import Batch, Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf
from grantkit.stores.sqlite import whole
from grantkit.stores.sqlite.asking import in_snapshot, in_transaction
from grantkit.stores.sqlite.connections import Connections
from grantkit.stores.sqlite.following import advance, find_behind, read_cursor
from grantkit.stores.sqlite.reading import (
    find_rows,
    find_sessions,
    find_usages,
    find_uses,
    read_documents,
    read_entries,
    read_tenants,
)
from grantkit.stores.sqlite.slicing import read_slice
from grantkit.stores.sqlite.writing import count_use, scrub, vacuum, write

P = ParamSpec("P")
T = TypeVar("T")
_LONGEST_WAIT = 3600


class SQLiteStore:
    """
    Keeps everything in one SQLite file, durably: what was acknowledged is there after a crash.

    Safe for many threads and for many processes on the machine whose disk holds the file; a network file system is no
    such disk. No connection crosses a fork: it waits for calls of other threads, and both sides open the file anew.
    Beside the file lie two more while it is open, ``-wal`` and ``-shm``: they belong to it, and a copy made without
    them is no copy. Within the process nothing may open the file but by way of SQLite, not even to read it: closing it
    would drop the locks.
    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float = 5.0) -> None:
        """
        Open the file, or make it.

        Args:
            path: Where; a path and no URI. The folder must be there and be writable.
            wait: For how many seconds a command waits while another process writes.

        Raises:
            InvalidInput: If *path* is no path; a database in memory is a :class:`MemoryStore`.
            Unavailable: If the file cannot be had, cannot be in WAL mode, or was written by a later grantkit.
            Corrupt: If it is no database, or another program's.
        """
        if type(wait) not in (int, float) or not 0 <= wait <= _LONGEST_WAIT:
            raise InvalidInput(field="wait", code="out_of_range", wants=f"seconds from 0 to {_LONGEST_WAIT}")
        self._connections = Connections(_absolute(path), wait)
        self._to_scrub = True  # somebody may have been killed between an erasure and this
        self._connections.mine().run(lambda _: None)  # so that a file that cannot be used is refused here

    def close(self) -> None:
        """Close the file, for every thread; the store cannot be used any more. Twice does no harm."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        msg = "a SQLiteStore holds an open file: open it where it is used"
        raise TypeError(msg)

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision: one statement, or none where nobody has written since the last."""
        held = self._connections.mine()
        return held.run(held.remembered.read, tenant, agent, holders, micros(alive_after))

    def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        return self._read(read_slice, tenant, want)

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        held = self._connections.mine()

        def written(connection: sqlite3.Connection) -> None:
            held.remembered.forget()  # within the call: a signal handler could read between the two
            in_transaction(connection, write, tenant, expected_head, batch)

        held.run(written)
        self._to_scrub = self._to_scrub or bool(batch.erases) or batch.forgets is not None
        if self._to_scrub:
            # What was erased may still lie in the write-ahead log, and stays while somebody reads from it: then the
            # next command tries again.
            with suppress(StoreError):
                self._to_scrub = not self._connections.mine().run(scrub)

    def compact(self) -> None:
        """
        Write the file anew, without what was erased and without the gaps that it left.

        Erasing overwrites a text where it lies. Where SQLite moved it from earlier, in the unused part of a page, a
        trace may stay until this is run. It takes about as long as copying the file, and other writers wait.

        Raises:
            StoreError: If the file cannot be written anew; then it is as it was.
        """
        self._connections.mine().run(vacuum)
        self._to_scrub = not self._connections.mine().run(scrub)

    def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return entries of a tenant, in order."""
        return self._read(read_entries, tenant, after, limit)

    def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """Return the whole projection of a tenant."""
        return self._read(whole.rows, tenant)

    def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return rule documents."""
        return FrozenMap(self._read(read_documents, digests))

    def find(self, query: Query) -> tuple[Found, ...]:
        """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
        return self._read(find_rows, query)

    def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return a page of the sessions of a tenant."""
        return self._read(find_sessions, query)

    def count(self, tenant: str, use: Use) -> None:
        """Count uses beside the record of a tenant."""
        held = self._connections.mine()
        held.run(lambda connection: in_transaction(connection, count_use, tenant, use))

    def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return a page of the usages of a tenant."""
        return self._read(find_usages, query)

    def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return a page of the uses that lie beside records."""
        return self._read(find_uses, query)

    def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has taken a record."""
        return self._read(read_cursor, consumer, tenant)

    def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has taken a record."""
        held = self._connections.mine()
        held.run(lambda connection: in_transaction(connection, advance, consumer, tenant, cursor))

    def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return a page of the records that go further than a consumer has taken them."""
        return self._read(find_behind, query)

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        return self._read(read_tenants, query) if query.holders else ()

    def _read(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._connections.mine().run(lambda connection: in_snapshot(connection, work, *args, **kwargs))


def _absolute(path: object) -> str:
    """Return the path of a file, whatever folder a later thread is in."""
    wants = "the path of a file, in a folder that is there; for a store in memory use MemoryStore()"
    try:
        name = os.fspath(cast("str", path))
        usable = (
            type(name) is str
            and bool(name)
            and not name.startswith((":memory:", "file:"))
            and "\0" not in name
        )
        if usable and name.encode():
            return str(Path(name).absolute())
    except Exception:  # noqa: BLE001, S110  # a path may raise anything, a folder may be gone; told below, without showing it
        pass
    raise InvalidInput(field="path", code="wrong_type", wants=wants)
