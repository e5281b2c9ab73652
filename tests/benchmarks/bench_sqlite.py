"""
What the SQLite store costs, against raw SQLite, and verifying against the least that Python could do. Run by hand.

    python tests/benchmarks/bench_sqlite.py

Baselines, each in the same run and in turns: for a decision one indexed SELECT that decides in SQL and gives a bare
bool; for a command the commit of one row with the same ``synchronous``; for ``verify`` a loop of ``json.loads`` and
SHA-256 over the same entries. Only ratios mean anything, and those of commits depend on the disk. It is no test.
"""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench_authorize import ACTIONS, NOON, RULES, START, Floor, World, print_decisions

from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.model import micros
from grantkit.stores import SQLiteStore
from grantkit.testing import FakeClock

_TABLE = """
CREATE TABLE held (
    tenant TEXT, kind TEXT, holder TEXT, action TEXT, starts INTEGER, ends INTEGER, revoked INTEGER
) STRICT
"""
_CHECK = """
SELECT 1 FROM held WHERE tenant = ?1 AND action = ?4 AND starts <= ?5 AND ends > ?5 AND revoked = 0
AND ((kind = 'agent' AND holder = ?2) OR (kind = 'team' AND holder = ?3)) LIMIT 1
"""


class RawSQLite(Floor):
    """The baseline: a table, an index, and a statement that decides."""

    def __init__(self, file: Path) -> None:
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute(_TABLE)
        self._file.execute("CREATE INDEX held_by ON held (tenant, kind, holder, action, ends)")

    def add(self, tenant: str, kind: str, ident: str, ends: datetime, *, revoked: bool) -> None:
        rows = [(tenant, kind, ident, action, micros(START), micros(ends), revoked) for action in ACTIONS]
        self._file.executemany("INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def check(self, agent: Agent, tenant: str, action: str, now: datetime) -> bool:
        (team,) = agent.teams
        asked = {"1": tenant, "2": agent.id, "3": team, "4": action, "5": micros(now)}
        return self._file.execute(_CHECK, asked).fetchone() is not None


def _each(work: Callable[[], object], count: int) -> float:
    """Return the microseconds of one of *count* pieces of *work*."""
    began = perf_counter()
    for _ in range(count):
        work()
    return (perf_counter() - began) / count * 1e6


def _commands(folder: Path) -> None:
    """Print what commands cost, and what they leave on the disk."""
    clock = FakeClock(START)
    with SQLiteStore(folder / "commands.db") as store:
        access = SupportAccess(store, clock=clock, rules=RULES)
        raw = sqlite3.connect(folder / "commits.db", isolation_level=None)
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("CREATE TABLE rows (text TEXT) STRICT")
        made = 0

        def grant() -> None:
            nonlocal made
            tenant = f"tenant-{made // 10:05}"  # ten grants a tenant
            made += 1
            by = Member("m-admin", tenant=tenant, roles={"admin"}, name="Ana")
            reason = "Boards are missing after the import"
            access.grant(tenant, by=by, to=Agent(f"a-{made % 50}"), ends=Elapsed(hours=4), reason=reason)

        def commit() -> None:
            raw.execute("INSERT INTO rows VALUES (?)", ("x" * 1000,))

        turns = [(_each(grant, 200), _each(commit, 200)) for _ in range(10)]
        ours, theirs = (median(each) for each in zip(*turns, strict=True))
        store.compact()
        size = (folder / "commands.db").stat().st_size / made
    print(f"commands: {1e6 / ours:,.0f} a second, raw commits {1e6 / theirs:,.0f}: {theirs / ours:.2f}x")
    print(f"a command over a raw commit: {ours - theirs:,.0f} µs")
    print(f"on disk: {size:,.0f} bytes a grant, its event and its share of a tenant's included")


def _verify(folder: Path) -> None:
    """Print what verifying costs."""
    clock = FakeClock(START)
    by = Member("m-admin", tenant="acme", roles={"admin"}, name="Ana")
    with SQLiteStore(folder / "verify.db") as store:
        access = SupportAccess(store, clock=clock, rules=RULES)
        for number in range(500):
            clock.advance(minutes=1)
            to = Agent(f"a-{number % 50}")
            grant = access.grant("acme", by=by, to=to, ends=Elapsed(hours=4), reason="Boards are missing")
            if number % 2:
                access.revoke("acme", grant.id, by=by)
        entries = store.events("acme", 0, 10_000)

        def loop() -> None:
            for entry in entries:
                json.loads(entry.sealed)
                sha256(entry.sealed).hexdigest()

        turns = [(_each(lambda: access.ledger.verify("acme"), 1), _each(loop, 1)) for _ in range(9)]
    ours, theirs = (median(each) / len(entries) for each in zip(*turns, strict=True))
    print(f"verify: {1e6 / ours:,.0f} events a second, {ours / theirs:.1f}x the bare loop")


def _lists(world: World) -> None:
    """Print what a list costs."""
    agent = world.agents[0]
    seen = len(world.access.visible_tenants(agent, NOON, action="board:read"))
    one = median(
        _each(lambda: world.access.visible_tenants(agent, NOON, action="board:read"), 1) for _ in range(9)
    )
    print(f"visible_tenants: {seen} of them, {one / seen:.0f} µs each")


def main() -> None:
    """Print the figures."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with SQLiteStore(folder / "decisions.db") as store:
            world = World(store, RawSQLite(folder / "raw.db"))
            print_decisions(world)
            _lists(world)
        _commands(folder)
        _verify(folder)


if __name__ == "__main__":
    main()
