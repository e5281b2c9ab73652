"""The stores on a server keep the published laws: blocking and async, and on SQLite as a test dialect."""

from contextlib import contextmanager

import pytest
from sqlalchemy import bindparam, literal, update
from sqlalchemy.ext.asyncio import create_async_engine

from grantkit.stores.sql import AsyncSQLStore, SQLStore
from grantkit.testing import LAWS, LawBroken, check_store, in_a_loop
from postgres import database, engine_of, lay_out, postgres_store, sqlite_store, tables

REOPEN = "what_was_acknowledged_lasts"

#: What each run of the tests holds against the store; all of them are held against it in `.ci/run`.
ALWAYS = {
    "answers_come_to_the_same",
    "any_history_reads_as_it_was_written",
    "parts_of_a_key_stay_apart",
    "the_head_is_compared",
    "tenants_never_see_each_other",
    "writers_lose_nothing",
}
SOME = [law if law.__name__ in ALWAYS else pytest.param(law, marks=pytest.mark.gates) for law in LAWS]


@contextmanager
def async_store():
    """Yield a new and empty async store on PostgreSQL, as a blocking one."""
    with database() as address:
        wanted = tables()
        with engine_of(address) as engine:
            lay_out(engine, wanted)
        engine = create_async_engine(address)
        with in_a_loop(AsyncSQLStore(engine, wanted)) as store:
            try:
                yield store
            finally:
                store.run(engine.dispose())


@pytest.mark.parametrize("law", SOME, ids=lambda law: law.__name__)
def test_postgres_keeps_the_law(law):
    """The blocking store on PostgreSQL keeps every law [I-32]."""
    kept = check_store(postgres_store, laws=[law], rounds=10)

    assert kept.kept == (law.__name__,) or law.__name__ == REOPEN


@pytest.mark.gates
@pytest.mark.parametrize("law", [law for law in LAWS if law.__name__ in ALWAYS], ids=lambda law: law.__name__)
def test_async_postgres_keeps_the_law(law):
    """The async store, which asks the very same, keeps the laws that each run holds against the other [I-32]."""
    kept = check_store(async_store, laws=[law], rounds=10)

    assert kept.kept == (law.__name__,) or law.__name__ == REOPEN


@pytest.mark.gates
def test_sqlite_as_a_test_dialect_keeps_the_laws(tmp_path):
    """On a file of SQLite the same statements keep every law."""
    kept = check_store(lambda: sqlite_store(tmp_path), rounds=10)

    assert [law for law, _ in kept.not_asked] == [REOPEN]


def test_a_store_that_does_not_compare_the_head_is_found_out():
    """The laws bite here too: a store that writes behind any head breaks one."""

    @contextmanager
    def careless():
        with postgres_store() as store:
            store._calls._writes.move = _behind_any_head(store)
            yield store

    with pytest.raises(LawBroken):
        check_store(careless, laws=[law for law in LAWS if law.__name__ == "the_head_is_compared"])


def _behind_any_head(store):
    head = store._calls.tables.heads
    names = [column.name for column in head.c if column.name != "tenant"]
    return (
        update(head)
        .where(head.c.tenant == bindparam("whose"))
        .values({name: bindparam(f"new_{name}") for name in names})
        .returning(literal(1))
    )


def test_sql_store_lasts(tmp_path):
    """What one process acknowledged another finds [I-23]."""
    with database() as address, engine_of(address) as one, engine_of(address) as other:
        wanted = tables()
        lay_out(one, wanted)

        kept = check_store(
            lambda: _emptied(SQLStore(one, wanted), one, wanted),
            reopen=lambda _: SQLStore(other, tables()),
            laws=[law for law in LAWS if law.__name__ == REOPEN],
        )

    assert kept.kept == (REOPEN,)


def _emptied(store, engine, wanted):
    with engine.begin() as connection:
        for table in wanted.every:
            connection.execute(table.delete())
    return store


def test_laws_that_are_always_held_are_laws():
    """What each run holds against the store are names of laws."""
    assert {law.__name__ for law in LAWS} >= ALWAYS
