"""What a decision says, row by row of "How a decision is made"."""

from datetime import timedelta

import attrs
import pytest

from grantkit import (
    ADMINISTRATOR,
    READ_ONLY,
    AccessRules,
    Agent,
    OpenEnded,
    Scope,
    Team,
    TenantFacts,
    authorize,
)
from grantkit.decision import Considered, Question, Reason, visible
from grantkit.errors import AccessDenied, InvalidInput
from grantkit.model import Demand, Ending, Freeze, Head, Stance, Window
from grantkit.policy import Layer, parse_action
from unit.making import (
    ANA,
    HOUR,
    KIM,
    LEE,
    NOW,
    SUPPORT,
    TICK,
    WRITER,
    a_consent,
    a_grant,
    decide,
    ended,
    law,
    policy,
    reason,
    window,
)

FREEZE = Freeze(by=ANA, at=NOW, seq=5)
WRITE = "board:write"
WRITTEN = {"yields": "consent", "steps": [{"by": ["tenant:admin"]}], "policies": ["*"]}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"suspended": frozenset({"a-kim"}), "head": Head(tenant="acme", freeze=FREEZE)}, "suspended"),
        ({"head": Head(tenant="acme", freeze=FREEZE, seen_at=NOW + HOUR)}, "frozen"),
        ({"stances": [Stance(agent="a-kim", freeze=FREEZE)]}, "frozen"),
        ({"head": Head(tenant="acme", seen_at=NOW + timedelta(seconds=60) + TICK)}, "clock_rollback"),
    ],
    ids=["suspended", "frozen", "agent_frozen", "clock_rollback"],
)
def test_what_blocks_everything_comes_first(facts, expected):
    """Suspension, freeze and a clock turned back deny in this order, whatever grants stand, and name none."""
    assert (expected, None) == reason(a_grant(), **facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"stances": [Stance(agent="a-lee", freeze=FREEZE)]},
        {"stances": [Stance(agent="a-kim")]},
        {"head": Head(tenant="acme", seen_at=NOW + timedelta(seconds=60))},
    ],
    ids=["another_agent", "no_freeze", "within_the_tolerance"],
)
def test_what_does_not_block(facts):
    """The freeze of another agent, and a clock within the tolerance, block nothing."""
    assert ("allowed", "gr_1") == reason(a_grant(), **facts)


@pytest.mark.parametrize("how", list(Ending))
@pytest.mark.parametrize("now", [NOW - 9 * HOUR, NOW, NOW + 9 * HOUR])
def test_recorded_end_denies_at_every_instant(how, now):
    """What has ended as a fact denies before its end, at it and after, and says how it ended."""
    assert (how.value, "gr_1") == reason(a_grant(ended=ended(how)), now=now)


CUTS = [
    ("of_the_tenant", a_grant(), KIM, {"head": Head(tenant="acme", cut_off=1)}, "cut_off"),
    (
        "of_the_tenant_before",
        a_grant(consent_seq=2),
        KIM,
        {"head": Head(tenant="acme", cut_off=1)},
        "allowed",
    ),
    ("of_the_asking_agent", a_grant(), KIM, {"stances": [Stance(agent="a-kim", cut_off=1)]}, "cut_off"),
    ("of_another_in_the_team", a_grant(), KIM, {"stances": [Stance(agent="a-lee", cut_off=1)]}, "allowed"),
    (
        "of_the_asking_agent_by_id",
        a_grant(holder=KIM),
        KIM,
        {"stances": [Stance(agent="a-kim", cut_off=1)]},
        "cut_off",
    ),
    (
        "of_the_agent_before",
        a_grant(consent_seq=2),
        KIM,
        {"stances": [Stance(agent="a-kim", cut_off=1)]},
        "allowed",
    ),
]


@pytest.mark.parametrize(
    ("grant", "agent", "facts", "expected"),
    [row[1:] for row in CUTS],
    ids=[row[0] for row in CUTS],
)
def test_cut_off_silences_what_was_consented_before(grant, agent, facts, expected):
    """A cut-off touches consent recorded at or before it, of the tenant or of the agent; later consent counts."""
    assert expected == reason(grant, agent=agent, **facts)[0]


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (-HOUR - TICK, "not_yet_active"),
        (-HOUR, "allowed"),
        (4 * HOUR - TICK, "allowed"),
        (4 * HOUR, "expired"),
    ],
)
def test_window_is_judged_to_the_microsecond(shift, expected):
    """At the start access begins, at the end it is over."""
    assert (expected, "gr_1") == reason(a_grant(), now=NOW + shift)


def test_what_the_record_has_seen_cannot_be_undone():
    """An end is judged by the later of the clock and the record, the start by the clock alone."""
    seen = Head(tenant="acme", seen_at=NOW + timedelta(seconds=30))
    ends = a_grant(window=Window(NOW - HOUR, NOW + timedelta(seconds=30)))
    starts = a_grant(window=Window(NOW + timedelta(seconds=20), NOW + HOUR))
    assert "expired" == reason(ends, head=seen)[0]
    assert "not_yet_active" == reason(starts, head=seen)[0]


PARENT = a_grant("gr_0", holder=LEE)
CHILD = a_grant("gr_1", parent="gr_0")
CHAINS = [
    ("live", CHILD, {"rests_on": [PARENT]}, "allowed"),
    ("missing", CHILD, {}, "consent_ended"),
    ("revoked", CHILD, {"rests_on": [a_grant("gr_0", ended=ended())]}, "consent_ended"),
    ("expired", CHILD, {"rests_on": [a_grant("gr_0", window=window(-2, 0))]}, "consent_ended"),
    ("not_yet", CHILD, {"rests_on": [a_grant("gr_0", window=window(1, 2))]}, "consent_ended"),
    (
        "cut_off_holder",
        CHILD,
        {"rests_on": [PARENT], "stances": [Stance(agent="a-lee", cut_off=1)]},
        "consent_ended",
    ),
    ("foreign", CHILD, {"rests_on": [a_grant("gr_0", tenant="globex")]}, "consent_ended"),
    ("in_a_circle", CHILD, {"rests_on": [a_grant("gr_0", parent="gr_1"), CHILD]}, "consent_ended"),
    (
        "on_itself",
        a_grant("gr_1", parent="gr_1"),
        {"rests_on": [a_grant("gr_1", parent="gr_1")]},
        "consent_ended",
    ),
    ("second_missing", CHILD, {"rests_on": [a_grant("gr_0", parent="gr_00")]}, "consent_ended"),
    (
        "on_a_consent",
        a_grant(parent="co_1"),
        {"rests_on": [a_consent(layers=(Layer.of(READ_ONLY),))]},
        "allowed",
    ),
    (
        "scope_of_the_parent",
        CHILD,
        {"rests_on": [a_grant("gr_0", scope=Scope.only("project:42"))]},
        "out_of_scope",
    ),
    (
        "layers_of_the_parent",
        CHILD,
        {"rests_on": [a_grant("gr_0", layers=(Layer.of(),))]},
        "action_not_permitted",
    ),
]


@pytest.mark.parametrize(
    ("grant", "facts", "expected"),
    [row[1:] for row in CHAINS],
    ids=[row[0] for row in CHAINS],
)
def test_grant_rests_on_all_its_ancestors(grant, facts, expected):
    """A grant counts only while everything up its chain is there, live, in scope and permitting."""
    assert (expected, "gr_1") == reason(grant, **facts)


PROJECT = a_grant(scope=Scope.only("project:42", "project:43"))


@pytest.mark.parametrize(
    ("grant", "resource", "expected"),
    [
        (PROJECT, "project:42", "allowed"),
        (PROJECT, "project:44", "out_of_scope"),
        (PROJECT, "Project:42", "out_of_scope"),
        (PROJECT, None, "out_of_scope"),
        (a_grant(), "project:44", "allowed"),
        (a_grant(), None, "allowed"),
    ],
)
def test_scope_covers_what_it_lists(grant, resource, expected):
    """Listed resources and nothing else are covered; without a resource the tenant as a whole is meant."""
    assert (expected, "gr_1") == reason(grant, resource=resource)


def defined(**policies):
    return law(policies={name: each.to_data() for name, each in policies.items()})


def consented(*policies, kind="consented"):
    return a_grant(layers=(Layer.of(*policies, kind=kind),))


LAYERS = [
    ("as_pinned_and_present", consented(WRITER), defined(writer=WRITER), WRITE, "allowed"),
    (
        "beyond_the_pinned",
        consented(WRITER),
        defined(writer=policy("w", "*")),
        "board:delete",
        "action_not_permitted",
    ),
    (
        "edited_narrower",
        consented(WRITER),
        defined(writer=policy("w", "*:read")),
        WRITE,
        "action_not_permitted",
    ),
    ("withdrawn", consented(WRITER), law(), WRITE, "policy_withdrawn"),
    (
        "withdrawn_beside_a_deny",
        consented(WRITER, policy("no", deny="*:write")),
        law(),
        WRITE,
        "action_not_permitted",
    ),
    (
        "withdrawn_and_another_edited",
        consented(WRITER, policy("other", "a:b")),
        defined(other=policy("o", deny="*:write")),
        WRITE,
        "action_not_permitted",
    ),
    ("a_deny_went", consented(ADMINISTRATOR, policy("no", deny="*:write")), law(), "board:read", "allowed"),
    (
        "deny_beats_allow",
        consented(ADMINISTRATOR, policy("no", deny="*:write")),
        law(),
        WRITE,
        "action_not_permitted",
    ),
    ("narrowed", consented(ADMINISTRATOR, kind="narrowed"), law(), WRITE, "allowed"),
    ("empty_layer", a_grant(layers=(Layer.of(),)), law(), "board:read", "action_not_permitted"),
    (
        "pinned_ceiling",
        a_grant(layers=(Layer.of(ADMINISTRATOR), Layer.of(READ_ONLY, kind="ceiling"))),
        law(),
        WRITE,
        "over_ceiling",
    ),
    (
        "pinned_ceiling_of_a_policy_that_is_gone",
        a_grant(layers=(Layer.of(ADMINISTRATOR), Layer.of(WRITER, kind="ceiling"))),
        law(),
        WRITE,
        "allowed",
    ),
]


@pytest.mark.parametrize(
    ("grant", "rules", "action", "expected"),
    [row[1:] for row in LAYERS],
    ids=[row[0] for row in LAYERS],
)
def test_every_layer_must_allow_as_pinned_and_today(grant, rules, action, expected):
    """A layer is judged as pinned and as of today, a ceiling as pinned; withdrawn and edited are told apart."""
    assert (expected, "gr_1") == reason(grant, rules=rules, action=action)


TODAY = {"policies": {"writer": WRITER.to_data()}}
CEILINGS = [
    ("guardrail", {"*": ["read-only"]}, SUPPORT, None, KIM, "over_ceiling"),
    ("guardrail_wide", {"*": ["writer"]}, SUPPORT, None, KIM, "allowed"),
    ("team", {"support": ["read-only"], "other": ["writer"]}, SUPPORT, None, KIM, "over_ceiling"),
    ("other", {"on-call": ["writer"], "other": ["read-only"]}, SUPPORT, None, KIM, "over_ceiling"),
    (
        "team_and_guardrail",
        {"*": ["read-only"], "support": ["writer"], "other": []},
        SUPPORT,
        None,
        KIM,
        "over_ceiling",
    ),
    ("union_of_one", {"support": ["read-only", "writer"], "other": []}, SUPPORT, None, KIM, "allowed"),
    (
        "bare_agent_all_teams",
        {"support": ["read-only"], "on-call": ["writer"], "other": []},
        LEE,
        None,
        LEE,
        "over_ceiling",
    ),
    (
        "capacity",
        {"support": ["read-only"], "on-call": ["writer"], "other": []},
        LEE,
        "on-call",
        LEE,
        "allowed",
    ),
    (
        "no_team",
        {"support": ["writer"], "other": ["read-only"]},
        Agent("a-solo"),
        None,
        Agent("a-solo"),
        "over_ceiling",
    ),
    (
        "team_of_the_grant_alone",
        {"support": ["writer"], "on-call": [], "other": []},
        SUPPORT,
        None,
        LEE,
        "allowed",
    ),
]


@pytest.mark.parametrize(
    ("ceilings", "holder", "as_team", "agent", "expected"),
    [row[1:] for row in CEILINGS],
    ids=[row[0] for row in CEILINGS],
)
def test_ceilings_of_today_bind_the_capacity(ceilings, holder, as_team, agent, expected):
    """Today's ceilings bind the team that the grant names, else all teams of the agent together, else none."""
    rules = law(ceilings=ceilings, **TODAY)
    grant = a_grant(holder=holder, as_team=as_team, layers=(Layer.of(ADMINISTRATOR),))
    assert expected == reason(grant, agent=agent, rules=rules, action=WRITE)[0]


@pytest.mark.parametrize(
    ("grant", "agent", "act_as", "expected"),
    [
        (a_grant(holder=KIM), KIM, None, "allowed"),
        (a_grant(holder=KIM), LEE, None, "no_grant"),
        (a_grant(holder=Team("a-kim")), KIM, None, "no_grant"),
        (a_grant(holder=Agent("support")), KIM, None, "no_grant"),
        (a_grant(holder=LEE, as_team="on-call"), LEE, None, "allowed"),
        (a_grant(holder=KIM, as_team="on-call"), KIM, None, "no_grant"),
        (a_grant(tenant="globex"), KIM, None, "no_grant"),
        (a_grant(act_as="m-ben"), KIM, None, "no_grant"),
        (a_grant(), KIM, "m-ben", "no_grant"),
        (a_grant(act_as="m-ben"), KIM, "m-cy", "no_grant"),
        (a_grant(act_as="m-ben"), KIM, "m-ben", "member_lacks_right"),
    ],
)
def test_only_what_the_agent_holds_is_considered(grant, agent, act_as, expected):
    """A grant is held by its agent, or by its team in the capacity that it names, as the member that it names."""
    assert expected == reason(grant, agent=agent, act_as=act_as)[0]


def test_member_who_may_lets_the_agent_act():
    """Acting as a member takes the member's own right besides."""
    assert "allowed" == reason(a_grant(act_as="m-ben"), act_as="m-ben", member_may=True)[0]


def demanding(grant=None, **changed):
    rules = AccessRules.from_data(
        {
            "flows": {"access": {}, "written": WRITTEN, "other": WRITTEN},
            "demands": [{"beyond": ["read-only"], "needs": "written"}],
            **TODAY,
        },
    )
    made = a_grant(layers=(Layer.of(ADMINISTRATOR),)) if grant is None else grant
    return reason(made, rules=rules, **{"action": WRITE, "resource": "board:1", **changed})[0]


PERMISSIONS = [
    ("matching", a_consent(), "allowed"),
    ("for_another_agent", a_consent(holder=a_grant(holder=LEE).holder), "needs_consent"),
    ("for_this_agent", a_consent(holder=a_grant(holder=KIM).holder), "allowed"),
    ("for_another_team", a_consent(holder=a_grant(holder=Team("on-call")).holder), "needs_consent"),
    ("of_another_flow", a_consent(flow="other"), "needs_consent"),
    ("of_another_tenant", a_consent(tenant="globex"), "needs_consent"),
    ("in_scope", a_consent(scope=Scope.only("board:1")), "allowed"),
    ("out_of_scope", a_consent(scope=Scope.only("board:2")), "needs_consent"),
    ("of_other_actions", a_consent(layers=(Layer.of(READ_ONLY),)), "needs_consent"),
    ("of_two_layers", a_consent(layers=(Layer.of(WRITER), Layer.of(READ_ONLY))), "needs_consent"),
    ("expired", a_consent(window=window(-2, 0)), "needs_consent"),
    ("not_yet", a_consent(window=window(1, 2)), "needs_consent"),
    ("ended", a_consent(ended=ended()), "needs_consent"),
    ("for_a_ticket", a_consent(tickets=frozenset({"T-1"})), "needs_consent"),
]


@pytest.mark.parametrize(
    ("consent", "expected"),
    [row[1:] for row in PERMISSIONS],
    ids=[row[0] for row in PERMISSIONS],
)
def test_demand_needs_a_live_consent_that_fits(consent, expected):
    """What lies beyond a demand needs a live consent of its flow, for this agent, action, resource and case."""
    assert expected == demanding(consents=[consent])


def test_demand_asks_nothing_of_what_is_not_beyond():
    """Inside the demand's policies no written permission is needed; with none at all everything beyond is denied."""
    assert "allowed" == demanding(action="board:read")
    assert "needs_consent" == demanding()


def test_permission_for_a_case_takes_a_grant_of_that_case():
    """A consent that names tickets counts beside a grant that names one of them."""
    consent = a_consent(tickets=frozenset({"T-1", "T-2"}))
    grant = a_grant(layers=(Layer.of(ADMINISTRATOR),), tickets=frozenset({"T-2"}))
    assert "allowed" == demanding(grant, consents=[consent])
    assert "needs_consent" == demanding(attrs.evolve(grant, tickets=frozenset({"T-3"})), consents=[consent])


def test_permission_can_be_cut_off():
    """A cut-off silences a written permission as it does a grant."""
    grant = a_grant(layers=(Layer.of(ADMINISTRATOR),), consent_seq=3)
    head = Head(tenant="acme", cut_off=2)
    assert "needs_consent" == demanding(grant, consents=[a_consent()], head=head)
    assert "allowed" == demanding(grant, consents=[a_consent(consent_seq=3)], head=head)


def test_pinned_demand_binds_when_the_rules_have_none():
    """A demand in force at consent is judged although today's rules have none."""
    demand = Demand(beyond=Layer.of(READ_ONLY), needs="written")
    grant = a_grant(layers=(Layer.of(ADMINISTRATOR),), demands=(demand,))
    assert "needs_consent" == reason(grant, action=WRITE)[0]
    assert "allowed" == reason(grant)[0]


def test_entry_is_required_as_pinned_and_today():
    """A flow that wants a session entered denies, pinned or today; one that is gone wants nothing more."""
    entry = law({"entry": {"required": True}})
    assert "entry_required" == reason(a_grant(), rules=entry)[0]
    assert "entry_required" == reason(a_grant(entry_required=True))[0]
    assert "allowed" == reason(a_grant(flow="gone"), rules=entry)[0]


ORDER = [
    a_grant("gr_entry", holder=KIM, entry_required=True),
    a_grant("gr_over", layers=(Layer.of(ADMINISTRATOR), Layer.of(kind="ceiling"))),
    a_grant("gr_action", layers=(Layer.of(),)),
    a_grant("gr_scope", scope=Scope.only("project:42")),
    a_grant("gr_consent", parent="gr_gone"),
    a_grant("gr_revoked", ended=ended()),
]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_nearest_reason_speaks_in_any_order(first):
    """Of several that deny, the nearest to an allow speaks, however the rows are ordered."""
    grants = ORDER[first:]
    expected = [
        "entry_required",
        "over_ceiling",
        "action_not_permitted",
        "out_of_scope",
        "consent_ended",
        "revoked",
    ]
    assert (expected[first], grants[0].id) == reason(*grants) == reason(*reversed(grants))


def test_latest_end_is_named_then_the_smallest_id():
    """Of grants that say the same, the one with the latest end is named, among equals the smallest id."""
    late = [a_grant("gr_9", window=window(end=9)), a_grant("gr_8", window=window(end=9)), a_grant("gr_1")]
    open_end = a_grant("gr_z", window=Window(NOW, OpenEnded()))
    assert ("allowed", "gr_8") == reason(*late) == reason(*reversed(late))
    assert ("allowed", "gr_z") == reason(*late, open_end)
    denied = [attrs.evolve(each, scope=Scope.only("project:42")) for each in late]
    assert ("out_of_scope", "gr_8") == reason(*denied) == reason(*reversed(denied))


def test_one_that_is_over_is_considered_for_each_holder():
    """Of what is over, the one that was over last is considered for each holder: older ones are history."""
    older = a_grant("gr_1", window=window(-9, -8))
    newer = a_grant("gr_2", window=window(-9, -7))
    mine = a_grant("gr_3", holder=KIM, window=window(-9, -8))
    same = a_grant("gr_0", window=window(-9, -7))
    decision = decide(older, newer, mine, same)
    assert ["gr_0", "gr_3"] == [each.grant.id for each in decision.considered]
    assert [Reason.EXPIRED] * 2 == [each.reason for each in decision.considered]
    assert isinstance(decision.considered[0], Considered)
    assert ("expired", "gr_0") == reason(same, newer, older, mine)


def test_what_was_over_before_something_that_is_not_held_says_nothing():
    """Of one holder only what was over last is considered: if the agent does not hold that, there is no grant."""
    mine = a_grant("gr_1", window=window(-9, -8))
    not_mine = a_grant("gr_2", window=window(-9, -7), act_as="m-bob")

    assert ("expired", "gr_1") == reason(mine)
    assert ("no_grant", None) == reason(mine, not_mine) == reason(not_mine, mine)


def test_facts_of_another_tenant_or_agent_deny():
    """Facts read for another tenant, or for another agent, say nothing about this question."""
    facts = TenantFacts.of(a_grant())
    ask = (KIM, "acme", "board:read", NOW)
    assert authorize(*ask, facts=facts)
    assert authorize(*ask, facts=attrs.evolve(facts, agent="a-kim"))
    assert "no_grant" == authorize(*ask, facts=attrs.evolve(facts, agent="a-lee")).reason
    assert "no_grant" == authorize(*ask, facts=attrs.evolve(facts, head=Head(tenant="globex"))).reason


class Broken:
    """A row that fails whatever is asked of it."""

    def __getattr__(self, name):
        raise RuntimeError(name)


def broken(ident, field, value):
    """Return a row as a store might give it that checks nothing."""
    row = a_grant(ident, window=window(end=9))
    object.__setattr__(row, field, value)
    return row


@pytest.mark.parametrize(
    ("field", "value"),
    [("layers", (Broken(),)), ("parent", 7)],
    ids=["layers", "parent"],
)
def test_error_in_one_grant_silences_that_grant_only(field, value):
    """An error while judging a grant is no allow and takes nothing from the others; the answer can still be read."""
    decision = decide(broken("gr_0", field, value), a_grant())
    assert ("allowed", "gr_1") == (decision.reason, decision.grant_id)
    assert "gr_1" in [each.grant.id for each in decision.considered if each.reason is None]
    assert decision.explain().startswith("Allowed. Grant gr_1 ")
    assert "gr_1" == decision.to_dict()["grant_id"]


def test_row_that_is_no_grant_says_nothing():
    """What a store passes off as a grant allows nothing, and takes nothing from the grants beside it."""
    facts = TenantFacts.of(a_grant())
    ask = (KIM, "acme", "board:read", NOW)
    both = authorize(*ask, facts=attrs.evolve(facts, grants=("grant", a_grant())))
    alone = authorize(*ask, facts=attrs.evolve(facts, grants=("grant",)))
    assert ("allowed", "gr_1") == (both.reason, both.grant_id)
    assert ("store_unavailable", None, ()) == (alone.reason, alone.grant_id, alone.considered)


def test_error_in_the_only_grant_denies():
    """Where the only grant can't be judged the answer is a deny that carries the error."""
    decision = decide(broken("gr_0", "layers", (Broken(),)))
    assert ("store_unavailable", "gr_0") == (decision.reason, decision.grant_id)
    assert isinstance(decision.error, RuntimeError)
    assert not decision
    assert [Reason.STORE_UNAVAILABLE] == [each.reason for each in decision.considered]


def test_error_in_what_blocks_denies():
    """An error while judging what blocks everything, or while choosing, is a deny that carries the error."""
    facts = attrs.evolve(TenantFacts.of(a_grant()), stances=Broken())
    decision = authorize(KIM, "acme", "board:read", NOW, facts=facts)
    assert "store_unavailable" == decision.reason
    assert isinstance(decision.error, RuntimeError)


def test_decision_carries_its_question():
    """A decision says what was asked, and as plain data holds ids and instants only."""
    decision = decide(
        a_grant(act_as="m-ben"),
        act_as="m-ben",
        member_may=True,
        resource="board:1",
        head=Head(tenant="acme", seq=7),
    )
    assert {
        "allowed": True,
        "reason": "allowed",
        "conceal": False,
        "grant_id": "gr_1",
        "needs": [],
        "agent": "a-kim",
        "tenant": "acme",
        "action": "board:read",
        "resource": "board:1",
        "act_as": "m-ben",
        "now": "2027-03-03T12:00:00.000000Z",
        "valid_until": "2027-03-03T16:00:00.000000Z",
        "ledger_version": 7,
        "considered": [{"grant_id": "gr_1", "reason": None}],
    } == decision.to_dict()
    assert (KIM, "acme", "board:read", "board:1", "m-ben") == (
        decision.agent,
        decision.tenant,
        decision.action,
        decision.resource,
        decision.act_as,
    )
    assert (NOW, 7, None) == (decision.now, decision.ledger_version, decision.error)
    assert decision is decision.require()
    assert "<Decision allowed agent=a-kim tenant=acme action=board:read>" == repr(decision)
    assert a_grant(act_as="m-ben") == decision.grant


def test_denied_decision_is_false_and_requires_nothing():
    """A deny is false, has no grant and no end, and require() raises it."""
    decision = decide()
    assert (False, None, None, None) == (
        bool(decision),
        decision.grant,
        decision.grant_id,
        decision.valid_until,
    )
    assert None is decision.to_dict()["valid_until"]
    assert [] == decision.to_dict()["considered"]
    with pytest.raises(AccessDenied) as caught:
        decision.require()
    assert decision is caught.value.decision
    assert decision.explain("agent") == str(caught.value)


FLIPS = [
    ("allow_to_its_end", [a_grant()], {}, 4 * HOUR),
    ("two_in_a_row", [a_grant(), a_grant("gr_2", window=window(4, 5))], {}, 5 * HOUR),
    ("scheduled", [a_grant(window=window(1, 2))], {}, HOUR),
    ("open", [a_grant(window=Window(NOW, OpenEnded()))], {}, None),
    ("never", [a_grant(ended=ended())], {}, None),
    ("parent_ends", [CHILD], {"rests_on": [a_grant("gr_0", window=window(-1, 2))]}, 2 * HOUR),
    (
        "clock_catches_up",
        [a_grant()],
        {"head": Head(tenant="acme", seen_at=NOW + 2 * HOUR)},
        2 * HOUR - timedelta(seconds=60),
    ),
    ("parent_missing", [CHILD], {}, None),
]


@pytest.mark.parametrize(
    ("grants", "facts", "expected"),
    [row[1:] for row in FLIPS],
    ids=[row[0] for row in FLIPS],
)
def test_valid_until_is_the_first_flip_by_time_alone(grants, facts, expected):
    """A decision says until when it could hold, and there the answer is another one."""
    decision = decide(*grants, **facts)
    until = None if expected is None else NOW + expected
    assert until == decision.valid_until
    if until is not None:
        assert decision.allowed is not decide(*grants, now=until, **facts).allowed
        assert decision.allowed is decide(*grants, now=until - TICK, **facts).allowed


def test_valid_until_of_a_permission_that_ends_first():
    """Where a written permission ends before the grant, so does the answer."""
    grant = a_grant(layers=(Layer.of(ADMINISTRATOR),))
    rules = AccessRules.from_data(
        {
            "flows": {"access": {}, "written": WRITTEN},
            "demands": [{"beyond": [], "needs": "written"}],
            **TODAY,
        },
    )
    decision = decide(grant, rules=rules, action=WRITE, consents=[a_consent(window=window(-1, 2))])
    assert NOW + 2 * HOUR == decision.valid_until


def test_valid_until_of_facts_of_another_tenant():
    """Facts of another tenant never flip."""
    question = decide().question
    other = TenantFacts.of(a_grant(tenant="globex"))
    assert None is authorize(question.agent, "acme", "board:read", NOW, facts=other).valid_until


HIDING = law(view={"status": ["tenant:*", "vendor:on-call"]})


@pytest.mark.parametrize(
    ("agent", "grants", "resource", "expected"),
    [
        (KIM, [], None, True),
        (LEE, [], None, False),
        (KIM, [a_grant()], "board:1", False),
        (KIM, [PROJECT], "project:44", True),
        (KIM, [PROJECT], None, False),
        (KIM, [a_grant(ended=ended())], None, True),
    ],
)
def test_what_is_hidden_is_answered_as_if_it_did_not_exist(agent, grants, resource, expected):
    """Where the rules hide a tenant or a resource, the agent's words are those for one that does not exist."""
    asked = {"agent": agent, "rules": HIDING, "resource": resource, "action": "board:delete"}
    decision, unknown = decide(*grants, **asked), decide(**asked)
    assert expected is decision.conceal
    assert not expected or unknown.explain("agent") == decision.explain("agent")
    assert not grants or unknown.explain() != decision.explain()


def test_rules_that_name_no_vendor_hide_from_everybody():
    """Without a vendor in view.status no agent may know; with vendor:* every agent may."""
    nobody = law(view={"status": ["tenant:*", "grantee"]})
    assert decide(rules=nobody).conceal
    assert not decide().conceal


def seen(*grants, action=None, agent=KIM, rules=None, now=NOW, **facts):
    found = TenantFacts.of(*grants, **{"tenant": "acme", **facts})
    asked = None if action is None else parse_action("action", action)
    return visible(agent, found, law() if rules is None else rules, now, asked)


BOARD = policy("board", "board:read", resource="board:7")
BOARDS = law(policies={"board": BOARD.to_data()})


def test_visible_without_an_action_is_where_something_is_left():
    """Without an action a tenant is seen where a live grant of an unblocked tenant leaves something in every layer."""
    found = seen(a_grant(), PROJECT)
    assert (True, frozenset(), ("*",), NOW + 4 * HOUR) == (
        found.tenant_wide,
        found.resources,
        found.patterns,
        found.valid_until,
    )
    assert None is seen()
    assert None is seen(a_grant(layers=(Layer.of(),)))
    assert None is seen(a_grant(window=window(1, 2)))
    assert None is seen(a_grant(), head=Head(tenant="acme", freeze=FREEZE))
    assert None is seen(CHILD)
    assert None is seen(a_grant(), rules=law(ceilings={"*": []}))
    assert None is seen(a_grant(layers=(Layer.of(BOARD),)))
    assert NOW + HOUR == seen(a_grant(), a_grant("gr_2", window=window(1, 2))).valid_until
    assert None is seen(a_grant(window=Window(NOW, OpenEnded()))).valid_until


def test_visible_with_an_action_is_what_authorize_allows():
    """With an action exactly those places are seen for which authorize allows it."""
    grant = a_grant(layers=(Layer.of(BOARD),))
    found = seen(grant, action="board:read", rules=BOARDS)
    assert (False, {"board:7"}, NOW + 4 * HOUR) == (found.tenant_wide, found.resources, found.valid_until)
    assert decide(grant, rules=BOARDS, resource="board:7")
    assert not decide(grant, rules=BOARDS)
    assert None is seen(grant, action="board:write", rules=BOARDS)
    assert None is seen(a_grant(window=Window(NOW, OpenEnded())), action="board:read").valid_until


def test_facts_need_a_tenant():
    """Facts that name no tenant can't be made; a grant, a tenant or a head names it."""
    with pytest.raises(InvalidInput) as caught:
        TenantFacts.of()
    assert ("tenant", "required") == (caught.value.field, caught.value.code)
    assert "acme" == TenantFacts.of(a_grant()).head.tenant
    assert "acme" == TenantFacts.of(head=Head(tenant="acme")).head.tenant


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"agent": None, "tenant": ""}, "agent"),
        ({"tenant": "", "action": ""}, "tenant"),
        ({"action": "", "now": None}, "action"),
        ({"now": None, "resource": ""}, "now"),
        ({"resource": "", "act_as": ""}, "resource"),
        ({"act_as": ""}, "act_as"),
    ],
)
def test_first_bad_argument_is_named(broken, field):
    """Of several bad arguments the first, in the order in which they are written, is named."""
    asked = {"agent": KIM, "tenant": "acme", "action": "board:read", "now": NOW, **broken}
    with pytest.raises(InvalidInput) as caught:
        authorize(**asked, facts=TenantFacts.of(tenant="acme"))
    assert field == caught.value.field


def test_question_is_kept_whole():
    """The question in a decision is the one asked, in UTC."""
    question = decide(resource="board:1").question
    assert isinstance(question, Question)
    assert ("board:read", "board:1", NOW) == (str(question.action), str(question.resource), question.now)
