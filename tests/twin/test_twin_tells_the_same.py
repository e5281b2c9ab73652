"""Whatever is done through the async door comes to the same as through the plain one, to the last byte."""

from random import Random

import pytest

from grantkit.service import driver
from grantkit.service.aio import door
from grantkit.stores import MemoryStore
from grantkit.testing.laws import answers, commands
from story import exported, records, told
from twin.awaited import AwaitedAccess

TENANTS = ("acme", "Acme", "globex", "@vendor", "nowhere")
WRITERS = [(commands._Writer, commands._LAWS[0]), (answers._Asker, answers._RULES)]


def doors(rules):
    """Two doors where nothing is left to chance, one plain and one async, each over a store of its own."""
    plain = commands.Door(MemoryStore(), dict.fromkeys(TENANTS, rules))
    twin = commands.Door(MemoryStore(), dict.fromkeys(TENANTS, rules))
    host = twin.access._host
    twin.access = AwaitedAccess(
        twin.store, clock=host.clock, rules=host.rules, id_factory=host.new_id, salts=host.new_seed
    )
    return plain, twin


def played(writer, rules, seed, rounds):
    """Play a random history at both doors; return the first call that does not come to the same, or None."""
    plain, twin = doors(rules)
    invented = writer(Random(f"{seed}"))  # noqa: S311  # repeatable on purpose
    for _ in range(rounds):
        for what, call in (invented.command(), *invented.questions()):
            if plain.outcome(call) != twin.outcome(call):
                return what
    for tenant in TENANTS:
        for what, call in commands._whole(tenant):
            if plain.outcome(call) != twin.outcome(call):
                return what
        assert plain.store.events(tenant, 0, 10_000) == twin.store.events(tenant, 0, 10_000)
        assert dict(plain.store.rows(tenant)) == dict(twin.store.rows(tenant))
    assert plain.store.events("acme", 0, 1)  # something happened
    return None


def test_a_story_is_the_same_to_the_byte():
    """A story of every kind of event, told through the async door, gives the same two records, rows and exports."""
    kept, kept_by_twin = MemoryStore(), MemoryStore()
    plain, twin = told(kept), told(kept_by_twin, AwaitedAccess)

    assert records(plain) == records(twin)
    for tenant in records(plain):
        assert exported(plain, tenant) == exported(twin, tenant)
        assert dict(kept.rows(tenant)) == dict(kept_by_twin.rows(tenant))
        assert plain.ledger.verify(tenant) == twin.ledger.verify(tenant)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("writer", "rules"), WRITERS, ids=["granting", "asking"])
def test_any_history_is_the_same(writer, rules, seed):
    """Random commands and questions come to the same results, errors, entries, rows and exports at both doors."""
    assert played(writer, rules, seed, 60) is None


def test_a_twin_that_does_something_else_is_noticed(monkeypatch):
    """A driver that drops what some commands write is found by a random history."""

    async def forgetful(store, begin):
        def steps():
            running, came = begin(), None
            while True:
                try:
                    step = running.send(came)
                except StopIteration as done:
                    return done.value
                forgotten = getattr(step, "method", None) == "append" and "Freeze(" in str(step.args)
                came = None if forgotten else (yield step)

        return await driver.drive_async(store, steps)

    monkeypatch.setattr(door, "drive_async", forgetful)
    found = [played(commands._Writer, commands._LAWS[0], seed, 60) for seed in range(2)]
    assert any(found)
