"""The first minute: what an engineer tries first reads as it is printed."""

from datetime import UTC, datetime

import pytest

from grantkit import (
    AccessDenied,
    AccessRules,
    Agent,
    Elapsed,
    EndOfDay,
    InvalidInput,
    Member,
    Reason,
    SupportAccess,
    Team,
)
from grantkit.errors import CapExceeded, NotEntitled, NotOffered, TermNotOffered
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import Counter, kinds, refused, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM = Agent("a-kim", teams={"customer-success"}, name="Kim")
TEAM = Team("customer-success")


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def access(clock):
    return SupportAccess(MemoryStore(), clock=clock, id_factory=Counter())


def test_the_first_minute(access, clock):
    """[N2] Consent, a use, a refusal, an end and a revocation: each answer says why, in plain words."""
    grant = access.grant(
        "acme", by=ANA, to=TEAM, ends=Elapsed(hours=4), reason="Boards missing after the import"
    )
    assert access.authorize(KIM, "acme", "board:read").require().allowed
    assert (
        "Allowed. Grant gr_1 lets team customer-success look only, until 2027-03-03 18:20 UTC, 4 hours from now."
    ) == access.authorize(KIM, "acme", "board:read").explain()
    assert (
        "Denied: action_not_permitted. Grant gr_1 lets team customer-success look only; board:delete is not part "
        "of it. Ask acme for more."
    ) == access.authorize(KIM, "acme", "board:delete").explain()

    clock.advance(hours=4)
    assert (
        "Denied: expired. Grant gr_1 ended 2027-03-03 18:20 UTC, just now. Kim can ask again."
    ) == access.authorize(KIM, "acme", "board:read").explain()

    access.revoke("acme", grant.id, by=ANA)
    access.revoke("acme", grant.id, by=ANA)
    assert Reason.REVOKED is access.authorize(KIM, "acme", "board:read").reason
    assert [
        f"2027-03-03 14:20 UTC  #1 rules_adopted by Ana: rules without a name ({AccessRules().digest[:12]})",
        (
            "2027-03-03 14:20 UTC  #2 granted by Ana: grant gr_1 to team customer-success for everything, read-only, "
            "until 2027-03-03 18:20 UTC"
        ),
        "2027-03-03 18:20 UTC  #3 revoked by Ana: grant gr_1",
    ] == [str(event) for event in access.ledger.history("acme")]


def test_a_decision_is_true_exactly_when_it_allows(access):
    """[N2] A decision stands for itself in an ``if``, hands itself on when it allows and raises when it does not."""
    denied = access.authorize(KIM, "acme", "board:read")
    assert not denied
    with pytest.raises(AccessDenied) as caught:
        denied.require()
    assert denied is caught.value.decision

    access.grant("acme", by=ANA, to=TEAM, ends=Elapsed(hours=4), reason="Boards missing")
    allowed = access.authorize(KIM, "acme", "board:read")
    assert allowed
    assert allowed is allowed.require()


def test_the_safe_rules_ask_for_an_end_a_grantee_and_a_reason(access):
    """[N11] With no rules said, the caller says whom to let in, until when and why; nothing is guessed."""
    said = {"to": TEAM, "ends": Elapsed(hours=4), "reason": "Boards missing"}
    for left_out, field in (("to", "to"), ("ends", "ends"), ("reason", "reason")):
        with refused(access, InvalidInput) as refusal:
            access.grant("acme", by=ANA, **{name: value for name, value in said.items() if name != left_out})
        assert field == refusal.value.field
    assert [] == kinds(access)


def test_the_safe_rules_let_look_only_and_thirty_days(access):
    """[N11] With no rules said, an admin opens reading for thirty days at most, and nothing else is on offer."""
    with refused(access, CapExceeded) as cap:
        access.grant("acme", by=ANA, to=TEAM, ends=Elapsed(days=30, seconds=1), reason="Boards missing")
    assert utc("2027-04-02 14:20") == cap.value.cap
    with refused(access, TermNotOffered):
        access.grant("acme", by=ANA, to=TEAM, ends=Elapsed(seconds=59), reason="Boards missing")
    with refused(access, NotOffered):
        access.grant(
            "acme",
            by=ANA,
            to=TEAM,
            ends=Elapsed(days=30),
            reason="Boards missing",
            policies=["administrator"],
        )
    with refused(access, NotEntitled):
        access.grant(
            "acme", by=Member("m-ben", tenant="acme"), to=TEAM, ends=Elapsed(days=1), reason="Boards"
        )

    grant = access.grant("acme", by=ANA, to=TEAM, ends=Elapsed(days=30), reason="Boards missing")
    assert (utc("2027-04-02 14:20"), ("read-only",)) == (grant.ends_at, grant.policies)


def test_an_instant_without_a_zone_gets_nowhere(access):
    """[T2] A datetime with no zone is refused by the name of its field, wherever it comes in."""
    naive = datetime(2027, 3, 3, 14, 20)  # noqa: DTZ001  # the very thing
    for call in (
        lambda: access.authorize(KIM, "acme", "board:read", naive),
        lambda: access.visible_tenants(KIM, naive),
    ):
        with refused(access, InvalidInput) as refusal:
            call()
        assert ("now", "naive_datetime") == (refusal.value.field, refusal.value.code)
    with refused(access, InvalidInput) as refusal:
        access.grant("acme", by=ANA, to=TEAM, ends=Elapsed(hours=4), reason="Boards missing", starts=naive)
    assert ("starts", "naive_datetime") == (refusal.value.field, refusal.value.code)


def test_a_malformed_question_is_an_error_and_no_decision(access):
    """[N2] What is no question is refused by the name of the argument; it is never answered with a deny."""
    for arguments, field in (
        ((KIM, "acme", "read"), "action"),
        ((KIM, "ac me", "board:read"), "tenant"),
        (("a-kim", "acme", "board:read"), "agent"),
    ):
        with pytest.raises(InvalidInput) as caught:
            access.authorize(*arguments)
        assert field == caught.value.field
    with pytest.raises(InvalidInput) as caught:
        access.authorize(KIM, "acme", "board:read", resource="42")
    assert "resource" == caught.value.field


def test_the_clock_is_the_systems_unless_said(access):
    """[N2] Without a clock of its own a host gets the system's: a decision is made for an instant of today."""
    today = datetime.now(UTC).date()  # noqa: TID251  # to compare with what the system says

    decision = SupportAccess(MemoryStore()).authorize(KIM, "acme", "board:read")

    assert abs((decision.now.date() - today).days) <= 1


def test_a_date_reads_in_the_zone_that_it_carries(access):
    """[T3] The end of a date covers all of that date, in the zone that the term names."""
    ends = EndOfDay(utc("2027-03-05 00:00").date(), "Asia/Tokyo")

    grant = access.grant("acme", by=ANA, to=TEAM, ends=ends, reason="Boards missing")

    assert utc("2027-03-05 15:00") == grant.ends_at
