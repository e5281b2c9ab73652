"""The whole projection of a tenant, as it lies in the file: for ``ledger.verify``, which trusts nothing."""

import sqlite3
from collections.abc import Callable, Iterator

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
from grantkit.stores.sqlite import statements
from grantkit.stores.sqlite.asking import every, whatever_lies_there

_HEADS = "SELECT tenant, seq, seen_at, cut_off, hash, rules, freeze FROM heads WHERE tenant = ?"
_STANCES = "SELECT tenant, agent, cut_off, freeze FROM stances WHERE tenant = ?"
_CUTS = "SELECT tenant, seq, agent, at FROM cuts WHERE tenant = ?"
_RETRIES = "SELECT tenant, row_key, body FROM retries WHERE tenant = ?"
_GRANTS = """
SELECT tenant, id, kind, holder_kind, holder, over_at, closes, ended, parent, consent_seq, body
FROM grants INDEXED BY grants_in_order WHERE tenant = ?
"""
_REQUESTS = """
SELECT tenant, id, seq, lapses, settled, body FROM requests INDEXED BY requests_in_order WHERE tenant = ?
"""
_SESSIONS = """
SELECT tenant, id, agent, over_at, seq, body FROM sessions INDEXED BY sessions_in_order WHERE tenant = ?
"""
_USAGES = "SELECT tenant, grant_id, agent, body FROM usages WHERE tenant = ?"
_STRAY_LINKS = """
SELECT id, ticket FROM links AS l WHERE tenant = ? AND NOT EXISTS (
    SELECT 1 FROM grants AS g WHERE g.tenant = l.tenant AND g.id = l.id)
"""
_STRAY = """
SELECT seq, what FROM texts AS t WHERE tenant = ? AND NOT EXISTS (
    SELECT 1 FROM entries AS e WHERE e.tenant = t.tenant AND e.seq = t.seq)
"""


def rows(connection: sqlite3.Connection, tenant: str) -> dict[RowKey, Row | None]:
    """Return every row under its key; ``None`` for one that cannot be read, or whose columns do not agree with it."""
    with whatever_lies_there(connection):
        return dict(_rows(connection, tenant))


def _rows(connection: sqlite3.Connection, tenant: str) -> Iterator[tuple[RowKey, Row | None]]:
    for found in every(connection, _HEADS, (tenant,)):
        yield _row(HEAD, found, columns.head, tenant, found[1:])
    for found in every(connection, _STANCES, (tenant,)):
        yield _row(agent_key(found[1]), found, columns.stance, *found[1:])
    for found in every(connection, _CUTS, (tenant,)):
        yield _row(cut_key(found[1]), found, columns.cut, found[1:])
    for found in every(connection, _RETRIES, (tenant,)):
        yield _row(_retry_key(found[1]), found, columns.retry, found[2])
    for found in every(connection, _GRANTS, (tenant,)):
        key = consent_key(found[1]) if found[2] == "consent" else grant_key(found[1])
        linked = frozenset(ticket for (ticket,) in every(connection, statements.LINKS_OF, (tenant, found[1])))
        key, row = _row(key, found, columns.made, found[2], found[-1])
        yield key, row if row is not None and linked == columns.links(row) else None
    for found in every(connection, _REQUESTS, (tenant,)):
        yield _row(request_key(found[1]), found, columns.request, found[-1])
    yield from _inside(connection, tenant)
    yield from _strays(connection, tenant)


def _inside(connection: sqlite3.Connection, tenant: str) -> Iterator[tuple[RowKey, Row | None]]:
    for found in every(connection, _SESSIONS, (tenant,)):
        yield _row(session_key(found[1]), found, columns.session, found[-1])
    for found in every(connection, _USAGES, (tenant,)):
        yield _row(usage_key(found[1], found[2]), found, columns.usage, found[-1])


def _strays(connection: sqlite3.Connection, tenant: str) -> Iterator[tuple[RowKey, None]]:
    """Yield what lies beside nothing: nobody made it, and no verb would ever take it away."""
    for ident, ticket in every(connection, _STRAY_LINKS, (tenant,)):
        yield (
            ("link", ident, ticket),
            None,
        )  # of nothing that is there: solving the ticket would find it corrupt
    for seq, what in every(connection, _STRAY, (tenant,)):
        yield (
            ("text", str(seq), what),
            None,
        )  # beside no entry: nobody reads it, and nothing would ever erase it


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
