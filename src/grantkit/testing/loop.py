"""An async store as a plain one, so that what is written for plain stores can judge it."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from threading import Event, Thread, current_thread
from types import TracebackType
from typing import Any, TypeVar, cast

from grantkit.decision import TenantFacts
from grantkit.lifecycle import Slice, Want
from grantkit.model import Cursor, Entry, Holder, Lag, Row, RowKey, Session, Usage, Use
from grantkit.ports import (
    AsyncStore,
    Batch,
    Behind,
    Found,
    Query,
    SessionsOf,
    TenantsOf,
    UsagesOf,
    UsesOf,
)

T = TypeVar("T")


def in_a_loop(store: AsyncStore | AbstractAsyncContextManager[AsyncStore]) -> "StoreInALoop":
    """
    Return an async store as a plain one: its calls run on one event loop of its own, in a thread.

    >>> from grantkit.stores import AsyncMemoryStore
    >>> from grantkit.testing import LAWS, check_store, in_a_loop
    >>> print(check_store(lambda: in_a_loop(AsyncMemoryStore()), laws=LAWS[:4]))  # without laws=, all of them
    4 laws kept

    Args:
        store: The store, or an async context manager that gives one and ends it; that runs on the same loop.

    Returns:
        A store that many threads may call, and a context manager that ends the loop.
    """
    return StoreInALoop(store)


class StoreInALoop(AbstractContextManager["StoreInALoop"]):
    """What :func:`in_a_loop` gives: a store, which :meth:`close` ends, and a loop, on which :meth:`run` runs more."""

    def __init__(self, store: AsyncStore | AbstractAsyncContextManager[AsyncStore]) -> None:
        ready = Event()
        self._thread = Thread(
            target=asyncio.run, args=(self._serve(ready),), name="store in a loop", daemon=True
        )
        self._thread.start()
        ready.wait()
        self._ends: AbstractAsyncContextManager[Any] | None = None
        if isinstance(store, AbstractAsyncContextManager):
            # As in the bench of the laws: what a store that is one gives for itself is known to no checker.
            ends = cast("AbstractAsyncContextManager[Any]", store)
            try:
                store = cast("AsyncStore", self.run(_entered(ends)))
            except BaseException:
                self.close()
                raise
            self._ends = ends
        self._store = store

    async def _serve(self, ready: Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        await self._over.wait()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """
        Run a coroutine on the loop of the store, and return what it returns: to dispose of an engine, say.

        Raises:
            RuntimeError: If the loop is closed, or it is the loop itself that asks: it would wait for itself.
        """
        if not self._thread.is_alive() or current_thread() is self._thread:
            work.close()
            what = "the loop of this store is closed, or calls itself: open another, or await the async store there"
            raise RuntimeError(what)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End the store, if a context manager gave it, and the loop with all that runs there; twice does nothing."""
        ends, self._ends = self._ends, None
        if not self._thread.is_alive():
            return
        try:
            if ends is not None:
                self.run(_left(ends))
        finally:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision."""
        return self.run(self._store.read(tenant, agent, holders, alive_after))

    def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        return self.run(self._store.load(tenant, want))

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        self.run(self._store.append(tenant, expected_head, batch))

    def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return entries of a tenant, in order."""
        return self.run(self._store.events(tenant, after, limit))

    def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """Return the whole projection of a tenant."""
        return self.run(self._store.rows(tenant))

    def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return rule documents."""
        return self.run(self._store.documents(digests))

    def find(self, query: Query) -> tuple[Found, ...]:
        """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
        return self.run(self._store.find(query))

    def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return a page of the sessions of a tenant."""
        return self.run(self._store.sessions(query))

    def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return a page of the usages of a tenant."""
        return self.run(self._store.usages(query))

    def count(self, tenant: str, use: Use) -> None:
        """Count uses beside the record of a tenant."""
        self.run(self._store.count(tenant, use))

    def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return a page of the uses that lie beside records."""
        return self.run(self._store.uses(query))

    def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has taken a record."""
        return self.run(self._store.cursor(consumer, tenant))

    def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has taken a record."""
        self.run(self._store.advance(consumer, tenant, cursor))

    def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return a page of the records that go further than a consumer has taken them."""
        return self.run(self._store.behind(query))

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        return self.run(self._store.tenants(query))


async def _entered(ends: AbstractAsyncContextManager[Any]) -> Any:
    return await ends.__aenter__()


async def _left(ends: AbstractAsyncContextManager[Any]) -> None:
    await ends.__aexit__(None, None, None)
