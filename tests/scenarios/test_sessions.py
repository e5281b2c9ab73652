"""Sessions: an agent says why before entering, the tenant sees it, and some flows let nobody do anything outside."""

import pytest

from grantkit import AccessRules, Agent, Elapsed, InvalidInput, Member, NotFound, SupportAccess, System, Team
from grantkit.errors import (
    AgentSuspended,
    ConsentMissing,
    IdempotencyMismatch,
    NotEligible,
    NotEntitled,
    TenantFrozen,
)
from grantkit.testing import FakeClock
from scenarios.asking import STORES, no_trace, opened
from scenarios.world import Counter, Settings, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM, LOU = (Agent(f"a-{name}", teams={"support"}, name=name.title()) for name in ("kim", "lou"))
EIGHT = Elapsed(hours=8)
ENTRY = {"required": True, "reason": {"min": 5}, "longest": {"elapsed": "PT2H"}}


def rules(entry=None, **more):
    flow = {"entry": ENTRY | (entry or {}), "delegate": {"to": ["agent"]}}
    return AccessRules.from_data({"flows": {"access": flow}, **more})


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture
def settings():
    return Settings(rules())


@pytest.fixture(params=STORES)
def access(request, tmp_path, clock, settings):
    with opened(request.param, tmp_path) as store:
        yield SupportAccess(
            store,
            rules=settings,
            clock=clock,
            id_factory=Counter(),
            predicates={"trained": lambda to, tenant: to.id != "a-kim"},
        )


def give(access, to=KIM, **more):
    return access.grant("acme", by=ANA, to=to, **({"ends": EIGHT, "reason": "Help"} | more))


def enter(access, grant, by=KIM, **more):
    return access.enter("acme", grant.id, by=by, **({"reason": "Looking into it"} | more))


def why(access, agent=KIM, action="board:read"):
    return access.authorize(agent, "acme", action).reason


def states(access, **more):
    return [(status.session.agent, str(status.state)) for status in access.sessions("acme", **more)]


def test_nobody_does_anything_before_entering(access):
    """[B12] Where a flow wants a session, its grant denies entry_required until the agent has said why."""
    grant = give(access)
    assert "entry_required" == why(access)
    session = enter(access, grant, tickets=["T-1"])

    assert "allowed" == why(access)
    assert ("a-kim", grant.id, "Looking into it", {"T-1"}) == (
        session.agent,
        session.grant,
        session.reason,
        session.tickets,
    )
    access.leave("acme", session.id, by=KIM)
    assert "entry_required" == why(access)
    assert ["rules_adopted", "granted", "entered", "left"] == kinds(access)


def test_nobody_enters_for_a_colleague(access):
    """[B12, M9] A session is one agent's: who is in the same team enters for themselves."""
    grant = give(access, Team("support"))
    enter(access, grant)
    assert ("allowed", "entry_required") == (why(access), why(access, LOU))
    with no_trace(access, NotEntitled):
        enter(access, grant, by=Agent("a-zoe"))


def test_a_session_is_under_one_grant(access):
    """[B12] Having entered under one grant lets nobody in under another, nor under what was handed on."""
    first, second = give(access), give(access, to=Team("support"))
    child = access.delegate("acme", second.id, by=LOU, to=Agent("a-new"), reason="Knows it")
    enter(access, first)
    enter(access, second, by=LOU)
    assert "entry_required" == why(access, Agent("a-new"))
    enter(access, child, by=Agent("a-new"))
    assert "allowed" == why(access, Agent("a-new"))
    access.revoke("acme", first.id, by=ANA)
    assert "entry_required" == why(access)


def test_a_session_ends_by_itself(access, clock):
    """[B12] After the flow's longest a session is over, at its end instant and ever after."""
    grant = give(access)
    enter(access, grant)
    decision = access.authorize(KIM, "acme", "board:read")
    assert utc("2027-03-03 14:00") == decision.valid_until
    clock.set("2027-03-03T13:59:59Z")
    assert "allowed" == why(access)
    clock.set("2027-03-03T14:00:00Z")
    assert "entry_required" == why(access)
    (status,) = access.sessions("acme")
    assert ("timed_out", utc("2027-03-03 14:00")) == (status.state, status.ended_at)


@pytest.mark.parametrize("how", ["revoke", "relinquish", "cut off", "cut off the agent", "shorten", "expire"])
def test_a_session_ends_with_its_grant_and_says_so(access, clock, how):
    """[B12] However the grant ends, the session is over with it, and lists say that this ended it, also later."""
    grant = give(access, ends=Elapsed(hours=1 if how == "expire" else 8))
    enter(access, grant)
    clock.advance(minutes=30)
    match how:
        case "revoke":
            access.revoke("acme", grant.id, by=ANA)
        case "relinquish":
            access.relinquish("acme", grant.id, by=KIM)
        case "cut off":
            access.revoke_all("acme", by=ANA)
        case "cut off the agent":
            access.revoke_all("acme", by=ANA, agent="a-kim")
        case "shorten":
            access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(minutes=1))
            clock.advance(minutes=1)
        case _:
            clock.advance(minutes=30)
    expected = "timed_out" if how == "expire" else "grant_ended"  # it was never to last longer than the grant
    for _ in range(2):
        assert [("a-kim", expected)] == states(access)
        assert not access.authorize(KIM, "acme", "board:read")
        clock.advance(days=3)
    (status,) = access.sessions("acme")
    assert utc("2027-03-03 12:30") <= status.ended_at <= utc("2027-03-03 13:00")


def test_a_team_grants_session_is_over_for_who_is_cut_off(access):
    """[B7, B12] Of a team's grant, only the session of the agent who was cut off is over."""
    grant = give(access, Team("support"))
    enter(access, grant)
    enter(access, grant, by=LOU)
    access.revoke_all("acme", by=ANA, agent="a-kim")
    assert [("a-kim", "grant_ended"), ("a-lou", "open")] == states(access)
    with no_trace(access, ConsentMissing):
        enter(access, grant)
    with no_trace(access, ConsentMissing):
        access.delegate("acme", grant.id, by=KIM, to=Agent("a-new"), reason="Instead of me")


def test_entering_again_leaves_the_session_before(access):
    """[B12] An agent is in one session under a grant: entering with another reason leaves the one before."""
    grant = give(access)
    first = enter(access, grant)
    enter(access, grant, reason="Something else")
    assert [("a-kim", "left"), ("a-kim", "open")] == states(access)
    assert ["entered", "left", "entered"] == kinds(access)[2:]
    access.leave("acme", first.id, by=KIM)
    assert "allowed" == why(access)


def test_what_must_be_said_at_entering(access, settings):
    """[B12, B5] A reason that is too short, a missing ticket or an unknown category is refused by its name."""
    grant = give(access)
    settings.rules = rules({"reason": {"min": 5, "categories": ["bug"]}, "tickets": "required"})
    for more, field in (
        ({"reason": "x", "category": "bug", "tickets": ["T-1"]}, "reason"),
        ({"category": "bug"}, "tickets"),
        ({"tickets": ["T-1"]}, "category"),
        ({"tickets": ["T-1"], "category": "fun"}, "category"),
    ):
        with no_trace(access, InvalidInput) as caught:
            enter(access, grant, **more)
        assert field == caught.value.field
    assert "bug" == enter(access, grant, tickets=["T-1"], category="bug").category


def test_what_keeps_an_agent_from_entering(access, clock, settings):
    """[B7, B11, B12] Frozen, suspended, no longer eligible, or with a grant that is over, nobody enters."""
    grant = give(access)
    access.freeze("acme", by=ANA, agent="a-kim")
    with no_trace(access, TenantFrozen):
        enter(access, grant)
    access.unfreeze("acme", by=ANA, agent="a-kim")
    access.suspend("a-kim", by=LOU)
    with no_trace(access, AgentSuspended):
        enter(access, grant)
    access.reinstate("a-kim", by=LOU)
    settings.rules = rules(eligible=["trained"])
    with no_trace(access, NotEligible):
        enter(access, grant)
    settings.rules = rules()
    clock.advance(hours=8)
    with no_trace(access, ConsentMissing):
        enter(access, grant)
    with no_trace(access, NotFound):
        access.enter("acme", "gr_nobody", by=KIM, reason="Looking")


def test_a_freeze_holds_inside_a_session_too(access):
    """[B7] A freeze denies in the middle of a session, and lifting it lets the session go on."""
    enter(access, give(access))
    access.freeze("acme", by=ANA)
    assert "frozen" == why(access)
    access.unfreeze("acme", by=ANA)
    assert "allowed" == why(access)


def test_rules_of_today_narrow_what_was_entered(access, settings, clock):
    """[B12] A longest that is lowered bites at once; a session demanded later is demanded of grants that stand."""
    settings.rules = rules({"required": False})
    grant = give(access)
    assert "allowed" == why(access)
    settings.rules = rules()
    assert "entry_required" == why(access)
    enter(access, grant)
    settings.rules = rules({"longest": {"elapsed": "PT10M"}})
    clock.advance(minutes=10)
    assert "entry_required" == why(access)


def test_what_was_pinned_is_demanded_still(access, settings):
    """[B12, N8] A grant consented to when a session was demanded wants one also after the rules have dropped it."""
    give(access)
    settings.rules = rules({"required": False})
    assert "entry_required" == why(access)


def test_a_sessions_ticket_opens_a_written_permission(access, settings):
    """[J9, B12] A permission for one case counts inside a session that names the case, for who is in it only."""
    settings.rules = AccessRules.from_data(
        {
            "flows": {
                "access": {"policies": ["administrator"], "entry": {}},
                "written": {
                    "yields": "consent",
                    "start": {"tickets": "required"},
                    "policies": ["administrator"],
                },
            },
            "demands": [{"beyond": ["read-only"], "needs": "written"}],
        }
    )
    grant = give(access, to=Team("support"))
    access.consent("acme", by=ANA, to=Team("support"), ends=EIGHT, reason="Yes", tickets=["T-1"])
    assert ("allowed", "needs_consent") == (why(access), why(access, action="board:write"))
    enter(access, grant, tickets=["T-2"])
    assert "needs_consent" == why(access, action="board:write")
    session = enter(access, grant, tickets=["T-1"])
    assert ("allowed", "needs_consent") == (
        why(access, action="board:write"),
        why(access, LOU, action="board:write"),
    )
    access.leave("acme", session.id, by=KIM)
    assert "needs_consent" == why(access, action="board:write")


def test_who_may_leave(access):
    """[B12] Who entered leaves, also inside the session, and a job of the host; nobody else; twice is one event."""
    session = enter(access, give(access))
    for nobody in (LOU, ANA):
        with no_trace(access, NotEntitled):
            access.leave("acme", session.id, by=nobody)
    with no_trace(access, NotFound):
        access.leave("acme", "se_nobody", by=KIM)
    access.leave("acme", session.id, by=KIM.under("gr_1"))
    access.leave("acme", session.id, by=System("sign-out"))
    assert 1 == kinds(access).count("left")


def test_who_sees_sessions(access, settings):
    """[B12, P8] The tenant sees who entered and why; where it is hidden, an agent sees its own and no others."""
    grant = give(access, Team("support"))
    enter(access, grant, reason="Boards are gone")
    enter(access, grant, by=LOU)
    assert ["Boards are gone", "Looking into it"] == [
        each.session.reason for each in access.sessions("acme", by=ANA)
    ]
    assert [("a-lou", "open")] == states(access, agent="a-lou", grant=grant.id, states=["open"], limit=1)
    assert [] == states(access, states=["left"])
    settings.rules = rules(view={"status": ["tenant:*"], "history": ["approvers"]})
    assert [("a-kim", "open")] == states(access, by=KIM)
    assert [] == states(access, by=Member("m-ana", tenant="globex", roles={"admin"}))
    assert [True] == [each.mine for each in access.sessions("acme", by=KIM)]


def test_a_retry_of_entering_is_one_session(access):
    """[B12] The same key gives the same session back, whatever became of it; other words under it are a mismatch."""
    grant = give(access)
    session = enter(access, grant, key="k-1")
    assert session == enter(access, grant, key="k-1")
    access.leave("acme", session.id, by=KIM)
    assert session.id == enter(access, grant, key="k-1").id
    assert "entry_required" == why(access)
    with no_trace(access, IdempotencyMismatch):
        enter(access, grant, key="k-1", reason="Another reason")


def test_the_reason_of_a_session_can_be_erased(access):
    """[B12, N5] Erasing takes the words out of the record and out of lists; the chain and the session stand."""
    enter(access, give(access), reason="About Mr. Doe")
    access.ledger.erase("acme", by=System("keeper"), events=[3])
    (status,) = access.sessions("acme")
    assert ("", "open") == (status.session.reason, status.state)
    assert "Doe" not in str(access.ledger.history("acme"))
    access.ledger.verify("acme")


def test_the_past_knows_who_was_inside(access, clock):
    """[N4, B12] As-of says entry_required before and after, and allowed while the agent was inside."""
    grant = give(access)
    clock.advance(hours=1)
    session = enter(access, grant)
    clock.advance(hours=1)
    access.leave("acme", session.id, by=KIM)
    clock.advance(hours=1)
    said = [
        str(access.ledger.as_of("acme", KIM, "board:read", at=utc(f"2027-03-03 {at}")).reason)
        for at in ("12:30", "13:30", "14:30")
    ]
    assert ["entry_required", "allowed", "entry_required"] == said


def test_uses_are_counted_for_each_agent(access, clock):
    """[M9, R13, B12] Uses name the agent, also of a team's grant, and say how often and when last."""
    grant = give(access, Team("support"))
    enter(access, grant)
    enter(access, grant, by=LOU)
    for agent, count in ((KIM, 2), (LOU, 1), (KIM, 1)):
        access.record_use(access.authorize(agent, "acme", "board:read"), count=count)
        clock.advance(minutes=10)

    def used(**more):
        return [(each.grant, each.agent, each.count, each.last) for each in access.uses("acme", **more)]

    counted = [
        (grant.id, "a-kim", 3, utc("2027-03-03 12:20")),
        (grant.id, "a-lou", 1, utc("2027-03-03 12:10")),
    ]
    assert counted == used(by=ANA)
    assert "used" not in kinds(access)
    clock.advance(hours=1)
    for _ in range(2):
        access.delivery.sweep()
    assert counted == used(by=ANA)
    assert 1 == kinds(access).count("used")
    access.ledger.verify("acme")
    assert counted[1:] == used(agent="a-lou", grant=grant.id, limit=1)


def test_late_uses_are_summed_up_too(access, clock):
    """[M9] A use that is counted for an hour already summed up is added by the next sweep, and nothing is lost."""
    give(access)
    enter(access, access.grants("acme")[0].grant)
    decision = access.authorize(KIM, "acme", "board:read")
    for _ in range(2):
        access.record_use(decision)
        clock.advance(hours=1)
        access.delivery.sweep()
    assert [2] == [each.count for each in access.uses("acme")]
    assert 2 == kinds(access).count("used")


def test_what_was_denied_is_no_use(access):
    """[M9] A denied decision cannot be counted, and what a forgotten tenant used is forgotten with it."""
    give(access)
    with pytest.raises(InvalidInput):
        access.record_use(access.authorize(KIM, "acme", "board:read"))
    enter(access, access.grants("acme")[0].grant)
    decision = access.authorize(KIM, "acme", "board:read")
    access.record_use(decision)
    access.ledger.forget_tenant("acme", by=System("keeper"))
    access.record_use(decision)
    assert ((), ()) == (access.uses("acme"), access.sessions("acme"))
