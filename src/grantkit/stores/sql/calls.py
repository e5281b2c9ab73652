"""Every call of the store port as what it asks: the same for the blocking and the async store."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Dialect

from grantkit.decision import TenantFacts
from grantkit.errors import InvalidInput
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want
from grantkit.model import Cursor, Entry, Holder, Lag, Row, RowKey, Session, Usage, Use, micros
from grantkit.ports import Batch, Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf
from grantkit.stores.sql import following, paging
from grantkit.stores.sql.asks import Asks
from grantkit.stores.sql.reading import read_facts, read_tenants
from grantkit.stores.sql.reads import Reads
from grantkit.stores.sql.slicing import read_slice
from grantkit.stores.sql.tables import Tables
from grantkit.stores.sql.whole import Whole
from grantkit.stores.sql.writing import Writes, count_use, write


class Calls:
    """The calls of one store, over its tables and in the dialect of its database."""

    def __init__(self, tables: Tables, dialect: Dialect) -> None:
        """
        Make the statements.

        Raises:
            InvalidInput: If the database is another than PostgreSQL, or SQLite for tests: what the others keep and
                lock has not been tried.
        """
        if dialect.name not in ("postgresql", "sqlite"):
            wants = "an engine for PostgreSQL (or SQLite, in tests)"
            raise InvalidInput(field="engine", code="unknown", wants=wants)
        self.on_server = dialect.name == "postgresql"
        self.tables = tables
        self._reads = Reads(tables, dialect)
        self._writes = Writes(tables, on_server=self.on_server)
        self._whole = Whole(tables)

    def refuse_without_savepoints(self) -> None:
        """
        Refuse to work within a transaction of the host on SQLite: Python's driver commits it with our savepoint.

        Raises:
            InvalidInput: If the database is none with a server.
        """
        if not self.on_server:
            wants = "a transaction of PostgreSQL; in tests on SQLite, use the store itself"
            raise InvalidInput(field="transaction", code="unknown", wants=wants)

    def read(
        self,
        tenant: str,
        agent: str,
        holders: tuple[Holder, ...],
        alive_after: datetime,
        *,
        snapshot_ok: bool,
    ) -> Asks[TenantFacts]:
        """Return the facts for a decision."""
        return read_facts(self._reads, tenant, agent, holders, micros(alive_after), snapshot_ok=snapshot_ok)

    def load(self, tenant: str, want: Want) -> Asks[Slice]:
        """Return what a command wants."""
        return read_slice(self._reads, tenant, want)

    def append(self, tenant: str, expected_head: int, batch: Batch) -> Asks[None]:
        """Write a batch if the head is where it is expected."""
        return write(self._writes, tenant, expected_head, batch)

    def events(self, tenant: str, after: int, limit: int) -> Asks[tuple[Entry, ...]]:
        """Return entries of a tenant, in order."""
        return paging.read_entries(self.tables, tenant, after, limit)

    def rows(self, tenant: str) -> Asks[Mapping[RowKey, Row | None]]:
        """Return the whole projection of a tenant."""
        return self._whole.read_rows(tenant)

    def documents(self, digests: tuple[str, ...]) -> Asks[Mapping[str, bytes]]:
        """Return rule documents."""
        return FrozenMap((yield from paging.read_documents(self.tables, digests)))

    def find(self, query: Query) -> Asks[tuple[Found, ...]]:
        """Return a page of grants, consents or requests of a tenant, or of what is due to be recorded."""
        return paging.find_rows(self.tables, query)

    def sessions(self, query: SessionsOf) -> Asks[tuple[Session, ...]]:
        """Return a page of the sessions of a tenant."""
        return paging.find_sessions(self.tables, query)

    def usages(self, query: UsagesOf) -> Asks[tuple[Usage, ...]]:
        """Return a page of the usages of a tenant."""
        return paging.find_usages(self.tables, query)

    def count(self, tenant: str, use: Use) -> Asks[None]:
        """Count uses beside the record of a tenant."""
        return count_use(self._writes, tenant, use)

    def uses(self, query: UsesOf) -> Asks[tuple[tuple[str, Use], ...]]:
        """Return a page of the uses that lie beside records."""
        return paging.find_uses(self.tables, query)

    def cursor(self, consumer: str, tenant: str) -> Asks[Cursor]:
        """Return how far a consumer has taken a record."""
        return following.read_cursor(self.tables, consumer, tenant)

    def advance(self, consumer: str, tenant: str, cursor: Cursor) -> Asks[None]:
        """Keep how far a consumer has taken a record."""
        return following.advance(self.tables, consumer, tenant, cursor, on_server=self.on_server)

    def behind(self, query: Behind) -> Asks[tuple[Lag, ...]]:
        """Return a page of the records that go further than a consumer has taken them."""
        return paging.find_behind(self.tables, query)

    def tenants(self, query: TenantsOf, *, snapshot_ok: bool) -> Asks[tuple[TenantFacts, ...]]:
        """Return the facts of the tenants where a holder has a grant that is not over."""
        return read_tenants(self._reads, query, snapshot_ok=snapshot_ok)
