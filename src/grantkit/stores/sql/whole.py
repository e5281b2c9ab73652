"""The whole projection of a tenant, as it lies there: for ``ledger.verify``, which trusts nothing."""

from collections.abc import Mapping
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

from grantkit.model import (
    Row,
    RowKey,
)
from grantkit.stores.columns import COLUMNS, Columns
from grantkit.stores.read_back import read_back
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
        return read_back(tenant, by_table)


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
