"""The blocking store on a server."""

from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session as HostSession

from grantkit.decision import TenantFacts
from grantkit.inputs import a_kind_of, instance_of
from grantkit.lifecycle import Slice, Want
from grantkit.model import Cursor, Entry, Holder, Lag, Row, RowKey, Session, Usage, Use
from grantkit.ports import Batch, Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf
from grantkit.stores.sql.calls import Calls
from grantkit.stores.sql.running import OnEngine, Runner, Within, connection_of
from grantkit.stores.sql.tables import Tables


class _Calling:
    """Every call of the port, made by whoever carries calls out."""

    def __init__(self, calls: Calls, runner: Runner) -> None:
        self._calls = calls
        self._runner = runner

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision: one round trip, where no grant rests on anything."""
        ok = self._runner.snapshot_ok
        return self._runner.read(self._calls.read(tenant, agent, holders, alive_after, snapshot_ok=ok))

    def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        return self._runner.read(self._calls.load(tenant, want))

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        self._runner.write(self._calls.append(tenant, expected_head, batch))

    def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return entries of a tenant, in order."""
        return self._runner.read(self._calls.events(tenant, after, limit))

    def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """Return the whole projection of a tenant."""
        return self._runner.read(self._calls.rows(tenant))

    def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return rule documents."""
        return self._runner.read(self._calls.documents(digests))

    def find(self, query: Query) -> tuple[Found, ...]:
        """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
        return self._runner.read(self._calls.find(query))

    def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return a page of the sessions of a tenant."""
        return self._runner.read(self._calls.sessions(query))

    def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return a page of the usages of a tenant."""
        return self._runner.read(self._calls.usages(query))

    def count(self, tenant: str, use: Use) -> None:
        """Count uses beside the record of a tenant."""
        self._runner.write(self._calls.count(tenant, use))

    def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return a page of the uses that lie beside records."""
        return self._runner.read(self._calls.uses(query))

    def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has taken a record."""
        return self._runner.read(self._calls.cursor(consumer, tenant))

    def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has taken a record."""
        self._runner.write(self._calls.advance(consumer, tenant, cursor))

    def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return a page of the records that go further than a consumer has taken them."""
        return self._runner.read(self._calls.behind(query))

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        return self._runner.read(self._calls.tenants(query, snapshot_ok=self._runner.snapshot_ok))


class StoreWithin(_Calling):
    """
    The store within a transaction of the host: see :meth:`SQLStore.within`.

    As a session or connection of SQLAlchemy, it is for one thread at a time.
    """


class SQLStore(_Calling):
    """
    Keeps everything in PostgreSQL, through the host's own engine: many processes, on many machines.

    Every call takes a connection of the engine's pool and gives it back. The engine decides how many there are, how
    long one waits for the server, and what is done about connections that went stale (``pool_pre_ping``).
    """

    def __init__(self, engine: Engine, tables: Tables) -> None:
        """
        Keep records in *tables*, which the host's migrations have made; nothing is asked of the database yet.

        Args:
            engine: The host's, for the primary.
            tables: As :func:`grantkit_tables` put them onto the host's metadata.

        Raises:
            InvalidInput: If *engine* is none, or of another database than PostgreSQL (or SQLite, in tests).
        """
        a_kind_of("engine", engine, Engine)
        instance_of("tables", tables, Tables)
        calls = Calls(tables, engine.dialect)
        super().__init__(calls, OnEngine(engine, on_server=calls.on_server))

    def within(self, transaction: Connection | HostSession, *, snapshot_ok: bool = False) -> StoreWithin:
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
        a_kind_of("transaction", transaction, Connection, HostSession)
        return StoreWithin(self._calls, Within(connection_of(transaction), snapshot_ok=snapshot_ok))

    def __reduce__(self) -> NoReturn:
        msg = "a SQLStore holds an engine: make it where it is used"
        raise TypeError(msg)
