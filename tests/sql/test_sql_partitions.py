"""Tables that are partitioned by tenant: every key allows it, and the stores do not notice."""

from contextlib import contextmanager

import pytest
from sqlalchemy import MetaData, text

from grantkit.stores import MemoryStore
from grantkit.stores.sql import SQLStore, grantkit_tables
from grantkit.testing import LAWS, check_store
from postgres import database, engine_of
from story import told

pytestmark = pytest.mark.gates

PARTS = 2
ASKED = {
    "any_history_reads_as_it_was_written",
    "tenants_come_in_pages",
    "the_head_is_compared",
    "what_is_due_comes_earliest_first",
    "writers_lose_nothing",
}
"""Laws about what partitions could change: who waits for whom, and what order comes out of several tables."""


@contextmanager
def partitioned():
    """Yield a store on tables of which all that can be are partitioned by a hash of the tenant."""
    with database() as address, engine_of(address) as engine:
        wanted = grantkit_tables(MetaData())
        for table in wanted.of_a_tenant:
            table.dialect_options["postgresql"]["partition_by"] = "HASH (tenant)"
        wanted.heads.metadata.create_all(engine)
        with engine.begin() as connection:
            for table in wanted.of_a_tenant:
                for part in range(PARTS):
                    values = f"WITH (MODULUS {PARTS}, REMAINDER {part})"
                    of = f"CREATE TABLE {table.name}_{part} PARTITION OF {table.name} FOR VALUES {values}"
                    connection.execute(text(of))
        yield SQLStore(engine, wanted)


def test_the_story_is_the_same_on_partitions():
    """Told on partitioned tables, every record is the same to the byte as in memory, and holds."""
    in_memory = told(MemoryStore())
    with partitioned() as store:
        access = told(store)
        heads = [access.ledger.head(tenant) for tenant in ("acme", "globex")]
        access.ledger.verify("acme")

    assert heads == [in_memory.ledger.head(tenant) for tenant in ("acme", "globex")]
    assert heads[0].seq > 0


@pytest.mark.parametrize("law", [law for law in LAWS if law.__name__ in ASKED], ids=lambda law: law.__name__)
def test_a_store_on_partitions_keeps_the_law(law):
    """A store whose tables are partitioned keeps the laws about order and about who comes first [I-32]."""
    check_store(partitioned, laws=[law], rounds=5)
