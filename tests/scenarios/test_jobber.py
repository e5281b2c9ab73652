"""Jobber: the vendor asks for a named agent, any admin answers, and writing takes another team and a written word."""

from datetime import timedelta

import pytest

from grantkit import AccessRules, Agent, Elapsed, InvalidInput, Member, NotFound, Reason, SupportAccess, Team
from grantkit.errors import AlreadyDecided, NotEntitled, NotOffered, RequestLapsed, TermNotOffered
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import Counter, Settings, document, kinds, refused, rule_set, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"admin"}, name="Ben")
VIC = Member("m-vic", tenant="acme", roles={"member"}, name="Vic")
KIM = Agent("a-kim", teams={"product-support"}, name="Kim")
TOM = Agent("a-tom", teams={"technical-support"}, name="Tom")
PIA = Agent("a-pia", teams={"product-support"}, name="Pia")
BOTH = Agent("a-bo", teams={"product-support", "technical-support"}, name="Bo")
SAL = Agent("a-sal", teams={"sales"}, name="Sal")

TECHNICAL = Team("technical-support")
FOUR_WEEKS = timedelta(hours=28 * 24)


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def settings():
    return Settings(rule_set("jobber").in_zone("Europe/Vienna"))


@pytest.fixture(params=STORES)
def access(request, tmp_path, clock, settings):
    with opened(request.param, tmp_path) as store:
        yield SupportAccess(store, rules=settings, clock=clock, id_factory=Counter())


def ask(access, by=KIM, **more):
    """Ask as the support page does."""
    return access.request(
        "acme", by=by, flow="ask", **({"reason": "The sync is off", "tickets": ["T-1"]} | more)
    )


def let_in(access, by=KIM, **more):
    """Ask, and have an admin say yes; return the id of the grant."""
    return agree(access, ask(access, by, **more), by=ANA).gave


def permit(access, *tickets, by=ANA):
    """Give the written permission for a case."""
    return access.consent(
        "acme", by=by, tickets=tickets or ["T-1"], reference="mail-7", reason="Go and mend it"
    )


def said(access, agent, action, resource=None):
    """Return the reason that a decision gives."""
    return access.authorize(agent, "acme", action, resource=resource).reason


def without(part):
    """Return the rules with one of the legs taken away."""
    return AccessRules.from_data({key: value for key, value in document("jobber").items() if key != part})


def offering(*policies):
    """Return the rules with other policies to ask for."""
    changed = document("jobber")
    changed["flows"]["ask"]["policies"] = list(policies)
    return AccessRules.from_data(changed)


def test_the_vendor_asks_and_names_the_agent(access):
    """[J1] The vendor asks first, for one named agent; nothing is open until somebody answers."""
    asked = ask(access)

    assert ("agent", "a-kim") == asked.holder
    assert ("product-support", "The sync is off", frozenset({"T-1"})) == (
        asked.ask.as_team,
        asked.reason,
        asked.tickets,
    )
    assert KIM == access.ledger.history("acme")[-1].actor
    assert Reason.NO_GRANT is said(access, KIM, "job:read")
    assert ["rules_adopted", "requested"] == kinds(access)


def test_one_agent_may_ask_for_another(access):
    """[J1] An agent may ask on behalf of a colleague, who is named and let in; whoever asked is not."""
    asked = ask(access, KIM, to=PIA)
    agree(access, asked, by=ANA)

    assert ("agent", "a-pia") == asked.holder
    assert (Reason.ALLOWED, Reason.NO_GRANT) == (said(access, PIA, "job:read"), said(access, KIM, "job:read"))


@pytest.mark.parametrize("to", [Team("product-support"), TECHNICAL, SAL])
def test_no_team_is_asked_for(access, to):
    """[J1] A request for a whole team, or for an agent of another team, is refused."""
    with no_trace(access, NotOffered) as refusal:
        ask(access, KIM, to=to)

    assert "to" == refusal.value.field


@pytest.mark.parametrize("by", [SAL, ANA, VIC])
def test_only_the_two_support_teams_ask(access, by):
    """[J1] Neither the sales team nor a member begins here."""
    with no_trace(access, NotEntitled) as refusal:
        ask(access, by, to=KIM)

    assert ("vendor:product-support", "vendor:technical-support") == refusal.value.needs


def test_no_admin_grants_unasked_here(access):
    """[J1] By these rules an admin cannot let anybody in who has not been asked for."""
    with no_trace(access, NotEntitled):
        access.grant("acme", by=ANA, to=KIM, reason="Have a look")


def test_pending_requests_are_listed(access, clock):
    """[J3] Pending requests can be listed in their order; one that is decided or lapsed has left the list."""
    first, second, third = ask(access), ask(access, TOM), ask(access, PIA)
    access.deny("acme", second.id, by=BEN)

    assert [first.id, third.id] == [each.request.id for each in access.requests("acme", states=["pending"])]
    assert [("a-kim", "The sync is off")] == [
        (each.request.by.id, each.request.reason)
        for each in access.requests("acme", states=["pending"], limit=1)
    ]
    clock.advance(days=14)
    assert () == access.requests("acme", states=["pending"])


def test_the_admin_sees_what_they_decide_on(access, clock):
    """[J4] Before deciding, the admin sees who, what in plain words, where, why, and the exact end in both zones."""
    asked = ask(access)
    shown = access.preview("acme", asked.id, by=ANA)

    assert (
        "Who: agent a-kim of team product-support, asked by Kim (agent a-kim)",
        (
            "What: full-access: may do anything, and may not do anything with billing; "
            "never more than read-only allows"
        ),
        "Where: everything, at tenant acme",
        "Why: The sync is off, ticket T-1",
        "Until: 2027-03-31 14:20 UTC (2027-03-31 16:20 Europe/Vienna), and never later",
    ) == shown.lines
    assert (clock.now(), clock.now() + FOUR_WEEKS) == (shown.starts_at, shown.ends_at)
    assert ["rules_adopted", "requested"] == kinds(access), "looking leaves no trace"


def test_four_weeks_are_28_times_24_hours_from_approval(access, clock):
    """[J5] Access ends exactly 28 times 24 hours after the approval, though the clocks of the tenant change between."""
    asked = ask(access)
    clock.set("2027-03-05T10:00:00Z")
    agree(access, asked, by=ANA)

    (status,) = access.grants("acme")
    assert utc("2027-04-02 10:00") == status.grant.ends_at
    clock.set("2027-04-02T09:59:59.999999Z")
    assert Reason.ALLOWED is said(access, KIM, "job:read")
    clock.set("2027-04-02T10:00:00Z")
    assert Reason.EXPIRED is said(access, KIM, "job:read")


def test_the_end_is_never_later_than_the_one_shown(access, clock):
    """[J5] Approved days after it was looked at, it ends when the page said, and not four weeks from then."""
    asked = ask(access)
    shown = access.preview("acme", asked.id, by=ANA)
    clock.advance(days=5, hours=3)
    access.approve("acme", asked.id, by=ANA, digest=shown.digest, ends_by=shown.ends_at)

    (status,) = access.grants("acme")
    assert utc("2027-03-31 14:20") == status.grant.ends_at
    assert (utc("2027-03-08 17:20"), Elapsed(days=28)) == (status.grant.starts_at, status.grant.term)


def test_a_later_end_than_the_terms_give_is_not_had_by_quoting_one(access, clock):
    """[J5] Quoting a far end lengthens nothing: the four weeks bind as well."""
    agree(access, ask(access), by=ANA, ends_by=utc("2028-01-01 00:00"))

    (status,) = access.grants("acme")
    assert clock.now() + FOUR_WEEKS == status.grant.ends_at


def test_a_fresh_look_shows_a_fresh_end(access, clock):
    """[J5] Looked at again some days later, the page shows four weeks from then, and that is what comes of it."""
    asked = ask(access)
    access.preview("acme", asked.id)
    clock.set("2027-03-07T14:20:00Z")
    agree(access, asked, by=BEN)

    (status,) = access.grants("acme")
    assert utc("2027-04-04 14:20") == status.grant.ends_at


@pytest.mark.parametrize("admin", [ANA, BEN])
def test_any_one_admin_approves(access, admin):
    """[J6] One admin's yes is enough, whichever admin it is, and it opens access at once."""
    asked = agree(access, ask(access), by=admin)

    assert ("approved", admin.id) == (str(asked.settled.how.value), asked.settled.by.id)
    decision = access.authorize(KIM, "acme", "job:read")
    assert (Reason.ALLOWED, asked.gave) == (decision.reason, decision.grant_id)
    assert asked.id == decision.grant.request
    assert ["rules_adopted", "requested", "approved", "granted"] == kinds(access)


@pytest.mark.parametrize("admin", [ANA, BEN])
def test_any_one_admin_denies(access, admin):
    """[J6] One admin's no is enough, whichever admin it is."""
    asked = access.deny("acme", ask(access).id, by=admin, reason="We mended it ourselves")

    assert ("denied", admin.id, None) == (str(asked.settled.how.value), asked.settled.by.id, asked.gave)
    assert ["rules_adopted", "requested", "denied"] == kinds(access)


@pytest.mark.parametrize("second", ["approve", "deny", "withdraw"])
@pytest.mark.parametrize("first", ["approved", "denied", "withdrawn"])
def test_the_first_decision_settles_it(access, first, second):
    """[J6] Whatever was decided first stands; a second answer is refused, and the refusal says what was decided."""
    asked = ask(access)
    shown = access.preview("acme", asked.id)
    terms = {"digest": shown.digest, "ends_by": shown.ends_at}
    if first == "approved":
        access.approve("acme", asked.id, by=ANA, **terms)
    elif first == "denied":
        access.deny("acme", asked.id, by=ANA)
    else:
        access.withdraw("acme", asked.id, by=KIM)

    by = KIM if second == "withdraw" else BEN
    with no_trace(access, AlreadyDecided) as refusal:
        getattr(access, second)("acme", asked.id, by=by, **(terms if second == "approve" else {}))
    assert (asked.id, first, second) == (refusal.value.id, refusal.value.state, refusal.value.verb)
    assert f"request {asked.id} is {first}: the first decision stands" in str(refusal.value)


@pytest.mark.parametrize("by", [VIC, Member("m-ana", tenant="globex", roles={"admin"}), TOM])
def test_only_an_admin_decides(access, by):
    """[J6] A plain member, an admin of another tenant or an agent can neither approve nor deny."""
    asked = ask(access)
    shown = access.preview("acme", asked.id)
    error = NotFound if isinstance(by, Member) and by.tenant != "acme" else NotEntitled
    with no_trace(access, error):
        access.approve("acme", asked.id, by=by, digest=shown.digest, ends_by=shown.ends_at)
    with no_trace(access, error):
        access.deny("acme", asked.id, by=by)


def test_a_denial_lets_nobody_in(access):
    """[J7] After a denial nothing is open."""
    access.deny("acme", ask(access).id, by=ANA)

    assert Reason.NO_GRANT is said(access, KIM, "job:read")
    assert () == access.grants("acme")


def test_silence_and_lapse_let_nobody_in(access, clock):
    """[J7] Nobody answers: nothing is open, neither while the request waits nor after it has lapsed."""
    asked = ask(access)
    for days in (0, 13, 1, 400):
        clock.advance(days=days)
        assert Reason.NO_GRANT is said(access, KIM, "job:read")

    with no_trace(access, RequestLapsed) as refusal:
        agree(access, asked, by=ANA)
    assert utc("2027-03-17 14:20") == refusal.value.lapsed_at
    assert Reason.NO_GRANT is said(access, KIM, "job:read")


@pytest.mark.parametrize("action", ["job:update", "client:delete", "note:create"])
def test_product_support_only_looks(access, action):
    """[J8] A plain grant lets product support look, and any write by it is denied as over its ceiling."""
    let_in(access)

    assert Reason.ALLOWED is said(access, KIM, "job:read")
    assert Reason.ALLOWED is said(access, KIM, "client:list")
    denied = access.authorize(KIM, "acme", action)
    assert (False, Reason.OVER_CEILING) == (denied.allowed, denied.reason)


def test_product_support_does_not_write_on_a_written_permission_either(access):
    """[J8] A written permission, which is for the other team, opens no write to product support."""
    let_in(access)
    permit(access)

    assert False is access.authorize(KIM, "acme", "job:update").allowed


@pytest.mark.parametrize(
    ("team", "permission", "case", "reason"),
    [
        (TOM, True, "T-1", Reason.ALLOWED),
        (KIM, True, "T-1", Reason.OVER_CEILING),
        (TOM, False, "T-1", Reason.NEEDS_CONSENT),
        (TOM, True, "T-2", Reason.NEEDS_CONSENT),
    ],
    ids=["all-three", "wrong-team", "no-permission", "another-case"],
)
def test_to_write_takes_the_team_the_permission_and_the_case(access, team, permission, case, reason):
    """[J9] Writing takes technical support, a written permission and the very case that it names: each of the three."""
    let_in(access, team)
    if permission:
        permit(access, case)

    assert reason is said(access, team, "job:update")
    assert Reason.ALLOWED is said(access, team, "job:read")


def test_a_written_permission_names_its_case(access):
    """[J9] A written permission without a case is refused, and so is one without the reference of the writing."""
    with no_trace(access, InvalidInput) as refusal:
        access.consent("acme", by=ANA, reference="mail-7", reason="Go and mend it")
    assert ("tickets", "required") == (refusal.value.field, refusal.value.code)
    with no_trace(access, InvalidInput) as refusal:
        access.consent("acme", by=ANA, tickets=["T-1"], reason="Go and mend it")
    assert ("reference", "required") == (refusal.value.field, refusal.value.code)


def test_a_grant_that_names_no_case_meets_no_permission(access):
    """[J9] Where access was asked for without a case, a permission for some case opens no write."""
    let_in(access, TOM, tickets=[])
    permit(access)

    assert Reason.NEEDS_CONSENT is said(access, TOM, "job:update")


def test_the_permission_alone_lets_nobody_in(access):
    """[J9] A written permission is no access: without a grant, nothing is open."""
    permit(access)

    assert Reason.NO_GRANT is said(access, TOM, "job:update")
    assert Reason.NO_GRANT is said(access, TOM, "job:read")


def test_the_refusal_names_the_permission(access):
    """[J9] The answer names the consent that is missing, for the program and in words."""
    let_in(access, TOM)

    decision = access.authorize(TOM, "acme", "job:update")
    assert ("written-permission",) == decision.needs
    assert "job:update needs a consent by flow written-permission besides" in decision.explain()


def test_technical_support_asks_for_the_permission(access):
    """[J9] Technical support may ask for the written permission; the admin's written answer gives it."""
    let_in(access, TOM)
    asked = access.request("acme", by=TOM, flow="written-permission", reason="Mend it", tickets=["T-1"])
    assert Reason.NEEDS_CONSENT is said(access, TOM, "job:update")

    agree(access, asked, by=BEN, reference="mail-8")
    assert Reason.ALLOWED is said(access, TOM, "job:update")
    with no_trace(access, NotEntitled):
        access.request(
            "acme", by=KIM, flow="written-permission", to=TECHNICAL, reason="Mend it", tickets=["T-1"]
        )


def test_leg_one_what_was_consented_to(access, settings):
    """[J10] What nobody consented to is denied, though the team's ceiling and the written permission allow it."""
    settings.rules = offering("read-only", "full-access")
    let_in(access, TOM)
    permit(access)

    assert Reason.ACTION_NOT_PERMITTED is said(access, TOM, "job:update")
    let_in(access, TOM, policies=["full-access"])
    assert Reason.ALLOWED is said(access, TOM, "job:update")


def test_leg_two_the_ceiling_of_the_team(access, settings):
    """[J10] What the team's ceiling leaves out is denied, though consented to and though no permission is missing."""
    settings.rules = without("demands")
    let_in(access)
    assert Reason.OVER_CEILING is said(access, KIM, "job:update")

    access.revoke_all("acme", by=ANA)
    settings.rules = AccessRules.from_data(
        {key: each for key, each in document("jobber").items() if key not in {"demands", "ceilings"}}
    )
    let_in(access)
    assert Reason.ALLOWED is said(access, KIM, "job:update"), "it was the ceiling, and nothing else"


def test_leg_three_the_written_permission(access, settings):
    """[J10] Without the written permission a write is denied, though consented to and below the ceiling."""
    let_in(access, TOM)
    assert Reason.NEEDS_CONSENT is said(access, TOM, "job:update")

    given = permit(access)
    assert Reason.ALLOWED is said(access, TOM, "job:update")
    access.revoke("acme", given.id, by=BEN)
    assert Reason.NEEDS_CONSENT is said(access, TOM, "job:update")
    assert Reason.ALLOWED is said(access, TOM, "job:read"), "reading goes on"


def test_the_permission_ends_with_its_own_time(access, clock):
    """[J10] A written permission that has run out permits no more, whatever is left of the access."""
    given = permit(access)
    clock.advance(days=10)
    let_in(access, TOM)
    assert given.window.ends_at == access.authorize(TOM, "acme", "job:update").valid_until

    clock.set("2027-03-31T14:19:59.999999Z")
    assert Reason.ALLOWED is said(access, TOM, "job:update")
    clock.set("2027-03-31T14:20:00Z")
    assert Reason.NEEDS_CONSENT is said(access, TOM, "job:update")
    assert Reason.ALLOWED is said(access, TOM, "job:read")


def test_a_deny_in_what_was_consented_to_binds_all_the_same(access):
    """[J10] What the consented policy denies stays denied with all three legs in place."""
    let_in(access, TOM)
    permit(access)

    assert False is access.authorize(TOM, "acme", "billing:update").allowed


def test_in_two_teams_one_capacity_is_named(access):
    """[J10] An agent in both teams says in which capacity, and only that team's ceiling counts."""
    with no_trace(access, InvalidInput) as refusal:
        ask(access, BOTH)
    assert ("as_team", "ambiguous") == (refusal.value.field, refusal.value.code)

    permit(access)
    let_in(access, BOTH, as_team="product-support")
    assert Reason.OVER_CEILING is said(access, BOTH, "job:update")
    let_in(access, BOTH, as_team="technical-support")
    assert Reason.ALLOWED is said(access, BOTH, "job:update")


@pytest.mark.parametrize("admin", [ANA, BEN])
def test_any_admin_revokes(access, admin):
    """[J11] Any admin can revoke at any time, not only the one who approved; a plain member cannot."""
    gave = let_in(access)
    with refused(access, NotEntitled):
        access.revoke("acme", gave, by=VIC)

    access.revoke("acme", gave, by=admin)
    decision = access.authorize(KIM, "acme", "job:read")
    assert (Reason.REVOKED, gave) == (decision.reason, decision.grant_id)


def test_current_and_past_requests_are_listed(access, clock):
    """[J12] The list keeps apart when a request lapsed, when it was decided, and when the access ended."""
    lapsed = ask(access)
    clock.advance(days=2)
    expired, revoked = ask(access, PIA), ask(access, TOM)
    agree(access, expired, by=ANA)
    gave = agree(access, revoked, by=ANA).gave
    clock.advance(days=1)
    access.revoke("acme", gave, by=BEN)
    clock.set("2027-06-01T00:00:00Z")
    waiting = ask(access)

    at = utc("2027-03-05 14:20")
    assert [
        (lapsed.id, "lapsed", None, utc("2027-03-17 14:20"), None),
        (expired.id, "approved", at, None, at + FOUR_WEEKS),
        (revoked.id, "approved", at, None, utc("2027-03-06 14:20")),
        (waiting.id, "pending", None, None, None),
    ] == [
        (each.request.id, each.state, each.decided_at, each.lapsed_at, each.access_ended_at)
        for each in access.requests("acme")
    ]
    assert ["expired", "revoked"] == [
        str(each.access.state) for each in access.requests("acme") if each.access is not None
    ]


@pytest.mark.parametrize("by", [ANA, KIM])
@pytest.mark.parametrize("days", [29, 28])
def test_no_amendment_gives_more_time(access, clock, by, days):
    """[J13] A live grant cannot be lengthened, by nobody: not past four weeks, and not to four weeks from today."""
    gave = let_in(access)
    clock.advance(days=7)
    (status,) = access.grants("acme")

    with no_trace(access, TermNotOffered):
        access.amend("acme", gave, by=by, version=status.grant.version, ends=Elapsed(days=days))


def test_more_time_takes_a_new_request(access, clock):
    """[J13] Asking again lengthens nothing by itself; a new yes is a new grant, and the old one ends on its day."""
    first = let_in(access)
    clock.advance(days=27)
    asked = ask(access)
    (before,) = access.grants("acme")
    assert utc("2027-03-31 14:20") == before.grant.ends_at

    second = agree(access, asked, by=ANA).gave
    clock.set("2027-03-31T14:20:00Z")
    decision = access.authorize(KIM, "acme", "job:read")
    assert (Reason.ALLOWED, second) == (decision.reason, decision.grant_id)
    assert [(first, "expired"), (second, "live")] == [
        (each.grant.id, str(each.state)) for each in access.grants("acme")
    ]


def test_handing_over_the_ticket_lets_nobody_in(access):
    """[J14] Product support's grant for a ticket lets nobody of technical support in on that ticket."""
    let_in(access)
    permit(access)

    for action in ("job:read", "job:update"):
        assert Reason.NO_GRANT is said(access, TOM, action)
    assert Reason.NO_GRANT is said(access, PIA, "job:read"), "nor a colleague: the agent is named"


def test_moving_to_the_other_team_takes_no_grant_along(access):
    """[J14] An agent who changes teams leaves the grant behind, which was given in the capacity of the old one."""
    let_in(access)
    permit(access)
    moved = Agent("a-kim", teams={"technical-support"}, name="Kim")

    for action in ("job:read", "job:update"):
        assert False is access.authorize(moved, "acme", action).allowed
    assert Reason.ALLOWED is said(access, KIM, "job:read")
