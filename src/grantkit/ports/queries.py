"""What a store is asked for in pages, one class for each question. A time is always an argument."""

from datetime import datetime
from typing import TypeAlias

import attrs

from grantkit.model import AccessRequest, Consent, Grant, Holder


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
