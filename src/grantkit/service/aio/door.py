# Made from src/grantkit/service/door.py by `python tools/twin.py`: edit that, and run this.
"""The door: what every verb goes through, whatever it does."""

from typing import overload

from grantkit.errors import Unavailable
from grantkit.ports import AsyncStore
from grantkit.service.aio.delivery import AsyncDelivery
from grantkit.service.aio.guarded import AsyncGuardedStore
from grantkit.service.aio.ledger import AsyncLedger
from grantkit.service.driver import drive_async
from grantkit.service.plan import Command, Q, R, plan
from grantkit.service.settings import Settings


class AsyncDoor(Settings[AsyncStore]):
    """The store, the host, and the way in which a command is carried out."""

    ledger: AsyncLedger
    delivery: AsyncDelivery

    def _open(self, store: AsyncStore) -> None:
        self._store = store
        self._guarded = AsyncGuardedStore(store)
        self.ledger = AsyncLedger(self._guarded, self._host)
        self.delivery = AsyncDelivery(self._guarded, self._host)

    @overload
    async def _run(self, command: Command, kind: type[R]) -> R: ...
    @overload
    async def _run(self, command: Command, kind: type[R], other: type[Q]) -> R | Q: ...
    async def _run(self, command: Command, kind: type[R], other: type[Q] | None = None) -> R | Q:
        found = await drive_async(self._guarded, lambda: plan(self._host, command))
        if isinstance(found, kind) or (other is not None and isinstance(found, other)):
            return found
        raise Unavailable(what="the result of the command")

    async def _do(self, command: Command) -> None:
        await drive_async(self._guarded, lambda: plan(self._host, command))
