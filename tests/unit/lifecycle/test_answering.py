"""Answering, pure: who may, in which order refusals come, how far an approver may narrow, what settles."""

import attrs
import pytest

from grantkit import AccessRules, Agent, Elapsed, Instant, Member, OpenEnded, Scope, Soonest
from grantkit.errors import (
    AlreadyAnswered,
    AlreadyDecided,
    ExceedsRequest,
    FlowChanged,
    GrantkitError,
    InvalidInput,
    RequestLapsed,
)
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import ApproveIntent, RequestState, approve, request_state_of
from grantkit.lifecycle.request_states import ANSWERS, answer_happens
from grantkit.model import Freeze, Settling, Stance
from unit.lifecycle.asked import CY, LEAD, SETTING, TWO_MEMBERS, TWO_SIDES, world
from unit.making import ANA, BEN, GUS, HOUR, KIM, NOW, SUPPORT, SWEEP, TICK, act

FREEZE = Freeze(by=ANA, at=NOW, seq=1)
TWO_POLICIES = {"policies": ["read-only", "administrator"]}
BOTH = ("administrator", "read-only")
TWIN = Member("m-ana", tenant="globex", roles={"admin"})


def refusal(call):
    with pytest.raises(GrantkitError) as caught:
        call()
    error = caught.value
    return (error.field, error.code) if isinstance(error, InvalidInput) else error.code


def test_last_yes_settles_and_gives():
    """A yes that is the last one settles the request, and what it gave names it."""
    found = world().request().approve()
    assert (Settling.APPROVED, "gr_9", 0) == (found.asked.settled.how, found.asked.gave, found.asked.needs)
    assert "rq_9" == found.slice_.grants["gr_9"].request


def test_approval_keeps_what_was_shown():
    """An approval keeps the digest of the terms, the end that was shown, channel, reference and digest of the text."""
    flow = {"steps": [{"by": ["tenant:admin"], "channels": ["email"], "text": "v1", "word": "Go"}]}
    found = world(flow).request()
    shown = found.preview()
    said = found.approve(reference="mail-7", word="Go", text_digest="d" * 64).asked.approvals[0]
    assert (shown.digest, shown.ends_at, "email", "mail-7") == (
        said.digest,
        said.ends_by,
        said.channel,
        said.reference,
    )
    assert ("v1", "d" * 64, "Go", "tenant:admin") == (said.text, said.text_digest, said.word, said.selector)


STARTED = world().request()
DENIED = STARTED.deny()
OTHER_FLOW = world({"policies": ["administrator"]})


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (attrs.evolve(ANA, via="gr_1"), "acting_through_grant"),
        (TWIN, "not_found"),
        (GUS, "not_found"),
        (BEN, "not_entitled"),
        (LEAD, "not_entitled"),
        (SWEEP, "not_entitled"),
        (KIM, "not_entitled"),
    ],
    ids=["through", "namesake", "foreign", "no_role", "other_agent", "system", "asker"],
)
@pytest.mark.parametrize("verb", ["approve", "deny"])
@pytest.mark.parametrize("found", [STARTED, DENIED], ids=["pending", "denied"])
def test_whoever_may_answer_nothing_learns_nothing(found, verb, by, expected):
    """Whoever may answer no step is refused alike, whatever became of the request; a foreigner finds none."""
    shown = {} if verb == "deny" else {"digest": "d", "ends_by": NOW + HOUR}
    assert expected == refusal(lambda: getattr(found, verb)(by, **shown))


@pytest.mark.parametrize("by", [attrs.evolve(KIM, via="gr_1"), ANA, LEAD, SWEEP], ids=str)
def test_only_whoever_asked_withdraws(by):
    """Nobody else takes a request back, whatever became of it."""
    expected = "acting_through_grant" if by.via else "not_entitled"
    assert expected == refusal(lambda: STARTED.withdraw(by)) == refusal(lambda: DENIED.withdraw(by))
    assert Settling.WITHDRAWN is STARTED.withdraw(KIM).asked.settled.how


def test_namesake_of_another_tenant_withdraws_nothing():
    """A member of another tenant with the id of whoever asked finds no such request."""
    found = world({"start": {"by": ["tenant:*"]}}).request(BEN, to=SUPPORT)
    assert "not_found" == refusal(lambda: found.withdraw(Member("m-ben", tenant="globex")))
    assert "not_entitled" == refusal(lambda: found.withdraw(Agent("m-ben")))
    assert "m-ben" == found.withdraw(BEN).asked.settled.by.id


@pytest.mark.parametrize("verb", ["approve", "deny", "withdraw", "sweep"])
def test_absent_request_is_not_found(verb):
    """A request that is not there is not found."""
    nothing = {"digest": "d", "ends_by": NOW} if verb == "approve" else {}
    assert "not_found" == refusal(lambda: getattr(world(), verb)(**nothing))


def test_agent_from_whom_the_tenant_is_hidden_finds_no_request():
    """An agent outside the rules' view finds no request, but their own."""
    found = world(view={"status": ["tenant:*"], "history": ["approvers"]}).request()
    assert "not_found" == refusal(lambda: found.deny(LEAD))
    assert "not_entitled" == refusal(lambda: found.deny(KIM))


def test_refusals_come_in_their_order():
    """Of several reasons the first is told: settled, changed, entitled, own, twice, frozen, digest."""
    wrong = {"digest": "d" * 64, "ends_by": NOW + HOUR}
    changed = attrs.evolve(STARTED, rules=OTHER_FLOW.rules)
    twin = Member("a-kim", tenant="acme", roles={"admin"})
    frozen = attrs.evolve(
        STARTED, slice_=attrs.evolve(STARTED.slice_, head=attrs.evolve(STARTED.slice_.head, freeze=FREEZE))
    )
    assert "already_decided" == refusal(lambda: attrs.evolve(DENIED, rules=OTHER_FLOW.rules).approve(**wrong))
    assert "flow_changed" == refusal(lambda: changed.approve(twin, **wrong))
    assert "self_approval" == refusal(lambda: frozen.approve(twin, **wrong))
    assert "tenant_frozen" == refusal(lambda: frozen.approve(**wrong))
    assert "digest_mismatch" == refusal(lambda: STARTED.approve(policies=(), **wrong))
    assert Settling.DENIED is frozen.deny().asked.settled.how


def test_flow_that_is_gone_can_be_denied_by_whom_the_request_awaits():
    """A request whose flow is gone is approved no more; whoever it awaited can deny it."""
    gone = attrs.evolve(STARTED, rules=AccessRules.from_data({"flows": {"other": {}}}))
    with pytest.raises(FlowChanged):
        gone.preview()
    assert Settling.DENIED is gone.deny().asked.settled.how
    assert Settling.WITHDRAWN is gone.withdraw().asked.settled.how


def test_one_person_counts_once():
    """Whoever has answered one step cannot answer again, in another step either."""
    found = world(TWO_MEMBERS).request().approve()
    with pytest.raises(AlreadyAnswered):
        found.approve()
    assert "gr_9" == found.approve(CY).asked.gave


def test_holder_of_the_open_step_only():
    """Whoever may answer another step than the open one cannot approve yet, and can deny at any time."""
    found = world(TWO_SIDES).request()
    assert "not_entitled" == refusal(lambda: found.approve(LEAD))
    assert Settling.DENIED is found.deny(LEAD).asked.settled.how
    assert Settling.DENIED is found.approve().deny(ANA).asked.settled.how


def test_frozen_agent_decides_nothing():
    """An agent whom the tenant has frozen cannot approve a vendor step."""
    found = world(TWO_SIDES).request().approve()
    stances = {**found.slice_.stances, "a-lead": Stance(agent="a-lead", freeze=FREEZE)}
    frozen = attrs.evolve(found, slice_=attrs.evolve(found.slice_, stances=FrozenMap(stances)))
    assert "tenant_frozen" == refusal(lambda: frozen.approve(LEAD))
    assert "gr_9" == found.approve(LEAD).asked.gave


def test_digest_binds_the_request_and_the_terms():
    """The digest of one request is none of another, and narrowing makes a new one."""
    found = world(TWO_MEMBERS | TWO_POLICIES).request(policies=BOTH)
    moved = found.change(id="rq_9x")
    first = found.preview().digest
    narrowed = found.approve(policies=("read-only",))
    assert 3 == len({first, moved.preview().digest, narrowed.preview().digest})
    assert "digest_mismatch" == refusal(lambda: narrowed.approve(CY, digest=first, ends_by=NOW + 4 * HOUR))
    assert first == found.approve().preview().digest


def test_policies_are_dropped_one_by_one():
    """Each narrowing adds a layer; what one approver dropped, the next cannot have back; the last cannot be dropped."""
    three = {"steps": [{"by": ["tenant:admin"], "count": 2}], **TWO_POLICIES}
    found = world(three).request(policies=BOTH)
    less = found.approve(policies=("read-only",))
    assert (("read-only",), ["consented", "narrowed"]) == (
        less.asked.policies,
        [each.kind for each in less.asked.ask.layers],
    )
    with pytest.raises(ExceedsRequest):
        less.approve(CY, policies=BOTH)
    assert ("policies", "blank") == refusal(lambda: less.approve(CY, policies=()))
    assert ("read-only",) == less.approve(CY, policies=("read-only",)).slice_.grants["gr_9"].policies
    assert 2 == len(less.approve(CY, policies=("read-only",)).asked.ask.layers)


def test_scope_is_narrowed_and_never_widened():
    """Less of the scope is a narrowing; anything beyond it is refused."""
    found = world().request(scope=Scope.only("project:1", "project:2"))
    less = found.approve(scope=Scope.only("project:1"))
    assert Scope.only("project:1") == less.slice_.grants["gr_9"].scope
    for more in (Scope.whole(), Scope.only("project:1", "project:3")):
        with pytest.raises(ExceedsRequest):
            found.approve(scope=more)
    assert Scope.only("board:1") == world().request().approve(scope=Scope.only("board:1")).asked.scope


def test_end_is_shortened_and_never_lengthened():
    """An approver may choose an earlier end, and none a microsecond later than the one that was shown."""
    found = world().request()
    shown = NOW + 4 * HOUR
    assert NOW + HOUR == found.approve(ends=Elapsed(hours=1)).slice_.grants["gr_9"].ends_at
    assert shown == found.approve(ends=Instant(shown)).slice_.grants["gr_9"].ends_at
    assert shown - TICK == found.approve(ends=Instant(shown - TICK)).slice_.grants["gr_9"].ends_at
    assert NOW + HOUR / 60 == found.approve(ends=Soonest()).slice_.grants["gr_9"].ends_at
    for later in (Instant(shown + TICK), OpenEnded()):
        with pytest.raises(ExceedsRequest):
            found.approve(ends=later)


@pytest.mark.parametrize("passed", [NOW, NOW - TICK], ids=["now", "before"])
def test_end_that_has_passed_is_no_yes(passed):
    """An end that lies at the very instant of approval, or before, gives nothing: neither as shown, nor as chosen."""
    digest = STARTED.preview().digest
    assert ("ends_by", "out_of_range") == refusal(lambda: STARTED.approve(digest=digest, ends_by=passed))
    assert ("ends", "empty_window") == refusal(lambda: STARTED.approve(ends=Instant(passed)))
    assert NOW + TICK == STARTED.approve(digest=digest, ends_by=NOW + TICK).slice_.grants["gr_9"].ends_at


def test_earliest_end_shown_binds():
    """A later approval never yields a later end than any approver was shown."""
    first = world(TWO_MEMBERS).request().approve()
    later = first.approve(CY, now=NOW + HOUR)
    assert (NOW + 4 * HOUR, NOW + 4 * HOUR) == (
        first.preview(now=NOW + HOUR).ends_at,
        later.slice_.grants["gr_9"].ends_at,
    )


def test_open_end_shown_binds_nothing():
    """Where no end was shown, the terms alone bind."""
    found = world({"ends": ["open_ended"], "longest": "open_ended"}).request(ends=OpenEnded())
    assert OpenEnded() == found.preview().ends_at == found.approve().slice_.grants["gr_9"].ends_at
    assert NOW + HOUR == found.approve(ends=Elapsed(hours=1)).slice_.grants["gr_9"].ends_at


def test_preview_that_was_agreed_to_is_kept_as_shown():
    """The words of the preview are sealed as they were shown, with the start that lies ahead."""
    found = world({"ahead": "P1D"}).request(starts=NOW + HOUR)
    shown = found.preview()
    nothing = dict.fromkeys(attrs.fields_dict(ApproveIntent))
    intent = ApproveIntent(
        **{**nothing, "request_id": "rq_9", "digest": shown.digest, "ends_by": shown.ends_at}
    )
    made = approve(found.slice_, act(ANA, found.rules), intent, setting=SETTING)
    assert str(shown) == made.bodies[0].said
    assert "From: 2027-03-03 13:00 UTC" in made.bodies[0].said


def test_acting_as_oneself_is_approved_by_that_member():
    """Where a flow offers acting as oneself only, the member to be acted as must say yes; any lets another."""
    own = world({"act_as": ["none", "self"]}).request(act_as="m-ana")
    assert "not_entitled" == refusal(lambda: own.approve(CY))
    assert "m-ana" == own.approve(ANA).slice_.grants["gr_9"].act_as
    assert (
        "m-ana" == world({"act_as": ["any"]}).request(act_as="m-ana").approve(CY).slice_.grants["gr_9"].act_as
    )
    sides = world({**TWO_SIDES, "act_as": ["none", "self"]}).request(act_as="m-ana").approve(ANA)
    assert "gr_9" == sides.approve(LEAD).asked.gave


def test_eligibility_is_judged_when_deciding():
    """A predicate that holds no more at the approval refuses it."""
    found = world(eligible=["domain:vendor.example"])
    asked = found.request(Agent("kim@vendor.example"))
    changed = asked.rules.from_data({**asked.rules.to_data(), "eligible": ["domain:other.example"]})
    assert "gr_9" == asked.approve().asked.gave
    assert "not_eligible" == refusal(lambda: attrs.evolve(asked, rules=changed).approve())
    team = world(eligible=["known"])
    yes = attrs.evolve(SETTING, predicates={"known": lambda grantee, tenant: grantee == SUPPORT})
    assert "gr_9" == team.request(to=SUPPORT, setting=yes).approve(setting=yes).asked.gave


@pytest.mark.parametrize("pair", list(ANSWERS), ids=lambda pair: "-".join(map(str, pair)))
def test_table_of_answers_is_whole(pair):
    """Every state and every answer stands in the one table."""
    states, answers = {each for each, _ in ANSWERS}, {each for _, each in ANSWERS}
    assert set(RequestState) == states
    assert len(states) * len(answers) == len(ANSWERS)
    assert pair in ANSWERS


@pytest.mark.parametrize("tick", [-TICK, 0 * TICK, TICK], ids=["before", "at", "after"])
def test_lapse_is_judged_to_the_microsecond_by_clock_and_record(tick):
    """A request lapses at the very instant, by the later of the clock and the record."""
    at = NOW + 168 * HOUR
    expected = RequestState.PENDING if tick < 0 * TICK else RequestState.LAPSED
    seen = attrs.evolve(STARTED.slice_, head=attrs.evolve(STARTED.slice_.head, seen_at=at + tick))
    assert expected is request_state_of(STARTED.slice_, STARTED.asked, at + tick)
    assert expected is request_state_of(seen, STARTED.asked, NOW)


def test_lapse_is_recorded_once_and_not_before_its_time():
    """A sweep records nothing of a pending request, the lapse of a late one once, and nothing of a settled one."""
    at = NOW + 168 * HOUR
    lapsed = STARTED.sweep(now=at)
    assert None is STARTED.sweep(now=at - TICK).asked.settled
    assert Settling.LAPSED is lapsed.asked.settled.how
    assert lapsed.asked == lapsed.sweep(now=at).asked
    assert DENIED.asked == DENIED.sweep(now=at).asked
    with pytest.raises(RequestLapsed):
        lapsed.deny(now=at)


def test_cut_off_request_is_recorded_as_such_when_its_time_has_come():
    """What a cut-off ended is decided for good, and is recorded as cut off when it would have lapsed."""
    head = attrs.evolve(STARTED.slice_.head, cut_off=9)
    cut = attrs.evolve(STARTED, slice_=attrs.evolve(STARTED.slice_, head=head))
    with pytest.raises(AlreadyDecided, match="cut_off"):
        cut.deny()
    assert None is cut.sweep().asked.settled
    assert Settling.CUT_OFF is cut.sweep(now=NOW + 168 * HOUR).asked.settled.how


def test_lapse_without_an_instant_is_a_decision():
    """A record that says lapsed of a request without a time is told as decided, since there is no time to tell."""
    lapsed = STARTED.sweep(now=NOW + 168 * HOUR).change(lapses_at=OpenEnded())
    with pytest.raises(AlreadyDecided):
        answer_happens(lapsed.slice_, act(), lapsed.asked, "deny")


def test_step_without_a_time_never_lapses():
    """A request of an open lapse is pending in a thousand years."""
    found = STARTED.change(lapses_at=OpenEnded())
    assert RequestState.PENDING is request_state_of(found.slice_, found.asked, NOW.replace(year=8999))
    assert None is found.sweep(now=NOW.replace(year=8999)).asked.settled
