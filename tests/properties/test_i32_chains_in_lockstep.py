"""I-32 for chains of trust: handing on, tickets, sessions, uses and suspension come to the same on both stores."""

import os
from collections import Counter
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import attrs
import pytest

from grantkit import VENDOR, AccessRules, Agent, Member, OpenEnded, SupportAccess, System
from grantkit.errors import GrantkitError
from grantkit.lifecycle import Want
from grantkit.model import Holder
from grantkit.ports import SessionsOf, Store, UsagesOf, UsesOf
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock

ANA = Member("m-ana", tenant="acme", roles={"admin"})
WHO = tuple(Agent(f"a-{name}", teams={"support"}) for name in ("kim", "lou", "max"))
SYNC = System("sync")
TICKETS = ("T-1", "T-2")
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {
                "policies": ["administrator"],
                "ends": ["open_ended"],
                "longest": "open_ended",
                "start": {"reason": {"min": 0}, "tickets": "until_solved"},
                "delegate": {"to": ["agent:support"], "depth": 3},
                "entry": {"required": True, "longest": {"elapsed": "PT2H"}},
            }
        }
    }
)
SEEDS = 20 if os.environ.get("GRANTKIT_PROFILE") == "long" else 4
PLENTY = 10_000
VERBS = (
    "grant", "delegate", "delegate", "enter", "enter", "enter", "leave", "link_ticket", "resolve_ticket", "suspend",
    "reinstate", "record_use", "record_use", "sweep", "clock", "freeze", "unfreeze", "revoke",
)  # fmt: skip


class Apart(AssertionError):
    """Two stores did not come to the same."""


class Side:
    """The library over one store, with nothing left to chance."""

    def __init__(self, store: Store) -> None:
        numbers = count(1)
        self.store, self.clock = store, FakeClock("2027-03-03T14:20:00Z")
        self.access = SupportAccess(
            store,
            rules=RULES,
            clock=self.clock,
            id_factory=lambda prefix: f"{prefix}{next(numbers)}",
            salts=lambda: bytes(range(16)),
        )

    def do(self, verb: str, rng: Random) -> Any:
        """Do something about somebody, as the numbers fall."""
        access, who, other, ticket = self.access, rng.choice(WHO), rng.choice(WHO), rng.choice(TICKETS)
        held = {status.grant.id: status.grant.holder.id for status in access.grants("acme")}
        made = [*held] or ["gr_absent"]
        stays = [status.session.id for status in access.sessions("acme")] or ["se_absent"]
        which, stay = rng.choice(made[-4:]), rng.choice(stays[-4:])
        if verb in ("delegate", "enter") and rng.random() < 3 / 4:  # mostly whoever may
            who = next((one for one in WHO if one.id == held.get(which)), who)
        calls: dict[str, Callable[[], object]] = {
            "grant": lambda: access.grant("acme", by=ANA, to=who, ends=OpenEnded(), tickets=[ticket]),
            "delegate": lambda: access.delegate("acme", which, by=who, to=other),
            "enter": lambda: access.enter("acme", which, by=who, reason="Look"),
            "leave": lambda: access.leave("acme", stay, by=who),
            "link_ticket": lambda: access.link_ticket("acme", which, ticket, by=ANA),
            "resolve_ticket": lambda: access.resolve_ticket("acme", ticket, by=SYNC),
            "suspend": lambda: access.suspend(who.id, by=SYNC, reason="lost phone"),
            "reinstate": lambda: access.reinstate(who.id, by=SYNC),
            "record_use": lambda: access.record_use(access.authorize(who, "acme", "board:read"), count=2),
            "sweep": access.delivery.sweep,
            "clock": lambda: self.clock.advance(minutes=45),
            "freeze": lambda: access.freeze("acme", by=ANA, agent=who.id),
            "unfreeze": lambda: access.unfreeze("acme", by=ANA, agent=who.id),
            "revoke": lambda: access.revoke("acme", which, by=ANA),
        }
        try:
            return "gave", calls[verb]()
        except GrantkitError as error:
            return "refused", type(error), str(error), error.fields

    def kept(self) -> dict[str, Any]:
        """Return all that is kept, and what is read of it."""
        store, now = self.store, self.clock.now()
        agents = tuple(who.id for who in WHO)
        want = Want(
            agents=agents, entered=WHO[0].id, ticket=TICKETS[0], alive_after=now, usages=(("gr_1", "a-kim"),)
        )
        return {
            "entries": [store.events(tenant, 0, PLENTY) for tenant in ("acme", VENDOR)],
            "rows": [dict(store.rows(tenant)) for tenant in ("acme", VENDOR)],
            "slice": store.load("acme", want),
            "sessions": store.sessions(SessionsOf(tenant="acme", after=2, limit=3)),
            "usages": store.usages(UsagesOf(tenant="acme", after=("", ""), limit=PLENTY)),
            "uses": store.uses(UsesOf(tenant=None, before=None, after=None, limit=PLENTY)),
            "facts": [self.facts(who) for who in WHO],
            "answers": [self.access.authorize(who, "acme", "board:read").to_dict() for who in WHO],
        }

    def facts(self, who: Agent) -> Any:
        """Return what every store must give for a decision: it may give more, and the core judges it."""
        now = self.clock.now()
        read = self.store.read("acme", who.id, (Holder("agent", who.id),), now)
        alive = {grant for grant in read.grants if grant.over_at > now}
        return (
            read.head,
            alive,
            read.suspended & {who.id},
            {one for one in read.sessions if one.over_at > now},
        )


def live(seed: int, one: Store, other: Store, steps: int = 60) -> Counter[str]:
    """Live the history of a seed on two stores; raise :class:`Apart` where they do not come to the same."""
    rng, sides, tally = Random(seed), (Side(one), Side(other)), Counter[str]()  # noqa: S311  # repeatable on purpose
    for _ in range(steps):
        verb, fall = rng.choice(VERBS), rng.random()
        ours, theirs = (side.do(verb, Random(fall)) for side in sides)  # noqa: S311
        if ours != theirs:
            raise Apart(f"{verb}: one {ours}, other {theirs}")
        tally[f"{verb} {ours[0]}"] += 1
        left, right = (side.kept() for side in sides)
        if left != right:
            raise Apart(f"after {verb}: {[what for what in left if left[what] != right[what]]}")
    for side in sides:
        side.access.ledger.verify("acme")
        side.access.ledger.verify(VENDOR)
    return tally


class CountsOnce(MemoryStore):
    """Forgets how often a grant was used before."""

    def count(self, tenant: str, use: Any) -> None:
        found = self._tenants[tenant]
        found.tallies[use.key] = use


class ForgetsInside(MemoryStore):
    """Reads no session."""

    def read(self, tenant: str, agent: str, holders: Any, alive_after: Any) -> Any:
        facts = super().read(tenant, agent, holders, alive_after)
        return attrs.evolve(facts, sessions=())


class NoSuspension(MemoryStore):
    """Does not look into the vendor's record."""

    def read(self, *asked: Any) -> Any:
        return attrs.evolve(super().read(*asked), suspended=frozenset())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_i32_chains_come_to_the_same_in_sqlite_and_memory(tmp_path, seed):
    """Whatever is handed on, linked, entered, used or suspended gives the same in SQLite and memory, row for row."""
    with SQLiteStore(tmp_path / "one.db") as store:
        live(seed, MemoryStore(), store)


def test_i32_histories_of_chains_give_every_verb():
    """The histories give every verb of chains at least once, and are refused for some."""
    tally = sum((live(seed, MemoryStore(), MemoryStore()) for seed in range(4)), Counter[str]())
    assert [verb for verb in VERBS if not tally[f"{verb} gave"]] == []
    assert 4 < sum(1 for said in tally if said.endswith("refused"))


@pytest.mark.parametrize("broken", [CountsOnce, ForgetsInside, NoSuspension])
def test_i32_a_store_that_is_wrong_about_chains_falls_out_of_step(broken):
    """A store that is wrong about uses, sessions or suspensions does not come to the same within a few histories."""
    with pytest.raises(Apart):
        live_some(broken)


def live_some(make: Callable[[], Store]) -> None:
    for seed in range(6):
        live(seed, MemoryStore(), make())
