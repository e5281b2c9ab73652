"""Corners of asking: what never lapses, what there may be two of, what lists and the past say of it."""

from datetime import timedelta

import pytest

from grantkit import AccessRules, Agent, Elapsed, Member, OpenEnded, SupportAccess, System, Team
from grantkit.errors import ExceedsParent
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, opened
from scenarios.world import KIM, Counter, one_flow, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
HOURS = Elapsed(hours=4)


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture(params=STORES)
def door(request, tmp_path, clock):
    """Return a way to open a door under some rules."""
    with opened(request.param, tmp_path) as store:
        yield lambda rules: SupportAccess(store, rules=rules, clock=clock, id_factory=Counter())


UNDER = {
    "flows": {
        "beforehand": {"yields": "consent", "to": ["team:support"], "single": True},
        "access": {
            "under": "beforehand",
            "start": {"by": ["vendor:support"]},
            "steps": [],
            "to": ["agent:support"],
        },
    }
}


def test_a_step_may_wait_for_ever(door, clock):
    """[B1] A step without a limit never lapses, however long nobody answers."""
    access = door(one_flow(steps=[{"by": ["tenant:admin"], "within": "open_ended"}]))
    asked = access.request("acme", by=KIM, ends=HOURS, reason="boards")
    clock.advance(days=2000)

    assert OpenEnded() == asked.lapses_at
    assert () == access.delivery.sweep()
    assert agree(access, asked, by=ANA).gave is not None


def test_two_consents_of_one_kind_do_no_harm(door):
    """[P6] That there is one live grant of a kind says nothing of consents, which let nobody in."""
    access = door(one_flow(**UNDER["flows"]["beforehand"]))
    given = [
        access.consent("acme", by=ANA, to=Team("support"), ends=HOURS, reason=reason)
        for reason in ("one", "two")
    ]

    assert 2 == len({each.id for each in given})
    assert [utc("2027-03-03 12:00")] * 2 == [each.starts_at for each in given]
    assert [utc("2027-03-03 16:00")] * 2 == [each.ends_at for each in given]


def test_a_list_says_what_ended_with_its_consent(door, clock):
    """[B6] A grant whose consent was revoked is listed as ended by that, since then; with its own end, as expired."""
    access = door(AccessRules.from_data(UNDER))
    given = access.consent("acme", by=ANA, to=Team("support"), ends=Elapsed(hours=8), reason="standing")
    access.activate("acme", under=given.id, by=KIM, ends=HOURS, reason="boards")
    clock.advance(hours=1)
    access.revoke("acme", given.id, by=ANA)
    clock.advance(hours=1)

    (status,) = access.grants("acme")
    assert ("consent_ended", utc("2027-03-03 13:00")) == (status.state, status.ended_at)
    assert (status,) == access.grants("acme", states=["consent_ended"])
    clock.advance(hours=2)
    assert ["expired"] == [each.state for each in access.grants("acme")]


def test_the_history_tells_what_became_of_requests(door, clock):
    """[B6] The history tells a no, a withdrawal, a lapse and the opening of a step apart, in plain words."""
    access = door(one_flow(steps=[{"by": ["vendor:support"], "within": "P1D"}, {"by": ["tenant:admin"]}]))
    first, second, third, fourth = (
        access.request("acme", by=ANA, to=Team("support"), ends=HOURS, reason="boards") for _ in range(4)
    )
    access.deny("acme", first.id, by=ANA, reason="no need")
    access.withdraw("acme", second.id, by=ANA)
    agree(access, third, by=KIM)
    clock.advance(days=1)
    access.delivery.sweep()

    told = [(event.kind, str(event.body)) for event in access.ledger.history("acme")]
    assert [
        ("denied", f"request {first.id}"),
        ("withdrawn", f"request {second.id}"),
        ("lapsed", f"request {fourth.id} (lapsed)"),
    ] == [each for each in told if each[0] in {"denied", "withdrawn", "lapsed"}]
    assert ("step_opened", f"request {third.id} awaits tenant:admin") in told


def test_every_word_of_an_answer_can_be_erased(door):
    """The reason of a no and the reason of a consent go from history and lists when their events are named."""
    access = door(one_flow(yields="consent"))
    asked = access.request("acme", by=KIM, ends=HOURS, reason="boards")
    access.deny("acme", asked.id, by=ANA, reason="She is on leave")
    access.consent("acme", by=ANA, to=Team("support"), ends=HOURS, reason="While she is on leave")
    events = [event.seq for event in access.ledger.history("acme") if event.kind in {"denied", "consented"}]

    access.ledger.erase("acme", by=System("privacy"), events=events)

    assert "leave" not in str(access.ledger.history("acme")) + str(access.consents("acme"))
    access.ledger.verify("acme")


def test_the_past_names_the_permission_that_was_lacking(door, clock):
    """[N4] What was denied for want of a written permission names it also afterwards."""
    more = {"demands": [{"beyond": ["read-only"], "needs": "written"}]}
    flows = {"access": {"policies": ["administrator"]}, "written": {"yields": "consent"}}
    access = door(AccessRules.from_data({"flows": flows, **more}))
    access.grant("acme", by=ANA, to=KIM, flow="access", ends=HOURS, reason="boards")
    clock.advance(hours=1)

    past = access.ledger.as_of("acme", KIM, "board:write", at=clock.now() - timedelta(minutes=1))
    assert (False, ("written",)) == (past.allowed, past.needs)


CAPACITIES = ["agent:first", "agent:second"]
BOTH = Agent("a-lee", teams={"first", "second"})


def test_a_permission_in_one_capacity_is_none_in_another(door):
    """[J9] A written permission for somebody in one capacity opens nothing to them in another."""
    flows = {
        "access": {"to": CAPACITIES, "policies": ["administrator"]},
        "written": {"yields": "consent", "to": CAPACITIES, "policies": ["administrator"]},
    }
    demands = [{"beyond": ["read-only"], "needs": "written"}]
    access = door(AccessRules.from_data({"flows": flows, "demands": demands}))
    said = {"by": ANA, "to": BOTH, "ends": HOURS, "reason": "boards"}
    access.grant("acme", as_team="first", flow="access", **said)

    access.consent("acme", as_team="second", **said)
    assert "needs_consent" == access.authorize(BOTH, "acme", "board:write").reason
    access.consent("acme", as_team="first", **said)
    assert access.authorize(BOTH, "acme", "board:write")


def test_what_rests_on_a_consent_keeps_its_capacity(door):
    """[R8] Under a consent for somebody in one capacity nothing is opened for them in another."""
    flows = {
        "beforehand": {"yields": "consent", "to": CAPACITIES},
        "access": {"under": "beforehand", "start": {"by": ["vendor:*"]}, "steps": [], "to": CAPACITIES},
    }
    access = door(AccessRules.from_data({"flows": flows}))
    given = access.consent("acme", by=ANA, to=BOTH, as_team="first", ends=HOURS, reason="standing")
    said = {"under": given.id, "by": BOTH, "ends": HOURS, "reason": "boards"}

    with pytest.raises(ExceedsParent):
        access.activate("acme", as_team="second", **said)
    assert "first" == access.activate("acme", as_team="first", **said).as_team
