"""
I-15, I-16: what was handed on, bound to tickets, entered and suspended, against a model written from the design.

Histories are played at random. Before each verb the model says whether it must be refused, and for what; after it how
many events there must be, and of every agent, action and place whether it is allowed, and else for which reason.
"""

import os
from collections import Counter

import attrs
import pytest
from chains_world import VERBS, live

from grantkit.decision import judge
from grantkit.errors import TenantFrozen
from grantkit.lifecycle import delegating, entering, ticketing
from grantkit.model import TicketSolved
from grantkit.service import commands, using
from grantkit.stores import MemoryStore, SQLiteStore

SEEDS, IN_FILES = {"quick": (8, 1), "long": (1000, 30)}.get(os.environ.get("GRANTKIT_PROFILE", ""), (24, 3))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_i15_what_is_handed_on_is_what_the_design_says(seed):
    """[R8, R12, B7, B12] Whatever happens in whatever order, refusals, events and answers are the model's."""
    live(MemoryStore(), seed)


@pytest.mark.parametrize("seed", range(1, 1 + IN_FILES))
def test_i15_the_file_says_so_too(seed, tmp_path):
    """[R8, R12, B7, B12] On SQLite refusals, events and answers are the model's as well."""
    with SQLiteStore(tmp_path / "model.db") as store:
        live(store, seed)


BRAKES = {"resolve", "cut", "freeze", "freeze all", "unfreeze", "suspend", "reinstate", "wait"}
"""What is never refused in these histories; whoever does it may."""


def test_i15_histories_do_all_there_is_to_do():
    """Every verb of the model goes through in these histories, and every one that can be refused is."""
    tally = sum((live(MemoryStore(), seed) for seed in range(24)), Counter())
    assert [] == [verb for verb in VERBS if not tally[verb]]
    assert BRAKES == {verb for verb in VERBS if not tally[verb, "refused"]}


def _anybody(honest):
    return lambda *_: True


def _revives(honest):
    """Linking a ticket again undoes how it was ended by it."""

    def linked(slice_, act, intent, **how):
        return honest(_without_ends(slice_), act, intent, **how)

    return linked


def _without_ends(slice_):
    grants = {ident: attrs.evolve(row, ended=None) for ident, row in slice_.grants.items()}
    return attrs.evolve(slice_, grants=grants)


def _refused_while_frozen(honest):
    def solved(slice_, act, ticket):
        if slice_.head.freeze is not None:
            raise TenantFrozen(tenant=slice_.head.tenant, frozen="access")
        return honest(slice_, act, ticket)

    return solved


def _extends(honest):
    """A parent that was given another end takes its children along."""

    def ended(question, facts, grant):
        above = [one for one in judge.ancestors(facts, grant) if one is not None]
        last = above[-1].window if above else grant.window
        longer = max(grant.window.closes, last.closes)
        return honest(question, facts, attrs.evolve(grant, window=attrs.evolve(grant.window, ends_at=longer)))

    return ended


def _again(honest):
    """Solving a ticket is an event, whether or not anything was bound to it."""

    def solved(slice_, act, ticket):
        done = honest(slice_, act, ticket)
        return done if done.bodies else attrs.evolve(done, bodies=(TicketSolved(ticket=ticket),))

    return solved


WRONG = {
    "whoever handed on is not asked for": (judge, "_agents", lambda honest: lambda one: honest(one)[:1]),
    "nobody above is asked for": (judge, "_held_up", lambda _: lambda *_: None),
    "a session of anybody under any grant": (
        judge,
        "_inside",
        lambda _: lambda question, facts, *_: iter(facts.sessions),
    ),
    "the first ticket ends it": (ticketing, "_last", lambda _: lambda bound, ticket: bound),
    "no ticket ends it": (ticketing, "_last", lambda _: lambda bound, ticket: []),
    "cut-offs of the holder alone": (judge, "_cuts", lambda _: lambda stance, agent, seq: False),
    "anybody may hand on": (delegating, "_holds", _anybody),
    "anybody may enter": (entering, "holds_as", _anybody),
    "what is over can be linked to": (using, "link_ticket", _revives),
    "solving is refused while frozen": (using, "resolve_ticket", _refused_while_frozen),
    "solving nothing is an event": (using, "resolve_ticket", _again),
    "chains are not looked at to enter": (entering, "check_chain", lambda _: lambda *_: None),
    "chains are not looked at to hand on": (delegating, "check_chain", lambda _: lambda *_: None),
    "extending a parent extends its children": (judge, "not_live", _extends),
    "freezing twice is two events": (
        commands,
        "freeze",
        lambda honest: lambda slice_, act, agent: honest(attrs.evolve(slice_, stances={}), act, agent),
    ),
}
FIRST = 120


def _live_many(seeds):
    for seed in seeds:
        live(MemoryStore(), seed)


@pytest.mark.parametrize("name", WRONG)
def test_i15_a_wrong_way_is_found_out(name, monkeypatch):
    """Each of these faults, planted, makes some history disagree with the model."""
    of, attribute, wrong = WRONG[name]
    monkeypatch.setattr(of, attribute, wrong(getattr(of, attribute)))
    with pytest.raises(AssertionError):
        _live_many(range(FIRST))
