"""What the tests of the adapters share: a tenant, people, and stores that misbehave."""

from collections.abc import Callable
from typing import Any

import anyio.lowlevel

from grantkit import (
    AccessRules,
    Agent,
    AsyncSupportAccess,
    Elapsed,
    Grant,
    Member,
    Scope,
    SupportAccess,
    Team,
)
from grantkit.errors import Unavailable
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

START = "2027-03-03T12:00:00Z"
ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM = Agent("a-kim", teams={"support"}, name="Kim")
SUPPORT = Team("support")
TOLD_NOBODY = "free text that no client may see"
OPEN = AccessRules.from_data(
    {
        "flows": {"access": {"policies": ["read-only", "no-seven"]}},
        "policies": {
            "no-seven": [
                {"effect": "allow", "action": ["*"], "resource": ["*"]},
                {"effect": "deny", "action": ["*"], "resource": ["invoice:7"]},
            ]
        },
    }
)
HIDING = AccessRules.from_data(
    {"flows": {"access": {"start": {"by": ["approvers"]}}}, "view": {"status": ["tenant:*"]}}
)


class Broken:
    """A store of which one call does something else, from now on."""

    def __init__(self, store: Any = None) -> None:
        self.store = store or MemoryStore()
        self.instead: dict[str, Callable[..., Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return self.instead.get(name) or getattr(self.store, name)

    def fail(self, *_: object) -> None:
        """Fail as a store does."""
        raise Unavailable(what=TOLD_NOBODY)


def world(rules: Any = OPEN, store: Any = None) -> tuple[SupportAccess, FakeClock]:
    """Return access to a tenant, and the clock that it goes by."""
    clock = FakeClock(START)
    return SupportAccess(store or MemoryStore(), rules=rules, clock=clock), clock


def let_in(access: SupportAccess, *only: str, hours: int = 4, **more: Any) -> Grant:
    """Let the team in, to everything or to what is listed."""
    scope = Scope.only(*only) if only else None
    told = {"by": ANA, "to": SUPPORT, "ends": Elapsed(hours=hours), "reason": TOLD_NOBODY, "scope": scope}
    return access.grant("acme", **(told | more))


class Waits:
    """Any store, as an async one: each call gives the loop a turn first."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        async def call(*asked: Any) -> Any:
            await anyio.lowlevel.checkpoint()
            return getattr(self.store, name)(*asked)

        return call


def awaited(access: SupportAccess) -> AsyncSupportAccess:
    """Return the async door over the same store, with all that the host has set up."""
    door = AsyncSupportAccess(Waits(access._store))
    door._host = access._host
    return door.over(Waits(access._store))
