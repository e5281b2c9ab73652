"""Suspension: the vendor shuts one of its agents out of every tenant at once."""

import pytest

from grantkit import VENDOR, AccessRules, Agent, Elapsed, Member, SupportAccess, System, Team
from grantkit.errors import ActingThroughGrant, AgentSuspended, ClockBehind, NotEntitled, SelfApproval
from grantkit.testing import FakeClock
from scenarios.asking import STORES, no_trace, opened
from scenarios.world import Counter, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"})
BEA = Member("m-bea", tenant="globex", roles={"admin"})
KIM, LOU, BOSS = (Agent(f"a-{name}", teams={"support"}, name=name.title()) for name in ("kim", "lou", "boss"))
EIGHT = Elapsed(hours=8)
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {
                "start": {"by": ["approvers", "vendor:*"]},
                "delegate": {"to": ["agent"], "depth": 2},
            },
            "two-sided": {
                "start": {"by": ["vendor:*"]},
                "steps": [{"by": ["vendor:support"]}, {"by": ["tenant:admin"]}],
            },
        }
    }
)


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture(params=STORES)
def access(request, tmp_path, clock):
    with opened(request.param, tmp_path) as store:
        yield SupportAccess(store, rules=RULES, clock=clock, id_factory=Counter())


def give(access, tenant="acme", by=ANA, to=KIM, **more):
    return access.grant(tenant, by=by, to=to, flow="access", **({"ends": EIGHT, "reason": "Help"} | more))


def why(access, agent=KIM, tenant="acme", **more):
    return access.authorize(agent, tenant, "board:read", **more).reason


def test_one_event_shuts_an_agent_out_everywhere(access):
    """[B7] One event in the vendor's own record denies at every tenant at once, and nothing is written at any."""
    give(access)
    give(access, "globex", BEA, Team("support"))
    before = kinds(access), kinds(access, "globex")

    access.suspend("a-kim", by=BOSS, reason="Laptop stolen")
    assert ("suspended", "suspended") == (why(access), why(access, tenant="globex"))
    assert "suspended" == why(access, tenant="nowhere")
    assert () == access.visible_tenants(KIM)
    assert ("allowed", before) == (
        why(access, LOU, "globex"),
        (kinds(access), kinds(access, "globex")),
    )
    assert ["suspended"] == kinds(access, VENDOR)


def test_consent_that_comes_later_lets_nobody_in_either(access):
    """[B7] Granting to a suspended agent works, and counts only once the vendor has reinstated them."""
    access.suspend("a-kim", by=BOSS)
    give(access)
    assert "suspended" == why(access)
    access.reinstate("a-kim", by=System("hr"))
    assert "allowed" == why(access)


def test_lists_say_who_is_suspended(access):
    """[B7, T10] A list says of a grant that its agent, or who handed it on, is suspended; a team's is not touched."""
    first, _ = (give(access, to=holder) for holder in (KIM, Team("support")))
    access.delegate("acme", first.id, by=KIM, to=LOU, reason="Helps")
    access.suspend("a-kim", by=BOSS)
    listed = access.grants("acme")
    assert [("a-kim", True), ("support", False), ("a-lou", True)] == [
        (each.grant.holder.id, each.suspended) for each in listed
    ]
    assert [False] * 3 == [each.frozen for each in listed]
    assert "live, suspended" in str(listed[0])
    access.reinstate("a-kim", by=BOSS)
    assert [False] * 3 == [each.suspended for each in access.grants("acme")]


def test_suspending_and_reinstating_twice_is_one_event(access):
    """[B7] A suspension stands until it is lifted, however often it is said; lifting twice is one event."""
    access.reinstate("a-kim", by=BOSS)
    for _ in range(2):
        access.suspend("a-kim", by=BOSS)
    for _ in range(2):
        access.reinstate("a-kim", by=BOSS)
    assert ["suspended", "reinstated"] == kinds(access, VENDOR)


def test_no_clock_undoes_a_suspension(access, clock):
    """[N7, B7] Whatever the clock says, before or after, a suspension denies until it is lifted."""
    give(access)
    access.suspend("a-kim", by=BOSS)
    for at in ("2027-03-01 12:00", "2027-03-03 11:59", "2027-03-03 13:00"):
        assert "suspended" == why(access, now=utc(at))
    clock.set("2027-03-03T11:00:00Z")
    with pytest.raises(ClockBehind):
        access.reinstate("a-kim", by=BOSS)
    access.suspend("a-lou", by=BOSS)
    assert "suspended" == why(access, LOU)


def test_what_a_suspended_agent_may_not_do(access):
    """[B7] Whoever is suspended asks, approves, hands on, enters and reinstates nothing; giving back works."""
    grant = give(access)
    asked = access.request("acme", by=LOU, flow="two-sided", ends=EIGHT, reason="Help")
    shown = access.preview("acme", asked.id)
    access.suspend("a-kim", by=BOSS)
    tries = {
        "request": lambda: access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="Help"),
        "approve": lambda: access.approve("acme", asked.id, by=KIM, shown=shown.shown),
        "delegate": lambda: access.delegate("acme", grant.id, by=KIM, to=LOU, reason="Too"),
        "enter": lambda: access.enter("acme", grant.id, by=KIM),
    }
    for verb, attempt in tries.items():
        with no_trace(access, AgentSuspended) as caught:
            attempt()
        assert ("a-kim", verb) == (caught.value.agent, caught.value.verb)
    access.suspend("a-lou", by=KIM)
    with pytest.raises(AgentSuspended):
        access.reinstate("a-lou", by=KIM)
    assert "relinquished" == access.relinquish("acme", grant.id, by=KIM).ended.how


def test_who_may_suspend_and_reinstate(access):
    """[B7] Members may not, nobody reinstates themselves, and no support session does either."""
    for verb in (access.suspend, access.reinstate):
        with pytest.raises(NotEntitled):
            verb("a-kim", by=ANA)
        with pytest.raises(ActingThroughGrant):
            verb("a-kim", by=BOSS.under("gr_1"))
    access.suspend("a-kim", by=BOSS)
    with pytest.raises(SelfApproval):
        access.reinstate("a-kim", by=KIM)
    assert ["suspended"] == kinds(access, VENDOR)


@pytest.mark.parametrize("held_by", [KIM, Team("support")], ids=["by name", "by team"])
def test_what_was_handed_on_is_shut_with_who_did_it(access, held_by):
    """[R8, B7] While whoever handed a grant on is suspended, those they added are too, also where a team holds it."""
    grant = give(access, to=held_by)
    new = Agent("a-new")
    access.delegate("acme", grant.id, by=KIM, to=new, reason="Knows it")
    access.suspend("a-kim", by=BOSS)

    decision = access.authorize(new, "acme", "board:read")
    assert "suspended" == decision.reason
    assert "handed on by somebody whom the vendor has suspended" in decision.explain()
    access.reinstate("a-kim", by=BOSS)
    assert "allowed" == why(access, new)


@pytest.mark.parametrize("brake", ["freeze", "cut off"])
def test_a_teams_grant_handed_on_is_shut_with_who_did_it(access, brake):
    """[R8, B7] Whoever handed on their team's grant and is frozen or cut off there has let nobody in any more."""
    grant = give(access, to=Team("support"))
    new = Agent("a-new")
    access.delegate("acme", grant.id, by=KIM, to=new, reason="Knows it")
    if brake == "freeze":
        access.freeze("acme", by=ANA, agent="a-kim")
    else:
        access.revoke_all("acme", by=ANA, agent="a-kim")

    expected = {"freeze": "frozen", "cut off": "cut_off"}[brake]
    assert (expected, "allowed") == (why(access, new), why(access, LOU))


def test_the_past_knows_who_was_suspended(access, clock):
    """[N4, B7] As-of says suspended for the time between, and what it was before and after."""
    give(access)
    clock.advance(hours=1)
    access.suspend("a-kim", by=BOSS)
    clock.advance(hours=1)
    access.reinstate("a-kim", by=BOSS)
    clock.advance(hours=1)

    said = [
        str(access.ledger.as_of("acme", KIM, "board:read", at=utc(f"2027-03-03 {at}")).reason)
        for at in ("12:30", "13:30", "14:30")
    ]
    assert ["allowed", "suspended", "allowed"] == said


def test_the_vendors_record_of_it_holds_and_its_reason_can_be_erased(access):
    """[N5, B7] Suspensions are in a chain that verifies, and the words of the reason can be taken away."""
    access.suspend("a-kim", by=BOSS, reason="Laptop stolen")
    assert "Laptop stolen" == access.ledger.history(VENDOR)[0].body.reason
    access.ledger.erase(VENDOR, by=System("keeper"), events=[1])
    assert "" == access.ledger.history(VENDOR)[0].body.reason
    assert 1 == access.ledger.verify(VENDOR).erased - 1  # the name of who did it, too
    assert "suspended" == why(access)
