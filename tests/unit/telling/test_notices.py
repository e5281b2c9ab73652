"""Who is told of what, and in which words."""

import json
from datetime import UTC, datetime

import attrs
import pytest

from grantkit import (
    READ_ONLY,
    AccessRules,
    Agent,
    Elapsed,
    Grant,
    InvalidInput,
    Member,
    OpenEnded,
    Scope,
    SupportAccess,
    Team,
)
from grantkit.model import Approval, Event, Left, Revoked, Window
from grantkit.policy import Layer
from grantkit.stores import MemoryStore
from grantkit.telling import About, Reader, fallen, notice_id, occasions
from unit.telling.telling_world import ANA, BOB, EVERYTHING, FLOWS, HOOK, KIM, LOU, Told

EIGHT = Elapsed(hours=8)
NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
ALL = {kind: ["tenant:admin"] for kind in EVERYTHING}


def give(told, **more):
    return told.access.grant(
        "acme", **({"by": ANA, "to": KIM, "flow": "access", "ends": EIGHT, "reason": "Help"} | more)
    )


def test_the_request_reaches_every_admin_with_the_name():
    """[J2] Every admin is told of a request, with the agent's name, what, where, why, until when and how to answer."""
    told = Told()
    asked = told.access.request(
        "acme", by=KIM, flow="access", ends=EIGHT, reason="Sync\nis off", tickets=["T-1"]
    )
    told.run()
    first, second = told.box.told
    assert ("m-ana", "m-bob") == (first.to.id, second.to.id)
    assert "Kim (a-kim) asks for support access to acme" == first.headline == second.headline
    assert {
        "When": "Wed 3 Mar 2027, 13:00 Europe/Vienna (12:00 UTC)",
        "Who": "Kim (a-kim)",
        "What": "look only",
        "Where": "everything at acme",
        "Why": "Sync / is off",
        "Tickets": "T-1",
        "Asked for": "8 hours",
        "Answer by": "Wed 10 Mar 2027, 13:00 Europe/Vienna (12:00 UTC)",
    } == dict(first.facts)
    assert f"To answer: approve or deny request {asked.id}. Without an answer nobody gets in." == first.how
    assert "Wed 3 Mar 2027, 12:00 UTC" == dict(second.facts)["When"]
    assert str(first).startswith(f"{first.headline}\n\nWhen: ")


def test_a_page_is_named_where_the_host_has_one():
    """[J4] A notice says where something can be done about it, if the host says so, and can be sent as plain data."""
    told = Told()
    told.page = lambda tenant, about: f"https://desk.example/{tenant}/{about}"
    grant = give(told)
    told.run()
    notice = told.box.told[0]
    assert f"https://desk.example/acme/{grant.id}" == notice.page == str(notice).splitlines()[-1]
    data = json.loads(json.dumps(notice.to_data()))
    assert ("granted", "m-ana", notice.id) == (data["kind"], data["to"]["id"], data["id"])
    assert notice.id == notice_id(notice.event, notice.to) != notice_id(notice.event, told.box.told[1].to)


def test_every_event_has_a_headline_of_its_own():
    """[P7, R6, R7] Whatever happens can be told, each in words of its own."""
    told, heads = Told(ALL), {}

    def note():
        for reader, kind, headline in told.came():
            if reader == "m-bob":
                heads.setdefault(kind, headline)

    access = told.access
    grant = give(told, tickets=["T-1"], until_tickets=True)
    child = access.delegate("acme", grant.id, by=KIM, to=LOU, reason="Knows it")
    access.link_ticket("acme", grant.id, "T-2", by=ANA)
    access.amend(
        "acme", grant.id, by=ANA, version=access.grants("acme")[0].grant.version, ends=Elapsed(hours=9)
    )
    session = access.enter("acme", grant.id, by=KIM, reason="Looking", tickets=["T-1"])
    note()
    access.leave("acme", session.id, by=KIM)
    access.relinquish("acme", child.id, by=LOU)
    access.resolve_ticket("acme", "T-1", by=HOOK)
    access.resolve_ticket("acme", "T-2", by=HOOK)
    note()
    one = access.request("acme", by=KIM, flow="two", ends=EIGHT, reason="x")
    shown = access.preview("acme", one.id)
    access.approve(
        "acme",
        one.id,
        by=Agent("a-boss", teams={"support"}),
        digest=shown.digest,
        ends_by=shown.ends_at,
    )
    note()
    access.deny("acme", one.id, by=ANA, reason="Not now")
    two = access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x")
    access.withdraw("acme", two.id, by=KIM)
    note()
    kept = access.grant("acme", by=ANA, to=KIM, flow="single", ends=EIGHT, reason="x")
    access.grant("acme", by=ANA, to=KIM, flow="single", ends=EIGHT, reason="x", key="again")
    access.consent("acme", by=ANA, to=KIM, flow="standing", ends=EIGHT, reason="x")
    access.revoke("acme", kept.id, by=ANA)
    access.freeze("acme", by=ANA)
    access.unfreeze("acme", by=ANA)
    access.revoke_all("acme", by=ANA, agent="a-kim")
    note()
    assert {
        "granted": "Ana (m-ana) gave Kim (a-kim) support access to acme",
        "delegated": "Kim (a-kim) added Lou (a-lou) to support access at acme",
        "ticket_linked": "Ana (m-ana) linked a ticket to the support access of Kim (a-kim) at acme",
        "amended": "Ana (m-ana) changed the support access of Kim (a-kim) to acme",
        "entered": "Kim (a-kim) entered acme",
        "left": "Kim (a-kim) left acme",
        "relinquished": "Lou (a-lou) gave back support access to acme",
        "ticket_solved": "A ticket of acme is solved",
        "ended": "Support access of Kim (a-kim) to acme is over: its last ticket is solved",
        "requested": "Kim (a-kim) asks for support access to acme",
        "approved": "a-boss approved the request of Kim (a-kim) at acme",
        "step_opened": "A request for support access to acme waits for your answer",
        "denied": "Ana (m-ana) denied support access to acme",
        "withdrawn": "Kim (a-kim) took back the request for acme",
        "confirmed": "Ana (m-ana) confirmed the support access of Kim (a-kim) to acme",
        "consented": "Ana (m-ana) gave consent at acme that Kim (a-kim) may build on",
        "revoked": "Ana (m-ana) ended the support access of Kim (a-kim) to acme",
        "frozen": "Ana (m-ana) froze support access of all support to acme",
        "unfrozen": "Ana (m-ana) lifted the freeze of all support at acme",
        "cut_off": "Ana (m-ana) ended all support access of Kim (a-kim) to acme",
    } == heads


def test_the_facts_are_those_of_the_event():
    """[R7, T7, B12] A notice says what the event said: the new end and the old, the reason of a session, the case."""
    told = Told(ALL)
    grant = give(told, tickets=["T-1"], until_tickets=True)
    given = told.last()
    assert "T-1 is solved; at the latest Wed 3 Mar 2027, 20:00 UTC" == dict(given.facts)["Until"]
    linked = _of(told, lambda: told.access.link_ticket("acme", grant.id, "T-2", by=ANA))
    assert f"To end it at once: revoke grant {grant.id}." == linked.how
    current = told.access.grants("acme")[0].grant.version
    facts = dict(
        _of(
            told, lambda: told.access.amend("acme", grant.id, by=ANA, version=current, ends=Elapsed(hours=9))
        ).facts
    )
    both = "T-1 and T-2 are solved; at the latest Wed 3 Mar 2027,"
    assert (f"{both} 21:00 UTC", f"look only, {both} 20:00 UTC") == (
        facts["Until"],
        facts["Before"],
    )
    facts = dict(
        _of(
            told, lambda: told.access.enter("acme", grant.id, by=KIM, reason="Second copy", tickets=["T-9"])
        ).facts
    )
    assert ("Second copy", "T-9", "Wed 3 Mar 2027, 20:00 UTC") == (
        facts["Why"],
        facts["Tickets"],
        facts["Until"],
    )
    told.access.resolve_ticket("acme", "T-1", by=HOOK)
    facts = dict(told.last().facts)
    assert "T-1" == facts["Ticket"]


def _of(told, act):
    act()
    return told.last()


@pytest.mark.parametrize(
    ("notices", "kinds"),
    [
        ({"granted": ["requester"]}, []),
        ({"granted": []}, []),
        ({"access/granted": ["grantee"], "granted": ["tenant:admin"]}, [("a-kim", "access/granted")]),
        (
            {"granted": ["grantee", "vendor:support", "vendor:*"]},
            [("a-kim", "granted"), ("a-lou", "granted")],
        ),
        ({"granted": ["consenters"]}, [("m-ana", "granted")]),
        ({"granted": ["approvers"]}, [("m-ana", "granted"), ("m-bob", "granted")]),
        ({"granted": ["tenant:*"]}, [("m-ana", "granted"), ("m-bob", "granted")]),
    ],
    ids=["nobody_asked", "nobody", "closest_key", "once", "consenters", "approvers", "anybody"],
)
def test_who_is_told_is_what_the_rules_say(notices, kinds):
    """[N6] Readers are told once each, by the closest key there is; an empty list says nobody."""
    told = Told(notices)
    grant = give(told)
    told.run()
    assert kinds == [(each.to.id, each.kind) for each in told.box.told]
    hows = {each.to.id: each.how for each in told.box.told}
    holds = f"To end it: give back grant {grant.id}."
    assert (holds, "") == (hows.get("a-kim", holds), hows.get("a-lou", "")), (
        "only the holder can give it back"
    )


def test_what_rests_on_a_consent_is_activated_and_what_is_handed_on_delegated():
    """[R6, R7] A grant under a consent is told as activated, else as granted; one that was handed on as delegated."""
    for notices, expected in (
        ({"activated": ["consenters"]}, ["m-ana activated"]),
        ({"granted": ["consenters", "requester"]}, ["m-ana granted"]),
        ({"inside/granted": ["consenters"], "activated": []}, ["m-ana inside/granted"]),
        ({"inside/granted": ["consenters"], "inside/activated": []}, []),
    ):
        told = Told(notices)
        consent = told.access.consent("acme", by=ANA, to=KIM, flow="standing", ends=EIGHT, reason="x")
        told.access.activate("acme", by=KIM, under=consent.id, flow="inside", ends=EIGHT, reason="x")
        assert expected == [f"{reader} {kind}" for reader, kind, _ in told.came()]


def test_what_was_given_and_taken_back_is_told_as_it_was():
    """[T7, N6] Of a past event a notice says what that event did, whatever has been changed since."""
    told = Told({"amended": ["tenant:admin"], "granted": ["tenant:admin"]})
    grant = give(told, policies=["read-only"])
    for version, policies, hours in ((1, ["administrator"], 9), (2, ["read-only"], 1)):
        told.access.amend(
            "acme", grant.id, by=ANA, version=version, policies=policies, ends=Elapsed(hours=hours)
        )
    told.run()
    said = [
        (dict(each.facts)["What"], dict(each.facts)["Until"])
        for each in told.box.told
        if each.to.id == "m-bob"
    ]
    assert [
        ("look only", "Wed 3 Mar 2027, 20:00 UTC"),
        ("everything", "Wed 3 Mar 2027, 21:00 UTC"),
        ("look only", "Wed 3 Mar 2027, 13:00 UTC"),
    ] == said


def test_a_notice_says_by_whose_consent():
    """[R5, R6] Whoever takes up access under a consent is told of with the name of who agreed to it."""
    told = Told({"granted": ["grantee", "vendor:tech"]})
    consent = told.access.consent("acme", by=ANA, to=KIM, flow="standing", ends=EIGHT, reason="x")
    told.access.activate("acme", by=KIM, under=consent.id, flow="inside", ends=EIGHT, reason="x")
    told.run()
    mine, others = told.box.told
    assert ("Kim (a-kim) took up support access to acme", "Ana (m-ana)") == (
        mine.headline,
        dict(mine.facts)["Agreed to by"],
    )
    assert ("To end it: give back grant", "") == (mine.how[:26], others.how)


def test_whom_the_rules_mean_to_be_nobody_is_no_alarm():
    """[N6] An audience that is empty by itself is nobody's fault: who asked, where nobody had asked."""
    told = Told({"granted": ["requester"]})
    give(told)
    assert () == told.run().unheard


def test_a_member_of_the_same_id_is_somebody_else():
    """[J2] A member may have the id of an agent: who asks for whom is told apart by side."""
    told = Told({"granted": ["tenant:admin"]})
    told.people.known["agent", "m-cy"] = ("Cyril", None, {"support"})
    told.people.known["member", "m-cy"] = ("Cy", None, set())
    told.access.request("acme", by=KIM, to=Agent("m-cy"), flow="access", ends=EIGHT, reason="x")
    told.run()
    assert "Kim (a-kim) asks for support access to acme for Cyril (m-cy)" == told.box.told[0].headline


def test_a_directory_that_returns_something_else_holds_up_no_other():
    """[N6] What is no reader ends the turn of that tenant, and not the run."""
    told = Told({"granted": ["tenant:admin"]})
    give(told)
    told.access.grant("globex", by=attrs_of(BOB, "globex"), to=KIM, flow="access", ends=EIGHT, reason="x")
    told.people.members = lambda tenant, role, scope: (
        ["ana@acme.example"] if tenant == "acme" else [Reader(side="member", id="m-bob")]
    )
    progress = told.run()
    assert (["acme"], ["globex"]) == (
        [each.tenant for each in progress.failed],
        [each.tenant for each in told.box.told],
    )


def attrs_of(member, tenant):
    """Return the same person as a member of another tenant."""
    return Member(member.id, tenant=tenant, roles=member.roles, name=member.name)


def test_rules_that_know_tenants_only_hold_up_nothing():
    """[B7] A host whose rules are by tenant has nothing to tell of the vendor's own record, and no failure for ever."""
    told = Told()
    document = told.access._host.rules
    access = SupportAccess(MemoryStore(), rules={"acme": document}.get, clock=told.clock)
    access.suspend("a-kim", by=HOOK)
    done = access.delivery.notify("mail", told.box, directory=told.people)
    assert ((), 1) == (done.failed, done.taken)


def test_nobody_in_the_directory_is_reported():
    """[N6] Where the directory knows nobody whom the rules name, that is no error, and it is said."""
    told = Told({"granted": ["tenant:owner"]})
    give(told)
    progress = told.run()
    assert ([], (("acme", 2),)) == (told.box.told, progress.unheard)


def test_whoever_asked_hears_what_became_of_it():
    """[B6] Who asked is told of denial and lapse, also where it was for a whole team; the flow's steps may be empty."""
    told = Told({"denied": ["requester", "grantee"], "requested": [], "granted": ["requester"]})
    asked = told.access.request("acme", by=KIM, to=Team("support"), flow="access", ends=EIGHT, reason="x")
    told.access.deny("acme", asked.id, by=ANA, reason="No\nUntil: never")
    told.run()
    assert [("a-kim", "denied")] == [(each.to.id, each.kind) for each in told.box.told]
    assert "No / Until: never" == dict(told.box.told[0].facts)["Said"]
    told.box.told.clear()
    granted = told.access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x")
    shown = told.access.preview("acme", granted.id)
    told.access.approve("acme", granted.id, by=ANA, digest=shown.digest, ends_by=shown.ends_at)
    assert [("a-kim", "granted", "Ana (m-ana) gave Kim (a-kim) support access to acme")] == told.came()


def test_brakes_of_the_whole_tenant_reach_relations_too():
    """[B7] Of a freeze or a cut-off the approvers of any flow can be told, and the agent whom it is about."""
    told = Told({"frozen": ["approvers", "grantee"], "cut_off": ["grantee", "consenters", "requester"]})
    told.access.freeze("acme", by=ANA, agent="a-kim")
    assert ["a-kim", "m-ana", "m-bob"] == sorted({reader for reader, _, _ in told.came()} - {"a-lou"})
    told.access.revoke_all("acme", by=ANA)
    assert [] == told.came()


def test_suspensions_are_told_by_the_hosts_rules():
    """[B7] The vendor's own record is told of by the rules that the host has for it."""
    told = Told({"suspended": ["vendor:tech", "grantee"], "reinstated": ["vendor:tech"]})
    told.access.suspend("a-kim", by=HOOK, reason="Laptop stolen")
    told.access.reinstate("a-kim", by=HOOK)
    assert [
        ("a-lou", "suspended", "the job hook suspended Kim (a-kim) everywhere"),
        ("a-kim", "suspended", "the job hook suspended Kim (a-kim) everywhere"),
        ("a-lou", "reinstated", "the job hook let Kim (a-kim) back in"),
    ] == told.came()


def test_lapses_and_ends_are_told_after_a_sweep():
    """[B1, B6] What time ended is told once a sweep has recorded it, in words of its own; consents too."""
    told = Told(
        {"lapsed": ["tenant:admin"], "ended": ["tenant:admin"], "granted": [], "requested": []},
        flows=FLOWS_THAT_LAPSE,
    )
    access = told.access
    access.request("acme", by=KIM, flow="access", ends=EIGHT, reason="x")
    give(told)
    access.consent("acme", by=ANA, to=KIM, flow="standing", ends=OpenEnded(), reason="x")
    give(told, to=LOU)
    access.revoke_all("acme", by=ANA, agent="a-lou")
    told.clock.advance(days=9)
    access.delivery.sweep()
    said = [headline for reader, _, headline in told.came() if reader == "m-ana"]
    assert sorted(
        [
            "The request for support access to acme has lapsed: nobody answered in time",
            "Support access of Kim (a-kim) to acme is over: its time has come",
            "Support access of Lou (a-lou) to acme is over: Ana (m-ana) cut off Lou (a-lou)",
        ]
    ) == sorted(said)


FLOWS_THAT_LAPSE = {
    "access": {
        "start": {"by": ["approvers", "vendor:*"]},
        "steps": [{"by": ["tenant:admin"], "within": "P1D"}],
    },
    "standing": {"yields": "consent", "ends": ["open_ended"], "longest": "open_ended"},
}


def test_readers_are_checked():
    """[N6] A reader has a side and an id; a name or an address of more than one line is refused."""
    for wrong in (
        {"side": "boss"},
        {"id": "x y"},
        {"name": "A\nB"},
        {"address": "a@b\r\nBcc: c@d"},
        {"zone": "a\nb"},
    ):
        with pytest.raises(InvalidInput):
            Reader(**({"side": "member", "id": "m-ana"} | wrong))


def test_a_wrong_zone_is_no_reason_to_tell_nobody():
    """[N6] A reader whose zone is none reads by the tenant's clock, or in UTC."""
    told = Told()
    told.people.known["member", "m-ana"] = ("Ana", "Europe/Atlantis", {"admin"})
    give(told, reason="x")
    told.run()
    assert ("m-ana", "Wed 3 Mar 2027, 12:00 UTC") == (
        told.box.told[0].to.id,
        dict(told.box.told[0].facts)["When"],
    )


def test_acting_as_a_member_is_said():
    """[B10] A notice of a grant for acting as a member names the member."""
    flows = {"access": {"act_as": ["self", "none"]}}
    told = Told(None, flows=flows)
    told.access.grant("acme", by=BOB, to=KIM, act_as="m-bob", ends=EIGHT, reason="x")
    told.run()
    assert "look only, as the member m-bob" == dict(told.box.told[0].facts)["What"]


def test_what_cannot_be_looked_up_is_told_as_far_as_it_goes():
    """[N6] An event about a row that is not there, or a chain in a circle, has nobody to tell and no error."""
    about = About(made={}, requests={}, sessions={})
    assert () == tuple(
        fallen(Event(tenant="acme", seq=2, at=NOW, clock=None, actor=HOOK, rules="", body=Left("s")), about)
    )
    event = Event(tenant="acme", seq=2, at=NOW, clock=None, actor=HOOK, rules="", body=Revoked("gr_1"))
    rules = AccessRules.from_data({"flows": FLOWS, "notices": ALL | {"revoked": ["consenters", "requester"]}})
    assert () == occasions(event, rules, about)
    assert () == occasions(attrs.evolve(event, body=Left("se_1")), rules, about)
    round_ = attrs.evolve(make("gr_1"), parent="gr_2"), attrs.evolve(make("gr_2"), parent="gr_1")
    (found,) = occasions(event, rules, attrs.evolve(about, made={each.id: each for each in round_}))
    assert ((), ()) == tuple(whom for _, whom in found.audience)


def make(ident):
    """Return a grant that an agent of the vendor approved, and no member."""
    boss = Approval(by=Agent("a-boss"), selector="vendor:*", at=NOW, digest="0" * 64)
    return Grant(
        id=ident,
        tenant="acme",
        holder=KIM,
        scope=Scope.whole(),
        layers=(Layer.of(READ_ONLY),),
        window=Window(NOW, OpenEnded()),
        approvals=(boss,),
    )


def test_what_no_word_was_made_for_is_told_all_the_same():
    """[N6] Rules adopted, a clock corrected: whatever can be told is, by its name; the end of a consent as one."""
    told = Told(
        {
            "rules_adopted": ["tenant:admin", "grantee"],
            "revoked": ["consenters"],
            "step_opened": ["approvers"],
        }
    )
    consent = told.access.consent("acme", by=ANA, to=KIM, flow="standing", ends=EIGHT, reason="x")
    assert ("m-ana", "rules_adopted", "rules adopted at acme, by Ana (m-ana)") == told.came()[0]
    told.access.revoke("acme", consent.id, by=ANA)
    ended = told.last()
    assert ("revoked", "", "m-ana") == (ended.kind, ended.how, ended.to.id)
    assert str(ended).endswith("Why: x")


def test_the_next_step_reaches_those_who_may_answer_it():
    """[B4] When a step opens, those are told who may answer that one, and not those of the first."""
    told = Told({"step_opened": ["approvers"], "requested": ["approvers"]})
    asked = told.access.request("acme", by=KIM, flow="two", ends=EIGHT, reason="x")
    assert [("a-kim", "requested")] == [(reader, kind) for reader, kind, _ in told.came()]
    shown = told.access.preview("acme", asked.id)
    boss = Agent("a-boss", teams={"support"})
    told.access.approve("acme", asked.id, by=boss, digest=shown.digest, ends_by=shown.ends_at)
    assert [("m-ana", "step_opened"), ("m-bob", "step_opened")] == [
        (reader, kind) for reader, kind, _ in told.came()
    ]
