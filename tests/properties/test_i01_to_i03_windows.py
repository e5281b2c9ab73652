"""I-1, I-2, I-3: a window is half-open, to the microsecond."""

from datetime import datetime, timedelta

import attrs
from hypothesis import given

from grantkit import OpenEnded, Reason, TenantFacts, authorize
from grantkit.model import Grant, Window
from properties.strategies import EDGES, HOUR, INSTANTS, KIM, PRESENT, TENANT, TICK, good_grants


def decide(now: datetime, *grants: Grant) -> Reason:
    facts = TenantFacts.of(*grants, tenant=TENANT)
    return authorize(KIM, TENANT, "board:read", now, facts=facts, rules=PRESENT).reason


def windowed(grant: Grant, window: Window) -> Grant:
    return attrs.evolve(grant, window=window)


@given(good_grants(), INSTANTS)
def test_i01_i02_a_grant_allows_exactly_inside_its_window(grant: Grant, now: datetime):
    """A grant allows from its start, included, to its end, excluded, and at no other instant."""
    inside = grant.starts_at <= now and (isinstance(grant.ends_at, OpenEnded) or now < grant.ends_at)
    assert inside == (decide(now, grant) is Reason.ALLOWED)


@given(good_grants())
def test_i01_expiry_denies_from_the_end_instant_on(grant: Grant):
    """At the end instant access is over; one microsecond before it is not."""
    if isinstance(grant.ends_at, datetime):
        answers = [decide(grant.ends_at + step, grant) for step in (-TICK, timedelta(0), TICK, 9000 * HOUR)]
        assert [Reason.ALLOWED, Reason.EXPIRED, Reason.EXPIRED, Reason.EXPIRED] == answers


@given(good_grants())
def test_i02_nothing_is_allowed_before_the_start_instant(grant: Grant):
    """At the start instant access begins; one microsecond before it has not."""
    answers = [decide(grant.starts_at + step, grant) for step in (-9000 * HOUR, -TICK, timedelta(0), TICK)]
    assert [Reason.NOT_YET_ACTIVE, Reason.NOT_YET_ACTIVE, Reason.ALLOWED, Reason.ALLOWED] == answers


@given(good_grants(), EDGES, INSTANTS)
def test_i03_halves_of_a_window_compose(grant: Grant, middle: datetime, now: datetime):
    """[a, b) and [b, c) allow, together, exactly when [a, c) does, and never both at once."""
    start, end = grant.starts_at, grant.ends_at
    if start < middle < grant.window.closes:
        first, second = (windowed(grant, Window(start, middle)), windowed(grant, Window(middle, end)))
        halves = [decide(now, half) is Reason.ALLOWED for half in (first, second)]
        assert (decide(now, grant) is Reason.ALLOWED) == any(halves)
        assert halves != [True, True]
        assert decide(now, grant) is Reason.ALLOWED or decide(now, first, second) is not Reason.ALLOWED
