"""Between rows and columns, for every store of tables: what is an own column, what lies in a body of canonical JSON."""

import json
from collections.abc import Mapping, Sized
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

from grantkit.canonical import canonical_bytes
from grantkit.codec import read_row, row_text
from grantkit.codec.nouns import freeze as read_freeze
from grantkit.errors import Corrupt
from grantkit.inputs import FrozenMap
from grantkit.model import (
    AccessRequest,
    Consent,
    Cursor,
    Cut,
    Freeze,
    Grant,
    Head,
    Retry,
    Row,
    RowKey,
    Session,
    Stance,
    Usage,
    Use,
    from_micros,
    micros,
)

Columns: TypeAlias = tuple[Any, ...]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = FrozenMap(
    heads=("tenant", "seq", "seen_at", "cut_off", "hash", "rules", "freeze"),
    stances=("tenant", "agent", "cut_off", "freeze"),
    cuts=("tenant", "seq", "agent", "at"),
    retries=("tenant", "row_key", "body"),
    grants=(
        "tenant",
        "id",
        "kind",
        "holder_kind",
        "holder",
        "over_at",
        "closes",
        "ended",
        "parent",
        "consent_seq",
        "body",
    ),
    requests=("tenant", "id", "seq", "lapses", "settled", "body"),
    sessions=("tenant", "id", "agent", "over_at", "seq", "body"),
    usages=("tenant", "grant_id", "agent", "body"),
)
"""The tables of the projection, and the columns of each in the order of :func:`put`."""

# Keyed by all that a value is made of, so that it never goes stale; decisions read the same few rows again and again.
_REMEMBERED = 8192


@lru_cache(maxsize=_REMEMBERED)
def grant(body: str) -> Grant:
    """Return the grant in *body*."""
    return cast("Grant", read_row("grant", body))


@lru_cache(maxsize=_REMEMBERED)
def consent(body: str) -> Consent:
    """Return the consent in *body*."""
    return cast("Consent", read_row("consent", body))


def made(kind: str, body: str) -> Grant | Consent:
    """Return the grant or the consent in *body*."""
    return consent(body) if kind == "consent" else grant(body)


@lru_cache(maxsize=_REMEMBERED)
def session(body: str) -> Session:
    """Return the session in *body*."""
    return cast("Session", read_row("session", body))


def usage(body: str) -> Usage:
    """Return the usage in *body*."""
    return cast("Usage", read_row("usage", body))


def use(columns: Columns) -> Use:
    """Return the uses in the columns grant_id, agent, hour, count, last."""
    grant_id, agent, hour, count, last = columns
    return Use(grant=grant_id, agent=agent, hour=_instant(hour), count=count, last=_instant(last))


def request(body: str) -> AccessRequest:
    """Return the request in *body*."""
    return cast("AccessRequest", read_row("request", body))


@lru_cache(maxsize=_REMEMBERED)
def head(tenant: str, found: Columns) -> Head:
    """Return the head in the columns seq, seen_at, cut_off, hash, rules, freeze."""
    seq, seen_at, cut_off, chained, rules, frozen = found
    return Head(
        tenant=tenant,
        seq=seq,
        hash=chained,
        seen_at=_instant(seen_at),
        rules=rules,
        freeze=freeze(frozen),
        cut_off=cut_off,
    )


def no_head(tenant: str, *rows: Sized) -> Head:
    """Return the head of a tenant that was never written to; one that has rows has lost its freeze and its cut-off."""
    if any(map(len, rows)):
        raise Corrupt(what="rows without a head")
    return Head(tenant=tenant)


@lru_cache(maxsize=_REMEMBERED)
def stance(agent: str, cut_off: int, frozen: str | None) -> Stance:
    """Return the stance in these columns."""
    return Stance(agent=agent, freeze=freeze(frozen), cut_off=cut_off)


def freeze(text: str | None) -> Freeze | None:
    """Return the freeze in *text*, ``None`` if there is none."""
    if text is None:
        return None
    try:
        return read_freeze(json.loads(text))
    except Exception as error:  # whatever a reader meets in data that is not what it should be
        raise Corrupt(what="a freeze that is none") from error


def _instant(count: int) -> datetime:
    try:
        return from_micros(count)
    except OverflowError as error:
        raise Corrupt(what="an instant past the end of time") from error


def cut(columns: Columns) -> Cut:
    """Return the cut-off in the columns seq, agent, at."""
    seq, agent, at = columns
    return Cut(agent=agent, seq=seq, at=_instant(at))


def cursor(columns: Columns) -> Cursor:
    """Return the cursor in the columns seq, hash, told."""
    seq, chained, told = columns
    try:
        return Cursor(seq=seq, hash=chained, told=frozenset(json.loads(told)))
    except (ValueError, TypeError) as error:
        raise Corrupt(what="a cursor that is none") from error


def cursor_columns(kept: Cursor) -> Columns:
    """Return what is kept of a cursor, after its tenant and consumer: seq, hash, told."""
    return kept.seq, kept.hash, json.dumps(sorted(kept.told))


def retry(body: str) -> Retry:
    """Return the use of a key in *body*."""
    return cast("Retry", read_row("retry", body))


def spell_key(key: RowKey) -> str:
    """Return a key as one text: JSON, so that no part can run over into the next."""
    return canonical_bytes(list(key[1:])).decode()


def read_key(text: str) -> tuple[str, ...]:
    """Return the parts that :func:`spell_key` spelled."""
    parts: object = json.loads(text)
    if not isinstance(parts, list) or not all(type(part) is str for part in cast("list[object]", parts)):
        raise TypeError
    key = tuple(cast("list[str]", parts))
    if spell_key(("retry", *key)) != text:
        raise ValueError
    return key


def put(tenant: str, key: RowKey, row: Row) -> tuple[str, Columns]:
    """Return the table in which *row* lies, and its columns."""
    match row:
        case Head():
            frozen = _spell_freeze(row.freeze)
            columns = (tenant, row.seq, micros(row.seen_at), row.cut_off, row.hash, row.rules, frozen)
            return "heads", columns
        case Stance():
            return "stances", (tenant, row.agent, row.cut_off, _spell_freeze(row.freeze))
        case Cut():
            return "cuts", (tenant, row.seq, row.agent, micros(row.at))
        case Retry():
            return "retries", (tenant, spell_key(key), row_text(row))
        case Grant() | Consent():
            return "grants", (tenant, row.id, *grant_columns(row))
        case _:
            return _put_other(tenant, row)


def _put_other(tenant: str, row: Row) -> tuple[str, Columns]:
    match row:
        case AccessRequest():
            settled = int(row.settled is not None)
            asked = (tenant, row.id, row.seq, micros(row.lapses), settled, row_text(row))
            return "requests", asked
        case Session():
            entered = (tenant, row.id, row.agent, micros(row.over_at), row.seq, row_text(row))
            return "sessions", entered
        case Usage():
            return "usages", (tenant, row.grant, row.agent, row_text(row))
        case _:
            raise Corrupt(what="a row of no known kind")


def grant_columns(row: Grant | Consent) -> Columns:
    """Return what is kept of a grant or consent, after its tenant and id: what it is found by, and the whole of it."""
    return (
        "consent" if isinstance(row, Consent) else "grant",
        row.holder.kind,
        row.holder.id,
        micros(row.over_at),
        micros(row.window.closes),
        int(row.ended is not None),
        row.parent,
        row.consent_seq,
        row_text(row),
    )


def links(row: Row) -> frozenset[str]:
    """Return the tickets by which *row* is found: those that it is bound to and that are open, until it has ended."""
    if not isinstance(row, Grant | Consent) or not row.until_tickets or row.ended is not None:
        return frozenset()
    return row.open_tickets


def _spell_freeze(found: Freeze | None) -> str | None:
    return None if found is None else row_text(found)


def sound(key: RowKey, row: Row, tenant: str, columns: Columns) -> bool:
    """Whether *columns*, as they lie in a table, are exactly those that *row* under *key* would be written with."""
    return put(tenant, key, row)[1] == columns
