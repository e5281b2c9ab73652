"""
What the store on PostgreSQL costs, against the driver alone. Run by hand.

    PYTHONPATH=tests python tests/benchmarks/bench_sql.py

Baselines, each in the same run and in turns: for a decision one prepared SELECT that decides in SQL and gives a bare
bool, once on a connection that is held and once through the same pool; for commands the commit of one row, by as many
processes. The server waits for the disk (``fsync``), as a host's does. Only ratios mean anything. It is no test.
"""

import os
from datetime import datetime
from multiprocessing import get_context
from statistics import median
from time import perf_counter

import psycopg
from bench_authorize import ACTIONS, RULES, START, Floor, World, compare, print_decisions
from sqlalchemy import URL, create_engine, text

from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.model import micros
from grantkit.stores.sql import SQLStore
from grantkit.testing import FakeClock
from postgres import database, engine_of, lay_out, tables

_TABLE = """
CREATE TABLE held (
    tenant text COLLATE "C", kind text COLLATE "C", holder text COLLATE "C", action text COLLATE "C",
    starts bigint, ends bigint, revoked boolean
)
"""
_CHECK = """
SELECT 1 FROM held WHERE tenant = %s AND action = %s AND starts <= %s AND ends > %s AND NOT revoked
AND ((kind = 'agent' AND holder = %s) OR (kind = 'team' AND holder = %s)) LIMIT 1
"""
PROCESSES = 4
COMMANDS = 150


class RawPostgres(Floor):
    """The baseline: a table, an index, and a prepared statement that decides."""

    def __init__(self, address: URL) -> None:
        self._connection = connected(address)
        self._connection.execute(_TABLE)
        self._connection.execute("CREATE INDEX held_by ON held (tenant, kind, holder, action, ends)")

    def add(self, tenant: str, kind: str, ident: str, ends: datetime, *, revoked: bool) -> None:
        rows = [(tenant, kind, ident, action, micros(START), micros(ends), revoked) for action in ACTIONS]
        with self._connection.cursor() as cursor:
            cursor.executemany("INSERT INTO held VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)

    def asked(self, agent: Agent, tenant: str, action: str, now: datetime) -> tuple[object, ...]:
        (team,) = agent.teams
        at = micros(now)
        return tenant, action, at, at, agent.id, team

    def check(self, agent: Agent, tenant: str, action: str, now: datetime) -> bool:
        asked = self.asked(agent, tenant, action, now)
        return self._connection.execute(_CHECK, asked, prepare=True).fetchone() is not None

    def close(self) -> None:
        self._connection.close()


class PooledPostgres(Floor):
    """The same statement, as SQLAlchemy sends it on a connection of the pool."""

    def __init__(self, raw: RawPostgres, engine) -> None:
        self._raw = raw
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def check(self, agent: Agent, tenant: str, action: str, now: datetime) -> bool:
        asked = self._raw.asked(agent, tenant, action, now)
        with self._engine.connect() as connection:
            return connection.exec_driver_sql(_CHECK, asked).first() is not None


def connected(address: URL) -> psycopg.Connection:
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def grants(address: URL, number: int, go) -> float:
    """Grant *COMMANDS* times at tenants of this process alone; return the seconds it took."""
    with engine_of(address) as engine:
        access = SupportAccess(SQLStore(engine, tables()), clock=FakeClock(START), rules=RULES)

        def grant(made: int) -> None:
            tenant = f"p{number}-{made // 10:05}"  # ten grants a tenant
            by = Member("m-admin", tenant=tenant, roles={"admin"}, name="Ana")
            reason = "Boards are missing after the import"
            access.grant(tenant, by=by, to=Agent(f"a-{made % 50}"), ends=Elapsed(hours=4), reason=reason)

        return timed(grant, go)


def commits(address: URL, number: int, go) -> float:
    """Commit *COMMANDS* rows, one by one; return the seconds it took."""
    with connected(address) as connection:
        return timed(
            lambda _: connection.execute("INSERT INTO committed VALUES (%s)", ("x" * 1000,), prepare=True), go
        )


def timed(work, go) -> float:
    for made in range(20):
        work(COMMANDS + made)  # warm: connections are open, statements prepared
    go.wait()
    began = perf_counter()
    for made in range(COMMANDS):
        work(made)
    return perf_counter() - began


def _worker(work, address: URL, number: int, go, took) -> None:
    took.put(work(address, number, go))


def each_second(work, address: URL, processes: int, turn: int) -> float:
    """Return how much *work* so many processes do in a second, together."""
    spawning = get_context("spawn")
    go, took = spawning.Barrier(processes), spawning.Queue()
    workers = [
        spawning.Process(target=_worker, args=(work, address, turn * 100 + number, go, took))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    longest = max(took.get() for _ in workers)
    for worker in workers:
        worker.join()
    return processes * COMMANDS / longest


def print_commands(address: URL, rounds: int = 5) -> None:
    """Print what commands cost."""
    with connected(address) as connection:
        connection.execute("CREATE TABLE committed (text text)")
    for processes in (1, PROCESSES):
        turns = [
            (
                each_second(grants, address, processes, turn * 10 + processes),
                each_second(commits, address, processes, turn),
            )
            for turn in range(rounds)
        ]
        ours, theirs = (median(each) for each in zip(*turns, strict=True))
        print(
            f"commands by {processes}: {ours:,.0f} a second, raw commits {theirs:,.0f}: {ours / theirs:.2f}x"
        )


def wait_for_the_disk(address: URL) -> None:
    """Let the server keep what it acknowledges: the tests' own does not."""
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = on"))
        connection.execute(text("SELECT pg_reload_conf()"))
        print("server", connection.scalar(text("SHOW server_version")), f"on {os.cpu_count()} cores")
    admin.dispose()


def main() -> None:
    """Print the figures."""
    with database() as address, engine_of(address) as engine:
        wait_for_the_disk(address)
        lay_out(engine, tables())
        print_commands(address)
        raw = RawPostgres(address)
        world = World(SQLStore(engine, tables()), raw)
        print_decisions(world)
        questions = world.questions([f"tenant-{number}" for number in range(900)], 2000)
        world.floor = PooledPostgres(raw, engine)
        library, pooled = compare(world, questions)
        print(f"against the same pool: {library:.0f} µs, floor {pooled:.0f} µs: {library / pooled:.1f}x")
        raw.close()


if __name__ == "__main__":
    main()
