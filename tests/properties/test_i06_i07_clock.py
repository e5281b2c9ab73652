"""I-6, I-7: turning a clock back undoes nothing, and a clock that is behind is not believed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantkit import Elapsed, Member, Reason, SupportAccess, System, Team, TenantFacts, authorize
from grantkit.errors import ClockBehind
from grantkit.model import Grant, Head
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.strategies import EDGES, INSTANTS, KIM, PRESENT, TENANT, TICK, ZERO, good_grants

ANA = Member("m-ana", tenant=TENANT, roles={"admin"})
MINUTE = timedelta(seconds=60)
JUMPS = st.lists(
    st.integers(-10 * 366 * 24, 10 * 366 * 24).map(lambda hours: timedelta(hours=hours)), max_size=6
)


@given(good_grants(), EDGES, INSTANTS)
def test_i07_a_clock_behind_the_record_denies(grant: Grant, seen_at: datetime, now: datetime):
    """More than 60 seconds behind what the record has seen, the answer is `clock_rollback`; up to that it never is."""
    facts = TenantFacts.of(grant, head=Head(tenant=TENANT, seq=50, seen_at=seen_at))
    reason = authorize(KIM, TENANT, "board:read", now, facts=facts, rules=PRESENT).reason
    assert (seen_at - now > timedelta(seconds=60)) == (reason is Reason.CLOCK_ROLLBACK)


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        (MINUTE - TICK, Reason.ALLOWED),
        (MINUTE, Reason.ALLOWED),
        (MINUTE + TICK, Reason.CLOCK_ROLLBACK),
    ],
)
def test_i07_the_tolerance_is_sixty_seconds_to_the_microsecond(behind: timedelta, reason: Reason):
    """Exactly 60 seconds behind is believed; one microsecond more is not, and then nothing widens either."""
    clock = FakeClock(ZERO)
    access = SupportAccess(MemoryStore(), clock=clock)
    team = Team("support")
    access.grant(TENANT, by=ANA, to=team, ends=Elapsed(hours=4), reason="x")
    clock.advance(hours=1)
    access.freeze(TENANT, by=ANA, agent="a-lee")
    clock.set(ZERO + timedelta(hours=1) - behind)
    assert reason is access.authorize(KIM, TENANT, "board:read").reason
    if reason is Reason.ALLOWED:
        access.grant(TENANT, by=ANA, to=team, ends=Elapsed(hours=4), reason="x")
    else:
        with pytest.raises(ClockBehind):
            access.grant(TENANT, by=ANA, to=team, ends=Elapsed(hours=4), reason="x")
        with pytest.raises(ClockBehind):
            access.unfreeze(TENANT, by=ANA, agent="a-lee")


@given(JUMPS, st.sampled_from(["revoke", "sweep"]))
def test_i06_no_jump_of_the_clock_undoes_a_recorded_end(jumps: list[timedelta], how: str):
    """Revoked, or expired and recorded, a grant allows at no reading of the clock, by ten years either way."""
    clock = FakeClock(ZERO)
    access = SupportAccess(MemoryStore(), clock=clock)
    grant = access.grant(TENANT, by=ANA, to=Team("support"), ends=Elapsed(hours=4), reason="x")
    if how == "revoke":
        access.revoke(TENANT, grant.id, by=ANA)
    else:
        clock.advance(hours=4)
        assert (grant.id,) == tuple(each.id for each in access.delivery.sweep())
    for jump in jumps:
        clock.set(ZERO + jump)
        assert not access.authorize(KIM, TENANT, "board:read")
        access.ledger.correct_clock(TENANT, by=System("job"))
        assert not access.authorize(KIM, TENANT, "board:read")
        assert str(access.authorize(KIM, TENANT, "board:read").reason) == (
            "revoked" if how == "revoke" else "expired"
        )


@given(good_grants(), EDGES, INSTANTS)
def test_i06_what_the_record_has_seen_is_over_stays_over(grant: Grant, seen_at: datetime, now: datetime):
    """An end at or before the record's last event is over, whatever the clock reads."""
    facts = TenantFacts.of(grant, head=Head(tenant=TENANT, seq=50, seen_at=seen_at))
    decision = authorize(KIM, TENANT, "board:read", now, facts=facts, rules=PRESENT)
    assert grant.window.closes > seen_at or not decision
