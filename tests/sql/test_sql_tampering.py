"""What somebody can do to tables on a server with SQL of their own, and who finds out."""

import pytest
from sqlalchemy import Boolean, LargeBinary, and_, delete, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from grantkit import Decision, SupportAccess
from grantkit.errors import ChainBroken
from grantkit.stores.sql import SQLStore
from grantkit.stores.sql.tables import PREFIX
from grantkit.testing import FakeClock
from postgres import database, engine_of, lay_out, tables
from readonce import read_once
from unit.stores.sqlitefiles import KIM, NOON, RULES, fill

pytestmark = pytest.mark.gates

WANTED = tables()
BESIDE_THE_RECORD = (WANTED.tallies, WANTED.cursors)
"""What no event has summed up yet, and how far consumers have come, is held against nothing."""
HELD = [table for table in WANTED.every if table not in BESIDE_THE_RECORD]
# By which entry a document came is read by nobody: it keeps two who bring the same one from waiting for each other.
COLUMNS = [column for table in HELD for column in table.c if column is not WANTED.documents.c.entry]


def named(table):
    return table.name.removeprefix(PREFIX)


class Tampered:
    """A transaction of somebody who gets at the records of two tenants past the store; all is taken back."""

    def __init__(self, connection, store):
        self.sql = connection
        self.access = SupportAccess(store.within(connection), clock=FakeClock(NOON), rules=RULES)

    def changed(self, statement):
        """
        Execute a statement, see what it did found, and take it back.

        Returns:
            Whether the server lets it be: what is not null, checked or a key cannot be anything.
        """
        before = self.sql.begin_nested()
        try:
            assert self.sql.execute(statement).rowcount
        except (IntegrityError, DataError):
            return False
        else:
            with pytest.raises(ChainBroken):
                self.access.ledger.verify("acme")
            assert type(self.access.authorize(KIM, "acme", "board:read")) is Decision
            return True
        finally:
            before.rollback()

    def rows(self, table):
        """Return the rows of acme, those of each kind where there are several, the rules of everybody."""
        mine = select(table).order_by(*table.primary_key)
        if "tenant" in table.c:
            mine = mine.where(table.c.tenant == "acme")
        return self.sql.execute(mine).mappings().all()


@pytest.fixture(scope="module")
def tampered():
    """Yield a database that is filled, as somebody finds it who has its owner's rights."""
    with (
        pytest.MonkeyPatch.context() as patch,
        database() as address,
        engine_of(address) as engine,
        engine.connect() as connection,
    ):
        read_once(patch)  # one walk is much like the next
        lay_out(engine, WANTED)
        store = SQLStore(engine, WANTED)
        access = SupportAccess(store, clock=FakeClock(NOON), rules=RULES)
        for tenant in ("acme", "globex"):
            fill(access, tenant)
        made = Tampered(connection, store)
        yield made
        made.access.ledger.verify("acme")  # all that was changed was put back
        connection.rollback()


def keyed(table, row):
    """Return what finds a row by its key."""
    return and_(*(column == row[column.name] for column in table.primary_key))


def values(column, old):
    """Return other values for a column."""
    if isinstance(column.type, Boolean):
        return (not old,)
    if isinstance(column.type, LargeBinary):
        return (old[:-1], old + b" ", bytes([old[0] ^ 1]) + old[1:], b"", b"{}", b"\xff")
    if isinstance(old, int):
        return (old + 1, old - 1, 0, 2**63 - 1, -(2**63))
    if old in {"grant", "consent"}:
        return ({"grant": "consent", "consent": "grant"}[old],)
    return (f"{old}x", "x", "", "globex", "{}", "null", None)


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_every_column_on_a_server_is_held_against_the_record(column, tampered):
    """Whatever is written into any column of any table of a server is found by verify, and decisions stay decisions."""
    table = column.table
    rows = tampered.rows(table)
    found = 0
    for row in (rows[0], rows[-1]):
        for new in values(column, row[column.name]):
            if new != row[column.name]:
                changed = update(table).where(keyed(table, row)).values({column.name: new})
                found += tampered.changed(changed)

    assert found >= 2


@pytest.mark.parametrize("table", HELD, ids=named)
def test_every_row_on_a_server_is_missed(table, tampered):
    """Whichever row is deleted on a server, verify finds it missing."""
    rows = tampered.rows(table)

    assert rows
    assert all(tampered.changed(delete(table).where(keyed(table, row))) for row in rows)


# Of heads a tenant has one; a document that no record has adopted is no record's matter.
@pytest.mark.parametrize(
    "table", [each for each in HELD if each not in (WANTED.heads, WANTED.documents)], ids=named
)
def test_every_row_that_was_made_up_on_a_server_is_found(table, tampered):
    """A row that no event made is found by verify, whichever part of its key it was made up from."""
    row = tampered.rows(table)[0]
    parts = [column for column in table.primary_key if column.name != "tenant"]

    assert parts
    for column in parts:
        new = 999 if isinstance(row[column.name], int) else "x"
        assert tampered.changed(insert(table).values({**row, column.name: new}))


def test_the_probe_sees_a_record_that_holds(tampered):
    """Control: what changes nothing of a record is not found."""
    other = update(WANTED.heads).where(WANTED.heads.c.tenant == "globex").values(seen_at=7)

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        tampered.changed(other)
