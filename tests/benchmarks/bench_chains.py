"""
What a decision costs below a chain, and beside many siblings, against one under a grant that rests on nothing.

    python tests/benchmarks/bench_chains.py

Each row is compared with the first, asked in turns in the same run, on both stores. Only ratios mean anything. It is no
test: the statements, rows and steps of these questions are counted by
``tests/properties/test_hot_path_of_chains.py``.
"""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from grantkit import AccessRules, Agent, Member, SupportAccess
from grantkit.ports import Store
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock

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
ROUNDS, ASKED = 15, 200


def agent(name: str, number: int) -> Agent:
    """Return the so-manieth agent of a chain."""
    return Agent(f"a-{name}-{number:04}", teams={"support"})


def told(store: Store) -> tuple[SupportAccess, dict[str, tuple[Agent, str]]]:
    """Fill *store*; return who is asked for, and where, by what the row is called."""
    access = SupportAccess(store, rules=RULES, clock=FakeClock("2027-03-03T14:20:00Z"))
    rows: dict[str, tuple[Agent, str]] = {}
    for deep in range(DEEP + 1):
        tenant = f"deep-{deep}"
        ana = Member("m-ana", tenant=tenant, roles={"admin"})
        last = access.grant(tenant, by=ana, to=agent("deep", 0))
        for number in range(deep):
            last = access.delegate(tenant, last.id, by=agent("deep", number), to=agent("deep", number + 1))
        rows[f"{deep} above"] = agent("deep", deep), tenant
    first = access.grant("wide", by=Member("m-ana", tenant="wide", roles={"admin"}), to=agent("wide", 0))
    for number in range(WIDE):
        access.delegate("wide", first.id, by=agent("wide", 0), to=agent("wide", number + 1))
    rows[f"1 above, {WIDE} beside"] = agent("wide", WIDE // 2), "wide"
    return access, rows


def measured(access: SupportAccess, rows: dict[str, tuple[Agent, str]]) -> dict[str, float]:
    """Return the median microseconds of a decision, by row, asked in turns."""
    taken: dict[str, list[float]] = {name: [] for name in rows}
    for round_ in range(ROUNDS):
        for name, (asking, tenant) in rows.items():
            began = perf_counter()
            for number in range(ASKED):
                if not access.authorize(asking, tenant, "invoice:read"):
                    raise SystemExit(f"{name}: denied in round {round_}, question {number}")
            taken[name].append((perf_counter() - began) / ASKED * 1e6)
    return {name: median(each) for name, each in taken.items()}


def shown(title: str, found: dict[str, float]) -> None:
    """Print a table, each row against the first."""
    least = next(iter(found.values()))
    print(title)
    for name, each in found.items():
        print(f"  {name:24}{each:8.1f} \u00b5s{each / least:7.2f}x")


def main() -> None:
    """Print both tables."""
    shown("in memory", measured(*told(MemoryStore())))
    with TemporaryDirectory() as folder, SQLiteStore(Path(folder) / "chains.db") as store:
        access, rows = told(store)
        shown("in a file, while nobody writes", measured(access, rows))


if __name__ == "__main__":
    main()
