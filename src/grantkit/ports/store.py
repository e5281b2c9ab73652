"""The store: where records and their projection are kept, and how far each consumer has taken them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from grantkit.decision import TenantFacts
from grantkit.lifecycle import Slice, Want
from grantkit.model import (
    Cursor,
    Entry,
    Holder,
    Lag,
    Row,
    RowKey,
    Session,
    Usage,
    Use,
)
from grantkit.ports.batch import Batch
from grantkit.ports.queries import Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf


class Cursors(Protocol):
    """How far each consumer has taken each record. Cursors are no part of a record: no head moves with them."""

    def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far *consumer* has taken the record of *tenant*: not at all, where it never began."""
        ...

    def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """
        Keep, durably, that *consumer* has come to *cursor*; it never goes back.

        Where the record has no entry of that sequence and hash, nothing is kept: it was forgotten, and may have begun
        anew. At the place where it is already, whom has been told adds up.
        """
        ...

    def behind(self, query: Behind) -> tuple[Lag, ...]:
        """Return up to ``query.limit`` records, the vendor's own too, in the order that the query says."""
        ...


class Store(Cursors, Protocol):
    """
    Where records and their projection are kept. Tenants never see each other; ids are compared byte for byte.

    A record is kept as sealed bytes, which a store neither reads nor changes; only texts beside them may go. Wherever a
    tenant is named, it may also be :data:`~grantkit.VENDOR`, the vendor's own record.
    """

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """
        Return the facts for a decision: the hot path, one consistent snapshot.

        Args:
            tenant: Whose record; one that was never written to gives a head at 0 and nothing else.
            agent: Who asks; the facts are marked as read for it and carry its stance.
            holders: As whom it may hold grants.
            alive_after: Every grant of *holders* whose over-at is after this instant is returned, scheduled ones too,
                and for each holder those that share the greatest over-at that is not; more does no harm.

        Returns:
            Facts that also hold the consents of *holders*, and the sessions of *agent*, that are over after
            *alive_after*, all ancestors of the
            grants returned, be they grants or consents, the stances of the agents whom any of it names, and which of
            these and of *agent* are suspended: have a freeze in the vendor's own record, read in the same snapshot.
        """
        ...

    def load(self, tenant: str, want: Want) -> Slice:
        """
        Return what a command wants: one consistent snapshot.

        Rows by id are found only at *tenant*. Added are the stances of the agents whom a found row names
        (:func:`~grantkit.lifecycle.agents_of`), and which of all these agents are suspended.
        """
        ...

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """
        Write *batch*, all of it or nothing, durably, if the head of *tenant* is still at *expected_head*.

        It must also have the hash that the batch follows.

        Raises:
            HeadMoved: If it is not, or the record that the batch forgets is not where it was; nothing was written.
            Corrupt: If a text that the batch erases, or a use that it spends, is not there; nothing was written.
        """
        ...

    def events(self, tenant: str, after: int, limit: int) -> tuple[Entry, ...]:
        """Return up to *limit* entries of *tenant* past the sequence *after*, in order, with what texts are left."""
        ...

    def rows(self, tenant: str) -> Mapping[RowKey, Row | None]:
        """
        Return the whole projection of *tenant* as it lies there, one consistent snapshot, for ``ledger.verify``.

        A row that cannot be read, or that an index of the store does not agree with, is given as ``None``.
        """
        ...

    def documents(self, digests: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return the rule documents with these digests; absent ones are left out."""
        ...

    def find(self, query: Query) -> tuple[Found, ...]:
        """Return up to ``query.limit`` rows of the kind that is asked for, in the order that the query says."""
        ...

    def sessions(self, query: SessionsOf) -> tuple[Session, ...]:
        """Return up to ``query.limit`` sessions, in the order that the query says."""
        ...

    def usages(self, query: UsagesOf) -> tuple[Usage, ...]:
        """Return up to ``query.limit`` usages, in the order that the query says."""
        ...

    def count(self, tenant: str, use: Use) -> None:
        """
        Add ``use.count`` uses of a grant by an agent within an hour to what is counted beside the record, durably.

        They are no part of the record: no head moves. Where there is no record, nothing is counted.
        """
        ...

    def uses(self, query: UsesOf) -> tuple[tuple[str, Use], ...]:
        """Return up to ``query.limit`` of the uses that lie beside records, each with its tenant."""
        ...

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of up to ``query.limit`` tenants, in the order of their ids."""
        ...
