"""Reading: the hot path, and pages for lists."""

import sqlite3
from collections.abc import Iterable

import attrs

from grantkit.decision import TenantFacts
from grantkit.decision.facts import NO_STANCES, NOBODY
from grantkit.inputs import EARLIEST, FrozenMap
from grantkit.lifecycle import agents_of
from grantkit.model import (
    NEVER,
    VENDOR,
    Consent,
    Entry,
    Grant,
    Head,
    Holder,
    Session,
    Stance,
    Text,
    Usage,
    Use,
    micros,
)
from grantkit.ports import (
    ConsentsOf,
    Due,
    Found,
    GrantsOf,
    Query,
    RequestsOf,
    SessionsOf,
    TenantsOf,
    UsagesOf,
    UsesOf,
)
from grantkit.stores import columns
from grantkit.stores.sqlite import statements
from grantkit.stores.sqlite.asking import every, numbered, whatever_lies_there


def flat(holders: Iterable[Holder]) -> tuple[str, ...]:
    """Return kind and id of each holder, as the statements take them."""
    return tuple(part for holder in holders for part in holder)


def read_facts(
    connection: sqlite3.Connection, tenant: str, agent: str, holders: tuple[Holder, ...], after: int
) -> TenantFacts:
    """
    Return the facts for a decision.

    One statement, hence one snapshot; only where a grant rests on something, or a consent names an agent, it is made
    again with the whole way up and with what is held against that agent, in one transaction.
    """
    facts = _facts(connection, tenant, agent, holders, after)
    if all(grant.parent is None for grant in facts.grants) and not _others(facts.consents, agent):
        return facts
    if not connection.in_transaction:
        connection.execute("BEGIN")
        facts = _facts(connection, tenant, agent, holders, after)
    return _resting(connection, facts)


def _facts(
    connection: sqlite3.Connection, tenant: str, agent: str, holders: tuple[Holder, ...], after: int
) -> TenantFacts:
    head: Head | None = None
    grants: list[Grant] = []
    consents: list[Consent] = []
    stances: dict[str, Stance] = {}
    sessions: list[Session] = []
    suspended = NOBODY
    found = every(connection, statements.facts(len(holders)), numbered(tenant, agent, after, *flat(holders)))
    for kind, one, two, three, text, rules, frozen in found:
        if kind == statements.HELD:
            grants.append(columns.grant(text))
        elif kind == statements.CONSENTED:
            consents.append(columns.consent(text))
        elif kind == statements.HEAD:
            head = columns.head(tenant, (one, two, three, text, rules, frozen))
        elif kind == statements.SUSPENDED:
            suspended = frozenset((text,))
        elif kind == statements.INSIDE:
            sessions.append(columns.session(text))
        else:
            stances[text] = columns.stance(text, one, frozen)
    if head is None:
        head = columns.no_head(tenant, grants, stances, consents, sessions)
    known = FrozenMap(stances) if stances else NO_STANCES
    return TenantFacts(
        head,
        tuple(grants),
        agent,
        known,
        consents=tuple(consents),
        suspended=suspended,
        sessions=tuple(sessions),
    )


def _others(above: Iterable[Grant | Consent], agent: str) -> set[str]:
    """Return the agents, other than the one asking, whom *above* names: what is held against them is wanted too."""
    return set[str]().union(*map(agents_of, above)) - {agent}


def _resting(connection: sqlite3.Connection, facts: TenantFacts) -> TenantFacts:
    """Return *facts* with everything that their grants rest on, and the stances of those who hold it."""
    tenant = facts.head.tenant
    lineage: dict[str, Grant | Consent] = {}
    ahead = {grant.parent for grant in facts.grants if grant.parent is not None}
    while ahead:
        ident = ahead.pop()
        found = every(connection, statements.MADE, (tenant, ident))
        if not found:
            continue  # it cannot be judged without: the decision denies what is missing
        above = lineage[ident] = columns.made(*found[0])
        if above.parent is not None and above.parent not in lineage:
            ahead.add(above.parent)
    stances = dict(facts.stances)
    others = _others((*facts.grants, *lineage.values(), *facts.consents), facts.agent or "")
    for other in others:
        for found in every(connection, statements.STANCE_OF, (tenant, other)):
            stances[other] = columns.stance(other, *found)
    return attrs.evolve(
        facts,
        stances=FrozenMap(stances),
        lineage=FrozenMap(lineage),
        suspended=facts.suspended | read_suspended(connection, others),
    )


def read_suspended(connection: sqlite3.Connection, agents: Iterable[str]) -> frozenset[str]:
    """Return those of *agents* whom the vendor has suspended."""
    return frozenset(agent for agent in agents if every(connection, statements.SUSPENDED_OF, (VENDOR, agent)))


def read_documents(connection: sqlite3.Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Return the rule documents with these digests."""
    return {
        digest: sealed
        for digest in digests
        for (sealed,) in every(connection, "SELECT document FROM documents WHERE digest = ?", (digest,))
    }


def read_entries(connection: sqlite3.Connection, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
    """Return entries of a tenant past a sequence, in order, with the texts that are left."""
    texts: dict[int, list[Text]] = {}
    with whatever_lies_there(connection):
        found = every(connection, statements.ENTRIES, (tenant, after, limit))
        bounds = (found[0][0], found[-1][0]) if found else (0, 0)
        for seq, what, salt, text in every(connection, statements.TEXTS, (tenant, *bounds)):
            texts.setdefault(seq, []).append(Text(what, salt, text))
    return tuple(
        Entry(tenant=tenant, seq=seq, hash=chained, sealed=sealed, texts=tuple(texts.get(seq, ())))
        for seq, chained, sealed in found
    )


def find_rows(connection: sqlite3.Connection, query: Query) -> tuple[Found, ...]:
    """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
    match query:
        case GrantsOf():
            found = every(connection, statements.GRANTS_OF, (query.tenant, query.after, query.limit))
            return tuple(columns.grant(body) for (body,) in found)
        case ConsentsOf():
            found = every(connection, statements.CONSENTS_OF, (query.tenant, query.after, query.limit))
            return tuple(columns.consent(body) for (body,) in found)
        case RequestsOf():
            found = every(connection, statements.REQUESTS_OF, (query.tenant, query.after, query.limit))
            return tuple(columns.request(body) for (body,) in found)
        case Due():
            return _due(connection, query)


def find_sessions(connection: sqlite3.Connection, query: SessionsOf) -> tuple[Session, ...]:
    """Return a page of the sessions of a tenant."""
    found = every(connection, statements.SESSIONS_OF, (query.tenant, query.after, query.limit))
    return tuple(columns.session(body) for (body,) in found)


def find_usages(connection: sqlite3.Connection, query: UsagesOf) -> tuple[Usage, ...]:
    """Return a page of the usages of a tenant."""
    found = every(connection, statements.USAGES_OF, (query.tenant, *query.after, query.limit))
    return tuple(columns.usage(body) for (body,) in found)


def find_uses(connection: sqlite3.Connection, query: UsesOf) -> tuple[tuple[str, Use], ...]:
    """Return a page of the uses that lie beside records."""
    tenant, grant, agent, hour = query.after or ("", "", "", EARLIEST)
    before = NEVER if query.before is None else query.before
    wanted = numbered(query.tenant, micros(before), tenant, grant, agent, micros(hour), query.limit)
    return tuple((row[0], columns.use(row[1:])) for row in every(connection, statements.USES, wanted))


def _due(connection: sqlite3.Connection, query: Due) -> tuple[Found, ...]:
    at, tenant, ident = query.after or (EARLIEST, "", "")
    wanted = numbered(micros(query.by), micros(at), tenant, ident, query.limit)
    found = [
        *every(connection, statements.DUE, wanted),
        *every(connection, statements.REQUESTS_DUE, wanted),
    ]
    first = sorted(found, key=lambda row: (row[0], row[1].encode(), row[2].encode()))[: query.limit]
    return tuple(
        columns.request(body) if kind == "request" else columns.made(kind, body) for *_, kind, body in first
    )


def read_tenants(connection: sqlite3.Connection, query: TenantsOf) -> tuple[TenantFacts, ...]:
    """Return the facts of the tenants where a holder has a grant that is not over."""
    after = micros(query.alive_after)
    wanted = numbered(query.after, after, query.limit, *flat(query.holders))
    chosen = every(connection, statements.tenants(len(query.holders)), wanted)
    return tuple(read_facts(connection, tenant, query.agent, query.holders, after) for (tenant,) in chosen)
