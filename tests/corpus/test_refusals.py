"""Well-formed calls that cannot be carried out: the typed refusal, nothing written, nothing told."""

import ast
import copy
import inspect
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from bad_calls import ANA, BEN, CASES, GUS, KIM, RULES, SWEEP, TENANTS, WANT, make_world
from bad_values import CANARY, NOON, UnstableOffset

import grantkit
from grantkit import (
    VENDOR,
    AccessRules,
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    Instant,
    Member,
    OpenEnded,
    Scope,
    StartOfDay,
    SupportAccess,
    Team,
    TenantFacts,
    authorize,
)
from grantkit.canonical import MAX_INT, canonical_bytes
from grantkit.errors import (
    INPUT_CODES,
    AccessDenied,
    GrantkitError,
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
    Refused,
    StaleVersion,
    StoreError,
)
from grantkit.inputs import instant
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

SUPPORT = Team("support")
FOREIGN_ANA = Member("m-ana", tenant="globex", roles={"admin"})


class AnswersForAnother(MemoryStore):
    """A store that answers for another tenant than the one asked."""

    def load(self, tenant, want):
        return super().load("globex", want)


def giving(world, **changed):
    said = {"by": ANA, "to": SUPPORT, "ends": Elapsed(hours=4), "reason": CANARY, "flow": "everyday"}
    return world.access.grant("acme", **{**said, **changed})


def input_error(call):
    with pytest.raises(InvalidInput) as caught:
        call()
    return caught.value.field, caught.value.code


def documented(**flow):
    return AccessRules.from_data({"flows": {"everyday": {"policies": ["read-only", "*"], **flow}}})


def refuse_all_but(offer):
    return lambda: giving(make_world(documented(**offer)))


ELSEWHERE = [
    ("flow_unknown", "flow", "unknown", lambda: giving(make_world(), flow="gone")),
    ("flow_case", "flow", "unknown", lambda: giving(make_world(), flow="Everyday")),
    ("policy_unknown", "policies", "unknown", lambda: giving(make_world(), policies=["full-access"])),
    ("policy_case", "policies", "unknown", lambda: giving(make_world(), policies=["Read-Only"])),
    ("policies_none", "policies", "blank", lambda: giving(make_world(), policies=[])),
    ("grantee_missing", "to", "required", lambda: giving(make_world(), to=None)),
    ("team_with_capacity", "as_team", "ambiguous", lambda: giving(make_world(), as_team="support")),
    ("end_missing", "ends", "required", lambda: giving(make_world(), ends=None)),
    ("no_zone_date", "zone", "no_zone", lambda: giving(make_world(), ends=StartOfDay(NOON.date()))),
    ("no_zone_span", "zone", "no_zone", lambda: giving(make_world(), ends=Calendar(days=1))),
    (
        "zone_unknown",
        "zone",
        "unknown",
        lambda: giving(make_world(), ends=Calendar(days=1, zone="Mars/Olympus")),
    ),
    ("zone_folder", "zone", "unknown", lambda: giving(make_world(), ends=Calendar(days=1, zone="America"))),
    ("zone_up", "zone", "unknown", lambda: giving(make_world(), ends=Calendar(days=1, zone="a/../../etc"))),
    (
        "zone_of_the_machine",
        "zone",
        "unknown",
        lambda: giving(make_world(), ends=Calendar(days=1, zone="localtime")),
    ),
    (
        "zone_leap_seconds",
        "zone",
        "unknown",
        lambda: giving(make_world(), ends=Calendar(days=1, zone="right/UTC")),
    ),
    (
        "end_too_far",
        "ends",
        "out_of_range",
        lambda: giving(make_world(), ends=EndOfDay(date.max, "UTC")),
    ),
    (
        "end_too_early",
        "ends",
        "out_of_range",
        lambda: giving(make_world(), ends=StartOfDay(date.min, "UTC")),
    ),
    ("category_unknown", "category", "unknown", lambda: giving(make_world(), category="bug")),
    (
        "category_missing",
        "category",
        "required",
        refuse_all_but({"start": {"reason": {"min": 0, "categories": ["bug"]}}}),
    ),
    ("ticket_missing", "tickets", "required", refuse_all_but({"start": {"tickets": "required"}})),
    (
        "reference_missing",
        "reference",
        "required",
        refuse_all_but({"steps": [{"by": ["tenant:admin"], "channels": ["portal"]}]}),
    ),
    (
        "flow_ambiguous",
        "flow",
        "ambiguous",
        lambda: make_world(AccessRules.from_data({"flows": {"a": {}, "b": {}}})),
    ),
    (
        "nothing_to_amend",
        "ends",
        "required",
        lambda: make_world().access.amend("acme", "gr_1", by=ANA, version=1),
    ),
    ("id_twice", "id_factory", "duplicate", lambda: giving(make_world_of_one_id())),
    ("id_of_no_grammar", "id_factory", "bad_id", lambda: make_world(id_factory=lambda prefix: prefix + "*")),
    (
        "predicate_unknown",
        "rules.eligible.known",
        "unknown",
        lambda: SupportAccess(MemoryStore(), rules=AccessRules(eligible=("known",))),
    ),
    (
        "rules_zone_unknown",
        "zone",
        "unknown",
        lambda: SupportAccess(MemoryStore(), rules=RULES.in_zone("Mars/Olympus")),
    ),
    ("rules_no_rules", "rules", "wrong_type", lambda: SupportAccess(MemoryStore(), rules="safe")),
    ("facts_of_nobody", "tenant", "required", TenantFacts.of),
    ("plain_float", "data", "not_plain", lambda: canonical_bytes(1.5)),
    ("plain_large", "data.a[0]", "not_plain", lambda: canonical_bytes({"a": [MAX_INT + 1]})),
    ("plain_small", "data", "not_plain", lambda: canonical_bytes(-MAX_INT - 1)),
    ("plain_surrogate", "data[1]", "not_plain", lambda: canonical_bytes(["a", "\ud800"])),
    ("plain_key", "data", "not_plain", lambda: canonical_bytes({"\u00e9": 1})),
    ("plain_int_key", "data", "not_plain", lambda: canonical_bytes({1: 1})),
    ("plain_set", "data", "not_plain", lambda: canonical_bytes({1, 2})),
    ("plain_bytes", "data", "not_plain", lambda: canonical_bytes(b"a")),
    ("elapsed_of_nothing", "elapsed", "out_of_range", Elapsed),
    ("elapsed_too_long", "elapsed", "out_of_range", lambda: Elapsed(days=1_000 * 366 + 1)),
    ("calendar_of_nothing", "calendar", "out_of_range", Calendar),
    ("calendar_too_long", "calendar", "out_of_range", lambda: Calendar(years=1_001)),
    ("scope_of_nothing", "scope", "blank", Scope.only),
]


def make_world_of_one_id():
    given = iter(["gr_1", "gr_2", "gr_1"])
    return make_world(id_factory=lambda prefix: next(given))


@pytest.mark.parametrize(
    ("field", "code", "call"),
    [row[1:] for row in ELSEWHERE],
    ids=[row[0] for row in ELSEWHERE],
)
def test_what_cannot_be_right_here_is_refused_by_name(field, code, call):
    """A value of the right form that cannot be right here is refused by field and code, too."""
    assert (field, code) == input_error(call)


def test_every_input_code_is_reached():
    """Each code of InvalidInput is reached by some case of the corpus, and no case invents one."""
    reached = {bad.code for _, bad in CASES} | {row[2] for row in ELSEWHERE}
    assert set(INPUT_CODES) == reached


def codes_raised():
    """Return the literal codes that the source raises InvalidInput with."""
    for file in Path(grantkit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidInput":
                yield from (
                    each.value
                    for keyword in node.keywords
                    if keyword.arg == "code"
                    for each in ast.walk(keyword.value)
                    if isinstance(each, ast.Constant)
                )


def test_source_raises_no_code_that_is_not_listed():
    """Every code that stands in the source is one of the closed list."""
    assert set() == set(codes_raised()) - set(INPUT_CODES)


ABSENT_AND_FOREIGN = [
    ("amend", lambda access, ident: access.amend("acme", ident, by=ANA, version=1, ends=Elapsed(hours=1))),
    ("revoke", lambda access, ident: access.revoke("acme", ident, by=ANA, word="Support")),
    ("relinquish", lambda access, ident: access.relinquish("acme", ident, by=KIM)),
    (
        "amend_foreign_member",
        lambda access, ident: access.amend("acme", ident, by=GUS, version=1, ends=Elapsed(hours=1)),
    ),
    ("revoke_foreign_member", lambda access, ident: access.revoke("acme", ident, by=GUS)),
    ("relinquish_member", lambda access, ident: access.relinquish("acme", ident, by=BEN)),
]


@pytest.mark.parametrize(("name", "verb"), ABSENT_AND_FOREIGN, ids=[name for name, _ in ABSENT_AND_FOREIGN])
def test_absent_and_foreign_look_the_same(name, verb):
    """A grant of another tenant and one that never was give the same NotFound, byte for byte, and no event."""
    lonely = SupportAccess(MemoryStore(), rules=RULES, clock=FakeClock("2027-03-03T14:20:00Z"))
    world = make_world()
    written = world.written()
    with pytest.raises(NotFound) as absent:
        verb(lonely, "gr_2")
    with pytest.raises(NotFound) as foreign:
        verb(world.access, "gr_2")

    assert "globex" == world.store.load("globex", WANT).grants["gr_2"].tenant
    assert (str(absent.value), absent.value.fields) == (str(foreign.value), foreign.value.fields)
    assert {"what": "grant", "id": "gr_2", "tenant": "acme"} == foreign.value.fields
    assert written == world.written()


def test_tenants_do_not_see_each_other():
    """A decision, a list or a record, to its last hash, is the same whether or not another tenant holds anything."""
    world, other = make_world(), make_world()
    other.access.revoke_all("globex", by=GUS)
    other.access.freeze("globex", by=GUS)
    lee = Agent("a-lee", teams={"support"})
    for agent in (KIM, lee):
        one, two = (each.access.authorize(agent, "acme", "board:read") for each in (world, other))
        assert one.to_dict() == two.to_dict()
        assert one.explain() == two.explain()
    assert world.access.grants("acme") == other.access.grants("acme")
    assert world.access.ledger.history("acme") == other.access.ledger.history("acme")
    assert world.access.ledger.head("acme") == other.access.ledger.head("acme")


REFUSALS = [
    ("grant_foreign_member", "not_entitled", lambda world: giving(world, by=GUS)),
    ("grant_foreign_same_id", "not_entitled", lambda world: giving(world, by=FOREIGN_ANA)),
    ("grant_without_role", "not_entitled", lambda world: giving(world, by=BEN)),
    (
        "grant_case_of_role",
        "not_entitled",
        lambda world: giving(world, by=Member("m-cy", tenant="acme", roles={"Admin"})),
    ),
    ("grant_agent", "not_entitled", lambda world: giving(world, by=KIM)),
    ("grant_system", "not_entitled", lambda world: giving(world, by=SWEEP)),
    (
        "grant_through",
        "acting_through_grant",
        lambda world: giving(world, by=Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1")),
    ),
    ("grant_to_oneself", "self_approval", lambda world: giving(world, to=Agent("m-ana"))),
    ("grant_frozen_agent", "tenant_frozen", lambda world: giving(world, to=Agent("a-lee"))),
    ("grant_capacity", "not_offered", lambda world: giving(world, to=KIM, as_team="on-call")),
    ("grant_act_as", "not_offered", lambda world: giving(world, act_as="m-ben")),
    ("grant_channel", "not_offered", lambda world: giving(world, channel="portal", reference="T-1")),
    ("grant_scheduled", "not_offered", lambda world: giving(world, starts=NOON + timedelta(days=2))),
    ("grant_consent_flow", "not_offered", lambda world: giving(world, flow="beforehand")),
    ("grant_open_ended", "term_not_offered", lambda world: giving(world, ends=OpenEnded())),
    ("grant_past", "term_not_offered", lambda world: giving(world, ends=Instant(NOON))),
    ("grant_too_short", "term_not_offered", lambda world: giving(world, ends=Elapsed(seconds=59))),
    ("grant_too_long", "cap_exceeded", lambda world: giving(world, ends=Elapsed(days=30, seconds=1))),
    (
        "grant_too_wide",
        "not_offered",
        lambda world: giving(world, scope=Scope.only(*(f"project:{n}" for n in range(21)))),
    ),
    (
        "revoke_without_word",
        "confirmation_mismatch",
        lambda world: world.access.revoke("acme", "gr_1", by=ANA),
    ),
    (
        "revoke_wrong_word",
        "confirmation_mismatch",
        lambda world: world.access.revoke("acme", "gr_1", by=ANA, word=CANARY),
    ),
    (
        "revoke_without_role",
        "not_entitled",
        lambda world: world.access.revoke("acme", "gr_1", by=BEN, word="Support"),
    ),
    (
        "revoke_foreign_same_id",
        "not_found",
        lambda world: world.access.revoke("acme", "gr_1", by=FOREIGN_ANA, word="Support"),
    ),
    (
        "relinquish_other",
        "not_entitled",
        lambda world: world.access.relinquish("acme", "gr_1", by=Agent("support")),
    ),
    ("relinquish_member", "not_entitled", lambda world: world.access.relinquish("acme", "gr_1", by=ANA)),
    (
        "amend_stale",
        "stale_version",
        lambda world: world.access.amend("acme", "gr_1", by=ANA, version=2, ends=Elapsed(hours=1)),
    ),
    (
        "amend_past",
        "illegal_transition",
        lambda world: world.access.amend("acme", "gr_1", by=ANA, version=1, ends=Instant(NOON)),
    ),
    ("cut_off_foreign", "not_entitled", lambda world: world.access.revoke_all("acme", by=GUS)),
    ("freeze_foreign", "not_entitled", lambda world: world.access.freeze("acme", by=GUS)),
    ("unfreeze_foreign", "not_entitled", lambda world: world.access.unfreeze("acme", by=GUS)),
    ("unfreeze_agent", "not_entitled", lambda world: world.access.unfreeze("acme", by=KIM, agent="a-lee")),
    ("history_foreign", "not_entitled", lambda world: world.access.ledger.history("acme", by=GUS)),
    ("correct_member", "not_entitled", lambda world: world.access.ledger.correct_clock("acme", by=ANA)),
    ("history_vendor", "not_entitled", lambda world: world.access.ledger.history(VENDOR, by=KIM)),
    ("export_foreign", "not_entitled", lambda world: world.access.ledger.export("acme", BytesIO(), by=GUS)),
    (
        "as_of_foreign",
        "not_entitled",
        lambda world: world.access.ledger.as_of("acme", KIM, "board:read", at=NOON, by=GUS),
    ),
    ("erase_member", "not_entitled", lambda world: world.access.ledger.erase("acme", by=ANA, events=[2])),
    (
        "erase_through",
        "acting_through_grant",
        lambda world: world.access.ledger.erase("acme", by=Agent("a-kim", via="gr_1"), events=[2]),
    ),
    (
        "erase_what_is_not_there",
        "not_found",
        lambda world: world.access.ledger.erase("acme", by=SWEEP, events=[2, 4]),
    ),
    ("forget_member", "not_entitled", lambda world: world.access.ledger.forget_tenant("acme", by=ANA)),
    (
        "forget_through",
        "acting_through_grant",
        lambda world: world.access.ledger.forget_tenant("acme", by=Agent("a-kim", via="gr_1")),
    ),
    ("require", "access_denied", lambda world: world.access.authorize(KIM, "acme", "board:delete").require()),
]


@pytest.mark.parametrize(("code", "call"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refusal_is_typed_writes_nothing_and_tells_nothing(code, call):
    """What the rules refuse is one error of its own code; it writes nothing, survives pickling, tells no free text."""
    world = make_world()
    written = world.written()
    with pytest.raises(GrantkitError) as caught:
        call(world)

    error = caught.value
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert code == error.code
    assert isinstance(error, Refused | NotFound | StaleVersion | grantkit.Conflict | AccessDenied)
    assert written == world.written()
    assert CANARY not in f"{error} {error!r}"
    assert (type(error), str(error)) == (type(again), str(again))


KEYED = {"to": SUPPORT, "ends": Elapsed(hours=4), "reason": CANARY, "flow": "everyday", "key": "k-1"}


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (FOREIGN_ANA, "not_entitled"),
        (Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1"), "acting_through_grant"),
    ],
    ids=["foreign_member", "support_session"],
)
def test_key_opens_nothing_for_others(by, code):
    """An idempotency key gives its result back to whoever used it, not to a namesake of another tenant or a session."""
    world = make_world()
    world.access.grant("acme", by=ANA, **KEYED)
    with pytest.raises(Refused) as caught:
        world.access.grant("acme", by=by, **KEYED)
    assert code == caught.value.code


def test_store_that_answers_for_another_tenant_is_not_written_to():
    """A slice of another tenant than the one asked is no answer: nothing is written on it."""
    store = AnswersForAnother()
    with pytest.raises(StoreError):
        SupportAccess(store).freeze("acme", by=ANA)
    assert () == store.events("acme", 0, 9) == store.events("globex", 0, 9)


def test_key_stands_for_one_set_of_arguments():
    """The same key with other arguments is a mismatch that tells none of them."""
    world = make_world()
    world.access.grant("acme", by=ANA, **KEYED)
    written = world.written()
    with pytest.raises(IdempotencyMismatch) as caught:
        world.access.grant("acme", by=ANA, **{**KEYED, "reason": "another"})
    assert {"key": "k-1", "verb": "grant"} == caught.value.fields
    assert CANARY not in str(caught.value)
    assert written == world.written()


def test_member_without_a_role_consents_to_nothing():
    """A scope of nothing cannot be made, so that nobody is entitled over all of it."""
    nothing = ("scope", "blank")
    assert nothing == input_error(lambda: Scope(tenant_wide=False, resources=frozenset()))
    assert BEN.holds("admin", over=()) is False
    assert BEN.holds("admin", over=frozenset()) is False


@pytest.mark.parametrize(
    "agent",
    [KIM, Agent("a-lee", teams={"support"}), Agent("a-out")],
    ids=["in", "frozen", "out"],
)
@pytest.mark.parametrize("action", ["board:read", "board:delete"])
def test_decision_tells_no_free_text(agent, action):
    """No reason, word or member's name shows in what a decision says, to whomever it says it."""
    decision = make_world().access.authorize(agent, "acme", action)
    said = [
        str(decision),
        repr(decision),
        str(decision.to_dict()),
        decision.explain(),
        decision.explain("agent"),
    ]
    assert [] == [each for each in said if CANARY in each]


def every_error(root=GrantkitError):
    """Return every class under *root*, itself included."""
    return {root}.union(*(every_error(each) for each in root.__subclasses__()))


def made(kind):
    """Return an error of *kind*, a value of the right type in each field."""
    said = {
        "ends_at": NOON,
        "cap": NOON,
        "now": NOON,
        "seen_at": NOON,
        "code": "unknown",
        "needed": 2,
        "expected": 3,
    }
    said |= {"version": 1, "current": 2, "needs": ("tenant:admin",), "offered": ("a", "b")}
    said |= {"decision": authorize(KIM, "acme", "board:read", NOON, facts=TenantFacts.of(tenant="acme"))}
    names = inspect.signature(kind).parameters
    return kind(**{name: said.get(name, f"the-{name}") for name in names})


ERRORS = sorted(every_error(), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ERRORS, ids=[kind.__name__ for kind in ERRORS])
def test_every_error_survives_pickling_and_copying(kind):
    """An error keeps its type, fields, code and words through pickle and copy."""
    error = made(kind)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
        assert (kind, str(error), error.code) == (type(again), str(again), again.code)
        assert sorted(error.fields) == sorted(again.fields)
        assert repr(error) == repr(again)
    assert f"<{kind.__name__} {error.code}: {error}>" == repr(error)


@pytest.mark.parametrize("kind", ERRORS, ids=[kind.__name__ for kind in ERRORS])
def test_every_error_says_fact_consequence_and_remedy(kind):
    """The words of an error are rendered whole: no field is left as a placeholder, none is missing."""
    text = str(made(kind))
    assert "{" not in text
    assert "}" not in text
    if kind is not AccessDenied:
        assert "; " in text
        assert ": " in text


def test_every_code_belongs_to_one_error():
    """No two errors share a code, so that programs can branch on it."""
    codes = [kind.code for kind in ERRORS if kind is not InvalidInput]
    assert len(codes) == len(set(codes))


def test_unstable_zone_is_asked_once():
    """A zone that answers differently each time is asked once: what comes out is plain UTC and stays put."""
    odd = datetime(2027, 3, 3, 12, tzinfo=UnstableOffset())
    found = instant("at", odd)
    assert (1, UTC) == (odd.tzinfo.asked, found.tzinfo)
    assert datetime(2027, 3, 3, 11, tzinfo=UTC) == found


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9000, 1, 1, tzinfo=UTC),
        datetime(9000, 1, 1, 14, tzinfo=timezone(timedelta(hours=14))),
        datetime(1969, 12, 31, 10, tzinfo=timezone(timedelta(hours=-14))),
    ],
)
def test_first_and_last_instant_are_accepted(at):
    """The bounds themselves are inside."""
    assert at == instant("at", at)
    assert UTC is instant("at", at).tzinfo


def test_rule_key_that_lies_is_not_shown():
    """A key of a document with characters that forge lines or turn text around is refused without showing it."""
    for make in (
        lambda key: AccessRules.from_data({key: 1}),
        lambda key: AccessRules.from_data(
            {"policies": {"p": [{"effect": "allow", "action": ["*"], "resource": ["*"], key: 1}]}},
        ),
    ):
        for key in ("a\nnothing was wrong", "a\u202e", "a" * 100_000):
            with pytest.raises(InvalidInput) as caught:
                make(key)
            assert "unknown_key" == caught.value.code
            assert key not in str(caught.value)


def test_tenants_of_the_corpus_are_two():
    """The corpus is played with a second tenant in the store, so that what is foreign is really there."""
    world = make_world()
    assert ("acme", "globex") == TENANTS
    assert [1, 1] == [len(world.access.grants(tenant)) for tenant in TENANTS]
