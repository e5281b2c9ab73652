"""Reading: the hot path, and slices for commands."""

import sqlite3
from collections.abc import Iterable, Sized
from typing import Any

import attrs

from grantkit.decision import TenantFacts
from grantkit.decision.facts import NO_STANCES
from grantkit.errors import Corrupt
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want
from grantkit.model import Entry, Grant, Head, Holder, Retry, RowKey, Stance, Text, micros, retry_key
from grantkit.ports import Due, GrantsOf, TenantsOf
from grantkit.stores.sqlite import columns, statements
from grantkit.stores.sqlite.asking import every, numbered, whatever_lies_there


def flat(holders: Iterable[Holder]) -> tuple[str, ...]:
    """Return kind and id of each holder, as the statements take them."""
    return tuple(part for holder in holders for part in holder)


def read_facts(
    connection: sqlite3.Connection, tenant: str, agent: str, holders: tuple[Holder, ...], after: int
) -> TenantFacts:
    """
    Return the facts for a decision.

    One statement, hence one snapshot; only where a grant rests on another, it is made again with the whole way up, in
    one transaction.
    """
    facts = _facts(connection, tenant, agent, holders, after)
    if all(grant.parent is None for grant in facts.grants):
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
    stances: dict[str, Stance] = {}
    found = every(connection, statements.facts(len(holders)), numbered(tenant, agent, after, *flat(holders)))
    for kind, one, two, three, text, rules, frozen in found:
        if kind == statements.HELD:
            grants.append(columns.grant(text))
        elif kind == statements.HEAD:
            head = columns.head(tenant, (one, two, three, text, rules, frozen))
        else:
            stances[text] = columns.stance(text, one, frozen)
    if head is None:
        head = _no_head(tenant, grants, stances)
    return TenantFacts(head, tuple(grants), agent, FrozenMap(stances) if stances else NO_STANCES)


def _no_head(tenant: str, *rows: Sized) -> Head:
    """Return the head of a tenant that was never written to; one that has rows has lost its freeze and its cut-off."""
    if any(map(len, rows)):
        raise Corrupt(what="rows without a head")
    return Head(tenant=tenant)


def _resting(connection: sqlite3.Connection, facts: TenantFacts) -> TenantFacts:
    """Return *facts* with everything that their grants rest on, and the stances of those who hold it."""
    tenant = facts.head.tenant
    lineage: dict[str, Grant] = {}
    ahead = {grant.parent for grant in facts.grants if grant.parent is not None}
    while ahead:
        ident = ahead.pop()
        found = every(connection, statements.GRANT, (tenant, ident))
        if not found:
            continue  # it cannot be judged without: the decision denies what is missing
        above = lineage[ident] = columns.grant(found[0][0])
        if above.parent is not None and above.parent not in lineage:
            ahead.add(above.parent)
    stances = dict(facts.stances)
    for holder in {above.holder for above in lineage.values() if above.holder.kind == "agent"}:
        for found in every(connection, statements.STANCE_OF, (tenant, holder.id)):
            stances[holder.id] = columns.stance(holder.id, *found)
    return attrs.evolve(facts, stances=FrozenMap(stances), lineage=FrozenMap(lineage))


def read_slice(connection: sqlite3.Connection, tenant: str, want: Want) -> Slice:
    """Return what a command wants."""
    return _Loading(connection, tenant).slice(want)


class _Loading:
    """One slice being read, in one snapshot."""

    def __init__(self, connection: sqlite3.Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def slice(self, want: Want) -> Slice:
        """Return what is wanted."""
        grants = self._grants(want)
        found = self._one("SELECT seq, seen_at, cut_off, hash, rules, freeze FROM heads WHERE tenant = ?")
        head = _no_head(self._tenant, grants) if found is None else columns.head(self._tenant, found)
        agents = {
            *want.agents,
            *(grant.holder.id for grant in grants.values() if grant.holder.kind == "agent"),
        }
        document = read_documents(self._connection, (head.rules,)) if want.document else {}
        return Slice(
            head=head,
            grants=FrozenMap(grants),
            stances=FrozenMap(
                (agent, found) for agent in agents if (found := self._stance(agent)) is not None
            ),
            cuts=self._cuts() if want.cuts else (),
            retries=FrozenMap(self._retries(want)),
            document=document.get(head.rules),
        )

    def _one(self, statement: str, *parameters: object) -> Any:
        found = every(self._connection, statement, (self._tenant, *parameters))
        return found[0] if found else None

    def _grants(self, want: Want) -> dict[str, Grant]:
        grants: dict[str, Grant] = {}
        for ident in want.grants:
            found = self._one(statements.GRANT, ident)
            if found is not None:
                grants[ident] = columns.grant(found[0])
        if want.holder is not None and want.alive_after is not None:
            kind, holder = want.holder
            wanted = (holder, kind, self._tenant, micros(want.alive_after))
            for (body,) in every(self._connection, statements.ALIVE, wanted):
                alive = columns.grant(body)
                grants[alive.id] = alive
        return grants

    def _stance(self, agent: str) -> Stance | None:
        found = self._one(statements.STANCE_OF, agent)
        return None if found is None else columns.stance(agent, *found)

    def _cuts(self) -> tuple[Any, ...]:
        wanted = "SELECT seq, agent, at FROM cuts WHERE tenant = ? ORDER BY seq"
        return tuple(columns.cut(found) for found in every(self._connection, wanted, (self._tenant,)))

    def _retries(self, want: Want) -> dict[RowKey, Retry]:
        retries: dict[RowKey, Retry] = {}
        for used in want.retries:
            key = retry_key(*used)
            found = self._one(
                "SELECT body FROM retries WHERE tenant = ? AND row_key = ?", columns.spell_key(key)
            )
            if found is not None:
                retries[key] = columns.retry(found[0])
        return retries


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


def read_grants(connection: sqlite3.Connection, query: GrantsOf | Due) -> tuple[Grant, ...]:
    """Return grants of a tenant, or those whose end is due to be recorded."""
    if isinstance(query, Due):
        found = every(connection, statements.DUE, (micros(query.by), query.limit))
    else:
        found = every(connection, statements.GRANTS_OF, (query.tenant, query.after, query.limit))
    return tuple(columns.grant(body) for (body,) in found)


def read_tenants(connection: sqlite3.Connection, query: TenantsOf) -> tuple[TenantFacts, ...]:
    """Return the facts of the tenants where a holder has a grant that is not over."""
    after = micros(query.alive_after)
    wanted = numbered(query.after, after, query.limit, *flat(query.holders))
    chosen = every(connection, statements.tenants(len(query.holders)), wanted)
    return tuple(read_facts(connection, tenant, query.agent, query.holders, after) for (tenant,) in chosen)
