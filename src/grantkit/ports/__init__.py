"""
What the outside provides: a clock, a store, ids, who people are, how they are told, and the rights of members.

A store returns facts and never judges time: it has no clock, every bound is an argument, and the core judges each row
again. Finished tuples come out, never views or iterators. The only errors it raises are
:class:`~grantkit.errors.HeadMoved` and :class:`~grantkit.errors.StoreError`; whatever else escapes is treated as a
failure.

For :class:`~grantkit.AsyncSupportAccess` a store is async: the same methods, awaited. ``grantkit.ports.aio`` is made
from the ports here.
"""

from grantkit.ports.aio import AsyncCursors, AsyncDirectory, AsyncMemberRights, AsyncNotifier, AsyncStore
from grantkit.ports.batch import Batch
from grantkit.ports.host import Clock, IdFactory
from grantkit.ports.people import Directory, MemberRights, Notifier
from grantkit.ports.queries import (
    Behind,
    ConsentsOf,
    Due,
    Found,
    GrantsOf,
    Query,
    RequestsOf,
    SessionsOf,
    TenantsOf,
    UsagesOf,
    UsesOf,
)
from grantkit.ports.store import Cursors, Store

__all__ = [
    "AsyncCursors",
    "AsyncDirectory",
    "AsyncMemberRights",
    "AsyncNotifier",
    "AsyncStore",
    "Batch",
    "Behind",
    "Clock",
    "ConsentsOf",
    "Cursors",
    "Directory",
    "Due",
    "Found",
    "GrantsOf",
    "IdFactory",
    "MemberRights",
    "Notifier",
    "Query",
    "RequestsOf",
    "SessionsOf",
    "Store",
    "TenantsOf",
    "UsagesOf",
    "UsesOf",
]
