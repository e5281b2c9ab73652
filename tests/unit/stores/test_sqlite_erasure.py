"""What is erased is erased: nothing of it is left in any byte of the database's files."""

import itertools
import random
import threading

import pytest

from grantkit import Agent, Member, SupportAccess, System, Team
from grantkit.errors import Unavailable
from grantkit.ports import ConsentsOf, RequestsOf
from grantkit.stores import SQLiteStore
from grantkit.stores.sqlite import writing
from grantkit.testing import FakeClock
from unit.stores.sqlitefiles import (
    NOON,
    RULES,
    admin,
    agree,
    ask,
    bytes_of,
    consent,
    give,
    looking_into,
    opened,
    reason,
)

KEEPER = System("keeper")


@pytest.fixture
def path(tmp_path):
    """Return where a file may be, in a folder of its own."""
    return tmp_path / "file.db"


def told(access, tenant, number, size=0):
    """Write an event with every kind of erasable text in it; return those, and the event's sequence."""
    if not access.ledger.head(tenant).seq:
        access.freeze(
            tenant, by=admin(tenant, None), agent="a-nobody"
        )  # somebody without a name adopts the rules
    words = [f"{what}-canary-{tenant}-{number:04}-{size}" for what in ("reason", "name", "reference")]
    give(
        access,
        tenant,
        by=admin(tenant, words[1]),
        to=Team(f"team-{number % 9}"),
        reason=words[0] + " x" * size,
        channel="mail",
        reference=words[2],
        key=f"k-{number}",
    )
    return words, access.ledger.head(tenant).seq


def lying_beside(path, tenant, seqs):
    """Return the digests and salts that lie beside events."""
    wanted = "SELECT salt, CASE what WHEN 'payload' THEN text END FROM texts WHERE tenant = ? AND seq = ?"
    with looking_into(path) as connection:
        rows = [row for seq in seqs for row in connection.execute(wanted, (tenant, seq))]
    return [salt for salt, _ in rows] + [text.encode() for _, text in rows if text is not None]


def left(path, needles):
    """Return which of these are found in the bytes of the database's files."""
    lying = bytes_of(path)
    return [each for each in needles if (each if isinstance(each, bytes) else each.encode()) in lying]


@pytest.mark.parametrize("size", [0, 2000], ids=["short", "long"])
def test_erased_texts_are_gone_from_every_byte(size, path):
    """Reason, name, reference, payload and their salts are nowhere once erase has returned; the rest is as it was."""
    store, access = opened(path)
    with store:
        gone, seq = told(access, "acme", 1, size)
        kept, other = told(access, "acme", 2, size)
        secrets, beside = lying_beside(path, "acme", [seq]), lying_beside(path, "acme", [other])
        assert (8, 8) == (len(left(path, gone + secrets)), len(left(path, kept + beside)))
        assert 4 == access.ledger.erase("acme", by=KEEPER, events=[seq])
        assert ([], 8) == (left(path, gone + secrets), len(left(path, kept + beside)))
        assert 4 == access.ledger.verify("acme").erased
    assert ([], 8) == (left(path, gone + secrets), len(left(path, kept + beside)))


def asked_for(access, tenant):
    """Write every event of requests and consents that has erasable texts; return those, each with a canary in it."""
    words = {
        what: f"{what}-canary-{tenant}"
        for what in ("asked", "answered", "denied", "consented", "reference", "agent", "other")
    }
    kim = Agent("a-kim", teams={"support"}, name=words["agent"])
    ana = {"by": admin(tenant, words["other"])}
    agree(
        access,
        agree(access, ask(access, tenant, by=kim, reason=words["asked"]), **ana),
        by=Member("m-ben", tenant=tenant, roles={"admin"}),
        channel="mail",
        reference=words["reference"],
    )
    access.deny(tenant, ask(access, tenant, reason=words["answered"]).id, reason=words["denied"], **ana)
    consent(access, tenant, reason=words["consented"], **ana)
    return [*words.values()]


def test_texts_of_requests_are_gone_from_every_byte(path):
    """What was said in asking, answering, denying and consenting, and what was shown, is nowhere once it is erased."""
    store, access = opened(path)
    with store:
        gone, kept = asked_for(access, "acme"), asked_for(access, "globex")
        texts = {t: [x for e in store.events(t, 0, 99) for x in e.texts] for t in ("acme", "globex")}
        shown = [each.text for each in texts["acme"] if each.what == "preview"]
        assert 2 == len(shown)
        salts = [each.salt for each in texts["acme"]]
        beside = [*kept, *(each.salt for each in texts["globex"])]
        assert gone + salts == left(path, gone + salts)
        assert beside == left(path, beside)
        seqs = [each.seq for each in store.events("acme", 0, 99)]
        assert len(salts) == access.ledger.erase("acme", by=KEEPER, events=seqs)
        assert ([], beside) == (left(path, gone + salts), left(path, beside))
        rows = (
            *store.find(RequestsOf(tenant="acme", after=0, limit=9)),
            *store.find(ConsentsOf(tenant="acme", after=0, limit=9)),
        )
        assert [""] * 3 == [each.reason for each in rows]
        assert len(salts) == access.ledger.verify("acme").erased
        access.ledger.forget_tenant("globex", by=KEEPER)
        ids = [each.request.id for each in access.requests("acme")]
        assert ([], ids) == (left(path, beside), left(path, ids))
    assert [] == left(path, gone + salts + beside)


def test_forgotten_tenants_are_gone_from_every_byte(path):
    """Of a forgotten tenant neither texts nor ids nor sealed events are left; another tenant's are."""
    store, access = opened(path)
    with store:
        gone, seq = told(access, "acme", 1)
        kept, other = told(access, "globex", 1)
        made = access.grants("acme")[0].grant
        others = [ask(access).id, consent(access).id]
        sealed = store.events("acme", 0, 9)[-1].sealed
        needles = [*gone, *lying_beside(path, "acme", [seq]), made.id, sealed, *others]
        beside = lying_beside(path, "globex", [other])
        assert (12, 8) == (len(left(path, needles)), len(left(path, kept + beside)))
        last = access.ledger.forget_tenant("acme", by=KEEPER)
        assert ([], 8) == (left(path, needles), len(left(path, kept + beside)))
        assert last.hash.encode() in bytes_of(path)
        assert "no_grant" == reason(access)
        assert 3 == access.ledger.verify("globex").seq


def test_long_write_ahead_log_is_emptied(path):
    """However much was written since the last checkpoint, none of what is erased stays in the write-ahead log."""
    store, access = opened(path)
    log = path.with_name("file.db-wal")
    with store:
        written = [told(access, "acme", number, 1800) for number in range(30)]
        assert log.stat().st_size > 500_000
        access.ledger.erase("acme", by=KEEPER, events=[seq for _, seq in written[:20]])
        assert 0 == log.stat().st_size
        access.ledger.forget_tenant("acme", by=KEEPER)
        assert 0 == log.stat().st_size
        assert [] == left(path, [each for words, _ in written for each in words])


@pytest.mark.parametrize("how", ["next_command", "close", "compact"])
def test_reader_of_the_past_only_delays(how, path):
    """While somebody reads the past, its log stays and nobody waits; then the next command, or closing, empties it."""
    store, access = opened(path, wait=20)
    with store, looking_into(path) as reader:
        gone, seq = told(access, "acme", 1)
        reader.execute("BEGIN")
        seen = reader.execute("SELECT count(*) FROM entries").fetchall()
        access.ledger.erase("acme", by=KEEPER, events=[seq])
        assert [] == [text.what for entry in store.events("acme", 1, 9) for text in entry.texts]
        told(access, "globex", 1)
        assert 3 == len(left(path, gone))
        assert seen == reader.execute("SELECT count(*) FROM entries").fetchall()
        reader.execute("ROLLBACK")
        if how == "next_command":
            told(access, "initech", 1)
        elif how == "compact":
            store.compact()
        else:
            reader.close()
            store.close()
        assert [] == left(path, gone)


def test_other_threads_erase_as_well(path):
    """An erasure by the connection of another thread leaves as little."""
    store, access = opened(path)
    with store:
        gone, seq = told(access, "acme", 1)
        thread = threading.Thread(
            daemon=True, target=lambda: access.ledger.erase("acme", by=KEEPER, events=[seq])
        )
        thread.start()
        thread.join()
        assert [] == left(path, gone)


def crowded(path, seed):
    """Return a store, and an access to it that always writes the same bytes."""
    store, ids = SQLiteStore(path), itertools.count()
    return store, SupportAccess(
        store,
        clock=FakeClock(NOON),
        rules=RULES,
        id_factory=lambda prefix: f"{prefix}{next(ids):06}",
        salts=lambda: bytes([seed]) * 16,
    )


def traced(folder, how, seed):
    """
    Return a store whose pages filled up until cells moved, and what was erased from it.

    Where a cell has moved, SQLite leaves in the unused part of a page what lay there, and erasing does not find it.
    """
    store, access = crowded(folder / f"{seed}.db", 1)
    at_random = random.Random(seed)  # noqa: S311  # no secret
    written = {}
    for number in range(60):
        tenant = f"t{at_random.randrange(6)}"
        written.setdefault(tenant, []).append(told(access, tenant, number, at_random.randrange(450)))
    for tenant in ("t0", "t1", "t2"):
        if how == "forget":
            access.ledger.forget_tenant(tenant, by=KEEPER)
        else:
            access.ledger.erase(tenant, by=KEEPER, events=[seq for _, seq in written[tenant]])
    return (
        store,
        access,
        [each for tenant in ("t0", "t1", "t2") for words, _ in written[tenant] for each in words],
    )


@pytest.mark.parametrize("how", ["erase", "forget"])
def test_compacted_file_has_no_trace(how, tmp_path):
    """Where pages filled up and a trace stayed, compacting leaves none of it, and nothing else is lost."""
    for seed in (1, 8, *range(20, 40)):
        store, access, gone = traced(tmp_path, how, seed)
        path = tmp_path / f"{seed}.db"
        with store:
            if not left(path, gone):
                continue
            before = [(store.events(f"t{n}", 0, 99), store.rows(f"t{n}")) for n in range(6)]
            store.compact()
            assert [] == left(path, gone)
            assert before == [(store.events(f"t{n}", 0, 99), store.rows(f"t{n}")) for n in range(6)]
            assert [8, 8, 8] < [access.ledger.verify(f"t{n}").seq for n in (3, 4, 5)]
        assert [] == left(path, gone)
        return
    pytest.skip("this SQLite leaves no trace")


def test_compacting_waits_for_its_turn(path):
    """While another process writes, compacting is Unavailable, and the file is as it was; then it works."""
    store, access = opened(path, wait=0)
    with store, looking_into(path) as other:
        told(access, "acme", 1)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="SQLITE_BUSY"):
            store.compact()
        other.execute("ROLLBACK")
        store.compact()
        assert 3 == access.ledger.verify("acme").seq


def test_cleaning_up_changes_no_setting(path):
    """After the log was emptied and the file compacted, commands wait for others as before, and nothing spills."""
    store, access = opened(path, wait=7.5)
    with store:
        run = store._connections.mine().run
        assert run(writing.scrub) is True
        _, seq = told(access, "acme", 1)
        access.ledger.erase("acme", by=KEEPER, events=[seq])
        store.compact()
        assert [(7500,)] == run(lambda c: c.execute("PRAGMA busy_timeout").fetchall())
        assert [(2,)] == run(lambda c: c.execute("PRAGMA temp_store").fetchall())
