"""Several answers: the vendor's manager first and then the customer, two of three, and nobody twice."""

import itertools

import pytest

from grantkit import Agent, Elapsed, InvalidInput, Member, Reason, Scope, SupportAccess
from grantkit.errors import (
    ActingThroughGrant,
    AlreadyAnswered,
    AlreadyDecided,
    ConfirmationMismatch,
    DigestMismatch,
    ExceedsRequest,
    NotEntitled,
    RequestLapsed,
    SelfApproval,
    StepsRemain,
)
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import KIM, LEE, Counter, Settings, kinds, one_flow, utc

ANA, BEN, CLEO = (
    Member(f"m-{name.lower()}", tenant="acme", roles={"admin"}, name=name) for name in ("Ana", "Ben", "Cleo")
)
OWEN = Member("m-owen", tenant="acme", roles={"owner", "admin"}, name="Owen")
MIA = Agent("a-mia", teams={"managers"}, name="Mia")
MAX = Agent("a-max", teams={"managers", "support"}, name="Max")

MANAGER = {"by": ["vendor:managers"], "within": "PT4H"}
ADMIN = {"by": ["tenant:admin"], "within": "P2D"}
TWO_SIDED = one_flow(steps=[MANAGER, ADMIN], policies=["read-only", "administrator"])
TWO_OF_THREE = one_flow(steps=[ADMIN | {"count": 2}], policies=["read-only", "administrator"])
BOTH_STEPS = one_flow(steps=[ADMIN, {"by": ["tenant:owner", "tenant:admin"], "within": "P2D"}])


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture
def settings():
    return Settings(TWO_SIDED)


@pytest.fixture(params=STORES)
def access(request, tmp_path, clock, settings):
    with opened(request.param, tmp_path) as store:
        yield SupportAccess(store, rules=settings, clock=clock, id_factory=Counter())


def ask(access, by=KIM, **more):
    """Ask for eight hours."""
    return access.request("acme", by=by, **({"ends": Elapsed(hours=8), "reason": "Boards missing"} | more))


def said(access, agent=KIM, action="board:read"):
    """Return the reason that a decision gives."""
    return access.authorize(agent, "acme", action).reason


def test_the_manager_first_and_then_the_customer(access, clock):
    """[B4] The vendor's manager answers first, then the customer; only the customer's yes opens anything."""
    asked = ask(access)
    assert ((), 0, ("vendor:managers",)) == (asked.approvals, asked.step, asked.awaits)
    with no_trace(access, NotEntitled) as refusal:
        agree(access, asked, by=ANA)
    assert ("vendor:managers",) == refusal.value.needs

    clock.advance(hours=3)
    asked = agree(access, asked, by=MIA)
    assert (1, ("tenant:admin",), utc("2027-03-05 15:00")) == (asked.step, asked.awaits, asked.lapses_at)
    assert Reason.NO_GRANT is said(access)

    clock.advance(hours=1)
    asked = agree(access, asked, by=ANA)
    assert Reason.ALLOWED is said(access)
    assert ["a-mia", "m-ana"] == [each.by.id for each in asked.approvals]
    assert ["rules_adopted", "requested", "approved", "step_opened", "approved", "granted"] == kinds(access)
    (status,) = access.grants("acme")
    assert ["vendor:managers", "tenant:admin"] == [each.selector for each in status.grant.approvals]


def test_the_managers_yes_is_no_consent(access):
    """[B4] However many of the vendor say yes, without the customer nothing is open."""
    asked = agree(access, ask(access), by=MIA)

    with no_trace(access, NotEntitled):
        agree(access, asked, by=MAX)
    assert Reason.NO_GRANT is said(access)
    assert () == access.grants("acme")


@pytest.mark.parametrize("first", [(), (MIA,)], ids=["before", "after"])
@pytest.mark.parametrize("by", [MIA, ANA])
def test_one_no_ends_it_on_either_side(access, first, by):
    """[B4] One no ends it, whichever side it comes from and whichever step is open."""
    asked = ask(access)
    for manager in first:
        asked = agree(access, asked, by=manager)
    access.deny("acme", asked.id, by=by, reason="Not now")

    for other in (MIA, MAX, ANA, BEN):
        with no_trace(access, AlreadyDecided):
            access.deny("acme", asked.id, by=other)
    assert ("denied", by.id) == (
        str(access.requests("acme")[0].state),
        access.requests("acme")[0].settled_by.id,
    )
    assert Reason.NO_GRANT is said(access)


def test_each_step_lapses_on_its_own(access, clock):
    """[B1] Each step has its own time, counted from its opening; one that is not decided in time ends the request."""
    first, second = ask(access), ask(access)
    clock.set("2027-03-03T15:59:59.999999Z")
    second = agree(access, second, by=MIA)
    clock.set("2027-03-03T16:00:00Z")
    with no_trace(access, RequestLapsed):
        agree(access, first, by=MIA)

    shown = access.preview("acme", second.id)
    clock.set("2027-03-05T15:59:59.999999Z")
    with no_trace(access, RequestLapsed) as refusal:
        access.approve("acme", second.id, by=ANA, digest=shown.digest, ends_by=utc("2027-03-06 00:00"))
    assert utc("2027-03-05 15:59:59.999999") == refusal.value.lapsed_at


@pytest.mark.parametrize(
    "pair",
    list(itertools.permutations((ANA, BEN, CLEO), 2)),
    ids=lambda pair: "-".join(each.id for each in pair),
)
def test_any_two_of_three(access, settings, pair):
    """[B4] Two of three admins say yes, whichever two and in whichever order: the first opens nothing."""
    settings.rules = TWO_OF_THREE
    asked = agree(access, ask(access), by=pair[0])
    assert (Reason.NO_GRANT, 1) == (said(access), asked.needs)

    agree(access, asked, by=pair[1])
    assert Reason.ALLOWED is said(access)
    assert [each.id for each in pair] == [each.by.id for each in access.grants("acme")[0].grant.approvals]
    assert ["rules_adopted", "requested", "approved", "approved", "granted"] == kinds(access)


def test_one_person_is_not_two(access, settings):
    """[B4] One admin saying yes twice is one yes, by other roles too."""
    settings.rules = TWO_OF_THREE
    asked = agree(access, ask(access), by=OWEN)

    for again in (OWEN, Member("m-owen", tenant="acme", roles={"admin"})):
        with no_trace(access, AlreadyAnswered) as refusal:
            agree(access, asked, by=again)
        assert (asked.id, "member m-owen") == (refusal.value.id, refusal.value.actor)
    assert Reason.NO_GRANT is said(access)


def test_one_person_counts_once_over_all_steps(access, settings):
    """[B4] Who has answered the first step cannot answer the second, though both name a role of theirs."""
    settings.rules = BOTH_STEPS
    asked = agree(access, ask(access), by=OWEN)

    with no_trace(access, AlreadyAnswered):
        agree(access, asked, by=OWEN)
    agree(access, asked, by=ANA)
    assert Reason.ALLOWED is said(access)


def test_one_id_on_both_sides_counts_once(access):
    """[B4] A person who is both a manager of the vendor and an admin of the customer counts once."""
    asked = agree(access, ask(access), by=MIA)

    with no_trace(access, AlreadyAnswered):
        agree(access, asked, by=Member("a-mia", tenant="acme", roles={"admin"}))
    agree(access, asked, by=ANA)
    assert Reason.ALLOWED is said(access)


def test_a_manager_decides_no_request_of_their_own(access):
    """[B4] A manager who asks cannot be the manager who says yes, nor where a colleague asks for them."""
    own, for_max = ask(access, MAX), ask(access, KIM, to=MAX)

    for asked in (own, for_max):
        with no_trace(access, SelfApproval) as refusal:
            agree(access, asked, by=MAX)
        assert "agent a-max" == refusal.value.actor
        assert 1 == agree(access, asked, by=MIA).step


def test_a_manager_may_deny_their_own(access):
    """[B4] Saying no to one's own request gives nobody anything, and is not refused."""
    asked = access.deny("acme", ask(access, MAX).id, by=MAX)

    assert "denied" == str(asked.settled.how.value)


def test_no_manager_answers_from_inside(access):
    """[B4] A manager whose session runs through a grant says neither yes nor no."""
    asked = ask(access)
    inside = Agent("a-mia", teams={"managers"}, via="gr_1")

    with no_trace(access, ActingThroughGrant):
        agree(access, asked, by=inside)
    with no_trace(access, ActingThroughGrant):
        access.deny("acme", asked.id, by=inside)


def test_a_flow_of_two_answers_cannot_be_granted_by_one(access, settings):
    """[B4] What takes two answers is not to be had by one person's grant."""
    settings.rules = TWO_OF_THREE
    with no_trace(access, StepsRemain) as refusal:
        access.grant("acme", by=ANA, to=KIM, ends=Elapsed(hours=8), reason="Come in")
    assert 2 == refusal.value.needed


def test_a_members_asking_counts_when_their_step_opens(access):
    """[B4] A member's asking counts as their yes as soon as their step opens; the vendor's step still comes first."""
    asked = access.request("acme", by=ANA, to=KIM, ends=Elapsed(hours=8), reason="Please look")
    assert ((), 0, "m-ana") == (asked.approvals, asked.step, asked.beforehand.by.id)
    assert Reason.NO_GRANT is said(access)

    asked = agree(access, asked, by=MIA)
    assert ["a-mia", "m-ana"] == [each.by.id for each in asked.approvals]
    assert Reason.ALLOWED is said(access)
    assert ["rules_adopted", "requested", "approved", "step_opened", "approved", "granted"] == kinds(access)


def test_a_members_asking_is_one_of_two(access, settings):
    """[B4] Where two admins must say yes, the one who asks is one of them, and cannot be the other."""
    settings.rules = TWO_OF_THREE
    asked = access.request("acme", by=ANA, to=KIM, ends=Elapsed(hours=8), reason="Please look")
    assert (["m-ana"], 1) == ([each.by.id for each in asked.approvals], asked.needs)

    with no_trace(access, SelfApproval):
        agree(access, asked, by=ANA)
    agree(access, asked, by=BEN)
    assert Reason.ALLOWED is said(access)


def test_an_agents_asking_never_counts(access):
    """[B4] A manager's asking is not the manager's yes: another manager must say it."""
    asked = ask(access, MAX)

    assert ((), 0, None) == (asked.approvals, asked.step, asked.beforehand)


def test_whoever_comes_next_sees_what_was_narrowed(access, clock):
    """[B4] Narrowing makes new terms: a page that shows the old ones is refused, a fresh look shows the new."""
    asked = ask(access, policies=["read-only", "administrator"])
    old = access.preview("acme", asked.id)
    asked = agree(access, asked, by=MIA, policies=["read-only"])

    with no_trace(access, DigestMismatch):
        access.approve("acme", asked.id, by=ANA, digest=old.digest, ends_by=old.ends_at)
    assert "administrator" not in str(access.preview("acme", asked.id))
    agree(access, asked, by=ANA)
    assert (Reason.ALLOWED, Reason.ACTION_NOT_PERMITTED) == (
        said(access),
        said(access, action="board:delete"),
    )


def test_a_yes_that_narrows_nothing_leaves_the_terms(access, settings):
    """[B4] A first yes without narrowing leaves the page of the second approver valid."""
    settings.rules = TWO_OF_THREE
    asked = ask(access)
    shown = access.preview("acme", asked.id)

    for by in (ANA, BEN):
        access.approve("acme", asked.id, by=by, digest=shown.digest, ends_by=shown.ends_at)
    assert Reason.ALLOWED is said(access)


@pytest.mark.parametrize(
    ("first", "second", "hours"), [(2, 2, 2), (5, 2, 2), (2, None, 2), (None, 3, 3), (None, None, 8)]
)
def test_the_earliest_end_binds(access, settings, first, second, hours):
    """[B2] Of all the ends that approvers chose, and the one that was asked for, the earliest is the end."""
    settings.rules = TWO_OF_THREE
    asked = ask(access)
    for by, span in ((ANA, first), (BEN, second)):
        asked = agree(access, asked, by=by, ends=None if span is None else Elapsed(hours=span))

    assert utc(f"2027-03-03 {12 + hours}:00") == access.grants("acme")[0].grant.ends_at


def test_no_approver_undoes_anothers_narrowing(access, settings):
    """[B2] What one approver took away, another cannot give back: end, policies and scope meet in what both left."""
    settings.rules = TWO_OF_THREE
    asked = ask(
        access,
        policies=["read-only", "administrator"],
        scope=Scope.only("project:1", "project:2", "project:3"),
    )
    asked = agree(
        access,
        asked,
        by=ANA,
        ends=Elapsed(hours=3),
        policies=["read-only"],
        scope=Scope.only("project:1", "project:2"),
    )
    for more in (
        {"ends": Elapsed(hours=4)},
        {"policies": ["administrator"]},
        {"scope": Scope.only("project:2", "project:3")},
    ):
        with no_trace(access, ExceedsRequest):
            agree(access, asked, by=BEN, **more)

    agree(access, asked, by=BEN, ends=Elapsed(hours=2), scope=Scope.only("project:2"))
    (status,) = access.grants("acme")
    assert (Scope.only("project:2"), ("read-only",), utc("2027-03-03 14:00")) == (
        status.grant.scope,
        status.grant.policies,
        status.grant.ends_at,
    )


def test_the_end_that_the_first_was_shown_binds_the_last(access, clock):
    """[J5] The end that the manager was shown binds: the customer's later yes gives no later end."""
    asked = agree(access, ask(access), by=MIA)
    clock.advance(hours=5)
    assert utc("2027-03-03 20:00") == access.preview("acme", asked.id).ends_at

    agree(access, asked, by=ANA)
    assert utc("2027-03-03 20:00") == access.grants("acme")[0].grant.ends_at


def test_each_step_may_have_its_own_word(access, settings):
    """[B4] The word of a step is asked of whoever answers that step, and of nobody else."""
    settings.rules = one_flow(steps=[MANAGER, ADMIN | {"word": "Acme", "text": "terms-4"}])
    asked = agree(access, ask(access), by=MIA)

    for word in (None, "acme"):
        with no_trace(access, ConfirmationMismatch):
            agree(access, asked, by=ANA, word=word)
    asked = agree(access, asked, by=ANA, word=" Acme ")
    assert [(None, None), ("Acme", "terms-4")] == [(each.word, each.text) for each in asked.approvals]


def test_a_step_counts_its_answers_anew(access, settings):
    """[B4] With two steps of two answers each, all four are needed, by four people."""
    settings.rules = one_flow(
        steps=[MANAGER | {"count": 2}, {"by": ["tenant:admin", "tenant:owner"], "count": 2, "within": "P2D"}]
    )
    asked = ask(access)
    for by in (MIA, MAX, ANA):
        asked = agree(access, asked, by=by)
        assert Reason.NO_GRANT is said(access)
    with no_trace(access, AlreadyAnswered):
        agree(access, asked, by=ANA)
    agree(access, asked, by=OWEN)
    assert Reason.ALLOWED is said(access)


def test_an_invalid_answer_counts_for_nothing(access, settings):
    """[B4] Refused answers, however many, leave the count where it was."""
    settings.rules = TWO_OF_THREE
    asked = ask(access)
    for _ in range(3):
        with no_trace(access, NotEntitled):
            agree(access, asked, by=LEE)
        with no_trace(access, InvalidInput):
            agree(access, asked, by=ANA, policies=[])

    assert 2 == access.requests("acme")[0].request.needs
