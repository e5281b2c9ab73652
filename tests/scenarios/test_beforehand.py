"""Consent given beforehand: standing consent, break-glass under it, and acting as a member."""

import pytest

from grantkit import AccessRules, Agent, Elapsed, Member, SupportAccess, Team
from grantkit.errors import (
    ConsentMissing,
    NotEntitled,
    NotOffered,
    SelfApproval,
    TenantFrozen,
    TermNotOffered,
)
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import Counter, Settings, document, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
OWN = Member("m-own", tenant="acme", roles={"owner"}, name="Olga")
KIM = Agent("a-kim", teams={"support"}, name="Kim")
NIGHT, DUTY = Agent("a-night", teams={"on-call"}), Agent("a-duty", teams={"duty-manager"})
STANDING = AccessRules.from_data(
    {
        "flows": {
            "beforehand": {"yields": "consent", "ends": [{"elapsed": "P7D"}], "to": ["team:support"]},
            "unlock": {
                "under": "beforehand",
                "start": {"by": ["vendor:support"]},
                "steps": [],
                "to": ["agent:support"],
                "ends": [{"elapsed": "PT24H"}],
            },
        }
    }
)


@pytest.fixture
def clock():
    return FakeClock("2027-03-01T12:00:00Z")


@pytest.fixture
def settings():
    return Settings(STANDING)


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as opened_store:
        yield opened_store


@pytest.fixture
def access(store, clock, settings):
    return SupportAccess(store, rules=settings, clock=clock, id_factory=Counter())


def why(access, agent=KIM, action="board:read", **more):
    return access.authorize(agent, "acme", action, **more).reason


def unlock(access, under, by=KIM):
    return access.activate("acme", under=under.id, by=by, reason="Boards are gone")


def test_short_unlocks_inside_a_standing_consent(access, clock):
    """[B8] Within seven days the vendor opens 24-hour grants; the last is clipped, and after the seventh none is."""
    standing = access.consent("acme", by=ANA, reason="The migration")
    unlock(access, standing)
    clock.set("2027-03-02T12:00:00Z")
    assert "expired" == why(access)
    clock.set("2027-03-08T00:00:00Z")
    last = unlock(access, standing)
    assert (utc("2027-03-08 12:00"), True) == (last.ends_at, last.clipped)
    clock.set("2027-03-08T12:00:00Z")
    assert not access.authorize(KIM, "acme", "board:read")
    with no_trace(access, ConsentMissing):
        unlock(access, standing)


def test_unlocks_die_with_the_standing_consent(access):
    """[B8] Taking the standing consent back ends what was opened under it, and nothing is opened under it again."""
    standing = access.consent("acme", by=ANA, reason="The migration")
    unlock(access, standing)
    access.revoke("acme", standing.id, by=ANA)
    assert "consent_ended" == why(access)
    with no_trace(access, ConsentMissing):
        unlock(access, standing)


def test_freeze_beats_standing_consent(access):
    """[B7, B8] While frozen nothing is opened under a standing consent, and what was opened allows nothing."""
    standing = access.consent("acme", by=ANA, reason="The migration")
    unlock(access, standing)
    access.freeze("acme", by=ANA)
    assert "frozen" == why(access)
    with no_trace(access, TenantFrozen):
        unlock(access, standing)


@pytest.fixture
def emergency(access, settings):
    """Break-glass rules, the consent given beforehand, and a request of the night that waits for the manager."""
    data = document("with-break-glass")
    data["policies"] = data.get("policies", {}) | {
        "full-access": [{"effect": "allow", "action": ["*"], "resource": ["*"]}]
    }
    settings.rules = AccessRules.from_data(data).in_zone("Europe/Vienna")
    standing = access.consent("acme", by=OWN, flow="beforehand", reason="Emergencies")
    asked = access.activate(
        "acme",
        under=standing.id,
        flow="break-glass",
        by=NIGHT,
        reason="All boards are down, no admin answers",
    )
    return standing, asked


def test_break_glass_takes_consent_beforehand_and_a_second_person(access, emergency):
    """[B9] Only where the tenant consented before, and only when another person of the vendor agrees."""
    _, asked = emergency
    assert "no_grant" == why(access, NIGHT)
    with no_trace(access, NotEntitled):
        agree(access, asked, by=NIGHT)
    both = Agent("a-night", teams={"on-call", "duty-manager"})
    with no_trace(access, SelfApproval):
        agree(access, asked, by=both)
    agree(access, asked, by=DUTY)
    assert "entry_required" == why(access, NIGHT)


def test_the_notice_of_break_glass_is_on_record_before_its_first_use(access, emergency):
    """[B9] The grant is in the ledger before anybody can enter under it, and lists show it apart, by its flow."""
    _, asked = emergency
    granted = agree(access, asked, by=DUTY)
    assert "entered" not in kinds(access)
    assert "granted" == kinds(access)[-1]
    access.enter("acme", granted.gave, by=NIGHT)
    assert "allowed" == why(access, NIGHT, "board:write")
    assert [granted.gave] == [each.grant.id for each in access.grants("acme", flow="break-glass")]
    assert () == access.grants("acme", flow="everyday")


def test_break_glass_is_short_and_goes_no_further(access, emergency, clock):
    """[B9] It lasts an hour, is not lengthened, and is handed on to nobody."""
    standing, asked = emergency
    granted = agree(access, asked, by=DUTY)
    with no_trace(access, NotOffered):
        access.delegate("acme", granted.gave, by=NIGHT, to=Agent("a-two", teams={"on-call"}), reason="Help")
    with no_trace(access, TermNotOffered):
        access.amend("acme", granted.gave, by=OWN, version=1, ends=Elapsed(hours=5))
    clock.advance(hours=1)
    assert "expired" == why(access, NIGHT)
    assert standing.id == access.grants("acme")[0].grant.parent


def test_freeze_ceilings_and_guardrails_hold_over_break_glass(access, emergency, settings):
    """[B7, B9] A guardrail bounds what break-glass opens, and a freeze beats it, in the middle of it too."""
    _, asked = emergency
    granted = agree(access, asked, by=DUTY)
    access.enter("acme", granted.gave, by=NIGHT)
    settings.rules = AccessRules.from_data(settings.rules.to_data() | {"ceilings": {"*": ["read-only"]}})
    assert ("allowed", "over_ceiling") == (why(access, NIGHT), why(access, NIGHT, "board:write"))
    access.freeze("acme", by=OWN)
    assert "frozen" == why(access, NIGHT)


class Rights:
    """What members may do by themselves, as the host knows it."""

    def __init__(self):
        self.may_read = True

    def may(self, member, action, resource):
        if member == "m-broken":
            msg = "the directory is down"
            raise RuntimeError(msg)
        return self.may_read and action == "board:read"


AS_MEMBERS = {"act_as": ["none", "any"], "policies": ["administrator"], "delegate": {"to": ["agent"]}}


@pytest.fixture
def as_member(store, clock):
    rights = Rights()
    rules = AccessRules.from_data({"flows": {"access": AS_MEMBERS}})
    told = {"rules": rules, "clock": clock, "id_factory": Counter()}
    return SupportAccess(store, member_rights=rights, **told), rights, SupportAccess(store, **told)


def act_as(access, member):
    return access.grant("acme", by=ANA, to=KIM, ends=Elapsed(hours=8), reason="See it", act_as=member)


def test_acting_as_a_member_is_part_of_the_question(as_member):
    """[B10] The grant names the member: it answers questions that name them, and no question that names nobody."""
    access, rights, _ = as_member
    act_as(access, "m-vic")
    decision = access.authorize(KIM, "acme", "board:read", act_as="m-vic")
    assert (True, "m-vic", "a-kim") == (decision.allowed, decision.act_as, decision.agent.id)
    assert ("no_grant", "no_grant") == (why(access), why(access, act_as="m-bea"))
    assert "member_lacks_right" == why(access, action="board:write", act_as="m-vic")
    rights.may_read = False
    assert "member_lacks_right" == why(access, act_as="m-vic")
    assert () == access.visible_tenants(KIM, action="board:read")


def test_a_members_rights_only_narrow_and_an_error_denies(as_member):
    """[B10] Without the host's word on a member's rights nobody is acted as, and an error of the host denies."""
    access, _, without = as_member
    with no_trace(without, NotOffered):
        act_as(without, "m-vic")
    act_as(access, "m-broken")
    assert "member_lacks_right" == why(access, act_as="m-broken")
    assert "member_lacks_right" == why(without, act_as="m-broken")


def test_acting_as_a_member_is_never_handed_on(as_member):
    """[B10] A grant for acting as a member is for its holder alone."""
    access, _, _ = as_member
    grant = act_as(access, "m-vic")
    with no_trace(access, NotOffered):
        access.delegate("acme", grant.id, by=KIM, to=Agent("a-lou"), reason="Too")
    access.enter("acme", grant.id, by=KIM)
    assert "allowed" == why(access, act_as="m-vic")


def test_no_team_acts_beyond_the_one_that_was_consented_to(access):
    """[B8, J14] A standing consent for one team is opened by nobody of another."""
    standing = access.consent("acme", by=ANA, to=Team("support"), reason="The migration")
    with no_trace(access, NotEntitled):
        unlock(access, standing, by=Agent("a-zoe", teams={"sales"}))
