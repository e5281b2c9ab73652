"""The memory store: for tests, examples and processes whose record need not outlive them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import nsmallest
from threading import Lock
from typing import NoReturn

import attrs

from grantkit.decision import TenantFacts
from grantkit.decision.facts import NO_LINEAGE, NO_STANCES
from grantkit.errors import Corrupt, HeadMoved
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want
from grantkit.model import (
    HEAD,
    NO_HASH,
    Cut,
    Entry,
    Grant,
    Head,
    Holder,
    LedgerHead,
    Retry,
    Row,
    RowKey,
    Stance,
    TextKey,
    agent_key,
    cut_key,
    grant_key,
    retry_key,
)
from grantkit.ports import Batch, Due, GrantsOf, TenantsOf


class _Bucket:
    """The grants of one holder at one tenant, by their over-at: live ones and the last over one are one range."""

    __slots__ = ("_keys", "grants")

    def __init__(self) -> None:
        self._keys: list[datetime] = []
        self.grants: list[Grant] = []

    def put(self, grant: Grant) -> None:
        place = bisect_right(self._keys, grant.over_at)
        self._keys.insert(place, grant.over_at)
        self.grants.insert(place, grant)

    def drop(self, grant: Grant) -> None:
        place = bisect_left(self._keys, grant.over_at)
        while self.grants[place].id != grant.id:
            place += 1
        del self._keys[place], self.grants[place]

    def since(self, alive_after: datetime) -> list[Grant]:
        place = bisect_right(self._keys, alive_after)
        if place:
            place = bisect_left(self._keys, self._keys[place - 1])
        return self.grants[place:]

    def alive(self, alive_after: datetime) -> list[Grant]:
        return self.grants[bisect_right(self._keys, alive_after) :]


class _Tenant:
    """The record and projection of one tenant."""

    __slots__ = ("by_seq", "chained", "cuts", "entries", "grants", "head", "held", "retries", "stances")

    def __init__(self, tenant: str) -> None:
        self.head = Head(tenant=tenant)
        self.stances: dict[str, Stance] = {}
        self.grants: dict[str, Grant] = {}
        self.held: dict[Holder, _Bucket] = {}
        self.by_seq: list[tuple[int, str]] = []
        self.cuts: list[Cut] = []
        self.retries: dict[RowKey, Retry] = {}
        self.entries: list[Entry] = []
        self.chained = False  # whether some grant rests on another: where none does, no chain is walked

    def put(self, grant: Grant) -> None:
        before = self.grants.get(grant.id)
        if before is None:
            insort(self.by_seq, (grant.consent_seq, grant.id))
        else:
            self.held[before.holder].drop(before)
        self.chained = self.chained or grant.parent is not None
        self.grants[grant.id] = grant
        self.held.setdefault(grant.holder, _Bucket()).put(grant)

    def erase(self, gone: Iterable[TextKey]) -> None:
        """Let go of texts: the entries stay, without them."""
        for seq, what in gone:
            entry = self.entries[seq - 1]
            left = tuple(text for text in entry.texts if text.what != what)
            self.entries[seq - 1] = attrs.evolve(entry, texts=left)

    def rows(self) -> Iterator[tuple[RowKey, Row]]:
        """Yield every row under its key."""
        yield HEAD, self.head
        yield from ((agent_key(name), stance) for name, stance in self.stances.items())
        yield from ((grant_key(ident), grant) for ident, grant in self.grants.items())
        yield from ((cut_key(cut.seq), cut) for cut in self.cuts)
        yield from self.retries.items()

    def facts(self, agent: str, holders: Iterable[Holder], alive_after: datetime) -> TenantFacts:
        held = self.held
        found: list[Grant] = []
        for holder in holders:
            bucket = held.get(holder)
            if bucket is not None:
                found += bucket.since(alive_after)
        lineage = NO_LINEAGE
        if self.chained:
            lineage = FrozenMap((each.id, each) for grant in found for each in self._ancestors(grant))
        stances = NO_STANCES
        if self.stances:
            named = {agent, *(each.holder.id for each in lineage.values() if each.holder.kind == "agent")}
            stances = FrozenMap({name: self.stances[name] for name in named if name in self.stances})
        return TenantFacts(self.head, tuple(found), agent, stances, lineage)

    def _ancestors(self, grant: Grant) -> Iterator[Grant]:
        seen = {grant.id}
        while grant.parent is not None and grant.parent in self.grants and grant.parent not in seen:
            seen.add(grant.parent)
            grant = self.grants[grant.parent]
            yield grant


def _check(expected_head: int, batch: Batch) -> None:
    """Refuse what could not be written whole, before any of it is."""
    last = expected_head + len(batch.entries)
    if [entry.seq for entry in batch.entries] != list(range(expected_head + 1, last + 1)):
        raise Corrupt(what="entries that do not follow the head")
    if not {*map(type, batch.rows.values())} <= {Head, Stance, Cut, Retry, Grant}:
        raise Corrupt(what="a row of no known kind")
    if not all(0 < seq <= last for seq, _ in batch.erases):
        raise Corrupt(what="an erasure of what is not there")


class MemoryStore:
    """
    Keeps everything in this process, and nothing beyond it. Safe for many threads.

    It obeys the same laws as every store: values out are frozen, whatever is written is written whole or not at all.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._tenants: dict[str, _Tenant] = {}
        self._where: dict[Holder, list[str]] = {}
        self._documents: dict[str, bytes] = {}

    def __reduce__(self) -> NoReturn:
        msg = "a MemoryStore lives in one process: a copy in another would miss its revocations; open a shared store"
        raise TypeError(msg)

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision."""
        with self._lock:
            found = self._tenants.get(tenant)
            if found is None:
                return TenantFacts(Head(tenant=tenant), agent=agent)
            return found.facts(agent, holders, alive_after)

    def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        with self._lock:
            found = self._tenants.get(tenant)
            if found is None:
                return Slice(head=Head(tenant=tenant))
            grants = {ident: found.grants[ident] for ident in want.grants if ident in found.grants}
            if want.holder is not None and want.alive_after is not None and want.holder in found.held:
                grants.update({grant.id: grant for grant in found.held[want.holder].alive(want.alive_after)})
            keys = [retry_key(*used) for used in want.retries]
            agents = {
                *want.agents,
                *(grant.holder.id for grant in grants.values() if grant.holder.kind == "agent"),
            }
            return Slice(
                head=found.head,
                grants=FrozenMap(grants),
                stances=FrozenMap(
                    {agent: found.stances[agent] for agent in agents if agent in found.stances}
                ),
                cuts=tuple(found.cuts) if want.cuts else (),
                retries=FrozenMap({key: found.retries[key] for key in keys if key in found.retries}),
                document=self._documents.get(found.head.rules) if want.document else None,
            )

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        with self._lock:
            self._expect(tenant, expected_head, batch.follows)
            _check(expected_head, batch)
            if batch.forgets is not None:
                self._forget(batch.forgets)
            found = self._tenants.setdefault(tenant, _Tenant(tenant))
            found.entries.extend(batch.entries)
            found.erase(batch.erases)
            for digest, sealed in batch.documents.items():
                self._documents.setdefault(digest, sealed)  # what is there never changes
            for key, row in batch.rows.items():
                match row:
                    case Head():
                        found.head = row
                    case Stance():
                        found.stances[row.agent] = row
                    case Cut():
                        found.cuts.append(row)
                    case Retry():
                        found.retries[key] = row
                    case Grant():
                        if row.holder not in found.held:
                            insort(self._where.setdefault(row.holder, []), tenant)
                        found.put(row)

    def _expect(self, tenant: str, seq: int, chained: str) -> None:
        found = self._tenants.get(tenant)
        if ((0, NO_HASH) if found is None else (found.head.seq, found.head.hash)) != (seq, chained):
            raise HeadMoved(tenant=tenant, expected=seq)

    def _forget(self, last: LedgerHead) -> None:
        self._expect(last.tenant, last.seq, last.hash)
        found = self._tenants.pop(last.tenant, None)
        for holder in () if found is None else found.held:
            self._where[holder].remove(last.tenant)

    def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return entries of a tenant, in order."""
        with self._lock:
            found = self._tenants.get(tenant)
            return () if found is None else tuple(found.entries[after : after + limit])

    def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """Return the whole projection of a tenant."""
        with self._lock:
            found = self._tenants.get(tenant)
            return FrozenMap() if found is None else FrozenMap(found.rows())

    def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return rule documents."""
        with self._lock:
            known = self._documents
            return FrozenMap({digest: known[digest] for digest in digests if digest in known})

    def grants(self, query: GrantsOf | Due) -> tuple[Grant, ...]:
        """Return grants of a tenant, or those whose end is due to be recorded."""
        with self._lock:
            if isinstance(query, Due):
                due = (
                    grant
                    for found in self._tenants.values()
                    for grant in found.grants.values()
                    if grant.ended is None and grant.window.closes <= query.by
                )
                return tuple(nsmallest(query.limit, due, key=lambda grant: (grant.window.closes, grant.id)))
            found = self._tenants.get(query.tenant)
            if found is None:
                return ()
            place = bisect_left(found.by_seq, (query.after + 1, ""))
            return tuple(found.grants[ident] for _, ident in found.by_seq[place : place + query.limit])

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        with self._lock:
            candidates = {
                tenant
                for holder in query.holders
                for tenant in self._after(holder, query.after)
                if self._tenants[tenant].held[holder].alive(query.alive_after)
            }
            chosen = nsmallest(query.limit, candidates)
            return tuple(
                self._tenants[tenant].facts(query.agent, query.holders, query.alive_after)
                for tenant in chosen
            )

    def _after(self, holder: Holder, after: str) -> list[str]:
        tenants = self._where.get(holder, [])
        return tenants[bisect_right(tenants, after) :]
