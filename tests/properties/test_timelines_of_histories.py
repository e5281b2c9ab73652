"""The timeline against what lists said at the time: whatever happens, each instant is told as it was."""

import os
from datetime import timedelta

import pytest
from chains_world import RULES, VERBS, World

from grantkit import VENDOR, SupportAccess
from grantkit.lifecycle import Slice
from grantkit.stores import MemoryStore
from grantkit.telling import timeline
from grantkit.testing import FakeClock

SEEDS = range(200 if os.environ.get("GRANTKIT_PROFILE") == "long" else 12)
OVER = {"expired", "consent_ended", "revoked", "relinquished", "ended_by_tickets", "cut_off"}


def listed(world):
    """Return what lists will say in half an hour, if nothing happens until then."""
    at = world.clock.now() + timedelta(minutes=30)
    access = SupportAccess(world.access._store, rules=RULES, clock=FakeClock(at))
    found = {}
    for each in access.grants("acme"):
        held_up = "suspended" if each.suspended else "frozen" if each.frozen else "live"
        found[each.grant.id] = held_up if each.state == "live" else str(each.state)
    return at, found


def told(found, ident, at):
    """Return what the timeline says of a grant at an instant."""
    lane = next(each for each in found.lanes if each.id == ident)
    states = [
        each.state.value
        for each in lane.intervals
        if each.starts_at <= at and (each.ends_at is None or at < each.ends_at)
    ]
    assert len(states) <= 1, "intervals overlap"
    return states[0] if states else "over"


def lived(seed):
    """Live a history, and return it with what lists said between its hours."""
    world, said = World(MemoryStore(), seed), []
    for _ in range(40):
        world.step()
        if world.random.random() < 0.3:
            said.append(listed(world))
            VERBS["wait"](world)[1]()
    return world, said


def made(world):
    history = world.access.ledger.history("acme")
    return timeline("acme", history, world.clock.now(), vendor=world.access.ledger.history(VENDOR))


@pytest.mark.parametrize("seed", SEEDS)
def test_each_instant_is_told_as_it_was(seed):
    """[R13, B6] What lists said of each grant at the time is what the timeline says of that instant afterwards."""
    world, said = lived(seed)
    found = made(world)
    for at, states in said:
        for ident, state in states.items():
            assert ("over" if state in OVER else state) == told(found, ident, at), (ident, at)


@pytest.mark.parametrize("hidden", ["held_up", "shut_out"])
def test_a_timeline_that_knows_no_freeze_is_found_out(hidden, monkeypatch):
    """Where a freeze, or a suspension, of somebody by whose leave it is there is not looked up, an instant differs."""
    worlds = [lived(seed) for seed in range(6)]
    monkeypatch.setattr(Slice, hidden, lambda *_: None)
    wrong = [
        (ident, at)
        for world, said in worlds
        for found in [made(world)]
        for at, states in said
        for ident, state in states.items()
        if state in {"frozen", "suspended"} and state != told(found, ident, at)
    ]
    assert wrong
