"""The memory store: for tests, examples and processes whose record need not outlive them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import nsmallest
from operator import itemgetter
from threading import Lock
from typing import NoReturn

import attrs

from grantkit.decision import TenantFacts
from grantkit.decision.facts import NO_LINEAGE, NO_STANCES
from grantkit.errors import Corrupt, HeadMoved
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want, agents_of
from grantkit.model import (
    HEAD,
    NO_HASH,
    AccessRequest,
    Consent,
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
    consent_key,
    cut_key,
    grant_key,
    request_key,
    retry_key,
)
from grantkit.ports import Batch, ConsentsOf, Due, Found, GrantsOf, Query, RequestsOf, TenantsOf
from grantkit.stores.shelf import Shelf


class _Tenant:
    """The record and projection of one tenant."""

    __slots__ = (
        "asked",
        "chained",
        "consents",
        "cuts",
        "entries",
        "grants",
        "head",
        "requests",
        "retries",
        "stances",
    )

    def __init__(self, tenant: str) -> None:
        self.head = Head(tenant=tenant)
        self.stances: dict[str, Stance] = {}
        self.grants: Shelf[Grant] = Shelf()
        self.consents: Shelf[Consent] = Shelf()
        self.requests: dict[str, AccessRequest] = {}
        self.asked: list[tuple[int, str]] = []
        self.cuts: list[Cut] = []
        self.retries: dict[RowKey, Retry] = {}
        self.entries: list[Entry] = []
        self.chained = False  # whether some grant rests on another: where none does, no chain is walked

    def put(self, key: RowKey, row: Row) -> None:
        match row:
            case Head():
                self.head = row
            case Stance():
                self.stances[row.agent] = row
            case Cut():
                self.cuts.append(row)
            case Retry():
                self.retries[key] = row
            case Grant():
                self.chained = self.chained or row.parent is not None
                self.grants.put(row)
            case Consent():
                self.consents.put(row)
            case AccessRequest():
                if row.id not in self.requests:
                    insort(self.asked, (row.seq, row.id))
                self.requests[row.id] = row

    def has(self, gone: tuple[TextKey, ...]) -> bool:
        """Whether all these texts are there, and none is named twice."""
        return len({*gone}) == len(gone) and all(
            0 < seq <= len(self.entries) and any(text.what == what for text in self.entries[seq - 1].texts)
            for seq, what in gone
        )

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
        yield from ((grant_key(ident), grant) for ident, grant in self.grants.rows.items())
        yield from ((consent_key(ident), consent) for ident, consent in self.consents.rows.items())
        yield from ((request_key(ident), request) for ident, request in self.requests.items())
        yield from ((cut_key(cut.seq), cut) for cut in self.cuts)
        yield from self.retries.items()

    def facts(self, agent: str, holders: tuple[Holder, ...], alive_after: datetime) -> TenantFacts:
        held = self.grants.held
        found: list[Grant] = []
        for holder in holders:
            bucket = held.get(holder)
            if bucket is not None:
                found += bucket.since(alive_after)
        consents: tuple[Consent, ...] = ()
        if self.consents.rows:
            consents = tuple(one for holder in holders for one in self.consents.alive(holder, alive_after))
        lineage = NO_LINEAGE
        if self.chained:
            lineage = FrozenMap((each.id, each) for grant in found for each in self._ancestors(grant))
        stances = NO_STANCES
        if self.stances:
            above = (*lineage.values(), *consents)
            named = {agent, *(each.holder.id for each in above if each.holder.kind == "agent")}
            stances = FrozenMap({name: self.stances[name] for name in named if name in self.stances})
        return TenantFacts(self.head, tuple(found), agent, stances, lineage, consents)

    def _ancestors(self, grant: Grant) -> Iterator[Grant | Consent]:
        above: Grant | Consent | None = grant
        seen = {grant.id}
        while above is not None and above.parent is not None and above.parent not in seen:
            seen.add(above.parent)
            above = self.grants.rows.get(above.parent) or self.consents.rows.get(above.parent)
            if above is not None:
                yield above

    def slice(self, want: Want, document: bytes | None) -> Slice:
        grants = {ident: self.grants.rows[ident] for ident in want.grants if ident in self.grants.rows}
        if want.holder is not None and want.alive_after is not None:
            grants.update({one.id: one for one in self.grants.alive(want.holder, want.alive_after)})
        consents = {one: self.consents.rows[one] for one in want.consents if one in self.consents.rows}
        requests = {one: self.requests[one] for one in want.requests if one in self.requests}
        rows: tuple[Found, ...] = (*grants.values(), *consents.values(), *requests.values())
        agents = set(want.agents).union(*map(agents_of, rows))
        keys = [retry_key(*used) for used in want.retries]
        return Slice(
            head=self.head,
            grants=FrozenMap(grants),
            consents=FrozenMap(consents),
            requests=FrozenMap(requests),
            stances=FrozenMap({agent: self.stances[agent] for agent in agents if agent in self.stances}),
            cuts=tuple(self.cuts) if want.cuts else (),
            retries=FrozenMap({key: self.retries[key] for key in keys if key in self.retries}),
            document=document,
        )

    def due(self, by: datetime) -> Iterator[tuple[datetime, str, str, Found]]:
        """Yield what time has ended and nobody has recorded, each after what it is ordered by."""
        access: tuple[Grant | Consent, ...] = (*self.grants.rows.values(), *self.consents.rows.values())
        for made in access:
            if made.ended is None and made.window.closes <= by:
                yield made.window.closes, made.tenant, made.id, made
        for asked in self.requests.values():
            if asked.settled is None and asked.lapses <= by:
                yield asked.lapses, asked.tenant, asked.id, asked


_ROWS = {Head, Stance, Cut, Retry, Grant, Consent, AccessRequest}


def _check(expected_head: int, batch: Batch) -> None:
    """Refuse what could not be written whole, before any of it is."""
    last = expected_head + len(batch.entries)
    if [entry.seq for entry in batch.entries] != list(range(expected_head + 1, last + 1)):
        raise Corrupt(what="entries that do not follow the head")
    if not {*map(type, batch.rows.values())} <= _ROWS:
        raise Corrupt(what="a row of no known kind")


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
            return found.slice(want, self._documents.get(found.head.rules) if want.document else None)

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        with self._lock:
            self._expect(tenant, expected_head, batch.follows)
            _check(expected_head, batch)
            if batch.erases and not (tenant in self._tenants and self._tenants[tenant].has(batch.erases)):
                raise Corrupt(what="no text at a place that was to be erased")
            if batch.forgets is not None:
                self._forget(batch.forgets)
            found = self._tenants.setdefault(tenant, _Tenant(tenant))
            found.erase(batch.erases)
            found.entries.extend(batch.entries)
            for digest, sealed in batch.documents.items():
                self._documents.setdefault(digest, sealed)  # what is there never changes
            for key, row in batch.rows.items():
                if isinstance(row, Grant) and row.holder not in found.grants.held:
                    insort(self._where.setdefault(row.holder, []), tenant)
                found.put(key, row)

    def _expect(self, tenant: str, seq: int, chained: str) -> None:
        found = self._tenants.get(tenant)
        if ((0, NO_HASH) if found is None else (found.head.seq, found.head.hash)) != (seq, chained):
            raise HeadMoved(tenant=tenant, expected=seq)

    def _forget(self, last: LedgerHead) -> None:
        self._expect(last.tenant, last.seq, last.hash)
        found = self._tenants.pop(last.tenant, None)
        for holder in () if found is None else found.grants.held:
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

    def find(self, query: Query) -> tuple[Found, ...]:
        """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
        with self._lock:
            if isinstance(query, Due):
                due = (each for found in self._tenants.values() for each in found.due(query.by))
                past = (each for each in due if query.after is None or each[:3] > query.after)
                return tuple(row for *_, row in nsmallest(query.limit, past, key=itemgetter(0, 1, 2)))
            found = self._tenants.get(query.tenant)
            if found is None:
                return ()
            match query:
                case GrantsOf():
                    return found.grants.page(query.after, query.limit)
                case ConsentsOf():
                    return found.consents.page(query.after, query.limit)
                case RequestsOf():
                    place = bisect_left(found.asked, (query.after + 1, ""))
                    return tuple(found.requests[one] for _, one in found.asked[place : place + query.limit])

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        with self._lock:
            candidates = {
                tenant
                for holder in query.holders
                for tenant in self._after(holder, query.after)
                if self._tenants[tenant].grants.alive(holder, query.alive_after)
            }
            chosen = nsmallest(query.limit, candidates)
            return tuple(
                self._tenants[tenant].facts(query.agent, query.holders, query.alive_after)
                for tenant in chosen
            )

    def _after(self, holder: Holder, after: str) -> list[str]:
        tenants = self._where.get(holder, [])
        return tenants[bisect_right(tenants, after) :]
