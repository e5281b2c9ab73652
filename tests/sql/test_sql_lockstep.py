"""[I-32] The stores on a server in lock-step with memory: equal results, errors, entries, rows and decisions."""

from contextlib import contextmanager

import attrs
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from grantkit.stores import MemoryStore
from grantkit.stores.sql import AsyncSQLStore, SQLStore
from grantkit.testing import in_a_loop
from postgres import database, engine_of, lay_out, postgres_store, sqlite_store, tables
from properties import test_i32_chains_in_lockstep as chains
from properties import test_i32_lockstep as commands
from properties.test_i32_lockstep import SEEDS, Apart


@contextmanager
def async_store():
    """Yield an async store on PostgreSQL, as a blocking one."""
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


@pytest.mark.gates
@pytest.mark.parametrize("seed", range(SEEDS))
def test_i32_postgres_and_memory_come_to_the_same(seed):
    """Any history of commands gives equal results, errors, entries, rows and decisions in memory and on a server."""
    with postgres_store() as store:
        tally = commands.live(seed, MemoryStore(), store, 40).tally
    assert min(tally["gave"], tally["refused"], tally["grant gave"], tally["questions"]) > 4


@pytest.mark.gates
@pytest.mark.parametrize("seed", range(SEEDS))
def test_i32_chains_come_to_the_same_on_postgres_and_in_memory(seed):
    """Whatever is handed on, linked, entered, used or suspended gives the same on a server, row for row."""
    with postgres_store() as store:
        chains.live(seed, MemoryStore(), store, 40)


@pytest.mark.gates
def test_i32_the_async_store_comes_to_the_same():
    """The async store, which asks the very same, comes to the same as memory, of commands and of chains."""
    with async_store() as store:
        commands.live(SEEDS, MemoryStore(), store, 30)
    with async_store() as store:
        chains.live(SEEDS, MemoryStore(), store, 30)


def test_i32_the_test_dialect_comes_to_the_same(tmp_path):
    """The same statements on a file of SQLite come to the same as memory."""
    with sqlite_store(tmp_path) as store:
        commands.live(1, MemoryStore(), store, 12)
    with sqlite_store(tmp_path) as store:
        chains.live(1, MemoryStore(), store, 12)


class ErasesNothing(SQLStore):
    """Records that it has erased, and leaves the texts."""

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, attrs.evolve(batch, erases=()))


class ReadsNoStances(SQLStore):
    """Does not see what is held against an agent."""

    def read(self, *asked):
        return attrs.evolve(super().read(*asked), stances={})


class LoadsNoDocument(SQLStore):
    """Finds no rule document."""

    def load(self, tenant, want):
        return attrs.evolve(super().load(tenant, want), document=None)


@pytest.mark.gates
@pytest.mark.parametrize("broken", [ErasesNothing, ReadsNoStances, LoadsNoDocument])
def test_i32_a_broken_store_on_a_server_falls_out_of_step(broken):
    """A store on a server with one fault does not come to the same within a few histories."""

    def some():
        for seed in (2, 0, 1, *range(3, 10)):
            with database() as address, engine_of(address) as engine:
                lay_out(engine, tables())
                commands.live(seed, MemoryStore(), broken(engine, tables()), 40)

    with pytest.raises(Apart):
        some()
