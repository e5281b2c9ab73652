"""Stores that many processes must not use: each has one thing wrong that only a crowd shows."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

import attrs

from grantkit.decision import TenantFacts
from grantkit.errors import HeadMoved
from grantkit.lifecycle import Want
from grantkit.model import Holder, LedgerHead
from grantkit.ports import Batch, Store
from grantkit.stores import SQLiteStore

REAL_CONNECT = sqlite3.connect
STALE = 0.05


class Overwrites(sqlite3.Connection):
    """Puts a row where another one lies already."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return super().execute(sql.replace("INSERT INTO", "INSERT OR REPLACE INTO", 1), parameters)


class WritesAnywhere:
    """Writes a batch wherever the head is now."""

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        written = False
        while not written:
            head = self._stands(tenant)
            forgets = None if batch.forgets is None else self._stands(batch.forgets.tenant)
            with suppress(HeadMoved):
                super().append(tenant, head.seq, attrs.evolve(batch, follows=head.hash, forgets=forgets))
                written = True

    def _stands(self, tenant: str) -> LedgerHead:
        head = self.load(tenant, Want()).head
        return LedgerHead(tenant=tenant, seq=head.seq, hash=head.hash)


class Unchecked(WritesAnywhere, SQLiteStore):
    """Writes a batch wherever the head is now, and over what lies there."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        sqlite3.connect = partial(REAL_CONNECT, factory=Overwrites)
        super().__init__(path)


class AnswersFromMemory:
    """Answers from what it read up to fifty milliseconds ago."""

    def __init__(self, *where: Any) -> None:
        super().__init__(*where)
        self._read_at: dict[tuple[str, str], tuple[float, TenantFacts]] = {}

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        at, facts = self._read_at.get((tenant, agent), (0.0, None))
        if facts is None or _seconds() - at > STALE:
            at, facts = _seconds(), super().read(tenant, agent, holders, alive_after)
            self._read_at[tenant, agent] = at, facts
        return facts


class AcknowledgesFirst:
    """Says that it has written, and writes in a moment."""

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        write = partial(super().append, tenant, expected_head, batch)
        threading.Thread(target=lambda: (time.sleep(STALE / 10), write()), daemon=True).start()


def _seconds() -> float:
    return time.monotonic()  # noqa: TID251  # how old something is, for a store that should not ask


class Remembers(AnswersFromMemory, SQLiteStore):
    """Answers from what it read up to fifty milliseconds ago."""


class WritesLater(AcknowledgesFirst, SQLiteStore):
    """Says that it has written, and writes in a moment."""


ON_A_SERVER = " on a server"


def load(store: str) -> None:
    """Import what *store* needs, before others are forked that would each do it."""
    if store.endswith(ON_A_SERVER):
        import sql.race_servers  # noqa: F401, PLC0415  # what wants no server need not load SQLAlchemy


def _on_a_server(kind: str) -> Callable[[str], Store]:
    def make(address: str) -> Store:
        from sql.race_servers import KINDS  # noqa: PLC0415  # see load()

        return KINDS[kind](address)

    return make


STORES: dict[str, Callable[[str], Store]] = {
    "honest": SQLiteStore,
    "unchecked": Unchecked,
    "remembers": Remembers,
    "writes later": WritesLater,
    "honest on a server": _on_a_server("honest"),
    "unchecked on a server": _on_a_server("unchecked"),
    "remembers on a server": _on_a_server("remembers"),
    "writes later on a server": _on_a_server("writes later"),
}
"""By name: each made of a path, or of the address of a database."""


@contextmanager
def honest(store: str, where: str) -> Iterator[Store]:
    """Yield an honest store of the same kind as *store*, to prepare and to judge with."""
    if not store.endswith(ON_A_SERVER):
        with SQLiteStore(where) as found:
            yield found
        return
    found = STORES["honest on a server"](where)
    try:
        yield found
    finally:
        found.engine.dispose()
