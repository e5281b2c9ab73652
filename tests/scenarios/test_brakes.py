"""Brakes: freeze, cut off, revoke and give back work at once, whatever else is going on; only the tenant lifts them."""

import pytest

from grantkit import (
    Agent,
    Elapsed,
    InvalidInput,
    Member,
    NotFound,
    Reason,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.errors import (
    ActingThroughGrant,
    IllegalTransition,
    NotEligible,
    NotEntitled,
    NotOffered,
    SelfApproval,
    TenantFrozen,
    Unavailable,
)
from grantkit.model import nameless
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, LEE, ZOE, Counter, kinds, one_flow, refused, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"member"}, roles_on={"project:42": {"admin"}}, name="Ben")
VIC = Member("m-vic", tenant="acme", roles={"member"}, name="Vic")
DUTY = Agent("a-duty", teams={"security"}, name="Duty")

SUPPORT = Team("support")
FOUR_HOURS = Elapsed(hours=4)


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def access(clock):
    rules = one_flow(
        policies=["read-only", "administrator"],
        ahead="P30D",
        amend={"ends": ["elapsed"], "policies": True},
        more={"stop": ["vendor:security"]},
    )
    return SupportAccess(MemoryStore(), rules=rules, clock=clock, id_factory=Counter())


def let_in(access, to=SUPPORT, by=ANA, ends=FOUR_HOURS, **more):
    """Grant four hours."""
    return access.grant("acme", by=by, to=to, ends=ends, reason="Boards missing", **more)


def reason(access, agent=KIM, action="board:read", **more):
    """Ask, and return the reason alone."""
    return access.authorize(agent, "acme", action, **more).reason


# --- a start ahead ----------------------------------------------------------------------------------------------------


def test_a_grant_can_start_later(access, clock):
    """[B3] Before its start a grant gives nothing and says when it will; at the start instant access begins."""
    grant = let_in(access, starts=utc("2027-03-04 08:00"))
    assert (utc("2027-03-04 08:00"), utc("2027-03-04 12:00")) == (grant.starts_at, grant.ends_at)
    assert ["scheduled"] == [status.state for status in access.grants("acme")]

    early = access.authorize(KIM, "acme", "board:read")
    assert (Reason.NOT_YET_ACTIVE, grant.id) == (early.reason, early.grant_id)
    assert utc("2027-03-04 08:00") == early.valid_until
    clock.set("2027-03-04T07:59:59.999999Z")
    assert Reason.NOT_YET_ACTIVE is reason(access)
    clock.set("2027-03-04T08:00:00Z")
    assert Reason.ALLOWED is reason(access)
    assert ["rules_adopted", "granted"] == kinds(access), "a start needs no event"


def test_a_start_too_far_ahead_is_refused(access):
    """[B3] How far ahead a start may lie is the rules' to say."""
    with refused(access, NotOffered) as refusal:
        let_in(access, starts=utc("2027-04-02 14:20").replace(microsecond=1))
    assert "starts" == refusal.value.field
    assert utc("2027-04-02 14:20") == let_in(access, starts=utc("2027-04-02 14:20")).starts_at


def test_a_start_in_the_past_means_now(access, clock):
    """[B3] A start that has passed means now: nothing is granted for the past."""
    assert clock.now() == let_in(access, starts=utc("2027-03-01 00:00")).starts_at


def test_cutting_off_covers_what_has_not_begun(access, clock):
    """[B3] [B7] Cutting off covers scheduled grants too: when their start comes, nothing opens."""
    grant = let_in(access, starts=utc("2027-03-04 08:00"))

    access.revoke_all("acme", by=ANA)

    assert (Reason.CUT_OFF, Reason.CUT_OFF) == (reason(access), reason(access, now=utc("2027-03-04 09:00")))
    clock.set("2027-03-04T09:00:00Z")
    decision = access.authorize(KIM, "acme", "board:read")
    assert (Reason.CUT_OFF, grant.id) == (decision.reason, decision.grant_id)


def test_a_scheduled_grant_can_be_revoked(access, clock):
    """[B3] A grant can be revoked before it begins, and then it never begins."""
    grant = let_in(access, starts=utc("2027-03-04 08:00"))
    access.revoke("acme", grant.id, by=ANA)

    clock.set("2027-03-04T09:00:00Z")
    assert Reason.REVOKED is reason(access)


# --- freeze -----------------------------------------------------------------------------------------------------------


def test_a_freeze_beats_every_grant_until_it_is_lifted(access, clock):
    """[B7] A frozen tenant is closed to everybody, whatever stands; unfrozen, what still stands counts again."""
    let_in(access)
    let_in(access, to=KIM, policies=["administrator"])
    access.freeze("acme", by=ANA)

    for agent in (KIM, LEE, ZOE):
        decision = access.authorize(agent, "acme", "board:read")
        assert (Reason.FROZEN, None) == (decision.reason, decision.grant_id)
    assert () == access.visible_tenants(KIM)

    access.unfreeze("acme", by=ANA)
    assert (Reason.ALLOWED, Reason.ALLOWED) == (reason(access), reason(access, LEE))
    assert ["rules_adopted", "granted", "granted", "frozen", "unfrozen"] == kinds(access)


def test_clocks_run_while_frozen(access, clock):
    """[B7] A freeze adds no time: a grant that ends meanwhile is over when the freeze is lifted."""
    let_in(access)
    access.freeze("acme", by=ANA)
    clock.advance(hours=5)
    access.unfreeze("acme", by=ANA)

    assert Reason.EXPIRED is reason(access)


def test_one_agent_can_be_frozen(access):
    """[B7] Freezing one agent closes the tenant to that agent, and the grant lives on for the team."""
    let_in(access)
    access.freeze("acme", by=ANA, agent="a-kim")

    assert (Reason.FROZEN, Reason.ALLOWED) == (reason(access, KIM), reason(access, LEE))
    assert (
        "Denied: frozen. At acme access by Kim is frozen, whatever grants stand. Only acme can unfreeze."
        == (access.authorize(KIM, "acme", "board:read").explain())
    )
    let_in(access)
    assert Reason.FROZEN is reason(access, KIM), "later consent does not lift it"
    access.unfreeze("acme", by=ANA)
    assert Reason.FROZEN is reason(access, KIM), "nor does unfreezing the tenant"
    access.unfreeze("acme", by=ANA, agent="a-kim")
    assert Reason.ALLOWED is reason(access, KIM)


def test_freezing_is_for_one_tenant(access):
    """[B7] A freeze at one tenant changes nothing at another."""
    bo = Member("m-bo", tenant="globex", roles={"admin"})
    access.grant("globex", by=bo, to=SUPPORT, ends=FOUR_HOURS, reason="Boards missing")
    access.freeze("acme", by=ANA)
    access.freeze("acme", by=ANA, agent="a-kim")

    assert Reason.ALLOWED is access.authorize(KIM, "globex", "board:read").reason


def test_nothing_is_created_or_widened_while_frozen(access):
    """[B7] While frozen, granting and widening are refused, and narrowing works."""
    grant = let_in(access)
    access.freeze("acme", by=ANA)

    with refused(access, TenantFrozen) as refusal:
        let_in(access)
    assert ("acme", "the whole tenant") == (refusal.value.tenant, refusal.value.frozen)
    with refused(access, TenantFrozen):
        access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=8))
    with refused(access, TenantFrozen):
        access.amend("acme", grant.id, by=ANA, version=1, policies=["read-only", "administrator"])

    access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=1))
    access.revoke("acme", grant.id, by=ANA)
    assert ["rules_adopted", "granted", "frozen", "amended", "revoked"] == kinds(access)


def test_nothing_is_created_for_a_frozen_agent(access):
    """[B7] While one agent is frozen nothing is granted to that agent; others can be let in."""
    access.freeze("acme", by=ANA, agent="a-kim")

    with refused(access, TenantFrozen) as refusal:
        let_in(access, to=KIM)
    assert "agent a-kim" == refusal.value.frozen
    let_in(access, to=LEE)
    assert Reason.ALLOWED is reason(access, LEE)


def test_freezing_twice_is_one_event(access):
    """[B7] Freezing what is frozen, and unfreezing what is not, is no event."""
    access.unfreeze("acme", by=ANA)
    assert [] == kinds(access)
    access.freeze("acme", by=ANA)
    access.freeze("acme", by=BEN)
    access.unfreeze("acme", by=ANA)
    access.unfreeze("acme", by=ANA)

    assert ["rules_adopted", "frozen", "unfrozen"] == kinds(access)


def test_who_may_freeze(access):
    """[B7] Who consents to anything there may freeze, and whom the rules' ``stop`` names; nobody else."""
    for nobody in (VIC, KIM, System("sweep")):
        with refused(access, NotEntitled) as refusal:
            access.freeze("acme", by=nobody)
        assert ("freeze", ("tenant:admin", "vendor:security")) == (refusal.value.verb, refusal.value.needs)
    with refused(access, NotEntitled) as refusal:
        access.freeze("acme", by=Member("m-ana", tenant="globex", roles={"admin"}))
    assert ("a member of the tenant",) == refusal.value.needs  # who is from outside learns no role of it
    for somebody in (ANA, BEN, DUTY):
        access.freeze("acme", by=somebody)
        assert Reason.FROZEN is reason(access)
        access.unfreeze("acme", by=ANA)


def test_only_the_tenant_as_a_whole_unfreezes(access):
    """[B7] Who consents for the tenant as a whole lifts a freeze: no project's admin, and never the vendor."""
    access.freeze("acme", by=DUTY)
    access.freeze("acme", by=DUTY, agent="a-kim")

    for nobody in (BEN, VIC, DUTY, KIM, System("sweep")):
        for agent in (None, "a-kim"):
            with refused(access, NotEntitled) as refusal:
                access.unfreeze("acme", by=nobody, agent=agent)
            assert ("tenant:admin",) == refusal.value.needs
    access.unfreeze("acme", by=ANA)


def test_unfreezing_can_clear_first(access):
    """[B7] Unfreezing with ``revoke`` brings nothing back to life: it takes new consent."""
    let_in(access)
    access.freeze("acme", by=ANA)
    access.unfreeze("acme", by=ANA, revoke=True)

    assert Reason.CUT_OFF is reason(access)
    let_in(access)
    assert Reason.ALLOWED is reason(access)
    assert ["rules_adopted", "granted", "frozen", "cut_off", "unfrozen", "granted"] == kinds(access)


# --- cut off ----------------------------------------------------------------------------------------------------------


def test_cutting_off_ends_all_consent_up_to_now(access):
    """[B7] Cut off, no consent given up to now counts for anybody; later consent does."""
    let_in(access)
    let_in(access, to=LEE)
    access.revoke_all("acme", by=ANA)

    assert (Reason.CUT_OFF, Reason.CUT_OFF) == (reason(access, KIM), reason(access, LEE))
    assert ["cut_off", "cut_off"] == [status.state for status in access.grants("acme")]
    later = let_in(access)
    decision = access.authorize(KIM, "acme", "board:read")
    assert (Reason.ALLOWED, later.id) == (decision.reason, decision.grant_id)
    assert ["rules_adopted", "granted", "granted", "cut_off", "granted"] == kinds(access)


def test_one_agent_can_be_cut_off(access):
    """[B7] Cutting one agent off leaves the team's grant to the others, and later consent lets the agent in again."""
    let_in(access)
    access.revoke_all("acme", by=ANA, agent="a-kim")

    assert (Reason.CUT_OFF, Reason.ALLOWED) == (reason(access, KIM), reason(access, LEE))
    let_in(access)
    assert Reason.ALLOWED is reason(access, KIM)


def test_amending_is_no_way_around_a_cut_off(access):
    """[B7] What was cut off is over: it cannot be amended back to life."""
    grant = let_in(access)
    access.revoke_all("acme", by=ANA)

    with refused(access, IllegalTransition) as refusal:
        access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=8))
    assert ("cut_off", "give new consent") == (refusal.value.state, refusal.value.instead)


def test_who_may_cut_off(access):
    """[B7] Who consents for the tenant as a whole may cut off, and whom ``stop`` names; a project's admin may not."""
    let_in(access)
    for nobody in (BEN, VIC, KIM, System("sweep")):
        with refused(access, NotEntitled):
            access.revoke_all("acme", by=nobody)
    access.revoke_all("acme", by=DUTY)
    assert Reason.CUT_OFF is reason(access)


# --- revoke and give back ---------------------------------------------------------------------------------------------


def test_revoking_twice_is_one_event(access, clock):
    """[M7] Revoking works once or twice, live or over; the second time is no event and changes no instant."""
    grant = let_in(access)
    first = access.revoke("acme", grant.id, by=ANA)
    clock.advance(hours=1)
    second = access.revoke("acme", grant.id, by=ANA)

    assert first == second
    assert utc("2027-03-03 14:20") == second.ended.at
    assert ["rules_adopted", "granted", "revoked"] == kinds(access)


def test_what_has_expired_can_be_revoked(access, clock):
    """[N7] Revoking what is over leaves the fact behind, so that no clock can bring it back."""
    grant = let_in(access)
    clock.advance(hours=5)
    access.revoke("acme", grant.id, by=ANA)

    assert Reason.REVOKED is reason(access)
    assert ("revoked", utc("2027-03-03 18:20")) == (
        access.grants("acme")[0].state,
        access.grants("acme")[0].ended_at,
    )


def test_a_grant_of_nobody_or_of_another_tenant_is_not_found(access):
    """[B7] A grant that does not exist and one of another tenant look the same."""
    bo = Member("m-bo", tenant="globex", roles={"admin"})
    theirs = access.grant("globex", by=bo, to=SUPPORT, ends=FOUR_HOURS, reason="Boards missing")

    said = set()
    for ident in (theirs.id, "gr_nowhere"):
        with refused(access, NotFound) as refusal:
            access.revoke("acme", ident, by=ANA)
        said.add(str(refusal.value).replace(ident, "ID"))
    assert 1 == len(said)
    assert Reason.ALLOWED is access.authorize(KIM, "globex", "board:read").reason


def test_a_support_session_changes_no_consent(access):
    """[B7] Who is inside through a grant can give back that grant and touch no other consent."""
    grant, other = let_in(access), let_in(access)
    inside = Agent("a-duty", teams={"security", "support"}, via=grant.id)

    for attempt in (
        lambda: access.revoke("acme", other.id, by=inside),
        lambda: access.freeze("acme", by=inside),
        lambda: access.revoke_all("acme", by=inside),
        lambda: access.amend("acme", other.id, by=inside, version=1, ends=Elapsed(hours=1)),
        lambda: access.relinquish("acme", other.id, by=inside),
        lambda: let_in(access, by=Member("m-ana", tenant="acme", roles={"admin"}, via=grant.id)),
    ):
        with refused(access, ActingThroughGrant) as refusal:
            attempt()
        assert grant.id == refusal.value.via
    access.relinquish("acme", grant.id, by=inside)
    assert ["rules_adopted", "granted", "granted", "relinquished"] == kinds(access)


def test_nobody_lets_themselves_in(access):
    """[B7] A member who is an agent too cannot consent to their own access."""
    both = Member("a-kim", tenant="acme", roles={"admin"})

    with refused(access, SelfApproval) as refusal:
        let_in(access, by=both, to=KIM)
    assert "member a-kim" == refusal.value.actor


def test_giving_back_is_told_from_revoking(access):
    """[N2] An agent gives back, the tenant revokes: two events, two reasons, and only a holder gives back."""
    grant = let_in(access, to=KIM)
    with refused(access, NotEntitled):
        access.relinquish("acme", grant.id, by=LEE)
    with refused(access, NotEntitled):
        access.relinquish("acme", grant.id, by=ANA)
    with refused(access, NotEntitled):
        access.revoke("acme", grant.id, by=KIM)

    ended = access.relinquish("acme", grant.id, by=KIM)

    decision = access.authorize(KIM, "acme", "board:read")
    assert (Reason.RELINQUISHED, grant.id) == (decision.reason, decision.grant_id)
    assert ("relinquished", nameless(KIM)) == (ended.ended.how.value, ended.ended.by)
    access.revoke("acme", grant.id, by=ANA)
    assert ["rules_adopted", "granted", "relinquished"] == kinds(access)


# --- who may be let in ------------------------------------------------------------------------------------------------


def not_a_member_there(grantee, tenant):
    """Say whether the grantee is no member of that very tenant, as a host might look it up."""
    return (grantee.id, tenant) != ("a-lee@vendor.example", "acme")


def breaks(grantee, tenant):
    """Fail, as a host's look-up might."""
    msg = "the directory is down"
    raise ConnectionError(msg)


def test_an_agent_of_another_domain_is_refused(clock):
    """[B11] A rule on the vendor's domain refuses whoever is not of it, a team too."""
    rules = one_flow(more={"eligible": ["domain:vendor.example"]})
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock)

    for to in (KIM, Agent("a-kim@evil.example"), Agent("a-kim@not-vendor.example"), SUPPORT):
        with refused(access, NotEligible) as refusal:
            let_in(access, to=to)
        assert (str(to), "domain:vendor.example") == (refusal.value.grantee, refusal.value.predicate)
    let_in(access, to=Agent("a-kim@vendor.example"))
    assert ["rules_adopted", "granted"] == kinds(access)


def test_a_host_rule_may_refuse_an_agent(clock):
    """[B11] A rule of the host's own may refuse an agent at one tenant and not at another."""
    rules = one_flow(more={"eligible": ["not-a-member-there"]})
    access = SupportAccess(
        MemoryStore(), rules=rules, clock=clock, predicates={"not-a-member-there": not_a_member_there}
    )
    lee = Agent("a-lee@vendor.example")

    with refused(access, NotEligible) as refusal:
        let_in(access, to=lee)
    assert "not-a-member-there" == refusal.value.predicate
    bo = Member("m-bo", tenant="globex", roles={"admin"})
    access.grant("globex", by=bo, to=lee, ends=FOUR_HOURS, reason="Boards missing")


@pytest.mark.parametrize(
    "predicate", [breaks, lambda *_: "yes", lambda *_: 1, lambda *_: None], ids=["fails", "yes", "1", "None"]
)
def test_only_a_clear_yes_lets_in(clock, predicate):
    """[B11] A host rule that fails, or says anything but ``True``, refuses."""
    rules = one_flow(more={"eligible": ["host"]})
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock, predicates={"host": predicate})

    with refused(access, NotEligible):
        let_in(access)


def test_a_rule_that_nobody_knows_refuses_the_rules():
    """[B11] Rules that name a host rule which the host has not given are refused before anything else."""
    with pytest.raises(InvalidInput) as caught:
        SupportAccess(MemoryStore(), rules=one_flow(more={"eligible": ["unheard-of"]}))
    assert ("rules.eligible.unheard-of", "unknown") == (caught.value.field, caught.value.code)


def test_a_brake_asks_nothing_of_the_host(clock):
    """[B7] Brakes work although the host's rules cannot be had and its own rules fail."""
    given = [one_flow(more={"eligible": ["host"]})]
    access = SupportAccess(
        MemoryStore(), rules=lambda _tenant: given[0], clock=clock, predicates={"host": lambda *_: True}
    )
    grant = let_in(access)
    second = let_in(access)
    given.clear()

    access.revoke("acme", grant.id, by=ANA)
    access.relinquish("acme", second.id, by=KIM)
    access.revoke_all("acme", by=ANA)
    access.freeze("acme", by=ANA)

    assert ["rules_adopted", "granted", "granted", "revoked", "relinquished", "cut_off", "frozen"] == kinds(
        access
    )
    with pytest.raises(Unavailable):
        let_in(access)


def test_a_scope_can_be_a_project_for_its_own_admin(access):
    """[J11] Who could consent to a grant may revoke it, a project's admin on that project and nowhere else."""
    here, everywhere = let_in(access, by=ANA, scope=Scope.only("project:42")), let_in(access)

    access.revoke("acme", here.id, by=BEN)
    with refused(access, NotEntitled):
        access.revoke("acme", everywhere.id, by=BEN)
