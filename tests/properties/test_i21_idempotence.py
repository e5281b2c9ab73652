"""I-21: a key stands for one command; used again it gives the first result and writes nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantkit import Elapsed, Member, SupportAccess, Team
from grantkit.errors import IdempotencyMismatch
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.strategies import ZERO

ANA = Member("m-ana", tenant="acme", roles={"admin"})
BEN = Member("m-ben", tenant="acme", roles={"admin"})
ANA_THERE = Member("m-ana", tenant="globex", roles={"admin"})
BETWEEN = st.lists(
    st.sampled_from(["revoke", "freeze", "revoke_all", "years on", "years back", "sweep"]), max_size=4
)


def world() -> tuple[SupportAccess, FakeClock]:
    clock = FakeClock(ZERO)
    return SupportAccess(MemoryStore(), clock=clock), clock


def give(access: SupportAccess, by: Member = ANA, tenant: str = "acme", **changes: object) -> str:
    said = {"to": Team("support"), "ends": Elapsed(hours=4), "reason": "x", "key": "k-1", **changes}
    return access.grant(tenant, by=by, **said).id  # type: ignore[arg-type]


@given(BETWEEN, st.integers(1, 4))
def test_i21_the_same_command_under_a_key_happens_once(between: list[str], times: int):
    """However often it comes, and whatever comes between, it gives the first grant, in its present state."""
    access, clock = world()
    first = give(access)
    for what in between:
        match what:
            case "revoke":
                access.revoke("acme", first, by=ANA)
            case "freeze":
                access.freeze("acme", by=ANA)
            case "revoke_all":
                access.revoke_all("acme", by=ANA)
            case "years on":
                clock.advance(days=800)
            case "years back":
                clock.advance(days=-800)
            case _:
                access.delivery.sweep()
    record = access.ledger.history("acme")
    present = access.grants("acme")[0].grant
    for _ in range(times):
        again = access.grant("acme", by=ANA, to=Team("support"), ends=Elapsed(hours=4), reason="x", key="k-1")
        assert present == again
    assert record == access.ledger.history("acme")


@pytest.mark.parametrize(
    "changed",
    [
        {"to": Team("tech")},
        {"ends": Elapsed(hours=5)},
        {"reason": "y"},
        {"policies": ["read-only"]},
        {"tickets": ["T-1"]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_i21_another_command_under_the_key_is_refused(changed: dict[str, object]):
    """A key that stands for other arguments is a mismatch, and nothing is written."""
    access, _ = world()
    give(access)
    record = access.ledger.history("acme")
    with pytest.raises(IdempotencyMismatch):
        give(access, **changed)
    assert record == access.ledger.history("acme")


def test_i21_a_key_is_its_actors_and_its_tenants():
    """The same key of another member, or at another tenant, is another key."""
    access, _ = world()
    ids = {
        give(access),
        give(access, by=BEN),
        give(access, by=ANA_THERE, tenant="globex"),
        give(access, key="k-2"),
    }
    assert 4 == len(ids)


@given(st.integers(0, 10))
def test_i21_revoking_again_is_no_event(hours: int):
    """Revoking, freezing or cutting off once more writes nothing."""
    access, clock = world()
    grant = give(access)
    clock.set(ZERO + timedelta(hours=hours))
    steps = [
        lambda: access.revoke("acme", grant, by=ANA),
        lambda: access.freeze("acme", by=ANA),
        lambda: access.freeze("acme", by=ANA, agent="a-kim"),
        lambda: access.revoke_all("acme", by=ANA),
    ]
    for step in steps:
        step()
        record = access.ledger.history("acme")
        step()
        assert record == access.ledger.history("acme")
