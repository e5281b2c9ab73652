"""
What somebody can do to the file with SQL of their own, and who finds out.

Everything that a record, its texts, its rows and their columns say is held against the chain: whatever is changed is
named by ``ledger.verify`` with the first sequence at which it shows. A decision reads the changed row, or denies; it
never raises.
"""

import sqlite3
from contextlib import contextmanager, suppress

import attrs
import pytest

from grantkit import Decision, Team
from grantkit.codec import row_text
from grantkit.errors import ChainBroken, Corrupt, GrantkitError
from grantkit.lifecycle import Want
from grantkit.model import Grant, consent_key, request_key
from grantkit.ports import ConsentsOf, GrantsOf, RequestsOf
from grantkit.stores.columns import grant_columns, put
from grantkit.stores.sqlite.statements import PUT
from readonce import read_once
from unit.stores.sqlitefiles import (
    KIM,
    NOW,
    admin,
    columns,
    consent,
    fill,
    give,
    looking_into,
    opened,
    reason,
)

BESIDE_THE_RECORD = ("tallies", "cursors")
"""What no event has summed up yet, and how far consumers have come, is held against nothing."""
COLUMNS = [each for each in columns() if each[0] not in BESIDE_THE_RECORD]
OF_ACME = "tenant = 'acme'"
# Grants and consents lie in one table: each column is tried in a row of either.
CASES = [
    *((table, name, kind, "true" if table == "documents" else OF_ACME) for table, name, kind in COLUMNS),
    *((t, name, kind, f"{OF_ACME} AND kind = 'consent'") for t, name, kind in COLUMNS if t == "grants"),
]
OTHER_KIND = {"grant": "consent", "consent": "grant"}
BROKEN_UTF8 = object()
"""Stands for text that is no UTF-8."""

VALUES = {
    "INTEGER": lambda old: (old + 1, old - 1, 0, 1, 2**63 - 1, -(2**63)),
    "TEXT": lambda old: (
        (
            f"{old}x",
            "x",
            "",
            "globex",
            "{}",
            "null",
            "[1]",
            "[[1]]",
            "[" * 9_999,
            BROKEN_UTF8,
            None,
        )
        if old not in OTHER_KIND
        else (OTHER_KIND[old], "x")
    ),
    "BLOB": lambda old: (old[:-1], old + b" ", bytes([old[0] ^ 1]) + old[1:], b"", b"{}", b"\xff"),
}


class Tampered:
    """A file with the records of two tenants, its store, and somebody who gets at it past the store."""

    def __init__(self, path):
        self.store, self.access = opened(path)
        self.grants = fill(self.access)
        fill(self.access, "globex")
        self.seq = self.access.ledger.head("acme").seq

    def verify(self, tenant="acme"):
        return self.access.ledger.verify(tenant).seq

    def broken(self, tenant="acme"):
        """Assert that verify finds the record changed, and says so in words that can be printed."""
        with pytest.raises(ChainBroken) as caught:
            self.verify(tenant)
        assert tenant == caught.value.tenant
        assert (0 if tenant == "nobody" else 1) <= caught.value.seq <= self.seq + 1
        assert str(caught.value).isprintable()
        return caught.value.seq

    def read(self, tenant="acme"):
        """Assert that decisions are decisions, and that whatever else reads fails as a store does, or not at all."""
        assert type(self.access.authorize(KIM, tenant, "board:read")) is Decision
        lists = (self.access.grants, self.access.consents, self.access.requests)
        for call in (*lists, self.access.ledger.history, self.access.ledger.head):
            with suppress(Corrupt):
                call(tenant)


@pytest.fixture(scope="module", autouse=True)
def once():
    """Read the same bytes once: one walk is much like the next."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


@pytest.fixture(scope="module")
def tampered(tmp_path_factory):
    """Return a file that has been filled, and is as it was again after every test."""
    path = tmp_path_factory.mktemp("tampered") / "file.db"
    made = Tampered(path)
    with made.store, looking_into(path) as connection:
        made.sql = connection
        yield made


@contextmanager
def undone(made):
    """Put every table back as it was afterwards."""
    sql = made.sql
    tables = dict.fromkeys(table for table, _, _ in COLUMNS)
    rows = {table: sql.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608  # our own names
    try:
        yield
    finally:
        sql.execute("BEGIN")
        for table, old in rows.items():
            sql.execute(f"DELETE FROM {table}")  # noqa: S608
            places = ", ".join("?" * len(old[0]))
            sql.executemany(f"INSERT INTO {table} VALUES ({places})", old)  # noqa: S608
        sql.execute("COMMIT")
    assert (made.seq, made.seq) == (made.verify(), made.verify("globex"))


def keyed(made, table):
    """Return the columns of the key of a table."""
    found = made.sql.execute(f"PRAGMA table_info({table})").fetchall()
    return [row[1] for row in sorted(found, key=lambda row: row[5]) if row[5]]


# --- columns ----------------------------------------------------------------------------------------------------------


def tamper(made, table, ident, column, new):
    """
    Write one value into the row of a key, see it found, and put the old one back.

    Returns:
        Whether SQLite let it be written: what is STRICT, NOT NULL, checked or a key cannot be anything.
    """
    sql, names = made.sql, [name for of, name, _ in COLUMNS if of == table]
    where = " AND ".join(f"{name} = ?" for name in ident)
    (row,) = sql.execute(f"SELECT * FROM {table} WHERE {where}", [*ident.values()]).fetchall()  # noqa: S608
    place, given = ("CAST(x'ff' AS TEXT)", []) if new is BROKEN_UTF8 else ("?", [new])
    sql.execute("SAVEPOINT before")
    try:
        sql.execute(f"UPDATE {table} SET {column} = {place} WHERE {where}", [*given, *ident.values()])  # noqa: S608
    except sqlite3.IntegrityError:
        sql.execute("ROLLBACK TO before")
        return False
    finally:
        sql.execute("RELEASE before")
    made.broken()
    made.read()
    changed = [
        (f"{name} = {place}", given) if name == column else (f"{name} = ?", [ident[name]]) for name in ident
    ]
    where, values = (
        " AND ".join(text for text, _ in changed),
        [value for _, each in changed for value in each],
    )
    assert 1 == sql.execute(f"DELETE FROM {table} WHERE {where}", values).rowcount  # noqa: S608
    sql.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", row)  # noqa: S608
    return True


@pytest.mark.parametrize(
    ("table", "column", "kind", "of"),
    CASES,
    ids=[f"{'consents' if 'consent' in of else t}.{c}" for t, c, _, of in CASES],
)
def test_every_column_is_held_against_the_record(table, column, kind, of, tampered):
    """Whatever is written into any column of any table is found by verify, and is nobody else's matter."""
    key, found = keyed(tampered, table), 0
    wanted = f"SELECT {', '.join(key)}, {column} FROM {table} WHERE {of}"  # noqa: S608
    with undone(tampered):
        rows = tampered.sql.execute(wanted).fetchall()
        for (*ident, old), most in ((rows[0], None), (rows[-1], 2)):
            for new in VALUES[kind](old)[:most]:
                if new != old:
                    found += tamper(tampered, table, dict(zip(key, ident, strict=True)), column, new)
    assert found >= 2


# --- rows -------------------------------------------------------------------------------------------------------------

TABLES = list(dict.fromkeys(table for table, _, _ in COLUMNS))


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_missed(table, tampered):
    """Whichever row is deleted, verify finds it missing."""
    sql, key = tampered.sql, keyed(tampered, table)
    of_acme = "" if table == "documents" else " WHERE tenant = 'acme'"
    rows = sql.execute(f"SELECT * FROM {table}{of_acme}").fetchall()  # noqa: S608
    names = [name for of, name, _ in COLUMNS if of == table]
    where = " AND ".join(f"{each} = ?" for each in key)
    with undone(tampered):
        for row in rows:
            ident = [row[names.index(each)] for each in key]
            assert 1 == sql.execute(f"DELETE FROM {table} WHERE {where}", ident).rowcount  # noqa: S608
            tampered.broken()
            tampered.read()
            sql.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
    assert rows


MADE_UP = {
    "head_of_nobody": ("heads", {"tenant": "nobody"}),
    "entry_at_the_end": ("entries", {"seq": 99}),
    "entry_of_nobody": ("entries", {"tenant": "nobody"}),
    "text_beside_an_entry": ("texts", {"what": "name:member:m-eve"}),
    "text_beside_none": ("texts", {"seq": 999}),
    "text_before_all": ("texts", {"seq": 0}),
    "text_of_nobody": ("texts", {"tenant": "nobody"}),
    "stance": ("stances", {"agent": "a-kim"}),
    "stance_that_cannot_be_read": ("stances", {"agent": BROKEN_UTF8}),
    "grant_that_cannot_be_read": ("grants", {"id": BROKEN_UTF8}),
    "key_that_cannot_be_read": ("retries", {"row_key": BROKEN_UTF8}),
    "text_that_cannot_be_read": ("texts", {"seq": 999, "what": BROKEN_UTF8}),
    "empty_stance": ("stances", {"agent": "a-kim", "cut_off": 0, "freeze": None}),
    "stance_of_nobody": ("stances", {"tenant": "nobody"}),
    "consent": ("grants", {"id": "co_x", "kind": "consent"}),
    "request": ("requests", {"id": "rq_x"}),
    "session": ("sessions", {"id": "se_x"}),
    "session_of_nobody": ("sessions", {"tenant": "nobody"}),
    "session_that_cannot_be_read": ("sessions", {"id": BROKEN_UTF8}),
    "usage": ("usages", {"agent": "a-x"}),
    "usage_of_nobody": ("usages", {"tenant": "nobody"}),
    "link": ("links", {"ticket": "T-9"}),
    "link_of_no_grant": ("links", {"id": "gr_x"}),
    "link_of_nobody": ("links", {"tenant": "nobody"}),
    "request_of_nobody": ("requests", {"tenant": "nobody"}),
    "request_that_cannot_be_read": ("requests", {"id": BROKEN_UTF8}),
    "cut": ("cuts", {"seq": 1}),
    "cut_past_the_end": ("cuts", {"seq": 2**53}),
    "cut_of_nobody": ("cuts", {"tenant": "nobody"}),
    "grant": ("grants", {"id": "gr_x"}),
    "grant_of_nobody": ("grants", {"tenant": "nobody"}),
    "key_of_nobody": ("retries", {"tenant": "nobody"}),
    **{
        f"key_{number}": ("retries", {"row_key": key})
        for number, key in enumerate(
            [
                *("", "x", "[]", "[1]", "[[1]]", '["x"]', '{"a":1}', '"ab"', "7", '[ "x" ]'),
                '["member","acme","m-ana","grant","k-3"]',
            ]
        )
    },
}


@pytest.mark.parametrize("name", MADE_UP)
def test_row_that_no_event_made_is_found(name, tampered):
    """Whatever row is made up, verify finds it, also where there is no record at all."""
    table, changed = MADE_UP[name]
    names = [name for of, name, _ in COLUMNS if of == table]
    places = {name: "CAST(x'ff' AS TEXT)" if new is BROKEN_UTF8 else "?" for name, new in changed.items()}
    taken = ", ".join(places.get(name, name) for name in names)
    statement = f"INSERT INTO {table} SELECT {taken} FROM {table} WHERE tenant = 'acme' LIMIT 1"  # noqa: S608
    with undone(tampered):
        given = [changed[name] for name in names if places.get(name) == "?"]
        assert 1 == tampered.sql.execute(statement, given).rowcount
        tampered.broken(changed.get("tenant", "acme"))
        tampered.read(changed.get("tenant", "acme"))


def test_grant_of_another_tenant_is_found(tampered):
    """A grant that was moved from another tenant is found at both."""
    with undone(tampered):
        moved = "UPDATE grants SET tenant = 'acme' WHERE id = (SELECT min(id) FROM grants WHERE tenant = 'globex')"
        assert 1 == tampered.sql.execute(moved).rowcount
        tampered.broken("acme")
        tampered.broken("globex")


SWAPPED = {
    "sealed": ("entries", "sealed", "seq IN (2, 3)", 2),
    "hashes": ("entries", "hash", "seq IN (2, 3)", 2),
    "sealed_and_hashes": ("entries", "hash, sealed", "seq IN (2, 3)", 2),
    "the_last": ("entries", "hash, sealed", "seq IN (3, (SELECT max(seq) FROM entries))", 3),
    "reasons": ("texts", "salt, text", "seq IN (2, 4) AND what = 'reason'", 2),
    "texts_of_one": ("texts", "salt, text", "seq = 2 AND what IN ('reason', 'payload')", 2),
    "salts": ("texts", "salt", "seq IN (2, 4) AND what = 'reason'", 2),
    "bodies": ("grants", "body", "consent_seq IN (3, 4)", 3),
    "bodies_of_requests": ("requests", "body", "seq IN (10, 16)", 11),
    "ends_of_requests": ("requests", "lapses, settled", "seq IN (10, 16)", 11),
    "bodies_of_consents": ("grants", "body", "consent_seq IN (20, 21)", 20),
    "ends": ("grants", "over_at, ended", "consent_seq IN (2, 4)", 4),
    "freezes": ("stances", "freeze", "agent IN ('a-lee', 'a-max')", 6),
    "cuts": ("cuts", "agent, at", "true", 7),
    "keys": ("retries", "body", "true", 2),
}


@pytest.mark.parametrize("name", SWAPPED)
def test_what_changed_places_is_found(name, tampered):
    """Whatever is sound in itself and lies at another place, verify finds it at the first event that shows it."""
    table, names, where, seq = SWAPPED[name]
    sql, key = tampered.sql, keyed(tampered, table)
    wanted = f"SELECT {', '.join(key)}, {names} FROM {table} WHERE tenant = 'acme' AND {where}"  # noqa: S608
    with undone(tampered):
        one, other = sql.execute(wanted).fetchall()
        assert one[len(key) :] != other[len(key) :]
        there = " AND ".join(f"{each} = ?" for each in key)
        places = ", ".join("?" * (len(one) - len(key)))
        for to, taken in ((one, other), (other, one)):
            statement = f"UPDATE {table} SET ({names}) = ({places}) WHERE {there}"  # noqa: S608
            assert 1 == sql.execute(statement, (*taken[len(key) :], *to[: len(key)])).rowcount
        assert seq == tampered.broken()


def test_record_of_another_tenant_is_found(tampered):
    """A record that is whole, and another tenant's, is broken from its first event."""
    with undone(tampered):
        statement = """
            UPDATE entries AS e SET (hash, sealed) = (
                SELECT hash, sealed FROM entries AS o WHERE o.tenant = 'globex' AND o.seq = e.seq)
            WHERE tenant = 'acme'
        """
        assert tampered.seq == tampered.sql.execute(statement).rowcount
        assert 1 == tampered.broken()


def test_revocation_that_was_undone_is_found(tampered):
    """A revoked grant that was brought back with all its columns right is named by the event that revoked it."""
    grant = tampered.grants[0]
    row = tampered.store.load("acme", Want(grants=(grant.id,))).grants[grant.id]
    alive = attrs.evolve(row, ended=None, version=row.version - 1)
    wanted = "kind, holder_kind, holder, over_at, closes, ended, parent, consent_seq, body"
    with undone(tampered):
        statement = f"UPDATE grants SET ({wanted}) = ({', '.join('?' * 9)}) WHERE id = ?"  # noqa: S608
        assert 1 == tampered.sql.execute(statement, (*grant_columns(alive), grant.id)).rowcount
        assert row.ended is not None
        assert row.ended.seq == tampered.broken()


def test_settled_request_that_was_opened_again_is_found(tampered):
    """A request that was denied, withdrawn or approved and waits again is named by the event that settled it."""
    asked = tampered.store.find(RequestsOf(tenant="acme", after=0, limit=99))
    settled = [each for each in asked if each.settled is not None]
    assert {"approved", "denied", "withdrawn"} == {each.settled.how.value for each in settled}
    with undone(tampered):
        for each in settled:
            waiting = attrs.evolve(each, settled=None)
            table, parameters = put("acme", request_key(each.id), waiting)
            statement = PUT[table]
            tampered.sql.execute(statement, parameters)
            assert each.settled.seq == tampered.broken()
            tampered.sql.execute(statement, put("acme", request_key(each.id), each)[1])


def test_ended_consent_that_was_brought_back_is_found(tampered):
    """A revoked consent that was brought back with all its columns right is named by the event that revoked it."""
    given = tampered.store.find(ConsentsOf(tenant="acme", after=0, limit=99))
    (over,) = (each for each in given if each.ended is not None)
    with undone(tampered):
        table, parameters = put("acme", consent_key(over.id), attrs.evolve(over, ended=None))
        tampered.sql.execute(PUT[table], parameters)
        assert over.ended.seq == tampered.broken()


def test_record_cut_off_at_its_end_is_found_by_its_head(tampered):
    """A record that was rewound, its rows with it, is in itself consistent: only a head that was given out tells."""
    head = tampered.access.ledger.head("acme")
    with undone(tampered):
        sql = tampered.sql
        last = tampered.store.events("acme", head.seq - 2, 2)
        for table in ("entries", "texts"):
            sql.execute(f"DELETE FROM {table} WHERE tenant = 'acme' AND seq = ?", (head.seq,))  # noqa: S608
        sql.execute(
            "UPDATE heads SET seq = ?, hash = ?, freeze = NULL WHERE tenant = 'acme'",
            (last[0].seq, last[0].hash),
        )
        assert head.seq - 1 == tampered.verify()
        with pytest.raises(ChainBroken) as caught:
            tampered.access.ledger.verify("acme", head)
        assert head.seq == caught.value.seq


# --- reading ----------------------------------------------------------------------------------------------------------


def test_changed_row_is_seen_at_once(tmp_path):
    """Rows are remembered by their words alone: whatever is written past the store counts at the next decision."""
    store, access = opened(tmp_path / "file.db")
    with store, looking_into(tmp_path / "file.db") as sql:
        made = give(access)
        for _ in range(3):
            assert "allowed" == reason(access)
        access.revoke("acme", made.id, by=admin())
        ended = sql.execute("SELECT body FROM grants").fetchall()[0]
        sql.execute("UPDATE grants SET body = ?", (row_text(made),))
        assert "allowed" == reason(access)
        sql.execute("UPDATE grants SET body = ?", ended)
        assert "revoked" == reason(access)
        sql.execute("UPDATE heads SET seen_at = seen_at + 3600000000")
        assert "clock_rollback" == reason(access)
        sql.execute("UPDATE heads SET seen_at = seen_at - 3600000000")
        sql.execute("INSERT INTO stances VALUES ('acme', 'a-kim', 99, NULL)")
        assert 99 == store.read("acme", "a-kim", KIM.holders, NOW).stances["a-kim"].cut_off
        sql.execute("UPDATE stances SET cut_off = 98")
        assert 98 == store.read("acme", "a-kim", KIM.holders, NOW).stances["a-kim"].cut_off


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM heads",
        "UPDATE heads SET tenant = 'other'",
        "UPDATE heads SET freeze = ''",
        "UPDATE heads SET freeze = '{}'",
        "UPDATE heads SET seen_at = 9223372036854775807",
        "UPDATE heads SET seen_at = -9223372036854775807",
        "UPDATE heads SET hash = CAST(x'ff' AS TEXT)",
        "UPDATE grants SET body = '{}'",
        "UPDATE grants SET body = 'null'",
        "UPDATE grants SET body = body || ' '",
        "UPDATE grants SET body = replace(body, '\"version\":1', '\"version\":2')",
        "UPDATE grants SET body = '{}' WHERE kind = 'consent'",
        "UPDATE grants SET kind = 'consent' WHERE kind = 'grant'",
        "UPDATE stances SET freeze = 'null'",
    ],
    ids=str,
)
def test_row_that_cannot_be_is_a_deny(statement, tmp_path):
    """A row that cannot be read, or a head that is not there, denies; and a command that needs it is refused."""
    store, access = opened(tmp_path / "file.db")
    with store, looking_into(tmp_path / "file.db") as sql:
        give(access)
        consent(access)
        access.freeze("acme", by=admin(), agent="a-kim")
        access.unfreeze("acme", by=admin(), agent="a-kim")
        assert "allowed" == reason(access)
        sql.execute(statement)
        decision = access.authorize(KIM, "acme", "board:read")
        if "version" in statement:
            assert decision.allowed  # nothing that is decided by was changed: verify tells
        else:
            assert ("store_unavailable", Corrupt) == (decision.reason, type(decision.error))
            with pytest.raises(Corrupt):
                store.read("acme", "a-kim", KIM.holders, NOW)
        with pytest.raises(ChainBroken):
            access.ledger.verify("acme")


def test_text_that_cannot_be_read_is_not_shown(tmp_path):
    """An error over text that is no UTF-8 shows none of it, nor does anything that it came from."""
    store, access = opened(tmp_path / "file.db")
    with store, looking_into(tmp_path / "file.db") as sql:
        give(access)
        sql.execute("UPDATE heads SET hash = CAST('canary' || x'ff' AS TEXT)")
        with pytest.raises(Corrupt) as caught:
            store.load("acme", Want())
        assert "canary" not in str(caught.value)
        assert caught.value.__suppress_context__
        assert caught.value.__cause__ is None


def test_grant_of_another_row_is_not_used(tmp_path):
    """A body that was put under another holder or tenant is judged by what it says, and speaks for nobody else."""
    store, access = opened(tmp_path / "file.db")
    with store, looking_into(tmp_path / "file.db") as sql:
        give(access, to=Team("on-call"))
        give(access, "globex", to=Team("on-call"))
        sql.execute("UPDATE grants SET holder = 'support' WHERE tenant = 'acme'")
        sql.execute("UPDATE grants SET tenant = 'acme', holder = 'support' WHERE tenant = 'globex'")
        decision = access.authorize(KIM, "acme", "board:read")
        assert not decision.allowed
        found = store.find(GrantsOf(tenant="acme", after=0, limit=9))
        assert {"acme", "globex"} == {each.tenant for each in found if isinstance(each, Grant)}
        with pytest.raises(GrantkitError):
            access.grants("acme")
