"""Whatever ends, by an act, by time or with something else: its holder is told, with the time at which it did."""

import os
import sys
from datetime import datetime

import attrs
import pytest
from chains_world import VERBS, World

from grantkit import VENDOR
from grantkit.model import Grant
from grantkit.service import notifying
from grantkit.stores import MemoryStore
from grantkit.telling import Reader, occasions, timeline

occasions_module = sys.modules["grantkit.telling.occasions"]  # the package has a function of that name
SEEDS = range(200 if os.environ.get("GRANTKIT_PROFILE") == "long" else 16)
ENDS = {"revoked", "relinquished", "ended"}
ACTS = {"revoked", "relinquished"}


@attrs.frozen
class End:
    """An end of a grant that was told: when it came, and whether somebody ended this very grant."""

    grant: str
    at: datetime
    act: bool


class Everybody:
    """A directory that knows whoever is asked for."""

    def members(self, tenant, role, scope):
        return [Reader(side="member", id="m-ana")]

    def agents(self, team):
        return [Reader(side="agent", id=f"a-of-{team}")]

    def person(self, tenant, side, id):
        return Reader(side=side, id=id)


class Nowhere:
    """A notifier that takes everything."""

    def tell(self, notice):
        assert "no end is set" not in notice.headline


def lived(seed, monkeypatch):
    """Live a history in which people are told now and then, and sweep at its end; return it with the ends told."""
    world, told = World(MemoryStore(), seed), []

    def noted(event, rules, about):
        found = occasions(event, rules, about)
        if event.kind in ENDS | {"cut_off"}:
            told.extend(
                End(each.subject.id, each.ended_at or event.at, event.kind in ACTS and not each.fell)
                for each in found
                if isinstance(each.subject, Grant)
            )
        return found

    monkeypatch.setattr(notifying, "occasions", noted)
    for _ in range(60):
        world.step()
        if world.random.random() < 0.25:
            VERBS["wait"](world)[1]()
            tell(world)
    world.clock.advance(days=400)
    world.access.delivery.sweep()  # not before: the model that this world is held against counts events
    tell(world)
    return world, told


def tell(world):
    """What a host runs every minute."""
    progress = world.access.delivery.notify("mail", Nowhere(), directory=Everybody())
    assert ((), False) == (progress.failed, progress.more)


def wrong(world, told):
    """Yield grants whose end was not told, not with the time of the timeline, or twice though nobody acted again."""
    history = world.access.ledger.history("acme")
    found = timeline("acme", history, world.clock.now(), vendor=world.access.ledger.history(VENDOR))
    given_back = {event.body.grant_id for event in history if event.kind == "relinquished"}
    for lane in found.lanes:
        # What was given back, be it over already, is told to nobody by these rules: its holder knows.
        if lane.kind == "grant" and lane.ended_at is not None and lane.id not in given_back:
            ours = [each for each in told if each.grant == lane.id]
            late = (
                bool(ours) and ours[0].act and ours[0].at >= lane.ended_at
            )  # a brake on what was over unnoticed
            timely = bool(ours) and (late or ours[0].at == lane.ended_at)
            if not timely or sum(not each.act for each in ours) > 1:
                yield lane.id, lane.ended, lane.ended_at, ours


@pytest.mark.parametrize("seed", SEEDS)
def test_every_end_is_told_once_with_its_time(seed, monkeypatch):
    """[N6, R7, R8, B6] In any history the end of each grant is told, once but for acts, with its time."""
    assert [] == [*wrong(*lived(seed, monkeypatch))]


@pytest.mark.parametrize("hidden", ["ends_others", "fallen"])
def test_a_job_that_knows_no_chains_is_found_out(hidden, monkeypatch):
    """Where what rests on what is not looked up, or not told, ends are missing."""
    of = notifying if hidden == "ends_others" else occasions_module
    monkeypatch.setattr(of, hidden, lambda *_: ())
    assert [each for seed in range(4) for each in wrong(*lived(seed, monkeypatch))]
