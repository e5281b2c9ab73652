"""What one decision costs where chains are deep (five) or wide (a thousand added): as much as where they are not."""

import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from types import FrameType
from typing import Any, NamedTuple

import pytest

from grantkit import AccessRules, Agent, Member, SupportAccess, System
from grantkit.lifecycle import Want
from grantkit.model import NO_HASH, Holder
from grantkit.ports import Batch, GrantsOf, Store
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock

ANA = Member("m-ana", tenant="acme", roles={"admin"})
SYNC = System("sync")
CLOCK = FakeClock("2027-03-03T14:20:00Z")
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {
                "policies": ["administrator"],
                "ends": [{"elapsed": "PT4H"}],
                "start": {"reason": {"min": 0}},
                "delegate": {"to": ["agent:support"], "depth": 5},
            }
        }
    }
)
DEEP, WIDE = 5, 1000
TWICE = 2
"""What rests on something is read once more, in one transaction with all that it rests on."""
EACH_ABOVE = 3
"""The grant above, the stance of whoever holds it, and whether they are suspended: a statement each."""
STEPS_ABOVE, LINES_ABOVE = 60, 20
"""What one grant above may cost at most of SQLite's machine, and of lines of the memory store; some 38 and 6 do it."""
A_FEW = 10
"""By how many steps of SQLite's machine two searches of one tree may differ; a row that is walked is at least one."""


class Cost(NamedTuple):
    """What one decision made SQLite do."""

    statements: int
    rows: int
    steps: int


def agent(number: int) -> Agent:
    """Return the so-manieth agent."""
    return Agent(f"a-{number:04}", teams={"support"})


def opened(store: Store) -> SupportAccess:
    """Return access to what *store* holds."""
    return SupportAccess(store, rules=RULES, clock=CLOCK)


@cache
def told(deep: int, wide: int, kind: type[MemoryStore] = MemoryStore) -> MemoryStore:
    """Return a store in which a grant was handed on so deep, one to the next, and its last to so many."""
    store = kind()
    access = opened(store)
    last = access.grant("acme", by=ANA, to=agent(0))
    for number in range(deep):
        last = access.delegate("acme", last.id, by=agent(number), to=agent(number + 1))
    for number in range(wide):
        access.delegate("acme", last.id, by=agent(deep), to=agent(deep + 1 + number))
    access.freeze("acme", by=ANA, agent="a-zoe")  # so that what is held against agents is looked for
    access.suspend("a-zoe", by=SYNC)
    return store


def written(path: Any, deep: int, wide: int, kind: type[SQLiteStore]) -> SQLiteStore:
    """Return the same in a file: one batch, since what is measured is reading."""
    source, store = told(deep, wide), kind(path)
    rows, head = dict(source.rows("acme")), source.load("acme", Want()).head
    batch = Batch(
        entries=source.events("acme", 0, 10_000),
        rows=rows,
        documents=source.documents((head.rules,)),
        follows=NO_HASH,
    )
    store.append("acme", 0, batch)
    opened(store).suspend("a-zoe", by=SYNC)
    return store


def cost(store: SQLiteStore, ask: Callable[[], object]) -> Cost:
    """Return what SQLite was made to do by a question; its steps are those of its own machine, whatever it returns."""
    statements: list[str] = []
    rows: list[object] = []
    steps: list[None] = []

    def seen(_: object, row: Any) -> Any:
        rows.append(row)
        return row

    run = store._connections.mine().run
    run(lambda c: (c.set_trace_callback(statements.append), setattr(c, "row_factory", seen)))
    run(lambda c: c.set_progress_handler(lambda: steps.append(None), 1))
    try:
        ask()
    finally:
        run(lambda c: (c.set_trace_callback(None), setattr(c, "row_factory", None)))
        run(lambda c: c.set_progress_handler(None, 1))
    asked = [each for each in statements if each.lstrip().startswith(("SELECT", "WITH"))]
    return Cost(len(asked), len(rows), len(steps))


def lines(ask: Callable[[], object]) -> int:
    """Return how many lines of the stores a question runs through: each row that is walked is at least one."""
    seen, before = 0, sys.gettrace()

    def line(_: FrameType, event: str, __: object) -> Any:
        nonlocal seen
        seen += event == "line"
        return line

    def call(frame: FrameType, _: str, __: object) -> Any:
        return line if "stores" in frame.f_code.co_filename else None

    sys.settrace(call)
    try:
        ask()
    finally:
        sys.settrace(before)
    return seen


def walked(store: MemoryStore, who: int) -> int:
    """Return how many lines of the memory store it runs through to let somebody in."""
    access, answers = opened(store), list[bool]()
    access.authorize(agent(who), "acme", "board:read")  # reads the rules
    found = lines(lambda: answers.append(bool(access.authorize(agent(who), "acme", "board:read"))))
    assert answers == [True]
    return found


def decided(path: Any, deep: int, wide: int, who: int, kind: type[SQLiteStore] = SQLiteStore) -> Cost:
    """Return what it costs to let somebody in, at a store that remembers nothing of them."""
    with written(path / f"{deep}-{wide}.db", deep, wide, kind) as store:
        access = opened(store)
        access.authorize(Agent("a-nobody"), "acme", "board:read")  # opens the file, and reads the rules
        answers: list[bool] = []
        found = cost(store, lambda: answers.append(bool(access.authorize(agent(who), "acme", "board:read"))))
    assert answers == [True]
    return found


def flat(path: Any, who: int, kind: type[SQLiteStore] = SQLiteStore) -> None:
    """Raise where one of a thousand who were added at the depth of four costs SQLite more than an only one."""
    alone, among = decided(path, DEEP - 1, 1, DEEP, kind), decided(path, DEEP - 1, WIDE, who, kind)
    assert alone[:2] == among[:2]
    assert abs(alone.steps - among.steps) <= A_FEW


class Walks(SQLiteStore):
    """Reads every grant of the tenant for each decision."""

    def read(self, *asked: Any) -> Any:
        self.find(GrantsOf(tenant="acme", after=0, limit=10_000))
        return super().read(*asked)


class WalksInMemory(MemoryStore):
    """Reads every grant of the tenant for each decision."""

    def read(self, *asked: Any) -> Any:
        self.find(GrantsOf(tenant="acme", after=0, limit=10_000))
        return super().read(*asked)


SIBLINGS = pytest.mark.parametrize(
    "who", [DEEP, DEEP + WIDE // 2, DEEP + WIDE - 1], ids=["first", "middle", "last"]
)


@SIBLINGS
def test_a_decision_of_one_among_a_thousand_siblings_reads_no_sibling(tmp_path, who):
    """In SQLite, one of a thousand who were added costs the statements and rows of an only one, and no more steps."""
    flat(tmp_path, who)


def test_a_store_that_reads_siblings_is_found_out(tmp_path):
    """A store that reads all grants of a tenant for a decision is told from one that does not."""
    with pytest.raises(AssertionError):
        flat(tmp_path, DEEP, Walks)


def test_who_handed_on_to_a_thousand_pays_for_none_of_them(tmp_path):
    """In SQLite, whoever added a thousand others is let in by the statements and rows of whoever added one."""
    alone, among = (decided(tmp_path, DEEP - 1, wide, DEEP - 1) for wide in (1, WIDE))
    assert alone[:2] == among[:2]
    assert abs(alone.steps - among.steps) <= A_FEW


def test_a_chain_of_five_costs_so_many_statements(tmp_path):
    """In SQLite, what rests on nothing costs one statement, and each grant above costs three more and one row."""
    costs = [decided(tmp_path, deep, 0, deep) for deep in range(DEEP + 1)]
    chained = [TWICE + EACH_ABOVE * deep for deep in range(1, DEEP + 1)]
    assert [1, *chained] == [each.statements for each in costs]
    assert [1] * (DEEP - 1) == [two.rows - one.rows for one, two in pairwise(costs[1:])]
    assert max(two.steps - one.steps for one, two in pairwise(costs[1:])) <= STEPS_ABOVE


@SIBLINGS
def test_memory_walks_no_sibling(who):
    """In memory, one of a thousand who were added is decided by the lines that an only one is, from the same rows."""
    alone, among = walked(told(DEEP - 1, 1), DEEP), walked(told(DEEP - 1, WIDE), who)
    assert alone == among
    facts = told(DEEP - 1, WIDE).read("acme", agent(who).id, (Holder("agent", agent(who).id),), CLOCK.now())
    assert (1, DEEP) == (len(facts.grants), len(facts.lineage))


def test_memory_pays_the_same_for_each_grant_above():
    """In memory, each grant of a chain of five costs what the one below it did, and no more."""
    costs = [walked(told(deep, 0), deep) for deep in range(1, DEEP + 1)]
    assert 1 == len({two - one for one, two in pairwise(costs)})
    assert costs[1] - costs[0] <= LINES_ABOVE


def test_memory_that_walks_siblings_is_found_out():
    """A memory store that walks all grants of a tenant for a decision is told from one that does not."""
    alone, among = (walked(told(DEEP - 1, wide, WalksInMemory), DEEP) for wide in (1, 50))
    assert among - alone >= 49
