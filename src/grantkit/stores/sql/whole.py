"""The whole projection of a tenant, as it lies there: for ``ledger.verify``, which trusts nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    Table,
    Text,
    bindparam,
    cast,
    literal_column,
    not_,
    select,
    union_all,
)

from grantkit.inputs import FrozenMap
from grantkit.model import (
    HEAD,
    Row,
    RowKey,
    agent_key,
    consent_key,
    cut_key,
    grant_key,
    request_key,
    session_key,
    usage_key,
)
from grantkit.stores import columns
from grantkit.stores.columns import COLUMNS, Columns
from grantkit.stores.sql.asks import Asks, rows
from grantkit.stores.sql.tables import Tables

_TEXTS, _NUMBERS = 7, 4  # as many as the table with the most of them has
_LINKS: Final[tuple[str, ...]] = ("tenant", "id", "ticket")
_STRAYS: Final[tuple[str, ...]] = ("tenant", "what", "seq")


class Whole:
    """The read of a whole projection, made once."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._statement = _statement(tables)

    def read_rows(self, tenant: str) -> Asks[Mapping[RowKey, Row | None]]:
        """Return every row by its key; ``None`` for one that cannot be read, or that its columns do not agree with."""
        found = yield from rows(self._statement, tenant=tenant)
        by_table: dict[str, list[Columns]] = {}
        for name, *values in found:
            by_table.setdefault(name, []).append(_columns(name, self._tables, values))
        return FrozenMap(_rows(tenant, by_table))


def _statement(tables: Tables) -> Any:
    """Return one statement for all tables, so that it is of one moment: texts first, then numbers, filled up."""
    parts = [_flat(name, getattr(tables, name), names) for name, names in COLUMNS.items()]
    parts.append(_flat("links", tables.links, _LINKS))
    text, entry = tables.texts, tables.entries
    beside = select(literal_column("1", Integer)).where(
        entry.c.tenant == text.c.tenant, entry.c.seq == text.c.seq
    )
    parts.append(_flat("strays", text, _STRAYS).where(not_(beside.exists())))
    return union_all(*parts)


def _flat(name: str, table: Table, names: tuple[str, ...]) -> Any:
    texts: list[Any] = [table.c[column] for column in names if not _is_number(table, column)]
    numbers = [_number(table.c[column]) for column in names if _is_number(table, column)]
    texts += [literal_column("NULL", Text)] * (_TEXTS - len(texts))
    numbers += [literal_column("0", Integer)] * (_NUMBERS - len(numbers))
    return select(literal_column(f"'{name}'", Text), *texts, *numbers).where(
        table.c.tenant == bindparam("tenant")
    )


def _is_number(table: Table, column: str) -> bool:
    return isinstance(table.c[column].type, BigInteger | Boolean)


def _number(column: Any) -> Any:
    return cast(column, Integer) if isinstance(column.type, Boolean) else column


def _columns(name: str, tables: Tables, values: list[Any]) -> Columns:
    """Return the columns of a row in the order of its table."""
    texts, numbers = iter(values[:_TEXTS]), iter(values[_TEXTS:])
    if name == "strays":
        table, names = tables.texts, _STRAYS
    elif name == "links":
        table, names = tables.links, _LINKS
    else:
        table, names = getattr(tables, name), COLUMNS[name]
    return tuple(next(numbers) if _is_number(table, column) else next(texts) for column in names)


def _rows(tenant: str, found: dict[str, list[Columns]]) -> Iterator[tuple[RowKey, Row | None]]:
    for each in found.get("heads", ()):
        yield _row(HEAD, each, columns.head, tenant, each[1:])
    for each in found.get("stances", ()):
        yield _row(agent_key(each[1]), each, columns.stance, *each[1:])
    for each in found.get("cuts", ()):
        yield _row(cut_key(each[1]), each, columns.cut, each[1:])
    for each in found.get("retries", ()):
        yield _row(_retry_key(each[1]), each, columns.retry, each[2])
    yield from _consented(found)
    for each in found.get("requests", ()):
        yield _row(request_key(each[1]), each, columns.request, each[-1])
    for each in found.get("sessions", ()):
        yield _row(session_key(each[1]), each, columns.session, each[-1])
    for each in found.get("usages", ()):
        yield _row(usage_key(each[1], each[2]), each, columns.usage, each[-1])
    for _, what, seq in found.get("strays", ()):
        yield (
            ("text", str(seq), what),
            None,
        )  # beside no entry: nobody reads it, and nothing would ever erase it


def _consented(found: dict[str, list[Columns]]) -> Iterator[tuple[RowKey, Row | None]]:
    links: dict[str, set[str]] = {}
    for _, ident, ticket in found.get("links", ()):
        links.setdefault(ident, set()).add(ticket)
    for each in found.get("grants", ()):
        key = consent_key(each[1]) if each[2] == "consent" else grant_key(each[1])
        linked = frozenset(links.pop(each[1], set()))
        key, row = _row(key, each, columns.made, each[2], each[-1])
        yield key, row if row is not None and linked == columns.links(row) else None
    for ident, tickets in links.items():
        for ticket in tickets:
            # Of nothing that is there: solving the ticket would find it corrupt.
            yield ("link", ident, ticket), None


def _retry_key(text: str) -> RowKey:
    try:
        return ("retry", *columns.read_key(text))
    except Exception:  # noqa: BLE001  # whatever lies there, the row is under no key that was ever used
        return ("retry", text)


def _row(key: RowKey, found: Columns, read: Callable[..., Row], *args: object) -> tuple[RowKey, Row | None]:
    try:
        row = read(*args)
        return key, row if columns.sound(key, row, found[0], found) else None
    except Exception:  # noqa: BLE001  # whatever a reader meets in data that is not what it should be
        return key, None
