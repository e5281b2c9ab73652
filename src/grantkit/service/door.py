"""The door: what every verb goes through, whatever it does."""

from collections.abc import Callable
from typing import TypeVar, overload

from grantkit.clocks import SystemClock
from grantkit.decision import SAFE
from grantkit.errors import InvalidInput, Unavailable
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Predicates, SamePerson
from grantkit.ports import Clock, IdFactory, MemberRights, Store
from grantkit.service.delivery import Delivery
from grantkit.service.driver import drive
from grantkit.service.guard import GuardedStore
from grantkit.service.host import Host, RulesSource
from grantkit.service.ids import random_id, random_seed
from grantkit.service.ledger import Ledger
from grantkit.service.plan import Command, Result, plan

R = TypeVar("R", bound=Result)
Q = TypeVar("Q", bound=Result)


class Door:
    """The store, the host, and the way in which a command is carried out."""

    def __init__(
        self,
        store: Store,
        *,
        rules: RulesSource | None = None,
        clock: Clock | None = None,
        id_factory: IdFactory = random_id,
        salts: Callable[[], bytes] = random_seed,
        predicates: Predicates | None = None,
        member_rights: MemberRights | None = None,
        same_person: SamePerson | None = None,
    ) -> None:
        """
        Set up support access over a store.

        Args:
            store: Where the records are kept.
            rules: The rule set of every tenant, or a callable that gives the one of a tenant, and ``None`` for a
                tenant that does not exist; the safe rules by default. A callable is asked at every call, so it had
                better keep what it has made. For notices of the vendor's own record (somebody was suspended) it is
                asked for :data:`~grantkit.VENDOR`: ``None`` tells nobody.
            clock: Tells the time; the system's clock by default.
            id_factory: Makes ids; random ones by default.
            salts: Gives random bytes, at least 16, for the salts of texts that can be erased; a test may fix them.
            predicates: The host's eligibility predicates, by the names that rules use; none by default.
            member_rights: What members may do by themselves; needed where agents act as members.
            same_person: Whether an agent and a member, or two ids on one side, are one person: nobody decides their
                own request, and one person counts once. Equal ids always are; only exactly ``False`` is a no.

        Raises:
            InvalidInput: If the store is a class, or the rules name a predicate that is not given or a zone that does
                not exist.
        """
        if isinstance(store, type):
            raise InvalidInput(
                field="store", code="wrong_type", wants="a store, such as MemoryStore(), and not its class"
            )
        self._store = store
        self._guarded = GuardedStore(store)
        self._host = Host(
            rules=SAFE if rules is None else rules,
            clock=SystemClock() if clock is None else clock,
            new_id=id_factory,
            new_seed=salts,
            predicates=FrozenMap() if predicates is None else predicates,
            rights=member_rights,
            same_person=same_person,
        )
        self.ledger = Ledger(self._guarded, self._host)
        self.delivery = Delivery(self._guarded, self._host)

    @property
    def clock(self) -> Clock:
        """
        What tells the time of every call, of the ledger's and of the deliveries' too.

        A test exchanges it: ``monkeypatch.setattr(access, "clock", FakeClock(...))``. In production a clock that is
        turned gives wrong answers until the record has caught up, as any wrong clock does.
        """
        return self._host.clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self._host.clock = clock

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
