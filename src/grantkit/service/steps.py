"""
Steps: what a verb asks of a store, one at a time, for the sync and the async driver alike.

A verb is a generator that yields steps and returns its result; it holds the order of things, and a driver only carries
the steps out.
"""

from collections.abc import Callable, Generator, Mapping
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar, cast

import attrs

from grantkit.codec import open_entry
from grantkit.decision import TenantFacts
from grantkit.errors import Corrupt, InvalidInput
from grantkit.lifecycle import Slice, Want, wanted_above
from grantkit.model import (
    AccessRequest,
    Consent,
    Cursor,
    Entry,
    Event,
    Grant,
    Head,
    Lag,
    LedgerHead,
    Row,
    RowKey,
    Session,
    Usage,
    Use,
)
from grantkit.ports import Batch, Behind, Found, Query, SessionsOf, TenantsOf, UsagesOf, UsesOf

T = TypeVar("T")
_ROWS = (Grant, Consent, AccessRequest)

PAGE = 500
"""How many rows are asked of a store at once."""


def _as_it_is(given: object) -> object:
    return given


@attrs.frozen
class Step:
    """
    One call of the store.

    Attributes:
        method: Which method of the port.
        args: Its arguments.
    """

    method: str
    args: tuple[object, ...]


@attrs.frozen
class Outside:
    """
    One call of the host's own code, which may take long and fail: its directory, its notifier.

    Attributes:
        call: The call; the async driver awaits what it gives, where that can be awaited.
        read: What is made of it, still under the eyes of the driver: what a host gives may be lazy, and fail as it is
            read.
    """

    call: Callable[[], object]
    read: Callable[[Any], object] = _as_it_is


@attrs.frozen
class Pause:
    """
    A while in which others get their turn.

    Attributes:
        seconds: How long.
    """

    seconds: float


@attrs.frozen
class Came:
    """What came of a call of the host's own code: what it returned, or the error that it raised."""

    value: Any = None
    error: Exception | None = None


AnyStep: TypeAlias = Step | Outside | Pause
Steps: TypeAlias = Generator[AnyStep, Any, T]


def outside(call: Callable[[], object], read: Callable[[Any], object] = _as_it_is) -> Steps[Came]:
    """Ask the host's own code, and return what came of it, be it an error."""
    found: Came = yield Outside(call, read)
    return found


def load(tenant: str, want: Want) -> Steps[Slice]:
    """
    Ask for a slice.

    Raises:
        Corrupt: If what comes back has rows of another tenant, or under another key: they must not be written on.
    """
    found: object = yield Step("load", (tenant, want))
    if not isinstance(found, Slice):
        raise Corrupt(what="no slice")
    made: tuple[tuple[str, Found], ...] = (
        *found.grants.items(),
        *found.consents.items(),
        *found.requests.items(),
    )
    sound = (
        found.head.tenant == tenant
        and all((key, tenant) == (one.id, one.tenant) for key, one in made)
        and all(key == stance.agent for key, stance in found.stances.items())
    )
    if not sound:
        raise Corrupt(what="rows of another tenant, or under another key")
    return found


def load_whole(tenant: str, want: Want) -> Steps[Slice]:
    """Ask for a slice, with all that its grants rest on: read anew for each step up, so that it is of one moment."""
    found = yield from load(tenant, want)
    while (above := wanted_above(found)) is not None and not {*above.grants} <= {*want.grants}:
        want = attrs.evolve(
            want, grants=(*want.grants, *above.grants), consents=(*want.consents, *above.consents)
        )
        found = yield from load(tenant, want)
    return found


def load_head(tenant: str) -> Steps[Head]:
    """Ask where a record stands."""
    found = yield from load(tenant, Want())
    return found.head


def ledger_head(head: Head) -> LedgerHead:
    """
    Return where a record stands, from the row of its head.

    Raises:
        Corrupt: If no record can stand there.
    """
    try:
        return LedgerHead(tenant=head.tenant, seq=head.seq, hash=head.hash)
    except InvalidInput as error:
        raise Corrupt(what="a head that is none") from error


def append(tenant: str, expected_head: int, batch: Batch) -> Steps[None]:
    """Ask to write a batch, if the head is still where it was."""
    yield Step("append", (tenant, expected_head, batch))


def entries(tenant: str, after: int, limit: int) -> Steps[tuple[Entry, ...]]:
    """Ask for a page of a record, as it lies there."""
    found: tuple[Entry, ...] = yield Step("events", (tenant, after, limit))
    return found


def events(tenant: str, after: int, limit: int) -> Steps[tuple[Event, ...]]:
    """
    Ask for a page of a record, and read it.

    Raises:
        Corrupt: If what comes back is not of this tenant, not in order, or cannot be read.
    """
    page = yield from entries(tenant, after, limit)
    found = tuple(open_entry(entry) for entry in page)
    seqs = [event.seq for event in found]
    if len(found) > limit or seqs != sorted(set(seqs)) or any(event.tenant != tenant for event in found):
        raise Corrupt(what="entries of another tenant, or out of order")
    return found


def rows(tenant: str) -> Steps[Mapping[RowKey, Row | None]]:
    """Ask for the whole projection of a tenant."""
    found: Mapping[RowKey, Row | None] = yield Step("rows", (tenant,))
    return found


def find(query: Query) -> Steps[tuple[Found, ...]]:
    """
    Ask for a page of rows.

    Raises:
        Corrupt: If more comes back than was asked for, or what is no row.
    """
    found: tuple[Found, ...] = yield Step("find", (query,))
    if len(found) > query.limit or not all(
        isinstance(each, _ROWS) for each in cast("tuple[object, ...]", found)
    ):
        raise Corrupt(what="a page of something else")
    return found


def sessions(query: SessionsOf) -> Steps[tuple[Session, ...]]:
    """
    Ask for a page of sessions.

    Raises:
        Corrupt: If more comes back than was asked for, of another tenant, or out of order.
    """
    found: tuple[Session, ...] = yield Step("sessions", (query,))
    seqs = [each.seq for each in found]
    sound = len(found) <= query.limit and all(each.tenant == query.tenant for each in found)
    if not sound or seqs != sorted(seqs) or any(seq <= query.after for seq in seqs):
        raise Corrupt(what="a page of other sessions")
    return found


def usages(query: UsagesOf) -> Steps[tuple[Usage, ...]]:
    """Ask for a page of usages; one out of order is :class:`Corrupt`."""
    found: tuple[Usage, ...] = yield Step("usages", (query,))
    keys = [(each.grant, each.agent) for each in found]
    if len(found) > query.limit or keys != sorted(set(keys)) or any(key <= query.after for key in keys):
        raise Corrupt(what="a page of other usages")
    return found


def uses(query: UsesOf) -> Steps[tuple[tuple[str, Use], ...]]:
    """Ask for a page of uses that lie beside records; one out of order is :class:`Corrupt`."""
    found: tuple[tuple[str, Use], ...] = yield Step("uses", (query,))
    keys = [(tenant, *use.key) for tenant, use in found]
    past = query.after is None or all(key > query.after for key in keys)
    if len(found) > query.limit or keys != sorted(set(keys)) or not past:
        raise Corrupt(what="a page of other uses")
    return found


def count(tenant: str, use: Use) -> Steps[None]:
    """Ask to count uses beside a record."""
    yield Step("count", (tenant, use))


def cursor_of(consumer: str, tenant: str) -> Steps[Cursor]:
    """Ask how far a consumer has taken a record."""
    found: Cursor = yield Step("cursor", (consumer, tenant))
    return found


def advance(consumer: str, tenant: str, cursor: Cursor) -> Steps[None]:
    """Ask to keep how far a consumer has taken a record."""
    yield Step("advance", (consumer, tenant, cursor))


def behind(query: Behind) -> Steps[tuple[Lag, ...]]:
    """
    Ask for a page of the records that a consumer is behind.

    Raises:
        Corrupt: If more comes back than was asked for, or it is out of order.
    """
    found: tuple[Lag, ...] = yield Step("behind", (query,))
    names = [each.tenant for each in found]
    if len(found) > query.limit or names != sorted(set(names)) or any(name <= query.after for name in names):
        raise Corrupt(what="a page of other records")
    return found


def tenants(query: TenantsOf) -> Steps[tuple[TenantFacts, ...]]:
    """Ask for the facts of a page of tenants."""
    found: tuple[TenantFacts, ...] = yield Step("tenants", (query,))
    return found


def documents(digests: tuple[str, ...]) -> Steps[Mapping[str, bytes]]:
    """Ask for rule documents; what is not the document of its digest is left out."""
    found: Mapping[str, bytes] = yield Step("documents", (digests,))
    return {digest: sealed for digest, sealed in found.items() if sha256(sealed).hexdigest() == digest}
