"""The clock: turned back, it undoes nothing that the record has seen; run fast, it can be mended."""

import pytest

from grantkit import Elapsed, InvalidInput, Member, Reason, SupportAccess, System, Team
from grantkit.errors import ClockBehind, IllegalTransition, NotEntitled, Unavailable
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, LEE, Counter, kinds, one_flow, refused, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
SUPPORT = Team("support")
OPS = System("ops")
RULES = one_flow(policies=["read-only", "administrator"], amend={"ends": ["elapsed"], "policies": True})


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def access(clock, store):
    return SupportAccess(store, rules=RULES, clock=clock, id_factory=Counter())


def let_in(access, to=SUPPORT, hours=4):
    """Grant some hours."""
    return access.grant("acme", by=ANA, to=to, ends=Elapsed(hours=hours), reason="Boards missing")


def ask(access, agent=KIM, now=None):
    """Ask to look, and return the reason with the grant that it is about."""
    decision = access.authorize(agent, "acme", "board:read", now)
    return decision.reason, decision.grant_id


def test_what_is_revoked_stays_revoked_at_every_instant(access, clock):
    """[N7] Once recorded, a revocation denies for every instant asked about, before and after it."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ANA)

    for now in ("2027-03-03 15:19:00", "2027-03-03 15:20:00", "2027-03-03 17:00:00", "2027-03-04 00:00:00"):
        assert (Reason.REVOKED, grant.id) == ask(access, now=utc(now))
    for now in ("2027-03-03 14:20:00", "2027-03-03 15:18:59", "1970-01-01 00:00:00"):
        assert (Reason.CLOCK_ROLLBACK, None) == ask(access, now=utc(now))


def test_a_revocation_bites_in_every_process(access, clock, store):
    """[N7] The next decision of another process denies, however its clock reads."""
    slow, fast = FakeClock("2027-03-03T14:19:30Z"), FakeClock("2027-03-03T14:20:45Z")
    others = [SupportAccess(store, rules=RULES, clock=each) for each in (slow, fast)]
    grant = let_in(access)
    access.revoke("acme", grant.id, by=ANA)

    assert [(Reason.REVOKED, grant.id)] * 2 == [ask(other) for other in others]
    slow.set("2027-03-03T13:00:00Z")
    assert (Reason.CLOCK_ROLLBACK, None) == ask(others[0])


def test_an_end_that_the_record_has_seen_stays_passed(access, clock):
    """[N7] A grant whose end lies before the record's last event is over, also for a clock slightly behind."""
    grant = let_in(access)
    clock.set("2027-03-03T18:20:30Z")
    access.freeze("acme", by=ANA, agent="a-lee")

    clock.set("2027-03-03T18:19:59Z")  # before the end, and half a minute behind the record
    assert (Reason.EXPIRED, grant.id) == ask(access)
    assert [("expired", utc("2027-03-03 18:20"))] == [
        (status.state, status.ended_at) for status in access.grants("acme")
    ]


def test_a_clock_a_minute_behind_is_believed_and_no_further(access, clock):
    """[N7] Sixty seconds behind the record a clock is believed, and a microsecond further it denies."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.freeze("acme", by=ANA, agent="a-lee")  # the record has seen 15:20

    clock.set("2027-03-03T15:19:00Z")
    assert (Reason.ALLOWED, grant.id) == ask(access)
    clock.set("2027-03-03T15:18:59.999999Z")
    decision = access.authorize(KIM, "acme", "board:read")
    assert (Reason.CLOCK_ROLLBACK, None) == (decision.reason, decision.grant_id)
    assert utc("2027-03-03 15:19") == decision.valid_until
    assert () == access.visible_tenants(KIM)


def test_with_a_clock_behind_nothing_widens_and_everything_narrows(access, clock):
    """[N7] Under a clock that reads behind the record whatever widens is refused, and whatever narrows works."""
    grant, second, third = let_in(access), let_in(access), let_in(access)
    access.freeze("acme", by=ANA, agent="a-lee")
    clock.advance(minutes=-2)

    for widen in (
        lambda: let_in(access),
        lambda: access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=8)),
        lambda: access.amend("acme", grant.id, by=ANA, version=1, policies=["read-only", "administrator"]),
        lambda: access.unfreeze("acme", by=ANA, agent="a-lee"),
    ):
        with refused(access, ClockBehind) as refusal:
            widen()
        assert (utc("2027-03-03 14:18"), utc("2027-03-03 14:20")) == (
            refusal.value.now,
            refusal.value.seen_at,
        )

    access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=1))
    access.revoke("acme", second.id, by=ANA)
    access.relinquish("acme", third.id, by=KIM)
    access.freeze("acme", by=ANA)
    access.revoke_all("acme", by=ANA)
    assert ["amended", "revoked", "relinquished", "frozen", "cut_off"] == kinds(access)[-5:]


def test_the_record_does_not_run_backwards(access, clock):
    """[N7] An event takes the later of the clock and the record, and keeps what the clock read where that differs."""
    grant = let_in(access)
    clock.advance(minutes=-2)
    access.revoke("acme", grant.id, by=ANA)

    adopted, granted, revoked = access.ledger.history("acme")
    assert [(utc("2027-03-03 14:20"), None)] * 2 == [(event.at, event.clock) for event in (adopted, granted)]
    assert (utc("2027-03-03 14:20"), utc("2027-03-03 14:18")) == (revoked.at, revoked.clock)


def test_a_clock_that_ran_fast_is_mended(access, clock):
    """[N7] After a clock ran a year fast, correcting it is an event, and access and consent work again."""
    clock.set("2028-03-03T14:20:00Z")
    access.freeze("acme", by=ANA, agent="a-lee")
    clock.set("2027-03-03T14:20:00Z")
    with refused(access, ClockBehind):
        let_in(access)

    access.ledger.correct_clock("acme", by=OPS)

    grant = let_in(access)
    assert (Reason.ALLOWED, grant.id) == ask(access)
    assert utc("2027-03-03 18:20") == grant.ends_at
    corrected, granted = access.ledger.history("acme")[-2:]
    assert ("clock_corrected", OPS, utc("2027-03-03 14:20")) == (
        corrected.kind,
        corrected.actor,
        corrected.body.seen_at,
    )
    assert utc("2027-03-03 14:20") == granted.at


def test_a_record_that_is_not_ahead_needs_no_correction(access, clock):
    """[N7] Correcting a record that is not ahead of the clock is no event."""
    let_in(access)
    for hours in (0, 1):
        clock.advance(hours=hours)
        access.ledger.correct_clock("acme", by=OPS)

    assert ["rules_adopted", "granted"] == kinds(access)


@pytest.mark.parametrize("by", [ANA, KIM])
def test_only_the_system_corrects_a_clock(access, clock, by):
    """[N7] Correcting the clock is a repair by a job of the host, never a decision of either side."""
    let_in(access)
    clock.advance(hours=-1)

    with refused(access, NotEntitled):
        access.ledger.correct_clock("acme", by=by)


def test_the_tick_of_a_clock_ahead_changes_other_tenants_nothing(access, clock):
    """[N7] A record that ran ahead is one tenant's: others go by their own."""
    bo = Member("m-bo", tenant="globex", roles={"admin"})
    access.grant("globex", by=bo, to=SUPPORT, ends=Elapsed(hours=4), reason="Boards missing")
    clock.set("2028-03-03T14:20:00Z")
    access.freeze("acme", by=ANA, agent="a-lee")
    clock.set("2027-03-03T14:20:00Z")

    assert Reason.ALLOWED is access.authorize(KIM, "globex", "board:read").reason


def test_a_sweep_records_each_end_once(access, clock):
    """[N2] No decision depends on a sweep: it records each end once, so that people can be told."""
    grant, longer = let_in(access, to=KIM), let_in(access, to=LEE, hours=5)
    assert () == access.delivery.sweep()
    clock.set("2027-03-03T18:20:00Z")
    before = ask(access)

    swept = access.delivery.sweep(by=System("nightly"))

    assert [grant.id] == [each.id for each in swept]
    assert () == access.delivery.sweep()
    assert (Reason.EXPIRED, grant.id) == before == ask(access)
    assert (Reason.ALLOWED, longer.id) == ask(access, LEE)
    assert ["rules_adopted", "granted", "granted", "ended"] == kinds(access)
    ended = access.ledger.history("acme")[-1]
    assert (System("nightly"), "expired") == (ended.actor, ended.body.how.value)
    assert [("expired", utc("2027-03-03 18:20")), ("live", None)] == [
        (status.state, status.ended_at) for status in access.grants("acme")
    ]


def test_a_late_sweep_does_not_move_the_end(access, clock):
    """[N2] Swept days later, a grant still ended when its window did."""
    let_in(access)
    clock.advance(days=3)
    access.delivery.sweep()

    (status,) = access.grants("acme")
    assert ("expired", utc("2027-03-03 18:20")) == (status.state, status.ended_at)


def test_what_a_cut_off_ended_is_swept_as_that(access, clock):
    """[B7] A grant that was cut off before its end came is recorded as cut off, not as expired."""
    grant = let_in(access)
    access.revoke_all("acme", by=ANA)
    clock.advance(hours=5)

    assert [("cut_off")] == [each.ended.how.value for each in access.delivery.sweep()]
    assert (Reason.CUT_OFF, grant.id) == ask(access)


def test_sweeps_can_be_taken_in_turns(access, clock):
    """[N2] A sweep with a limit takes the earliest ends first and goes on where it stopped, over all tenants."""
    bo = Member("m-bo", tenant="globex", roles={"admin"})
    for hours in (3, 1):
        let_in(access, hours=hours)
    access.grant("globex", by=bo, to=SUPPORT, ends=Elapsed(hours=2), reason="Boards missing")
    clock.advance(hours=4)

    turns = [access.delivery.sweep(limit=2), access.delivery.sweep(limit=2), access.delivery.sweep(limit=2)]

    assert [["gr_2", "gr_3"], ["gr_1"], []] == [[grant.id for grant in turn] for turn in turns]


def test_an_end_recorded_under_a_fast_clock_is_final(access, clock):
    """[N7] An end that was recorded while the clock ran fast stays: it fails closed."""
    grant = let_in(access)
    clock.set("2028-03-03T14:20:00Z")
    access.delivery.sweep()
    clock.set("2027-03-03T14:30:00Z")
    access.ledger.correct_clock("acme", by=OPS)

    assert (Reason.EXPIRED, grant.id) == ask(access)
    with refused(access, IllegalTransition):
        access.amend("acme", grant.id, by=ANA, version=2, ends=Elapsed(hours=8))


def test_an_end_not_recorded_comes_back_with_the_right_time(access, clock):
    """[N7] What only a fast clock saw end, with no record of it, stands again once the record is set right."""
    grant = let_in(access)
    clock.set("2028-03-03T14:20:00Z")
    assert (Reason.EXPIRED, grant.id) == ask(access)
    access.freeze("acme", by=ANA, agent="a-lee")
    clock.set("2027-03-03T14:30:00Z")
    access.ledger.correct_clock("acme", by=OPS)

    assert (Reason.ALLOWED, grant.id) == ask(access)


class Broken:
    """A clock that stands on its head."""

    def __init__(self, reading):
        self.reading = reading

    def now(self):
        """Give the reading, or raise it."""
        if isinstance(self.reading, Exception):
            raise self.reading
        return self.reading


@pytest.mark.parametrize(
    ("reading", "error"),
    [
        (OSError("no clock"), Unavailable),
        (utc("2027-03-03 14:20").replace(tzinfo=None), InvalidInput),
        (None, InvalidInput),
    ],
    ids=["fails", "naive", "nothing"],
)
def test_a_broken_clock_is_an_error_and_lets_nobody_in(store, reading, error):
    """[N7] A clock that fails, or gives no instant, raises: there is no decision to be mistaken for an allow."""
    access = SupportAccess(store, rules=RULES, clock=Broken(reading))
    with pytest.raises(error):
        ask(access)
    with pytest.raises(error):
        let_in(access)
    assert [] == kinds(access)


def test_four_hours_are_four_hours_over_a_change_of_clocks(clock, store):
    """[M5] Elapsed time is added in UTC: a change of the clocks makes it neither longer nor shorter."""
    clock.set("2027-03-28T00:30:00Z")
    access = SupportAccess(store, rules=RULES.in_zone("Europe/Berlin"), clock=clock)

    assert utc("2027-03-28 04:30") == let_in(access).ends_at
