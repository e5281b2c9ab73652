"""The async door with the look of the plain one: each coroutine is stepped by hand, and no event loop is needed."""

from collections.abc import Coroutine
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from grantkit import AsyncSupportAccess
from grantkit.stores import AsyncMemoryStore, MemoryStore

T = TypeVar("T")


def stepped(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; what it waits for comes at once, as with a store in memory it does."""
    while True:
        try:
            work.send(None)
        except StopIteration as done:
            return done.value


class Awaited:
    """Whatever is async of a thing, made plain."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not iscoroutinefunction(found):
            return found
        return lambda *args, **kwargs: stepped(found(*args, **kwargs))


class AwaitedAccess(Awaited):
    """``AsyncSupportAccess``, as if it were ``SupportAccess``, over an async store or over a memory store."""

    def __init__(self, store: Any, **host: Any) -> None:
        over = AsyncMemoryStore(store) if isinstance(store, MemoryStore) else store
        access = AsyncSupportAccess(over, **host)
        super().__init__(access)
        self.ledger, self.delivery = Awaited(access.ledger), Awaited(access.delivery)
