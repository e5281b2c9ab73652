"""Meister: a member lets the customer success team see their account; an admin lets it see the whole team's."""

import pytest

from grantkit import (
    AccessRules,
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    Instant,
    Member,
    OpenEnded,
    Reason,
    Scope,
    StartOfDay,
    SupportAccess,
    Team,
)
from grantkit.errors import NotEntitled, NotOffered, TermNotOffered
from grantkit.model import nameless
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, LEE, ZOE, Counter, Settings, document, kinds, refused, rule_set, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"member"}, roles_on={"account:ben": {"owner"}}, name="Ben")
CARA = Member("m-cara", tenant="acme", roles={"member"}, roles_on={"account:cara": {"owner"}}, name="Cara")

BENS = Scope.only("account:ben")
A_WEEK = Calendar(weeks=1)


@pytest.fixture
def clock():
    return FakeClock("2027-05-03T09:00:00Z")


@pytest.fixture
def settings():
    return Settings(rule_set("meister").in_zone("Europe/Berlin"))


@pytest.fixture
def access(clock, settings):
    return SupportAccess(MemoryStore(), rules=settings, clock=clock, id_factory=Counter())


@pytest.mark.parametrize("resource", [None, "account:ben", "account:cara"])
@pytest.mark.parametrize("action", ["task:read", "task:delete", "ticket:resolve"])
@pytest.mark.parametrize("agent", [KIM, ZOE, Agent("a-loner")])
def test_nobody_gets_in_without_a_grant(access, agent, action, resource):
    """[M1] With no grant, every agent is denied everything on every account."""
    decision = access.authorize(agent, "acme", action, resource=resource)

    assert Reason.NO_GRANT is decision.reason
    assert decision.grant_id is None
    assert () == decision.considered
    assert [] == kinds(access), "asking leaves no trace in the record"


def test_a_member_opens_their_own_account_only(access):
    """[M2] A member's grant opens the member's own account and nothing else."""
    grant = access.grant("acme", by=BEN, scope=BENS, ends=A_WEEK)

    mine = access.authorize(KIM, "acme", "task:read", resource="account:ben")
    assert (Reason.ALLOWED, grant.id) == (mine.reason, mine.grant_id)
    for elsewhere in ("account:cara", None):
        other = access.authorize(KIM, "acme", "task:read", resource=elsewhere)
        assert (Reason.OUT_OF_SCOPE, grant.id) == (other.reason, other.grant_id)
    assert ["rules_adopted", "granted"] == kinds(access)


def test_one_grant_by_an_admin_covers_every_account(access):
    """[M3] One grant by a team admin covers every account of the team, those that join later too."""
    grant = access.grant("acme", by=ANA, ends=A_WEEK)

    for account in ("account:ben", "account:cara", "account:joined-later", None):
        decision = access.authorize(KIM, "acme", "task:read", resource=account)
        assert (Reason.ALLOWED, grant.id) == (decision.reason, decision.grant_id)
    assert ["rules_adopted", "granted"] == kinds(access), "no step for each account"


def test_an_account_that_leaves_the_team_is_covered_no_more(access):
    """[M3] The scope is judged on the day of the decision: an account that went to another team is not covered."""
    access.grant("acme", by=ANA, ends=A_WEEK)

    decision = access.authorize(KIM, "globex", "task:read", resource="account:ben")
    assert (Reason.NO_GRANT, None) == (decision.reason, decision.grant_id)


@pytest.mark.parametrize(
    ("ends", "instant"),
    [
        (Calendar(weeks=1), "2027-05-10 09:00"),
        (Calendar(months=1), "2027-06-03 09:00"),
        (Calendar(years=1), "2028-05-03 09:00"),
        (Calendar(days=7), "2027-05-10 09:00"),  # another spelling of a week
        (Calendar(months=12), "2028-05-03 09:00"),  # and of a year
        (None, "2027-05-10 09:00"),  # the first of the list
    ],
)
def test_the_duration_comes_from_the_list(access, ends, instant):
    """[M4] One week, one month and one year are the durations on offer, and a week is what silence means."""
    grant = access.grant("acme", by=ANA, ends=ends)

    assert utc(instant) == grant.ends_at
    assert utc("2027-05-03 09:00") == grant.starts_at


@pytest.mark.parametrize(
    "ends",
    [
        Elapsed(weeks=1),  # as long this week, but another thing where clocks change
        Calendar(weeks=2),
        Calendar(months=3),
        Calendar(years=2),
        Instant(utc("2027-05-10 09:00")),
        EndOfDay(utc("2027-05-10 00:00").date()),
        StartOfDay(utc("2027-05-10 00:00").date()),
        OpenEnded(),
    ],
)
def test_any_other_duration_is_refused(access, ends):
    """[M4] A duration that is not on the list is refused, and the refusal shows the list."""
    with refused(access, TermNotOffered) as refusal:
        access.grant("acme", by=ANA, ends=ends)

    assert ("calendar P7D", "calendar P1M", "calendar P1Y") == refusal.value.offered
    assert [] == kinds(access)


@pytest.mark.parametrize(
    ("granted", "ends", "instant"),
    [
        ("2027-01-31T12:00:00Z", Calendar(months=1), "2027-02-28 12:00"),
        ("2028-01-31T12:00:00Z", Calendar(months=1), "2028-02-29 12:00"),
        ("2028-02-29T12:00:00Z", Calendar(years=1), "2029-02-28 12:00"),
        ("2027-03-24T09:00:00Z", Calendar(weeks=1), "2027-03-31 08:00"),  # 10:00 in Berlin, before and after
        (
            "2027-09-30T22:30:00Z",
            Calendar(months=1),
            "2027-10-31 23:30",
        ),  # 1 October 00:30 there; no 31 September
    ],
)
def test_months_and_years_are_calendar_units(access, clock, granted, ends, instant):
    """[M5] A month and a year run by the calendar of the tenant's zone, to the last day where the month is short."""
    clock.set(granted)

    grant = access.grant("acme", by=ANA, ends=ends)

    assert utc(instant) == grant.ends_at


def test_access_is_over_at_the_end_instant_and_ever_after(access, clock):
    """[M6] A microsecond before the end access is there; at the end instant and ever after it is not."""
    grant = access.grant("acme", by=ANA, ends=A_WEEK)

    clock.set("2027-05-10T08:59:59.999999Z")
    last = access.authorize(KIM, "acme", "task:read")
    assert (Reason.ALLOWED, utc("2027-05-10 09:00")) == (last.reason, last.valid_until)

    for now in (
        "2027-05-10T09:00:00Z",
        "2027-05-10T09:00:00.000001Z",
        "2028-01-01T00:00:00Z",
        "2127-01-01T00:00:00Z",
    ):
        clock.set(now)
        decision = access.authorize(KIM, "acme", "task:read")
        assert (Reason.EXPIRED, grant.id) == (decision.reason, decision.grant_id)
        assert decision.valid_until is None


@pytest.mark.parametrize(("granter", "scope"), [(ANA, Scope.whole()), (BEN, BENS)])
def test_the_granter_revokes_and_the_next_decision_denies(access, granter, scope):
    """[M7] The granter can revoke at any time, and the very next decision is a deny."""
    grant = access.grant("acme", by=granter, scope=scope)
    access.authorize(KIM, "acme", "task:read", resource="account:ben").require()

    access.revoke("acme", grant.id, by=granter)

    decision = access.authorize(KIM, "acme", "task:read", resource="account:ben")
    assert (Reason.REVOKED, grant.id) == (decision.reason, decision.grant_id)
    assert ["rules_adopted", "granted", "revoked"] == kinds(access)
    assert granter == access.ledger.history("acme")[-1].actor


@pytest.mark.parametrize("scope", [Scope.only("account:cara"), Scope.whole(), None])
def test_a_plain_member_grants_for_nobody_else(access, scope):
    """[M8] A plain member can grant neither for a colleague's account nor for the team."""
    with refused(access, NotEntitled) as refusal:
        access.grant("acme", by=BEN, scope=scope, ends=A_WEEK)

    assert ("member m-ben", "grant", ("tenant:owner", "tenant:admin")) == (
        refusal.value.actor,
        refusal.value.verb,
        refusal.value.needs,
    )
    assert Reason.NO_GRANT is access.authorize(KIM, "acme", "task:read", resource="account:cara").reason


def test_a_member_of_another_tenant_grants_nothing_here(access):
    """[M8] An admin of another tenant is nobody here."""
    stranger = Member("m-ana", tenant="globex", roles={"admin"})

    with refused(access, NotEntitled):
        access.grant("acme", by=stranger, ends=A_WEEK)


def test_the_team_is_let_in_and_the_agent_is_named(access):
    """[M9] The grantee is the team, and each decision names the one agent who asked."""
    grant = access.grant("acme", by=ANA, ends=A_WEEK)
    assert ("team", "customer-success") == grant.holder

    for agent in (KIM, LEE):
        decision = access.authorize(agent, "acme", "task:read")
        assert (Reason.ALLOWED, grant.id, agent) == (decision.reason, decision.grant_id, decision.agent)
        assert agent.id == decision.to_dict()["agent"]
    outside = access.authorize(ZOE, "acme", "task:read")
    assert (Reason.NO_GRANT, None) == (outside.reason, outside.grant_id)


@pytest.mark.parametrize("to", [KIM, Team("sales")])
def test_only_customer_success_can_be_let_in(access, to):
    """[M9] This rule set lets in the customer success team, no other team and no agent by name."""
    with refused(access, NotOffered) as refusal:
        access.grant("acme", by=ANA, to=to, ends=A_WEEK)

    assert ("to", ("team:customer-success",)) == (refusal.value.field, refusal.value.offered)


def test_the_agent_can_view_and_resolve(access):
    """[M10] The purpose is "view and resolve": looking and resolving are open, deleting is not."""
    grant = access.grant("acme", by=ANA, ends=A_WEEK)

    assert ("view-and-resolve",) == grant.policies
    for action in ("task:read", "task:list", "ticket:resolve"):
        assert Reason.ALLOWED is access.authorize(KIM, "acme", action).reason
    for action in ("task:delete", "ticket:close"):
        decision = access.authorize(KIM, "acme", action)
        assert (Reason.ACTION_NOT_PERMITTED, grant.id) == (decision.reason, decision.grant_id)


def test_my_revoking_mine_leaves_the_admins_grant(access):
    """[M11] [N3] A member who revokes their own grant does not end the admin's, and the answer says which allows."""
    everybody = access.grant("acme", by=ANA, ends=A_WEEK)
    mine = access.grant("acme", by=BEN, scope=BENS, ends=Calendar(months=1))
    assert mine.id == access.authorize(KIM, "acme", "task:read", resource="account:ben").grant_id

    access.revoke("acme", mine.id, by=BEN)

    decision = access.authorize(KIM, "acme", "task:read", resource="account:ben")
    assert (Reason.ALLOWED, everybody.id) == (decision.reason, decision.grant_id)
    assert (
        "Allowed. Grant gr_1 lets team customer-success use view-and-resolve, until 2027-05-10 09:00 UTC, "
        "7 days from now. It still allows this although gr_2 (revoked) does not."
    ) == decision.explain()
    assert {everybody.id: None, mine.id: Reason.REVOKED} == {
        each.grant.id: each.reason for each in decision.considered
    }


def test_a_member_cannot_revoke_the_admins_grant(access):
    """[M11] The admin's team-wide grant is not a plain member's to end."""
    grant = access.grant("acme", by=ANA, ends=A_WEEK)

    with refused(access, NotEntitled) as refusal:
        access.revoke("acme", grant.id, by=BEN)

    assert ("tenant:admin", "tenant:owner") == refusal.value.needs
    access.authorize(KIM, "acme", "task:read", resource="account:ben").require()


def test_the_admin_can_revoke_a_members_grant(access):
    """[M7] An admin, who could have given it, can revoke a member's grant."""
    grant = access.grant("acme", by=BEN, scope=BENS, ends=A_WEEK)

    ended = access.revoke("acme", grant.id, by=ANA).ended

    assert ended is not None
    assert (nameless(ANA), utc("2027-05-03 09:00")) == (ended.by, ended.at)


def test_the_privacy_text_that_was_seen_is_kept(access, settings):
    """[M12] The version of the privacy text that the granter saw stays with the consent when a new one comes."""
    before = access.grant("acme", by=ANA, ends=A_WEEK)

    edited = document("meister")
    edited["flows"]["support-access"]["steps"][0]["text"] = "privacy-2027-06"
    settings.rules = AccessRules.from_data(edited).in_zone("Europe/Berlin")
    after = access.grant("acme", by=ANA, ends=A_WEEK)

    assert ["privacy-2023-04"] == [approval.text for approval in before.approvals]
    assert ["privacy-2027-06"] == [approval.text for approval in after.approvals]
    assert ["rules_adopted", "granted", "rules_adopted", "granted"] == kinds(access)
    sealed = [event.body.grant.approvals[0].text for event in access.ledger.history("acme")[1::2]]
    assert ["privacy-2023-04", "privacy-2027-06"] == sealed
    assert "privacy-2023-04" == access.grants("acme")[0].grant.approvals[0].text


def test_the_consent_says_who_and_in_what_role(access, clock):
    """[M12] The consent keeps who gave it, by which role and channel, when, and a digest of the exact terms."""
    (approval,) = access.grant("acme", by=BEN, scope=BENS, ends=A_WEEK).approvals

    assert (nameless(BEN), "tenant:owner", "in_product", clock.now()) == (
        approval.by,
        approval.selector,
        approval.channel,
        approval.at,
    )
    (other,) = access.grant("acme", by=BEN, scope=BENS, ends=Calendar(months=1)).approvals
    assert approval.digest != other.digest


def test_an_unsolicited_grant_is_allowed_and_marked(access):
    """[M13] A grant that answers no agent's ask is allowed, and marked as unsolicited."""
    grant = access.grant("acme", by=BEN, scope=BENS, ends=A_WEEK)

    assert grant.unsolicited
    (granted,) = (event for event in access.ledger.history("acme") if event.kind == "granted")
    assert granted.body.grant.unsolicited
    assert granted.to_data()["body"]["grant"]["request"] is None
    access.authorize(KIM, "acme", "task:read", resource="account:ben").require()


def test_no_code_knows_this_vendor(access):
    """[N11] The rule set is a document: it reads back to itself, and its digest is on each event under it."""
    rules = rule_set("meister")
    assert rules == AccessRules.from_data(rules.to_data())

    grant = access.grant("acme", by=ANA, ends=A_WEEK)

    adopted, granted = access.ledger.history("acme")
    in_force = rules.in_zone("Europe/Berlin").digest
    assert (in_force, in_force, in_force) == (adopted.body.digest, granted.rules, grant.rules)
