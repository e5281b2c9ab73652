"""What a rule set answers: policies, layers, ceilings, notices, flows."""

import json
import pickle
from pathlib import Path

import pytest

from grantkit.model import Demand
from grantkit.policy import ADMINISTRATOR, READ_ONLY, Layer, PermissionPolicy
from grantkit.rules import EVENTS, AccessRules, Flow, Selector

DATA = Path(__file__).parents[2] / "data" / "rules"
LOOK = [{"effect": "allow", "action": ["*:read"], "resource": ["*"]}]
FIX = [{"effect": "allow", "action": ["ticket:fix"], "resource": ["*"]}]
BINDING = {
    "policies": {"look": LOOK, "fix": FIX},
    "ceilings": {"*": ["administrator"], "support": ["look"], "fixers": ["look", "fix"], "other": []},
}


def example(name):
    return AccessRules.from_data(json.loads((DATA / f"{name}.json").read_text(encoding="utf-8")))


def test_built_in_policies_are_always_known():
    """``read-only`` and ``administrator`` mean the same under every rule set."""
    rules = AccessRules.from_data(BINDING)
    assert frozenset({"read-only", "administrator", "look", "fix"}) == rules.known_policies
    assert READ_ONLY == rules.policy("read-only")
    assert ADMINISTRATOR == rules.policy("administrator")
    assert PermissionPolicy.from_data("look", LOOK) == rules.policy("look")
    assert None is rules.policy("gone")


def test_layer_pins_todays_definitions():
    """A layer holds the definitions of the names given, each once, and refuses a name that is not known."""
    rules = AccessRules.from_data(BINDING)
    expected = Layer.of(READ_ONLY, PermissionPolicy.from_data("look", LOOK), kind="narrowed")
    assert expected == rules.layer(("read-only", "look", "look"), kind="narrowed")
    assert "consented" == rules.layer(()).kind


def test_layer_of_unknown_policy_is_refused(refusal):
    """A name without a definition cannot be consented to."""
    assert ("policies", "unknown") == refusal(AccessRules().layer, ("read-only", "gone"))


def test_present_layer_has_todays_definitions():
    """A pinned layer is judged beside today's definitions; a policy that is gone allows nothing."""
    pinned = AccessRules.from_data(BINDING).layer(("look", "fix", "read-only"), kind="delegated")
    edited = AccessRules.from_data({"policies": {"look": FIX}})
    assert Layer.of(READ_ONLY, PermissionPolicy.from_data("look", FIX), kind="delegated") == edited.present(
        pinned
    )
    assert pinned is AccessRules.from_data(BINDING).present(pinned)


@pytest.mark.parametrize(
    ("teams", "expected"),
    [
        ((), [("administrator",), ()]),
        (("support",), [("administrator",), ("look",)]),
        (("support", "fixers"), [("administrator",), ("look",), ("fix", "look")]),
        (("unlisted",), [("administrator",), ()]),
        (("support", "unlisted", "strange"), [("administrator",), ("look",), ()]),
    ],
)
def test_every_ceiling_that_applies_binds(teams, expected):
    """The guardrail comes first, then each team's ceiling or the one for all others, each once."""
    found = AccessRules.from_data(BINDING).ceilings_for(teams)
    assert expected == [tuple(policy.name for policy in layer.policies) for layer in found]
    assert {"ceiling"} == {layer.kind for layer in found}


def test_guardrails_alone_bind_no_team():
    """With guardrails only, a team has no ceiling of its own; with neither, nothing binds."""
    rules = AccessRules.from_data({"ceilings": {"*": ["read-only"]}})
    assert (Layer.of(READ_ONLY, kind="ceiling"),) == rules.ceilings_for(("support",))
    assert rules.ceilings_for(("support",)) == rules.ceilings_for(())
    assert () == AccessRules().ceilings_for(("support",))


def test_demand_is_pinned_with_its_definitions():
    """A demand, as a decision judges it, holds the policies themselves and not their names."""
    rules = example("jobber")
    assert (Demand(beyond=Layer.of(READ_ONLY), needs="written-permission"),) == rules.pinned_demands
    assert () == AccessRules().pinned_demands


def test_notice_of_the_flow_goes_before_that_of_the_event():
    """Who is told: what is said for the flow, else for the event, else the default, else nobody."""
    rules = example("with-break-glass")
    grantee, consenters = Selector("relation", "grantee"), Selector("relation", "consenters")
    told = (consenters, Selector("tenant", "owner"), Selector("vendor", "security"))
    assert told == rules.notices_for("granted", "break-glass")
    assert (consenters, grantee) == rules.notices_for("granted", "everyday")
    assert (consenters, grantee) == rules.notices_for("granted")
    assert () == rules.notices_for("entered", "everyday")


def test_empty_notice_says_nobody_aloud():
    """An empty list replaces the default for its key, and for no other."""
    rules = AccessRules.from_data({"notices": {"granted": [], "access/revoked": []}})
    assert () == rules.notices_for("granted", "access")
    assert () == rules.notices_for("revoked", "access")
    assert (Selector("relation", "grantee"), Selector("relation", "requester")) == rules.notices_for(
        "revoked"
    )


def test_every_event_may_be_told():
    """Each event of the list is a key, by itself and for a flow."""
    keys = {key: ["tenant:admin"] for event in EVENTS for key in (event, f"access/{event}")}
    rules = AccessRules.from_data({"notices": keys})
    assert (Selector("tenant", "admin"),) == rules.notices_for("clock_corrected", "access")
    assert 52 == len(rules.notices)


def test_flow_that_is_not_there_is_refused(refusal):
    """A flow is found by its name, and an unknown name is the caller's mistake."""
    assert Flow() == AccessRules().flow("access")
    assert ("flow", "unknown") == refusal(AccessRules().flow, "back-door")


def test_tenant_carries_its_zone():
    """The same rules in another zone are another rule set, with another digest."""
    rules = example("jobber")
    moved = rules.in_zone("America/Argentina/Buenos_Aires")
    assert "America/Argentina/Buenos_Aires" == moved.zone
    assert None is rules.zone
    assert rules.flows == moved.flows
    assert rules.digest != moved.digest
    assert rules == AccessRules.from_data({**moved.to_data(), "zone": None})


def test_flow_sums_up_its_steps():
    """How many answers, by the tenant in which roles, follows from the steps."""
    steps = [
        {"by": ["tenant:owner", "tenant:admin"], "count": 2},
        {"by": ["vendor:duty-manager"]},
        {"by": ["tenant:*"]},
    ]
    flow = AccessRules.from_data({"flows": {"f": {"steps": steps}}}).flow("f")
    assert 4 == flow.answers_needed
    assert (flow.steps[0], flow.steps[2]) == flow.tenant_steps
    assert frozenset({"owner", "admin", "*"}) == flow.consenting_roles
    assert ["tenant", "vendor", "tenant"] == [step.side for step in flow.steps]


def test_rule_set_survives_pickling():
    """A rule set, its digest and its ceilings already worked out, goes to a worker and comes back equal."""
    rules = example("jobber")
    ceilings = rules.ceilings_for(("product-support",))
    again = pickle.loads(pickle.dumps((rules, rules.digest)))[0]  # noqa: S301  # our own bytes
    assert rules == again
    assert ceilings == again.ceilings_for(("product-support",))
    assert hash(rules) == hash(again)


def test_rule_set_cannot_be_changed():
    """Rules are a value: neither an attribute nor a mapping in it can be set."""
    rules = AccessRules()
    with pytest.raises(AttributeError):
        rules.zone = "Europe/Vienna"
    with pytest.raises(TypeError):
        rules.flows["back-door"] = Flow(steps=())
