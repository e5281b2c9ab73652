"""Asking, pure: what a request keeps, whose asking counts as a yes, and who may not ask."""

import attrs
import pytest

from grantkit import Agent, Elapsed, Instant, Member, OpenEnded, Scope
from grantkit.errors import CapExceeded, GrantkitError, IllegalTransition
from grantkit.inputs import LATEST
from grantkit.model import Freeze, Settling, Stance
from unit.lifecycle.asked import CY, FOUR, LEAD, SETTING, TWO_MEMBERS, TWO_SIDES, world
from unit.making import ANA, BEN, GUS, HOUR, KIM, NOW, SUPPORT, SWEEP, TICK, a_grant

FREEZE = Freeze(by=ANA, at=NOW, seq=1)


def code(call):
    with pytest.raises(GrantkitError) as caught:
        call()
    return caught.value.code


def test_agent_asks_for_itself_and_nothing_is_given():
    """An agent who names nobody asks for itself; the request keeps the term, awaits its first step, gives nothing."""
    found = world().request()
    asked = found.asked
    assert (KIM.holders[0], (FOUR,), None) == (asked.holder, asked.ask.terms, asked.ask.starts)
    assert (("tenant:admin",), 1, 0, None, None) == (
        asked.awaits,
        asked.needs,
        asked.step,
        asked.settled,
        asked.gave,
    )
    assert (NOW + 7 * 24 * HOUR, None) == (asked.lapses_at, asked.by.name)
    assert {} == dict(found.slice_.grants)


def test_concrete_team_of_the_flow_is_asked_for():
    """Where the flow's first choice is a team that it names, that team is asked for."""
    assert SUPPORT.holder == world({"to": ["team:support"]}).request().asked.holder
    assert SUPPORT.holder == world().request(to=SUPPORT).asked.holder


def test_approver_who_asks_has_approved():
    """A tenant starter's asking counts as their approval, and settles a flow of one answer."""
    found = world().request(ANA, to=SUPPORT)
    assert (Settling.APPROVED, "gr_9") == (found.asked.settled.how, found.asked.gave)
    assert ["m-ana"] == [each.by.id for each in found.slice_.grants["gr_9"].approvals]


def test_asking_of_an_agent_is_no_approval():
    """A vendor starter's asking never counts, also where the vendor has a step."""
    asked = world({"steps": [{"by": ["vendor:lead"]}, {"by": ["tenant:admin"]}]}).request(LEAD).asked
    assert ((), None, 1) == (asked.approvals, asked.beforehand, asked.needs)


def test_asking_is_one_answer_of_two():
    """Where a step takes two answers, the asker's is one of them."""
    asked = world(TWO_MEMBERS).request(ANA, to=SUPPORT).asked
    assert (["m-ana"], 1, None) == ([each.by.id for each in asked.approvals], asked.needs, asked.settled)


def test_asking_counts_when_its_step_opens():
    """An asker who may answer a later step has answered it when it opens, and not before."""
    vendor_first = {"steps": [{"by": ["vendor:lead"]}, {"by": ["tenant:admin"]}]}
    found = world(vendor_first).request(ANA, to=SUPPORT)
    assert ((), "tenant:admin") == (found.asked.approvals, found.asked.beforehand.selector)
    given = found.approve(LEAD)
    assert ["a-lead", "m-ana"] == [each.by.id for each in given.asked.approvals]
    assert "gr_9" == given.asked.gave


def test_member_who_may_begin_and_answer_nothing_has_not_approved():
    """Whoever may only begin has answered nothing."""
    assert None is world({"start": {"by": ["tenant:*"]}}).request(BEN, to=SUPPORT).asked.beforehand


def test_word_is_asked_of_whom_asking_counts_for():
    """A step's typed word is asked of a starter whose asking is the answer, and of nobody else."""
    flow = world({"steps": [{"by": ["tenant:admin"], "word": "Go"}]})
    assert "confirmation_mismatch" == code(lambda: flow.request(ANA, to=SUPPORT))
    assert "Go" == flow.request(ANA, to=SUPPORT, word="Go").asked.approvals[0].word
    assert None is flow.request(KIM).asked.settled


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (SWEEP, "not_entitled"),
        (GUS, "not_entitled"),
        (BEN, "not_entitled"),
        (attrs.evolve(KIM, via="gr_1"), "acting_through_grant"),
    ],
    ids=["system", "foreign", "no_role", "through"],
)
def test_who_may_not_ask(by, expected):
    """A job, a member of another tenant, one without a role, and a support session ask for nothing."""
    assert expected == code(lambda: world().request(by))


def test_frozen_agent_asks_for_nobody():
    """An agent whom the tenant has frozen cannot ask, for another agent either."""
    found = world()
    stances = {"a-kim": Stance(agent="a-kim", freeze=FREEZE)}
    frozen = attrs.evolve(found, slice_=attrs.evolve(found.slice_, stances=stances))
    assert "tenant_frozen" == code(lambda: frozen.request(KIM, to=LEAD))
    assert LEAD.holders[0] == frozen.request(LEAD).asked.holder


def test_relations_that_may_begin():
    """Of relations, consenters begin nothing where nothing is rested on."""
    assert "not_entitled" == code(lambda: world({"start": {"by": ["consenters"]}}).request(ANA))


@pytest.mark.parametrize(
    ("late", "settles"), [(-TICK, False), (0 * TICK, True), (TICK, True)], ids=["before", "at", "after"]
)
def test_step_lapses_at_its_very_instant(late, settles):
    """An answer a microsecond before the lapse counts; at the instant itself it is too late."""
    found = world({"steps": [{"by": ["tenant:admin"], "within": "PT1H"}]}).request()
    if settles:
        assert "request_lapsed" == code(lambda: found.deny(now=NOW + HOUR + late))
    else:
        assert Settling.DENIED is found.deny(now=NOW + HOUR + late).asked.settled.how


def test_next_step_has_its_own_time():
    """A step lapses counted from its own opening."""
    opened = world(TWO_SIDES).request().approve(now=NOW + 2 * HOUR)
    assert (1, ("vendor:lead",), NOW + 3 * HOUR) == (
        opened.asked.step,
        opened.asked.awaits,
        opened.asked.lapses_at,
    )


@pytest.mark.parametrize("year", [8999, 9000], ids=["last_year", "end_of_time"])
def test_lapse_stays_within_the_range_of_instants(year):
    """A lapse that would leave the range of instants is its last one."""
    now = NOW.replace(year=8999) if year == 8999 else LATEST - HOUR
    found = world({"steps": [{"by": ["tenant:admin"], "within": "P366000D"}]})
    short = found.request(now=now, ends=Elapsed(minutes=2))
    assert LATEST == short.asked.lapses_at


def test_span_counts_from_the_last_approval():
    """Asked for four hours, approved an hour later: four hours from then."""
    given = world().request().approve(now=NOW + HOUR).slice_.grants["gr_9"]
    assert (NOW + HOUR, NOW + 5 * HOUR) == (given.starts_at, given.ends_at)


def test_start_that_lies_ahead_is_kept_and_one_that_has_passed_is_now():
    """The start is the later of the one asked for and the last approval; the span counts from the one asked for."""
    found = world({"ahead": "P1D"}).request(starts=NOW + 2 * HOUR)
    early, late = (found.approve(now=NOW + n * HOUR).slice_.grants["gr_9"] for n in (1, 3))
    assert (NOW + 2 * HOUR, NOW + 6 * HOUR) == (early.starts_at, early.ends_at)
    assert (NOW + 3 * HOUR, NOW + 6 * HOUR) == (late.starts_at, late.ends_at)


@pytest.mark.parametrize(("early", "given"), [(TICK, True), (0 * TICK, False)], ids=["before", "at"])
def test_end_that_has_passed_gives_nothing(early, given):
    """An instant that was asked for is past at the instant itself: then nothing can be given."""
    found = world().request(ends=Instant(NOW + HOUR))
    now = NOW + HOUR - early
    if given:
        assert NOW + HOUR == found.approve(now=now).slice_.grants["gr_9"].ends_at
    else:
        with pytest.raises(IllegalTransition, match="asked anew"):
            found.preview(now=now)


def test_open_end_is_capped_and_kept_open_without_a_cap():
    """An open end comes to the flow's longest, or to none where there is none."""
    open_ended = {"ends": ["open_ended"]}
    assert NOW + 720 * HOUR == world(open_ended).request(ends=OpenEnded()).preview().ends_at
    uncapped = world({**open_ended, "longest": "open_ended"}).request(ends=OpenEnded())
    assert OpenEnded() == uncapped.approve().slice_.grants["gr_9"].ends_at


def test_single_flow_gives_no_second_grant_for_a_request():
    """A request that would double a grant of a flow that allows one can be denied, and not approved."""
    found = world({"single": True}).request(to=SUPPORT)
    there = a_grant("gr_0", window=a_grant().window.ending(NOW + 9 * HOUR))
    doubled = attrs.evolve(found, slice_=attrs.evolve(found.slice_, grants={"gr_0": there}))
    with pytest.raises(IllegalTransition, match="deny it"):
        doubled.approve()
    assert "gr_9" == found.approve().asked.gave


def test_request_of_a_consent_flow_gives_a_consent():
    """A flow that yields a consent makes a consent of its last approval."""
    found = world({"yields": "consent"}).request().approve()
    assert ("co_9", {}) == (found.asked.gave, dict(found.slice_.grants))
    assert "rq_9" == found.slice_.consents["co_9"].request


def test_ceilings_of_the_day_of_approval_are_pinned_too():
    """What bounds at the last approval is pinned beside what bounded when it was asked, each once."""
    before = world(ceilings={"*": ["read-only"]}).request()
    after = world(
        ceilings={"*": ["administrator"]},
    )
    same = before.approve().slice_.grants["gr_9"].layers
    both = attrs.evolve(before, rules=after.rules).approve().slice_.grants["gr_9"].layers
    assert [("consented", 1), ("ceiling", 1)] == [(each.kind, len(each.policies)) for each in same]
    assert ["read-only", "read-only", "administrator"] == [min(each.names) for each in both]


def test_team_and_scope_are_kept():
    """In whose capacity, and where, stand in the grant as they were asked for."""
    flow = {"to": ["agent:support"], "scope": {"tenant": False, "resources": ["project:*"]}}
    given = world(flow).request(scope=Scope.only("project:1")).approve().slice_.grants["gr_9"]
    assert ("support", Scope.only("project:1")) == (given.as_team, given.scope)


def test_end_past_the_longest_is_refused_when_it_is_asked_for():
    """More than the longest cannot be asked for."""
    with pytest.raises(CapExceeded):
        world().request(ends=Elapsed(days=31))


def test_id_is_the_one_that_the_host_gave():
    """A request and what comes of it have the ids that the host made."""
    setting = attrs.evolve(SETTING, grant_id="gr_7")
    assert "gr_7" == world().request().approve(setting=setting).asked.gave


def test_nobody_asks_for_a_member_of_the_other_side_of_the_same_id():
    """A member whose id is that of the agent asked for is refused: ids are compared across sides."""
    twin = Member("a-kim", tenant="acme", roles={"admin"})
    assert "self_approval" == code(lambda: world().request(twin, to=KIM))
    assert "self_approval" == code(lambda: world().request(KIM).approve(twin))
    assert "self_approval" == code(lambda: world().request(CY, to=Agent("m-cy")))
