"""The memory store: for tests, examples and processes whose record need not outlive them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from datetime import datetime
from heapq import nsmallest
from operator import itemgetter
from threading import Lock
from typing import NoReturn

import attrs

from grantkit.decision import TenantFacts
from grantkit.errors import Corrupt, HeadMoved
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want
from grantkit.model import (
    NO_HASH,
    VENDOR,
    AccessRequest,
    Consent,
    Cursor,
    Cut,
    Entry,
    Grant,
    Head,
    Holder,
    Lag,
    LedgerHead,
    Retry,
    Row,
    RowKey,
    Session,
    Stance,
    Usage,
    Use,
)
from grantkit.ports import (
    Batch,
    Behind,
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
from grantkit.stores.tenant_rows import TenantRows

_ROWS = {Head, Stance, Cut, Retry, Grant, Consent, AccessRequest, Session, Usage}


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
        self._tenants: dict[str, TenantRows] = {}
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
            found = self._tenants.get(tenant) or TenantRows(tenant)
            return found.facts(agent, holders, alive_after, self._tenants.get(VENDOR))

    def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        with self._lock:
            found = self._tenants.get(tenant) or TenantRows(tenant)
            document = self._documents.get(found.head.rules) if want.document else None
            return found.slice(want, document, self._tenants.get(VENDOR))

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        with self._lock:
            self._expect(tenant, expected_head, batch.follows)
            _check(expected_head, batch)
            if batch.erases and not (tenant in self._tenants and self._tenants[tenant].has(batch.erases)):
                raise Corrupt(what="no text at a place that was to be erased")
            if batch.spends and not (
                tenant in self._tenants and self._tenants[tenant].can_spend(batch.spends)
            ):
                raise Corrupt(what="no such uses beside the record as were to be summed up in it")
            if batch.forgets is not None:
                self._forget(batch.forgets)
            found = self._tenants.setdefault(tenant, TenantRows(tenant))
            found.erase(batch.erases)
            found.spend(batch.spends)
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

    def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return a page of the sessions of a tenant."""
        with self._lock:
            found = self._tenants.get(query.tenant)
            rows = () if found is None else found.sessions.values()
            past = (row for row in rows if row.seq > query.after)
            return tuple(nsmallest(query.limit, past, key=lambda row: (row.seq, row.id)))

    def count(self, tenant: str, use: Use) -> None:
        """Count uses beside the record of a tenant."""
        with self._lock:
            found = self._tenants.get(tenant)
            if found is None:
                return
            there = found.tallies.get(use.key)
            if there is not None:
                use = attrs.evolve(use, count=there.count + use.count, last=max(there.last, use.last))
            found.tallies[use.key] = use

    def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return a page of the uses that lie beside records."""
        with self._lock:
            wanted = [
                (tenant, use)
                for tenant, found in self._tenants.items()
                if query.tenant in (None, tenant)
                for use in found.tallies.values()
                if query.before is None or use.hour < query.before
            ]
        past = (one for one in wanted if query.after is None or (one[0], *one[1].key) > query.after)
        return tuple(nsmallest(query.limit, past, key=lambda one: (one[0], *one[1].key)))

    def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return a page of the usages of a tenant."""
        with self._lock:
            found = self._tenants.get(query.tenant)
            rows = () if found is None else found.usages.values()
            past = (row for row in rows if (row.grant, row.agent) > query.after)
            return tuple(nsmallest(query.limit, past, key=lambda row: (row.grant, row.agent)))

    def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has taken a record."""
        with self._lock:
            found = self._tenants.get(tenant)
            return Cursor() if found is None else found.cursors.get(consumer, Cursor())

    def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has taken a record."""
        with self._lock:
            found = self._tenants.get(tenant)
            if found is not None:
                found.advance(consumer, cursor)

    def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return a page of the records that go further than a consumer has taken them."""
        with self._lock:
            lags = (
                Lag(tenant=tenant, taken=found.taken(query.consumer), stands=found.head.seq)
                for tenant, found in self._tenants.items()
                if tenant > query.after
            )
            return tuple(
                nsmallest(query.limit, (lag for lag in lags if lag.events), key=lambda lag: lag.tenant)
            )

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
            vendor = self._tenants.get(VENDOR)
            return tuple(
                self._tenants[tenant].facts(query.agent, query.holders, query.alive_after, vendor)
                for tenant in chosen
            )

    def _after(self, holder: Holder, after: str) -> list[str]:
        tenants = self._where.get(holder, [])
        return tenants[bisect_right(tenants, after) :]
