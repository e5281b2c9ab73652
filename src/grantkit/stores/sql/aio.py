"""The async store on a server."""

from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from grantkit.decision import TenantFacts
from grantkit.inputs import a_kind_of, instance_of
from grantkit.lifecycle import Slice, Want
from grantkit.model import Cursor, Entry, Holder, Lag, Row, RowKey, Session, Usage, Use
from grantkit.ports import Batch, Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf
from grantkit.stores.sql.awaiting import AsyncRunner, AsyncWithin, OnAsyncEngine
from grantkit.stores.sql.calls import Calls
from grantkit.stores.sql.tables import Tables


class _Calling:
    """Every call of the port, made by whoever carries calls out."""

    def __init__(self, calls: Calls, runner: AsyncRunner) -> None:
        self._calls = calls
        self._runner = runner

    async def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision: one round trip, where no grant rests on anything."""
        ok = self._runner.snapshot_ok
        return await self._runner.read(self._calls.read(tenant, agent, holders, alive_after, snapshot_ok=ok))

    async def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        return await self._runner.read(self._calls.load(tenant, want))

    async def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        await self._runner.write(self._calls.append(tenant, expected_head, batch))

    async def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return entries of a tenant, in order."""
        return await self._runner.read(self._calls.events(tenant, after, limit))

    async def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """Return the whole projection of a tenant."""
        return await self._runner.read(self._calls.rows(tenant))

    async def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return rule documents."""
        return await self._runner.read(self._calls.documents(digests))

    async def find(self, query: Query) -> tuple[Found, ...]:
        """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
        return await self._runner.read(self._calls.find(query))

    async def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return a page of the sessions of a tenant."""
        return await self._runner.read(self._calls.sessions(query))

    async def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return a page of the usages of a tenant."""
        return await self._runner.read(self._calls.usages(query))

    async def count(self, tenant: str, use: Use) -> None:
        """Count uses beside the record of a tenant."""
        await self._runner.write(self._calls.count(tenant, use))

    async def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return a page of the uses that lie beside records."""
        return await self._runner.read(self._calls.uses(query))

    async def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has taken a record."""
        return await self._runner.read(self._calls.cursor(consumer, tenant))

    async def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has taken a record."""
        await self._runner.write(self._calls.advance(consumer, tenant, cursor))

    async def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return a page of the records that go further than a consumer has taken them."""
        return await self._runner.read(self._calls.behind(query))

    async def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        return await self._runner.read(self._calls.tenants(query, snapshot_ok=self._runner.snapshot_ok))


class AsyncStoreWithin(_Calling):
    """
    The store within a transaction of the host: see :meth:`AsyncSQLStore.within`.

    As a session or connection of SQLAlchemy, it is for one task at a time.
    """


class AsyncSQLStore(_Calling):
    """
    Keeps everything in PostgreSQL, through the host's own engine: many processes, on many machines.

    Every call takes a connection of the engine's pool and gives it back. The engine decides how many there are, how
    long one waits for the server, and what is done about connections that went stale (``pool_pre_ping``).
    """

    def __init__(self, engine: AsyncEngine, tables: Tables) -> None:
        """
        Keep records in *tables*, which the host's migrations have made; nothing is asked of the database yet.

        Args:
            engine: The host's, for the primary.
            tables: As :func:`grantkit_tables` put them onto the host's metadata.

        Raises:
            InvalidInput: If *engine* is none, or of another database than PostgreSQL (or SQLite, in tests).
        """
        a_kind_of("engine", engine, AsyncEngine)
        instance_of("tables", tables, Tables)
        calls = Calls(tables, engine.dialect)
        super().__init__(calls, OnAsyncEngine(engine, on_server=calls.on_server))

    def within(
        self, transaction: AsyncConnection | AsyncSession, *, snapshot_ok: bool = False
    ) -> AsyncStoreWithin:
        """
        Return the same store within a transaction of the host, which alone commits it or rolls it back.

        Until then nobody else sees what is written, and other commands for the same tenant wait: keep it short. What a
        verb returned is true once the host has committed.

        Args:
            transaction: A connection or session of SQLAlchemy, on the same database.
            snapshot_ok: Decide also where the transaction keeps to an older snapshot (REPEATABLE READ, SERIALIZABLE):
                a revocation that was committed since it began is not seen then.

        Raises:
            InvalidInput: If *transaction* is none, or is one of SQLite; at the first write if it commits each statement
                by itself.
        """
        self._calls.refuse_without_savepoints()
        a_kind_of("transaction", transaction, AsyncConnection, AsyncSession)
        return AsyncStoreWithin(self._calls, AsyncWithin(transaction, snapshot_ok=snapshot_ok))

    def __reduce__(self) -> NoReturn:
        msg = "an AsyncSQLStore holds an engine: make it where it is used"
        raise TypeError(msg)
