"""I-16: whatever narrows never turns a deny into an allow, at any instant, for anybody."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from grantkit import Agent, Instant, Member, SupportAccess, authorize
from grantkit.decision import judge
from grantkit.errors import GrantkitError
from grantkit.lifecycle import GrantState
from grantkit.model import Ending, Grant
from grantkit.service.looks import GrantStatus
from properties.chained_past import HOOK, TICKETS, Chained, chained
from properties.strategies import FEWER, SEEDS, grid, moments, past
from properties.vocabulary import TENANTS, WORD, Step
from properties.world import World

TENANT = TENANTS[0]
BOSS = Member("m-boss", tenant=TENANT, roles={"admin", "owner", "officer"})
HALF = (
    FEWER
    if os.environ.get("GRANTKIT_PROFILE") == "long"
    else settings(FEWER, max_examples=FEWER.max_examples // 2)
)
PASTS = 200 if os.environ.get("GRANTKIT_PROFILE") == "long" else 10
OPEN = (GrantState.LIVE, GrantState.SCHEDULED)


def grants(access: SupportAccess) -> Iterator[GrantStatus]:
    return iter(access.grants(TENANT))


def revoke_some(access: SupportAccess) -> None:
    for number, status in enumerate(grants(access)):
        if number % 2:
            access.revoke(TENANT, status.grant.id, by=BOSS, word=WORD)


def relinquish_some(access: SupportAccess) -> None:
    for number, status in enumerate(grants(access)):
        if number % 2 and status.grant.holder.kind == "team":
            access.relinquish(TENANT, status.grant.id, by=Agent("a-any", teams={status.grant.holder.id}))


def shorten_all(access: SupportAccess) -> None:
    for status in grants(access):
        if status.state in OPEN:
            grant = status.grant
            end = Instant(grant.starts_at + (grant.window.closes - grant.starts_at) / 2)
            access.amend(TENANT, grant.id, by=BOSS, version=grant.version, ends=end)


def drop_policies(access: SupportAccess) -> None:
    for status in grants(access):
        grant = status.grant
        kept = [name for name in grant.policies if name in ("no-delete", "all-but", "boards")][:2]
        if status.state in OPEN and not set(grant.policies) - set(kept) & {"no-delete", "all-but", "boards"}:
            access.amend(TENANT, grant.id, by=BOSS, version=grant.version, policies=kept)


NARROWING: dict[str, Callable[[SupportAccess], object]] = {
    "revoke": revoke_some,
    "relinquish": relinquish_some,
    "shorten": shorten_all,
    "drop policies": drop_policies,
    "revoke_all": lambda access: access.revoke_all(TENANT, by=BOSS),
    "revoke_all of an agent": lambda access: access.revoke_all(TENANT, by=BOSS, agent="a-kim"),
    "freeze": lambda access: access.freeze(TENANT, by=BOSS),
    "freeze of an agent": lambda access: access.freeze(TENANT, by=BOSS, agent="a-kim"),
    "sweep": lambda access: access.delivery.sweep(),
}


def answers(world: World, seed: int) -> dict[tuple[datetime, int], bool]:
    """Return the answers to a grid of questions at every bound, from one read each."""
    found: dict[tuple[datetime, int], bool] = {}
    for number, (agent, action, resource) in enumerate(grid(seed)):
        for now in moments(world)[:18]:
            facts = world.store.read(TENANT, agent.id, agent.holders, now)
            decision = authorize(
                agent, TENANT, action, now, facts=facts, rules=world.rules[TENANT], resource=resource
            )
            found[now, number] = decision.allowed
    return found


@pytest.mark.parametrize("narrow", NARROWING.values(), ids=NARROWING.keys())
@HALF
@given(seed=SEEDS)
def test_i16_narrowing_never_turns_a_deny_into_an_allow(narrow: Callable[[SupportAccess], object], seed: int):
    """After any history, and any narrowing, whoever was denied at some instant is denied at it still."""
    world = past(seed, 25)
    before = answers(world, seed)
    with suppress(GrantkitError):  # a refusal in the middle leaves what was narrowed before it
        narrow(world.access)
    after = answers(world, seed)
    assert [] == [key for key, allowed in before.items() if after.get(key, False) and not allowed]


@HALF
@given(seed=SEEDS)
def test_i16_a_guardrail_never_turns_a_deny_into_an_allow(seed: int):
    """A guardrail added beside the ceilings there are makes no deny an allow."""
    world = past(seed, 25)
    before = answers(world, seed)
    law = world.laws[TENANT]
    if "*" not in law["ceilings"]:
        world.take(
            Step("rules", TENANT, args={"law": {**law, "ceilings": {**law["ceilings"], "*": ["read-only"]}}})
        )
        after = answers(world, seed)
        assert [] == [key for key, allowed in before.items() if after[key] and not allowed]


def resolve(world: Chained, tickets: tuple[str, ...] = TICKETS) -> None:
    for ticket in tickets:
        world.access.resolve_ticket(TENANT, ticket, by=HOOK)


def leave_all(world: Chained) -> None:
    for status in world.access.sessions(TENANT):
        world.access.leave(TENANT, status.session.id, by=HOOK)


def give_back(world: Chained, given: list[Grant]) -> None:
    for grant in given:
        world.access.relinquish(TENANT, grant.id, by=world.holder(grant))


def revoke_firsts(world: Chained) -> None:
    for grant in world.grants():
        if grant.parent is None:
            world.access.revoke(TENANT, grant.id, by=BOSS)


def each_who_handed_on(world: Chained, shut_out: Callable[[str], object]) -> None:
    for agent in world.who_handed_on():
        shut_out(agent)


NARROWING_CHAINS: dict[str, Callable[[Chained], object]] = {
    "suspend who handed on": lambda world: each_who_handed_on(
        world, lambda agent: world.access.suspend(agent, by=HOOK)
    ),
    "suspend one of each team": lambda world: [
        world.access.suspend(agent, by=HOOK) for agent in ("a-lou", "a-ned")
    ],
    "resolve some tickets": lambda world: resolve(world, TICKETS[:2]),
    "resolve the last ticket": resolve,
    "leave": leave_all,
    "relinquish what was handed on": lambda world: give_back(world, world.handed_on()),
    "relinquish what was not": lambda world: give_back(
        world, [grant for grant in world.grants() if grant.parent is None]
    ),
    "revoke what others rest on": revoke_firsts,
    "freeze who handed on": lambda world: each_who_handed_on(
        world, lambda agent: world.access.freeze(TENANT, by=BOSS, agent=agent)
    ),
    "cut off who handed on": lambda world: each_who_handed_on(
        world, lambda agent: world.access.revoke_all(TENANT, by=BOSS, agent=agent)
    ),
}
"""The brakes of chains; in none of these pasts may any of them be refused."""


def turned(seed: int, narrow: Callable[[Chained], object]) -> tuple[set[timedelta], set[timedelta]]:
    """Narrow the past of a seed; return how much later a deny turned into an allow, and an allow into a deny."""
    world = chained(seed)
    moments, now = world.moments(), world.clock.now()
    before = world.answers(moments)
    narrow(world)
    after = world.answers(moments)
    opened = {key[-1] - now for key, allowed in after.items() if allowed and not before[key]}
    return opened, {key[-1] - now for key, allowed in after.items() if before[key] and not allowed}


@pytest.mark.parametrize("narrow", NARROWING_CHAINS.values(), ids=NARROWING_CHAINS.keys())
def test_i16_no_brake_of_chains_turns_a_deny_into_an_allow(narrow: Callable[[Chained], object]):
    """Each brake of chains shuts somebody out, at once and later on, and never opens anything to anybody."""
    every: set[timedelta] = set()
    for seed in range(PASTS):
        opened, shut = turned(seed, narrow)
        assert set() == opened
        every |= shut
    assert timedelta(0) in every
    assert max(every) > timedelta(minutes=10)


def test_i16_a_sweep_of_chains_turns_no_answer():
    """Recording what is over already changes no answer at all, to anybody, at any instant."""
    for seed in range(PASTS):
        assert (set(), set()) == turned(seed, lambda world: world.access.delivery.sweep())


def _solved_counts(honest: Any) -> Any:
    """Return a judge for whom what ended by tickets is live: solving would open what had run out."""
    return lambda question, facts, one: (
        None
        if one.ended is not None and one.ended.how is Ending.ENDED_BY_TICKETS
        else honest(question, facts, one)
    )


def _no_chain_while_suspended(honest: Any) -> Any:
    """Return a judge who, once an agent is suspended, looks at nothing else that a grant rests on."""
    return lambda question, facts, grant: None if facts.suspended else honest(question, facts, grant)


def _toggles(honest: Any) -> Any:
    """Return a verb that lifts the freeze of whoever is frozen already."""

    def freeze(access: SupportAccess, tenant: str, *, by: Member, agent: str) -> None:
        frozen = str(access.authorize(Agent(agent), tenant, "doc:read").reason) == "frozen"
        verb = access.unfreeze if frozen else lambda *said, **more: honest(access, *said, **more)
        verb(tenant, by=by, agent=agent)

    return freeze


WRONG = {
    "an end by tickets is none": ("resolve the last ticket", judge, "not_live", _solved_counts),
    "suspended above, and nothing else is asked": (
        "suspend who handed on", judge, "chain_ended", _no_chain_while_suspended,
    ),
    "freezing twice unfreezes": ("freeze who handed on", SupportAccess, "freeze", _toggles),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_i16_a_brake_of_chains_that_opens_is_found_out(fault: str, monkeypatch: pytest.MonkeyPatch):
    """Each of these faults, planted, makes a brake open something in one of these pasts."""
    name, of, attribute, wrong = WRONG[fault]
    monkeypatch.setattr(of, attribute, wrong(getattr(of, attribute)))
    assert any(turned(seed, NARROWING_CHAINS[name])[0] for seed in range(60))
