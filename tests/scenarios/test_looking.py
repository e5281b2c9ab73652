"""Looking: lists equal decisions, and what a reading verb shows is complete, ordered and held against the rules."""

import itertools

import pytest

from grantkit import Agent, Elapsed, InvalidInput, Member, Reason, Scope, SupportAccess, System, Team
from grantkit.errors import NotEntitled
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, LEE, ZOE, Counter, kinds, one_flow, refused, utc

SUPPORT = Team("support")
TENANTS = ("acme", "globex", "initech", "umbrella", "wayne", "zorg")
RULES = one_flow(policies=["read-only", "administrator"], ahead="P7D", amend={"ends": [], "policies": True})


def admin(tenant):
    """Return an admin of a tenant."""
    return Member(f"m-{tenant}", tenant=tenant, roles={"admin"})


ANA = admin("acme")
BEN = Member("m-ben", tenant="acme", roles={"member"}, roles_on={"project:42": {"admin"}})


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def access(clock):
    return SupportAccess(MemoryStore(), rules=RULES, clock=clock, id_factory=Counter())


def let_in(access, tenant="acme", to=SUPPORT, hours=4, **more):
    """Grant some hours."""
    return access.grant(
        tenant, by=admin(tenant), to=to, ends=Elapsed(hours=hours), reason="Boards missing", **more
    )


def a_mixed_world(access):
    """Let the support team in everywhere, and in almost every tenant in another state."""
    let_in(access, "acme", policies=["administrator"])
    let_in(access, "globex", scope=Scope.only("project:1", "project:2"))
    access.revoke("initech", let_in(access, "initech").id, by=admin("initech"))
    let_in(access, "umbrella", starts=utc("2027-03-03 16:00"))
    let_in(access, "wayne", to=LEE, hours=1)
    let_in(access, "zorg")
    access.freeze("zorg", by=admin("zorg"), agent="a-kim")


@pytest.mark.parametrize("action", ["board:read", "board:delete"])
@pytest.mark.parametrize("agent", [KIM, LEE, ZOE])
@pytest.mark.parametrize("now", ["14:20", "15:20", "16:00", "18:19", "18:20", "20:00"])
def test_the_list_is_exactly_the_pointwise_answer(access, clock, agent, action, now):
    """[N9] With an action, the list has exactly the places where a decision allows it, at every instant."""
    a_mixed_world(access)
    clock.set(f"2027-03-03T{now}:00Z")

    listed = {
        (seen.tenant, place)
        for seen in access.visible_tenants(agent, action=action)
        for place in ([None] if seen.tenant_wide else []) + sorted(seen.resources)
    }

    places = [None, "project:1", "project:2", "project:3"]
    allowed = {
        (tenant, place)
        for tenant, place in itertools.product(TENANTS, places)
        if access.authorize(agent, tenant, action, resource=place)
    }
    whole = {tenant for tenant, place in listed if place is None}
    assert allowed == listed | {(tenant, place) for tenant in whole for place in places}


def test_what_the_list_shows(access):
    """[N9] An agent's list names each open tenant, by id, with what is open there and until when."""
    a_mixed_world(access)

    assert [
        ("acme", True, set(), utc("2027-03-03 18:20")),
        ("globex", False, {"project:1", "project:2"}, utc("2027-03-03 18:20")),
    ] == [
        (seen.tenant, seen.tenant_wide, seen.resources, seen.valid_until)
        for seen in access.visible_tenants(KIM)
    ]
    assert ["acme", "globex", "wayne", "zorg"] == [seen.tenant for seen in access.visible_tenants(LEE)]
    assert ["acme"] == [seen.tenant for seen in access.visible_tenants(KIM, action="board:delete")]


def test_the_list_at_another_instant(access):
    """[N9] The list can be asked for another instant, as a decision can."""
    a_mixed_world(access)

    for now in (utc("2027-03-03 16:00"), utc("2027-03-03 18:20")):
        expected = [
            tenant
            for tenant in TENANTS
            if access.authorize(KIM, tenant, "board:read", now, resource="project:1")
        ]
        assert expected == [seen.tenant for seen in access.visible_tenants(KIM, now, action="board:read")]


def test_the_list_can_be_read_in_pages(access):
    """[N9] Pages of the list, each after the last tenant of the one before, make up the whole."""
    a_mixed_world(access)
    whole = access.visible_tenants(LEE)

    paged, after = [], None
    while page := access.visible_tenants(LEE, after=after, limit=1):
        paged.extend(page)
        after = page[-1].tenant

    assert list(whole) == paged


def test_a_grant_that_leaves_nothing_shows_nothing(access):
    """[N9] A tenant where nothing is left to do is not on the list."""
    grant = let_in(access)
    access.amend("acme", grant.id, by=ANA, version=1, policies=[])

    assert () == access.visible_tenants(KIM)
    assert not access.authorize(KIM, "acme", "board:read")


def test_many_tenants_are_all_listed(access):
    """[N9] The list is complete however many tenants there are, and the record however many events."""
    for number in range(501):
        let_in(access, f"t-{number:04}")
    for _ in range(501):
        let_in(access, to=ZOE)

    assert 501 == len(access.visible_tenants(KIM))
    assert 501 == len(access.grants("acme"))
    assert 502 == len(access.ledger.history("acme"))
    assert list(range(1, 503)) == [event.seq for event in access.ledger.history("acme")]


# --- grants -----------------------------------------------------------------------------------------------------------


def test_grants_are_listed_in_the_order_of_consent(access, clock):
    """[T10] All grants of a tenant are listed in the order of consent, each with its state and its end."""
    live = let_in(access)
    revoked = let_in(access, to=KIM)
    short = let_in(access, hours=1)
    given_back = let_in(access, to=LEE)
    clock.advance(minutes=30)
    access.revoke("acme", revoked.id, by=ANA)
    access.relinquish("acme", given_back.id, by=LEE)
    clock.advance(minutes=30)
    later = let_in(access, starts=utc("2027-03-04 08:00"))

    assert [
        (live.id, "live", None),
        (revoked.id, "revoked", utc("2027-03-03 14:50")),
        (short.id, "expired", utc("2027-03-03 15:20")),
        (given_back.id, "relinquished", utc("2027-03-03 14:50")),
        (later.id, "scheduled", None),
    ] == [(status.grant.id, status.state, status.ended_at) for status in access.grants("acme")]
    assert [live.id, later.id] == [
        status.grant.id for status in access.grants("acme", states=["live", "scheduled"])
    ]
    assert [live.id] == [status.grant.id for status in access.grants("acme", limit=1)]
    assert () == access.grants("globex")


def test_a_cut_off_shows_in_the_list(access):
    """[B7] What a cut-off silenced is listed as cut off; a freeze changes no state."""
    let_in(access)
    access.freeze("acme", by=ANA)
    assert ["live"] == [status.state for status in access.grants("acme")]

    access.revoke_all("acme", by=ANA)
    assert ["cut_off"] == [status.state for status in access.grants("acme")]
    assert () == access.grants("acme", states=["live"])


def test_a_cut_off_says_since_when(access, clock):
    """[T10] A grant that a cut-off silenced says when its access ended: at that cut-off, whatever comes later."""
    let_in(access)
    let_in(access, to=KIM)
    clock.advance(hours=1)
    access.revoke_all("acme", by=ANA)

    def found():
        return [(status.state, status.ended_at) for status in access.grants("acme")]

    at_the_cut_off = [("cut_off", utc("2027-03-03 15:20"))] * 2
    assert at_the_cut_off == found()
    clock.advance(hours=5)
    assert at_the_cut_off == found(), "the window has closed since"
    access.delivery.sweep()
    assert at_the_cut_off == found(), "and a sweep has recorded it"


def test_a_second_cut_off_does_not_move_the_first(access, clock):
    """[T10] What one cut-off ended, another one later ends no later."""
    let_in(access)
    clock.advance(hours=1)
    access.revoke_all("acme", by=ANA)
    clock.advance(hours=1)
    later = let_in(access)
    access.revoke_all("acme", by=ANA)

    assert [utc("2027-03-03 15:20"), utc("2027-03-03 16:20")] == [
        status.ended_at for status in access.grants("acme")
    ]
    assert later.id == access.grants("acme")[1].grant.id


def test_a_list_holds_only_what_the_asker_may_see(clock):
    """[P9] Asked by somebody, the list holds what ``view.status`` lets them see, and nothing of it is an error."""
    more = {"view": {"status": ["approvers", "grantee"], "history": ["approvers"]}}
    access = SupportAccess(MemoryStore(), rules=one_flow(more=more), clock=clock)
    whole, part = let_in(access, to=KIM), let_in(access, scope=Scope.only("project:42"))

    for by, seen in (
        (ANA, [whole.id, part.id]),
        (BEN, [part.id]),
        (KIM, [whole.id, part.id]),
        (LEE, [part.id]),
        (ZOE, []),
        (System("nightly"), []),
        (admin("globex"), []),
    ):
        assert seen == [status.grant.id for status in access.grants("acme", by=by)]


# --- history ----------------------------------------------------------------------------------------------------------


def test_the_record_says_who_did_what_when(access, clock):
    """[N2] The record has each act once, in order, with its time, its actor and the rules in force."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.freeze("acme", by=BEN)
    access.relinquish("acme", grant.id, by=KIM)

    assert [
        (1, "rules_adopted", "m-acme", utc("2027-03-03 14:20")),
        (2, "granted", "m-acme", utc("2027-03-03 14:20")),
        (3, "frozen", "m-ben", utc("2027-03-03 15:20")),
        (4, "relinquished", "a-kim", utc("2027-03-03 15:20")),
    ] == [(event.seq, event.kind, event.actor.id, event.at) for event in access.ledger.history("acme")]
    assert {RULES.digest} == {event.rules for event in access.ledger.history("acme")}


def test_the_record_can_be_read_on_from_where_one_stopped(access):
    """[N2] The record can be read from a sequence on, so many events at a time."""
    for _ in range(4):
        let_in(access)
    whole = access.ledger.history("acme")

    assert whole[2:] == access.ledger.history("acme", after=2)
    assert whole[2:4] == access.ledger.history("acme", after=2, limit=2)
    assert () == access.ledger.history("acme", after=5)


def test_the_record_is_open_to_those_whom_the_rules_name(access):
    """[P9] Asked by somebody, the record is open to those whom ``view.history`` names, and refused to others."""
    let_in(access)

    assert 2 == len(access.ledger.history("acme", by=ANA))
    # Ben may consent for his own account only: the record of everybody else's is not his to read.
    for nobody in (
        BEN,
        KIM,
        Member("m-vic", tenant="acme", roles={"member"}),
        admin("globex"),
        System("nightly"),
    ):
        with refused(access, NotEntitled) as refusal:
            access.ledger.history("acme", by=nobody)
        assert ("read the history", ("approvers",)) == (refusal.value.verb, refusal.value.needs)


@pytest.mark.parametrize("limit", [0, -1, 1.5, "1", True])
def test_a_limit_is_a_count(access, limit):
    """[N2] A limit that is no count is refused by name, by every reading verb."""
    let_in(access)
    for read in (
        lambda: access.ledger.history("acme", limit=limit),
        lambda: access.grants("acme", limit=limit),
        lambda: access.visible_tenants(KIM, limit=limit),
    ):
        with refused(access, InvalidInput) as refusal:
            read()
        assert "limit" == refusal.value.field


def test_an_unknown_state_is_refused_by_name(access):
    """[T10] A state that does not exist is refused like any other bad value."""
    with refused(access, InvalidInput) as refusal:
        access.grants("acme", states=["alive"])
    assert "states" == refusal.value.field


def test_looking_writes_nothing(access):
    """[N2] Asking and looking leave no trace in the record."""
    let_in(access)
    access.authorize(KIM, "acme", "board:read")
    access.visible_tenants(KIM)
    access.grants("acme", by=ANA)
    access.ledger.history("acme", by=ANA)

    assert ["rules_adopted", "granted"] == kinds(access)


def test_a_decision_holds_until_time_alone_would_turn_it(access):
    """[N9] ``valid_until`` is the first instant at which time alone would turn the answer, on either side."""
    let_in(access, hours=1)
    let_in(access, to=KIM, hours=2)
    let_in(access, to=KIM, starts=utc("2027-03-03 20:00"))

    for now, reason, until in (
        ("14:20", Reason.ALLOWED, "16:20"),
        ("16:20", Reason.EXPIRED, "20:00"),
        ("20:00", Reason.ALLOWED, "2027-03-04 00:00"),
    ):
        decision = access.authorize(KIM, "acme", "board:read", utc(f"2027-03-03 {now}"))
        assert reason is decision.reason
        assert utc(until if " " in until else f"2027-03-03 {until}") == decision.valid_until
    assert None is access.authorize(Agent("a-loner"), "acme", "board:read").valid_until


def test_a_status_reads_as_one_line(access):
    """[T10] Printed, a grant's status says where it stands, for whom, on what, and until when."""
    grant = let_in(access)
    access.freeze("acme", by=ANA)
    (status,) = access.grants("acme")
    line = str(status)
    assert line.startswith(f"{grant.id} live, frozen: team ")
    assert str(grant.holder) in line
    assert "read-only" in line


def test_a_store_is_an_instance(access):
    """[N2] A store's class in place of a store is refused by name, and not found out at the first decision."""
    with pytest.raises(InvalidInput) as refusal:
        type(access)(MemoryStore)
    assert ("store", "wrong_type") == (refusal.value.field, refusal.value.code)
