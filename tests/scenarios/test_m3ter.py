"""m3ter: an admin opens a whole organization to the support team until a date, under policies of their choice."""

from datetime import date

import pytest

from grantkit import (
    Calendar,
    EndOfDay,
    InvalidInput,
    Member,
    OpenEnded,
    Reason,
    Scope,
    Soonest,
    StartOfDay,
    SupportAccess,
)
from grantkit.errors import IllegalTransition, NotEntitled, NotOffered, StaleVersion, TermNotOffered
from grantkit.model import nameless
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, Counter, Settings, kinds, refused, rule_set, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"member"}, name="Ben")
OTTO = Member("m-otto", tenant="acme", roles={"security-officer"}, name="Otto")

POLICIES = {
    "billing": [{"effect": "allow", "action": ["bill:*"], "resource": ["*"]}],
    "look": [{"effect": "allow", "action": ["*:read"], "resource": ["*"]}],
    "no-secrets": [{"effect": "deny", "action": ["secret:*"], "resource": ["*"]}],
}
RULES = rule_set("m3ter", policies=POLICIES, stop=["tenant:security-officer"])
THE_10TH = StartOfDay(date(2027, 3, 10))
THE_12TH = StartOfDay(date(2027, 3, 12))


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def settings():
    return Settings(RULES.in_zone("Europe/Berlin"))


@pytest.fixture
def access(clock, settings):
    return SupportAccess(MemoryStore(), rules=settings, clock=clock, id_factory=Counter())


def test_a_grant_covers_one_whole_organization(access):
    """[T1] A grant covers all of one organization and nothing of another."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    for resource in (None, "meter:1", "account:7", "anything:at-all"):
        decision = access.authorize(KIM, "acme", "meter:delete", resource=resource)
        assert (Reason.ALLOWED, grant.id) == (decision.reason, decision.grant_id)
        assert Reason.NO_GRANT is access.authorize(KIM, "globex", "meter:delete", resource=resource).reason


def test_a_part_of_an_organization_is_not_on_offer(access):
    """[T1] A grant for a part of the organization is refused."""
    with refused(access, NotOffered) as refusal:
        access.grant("acme", by=ANA, scope=Scope.only("meter:1"), ends=THE_10TH)

    assert ("scope", "meter:1") == (refusal.value.field, refusal.value.asked)


@pytest.mark.parametrize("ends", [THE_10TH, Soonest()])
def test_a_date_without_a_zone_is_refused(access, settings, ends):
    """[T2] A date with no zone of its own and none in the rules is refused, never read in the machine's zone."""
    settings.rules = RULES

    with refused(access, InvalidInput) as refusal:
        access.grant("acme", by=ANA, ends=ends)

    assert "no_zone" == refusal.value.code
    assert [] == kinds(access)


def test_the_dates_own_zone_comes_before_the_rules(access):
    """[T2] A date is read in its own zone, else in that of the rules."""
    here = access.grant("acme", by=ANA, ends=THE_10TH)
    there = access.grant("acme", by=ANA, ends=StartOfDay(date(2027, 3, 10), "America/New_York"))

    assert utc("2027-03-09 23:00") == here.ends_at
    assert StartOfDay(date(2027, 3, 10), "Europe/Berlin") == here.term, "kept with the zone it was read in"
    assert utc("2027-03-10 05:00") == there.ends_at
    assert StartOfDay(date(2027, 3, 10), "America/New_York") == there.term


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2027, 3, 10), "Europe/Berlin", "2027-03-09 23:00"),
        (date(2027, 3, 28), "Europe/Berlin", "2027-03-27 23:00"),  # the day on which the clocks go forward
        (date(2027, 3, 29), "Europe/Berlin", "2027-03-28 22:00"),
        (
            date(2027, 9, 5),
            "America/Santiago",
            "2027-09-05 04:00",
        ),  # there is no midnight: the day begins at 01:00
        (date(2027, 3, 10), "Pacific/Kiritimati", "2027-03-09 10:00"),
    ],
)
def test_an_end_date_ends_access_at_the_start_of_that_day(access, clock, day, zone, instant):
    """[T3] An end date D ends access at the first instant of D in its zone: D itself is not covered."""
    grant = access.grant("acme", by=ANA, ends=StartOfDay(day, zone))
    assert utc(instant) == grant.ends_at

    clock.set(utc(instant))
    clock.advance(microseconds=-1)
    assert Reason.ALLOWED is access.authorize(KIM, "acme", "meter:read").reason
    clock.set(utc(instant))
    decision = access.authorize(KIM, "acme", "meter:read")
    assert (Reason.EXPIRED, grant.id) == (decision.reason, decision.grant_id)


def test_the_end_of_a_day_is_another_term(access):
    """[T3] There is no default between the start and the end of a date: who means the end must have it on offer."""
    with refused(access, TermNotOffered) as refusal:
        access.grant("acme", by=ANA, ends=EndOfDay(date(2027, 3, 10)))

    assert ("start_of_day",) == refusal.value.offered
    with refused(access, InvalidInput) as silence:
        access.grant("acme", by=ANA)
    assert ("ends", "required") == (silence.value.field, silence.value.code)


@pytest.mark.parametrize(
    ("now", "zone", "today"),
    [
        ("2027-03-03T14:20:00Z", "Europe/Berlin", date(2027, 3, 3)),
        ("2027-03-03T22:59:59Z", "Europe/Berlin", date(2027, 3, 3)),
        ("2027-03-03T23:00:00Z", "Europe/Berlin", date(2027, 3, 4)),  # midnight there
    ],
)
def test_the_soonest_end_is_tomorrows_date(access, clock, now, zone, today):
    """[T5] A grant lasts the rest of the tenant's day at least: today's date is refused, tomorrow's is fine."""
    clock.set(now)

    for too_early in (today, today.replace(day=1), today.replace(year=2026)):
        with refused(access, TermNotOffered) as refusal:
            access.grant("acme", by=ANA, ends=StartOfDay(too_early, zone))
        assert ("no end before start_of_day P1D",) == refusal.value.offered
    assert [] == kinds(access)

    tomorrow = StartOfDay(today.replace(day=today.day + 1), zone)
    assert tomorrow == access.grant("acme", by=ANA, ends=tomorrow).term


def test_today_is_the_tenants_today(access, clock):
    """[T5] What is tomorrow is asked of the tenant's zone: a date in another zone makes the soonest end no sooner."""
    clock.set("2027-03-04T04:59:59Z")  # the 3rd in New York, the 4th in Berlin, where the tenant is

    with refused(access, TermNotOffered):
        access.grant("acme", by=ANA, ends=StartOfDay(date(2027, 3, 4), "America/New_York"))
    access.grant("acme", by=ANA, ends=StartOfDay(date(2027, 3, 5), "America/New_York"))


def test_with_no_policy_chosen_the_default_applies(access):
    """[T6] With no policy chosen the grant has the rule set's first: the managed administrator policy."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    assert ("administrator",) == grant.policies
    for action in ("meter:read", "meter:delete", "anything:at-all"):
        assert Reason.ALLOWED is access.authorize(KIM, "acme", action).reason


def test_several_policies_attach_and_a_deny_takes_precedence(access):
    """[T6] Several policies attach to one grant; among them a deny statement takes precedence over any allow."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH, policies=["look", "billing", "no-secrets"])

    assert ("billing", "look", "no-secrets") == grant.policies
    for action in ("bill:send", "meter:read"):
        assert Reason.ALLOWED is access.authorize(KIM, "acme", action).reason
    for action in ("secret:read", "meter:delete"):
        decision = access.authorize(KIM, "acme", action)
        assert (Reason.ACTION_NOT_PERMITTED, grant.id) == (decision.reason, decision.grant_id)


def test_a_policy_that_nobody_knows_is_refused(access):
    """[T6] A policy must be known to the rules; attaching none at all is refused too."""
    for policies, code in ((["unheard-of"], "unknown"), ([], "blank")):
        with refused(access, InvalidInput) as refusal:
            access.grant("acme", by=ANA, ends=THE_10TH, policies=policies)
        assert ("policies", code) == (refusal.value.field, refusal.value.code)


def test_a_new_end_takes_effect_at_once_and_both_are_recorded(access, clock):
    """[T7] An earlier or later end of a live grant takes effect at once; the record keeps old and new terms."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    later = access.amend("acme", grant.id, by=ANA, version=1, ends=THE_12TH)
    assert (2, utc("2027-03-11 23:00")) == (later.version, later.ends_at)
    clock.set("2027-03-10T12:00:00Z")
    assert Reason.ALLOWED is access.authorize(KIM, "acme", "meter:read").reason

    sooner = access.amend("acme", grant.id, by=ANA, version=2, ends=StartOfDay(date(2027, 3, 11)))
    assert (3, utc("2027-03-10 23:00")) == (sooner.version, sooner.ends_at)
    clock.set("2027-03-10T23:00:00Z")
    assert Reason.EXPIRED is access.authorize(KIM, "acme", "meter:read").reason

    assert ["rules_adopted", "granted", "amended", "amended"] == kinds(access)
    ends = [
        (event.body.old.window.ends_at, event.body.new.window.ends_at)
        for event in access.ledger.history("acme")[2:]
    ]
    assert [
        (utc("2027-03-09 23:00"), utc("2027-03-11 23:00")),
        (utc("2027-03-11 23:00"), utc("2027-03-10 23:00")),
    ] == ends


def test_new_policies_take_effect_at_once_and_both_are_recorded(access):
    """[T7] New policies take effect at once; the record keeps the old and the new, and the consent to the new."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH, policies=["look"])
    assert Reason.ACTION_NOT_PERMITTED is access.authorize(KIM, "acme", "bill:send").reason

    amended = access.amend("acme", grant.id, by=ANA, version=1, policies=["look", "billing"])

    assert ("billing", "look") == amended.policies
    assert Reason.ALLOWED is access.authorize(KIM, "acme", "bill:send").reason
    body = access.ledger.history("acme")[-1].body
    assert (("look",), ("billing", "look")) == (body.old.policies, body.new.policies)
    assert (nameless(ANA), "support-terms-3") == (body.approval.by, body.approval.text)
    assert 2 == len(amended.approvals)


def test_an_amendment_that_changes_nothing_is_no_event(access):
    """[T7] Amending to the terms that stand leaves version and record as they were."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    same = access.amend("acme", grant.id, by=ANA, version=1, ends=THE_10TH, policies=["administrator"])

    assert grant.version == same.version
    assert ["rules_adopted", "granted"] == kinds(access)


def test_as_soon_as_possible_means_the_next_midnight(access, clock):
    """[T8] Ended as soon as possible, access exists until the next midnight of the tenant's zone."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    amended = access.amend("acme", grant.id, by=ANA, version=1, ends=Soonest())

    assert utc("2027-03-03 23:00") == amended.ends_at
    assert StartOfDay(date(2027, 3, 4), "Europe/Berlin") == amended.term
    now = access.authorize(KIM, "acme", "meter:read")
    assert (Reason.ALLOWED, utc("2027-03-03 23:00")) == (now.reason, now.valid_until)
    clock.set("2027-03-03T23:00:00Z")
    assert Reason.EXPIRED is access.authorize(KIM, "acme", "meter:read").reason


def test_ending_soon_and_revoking_are_told_apart(access):
    """[T8] Ending as soon as possible is an amendment, revoking is a revocation, and the record tells them apart."""
    soon = access.grant("acme", by=ANA, ends=THE_10TH)
    now = access.grant("acme", by=ANA, ends=THE_10TH)
    access.amend("acme", soon.id, by=ANA, version=1, ends=Soonest())
    assert utc("2027-03-03 23:00") == access.grants("acme")[0].grant.ends_at

    access.revoke("acme", now.id, by=ANA)

    assert ["rules_adopted", "granted", "granted", "amended", "revoked"] == kinds(access)
    assert [("live", None), ("revoked", utc("2027-03-03 14:20"))] == [
        (status.state, status.ended_at) for status in access.grants("acme")
    ]
    decision = access.authorize(KIM, "acme", "meter:read")
    assert (Reason.ALLOWED, soon.id) == (decision.reason, decision.grant_id)


def test_an_end_that_has_passed_is_for_revoke(access, clock):
    """[T8] Amending to an end that has passed, this very instant too, is refused with what to do instead: revoke."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    for now in (
        "2027-03-03T23:00:00Z",
        "2027-03-04T10:00:00Z",
    ):  # the first is the start of 4 March in Berlin
        clock.set(now)
        with refused(access, IllegalTransition) as refusal:
            access.amend("acme", grant.id, by=ANA, version=1, ends=StartOfDay(date(2027, 3, 4)))
        assert refusal.value.instead.startswith("use revoke")


def test_removing_a_policy_narrows(access):
    """[T9] Removing a policy from a live grant narrows it at once; a grant left with none allows nothing."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH, policies=["look", "billing"])

    access.amend("acme", grant.id, by=ANA, version=1, policies=["look"])
    assert Reason.ALLOWED is access.authorize(KIM, "acme", "meter:read").reason
    assert Reason.ACTION_NOT_PERMITTED is access.authorize(KIM, "acme", "bill:send").reason

    bare = access.amend("acme", grant.id, by=ANA, version=2, policies=[])
    assert () == bare.policies
    for action in ("meter:read", "bill:send"):
        decision = access.authorize(KIM, "acme", action)
        assert (Reason.ACTION_NOT_PERMITTED, grant.id) == (decision.reason, decision.grant_id)
    assert () == access.visible_tenants(KIM)
    assert ["rules_adopted", "granted", "amended", "amended"] == kinds(access)


def test_whoever_may_stop_a_grant_may_narrow_it(access):
    """[T9] Removing a policy that holds no deny is narrowing: who may stop the grant may do it, without consent."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH, policies=["look", "billing", "no-secrets"])

    access.amend("acme", grant.id, by=OTTO, version=1, policies=["look", "no-secrets"])

    body = access.ledger.history("acme")[-1].body
    assert (("look", "no-secrets"), None) == (body.new.policies, body.approval)


def test_removing_a_policy_that_holds_a_deny_is_a_widening(access):
    """[T9] Removing a policy that holds a deny widens the grant, so it takes the right to grant."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH, policies=["administrator", "no-secrets"])

    with refused(access, NotEntitled) as refusal:
        access.amend("acme", grant.id, by=OTTO, version=1, policies=["administrator"])
    assert ("tenant:admin",) == refusal.value.needs
    assert Reason.ACTION_NOT_PERMITTED is access.authorize(KIM, "acme", "secret:read").reason

    access.amend("acme", grant.id, by=ANA, version=1, policies=["administrator"])
    assert Reason.ALLOWED is access.authorize(KIM, "acme", "secret:read").reason
    assert nameless(ANA) == access.ledger.history("acme")[-1].body.approval.by


def test_who_may_only_stop_cannot_lengthen(access):
    """[T7] A later end is consent: who may stop the grant, and not give it, cannot lengthen it."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    with refused(access, NotEntitled):
        access.amend("acme", grant.id, by=OTTO, version=1, ends=THE_12TH)
    assert (
        utc("2027-03-03 23:00") == access.amend("acme", grant.id, by=OTTO, version=1, ends=Soonest()).ends_at
    )


def test_the_holder_may_only_shorten(access):
    """[T7] An agent who holds the grant may shorten it, and neither lengthen it nor touch its policies."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH, policies=["look", "billing"])

    with refused(access, NotEntitled):
        access.amend("acme", grant.id, by=KIM, version=1, ends=THE_12TH)
    with refused(access, NotEntitled):
        access.amend("acme", grant.id, by=KIM, version=1, policies=["look"])
    assert (
        utc("2027-03-03 23:00") == access.amend("acme", grant.id, by=KIM, version=1, ends=Soonest()).ends_at
    )


def test_the_tenant_reads_the_end_and_the_policies(access):
    """[T10] Any member of the tenant can read the present end and policies of a grant."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH, policies=["look"])
    access.amend("acme", grant.id, by=ANA, version=1, ends=THE_12TH, policies=["look", "billing"])

    (status,) = access.grants("acme", by=BEN)

    assert (utc("2027-03-11 23:00"), ("billing", "look")) == (status.grant.ends_at, status.grant.policies)
    assert ("live", None) == (status.state, status.ended_at)
    assert () == access.grants("acme", by=Member("m-ben", tenant="globex", roles={"admin"}))


def test_a_stale_update_is_refused(access):
    """[T13] An update that is based on an older version is refused with a conflict and changes nothing."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)
    access.amend("acme", grant.id, by=ANA, version=grant.version, ends=THE_12TH)

    for stale in (1, 3):
        with refused(access, StaleVersion) as refusal:
            access.amend("acme", grant.id, by=ANA, version=stale, ends=Soonest())
        assert (grant.id, stale, 2) == (refusal.value.id, refusal.value.version, refusal.value.current)
    assert utc("2027-03-11 23:00") == access.grants("acme")[0].grant.ends_at
    with pytest.raises(TypeError, match="version"):
        access.amend("acme", grant.id, by=ANA, ends=Soonest())


@pytest.mark.parametrize("ends", [OpenEnded(), Calendar(months=1)])
def test_only_dates_are_on_offer(access, ends):
    """[T2] The end is a calendar date here: a span or no end at all is refused."""
    with refused(access, TermNotOffered):
        access.grant("acme", by=ANA, ends=ends)


def test_any_admin_can_revoke(access):
    """[J11] Any admin can revoke at any time, not only the one who consented; a plain member cannot."""
    grant = access.grant("acme", by=ANA, ends=THE_10TH)

    with refused(access, NotEntitled):
        access.revoke("acme", grant.id, by=BEN)
    access.revoke("acme", grant.id, by=Member("m-dora", tenant="acme", roles={"admin"}))

    decision = access.authorize(KIM, "acme", "meter:read")
    assert (Reason.REVOKED, grant.id) == (decision.reason, decision.grant_id)


def test_the_organization_vendor_is_a_document(access):
    """[N11] The organization vendor's rule set reads back to itself and is adopted by its digest."""
    assert RULES == type(RULES).from_data(RULES.to_data())

    access.grant("acme", by=ANA, ends=THE_10TH)
    adopted = access.ledger.history("acme")[0].body
    assert ("m3ter", RULES.in_zone("Europe/Berlin").digest) == (adopted.name, adopted.digest)
