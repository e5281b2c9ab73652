"""I-30: over all its amendments a grant lasts no longer than the cap, counted from its first start."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from grantkit import Elapsed, Instant, Member, OpenEnded, SupportAccess, Team
from grantkit.errors import GrantkitError
from grantkit.rules import AccessRules
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.strategies import TICK, ZERO

ANA = Member("m-ana", tenant="acme", roles={"admin"})
CAP = timedelta(hours=10)


def rules(cap: timedelta) -> AccessRules:
    ends = ["elapsed", "instant", "open_ended"]
    amend = [{"elapsed": "PT4H", "from": "end"}, *ends]
    longest = {"elapsed": f"PT{int(cap.total_seconds())}S"}
    return AccessRules.from_data(
        {"flows": {"access": {"ends": ends, "longest": longest, "amend": {"ends": amend}}}}
    )


HOURS = st.integers(0, 12)
TERMS = (
    HOURS.filter(bool).map(lambda hours: Elapsed(hours=hours))
    | HOURS.map(lambda hours: Instant(ZERO + timedelta(hours=hours)))
    | st.just(Instant(ZERO + CAP + TICK))
    | st.just(OpenEnded())
)


@given(TERMS, st.lists(st.tuples(st.integers(0, 5), TERMS), max_size=8))
def test_i30_no_chain_of_amendments_outlasts_the_cap(first: object, later: list[tuple[int, object]]):
    """However often it is lengthened, end minus first start stays within the cap, and the start stays put."""
    clock = FakeClock(ZERO)
    access = SupportAccess(MemoryStore(), clock=clock, rules=rules(CAP))
    try:
        grant = access.grant("acme", by=ANA, to=Team("s"), ends=first, reason="x")  # type: ignore[arg-type]
    except GrantkitError:
        return
    for hours, term in later:
        clock.advance(hours=hours)
        over = clock.now() >= grant.window.closes
        try:
            grant = access.amend("acme", grant.id, by=ANA, version=grant.version, ends=term)  # type: ignore[arg-type]
        except GrantkitError:
            continue
        assert not over  # what has expired is never extended
        assert ZERO == grant.starts_at
        assert grant.window.closes - grant.starts_at <= CAP
        assert clock.now() < grant.window.closes


@given(st.integers(1, 10), st.integers(1, 10), TERMS)
def test_i30_a_lowered_cap_binds_the_next_lengthening(old: int, new: int, term: object):
    """A cap lowered since binds every later end from the first start; shortening is never in its way."""
    clock = FakeClock(ZERO)
    caps = [timedelta(hours=old)]
    access = SupportAccess(MemoryStore(), clock=clock, rules=lambda _: rules(caps[-1]))
    grant = access.grant("acme", by=ANA, to=Team("s"), ends=OpenEnded(), reason="x")
    assert ZERO + timedelta(hours=old) == grant.ends_at
    caps.append(timedelta(hours=new))
    try:
        amended = access.amend("acme", grant.id, by=ANA, version=1, ends=term)  # type: ignore[arg-type]
    except GrantkitError:
        return
    longer = amended.window.closes > grant.window.closes
    assert not longer or amended.window.closes - ZERO <= caps[-1]
