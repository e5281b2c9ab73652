"""The project platform: a project's admin types a word, and support sees a project that was hidden before."""

import pytest

from grantkit import (
    AccessDenied,
    AccessRules,
    Agent,
    InvalidInput,
    Member,
    NotFound,
    OpenEnded,
    Reason,
    Scope,
    SupportAccess,
    Team,
)
from grantkit.errors import ConfirmationMismatch, NotEntitled, NotOffered, TermNotOffered
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, LEE, ZOE, Counter, document, kinds, refused, rule_set, utc

ADA = Member("m-ada", tenant="acme", roles_on={"project:42": {"admin"}}, name="Ada")
GUS = Member("m-gus", tenant="acme", roles={"group-creator"}, name="Gus")
VIC = Member("m-vic", tenant="acme", roles={"member"}, roles_on={"project:7": {"admin"}}, name="Vic")

P42 = Scope.only("project:42")
P43 = Scope.only("project:43")
RULES = rule_set("project-platform")


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def access(clock):
    return SupportAccess(MemoryStore(), rules=RULES, clock=clock, id_factory=Counter())


def switch_on(access, by=ADA, scope=P42, word="Support", reason="The board is empty", **more):
    """Do what the project's settings page does."""
    return access.grant("acme", by=by, scope=scope, ends=OpenEnded(), word=word, reason=reason, **more)


def test_the_scope_is_one_project(access):
    """[P1] Support access opens one project: not another, and not the tenant as a whole."""
    grant = switch_on(access)

    inside = access.authorize(KIM, "acme", "task:update", resource="project:42")
    assert (Reason.ALLOWED, grant.id) == (inside.reason, inside.grant_id)
    for resource in ("project:43", "project:4", "task:42", None):
        decision = access.authorize(KIM, "acme", "task:update", resource=resource)
        assert (Reason.OUT_OF_SCOPE, grant.id) == (decision.reason, decision.grant_id)


@pytest.mark.parametrize(
    "scope", [Scope.whole(), Scope.only("project:42", "project:43"), Scope.only("task:1")]
)
def test_anything_but_one_project_is_refused(access, scope):
    """[P1] The whole tenant, two projects at once, or something that is no project: refused."""
    with refused(access, NotOffered) as refusal:
        switch_on(access, by=GUS, scope=scope)

    assert ("scope", str(scope)) == (refusal.value.field, refusal.value.asked)
    with refused(access, InvalidInput) as silence:
        switch_on(access, by=GUS, scope=None)
    assert ("scope", "required") == (silence.value.field, silence.value.code)


@pytest.mark.parametrize("by", [ADA, GUS, Member("m-root", tenant="acme", roles={"admin"})])
@pytest.mark.parametrize("off", [ADA, GUS])
def test_its_admin_and_the_groups_creator_switch_it(access, by, off):
    """[P2] Admins of the project and the creator of its company group switch it on, and off, each other's too."""
    grant = switch_on(access, by=by)
    access.authorize(KIM, "acme", "task:read", resource="project:42").require()

    access.revoke("acme", grant.id, by=off, word="Support")

    assert Reason.REVOKED is access.authorize(KIM, "acme", "task:read", resource="project:42").reason
    assert ["rules_adopted", "granted", "revoked"] == kinds(access)


@pytest.mark.parametrize("by", [VIC, Member("m-gus", tenant="globex", roles={"group-creator"}), KIM])
def test_nobody_else_switches_it_on_or_off(access, by):
    """[P2] An admin of another project, somebody from elsewhere or an agent can switch it neither on nor off."""
    with refused(access, NotEntitled) as refusal:
        switch_on(access, by=by)
    here = isinstance(by, Member) and by.tenant == "acme"
    assert (
        ("tenant:admin", "tenant:group-creator") if here else ("a member of the tenant",)
    ) == refusal.value.needs

    grant = switch_on(access)
    with refused(access, NotFound if isinstance(by, Member) and by.tenant != "acme" else NotEntitled):
        access.revoke("acme", grant.id, by=by, word="Support")
    access.authorize(KIM, "acme", "task:read", resource="project:42").require()


def test_an_agent_outside_cannot_probe_for_grants(access):
    """[P8] To an agent from whom access is hidden, a grant of others and one that never was are one and the same."""
    grant = switch_on(access)
    outside = Agent("a-sly", teams={"sales"})

    for verb in (access.relinquish, access.revoke):
        with refused(access, NotFound) as real:
            verb("acme", grant.id, by=outside)
        with refused(access, NotFound) as invented:
            verb("acme", "gr_none", by=outside)
        assert str(invented.value).replace("gr_none", grant.id) == str(real.value)


@pytest.mark.parametrize("reason", ["", " ", "\t \n", "\u00a0\u2003"])
def test_a_reason_is_required(access, reason):
    """[P3] A reason that is blank, white space of any kind included, is refused."""
    with refused(access, InvalidInput) as refusal:
        switch_on(access, reason=reason)

    assert ("reason", "blank") == (refusal.value.field, refusal.value.code)
    assert "The board is empty" == switch_on(access, reason="  The board is empty ").reason


@pytest.mark.parametrize(
    "word", [None, "", "support", "SUPPORT", "Suport", "Support.", "Sup port", "\u0405upport"]
)
def test_a_wrong_word_changes_nothing(access, word):
    """[P4] Without exactly the word "Support", upper and lower case kept, nothing is switched on."""
    with refused(access, ConfirmationMismatch) as refusal:
        switch_on(access, word=word)

    assert "handshake" == refusal.value.flow
    assert [] == kinds(access)
    assert Reason.NO_GRANT is access.authorize(KIM, "acme", "task:read", resource="project:42").reason


@pytest.mark.parametrize("word", ["Support", "  Support ", "\u00a0Support"])
def test_outer_white_space_around_the_word_does_not_matter(access, word):
    """[P4] The word is matched after trimming outer white space, and kept with the consent."""
    assert ["Support"] == [approval.word for approval in switch_on(access, word=word).approvals]


def test_the_refusal_shows_neither_word(access):
    """[P4] The refusal shows neither the word that was typed nor the one that is asked for."""
    with refused(access, ConfirmationMismatch) as refusal:
        switch_on(access, word="hunter2")

    assert "hunter2" not in str(refusal.value)
    assert "Support" not in str(refusal.value)


@pytest.mark.parametrize("word", [None, "support", "Supporting"])
def test_switching_off_needs_the_same_word(access, word):
    """[P5] Switching off needs the same word; a wrong one changes nothing."""
    grant = switch_on(access)

    with refused(access, ConfirmationMismatch):
        access.revoke("acme", grant.id, by=ADA, word=word)
    access.authorize(KIM, "acme", "task:read", resource="project:42").require()

    access.revoke("acme", grant.id, by=ADA, word=" Support ")
    assert Reason.REVOKED is access.authorize(KIM, "acme", "task:read", resource="project:42").reason


def test_the_word_is_asked_before_anything_else_is_said(access):
    """[P5] A wrong word is refused for a grant that is off already too; the right one is no second event."""
    grant = switch_on(access)
    access.revoke("acme", grant.id, by=ADA, word="Support")

    with refused(access, ConfirmationMismatch):
        access.revoke("acme", grant.id, by=ADA, word="off")
    access.revoke("acme", grant.id, by=GUS, word="Support")
    assert ["rules_adopted", "granted", "revoked"] == kinds(access)


def test_other_brakes_ask_for_no_word(access):
    """[P5] The word binds the plain revoke and nothing else: freezing, cutting off and giving back ask for none."""
    grant = switch_on(access)

    access.freeze("acme", by=ADA)
    access.relinquish("acme", grant.id, by=KIM)
    access.revoke_all("acme", by=GUS)

    assert ["rules_adopted", "granted", "frozen", "relinquished", "cut_off"] == kinds(access)


def test_two_entry_points_share_one_state(access):
    """[P6] On from one page and off from the other works, and on again is a new grant."""
    first = switch_on(access, by=ADA)
    access.revoke("acme", first.id, by=GUS, word="Support")
    second = switch_on(access, by=GUS)

    assert first.id != second.id
    decision = access.authorize(KIM, "acme", "task:read", resource="project:42")
    assert (Reason.ALLOWED, second.id) == (decision.reason, decision.grant_id)
    assert ["rules_adopted", "granted", "revoked", "granted"] == kinds(access)


def test_switching_on_twice_is_one_grant(access, clock):
    """[P6] Switched on again, by the other person and for another reason, it is the same grant and no event."""
    first = switch_on(access, by=ADA)
    clock.advance(hours=1)
    again = switch_on(access, by=GUS, reason="Still empty")

    assert first == again
    assert ["rules_adopted", "granted"] == kinds(access)
    assert 1 == len(access.grants("acme"))

    access.revoke("acme", first.id, by=GUS, word="Support")
    decision = access.authorize(KIM, "acme", "task:read", resource="project:42")
    assert (Reason.REVOKED, first.id) == (decision.reason, decision.grant_id)


def test_a_double_click_still_needs_the_word(access):
    """[P6] What is on already can be confirmed only with the word and by who may switch it on."""
    switch_on(access)

    with refused(access, ConfirmationMismatch):
        switch_on(access, word="support")
    with refused(access, NotEntitled):
        switch_on(access, by=VIC)


def test_two_projects_are_two_grants(access):
    """[P6] One grant a project: another project is another grant."""
    here, there = switch_on(access, by=GUS), switch_on(access, by=GUS, scope=P43)

    assert here.id != there.id
    assert 2 == len(access.grants("acme"))


def off_never(access, clock):
    """Leave it off."""


def off_revoked(access, clock):
    """Switch it on and off."""
    access.revoke("acme", switch_on(access).id, by=ADA, word="Support")


def off_cut_off(access, clock):
    """Switch it on and cut everything off."""
    switch_on(access)
    access.revoke_all("acme", by=GUS)


def off_relinquished(access, clock):
    """Switch it on and have the agent give it back."""
    access.relinquish("acme", switch_on(access).id, by=KIM)


def off_elsewhere(access, clock):
    """Switch on another project."""
    switch_on(access, by=GUS, scope=P43)


@pytest.mark.parametrize("make_it_so", [off_never, off_revoked, off_cut_off, off_relinquished, off_elsewhere])
def test_when_off_the_project_is_hidden(access, clock, make_it_so):
    """[P8] When off, a look-up reads byte for byte as for a tenant that was never heard of, and lists leave it out."""
    make_it_so(access, clock)
    unheard_of = SupportAccess(MemoryStore(), rules=RULES, clock=clock)

    decision = access.authorize(KIM, "acme", "task:read", resource="project:42")
    nothing = unheard_of.authorize(KIM, "acme", "task:read", resource="project:42")

    assert (False, True, True) == (decision.allowed, decision.conceal, nothing.conceal)
    said = "Denied: no_grant. Nothing at acme is open to Kim."
    assert (said, said) == (decision.explain(to="agent"), nothing.explain(to="agent"))
    with pytest.raises(AccessDenied) as denied:
        decision.require()
    assert said == str(denied.value)
    assert "project:42" not in {name for seen in access.visible_tenants(KIM) for name in seen.resources}


def test_when_on_the_project_appears(access):
    """[P8] When on, the project appears in the agent's list and a refusal inside it is an open one."""
    assert () == access.visible_tenants(KIM)
    grant = switch_on(access)

    (seen,) = access.visible_tenants(KIM)
    assert ("acme", False, {"project:42"}) == (seen.tenant, seen.tenant_wide, seen.resources)
    assert () == access.visible_tenants(ZOE)
    denied = access.authorize(KIM, "acme", "task:delete", resource="project:42")
    assert (Reason.ACTION_NOT_PERMITTED, False, grant.id) == (denied.reason, denied.conceal, denied.grant_id)
    assert (
        "Denied: action_not_permitted. Grant gr_1 lets team support use project-help on project:42; "
        "task:delete on project:42 is not part of it. Ask acme for more."
    ) == denied.explain(to="agent")


def test_an_agent_of_another_team_sees_nothing_when_on(access):
    """[P8] What is open to the support team stays hidden from everybody else of the vendor."""
    switch_on(access)

    decision = access.authorize(ZOE, "acme", "task:read", resource="project:42")
    assert (Reason.NO_GRANT, True) == (decision.reason, decision.conceal)
    assert "Denied: no_grant. Nothing at acme is open to a-zoe." == access.authorize(
        type(ZOE)("a-zoe", ZOE.teams), "acme", "task:read", resource="project:42"
    ).explain(to="agent")


def test_the_host_is_told_what_the_agent_is_not(access):
    """[P8] What is hidden from the agent is plain to the host: the reason and the grant are there."""
    grant = switch_on(access)
    access.revoke("acme", grant.id, by=ADA, word="Support")

    decision = access.authorize(KIM, "acme", "task:read", resource="project:42")
    assert (Reason.REVOKED, grant.id) == (decision.reason, decision.grant_id)
    assert (
        "Denied: revoked. Grant gr_1 was revoked 2027-03-03 14:20 UTC, just now. Kim can ask again."
    ) == decision.explain()


def test_members_see_whether_it_is_on(access, clock):
    """[P9] Any member sees whether support access is on and, when off, when it ended; an agent outside sees none."""
    assert () == access.grants("acme", by=VIC)
    grant = switch_on(access)

    assert [(grant.id, "live", None)] == [
        (status.grant.id, status.state, status.ended_at) for status in access.grants("acme", by=VIC)
    ]
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ADA, word="Support")
    assert [(grant.id, "revoked", utc("2027-03-03 15:20"))] == [
        (status.grant.id, status.state, status.ended_at) for status in access.grants("acme", by=VIC)
    ]
    assert () == access.grants("acme", by=ZOE)
    assert () == access.grants("acme", by=Member("m-vic", tenant="globex", roles={"admin"}))


def test_no_end_is_said_aloud(access, clock):
    """[P10] An open end is a term of its own: never what silence means, and it never expires by itself."""
    with refused(access, InvalidInput) as refusal:
        access.grant("acme", by=ADA, scope=P42, word="Support", reason="The board is empty")
    assert ("ends", "required") == (refusal.value.field, refusal.value.code)

    grant = switch_on(access)
    assert (OpenEnded(), OpenEnded()) == (grant.ends_at, grant.term)
    clock.advance(days=36_500)
    decision = access.authorize(KIM, "acme", "task:read", resource="project:42")
    assert (Reason.ALLOWED, None) == (decision.reason, decision.valid_until)
    assert (
        "Allowed. Grant gr_2 lets team support use project-help on project:42, with no end set."
    ) == decision.explain()
    assert () == access.delivery.sweep()


def test_an_open_end_must_be_on_offer(clock):
    """[P10] Where the rules do not offer it, an open end is refused."""
    safe = SupportAccess(MemoryStore(), clock=clock)
    root = Member("m-root", tenant="acme", roles={"admin"})

    with refused(safe, TermNotOffered) as refusal:
        safe.grant("acme", by=root, to=Team("support"), ends=OpenEnded(), reason="Board empty")

    assert "open_ended" not in refusal.value.offered


def test_an_open_end_can_be_capped(clock):
    """[P10] Where the rules cap it, an open-ended grant ends at the cap, whatever its term says."""
    capped = document("project-platform")
    capped["flows"]["handshake"]["longest"] = {"elapsed": "P90D"}
    access = SupportAccess(MemoryStore(), rules=AccessRules.from_data(capped), clock=clock)

    grant = switch_on(access)

    assert (utc("2027-06-01 14:20"), OpenEnded()) == (grant.ends_at, grant.term)
    clock.set("2027-06-01T14:19:59.999999Z")
    access.authorize(LEE, "acme", "task:read", resource="project:42").require()
    clock.set("2027-06-01T14:20:00Z")
    assert Reason.EXPIRED is access.authorize(LEE, "acme", "task:read", resource="project:42").reason


def test_the_handshake_is_a_document(access):
    """[N11] The project platform's rule set reads back to itself, and each event names it by digest."""
    assert RULES == AccessRules.from_data(RULES.to_data())

    switch_on(access)
    assert {RULES.digest} == {event.rules for event in access.ledger.history("acme")}
