"""A wrong library, or a wrong model, is found out by the comparison of `test_differential`; an honest one is not."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from grantkit import TenantFacts
from grantkit.inputs import EARLIEST
from grantkit.model import Grant, Holder, Window
from grantkit.policy import Layer
from grantkit.stores import MemoryStore
from oracle import Oracle
from properties.differential import Run
from properties.vocabulary import Law
from properties.world import Mismatch, World

STEPS, QUESTIONS = 60, 5
SOME = 80


class Wrong(MemoryStore):
    """A store that distorts the facts of a decision: a stand-in for a library that misjudges them."""

    def __init__(self, distort: Callable[[TenantFacts], TenantFacts]) -> None:
        super().__init__()
        self.distort = distort

    def read(
        self, tenant: str, agent: str, holders: tuple[Holder, ...], alive_after: datetime
    ) -> TenantFacts:
        return self.distort(super().read(tenant, agent, holders, alive_after))


TICK = timedelta(microseconds=1)


def every_grant(change: Callable[[Grant], Grant]) -> Callable[[TenantFacts], TenantFacts]:
    return lambda facts: attrs.evolve(facts, grants=tuple(change(grant) for grant in facts.grants))


def the_head(**changes: Any) -> Callable[[TenantFacts], TenantFacts]:
    return lambda facts: attrs.evolve(facts, head=attrs.evolve(facts.head, **changes))


def without_agent(grant: Grant) -> Grant:
    return attrs.evolve(grant, as_team=None)


def ends_later(grant: Grant) -> Grant:
    ends_at = grant.ends_at
    if not isinstance(ends_at, datetime):
        return grant
    return attrs.evolve(grant, window=Window(grant.starts_at, ends_at + TICK))


def starts_later(grant: Grant) -> Grant:
    return attrs.evolve(grant, window=Window(grant.starts_at + TICK, grant.ends_at))


def without_pinned_ceilings(grant: Grant) -> Grant:
    return attrs.evolve(grant, layers=tuple(layer for layer in grant.layers if layer.kind != "ceiling"))


def deaf_to_denies(grant: Grant) -> Grant:
    def hear(layer: Layer) -> Layer:
        policies = (
            attrs.evolve(each, statements=tuple(one for one in each.statements if one.effect == "allow"))
            for each in layer.policies
        )
        return Layer.of(*policies, kind=layer.kind)

    return attrs.evolve(grant, layers=tuple(map(hear, grant.layers)))


def without_stances(facts: TenantFacts) -> TenantFacts:
    return attrs.evolve(facts, stances={})


def deaf_law(law: Law) -> Law:
    def hear(statements: Iterable[Law]) -> list[Law]:
        return [each for each in statements if each["effect"] == "allow"]

    return {**law, "policies": {name: hear(each) for name, each in law["policies"].items()}}


def at_flows(**changes: Any) -> Callable[[Law], Law]:
    return lambda law: {**law, "flows": {name: {**each, **changes} for name, each in law["flows"].items()}}


def without(key: str, empty: Any) -> Callable[[Law], Law]:
    return lambda law: {**law, key: empty}


def store(distort: Callable[[TenantFacts], TenantFacts]) -> Callable[[], World]:
    return lambda: World(store=Wrong(distort))


def law(misread: Callable[[Law], Law]) -> Callable[[], World]:
    return lambda: World(law_seen=misread)


class LenientOracle(Oracle):
    """A model that lets a cut-off go unheard."""

    def revoke_all(self, call: Any, *, agent: str | None = None) -> Any:
        return "ok", agent


SABOTAGE: dict[str, Callable[[], World]] = {
    "an end that is inside the window": store(every_grant(ends_later)),
    "a start that is outside the window": store(every_grant(starts_later)),
    "a recorded end that does not count": store(every_grant(lambda grant: attrs.evolve(grant, ended=None))),
    "a cut-off of the tenant ignored": store(the_head(cut_off=0)),
    "a freeze of the tenant ignored": store(the_head(freeze=None)),
    "freezes and cut-offs of agents ignored": store(without_stances),
    "what the record has seen ignored": store(the_head(seen_at=EARLIEST)),
    "pinned ceilings skipped": store(every_grant(without_pinned_ceilings)),
    "pinned demands skipped": store(every_grant(lambda grant: attrs.evolve(grant, demands=()))),
    "a pinned entry rule skipped": store(
        every_grant(lambda grant: attrs.evolve(grant, entry_required=False))
    ),
    "pinned denies skipped": store(every_grant(deaf_to_denies)),
    "a capacity that is not asked for": store(every_grant(without_agent)),
    "the last grant that was over left out": store(
        lambda facts: attrs.evolve(facts, grants=tuple(grant for grant in facts.grants if not grant.ended))
    ),
    "one tick of the clock": lambda: World(asked_at=lambda now: now + 1),
    "today's ceilings skipped": law(without("ceilings", {})),
    "today's demands skipped": law(without("demands", [])),
    "today's denies skipped": law(deaf_law),
    "stoppers ignored": law(without("stop", [])),
    "no cap": law(at_flows(longest=None)),
    "no word": law(at_flows(word=None, off_word=None)),
    "more than one of a single grant": law(at_flows(single=False)),
    "widening where no amendment is offered": law(at_flows(amend_policies=True)),
    "a model deaf to cut-offs": lambda: World(oracle=LenientOracle()),
}


TELLING = {
    "a freeze of the tenant ignored": 2,
    "freezes and cut-offs of agents ignored": 4,
    "pinned ceilings skipped": 10,
    "pinned demands skipped": 39,
    "a pinned entry rule skipped": 22,
    "pinned denies skipped": 11,
    "stoppers ignored": 3,
    "more than one of a single grant": 29,
    "widening where no amendment is offered": 30,
}
"""The history in which each of these shows first: it is lived first. The others show within the first two."""


def seeds(name: str) -> list[int]:
    """Return all histories that a wrong library is given, in the order in which it is."""
    first = TELLING.get(name, 0)
    return [first, *(seed for seed in range(SOME) if seed != first)]


@pytest.mark.parametrize("name", SABOTAGE)
def test_a_wrong_library_is_found_out(name: str):
    """A library, or a model, that gets one thing wrong differs within twenty-four thousand decisions."""
    with pytest.raises(Mismatch):
        live_some(SABOTAGE[name], seeds(name))


def live_some(make: Callable[[], World], histories: Iterable[int]) -> None:
    for seed in histories:
        Run(seed, make).live(STEPS, QUESTIONS)


def test_an_honest_world_passes_where_the_wrong_ones_fail():
    """The control of the controls: with nothing wrong the same histories agree."""
    live_some(World, sorted({0, 1, *TELLING.values()}))
