"""Stores on a server that many processes must not use: each has one thing wrong that only a crowd shows."""

import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import bindparam, create_engine, event, literal_column, or_, update

from crashes.race_stores import AcknowledgesFirst, AnswersFromMemory, WritesAnywhere
from grantkit.lifecycle import Slice, Want
from grantkit.stores.columns import COLUMNS
from grantkit.stores.sql import SQLStore
from postgres import tables


class Served(SQLStore):
    """A store that opens its own engine, for the address of a database."""

    def __init__(self, address: str) -> None:
        self.engine = create_engine(address)
        super().__init__(self.engine, tables())


class Far(Served):
    """
    A server some milliseconds away, as it is where it has a machine of its own.

    Here it shares two cores with those who ask it, so that one has often read and written before the next one reads.
    """

    def load(self, tenant: str, want: Want) -> Slice:
        found = super().load(tenant, want)
        time.sleep(0.002)
        return found


class Unchecked(WritesAnywhere, Far):
    """Writes a batch wherever the head is now, and over what lies there."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        writes = self._calls._writes
        head = writes.tables.heads
        moved = {name: bindparam(f"new_{name}") for name in COLUMNS["heads"][1:]}
        anyhow = or_(
            literal_column("true"),
            head.c.seq == bindparam("expected"),
            head.c.hash == bindparam("follows"),
        )
        writes.move = (
            update(head)
            .where(head.c.tenant == bindparam("whose"), anyhow)
            .values(moved)
            .returning(literal_column("1"))
        )
        event.listen(self.engine, "before_cursor_execute", _overwriting, retval=True)


_KEPT: Final = {
    "INSERT INTO grantkit_entries": "(tenant, seq) DO UPDATE SET hash = excluded.hash, sealed = excluded.sealed",
    "INSERT INTO grantkit_texts": "(tenant, seq, what) DO UPDATE SET salt = excluded.salt, text = excluded.text",
    "INSERT INTO grantkit_links": "DO NOTHING",
}


def _overwriting(*said: Any) -> tuple[str, Any]:
    _, _, statement, parameters, *_ = said
    for begins, kept in _KEPT.items():
        if statement.startswith(begins):
            return f"{statement} ON CONFLICT {kept}", parameters
    return statement, parameters


class Remembers(AnswersFromMemory, Served):
    """Answers from what it read up to fifty milliseconds ago."""


class WritesLater(AcknowledgesFirst, Served):
    """Says that it has written, and writes in a moment."""


KINDS: dict[str, Callable[[str], Served]] = {
    "honest": Far,
    "unchecked": Unchecked,
    "remembers": Remembers,
    "writes later": WritesLater,
}
