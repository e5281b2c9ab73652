"""
What a full decision costs, against the least that Python could do. Run by hand.

    python tests/benchmarks/bench_authorize.py

The baseline is a hand-rolled dict of tuples and two datetime comparisons that gives a bare bool: no reason, no layers,
no freeze, no record. Both answer the same seeded questions, correctly, in the same run, in turns; only ratios mean
anything. It is no test: nothing here can flake.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from grantkit import AccessRules, Agent, Instant, Member, SupportAccess, Team
from grantkit.ports import Store
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

START = datetime(2027, 3, 1, tzinfo=UTC)
NOON = START + timedelta(days=10)
ACTIONS = ("invoice:read", "invoice:list", "board:read", "project:read")
RULES = AccessRules.from_data(
    {
        "name": "bench",
        "flows": {
            "access": {
                "policies": ["read-only"],
                "longest": {"elapsed": "P365D"},
                "start": {"reason": {"min": 0}},
            }
        },
    }
)
Question = tuple[Agent, str, str, bool]


class Floor:
    """The baseline: grants by tenant and holder, as tuples; a question is two probes and two comparisons a grant."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str, str], list[tuple[datetime, datetime, bool, frozenset[str]]]] = {}

    def add(self, tenant: str, kind: str, ident: str, ends: datetime, *, revoked: bool) -> None:
        self.held.setdefault((tenant, kind, ident), []).append((START, ends, revoked, frozenset(ACTIONS)))

    def check(self, agent: Agent, tenant: str, action: str, now: datetime) -> bool:
        held = self.held
        for key in ((tenant, "agent", agent.id), *((tenant, "team", team) for team in agent.teams)):
            for starts, ends, revoked, actions in held.get(key, ()):
                if not revoked and starts <= now < ends and action in actions:
                    return True
        return False


class World:
    """The same grants in the library and in the baseline."""

    def __init__(self, store: Store, floor: Floor, seed: int = 7) -> None:
        self.random = random.Random(seed)  # noqa: S311  # a repeatable draw, no secret
        self.clock = FakeClock(START)
        self.access = SupportAccess(store, clock=self.clock, rules=RULES)
        self.floor = floor
        self.agents = [Agent(f"a-{n}", teams={f"t-{n % 10}"}) for n in range(200)]

    def grant(self, tenant: str, to: Agent | Team, ends: datetime, *, revoked: bool = False) -> None:
        by = Member("m-admin", tenant=tenant, roles={"admin"})
        made = self.access.grant(tenant, by=by, to=to, ends=Instant(ends))
        if revoked:
            self.access.revoke(tenant, made.id, by=by)
        kind = "team" if isinstance(to, Team) else "agent"
        self.floor.add(tenant, kind, to.id, ends, revoked=revoked)

    def some(self, tenant: str, count: int) -> None:
        """Grant *count* times to agents and teams: half of it live, the rest expired by now or revoked."""
        for _ in range(count):
            agent = self.random.choice(self.agents)
            to = agent if self.random.random() < 0.7 else Team(next(iter(agent.teams)))
            kind = self.random.random()
            ends = START + timedelta(days=5 if kind < 0.25 else 30, microseconds=self.random.randrange(10**6))
            self.grant(tenant, to, ends, revoked=kind > 0.75)

    def questions(self, tenants: list[str], count: int) -> list[Question]:
        """Half of them allowed, as near as a draw gives it; each answered alike by both."""
        wanted: dict[bool, list[Question]] = {True: [], False: []}
        for _ in range(count * 400):
            agent, tenant = self.random.choice(self.agents), self.random.choice(tenants)
            action = self.random.choice(ACTIONS)
            expected = self.floor.check(agent, tenant, action, NOON)
            if len(wanted[expected]) < count // 2:
                wanted[expected].append((agent, tenant, action, expected))
            if all(len(each) == count // 2 for each in wanted.values()):
                break
        drawn = wanted[True] + wanted[False]
        self.random.shuffle(drawn)
        for agent, tenant, action, expected in drawn:
            assert self.access.authorize(agent, tenant, action, NOON).allowed is expected
        return drawn


def compare(world: World, questions: list[Question], rounds: int = 15) -> tuple[float, float]:
    """Return the median microseconds of the library and of the floor, taken in turns."""
    library: list[float] = []
    floor: list[float] = []
    for _ in range(rounds):
        library.append(_time(world.access.authorize, questions))
        floor.append(_time(world.floor.check, questions))
    return median(library), median(floor)


def _time(ask: Callable[..., object], questions: list[Question]) -> float:
    began = perf_counter()
    for agent, tenant, action, _ in questions:
        ask(agent, tenant, action, NOON)
    return (perf_counter() - began) / len(questions) * 1e6


def _import(modules: str) -> float:
    """Return the median milliseconds of importing *modules* in a fresh interpreter, bytecode kept from a first run."""
    code = f"import time; b = time.perf_counter(); import {modules}; print(time.perf_counter() - b)"
    with TemporaryDirectory() as cache:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        command = [sys.executable, "-c", code]
        runs = [
            subprocess.run(command, capture_output=True, text=True, check=True, env=env) for _ in range(10)
        ]
    return median(float(run.stdout) for run in runs[1:]) * 1e3


def main() -> None:
    """Print the table."""
    world = World(MemoryStore(), Floor())
    print_decisions(world)
    attrs, package = _import("attrs"), _import("grantkit")
    both = _import("attrs, dateutil.relativedelta")
    print(f"import: attrs {attrs:.0f} ms, attrs and dateutil {both:.0f} ms, grantkit {package:.0f} ms")


def print_decisions(world: World) -> None:
    """Fill *world*, and print what decisions in it cost."""
    tenants = [f"tenant-{n}" for n in range(900)]
    for tenant in tenants:
        world.some(tenant, 10)
    world.some("hot", 1000)
    world.clock.set(NOON)

    ended = Agent("a-ended", teams={"t-ended"})
    fresh = Agent("a-fresh", teams={"t-fresh"})
    world.clock.set(START)
    for n in range(200):
        world.grant("long-lived", ended, START + timedelta(days=2, minutes=n), revoked=n % 2 == 0)
    world.grant("long-lived", ended, START + timedelta(days=30))
    world.grant("long-lived", fresh, START + timedelta(days=30))
    world.clock.set(NOON)

    rows = {
        "ordinary tenant, n = 10,000": world.questions(tenants, 2000),
        "hot tenant, 1,000 grants": world.questions(["hot"], 200) * 10,
        "holder with 200 ended grants": [(ended, "long-lived", "board:read", True)] * 2000,
        "holder with none ended": [(fresh, "long-lived", "board:read", True)] * 2000,
    }
    print(f"{'':32}{'grantkit':>10}{'floor':>10}{'ratio':>8}")
    results = {name: compare(world, questions) for name, questions in rows.items()}
    for name, (library, floor) in results.items():
        print(f"{name:32}{library:8.2f} µs{floor:7.2f} µs{library / floor:7.1f}x")
    ordinary, hot = results["ordinary tenant, n = 10,000"], results["hot tenant, 1,000 grants"]
    many, none = results["holder with 200 ended grants"], results["holder with none ended"]
    print(f"hot / ordinary, against the floor's own: {hot[0] / ordinary[0] / (hot[1] / ordinary[1]):.2f}x")
    print(f"200 ended / none: {many[0] / none[0]:.2f}x")


if __name__ == "__main__":
    main()
