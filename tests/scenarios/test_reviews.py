"""Reviews: what a tenant and a vendor are told of what stands, what happened and what ended."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from grantkit import (
    AccessRules,
    Agent,
    Elapsed,
    InvalidInput,
    Member,
    NotFound,
    OpenEnded,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.errors import Corrupt, Unavailable
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import GrantState, RequestState
from grantkit.stores import MemoryStore
from grantkit.telling import Reader
from grantkit.telling.remarks import Remark
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, opened
from scenarios.world import Counter, Settings, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme")
OWN = Member("m-own", tenant="acme", roles_on={"project:1": {"owner"}})
KIM = Agent("a-kim", teams={"support"}, name="Kim")
LEE = Agent("a-lee", teams={"support"})
BOSS = Agent("a-boss", teams={"lead"})
SUPPORT = Team("support")
NOON = "2027-03-03T12:00:00Z"
DAY = Elapsed(days=1)
FLOWS = {
    "access": {
        "start": {"by": ["approvers", "vendor:*"]},
        "steps": [{"by": ["tenant:admin"], "within": "PT2H"}],
        "policies": ["read-only", "writer"],
        "ends": ["elapsed", "open_ended"],
        "longest": "open_ended",
    },
    "standing": {"yields": "consent"},
    "break-glass": {"under": "standing", "start": {"by": ["vendor:*"]}, "steps": []},
}
WRITER = [{"effect": "allow", "action": ["*:write"], "resource": ["*"]}]
DOCUMENT: dict[str, Any] = {"flows": FLOWS, "policies": {"writer": WRITER}, "zone": "UTC"}
SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "reference" / "review.schema.json"


class World:
    """Support access under rules that can be edited, in a store of one kind."""

    def __init__(self, store: Any) -> None:
        self.clock = FakeClock(NOON)
        self.settings = Settings(AccessRules.from_data(DOCUMENT))
        self.store = store
        self.access = SupportAccess(store, rules=self.settings, clock=self.clock, id_factory=Counter())

    def let_in(self, **more: Any) -> str:
        """Let team support look for a day; return the id of the grant."""
        said = {"by": ANA, "to": SUPPORT, "flow": "access", "ends": DAY, "reason": "Boards missing"} | more
        return self.access.grant("acme", **said).id

    def remarks(self, **how: Any) -> dict[str, list[str]]:
        """Return what is pointed out about what stands."""
        found = self.access.review("acme", **how).remarked
        return {each.id: [str(one.remark) for one in each.remarks] for each in found}


@pytest.fixture(params=STORES)
def world(request, tmp_path):
    """Support access over each store."""
    with opened(request.param, tmp_path) as store:
        yield World(store)


def test_what_stands(world):
    """[R13] [M9] A review says what stands, for whom, since and until when, by whose consent and when last used."""
    grant = world.let_in(tickets=["T-1"])
    access = world.access
    world.clock.advance(hours=1)
    session = access.enter("acme", grant, by=KIM)
    access.record_use(access.authorize(KIM, "acme", "board:read").require(), count=2)
    access.record_use(access.authorize(LEE, "acme", "board:read").require())
    found = access.review("acme", by=ANA)
    (one,) = found.grants
    assert (grant, GrantState.LIVE, SUPPORT.id) == (one.id, one.state, one.row.holder.id)
    assert (utc("2027-03-03 12:00"), utc("2027-03-04 12:00")) == (one.row.starts_at, one.row.ends_at)
    (yes,) = one.to_data()["consents"]
    assert ({"kind": "member", "id": "m-ana"}, ["admin"], "tenant:admin") == (
        yes["by"],
        yes["roles"],
        yes["as"],
    )
    assert (1, "a-kim", ("a-kim",)) == (one.entered.count, one.entered.by, one.inside)
    assert (3, {"a-kim": 2, "a-lee": 1}) == (
        one.used.count,
        {each.agent: each.used.count for each in one.by_agent},
    )
    assert ["outlives_tickets"] == [str(each.remark) for each in one.remarks]
    access.leave("acme", session.id, by=KIM)
    assert () == access.review("acme").grants[0].inside
    assert found.whole


def test_uses_count_before_and_after_the_sweep(world):
    """[R13] Uses are the same in a review whether they lie beside the record or in it, or partly."""
    grant = world.let_in()
    access = world.access
    told = []
    for _ in range(3):
        access.record_use(access.authorize(KIM, "acme", "board:read").require())
        told.append(access.review("acme").grants[0].used.count)
        world.clock.advance(hours=1)
        access.delivery.sweep()
        told.append(access.review("acme").grants[0].used.count)
    assert [1, 1, 2, 2, 3, 3] == told
    assert grant == access.review("acme").grants[0].id


def test_each_end_is_told_apart(world):
    """[B6] [R11] Every way to end is told with when and by whom; what time or a parent ended, nobody did."""
    access = world.access
    standing = access.consent("acme", by=ANA, to=SUPPORT, flow="standing", ends=DAY, reason="Emergencies").id
    inside = access.activate(
        "acme",
        under=standing,
        by=KIM,
        to=SUPPORT,
        flow="break-glass",
        ends=Elapsed(hours=8),
        reason="Fire",
    ).id
    bound = world.let_in(tickets=["T-1"], until_tickets=True)
    brief = world.let_in(ends=Elapsed(minutes=30))
    cut = world.let_in(to=LEE)
    revoked, left = world.let_in(), world.let_in(to=KIM)
    world.clock.advance(hours=1)
    access.revoke("acme", revoked, by=ANA)
    access.relinquish("acme", left, by=KIM)
    access.resolve_ticket("acme", "T-1", by=System("hook"))
    access.revoke_all("acme", agent="a-lee", by=ANA)
    access.revoke("acme", standing, by=ANA)
    then = utc("2027-03-03 13:00")
    expected = {
        standing: ("revoked", then, "m-ana"),
        inside: ("consent_ended", then, None),
        bound: ("ended_by_tickets", then, "hook"),
        brief: ("expired", utc("2027-03-03 12:30"), None),
        cut: ("cut_off", then, "m-ana"),
        revoked: ("revoked", then, "m-ana"),
        left: ("relinquished", then, "a-kim"),
    }
    late = access.review("acme", since=then)
    assert sorted({*expected} - {brief}) == sorted(each.id for each in late.ended)
    assert () == access.review("acme", since=then + timedelta(microseconds=1)).ended
    # As time and the cut-off did it, and as a job has recorded it; but for what rested on another.
    for told in ({*expected}, {*expected} - {inside}):
        over = {each.id: each.over for each in access.review("acme").ended}
        assert {*expected} == {*over}
        for ident in told:
            one = over[ident]
            assert expected[ident] == (str(one.how), one.at, None if one.by is None else one.by.id)
        world.clock.advance(days=2)
        access.delivery.sweep()


def test_who_cut_off_what(world):
    """[B6] Of several cut-offs the one is told that silenced a grant: not one before it, nor of somebody else."""
    access, bob = world.access, Member("m-bob", tenant="acme", roles={"admin"})
    access.revoke_all("acme", by=ANA)
    first = world.let_in(to=LEE)
    access.revoke_all("acme", agent="a-kim", by=ANA)
    access.revoke_all("acme", agent="a-lee", by=bob)
    second = world.let_in(to=LEE)
    access.revoke_all("acme", by=ANA)
    ended = access.review("acme").ended
    assert [(first, "m-bob"), (second, "m-ana")] == [(each.id, each.over.by.id) for each in ended]


def test_time_does_not_run_back(world):
    """[N7] A review is not of a time before what the record has seen, whatever the clock says since."""
    world.let_in()
    world.clock.advance(seconds=-30)
    assert utc("2027-03-03 12:00") == world.access.review("acme").now


def test_names_are_not_in_it(world):
    """[B6] Nobody is named in a review but by id, also not who cut something off."""
    world.let_in()
    world.access.revoke_all("acme", by=ANA)
    found = world.access.review("acme")
    assert "Ana" not in f"{found}{found.to_data()}{found!r}"


def test_requests(world):
    """[J12] When a request lapsed and when its access ended are two fields; the open ones say who may answer."""
    access = world.access

    def ask(policies: tuple[str, ...] = ("read-only",)) -> Any:
        return access.request(
            "acme",
            by=KIM,
            to=KIM,
            flow="access",
            policies=policies,
            ends=Elapsed(hours=3),
            reason="Let me in",
        )

    given = agree(access, ask(), by=ANA)
    lapsed, denied, gone = ask(), ask(), ask()
    access.deny("acme", denied.id, by=ANA)
    access.withdraw("acme", gone.id, by=KIM)
    world.clock.advance(hours=4)
    access.delivery.sweep()
    silenced = ask()
    access.revoke_all("acme", by=ANA)
    waits = ask()
    for _ in range(2):
        data = [one for flow in access.review("acme").to_data()["flows"] for one in flow["requests"]]
        told = {one["id"]: one for one in data}
        assert [given.id, lapsed.id, denied.id, gone.id, silenced.id, waits.id] == [*told]
        assert ["approved", "lapsed", "denied", "withdrawn", "cut_off", "pending"] == [
            one["state"] for one in data
        ]
        assert ["m-ana", None, "m-ana", "a-kim", "m-ana", None] == [
            one["decided_by"] and one["decided_by"]["id"] for one in data
        ]
        noon, two, three, four = (f"2027-03-03T{hour}:00:00.000000Z" for hour in (12, 14, 15, 16))
        assert (None, three) == (told[given.id]["lapsed_at"], told[given.id]["access_ended_at"])
        assert (two, None) == (told[lapsed.id]["lapsed_at"], told[lapsed.id]["access_ended_at"])
        assert [noon, None, noon, noon, four, None] == [one["decided_at"] for one in data]
        assert ["tenant:admin"] == told[waits.id]["awaits"]
        access.delivery.sweep()


def test_break_glass_stands_apart(world):
    """[R13] Emergency access stands apart from other flows, under the consent that it rests on."""
    access = world.access
    standing = access.consent("acme", by=ANA, to=SUPPORT, flow="standing", ends=DAY, reason="Emergencies").id
    inside = access.activate(
        "acme",
        under=standing,
        by=KIM,
        to=SUPPORT,
        flow="break-glass",
        ends=Elapsed(hours=8),
        reason="Fire",
    ).id
    other = world.let_in()
    found = {each.flow: each for each in access.review("acme").flows}
    assert ["access", "break-glass", "standing"] == [*found]
    assert [[other], [inside]] == [
        [one.id for one in found[each].grants] for each in ("access", "break-glass")
    ]
    (consent,) = found["standing"].consents
    assert (standing, (inside,)) == (consent.id, consent.carries)


def test_edited_rules_show(world):
    """[R13] Rules that were edited since, and policies that were altered or withdrawn by it, show on what stands."""
    grant = world.let_in(policies=["writer"])
    assert {} == world.remarks()
    read = [{"effect": "allow", "action": ["*:read"], "resource": ["*"]}]
    world.settings.rules = AccessRules.from_data(DOCUMENT | {"policies": {"writer": read}})
    assert {grant: ["policy_altered", "other_rules"]} == world.remarks()
    flows = FLOWS | {"access": FLOWS["access"] | {"policies": ["read-only"]}}
    world.settings.rules = AccessRules.from_data(DOCUMENT | {"flows": flows, "policies": {}})
    assert {grant: ["policy_withdrawn", "other_rules"]} == world.remarks()


def test_held_up(world):
    """[R13] What a freeze or a suspension holds up stands, and says so; a freeze of the tenant is told with who."""
    access, boards = world.access, world.let_in()
    mine = world.let_in(to=KIM)
    access.suspend("a-kim", by=BOSS, reason="Lost laptop")
    assert {mine: ["suspended"]} == world.remarks()
    access.freeze("acme", agent="a-kim", by=ANA)
    assert {mine: ["frozen", "suspended"]} == world.remarks()
    access.freeze("acme", by=ANA)
    assert {boards: ["frozen"], mine: ["frozen", "suspended"]} == world.remarks()
    freeze = access.review("acme").freeze
    assert ("m-ana", utc("2027-03-03 12:00")) == (freeze.by.id, freeze.at)


def test_time_remarks(world):
    """[R13] Access that nobody uses, that has no end, or lasts long is pointed out as the caller says."""
    grant = world.let_in(ends=OpenEnded())
    world.clock.advance(days=29)
    assert {grant: ["open_ended"]} == world.remarks()
    world.clock.advance(days=1)
    assert {grant: ["unused", "open_ended"]} == world.remarks()
    assert {grant: ["overlong", "open_ended"]} == world.remarks(
        unused_for=timedelta(days=31), overlong=timedelta(days=30)
    )


def test_solved_tickets(world):
    """[R12] [R14] A grant that is not bound to its ticket stands when that is solved, and the review says so."""
    loose = world.let_in(tickets=["T-1"])
    world.let_in(tickets=["T-1"], until_tickets=True)
    assert {loose: ["outlives_tickets"]} == world.remarks()
    world.access.resolve_ticket("acme", "T-1", by=System("hook"))
    assert {loose: ["outlives_tickets", "tickets_solved"]} == world.remarks()


class People:
    """A directory of who holds which role now."""

    def __init__(self, **roles: set[str]) -> None:
        self.roles, self.asked, self.fails = roles, list[Any](), False

    def members(self, tenant: str, role: str, scope: Any) -> list[Reader]:
        if self.fails:
            raise OSError
        self.asked.append((tenant, role, str(scope)))
        return [Reader(side="member", id=each) for each in sorted(self.roles.get(role, ()))]

    def agents(self, team: str) -> list[Reader]:
        self.asked.append(("vendor", team))
        return [Reader(side="agent", id=each) for each in sorted(self.roles.get(team, ()))]

    def person(self, tenant: str, side: str, id: str) -> Reader | None:
        raise NotImplementedError


def test_a_role_lost_shows(world):
    """[I-11] A grant stays when its granter loses the role; the review shows that, if a directory is asked."""
    grant, people = world.let_in(), People(admin={"m-ana"})
    assert {} == world.remarks(directory=people)
    world.let_in()
    assert world.access.review("acme", directory=people).roles_checked
    people.asked.clear()
    people.roles["admin"] = {"m-ben"}
    assert {grant: ["role_lost"]}.items() <= world.remarks(directory=people).items()
    assert [("acme", "admin", "everything")] == people.asked  # once, however many rest on it
    assert world.access.authorize(KIM, "acme", "board:read").allowed
    assert ({}, False) == (world.remarks(), world.access.review("acme").roles_checked)


def test_a_vendor_role_lost_shows(world):
    """[R13] An agent who answered for the vendor is asked about by team."""
    access = world.access
    flow = FLOWS["access"] | {"steps": [{"by": ["tenant:admin"]}, {"by": ["vendor:lead"]}]}
    world.settings.rules = AccessRules.from_data(DOCUMENT | {"flows": {"two": flow}})
    asked = access.request("acme", by=KIM, to=KIM, flow="two", ends=DAY, reason="Let me in")
    asked = agree(access, asked, by=ANA)
    grant = agree(access, asked, by=BOSS).gave
    people = People(admin={"m-ana"}, lead={"a-boss"})
    assert {} == world.remarks(directory=people)
    people.roles["lead"] = {"a-kim"}
    assert {grant: ["role_lost"]} == world.remarks(directory=people)
    assert ("vendor", "lead") in people.asked


def test_a_directory_that_fails(world):
    """[R13] A directory that fails gives no review, rather than one in which everybody still holds a role."""
    world.let_in()
    people = People()
    people.fails = True
    with pytest.raises(Unavailable):
        world.access.review("acme", directory=people)
    world.access.revoke_all("acme", by=ANA)
    assert 1 == len(world.access.review("acme", directory=people).ended)  # about what ended nobody is asked


def test_who_may_look(world):
    """[R13] Whoever looks sees what the rules let them; a part says that it is one, and the rest sees no tenant."""
    hidden = {"view": {"status": ["approvers", "consenters"], "history": ["approvers"]}}
    world.settings.rules = AccessRules.from_data(DOCUMENT | hidden)
    ours, theirs = world.let_in(), world.let_in(to=Agent("a-lou"))
    access = world.access

    def seen(by: Any) -> tuple[list[str], bool]:
        found = access.review("acme", by=by)
        return [each.id for each in found.grants], found.whole

    assert ([ours, theirs], True) == seen(ANA)
    assert ([ours], False) == seen(KIM)  # it lets Kim in, so it is no secret
    for nobody in (BEN, Agent("a-zoe"), Member("m-eve", tenant="globex", roles={"admin"})):
        with pytest.raises(NotFound) as hidden_one:
            access.review("acme", by=nobody)
        with pytest.raises(NotFound) as absent:
            access.review("nowhere", by=nobody)
        assert str(hidden_one.value).replace("acme", "nowhere") == str(absent.value)


def test_part_of_it(world):
    """[R13] Who holds a role on one resource sees what is about that, and is told that it is a part."""
    flow = FLOWS["access"] | {
        "steps": [{"by": ["tenant:owner"]}],
        "scope": {"tenant": True, "resources": ["project:*"]},
    }
    view = {"status": ["tenant:owner"], "history": ["approvers"]}
    world.settings.rules = AccessRules.from_data(DOCUMENT | {"flows": {"access": flow}, "view": view})
    whole = Member("m-ana", tenant="acme", roles={"owner"})
    world.let_in(by=whole)
    one = world.let_in(by=OWN, scope=Scope.only("project:1"))
    other = world.let_in(by=whole, scope=Scope.only("project:2"))
    found = world.access.review("acme", by=OWN)
    assert ([one], False) == ([each.id for each in found.grants], found.whole)
    assert other not in f"{found}{found.to_data()}"
    assert world.access.review("acme", by=whole).whole


def test_nothing_there(world):
    """[R13] A tenant without a record has an empty review at the start of it."""
    found = world.access.review("nowhere")
    assert (0, (), True) == (found.seq, found.flows, found.whole)


def test_one_tenant_that_cannot_be_reviewed_stops_no_page(world):
    """[R13] The others are reviewed, a full page of them, and the one that is missing is named; else it is raised."""
    for number in range(5):
        tenant = f"t-{number}"
        ana = Member("m-ana", tenant=tenant, roles={"admin"})
        world.access.grant(tenant, by=ana, to=KIM, flow="access", ends=Elapsed(hours=1), reason="x")

    def rules_of(tenant):
        if tenant == "t-1":
            raise LookupError(tenant)
        return AccessRules.from_data(DOCUMENT)

    access, missing = SupportAccess(world.access._store, rules=rules_of, clock=world.clock), []

    def failed(tenant, error):
        missing.append((tenant, type(error)))

    assert ["t-0", "t-2", "t-3"] == [each.tenant for each in access.reviews(limit=3, failed=failed)]
    assert [("t-1", Unavailable)] == missing
    with pytest.raises(Unavailable) as raised:
        access.reviews()
    assert ["This was while tenant t-1 was reviewed."] == raised.value.__notes__

    def refuses(tenant, error):
        raise KeyError(tenant)

    with pytest.raises(KeyError):
        access.reviews(failed=refuses)
    with pytest.raises(InvalidInput, match="failed"):
        access.reviews(failed="log")


def test_across_tenants(world):
    """[R13] A vendor goes through all tenants by id, a page at a time, and its own record is none of them."""
    for tenant in ("globex", "acme", "initech"):
        admin = Member("m-ana", tenant=tenant, roles={"admin"})
        world.access.grant(tenant, by=admin, to=SUPPORT, flow="access", ends=DAY, reason="Boards missing")
    world.access.suspend("a-lee", by=BOSS, reason="Left")
    pages, after = [], None
    while page := world.access.reviews(after=after, limit=2):
        pages.append([each.tenant for each in page])
        after = page[-1].tenant
    assert [["acme", "globex"], ["initech"]] == pages
    first = world.access.reviews(limit=1, since=utc("2027-03-03 12:00"))
    assert (world.access.review("acme", since=utc("2027-03-03 12:00")),) == first
    assert 3 == len(world.access.reviews())


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("tenant", {"tenant": "no tenant"}),
        ("by", {"by": "m-ana"}),
        ("since", {"since": utc("2027-03-03 12:00").replace(tzinfo=None)}),
        ("unused_for", {"unused_for": timedelta(microseconds=999_999)}),
        ("overlong", {"overlong": 90}),
    ],
)
def test_malformed(field, wrong):
    """A malformed argument is refused by name."""
    access = SupportAccess(MemoryStore(), clock=FakeClock(NOON))
    with pytest.raises(InvalidInput) as refused:
        access.review(**({"tenant": "acme"} | wrong))
    assert field == refused.value.field


@pytest.mark.parametrize(("field", "wrong"), [("limit", 0), ("limit", 1001), ("after", "no tenant")])
def test_malformed_pages(field, wrong):
    """A malformed page is refused by name."""
    access = SupportAccess(MemoryStore(), clock=FakeClock(NOON))
    with pytest.raises(InvalidInput) as refused:
        access.reviews(**{field: wrong})
    assert field == refused.value.field


class Odd(MemoryStore):
    """A store in which something can be amiss, or go on, while a review reads."""

    def __init__(self) -> None:
        super().__init__()
        self.change, self.while_read = dict[Any, Any](), list[Any]()

    def rows(self, tenant: str) -> Any:
        return FrozenMap({**super().rows(tenant), **self.change})

    def uses(self, query: Any) -> Any:
        while_read, self.while_read = self.while_read[:1], self.while_read[1:]
        found = super().uses(query)
        for each in while_read:
            each()
        return found


@pytest.mark.parametrize("amiss", ["unread", "foreign"])
def test_rows_amiss(amiss):
    """[N7] A row that cannot be read, or is another tenant's, is no review: access might be missing from it."""
    world = World(Odd())
    grant = world.let_in()
    row = None if amiss == "unread" else attrs.evolve(world.access.grants("acme")[0].grant, tenant="globex")
    world.store.change = {("grant", grant): row}
    with pytest.raises(Corrupt):
        world.access.review("acme")


def test_a_sweep_while_a_review_reads():
    """[R13] Uses that are taken into the record while a review reads are neither lost nor counted twice."""
    world = World(Odd())
    world.let_in()
    access = world.access
    access.record_use(access.authorize(KIM, "acme", "board:read").require(), count=5)
    world.clock.advance(hours=1)
    world.store.while_read = [access.delivery.sweep]
    assert 5 == access.review("acme").grants[0].used.count


def test_consent_while_a_review_reads():
    """[R13] What is consented to while a review reads is in none of it or in all of it."""
    world = World(Odd())
    world.let_in()
    world.store.while_read = [world.let_in] * 9
    found = world.access.review("acme")
    assert found.seq == len(found.grants) + 1


def test_no_quiet_moment():
    """[R13] A review that never finds uses at rest says so, and gives none."""
    world = World(Odd())
    world.let_in()
    access = world.access

    def goes_on() -> None:
        access.record_use(access.authorize(KIM, "acme", "board:read").require())
        world.clock.advance(hours=1)
        world.store.while_read, kept = [], world.store.while_read
        access.delivery.sweep()
        world.store.while_read = kept

    world.store.while_read = [goes_on] * 5
    with pytest.raises(Unavailable):
        access.review("acme")


def fits(data: Any, schema: Any, root: Any, path: str = "review") -> None:
    """Hold *data* against as much of JSON Schema as our document uses; an unknown word of it is an error."""
    known = {
        "$ref",
        "$schema",
        "$defs",
        "title",
        "description",
        "type",
        "enum",
        "anyOf",
        "minimum",
        "pattern",
    }
    known |= {"items", "properties", "required", "additionalProperties"}
    assert set(schema) <= known, path
    if "$ref" in schema:
        fits(data, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
    if "anyOf" in schema:
        assert any(_fits(data, each, root) for each in schema["anyOf"]), path
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "null": type(None),
    }
    if "type" in schema:
        assert kinds[schema["type"]] is type(data), path
    assert data in schema.get("enum", [data]), path
    if "minimum" in schema:
        assert data >= schema["minimum"], path
    if "pattern" in schema:
        assert re.search(schema["pattern"], data), path
    if "properties" in schema:
        assert set(schema["required"]) == set(schema["properties"]) == set(data), path
        for key, each in schema["properties"].items():
            fits(data[key], each, root, f"{path}.{key}")
    for at, each in enumerate(data if "items" in schema else ()):
        fits(each, schema["items"], root, f"{path}[{at}]")


def _fits(data: Any, schema: Any, root: Any) -> bool:
    try:
        fits(data, schema, root)
    except AssertionError:
        return False
    return True


def full(world: World) -> Any:
    """Return the review of a tenant in which much happened, as it comes back from JSON."""
    access = world.access
    grant = world.let_in(ends=OpenEnded(), tickets=["T-1"])
    access.enter("acme", grant, by=KIM)
    access.record_use(access.authorize(KIM, "acme", "board:read").require())
    standing = access.consent("acme", by=ANA, to=SUPPORT, flow="standing", ends=DAY, reason="Emergencies").id
    access.activate(
        "acme",
        under=standing,
        by=KIM,
        to=SUPPORT,
        flow="break-glass",
        ends=Elapsed(hours=8),
        reason="Fire",
    )
    access.revoke("acme", world.let_in(), by=ANA)
    asking = {"by": KIM, "to": KIM, "flow": "access", "ends": DAY, "reason": "Let me in"}
    agree(access, access.request("acme", **asking), by=ANA)
    access.request("acme", **asking)
    access.freeze("acme", by=ANA)
    return json.loads(json.dumps(access.review("acme", since=utc("2027-03-03 12:00")).to_data()))


def test_the_export_is_as_documented(world):
    """[R13] What a review exports is what the documented schema says, field by field."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    data = full(world)
    fits(data, schema, schema)
    assert ["access", "break-glass", "standing"] == [each["flow"] for each in data["flows"]]
    fits(world.access.review("nowhere").to_data(), schema, schema)


def test_the_schema_bites():
    """An export with a field too many, too few, or of another kind is not what the schema says."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    data = full(World(MemoryStore()))
    assert _fits(data, schema, schema)
    for wrong in (
        data | {"more": 1},
        {key: data[key] for key in data if key != "seq"},
        data | {"seq": True},
        data | {"seq": -1},
        data | {"since": "yesterday"},
        data | {"flows": [data["flows"][0] | {"grants": [{}]}]},
    ):
        assert not _fits(wrong, schema, schema)


def test_the_schema_names_every_word():
    """The schema lists exactly the remarks, and the states, that there are."""
    defs = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    assert [*map(str, Remark)] == defs["remark"]["properties"]["remark"]["enum"]
    assert [*map(str, GrantState)] == defs["reviewed"]["properties"]["state"]["enum"]
    assert [*map(str, RequestState)] == defs["request"]["properties"]["state"]["enum"]
