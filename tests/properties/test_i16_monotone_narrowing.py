"""I-16: whatever narrows never turns a deny into an allow, at any instant, for anybody."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given, settings

from grantkit import Agent, Instant, Member, SupportAccess, authorize
from grantkit.errors import GrantkitError
from grantkit.lifecycle import GrantState
from grantkit.service.looks import GrantStatus
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
