"""The timeline: what a history says of every request, consent and grant, as intervals."""

import json
from datetime import timedelta
from itertools import count

import attrs
import pytest

from grantkit import VENDOR, AccessRules, Elapsed, OpenEnded, SupportAccess, Team
from grantkit.model import Use
from grantkit.stores import MemoryStore
from grantkit.telling import timeline
from grantkit.testing import FakeClock
from unit.telling.telling_world import ANA, BOB, FLOWS, HOOK, KIM, LOU

EIGHT = Elapsed(hours=8)


class Desk:
    """Support access at noon, and what its history looks like."""

    def __init__(self, **settings):
        flows = FLOWS | {"access": FLOWS["access"] | {"ahead": "P2D"}}
        self.clock = FakeClock("2027-03-03T12:00:00Z")
        self.access = SupportAccess(
            MemoryStore(), rules=AccessRules.from_data({"flows": flows}), clock=self.clock, **settings
        )

    def give(self, **more):
        """Give access, and return its id."""
        told = {"by": ANA, "to": KIM, "flow": "access", "ends": EIGHT, "reason": "x"} | more
        return self.access.grant("acme", **told).id

    def found(self, now=None):
        """Return the timeline of now."""
        history, vendor = self.access.ledger.history("acme"), self.access.ledger.history(VENDOR)
        return timeline("acme", history, now or self.clock.now(), vendor=vendor)

    def told(self, ident=None):
        """Return the intervals of a lane as hours past noon, and how and when it ended."""
        lane = next(each for each in self.found().lanes if ident in (None, each.id))
        spans = [(each.state.value, hours(each.starts_at), hours(each.ends_at)) for each in lane.intervals]
        return spans, lane.state, hours(lane.ended_at)


def hours(at):
    return None if at is None else (at - FakeClock("2027-03-03T12:00:00Z").now()) / timedelta(hours=1)


@pytest.fixture
def desk():
    return Desk()


def test_nothing_happened(desk):
    """A tenant without a record has no lanes."""
    assert () == desk.found().lanes


def test_a_grant_is_live_until_it_ends(desk):
    """[R13] A live grant is one interval, to its end ahead; over, it says how and when it ended."""
    ident = desk.give()
    desk.clock.advance(hours=3)
    assert ([("live", 0, 8)], "live", None) == desk.told(ident)
    desk.clock.advance(hours=9)
    assert ([("live", 0, 8)], "expired", 8) == desk.told(ident)


def test_what_one_ticket_ends_ends_by_it():
    """[R12, R13] A grant and what was handed on of it end by one ticket, and neither by the other."""
    for order in (1, -1):  # ends of one act are recorded in the order of ids
        ids = count(500, order)
        made = Desk(id_factory=lambda prefix, ids=ids: f"{prefix}{next(ids)}")
        ident = made.give(ends=OpenEnded(), tickets=["T-1"], until_tickets=True)
        child = made.access.delegate("acme", ident, by=KIM, to=LOU, reason="x").id
        made.clock.advance(hours=1)
        made.access.resolve_ticket("acme", "T-1", by=HOOK)
        made.clock.advance(hours=1)
        by_it = [("live", 0, 1)], "ended_by_tickets", 1
        assert [by_it, by_it] == [made.told(each) for each in (ident, child)]


def test_a_lane_has_its_ceilings(desk):
    """[J10] What is never allowed whatever the policies say is in the lane."""
    rules = {
        "flows": FLOWS,
        "ceilings": {"*": ["read-only"]},
        "demands": [{"beyond": ["read-only"], "needs": "standing"}],
    }
    access = SupportAccess(MemoryStore(), rules=AccessRules.from_data(rules), clock=desk.clock)
    access.grant("acme", by=ANA, to=KIM, flow="access", policies=["administrator"], ends=EIGHT, reason="x")
    (lane,) = timeline("acme", access.ledger.history("acme"), desk.clock.now()).lanes
    assert ((("read-only",),), [["read-only"]]) == (lane.ceilings, lane.to_data()["ceilings"])
    assert [{"beyond": ["read-only"], "needs": "standing"}] == lane.to_data()["demands"]
    (one,) = access.review("acme").grants
    assert lane.to_data()["demands"] == one.to_data()["demands"]


def test_a_grant_without_an_end_goes_on(desk):
    """[P10] What has no end has an interval without one, until somebody ends it."""
    ident = desk.give(ends=OpenEnded())
    other = desk.give(to=LOU, ends=Elapsed(hours=1))
    assert ([("live", 0, None)], "live", None) == desk.told(ident)
    assert ([("live", 0, 1)], "live", None) == desk.told(other)
    desk.clock.advance(hours=2)
    desk.access.revoke("acme", ident, by=ANA)
    assert ([("live", 0, 2)], "revoked", 2) == desk.told(ident)


def test_a_start_ahead_is_scheduled(desk):
    """[B3] What begins later is scheduled until then; revoked before that, it was never live."""
    later = desk.clock.now() + timedelta(hours=2)
    ident, other = (desk.give(starts=later, ends=Elapsed(hours=1)) for _ in range(2))
    assert ([("scheduled", 0, 2), ("live", 2, 3)], "scheduled", None) == desk.told(ident)
    desk.clock.advance(hours=1)
    desk.access.revoke("acme", other, by=ANA)
    desk.clock.advance(hours=1)
    assert ([("scheduled", 0, 1)], "revoked", 1) == desk.told(other)
    assert "live" == desk.told(ident)[1]


def test_freezes_and_suspensions_are_intervals(desk):
    """[B7] A freeze of the tenant or of the agent, and a suspension, interrupt; what was agreed to goes on after."""
    ident = desk.give()
    team = desk.give(to=Team("support"))
    brakes = (
        (lambda: desk.access.freeze("acme", by=ANA), lambda: desk.access.unfreeze("acme", by=ANA)),
        (
            lambda: desk.access.freeze("acme", by=ANA, agent="a-kim"),
            lambda: desk.access.unfreeze("acme", by=ANA, agent="a-kim"),
        ),
        (lambda: desk.access.suspend("a-kim", by=HOOK), lambda: desk.access.reinstate("a-kim", by=HOOK)),
    )
    for brake, lift in brakes:
        for act in (brake, lift):
            desk.clock.advance(hours=1)
            act()
    spans, state, _ = desk.told(ident)
    assert [
        ("live", 0, 1),
        ("frozen", 1, 2),
        ("live", 2, 3),
        ("frozen", 3, 4),
        ("live", 4, 5),
        ("suspended", 5, 6),
        ("live", 6, 8),
    ] == spans
    assert "live" == state
    assert [("live", 0, 1), ("frozen", 1, 2), ("live", 2, 8)] == desk.told(team)[0]


def test_without_the_vendors_record_nobody_was_suspended(desk):
    """[B7] Who was suspended is known from the vendor's own record alone."""
    desk.give()
    desk.access.suspend("a-kim", by=HOOK)
    (lane,) = timeline("acme", desk.access.ledger.history("acme"), desk.clock.now()).lanes
    assert ["live"] == [each.state for each in lane.intervals]
    assert "suspended" == desk.found().lanes[0].state


def test_requests_wait_until_they_are_settled(desk):
    """[J12, B1] A request is pending until its answer, or until it lapses; both are told apart."""
    one, two = (desk.access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x") for _ in range(2))
    desk.clock.advance(hours=1)
    desk.access.deny("acme", one.id, by=ANA)
    assert ([("pending", 0, 1)], "denied", 1) == desk.told(one.id)
    assert ([("pending", 0, 168)], "pending", None) == desk.told(two.id)
    desk.clock.advance(days=8)
    assert ([("pending", 0, 168)], "lapsed", 168) == desk.told(two.id)


def test_what_was_handed_on_ends_with_what_it_rests_on(desk):
    """[R8] A child ends at the moment at which its parent does, and says so; consents have lanes too."""
    parent = desk.give()
    child = desk.access.delegate("acme", parent, by=KIM, to=LOU, reason="x").id
    consent = desk.access.consent("acme", by=ANA, to=KIM, flow="standing", ends=EIGHT, reason="x").id
    desk.clock.advance(hours=2)
    desk.access.revoke("acme", parent, by=ANA)
    desk.access.revoke_all("acme", by=ANA)
    assert ([("live", 0, 2)], "revoked", 2) == desk.told(parent)
    assert ([("live", 0, 2)], "consent_ended", 2) == desk.told(child)
    assert ([("live", 0, 2)], "cut_off", 2) == desk.told(consent)
    assert ["grant", "grant", "consent"] == [each.kind for each in desk.found().lanes]
    assert parent == desk.found().lanes[1].parent


def test_marks_say_what_happened(desk):
    """[B12, T7, R12, M9] Amendments, tickets, sessions and uses are marks on the lane that they are about."""
    ident = desk.give(tickets=["T-1"], until_tickets=True)
    consent = desk.access.consent(
        "acme",
        by=ANA,
        to=KIM,
        flow="standing",
        ends=EIGHT,
        reason="x",
        tickets=["T-1", "T-3"],
        until_tickets=True,
    ).id
    desk.access.link_ticket("acme", ident, "T-2", by=BOB)
    desk.clock.advance(hours=1)
    desk.access.amend("acme", ident, by=ANA, version=2, ends=Elapsed(hours=3))
    session = desk.access.enter("acme", ident, by=KIM, reason="x")
    desk.access.record_use(desk.access.authorize(KIM, "acme", "board:read"), count=3)
    desk.clock.advance(minutes=30)
    desk.access.leave("acme", session.id, by=KIM)
    desk.access.enter("acme", ident, by=KIM, reason="x")
    desk.access.resolve_ticket("acme", "T-1", by=HOOK)
    hour = desk.clock.now().replace(minute=0)
    desk.access._store.count("acme", Use(grant="gr_none", agent="a-kim", hour=hour, count=1, last=hour))
    desk.clock.advance(hours=1)
    desk.access.delivery.sweep()
    lanes = {each.id: each for each in desk.found().lanes}
    marks = [(each.kind, hours(each.at), hours(each.until), each.who) for each in lanes[ident].marks]
    assert [
        ("ticket_linked", 0, None, "m-bob"),
        ("amended", 1, None, "m-ana"),
        ("entered", 1, 1.5, "a-kim"),
        ("used", 1, None, "a-kim"),
        ("entered", 1.5, None, "a-kim"),
        ("ticket_solved", 1.5, None, "hook"),
    ] == marks
    assert ["3"] == [each.what for each in lanes[ident].marks if each.kind == "used"]
    assert ["ticket_solved"] == [each.kind for each in lanes[consent].marks]
    desk.access.revoke("acme", ident, by=ANA)
    ended = {each.id: each for each in desk.found().lanes}[ident]
    assert [1.5, 2.5] == [hours(each.until) for each in ended.marks if each.kind == "entered"]


def test_a_clock_that_ran_ahead_is_set_back(desk):
    """[N7] What was said of a time that was not yet is taken back when the clock is set right; nothing overlaps."""
    ident, other = desk.give(ends=OpenEnded()), desk.give(to=LOU, ends=OpenEnded())
    desk.clock.advance(hours=5)
    desk.access.revoke("acme", ident, by=ANA)
    desk.clock.set("2027-03-03T13:00:00Z")
    desk.access.ledger.correct_clock("acme", by=HOOK)
    desk.access.freeze("acme", by=ANA)
    assert ([("live", 0, 1)], "revoked", 1) == desk.told(ident)
    assert ([("live", 0, 1), ("frozen", 1, None)], "frozen", None) == desk.told(other)


def test_what_a_fast_clock_let_expire_is_live_again(desk):
    """[N7, R13] Set right, a clock takes back the ends that it alone had brought; ends before that stay."""
    gone = desk.give(ends=Elapsed(minutes=15))
    revoked = desk.give(to=LOU)
    ident = desk.give(ends=Elapsed(hours=1))
    asked = desk.access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x").id
    desk.clock.advance(minutes=6)
    desk.access.revoke("acme", revoked, by=ANA)
    desk.clock.advance(days=9)
    later = desk.give(to=LOU, ends=Elapsed(hours=1))
    desk.clock.set("2027-03-03T12:30:00Z")
    desk.access.ledger.correct_clock("acme", by=HOOK)
    told = {each: desk.told(each) for each in (gone, revoked, ident, asked, later)}
    assert ([("live", 0, 0.25)], "expired", 0.25) == told[gone]
    assert ([("live", 0, 0.1)], "revoked", 0.1) == told[revoked]
    assert ([("live", 0, 1)], "live", None) == told[ident]
    assert ([("pending", 0, 168)], "pending", None) == told[asked]
    assert [("scheduled", 0.5, 216.1), ("live", 216.1, 217.1)] == told[later][0]
    assert "live" == next(each.state for each in desk.access.grants("acme") if each.grant.id == ident)


def test_a_vendor_whose_clock_ran_ahead_has_suspended_by_now(desk):
    """[B7, N7] Whoever is suspended by an event of the vendor's record is so now, whatever time that event bears."""
    ident = desk.give()
    desk.clock.advance(hours=2)
    desk.access.suspend("a-kim", by=HOOK)
    desk.clock.advance(hours=-1)
    assert ([("live", 0, 1), ("suspended", 1, 8)], "suspended", None) == desk.told(ident)


def test_a_present_that_lies_behind_the_record_is_that_of_the_record(desk):
    """[N7] What the record has seen counts as past, whatever time it is said to be."""
    desk.give(ends=Elapsed(hours=1))
    desk.clock.advance(hours=2)
    desk.give(to=LOU)
    first = desk.found(desk.clock.now() - timedelta(hours=2)).lanes[0]
    assert ("expired", 1) == (first.state, hours(first.ended_at))


def test_events_that_are_no_record_are_refused(desk):
    """[N5] A history with a gap is no history."""
    desk.give()
    with pytest.raises(ValueError, match="cannot have happened"):
        timeline("acme", desk.access.ledger.history("acme")[1:], desk.clock.now())


def test_it_is_plain_data(desk):
    """[B6] A timeline is plain JSON data, and made from the same history the same."""
    ident = desk.give()
    desk.access.enter("acme", ident, by=KIM)
    data = desk.found().to_data()
    assert data == json.loads(json.dumps(desk.found().to_data()))
    (lane,) = data["lanes"]
    assert ("grant", None, "live", None) == (
        lane["kind"],
        lane["as_team"],
        lane["state"],
        lane["ended_at"],
    )
    assert {
        "state": "live",
        "starts_at": "2027-03-03T12:00:00.000000Z",
        "ends_at": "2027-03-03T20:00:00.000000Z",
    } == (lane["intervals"][0])
    assert {"kind", "at", "until", "who", "what"} == lane["marks"][0].keys()
    assert attrs.asdict(desk.found()) == attrs.asdict(desk.found())
