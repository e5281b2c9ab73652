"""
Carrying out what a call asks, awaited: as ``running``, on an asynchronous engine.

Each call is carried out by the same function as on a blocking connection, in SQLAlchemy's own bridge (``run_sync``):
whatever waits there is awaited here.
"""

from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from grantkit.stores.sql.asks import Asks
from grantkit.stores.sql.failures import told
from grantkit.stores.sql.running import by_the_driver, carry_out, refuse_autocommit

T = TypeVar("T")


class AsyncRunner(Protocol):
    """Carries out calls: those that read, and those that write all or nothing."""

    @property
    def snapshot_ok(self) -> bool:
        """Whether to decide also where a committed revocation might not be seen."""
        ...

    async def read(self, asks: Asks[T]) -> T:
        """Return what *asks* reads."""
        ...

    async def write(self, asks: Asks[T]) -> T:
        """Let *asks* write."""
        ...


class OnAsyncEngine:
    """Connections of the engine's pool, one for each call; see :class:`~grantkit.stores.sql.running.OnEngine`."""

    snapshot_ok = True

    def __init__(self, engine: AsyncEngine, *, on_server: bool) -> None:
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writing = engine.execution_options(isolation_level="READ COMMITTED") if on_server else engine

    async def read(self, asks: Asks[T]) -> T:
        """Return what *asks* reads."""
        with told():
            async with self._reading.connect() as connection:
                return await connection.run_sync(carry_out, asks, by_the_driver)

    async def write(self, asks: Asks[T]) -> T:
        """Let *asks* write, and commit: all of it or nothing."""
        with told():
            async with self._writing.connect() as connection:
                done = await connection.run_sync(carry_out, asks)
                with told(at_commit=True):
                    await connection.commit()
                return done


class AsyncWithin:
    """The host's own transaction, which the host ends; see :class:`~grantkit.stores.sql.running.Within`."""

    def __init__(self, source: AsyncConnection | AsyncSession, *, snapshot_ok: bool) -> None:
        self._source = source
        self.snapshot_ok = snapshot_ok

    async def read(self, asks: Asks[T]) -> T:
        """Return what *asks* reads, with all that the transaction has written."""
        with told():
            connection = await self._connection()
            return await connection.run_sync(carry_out, asks)

    async def write(self, asks: Asks[T]) -> T:
        """Let *asks* write: kept when the host commits."""
        with told():
            connection = await self._connection()
            if connection.sync_connection is not None:
                refuse_autocommit(connection.sync_connection)
            async with connection.begin_nested():
                return await connection.run_sync(carry_out, asks)

    async def _connection(self) -> AsyncConnection:
        return await self._source.connection() if isinstance(self._source, AsyncSession) else self._source
