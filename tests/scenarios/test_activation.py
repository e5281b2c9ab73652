"""Activation under a consent: whom it may be for, and what becomes of it where the flow asks for more answers."""

import pytest

from grantkit import AccessRequest, AccessRules, Agent, Elapsed, Grant, Member, Reason, Scope, SupportAccess
from grantkit.errors import (
    ConsentMissing,
    ExceedsParent,
    IdempotencyMismatch,
    NotEligible,
    NotEntitled,
    SelfApproval,
)
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import KIM, LEE, Counter, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin", "owner"}, name="Ana")
DUTY = Agent("a-duty", teams={"duty"}, name="Dora")
BOTH = Agent("a-both", teams={"support", "sales"}, name="Bo")


def rules(more=(), **under):
    """Return rules of a consent for the support team, or one agent, and a flow that stands under it."""
    return AccessRules.from_data(
        {
            "schema": 1,
            "name": "test",
            "flows": {
                "beforehand": {
                    "yields": "consent",
                    "to": ["team:support", "agent"],
                    "policies": ["administrator"],
                    "ends": ["elapsed"],
                },
                "now": {
                    "under": "beforehand",
                    "start": {"by": ["vendor:support", "vendor:sales"], "reason": {"min": 5}},
                    "steps": [],
                    "to": ["agent:support", "agent:sales"],
                    "policies": ["administrator"],
                    "ends": [{"elapsed": "PT1H"}],
                    **under,
                },
            },
            **dict(more),
        }
    )


STEPS = [{"by": ["vendor:duty"], "within": "PT1H"}, {"by": ["tenant:owner"], "within": "PT1H"}]


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as opened_store:
        yield opened_store


@pytest.fixture
def access(store, clock):
    return SupportAccess(store, rules=rules(), clock=clock, id_factory=Counter())


@pytest.fixture
def asking(store, clock):
    """An access where activating asks the duty manager and the owner first."""
    return SupportAccess(store, rules=rules(steps=STEPS), clock=clock, id_factory=Counter())


def agreed(access, hours=12, **more):
    """Consent beforehand."""
    told = {"ends": Elapsed(hours=hours), "reason": "In an emergency", **more}
    return access.consent("acme", by=ANA, **told)


def activate(access, consent, by=KIM, **more):
    """Activate."""
    return access.activate("acme", under=consent.id, by=by, **({"reason": "It burns"} | more))


def said(access, agent=KIM, resource=None):
    """Return the reason that a decision gives."""
    return access.authorize(agent, "acme", "board:read", resource=resource).reason


def test_a_consent_for_one_team_is_for_no_other(access):
    """[R5] Under a consent for one team, an agent is let in in the capacity of that team only."""
    given = agreed(access)

    with no_trace(access, ExceedsParent) as refusal:
        activate(access, given, BOTH, as_team="sales")
    assert ("to", given.id) == (refusal.value.field, refusal.value.parent)
    assert "support" == activate(access, given, BOTH, as_team="support").as_team


def test_a_consent_for_one_agent_is_for_no_other(access):
    """[R5] Under a consent for one agent nobody else is let in, colleagues included."""
    given = agreed(access, to=KIM)

    for by, to in ((LEE, None), (KIM, LEE)):
        with no_trace(access, ExceedsParent):
            activate(access, given, by, to=to)
    assert ("agent", "a-kim") == activate(access, given).holder


@pytest.mark.parametrize(
    "scope", [Scope.whole(), Scope.only("project:1", "project:2"), Scope.only("project:3")]
)
def test_a_consent_for_one_place_is_for_no_other(access, scope):
    """[R5] Under a consent for one project neither another, nor two, nor everything is opened."""
    given = agreed(access, scope=Scope.only("project:1"))

    with no_trace(access, ExceedsParent) as refusal:
        activate(access, given, scope=scope)
    assert "scope" == refusal.value.field


def test_a_consent_that_ran_out_activates_nothing(access, clock):
    """[R5] At the instant at which the consent ends nothing is activated any more."""
    given = agreed(access, hours=2)
    clock.set("2027-03-03T13:59:59.999999Z")
    assert utc("2027-03-03 14:00") == activate(access, given).ends_at
    clock.set("2027-03-03T14:00:00Z")
    with no_trace(access, ConsentMissing) as refusal:
        activate(access, given)
    assert "is not live: expired" == refusal.value.why


def test_an_activation_by_key_is_done_once(access, clock):
    """[R5] Activated again with the same key it is the same grant, be it over; another payload is refused."""
    given = agreed(access)
    first = activate(access, given, key="k-1")
    clock.advance(hours=1)

    assert first == activate(access, given, key="k-1")
    assert Reason.EXPIRED is said(access), "a replay is no decision"
    with no_trace(access, IdempotencyMismatch):
        activate(access, given, key="k-1", contact="m-ana")


def test_eligibility_is_asked_when_activating(store, clock):
    """[B11] Whoever is not eligible is refused when activating, whatever was consented to."""
    access = SupportAccess(
        store,
        rules=rules({"eligible": ["certified"]}),
        clock=clock,
        predicates={"certified": lambda grantee, tenant: grantee.id != "a-kim"},
    )
    given = agreed(access)

    with no_trace(access, NotEligible):
        activate(access, given)
    activate(access, given, LEE)
    assert Reason.ALLOWED is said(access, LEE)


def test_one_live_grant_under_a_consent(store, clock):
    """[P6] Where the flow allows one live grant, activating again gives that one back and writes nothing."""
    access = SupportAccess(store, rules=rules(single=True), clock=clock)
    given = agreed(access)

    assert activate(access, given) == activate(access, given)
    assert ["rules_adopted", "consented", "granted"] == kinds(access)


def test_one_live_grant_of_a_team_under_a_consent(store, clock):
    """[P6] Where the flow allows one live grant and lets in a team, activating anew makes no second."""
    access = SupportAccess(store, rules=rules(single=True, to=["team:support"]), clock=clock)
    given = agreed(access)

    assert activate(access, given) == activate(access, given, LEE)
    assert ["rules_adopted", "consented", "granted"] == kinds(access)


def test_where_the_flow_has_steps_activating_asks(asking):
    """[B8] Where the flow has steps, activating is a request, which becomes the grant at its last yes."""
    given = agreed(asking)
    asked = activate(asking, given)

    assert (AccessRequest, given.id) == (type(asked), asked.parent)
    assert Reason.NO_GRANT is said(asking)
    asked = agree(asking, asked, by=DUTY)
    assert Reason.NO_GRANT is said(asking)
    asked = agree(asking, asked, by=ANA)
    (status,) = asking.grants("acme")
    assert (Grant, asked.gave, given.id, asked.id) == (
        type(status.grant),
        status.grant.id,
        status.grant.parent,
        status.grant.request,
    )
    assert Reason.ALLOWED is said(asking)


def test_the_consent_must_live_at_each_answer(asking):
    """[B8] A request under a consent that has been revoked meanwhile is approved no more, and can be denied."""
    given = agreed(asking)
    first, second = activate(asking, given), activate(asking, given)
    shown = asking.preview("acme", first.id)
    second = agree(asking, second, by=DUTY)
    half = asking.preview("acme", second.id)
    asking.revoke("acme", given.id, by=ANA)

    with no_trace(asking, ConsentMissing):
        asking.approve("acme", first.id, by=DUTY, digest=shown.digest, ends_by=shown.ends_at)
    with no_trace(asking, ConsentMissing):
        asking.approve("acme", second.id, by=ANA, digest=half.digest, ends_by=half.ends_at)
    with no_trace(asking, ConsentMissing):
        asking.preview("acme", first.id)
    asking.deny("acme", first.id, by=DUTY)
    asking.withdraw("acme", second.id, by=KIM)


def test_a_request_under_a_consent_is_clipped_too(asking):
    """[B8] What comes of a request under a consent ends with the consent at the latest, as the preview says."""
    asked = activate(asking, agreed(asking, ends=Elapsed(minutes=30)))
    shown = asking.preview("acme", asked.id)
    assert (utc("2027-03-03 12:30"), True) == (shown.ends_at, shown.clipped)

    agree(asking, agree(asking, asked, by=DUTY), by=ANA)
    (status,) = asking.grants("acme")
    assert (utc("2027-03-03 12:30"), True) == (status.grant.ends_at, status.grant.clipped)


def test_the_one_who_activates_is_not_the_one_who_says_yes(asking):
    """[B4] An agent on duty who activates does not count as the manager on duty who says yes."""
    both = Agent("a-both", teams={"support", "duty"})
    asked = activate(asking, agreed(asking), both)

    with no_trace(asking, SelfApproval):
        agree(asking, asked, by=both)


def test_who_may_not_begin_activates_nothing(access):
    """[R5] A manager on duty, or the very member who consented, is not whom the flow lets begin."""
    given = agreed(access)

    for by in (DUTY, ANA):
        with no_trace(access, NotEntitled):
            activate(access, given, by, to=KIM)
