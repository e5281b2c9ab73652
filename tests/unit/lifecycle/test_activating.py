"""Activating, pure: only under a live consent, never wider, longer or for others, and nobody outside learns of it."""

import attrs
import pytest

from grantkit import Agent, Elapsed, Scope, Team
from grantkit.errors import ConsentMissing, ExceedsParent, GrantkitError
from grantkit.model import Approval, holder_of
from unit.lifecycle.asked import LEAD, world
from unit.making import ANA, GUS, HOUR, KIM, NOW, SUPPORT, SWEEP, TICK, a_consent, ended, window

STANDING = {"yields": "consent"}
UNDER = {"under": "access", "start": {"by": ["vendor:support"]}, "steps": [], "to": ["agent:support", "team"]}
YES = Approval(by=ANA, selector="tenant:admin", at=NOW - HOUR, channel="in_product", digest="d" * 64)


def standing(act=UNDER, consent=None, **changed):
    """Return a tenant with one consent for team support."""
    made = a_consent(**{"flow": "access", "approvals": (YES,), **changed}) if consent is None else consent
    return world(STANDING, made, flows={"act": act})


def refusal(call):
    with pytest.raises(GrantkitError) as caught:
        call()
    return caught.value.code


def test_grant_rests_on_the_consent():
    """A grant under a consent names it, keeps its own window, and has no approvals of its own."""
    given = standing().activate().slice_.grants["gr_8"]
    assert ("co_1", (), KIM.holders[0], "support") == (
        given.parent,
        given.approvals,
        given.holder,
        given.as_team,
    )
    assert (NOW + 4 * HOUR, False) == (given.ends_at, given.clipped)


@pytest.mark.parametrize(
    ("more", "clipped"), [(-TICK, False), (0 * TICK, False), (TICK, True)], ids=["less", "same", "more"]
)
def test_later_end_is_clipped_to_the_consents(more, clipped):
    """An end a microsecond later than the consent's is clipped to it, and says so."""
    closes = NOW + 4 * HOUR - more
    given = standing(window=window().ending(closes)).activate().slice_.grants["gr_8"]
    assert (min(closes, NOW + 4 * HOUR), clipped) == (given.ends_at, given.clipped)


@pytest.mark.parametrize(
    "changed",
    [
        {"ended": ended()},
        {"window": window(-2, 0)},
        {"window": window(1, 2)},
        {"consent_seq": 0},
        {"tickets": frozenset({"T-1"})},
    ],
    ids=["ended", "expired", "scheduled", "cut_off", "other_case"],
)
def test_consent_must_be_live_and_for_this_case(changed):
    """Nothing rests on a consent that is over, has not begun, was cut off or was given for another case."""
    with pytest.raises(ConsentMissing):
        standing(**changed).activate()


def test_case_of_the_consent_is_named():
    """One ticket of the consent's is enough."""
    found = standing(tickets=frozenset({"T-1", "T-2"})).activate(tickets=frozenset({"T-2"}))
    assert "gr_8" in found.slice_.grants


@pytest.mark.parametrize(
    ("consent", "asked"),
    [
        ({"holder": holder_of(Team("other"))}, {}),
        ({"holder": holder_of(LEAD)}, {}),
        ({"holder": KIM.holders[0]}, {"to": Team("a-kim")}),
        ({}, {"to": Team("other")}),
        ({"scope": Scope.only("project:1")}, {"scope": Scope.whole()}),
        ({"scope": Scope.only("project:1")}, {"scope": Scope.only("project:2")}),
    ],
    ids=["other_team", "other_agent", "team_of_that_name", "wider_team", "whole", "elsewhere"],
)
def test_never_for_others_nor_for_more(consent, asked):
    """What rests on a consent is for whom it was given, and where."""
    with pytest.raises(ExceedsParent):
        standing(**consent).activate(**asked)


def test_consent_for_an_agent_is_theirs():
    """A consent given for one agent lets that agent activate it, over its scope unless less is asked for."""
    found = standing(holder=KIM.holders[0], scope=Scope.only("project:1")).activate()
    assert Scope.only("project:1") == found.slice_.grants["gr_8"].scope


@pytest.mark.parametrize("contact", ["m-ana", "m-ben"])
@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (LEAD, "not_entitled"),
        (SWEEP, "not_entitled"),
        (GUS, "not_entitled"),
        (attrs.evolve(KIM, via="gr_1"), "acting_through_grant"),
    ],
    ids=["other_team", "system", "foreign", "through"],
)
def test_who_may_not_begin_learns_not_who_consented(by, expected, contact):
    """Whoever may not begin is refused alike, whomever they name as the contact."""
    assert expected == refusal(lambda: standing().activate(by, contact=contact))


def test_contact_is_one_who_approved():
    """The contact named must be among those who consented."""
    assert "gr_8" in standing().activate(contact="m-ana").slice_.grants
    assert "consent_missing" == refusal(lambda: standing().activate(contact="m-ben"))


def test_absent_consent_and_a_hidden_one_look_the_same():
    """To an agent from whom the tenant is hidden a consent is not there; nor is one that does not exist."""
    hidden = world(
        STANDING,
        a_consent(flow="access"),
        flows={"act": UNDER},
        view={"status": ["tenant:*"], "history": ["approvers"]},
    )
    assert "not_found" == refusal(hidden.activate)
    assert "not_found" == refusal(world(STANDING, flows={"act": UNDER}).activate)


def test_flow_that_stands_under_nothing_is_not_activated():
    """A flow that does not stand under the consent's is no way in."""
    assert "not_offered" == refusal(lambda: standing().activate(flow="access"))


def test_flow_with_steps_asks_first():
    """Where the flow has steps, activating asks, and the last approval gives what rests on the consent."""
    found = standing({**UNDER, "steps": [{"by": ["vendor:lead"]}]}).activate()
    assert ("co_1", None, {}) == (found.asked.parent, found.asked.settled, dict(found.slice_.grants))
    assert "co_1" == found.approve(LEAD).slice_.grants["gr_9"].parent


def test_request_under_a_consent_dies_with_it():
    """A request under a consent that has ended, or is gone, is approved no more; near its end it is clipped."""
    found = standing({**UNDER, "steps": [{"by": ["vendor:lead"]}]}).activate(ends=Elapsed(hours=9))
    assert (NOW + 4 * HOUR, True) == (found.preview().ends_at, found.preview().clipped)
    assert "Until: 2027-03-03 16:00 UTC, and never later (when the consent it rests on ends)" in str(
        found.preview()
    )
    shown = {"digest": found.preview().digest, "ends_by": NOW + 4 * HOUR}
    assert "consent_missing" == refusal(lambda: found.approve(LEAD, now=NOW + 4 * HOUR, **shown))
    gone = attrs.evolve(found, slice_=attrs.evolve(found.slice_, consents={}))
    assert "not_found" == refusal(lambda: gone.approve(LEAD, **shown))


def test_single_flow_gives_the_grant_of_the_same_consent_back():
    """A flow that allows one grant gives it back under the same consent, and makes another under another."""
    flow = {**UNDER, "single": True}
    found = standing(flow).activate()
    assert found.slice_.grants == found.activate().slice_.grants
    other = attrs.evolve(found.slice_.grants["gr_8"], id="gr_7", parent="co_2")
    elsewhere = attrs.evolve(found, slice_=attrs.evolve(found.slice_, grants={"gr_7": other}))
    assert {"gr_7", "gr_8"} == set(elsewhere.activate().slice_.grants)


def test_agent_whose_team_may_not_hold_activates_nothing():
    """An agent of another team than the flow's cannot begin, whatever the consent says."""
    assert "not_entitled" == refusal(lambda: standing().activate(Agent("a-out")))
    assert SUPPORT.holder == standing().activate(to=SUPPORT).slice_.grants["gr_8"].holder
