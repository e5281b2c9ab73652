"""What a host sets up support access with, once for the sync and the async door."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import copy
from typing import Generic, Self, TypeVar

from grantkit.clocks import SystemClock
from grantkit.decision import SAFE
from grantkit.errors import InvalidInput
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Predicates, SamePerson
from grantkit.ports import AsyncMemberRights, AsyncStore, Clock, IdFactory, MemberRights, Store
from grantkit.service.host import Host, RulesSource
from grantkit.service.ids import random_id, random_seed

S = TypeVar("S", Store, AsyncStore)


class Settings(ABC, Generic[S]):
    """The host's settings, and the store that they are for."""

    def __init__(
        self,
        store: S,
        *,
        rules: RulesSource | None = None,
        clock: Clock | None = None,
        id_factory: IdFactory = random_id,
        salts: Callable[[], bytes] = random_seed,
        predicates: Predicates | None = None,
        member_rights: MemberRights | AsyncMemberRights | None = None,
        same_person: SamePerson | None = None,
    ) -> None:
        """
        Set up support access over a store.

        Args:
            store: Where the records are kept.
            rules: The rule set of every tenant, or a callable that gives the one of a tenant, and ``None`` for a
                tenant that does not exist; the safe rules by default. A callable is asked at every call, so it had
                better keep what it has made. For notices of the vendor's own record (somebody was suspended) it is
                asked for :data:`~grantkit.VENDOR`: ``None`` tells nobody. That of ``AsyncSupportAccess`` may be async.
            clock: Tells the time; the system's clock by default.
            id_factory: Makes ids; random ones by default.
            salts: Gives random bytes, at least 16, for the salts of texts that can be erased; a test may fix them.
            predicates: The host's eligibility predicates, by the names that rules use; none by default.
            member_rights: What members may do by themselves; needed where agents act as members. May be async likewise.
            same_person: Whether an agent and a member, or two ids on one side, are one person: nobody decides their
                own request, and one person counts once. Equal ids always are; only exactly ``False`` is a no.

        Raises:
            InvalidInput: If the store is a class, or is for the other door, or the rules name a predicate that is not
                given or a zone that does not exist.
        """
        self._host = Host(
            rules=SAFE if rules is None else rules,
            clock=SystemClock() if clock is None else clock,
            new_id=id_factory,
            new_seed=salts,
            predicates=FrozenMap() if predicates is None else predicates,
            rights=member_rights,
            same_person=same_person,
        )
        self._take(store)

    def over(self, store: S) -> Self:
        """
        Return the same support access over another store, such as one within your own transaction.

        All that the host has set up is the same one for both: rules, predicates, ids, and the clock too, so that a
        clock that is set on one is read by the other.

        Args:
            store: Where the records are kept.

        Raises:
            InvalidInput: If the store is a class, or is for the other door.
        """
        other = copy(self)
        other._take(store)  # noqa: SLF001  # of our own kind
        return other

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

    def _take(self, store: S) -> None:
        awaited = inspect.iscoroutinefunction(getattr(self, "authorize", None))
        self._open(_fitting(store, awaited=awaited))

    @abstractmethod
    def _open(self, store: S) -> None:
        """Take *store* as the one that everything is read from and written to."""


def _fitting(store: S, *, awaited: bool) -> S:
    """Return *store* if it can stand behind a door that is, or is not, awaited; else everything would be denied."""
    if isinstance(store, type):
        raise InvalidInput(
            field="store", code="wrong_type", wants="a store, such as MemoryStore(), and not its class"
        )
    # Statically: a stand-in that looks its store up at each call is not woken before the first question.
    read = inspect.getattr_static(store, "read", None)
    if awaited and inspect.isroutine(read) and not inspect.iscoroutinefunction(inspect.unwrap(read)):
        raise InvalidInput(
            field="store",
            code="wrong_type",
            wants="a store that is awaited, such as AsyncSQLStore, or this one to SupportAccess",
        )
    if not awaited and inspect.iscoroutinefunction(read):
        raise InvalidInput(
            field="store",
            code="wrong_type",
            wants="a store that answers at once, such as SQLStore, or this one to AsyncSupportAccess",
        )
    return store
