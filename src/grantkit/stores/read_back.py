"""What lies in the tables of a tenant, read back for ``ledger.verify``, which trusts nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

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
from grantkit.stores.columns import Columns

Lying: TypeAlias = Mapping[str, Iterable[Columns]]
"""
By table of :data:`~grantkit.stores.columns.COLUMNS`, its rows in that order; and two more, each with the tenant first.

``links`` has id and ticket of everything that is bound to one, ``strays`` what and sequence of texts beside no entry.
"""


def read_back(tenant: str, found: Lying) -> FrozenMap[RowKey, Row | None]:
    """Return every row by its key; ``None`` for one that cannot be read, or that its columns do not agree with."""
    return FrozenMap(_rows(tenant, found))


def _rows(tenant: str, found: Lying) -> Iterator[tuple[RowKey, Row | None]]:
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
        # Beside no entry: nobody reads it, and nothing would ever erase it.
        yield ("text", str(seq), what), None


def _consented(found: Lying) -> Iterator[tuple[RowKey, Row | None]]:
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
