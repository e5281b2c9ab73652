"""Delegation: who holds a grant adds others, within it, and for as long as it stands."""

import attrs
import pytest

from grantkit import (
    AccessRules,
    Agent,
    Elapsed,
    GrantkitError,
    InvalidInput,
    Member,
    NotFound,
    OpenEnded,
    Scope,
    SupportAccess,
    Team,
)
from grantkit.errors import (
    ActingThroughGrant,
    ConsentMissing,
    ExceedsParent,
    IdempotencyMismatch,
    NotEligible,
    NotEntitled,
    NotOffered,
    StaleVersion,
    TenantFrozen,
)
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.asking import STORES, no_trace, opened
from scenarios.world import Counter, document, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
CONNIE = Member("m-connie", tenant="acme", roles={"authorized-contact"}, name="Connie")
KIM, LOU, MAX, ZOE = (
    Agent(f"a-{name}", teams={"support"}, name=name.title()) for name in ("kim", "lou", "max", "zoe")
)
TIM = Agent("a-tim", teams={"technical"})
START = "2027-03-03T12:00:00Z"
EIGHT = Elapsed(hours=8)
FLOW = {
    "policies": ["administrator", "read-only"],
    "delegate": {"to": ["agent", "team:technical"], "depth": 2},
}


def rules(more=None, **flow):
    return AccessRules.from_data({"flows": {"access": FLOW | flow}, **(more or {})})


class Settings:
    """A host's settings page: the rules that are in force until somebody edits them."""

    def __init__(self, found):
        self.rules = found

    def __call__(self, tenant):
        return self.rules


@pytest.fixture
def clock():
    return FakeClock(START)


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as opened_store:
        yield opened_store


@pytest.fixture
def settings():
    return Settings(rules())


@pytest.fixture
def access(store, clock, settings):
    return SupportAccess(
        store,
        rules=settings,
        clock=clock,
        id_factory=Counter(),
        predicates={"trained": lambda to, tenant: to.id != "a-zoe"},
    )


def give(access, to=KIM, **more):
    told = {"by": ANA, "ends": EIGHT, "reason": "Help", "policies": ["administrator"]} | more
    return access.grant("acme", to=to, **told)


def add(access, grant, to=LOU, by=KIM, **more):
    return access.delegate("acme", grant.id, by=by, to=to, **({"reason": "Knows the import"} | more))


def may(access, *agents, action="board:write", resource=None):
    """Return who of *agents* may do it now."""
    return [agent.id for agent in agents if access.authorize(agent, "acme", action, resource=resource)]


def why(access, agent, action="board:write"):
    return access.authorize(agent, "acme", action).reason


def test_a_holder_adds_a_colleague(access):
    """[R7] Who holds a grant adds another person: a grant of their own, in the record, that names what it rests on."""
    grant = give(access)
    assert [] == may(access, LOU)
    added = add(access, grant)

    assert ["a-kim", "a-lou"] == may(access, KIM, LOU, MAX)
    assert (grant.id, "a-lou", grant.ends_at, ("administrator",), False) == (
        added.parent,
        added.holder.id,
        added.ends_at,
        added.policies,
        added.clipped,
    )
    assert ["rules_adopted", "granted", "granted"] == kinds(access)
    assert access.ledger.verify("acme")


def test_each_addition_is_an_event_of_its_own(access):
    """[R7] One addition is one grant and one event, told apart by whom it adds and who did it."""
    grant = give(access)
    add(access, grant, LOU)
    add(access, grant, MAX)

    said = [
        (event.actor.id, event.body.grant.holder.id)
        for event in access.ledger.history("acme")
        if event.kind == "granted"
    ]
    assert [("m-ana", "a-kim"), ("a-kim", "a-lou"), ("a-kim", "a-max")] == said


@pytest.mark.parametrize(
    "how", ["revoke", "relinquish", "expire", "cut off", "cut off the holder", "shorten"]
)
def test_what_ends_a_grant_ends_what_was_handed_on(access, clock, how):
    """[R8, I-15] However a grant ends, what rests on it ends with it, at that instant, at every depth."""
    grant = give(access)
    add(access, add(access, grant, LOU), MAX, by=LOU)
    assert ["a-lou", "a-max"] == may(access, LOU, MAX)
    match how:
        case "revoke":
            access.revoke("acme", grant.id, by=ANA)
        case "relinquish":
            access.relinquish("acme", grant.id, by=KIM)
        case "expire":
            clock.advance(hours=8)
        case "cut off":
            access.revoke_all("acme", by=ANA)
        case "cut off the holder":
            access.revoke_all("acme", by=ANA, agent="a-kim")
        case _:
            access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=1))
            clock.advance(hours=1)

    assert [] == may(access, KIM, LOU, MAX)
    assert {"consent_ended", "expired", "cut_off"} >= {str(why(access, LOU)), str(why(access, MAX))}


def test_relinquishing_what_was_handed_on_ends_its_subtree_only(access):
    """[R8] Who was added gives back theirs: whoever they added goes too, and nobody else."""
    grant = give(access)
    lou, zoe = add(access, grant, LOU), add(access, grant, ZOE)
    add(access, lou, MAX, by=LOU)
    access.relinquish("acme", lou.id, by=LOU)

    assert ["a-kim", "a-zoe"] == may(access, KIM, LOU, MAX, ZOE)
    assert ["live", "relinquished", "live", "consent_ended"] == [each.state for each in access.grants("acme")]
    assert zoe.parent == grant.id


def test_a_frozen_holder_carries_nobody(access):
    """[B7, I-15] While a holder is frozen at a tenant, whoever they added is out too, and in again afterwards."""
    grant = give(access)
    add(access, add(access, grant, LOU), MAX, by=LOU)
    access.freeze("acme", by=ANA, agent="a-kim")

    assert ([], "frozen", "frozen") == (may(access, KIM, LOU, MAX), why(access, LOU), why(access, MAX))
    assert (
        "handed on by somebody whose access is frozen"
        in access.authorize(LOU, "acme", "board:read").explain()
    )
    access.unfreeze("acme", by=ANA, agent="a-kim")
    assert ["a-kim", "a-lou", "a-max"] == may(access, KIM, LOU, MAX)


def test_narrowing_narrows_and_extending_extends_nobody(access, clock):
    """[R8] An amended grant narrows what rests on it at once; one that is extended lengthens nobody else's."""
    settings = {
        "ends": [{"elapsed": "PT8H"}, {"elapsed": "PT24H"}],
        "amend": {"ends": ["elapsed"], "policies": True},
    }
    access = SupportAccess(MemoryStore(), rules=rules(**settings), clock=clock, id_factory=Counter())
    grant = give(access, policies=["administrator", "read-only"])
    add(access, grant)
    access.amend("acme", grant.id, by=ANA, version=1, policies=["read-only"])
    assert ([], ["a-lou"]) == (may(access, LOU), may(access, LOU, action="board:read"))

    access.amend("acme", grant.id, by=ANA, version=2, ends=Elapsed(hours=24))
    clock.advance(hours=8)
    assert ["a-kim"] == may(access, KIM, LOU, action="board:read")
    assert "expired" == why(access, LOU)


def test_what_was_handed_on_is_not_amended_wider(access):
    """[R8] What rests on another grant can be narrowed by who may stop it, and not widened: that is amended there."""
    flow = {"amend": {"ends": ["elapsed"], "policies": True}}
    access = SupportAccess(MemoryStore(), rules=rules(**flow), clock=FakeClock(START), id_factory=Counter())
    added = add(access, give(access), ends=Elapsed(hours=2))
    with no_trace(access, ExceedsParent):
        access.amend("acme", added.id, by=ANA, version=1, ends=Elapsed(hours=4))
    access.amend("acme", added.id, by=ANA, version=1, ends=Elapsed(hours=1))
    with pytest.raises(StaleVersion):
        access.amend("acme", added.id, by=LOU, version=1, ends=Elapsed(minutes=1))


def test_a_later_end_is_clipped_and_said_so(access):
    """[R8] A later end than the grant's own is clipped to it, and the grant says so; an earlier one stands."""
    grant = give(access)
    longer, open_end, shorter = (
        add(access, grant, to, ends=ends)
        for to, ends in ((LOU, Elapsed(hours=9)), (MAX, OpenEnded()), (ZOE, Elapsed(hours=1)))
    )
    assert [(grant.ends_at, True), (grant.ends_at, True), (utc("2027-03-03 13:00"), False)] == [
        (each.ends_at, each.clipped) for each in (longer, open_end, shorter)
    ]


def test_an_open_end_is_handed_on_as_one(clock):
    """[R8] What is handed on of a grant without an end has none of its own either, and ends with it."""
    flow = {"ends": ["open_ended"], "longest": "open_ended"}
    access = SupportAccess(MemoryStore(), rules=rules(**flow), clock=clock, id_factory=Counter())
    grant = give(access, ends=OpenEnded())
    assert OpenEnded() == add(access, grant).ends_at


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"scope": Scope.whole()}, "scope"),
        ({"scope": Scope.only("project:1", "project:3")}, "scope"),
        ({"policies": ["administrator", "read-only"]}, "policies"),
        ({"tickets": ["T-2"]}, "tickets"),
    ],
    ids=["the whole tenant", "another project", "another policy", "another case"],
)
def test_more_than_the_grant_is_refused(access, more, field):
    """[R8] Nobody is added to more than the grant that is handed on: places, policies, cases."""
    grant = give(
        access, scope=Scope.only("project:1", "project:2"), tickets=["T-1"], policies=["administrator"]
    )
    with no_trace(access, ExceedsParent) as refusal:
        add(access, grant, **more)
    assert (grant.id, field) == (refusal.value.parent, refusal.value.field)


def test_less_than_the_grant_is_handed_on(access):
    """[R8] A part of the places, of the policies and of the cases may be handed on."""
    grant = give(
        access,
        scope=Scope.only("project:1", "project:2"),
        tickets=["T-1", "T-2"],
        policies=["administrator", "read-only"],
    )
    added = add(access, grant, scope=Scope.only("project:2"), policies=["read-only"], tickets=["T-2"])

    assert (("read-only",), {"T-2"}) == (added.policies, added.tickets)
    assert [] == may(access, LOU, resource="project:2")
    assert ["a-lou"] == may(access, LOU, action="board:read", resource="project:2")
    assert "out_of_scope" == access.authorize(LOU, "acme", "board:read", resource="project:1").reason
    with no_trace(access, InvalidInput):
        add(access, grant, MAX, policies=[])


def test_depth_is_a_rule(access, settings):
    """[R7] How deep a grant may be handed on is a rule: one step more is refused, also where the rule is tightened."""
    grant = give(access)
    deeper = add(access, add(access, grant), MAX, by=LOU)
    with no_trace(access, ExceedsParent) as refusal:
        add(access, deeper, ZOE, by=MAX)
    assert ("depth", "3", "2") == (refusal.value.field, refusal.value.asked, refusal.value.most)

    settings.rules = rules(delegate={"to": ["agent"], "depth": 1})
    with no_trace(access, ExceedsParent):
        add(access, access.grants("acme")[1].grant, ZOE, by=LOU)


def test_nobody_is_added_where_the_flow_does_not_say_so(access, settings):
    """[R7] Handing on is offered by the flow, to those whom it names; without that there is none."""
    grant = give(access)
    with no_trace(access, NotOffered):
        add(access, grant, Team("sales"))
    settings.rules = rules(delegate=None)
    with no_trace(access, NotOffered):
        add(access, grant)
    settings.rules = AccessRules.from_data({"flows": {"other": FLOW}})
    with no_trace(access, NotOffered):
        add(access, grant)


def test_only_the_holder_hands_on(access):
    """[R7] Only an agent who holds the grant adds others: no member, nobody else, nobody through a session."""
    grant = give(access)
    added = add(access, grant)
    for by, error in (
        (ANA, NotEntitled),
        (LOU, NotEntitled),
        (ZOE, NotEntitled),
        (Member("m-kim", tenant="globex", roles={"admin"}), NotFound),
        (KIM.under(grant.id), ActingThroughGrant),
    ):
        with no_trace(access, error):
            add(access, grant, MAX, by=by)
    with no_trace(access, NotFound):
        access.delegate("acme", "gr_none", by=KIM, to=MAX, reason="x")
    assert "a-lou" == added.holder.id


def test_a_team_hands_on_by_any_of_its_people(access):
    """[R7] A grant to a team is handed on by whoever is in it, and who adds is named in the record."""
    grant = give(access, Team("support"))
    added = add(access, grant, TIM, by=LOU)

    assert ["a-tim"] == may(access, TIM)
    assert "a-lou" == access.ledger.history("acme")[-1].actor.id
    assert added.parent == grant.id


def test_a_capacity_is_needed_to_hand_on(store, clock):
    """[J10] A grant that lets an agent act for a team is handed on only while they are in it."""
    access = SupportAccess(store, rules=rules(to=["agent:support"]), clock=clock, id_factory=Counter())
    grant = give(access)
    with no_trace(access, NotEntitled):
        add(access, grant, by=Agent("a-kim", teams={"sales"}))
    assert "a-lou" == add(access, grant).holder.id


def test_handing_on_to_who_holds_it_is_refused(access):
    """Adding the holder to their own grant would make a copy that says nothing: it is refused."""
    grant = give(access)
    with no_trace(access, InvalidInput) as refusal:
        add(access, grant, KIM)
    assert ("to", "duplicate") == (refusal.value.field, refusal.value.code)


def test_a_team_s_grant_is_not_kept_by_who_leaves_the_team(access):
    """[R8] Whoever holds a grant through their team gets none of their own of it: it would outlive their leaving."""
    grant = give(access, Team("support"))
    for to in (KIM, LOU, Agent("a-kim")):
        with no_trace(access, InvalidInput) as refusal:
            add(access, grant, to, by=KIM)
        assert "duplicate" == refusal.value.code
    assert [] == may(access, Agent("a-kim"))


def test_acting_as_a_member_is_never_handed_on(clock):
    """[B10] A grant to act as a member stays with whom the member let in."""

    class Everything:
        """Every member may do everything."""

        def may(self, member, action, resource):
            return True

    flow = rules(act_as=["any"])
    access = SupportAccess(
        MemoryStore(), rules=flow, clock=clock, id_factory=Counter(), member_rights=Everything()
    )
    grant = give(access, act_as="m-ben")
    with no_trace(access, NotOffered) as refusal:
        add(access, grant)
    assert "act_as" == refusal.value.field


def test_eligibility_holds_for_whoever_is_added(access, settings):
    """[B11] Who may be let in at all is asked of whoever is added too."""
    grant = give(access)
    settings.rules = rules({"eligible": ["trained"]})
    with no_trace(access, NotEligible):
        add(access, grant, ZOE)
    assert "a-lou" == add(access, grant, LOU).holder.id


@pytest.mark.parametrize("frozen", ["a-kim", "a-lou", None])
def test_nobody_is_added_while_something_is_frozen(access, frozen):
    """[B7] While the tenant, the holder or whoever is to be added is frozen, nobody is added."""
    grant = give(access)
    access.freeze("acme", by=ANA, agent=frozen)
    with no_trace(access, TenantFrozen):
        add(access, grant)


def test_who_was_added_by_a_frozen_holder_adds_nobody(access):
    """[B7] A freeze of somebody further up holds back whoever would hand on below."""
    lou = add(access, give(access))
    access.freeze("acme", by=ANA, agent="a-kim")
    with no_trace(access, TenantFrozen):
        add(access, lou, MAX, by=LOU)


@pytest.mark.parametrize("how", ["scheduled", "expired", "revoked", "parent revoked"])
def test_only_what_is_live_is_handed_on(access, clock, settings, how):
    """[R8] A grant that has not begun, is over, or rests on something that is over cannot be handed on."""
    settings.rules = rules(ahead="P1D")
    grant = give(access, starts=utc("2027-03-03 13:00") if how == "scheduled" else None)
    by, to = KIM, LOU
    if how == "expired":
        clock.advance(hours=8)
    elif how == "revoked":
        access.revoke("acme", grant.id, by=ANA)
    elif how == "parent revoked":
        above, grant = grant, add(access, grant)
        access.revoke("acme", above.id, by=ANA)
        by, to = LOU, MAX
    with no_trace(access, ConsentMissing):
        add(access, grant, to, by=by)


def test_ceilings_of_both_bind(access, settings):
    """[J10, J14] The ceiling of who hands on is pinned, and that of who is added binds: the narrower of both."""
    settings.rules = rules(
        {"ceilings": {"support": ["read-only"], "technical": ["administrator"], "other": ["administrator"]}}
    )
    grant = give(access, Team("support"))
    add(access, grant, Team("technical"), by=KIM)

    assert ([], ["a-tim"]) == (may(access, TIM), may(access, TIM, action="board:read"))
    assert "over_ceiling" == why(access, TIM)
    settings.rules = rules({"ceilings": {"*": ["administrator"]}})
    assert [] == may(access, TIM)


def test_a_ceiling_that_is_lowered_bites_below_too(access, settings):
    """[R8, J10] Lowered later, the ceiling of the team that hands on binds whoever was added, whatever their own is."""
    open_to_all = {"support": ["administrator"], "technical": ["administrator"], "other": ["administrator"]}
    settings.rules = rules({"ceilings": open_to_all})
    grant = give(access, Team("support"))
    add(access, grant, Team("technical"), by=KIM)
    nobody = Agent("a-tim", teams={"technical"})
    assert ["a-kim", "a-tim"] == may(access, KIM, nobody)

    settings.rules = rules({"ceilings": open_to_all | {"support": ["read-only"]}})
    assert [] == may(access, KIM, nobody)
    assert ["a-kim", "a-tim"] == may(access, KIM, nobody, action="board:read")
    settings.rules = rules({"ceilings": open_to_all | {"technical": ["read-only"]}})
    assert ["a-kim"] == may(access, KIM, nobody)


def test_who_has_no_team_falls_under_other_below_too(access, settings):
    """[J10] Whoever was added and has no team is bound by what holds for those, besides what binds above."""
    settings.rules = rules({"ceilings": {"support": ["administrator"], "other": ["read-only"]}})
    grant = give(access, Team("support"))
    alone = Agent("a-solo")
    add(access, grant, alone, by=KIM)
    assert ([], ["a-solo"]) == (may(access, alone), may(access, alone, action="board:read"))


def test_another_team_is_let_in_only_by_being_added(access):
    """[J14] A grant to one team lets no other in, whatever ticket is handed over; only an addition does, by name."""
    grant = give(access, Team("support"), tickets=["T-1"])
    assert [] == may(access, TIM)
    add(access, grant, TIM, by=KIM)
    assert ["a-tim"] == may(access, TIM)


def test_demands_and_entry_are_pinned_with_what_was_handed_on(access, settings, clock):
    """[J9] What the grant was given under binds whoever is added, also where the rules ask for less by then."""
    demands = {"demands": [{"beyond": ["read-only"], "needs": "change"}]}
    change = {"yields": "consent", "policies": ["administrator"]}
    strict = {"flows": {"access": FLOW, "change": change}, **demands}
    settings.rules = AccessRules.from_data(strict)
    grant = give(access, flow="access")
    settings.rules = AccessRules.from_data({"flows": {"access": FLOW, "change": change}})
    add(access, grant)
    assert "needs_consent" == why(access, LOU)
    assert ["a-lou"] == may(access, LOU, action="board:read")

    settings.rules = rules(entry={"required": True})
    entered = give(access)
    settings.rules = rules()
    add(access, entered, MAX)
    assert "entry_required" == why(access, MAX)


def test_what_an_amendment_pins_above_binds_below(access, settings):
    """[R8, J9] Stricter rules that an amendment pinned in the grant bind whoever was added, also when they are gone."""
    change = {"yields": "consent", "policies": ["administrator"]}
    flow = FLOW | {"amend": {"ends": ["elapsed"], "policies": False}}
    loose = AccessRules.from_data({"flows": {"access": flow, "change": change}})
    strict = {"flows": {"access": flow | {"entry": {"required": True}}, "change": change}}
    demanding = strict | {
        "demands": [{"beyond": ["read-only"], "needs": "change"}],
        "flows": loose.to_data()["flows"],
    }
    for rules_then, reason in ((strict, "entry_required"), (demanding, "needs_consent")):
        settings.rules = loose
        grant = give(access, flow="access")
        add(access, grant)
        settings.rules = AccessRules.from_data(rules_then)
        access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=20))
        settings.rules = loose
        assert (reason, reason) == (why(access, KIM), why(access, LOU))
        access.revoke_all("acme", by=ANA)


def test_a_key_adds_once(access):
    """[I-21] The same addition with the same key is one grant; another one with that key is refused."""
    grant = give(access)
    first = add(access, grant, key="-k1")
    assert first == add(access, grant, key="-k1")
    with no_trace(access, IdempotencyMismatch):
        add(access, grant, MAX, key="-k1")


def test_where_one_is_enough_it_is_given_back(store, clock):
    """[P6] Where the flow allows one live grant for each grantee, adding the same person again gives the same grant."""
    access = SupportAccess(store, rules=rules(single=True), clock=clock, id_factory=Counter())
    grant = give(access)
    first = add(access, grant)
    assert first.id == add(access, grant).id
    assert ["rules_adopted", "granted", "granted"] == kinds(access)


def test_the_tenant_ends_one_addition_and_leaves_the_rest(access):
    """[R13] Whoever may revoke the grant may revoke one that was handed on, and the others stay."""
    grant = give(access)
    lou, _ = add(access, grant), add(access, grant, MAX)
    assert [{"revoke", "link_ticket"}] * 3 == [set(each.may) for each in access.grants("acme", by=ANA)]
    access.revoke("acme", lou.id, by=ANA)
    assert ["a-kim", "a-max"] == may(access, KIM, LOU, MAX)


def test_lists_and_the_past_know_what_was_handed_on(access, clock):
    """[N4, N9] Lists, and answers about the past, are those of decisions for whoever was added."""
    grant = give(access)
    add(access, grant)
    assert ["acme"] == [each.tenant for each in access.visible_tenants(LOU)]
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ANA)
    clock.advance(hours=1)

    assert () == access.visible_tenants(LOU)
    assert access.ledger.as_of("acme", LOU, "board:read", at=utc("2027-03-03 12:30")).allowed
    assert not access.ledger.as_of("acme", LOU, "board:read", at=utc("2027-03-03 13:30")).allowed
    (status,) = access.grants("acme", holder=Agent("a-lou"))
    assert ("consent_ended", utc("2027-03-03 13:00")) == (status.state, status.ended_at)
    assert [("m-ana", "tenant:admin")] == [
        (each.approval.by.id, each.approval.selector)
        for each in access.ledger.evidence("acme", status.grant.id).agreements
    ]


def test_resolvers_representative_adds_personnel(store, clock):
    """[R5, R7, R8] A representative who activated adds others; all of it ends with what the contact approved."""
    written = document("resolver")
    written["flows"]["access"]["start"]["tickets"] = "required"
    found = AccessRules.from_data(written)
    access = SupportAccess(store, rules=found, clock=clock, id_factory=Counter())
    consent = access.consent(
        "acme",
        by=CONNIE,
        flow="approval",
        ends=OpenEnded(),
        tickets=["T-1"],
        reference="p/1",
        reason="The import hangs",
    )
    grant = access.activate(
        "acme",
        under=consent.id,
        by=KIM,
        contact="m-connie",
        ends=OpenEnded(),
        tickets=["T-1"],
        reason="Looking",
    )
    eng = Agent("a-eng", teams={"product-engineering"})
    to = {True: eng, False: LOU}["product-engineering" in str(found.flow("access").delegate.to)]
    access.delegate("acme", grant.id, by=KIM, to=to, reason="Knows it")

    assert [to.id] == may(access, to, action="board:read")
    access.revoke("acme", consent.id, by=CONNIE)
    assert ([], "consent_ended") == (may(access, KIM, to, action="board:read"), why(access, to, "board:read"))


def test_what_is_missing_above_is_no_ground(access):
    """[I-15] A grant whose ground is not in the store any more carries nobody, and nobody is added to it."""
    grant = give(access)
    lou = add(access, grant)

    class Lost:
        """A store that has lost one row."""

        def __init__(self, store):
            self._store = store

        def __getattr__(self, name):
            return getattr(self._store, name)

        def load(self, tenant, want):
            found = self._store.load(tenant, want)
            left = {key: row for key, row in found.grants.items() if key != grant.id}
            return attrs.evolve(found, grants=left)

    broken = SupportAccess(Lost(access._store), rules=rules(), clock=FakeClock(START), id_factory=Counter())
    with pytest.raises(GrantkitError):
        add(broken, lou, MAX, by=LOU)
