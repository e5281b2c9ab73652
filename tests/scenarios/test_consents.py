"""Standing consent: seven days, within which the vendor opens grants of a day; the inner never outlives the outer."""

import pytest

from grantkit import AccessRules, Agent, Elapsed, Member, Reason, Scope, SupportAccess, Team
from grantkit.errors import (
    ActingThroughGrant,
    ConsentMissing,
    IdempotencyMismatch,
    NotEntitled,
    NotOffered,
    SelfApproval,
    TenantFrozen,
)
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import KIM, LEE, ZOE, Counter, Settings, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"admin"}, name="Ben")
VIC = Member("m-vic", tenant="acme", roles={"member"}, name="Vic")

DAY = Elapsed(hours=24)


def rules(**daily):
    """Return the rules of a standing consent, with these changes of the flow that stands under it."""
    return AccessRules.from_data(
        {
            "schema": 1,
            "name": "standing",
            "flows": {
                "standing": {
                    "yields": "consent",
                    "start": {"by": ["approvers", "vendor:support"]},
                    "to": ["team:support"],
                    "policies": ["read-only", "administrator"],
                    "ends": [{"elapsed": "P7D"}],
                    "ahead": "P7D",
                },
                "daily": {
                    "under": "standing",
                    "start": {"by": ["vendor:support"]},
                    "steps": [],
                    "to": ["agent:support"],
                    "policies": ["read-only", "administrator"],
                    "ends": [{"elapsed": "PT24H"}],
                    **daily,
                },
            },
        }
    )


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture
def settings():
    return Settings(rules())


@pytest.fixture(params=STORES)
def access(request, tmp_path, clock, settings):
    with opened(request.param, tmp_path) as store:
        yield SupportAccess(store, rules=settings, clock=clock, id_factory=Counter())


def stand(access, by=ANA, **more):
    """Give the standing consent."""
    return access.consent("acme", by=by, **({"reason": "For this week"} | more))


def unlock(access, consent, by=KIM, **more):
    """Open a day under it."""
    return access.activate("acme", under=consent.id, by=by, **({"reason": "Looking again"} | more))


def said(access, agent=KIM, action="board:read", resource=None):
    """Return the reason that a decision gives."""
    return access.authorize(agent, "acme", action, resource=resource).reason


def test_days_within_a_week(access, clock):
    """[B8] Within seven days of consent the vendor opens a day at a time; between the days nothing is open."""
    week = stand(access)
    assert Reason.NO_GRANT is said(access), "the consent by itself opens nothing"
    for _ in range(3):
        grant = unlock(access, week)
        assert (Reason.ALLOWED, DAY, False) == (said(access), grant.term, grant.clipped)
        clock.advance(hours=24)
        assert Reason.EXPIRED is said(access)
        clock.advance(hours=12)

    assert ["rules_adopted", "consented", "granted", "granted", "granted"] == kinds(access)


def test_the_inner_is_clipped_to_the_outer(access, clock):
    """[B8] A day that is opened in the last hours of the week ends with the week, and says that it was clipped."""
    week = stand(access)
    clock.advance(days=6, hours=20)
    grant = unlock(access, week)

    assert (utc("2027-03-10 12:00"), True, DAY) == (grant.ends_at, grant.clipped, grant.term)
    clock.set("2027-03-10T11:59:59.999999Z")
    assert Reason.ALLOWED is said(access)
    clock.set("2027-03-10T12:00:00Z")
    assert False is access.authorize(KIM, "acme", "board:read").allowed


@pytest.mark.parametrize("end", ["revoke", "relinquish", "revoke_all"])
def test_when_the_outer_ends_the_inner_ends(access, end):
    """[B8] When the consent is revoked, given back or cut off, every day opened under it is over at once."""
    week = stand(access)
    mine, theirs = unlock(access, week), unlock(access, week, LEE)
    if end == "revoke_all":
        access.revoke_all("acme", by=BEN)
    else:
        getattr(access, end)("acme", week.id, by=BEN if end == "revoke" else KIM)

    reason = Reason.CUT_OFF if end == "revoke_all" else Reason.CONSENT_ENDED
    for agent, grant in ((KIM, mine), (LEE, theirs)):
        decision = access.authorize(agent, "acme", "board:read")
        assert (reason, grant.id) == (decision.reason, decision.grant_id)


def test_the_end_of_the_outer_is_told_apart(access, clock):
    """[B8] A grant whose consent was taken back says so, and not that it was revoked itself."""
    first, second = stand(access), stand(access, BEN)
    unlock(access, first)
    other = unlock(access, second)
    access.revoke("acme", first.id, by=ANA)

    decision = access.authorize(KIM, "acme", "board:read")
    assert (Reason.ALLOWED, other.id) == (decision.reason, decision.grant_id)
    assert [Reason.CONSENT_ENDED] == [each.reason for each in decision.considered if each.reason is not None]


def test_revoking_the_inner_leaves_the_outer(access):
    """[B8] Ending one day leaves the week: another day can be opened under it."""
    week = stand(access)
    access.revoke("acme", unlock(access, week).id, by=BEN)
    assert Reason.REVOKED is said(access)

    unlock(access, week)
    assert Reason.ALLOWED is said(access)


def test_the_outer_bounds_what_the_inner_may(access):
    """[B8] Under a consent to look, a day that names more policies lets support look and no more."""
    unlock(access, stand(access), policies=["administrator"])

    assert (Reason.ALLOWED, False) == (said(access), access.authorize(KIM, "acme", "board:delete").allowed)


def test_the_vendor_may_ask_for_the_week(access):
    """[B8] The vendor may ask for the standing consent; the customer's yes is what days are opened under."""
    asked = access.request("acme", by=KIM, flow="standing", reason="For this week")
    assert ("consent", ("team", "support")) == (asked.yields, asked.holder)
    assert "it lets nobody in by itself" in str(access.preview("acme", asked.id))

    asked = agree(access, asked, by=ANA)
    (status,) = access.consents("acme")
    assert (asked.gave, asked.id, "live") == (status.consent.id, status.consent.request, str(status.state))
    assert Reason.NO_GRANT is said(access)
    unlock(access, status.consent)
    assert Reason.ALLOWED is said(access)
    assert ["rules_adopted", "requested", "approved", "consented", "granted"] == kinds(access)


@pytest.mark.parametrize("by", [VIC, KIM, Member("m-ana", tenant="globex", roles={"admin"})])
def test_who_may_not_consent(access, by):
    """[B8] Neither a plain member, nor an agent, nor another tenant's admin gives the standing consent."""
    with no_trace(access, NotEntitled):
        stand(access, by)


def test_a_consent_is_not_granted_and_a_grant_not_consented(access):
    """[B8] Each flow is entered by its own verb: a flow that yields a consent by no grant, and the other way round."""
    with no_trace(access, NotOffered):
        access.grant("acme", by=ANA, flow="standing", reason="For this week")
    with no_trace(access, NotOffered):
        access.consent("acme", by=ANA, flow="daily", reason="For this week")


def test_no_consent_from_inside(access):
    """[B8] From inside a support session nobody consents."""
    with no_trace(access, ActingThroughGrant):
        stand(access, Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1"))


def test_a_consent_by_key_is_given_once(access):
    """[B8] Consenting again with the same key gives the same consent back, ended if it has ended."""
    week = stand(access, key="k-1")
    access.revoke("acme", week.id, by=ANA)

    again = stand(access, key="k-1")
    assert (week.id, True, 1) == (again.id, again.ended is not None, len(access.consents("acme")))
    with no_trace(access, IdempotencyMismatch):
        stand(access, key="k-1", reason="For next week")


def test_a_frozen_tenant_gives_no_consent(access):
    """[B7] While a tenant is frozen nothing is consented to and no day is opened; a consent can be revoked."""
    week = stand(access)
    unlock(access, week)
    access.freeze("acme", by=ANA)

    with no_trace(access, TenantFrozen):
        stand(access)
    with no_trace(access, TenantFrozen):
        unlock(access, week)
    assert Reason.FROZEN is said(access)
    access.revoke("acme", week.id, by=BEN)
    access.unfreeze("acme", by=ANA)
    assert Reason.CONSENT_ENDED is said(access)


def test_revoking_a_consent_twice_is_one_event(access):
    """[B8] A consent revoked twice is one event, and who may not end it is refused."""
    week = stand(access)
    with no_trace(access, NotEntitled):
        access.revoke("acme", week.id, by=VIC)
    with no_trace(access, NotEntitled):
        access.relinquish("acme", week.id, by=ZOE)
    access.revoke("acme", week.id, by=BEN)
    access.revoke("acme", week.id, by=ANA)

    assert ["rules_adopted", "consented", "revoked"] == kinds(access)


def test_a_member_consents_to_no_access_of_their_own(access, settings):
    """[B4] A member whose id is the agent's gives no consent for that agent."""
    changed = rules().to_data()
    changed["flows"]["standing"]["to"] = ["agent:support"]
    settings.rules = AccessRules.from_data(changed)

    with no_trace(access, SelfApproval):
        stand(access, Member("a-kim", tenant="acme", roles={"admin"}), to=KIM)


def test_a_scope_of_the_outer_is_the_default_of_the_inner(access):
    """[B8] A day opened without saying where is for what the consent is for."""
    week = stand(access, scope=Scope.only("project:1"))
    unlock(access, week)

    assert (Reason.ALLOWED, Reason.OUT_OF_SCOPE) == (
        said(access, resource="project:1"),
        said(access, resource="project:2"),
    )


def test_a_consent_of_the_past_can_be_asked_about(access, clock):
    """[N4] As of any instant, what rested on a consent allowed while it stood, and not after."""
    week = stand(access)
    unlock(access, week)
    clock.advance(hours=2)
    access.revoke("acme", week.id, by=ANA)
    clock.advance(hours=2)

    answers = [
        str(access.ledger.as_of("acme", KIM, "board:read", at=utc(f"2027-03-03 {hour}:00")).reason)
        for hour in (13, 14, 15)
    ]
    assert ["allowed", "consent_ended", "consent_ended"] == answers


def test_a_consent_that_starts_later(access, clock):
    """[B3] Under a consent that starts tomorrow nothing is opened today."""
    week = stand(access, starts=utc("2027-03-04 12:00"))
    with no_trace(access, ConsentMissing):
        unlock(access, week)
    clock.set("2027-03-04T12:00:00Z")
    unlock(access, week)
    assert Reason.ALLOWED is said(access)


def test_the_agent_leaves_the_team(access):
    """[B8] A day that was opened in the capacity of a team is of no use to who has left that team."""
    unlock(access, stand(access))

    assert False is access.authorize(Agent("a-kim", teams={"sales"}), "acme", "board:read").allowed
    assert Reason.NO_GRANT is said(access, LEE), "and the day is Kim's, not the team's"


def test_no_team_is_let_in_under_it(access):
    """[B8] The flow opens days for persons: not for the whole team."""
    with pytest.raises(NotOffered):
        unlock(access, stand(access), to=Team("support"))
