"""What the tests of the SQLite store make their examples of: files, and somebody else who looks into them."""

import random
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from grantkit import AccessRequest, AccessRules, Agent, Consent, Elapsed, Grant, Member, SupportAccess, Team
from grantkit.model import Use
from grantkit.stores import SQLiteStore
from grantkit.stores import sqlite as package
from grantkit.stores.sqlite import schema
from grantkit.testing import FakeClock

NOON = "2027-03-03T12:00:00Z"
NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
KIM = Agent("a-kim", teams={"support"})
SUPPORT = Team("support")
_ADMINS = {"by": ["tenant:admin"], "channels": ["in_product", "mail"]}
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {"steps": [_ADMINS]},
            "ask": {
                "start": {"by": ["vendor:support"]},
                "steps": [{**_ADMINS, "count": 2, "within": "P14D"}],
                "to": ["agent:support", "team:support"],
            },
            "written": {
                "yields": "consent",
                "start": {"by": ["approvers", "vendor:support"]},
                "steps": [_ADMINS],
            },
        }
    }
)
COUNT = "PRAGMA data_version"
"""What a decision asks first: how often others have written."""
BESIDE = ("", "-wal", "-shm")
"""What lies beside each other for one database."""


def admin(tenant: str = "acme", name: str | None = "Ana") -> Member:
    """Return the admin of a tenant."""
    return Member("m-ana", tenant=tenant, roles={"admin"}, name=name)


def opened(path: Path, **host: Any) -> tuple[SQLiteStore, SupportAccess]:
    """Return the store of a file, and the door to it."""
    wait = host.pop("wait", 5.0)
    store = SQLiteStore(path, wait=wait)
    return store, door(store, **host)


def door(store: SQLiteStore, **host: Any) -> SupportAccess:
    """Return a door to a store, at noon."""
    return SupportAccess(store, **{"clock": FakeClock(NOON), "rules": RULES, **host})


def give(access: SupportAccess, tenant: str = "acme", **changed: Any) -> Grant:
    """Let team support in for four hours, with changes."""
    said = {"by": admin(tenant), "to": SUPPORT, "ends": Elapsed(hours=4), "reason": "Boards are missing"}
    return access.grant(tenant, **{"flow": "access", **said, **changed})


def ask(access: SupportAccess, tenant: str = "acme", **changed: Any) -> AccessRequest:
    """Let an agent ask for access for four hours, with changes."""
    said = {"by": KIM, "flow": "ask", "ends": Elapsed(hours=4), "reason": "Sync is off"}
    return access.request(tenant, **{**said, **changed})


def agree(access: SupportAccess, asked: AccessRequest, **changed: Any) -> AccessRequest:
    """Let the admin agree to what the preview of a request shows, with changes."""
    shown = access.preview(asked.tenant, asked.id)
    said = {"by": admin(asked.tenant), "digest": shown.digest, "ends_by": shown.ends_at}
    return access.approve(asked.tenant, asked.id, **{**said, **changed})


def consent(access: SupportAccess, tenant: str = "acme", **changed: Any) -> Consent:
    """Give team support a consent for four hours, with changes."""
    said = {"by": admin(tenant), "to": SUPPORT, "flow": "written", "ends": Elapsed(hours=4), "reason": "Yes"}
    return access.consent(tenant, **{**said, **changed})


def reason(access: SupportAccess, tenant: str = "acme", agent: Agent = KIM) -> str:
    """Return the reason of the decision whether *agent* may look."""
    return str(access.authorize(agent, tenant, "board:read").reason)


def fill(access: SupportAccess, tenant: str = "acme", *, asked: bool = True) -> tuple[Grant, ...]:
    """
    Write a record that has every kind of row in it, more than one of each; return the grants that were given.

    Without *asked*, it has neither requests nor consents, as when there were none.
    """
    by = admin(tenant)
    made = [
        give(access, tenant, key="k-1"),
        give(access, tenant, to=KIM, key="k-2", channel="mail", reference="mail-7"),
        give(access, tenant, to=Team("on-call"), reason="Imports"),
    ]
    access.freeze(tenant, by=by, agent="a-lee")
    access.freeze(tenant, by=by, agent="a-max")
    access.revoke_all(tenant, by=by, agent="a-lee")
    access.revoke_all(tenant, by=by)
    made.append(give(access, tenant, reason="Reports"))
    if asked:
        fill_further(access, tenant)
    access.revoke(tenant, made[0].id, by=by)
    access.freeze(tenant, by=by)
    return tuple(made)


def fill_further(access: SupportAccess, tenant: str) -> None:
    """Write requests in every state, and consents that stand and that ended."""
    by, other = admin(tenant), Member("m-ben", tenant=tenant, roles={"admin"})
    agree(access, ask(access, tenant, tickets={"T-1"}))
    agree(access, agree(access, ask(access, tenant)), by=other)
    access.deny(tenant, ask(access, tenant, as_team="support").id, by=by, reason="Not now")
    access.withdraw(tenant, ask(access, tenant).id, by=KIM)
    consent(access, tenant)
    access.revoke(tenant, consent(access, tenant, to=Team("on-call")).id, by=by)
    agree(access, ask(access, tenant, flow="written"), channel="mail", reference="mail-8")
    fill_inside(access, tenant)


def fill_inside(access: SupportAccess, tenant: str) -> None:
    """Write what is bound to tickets, sessions that are over and that are not, and uses, summed up and not."""
    bound = give(access, tenant, to=Team("on-call"), tickets={"T-1", "T-2", "T-3"}, until_tickets=True)
    give(access, tenant, to=KIM, tickets={"T-3", "T-4"}, until_tickets=True)
    access.resolve_ticket(tenant, "T-1", by=KIM)
    on_call = (Agent("a-oda", teams={"on-call"}), Agent("a-pia", teams={"on-call"}))
    for agent in on_call:
        session = access.enter(tenant, bound.id, by=agent, reason="Looking into it", tickets={"T-2"})
        access.record_use(access.authorize(agent, tenant, "board:read"))
        if agent is on_call[0]:
            access.leave(tenant, session.id, by=agent)
    for use in used(bound):
        access._store.count(tenant, use)
    access.delivery.sweep()


def used(grant: Grant) -> tuple[Use, ...]:
    """Return uses of the hour before, which a sweep sums up."""
    before = NOW.replace(hour=NOW.hour - 1, minute=0, second=0, microsecond=0)
    return tuple(
        Use(grant=grant.id, agent=agent, hour=before, count=2, last=before) for agent in ("a-oda", "a-pia")
    )


@contextmanager
def looking_into(path: Path, **how: Any) -> Iterator[sqlite3.Connection]:
    """Open the file as somebody else would: a connection of their own, each statement for itself."""
    with closing(sqlite3.connect(path, isolation_level=None, **{"timeout": 0, **how})) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug in these tests
        yield connection


def contents(path: Path) -> dict[str, bytes]:
    """Return the folder that *path* lies in: every file by its name, byte for byte."""
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


def noise(seed: int, size: int) -> bytes:
    """Return bytes that say nothing, the same every time."""
    return random.Random(seed).randbytes(size)  # noqa: S311  # no secret


def bytes_of(path: Path) -> bytes:
    """Return all that lies on the disk of one database."""
    return b"".join(
        beside.read_bytes() for end in BESIDE if (beside := path.with_name(path.name + end)).exists()
    )


def layout(path: Path) -> list[tuple[Any, ...]]:
    """Return what the file says of its own layout."""
    wanted = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
    with looking_into(path) as connection:
        return [
            (*row, connection.execute("PRAGMA user_version").fetchall()) for row in connection.execute(wanted)
        ]


def columns() -> list[tuple[str, str, str]]:
    """Return every column of every table with its type, as the schema of this version has them."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.prepare(connection)
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ).fetchall()
        return [
            (table, name, kind)
            for (table,) in tables
            for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")
        ]


def asked(store: SQLiteStore, call: Callable[[], object]) -> list[str]:
    """Return the statements that a call makes, as SQLite was given them."""
    run = store._connections.mine().run
    said: list[str] = []
    run(lambda c: c.set_trace_callback(said.append))
    try:
        call()
    finally:
        run(lambda c: c.set_trace_callback(None))
    return [" ".join(each.split()) for each in said]


HERE = str(Path(package.__file__).parent)
# An interrupt that comes while Python lets go of something is only told, and what is let go of there is not closed.
_untold = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


def only_told(test: Callable[..., None]) -> Callable[..., None]:
    """Let a test interrupt calls, and have what they leave behind collected before it is over."""
    return _untold(pytest.mark.usefixtures("let_go")(test))


def interrupted(number: int, call: Callable[[], object]) -> bool:
    """
    Make a call, and interrupt it; return whether it was still running.

    The interrupt comes where the interpreter looks for signals: when the call with this *number*, counting those that
    the store makes and those that are made of it, has just begun, or returned from C.
    """

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal number
        if event in {"call", "c_return"} and frame.f_code.co_filename.startswith(HERE):
            number -= 1
            if not number:
                sys.setprofile(None)
                raise KeyboardInterrupt

    sys.setprofile(look)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False
