"""A store whose failures are typed: whatever else a store raises, hosts get one error for it."""

from collections.abc import Callable
from datetime import datetime
from typing import ParamSpec, TypeVar

from grantkit.decision import TenantFacts
from grantkit.errors import GrantkitError, Unavailable
from grantkit.lifecycle import Slice, Want
from grantkit.model import Event, Grant, Holder
from grantkit.ports import Batch, Due, GrantsOf, Store, TenantsOf

P = ParamSpec("P")
T = TypeVar("T")


class GuardedStore:
    """The host's store: every error that is not grantkit's own becomes :class:`~grantkit.errors.Unavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        """Return the facts for a decision."""
        return _typed(self._store.read, tenant, agent, holders, alive_after)

    def load(self, tenant: str, want: Want) -> Slice:
        """Return what a command wants."""
        return _typed(self._store.load, tenant, want)

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        """Write a batch if the head is where it is expected."""
        _typed(self._store.append, tenant, expected_head, batch)

    def events(self, tenant: str, after: int, limit: int) -> tuple[Event, ...]:
        """Return events of a tenant, in order."""
        return _typed(self._store.events, tenant, after, limit)

    def grants(self, query: GrantsOf | Due) -> tuple[Grant, ...]:
        """Return grants."""
        return _typed(self._store.grants, query)

    def tenants(self, query: TenantsOf) -> tuple[TenantFacts, ...]:
        """Return the facts of tenants."""
        return _typed(self._store.tenants, query)


def _typed(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return ask(*args, **kwargs)
    except GrantkitError:
        raise
    except Exception as error:
        raise Unavailable(what="the store") from error
