"""Rulings: the questions that a host will ask one day, and how they are settled."""

from datetime import date

import pytest

from grantkit import (
    AccessRules,
    Agent,
    Elapsed,
    EndOfDay,
    InvalidInput,
    Member,
    Reason,
    Scope,
    StartOfDay,
    SupportAccess,
    Team,
)
from grantkit.errors import (
    CapExceeded,
    IllegalTransition,
    NotEntitled,
    NotOffered,
    StepsRemain,
    TermNotOffered,
    Unavailable,
)
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import (
    KIM,
    LEE,
    ZOE,
    Counter,
    Settings,
    document,
    kinds,
    one_flow,
    refused,
    rule_set,
    utc,
)

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles_on={"project:42": {"admin"}}, name="Ben")
SUPPORT = Team("support")

READ = {"effect": "allow", "action": ["*:read"], "resource": ["*"]}
WRITE = {"effect": "allow", "action": ["*:write"], "resource": ["*"]}
NO_SECRETS = {"effect": "deny", "action": ["secret:*"], "resource": ["*"]}


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def settings():
    return Settings(one_flow(policies=["read-only", "administrator"]))


@pytest.fixture
def access(clock, settings):
    return SupportAccess(MemoryStore(), rules=settings, clock=clock, id_factory=Counter())


def let_in(access, to=SUPPORT, by=ANA, **more):
    """Grant four hours."""
    return access.grant("acme", by=by, to=to, ends=Elapsed(hours=4), reason="Boards missing", **more)


def reason(access, action="board:read", agent=KIM, **more):
    """Ask, and return the reason alone."""
    return access.authorize(agent, "acme", action, **more).reason


def fixing(*statements, ceilings=None):
    """Return rules that offer one policy, ``fixing``, with these statements."""
    more = {"policies": {"fixing": list(statements)}, "ceilings": ceilings or {}}
    return one_flow(policies=["fixing"], more=more)


# --- one of many ------------------------------------------------------------------------------------------------------


def test_one_agent_of_a_team_is_put_out_for_good(access):
    """[B7] Of a team that was let in, one agent is put out by a freeze: new consent to the team does not let it in."""
    grant = let_in(access)
    access.freeze("acme", by=ANA, agent="a-kim")
    let_in(access)

    assert (Reason.FROZEN, Reason.ALLOWED) == (reason(access), reason(access, agent=LEE))
    assert "live" == access.grants("acme")[0].state
    assert None is access.grants("acme")[0].ended_at
    assert grant.version == access.grants("acme")[0].grant.version


def test_one_agent_of_a_team_is_put_out_until_new_consent(access):
    """[B7] Of a team that was let in, one agent is put out by a cut-off until consent is given anew."""
    let_in(access)
    access.revoke_all("acme", by=ANA, agent="a-kim")

    assert (Reason.CUT_OFF, Reason.ALLOWED) == (reason(access), reason(access, agent=LEE))
    assert "live" == access.grants("acme")[0].state
    let_in(access)
    assert Reason.ALLOWED is reason(access)


def test_giving_a_teams_grant_back_ends_it_for_the_team(access):
    """[R11] One agent of a team gives the team's grant back, and it is over for all of the team."""
    grant = let_in(access)
    access.relinquish("acme", grant.id, by=KIM)

    assert (Reason.RELINQUISHED, Reason.RELINQUISHED) == (reason(access), reason(access, agent=LEE))


def test_who_leaves_the_team_is_out_at_once(access):
    """[M9] Who is in a team is asked at each decision: out of the team is out of its grants."""
    let_in(access)

    assert Reason.NO_GRANT is reason(access, agent=Agent("a-kim", teams={"sales"}))
    assert Reason.ALLOWED is reason(access, agent=Agent("a-new", teams={"support"}))


def test_withdrawing_before_the_start_is_giving_back(access, settings, clock):
    """[B3] What has been consented to and has not begun is given back, and then never begins."""
    settings.rules = one_flow(ahead="P7D")
    grant = let_in(access, starts=utc("2027-03-04 08:00"))

    access.relinquish("acme", grant.id, by=KIM)

    assert ["rules_adopted", "granted", "relinquished"] == kinds(access)
    clock.set("2027-03-04T09:00:00Z")
    assert Reason.RELINQUISHED is reason(access)


# --- edits of the rules -----------------------------------------------------------------------------------------------


def test_a_ceiling_that_is_lowered_bites_at_once(access, settings):
    """[N8] A ceiling that is lowered binds what was consented to before, with the next decision."""
    let_in(access, policies=["administrator"])
    assert Reason.ALLOWED is reason(access, "board:delete")

    settings.rules = one_flow(
        policies=["read-only", "administrator"],
        more={"ceilings": {"support": ["read-only"], "other": ["administrator"]}},
    )

    assert (Reason.OVER_CEILING, Reason.ALLOWED) == (reason(access, "board:delete"), reason(access))


def test_a_ceiling_that_is_raised_changes_nothing_consented_before(access, settings):
    """[N8] A ceiling that is raised has no effect on what was consented to under the lower one; new consent has it."""
    low = {"support": ["read-only"], "other": ["read-only"]}
    settings.rules = one_flow(policies=["administrator"], more={"ceilings": low})
    old = let_in(access)
    settings.rules = one_flow(policies=["administrator"])

    decision = access.authorize(KIM, "acme", "board:delete")
    assert (Reason.OVER_CEILING, old.id) == (decision.reason, decision.grant_id)
    new = let_in(access)
    decision = access.authorize(KIM, "acme", "board:delete")
    assert (Reason.ALLOWED, new.id) == (decision.reason, decision.grant_id)


def test_a_guardrail_that_is_removed_still_binds_what_stands(access, settings):
    """[N8] A guardrail in force at consent bounds the grant for good, also after it was removed."""
    fence = {"fenced": [READ, WRITE, NO_SECRETS], "fixing": [READ, WRITE]}
    settings.rules = one_flow(policies=["fixing"], more={"policies": fence, "ceilings": {"*": ["fenced"]}})
    let_in(access)
    assert (Reason.OVER_CEILING, Reason.ALLOWED) == (reason(access, "secret:read"), reason(access))

    settings.rules = fixing(READ, WRITE)

    assert (Reason.OVER_CEILING, Reason.ALLOWED) == (reason(access, "secret:read"), reason(access))


def test_a_guardrail_that_is_added_binds_everybody(access, settings):
    """[N8] A guardrail that is added later binds every grant that stands, whoever holds it."""
    settings.rules = fixing(READ, WRITE)
    let_in(access)
    let_in(access, to=ZOE)

    fence = {"fenced": [READ, NO_SECRETS], "fixing": [READ, WRITE]}
    settings.rules = one_flow(policies=["fixing"], more={"policies": fence, "ceilings": {"*": ["fenced"]}})

    for agent in (KIM, ZOE):
        assert Reason.OVER_CEILING is reason(access, "secret:read", agent)
        assert Reason.OVER_CEILING is reason(access, "board:write", agent)
        assert Reason.ALLOWED is reason(access, "board:read", agent)


def test_an_edit_of_a_policy_narrows_and_never_widens(access, settings):
    """[N8] A grant pins the policy consented to: an edit can take from it and never add to it."""
    settings.rules = fixing(READ)
    let_in(access)

    settings.rules = fixing(READ, WRITE)
    assert (Reason.ALLOWED, Reason.ACTION_NOT_PERMITTED) == (reason(access), reason(access, "board:write"))
    settings.rules = fixing(WRITE)
    assert (Reason.ACTION_NOT_PERMITTED,) * 2 == (reason(access), reason(access, "board:write"))
    settings.rules = fixing(READ, {"effect": "deny", "action": ["secret:*"], "resource": ["*"]})
    assert (Reason.ALLOWED, Reason.ACTION_NOT_PERMITTED) == (reason(access), reason(access, "secret:read"))
    settings.rules = fixing(READ)
    assert Reason.ALLOWED is reason(access, "secret:read")


def test_a_policy_that_comes_back_wider_gives_no_more(access, settings):
    """[N8] A policy that was removed and came back wider gives what was consented to and no more."""
    settings.rules = fixing(READ)
    let_in(access)

    settings.rules = one_flow()
    assert Reason.POLICY_WITHDRAWN is reason(access)
    settings.rules = fixing(READ, WRITE)
    assert (Reason.ALLOWED, Reason.ACTION_NOT_PERMITTED) == (reason(access), reason(access, "board:write"))


def test_amending_keeps_the_definition_that_was_consented_to(access, settings):
    """[N8] A policy that an amendment keeps stays as it was consented to; one that it adds is read as of today."""
    offers = {"policies": ["fixing", "asking"], "amend": {"ends": [], "policies": True}}
    asking = [{"effect": "allow", "action": ["*:ask"], "resource": ["*"]}]
    settings.rules = one_flow(**offers, more={"policies": {"fixing": [READ], "asking": asking}})
    grant = let_in(access)
    settings.rules = one_flow(**offers, more={"policies": {"fixing": [READ, WRITE], "asking": asking}})

    access.amend("acme", grant.id, by=ANA, version=1, policies=["fixing", "asking"])

    assert (Reason.ALLOWED, Reason.ALLOWED) == (reason(access), reason(access, "board:ask"))
    assert Reason.ACTION_NOT_PERMITTED is reason(access, "board:write")


def test_rules_are_adopted_once_for_each_tenant_and_edit(access, settings):
    """[N11] The first command under new rules adopts them in the record; asking adopts nothing."""
    let_in(access)
    let_in(access)
    edited = one_flow(policies=["read-only"])
    settings.rules = edited
    reason(access)
    assert ["rules_adopted", "granted", "granted"] == kinds(access)

    access.freeze("acme", by=ANA)
    assert ["rules_adopted", "granted", "granted", "rules_adopted", "frozen"] == kinds(access)
    assert edited.digest == access.ledger.history("acme")[3].body.digest


def test_each_tenant_lives_under_its_own_rules(clock):
    """[N11] A host may give each tenant rules of its own: what one allows is refused at the other."""
    sets = {"acme": fixing(READ, WRITE), "globex": one_flow()}
    access = SupportAccess(MemoryStore(), rules=sets.__getitem__, clock=clock)
    bo = Member("m-bo", tenant="globex", roles={"admin"})
    let_in(access)
    access.grant("globex", by=bo, to=SUPPORT, ends=Elapsed(hours=4), reason="Boards missing")

    assert Reason.ALLOWED is access.authorize(KIM, "acme", "board:write").reason
    assert Reason.ACTION_NOT_PERMITTED is access.authorize(KIM, "globex", "board:write").reason
    with pytest.raises(Unavailable):
        access.grant("initech", by=ANA, to=SUPPORT, ends=Elapsed(hours=4), reason="Boards missing")


# --- capacity ---------------------------------------------------------------------------------------------------------


def test_one_more_team_never_widens(access, settings):
    """[N8] A grant to an agent with no team named is bound by the ceilings of all the teams that the agent is in."""
    settings.rules = one_flow(
        policies=["administrator"],
        more={"ceilings": {"technical": ["administrator"], "product": ["read-only"], "other": ["read-only"]}},
    )
    technical = Agent("a-tia", teams={"technical"})
    both = Agent("a-tia", teams={"technical", "product"})
    let_in(access, to=technical)

    assert Reason.ALLOWED is reason(access, "board:delete", technical)
    assert Reason.OVER_CEILING is reason(access, "board:delete", both)
    assert Reason.OVER_CEILING is reason(access, "board:delete", Agent("a-tia"))


def test_a_named_capacity_takes_being_in_the_team(access, settings):
    """[M9] A grant that names the team in which an agent acts counts only while the agent is in it."""
    settings.rules = one_flow(
        policies=["administrator"],
        to=["agent:technical", "agent:product"],
        more={"ceilings": {"technical": ["administrator"], "product": ["read-only"], "other": ["read-only"]}},
    )
    both = Agent("a-tia", teams={"technical", "product"})
    with refused(access, InvalidInput) as refusal:
        let_in(access, to=both)
    assert ("as_team", "ambiguous") == (refusal.value.field, refusal.value.code)
    grant = let_in(access, to=both, as_team="technical")

    assert "technical" == grant.as_team
    assert Reason.ALLOWED is reason(access, "board:delete", both)
    assert Reason.NO_GRANT is reason(access, "board:delete", Agent("a-tia", teams={"product"}))


# --- people -----------------------------------------------------------------------------------------------------------


def test_who_consented_and_lost_the_role(access):
    """[M7] The grant stays when the granter loses the role: it was valid then, and who gave it may still revoke it."""
    grant = let_in(access)
    former = Member("m-ana", tenant="acme", roles={"member"})
    assert Reason.ALLOWED is reason(access)

    with refused(access, NotEntitled):
        let_in(access, by=former)
    access.revoke("acme", grant.id, by=former)
    assert Reason.REVOKED is reason(access)


def test_a_role_that_the_rules_no_longer_name_may_still_revoke(access, settings):
    """[J11] Who could have consented under the rules of the day may revoke under later ones, and so may who can now."""
    first, second = let_in(access), let_in(access)
    settings.rules = one_flow(steps=[{"by": ["tenant:owner"]}])

    access.revoke("acme", first.id, by=Member("m-dora", tenant="acme", roles={"admin"}))
    access.revoke("acme", second.id, by=Member("m-oto", tenant="acme", roles={"owner"}))
    assert Reason.REVOKED is reason(access)


def test_a_member_cannot_step_out_of_the_whole(access):
    """[M11] A project's admin cannot take their project out of a grant for the whole: that is for who may grant it."""
    grant = let_in(access)

    for attempt in (
        lambda: access.revoke("acme", grant.id, by=BEN),
        lambda: access.amend("acme", grant.id, by=BEN, version=1, ends=Elapsed(minutes=5)),
        lambda: access.amend("acme", grant.id, by=BEN, version=1, policies=[]),
    ):
        with refused(access, NotEntitled):
            attempt()
    assert Reason.ALLOWED is reason(access, resource="project:42")


# --- ways in ----------------------------------------------------------------------------------------------------------


def test_an_exact_date_on_offer_is_counted_from_today(clock):
    """[T3] A date that the rules spell in days is today's in the tenant's zone, and any other date is refused."""
    rules = one_flow(ends=[{"end_of_day": "P0D"}, {"start_of_day": "P7D"}]).in_zone("Asia/Tokyo")
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock)

    def until(ends):
        return access.grant("acme", by=ANA, to=SUPPORT, ends=ends, reason="Boards missing").ends_at

    assert utc("2027-03-03 15:00") == until(None) == until(EndOfDay(date(2027, 3, 3)))
    assert utc("2027-03-09 15:00") == until(StartOfDay(date(2027, 3, 10)))
    for other in (EndOfDay(date(2027, 3, 4)), StartOfDay(date(2027, 3, 9)), EndOfDay(date(2027, 3, 9))):
        with refused(access, TermNotOffered):
            until(other)
    clock.set("2027-03-03T15:00:00Z")  # midnight there
    assert utc("2027-03-04 15:00") == until(None)


def test_an_unknown_tenant_is_no_error(access):
    """[M1] A tenant that was never heard of is simply closed, and has no record, no grants and nothing to revoke."""
    assert Reason.NO_GRANT is access.authorize(KIM, "never-heard-of", "board:read").reason
    assert () == access.ledger.history("never-heard-of")
    assert () == access.grants("never-heard-of")


def test_where_several_flows_fit_one_must_be_named(clock):
    """[N11] Where several ways in fit, the caller names one; none is guessed."""
    rules = AccessRules.from_data({"flows": {"short": {"longest": {"elapsed": "PT8H"}}, "long": {}}})
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock)

    for flow, code in ((None, "ambiguous"), ("middling", "unknown")):
        with refused(access, InvalidInput) as refusal:
            let_in(access, flow=flow)
        assert ("flow", code) == (refusal.value.field, refusal.value.code)
    assert "long" == let_in(access, flow="long").flow


def test_break_glass_is_no_way_in_by_grant(clock):
    """[N11] A flow that stands under a consent is not entered by a grant, and the everyday one needs no naming."""
    access = SupportAccess(MemoryStore(), rules=rule_set("with-break-glass"), clock=clock)

    for flow in ("break-glass", "beforehand"):
        with refused(access, NotOffered) as refusal:
            let_in(access, flow=flow)
        assert ("verb", "grant") == (refusal.value.field, refusal.value.asked)
    assert "everyday" == let_in(access).flow


def test_what_only_the_vendor_may_begin_a_tenant_cannot_grant(clock):
    """[N11] Where the vendor asks first, a member cannot grant unasked."""
    access = SupportAccess(MemoryStore(), rules=rule_set("jobber"), clock=clock)

    with refused(access, NotEntitled):
        access.grant("acme", by=ANA, to=Agent("a-pat", teams={"product-support"}), reason="Boards missing")


def test_a_flow_of_two_answers_is_not_settled_by_one(clock):
    """[N11] Where two people must agree, the grant of one is refused."""
    access = SupportAccess(
        MemoryStore(), rules=one_flow(steps=[{"by": ["tenant:admin"], "count": 2}]), clock=clock
    )

    with refused(access, StepsRemain) as refusal:
        let_in(access)
    assert 2 == refusal.value.needed


def test_a_reason_may_need_a_category(clock):
    """[B5] Where the rules have categories, a reason names one of them; free text and tickets stand beside it."""
    rules = one_flow(
        start={"reason": {"min": 3, "categories": ["incident", "question"]}, "tickets": "required"}
    )
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock)

    for category, code in ((None, "required"), ("whim", "unknown")):
        with refused(access, InvalidInput) as refusal:
            let_in(access, category=category, tickets=["T-1"])
        assert ("category", code) == (refusal.value.field, refusal.value.code)
    with refused(access, InvalidInput) as refusal:
        let_in(access, category="incident")
    assert ("tickets", "required") == (refusal.value.field, refusal.value.code)
    grant = let_in(access, category="incident", tickets=["T-1", "T-2", "T-1"])
    assert ("incident", {"T-1", "T-2"}, "Boards missing") == (grant.category, grant.tickets, grant.reason)


def test_an_answer_from_outside_carries_a_reference(clock):
    """[M12] Consent that came by another channel keeps the channel and the reference where it can be found."""
    rules = one_flow(steps=[{"by": ["tenant:admin"], "channels": ["in_product", "email"]}])
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock)

    with refused(access, InvalidInput) as refusal:
        let_in(access, channel="email")
    assert ("reference", "required") == (refusal.value.field, refusal.value.code)
    with refused(access, NotOffered):
        let_in(access, channel="fax", reference="1")
    (approval,) = let_in(access, channel="email", reference="msg-17").approvals
    assert ("email", "msg-17") == (approval.channel, approval.reference)


def test_an_amendment_cannot_outgrow_the_cap(clock):
    """[T7] The longest end counts from the first start, so amending again and again never gets past it."""
    rules = one_flow(longest={"elapsed": "PT8H"}, amend={"ends": ["elapsed"]})
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock)
    grant = let_in(access)
    clock.advance(hours=3)
    grant = access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=5))
    assert utc("2027-03-03 22:20") == grant.ends_at

    clock.advance(hours=1)
    with refused(access, CapExceeded) as refusal:
        access.amend("acme", grant.id, by=ANA, version=2, ends=Elapsed(hours=5))
    assert utc("2027-03-03 22:20") == refusal.value.cap


def test_nothing_extends_silently(access, clock):
    """[T7] Where amending is not offered, more time takes a new grant, and an ended one is never extended."""
    grant = let_in(access)
    with refused(access, TermNotOffered):
        access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=8))
    clock.advance(hours=4)
    with refused(access, IllegalTransition) as refusal:
        access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=8))
    assert ("expired", "amend", "give new consent") == (
        refusal.value.state,
        refusal.value.verb,
        refusal.value.instead,
    )


def test_a_vendors_document_is_never_changed_by_reading_it():
    """[N11] Reading a document leaves it as it was, and every vendor's reads back to itself."""
    for name in ("meister", "m3ter", "project-platform", "jobber", "resolver", "with-break-glass"):
        found, again = document(name), document(name)
        rules = AccessRules.from_data(found)
        assert again == found
        assert rules == AccessRules.from_data(rules.to_data())
        assert rules.digest == AccessRules.from_data(rules.to_data()).digest


def test_scopes_of_several_resources(access):
    """[P1] A grant for listed resources opens each of them and nothing beside them."""
    let_in(access, scope=Scope.only("project:42", "project:43"))

    assert [Reason.ALLOWED, Reason.ALLOWED, Reason.OUT_OF_SCOPE, Reason.OUT_OF_SCOPE] == [
        reason(access, resource=resource) for resource in ("project:42", "project:43", "project:44", None)
    ]
    with refused(access, NotEntitled):
        let_in(access, by=BEN, scope=Scope.only("project:42", "project:43"))
    let_in(access, by=BEN, scope=Scope.only("project:42"))
