"""Writing: one batch, behind the head of its tenant, which is taken first; whoever comes second finds it moved."""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from grantkit.errors import Corrupt, HeadMoved
from grantkit.model import HEAD, NO_HASH, Consent, Grant, LedgerHead, Row, RowKey, Use, micros
from grantkit.ports import Batch
from grantkit.stores import columns
from grantkit.stores.columns import COLUMNS
from grantkit.stores.sql.asks import Asks, Values, each, rows, touched
from grantkit.stores.sql.tables import Tables

_HEADS: Final = COLUMNS["heads"]


class Writes:
    """The statements that write, each made once for the tables and the dialect of a store."""

    def __init__(self, tables: Tables, *, on_server: bool) -> None:
        self.tables = tables
        self._insert: Any = postgresql.insert if on_server else sqlite.insert
        head = tables.heads
        stands = (head.c.seq == bindparam("expected"), head.c.hash == bindparam("follows"))
        kept = _durably() if on_server else literal_column("1", Integer)
        new = self._insert(head)
        changed = {name: new.excluded[name] for name in _HEADS[1:]}
        self.begin: Executable = new.on_conflict_do_update(
            index_elements=["tenant"], set_=changed, where=stands[0] & stands[1]
        ).returning(kept)
        moved: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _HEADS[1:]}
        self.move: Executable = (
            update(head).where(head.c.tenant == bindparam("whose"), *stands).values(moved).returning(kept)
        )
        self.put: dict[str, Executable] = {
            name: self._upsert(getattr(tables, name), COLUMNS[name]) for name in COLUMNS
        }
        self.put_document: Executable = self._put_document()
        self.unlink: Executable = delete(tables.links).where(
            tables.links.c.tenant == bindparam("whose"), tables.links.c.id == bindparam("linked")
        )
        self.count: Executable = self._count()

    def _upsert(self, table: Table, names: tuple[str, ...]) -> Any:
        keys = [column.name for column in table.primary_key]
        new = self._insert(table)
        return new.on_conflict_do_update(
            index_elements=keys, set_={name: new.excluded[name] for name in names if name not in keys}
        )

    def _put_document(self) -> Any:
        """Return what keeps a document that is not there; two that bring it at once both do, and neither waits."""
        table = self.tables.documents
        there = select(table.c.digest).where(table.c.digest == bindparam("adopted")).exists()
        new = select(
            bindparam("adopted", type_=table.c.digest.type),
            bindparam("entry", type_=table.c.entry.type),
            bindparam("document", type_=table.c.document.type),
        ).where(~there)
        return self._insert(table).from_select(["digest", "entry", "document"], new).on_conflict_do_nothing()

    def _count(self) -> Any:
        """Return what counts uses where there is a record; it waits for whoever forgets the tenant."""
        tally, head = self.tables.tallies, self.tables.heads
        names = ("grant_id", "agent", "hour", "count", "last")
        given = [bindparam(f"use_{name}", type_=tally.c[name].type) for name in names]
        there = (
            select(head.c.tenant, *given)
            .where(head.c.tenant == bindparam("whose"))
            .with_for_update(read=True, key_share=True)
        )
        new = self._insert(tally).from_select(["tenant", *names], there)
        later = case((tally.c.last > new.excluded.last, tally.c.last), else_=new.excluded.last)
        return new.on_conflict_do_update(
            index_elements=[column.name for column in tally.primary_key],
            set_={"count": tally.c["count"] + new.excluded["count"], "last": later},
        )


def _durably() -> ColumnElement[Any]:
    """
    Let this transaction be on the disk before it is acknowledged, whatever the server was told.

    With ``synchronous_commit = off`` a crash takes the last revocations with it, and each had been acknowledged.
    """
    name = "synchronous_commit"
    lazy = func.current_setting(name) == "off"
    return case((lazy, func.set_config(name, "on", literal_column("true", Boolean))), else_="")


def write(writes: Writes, tenant: str, expected_head: int, batch: Batch) -> Asks[None]:
    """
    Write *batch*, if the head is where it is expected.

    Raises:
        HeadMoved: If it is not, or the record that is to be forgotten is not.
        Corrupt: If a text that is to be erased, or a use that is to be spent, is not there.
    """
    yield from _take_head(writes, tenant, expected_head, batch)
    tables = writes.tables
    if batch.forgets is not None:
        yield from _forget(tables, batch.forgets)
    for seq, what in batch.erases:  # before there are others: only what lies beside earlier entries can go
        yield from _erase(tables, tenant, seq, what)
    for use in batch.spends:
        yield from _spend(tables, tenant, use)
    entries: list[Values] = [
        {"tenant": tenant, "seq": entry.seq, "hash": entry.hash, "sealed": entry.sealed}
        for entry in batch.entries
    ]
    yield from each(insert(tables.entries), entries)
    texts: list[Values] = [
        {"tenant": tenant, "seq": entry.seq, "what": text.what, "salt": text.salt, "text": text.text}
        for entry in batch.entries
        for text in entry.texts
    ]
    yield from each(insert(tables.texts), texts)
    came = batch.entries[0].hash if batch.entries else batch.follows
    documents: list[Values] = [
        {"adopted": digest, "entry": came, "document": document}
        for digest, document in batch.documents.items()
    ]
    yield from each(writes.put_document, documents)
    yield from _put_rows(writes, tenant, batch)


def _take_head(writes: Writes, tenant: str, expected: int, batch: Batch) -> Asks[None]:
    """Move the head, and hold it until the end of the transaction: nobody else writes for the tenant meanwhile."""
    _, kept = columns.put(tenant, HEAD, batch.rows[HEAD])
    stands = {"expected": expected, "follows": batch.follows}
    if (expected, batch.follows) == (0, NO_HASH):
        found = yield from rows(writes.begin, **dict(zip(_HEADS, kept, strict=True)), **stands)
    else:
        new = {f"new_{name}": value for name, value in zip(_HEADS[1:], kept[1:], strict=True)}
        found = yield from rows(writes.move, whose=tenant, **new, **stands)
    if not found:
        raise HeadMoved(tenant=tenant, expected=expected)


def _put_rows(writes: Writes, tenant: str, batch: Batch) -> Asks[None]:
    by_table: dict[str, list[Values]] = {}
    for key, row in batch.rows.items():
        if key != HEAD:
            table, kept = _kept(tenant, key, row)
            by_table.setdefault(table, []).append(kept)
    for table, values in by_table.items():
        yield from each(writes.put[table], values)
    bound = [row for row in batch.rows.values() if isinstance(row, Grant | Consent) and row.until_tickets]
    yield from each(writes.unlink, [{"whose": tenant, "linked": row.id} for row in bound])
    links: list[Values] = [
        {"tenant": tenant, "ticket": ticket, "id": row.id} for row in bound for ticket in columns.links(row)
    ]
    yield from each(insert(writes.tables.links), links)


def _kept(tenant: str, key: RowKey, row: Row) -> tuple[str, Values]:
    table, kept = columns.put(tenant, key, row)
    values = dict(zip(COLUMNS[table], kept, strict=True))
    # Whole numbers elsewhere, since SQLite has no truth values.
    return table, values | {name: bool(values[name]) for name in ("ended", "settled") if name in values}


def _erase(tables: Tables, tenant: str, seq: int, what: str) -> Asks[None]:
    text = tables.texts.c
    gone = yield from touched(
        delete(tables.texts).where(text.tenant == tenant, text.seq == seq, text.what == what)
    )
    if gone != 1:
        raise Corrupt(what=f"no text {what} of event {seq}, which was to be erased")


def _spend(tables: Tables, tenant: str, use: Use) -> Asks[None]:
    tally = tables.tallies.c
    here = (
        tally.tenant == tenant,
        tally.grant_id == use.grant,
        tally.agent == use.agent,
        tally.hour == micros(use.hour),
    )
    spent = yield from touched(delete(tables.tallies).where(*here, tally.count == use.count))
    if not spent:
        less = update(tables.tallies).where(*here, tally.count > use.count)
        spent = yield from touched(less.values(count=tally["count"] - use.count))
    if not spent:
        raise Corrupt(what="no such uses beside the record as were to be summed up in it")


def _forget(tables: Tables, last: LedgerHead) -> Asks[None]:
    head = tables.heads.c
    gone = yield from touched(
        delete(tables.heads).where(head.tenant == last.tenant, head.seq == last.seq, head.hash == last.hash)
    )
    if gone != 1:
        raise HeadMoved(tenant=last.tenant, expected=last.seq)
    for table in tables.of_a_tenant:  # the head among them, which has gone: it was taken first, and held
        yield from touched(delete(table).where(table.c.tenant == last.tenant))


def count_use(writes: Writes, tenant: str, use: Use) -> Asks[None]:
    """Count uses beside the record, if there is one."""
    yield from touched(
        writes.count,
        whose=tenant,
        use_grant_id=use.grant,
        use_agent=use.agent,
        use_hour=micros(use.hour),
        use_count=use.count,
        use_last=micros(use.last),
    )
