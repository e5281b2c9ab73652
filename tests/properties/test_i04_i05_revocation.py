"""I-4, I-5: a revocation is a fact, at every instant, and final."""

from datetime import datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantkit import Member, Reason, TenantFacts, authorize
from grantkit.errors import Conflict, GrantkitError, NotEntitled
from grantkit.model import Ended, Ending, Grant, Head
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
