"""
What the outside provides: a clock, a store, ids, and the rights of members where somebody is acted as.

A store returns facts and never judges time: it has no clock, every bound is an argument, and the core judges each row
again. Finished tuples come out, never views or iterators. The only errors it raises are
:class:`~grantkit.errors.HeadMoved` and :class:`~grantkit.errors.StoreError`; whatever else escapes is treated as a
failure.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import attrs

from grantkit.decision import TenantFacts
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want
from grantkit.model import Event, Grant, Holder, Row, RowKey
from grantkit.rules import AccessRules


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
        events: In order, their sequences without gaps, beginning after the expected head.
        rows: The rows that the events change, as they are afterwards.
        documents: Rule documents by digest; the same digest always stands for the same document.
    """

    events: tuple[Event, ...]
    rows: Mapping[RowKey, Row]
    documents: Mapping[str, AccessRules] = FrozenMap()


@attrs.frozen(kw_only=True)
class GrantsOf:
    """The grants of a tenant in the order of their consent: those whose consent sequence is past *after*."""

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
    """Grants of any tenant whose window closes at or before *by* and that have no recorded end, the earliest first."""

    by: datetime
    limit: int


class Store(Protocol):
    """Where records and their projection are kept. Tenants never see each other; ids are compared byte for byte."""

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
            Facts that also hold all ancestors of what is returned, and the stances of the agents who hold those.
        """
        ...

    def load(self, tenant: str, want: Want) -> Slice:
        """
        Return what a command wants: one consistent snapshot.

        Grants by id are found only at *tenant*; the stances of agents who hold a found grant are added.
        """
        ...

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """
        Write *batch*, all of it or nothing, durably, if the head of *tenant* is still at *expected_head*.

        Raises:
            HeadMoved: If it is not; nothing was written.
        """
        ...

    def events(self, tenant: str, after: int, limit: int) -> tuple[Event, ...]:
        """Return up to *limit* events of *tenant* whose sequence is past *after*, in order."""
        ...

    def grants(self, query: GrantsOf | Due) -> tuple[Grant, ...]:
        """Return up to ``query.limit`` grants."""
        ...

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of up to ``query.limit`` tenants, in the order of their ids."""
        ...
