"""What the tests of ``grantkit.verify`` check: a record in which everything happens, and ways to change it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any, TypeAlias

from grantkit import (
    AccessRules,
    Agent,
    Elapsed,
    LedgerHead,
    Member,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from grantkit.verify import Checked, check

ANA = Member("m-ana", tenant="acme", roles={"admin"}, roles_on={"project:42": {"owner"}}, name="Ana")
KIM = Agent("a-kim", teams={"support"}, name="Kim")
SUPPORT = Team("support")
OPS = System("ops")

Path: TypeAlias = tuple[str | int, ...]
Lines: TypeAlias = tuple[bytes, ...]


def rules(name: str, **flow: Any) -> AccessRules:
    amend = {"ends": ["elapsed"], "policies": True}
    ways = {
        "access": {"policies": ["read-only", "help"], "amend": amend, "ahead": "P7D", **flow},
        "written": {"steps": [{"by": ["tenant:admin"], "channels": ["email"]}], "to": ["agent"]},
        "switch": {
            "single": True,
            "to": ["team"],
            "scope": {"tenant": False, "resources": ["project:*"], "most": 1},
        },
    }
    helping = [{"effect": "allow", "action": ["*:read", "board:write"], "resource": ["*"]}]
    return AccessRules.from_data({"name": name, "flows": ways, "policies": {"help": helping}})


@cache
def record() -> tuple[SupportAccess, tuple[LedgerHead, ...], Lines]:
    """Return where everything has happened at ``acme``, the heads taken on the way, and an export before erasures."""
    clock, numbers, given = FakeClock("2027-03-03T14:20:00Z"), iter(range(1, 99)), {"acme": rules("first")}
    access = SupportAccess(
        MemoryStore(),
        rules=lambda tenant: given.get(tenant, given["acme"]),
        clock=clock,
        id_factory=lambda prefix: f"{prefix}{next(numbers)}",
        salts=lambda: b"as random as it gets",
    )
    heads: list[LedgerHead] = []

    def then(hours: float = 1) -> None:
        heads.append(access.ledger.head("acme"))
        clock.advance(hours=hours)

    def let_in(to: Team | Agent, **more: Any) -> str:
        said = {"ends": Elapsed(hours=9), "reason": "Boards missing – since März", **more}
        return access.grant("acme", by=ANA, to=to, **said).id

    first = let_in(SUPPORT, flow="access", tickets=["T-1"], key="k-1")
    then()
    access.amend("acme", first, by=ANA, version=1, policies=["read-only", "help"])
    then()
    let_in(KIM, flow="written", channel="email", reference="mail-77")
    then()
    switch = {"flow": "switch", "scope": Scope.only("project:42")}
    third = let_in(SUPPORT, **switch)
    let_in(SUPPORT, **switch, key="k-2")  # confirmed
    then()
    access.freeze("acme", by=ANA, agent="a-kim")
    access.unfreeze("acme", by=ANA, agent="a-kim", revoke=True)
    given["acme"] = rules("second", ahead="P0D")
    access.freeze("acme", by=ANA)
    then()
    access.unfreeze("acme", by=ANA)
    access.relinquish("acme", third, by=KIM)
    given["acme"] = rules("first")
    access.revoke("acme", first, by=ANA)  # under the first rules again
    then(hours=30)
    access.delivery.sweep()
    access.revoke_all("acme", by=ANA)
    then(hours=-20)
    access.freeze("acme", by=ANA)  # while the clock is behind
    access.ledger.correct_clock("acme", by=OPS)
    access.unfreeze("acme", by=ANA)
    then()
    before = lines_of(access, "acme")
    access.ledger.erase("acme", by=OPS, events=[2])
    fourth = let_in(SUPPORT, flow="access")
    access.revoke("acme", fourth, by=ANA)
    access.ledger.erase("acme", by=OPS, people=["a-kim"])
    then()
    globex = Member("m-gus", tenant="globex", roles={"admin"})
    access.grant(
        "globex", by=globex, to=SUPPORT, flow="access", ends=Elapsed(hours=1), reason="Boards missing"
    )
    access.ledger.forget_tenant("globex", by=OPS)
    return access, tuple(heads), before


def lines_of(access: SupportAccess, tenant: str) -> Lines:
    file = BytesIO()
    access.ledger.export(tenant, file)
    return tuple(file.getvalue().splitlines(keepends=True))


@cache
def exported(tenant: str = "acme") -> Lines:
    """Return the lines of the export of a record in which everything has happened."""
    return lines_of(record()[0], tenant)


def heads() -> tuple[LedgerHead, ...]:
    """Return the heads of that record, in the order in which they were taken."""
    return record()[1]


def before_erasures() -> Lines:
    """Return an export of the same record that was taken before anything was erased of it."""
    return record()[2]


def checked(lines: Sequence[bytes], head: LedgerHead | None = None) -> Checked:
    """Check some lines."""
    return check(iter(lines), head)


def leaves(data: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of everything in *data* that holds nothing else."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    inside = [(*path, key) for key, _ in pairs]
    if not inside:
        yield path
    for place in inside:
        yield from leaves(data[place[-1]], place)


def places(most: int, inner: Callable[[Any], Iterable[Path]] = leaves) -> Iterator[tuple[int, Path]]:
    """Yield what lies where in the lines of the example: of what is alike in several lines, *most*, the first ones."""
    seen: Counter[tuple[object, ...]] = Counter()
    for place, line in enumerate(exported()[1:], 1):
        data = json.loads(line)
        kind = data.get("entry", {}).get("kind")
        for path in inner(data):
            like = (kind, *(key if isinstance(key, str) else 0 for key in path))
            seen[like] += 1
            if seen[like] <= most:
                yield place, path


def changed(line: bytes, path: Path, change: Callable[[Any], Any]) -> bytes:
    """Return *line* with what lies at *path* changed, in the same spelling."""
    data = json.loads(line)
    found = data
    for key in path[:-1]:
        found = found[key]
    found[path[-1]] = change(found[path[-1]])
    return spelled(data)


def spelled(data: Any) -> bytes:
    """Return plain data as a line of an export."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def chained_anew(lines: Sequence[bytes]) -> Lines:
    """Return *lines* with every hash made right again: what a vendor can do who holds the whole file."""
    found: list[bytes] = []
    last = ""
    for line in lines:
        data = json.loads(line)
        if "entry" in data and isinstance(data["entry"], dict):
            data["entry"].pop("prev", None)
            if last:
                data["entry"]["prev"] = last
            data["hash"] = last = sha256(spelled(data["entry"])[:-1]).hexdigest()
        found.append(spelled(data))
    return tuple(found)
