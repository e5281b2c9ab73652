"""The memory store for async hosts: for their tests, and for trying things out."""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import NoReturn, ParamSpec, TypeVar

from grantkit.decision import TenantFacts
from grantkit.lifecycle import Slice, Want
from grantkit.model import Cursor, Entry, Holder, Lag, Row, RowKey, Session, Usage, Use
from grantkit.ports import Batch, Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf
from grantkit.stores.memory import MemoryStore

P = ParamSpec("P")
T = TypeVar("T")


class _Turn:
    """Awaited, it gives the other tasks of the loop their turn, as ``asyncio.sleep(0)`` does."""

    def __await__(self) -> Generator[None, None, None]:
        yield


async def _between(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    await _Turn()
    found = ask(*args, **kwargs)
    await _Turn()
    return found


class AsyncMemoryStore:
    """
    Keeps everything in this process, and nothing beyond it, as :class:`MemoryStore` does.

    Each call gives the other tasks their turn before it and after it, as a server would: what a host does between
    tasks, or when one is cancelled, then shows in its tests.
    """

    def __init__(self, store: MemoryStore | None = None) -> None:
        """
        Open a store.

        Args:
            store: The memory store that it keeps everything in, such as one that sync code uses too; a new one by
                default.
        """
        self._store = MemoryStore() if store is None else store

    def __reduce__(self) -> NoReturn:
        self._store.__reduce__()

    async def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision."""
        return await _between(self._store.read, tenant, agent, holders, alive_after)

    async def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        return await _between(self._store.load, tenant, want)

    async def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        await _between(self._store.append, tenant, expected_head, batch)

    async def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return entries of a tenant, in order."""
        return await _between(self._store.events, tenant, after, limit)

    async def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """Return the whole projection of a tenant."""
        return await _between(self._store.rows, tenant)

    async def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return rule documents."""
        return await _between(self._store.documents, digests)

    async def find(self, query: Query) -> tuple[Found, ...]:
        """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
        return await _between(self._store.find, query)

    async def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return a page of the sessions of a tenant."""
        return await _between(self._store.sessions, query)

    async def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return a page of the usages of a tenant."""
        return await _between(self._store.usages, query)

    async def count(self, tenant: str, use: Use) -> None:
        """Count uses beside the record of a tenant."""
        await _between(self._store.count, tenant, use)

    async def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return a page of the uses that lie beside records."""
        return await _between(self._store.uses, query)

    async def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has taken a record."""
        return await _between(self._store.cursor, consumer, tenant)

    async def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has taken a record."""
        await _between(self._store.advance, consumer, tenant, cursor)

    async def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return a page of the records that go further than a consumer has taken them."""
        return await _between(self._store.behind, query)

    async def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        return await _between(self._store.tenants, query)
