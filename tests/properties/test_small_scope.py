"""
Everything that can happen in a small world, in every order: no dice, all sequences of so many steps.

Most faults in rules of time show in some short history (the small-scope hypothesis, D. Jackson). Here every one of them
is played, and after each step the answer and its reason are those of the naive model beside it.
"""

import os
from itertools import product

import pytest
from chains_model import Held, Model
from chains_world import AGENTS, ANA, HOOK, RULES, Team

from grantkit import Elapsed, SupportAccess
from grantkit.decision import judge
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock

LENGTH, IN_FILES = {"quick": (2, 1), "long": (5, 4)}.get(os.environ.get("GRANTKIT_PROFILE", ""), (4, 2))
KIM, MATE = "a-1", "a-3"


class Small:
    """One tenant, one agent who is let in by name or by team, and one who may be added."""

    def __init__(self, store):
        self.model = Model()
        self.clock = FakeClock("2027-03-03T12:00:00Z")
        ids = iter(range(99))
        self.access = SupportAccess(
            store, rules=RULES, clock=self.clock, id_factory=lambda prefix: f"{prefix}{next(ids)}"
        )

    def play(self, step):
        """Take a step on both sides; one that has nothing to be about is none."""
        self.model.order += 1
        STEPS[step](self)

    def first(self):
        """Return the oldest grant that is not over as a fact, if there is one."""
        return next((ident for ident, one in self.model.held.items() if one.over is None), None)

    def agree(self):
        """Hold every answer against the model's."""
        for agent in (KIM, MATE):
            found = self.access.authorize(AGENTS[agent], "acme", "doc:read", resource="doc:1")
            assert str(found.reason) in self.model.reasons(agent, False, "doc:1"), agent


def _give(to, hours):
    def give(world):
        if world.model.no_grant(to, bound=False, tickets=()):
            return
        holder = AGENTS[to] if to in AGENTS else Team(to)
        made = world.access.grant(
            "acme", by=ANA, to=holder, flow="open", ends=Elapsed(hours=hours), reason="x"
        )
        world.model.held[made.id] = Held(to, "open", world.model.now + hours, world.model.order)

    return give


def _revoke(world):
    ident = world.first()
    if ident is not None:
        world.access.revoke("acme", ident, by=ANA)
        world.model.held[ident].over = "revoked"


def _add(world):
    ident = world.first()
    if ident is not None and not world.model.no_delegation(KIM, ident, MATE, None):
        made = world.access.delegate("acme", ident, by=AGENTS[KIM], to=AGENTS[MATE], reason="x")
        above = world.model.held[ident]
        world.model.held[made.id] = Held(
            MATE, "open", above.ends, world.model.order, parent=ident, added_by=KIM
        )


def _cut(world):
    world.access.revoke_all("acme", by=ANA)
    world.model.cut[None] = world.model.order


def _turn(verb, lift, marks, agent):
    """Block what is not blocked, and lift what is."""

    def turn(world):
        marked = getattr(world.model, marks)
        name = lift if agent in marked else verb
        if marks == "suspended":
            getattr(world.access, name)(agent, by=HOOK)
        else:
            getattr(world.access, name)("acme", by=ANA, agent=agent)
        marked.symmetric_difference_update({agent})

    return turn


def _hour(world):
    world.clock.advance(hours=1)
    world.model.now += 1


STEPS = {
    "give an hour": _give(KIM, 1),
    "give the team two": _give("x", 2),
    "add a mate": _add,
    "revoke": _revoke,
    "cut off": _cut,
    "freeze or not": _turn("freeze", "unfreeze", "frozen", None),
    "suspend or not": _turn("suspend", "reinstate", "suspended", KIM),
    "an hour": _hour,
}


def every(length, make):
    """Play all sequences of so many steps."""
    for steps in product(STEPS, repeat=length):
        world = Small(make())
        for step in steps:
            world.play(step)
        world.agree()  # shorter sequences are played by themselves
    return len(STEPS) ** length


@pytest.mark.parametrize("length", range(1, LENGTH + 1))
def test_every_short_history_is_answered_as_the_model_says(length):
    """[N1] After each of all sequences of so many steps, answers and reasons are those of a naive model."""
    assert every(length, MemoryStore) == len(STEPS) ** length


@pytest.mark.parametrize("length", range(1, IN_FILES + 1))
def test_every_short_history_is_answered_so_from_a_file(length, tmp_path):
    """[N1] On SQLite every short history is answered as the model says too."""
    opened = []

    def make():
        opened.append(SQLiteStore(tmp_path / f"{len(opened)}.db"))
        return opened[-1]

    try:
        every(length, make)
    finally:
        for store in opened:
            store.close()


WRONG = {
    "an end counts an hour longer": ("not_live", lambda honest: lambda *_: None),
    "what is above is not looked up": ("chain_ended", lambda _: lambda *_: None),
    "who handed on is not looked up": ("_held_up", lambda _: lambda *_: None),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_shows_in_some_short_history(fault, monkeypatch):
    """Each of these faults, planted, shows in some history of three or four steps."""
    attribute, wrong = WRONG[fault]
    monkeypatch.setattr(judge, attribute, wrong(getattr(judge, attribute)))
    with pytest.raises(AssertionError):
        _all_up_to(4)


def _all_up_to(length):
    for each in range(1, length + 1):
        every(each, MemoryStore)
