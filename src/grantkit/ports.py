"""
What the outside provides: a clock, a store, ids, and the rights of members where somebody is acted as.

A store returns facts and never judges time: it has no clock, every bound is an argument, and the core judges each row
again. Finished tuples come out, never views or iterators. The only errors it raises are
:class:`~grantkit.errors.HeadMoved` and :class:`~grantkit.errors.StoreError`; whatever else escapes is treated as a
failure.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeAlias

import attrs

from grantkit.decision import TenantFacts
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want
from grantkit.model import (
    NO_HASH,
    AccessRequest,
    Consent,
    Cursor,
    Entry,
    Grant,
    Holder,
    Lag,
    LedgerHead,
    Row,
    RowKey,
    Session,
    TextKey,
    Usage,
    Use,
)


class Clock(Protocol):
    """Tells the time; nothing else in grantkit does."""

    def now(self) -> datetime:
        """Return the present instant as an aware datetime."""
        ...


class MemberRights(Protocol):
    """What members may do by themselves; asked only where an agent acts as one, and able only to narrow (B10)."""

    def may(self, member: str, action: str, resource: str | None) -> bool:
        """Return exactly ``True`` if the member may; anything else, and any error, is a no."""
        ...


class IdFactory(Protocol):
    """Makes ids: random, opaque, never reissued. An id is never proof of anything."""

    def __call__(self, prefix: str) -> str:
        """Return a new id that begins with *prefix*, in the id grammar."""
        ...


@attrs.frozen(kw_only=True)
class Batch:
    """
    What one command writes: all of it or nothing.

    Attributes:
        entries: In order, their sequences without gaps, beginning after the expected head.
        rows: The rows that their events change, as they are afterwards.
        follows: The hash of the head that they follow. The sequence alone would not tell a record from the one that was
            begun anew when the first had been forgotten.
        documents: Rule documents by digest, as bytes that never change; kept once, whatever the tenant.
        erases: Texts that go for good, with their salts, wherever they lie beside earlier entries.
        spends: Uses that the events of the batch sum up: so many are taken from what is counted beside the record.
        forgets: A tenant whose entries, texts, rows and cursors go for good, if its record still stands at this head.
            Rule documents stay: other tenants may live by them.
    """

    entries: tuple[Entry, ...]
    rows: Mapping[RowKey, Row]
    follows: str = NO_HASH
    documents: Mapping[str, bytes] = FrozenMap()
    erases: tuple[TextKey, ...] = ()
    spends: "tuple[Use, ...]" = ()
    forgets: LedgerHead | None = None


@attrs.frozen(kw_only=True)
class GrantsOf:
    """The grants of a tenant in the order of their consent: those whose consent sequence is past *after*."""

    tenant: str
    after: int
    limit: int


@attrs.frozen(kw_only=True)
class ConsentsOf:
    """The consents of a tenant in their order: those whose consent sequence is past *after*."""

    tenant: str
    after: int
    limit: int


@attrs.frozen(kw_only=True)
class RequestsOf:
    """The requests of a tenant in the order in which they were asked: those whose sequence is past *after*."""

    tenant: str
    after: int
    limit: int


@attrs.frozen(kw_only=True)
class TenantsOf:
    """
    The tenants whose id is past *after* where one of *holders* has a grant that is over after *alive_after*, by id.

    Each comes with the facts that ``read`` would give for the same agent.
    """

    agent: str
    holders: tuple[Holder, ...]
    alive_after: datetime
    after: str
    limit: int


@attrs.frozen(kw_only=True)
class Due:
    """
    What is over by time alone at any tenant, and not recorded so, the earliest first, then by tenant and id.

    That is grants and consents without a recorded end whose window closes at or before *by*, and requests that are not
    settled and lapse at or before it.

    Attributes:
        by: The bound, itself included.
        after: Where to go on: instant, tenant and id of the last one of the page before, past which the next begins;
            one that cannot be recorded then starves no other.
        limit: How many at the most.
    """

    by: datetime
    after: "tuple[datetime, str, str] | None" = None
    limit: int


@attrs.frozen(kw_only=True)
class SessionsOf:
    """The sessions of a tenant in the order in which they were entered: those whose sequence is past *after*."""

    tenant: str
    after: int
    limit: int


@attrs.frozen(kw_only=True)
class UsagesOf:
    """The usages of a tenant in the order of grant and agent: those past *after*, such a pair."""

    tenant: str
    after: tuple[str, str]
    limit: int


@attrs.frozen(kw_only=True)
class UsesOf:
    """
    The uses of grants that were counted beside the record and lie there still, in the order of tenant and of the rest.

    Attributes:
        tenant: Of one tenant only; ``None`` for all.
        before: Only those whose hour began before this instant; ``None`` for all.
        after: Where to go on: tenant, grant, agent and hour of the last one of the page before.
        limit: How many at the most.
    """

    tenant: str | None
    before: datetime | None = None
    after: "tuple[str, str, str, datetime] | None" = None
    limit: int


@attrs.frozen(kw_only=True)
class Behind:
    """
    The records that go further than *consumer* has taken them, by tenant; of no consumer, all the records there are.

    Attributes:
        consumer: Whose cursors; ``None`` for nobody's, who has taken nothing.
        after: Only tenants whose id is past this one.
        limit: How many at the most.
    """

    consumer: str | None
    after: str = ""
    limit: int


Query: TypeAlias = GrantsOf | ConsentsOf | RequestsOf | Due
Found: TypeAlias = Grant | Consent | AccessRequest


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
