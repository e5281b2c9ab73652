"""Pages: lists, entries with their texts, documents, and what lies beside records."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Select, String, and_, bindparam, cast, func, literal_column, select, tuple_, union_all

from grantkit.errors import Corrupt
from grantkit.inputs import EARLIEST
from grantkit.model import NEVER, Entry, Lag, Session, Text, Usage, Use, micros
from grantkit.ports import (
    Behind,
    ConsentsOf,
    Due,
    Found,
    GrantsOf,
    Query,
    RequestsOf,
    SessionsOf,
    UsagesOf,
    UsesOf,
)
from grantkit.stores import columns
from grantkit.stores.sql.asks import Asks, rows
from grantkit.stores.sql.tables import Tables

_KIND: Final = {GrantsOf: "grant", ConsentsOf: "consent"}


def read_entries(tables: Tables, tenant: str, after: int, limit: int) -> Asks[tuple[Entry, ...]]:
    """Return entries of a tenant past a sequence, in order, with the texts that are left: of one moment with them."""
    entry, text = tables.entries.c, tables.texts.c
    page = (
        select(entry.seq, entry.hash, entry.sealed)
        .where(entry.tenant == tenant, entry.seq > after)
        .order_by(entry.seq)
        .limit(limit)
        .subquery("page")
    )
    beside = and_(text.tenant == bindparam("whose"), text.seq == page.c.seq)
    statement = (
        select(page.c.seq, page.c.hash, page.c.sealed, text.what, text.salt, text.text)
        .select_from(page.outerjoin(tables.texts, beside))
        .order_by(page.c.seq, text.what)
    )
    found = yield from rows(statement, whose=tenant)
    entries: dict[int, tuple[str, bytes]] = {}
    texts: dict[int, list[Text]] = {}
    for seq, chained, sealed, what, salt, words in found:
        entries[seq] = chained, bytes(sealed)
        if what is not None:
            texts.setdefault(seq, []).append(Text(what, bytes(salt), words))
    return tuple(
        Entry(tenant=tenant, seq=seq, hash=chained, sealed=sealed, texts=tuple(texts.get(seq, ())))
        for seq, (chained, sealed) in entries.items()
    )


def read_documents(tables: Tables, digests: Iterable[str]) -> Asks[Mapping[str, bytes]]:
    """
    Return the rule documents with these digests.

    Raises:
        Corrupt: If two lie there under one digest and differ: whoever may add to the ledger has put one there.
    """
    document = tables.documents.c
    wanted = list(digests)
    found = yield from rows(select(document.digest, document.document).where(document.digest.in_(wanted)))
    kept: dict[str, bytes] = {}
    for digest, sealed in found:
        # Which of two the server names first is its own choice: neither is taken, at any time.
        if kept.setdefault(digest, bytes(sealed)) != bytes(sealed):
            raise Corrupt(what=f"two rule documents under one digest ({digest[:12]}…)")
    return kept


def find_rows(tables: Tables, query: Query) -> Asks[tuple[Found, ...]]:
    """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
    if isinstance(query, Due):
        return (yield from _due(tables, query))
    if isinstance(query, RequestsOf):
        request = tables.requests.c
        statement = _in_order(tables.requests, request.seq, query).order_by(request.id)
        found = yield from rows(statement)
        return tuple(columns.request(body) for (body,) in found)
    grant = tables.grants.c
    kind = _KIND[type(query)]
    statement = _in_order(tables.grants, grant.consent_seq, query).where(grant.kind == kind)
    found = yield from rows(statement.order_by(grant.id))
    return tuple(columns.made(kind, body) for (body,) in found)


def _in_order(table: Any, seq: Any, query: GrantsOf | ConsentsOf | RequestsOf | SessionsOf) -> Select[Any]:
    found = select(table.c.body).where(table.c.tenant == query.tenant, seq > query.after)
    return found.order_by(seq).limit(query.limit)


def _due(tables: Tables, query: Due) -> Asks[tuple[Found, ...]]:
    at, tenant, ident = query.after or (EARLIEST, "", "")
    made, request = tables.grants.c, tables.requests.c
    kind = literal_column("'request'", String).label("kind")
    # One range of an index each, from where the last page ended, also among many that end at the same instant.
    halves = [
        select(when.label("at"), table.c.tenant, table.c.id, what.label("kind"), table.c.body)
        .where(
            over.is_(False),
            when <= micros(query.by),
            tuple_(when, table.c.tenant, table.c.id) > tuple_(micros(at), tenant, ident),
        )
        .order_by(when, table.c.tenant, table.c.id)
        .limit(query.limit)
        .subquery(name)
        for name, table, when, over, what in (
            ("ends", tables.grants, made.closes, made.ended, made.kind),
            ("lapses", tables.requests, request.lapses, request.settled, kind),
        )
    ]
    found = yield from rows(union_all(*(select(half) for half in halves)))
    first = sorted(found, key=lambda row: (row[0], row[1].encode(), row[2].encode()))[: query.limit]
    return tuple(
        columns.request(body) if what == "request" else columns.made(what, body) for *_, what, body in first
    )


def find_sessions(tables: Tables, query: SessionsOf) -> Asks[tuple[Session, ...]]:
    """Return a page of the sessions of a tenant."""
    session = tables.sessions.c
    found = yield from rows(_in_order(tables.sessions, session.seq, query).order_by(session.id))
    return tuple(columns.session(body) for (body,) in found)


def find_usages(tables: Tables, query: UsagesOf) -> Asks[tuple[Usage, ...]]:
    """Return a page of the usages of a tenant."""
    usage = tables.usages.c
    grant, agent = query.after
    found = yield from rows(
        select(usage.body)
        .where(usage.tenant == query.tenant, tuple_(usage.grant_id, usage.agent) > tuple_(grant, agent))
        .order_by(usage.grant_id, usage.agent)
        .limit(query.limit)
    )
    return tuple(columns.usage(body) for (body,) in found)


def find_uses(tables: Tables, query: UsesOf) -> Asks[tuple[tuple[str, Use], ...]]:
    """Return a page of the uses that lie beside records."""
    tally = tables.tallies.c
    tenant, grant, agent, hour = query.after or ("", "", "", EARLIEST)
    place = (tally.tenant, tally.grant_id, tally.agent, tally.hour)
    statement = (
        select(tally.tenant, tally.grant_id, tally.agent, tally.hour, tally.count, tally.last)
        .where(
            tally.hour < micros(NEVER if query.before is None else query.before),
            tuple_(*place) > tuple_(tenant, grant, agent, micros(hour)),
        )
        .order_by(*place)
        .limit(query.limit)
    )
    found = yield from rows(
        statement if query.tenant is None else statement.where(tally.tenant == query.tenant)
    )
    return tuple((row[0], columns.use(tuple(row[1:]))) for row in found)


def find_behind(tables: Tables, query: Behind) -> Asks[tuple[Lag, ...]]:
    """Return a page of the records that go further than a consumer has taken them."""
    head, cursor = tables.heads.c, tables.cursors.c
    # Without a consumer, no cursor is anybody's.
    whose = and_(cursor.tenant == head.tenant, cursor.consumer == cast(query.consumer, String))
    taken = func.coalesce(cursor.seq, 0)
    found = yield from rows(
        select(head.tenant, taken, head.seq)
        .select_from(tables.heads.outerjoin(tables.cursors, whose))
        .where(head.tenant > query.after, head.seq > taken)
        .order_by(head.tenant)
        .limit(query.limit)
    )
    return tuple(Lag(tenant=tenant, taken=taken, stands=stands) for tenant, taken, stands in found)
