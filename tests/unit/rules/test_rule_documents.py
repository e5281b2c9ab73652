"""Documents: the examples that are whole, the keys that mean something, the digest."""

import copy
import json
from pathlib import Path

import pytest

from grantkit.rules import AccessRules

EXAMPLES = sorted((Path(__file__).parents[2] / "data" / "rules").glob("*.json"))
FULL = {
    "flows": {
        "f": {
            "start": {"reason": {"min": 1}},
            "steps": [{"by": ["tenant:admin"]}],
            "scope": {"most": 1},
            "ends": [{"elapsed": "PT1H"}],
            "amend": {"ends": []},
            "delegate": {"to": ["team"]},
            "entry": {"reason": {"min": 1}},
        },
        "paper": {"yields": "consent"},
    },
    "policies": {"p": [{"effect": "allow", "action": ["*"], "resource": ["*"]}]},
    "demands": [{"beyond": ["p"], "needs": "paper"}],
    "view": {"status": []},
}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_six_examples_are_there():
    """The five flows seen in the field, and one with break-glass, are kept as documents."""
    expected = ["jobber", "m3ter", "meister", "project-platform", "resolver", "with-break-glass"]
    assert expected == [path.stem for path in EXAMPLES]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_reads_and_round_trips(path):
    """An example is a rule set, and the document written from it is the same rule set."""
    rules = AccessRules.from_data(read(path))
    assert path.stem == rules.name
    again = AccessRules.from_data(json.loads(json.dumps(rules.to_data())))
    assert rules == again
    assert rules.digest == again.digest


def test_the_empty_document_is_the_safest_useful_rule_set():
    """Without anything said, a tenant admin consents, look only, thirty days, a reason, and nothing more."""
    rules = AccessRules.from_data({})
    assert AccessRules() == rules
    assert {
        "schema": 1,
        "name": "",
        "flows": {
            "access": {
                "yields": "grant",
                "under": None,
                "start": {
                    "by": ["approvers", "vendor:*"],
                    "reason": {"min": 1, "categories": []},
                    "tickets": "optional",
                },
                "steps": [
                    {
                        "by": ["tenant:admin"],
                        "count": 1,
                        "within": "P7D",
                        "channels": ["in_product"],
                        "text": None,
                        "word": None,
                    }
                ],
                "to": ["agent", "team"],
                "scope": {"tenant": True, "resources": ["*"], "most": 20},
                "policies": ["read-only"],
                "act_as": ["none"],
                "ends": ["elapsed", "calendar", "start_of_day", "end_of_day", "instant"],
                "shortest": {"elapsed": "PT1M"},
                "longest": {"elapsed": "P30D"},
                "ahead": "PT0S",
                "amend": {"ends": [], "policies": False},
                "single": False,
                "off_word": None,
                "delegate": None,
                "entry": {
                    "required": False,
                    "reason": {"min": 0, "categories": []},
                    "tickets": "optional",
                    "longest": {"elapsed": "PT8H"},
                },
            }
        },
        "policies": {},
        "ceilings": {},
        "zone": None,
        "demands": [],
        "eligible": [],
        "stop": [],
        "view": {"status": ["tenant:*", "vendor:*"], "history": ["approvers"]},
        "notices": {
            "requested": ["approvers"],
            "step_opened": ["approvers"],
            "granted": ["consenters", "grantee"],
            "amended": ["consenters", "grantee"],
            "delegated": ["consenters", "grantee"],
            "revoked": ["grantee", "requester"],
            "ended": ["grantee", "requester"],
            "denied": ["grantee", "requester"],
            "lapsed": ["grantee", "requester"],
        },
    } == rules.to_data()


def test_digest_of_the_empty_document_is_pinned():
    """The digest of the default rules never changes by accident: records of old refer to it."""
    expected = "31c32e1f9058672ecbcf3c4a9800d16b318de89a960cef5c19cbc2292b213da4"
    assert expected == AccessRules.from_data({}).digest


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_digest_does_not_depend_on_the_order_of_keys(path):
    """Two documents that differ in the order of their keys are equal, and have one digest and one hash."""

    def turned(value):
        if isinstance(value, dict):
            return {key: turned(entry) for key, entry in reversed(value.items())}
        return [turned(entry) for entry in value] if isinstance(value, list) else value

    one, other = AccessRules.from_data(read(path)), AccessRules.from_data(turned(read(path)))
    assert one == other
    assert one.digest == other.digest
    assert hash(one) == hash(other)


PLACES = [
    ("",),
    ("flows", "f"),
    ("flows", "f", "start"),
    ("flows", "f", "start", "reason"),
    ("flows", "f", "steps", 0),
    ("flows", "f", "scope"),
    ("flows", "f", "ends", 0),
    ("flows", "f", "amend"),
    ("flows", "f", "delegate"),
    ("flows", "f", "entry"),
    ("flows", "f", "entry", "reason"),
    ("policies", "p", 0),
    ("demands", 0),
    ("view",),
]


def spell(place):
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


@pytest.mark.parametrize("place", PLACES, ids=spell)
def test_unknown_key_refuses_the_whole_rule_set(refused, place):
    """At every level a key that means nothing refuses the rule set: a misspelt limit must not vanish."""
    document = copy.deepcopy(FULL)
    inner = document
    for step in place:
        inner = inner if step == "" else inner[step]
    inner["longst"] = "P1D"
    assert (f"{spell(place)}.longst".removeprefix("."), "unknown_key") == refused(document)


@pytest.mark.parametrize("place", [place for place in PLACES if isinstance(place[-1], str)], ids=spell)
def test_object_of_another_type_is_refused(refused, place):
    """Where an object belongs, nothing else is read as one, and least of all nothing."""
    if place == ("",):
        assert ("rules", "wrong_type") == refused([])
        assert ("rules", "wrong_type") == refused({1: 2})
        return
    document = copy.deepcopy(FULL)
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = 1
    assert (spell(place), "wrong_type") == refused(document)


@pytest.mark.parametrize(
    ("place", "key"),
    [(("flows", "f", "steps", 0), "by"), (("flows", "f", "delegate"), "to"), (("demands", 0), "needs")],
)
def test_key_without_default_is_required(refused, place, key):
    """Who answers, whom a delegation may name and what a demand needs must be said."""
    document = copy.deepcopy(FULL)
    inner = document
    for step in place:
        inner = inner[step]
    del inner[key]
    assert (f"{spell(place)}.{key}", "required") == refused(document)


def test_full_document_is_lawful():
    """The document that the tests above spoil is a rule set before."""
    rules = AccessRules.from_data(FULL)
    assert 1 == rules.flow("f").delegate.depth
    assert 20 == AccessRules().flow("access").scope.most
    assert 1 == rules.flow("f").scope.most


def test_inner_defaults_follow_the_place():
    """A reason that gives categories only asks for one character at the start, and for none at an entry."""
    reason = {"reason": {"categories": ["bug"]}}
    rules = AccessRules.from_data({"flows": {"f": {"start": reason, "entry": reason}}})
    assert (1, 0) == (rules.flow("f").start.reason.min, rules.flow("f").entry.reason.min)
