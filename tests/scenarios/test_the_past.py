"""The past: who could do what at an instant, as it was known then, and as it is known now."""

import sqlite3

import pytest

from grantkit import (
    VENDOR,
    Agent,
    Elapsed,
    Instant,
    InvalidInput,
    Member,
    OpenEnded,
    PastDecision,
    Reason,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.errors import ChainBroken, NotEntitled
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, LEE, Counter, Settings, kinds, one_flow, rule_set, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"member"}, name="Ben")
SUPPORT = Team("support")
OPS = System("ops")
AMENDABLE = {"amend": {"ends": ["instant", "elapsed"], "policies": True}, "ahead": "P7D"}
RULES = one_flow(policies=["read-only", "administrator"], **AMENDABLE)


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def settings():
    return Settings(RULES)


@pytest.fixture
def access(clock, settings):
    return SupportAccess(MemoryStore(), rules=settings, clock=clock, id_factory=Counter())


def let_in(access, to=SUPPORT, hours=4, **more):
    """Grant some hours."""
    return access.grant("acme", by=ANA, to=to, ends=Elapsed(hours=hours), reason="Boards missing", **more)


def past(access, at, agent=KIM, action="board:read", **more):
    """Return the reason at an instant of the day, as 15:20 or 15:20:30."""
    return access.ledger.as_of("acme", agent, action, at=utc(f"2027-03-03 {at}"), **more).reason


# --- one grant --------------------------------------------------------------------------------------------------------


def test_before_during_and_after_a_grant(access, clock):
    """[N4] Nobody could before the consent, the holder could from then on, and at the end instant no more."""
    clock.set("2027-03-03T15:00:00Z")
    let_in(access)
    clock.set("2027-03-05T00:00:00Z")

    for at in ("14:20:00", "14:59:59.999999"):
        assert Reason.NO_GRANT is past(access, at)
    for at in ("15:00:00", "17:00:00", "18:59:59.999999"):
        assert Reason.ALLOWED is past(access, at)
    for at in ("19:00:00", "23:59:59"):
        assert Reason.EXPIRED is past(access, at)
    assert Reason.NO_GRANT is past(access, "15:00", agent=Agent("a-zoe", teams={"sales"}))
    assert Reason.ACTION_NOT_PERMITTED is past(access, "15:00", action="board:delete")


def test_a_grant_that_was_given_ahead_was_not_yet_active(access, clock):
    """[N4] Between consent and start the answer is that it was not yet active, as it was for whoever asked then."""
    let_in(access, starts=utc("2027-03-03 16:00"))
    clock.set("2027-03-05T00:00:00Z")

    assert Reason.NO_GRANT is past(access, "14:19:59")
    assert Reason.NOT_YET_ACTIVE is past(access, "14:20")
    assert Reason.NOT_YET_ACTIVE is past(access, "15:59:59.999999")
    assert Reason.ALLOWED is past(access, "16:00")
    assert Reason.EXPIRED is past(access, "20:00")


def test_a_revocation_does_not_undo_what_was_possible(access, clock):
    """[N4] Who was in before the revocation could, whatever is denied today at every instant (N7)."""
    grant = let_in(access)
    clock.set("2027-03-03T15:20:00Z")
    access.revoke("acme", grant.id, by=ANA)

    assert Reason.ALLOWED is past(access, "15:19:59.999999")
    assert Reason.REVOKED is past(access, "15:20")
    assert Reason.REVOKED is access.authorize(KIM, "acme", "board:read", utc("2027-03-03 15:20")).reason
    assert not access.authorize(KIM, "acme", "board:read", utc("2027-03-03 15:19"))
    # As known after the revocation, it denies at every instant: that is what authorize says, and guards with.
    assert Reason.REVOKED is past(access, "15:20", known_at=3)
    assert Reason.REVOKED is past(access, "15:19:30", known_at=3)


def test_each_end_reads_as_what_it_was(access, clock):
    """[N4] Given back, revoked and expired are told apart in the past as in the present."""
    team, kim, lee = let_in(access), let_in(access, to=KIM), let_in(access, to=LEE, hours=1)
    clock.advance(minutes=30)
    access.relinquish("acme", kim.id, by=KIM)
    access.revoke("acme", team.id, by=ANA)
    clock.advance(hours=2)
    access.delivery.sweep()

    assert (Reason.ALLOWED, Reason.ALLOWED) == (past(access, "14:30"), past(access, "15:00", agent=LEE))
    found = access.ledger.as_of("acme", KIM, "board:read", at=utc("2027-03-03 16:00"))
    ended = {each.grant.id: str(each.reason) for each in found.considered}
    assert {team.id: "revoked", kim.id: "relinquished"} == ended
    assert Reason.EXPIRED is past(access, "16:50", agent=Agent("a-lee"))
    assert lee.id == access.ledger.as_of("acme", LEE, "board:read", at=utc("2027-03-03 15:00")).grant_id


# --- terms, rules and blocks that changed -----------------------------------------------------------------------------


def test_across_amendments_the_terms_of_the_time_count(access, clock):
    """[N4] An end that was moved and policies that were changed count from when they were."""
    grant = let_in(access)
    clock.set("2027-03-03T15:00:00Z")
    access.amend("acme", grant.id, by=ANA, version=1, ends=Instant(utc("2027-03-03 16:00")))
    clock.set("2027-03-03T15:30:00Z")
    access.amend("acme", grant.id, by=ANA, version=2, policies=["administrator"])
    clock.set("2027-03-04T15:30:00Z")

    assert Reason.ACTION_NOT_PERMITTED is past(access, "15:29:59", action="board:delete")
    assert Reason.ALLOWED is past(access, "15:30", action="board:delete")
    assert Reason.EXPIRED is past(access, "16:00")
    # What was to be expected before the end was moved: the same instant, as known then.
    assert Reason.ALLOWED is past(access, "17:00", known_at=utc("2027-03-03 14:59"))
    assert Reason.EXPIRED is past(access, "17:00", known_at=utc("2027-03-03 15:00"))
    assert Reason.EXPIRED is past(access, "17:00")


def test_rules_that_narrow_later_do_not_reach_back(access, clock, settings):
    """[N4] What the rules allowed then was allowed then; new rules count from the command that adopted them."""
    let_in(access, policies=["administrator"])
    clock.set("2027-03-03T15:00:00Z")
    low = {"ceilings": {"support": ["read-only"], "other": ["read-only"]}}
    settings.rules = one_flow(policies=["read-only", "administrator"], more=low)
    access.freeze("acme", by=ANA, agent="a-zoe")

    before = access.ledger.as_of("acme", KIM, "board:delete", at=utc("2027-03-03 14:59"))
    after = access.ledger.as_of("acme", KIM, "board:delete", at=utc("2027-03-03 15:00"))
    assert (Reason.ALLOWED, RULES.digest) == (before.reason, before.rules)
    assert (Reason.OVER_CEILING, settings.rules.digest) == (after.reason, after.rules)
    assert Reason.OVER_CEILING is access.authorize(KIM, "acme", "board:delete").reason


def test_rules_that_came_back_are_judged_by_again(access, clock, settings):
    """[N4] Rules that were left and taken up again are the rules of their time, each time."""
    narrow = one_flow(policies=["read-only"], more={"ceilings": {"*": ["read-only"]}})
    let_in(access, policies=["administrator"])
    for at, rules in (("15:00", narrow), ("16:00", RULES), ("17:00", narrow)):
        clock.set(f"2027-03-03T{at}:00Z")
        settings.rules = rules
        access.freeze("acme", by=ANA, agent=f"a-{at[:2]}")

    found = [past(access, at, action="board:delete") for at in ("14:30", "15:30", "16:30", "17:30")]
    allowed, over = Reason.ALLOWED, Reason.OVER_CEILING
    assert [allowed, over, allowed, over] == found


def test_rules_that_no_command_adopted_are_not_in_the_record(access, settings):
    """[N4] The record knows the rules that a command was given under; an edit that none followed it can't know of."""
    let_in(access, policies=["administrator"])
    settings.rules = one_flow(more={"ceilings": {"*": ["read-only"]}})

    found = access.ledger.as_of("acme", KIM, "board:delete", at=utc("2027-03-03 14:20"))
    assert (Reason.ALLOWED, RULES.digest) == (found.reason, found.rules)
    assert Reason.OVER_CEILING is access.authorize(KIM, "acme", "board:delete").reason


def test_freezes_held_while_they_stood(access, clock):
    """[N4] Frozen, of a tenant or of one agent there, is the answer for as long as it stood, and for nobody else."""
    let_in(access, hours=9)
    story = (
        ("15:00", lambda: access.freeze("acme", by=ANA, agent="a-kim")),
        ("16:00", lambda: access.unfreeze("acme", by=ANA, agent="a-kim")),
        ("17:00", lambda: access.freeze("acme", by=ANA)),
        ("18:00", lambda: access.unfreeze("acme", by=ANA)),
    )
    for at, happens in story:
        clock.set(f"2027-03-03T{at}:00Z")
        happens()

    allowed, frozen = Reason.ALLOWED, Reason.FROZEN
    at = ("14:59:59.999999", "15:00", "15:59:59.999999", "16:00", "17:00", "18:00")
    assert [allowed, frozen, frozen, allowed, frozen, allowed] == [past(access, each) for each in at]
    assert [allowed, allowed, allowed, allowed, frozen, allowed] == [
        past(access, each, agent=LEE) for each in at
    ]


def test_cut_offs_silence_from_their_own_time(access, clock):
    """[N4] A cut-off silences what was consented to before it, from its own time on; later consent counts."""
    let_in(access, hours=9)
    clock.set("2027-03-03T15:00:00Z")
    access.revoke_all("acme", by=ANA, agent="a-kim")
    clock.set("2027-03-03T16:00:00Z")
    access.revoke_all("acme", by=ANA)
    clock.set("2027-03-03T17:00:00Z")
    let_in(access)

    allowed, cut = Reason.ALLOWED, Reason.CUT_OFF
    at = ("14:59:59", "15:00", "15:59:59", "16:00", "16:59:59", "17:00")
    assert [allowed, cut, cut, cut, cut, allowed] == [past(access, each) for each in at]
    assert [allowed, allowed, allowed, cut, cut, allowed] == [past(access, each, agent=LEE) for each in at]


# --- clocks -----------------------------------------------------------------------------------------------------------


def test_what_was_recorded_under_a_fast_clock_counts_from_when_it_was_done(access, clock):
    """[N4] What was done after a clock ran ahead counts from the reading when it was done, not from the later time."""
    grant = let_in(access)
    clock.set("2027-03-04T15:00:00Z")  # a day ahead
    access.freeze("acme", by=ANA, agent="a-zoe")
    clock.set("2027-03-03T15:10:00Z")  # back, and the record has seen tomorrow
    access.revoke("acme", grant.id, by=ANA)
    clock.set("2027-03-03T15:20:00Z")
    assert Reason.CLOCK_ROLLBACK is access.authorize(KIM, "acme", "board:read").reason
    access.ledger.correct_clock("acme", by=OPS)
    clock.set("2027-03-03T15:30:00Z")
    let_in(access)

    assert Reason.ALLOWED is past(access, "15:09:59")
    assert Reason.CLOCK_ROLLBACK is past(access, "15:10")
    assert Reason.REVOKED is past(access, "15:20")
    assert Reason.REVOKED is past(access, "15:29:59.999999")
    assert Reason.ALLOWED is past(access, "15:30")
    assert ["rules_adopted", "granted", "frozen", "revoked", "clock_corrected", "granted"] == kinds(access)


def test_a_correction_alone_brings_the_past_up_to_the_present(access, clock):
    """[N4] Once the clock was set right, what the fast one recorded is known from the correction on."""
    let_in(access)
    clock.set("2028-03-03T15:00:00Z")
    access.freeze("acme", by=ANA)
    clock.set("2027-03-03T15:10:00Z")
    access.ledger.correct_clock("acme", by=OPS)
    clock.set("2027-03-03T15:20:00Z")

    assert Reason.FROZEN is access.authorize(KIM, "acme", "board:read").reason
    assert Reason.FROZEN is past(access, "15:20")
    assert Reason.FROZEN is past(access, "15:10")
    assert Reason.ALLOWED is past(access, "15:09:59")


# --- how much is known ------------------------------------------------------------------------------------------------


def test_known_at_a_sequence(access, clock):
    """[N4] With a sequence, exactly so many events are known, whatever was recorded later."""
    first = let_in(access)
    clock.advance(minutes=10)
    access.freeze("acme", by=ANA)
    access.unfreeze("acme", by=ANA)
    access.revoke("acme", first.id, by=ANA)
    assert ["rules_adopted", "granted", "frozen", "unfrozen", "revoked"] == kinds(access)

    no, yes = Reason.NO_GRANT, Reason.ALLOWED
    found = [access.ledger.as_of("acme", KIM, "board:read", at=clock.now(), known_at=seq) for seq in range(6)]
    assert [no, no, yes, Reason.FROZEN, yes, Reason.REVOKED] == [each.reason for each in found]
    assert list(range(6)) == [each.known_at for each in found]
    assert ["", *[RULES.digest] * 5] == [each.rules for each in found]


def test_known_at_a_time(access, clock):
    """[N4] With a time, all that was recorded up to it is known, and what was recorded at the very instant too."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ANA)
    at = clock.now()

    found = [
        access.ledger.as_of("acme", KIM, "board:read", at=at, known_at=utc(f"2027-03-03 {known}"))
        for known in ("14:19:59.999999", "14:20", "15:19:59.999999", "15:20", "23:00")
    ]
    assert [0, 2, 2, 3, 3] == [each.known_at for each in found]
    no, yes, gone = Reason.NO_GRANT, Reason.ALLOWED, Reason.REVOKED
    assert [no, yes, yes, gone, gone] == [each.reason for each in found]


def test_what_is_asked_about_and_what_is_known_are_two_axes(access, clock):
    """[N4] What was to be expected for an instant, and what came of it, are two questions about the same instant."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ANA)
    known = {}
    for at in ("14:30", "15:30", "18:30"):
        for seq in (2, 3):
            known[at, seq] = str(past(access, at, known_at=seq))

    assert {
        ("14:30", 2): "allowed", ("15:30", 2): "allowed", ("18:30", 2): "expired",
        ("14:30", 3): "clock_rollback", ("15:30", 3): "revoked", ("18:30", 3): "revoked",
    } == known  # fmt: skip


def test_the_future_is_told_by_what_is_known_today(access, clock):
    """[N4] An instant ahead is answered by the record as it stands: what will be if nobody does anything."""
    grant = let_in(access, starts=utc("2027-03-04 08:00"), hours=30)

    tomorrow = utc("2027-03-04 09:00")
    found = access.ledger.as_of("acme", KIM, "board:read", at=tomorrow)
    assert (Reason.ALLOWED, 2, tomorrow) == (found.reason, found.known_at, found.at)
    access.revoke("acme", grant.id, by=ANA)
    assert Reason.REVOKED is access.ledger.as_of("acme", KIM, "board:read", at=tomorrow).reason


def test_a_tenant_without_a_record_let_nobody_in(access):
    """[N4] Where nothing was ever recorded, nobody could do anything, under the safe rules."""
    found = access.ledger.as_of("globex", KIM, "board:read", at=utc("2027-03-03 14:20"))

    assert (Reason.NO_GRANT, 0, "") == (found.reason, found.known_at, found.rules)
    assert found.explain() == (
        "At 2027-03-03 14:20 UTC, as known before the first event of globex, under the safe rules: "
        "Denied: no_grant. Nothing at globex is open to Kim."
    )


# --- an answer that guards nothing ------------------------------------------------------------------------------------


def test_an_answer_about_the_past_has_no_truth_value(access):
    """[N4] It can't stand where a decision should: asked for its truth it raises, allowed or not."""
    let_in(access)
    for at in ("14:20", "19:00"):
        found = access.ledger.as_of("acme", KIM, "board:read", at=utc(f"2027-03-03 {at}"))
        for use in (
            bool,
            lambda answer: not answer,
            lambda answer: answer and 1,
            lambda answer: 1 if answer else 0,
        ):
            with pytest.raises(TypeError, match="guards nothing"):
                use(found)
    assert type(found) is PastDecision
    assert not hasattr(found, "require")


def test_an_answer_about_the_past_says_what_it_rests_on(access, clock):
    """[N4] It says the instant, what was known, under which rules, and then the answer in the words of a decision."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ANA)
    rules = f"under rules {RULES.digest[:12]}"

    found = access.ledger.as_of("acme", KIM, "board:read", at=utc("2027-03-03 15:00"))
    assert found.explain() == (
        f"At 2027-03-03 15:00 UTC, as known by event 2 of acme, {rules}: "
        "Allowed. Grant gr_1 lets team support look only, until 2027-03-03 18:20 UTC, 3 hours from now."
    )
    assert str(found) == found.explain()
    assert "<PastDecision allowed agent=a-kim tenant=acme known_at=2>" == repr(found)
    found = access.ledger.as_of("acme", KIM, "board:read", at=utc("2027-03-03 16:00"))
    known = f"as known by event 3 of acme, {rules}"
    assert found.explain().startswith(
        f"At 2027-03-03 16:00 UTC, {known}: Denied: revoked. Grant gr_1 was revoked"
    )


def test_an_answer_about_the_past_as_data(access):
    """[N4] As data it is what the decision was as data, with what was known and under which rules."""
    let_in(access)
    live = access.authorize(KIM, "acme", "board:read", resource="board:1").to_dict()

    found = access.ledger.as_of(
        "acme", KIM, "board:read", at=utc("2027-03-03 14:20"), resource="board:1"
    ).to_dict()
    assert {**live, "known_at": 2, "rules": RULES.digest} == found


def test_what_else_allowed_is_told_too(access, clock):
    """[N3] Of several grants the past says which allowed, which allowed as well, and which no longer did."""
    first, second = let_in(access), let_in(access, to=KIM, hours=2)
    clock.advance(minutes=5)
    access.revoke("acme", first.id, by=ANA)

    before = access.ledger.as_of("acme", KIM, "board:read", at=utc("2027-03-03 14:20"))
    after = access.ledger.as_of("acme", KIM, "board:read", at=utc("2027-03-03 14:25"))
    assert (first.id, second.id) == (before.grant_id, after.grant_id)
    assert before.explain().endswith(f"So does {second.id}.")
    assert after.explain().endswith(f"It still allows this although {first.id} (revoked) does not.")
    assert {first.id: Reason.REVOKED, second.id: None} == {
        each.grant.id: each.reason for each in after.considered
    }


# --- who may ask, and of what -----------------------------------------------------------------------------------------


def test_who_may_ask_about_the_past(access, settings):
    """[N4] With `by`, the rules' view of the history decides: consenters of the tenant, and whom the rules name."""
    let_in(access)
    others = Member("m-gus", tenant="globex", roles={"admin"})
    at = utc("2027-03-03 14:20")

    assert Reason.ALLOWED is access.ledger.as_of("acme", KIM, "board:read", at=at, by=ANA).reason
    for actor in (BEN, KIM, others, OPS):
        with pytest.raises(NotEntitled) as caught:
            access.ledger.as_of("acme", KIM, "board:read", at=at, by=actor)
        assert ("read the past", ("approvers",)) == (caught.value.verb, caught.value.needs)
        with pytest.raises(NotEntitled):
            access.ledger.as_of("nowhere", KIM, "board:read", at=at, by=actor)
    settings.rules = one_flow(
        more={"view": {"status": ["vendor:*"], "history": ["approvers", "vendor:support"]}}
    )
    assert Reason.ALLOWED is access.ledger.as_of("acme", KIM, "board:read", at=at, by=KIM).reason


def test_the_past_of_a_hidden_tenant(clock):
    """[P8] A hidden tenant was hidden then too: the answer says so, for the host, and an agent may not ask for it."""
    rules = rule_set("project-platform")
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock, id_factory=Counter())
    owner = Member("m-ana", tenant="acme", roles={"admin"})
    asked = {"resource": "project:42"}
    given = {"to": SUPPORT, "scope": Scope.only("project:42"), "ends": OpenEnded(), "word": "Support"}
    switched_on = utc("2027-03-03 14:20")
    grant = access.grant("acme", by=owner, reason="Boards missing", **given)
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=owner, word="Support")

    def hidden(at):
        found = access.ledger.as_of("acme", KIM, "project:read", at=at, **asked)
        return found.allowed, found.to_dict()["conceal"]

    assert (True, False) == hidden(switched_on)
    assert (False, True) == hidden(clock.now())
    found = access.ledger.as_of("acme", KIM, "project:read", at=clock.now(), **asked)
    assert f"Grant {grant.id} was revoked" in found.explain()
    with pytest.raises(NotEntitled):
        access.ledger.as_of("acme", KIM, "project:read", at=switched_on, by=KIM, **asked)


def test_acting_as_a_member_in_the_past(clock):
    """[B10] What the member could do themselves no record holds: whoever asks says it, and by default it is a yes."""
    rules = one_flow(act_as=["none", "any"])
    access = SupportAccess(MemoryStore(), rules=rules, clock=clock, member_rights=Everything())
    let_in(access, act_as="m-ben")
    asked = {"at": clock.now(), "act_as": "m-ben"}

    assert Reason.ALLOWED is access.ledger.as_of("acme", KIM, "board:read", **asked).reason
    assert (
        Reason.MEMBER_LACKS_RIGHT
        is access.ledger.as_of("acme", KIM, "board:read", **asked, member_may=False).reason
    )
    assert (
        Reason.NO_GRANT
        is access.ledger.as_of("acme", KIM, "board:read", at=clock.now(), act_as="m-ana").reason
    )


class Everything:
    def may(self, member, action, resource):
        return True


def test_who_was_in_which_team_is_for_the_asker_to_say(access):
    """[M9] Teams are asserted by the host and stand in no record: the past is judged by those that it is asked with."""
    let_in(access)

    assert Reason.ALLOWED is past(access, "14:20", agent=Agent("a-new", teams={"support"}))
    assert Reason.NO_GRANT is past(access, "14:20", agent=Agent("a-kim"))


# --- what it needs ----------------------------------------------------------------------------------------------------


def test_the_past_needs_neither_the_hosts_rules_nor_its_clock(clock):
    """[N4] What was is in the record: it is told although the rules can't be had and the clock has stopped."""
    store = MemoryStore()
    let_in(SupportAccess(store, rules=RULES, clock=clock))

    class Broken:
        def now(self):
            raise OSError

    def no_rules(tenant):
        raise OSError

    access = SupportAccess(store, rules=no_rules, clock=Broken())
    assert Reason.ALLOWED is past(access, "14:20")
    assert Reason.EXPIRED is past(access, "18:20")


def test_asking_about_the_past_changes_nothing(access, clock):
    """[N4] A question about the past leaves no event and no rules behind, in this tenant or in any other."""
    let_in(access)
    before = access.ledger.head("acme"), access.grants("acme")
    for at in ("10:00", "14:20", "23:00"):
        past(access, at)

    assert before == (access.ledger.head("acme"), access.grants("acme"))
    assert 0 == access.ledger.head("globex").seq


def test_erased_words_change_no_answer(access, clock):
    """[N4] What was decided rests on no reason and no name: with these erased, every answer is what it was."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ANA)
    asked = [("14:30", None), ("15:30", None), ("18:20", 2), ("16:00", 3)]
    before = [past_data(access, *each) for each in asked]
    clock.advance(hours=1)

    assert 4 == access.ledger.erase("acme", by=OPS, events=[2], people=["m-ana"])

    assert before == [past_data(access, *each) for each in asked]


def past_data(access, at, known_at):
    """Return an answer about the past as data."""
    return access.ledger.as_of(
        "acme", KIM, "board:read", at=utc(f"2027-03-03 {at}"), known_at=known_at
    ).to_dict()


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_record_that_was_changed_tells_no_past(tmp_path, clock, seq):
    """[N5] Whichever event was changed, before or after the instant asked about, the answer is the broken chain."""
    path = tmp_path / "support.db"
    with SQLiteStore(path) as store:
        access = SupportAccess(store, rules=RULES, clock=clock, id_factory=Counter())
        grant = let_in(access)
        clock.advance(hours=1)
        access.revoke("acme", grant.id, by=ANA)
    vendor = sqlite3.connect(path)
    with vendor:
        edited = "CAST(replace(CAST(sealed AS TEXT), 'm-ana', 'm-bob') AS BLOB)"
        vendor.execute(f"UPDATE entries SET sealed = {edited} WHERE seq = ?", (seq,))  # noqa: S608
    vendor.close()

    with SQLiteStore(path) as store:
        access = SupportAccess(store, rules=RULES, clock=clock)
        asked = (
            {"at": utc("2027-03-03 14:30")},
            {"at": utc("2027-03-03 17:00")},
            {"at": clock.now(), "known_at": 0},
        )
        for more in asked:
            with pytest.raises(ChainBroken) as caught:
                access.ledger.as_of("acme", KIM, "board:read", **more)
            assert ("acme", seq) == (caught.value.tenant, caught.value.seq)


def test_questions_that_mean_nothing_are_refused(access):
    """[N4] A malformed question is refused by the name of what is wrong, and so is what the record never got to."""
    let_in(access)
    good = {"at": utc("2027-03-03 14:20")}
    naive = utc("2027-03-03 14:20").replace(tzinfo=None)
    wrong = (
        ("at", "acme", "board:read", {"at": naive}),
        ("at", "acme", "board:read", {"at": "2027-03-03"}),
        ("known_at", "acme", "board:read", {**good, "known_at": naive}),
        ("known_at", "acme", "board:read", {**good, "known_at": 3}),
        ("known_at", "acme", "board:read", {**good, "known_at": -1}),
        ("known_at", "acme", "board:read", {**good, "known_at": True}),
        ("known_at", "acme", "board:read", {**good, "known_at": "2"}),
        ("known_at", "globex", "board:read", {**good, "known_at": 1}),
        ("tenant", VENDOR, "board:read", good),
        ("tenant", "", "board:read", good),
        ("action", "acme", "board", good),
        ("resource", "acme", "board:read", {**good, "resource": "board"}),
        ("act_as", "acme", "board:read", {**good, "act_as": ""}),
        ("member_may", "acme", "board:read", {**good, "member_may": 1}),
        ("by", "acme", "board:read", {**good, "by": "m-ana"}),
    )
    for field, tenant, action, asked in wrong:
        with pytest.raises(InvalidInput) as caught:
            access.ledger.as_of(tenant, KIM, action, **asked)
        assert field == caught.value.field, (tenant, action, asked)
