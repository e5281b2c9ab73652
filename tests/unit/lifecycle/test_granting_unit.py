"""Granting, pure: what comes of an intent, and every refusal."""

import attrs
import pytest

from grantkit import (
    AccessRules,
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    Instant,
    Member,
    OpenEnded,
    Scope,
    Soonest,
    StartOfDay,
    Team,
)
from grantkit.errors import GrantkitError, InvalidInput
from grantkit.lifecycle import Outcome, Setting, confirmation
from grantkit.lifecycle import give as given
from grantkit.model import Confirmed, Freeze, Stance, Window, resolve
from unit.making import (
    ANA,
    BEN,
    GUS,
    HOUR,
    KIM,
    LEE,
    NOW,
    SUPPORT,
    SWEEP,
    a_grant,
    a_slice,
    act,
    asking,
    ended,
    law,
    window,
)

FREEZE = Freeze(by=ANA, at=NOW, seq=5)
YES = {"known": lambda grantee, tenant: True}


def give(rules=None, *, by=ANA, slice_=None, predicates=None, rights=False, now=NOW, **intent):
    """Return the grant that an intent makes, or the id of the one that was there already."""
    found = given(
        a_slice() if slice_ is None else slice_,
        act(by, rules, now),
        asking(**intent),
        verb="grant",
        setting=Setting(
            grant_id="gr_1", predicates={} if predicates is None else predicates, rights_known=rights
        ),
    )
    return found.bodies[0].grant if found.bodies else found.subject[1]


def refusal(*args, **kwargs):
    with pytest.raises(GrantkitError) as caught:
        give(*args, **kwargs)
    error = caught.value
    return (error.field, error.code) if isinstance(error, InvalidInput) else error.code


MANY = law({"to": ["agent:support", "agent:on-call", "team:support"]})
PROJECTS = law({"scope": {"tenant": False, "resources": ["project:*"], "most": 2}})
SELF = law({"act_as": ["self"]})
ANY = law({"act_as": ["any"]})
BOTH = law({"act_as": ["none", "self"]})
CATEGORIES = law({"start": {"reason": {"min": 3, "categories": ["bug", "ask"]}}})
PORTAL = law({"steps": [{"by": ["tenant:admin"], "channels": ["portal", "in_product"]}]})
WORD = law({"steps": [{"by": ["tenant:admin"], "word": "Support"}]})
TWO = law({"steps": [{"by": ["tenant:admin"]}, {"by": ["vendor:lead"]}]})
TWO_OF = law({"steps": [{"by": ["tenant:admin"], "count": 2}]})
VENDOR_STARTS = law({"start": {"by": ["vendor:*"]}})
UNDER = AccessRules.from_data({"flows": {"a": {"yields": "consent"}, "b": {"under": "a", "steps": []}}})
TWO_FLOWS = AccessRules.from_data({"flows": {"a": {}, "b": {}}})
SOME = law({"policies": ["*", "read-only"]})
ELIGIBLE = law(eligible=["domain:vendor.example", "known"])
HUNDREDS = tuple(f"project:{n}" for n in range(3))

REFUSALS = [
    ("through", "acting_through_grant", {"by": Member("m-ana", tenant="acme", roles={"admin"}, via="gr_0")}),
    ("ambiguous_flow", ("flow", "ambiguous"), {"rules": TWO_FLOWS}),
    ("unknown_flow", ("flow", "unknown"), {"flow": "gone"}),
    ("consent_flow", "not_offered", {"rules": UNDER, "flow": "a"}),
    ("flow_under", "not_offered", {"rules": UNDER, "flow": "b"}),
    ("no_flow_fits", "not_offered", {"rules": UNDER}),
    ("no_role", "not_entitled", {"by": BEN}),
    ("foreign", "not_entitled", {"by": GUS}),
    ("agent", "not_entitled", {"by": KIM}),
    ("system", "not_entitled", {"by": SWEEP}),
    (
        "role_on_less",
        "not_entitled",
        {"by": Member("m-cy", tenant="acme", roles_on={"project:1": {"admin"}})},
    ),
    (
        "role_on_one_of_two",
        "not_entitled",
        {
            "by": Member("m-cy", tenant="acme", roles_on={"project:1": {"admin"}}),
            "scope": Scope.only("project:1", "project:2"),
        },
    ),
    ("may_not_begin", "not_entitled", {"rules": VENDOR_STARTS}),
    ("two_steps", "steps_remain", {"rules": TWO}),
    ("two_answers", "steps_remain", {"rules": TWO_OF}),
    ("nobody_said", ("to", "required"), {"to": None}),
    ("bare_team", ("to", "required"), {"to": None, "rules": law({"to": ["team"]})}),
    ("team_capacity", ("as_team", "ambiguous"), {"as_team": "support"}),
    ("which_capacity", ("as_team", "ambiguous"), {"rules": MANY, "to": LEE}),
    ("other_capacity", "not_offered", {"rules": MANY, "to": LEE, "as_team": "other"}),
    ("other_team", "not_offered", {"rules": MANY, "to": Team("other")}),
    ("outside_the_teams", "not_offered", {"rules": MANY, "to": Agent("a-out")}),
    ("no_agents", "not_offered", {"rules": law({"to": ["team"]}), "to": KIM}),
    ("to_oneself", "self_approval", {"to": Agent("m-ana")}),
    ("no_scope_said", ("scope", "required"), {"rules": PROJECTS, "by": ANA}),
    ("whole", "not_offered", {"rules": PROJECTS, "scope": Scope.whole()}),
    ("other_kind", "not_offered", {"rules": PROJECTS, "scope": Scope.only("board:1")}),
    ("too_many", "not_offered", {"rules": PROJECTS, "scope": Scope.only(*HUNDREDS)}),
    ("frozen", "tenant_frozen", {"slice_": a_slice(freeze=FREEZE)}),
    (
        "frozen_agent",
        "tenant_frozen",
        {"to": KIM, "slice_": a_slice(stances=(Stance(agent="a-kim", freeze=FREEZE),))},
    ),
    ("clock_behind", "clock_behind", {"slice_": a_slice(seen_at=NOW + HOUR)}),
    ("not_eligible_team", "not_eligible", {"rules": ELIGIBLE, "predicates": YES}),
    (
        "not_eligible_domain",
        "not_eligible",
        {"rules": ELIGIBLE, "predicates": YES, "to": Agent("kim@other.example")},
    ),
    (
        "not_eligible_no_at",
        "not_eligible",
        {"rules": ELIGIBLE, "predicates": YES, "to": Agent("vendor.example")},
    ),
    ("no_word", "confirmation_mismatch", {"rules": WORD}),
    ("wrong_word", "confirmation_mismatch", {"rules": WORD, "word": "support"}),
    ("other_channel", "not_offered", {"rules": PORTAL, "channel": "phone", "reference": "T-1"}),
    ("no_reference", ("reference", "required"), {"rules": PORTAL}),
    ("no_ticket_binds", ("tickets", "required"), {"rules": law({"start": {"tickets": "until_solved"}})}),
    ("bound_to_nothing", ("tickets", "required"), {"until_tickets": True}),
    ("no_ticket", ("tickets", "required"), {"rules": law({"start": {"tickets": "required"}})}),
    ("which_policies", ("policies", "required"), {"rules": SOME}),
    ("no_policies", ("policies", "blank"), {"policies": ()}),
    ("unknown_policy", ("policies", "unknown"), {"policies": ("gone",)}),
    ("other_policy", "not_offered", {"policies": ("administrator",)}),
    ("scheduled", "not_offered", {"starts": NOW + HOUR}),
    ("which_end", ("ends", "required"), {"ends": None}),
    ("no_zone", ("zone", "no_zone"), {"ends": Calendar(days=1)}),
    ("other_kind_of_end", "term_not_offered", {"ends": OpenEnded()}),
    ("other_span", "term_not_offered", {"rules": law({"ends": [{"elapsed": "PT1H"}]})}),
    (
        "other_calendar",
        "term_not_offered",
        {"rules": law({"ends": [{"calendar": "P1M"}]}), "ends": Calendar(months=2, zone="UTC")},
    ),
    (
        "other_day",
        "term_not_offered",
        {"rules": law({"ends": [{"end_of_day": "P1D"}]}), "ends": EndOfDay(NOW.date(), "UTC")},
    ),
    ("too_short", "term_not_offered", {"ends": Elapsed(seconds=59)}),
    ("too_long", "cap_exceeded", {"ends": Elapsed(days=31)}),
    (
        "day_too_far",
        ("ends", "out_of_range"),
        {
            "rules": law({"ends": [{"end_of_day": "P366000D"}], "longest": "open_ended"}, zone="UTC"),
            "ends": None,
            "now": NOW.replace(year=8999),
        },
    ),
    ("which_member", ("act_as", "required"), {"rules": ANY, "rights": True}),
    ("no_acting", "not_offered", {"act_as": "m-ben", "rights": True}),
    ("other_member", "not_offered", {"rules": SELF, "act_as": "m-ben", "rights": True}),
    ("rights_unknown", "not_offered", {"rules": SELF}),
    ("blank_reason", ("reason", "blank"), {"reason": " \n"}),
    ("short_reason", ("reason", "blank"), {"rules": CATEGORIES, "reason": "ab", "category": "bug"}),
    ("no_category", ("category", "required"), {"rules": CATEGORIES}),
    ("other_category", ("category", "unknown"), {"rules": CATEGORIES, "category": "sales"}),
    ("any_category", ("category", "unknown"), {"category": "bug"}),
]


@pytest.mark.parametrize(
    ("expected", "asked"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_grant_is_refused_for_its_own_reason(expected, asked):
    """Whatever the rules do not allow, or must be said, is refused under its own code."""
    assert expected == refusal(**asked)


def test_grant_keeps_what_was_agreed_to():
    """A grant holds what was asked for, what is pinned with it, and who said yes to which terms."""
    rules = law(
        {"steps": [{"by": ["tenant:owner", "tenant:admin"], "text": "v3", "word": "Go"}]},
        ceilings={"*": ["read-only"]},
    )
    made = give(rules, word=" Go ", tickets=frozenset({"T-1"}))
    assert ("gr_1", "acme", "access", SUPPORT.holder) == (made.id, made.tenant, made.flow, made.holder)
    assert Window(NOW, NOW + 4 * HOUR) == made.window
    assert ["consented", "ceiling"] == [layer.kind for layer in made.layers]
    assert (rules.digest, {"owner", "admin"}) == (made.rules, made.consenting_roles)
    approval = made.approvals[0]
    assert ("tenant:admin", "in_product", None, "v3", "Go", NOW) == (
        approval.selector,
        approval.channel,
        approval.reference,
        approval.text,
        approval.word,
        approval.at,
    )
    assert 64 == len(approval.digest)
    assert approval.digest != give(rules, word="Go", reason="Another reason").approvals[0].digest


def test_category_is_kept():
    """The category that the flow has is kept beside the reason."""
    assert ("bug", "Boards missing") == (
        give(CATEGORIES, category="bug").category,
        give(CATEGORIES, category="bug").reason,
    )


def test_flow_begun_by_a_relation_that_decides_nothing():
    """Who consented or holds begins nothing by that alone: a member who may answer must also be let begin."""
    assert "not_entitled" == refusal(law({"start": {"by": ["consenters"]}}))


def test_word_is_not_kept_where_none_is_asked_for():
    """A word that nobody asked for is not recorded."""
    assert None is give(word="password").approvals[0].word


@pytest.mark.parametrize(
    ("rules", "asked", "expected"),
    [
        (law({"to": ["team:support"]}), {"to": None}, (SUPPORT.holder, None)),
        (MANY, {"to": LEE, "as_team": "on-call"}, (LEE.holders[0], "on-call")),
        (MANY, {"to": KIM}, (KIM.holders[0], "support")),
        (law({"to": ["agent", "agent:support"]}), {"to": KIM}, (KIM.holders[0], None)),
        (
            law({"to": ["agent", "agent:support"]}),
            {"to": KIM, "as_team": "support"},
            (KIM.holders[0], "support"),
        ),
    ],
)
def test_grantee_and_capacity_are_chosen(rules, asked, expected):
    """A concrete first choice is taken when nobody says; a capacity is recorded where the flow names it."""
    made = give(rules, **asked)
    assert expected == (made.holder, made.as_team)


@pytest.mark.parametrize(
    ("rules", "asked", "by", "expected"),
    [
        (SELF, {}, ANA, "m-ana"),
        (SELF, {"act_as": "m-ana"}, ANA, "m-ana"),
        (ANY, {"act_as": "m-ben"}, ANA, "m-ben"),
        (BOTH, {}, ANA, None),
        (BOTH, {"act_as": "m-ana"}, ANA, "m-ana"),
    ],
)
def test_member_to_act_as_is_chosen(rules, asked, by, expected):
    """Self is the consenting member; any is whom they name."""
    assert expected == give(rules, by=by, rights=True, **asked).act_as


ENDS = [
    ("first_exact", {"ends": [{"elapsed": "PT2H"}]}, None, NOW + 2 * HOUR),
    ("first_calendar", {"ends": [{"calendar": "P1D"}]}, None, NOW + 24 * HOUR),
    ("first_start_of_day", {"ends": [{"start_of_day": "P1D"}]}, None, NOW + 12 * HOUR),
    ("first_end_of_day", {"ends": [{"end_of_day": "P0D"}]}, None, NOW + 12 * HOUR),
    ("bare_start_of_day", {}, StartOfDay(NOW.replace(day=4).date()), NOW + 12 * HOUR),
    ("exact_end_of_day", {"ends": ["elapsed", {"end_of_day": "P0D"}]}, EndOfDay(NOW.date()), NOW + 12 * HOUR),
    ("exact_calendar", {"ends": [{"calendar": "P1D"}]}, Calendar(days=1), NOW + 24 * HOUR),
    ("instant", {}, Instant(NOW + HOUR), NOW + HOUR),
    ("soonest", {"shortest": {"elapsed": "PT1H"}}, Soonest(), NOW + HOUR),
    (
        "soonest_day",
        {"ends": ["start_of_day"], "shortest": {"start_of_day": "P1D"}},
        Soonest(),
        NOW + 12 * HOUR,
    ),
    ("open", {"ends": ["open_ended"], "longest": "open_ended"}, OpenEnded(), OpenEnded()),
    ("open_capped", {"ends": ["open_ended"]}, OpenEnded(), NOW + 24 * 30 * HOUR),
    (
        "cap_past_every_instant",
        {"longest": {"elapsed": "P366000D"}},
        Elapsed(hours=1),
        NOW.replace(year=8999) + HOUR,
    ),
]


@pytest.mark.parametrize(
    ("flow", "ends", "expected"),
    [row[1:] for row in ENDS],
    ids=[row[0] for row in ENDS],
)
def test_end_is_chosen_from_what_the_flow_offers(flow, ends, expected):
    """An end that the flow offers is resolved once, in the zone of the rules; an open one is capped."""
    now = NOW.replace(year=8999) if "longest" in flow and flow["longest"] != "open_ended" else NOW
    made = give(law(flow, zone="UTC"), ends=ends, now=now)
    assert expected == made.ends_at
    assert "UTC" == getattr(made.term, "zone", "UTC")


def test_bound_without_a_zone_is_refused():
    """A cap in calendar time needs a zone, too."""
    assert ("zone", "no_zone") == refusal(law({"longest": {"calendar": "P1M"}}))


def test_start_ahead_is_kept_and_one_behind_is_now():
    """A start within what the flow offers is kept; an earlier one than now means now."""
    rules = law({"ahead": "PT2H"})
    assert NOW + 2 * HOUR == give(rules, starts=NOW + 2 * HOUR).starts_at
    assert NOW + 6 * HOUR == give(rules, starts=NOW + 2 * HOUR).ends_at
    assert NOW == give(rules, starts=NOW - HOUR).starts_at


def test_record_is_never_granted_into_the_past():
    """Within the tolerance, a grant starts when the record last saw something, not before."""
    from datetime import timedelta  # noqa: PLC0415

    seen = NOW + timedelta(seconds=30)
    assert seen == give(slice_=a_slice(seen_at=seen)).starts_at


@pytest.mark.parametrize(
    ("answer", "passes"),
    [(True, True), (1, False), ("yes", False), (None, False), (False, False)],
)
def test_only_exactly_true_makes_eligible(answer, passes):
    """A truthy answer of a predicate is not a yes."""
    rules, asked = law(eligible=["known"]), {"predicates": {"known": lambda grantee, tenant: answer}}
    assert passes is (refusal_or_none(rules, **asked) is None)


def refusal_or_none(*args, **kwargs):
    try:
        give(*args, **kwargs)
    except GrantkitError as error:
        return error.code
    return None


def test_predicate_that_fails_refuses():
    """An error in a predicate refuses, and so does one that is missing."""
    assert "not_eligible" == refusal(
        law(eligible=["known"]),
        predicates={"known": lambda grantee, tenant: 1 / 0},
    )
    assert "not_eligible" == refusal(law(eligible=["known"]), predicates={})


def test_agent_of_the_domain_is_eligible():
    """The part after the @ is compared whole."""
    made = give(ELIGIBLE, predicates=YES, to=Agent("kim@vendor.example"))
    assert "kim@vendor.example" == made.holder.id
    assert "not_eligible" == refusal(ELIGIBLE, predicates=YES, to=Agent("kim@evil.vendor.example"))


SINGLE = law(
    {
        "single": True,
        "policies": ["read-only", "administrator"],
        "ends": ["elapsed", "open_ended"],
        "ahead": "P1D",
    },
)


def test_single_flow_gives_the_live_grant_back():
    """Where there is one live grant for a grantee and scope, asking for no more than it gives makes no event."""
    there = a_grant("gr_0")
    assert "gr_0" == give(SINGLE, slice_=a_slice(there), ends=Elapsed(hours=2))
    assert "gr_0" == give(SINGLE, slice_=a_slice(attrs.evolve(there, term=OpenEnded())), ends=OpenEnded())


@pytest.mark.parametrize(
    "there",
    [
        a_grant("gr_0", ended=ended()),
        a_grant("gr_0", window=window(-2, 0)),
        a_grant("gr_0", consent_seq=0),
        a_grant("gr_0", scope=Scope.only("project:1")),
        a_grant("gr_0", flow="other"),
        a_grant("gr_0", act_as="m-ben"),
        a_grant("gr_0", holder=Team("other")),
    ],
    ids=["ended", "expired", "cut_off", "scope", "flow", "act_as", "holder"],
)
def test_single_flow_grants_anew_where_none_stands(there):
    """A grant that is over, or is another one, stands in nobody's way."""
    assert "gr_1" == give(SINGLE, slice_=a_slice(there)).id


@pytest.mark.parametrize(
    "asked",
    [
        {"ends": Elapsed(hours=5)},
        {"policies": ("administrator",)},
        {"slice_": a_slice(a_grant("gr_0", window=window(1, 9)))},
    ],
    ids=["longer", "more", "earlier"],
)
def test_single_flow_refuses_more_than_stands(asked):
    """Asking for more than the live grant gives is amending, and said so."""
    assert "illegal_transition" == refusal(SINGLE, **{"slice_": a_slice(a_grant("gr_0")), **asked})


def test_key_is_remembered_where_nothing_changed():
    """A key used for what stands already leaves an event, so that its retry finds it; a brake leaves none."""
    assert (Confirmed("gr_0"),) == confirmation(Outcome(bodies=(), subject=("grant", "gr_0"))).bodies
    assert () == confirmation(Outcome(bodies=())).bodies
    happened = Outcome(bodies=(Confirmed("gr_0"),), subject=("grant", "gr_0"))
    assert happened is confirmation(happened)


def test_intent_is_whole_as_data():
    """What a key stands for is everything that was asked."""
    full = asking(scope=Scope.whole(), policies=("b", "a"), starts=NOW, to=None, ends=None)
    data = full.to_data()
    assert set(attrs.fields_dict(type(full))) - {"text_digest", "text_version", "until_tickets"} == set(
        data
    )  # said only where it is there
    assert "d" * 64 == attrs.evolve(full, text_digest="d" * 64).to_data()["text"]
    assert attrs.evolve(full, until_tickets=True).to_data()["until_tickets"] is True
    assert "terms 2" == attrs.evolve(full, text_version="terms 2").to_data()["text_version"]
    assert (None, ["a", "b"], "2027-03-03T12:00:00.000000Z", None) == tuple(
        data[key] for key in ("to", "policies", "starts", "ends")
    )
    plain = asking().to_data()
    assert (None, None, None, {"elapsed": "PT4H"}) == tuple(
        plain[key] for key in ("scope", "policies", "starts", "ends")
    )


def test_resolved_end_is_kept_beside_its_term():
    """The instant that a term became is stored with it, and resolving it again from the start gives the same."""
    made = give(ends=Elapsed(hours=3))
    assert made.ends_at == resolve(made.term, made.starts_at, None)
