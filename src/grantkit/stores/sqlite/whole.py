"""The whole projection of a tenant, as it lies in the file: for ``ledger.verify``, which trusts nothing."""

import sqlite3
from collections.abc import Mapping
from typing import Final

from grantkit.model import Row, RowKey
from grantkit.stores.read_back import read_back
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
_LINKS = "SELECT tenant, id, ticket FROM links INDEXED BY links_of WHERE tenant = ?"
_STRAYS = """
SELECT tenant, what, seq FROM texts AS t WHERE tenant = ? AND NOT EXISTS (
    SELECT 1 FROM entries AS e WHERE e.tenant = t.tenant AND e.seq = t.seq)
"""
_TABLES: Final = {
    "heads": _HEADS,
    "stances": _STANCES,
    "cuts": _CUTS,
    "retries": _RETRIES,
    "grants": _GRANTS,
    "requests": _REQUESTS,
    "sessions": _SESSIONS,
    "usages": _USAGES,
    "links": _LINKS,
    "strays": _STRAYS,
}


def rows(connection: sqlite3.Connection, tenant: str) -> Mapping[RowKey, Row | None]:
    """Return every row under its key; ``None`` for one that cannot be read, or whose columns do not agree with it."""
    with whatever_lies_there(connection):
        return read_back(
            tenant, {name: every(connection, wanted, (tenant,)) for name, wanted in _TABLES.items()}
        )
