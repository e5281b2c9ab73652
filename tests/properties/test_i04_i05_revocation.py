"""I-4, I-5: a revocation is a fact, at every instant, and final."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantkit import Agent, Member, Reason, TenantFacts, authorize
from grantkit.decision import judge
from grantkit.errors import Conflict, GrantkitError, NotEntitled
from grantkit.lifecycle import ticketing
from grantkit.model import Ended, Ending, Grant, Head
from properties.chained_past import AGENTS, BOSS, HOOK, TICKETS, Chained, chained
from properties.histories import Writer
from properties.strategies import (
    EDGES,
    FEWER,
    HOUR,
    INSTANTS,
    JOB,
    KIM,
    PRESENT,
    SEEDS,
    TENANT,
    good_grants,
    grid,
    past,
)
from properties.vocabulary import TENANTS, WORD

PASTS = 200 if os.environ.get("GRANTKIT_PROFILE") == "long" else 6


@given(good_grants(), EDGES, EDGES, INSTANTS, st.sampled_from(Ending))
def test_i04_revocation_denies_at_every_now(
    grant: Grant, at: datetime, seen_at: datetime, now: datetime, how: Ending
):
    """A recorded end denies before it, at it and after it, whatever the clock and the record say."""
    ended = attrs.evolve(grant, ended=Ended(how, at, JOB, 30))
    facts = TenantFacts.of(ended, head=Head(tenant=TENANT, seq=50, seen_at=seen_at))
    decision = authorize(KIM, TENANT, "board:read", now, facts=facts, rules=PRESENT)
    assert not decision
    assert str(decision.reason) in {how.value, "clock_rollback"}


@given(good_grants(), INSTANTS, st.integers(9, 21))
def test_i04_a_cut_off_denies_at_every_now_what_came_before_it(grant: Grant, now: datetime, cut_off: int):
    """Consent at or before a cut-off never counts, at any instant; consent after it is untouched by it."""
    facts = TenantFacts.of(grant, head=Head(tenant=TENANT, seq=50, cut_off=cut_off))
    decision = authorize(KIM, TENANT, "board:read", now, facts=facts, rules=PRESENT)
    if grant.consent_seq <= cut_off:
        assert decision.reason is Reason.CUT_OFF
    else:
        assert grant.window.holds(now) == bool(decision)


@FEWER
@given(SEEDS, st.integers(0, 9))
def test_i05_no_later_history_brings_a_revoked_grant_back(seed: int, chosen: int):
    """After a revocation nothing that happens, by anybody, makes that grant allow again or changes its end."""
    world = past(seed, 30)
    tenant = TENANTS[0]
    grants = world.access.grants(tenant)
    if not grants:
        return
    target = grants[chosen % len(grants)].grant
    boss = Member("m-boss", tenant=tenant, roles={"admin", "owner", "officer"})
    for word in (WORD, "Off"):
        try:
            revoked = world.access.revoke(tenant, target.id, by=boss, word=word)
            break
        except GrantkitError:
            continue
    else:
        return  # under no flow that this person could consent to
    world.oracle.logs.clear()  # from here on the library lives alone
    writer = Writer(seed + 1, world)
    for _ in range(25):
        step = writer.step()
        if step.verb in ("clock", "rules"):
            world.take(step)
        elif step.verb != "sweep":
            try:
                world.do(step)
            except GrantkitError:
                continue
    after = next(each for each in world.access.grants(tenant) if each.grant.id == target.id)
    assert revoked.ended == after.grant.ended
    for agent, action, resource in grid(seed):
        decision = world.access.authorize(agent, tenant, action, resource=resource)
        assert not decision.allowed or decision.grant_id != target.id


@FEWER
@given(SEEDS)
def test_i05_an_ended_grant_is_never_amended(seed: int):
    """No amendment, by anybody, touches a grant whose end is recorded: nothing is extended from the grave."""
    world = past(seed, 30)
    boss = Member("m-boss", tenant=TENANTS[0], roles={"admin", "owner", "officer"})
    for status in world.access.grants(TENANTS[0]):
        if status.grant.ended is None:
            continue
        with pytest.raises((Conflict, NotEntitled)):
            world.access.amend(
                TENANTS[0],
                status.grant.id,
                by=boss,
                version=status.grant.version,
                policies=["read-only"],
                word=WORD,
            )


@given(good_grants(), good_grants(), INSTANTS)
def test_i04_revoking_one_of_two_leaves_the_other(one: Grant, other: Grant, now: datetime):
    """Two grants of which one is revoked allow exactly when the other one does by itself."""
    revoked = attrs.evolve(one, id="gr_revoked", ended=Ended(Ending.REVOKED, now - HOUR, JOB, 30))
    alone = authorize(KIM, TENANT, "board:read", now, facts=TenantFacts.of(other), rules=PRESENT)
    both = authorize(KIM, TENANT, "board:read", now, facts=TenantFacts.of(revoked, other), rules=PRESENT)
    assert alone.allowed == both.allowed


CHAINS = st.lists(good_grants(), min_size=2, max_size=4).map(
    lambda made: [
        attrs.evolve(
            one,
            id=f"gr_{depth}",
            parent=f"gr_{depth + 1}" if depth + 1 < len(made) else None,
            added_by=Agent(f"a-{depth + 1}", teams=KIM.teams) if depth + 1 < len(made) else None,
        )
        for depth, one in enumerate(made)
    ]
)
"""What was handed on from one to the next: the first is what is asked of, the last rests on nothing."""


def asked_of(chain: list[Grant], now: datetime, suspended: frozenset[str] = frozenset()) -> Any:
    facts = TenantFacts.of(chain[0], rests_on=chain[1:], suspended=suspended)
    return authorize(KIM, TENANT, "board:read", now, facts=facts, rules=PRESENT)


@given(CHAINS, st.integers(1, 3), st.sampled_from(Ending), EDGES, INSTANTS)
def test_i04_an_end_above_denies_at_every_now(
    chain: list[Grant], depth: int, how: Ending, at: datetime, now: datetime
):
    """However the grant above ended, or one further up, what was handed on from it denies at every instant."""
    above = min(depth, len(chain) - 1)
    ended = [*chain]
    ended[above] = attrs.evolve(chain[above], ended=Ended(how, at, JOB, 30))
    assert all(one.window.holds(now) for one in chain) == bool(asked_of(chain, now))
    decision = asked_of(ended, now)
    assert not decision
    assert (decision.reason is Reason.CONSENT_ENDED) == chain[0].window.holds(now)


@given(CHAINS, st.integers(0, 3), INSTANTS)
def test_i04_a_suspension_denies_at_every_now(chain: list[Grant], depth: int, now: datetime):
    """While an agent is suspended, they and those to whom they handed on are denied at every instant, before it too."""
    added_by = chain[min(depth, len(chain) - 1)].added_by
    whose = KIM.id if added_by is None else added_by.id
    decision = asked_of(chain, now, frozenset({whose}))
    assert not decision
    if whose == KIM.id or all(one.window.holds(now) for one in chain):
        assert decision.reason is Reason.SUSPENDED


def with_all_below(world: Chained, ids: set[str]) -> set[str]:
    """Return grants and all that rests on them."""
    grants = world.grants()
    while more := {one.id for one in grants if one.parent in ids} - ids:
        ids |= more
    return ids


def resolve_all(world: Chained) -> set[str]:
    bound = {one.id for one in world.grants() if one.until_tickets and one.ended is None}
    for ticket in TICKETS:
        world.access.resolve_ticket(TENANT, ticket, by=HOOK)
    return with_all_below(world, bound)


def _firsts(world: Chained) -> list[Grant]:
    return [one for one in world.grants() if one.parent is None][::2]


def relinquish_firsts(world: Chained) -> set[str]:
    for one in _firsts(world):
        world.access.relinquish(TENANT, one.id, by=world.holder(one))
    return with_all_below(world, {one.id for one in _firsts(world)})


def revoke_firsts(world: Chained) -> set[str]:
    for one in _firsts(world):
        world.access.revoke(TENANT, one.id, by=BOSS)
    return with_all_below(world, {one.id for one in _firsts(world)})


def cut_off_who_handed_on(world: Chained) -> set[str]:
    who = world.who_handed_on()
    for agent in who:
        world.access.revoke_all(TENANT, by=BOSS, agent=agent)
    theirs = {one.id for one in world.grants() if one.holder.id in who}
    return with_all_below(world, theirs | {one.id for one in world.handed_on() if one.added_by.id in who})


def suspend_who_handed_on(world: Chained) -> set[str]:
    who = world.who_handed_on()[:1]
    for agent in who:
        world.access.suspend(agent, by=HOOK)
    world.kept_out |= {*who}
    theirs = {one.id for one in world.grants() if one.holder.id in who}
    return with_all_below(world, theirs | {one.id for one in world.handed_on() if one.added_by.id in who})


FOR_GOOD: dict[str, Callable[[Chained], set[str]]] = {
    "resolve the last ticket": resolve_all,
    "relinquish what others rest on": relinquish_firsts,
    "revoke what others rest on": revoke_firsts,
    "cut off who handed on": cut_off_who_handed_on,
    "suspend who handed on, and nobody reinstates": suspend_who_handed_on,
}


def revived(seed: int, brake: Callable[[Chained], set[str]]) -> tuple[set[str], set[str]]:
    """Brake in the past of a seed, and live on; return what that stopped, and whom it lets in at some instant."""
    world = chained(seed)
    begun = world.clock.now()
    stopped = brake(world)
    let_in: set[str] = set()
    for _ in range(3):
        world.live(6)
        moments = (begun, *world.moments()[::2])
        let_in |= {
            agent for agent in AGENTS for now in moments if world.ask(agent, "doc:read", now, only=stopped)
        }
    return stopped, let_in


@pytest.mark.parametrize("brake", FOR_GOOD.values(), ids=FOR_GOOD.keys())
def test_i05_nothing_brings_back_what_a_brake_of_chains_stopped(brake: Callable[[Chained], set[str]]):
    """Whatever happens after, at no instant does a stopped grant allow, nor anything that rests on it."""
    found = [revived(seed, brake) for seed in range(PASTS)]
    assert any(stopped for stopped, _ in found)
    assert set() == set().union(*(again for _, again in found))


WRONG = {
    "the last ticket ends nothing": ("resolve the last ticket", ticketing, "_last", lambda _: lambda *_: []),
    "nothing above is asked for": (
        "relinquish what others rest on", judge, "chain_ended", lambda _: lambda *_: None,
    ),
    "who handed on is not asked for": (
        "suspend who handed on, and nobody reinstates", judge, "_agents", lambda honest: lambda one: honest(one)[:1],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_i05_a_brake_of_chains_that_does_not_last_is_found_out(fault: str, monkeypatch: pytest.MonkeyPatch):
    """Each of these faults, planted, lets what a brake stopped allow again in one of these pasts."""
    name, of, attribute, wrong = WRONG[fault]
    monkeypatch.setattr(of, attribute, wrong(getattr(of, attribute)))
    assert any(revived(seed, FOR_GOOD[name])[1] for seed in range(60))
