"""
What fails under the SQLite store, and what is true afterwards.

After every failure the same holds: one typed error, nothing lost, nothing half written, and the same command works as
soon as what failed is there again.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import attrs
import pytest

from grantkit import Elapsed, GrantkitError, Team
from grantkit.codec import row_text
from grantkit.errors import Corrupt, HeadMoved, NotReady, OutcomeUnknown, StoreError, Unavailable
from grantkit.lifecycle import Want
from grantkit.ports import Batch, ConsentsOf, Due, GrantsOf, RequestsOf
from grantkit.stores import SQLiteStore
from unit.stores.sqlitefiles import (
    KIM,
    NOW,
    admin,
    ask,
    consent,
    door,
    fill,
    give,
    interrupted,
    looking_into,
    noise,
    only_told,
    opened,
    reason,
)

LONG = "Boards are missing since the import. " * 100


@pytest.fixture
def path(tmp_path):
    """Return where a file may be, in a folder of its own."""
    return tmp_path / "file.db"


def state(store, tenant="acme"):
    """Return everything that a store has of a tenant."""
    return store.events(tenant, 0, 999), dict(store.rows(tenant))


def sound(path, tenant="acme"):
    """Whether a store that is opened anew finds a record that holds."""
    with SQLiteStore(path) as store:
        return store.load(tenant, Want()).head.seq == door(store).ledger.verify(tenant).seq


def told(kind, name, call, *args, **kwargs):
    """Assert that a call raises one error, exactly of this kind, that names the failure as SQLite does."""
    with pytest.raises(GrantkitError) as caught:
        call(*args, **kwargs)
    assert kind is type(caught.value)
    assert name in str(caught.value)


# --- no space ---------------------------------------------------------------------------------------------------------


def freeze_many(access, number):
    access.freeze("acme", by=admin(), agent=f"a-{number}")


WRITES = {
    "grant": lambda access, number: give(access, reason=LONG),
    "request": lambda access, number: ask(access, reason=LONG),
    "consent": lambda access, number: consent(access, reason=LONG),
    "grant_to_another": lambda access, number: give(access, f"tenant-{number}", reason=LONG),
    "freeze": freeze_many,
    "extend": lambda access, number: give(access, to=Team(f"team-{number}"), ends=Elapsed(hours=number + 1)),
}


@pytest.mark.parametrize("name", WRITES)
def test_full_file_loses_nothing(name, path):
    """Where the file cannot grow, a command is Unavailable and has written nothing; with room again, it works."""
    store, access = opened(path)
    with store:
        made = give(access)
        run = store._connections.mine().run
        pages = run(lambda c: c.execute("PRAGMA page_count").fetchall())[0][0]
        run(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall())
        failed = None
        for number in range(999):
            tenant = f"tenant-{number}" if name == "grant_to_another" else "acme"
            was = state(store, tenant)
            try:
                WRITES[name](access, number)
            except GrantkitError as error:
                failed = error
                break
        assert (Unavailable, True) == (type(failed), "(SQLITE_FULL)" in str(failed))
        assert was == state(store, tenant)
        assert "allowed" == reason(access)
        run(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchall())
        WRITES[name](access, number)
        access.revoke("acme", made.id, by=admin())
    assert sound(path)


def spoken(script, *args, wrap=(), measured=True):
    """Return what a script says that runs in a process of its own, line by line."""
    # Another user may not write down what was covered.
    env = {name: value for name, value in os.environ.items() if measured or not name.startswith("COV")}
    begin = dedent(
        """
        import os, sys, threading
        sys.path[:0] = sys.argv.pop(1).split(os.pathsep)
        from grantkit import *
        from grantkit.errors import StoreError
        from grantkit.stores import SQLiteStore
        from unit.stores.sqlitefiles import *

        def attempt(call, *args, **kwargs):
            try:
                return call(*args, **kwargs)
            except StoreError as error:
                print(type(error).__name__, flush=True)
        """
    )
    tests = os.pathsep.join([str(Path(__file__).parents[2])])
    command = [*wrap, sys.executable, "-c", begin + dedent(script), tests, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a file system of its own")
def test_full_disk_loses_nothing(tmp_path):
    """On a disk without space a command is a typed error; nothing is lost, and with space again it works."""
    probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system of its own")
    script = """
        path = Path(sys.argv[1]) / "file.db"
        ballast = path.with_name("ballast")
        ballast.write_bytes(bytes(64 * 1024))
        store, access = opened(path)
        written = []
        while len(written) < 99 and (made := attempt(give, access, reason="Boards are missing. " * 200)):
            written.append(made.id)
        print(len(written) in range(2, 99), access.ledger.verify("acme").seq == len(written) + 1, reason(access))
        ballast.unlink()
        print([give(access).id in {each.grant.id for each in access.grants("acme")}])
        store.close()
        store, access = opened(path)
        print(access.ledger.verify("acme").seq == len(written) + 2)
        print({*written} < {each.grant.id for each in access.grants("acme")})
    """
    wrap = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=420k none "{tmp_path}" && exec "$@"', "sh"]
    found = spoken(script, tmp_path, wrap=wrap)
    assert found[0] in {"Unavailable", "OutcomeUnknown"}
    assert ["True True allowed", "[True]", "True", "True"] == found[1:]


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of this kind there")
def test_file_that_may_not_grow_loses_nothing(tmp_path):
    """Where a write fails in the middle of a commit, the outcome is unknown, nothing is torn, and it works again."""
    script = """
        import resource
        path = Path(sys.argv[1]) / "file.db"
        store, access = opened(path)
        give(access)
        size = path.with_name("file.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 9000, resource.RLIM_INFINITY))
        written = [made for number in range(9) if (made := attempt(give, access, key=f"k-{number}"))]
        seq = access.ledger.verify("acme").seq
        print(len(written) < 9, seq == len(written) + 2)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        again = {give(access, key=f"k-{number}").id for number in range(9)}
        print({each.id for each in written} < again, len(again), access.ledger.verify("acme").seq)
        store.close()
        store, access = opened(path)
        print(access.ledger.verify("acme").seq)
    """
    found = spoken(script, tmp_path)
    assert {"OutcomeUnknown"} == set(found[:-3])
    assert ["True True", "True 9 11", "11"] == found[-3:]


# --- no right ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def everywhere():
    """Return a folder that another user gets to, too."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no users of this kind there")
def test_file_without_the_right_to_write_is_unavailable(everywhere):
    """A file, or a folder, that may not be written is Unavailable at the latest when written; reading goes on."""
    for name in ("file", "folder", "both"):
        (everywhere / name).mkdir()
        store, access = opened(everywhere / name / "file.db")
        with store:
            give(access)
        (everywhere / name / "file.db").chmod(0o666 if name == "folder" else 0o444)
        (everywhere / name).chmod(0o777 if name == "file" else 0o555)
    script = """
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        for name in ("file", "folder", "both"):
            folder = Path(sys.argv[1]) / name
            print(name)
            attempt(SQLiteStore, folder / "new.db") if name != "file" else print("-")
            found = attempt(opened, folder / "file.db")
            if found:
                store, access = found
                print(reason(access))
                attempt(give, access)
                print(reason(access), access.ledger.verify("acme").seq)
                store.close()
    """
    expected = ["file", "-", "allowed", "Unavailable", "allowed 2"]
    expected += ["folder", "Unavailable", "Unavailable", "both", "Unavailable", "Unavailable"]
    assert expected == spoken(script, everywhere, measured=False)
    for name in ("file", "folder", "both"):
        (everywhere / name).chmod(0o755)
        (everywhere / name / "file.db").chmod(0o644)
        store, access = opened(everywhere / name / "file.db")
        with store:
            give(access)
            assert 3 == access.ledger.verify("acme").seq


# --- no lock ----------------------------------------------------------------------------------------------------------


def test_locked_file_is_unavailable(path):
    """While another process writes, a command that waits no longer is Unavailable; decisions go on; then it works."""
    store, access = opened(path, wait=0)
    with store, looking_into(path) as other:
        made = give(access)
        was = state(store)
        other.execute("BEGIN EXCLUSIVE")
        told(Unavailable, "SQLITE_BUSY", give, access)
        told(Unavailable, "SQLITE_BUSY", access.revoke, "acme", made.id, by=admin())
        assert (was, "allowed") == (state(store), reason(access))
        other.execute("ROLLBACK")
        access.revoke("acme", made.id, by=admin())
        assert "revoked" == reason(access)
    assert sound(path)


def test_command_waits_for_the_lock(path):
    """A command waits for another process as long as it was told to, and then is carried out on what that one wrote."""
    store, access = opened(path, wait=30)
    other, beside = opened(path)
    with store, other, looking_into(path, check_same_thread=False) as holding:
        made = give(access)
        holding.execute("BEGIN IMMEDIATE")
        done = []
        thread = threading.Thread(
            daemon=True, target=lambda: done.append(access.revoke("acme", made.id, by=admin()))
        )
        thread.start()
        thread.join(0.1)
        assert ([], True) == (done, thread.is_alive())
        holding.execute("ROLLBACK")
        thread.join()
        assert "revoked" == done[0].ended.how.value
        assert "revoked" == reason(beside)


# What brings an empty file back to version 1, as far as its version is looked at.
_AS_IT_WAS = """
DROP TABLE grants; DROP TABLE requests; DROP TABLE links; DROP TABLE sessions; DROP TABLE usages; DROP TABLE tallies;
DROP TABLE cursors;
CREATE TABLE grants (tenant TEXT NOT NULL, id TEXT NOT NULL, holder_kind TEXT NOT NULL, holder TEXT NOT NULL,
    over_at INTEGER NOT NULL, closes INTEGER NOT NULL, ended INTEGER NOT NULL CHECK (ended IN (0, 1)), parent TEXT,
    consent_seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
CREATE INDEX grants_held ON grants (holder, holder_kind, tenant, over_at);
CREATE INDEX grants_in_order ON grants (tenant, consent_seq, id);
PRAGMA user_version = 1;
"""


@pytest.mark.parametrize("held", ["new", "older"])
def test_file_that_cannot_be_laid_out_now_is_unavailable(held, path):
    """A file that another process holds cannot be made or brought up meanwhile; later it can."""
    if held == "older":
        SQLiteStore(path).close()
        with looking_into(path) as other:
            other.executescript(_AS_IT_WAS)
    with looking_into(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        told(Unavailable, "SQLITE_BUSY", SQLiteStore, path, wait=0)
    store, access = opened(path)
    with store:
        give(access)
    assert sound(path)


# --- no luck ----------------------------------------------------------------------------------------------------------


class Failing(sqlite3.Connection):
    """A connection to a disk that fails as it is told: before a statement, or after it has been carried out."""

    faults = ()

    def execute(self, statement, *parameters):
        fault = next(
            (each for each in Failing.faults if statement.split() and begins(statement, each[0])), None
        )
        if fault is None or fault[2] == "after":
            found = super().execute(statement, *parameters)
        if fault is None:
            return found
        left = list(Failing.faults)
        left.remove(fault)
        Failing.faults = tuple(left)
        error = fault[3]("disk I/O error") if len(fault) > 3 else sqlite3.OperationalError("disk I/O error")
        if fault[1]:
            error.sqlite_errorname = fault[1]
        raise error


def begins(statement, words):
    return " ".join(statement.split()).startswith(words)


@pytest.fixture
def failing(monkeypatch):
    """Let connections fail as the returned function is told."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kw: connect(*args, **{"factory": Failing, **kw}))

    def fail(*faults):
        monkeypatch.setattr(Failing, "faults", faults)

    fail()
    return fail


FAULTS = {
    "fsync_at_commit": ([("COMMIT", "SQLITE_IOERR_FSYNC", "before")], OutcomeUnknown, False),
    "write_at_commit": ([("COMMIT", "SQLITE_IOERR_WRITE", "before")], OutcomeUnknown, False),
    "after_commit": ([("COMMIT", "SQLITE_IOERR", "after")], OutcomeUnknown, True),
    "full_at_commit": ([("COMMIT", "SQLITE_FULL", "before")], Unavailable, False),
    "busy_at_commit": ([("COMMIT", "SQLITE_BUSY", "before")], Unavailable, False),
    "corrupt_at_commit": ([("COMMIT", "SQLITE_CORRUPT_INDEX", "before")], Corrupt, False),
    "no_lock": ([("BEGIN IMMEDIATE", "SQLITE_IOERR_LOCK", "before")], Unavailable, False),
    "busy": ([("BEGIN IMMEDIATE", "SQLITE_BUSY", "before")], Unavailable, False),
    "begun_and_failed": ([("BEGIN IMMEDIATE", "SQLITE_IOERR", "after")], Unavailable, False),
    "head_read": ([("SELECT seq, hash FROM heads", "SQLITE_IOERR_READ", "before")], Unavailable, False),
    "no_database": ([("SELECT seq, hash FROM heads", "SQLITE_NOTADB", "before")], Corrupt, False),
    "first_write": ([("INSERT INTO entries", "SQLITE_IOERR_WRITE", "before")], Unavailable, False),
    "middle_write": ([("INSERT INTO grants", "SQLITE_FULL", "after")], Unavailable, False),
    "last_write": ([("INSERT INTO heads", "SQLITE_IOERR_WRITE", "after")], Unavailable, False),
    "taken": ([("INSERT INTO entries", "SQLITE_CONSTRAINT_PRIMARYKEY", "before")], Corrupt, False),
    "torn": ([("INSERT INTO heads", "SQLITE_CORRUPT", "after")], Corrupt, False),
    "slice": ([("SELECT seq, seen_at", "SQLITE_IOERR_SHORT_READ", "before")], Unavailable, False),
    "snapshot": ([("BEGIN", "SQLITE_CANTOPEN", "before")], Unavailable, False),
    "read_only": ([("INSERT INTO texts", "SQLITE_READONLY", "before")], Unavailable, False),
    "no_name": ([("INSERT INTO texts", "", "before", sqlite3.ProgrammingError)], Unavailable, False),
    "rollback_too": (
        [("INSERT INTO heads", "SQLITE_IOERR_WRITE", "after"), ("ROLLBACK", "SQLITE_IOERR", "before")],
        Unavailable,
        False,
    ),
    "rollback_too_at_commit": (
        [("COMMIT", "SQLITE_IOERR_FSYNC", "before"), ("ROLLBACK", "SQLITE_IOERR", "before")],
        OutcomeUnknown,
        False,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_failing_disk_is_one_typed_error_and_tears_nothing(name, path, failing):
    """Wherever the disk fails there is one typed error, all or nothing is written, and the same command then works."""
    faults, kind, written = FAULTS[name]
    store, access = opened(path)
    with store, looking_into(path, factory=sqlite3.Connection) as other:
        give(access)
        was = state(store)
        failing(*faults)
        told(kind, faults[0][1] or "ProgrammingError", give, access, to=KIM, key="k-1", reason=LONG)
        assert () == Failing.faults
        other.execute("BEGIN IMMEDIATE")  # nobody is kept out
        other.execute("ROLLBACK")
        assert written is (was != state(store))
        assert "allowed" == reason(access)
        made = give(access, to=KIM, key="k-1", reason=LONG)
        access.revoke("acme", made.id, by=admin())
        assert 2 == len(access.grants("acme"))
        assert ["rules_adopted", "granted", "granted", "revoked"] == [
            event.kind for event in access.ledger.history("acme")
        ]
    assert sound(path)


def test_connection_that_cannot_roll_back_is_thrown_away(path, failing):
    """Where not even a rollback works, the connection goes: the next command opens another, and keeps nobody out."""
    store, access = opened(path)
    with store, looking_into(path, factory=sqlite3.Connection) as other:
        give(access)
        was = state(store)
        failing(
            ("INSERT INTO heads", "SQLITE_IOERR_WRITE", "after"),
            *[("ROLLBACK", "SQLITE_IOERR", "before")] * 9,
        )
        told(Unavailable, "SQLITE_IOERR", give, access, to=KIM)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        failing()
        assert was == state(store)
        give(access, to=KIM)
    assert sound(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_IOERR_READ", Unavailable),
        ("SQLITE_BUSY_RECOVERY", Unavailable),
        ("SQLITE_PROTOCOL", Unavailable),
        ("SQLITE_INTERRUPT", Unavailable),
        ("SQLITE_NOTADB", Corrupt),
        ("SQLITE_CORRUPT_VTAB", Corrupt),
    ],
)
def test_failing_read_is_a_deny(name, kind, path, failing):
    """Where the facts cannot be read the decision is a deny that carries a typed error, and the next one is not."""
    store, access = opened(path)
    with store:
        give(access)
        failing(("SELECT 0, seq", name, "before"))
        decision = access.authorize(KIM, "acme", "board:read")
        assert ("store_unavailable", False, kind) == (decision.reason, bool(decision), type(decision.error))
        assert name in str(decision.error)
        assert "allowed" == reason(access)


def test_head_that_moved_writes_nothing(path):
    """A batch for another head, or that forgets a record which is not where it was, is refused whole."""
    store, access = opened(path)
    with store:
        give(access)
        give(access, "globex")
        was = state(store), state(store, "globex")
        entries, head = store.events("acme", 0, 1), access.ledger.head("globex")
        rewritten = type(head)(tenant="globex", seq=2, hash=head.hash[::-1])
        shorter = type(head)(tenant="globex", seq=1, hash=head.hash)
        last = store.events("acme", 1, 1)[0].hash
        for expected, follows, forgets in (
            (1, last, None),
            (3, last, None),
            (2, last[::-1], None),
            (2, last, shorter),
            (2, last, rewritten),
        ):
            batch = Batch(entries=entries, follows=follows, rows={}, forgets=forgets)
            with pytest.raises(HeadMoved):
                store.append("acme", expected, batch)
        assert was == (state(store), state(store, "globex"))


def test_entry_that_is_there_already_is_no_reason_to_try_again(path):
    """Where something lies past the head, writing over it is Corrupt, and writes nothing."""
    store, access = opened(path)
    with store, looking_into(path) as other:
        give(access)
        other.execute("INSERT INTO entries SELECT tenant, 3, hash, sealed FROM entries WHERE seq = 2")
        was = state(store)
        told(Corrupt, "SQLITE_CONSTRAINT_PRIMARYKEY", give, access)
        assert was == state(store)


def test_row_of_no_known_kind_is_refused_whole(path):
    """A batch with something in it that is no row is refused, and nothing of it is written."""
    store, access = opened(path)
    with store:
        give(access)
        was = state(store)
        head = store.load("acme", Want()).head
        rows = {("head",): attrs.evolve(head, seq=3), ("what",): object()}
        batch = Batch(entries=(), follows=head.hash, rows=rows)
        with pytest.raises((StoreError, TypeError)):
            store.append("acme", 2, batch)
        assert was == state(store)


def test_text_that_is_not_there_cannot_be_erased(path):
    """Where a text that is to go is not there, nothing is written: an event would say what has not happened."""
    store, access = opened(path)
    with store:
        give(access)
        was = state(store)
        head = store.load("acme", Want()).head
        batch = Batch(
            entries=(), follows=head.hash, rows={}, erases=((2, "reason"), (2, "name:agent:a-nobody"))
        )
        with pytest.raises(Corrupt):
            store.append("acme", 2, batch)
        assert was == state(store)


# --- no sound page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["noise", "another_page"])
def test_damaged_pages_never_allow(damage, path):
    """Whichever page is damaged: never an allow, never a foreign error, and verify does not pass over it."""
    store, access = opened(path)
    with store:
        made = fill(access)
        was = state(store)
        assert "frozen" == reason(access)
    whole = path.read_bytes()
    pages = len(whole) // 4096
    answers = set()
    for page in range(1, pages):
        bad = {
            "noise": noise(page, 4096),
            "another_page": whole[(page % (pages - 1) + 1) * 4096 :][:4096],
        }[damage]
        path.write_bytes(whole[: page * 4096] + bad + whole[(page + 1) * 4096 :])
        try:
            store, access = opened(path)
        except Corrupt:
            answers.add("Corrupt")  # a page of the layout itself
            continue
        with store:
            answers.add(reason(access))
            answers.add(reason(access, agent=type(KIM)("a-lee", teams={"support"})))
            try:
                found = access.ledger.verify("acme").seq, state(store)
            except GrantkitError as error:
                answers.add(type(error).__name__)
            else:
                assert (len(was[0]), was) == found  # what decisions and proofs are made of is all there
            with suppress(GrantkitError):
                access.revoke("acme", made[1].id, by=admin())
            answers.add(reason(access))
    assert {"frozen", "store_unavailable", "Corrupt"} <= answers
    assert answers <= {"frozen", "store_unavailable", "Corrupt", "ChainBroken"}


# --- no past ----------------------------------------------------------------------------------------------------------

READS = {
    "authorize": lambda store, access: access.authorize(KIM, "acme", "board:read").error,
    "read": lambda store, access: store.read("acme", "a-kim", KIM.holders, NOW),
    "load": lambda store, access: store.load("acme", Want(holder=KIM.holders[1], alive_after=NOW)),
    "grants": lambda store, access: store.find(GrantsOf(tenant="acme", after=0, limit=99)),
    "consents": lambda store, access: store.find(ConsentsOf(tenant="acme", after=0, limit=99)),
    "requests": lambda store, access: store.find(RequestsOf(tenant="acme", after=0, limit=99)),
    "due": lambda store, access: store.find(Due(by=NOW.replace(year=2030), limit=99)),
    "tenants": lambda store, access: access.visible_tenants(KIM),
    "grant": lambda store, access: give(access),
}


@pytest.mark.parametrize("name", READS)
def test_error_that_is_kept_does_not_keep_the_past(name, path):
    """An error over unreadable rows may be kept for ever: revocations elsewhere count at once, and commands work."""
    store, access = opened(path)
    other, beside = opened(path)
    with store, other, looking_into(path) as raw:
        for _ in range(3):
            give(access)
        ask(access)
        consent(access)
        made = give(access, "globex")
        raw.execute("UPDATE grants SET body = '{' WHERE tenant = 'acme'")
        raw.execute("UPDATE requests SET body = '{'")
        if name == "grant":
            raw.execute("UPDATE heads SET freeze = '{' WHERE tenant = 'acme'")
        try:
            kept = READS[name](store, access)
        except Corrupt as error:
            kept = error
        assert isinstance(kept, Corrupt)
        assert kept.__traceback__ is not None
        assert "allowed" == reason(access, "globex")
        beside.revoke("globex", made.id, by=admin("globex"))
        assert "revoked" == reason(access, "globex")
        give(access, "initech")


# --- no time ----------------------------------------------------------------------------------------------------------


@only_told
def test_interrupted_command_is_whole_or_not_at_all(path):
    """Wherever a command is interrupted, it is written whole or not at all, keeps nobody out, and works again."""
    store, access = opened(path)
    with store, looking_into(path) as other:
        give(access)
        number, seq = 0, 2
        while True:
            number += 1
            stopped = interrupted(number, lambda: give(access))
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            ((now,),) = other.execute("SELECT seq FROM heads").fetchall()
            assert now - seq in {0, 1}
            seq = now
            if not stopped:
                break
        assert number > 30, number  # how many there are depends on what is remembered from earlier tests
        assert seq > 2
        give(access)
        assert seq + 1 == access.ledger.verify("acme").seq


@only_told
def test_interrupted_decision_does_not_keep_the_past(path):
    """Wherever a decision is interrupted, the next one of that thread knows what has been written since."""
    store, access = opened(path)
    other, beside = opened(path)
    parent, child = give(access), give(access, to=KIM)
    with store, other, looking_into(path) as raw:
        # A grant that rests on another is read in more than one statement.
        resting = attrs.evolve(child, parent=parent.id)
        raw.execute("UPDATE grants SET body = ? WHERE id = ?", (row_text(resting), child.id))
        number, going = 0, True
        while going:
            number += 1
            beside.freeze("acme", by=admin(), agent="a-kim")
            going = interrupted(number, lambda: access.authorize(KIM, "acme", "board:read"))
            beside.unfreeze("acme", by=admin(), agent="a-kim")
            assert "allowed" == reason(access)
        assert number > 20


@only_told
def test_interrupted_opening_leaves_no_lock(tmp_path):
    """Wherever the making of a file is interrupted, nobody is kept out of it, and it can be made."""
    number = 0
    while True:
        number += 1
        path = tmp_path / f"{number}.db"
        stopped = interrupted(number, lambda path=path: SQLiteStore(path).close())
        with looking_into(path) as other:
            other.execute("BEGIN EXCLUSIVE")
            other.execute("ROLLBACK")
        if number % 5 == 0 or not stopped:
            store, access = opened(path)
            with store:
                give(access)
        if not stopped:
            break
    assert number > 30


def test_interrupt_while_waiting_for_the_lock_leaves_no_lock(path):
    """Ctrl-C while a command waits for the lock ends it as soon as it has it, and the lock is free again."""
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals come to the main thread alone")
    store, access = opened(path, wait=30)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with store, looking_into(path, check_same_thread=False) as other:
            give(access)
            other.execute("BEGIN IMMEDIATE")

            def interrupt():
                signal.raise_signal(signal.SIGINT)
                other.execute("ROLLBACK")

            timer = threading.Timer(0.1, interrupt)
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                give(access, to=KIM)
            timer.join()
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            assert 2 == access.ledger.verify("acme").seq
            give(access, to=KIM)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sound(path)


def test_call_within_a_call_is_refused(path):
    """A signal handler that uses the store in the middle of a call of its thread is denied; the call goes on."""
    store, access = opened(path)
    with store:
        give(access)

        def work(connection):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE heads SET seq = 7")
            within = access.authorize(KIM, "acme", "board:read")
            with pytest.raises(Unavailable, match="in the middle of another call"):
                access.ledger.head("acme")
            return within.reason, connection.in_transaction

        assert ("store_unavailable", True) == store._connections.mine().run(work)
        assert ("allowed", 2) == (reason(access), access.ledger.verify("acme").seq)


# --- no parent --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork there")
def test_fork_loses_nothing_of_the_child(tmp_path):
    """What a forked child was told is written stays, whatever its parent was doing and whenever it lets go."""
    script = """
        path = Path(sys.argv[1]) / "file.db"
        store, access = opened(path)
        made = [give(access), give(access, "globex")]
        inside, go_on = threading.Event(), threading.Event()

        def write(connection):
            connection.execute("BEGIN IMMEDIATE")
            inside.set()
            go_on.wait(0.1)

        thread = threading.Thread(target=lambda: store._connections.mine().run(write))
        thread.start()
        inside.wait()
        (told, tell), (done, end) = os.pipe(), os.pipe()
        if not (child := os.fork()):
            access.revoke("acme", made[0].id, by=admin())
            os.write(end, b".")
            os.read(told, 1)
            access.revoke("globex", made[1].id, by=admin("globex"))
            os._exit(0)
        thread.join()
        os.read(done, 1)
        print(reason(access))
        store.close()
        os.write(tell, b".")
        os.waitpid(child, 0)
        store, access = opened(path)
        print(reason(access), reason(access, "globex"), access.ledger.verify("globex").seq)
    """
    assert ["revoked", "revoked revoked 3"] == spoken(script, tmp_path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the C library for a fork")
def test_fork_that_python_does_not_know_of_is_refused(tmp_path):
    """A child that was forked past Python inherits locks that are none: it is denied, also where it opens anew."""
    script = """
        import ctypes
        path = Path(sys.argv[1]) / "file.db"
        store, access = opened(path)
        made = give(access)
        if not (child := ctypes.CDLL(None).fork()):
            print(reason(access))
            attempt(access.revoke, "acme", made.id, by=admin())
            attempt(SQLiteStore, path)
            attempt(SQLiteStore, path.with_name("other.db"))
            store.close()
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        print(reason(access), access.revoke("acme", made.id, by=admin()).id == made.id, reason(access))
    """
    expected = ["store_unavailable", *["NotReady"] * 3, "allowed True revoked"]
    assert expected == spoken(script, tmp_path)


def test_inherited_connection_is_neither_used_nor_closed(path, tmp_path, monkeypatch):
    """A connection of another process is left alone, and no other is opened beside it."""
    store, access = opened(path)
    with store:
        give(access)
        held = store._connections.mine()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            assert "store_unavailable" == reason(access)
            told(NotReady, "fork", SQLiteStore, tmp_path / "other.db")
            held.close()
        assert "allowed" == reason(access)
        assert held is store._connections.mine()
