"""Stores that many processes must not use: each has one thing wrong that only a crowd shows."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import attrs

from grantkit.decision import TenantFacts
from grantkit.errors import HeadMoved
from grantkit.lifecycle import Want
from grantkit.model import Holder, LedgerHead
from grantkit.ports import Batch
from grantkit.stores import SQLiteStore

REAL_CONNECT = sqlite3.connect
STALE = 0.05


class Overwrites(sqlite3.Connection):
    """Puts a row where another one lies already."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return super().execute(sql.replace("INSERT INTO", "INSERT OR REPLACE INTO", 1), parameters)


class Unchecked(SQLiteStore):
    """Writes a batch wherever the head is now, and over what lies there."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        sqlite3.connect = partial(REAL_CONNECT, factory=Overwrites)
        super().__init__(path)

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


class Remembers(SQLiteStore):
    """Answers from what it read up to fifty milliseconds ago."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self._read_at: dict[tuple[str, str], tuple[float, TenantFacts]] = {}

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        at, facts = self._read_at.get((tenant, agent), (0.0, None))
        if facts is None or _seconds() - at > STALE:
            at, facts = _seconds(), super().read(tenant, agent, holders, alive_after)
            self._read_at[tenant, agent] = at, facts
        return facts


class WritesLater(SQLiteStore):
    """Says that it has written, and writes in a moment."""

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        write = partial(super().append, tenant, expected_head, batch)
        threading.Thread(target=lambda: (time.sleep(STALE / 10), write()), daemon=True).start()


def _seconds() -> float:
    return time.monotonic()  # noqa: TID251  # how old something is, for a store that should not ask


STORES: dict[str, Callable[[str], SQLiteStore]] = {
    "honest": SQLiteStore,
    "unchecked": Unchecked,
    "remembers": Remembers,
    "writes later": WritesLater,
}
