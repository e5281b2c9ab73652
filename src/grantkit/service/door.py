"""The door: what every verb goes through, whatever it does."""

from typing import overload

from grantkit.errors import Unavailable
from grantkit.ports import Store
from grantkit.service.delivery import Delivery
from grantkit.service.driver import drive
from grantkit.service.guarded import GuardedStore
from grantkit.service.ledger import Ledger
from grantkit.service.plan import Command, Q, R, plan
from grantkit.service.settings import Settings


class Door(Settings[Store]):
    """The store, the host, and the way in which a command is carried out."""

    ledger: Ledger
    delivery: Delivery

    def _open(self, store: Store) -> None:
        self._store = store
        self._guarded = GuardedStore(store)
        self.ledger = Ledger(self._guarded, self._host)
        self.delivery = Delivery(self._guarded, self._host)

    @overload
    def _run(self, command: Command, kind: type[R]) -> R: ...
    @overload
    def _run(self, command: Command, kind: type[R], other: type[Q]) -> R | Q: ...
    def _run(self, command: Command, kind: type[R], other: type[Q] | None = None) -> R | Q:
        found = drive(self._guarded, lambda: plan(self._host, command))
        if isinstance(found, kind) or (other is not None and isinstance(found, other)):
            return found
        raise Unavailable(what="the result of the command")

    def _do(self, command: Command) -> None:
        drive(self._guarded, lambda: plan(self._host, command))
