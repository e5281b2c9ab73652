"""Requests: what may be asked, what an answer may change, and when it is too late for one."""

from datetime import timedelta

import pytest

from grantkit import (
    Agent,
    Elapsed,
    Instant,
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
    AlreadyDecided,
    CapExceeded,
    ClockBehind,
    DigestMismatch,
    ExceedsRequest,
    FlowChanged,
    IdempotencyMismatch,
    IllegalTransition,
    NotEligible,
    NotEntitled,
    NotOffered,
    RequestLapsed,
    SelfApproval,
    TenantFrozen,
    TermNotOffered,
)
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import KIM, LEE, ZOE, Counter, Settings, kinds, one_flow, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"admin"}, name="Ben")
VIC = Member("m-vic", tenant="acme", roles={"member"}, name="Vic")
PAM = Member("m-pam", tenant="acme", roles={"member"}, roles_on={"project:1": {"admin"}}, name="Pam")
SUPPORT = Team("support")
HOURS = Elapsed(hours=8)
NOON = "2027-03-03T12:00:00Z"

MORE = {"policies": {"no-delete": [{"effect": "deny", "action": ["*:delete"], "resource": ["*"]}]}}
FLOW = {"policies": ["read-only", "administrator", "no-delete"], "ahead": "P7D"}


@pytest.fixture
def clock():
    return FakeClock(NOON)


@pytest.fixture
def settings():
    return Settings(one_flow(**FLOW, more=MORE))


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as opened_store:
        yield opened_store


@pytest.fixture
def access(store, clock, settings):
    return SupportAccess(store, rules=settings, clock=clock, id_factory=Counter())


def ask(access, by=KIM, **more):
    """Ask for eight hours."""
    return access.request("acme", by=by, **({"ends": HOURS, "reason": "Boards missing"} | more))


def said(access, agent=KIM, action="board:read", resource=None):
    """Return the reason that a decision gives."""
    return access.authorize(agent, "acme", action, resource=resource).reason


def the_grant(access):
    """Return the one grant there is."""
    (status,) = access.grants("acme")
    return status.grant


def test_a_grant_says_whether_it_answers_a_request(access):
    """[M13] A grant that answers an agent's ask names the request; an unsolicited one is allowed, and names none."""
    asked = agree(access, ask(access), by=ANA)
    unsolicited = access.grant("acme", by=ANA, to=LEE, ends=HOURS, reason="Have a look")

    assert {asked.gave: asked.id, unsolicited.id: None} == {
        each.grant.id: each.grant.request for each in access.grants("acme")
    }
    assert Reason.ALLOWED is said(access, LEE)
    given = [event.body.grant for event in access.ledger.history("acme") if event.kind == "granted"]
    assert [asked.id, None] == [grant.request for grant in given], "and so does the record"


def test_a_request_lapses_by_itself_at_its_instant(access, clock):
    """[B1] A microsecond before it lapses a request can be approved; at that instant, and ever after, it cannot."""
    first, second = ask(access), ask(access, LEE)
    shown = access.preview("acme", second.id)
    clock.set("2027-03-10T11:59:59.999999Z")
    agree(access, first, by=ANA)

    clock.set("2027-03-10T12:00:00Z")
    for verb, by in (("approve", ANA), ("deny", ANA), ("withdraw", LEE)):
        more = {"digest": shown.digest, "ends_by": utc("2027-03-20 00:00")} if verb == "approve" else {}
        with no_trace(access, RequestLapsed) as refusal:
            getattr(access, verb)("acme", second.id, by=by, **more)
        assert (second.id, utc("2027-03-10 12:00"), verb) == (
            refusal.value.id,
            refusal.value.lapsed_at,
            refusal.value.verb,
        )
    with no_trace(access, RequestLapsed):
        access.preview("acme", second.id)


@pytest.mark.parametrize("within", ["PT12H", "PT24H", "P4D", "P14D", "P20D"])
def test_how_long_it_waits_is_a_rule(access, clock, settings, within):
    """[B1] How long a request waits for its answer is what the step says."""
    settings.rules = one_flow(steps=[{"by": ["tenant:admin"], "within": within}])
    asked = ask(access)
    length = {"PT12H": 12, "PT24H": 24, "P4D": 96, "P14D": 336, "P20D": 480}[within]

    assert clock.now() + timedelta(hours=length) == asked.lapses_at


def test_a_lapse_is_recorded_once(access, clock):
    """[B1] A sweep records a lapse once, and a recorded lapse reads as the unrecorded one did."""
    asked = ask(access)
    clock.advance(days=8)
    before = access.requests("acme")
    access.delivery.sweep()
    access.delivery.sweep()

    assert ["rules_adopted", "requested", "lapsed"] == kinds(access)
    assert [(each.request.id, str(each.state), each.lapsed_at) for each in before] == [
        (each.request.id, str(each.state), each.lapsed_at) for each in access.requests("acme")
    ]
    with no_trace(access, RequestLapsed):
        access.deny("acme", asked.id, by=ANA)


def test_a_lapse_is_not_undone_by_a_clock(access, clock):
    """[B1] Once the record has seen the instant of the lapse, a clock set back revives no request."""
    asked = ask(access)
    shown = access.preview("acme", asked.id)
    clock.set("2027-03-10T12:00:10Z")
    ask(access, LEE)
    clock.set("2027-03-10T11:59:50Z")

    with no_trace(access, RequestLapsed):
        access.approve("acme", asked.id, by=ANA, digest=shown.digest, ends_by=utc("2027-03-20 00:00"))


def test_an_approver_shortens(access, clock):
    """[B2] An approver may choose an earlier end, and that is when it ends."""
    agree(access, ask(access), by=ANA, ends=Elapsed(hours=2))

    assert (utc("2027-03-03 14:00"), Elapsed(hours=2)) == (the_grant(access).ends_at, the_grant(access).term)
    clock.set("2027-03-03T14:00:00Z")
    assert Reason.EXPIRED is said(access)


def test_an_approver_drops_policies(access):
    """[B2] An approver may drop some of the policies that were asked for; what is left is what is allowed."""
    asked = ask(access, policies=["read-only", "administrator"])
    agree(access, asked, by=ANA, policies=["read-only"])

    assert ("read-only",) == the_grant(access).policies
    assert (Reason.ALLOWED, Reason.ACTION_NOT_PERMITTED) == (
        said(access),
        said(access, action="board:delete"),
    )


def test_dropping_a_policy_lifts_none_of_its_denies(access):
    """[B2] Dropping a policy that denies something lifts no deny: an approver narrows, whatever they drop."""
    asked = ask(access, policies=["administrator", "no-delete"])
    agree(access, asked, by=ANA, policies=["administrator"])

    assert (Reason.ALLOWED, False) == (
        said(access, action="board:update"),
        access.authorize(KIM, "acme", "board:delete").allowed,
    )


def test_an_approver_takes_part_of_the_scope(access):
    """[B2] An approver may open less of the tenant than was asked for."""
    asked = ask(access, scope=Scope.only("project:1", "project:2"))
    agree(access, asked, by=ANA, scope=Scope.only("project:2"))

    assert (Reason.OUT_OF_SCOPE, Reason.ALLOWED) == (
        said(access, resource="project:1"),
        said(access, resource="project:2"),
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ends": Elapsed(hours=8, seconds=1)}, "ends"),
        ({"ends": Instant(utc("2027-03-03 20:01"))}, "ends"),
        ({"policies": ["administrator"]}, "policies"),
        ({"policies": ["read-only", "administrator"]}, "policies"),
        ({"scope": Scope.whole()}, "scope"),
        ({"scope": Scope.only("project:1", "project:2")}, "scope"),
    ],
    ids=["longer", "later", "other-policy", "one-more", "everything", "more-places"],
)
def test_an_approver_never_widens(access, more, field):
    """[B2] A later end, another policy or more of the tenant than was asked for is refused, and nothing is decided."""
    asked = ask(access, scope=Scope.only("project:1"))

    with no_trace(access, ExceedsRequest) as refusal:
        agree(access, asked, by=ANA, **more)
    assert (asked.id, field) == (refusal.value.id, refusal.value.field)


def test_narrowing_to_nothing_is_refused(access):
    """[B2] Dropping every policy is refused: who wants to give nothing denies."""
    asked = ask(access)

    with no_trace(access, InvalidInput) as refusal:
        agree(access, asked, by=ANA, policies=[])
    assert "policies" == refusal.value.field


def test_a_yes_is_to_exactly_what_was_shown(access):
    """[B2] An approval that quotes another request's terms is refused, be they the same to the eye."""
    first, second = ask(access), ask(access)
    other = access.preview("acme", second.id)

    with no_trace(access, DigestMismatch):
        access.approve("acme", first.id, by=ANA, digest=other.digest, ends_by=other.ends_at)


def test_the_end_that_was_shown_has_passed(access, clock):
    """[B2] An approval by a page that was left open until its end is refused."""
    asked = ask(access)
    shown = access.preview("acme", asked.id)
    clock.advance(hours=8)

    with no_trace(access, InvalidInput) as refusal:
        access.approve("acme", asked.id, by=ANA, digest=shown.digest, ends_by=shown.ends_at)
    assert "ends_by" == refusal.value.field


def test_a_request_may_ask_for_a_later_start(access, clock):
    """[B3] Approved today for tomorrow, access begins tomorrow, and its span counts from there."""
    start = utc("2027-03-04 09:00")
    agree(access, ask(access, starts=start), by=ANA)

    assert (start, utc("2027-03-04 17:00")) == (the_grant(access).starts_at, the_grant(access).ends_at)
    assert Reason.NOT_YET_ACTIVE is said(access)
    clock.set("2027-03-04T08:59:59.999999Z")
    assert Reason.NOT_YET_ACTIVE is said(access)
    clock.set("2027-03-04T09:00:00Z")
    assert Reason.ALLOWED is said(access)


def test_a_start_that_passes_before_the_approval(access, clock):
    """[B3] Where the start has passed when the yes comes, access begins with the yes, and ends when it would have."""
    asked = ask(access, starts=utc("2027-03-04 09:00"), ends=Instant(utc("2027-03-04 17:00")))
    clock.set("2027-03-04T10:30:00Z")
    agree(access, asked, by=ANA)

    assert (utc("2027-03-04 10:30"), utc("2027-03-04 17:00")) == (
        the_grant(access).starts_at,
        the_grant(access).ends_at,
    )
    assert Reason.ALLOWED is said(access)


def test_an_end_that_passes_before_the_approval(access, clock):
    """[B3] Where even the end has passed, an approval is refused, and denying still works."""
    asked = ask(access, ends=Instant(utc("2027-03-04 17:00")))
    shown = access.preview("acme", asked.id)
    clock.set("2027-03-04T17:00:00Z")

    with no_trace(access, IllegalTransition):
        access.preview("acme", asked.id)
    with no_trace(access, IllegalTransition):
        access.approve("acme", asked.id, by=ANA, digest=shown.digest, ends_by=utc("2027-03-05 00:00"))
    access.deny("acme", asked.id, by=ANA)


@pytest.mark.parametrize(("days", "offered"), [(7, True), (7.0001, False)])
def test_how_far_ahead_is_a_rule(access, clock, days, offered):
    """[B3] A start further ahead than the flow offers is refused already when asking."""
    start = clock.now() + timedelta(days=days)
    if offered:
        assert start == ask(access, starts=start).ask.starts
        return
    with no_trace(access, NotOffered) as refusal:
        ask(access, starts=start)
    assert "starts" == refusal.value.field


def test_a_cut_off_ends_what_is_scheduled_and_what_is_pending(access, clock):
    """[B3] A revoke-all ends scheduled grants and pending requests too; what is asked afterwards can be approved."""
    agree(access, ask(access, starts=utc("2027-03-04 09:00")), by=ANA)
    pending = ask(access, LEE)
    shown = access.preview("acme", pending.id)
    clock.advance(minutes=5)
    access.revoke_all("acme", by=BEN)

    (_, status) = access.requests("acme")
    assert ("cut_off", utc("2027-03-03 12:05"), None) == (status.state, status.decided_at, status.lapsed_at)
    for verb, by in (("approve", ANA), ("deny", ANA), ("withdraw", LEE)):
        more = {"digest": shown.digest, "ends_by": shown.ends_at} if verb == "approve" else {}
        with no_trace(access, AlreadyDecided) as refusal:
            getattr(access, verb)("acme", pending.id, by=by, **more)
        assert "cut_off" == refusal.value.state
    clock.set("2027-03-04T10:00:00Z")
    assert (Reason.CUT_OFF, Reason.NO_GRANT) == (said(access), said(access, LEE))

    agree(access, ask(access, LEE), by=ANA)
    assert Reason.ALLOWED is said(access, LEE)


def test_a_cut_off_of_one_agent_leaves_the_requests_of_others(access):
    """[B3] A cut-off of one agent ends the requests by that agent and for that agent, and nobody else's."""
    mine, other, teams = ask(access), ask(access, LEE), ask(access, LEE, to=SUPPORT)
    for_me, by_me = ask(access, LEE, to=KIM), ask(access, KIM, to=SUPPORT)
    access.revoke_all("acme", by=ANA, agent="a-kim")

    gone = dict.fromkeys((mine.id, for_me.id, by_me.id), "cut_off")
    assert {**gone, other.id: "pending", teams.id: "pending"} == {
        each.request.id: str(each.state) for each in access.requests("acme")
    }
    agree(access, teams, by=ANA)
    assert Reason.ALLOWED is said(access, LEE)


def test_a_team_request_of_before_the_cut_off_lets_the_agent_in_only_by_new_consent(access):
    """[B3] A yes to a team after the cut-off of one agent is later consent, and counts for that agent too."""
    access.revoke_all("acme", by=ANA, agent="a-kim")
    agree(access, ask(access, KIM, to=SUPPORT), by=ANA)

    assert Reason.ALLOWED is said(access)


def test_the_reason_has_a_category(access, settings):
    """[B5] Where the flow lists categories, one of them must be given beside the words, and it is kept."""
    settings.rules = one_flow(
        start={
            "by": ["vendor:*"],
            "reason": {"min": 4, "categories": ["bug", "question"]},
            "tickets": "required",
        }
    )
    for category, code in ((None, "required"), ("curiosity", "unknown")):
        with no_trace(access, InvalidInput) as refusal:
            ask(access, category=category, tickets=["T-1"])
        assert ("category", code) == (refusal.value.field, refusal.value.code)
    asked = agree(access, ask(access, category="bug", tickets=["T-1", "T-2"]), by=ANA)

    assert ("bug", {"T-1", "T-2"}) == (the_grant(access).category, the_grant(access).tickets)
    assert ("bug", {"T-1", "T-2"}) == (asked.category, asked.tickets)


@pytest.mark.parametrize(
    ("more", "field"),
    [({"tickets": []}, "tickets"), ({"reason": "abc"}, "reason"), ({"reason": "  a c  "}, "reason")],
)
def test_ticket_and_reason_are_asked_for_when_asking(access, settings, more, field):
    """[B5] A missing ticket, or a reason shorter than the flow wants, refuses the request."""
    settings.rules = one_flow(start={"by": ["vendor:*"], "reason": {"min": 4}, "tickets": "required"})

    with no_trace(access, InvalidInput) as refusal:
        ask(access, **({"tickets": ["T-1"]} | more))
    assert field == refusal.value.field


@pytest.mark.parametrize("verb", ["approve", "deny", "withdraw", "preview"])
@pytest.mark.parametrize("tenant", ["acme", "globex"])
def test_a_foreign_request_and_none_look_the_same(access, verb, tenant):
    """[B6] A request of another tenant, and one that never was, are answered by the same words."""
    asked = ask(access)
    ident = "rq_none" if tenant == "acme" else asked.id
    by = Member("m-ana", tenant=tenant, roles={"admin"})
    shown = access.preview("acme", asked.id)
    more = {"digest": shown.digest, "ends_by": shown.ends_at} if verb == "approve" else {}

    with no_trace(access, NotFound) as refusal:
        getattr(access, verb)(tenant, ident, by=by, **more)
    assert f"there is no request {ident} at tenant {tenant}" in str(refusal.value)


@pytest.mark.parametrize("verb", ["approve", "deny", "withdraw"])
def test_no_answer_through_a_grant(access, verb):
    """[B4] From inside a support session nobody approves, denies or withdraws: it has its own error."""
    asked = ask(access)
    shown = access.preview("acme", asked.id)
    more = {"digest": shown.digest, "ends_by": shown.ends_at} if verb == "approve" else {}

    for by in (
        Member("m-ana", tenant="acme", roles={"admin"}, via="gr_9"),
        Agent("a-kim", teams={"support"}, via="gr_9"),
    ):
        with no_trace(access, ActingThroughGrant) as refusal:
            getattr(access, verb)("acme", asked.id, by=by, **more)
        assert ("gr_9", verb) == (refusal.value.via, refusal.value.verb)


def test_no_asking_through_a_grant(access):
    """[B4] From inside a support session nobody asks for more access either."""
    with no_trace(access, ActingThroughGrant):
        ask(access, Agent("a-kim", teams={"support"}, via="gr_9"))


def test_nobody_decides_on_being_let_in_themselves(access):
    """[B4] A person with the id of the agent who asks, or who is to be let in, cannot say yes."""
    twin, double = (Member(ident, tenant="acme", roles={"admin"}) for ident in ("a-kim", "a-lee"))
    asked = ask(access, to=LEE)

    for by in (twin, double):
        with no_trace(access, SelfApproval):
            agree(access, asked, by=by)
    agree(access, asked, by=ANA)


def test_whoever_asked_withdraws_and_nobody_else(access):
    """[B6] Only whoever asked takes a request back: neither the colleague who would be let in, nor an admin."""
    asked = ask(access, to=LEE)
    for by in (LEE, ANA, ZOE):
        with no_trace(access, NotEntitled):
            access.withdraw("acme", asked.id, by=by)

    access.withdraw("acme", asked.id, by=KIM)
    assert ["rules_adopted", "requested", "withdrawn"] == kinds(access)


def test_after_the_yes_it_is_relinquished(access):
    """[B6] Once approved, and be it before the start, nothing is withdrawn any more: the grant is given back."""
    asked = agree(access, ask(access, starts=utc("2027-03-04 09:00")), by=ANA)

    with no_trace(access, AlreadyDecided) as refusal:
        access.withdraw("acme", asked.id, by=KIM)
    assert "relinquished" in str(refusal.value)
    access.relinquish("acme", asked.gave, by=KIM)
    assert Reason.RELINQUISHED is said(access)


def test_a_role_over_the_whole_scope_is_asked_of_an_approver(access):
    """[B2] A role held on one project answers a request for that project, and none that goes further."""
    wide, narrow = (
        ask(access, scope=Scope.only("project:1", "project:2")),
        ask(access, scope=Scope.only("project:1")),
    )

    with no_trace(access, NotEntitled):
        agree(access, wide, by=PAM, scope=Scope.only("project:1"))
    agree(access, narrow, by=PAM)
    assert Reason.ALLOWED is said(access, resource="project:1")


def test_a_role_is_judged_when_deciding(access):
    """[B2] It is the role of today that decides: who was an admin when it was asked, and is none now, cannot."""
    asked = ask(access)
    former = Member("m-ana", tenant="acme", roles={"member"})

    with no_trace(access, NotEntitled):
        agree(access, asked, by=former)
    agree(access, asked, by=Member("m-vic", tenant="acme", roles={"admin"}))


def test_a_members_asking_is_their_yes(access):
    """[M13] A member who may say yes and asks has said yes: it settles a flow of one answer."""
    asked = ask(access, ANA, to=SUPPORT)

    assert ("approved", "m-ana") == (str(asked.settled.how.value), asked.approvals[0].by.id)
    assert ["rules_adopted", "requested", "approved", "granted"] == kinds(access)
    assert Reason.ALLOWED is said(access)


@pytest.mark.parametrize("by", [VIC, System("host"), Member("m-ana", tenant="globex", roles={"admin"})])
def test_whoever_may_not_begin_asks_for_nothing(access, by):
    """[J1] A plain member, the host itself or another tenant's admin asks for nothing by these rules."""
    with no_trace(access, NotEntitled):
        ask(access, by, to=SUPPORT)


def edited(settings, **flow):
    """Edit the flow in the settings."""
    settings.rules = one_flow(**(FLOW | flow), more=MORE)


@pytest.mark.parametrize(
    "flow",
    [
        {"steps": [{"by": ["tenant:admin", "tenant:member"]}]},
        {"steps": [{"by": ["tenant:admin"], "text": "terms-2"}]},
        {"longest": {"elapsed": "P1D"}},
        {"policies": ["read-only"]},
    ],
    ids=["who", "text", "longest", "policies"],
)
def test_the_flow_has_changed_since_it_was_asked(access, settings, flow):
    """[B4] Where the flow was edited after the asking, nobody can say yes any more; saying no still works."""
    first, second, third = ask(access), ask(access), ask(access)
    shown = access.preview("acme", first.id)
    edited(settings, **flow)

    for _ in range(2):
        with no_trace(access, FlowChanged) as refusal:
            access.approve("acme", first.id, by=ANA, digest=shown.digest, ends_by=shown.ends_at)
        assert (first.id, "access") == (refusal.value.id, refusal.value.flow)
    with no_trace(access, FlowChanged):
        access.preview("acme", first.id)
    access.deny("acme", first.id, by=ANA)
    access.withdraw("acme", second.id, by=KIM)
    edited(settings)
    agree(access, third, by=ANA)
    assert Reason.ALLOWED is said(access), "put back as it was, it can be approved again"


def test_the_flow_is_gone(access, settings):
    """[B4] Where the flow is gone, those whom the request awaited can still say no."""
    asked = ask(access)
    settings.rules = one_flow(name="other", steps=[{"by": ["tenant:owner"]}])

    with no_trace(access, FlowChanged):
        access.preview("acme", asked.id)
    access.deny("acme", asked.id, by=ANA)


def test_a_ceiling_lowered_after_the_asking_bites(access, settings):
    """[B2] A ceiling that came after the asking is in what comes of it, and stays when it is lifted again."""
    asked = ask(access, policies=["administrator"])
    settings.rules = one_flow(**FLOW, more=MORE | {"ceilings": {"*": ["read-only"]}})
    agree(access, asked, by=ANA)
    settings.rules = one_flow(**FLOW, more=MORE)

    assert (Reason.ALLOWED, Reason.OVER_CEILING) == (said(access), said(access, action="board:update"))


def test_a_policy_redefined_after_the_asking_gives_no_more(access, settings):
    """[B2] A policy that was widened between the asking and the yes gives what was asked for, and no more."""

    def helping(*actions):
        policy = {"help": [{"effect": "allow", "action": list(actions), "resource": ["*"]}]}
        return one_flow(policies=["help"], more={"policies": policy})

    settings.rules = helping("board:read")
    asked = ask(access)
    shown = str(access.preview("acme", asked.id))
    settings.rules = helping("board:read", "board:delete")

    assert shown == str(access.preview("acme", asked.id))
    agree(access, asked, by=ANA)
    assert (Reason.ALLOWED, False) == (said(access), access.authorize(KIM, "acme", "board:delete").allowed)


@pytest.mark.parametrize("agent", [None, "a-kim"])
def test_a_freeze_blocks_asking_and_yes_and_never_a_no(access, agent):
    """[B7] While the tenant, or the agent there, is frozen, nobody asks or says yes; saying no and taking back work."""
    first, second, third = ask(access), ask(access), ask(access)
    access.freeze("acme", by=ANA, agent=agent)

    with no_trace(access, TenantFrozen):
        ask(access)
    with no_trace(access, TenantFrozen):
        agree(access, first, by=ANA)
    access.deny("acme", first.id, by=ANA)
    access.withdraw("acme", second.id, by=KIM)

    access.unfreeze("acme", by=ANA, agent=agent)
    agree(access, third, by=ANA)
    assert Reason.ALLOWED is said(access)


def test_the_freeze_of_one_agent_leaves_others_asking(access):
    """[B7] The freeze of one agent blocks no other agent's request."""
    access.freeze("acme", by=ANA, agent="a-kim")
    agree(access, ask(access, LEE), by=ANA)

    assert (Reason.ALLOWED, Reason.FROZEN) == (said(access, LEE), said(access))
    with no_trace(access, TenantFrozen):
        ask(access, KIM, to=LEE)


def test_a_request_runs_on_while_frozen(access, clock):
    """[B7] Clocks run while it is frozen: a request that lapses meanwhile has lapsed."""
    asked = ask(access)
    access.freeze("acme", by=ANA)
    clock.advance(days=7)
    access.unfreeze("acme", by=ANA)

    with no_trace(access, RequestLapsed):
        agree(access, asked, by=ANA)


def test_a_clock_behind_the_record_says_no_yes(access, clock):
    """[B1] While the clock reads earlier than the record, nobody asks or says yes; a no still works."""
    first, second = ask(access), ask(access)
    shown = access.preview("acme", first.id)
    clock.set("2027-03-03T11:58:59Z")

    with no_trace(access, ClockBehind):
        ask(access)
    with no_trace(access, ClockBehind):
        access.approve("acme", first.id, by=ANA, digest=shown.digest, ends_by=shown.ends_at)
    access.deny("acme", first.id, by=ANA)
    access.withdraw("acme", second.id, by=KIM)


def test_eligibility_is_asked_when_asking_and_when_saying_yes(store, clock):
    """[B11] A host's predicate is asked on the request and on the yes, and an error in it is a no."""
    answers = [False, True, False, True]

    def staff(grantee, tenant):
        assert ("a-kim", "acme") == (grantee.id, tenant)
        return answers.pop(0)

    access = SupportAccess(
        store, rules=one_flow(more={"eligible": ["staff"]}), clock=clock, predicates={"staff": staff}
    )
    with no_trace(access, NotEligible) as refusal:
        ask(access)
    assert "staff" == refusal.value.predicate
    asked = ask(access)
    with no_trace(access, NotEligible):
        agree(access, asked, by=ANA)
    agree(access, asked, by=ANA)
    assert ([], Reason.ALLOWED) == (answers, said(access))


def test_a_domain_is_asked_of_a_request(access, settings):
    """[B11] An agent from outside the vendor's domain is refused already when asking."""
    settings.rules = one_flow(more={"eligible": ["domain:vendor.example"]})

    for ident in ("kim", "kim@vendor.example.evil", "kim@sub.vendor.example"):
        with no_trace(access, NotEligible):
            ask(access, Agent(ident, teams={"support"}))
    assert "kim@vendor.example" == ask(access, Agent("kim@vendor.example", teams={"support"})).holder.id


def test_one_live_grant_where_the_flow_says_so(access, settings, clock):
    """[P6] Where a flow allows one live grant, a yes that would make a second is refused, until the first is over."""
    settings.rules = one_flow(**FLOW, single=True, more=MORE)
    first, second = ask(access), ask(access)
    agree(access, first, by=ANA)

    with no_trace(access, IllegalTransition):
        agree(access, second, by=ANA)
    clock.advance(hours=8)
    agree(access, second, by=ANA)
    assert ["expired", "live"] == [str(each.state) for each in access.grants("acme")]


@pytest.mark.parametrize("to", [SUPPORT, None], ids=["named", "the-first-choice"])
def test_a_members_asking_makes_no_second_live_grant(access, settings, to):
    """[P6] Where a flow allows one live grant, a member who asks anew, named team or not, makes no second one."""
    settings.rules = one_flow(to=["team:support"], single=True)
    ask(access, ANA, to=to)

    with no_trace(access, IllegalTransition):
        ask(access, BEN, to=to)
    assert 1 == len(access.grants("acme", states=["live"]))


class AllRights:
    """A host whose members may do everything."""

    def may(self, member, action, resource):
        return True


def acting(store, clock, *offers, rights=None):
    """Return an access whose flow lets agents act as members."""
    return SupportAccess(store, rules=one_flow(act_as=list(offers)), clock=clock, member_rights=rights)


def test_a_request_names_the_member_to_act_as(store, clock):
    """[B10] A request names the member whom the agent would act as, the preview says so, and nothing else is opened."""
    access = acting(store, clock, "none", "any", rights=AllRights())
    asked = ask(access, act_as="m-vic")
    assert "acting as member m-vic" in str(access.preview("acme", asked.id))
    agree(access, asked, by=ANA)

    decision = access.authorize(KIM, "acme", "board:read", act_as="m-vic")
    assert (Reason.ALLOWED, "m-vic", KIM) == (decision.reason, decision.act_as, decision.agent)
    for other in (None, "m-ana"):
        assert Reason.NO_GRANT is access.authorize(KIM, "acme", "board:read", act_as=other).reason


def test_acting_as_oneself_only_is_consented_to_by_that_member(store, clock):
    """[B10] Where a flow offers acting as oneself only, that very member must say yes, and no other admin can."""
    access = acting(store, clock, "none", "self", rights=AllRights())
    asked = ask(access, act_as="m-ben")

    with no_trace(access, NotEntitled) as refusal:
        agree(access, asked, by=ANA)
    assert ("member m-ben",) == refusal.value.needs
    agree(access, asked, by=BEN)
    assert Reason.ALLOWED is access.authorize(KIM, "acme", "board:read", act_as="m-ben").reason


def test_without_member_rights_nobody_is_acted_as(store, clock):
    """[B10] Where the host does not say what members may do, acting as one cannot be asked for."""
    access = acting(store, clock, "none", "any")

    with no_trace(access, NotOffered) as refusal:
        ask(access, act_as="m-vic")
    assert "act_as" == refusal.value.field


def test_a_request_by_key_is_asked_once(access, clock):
    """[J3] Asked again with the same key it is the same request, as it stands now; with other words it is refused."""
    asked = ask(access, key="k-1")
    clock.advance(hours=1)
    assert asked == ask(access, key="k-1")
    with no_trace(access, IdempotencyMismatch):
        ask(access, key="k-1", reason="Something else")
    assert LEE.id == ask(access, LEE, key="k-1").by.id, "a key is its actor's own"

    agree(access, asked, by=ANA)
    again = ask(access, key="k-1")
    assert ("approved", 2) == (str(again.settled.how.value), len(access.requests("acme")))


def test_a_replay_is_no_decision(access):
    """[J7] A replay of a denied request gives the denied request back, and lets nobody in."""
    asked = ask(access, key="k-1")
    access.deny("acme", asked.id, by=ANA)

    again = ask(access, key="k-1")
    assert ("denied", None) == (str(again.settled.how.value), again.gave)
    assert Reason.NO_GRANT is said(access)


@pytest.mark.parametrize(
    ("more", "error", "field"),
    [
        ({"ends": None}, InvalidInput, "ends"),
        ({"reason": " "}, InvalidInput, "reason"),
        ({"policies": ["nothing-known"]}, InvalidInput, "policies"),
        ({"scope": Scope.only(*(f"project:{n}" for n in range(21)))}, NotOffered, "scope"),
        ({"category": "bug"}, InvalidInput, "category"),
        ({"flow": "backdoor"}, InvalidInput, "flow"),
    ],
    ids=["no-end", "no-reason", "unknown-policy", "too-many-places", "category", "unknown-flow"],
)
def test_what_could_not_be_granted_cannot_be_asked_for(access, more, error, field):
    """[J1] What no yes could give is refused already when asking, by the name of what is wrong."""
    with no_trace(access, error) as refusal:
        ask(access, **more)
    assert field == refusal.value.field


def test_an_end_past_the_cap_cannot_be_asked_for(access):
    """[J1] An end that lies past the flow's longest is refused already when asking."""
    with no_trace(access, CapExceeded):
        ask(access, ends=Elapsed(days=30, seconds=1))
    assert Elapsed(days=30) == ask(access, ends=Elapsed(days=30)).ask.terms[0]


def test_a_term_that_is_not_on_offer_is_not_to_be_had_by_narrowing(access, settings):
    """[B2] An approver may choose any earlier end, but a flow that is asked for a day offers no shorter request."""
    settings.rules = one_flow(ends=[{"elapsed": "P1D"}])
    with no_trace(access, TermNotOffered):
        ask(access, ends=HOURS)
    asked = ask(access, ends=None)

    agree(access, asked, by=ANA, ends=HOURS)
    assert utc("2027-03-03 20:00") == the_grant(access).ends_at
