"""Laws of use: commands given through the front door come to the same over every store, to the last byte."""

from collections.abc import Callable
from io import BytesIO
from itertools import count
from random import Random
from typing import Any, Protocol, TypeAlias

import attrs

from grantkit.decision import Decision, PastDecision
from grantkit.errors import GrantkitError
from grantkit.inputs import FrozenMap
from grantkit.model import VENDOR, Agent, Elapsed, Member, OpenEnded, Scope, System, Team
from grantkit.ports import Store
from grantkit.rules import AccessRules
from grantkit.service import SupportAccess
from grantkit.stores import MemoryStore
from grantkit.testing.clock import FakeClock
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import NOON

Call: TypeAlias = "tuple[str, Callable[[Door], Any]]"
"""What a call is called, and how it is made."""

_TENANTS = ("acme", "Acme", "globex")
_KEEPER = System("keeper")
_AGENTS = (
    Agent("a-kim", teams={"support", "tech"}, name="Kim \u00e9"),
    Agent("a-lee", teams={"support"}, name="Lee e\u0301"),
    Agent("a-max"),
)
_ACTIONS = ("board:read", "board:write", "board:delete")
_RESOURCES = (None, "project:1", "project:2")


def _rules(name: str, **changed: Any) -> AccessRules:
    flow = {
        "policies": ["read-only", "*"],
        "ends": ["elapsed", "open_ended"],
        "longest": "open_ended",
        "ahead": "P9D",
        "amend": {"ends": ["elapsed"], "policies": True},
    }
    return AccessRules.from_data({"name": name, "flows": {"access": flow}, **changed})


_LAWS = (
    _rules("first"),
    _rules("second", ceilings={"*": ["read-only"]}),
    _rules("third", stop=["vendor:tech"]),
)


@attrs.define
class Door:
    """A front door over a store, where nothing is left to chance."""

    store: Store
    rules: dict[str, AccessRules]
    clock: FakeClock = attrs.field(factory=lambda: FakeClock(NOON))
    access: SupportAccess = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        number = count(1)
        self.access = SupportAccess(
            self.store,
            clock=self.clock,
            rules=self.rules.__getitem__,
            id_factory=lambda prefix: f"{prefix}{next(number)}",
            salts=lambda: bytes(32),
        )

    def outcome(self, call: Callable[["Door"], Any]) -> object:
        """Return what a call came to, as it can be compared."""
        try:
            return _comparable(call(self))
        except GrantkitError as error:
            return ("refused", type(error).__name__, str(error), error.fields)


def _comparable(value: Any) -> object:
    if isinstance(value, Decision | PastDecision):
        return FrozenMap({**value.to_dict(), "said": value.explain()})
    return value


def commands_come_to_the_same(bench: Bench) -> None:
    """Any sequence of commands comes to the results, errors, entries, rows and decisions of a MemoryStore."""
    played(bench, _Writer(bench.random), _LAWS[0])


class Player(Protocol):
    """Invents commands and questions: calls that can be made at any door."""

    def command(self) -> Call:
        """Invent a command."""
        ...

    def questions(self) -> tuple[Call, ...]:
        """Invent what is asked after a command."""
        ...


def played(bench: Bench, writer: Player, rules: AccessRules) -> None:
    """Make so many commands at a door over the store and one over a MemoryStore, and compare all there is to see."""
    ours, model = (
        Door(store, dict.fromkeys((*_TENANTS, "nowhere"), rules))
        for store in (bench.shelf().store, MemoryStore())
    )
    for number in range(bench.rounds):
        what, call = writer.command()
        bench.same(f"{number}. {what}", model.outcome(call), ours.outcome(call))
        for asked, ask in writer.questions():
            bench.same(f"{number}. {what}: {asked}", model.outcome(ask), ours.outcome(ask))
    for tenant in (*_TENANTS, VENDOR, "nowhere"):
        for asked, ask in _whole(tenant):
            bench.same(f"{asked} of {tenant}", model.outcome(ask), ours.outcome(ask))
        bench.same(
            f"entries of {tenant}",
            model.store.events(tenant, 0, asking.PLENTY),
            ours.store.events(tenant, 0, asking.PLENTY),
        )
        bench.same(f"rows of {tenant}", dict(model.store.rows(tenant)), dict(ours.store.rows(tenant)))


def _whole(tenant: str) -> tuple[Call, ...]:
    """Return what is asked of each tenant when all has been done."""

    def exported(door: Door) -> tuple[object, bytes]:
        into = BytesIO()
        return door.access.ledger.export(tenant, into), into.getvalue()

    calls: tuple[Call, ...] = (
        ("verify", lambda door: door.access.ledger.verify(tenant)),
        ("head", lambda door: door.access.ledger.head(tenant)),
        ("history", lambda door: door.access.ledger.history(tenant)),
        ("export", exported),
    )
    listed: tuple[Call, ...] = (
        ("grants", lambda door: door.access.grants(tenant)),
        ("consents", lambda door: door.access.consents(tenant)),
        ("requests", lambda door: door.access.requests(tenant)),
    )
    return calls if tenant == VENDOR else (*calls, *listed)


class _Writer:
    """Invents commands and questions: calls that can be made at any door."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._made = 0

    def command(self) -> Call:
        """Invent a command."""
        dice = self._dice
        verbs: dict[Callable[[str], Call], int] = {
            self._grant: 9, self._amend: 5, self._revoke: 2, self._relinquish: 2, self._brake: 4, self._unfreeze: 3,
            self._sweep: 1, self._clock: 4, self._law: 1, self._erase: 3, self._forget: 1, self._correct: 1,
        }  # fmt: skip
        verb = dice.choices(list(verbs), list(verbs.values()))[0]
        return verb(dice.choices(_TENANTS, (6, 2, 2))[0])

    def _member(self, tenant: str) -> Member:
        name, roles = self._dice.choice((("Ana", {"admin"}), ("Bo\u0308b", {"admin"}), (None, {"guest"})))
        return Member(f"m-{'ana' if name else 'gus'}", tenant=tenant, roles=roles, name=name)

    def _id(self) -> str:
        return f"gr_{self._dice.randint(max(1, self._made - 9), self._made + 1)}"

    def _grant(self, tenant: str) -> Call:
        dice = self._dice
        self._made += 1
        lasts = Elapsed(
            seconds=3600 * dice.randrange(1, 90) + self._made
        )  # no two of them end at the same instant
        said: dict[str, Any] = {
            "by": self._member(tenant),
            "to": dice.choice((Team("support"), *_AGENTS)),
            "ends": dice.choice((lasts, lasts, OpenEnded())),
            "starts": dice.choice((None, None, NOON.replace(year=2027, month=3, day=dice.randrange(1, 9)))),
            "scope": dice.choice((None, Scope.whole(), Scope.only("project:1"))),
            "policies": dice.choice((None, ["administrator"], ["read-only", "administrator"])),
            "reason": dice.choice(
                ("Boards missing", "\u05e9\u05dc\u05d5\u05dd caf\u00e9", "cafe\u0301 100%_", "")
            ),
            "tickets": dice.choice(((), ("T-1", "t-1"))),
            "key": dice.choice((None, None, "k-1", f"K-{dice.randrange(3)}", f"k-{dice.randrange(9)}")),
        }
        return f"grant {tenant} {said}", lambda door: door.access.grant(tenant, **said)

    def _amend(self, tenant: str) -> Call:
        dice, ident, by = self._dice, self._id(), self._member(tenant)
        self._made += 1
        ends = Elapsed(seconds=3600 * dice.randrange(1, 90) + self._made)
        policies, version = dice.choice((None, ["read-only"], ["administrator"])), dice.choice((1, 1, 2))
        return f"amend {tenant} {ident} {ends} {policies} {version}", lambda door: door.access.amend(
            tenant, ident, by=by, version=version, ends=ends, policies=policies
        )

    def _revoke(self, tenant: str) -> Call:
        ident, by = self._id(), self._member(tenant)
        return f"revoke {tenant} {ident}", lambda door: door.access.revoke(tenant, ident, by=by)

    def _relinquish(self, tenant: str) -> Call:
        ident, by = self._id(), self._dice.choice(_AGENTS)
        return f"relinquish {tenant} {ident} by {by}", lambda door: door.access.relinquish(
            tenant, ident, by=by
        )

    def _brake(self, tenant: str) -> Call:
        verb = self._dice.choice(("freeze", "revoke_all"))
        agent, by = (
            self._dice.choice((None, "a-kim", "a-lee")),
            self._dice.choice((self._member(tenant), _AGENTS[0])),
        )
        return f"{verb} {tenant} {agent} by {by}", lambda door: getattr(door.access, verb)(
            tenant, by=by, agent=agent
        )

    def _unfreeze(self, tenant: str) -> Call:
        agent, by, revoke = (
            self._dice.choice((None, None, "a-kim")),
            self._member(tenant),
            self._dice.random() < 1 / 4,
        )
        return f"unfreeze {tenant} {agent}", lambda door: door.access.unfreeze(
            tenant, by=by, agent=agent, revoke=revoke
        )

    def _sweep(self, _: str) -> Call:
        return "sweep", lambda door: door.access.delivery.sweep()

    def _clock(self, _: str) -> Call:
        hours = self._dice.choice((1, 1, 5, 24, 24, -30))
        return f"clock {hours} hours on", lambda door: door.clock.advance(hours=hours, microseconds=1)

    def _law(self, tenant: str) -> Call:
        law = self._dice.choice(_LAWS)
        return f"rules {law.name}", lambda door: door.rules.update({tenant: law})

    def _erase(self, tenant: str) -> Call:
        events, people = self._dice.choice((((1,), ()), ((2, 3), ()), ((), ("m-ana",)), ((4,), ("a-kim",))))
        by = self._dice.choice((_KEEPER, _KEEPER, self._member(tenant)))
        return f"erase {tenant} {events} {people}", lambda door: door.access.ledger.erase(
            tenant, by=by, events=events, people=people
        )

    def _forget(self, tenant: str) -> Call:
        return f"forget {tenant}", lambda door: door.access.ledger.forget_tenant(tenant, by=_KEEPER)

    def _correct(self, tenant: str) -> Call:
        return f"correct_clock {tenant}", lambda door: door.access.ledger.correct_clock(tenant, by=_KEEPER)

    def questions(self) -> tuple[Call, ...]:
        """Invent what is asked after a command."""
        dice = self._dice
        agent, action, resource = dice.choice(_AGENTS), dice.choice(_ACTIONS), dice.choice(_RESOURCES)
        tenant, listed = dice.choice((*_TENANTS, "nowhere")), dice.choice((None, action))
        return (
            (
                f"authorize {agent} {tenant} {action} {resource}",
                lambda door: door.access.authorize(agent, tenant, action, resource=resource),
            ),
            (f"visible to {agent}", lambda door: door.access.visible_tenants(agent, action=listed)),
            (
                f"as of now {agent} {tenant}",
                lambda door: door.access.ledger.as_of(tenant, agent, action, at=door.clock.now()),
            ),
        )


LAWS = (commands_come_to_the_same,)
