"""What is over with something else: its holders hear of it, once, and with the time at which it happened."""

from datetime import timedelta

import attrs
import pytest

from grantkit import READ_ONLY, AccessRules, Agent, Elapsed, Grant, Member, OpenEnded, Scope, StartOfDay, Team
from grantkit.model import (
    Amended,
    Cut,
    CutOff,
    Demand,
    Ended,
    Ending,
    EndRecorded,
    Event,
    Frozen,
    Granted,
    Left,
    Revoked,
    Terms,
    Window,
)
from grantkit.policy import Layer
from grantkit.service import notifying
from grantkit.telling import About, ends_others, fallen, occasions
from grantkit.testing import FakeClock
from unit.telling.telling_world import ANA, BOB, FLOWS, HOOK, KIM, LOU, Told

EIGHT = Elapsed(hours=8)
NOW = FakeClock("2027-03-03T12:00:00Z").now()
HOUR = timedelta(hours=1)
LATER = FLOWS | {"access": FLOWS["access"] | {"ahead": "P7D", "off_word": "STOP"}}


@pytest.fixture
def told():
    return Told(None, flows=FLOWS | {"inside": FLOWS["inside"] | {"delegate": {"to": ["agent"]}}})


def give(told, **more):
    return told.access.grant(
        "acme", **({"by": ANA, "to": KIM, "flow": "access", "ends": EIGHT, "reason": "x"} | more)
    )


def under_consent(told):
    """A consent, what Kim opened on it, and what Kim handed on to Lou."""
    consent = told.access.consent("acme", by=ANA, to=KIM, flow="standing", ends=EIGHT, reason="x")
    grant = told.access.activate("acme", by=KIM, under=consent.id, flow="inside", ends=EIGHT, reason="x")
    child = told.access.delegate("acme", grant.id, by=KIM, to=LOU, reason="x")
    told.came()
    return consent, grant, child


@pytest.mark.parametrize(
    ("act", "heard"),
    [
        (
            lambda access, made: access.revoke("acme", made[0].id, by=ANA),
            [
                (
                    "a-kim",
                    "revoked",
                    "Ana (m-ana) took back the consent at acme that Kim (a-kim) could build on",
                ),
                (
                    "a-lou",
                    "ended",
                    "Support access of Lou (a-lou) to acme is over: Ana (m-ana) ended what it rested on",
                ),
            ],
        ),
        (
            lambda access, made: access.relinquish("acme", made[0].id, by=KIM),
            [
                (
                    "a-kim",
                    "ended",
                    "Support access of Kim (a-kim) to acme is over: Kim (a-kim) ended what it rested on",
                ),
                (
                    "a-lou",
                    "ended",
                    "Support access of Lou (a-lou) to acme is over: Kim (a-kim) ended what it rested on",
                ),
            ],
        ),
        (
            lambda access, made: access.relinquish("acme", made[1].id, by=KIM),
            [
                (
                    "a-lou",
                    "ended",
                    "Support access of Lou (a-lou) to acme is over: Kim (a-kim) ended what it rested on",
                )
            ],
        ),
        (
            lambda access, made: access.revoke("acme", made[2].id, by=ANA),
            [("a-lou", "revoked", "Ana (m-ana) ended the support access of Lou (a-lou) to acme")],
        ),
        (
            lambda access, made: access.revoke_all("acme", by=ANA),
            [
                (
                    "a-kim",
                    "ended",
                    "The consent at acme that Kim (a-kim) could build on is over: Ana (m-ana) cut off everything",
                ),
                (
                    "a-lou",
                    "ended",
                    "Support access of Lou (a-lou) to acme is over: Ana (m-ana) cut off everything",
                ),
            ],
        ),
        (
            lambda access, made: access.revoke_all("acme", by=ANA, agent="a-kim"),
            [
                (
                    "a-kim",
                    "ended",
                    "The consent at acme that Kim (a-kim) could build on is over: Ana (m-ana) cut off Kim (a-kim)",
                ),
                (
                    "a-lou",
                    "ended",
                    "Support access of Lou (a-lou) to acme is over: Ana (m-ana) cut off Kim (a-kim)",
                ),
            ],
        ),
        (
            lambda access, made: access.revoke_all("acme", by=ANA, agent="a-lou"),
            [
                (
                    "a-lou",
                    "ended",
                    "Support access of Lou (a-lou) to acme is over: Ana (m-ana) cut off Lou (a-lou)",
                )
            ],
        ),
    ],
    ids=["revoked", "given_back", "by_the_holder", "itself", "all", "who_handed_on", "who_was_added"],
)
def test_whoever_is_out_with_something_else_hears_of_it_once(told, act, heard):
    """[R7, R8, N6] What was opened on a consent, and handed on, is told when that ends, and not again by a sweep."""
    act(told.access, under_consent(told))
    assert heard == told.came()
    for _ in range(2):
        told.clock.advance(days=40)
        told.access.delivery.sweep()
        again = {who for who, _, _ in told.came()} & {who for who, _, _ in heard}
        assert set() == again


def test_who_is_told_of_one_thing_hears_of_the_rest_too(told):
    """[R7, R8] One mail an event: whoever could build on a consent reads there that their own access is over, too."""
    consent, *_ = under_consent(told)
    told.access.revoke("acme", consent.id, by=ANA)
    told.run()
    also = {each.to.id: dict(each.facts).get("Also over") for each in told.box.told}
    assert {"a-kim": "Support access of Kim (a-kim) to acme", "a-lou": None} == also


def test_each_tenant_has_chains_of_its_own(told):
    """[R8, N6] Of several tenants in one run, each is looked up for what rests on what there."""
    for tenant in ("acme", "globex"):
        ana = Member("m-ana", tenant=tenant, roles={"admin"})
        grant = told.access.grant(tenant, by=ana, to=KIM, flow="access", ends=EIGHT, reason="x")
        told.access.delegate(tenant, grant.id, by=KIM, to=LOU, reason="x")
        told.access.revoke(tenant, grant.id, by=ana)
    told.run()
    assert ["acme", "globex"] == [each.tenant for each in told.box.told if each.kind == "ended"]


def test_long_records_are_read_to_their_end(told, monkeypatch):
    """[B3, N6] However many grants a tenant has, a page at a time, of a cut-off all their holders hear."""
    monkeypatch.setattr(notifying, "PAGE", 2)
    for _ in range(4):
        give(told)
    give(told, to=LOU)
    told.came()
    told.access.revoke_all("acme", by=ANA)
    assert ["a-kim", "a-lou"] == [who for who, _, _ in told.came()]


def test_an_amendment_is_told_with_the_permissions_that_it_demanded():
    """[J9, T7] What an amendment pinned is told of it, whatever has been pinned since."""
    grant = row("gr_1", 1)
    terms = Terms(window=grant.window, term=None, layers=grant.layers, demands=(), entry_required=False)
    letter = Demand(beyond=Layer.of(READ_ONLY), needs="letter")
    body = Amended(grant_id="gr_1", old=terms, new=attrs.evolve(terms, demands=(letter,)), approval=None)
    (found,) = occasions(event(body), AccessRules(), about(grant))
    assert (letter,) == found.subject.demands


def test_a_mail_is_no_book():
    """[B3] Whoever is told of every end of a cut-off reads of ten besides the first, and of how many more there are."""
    told = Told({"cut_off": ["tenant:admin"], "ended": ["tenant:admin"], "granted": []})
    for _ in range(13):
        give(told)
    told.access.revoke_all("acme", by=ANA)
    told.run()
    facts = dict(told.box.told[0].facts)
    assert ("m-ana", True, 10) == (
        told.box.told[0].to.id,
        facts["Also over"].endswith(" and 3 more"),
        facts["Also over"].count("Support access of Kim (a-kim) to acme"),
    )


def test_other_access_is_not_called_over(told):
    """[M11, N3] Who is told that a consent was taken back is not told that what does not rest on it is over."""
    consent, *_ = under_consent(told)
    other = give(told, to=Agent("a-lou", teams={"tech"}))
    told.came()
    told.access.revoke("acme", consent.id, by=ANA)
    told.run()
    assert other.id not in {each.how for each in told.box.told}
    assert [("a-kim", "revoked"), ("a-lou", "ended")] == [(who, kind) for who, kind, _ in told.box.take()]
    assert told.access.authorize(LOU, "acme", "board:read").allowed


def test_a_parent_that_was_shortened_takes_along_what_rests_on_it(told):
    """[R8, T7] Who was added is told when the shortened end has come, with that time, and not at a later one."""
    grant = give(told)
    told.access.delegate("acme", grant.id, by=KIM, to=LOU, reason="x")
    told.access.amend("acme", grant.id, by=ANA, version=grant.version, ends=Elapsed(hours=1))
    told.came()
    told.clock.advance(hours=3)
    told.access.delivery.sweep()
    told.run()
    kims, lous = told.box.told
    assert "Support access of Lou (a-lou) to acme is over: what it rested on has ended" == lous.headline
    assert ("Wed 3 Mar 2027, 13:00 UTC", "Wed 3 Mar 2027, 15:00 UTC") == (
        dict(lous.facts)["When"],
        dict(lous.facts)["Noticed"],
    )
    assert dict(kims.facts)["When"] == dict(lous.facts)["When"]
    told.box.take()
    told.clock.advance(hours=6)
    assert told.access.delivery.sweep()
    assert [] == told.came()


def test_what_one_ticket_ends_is_told_once_each(told):
    """[R12, R8] A grant and what was handed on of it end by one ticket: each has an event, and is told by that."""
    grant = give(told, tickets=["T-1"], until_tickets=True, ends=OpenEnded())
    told.access.delegate("acme", grant.id, by=KIM, to=LOU, reason="x")
    told.came()
    told.access.resolve_ticket("acme", "T-1", by=HOOK)
    words = "to acme is over: its last ticket is solved"
    assert [
        ("a-kim", "ended", f"Support access of Kim (a-kim) {words}"),
        ("a-lou", "ended", f"Support access of Lou (a-lou) {words}"),
    ] == sorted(told.came())


def test_what_was_over_before_is_told_no_second_time(told):
    """[N6] What was revoked, had expired or was cut off by then is not over again with what it rested on."""
    parent = give(told)
    pat = Agent("a-pat", teams={"tech"}, name="Pat")
    told.people.known["agent", "a-pat"] = ("Pat", None, {"tech"})
    first = told.access.delegate("acme", parent.id, by=KIM, to=LOU, reason="x")
    told.access.delegate("acme", parent.id, by=KIM, to=pat, ends=Elapsed(hours=1), reason="x")
    told.access.revoke("acme", first.id, by=ANA)
    told.came()
    told.clock.advance(hours=2)
    told.access.revoke("acme", parent.id, by=ANA)
    assert ["a-kim"] == [who for who, _, _ in told.came()]
    again = give(told)
    told.access.delegate("acme", again.id, by=KIM, to=LOU, reason="x")
    told.access.revoke_all("acme", by=ANA, agent="a-lou")
    told.came()
    told.access.revoke("acme", again.id, by=ANA)
    assert ["a-kim"] == [who for who, _, _ in told.came()]


def test_a_freeze_reaches_whoever_holds_something_where_the_rules_say_so():
    """[B7] Of a freeze of the whole tenant everybody can be told whom it stops, and of its lifting."""
    told = Told({"frozen": ["grantee"], "unfrozen": ["grantee"]})
    give(told, to=Team("support"))
    give(told, to=LOU)
    told.came()
    told.access.freeze("acme", by=ANA)
    told.access.unfreeze("acme", by=ANA)
    assert [("a-kim", "frozen"), ("a-lou", "frozen"), ("a-kim", "unfrozen"), ("a-lou", "unfrozen")] == [
        (who, kind) for who, kind, _ in told.came()
    ]


def test_the_end_of_a_consent_is_told_as_one():
    """[B6] Of a consent that was given back, or whose time has come, the words do not say that access is over."""
    told = Told({"relinquished": ["tenant:admin"], "ended": ["tenant:admin"], "consented": []})
    for ends in (EIGHT, Elapsed(hours=1)):
        last = told.access.consent("acme", by=ANA, to=KIM, flow="standing", ends=ends, reason="x")
    told.clock.advance(hours=1)
    told.access.delivery.sweep()
    assert last.id
    first = told.access.consents("acme")[0].consent
    told.access.relinquish("acme", first.id, by=KIM)
    assert [
        ("m-ana", "ended", "The consent at acme that Kim (a-kim) could build on is over: its time has come"),
        ("m-ana", "relinquished", "Kim (a-kim) gave back the consent that could be built on at acme"),
    ] == [each for each in told.came() if each[0] == "m-ana"]


def test_the_time_of_an_end_is_when_it_came(told):
    """[B6, J12] A notice of a late sweep says when the end came, and when that was noticed; of a lapse too."""
    give(told)
    told.access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x")
    told.access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="y")
    told.came()
    told.clock.advance(days=40)
    told.access.delivery.sweep()
    told.run()
    times = {each.kind: (dict(each.facts)["When"], dict(each.facts)["Noticed"]) for each in told.box.told}
    noticed = "Mon 12 Apr 2027, 12:00 UTC"
    assert {
        "ended": ("Wed 3 Mar 2027, 20:00 UTC", noticed),
        "lapsed": ("Wed 10 Mar 2027, 12:00 UTC", noticed),
    } == times


def test_a_request_that_was_cut_off_says_when(told):
    """[B3, J12] Of a request that a cut-off ended the notice says when that was, and not when it would have lapsed."""
    told.access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x")
    told.clock.advance(hours=1)
    told.access.revoke_all("acme", by=ANA)
    told.clock.advance(days=9)
    told.access.delivery.sweep()
    assert "Wed 3 Mar 2027, 13:00 UTC" == dict(told.last().facts)["When"]


def test_who_asked_hears_of_the_end_of_what_came_of_it():
    """[J12, B6] Whoever asked for somebody else is told that it was revoked."""
    told = Told({"granted": [], "requested": []})
    told.people.known["agent", "a-kim"] = ("Kim", None, {"sales"})
    asked = told.access.request("acme", by=KIM, to=LOU, flow="access", ends=EIGHT, reason="x")
    shown = told.access.preview("acme", asked.id)
    grant = told.access.approve("acme", asked.id, by=ANA, digest=shown.digest, ends_by=shown.ends_at)
    told.access.revoke("acme", grant.gave, by=ANA)
    assert {"a-kim", "a-lou"} == {who for who, kind, _ in told.came() if kind == "revoked"}


def test_what_begins_later_says_from_when():
    """[B3] Access that has not begun is told with its start, in the headline too: nobody reads it as access now."""
    told = Told(
        {"granted": ["tenant:admin"], "requested": ["tenant:admin"], "delegated": ["tenant:admin"]},
        flows=LATER,
    )
    at = "Sat 6 Mar 2027, 12:00 UTC"
    starts = told.clock.now() + timedelta(days=3)
    give(told, starts=starts)
    given = told.last()
    assert (f"Ana (m-ana) gave Kim (a-kim) support access to acme, from {at}", at) == (
        given.headline,
        dict(given.facts)["From"],
    )
    told.access.request("acme", by=KIM, flow="access", starts=starts, ends=EIGHT, reason="x")
    asked = told.last()
    assert (f"Kim (a-kim) asks for support access to acme, from {at}", at) == (
        asked.headline,
        dict(asked.facts)["From"],
    )
    give(told)
    assert "From" not in dict(told.last().facts)


def test_an_end_that_was_asked_for_is_told_in_its_zone():
    """[T2, T3] A date that was asked for is told with the zone that it is read in."""
    told = Told({"requested": ["tenant:admin"]})
    ends = StartOfDay((NOW + timedelta(days=3)).date(), "Asia/Tokyo")
    told.access.request("acme", by=KIM, flow="access", ends=ends, reason="x")
    assert "until Sat 6 Mar 2027 begins in Asia/Tokyo" == dict(told.last().facts)["Asked for"]


def test_only_who_may_revoke_is_told_how():
    """[M7, P5, J11] How to revoke is told to whom the rules let do it, with the word that they must type."""
    told = Told({"granted": ["tenant:*", "vendor:*"]}, flows=LATER, stop=["vendor:tech"])
    told.people.known["member", "m-joe"] = ("Joe", None, {"viewer"})
    grant = give(told)
    told.run()
    revoke = f"To end it at once: revoke grant {grant.id}, and type STOP."
    assert {
        "m-ana": revoke,
        "m-bob": revoke,
        "m-joe": "",
        "a-kim": f"To end it: give back grant {grant.id}.",
        "a-lou": revoke,
    } == {each.to.id: each.how for each in told.box.told}
    told.people.asked.clear()
    told.access.revoke("acme", grant.id, by=ANA, word="STOP")
    assert [("a-kim", "revoked")] == [(who, kind) for who, kind, _ in told.came()][-1:]
    assert [] == told.people.asked, "of what is over nobody is asked who could end it"


def test_an_amendment_of_what_tickets_end_does_not_say_that_no_end_is_set():
    """[R12, T7] Terms of a grant that only its tickets end are told so, the new ones and the old ones."""
    told = Told({"amended": ["tenant:admin"], "granted": []})
    grant = give(told, ends=OpenEnded(), tickets=["T-1"], until_tickets=True, policies=["administrator"])
    told.access.amend("acme", grant.id, by=BOB, version=grant.version, policies=["read-only"])
    facts = dict(told.last().facts)
    assert ("T-1 is solved", "everything, T-1 is solved") == (facts["Until"], facts["Before"])


def test_the_last_answer_asks_for_no_other():
    """[B4] Who is told that the last step was approved is not told by when to answer."""
    told = Told({"approved": ["requester"], "requested": ["approvers"]})
    asked = told.access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x")
    shown = told.access.preview("acme", asked.id)
    told.access.approve("acme", asked.id, by=ANA, digest=shown.digest, ends_by=shown.ends_at)
    told.run()
    assert {"requested": True, "approved": False} == {
        each.kind: "Answer by" in dict(each.facts) for each in told.box.told if each.kind != "granted"
    }


def test_what_time_had_ended_before_a_cut_off_is_told_with_its_time(told):
    """[B3, B6] What had expired unnoticed before a cut-off is told as over since then, with what rested on it."""
    parent = give(told)
    told.access.delegate("acme", parent.id, by=KIM, to=LOU, reason="x")
    told.access.amend("acme", parent.id, by=ANA, version=parent.version, ends=Elapsed(hours=1))
    told.came()
    told.clock.advance(hours=2)
    told.access.revoke_all("acme", by=ANA)
    assert [] == told.came()
    told.access.delivery.sweep()
    told.run()
    assert [
        ("a-kim", "Support access of Kim (a-kim) to acme is over: its time had come"),
        ("a-lou", "Support access of Lou (a-lou) to acme is over: what it rested on has ended"),
    ] == [(each.to.id, each.headline) for each in told.box.told]
    assert {"Wed 3 Mar 2027, 13:00 UTC"} == {dict(each.facts)["When"] for each in told.box.told}


def test_who_fell_with_a_cut_off_does_not_fall_again(told):
    """[B3, R8] What rested on somebody who was cut off is over since then, and is not told of a later brake."""
    top = give(told)
    middle = told.access.delegate("acme", top.id, by=KIM, to=LOU, reason="x")
    pat = Agent("a-pat", teams={"tech"}, name="Pat")
    told.people.known["agent", "a-pat"] = ("Pat", None, {"tech"})
    told.access.delegate("acme", middle.id, by=LOU, to=pat, reason="x")
    told.came()
    told.access.revoke_all("acme", by=ANA, agent="a-kim")
    assert ["a-kim", "a-lou", "a-pat"] == sorted(who for who, _, _ in told.came())
    told.clock.advance(hours=1)
    for each in (middle, top):
        told.access.revoke("acme", each.id, by=ANA)
    assert [("a-lou", "revoked"), ("a-kim", "revoked")] == [(who, kind) for who, kind, _ in told.came()]


# --- the pure rule ----------------------------------------------------------------------------------------------------


def row(ident, seq, **more):
    told = {
        "id": ident,
        "tenant": "acme",
        "holder": KIM,
        "scope": Scope.whole(),
        "layers": (Layer.of(READ_ONLY),),
    }
    return Grant(**told, window=Window(NOW - HOUR, NOW + HOUR), consent_seq=seq, **more)


def event(body, seq=9):
    return Event(tenant="acme", seq=seq, at=NOW, clock=None, actor=HOOK, rules="", body=body)


def about(parent, *below, cuts=()):
    return About(
        made={parent.id: parent},
        requests={},
        sessions={},
        resting={parent.id: below, "": (parent,)},
        cuts=cuts,
    )


def test_what_stood_until_then_falls():
    """[R8] What rested on it falls; not what came later, was over, or has an event of the same act."""
    parent = row("gr_1", 1)
    stood = row("gr_2", 2, parent="gr_1")
    gone = attrs.evolve(stood, ended=Ended(Ending.REVOKED, NOW - HOUR, HOOK, 5))
    ends = attrs.evolve(stood, ended=Ended(Ending.ENDED_BY_TICKETS, NOW, HOOK, 10))
    closed = attrs.evolve(stood, window=Window(NOW - HOUR, NOW))
    for one, falls in ((stood, True), (gone, False), (ends, False), (closed, False)):
        assert falls == bool([*fallen(event(Revoked("gr_1")), about(parent, one))])
    assert [] == [*fallen(event(Revoked("gr_1"), seq=2), about(parent, stood))], "it came later"
    cut = Cut(agent=None, seq=4, at=NOW - HOUR)
    assert [] == [*fallen(event(Revoked("gr_1")), about(parent, stood, cuts=(cut,)))]
    assert [stood] == [
        *fallen(event(Revoked("gr_1")), about(parent, stood, cuts=(attrs.evolve(cut, seq=12),)))
    ]


def test_what_had_fallen_with_its_own_parent_takes_nothing_along_again():
    """[R8] When a grant is revoked that was over with its own parent, what rested on it was told then."""
    top = attrs.evolve(row("gr_0", 1), ended=Ended(Ending.REVOKED, NOW - HOUR / 2, HOOK, 5))
    parent, child = row("gr_1", 2, parent="gr_0"), row("gr_2", 3, parent="gr_1")
    known = attrs.evolve(about(parent, child), made={"gr_0": top, "gr_1": parent})
    assert [] == [*fallen(event(Revoked("gr_1")), known)]
    everything = attrs.evolve(known, resting={"": (top,), "gr_0": (parent,), "gr_1": (child,)})
    assert [] == [*fallen(event(CutOff(None)), everything)]


def test_rows_in_a_circle_end_nowhere():
    """[N6] Rows that rest on each other, as no record can make them, do not keep the job busy for ever."""
    one, two = row("gr_1", 1, parent="gr_2"), row("gr_2", 2, parent="gr_1")
    known = About(made={"gr_1": one}, requests={}, sessions={}, resting={"gr_1": (two,), "gr_2": (one,)})
    assert [two] == [*fallen(event(Revoked("gr_1")), known)]
    assert [one, two] == [*fallen(event(CutOff(None)), known)]


def test_which_events_end_others():
    """[N6] What rests on what is looked up for events that may take something along, and for no others."""
    assert all(map(ends_others, map(event, [Revoked("x"), CutOff(None), CutOff("a"), Frozen(None)])))
    assert ends_others(event(EndRecorded("x", Ending.EXPIRED)))
    assert ends_others(event(EndRecorded("x", Ending.CUT_OFF)))
    others = [Frozen("a-kim"), Left("s"), Granted(row("gr_1", 1))]
    assert not any(map(ends_others, map(event, others)))
