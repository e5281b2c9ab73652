# Made from src/grantkit/service/guarded.py by `python tools/twin.py`: edit that, and run this.
"""The host's store, guarded: whatever it raises, callers get one error for it."""

from collections.abc import Mapping
from datetime import datetime

from grantkit.decision import TenantFacts
from grantkit.errors import GrantkitError, OutcomeUnknown
from grantkit.lifecycle import Slice, Want
from grantkit.model import Cursor, Entry, Holder, Lag, Row, RowKey, Session, Usage, Use
from grantkit.ports import AsyncStore, Batch, Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf
from grantkit.service.guard import typed_async


class AsyncGuardedStore:
    """The host's store: every error that is not grantkit's own becomes :class:`~grantkit.errors.Unavailable`."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision."""
        return await typed_async("the store", self._store.read, tenant, agent, holders, alive_after)

    async def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        return await typed_async("the store", self._store.load, tenant, want)

    async def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected; of a failure nobody knows how far it came."""
        try:
            await self._store.append(tenant, expected_head, batch)
        except GrantkitError:
            raise
        except Exception as error:
            raise OutcomeUnknown(what="the store") from error

    async def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return entries of a tenant, in order."""
        return await typed_async("the store", self._store.events, tenant, after, limit)

    async def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """Return the whole projection of a tenant."""
        return await typed_async("the store", self._store.rows, tenant)

    async def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return rule documents."""
        return await typed_async("the store", self._store.documents, digests)

    async def find(self, query: Query) -> tuple[Found, ...]:
        """Return rows of one kind."""
        return await typed_async("the store", self._store.find, query)

    async def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return sessions of a tenant."""
        return await typed_async("the store", self._store.sessions, query)

    async def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return usages of a tenant."""
        return await typed_async("the store", self._store.usages, query)

    async def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has taken a record."""
        return await typed_async("the store", self._store.cursor, consumer, tenant)

    async def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has taken a record: told once more where that fails, never once less."""
        await typed_async("the store", self._store.advance, consumer, tenant, cursor)

    async def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return records that a consumer is behind."""
        return await typed_async("the store", self._store.behind, query)

    async def count(self, tenant: str, use: Use) -> None:
        """Count uses beside the record; of a failure nobody knows how far it came."""
        try:
            await self._store.count(tenant, use)
        except GrantkitError:
            raise
        except Exception as error:
            raise OutcomeUnknown(what="the store") from error

    async def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return uses that lie beside records."""
        return await typed_async("the store", self._store.uses, query)

    async def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of tenants."""
        return await typed_async("the store", self._store.tenants, query)
