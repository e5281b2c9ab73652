"""The file of the SQLite store: how it is laid out, brought up, recognised and refused, opened and let go of."""

import copy
import gc
import os
import pickle
import sqlite3
import struct
import sys
import threading
import traceback
from contextlib import closing
from pathlib import Path

import pytest

from grantkit import Grant
from grantkit.errors import Corrupt, GrantkitError, InvalidInput, StoreError, Unavailable
from grantkit.lifecycle import Want
from grantkit.model import Cursor, Holder, Use
from grantkit.ports import Batch, Behind, Cursors, GrantsOf, SessionsOf, Store, TenantsOf, UsagesOf, UsesOf
from grantkit.stores import SQLiteStore
from grantkit.stores.sqlite import schema
from grantkit.stores.sqlite.connections import Held
from unit.stores.sqlitefiles import (
    KIM,
    NOW,
    admin,
    ask,
    columns,
    consent,
    contents,
    door,
    fill,
    give,
    layout,
    looking_into,
    noise,
    opened,
    reason,
)

# The layouts of versions 1 and 2, as they were: what they say must never change, since files say it.
FIRST = """
CREATE TABLE heads (tenant TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL CHECK (seq >= 0), hash TEXT NOT NULL,
    seen_at INTEGER NOT NULL, rules TEXT NOT NULL, cut_off INTEGER NOT NULL CHECK (cut_off >= 0), freeze TEXT)
    STRICT, WITHOUT ROWID;
CREATE TABLE entries (tenant TEXT NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), hash TEXT NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (tenant, seq)) STRICT;
CREATE TABLE texts (tenant TEXT NOT NULL, seq INTEGER NOT NULL, what TEXT NOT NULL, salt BLOB NOT NULL,
    text TEXT NOT NULL, PRIMARY KEY (tenant, seq, what)) STRICT, WITHOUT ROWID;
CREATE TABLE documents (digest TEXT NOT NULL PRIMARY KEY, document BLOB NOT NULL) STRICT;
CREATE TABLE stances (tenant TEXT NOT NULL, agent TEXT NOT NULL, cut_off INTEGER NOT NULL CHECK (cut_off >= 0),
    freeze TEXT, PRIMARY KEY (tenant, agent)) STRICT, WITHOUT ROWID;
CREATE TABLE cuts (tenant TEXT NOT NULL, seq INTEGER NOT NULL, agent TEXT, at INTEGER NOT NULL,
    PRIMARY KEY (tenant, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE retries (tenant TEXT NOT NULL, row_key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, row_key))
    STRICT, WITHOUT ROWID;
CREATE TABLE grants (tenant TEXT NOT NULL, id TEXT NOT NULL, holder_kind TEXT NOT NULL, holder TEXT NOT NULL,
    over_at INTEGER NOT NULL, closes INTEGER NOT NULL, ended INTEGER NOT NULL CHECK (ended IN (0, 1)), parent TEXT,
    consent_seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
CREATE INDEX grants_held ON grants (holder, holder_kind, tenant, over_at);
CREATE INDEX grants_in_order ON grants (tenant, consent_seq, id);
PRAGMA application_id = 1735551860;
PRAGMA user_version = 1;
"""
SECOND = f"""
{FIRST}
CREATE INDEX grants_due ON grants (closes, id) WHERE ended = 0;
PRAGMA user_version = 2;
"""
OLDER = {1: FIRST, 2: SECOND}


def words(rows):
    """Return a layout with its white space evened out."""
    return [
        (*row[:3], row[3] and " ".join(row[3].replace("(", " ( ").replace(")", " ) ").split()), row[4])
        for row in rows
    ]


@pytest.fixture
def path(tmp_path):
    """Return where a file may be, in a folder of its own."""
    return tmp_path / "file.db"


@pytest.fixture
def older(tmp_path):
    """Return what makes a file of an older version with a record in it, and tells what its record and rows are."""

    def made(version):
        present, path = tmp_path / "present.db", tmp_path / "older" / "file.db"
        store, access = opened(present)
        with store:
            fill(access, asked=False)
            fill(access, "globex", asked=False)
            known = [(store.events(tenant, 0, 99), store.rows(tenant)) for tenant in ("acme", "globex")]
        path.parent.mkdir()
        with looking_into(path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(OLDER[version])
            connection.execute("ATTACH ? AS present", (str(present),))
            tables = connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall()
            for (table,) in tables:
                found = connection.execute(f"PRAGMA main.table_info({table})").fetchall()
                names = ", ".join(name for _, name, *_ in found)
                connection.execute(f"INSERT INTO main.{table} SELECT {names} FROM present.{table}")  # noqa: S608  # our own names
        return path, known

    return made


def holds(path, known):
    """Whether the file has this record and these rows, is of the present version, and verifies."""
    store, access = opened(path)
    with store:
        found = [(store.events(tenant, 0, 99), store.rows(tenant)) for tenant in ("acme", "globex")]
        seqs = [access.ledger.verify(tenant).seq for tenant in ("acme", "globex")]
    with looking_into(path) as connection:
        version = connection.execute("PRAGMA user_version").fetchall()
    return (known, [len(known[0][0])] * 2, [(schema.VERSION,)]) == (found, seqs, version)


# --- laid out ---------------------------------------------------------------------------------------------------------


def test_new_file_says_whose_it_is(path):
    """A new file carries the application's id, the version of its layout and WAL mode in its header."""
    SQLiteStore(path).close()
    header = path.read_bytes()[:100]
    assert (2, 2) == (header[18], header[19])
    assert (schema.VERSION,) == struct.unpack(">I", header[60:64])
    assert b"grkt" == header[68:72]
    assert ["file.db"] == list(contents(path))


def test_tables_are_strict_and_compare_bytes(path):
    """Every table is STRICT, every index compares byte for byte, and every table of tenants is known as one."""
    SQLiteStore(path).close()
    wanted = "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
    of_index = """
        SELECT DISTINCT x.coll
        FROM sqlite_schema AS s, pragma_index_list(s.name) AS i, pragma_index_xinfo(i.name) AS x
    """
    with looking_into(path) as connection:
        tables = dict(connection.execute(wanted))
        collations = connection.execute(of_index).fetchall()
    assert {1} == set(tables.values())
    assert [("BINARY",)] == collations
    assert {table for table, column, _ in columns() if column == "tenant"} == set(schema.TABLES_OF_A_TENANT)
    assert {*schema.TABLES_OF_A_TENANT, "documents"} == tables.keys()


SETTINGS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "temp_store": 2,
    "busy_timeout": 1250,
}


def test_every_connection_is_set_the_same(path):
    """What makes a commit durable and an erasure real holds for the connection of every thread."""
    found = []

    def look():
        run = store._connections.mine().run
        found.append(
            {name: run(lambda c, n=name: c.execute(f"PRAGMA {n}").fetchall()[0][0]) for name in SETTINGS}
        )

    with SQLiteStore(path, wait=1.25) as store:
        threads = [threading.Thread(daemon=True, target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
            thread.join()
        look()
    assert [SETTINGS] * 3 == found


def test_what_was_written_is_there_again(path):
    """A file that was closed is the same when it is opened again, and two stores of one file see the same."""
    store, access = opened(path)
    with store:
        fill(access)
        events, rows, head = store.events("acme", 0, 99), store.rows("acme"), access.ledger.head("acme")
    first, again = opened(path)
    second, beside = opened(path)
    with first, second:
        assert (events, rows) == (first.events("acme", 0, 99), first.rows("acme"))
        assert (events, rows) == (second.events("acme", 0, 99), second.rows("acme"))
        assert head == again.ledger.verify("acme", head).head
        assert "frozen" == reason(again)
        again.unfreeze("acme", by=admin())
        assert "allowed" == reason(beside) == reason(again)


def test_empty_file_is_laid_out(path):
    """A file without a byte in it is a new one."""
    path.touch()
    store, access = opened(path)
    with store:
        give(access)
        assert "allowed" == reason(access)


# --- brought up -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", OLDER)
def test_older_file_is_brought_up(version, path, older):
    """An older file becomes one of the present version in place: laid out like a new one, and nothing lost."""
    old, known = older(version)
    SQLiteStore(path).close()
    assert holds(old, known)
    assert words(layout(path)) == words(layout(old))


@pytest.mark.parametrize("version", OLDER)
def test_older_file_takes_what_is_new(version, older):
    """A file that was brought up decides by the grants it had, and keeps requests and consents beside them."""
    path, known = older(version)
    store, access = opened(path)
    with store:
        kept = [each for each in known[0][1].values() if isinstance(each, Grant)]
        assert 4 == len(kept)
        assert "frozen" == reason(access)
        access.unfreeze("acme", by=admin())
        assert kept[3].id == access.authorize(KIM, "acme", "board:read").grant_id
        assert ((), ()) == (access.requests("acme"), access.consents("acme"))
        asked, given = ask(access), consent(access)
        assert [asked] == [each.request for each in access.requests("acme")]
        assert [given] == [each.consent for each in access.consents("acme")]
        assert (given,) == store.read("acme", KIM.id, KIM.holders, NOW).consents
        assert kept == [each.grant for each in access.grants("acme")]
        assert access.ledger.head("acme").seq == access.ledger.verify("acme").seq


@pytest.mark.parametrize("version", [0, *OLDER])
def test_file_is_brought_up_once(version, path, older):
    """Who waited while another process brought the file up finds it done, and does nothing again."""
    if version:
        path, known = older(version)
    opening = []
    with looking_into(path, check_same_thread=False) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(daemon=True, target=lambda: opening.append(SQLiteStore(path)))
        thread.start()
        thread.join(0.1)
        assert ([], True) == (opening, thread.is_alive())
        for statement in [each for step in schema._STEPS[version:] for each in step]:
            other.execute(statement)
        other.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        other.execute(f"PRAGMA user_version = {schema.VERSION}")
        other.execute("COMMIT")
        thread.join()
    with opening[0]:
        assert "no_grant" == reason(door(opening[0]), "initech")
    if version:
        assert holds(path, known)


@pytest.mark.parametrize("version", [0, *OLDER])
def test_many_may_open_the_same_file_first(version, path, older):
    """However many open a new or older file at the same moment, all of them have it, and it is as it should be."""
    if version:
        path, known = older(version)
    gate, had = threading.Barrier(6), []

    def work():
        gate.wait()
        with SQLiteStore(path) as store:
            had.append(reason(door(store), "initech"))

    threads = [threading.Thread(daemon=True, target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["no_grant"] * 6 == had
    if version:
        assert holds(path, known)


@pytest.mark.parametrize("version", OLDER)
@pytest.mark.parametrize("stopped", ["refused", "interrupted"])
def test_bringing_up_is_all_or_nothing(stopped, version, older, monkeypatch):
    """A file that could not be brought up is of its old version, with nothing of the new one, and can be later."""
    path, known = older(version)
    before = words(layout(path))

    class Interrupted(sqlite3.Connection):
        def execute(self, statement, *parameters):
            if "user_version =" in statement:
                raise KeyboardInterrupt
            return super().execute(statement, *parameters)

    with monkeypatch.context() as patch:
        if stopped == "refused":
            patch.setattr(
                schema, "_STEPS", (*schema._STEPS, ("CREATE TABLE more (x) STRICT, STRICT STRICT",))
            )
        else:
            connect = sqlite3.connect
            patch.setattr(sqlite3, "connect", lambda *args, **kw: connect(*args, factory=Interrupted, **kw))
        with pytest.raises((StoreError, KeyboardInterrupt)):
            SQLiteStore(path)
    assert before == words(layout(path))
    assert ["file.db"] == list(contents(path))
    assert holds(path, known)


# --- refused ----------------------------------------------------------------------------------------------------------


def shown(caught):
    """Return everything that an error and what it came from say."""
    return "".join(traceback.format_exception_only(caught.value)) + "".join(
        f"{each!r} {each}" for error in (caught.value,) for each in chain(error)
    )


def chain(error):
    while error is not None:
        yield error
        error = (
            None
            if error.__suppress_context__ and error.__cause__ is None
            else error.__cause__ or error.__context__
        )


def test_newer_file_is_refused_and_left_alone(path):
    """The file of a later grantkit is refused with both versions named, and stays byte for byte as it was."""
    store, access = opened(path)
    with store:
        fill(access)
    with looking_into(path) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = contents(path)
    with pytest.raises(Unavailable) as caught:
        SQLiteStore(path)
    said = f"version {schema.VERSION + 1} of the file (this one reads up to {schema.VERSION})"
    assert said in str(caught.value)
    assert str(path.parent) not in shown(caught)
    assert before == contents(path)


OTHERS = {
    "tables": "CREATE TABLE t (x); INSERT INTO t VALUES ('x')",
    "tables_in_wal": "PRAGMA journal_mode = WAL; CREATE TABLE t (x)",
    "application": "CREATE TABLE t (x); PRAGMA application_id = 1",
    "application_alone": "PRAGMA application_id = 1",
    "our_version": f"CREATE TABLE t (x); PRAGMA user_version = {schema.VERSION}",
    "our_version_alone": f"PRAGMA user_version = {schema.VERSION}",
    "version_1_alone": "PRAGMA user_version = 1",
    "our_tables": f"{FIRST} PRAGMA application_id = 0",
    "a_view": "CREATE VIEW v AS SELECT 1",
    "our_id_without_a_version": f"CREATE TABLE t (x); PRAGMA application_id = {schema.APPLICATION_ID}",
    "our_id_and_less_than_a_version": f"{FIRST} PRAGMA user_version = -1",
}


@pytest.mark.parametrize("made", OTHERS)
def test_file_of_another_program_is_refused_and_left_alone(made, path):
    """A database that is not grantkit's is refused, whatever it has in common with one, and stays as it was."""
    with looking_into(path) as connection:
        connection.executescript(OTHERS[made])
    before = contents(path)
    with pytest.raises(Corrupt) as caught:
        SQLiteStore(path)
    assert "another program" in str(caught.value)
    assert str(path.parent) not in shown(caught)
    assert before == contents(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return the bytes of a file that is as it should be."""
    path = tmp_path_factory.mktemp("sound") / "file.db"
    store, access = opened(path)
    with store:
        fill(access)
    return path.read_bytes()


NO_DATABASES = {
    "text": lambda sound: b"hello, world\n",
    "random": lambda sound: noise(3, 9000),
    "zeros": lambda sound: bytes(9000),
    "half_a_header": lambda sound: sound[:50],
    "header_alone": lambda sound: sound[:100],
    "first_page_alone": lambda sound: sound[:4096],
    "half": lambda sound: sound[: len(sound) // 2],
    "other_magic": lambda sound: b"SQLite format 4\0" + sound[16:],
    "wrong_page_size": lambda sound: sound[:16] + b"\x00\x07" + sound[18:],
    "garbled_schema": lambda sound: sound[:100] + noise(3, 3996) + sound[4096:],
}


@pytest.mark.parametrize("made", NO_DATABASES)
def test_file_that_is_no_database_is_refused_and_left_alone(made, path, sound):
    """What is no database, or no longer one, is Corrupt, and stays as it was."""
    path.write_bytes(NO_DATABASES[made](sound))
    before = contents(path)
    with pytest.raises(Corrupt) as caught:
        SQLiteStore(path)
    assert str(path.parent) not in shown(caught)
    assert before == contents(path)


def test_old_library_is_refused(path, monkeypatch):
    """A SQLite without STRICT tables is refused by name, before anything is written."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 9))
    with pytest.raises(Unavailable, match=r"SQLite 3\.37 or newer"):
        SQLiteStore(path)
    assert {b""} >= set(contents(path).values())


def test_file_that_cannot_be_in_wal_mode_is_refused():
    """Where there can be no write-ahead log, no durability is promised: the file is refused."""
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(Unavailable, match="WAL mode"):
        schema.settle(connection)


@pytest.mark.parametrize("made", ["refused", "failed"])
def test_refused_file_is_let_go_of(made, path, monkeypatch):
    """Whoever was refused holds nothing of the file, however long the error is kept."""
    connect, had = sqlite3.connect, []
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kw: had.append(connect(*args, **kw)) or had[-1])
    path.write_bytes(b"hello, world\n" * 99)
    with pytest.raises(Corrupt):
        SQLiteStore(path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        had[0].execute("SELECT 1")


# --- paths ------------------------------------------------------------------------------------------------------------


class Pathlike(os.PathLike):
    def __init__(self, answer):
        self.answer = answer

    def __fspath__(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Name(str):
    """A text that is not exactly one."""

    __slots__ = ()


NO_PATHS = {
    "memory": ":memory:",
    "memory_path": Path(":memory:"),
    "empty": "",
    "uri": "file:secret.db?mode=memory",
    "uri_path": Path("file:secret.db"),
    "nul": "secret\0.db",
    "surrogate": "secret\ud800.db",
    "subclass": Name("secret.db"),
    "bytes": b"secret.db",
    "none": None,
    "number": 3,
    "list": ["secret.db"],
    "bytes_within": Pathlike(b"secret.db"),
    "number_within": Pathlike(3),
    "raises": Pathlike(RuntimeError("secret.db")),
}


@pytest.mark.parametrize("given", NO_PATHS)
def test_what_is_no_path_is_invalid(given, tmp_path, monkeypatch):
    """What is no path of a file is refused by name and not shown; nothing is made anywhere."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        SQLiteStore(NO_PATHS[given])
    assert ("path", "wrong_type") == (caught.value.field, caught.value.code)
    assert "secret" not in shown(caught)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that somebody is in cannot be removed there")
def test_folder_that_is_gone_is_a_typed_error(tmp_path, monkeypatch):
    """A relative path in a folder that is there no longer is refused like any other."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(GrantkitError) as caught:
        SQLiteStore("secret.db")
    assert "secret" not in shown(caught)
    assert str(tmp_path) not in shown(caught)


@pytest.mark.parametrize("wait", [-1, -0.001, 3600.5, float("nan"), float("inf"), True, "5", None])
def test_what_is_no_wait_is_invalid(wait, path):
    """How long to wait is a number of seconds from nothing to an hour."""
    with pytest.raises(InvalidInput) as caught:
        SQLiteStore(path, wait=wait)
    assert ("wait", "out_of_range") == (caught.value.field, caught.value.code)
    assert {} == contents(path)


@pytest.mark.parametrize("where", ["folder", "missing", "under_a_file", "too_long"])
def test_place_where_no_file_can_be_is_unavailable(where, tmp_path):
    """A folder, a folder that is missing, a file in its place: each is Unavailable, and shows no path."""
    (tmp_path / "a-file").write_text("text")
    place = {
        "folder": tmp_path,
        "missing": tmp_path / "missing" / "file.db",
        "under_a_file": tmp_path / "a-file" / "file.db",
        "too_long": tmp_path / ("long" * 999),
    }[where]
    with pytest.raises(Unavailable) as caught:
        SQLiteStore(place)
    assert "SQLITE_CANTOPEN" in str(caught.value)
    assert str(tmp_path) not in shown(caught)
    assert ["a-file"] == [each.name for each in tmp_path.iterdir()]


ODD = [
    "a b.db",
    "it's.db",
    'quo"te.db',
    "ü–人.db",
    "a?mode=ro.db",
    "%20#&=.db",
    ".db",
    "-wal",
    "; DROP TABLE grants",
    "x:file:",
    "...",
]


@pytest.mark.parametrize("name", ODD, ids=[str(number) for number in range(len(ODD))])
def test_any_other_name_is_just_a_name(name, tmp_path):
    """A name means nothing but itself: the file is made under it, and found again by text and by path."""
    with SQLiteStore(str(tmp_path / name)) as store:
        give(door(store))
    assert [name] == [each.name for each in tmp_path.iterdir()]
    with SQLiteStore(tmp_path / name) as store:
        assert "allowed" == reason(door(store))


def test_relative_path_stays_where_it_was(tmp_path, monkeypatch):
    """A relative path is of the folder in which the store was made, also for a thread that comes later."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    store, access = opened(Path("file.db"))
    with store:
        give(access)
        monkeypatch.chdir(tmp_path / "elsewhere")
        found = []
        thread = threading.Thread(daemon=True, target=lambda: found.append(reason(access)))
        thread.start()
        thread.join()
        assert ["allowed"] == found
    assert [] == list((tmp_path / "elsewhere").iterdir())


# --- let go of --------------------------------------------------------------------------------------------------------

CALLS = {
    "read": ("acme", "a-kim", KIM.holders, NOW),
    "load": ("acme", Want()),
    "append": ("globex", 0, Batch(entries=(), rows={})),
    "events": ("acme", 0, 9),
    "rows": ("acme",),
    "documents": ((),),
    "find": (GrantsOf(tenant="acme", after=0, limit=9),),
    "sessions": (SessionsOf(tenant="acme", after=0, limit=9),),
    "usages": (UsagesOf(tenant="acme", after=("", ""), limit=9),),
    "uses": (UsesOf(tenant="acme", limit=9),),
    "cursor": ("mail", "acme"),
    "advance": ("mail", "acme", Cursor()),
    "behind": (Behind(consumer="mail", limit=9),),
    "count": ("acme", Use(grant="gr_1", agent="a-kim", hour=NOW, count=1, last=NOW)),
    "tenants": (
        TenantsOf(agent="a-kim", holders=(Holder("agent", "a-kim"),), alive_after=NOW, after="", limit=9),
    ),
    "compact": (),
}


def test_every_method_is_called_here():
    """The table of calls below names every method of the store."""
    of_port = {name for name in {**vars(Cursors), **vars(Store)} if not name.startswith("_")}
    of_store = {name for name in vars(SQLiteStore) if not name.startswith("_")}
    assert {*CALLS, "close"} == of_store
    assert of_port <= of_store


@pytest.mark.parametrize("name", CALLS)
def test_closed_store_is_unavailable(name, path):
    """After close every method raises Unavailable, in the thread that closed it, in an older and in a new one."""
    store, access = opened(path)
    give(access)
    getattr(store, name)(*CALLS[name])
    told, gate, closed = [], threading.Event(), threading.Event()

    def call():
        with pytest.raises(Unavailable) as caught:
            getattr(store, name)(*CALLS[name])
        told.append(str(caught.value))

    def older():
        reason(access)
        gate.set()
        closed.wait()
        call()

    threads = [threading.Thread(daemon=True, target=older), threading.Thread(daemon=True, target=call)]
    threads[0].start()
    gate.wait()
    store.close()
    closed.set()
    threads[1].start()
    call()
    for thread in threads:
        thread.join()
    assert 3 == len(told)
    assert all("the store, which is closed, could not be had" in each for each in told)
    assert ["file.db"] == list(contents(path))


def test_closed_store_denies(path):
    """A decision on a closed store is a deny that carries the error."""
    store, access = opened(path)
    give(access)
    store.close()
    decision = access.authorize(KIM, "acme", "board:read")
    assert ("store_unavailable", False) == (decision.reason, bool(decision))
    assert isinstance(decision.error, Unavailable)


def test_closing_twice_does_no_harm(path):
    """A store may be closed again, also where a with block closes it after an error, which comes through."""
    store = SQLiteStore(path)

    def fail():
        with store as entered:
            assert store is entered
            entered.close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    store.close()
    assert ["file.db"] == list(contents(path))


def test_close_waits_for_the_calls_of_others(path):
    """Close lets a call of another thread come to its end, and what that one wrote is there."""
    store = SQLiteStore(path)
    inside, go_on, closing_it = threading.Event(), threading.Event(), threading.Event()

    def work(connection):
        inside.set()
        go_on.wait()
        return connection.execute("SELECT count(*) FROM heads").fetchall()

    found = []
    other = threading.Thread(daemon=True, target=lambda: found.append(store._connections.mine().run(work)))
    closer = threading.Thread(daemon=True, target=lambda: (store.close(), closing_it.set()))
    other.start()
    inside.wait()
    closer.start()
    early = closing_it.wait(0.05)
    go_on.set()
    other.join()
    closer.join()
    assert ([[(0,)]], False) == (found, early)


def test_store_is_neither_copied_nor_pickled(path):
    """A copy would share or miss the connections of the original: there is none."""
    with SQLiteStore(path) as store:
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="open it where it is used"):
                attempt(store)


def keep_connection(store, connections):
    store._connections.mine().run(connections.append)


def test_forgotten_store_lets_go_of_its_file(path):
    """A store that nobody has any more, and a thread that is over, leave no connection open (nor a warning)."""
    connections = []
    store = SQLiteStore(path)
    thread = threading.Thread(daemon=True, target=keep_connection, args=(store, connections))
    thread.start()
    thread.join()
    keep_connection(store, connections)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connections[0].execute("SELECT 1")
    assert [(1,)] == connections[1].execute("SELECT 1").fetchall()
    del store, thread
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connections[1].execute("SELECT 1")
    assert not [each for each in gc.get_objects() if type(each) is Held and each._path == str(path)]
