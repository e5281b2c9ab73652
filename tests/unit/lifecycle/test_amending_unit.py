"""Amending, pure: what narrows, what is consent, and every refusal."""

import attrs
import pytest

from grantkit import (
    ADMINISTRATOR,
    READ_ONLY,
    AccessRules,
    Agent,
    Elapsed,
    Instant,
    Member,
    OpenEnded,
    Soonest,
)
from grantkit.errors import GrantkitError, IllegalTransition, InvalidInput
from grantkit.lifecycle import amend
from grantkit.model import Approval, Demand, Freeze, Head, Stance, Window, nameless
from grantkit.policy import Layer
from unit.making import (
    ANA,
    BEN,
    GUS,
    HOUR,
    KIM,
    LEE,
    NOW,
    SWEEP,
    WRITER,
    a_grant,
    a_slice,
    act,
    amending,
    ended,
    law,
    policy,
    window,
)

FREEZE = Freeze(by=ANA, at=NOW, seq=5)
NO_BOARDS = policy("no-boards", deny="board:*")
POLICIES = {"writer": WRITER.to_data(), "no-boards": NO_BOARDS.to_data()}
GENEROUS = law(
    {
        "policies": ["read-only", "writer", "no-boards"],
        "ends": ["elapsed", "instant", "open_ended"],
        "amend": {"ends": ["elapsed", "instant", "open_ended"], "policies": True},
    },
    policies=POLICIES,
)
TWO = Layer.of(READ_ONLY, WRITER)
GRANT = a_grant(layers=(TWO,))


def change(grant=GRANT, rules=GENEROUS, *, by=ANA, head=None, stances=(), now=NOW, **intent):
    """Return the event that an intent makes of *grant*, or None."""
    slice_ = a_slice(grant, stances=stances)
    if head is not None:
        slice_ = attrs.evolve(slice_, head=head)
    found = amend(slice_, act(by, rules, now), amending(**intent))
    assert ("grant", "gr_1") == found.subject
    return found.bodies[0] if found.bodies else None


def refusal(*args, **kwargs):
    with pytest.raises(GrantkitError) as caught:
        change(*args, **kwargs)
    error = caught.value
    return (error.field, error.code) if isinstance(error, InvalidInput) else error.code


EARLIER, LATER = Elapsed(hours=1), Elapsed(hours=9)
CONSENTED = a_grant(layers=(TWO,), approvals=(Approval(by=BEN, selector="tenant:admin", at=NOW, digest="d"),))
STOP = {"stop": ["vendor:support", "grantee"], "policies": POLICIES}
REFUSALS = [
    (
        "through",
        "acting_through_grant",
        {"by": Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1"), "ends": EARLIER},
    ),
    ("absent", "not_found", {"grant_id": "gr_2", "ends": EARLIER}),
    ("no_role", "not_entitled", {"by": BEN, "ends": EARLIER}),
    ("foreign", "not_found", {"by": GUS, "ends": EARLIER}),
    ("no_holder", "not_entitled", {"by": Agent("a-out"), "ends": EARLIER}),
    ("system", "not_entitled", {"by": SWEEP, "ends": EARLIER}),
    ("stale", "stale_version", {"version": 2, "ends": EARLIER}),
    ("expired", "illegal_transition", {"grant": a_grant(window=window(-2, 0)), "ends": EARLIER}),
    ("ended", "illegal_transition", {"grant": a_grant(ended=ended()), "ends": EARLIER}),
    ("cut_off", "illegal_transition", {"head": Head(tenant="acme", cut_off=1), "ends": EARLIER}),
    ("past", "illegal_transition", {"ends": Instant(NOW)}),
    ("too_short", "term_not_offered", {"ends": Elapsed(seconds=59)}),
    ("not_offered", "term_not_offered", {"rules": law(), "ends": LATER}),
    (
        "flow_gone",
        "term_not_offered",
        {"grant": attrs.evolve(GRANT, flow="gone", consenting_roles=frozenset({"admin"})), "ends": LATER},
    ),
    ("too_long", "cap_exceeded", {"ends": Elapsed(days=31)}),
    ("frozen", "tenant_frozen", {"head": Head(tenant="acme", freeze=FREEZE), "ends": LATER}),
    (
        "frozen_agent",
        "tenant_frozen",
        {"grant": a_grant(holder=KIM), "stances": (Stance(agent="a-kim", freeze=FREEZE),), "ends": LATER},
    ),
    ("clock_behind", "clock_behind", {"head": Head(tenant="acme", seen_at=NOW + HOUR), "ends": LATER}),
    ("holder_longer", "not_entitled", {"by": KIM, "ends": LATER}),
    ("holder_policies", "not_entitled", {"by": KIM, "policies": ("read-only",)}),
    ("consenter_without_role", "not_entitled", {"grant": CONSENTED, "by": BEN, "ends": LATER}),
    (
        "stopper_longer",
        "not_entitled",
        {"by": LEE, "rules": attrs.evolve(GENEROUS, stop=law(stop=["vendor:on-call"]).stop), "ends": LATER},
    ),
    ("to_oneself", "self_approval", {"grant": a_grant(holder=Agent("m-ana")), "ends": LATER}),
    (
        "steps_remain",
        "steps_remain",
        {
            "rules": law({"amend": {"ends": ["elapsed"]}, "steps": [{"by": ["tenant:admin"], "count": 2}]}),
            "ends": LATER,
        },
    ),
    ("unknown_policy", ("policies", "unknown"), {"policies": ("gone", "writer", "read-only")}),
    (
        "no_new_policies",
        "not_offered",
        {"rules": law(policies=POLICIES), "policies": ("no-boards", "read-only", "writer")},
    ),
    ("policy_not_offered", "not_offered", {"policies": ("administrator",)}),
    (
        "no_word",
        "confirmation_mismatch",
        {
            "rules": law({"amend": {"ends": ["elapsed"]}, "steps": [{"by": ["tenant:admin"], "word": "Go"}]}),
            "ends": LATER,
        },
    ),
    (
        "a_deny_would_go",
        "not_offered",
        {
            "grant": a_grant(layers=(Layer.of(ADMINISTRATOR, NO_BOARDS),)),
            "rules": law(policies=POLICIES),
            "policies": (),
        },
    ),
    (
        "a_deny_of_today_would_go",
        "not_offered",
        {
            "grant": a_grant(layers=(Layer.of(READ_ONLY, policy("writer", "*:write")),)),
            "rules": law(policies={"writer": NO_BOARDS.to_data()}),
            "policies": ("read-only",),
        },
    ),
]


@pytest.mark.parametrize(
    ("expected", "asked"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_amendment_is_refused_for_its_own_reason(expected, asked):
    """What lengthens or widens without right, or cannot be, is refused under its own code."""
    assert expected == refusal(**asked)


def test_amendment_to_a_past_end_says_to_revoke():
    """An end that has passed is not amended to: that is revoking."""
    with pytest.raises(IllegalTransition) as caught:
        change(ends=Instant(NOW - HOUR))
    assert caught.value.instead.startswith("use revoke")


@pytest.mark.parametrize("by", [ANA, KIM], ids=["member", "holder"])
@pytest.mark.parametrize(
    "rules",
    [GENEROUS, law(), law(policies=POLICIES)],
    ids=["generous", "safe", "with_policies"],
)
def test_earlier_end_needs_no_permission(by, rules):
    """Whoever may revoke, and the holder, may bring the end forward; nothing else changes."""
    event = change(rules=rules, by=by, ends=EARLIER)
    assert (NOW + HOUR, GRANT.starts_at) == (event.new.window.ends_at, event.new.window.starts_at)
    assert (GRANT.window, GRANT.term) == (event.old.window, event.old.term)
    assert (event.old.layers, None) == (event.new.layers, event.approval)


OWNER = Member("m-cy", tenant="acme", roles={"owner"})


@pytest.mark.parametrize("by", [BEN, OWNER], ids=["consenter", "role_of_its_day"])
def test_whoever_may_revoke_may_narrow(by):
    """Whoever consented, and holders of the roles of its day, may drop a policy without denies."""
    grant = attrs.evolve(CONSENTED, consenting_roles=frozenset({"owner"}))
    event = change(grant, law(), by=by, policies=("read-only",))
    assert (("read-only",), None) == (event.new.policies, event.approval)


@pytest.mark.parametrize(
    ("by", "stop"),
    [(LEE, "vendor:on-call"), (KIM, "grantee"), (KIM, "vendor:support")],
    ids=["team", "grantee", "own_team"],
)
def test_agent_can_only_shorten(by, stop):
    """An agent, named in stop or not, may bring the end forward and nothing else."""
    rules = law(stop=[stop])
    assert NOW + HOUR == change(CONSENTED, rules, by=by, ends=EARLIER).new.window.ends_at
    assert "not_entitled" == refusal(CONSENTED, rules, by=by, policies=("read-only",))


def test_nothing_asked_for_is_no_event():
    """The same end and the same policies leave no event."""
    assert None is change(ends=Elapsed(hours=4))
    assert None is change(policies=("writer", "read-only"))
    assert None is change(ends=None)
    assert None is change(a_grant(window=Window(NOW, OpenEnded())), attrs.evolve(GENEROUS), ends=None)


def test_flow_that_is_gone_can_still_be_shortened():
    """A flow that no longer exists offers nothing more, and what it gave can still be shortened."""
    grant = attrs.evolve(GRANT, flow="gone", consenting_roles=frozenset({"admin"}))
    assert NOW + HOUR == change(grant, law(), ends=EARLIER).new.window.ends_at
    assert "not_entitled" == refusal(grant, law(policies=POLICIES), policies=("administrator",))


def test_longer_end_is_consent():
    """A later end takes who may grant it, and is approved anew with a digest of the new terms."""
    event = change(ends=LATER)
    assert NOW + 9 * HOUR == event.new.window.ends_at
    approval = event.approval
    assert ("tenant:admin", nameless(ANA), NOW) == (approval.selector, approval.by, approval.at)
    assert approval.digest != change(ends=Elapsed(hours=10)).approval.digest


def test_span_may_count_from_the_old_end():
    """Where the rules say so, a span counts from the old end; an open end has none, so it counts from now."""
    rules = law({"amend": {"ends": [{"elapsed": "PT2H", "from": "end"}]}, "shortest": {"elapsed": "PT1S"}})
    assert NOW + 6 * HOUR == change(rules=rules, ends=Elapsed(hours=2)).new.window.ends_at
    open_end = a_grant(window=Window(NOW, OpenEnded()))
    assert NOW + 2 * HOUR == change(open_end, rules, ends=Elapsed(hours=2)).new.window.ends_at


def test_span_of_a_scheduled_grant_counts_from_its_start():
    """Before a grant starts, a span counts from the start still ahead."""
    assert NOW + 2 * HOUR == change(a_grant(window=window(1, 5)), ends=EARLIER).new.window.ends_at


def test_soonest_is_the_flows_shortest():
    """As soon as possible is a minute from now under the safe rules, and no revocation."""
    event = change(rules=law(), ends=Soonest())
    assert ((NOW - NOW.replace(minute=59, hour=11)), Elapsed(minutes=1)) == (
        event.new.window.ends_at - NOW,
        event.new.term,
    )


def test_open_end_is_capped_over_the_lineage():
    """An open end asked for later is capped from the first start."""
    assert GRANT.starts_at + 30 * 24 * HOUR == change(ends=OpenEnded()).new.window.ends_at
    uncapped = law({"longest": "open_ended", "amend": {"ends": ["open_ended"]}})
    assert OpenEnded() == change(rules=uncapped, ends=OpenEnded()).new.window.ends_at


def test_asking_for_an_end_at_the_cap_is_no_longer():
    """Where the grant ends at the cap already, an open end asked for again changes nothing."""
    at_cap = a_grant(window=Window(NOW - HOUR, NOW + 30 * 24 * HOUR - HOUR))
    assert None is change(at_cap, ends=OpenEnded())


def test_kept_policies_keep_their_pinned_definition():
    """What stays keeps the definition that was consented to; only what is added is read as of today."""
    old = policy("read-only", "board:read")
    grant = a_grant(layers=(Layer.of(old), Layer.of(READ_ONLY, kind="ceiling")))
    event = change(grant, policies=("read-only", "writer"))
    assert Layer.of(old, WRITER) == event.new.layers[0]
    assert "ceiling" == event.new.layers[1].kind
    assert None is not event.approval


def test_last_policy_may_go():
    """A grant left with no policy allows nothing, and is narrowed without permission."""
    event = change(rules=law(policies=POLICIES), policies=())
    assert ((), None) == (event.new.policies, event.approval)


def test_consent_to_more_pins_what_is_in_force():
    """Widening pins today's ceilings, demands and entry rule beside those pinned before, each once."""
    pinned = Demand(beyond=Layer.of(ADMINISTRATOR), needs="written")
    rules = AccessRules.from_data(
        {
            "flows": {
                "access": {"amend": {"ends": ["elapsed"]}, "entry": {"required": True}},
                "written": {"yields": "consent"},
            },
            "ceilings": {"*": ["read-only"]},
            "demands": [
                {"beyond": ["administrator"], "needs": "written"},
                {"beyond": [], "needs": "written"},
            ],
        },
    )
    ceiling = Layer.of(READ_ONLY, kind="ceiling")
    event = change(a_grant(demands=(pinned,)), rules, ends=LATER)
    assert (Layer.of(READ_ONLY), ceiling) == event.new.layers
    assert (pinned, Demand(beyond=Layer.of(), needs="written")) == event.new.demands
    assert event.new.entry_required
    again = change(
        a_grant(layers=(Layer.of(READ_ONLY), ceiling), demands=event.new.demands),
        rules,
        ends=LATER,
    )
    assert (event.new.layers, event.new.demands) == (again.new.layers, again.new.demands)


@pytest.mark.parametrize(
    ("grant", "access"),
    [
        (a_grant(), {"to": ["agent"]}),
        (a_grant(), {"to": ["team:sales"]}),
        (a_grant(holder=KIM, as_team="support"), {"to": ["agent", "agent:sales", "team"]}),
        (a_grant(holder=KIM), {"to": ["agent:support", "team"]}),
        (a_grant(), {"scope": {"tenant": False, "resources": ["project:*"]}}),
        (a_grant(), {"start": {"by": ["vendor:support"]}}),
        (a_grant(), {"start": {"tickets": "required"}}),
    ],
    ids=[
        "to_agents",
        "to_another_team",
        "to_another_capacity",
        "in_a_capacity",
        "elsewhere",
        "not_begun_here",
        "tickets",
    ],
)
def test_more_is_refused_where_granting_would_be(grant, access):
    """A flow that no longer offers such a grant offers no more of it; what is there can still be shortened."""
    rules = law({"amend": {"ends": ["elapsed"]}, **access})
    assert refusal(grant, rules, ends=LATER)
    assert NOW + HOUR == change(grant, rules, ends=EARLIER).new.window.ends_at


def test_more_is_refused_to_who_is_no_longer_eligible():
    """A predicate that no longer holds for the grantee refuses more, and does not hinder less."""
    rules = law({"amend": {"ends": ["elapsed"]}}, eligible=["on-duty"])
    assert "not_eligible" == refusal(a_grant(), rules, ends=LATER)
    assert NOW + HOUR == change(a_grant(), rules, ends=EARLIER).new.window.ends_at


@pytest.mark.parametrize(("as_team", "kinds"), [(None, ["consented"]), ("support", ["consented", "ceiling"])])
def test_ceilings_of_a_bare_agent_are_judged_when_it_asks(as_team, kinds):
    """Which teams bind a bare agent is known only when it asks; a capacity is bound at once."""
    access = {"amend": {"ends": ["elapsed"]}, "to": ["agent", "agent:support"]}
    rules = law(access, ceilings={"support": ["read-only"], "other": []})
    event = change(a_grant(holder=KIM, as_team=as_team), rules, ends=LATER)
    assert kinds == [layer.kind for layer in event.new.layers]
