"""Telling people: who hears of what happened, in which words, however late, and what is told to nobody."""

from datetime import timedelta
from functools import partial

import pytest

from grantkit import (
    VENDOR,
    AccessRules,
    Agent,
    Elapsed,
    Member,
    OpenEnded,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.errors import AccessDenied, Corrupt, Unavailable
from grantkit.stores import MemoryStore
from grantkit.telling import Reader
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, opened
from scenarios.world import Settings, document, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BOB = Member("m-bob", tenant="acme", roles={"admin"}, name="Bob")
OLGA = Member("m-olga", tenant="acme", roles={"owner"}, name="Olga")
CONNIE = Member("m-connie", tenant="acme", roles={"authorized-contact"}, name="Connie")
ADA = Member("m-ada", tenant="acme", roles_on={"project:42": {"admin"}}, name="Ada")
KIM = Agent("a-kim", teams={"support", "product-support", "on-call"}, name="Kim")
LOU = Agent("a-lou", teams={"support", "product-engineering"}, name="Lou")
DUTY = Agent("a-duty", teams={"duty-manager"}, name="Dana")
JOB = System("hook")
EIGHT = Elapsed(hours=8)
HIGH_NOON = "2027-03-03T12:00:00Z"


class Town:
    """The host's directory, as it is today: people, what they hold, and where they read the clock."""

    def __init__(self):
        self.roles = {
            "m-ana": {"admin"},
            "m-bob": {"admin"},
            "m-olga": {"owner"},
            "m-connie": {"authorized-contact"},
            "m-ada": set(),
            "m-eve": {"member"},
        }
        self.roles_on = {"m-ada": {"project:42": {"admin"}}}
        self.teams = {
            "a-kim": {"support", "product-support", "on-call"},
            "a-lou": {"support", "product-engineering"},
            "a-sam": {"security"},
            "a-duty": {"duty-manager"},
        }
        self.zones = {}

    def reader(self, side, ident):
        name = ident[2:].title()
        return Reader(
            side=side, id=ident, name=name, address=f"{ident}@example.com", zone=self.zones.get(ident)
        )

    def members(self, tenant, role, scope):
        assert "acme" == tenant
        for ident, held in self.roles.items():
            parts = [self.roles_on.get(ident, {}).get(str(each), set()) for each in scope.resources]
            everywhere = not scope.tenant_wide and all(role in each for each in parts)
            if role == "*" or role in held or everywhere:
                yield self.reader("member", ident)

    def agents(self, team):
        return [self.reader("agent", ident) for ident, teams in self.teams.items() if team in {"*", *teams}]

    def person(self, tenant, side, id):
        known = self.roles if side == "member" else self.teams
        return self.reader(side, id) if id in known else None


class Post:
    """Mail, chat, whatever it is: it keeps what it took, and is down at times."""

    def __init__(self):
        self.took, self.down = [], False

    def tell(self, notice):
        if self.down:
            raise ConnectionError
        self.took.append(notice)


class Desk:
    """A vendor's service: support access, the rules of today, the people of today, and a post."""

    def __init__(self, store, rules):
        self.store, self.clock = store, FakeClock(HIGH_NOON)
        self.settings = Settings(AccessRules.from_data(rules))
        self.access = SupportAccess(store, rules=self.settings, clock=self.clock)
        self.town, self.post = Town(), Post()

    def run(self, consumer="mail"):
        """Let the job run, as it does every minute; return how far it came."""
        self.access.delivery.sweep()
        return self.access.delivery.notify(consumer, self.post, directory=self.town)

    def told(self, consumer="mail"):
        """Return what people were told by this run."""
        before = len(self.post.took)
        assert () == self.run(consumer).failed
        return self.post.took[before:]

    def heard(self):
        """Return who heard what by this run, as pairs of id and kind."""
        return [(each.to.id, each.kind) for each in self.told()]


@pytest.fixture(params=STORES)
def desk(request, tmp_path):
    """Return a maker of desks, each over the one store of a test."""
    with opened(request.param, tmp_path) as store:
        yield lambda rules: Desk(store, rules)


def plain(notices=None, **flow):
    """Return the safe rules, with these fields of their flow, and these notices."""
    return {"flows": {"access": flow}, **({} if notices is None else {"notices": notices})}


def give(desk, by=ANA, to=KIM, **more):
    return desk.access.grant("acme", by=by, to=to, **({"ends": EIGHT, "reason": "Sync is off"} | more))


def facts(notice):
    return dict(notice.facts)


def test_all_admins_hear_of_a_request_and_who_asks(desk):
    """[J2] Every admin is told of a request, with the name of the agent, and whoever is no admin is not."""
    jobber = desk(document("jobber"))
    asked = jobber.access.request(
        "acme", by=KIM, flow="ask", reason="The sync is off", tickets=["T-1"], ends=Elapsed(days=28)
    )
    told = jobber.told()
    assert ["m-ana", "m-bob"] == [each.to.id for each in told]
    for each in told:
        assert "Kim (a-kim) asks for support access to acme" == each.headline
        assert "The sync is off" == facts(each)["Why"]
        assert f"To answer: approve or deny request {asked.id}. Without an answer nobody gets in." == each.how


def test_whoever_may_answer_hears_of_a_request_without_any_rule(desk):
    """[J2, R2] Rules that say nothing of notices tell a request to those who may answer it."""
    shop = desk(plain(start={"by": ["vendor:*"]}, steps=[{"by": ["tenant:owner"]}]))
    shop.access.request("acme", by=KIM, reason="Sync is off", ends=EIGHT)
    assert [("m-olga", "requested")] == shop.heard()


def test_the_next_step_tells_those_whose_turn_it_is(desk):
    """[R5, J2] In a flow of two steps the first are told at once, and the second once it is their turn."""
    steps = [{"by": ["vendor:duty-manager"]}, {"by": ["tenant:admin"]}]
    shop = desk(plain(start={"by": ["vendor:*"]}, steps=steps))
    asked = shop.access.request("acme", by=KIM, reason="Sync is off", ends=EIGHT)
    assert [("a-duty", "requested")] == shop.heard()
    agree(shop.access, asked, by=DUTY)
    assert [("m-ana", "step_opened"), ("m-bob", "step_opened")] == shop.heard()


def test_the_vendors_team_hears_of_an_activation_and_why(desk):
    """[P7] When a project's admin switches support on, the whole team hears of it, with the project and the reason."""
    platform = desk(document("project-platform"))
    grant = platform.access.grant(
        "acme",
        by=ADA,
        scope=Scope.only("project:42"),
        ends=OpenEnded(),
        word="Support",
        reason="The board is empty",
    )
    told = platform.told()
    assert [("a-kim", "granted"), ("a-lou", "granted")] == [(each.to.id, each.kind) for each in told]
    assert {"Ada (m-ada) gave everybody in team support support access to acme"} == {
        each.headline for each in told
    }
    assert ("The board is empty", "project:42", "no end is set") == tuple(
        facts(told[0])[label] for label in ("Why", "Where", "Until")
    )
    platform.access.revoke("acme", grant.id, by=ADA, word="Support")
    assert [("a-kim", "revoked"), ("a-lou", "revoked")] == platform.heard()


@pytest.fixture
def resolver(desk):
    """Return a desk at which a contact has approved on a ticket, and everything so far is told."""
    found = desk(document("resolver"))
    found.consent = found.access.consent(
        "acme",
        by=CONNIE,
        flow="approval",
        tickets=["T-1", "T-2"],
        ends=OpenEnded(),
        reference="portal/T-1",
        reason="The import hangs",
    )
    assert [] == found.heard()
    return found


def activate(desk, by=KIM, **more):
    told = {"ends": OpenEnded(), "tickets": ["T-1"], "reason": "Looking into the import"} | more
    return desk.access.activate("acme", under=desk.consent.id, flow="access", by=by, **told)


def test_the_contact_hears_who_gained_access_and_why(resolver):
    """[R6] On activation the one contact who approved is told who gained access, why, and how to end it."""
    grant = activate(resolver)
    contact, agent = resolver.told()
    assert ("m-connie", "a-kim", "access/granted") == (contact.to.id, agent.to.id, contact.kind)
    assert "Kim (a-kim) took up support access to acme" == contact.headline
    assert ("Looking into the import", "Connie (m-connie)", "T-1", "T-1 is solved") == tuple(
        facts(contact)[label] for label in ("Why", "Agreed to by", "Tickets", "Until")
    )
    assert f"To end it at once: revoke grant {grant.id}." == contact.how


def test_each_addition_is_told_to_the_contact(resolver):
    """[R7] Each person whom the representative adds is told to the contact by name, with who added them and why."""
    grant = activate(resolver)
    resolver.told()
    eve = Agent("a-eve", teams={"support"}, name="Eve")
    resolver.town.teams["a-eve"] = {"support"}
    for to, why in ((LOU, "Knows the import"), (eve, "Knows the database")):
        resolver.access.delegate("acme", grant.id, by=KIM, to=to, as_team="support", reason=why)
    told = [each for each in resolver.told() if each.to.id == "m-connie"]
    assert ["access/delegated"] * 2 == [each.kind for each in told]
    assert ["Knows the import", "Knows the database"] == [facts(each)["Why"] for each in told]
    for each, name in zip(told, ("Lou (a-lou)", "Eve (a-eve)"), strict=True):
        assert "Kim (a-kim)" in each.headline
        assert name in each.headline


def test_the_last_ticket_is_told_once(resolver):
    """[R12, N6] The last solved ticket ends access, and the agent hears of it once, however often the job runs."""
    activate(resolver, tickets=["T-1", "T-2"])
    resolver.told()
    resolver.access.resolve_ticket("acme", "T-1", by=JOB)
    assert [] == resolver.heard()
    resolver.access.resolve_ticket("acme", "T-2", by=JOB)
    resolver.access.resolve_ticket("acme", "T-2", by=JOB)
    (told,) = resolver.told()
    assert ("a-kim", "ended") == (told.to.id, told.kind)
    assert "Support access of Kim (a-kim) of team support to acme is over: its last ticket is solved" == (
        told.headline
    )
    assert ([], []) == (resolver.heard(), resolver.heard())


def test_what_time_ended_is_told_once(desk):
    """[B6, N6] Expiry is told to whoever held it, after the next sweep, once; nobody is told before its time."""
    shop = desk(plain({"granted": []}))
    give(shop)
    shop.clock.advance(hours=8, microseconds=-1)
    assert [] == shop.heard()
    shop.clock.advance(microseconds=1)
    (told,) = shop.told()
    assert ("a-kim", "ended", utc("2027-03-03 20:00")) == (told.to.id, told.kind, told.at)
    shop.clock.advance(days=1)
    assert ([], []) == (shop.heard(), shop.heard())


def test_each_entry_under_a_teams_grant_names_the_agent(desk):
    """[M9, B12] A grant of a team is used by people: who comes in is told by name, each time."""
    shop = desk(plain({"granted": [], "entered": ["tenant:admin"]}, entry={"required": True}, to=["team"]))
    grant = give(shop, to=Team("support"))
    for agent in (KIM, LOU, KIM):
        shop.access.enter("acme", grant.id, by=agent, reason=f"{agent.name} looks")
    told = [each for each in shop.told() if each.to.id == "m-bob"]
    assert ["Kim (a-kim) entered acme", "Lou (a-lou) entered acme", "Kim (a-kim) entered acme"] == [
        each.headline for each in told
    ]
    assert ["Kim looks", "Lou looks", "Kim looks"] == [facts(each)["Why"] for each in told]


def glass(night):
    """Let an owner agree beforehand, and two people break the glass at night."""
    access = night.access
    beforehand = access.consent(
        "acme", by=OLGA, flow="beforehand", reason="Emergencies", text="What happens at night."
    )
    night.clock.set("2027-06-12T03:05:00Z")
    asked = access.activate(
        "acme", under=beforehand.id, flow="break-glass", by=KIM, reason="The shop is down since 02:40"
    )
    night.grant = agree(access, asked, by=DUTY).gave
    return night


def test_breaking_the_glass_is_told_before_anybody_is_in(desk):
    """[B9] The notice is in the record, and can be told, before the first entry: until then nobody is inside."""
    night = glass(desk(document("with-break-glass") | {"zone": "Europe/Berlin"}))
    with pytest.raises(AccessDenied) as caught:
        night.access.authorize(KIM, "acme", "shop:restart").require()
    assert "entry_required" == caught.value.decision.reason
    told = [each for each in night.told() if each.kind == "break-glass/granted"]
    assert [("m-olga", "The shop is down since 02:40"), ("a-sam", "The shop is down since 02:40")] == [
        (each.to.id, facts(each)["Why"]) for each in told
    ]
    assert "Kim (a-kim)" in told[0].headline
    night.access.enter("acme", night.grant, by=KIM, reason="Restarting the queue")
    entered = night.access.ledger.history("acme")[-1]
    assert ("entered", True) == (entered.kind, told[0].seq < entered.seq)
    assert "allowed" == night.access.authorize(KIM, "acme", "shop:restart").reason


def test_however_late_the_glass_is_told_before_the_entry(desk):
    """[B9, N6] Where the job runs late, the owner still hears of the broken glass first, and then of the entry."""
    rules = document("with-break-glass") | {"zone": "Europe/Berlin"}
    rules["notices"]["entered"] = ["tenant:owner"]
    night = glass(desk(rules))
    night.access.enter("acme", night.grant, by=KIM, reason="Restarting the queue")
    told = [each.kind for each in night.told() if each.to.id == "m-olga"]
    assert ["break-glass/granted", "entered"] == told


def test_an_empty_list_says_nobody(desk):
    """[N6] A rule that names nobody silences its default; no failure, and nothing is reported as unheard."""
    shop = desk(plain({"granted": []}))
    give(shop)
    progress = shop.run()
    assert ((), (), [], 2) == (progress.failed, progress.unheard, shop.post.took, progress.taken)


@pytest.mark.parametrize(
    ("own", "heard"),
    [(["tenant:owner"], [("m-olga", "access/granted")]), ([], [])],
    ids=["somebody", "nobody"],
)
def test_the_flows_own_rule_beats_the_general_one(desk, own, heard):
    """[N6] What a flow says of its own notices replaces what holds for all flows, also where it says nobody."""
    shop = desk(plain({"access/granted": own, "granted": ["tenant:admin"]}))
    give(shop)
    assert heard == shop.heard()


def test_a_role_that_nobody_holds_is_reported(desk):
    """[N6] Where the rules name a role that nobody holds, the job says of which event nobody heard, and goes on."""
    shop = desk(plain({"granted": ["tenant:security-officer"], "revoked": ["tenant:admin"]}))
    grant = give(shop)
    shop.access.revoke("acme", grant.id, by=ANA)
    progress = shop.run()
    assert ((("acme", 2),), 3, ()) == (progress.unheard, progress.taken, progress.failed)
    assert ["m-ana", "m-bob"] == [each.to.id for each in shop.post.took]


def test_whoever_holds_the_role_when_it_is_told_is_told(desk):
    """[N6, R9] The directory is asked when it is told: who has left hears nothing, and who has come does."""
    shop = desk(plain({"granted": ["tenant:admin", "consenters", "grantee"]}))
    give(shop)
    del shop.town.roles["m-ana"]
    shop.town.roles["m-eve"] = {"admin"}
    assert ["m-bob", "m-eve", "a-kim"] == [each.to.id for each in shop.told()]


def test_who_is_told_is_what_the_rules_said_when_it_happened(desk):
    """[N6] Who is to hear of an event was settled when it happened: today's rules neither add nor take away."""
    shop = desk(plain({"granted": ["tenant:owner"]}))
    give(shop)
    shop.settings.rules = AccessRules.from_data(plain({"granted": ["tenant:admin"]}))
    assert [("m-olga", "granted")] == shop.heard()
    give(shop)
    assert [("m-ana", "granted"), ("m-bob", "granted")] == shop.heard()


def test_everybody_reads_by_their_own_clock(desk):
    """[J4, B11] Until when is told in the zone of each reader, else the tenant's for members, with UTC beside it."""
    rules = plain({"granted": ["tenant:admin", "grantee"]}) | {"zone": "Europe/Berlin"}
    shop = desk(rules)
    shop.town.zones |= {"m-ana": "America/New_York"}
    shop.clock.set("2027-03-13T23:30:00Z")  # the night in which New York puts its clocks forward
    give(shop)
    assert {
        "m-ana": "Sun 14 Mar 2027, 03:30 America/New_York (07:30 UTC)",
        "m-bob": "Sun 14 Mar 2027, 08:30 Europe/Berlin (07:30 UTC)",
        "a-kim": "Sun 14 Mar 2027, 07:30 UTC",
    } == {each.to.id: facts(each)["Until"] for each in shop.told()}


def test_what_is_erased_is_not_told_any_more(desk):
    """[T9] A reason that was erased before it was told is told to nobody; that something happened still is."""
    notices = {"granted": ["tenant:admin"], "denied": ["grantee"], "entered": ["tenant:admin"]}
    shop = desk(plain({"requested": [], **notices}, start={"by": ["approvers", "vendor:*"]}))
    grant = give(shop, reason="Mrs Secret's invoices")
    shop.access.enter("acme", grant.id, by=KIM, reason="Mrs Secret called")
    asked = shop.access.request("acme", by=KIM, reason="Mrs Secret again", ends=EIGHT)
    shop.access.deny("acme", asked.id, by=ANA, reason="No, Mrs Secret")
    every = [event.seq for event in shop.access.ledger.history("acme")]
    shop.access.ledger.erase("acme", by=JOB, events=every)
    told = shop.told()
    assert ["granted", "entered", "denied"] == [*dict.fromkeys(each.kind for each in told)]
    for each in told:
        assert "Secret" not in f"{each}{each.to_data()}{each.event}"
        assert not {"Why", "Said"} & {*facts(each)}


def test_nobody_is_told_twice(desk):
    """[N6] Whoever is named by several selectors is told once: as admin, as the one who consented, as a member."""
    shop = desk(plain({"granted": ["tenant:admin", "consenters", "approvers", "tenant:*", "grantee"]}))
    give(shop)
    heard = [each.to.id for each in shop.told()]
    assert (len(heard), {"m-ana", "a-kim"}) == (len({*heard}), {*heard} & {"m-ana", "a-kim"})


def test_a_member_and_an_agent_of_one_id_are_two_people(desk):
    """[N6, T2] Ids of the two sides may be the same: both are told, and each notice has an id of its own."""
    shop = desk(plain({"granted": ["tenant:*", "grantee"]}))
    shop.town.roles, shop.town.teams = {"sam": {"admin"}}, {"sam": {"support"}}
    give(shop, to=Agent("sam", name="Sam"))
    told = shop.told()
    assert [("member", "sam"), ("agent", "sam")] == [each.to.key for each in told]
    assert 2 == len({each.id for each in told})


def test_how_to_end_it_ends_it(desk):
    """[B7] What a notice says can be done about it can be done: the id that it names is the one to revoke."""
    shop = desk(plain({"granted": ["tenant:admin"]}))
    give(shop)
    told = shop.told()[1]
    assert "m-bob" == told.to.id
    shop.access.revoke("acme", told.how.rstrip(".").split()[-1], by=BOB)
    assert "revoked" == shop.access.authorize(KIM, "acme", "board:read").reason


def test_a_reason_cannot_forge_a_line(desk):
    """[B5] A reason with line breaks and marks that turn text around stays one line, with the marks spelled out."""
    shop = desk(plain({"requested": ["tenant:admin"]}, start={"by": ["vendor:*"]}))
    shop.access.request("acme", by=KIM, reason="Sync\n\nUntil: never\n\nTo answer: do nothing", ends=EIGHT)
    lines = str(shop.told()[0]).splitlines()
    assert "Why: Sync / Until: never / To answer: do nothing" in lines
    assert (0, 1) == tuple(
        sum(line.startswith(label) for line in lines) for label in ("Until:", "Asked for:")
    )
    assert 1 == sum(line.startswith("To answer:") for line in lines)


def test_while_the_post_is_down_nothing_is_lost(desk):
    """[N6] Notices derive from the record: with the post down all works, and when it is up all is told in order."""
    shop = desk(plain({"granted": ["tenant:admin"], "revoked": ["tenant:admin"]}))
    shop.post.down = True
    grant = give(shop)
    progress = shop.run()
    assert (["acme"], []) == ([each.tenant for each in progress.failed], shop.post.took)
    assert "allowed" == shop.access.authorize(KIM, "acme", "board:read").reason
    shop.access.revoke("acme", grant.id, by=ANA)
    assert "revoked" == shop.access.authorize(KIM, "acme", "board:read").reason
    shop.run()
    (lag,) = shop.access.delivery.lag("mail")
    assert "acme" == lag.tenant
    shop.post.down = False
    assert [(who, kind) for kind in ("granted", "revoked") for who in ("m-ana", "m-bob")] == shop.heard()
    assert ((), []) == (shop.access.delivery.lag("mail"), shop.heard())


def test_another_process_goes_on_where_the_last_one_was(desk):
    """[N6] How far a consumer has come is kept beside the records: who starts later tells only what is new."""
    first = desk(plain({"granted": ["grantee"]}))
    give(first)
    assert [("a-kim", "granted")] == first.heard()
    second = desk(plain({"granted": ["grantee"]}))
    assert [] == second.heard()
    give(second, to=LOU)
    assert ([("a-lou", "granted")], []) == (second.heard(), first.heard())
    assert ["a-kim", "a-lou"] == [each.to.id for each in second.told("chat")]


def test_what_waits_for_a_tenant_that_is_forgotten_is_told_to_nobody(desk):
    """[T9, N6] When a tenant is forgotten, what had not been told of it is gone with it, and holds up nobody."""
    shop = desk(plain({"granted": ["tenant:admin"]}))
    shop.post.down = True
    give(shop)
    shop.run()
    shop.access.ledger.forget_tenant("acme", by=JOB)
    shop.post.down = False
    progress = shop.run()
    assert ([], (), [VENDOR]) == (
        shop.post.took,
        progress.failed,
        [each.tenant for each in shop.access.delivery.lag("other")],
    )


def test_a_tenant_that_is_forgotten_while_it_is_told(desk):
    """[T9, N6] Forgotten between two notices, and back again, a tenant is told of its new record from the start."""
    shop = desk(plain({"granted": ["tenant:admin"]}))
    give(shop)
    honest = shop.post.tell

    def tell(notice):
        honest(notice)
        shop.post.tell = honest
        shop.access.ledger.forget_tenant("acme", by=JOB)
        shop.town.roles["m-bob"] = set()
        give(shop, to=LOU)

    shop.post.tell = tell
    shop.run()
    shop.town.roles["m-bob"] = {"admin"}
    shop.run()
    shop.run()
    new = [each for each in shop.post.took if "a-lou" in each.headline]
    assert {"m-ana", "m-bob"} == {each.to.id for each in new}
    assert () == shop.access.delivery.lag("mail")
    assert {2} == {each.seq for each in new}


def test_what_was_given_and_taken_back_is_told_all_the_same(desk):
    """[T7, N6] However late, each notice says what held then: full access for an hour is not told as looking only."""
    shop = desk(plain(policies=["read-only", "administrator"], amend={"ends": ["elapsed"], "policies": True}))
    grant = give(shop, policies=["read-only"])
    shop.access.amend("acme", grant.id, by=ANA, version=1, policies=["administrator"], ends=Elapsed(hours=12))
    shop.access.amend("acme", grant.id, by=ANA, version=2, policies=["read-only"], ends=Elapsed(hours=1))
    shop.access.revoke("acme", grant.id, by=ANA)
    told = [facts(each) for each in shop.told() if each.to.id == "a-kim"]
    until = "Wed 3 Mar 2027, 20:00 UTC", "Thu 4 Mar 2027, 00:00 UTC", "Wed 3 Mar 2027, 13:00 UTC"
    assert [("look only", until[0]), ("everything", until[1]), ("look only", until[2])] == [
        (each["What"], each["Until"]) for each in told[:3]
    ]
    assert [f"look only, {until[0]}", f"everything, {until[1]}"] == [each["Before"] for each in told[1:3]]
    assert "Until" not in told[3]


def test_nobody_to_tell_is_no_alarm(desk):
    """[N6] Whoever asked is told of the answer: where nobody asked there is nobody to tell, and nothing to report."""
    shop = desk(plain({"granted": ["requester"], "unfrozen": ["requester"]}))
    give(shop)
    shop.access.freeze("acme", by=ANA)
    shop.access.unfreeze("acme", by=ANA)
    progress = shop.run()
    assert ((), (), 4, []) == (progress.unheard, progress.failed, progress.taken, shop.post.took)


def test_a_mail_does_not_promise_what_takes_a_letter(desk):
    """[J8, J9, J10] Of whoever may do everything, but that takes a written permission, the mail says both."""
    rules = plain({"granted": ["tenant:admin"]}, policies=["administrator"])
    rules["flows"]["letter"] = {"yields": "consent"}
    shop = desk(rules | {"demands": [{"beyond": ["read-only"], "needs": "letter"}]})
    give(shop, policies=["administrator"])
    facts = dict(shop.told()[0].facts)
    assert "everything; more than look only takes a consent by flow “letter” besides" == facts["What"]


def test_everybody_is_out_and_everybody_hears_of_it(desk):
    """[B3, B7, R7] When everything is cut off, whoever held something is told at once, and not again by a sweep."""
    shop = desk(plain({"granted": []}, delegate={"to": ["agent"]}))
    first = give(shop)
    shop.access.delegate("acme", first.id, by=KIM, to=LOU, reason="x")
    shop.heard()
    shop.access.revoke_all("acme", by=ANA)
    assert [("a-kim", "ended"), ("a-lou", "ended")] == shop.heard()
    shop.clock.advance(days=40)
    assert [] == shop.heard()


@pytest.mark.parametrize("fault", ["raises", "gives a name"])
def test_a_directory_that_fails_for_one_tenant_holds_up_no_other(desk, fault):
    """[N6] A directory that raises, or answers with what is no reader, holds up one tenant and loses nothing."""
    shop = desk(plain({"granted": ["tenant:admin"]}))
    give(shop)
    shop.access.grant(
        "globex", by=Member("m-gus", tenant="globex", roles={"admin"}), to=KIM, ends=EIGHT, reason="x"
    )
    honest = shop.town.members

    def members(tenant, role, scope):
        if tenant == "acme" and fault == "raises":
            raise LookupError(tenant)
        return ["Ana"] if tenant == "acme" else honest("acme", role, scope)

    shop.town.members = members
    progress = shop.run()
    assert (["acme"], {"globex"}) == (
        [each.tenant for each in progress.failed],
        {each.tenant for each in shop.post.took},
    )
    shop.town.members = lambda tenant, role, scope: honest("acme", role, scope)
    assert [("m-ana", "granted"), ("m-bob", "granted")] == shop.heard()


def test_rules_of_the_vendor_that_are_away_for_a_moment_lose_nothing(desk):
    """[B7, N6] Where the host has no rules for the vendor's record, that waits and holds up nobody, and is not lost."""
    shop = desk(plain({"granted": ["grantee"], "suspended": ["tenant:admin", "vendor:security"]}))
    give(shop)
    shop.access.suspend("a-kim", by=JOB, reason="Laptop stolen")
    known = {"acme": shop.settings.rules}
    access = SupportAccess(shop.store, rules=known.__getitem__, clock=shop.clock)
    run = partial(access.delivery.notify, "mail", shop.post, directory=shop.town)
    assert [VENDOR] == [each.tenant for each in run().failed]
    known[VENDOR] = shop.settings.rules
    assert () == run().failed
    assert ["a-kim", "a-sam"] == [each.to.id for each in shop.post.took]
    assert "Laptop stolen" == facts(shop.post.took[1])["Said"]


def test_brakes_that_were_pulled_while_the_rules_were_away_are_told(desk):
    """[B7, I-34] A tenant can be frozen with the host's rules out of reach, and people are told once they are back."""
    shop = desk(plain({"frozen": ["tenant:owner"]}))
    known = {VENDOR: shop.settings.rules}
    access = SupportAccess(shop.store, rules=known.__getitem__, clock=shop.clock)
    access.freeze("acme", by=ANA)
    run = partial(access.delivery.notify, "mail", shop.post, directory=shop.town)
    assert (["acme"], []) == ([each.tenant for each in run().failed], shop.post.took)
    known["acme"] = shop.settings.rules
    assert ((), ["m-olga"]) == (run().failed, [each.to.id for each in shop.post.took])


def test_rules_that_the_record_adopted_and_are_gone_hold_up_their_tenant_alone(desk, monkeypatch):
    """[N6] Where the store has lost the rules of that time, nobody is guessed at: that tenant waits, unharmed."""
    shop = desk(plain({"granted": ["grantee"]}))
    give(shop)
    monkeypatch.setattr(shop.store, "documents", lambda digests: {})
    (failed,) = shop.run().failed
    assert ("acme", Corrupt, []) == (failed.tenant, type(failed.error), shop.post.took)
    monkeypatch.undo()
    assert [("a-kim", "granted")] == shop.heard()


def test_only_the_holder_is_told_to_give_it_back(desk):
    """[B7, R11] Who holds a grant is told to give it back, tenants to revoke it; other agents can do neither."""
    shop = desk(plain({"granted": ["tenant:admin", "grantee", "vendor:security"]}))
    grant = give(shop)
    hows = {each.to.id: each.how for each in shop.told()}
    revoke = f"To end it at once: revoke grant {grant.id}."
    give_back = f"To end it: give back grant {grant.id}."
    assert {"m-ana": revoke, "m-bob": revoke, "a-kim": give_back, "a-sam": ""} == hows


def test_a_record_that_begins_anew_while_it_is_read_is_told_whole(desk, monkeypatch):
    """[T9, N6] A tenant that is forgotten between the look at the place and that at the record loses no new notice."""
    shop = desk(plain({"granted": ["grantee"]}))
    give(shop)
    assert [("a-kim", "granted")] == shop.heard()
    give(shop)
    honest = shop.store.events

    def events(tenant, after, limit):
        if tenant == "acme":
            monkeypatch.undo()
            shop.access.ledger.forget_tenant("acme", by=JOB)
            for _ in range(4):
                give(shop, to=LOU)
        return honest(tenant, after, limit)

    monkeypatch.setattr(shop.store, "events", events)
    shop.run()
    shop.run()
    assert [2, 3, 4, 5] == [each.seq for each in shop.post.took if each.to.id == "a-lou"]


def test_late_is_told_as_late(desk):
    """[N6] However late a notice is told, it says when the thing happened, and not when it was told."""
    shop = desk(plain({"granted": ["grantee"]}))
    give(shop)
    at = shop.clock.now()
    shop.clock.advance(hours=3)
    (told,) = shop.told()
    assert (at, "Wed 3 Mar 2027, 12:00 UTC") == (told.at, facts(told)["When"])
    assert shop.clock.now() - told.at == timedelta(hours=3)


class KeepsNoCursor(MemoryStore):
    """A store that cannot keep how far anybody has come, as a standby cannot."""

    def advance(self, consumer, tenant, cursor):
        raise Unavailable(what="the primary")


def test_what_cannot_be_kept_as_taken_is_not_taken():
    """[N6] An event that was given and could not be kept as given counts as failed, and comes again."""
    access = SupportAccess(KeepsNoCursor(), clock=FakeClock(HIGH_NOON))
    access.grant("acme", by=ANA, to=KIM, ends=EIGHT, reason="Boards missing")
    came = []

    runs = [access.delivery.deliver("crm", lambda event: came.append(event.seq)) for _ in range(2)]

    assert [(0, 0)] * 2 == [(run.taken, run.failed[0].seq) for run in runs]
    assert [1, 1] == came
