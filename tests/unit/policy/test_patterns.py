"""Actions, resources, patterns, statements, policies, layers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantkit import ADMINISTRATOR, READ_ONLY, PermissionPolicy
from grantkit.errors import InvalidInput
from grantkit.policy import (
    Action,
    ActionPattern,
    Layer,
    Resource,
    ResourcePattern,
    Statement,
    parse_action,
    parse_resource,
)


def action(text):
    return parse_action("action", text)


def resource(text):
    return None if text is None else parse_resource("resource", text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("invoice:read", ("invoice", "read")),
        ("a.b-c_d:e.f", ("a.b-c_d", "e.f")),
        ("Invoice:READ", ("Invoice", "READ")),
        ("a" * 100 + ":" + "b" * 100, ("a" * 100, "b" * 100)),
    ],
)
def test_action_has_two_parts(text, parts):
    """An action is a noun and a verb, case kept, and is spelled as it was read."""
    assert Action(*parts) == action(text)
    assert text == str(action(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("project:42", ("project", "42")),
        ("account:ben@acme.example", ("account", "ben@acme.example")),
        ("a:b:c", ("a", "b:c")),
        ("file:a/b+c|d=e~f", ("file", "a/b+c|d=e~f")),
    ],
)
def test_resource_is_split_at_its_first_colon(text, parts):
    """A resource is a kind and an id; later colons belong to the id."""
    assert Resource(*parts) == resource(text)
    assert text == str(resource(text))


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*", ["a:b", "x:y"], []),
        ("a:*", ["a:b", "a:c"], ["A:b", "b:a", "aa:b"]),
        ("*:b", ["a:b", "c:b"], ["a:B", "b:a", "a:bb"]),
        ("a:b", ["a:b"], ["a:c", "c:b", "a:b.c"]),
        ("a.b:c", ["a.b:c"], ["axb:c"]),
    ],
)
def test_pattern_matches_whole_parts_byte_for_byte(pattern, matching, other):
    """Each part of a pattern is a literal or everything; a dot is a dot, and case counts."""
    for parse, read in ((ActionPattern.parse, action), (ResourcePattern.parse, resource)):
        found = parse("pattern", pattern)
        assert pattern == str(found)
        assert [True] * len(matching) == [found.matches(read(text)) for text in matching]
        assert [False] * len(other) == [found.matches(read(text)) for text in other]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*", True), ("project:*", False), ("*:42", False), ("project:42", False)],
)
def test_only_everything_reaches_the_tenant_as_a_whole(pattern, expected):
    """The tenant as a whole is matched by the resource pattern * alone."""
    assert expected is ResourcePattern.parse("pattern", pattern).matches(None)


WORDS = st.sampled_from(["a", "b", "*"])


@given(WORDS, WORDS, WORDS, WORDS)
def test_inclusion_of_patterns_is_inclusion_of_what_they_match(one, two, three, four):
    """A pattern includes another exactly if it matches all that the other matches."""
    texts = [f"{first}:{second}" for first in "abc" for second in "abc"]
    for kind, read in ((ActionPattern, action), (ResourcePattern, resource)):
        wide, narrow = kind(one, two), kind(three, four)
        covers = all(wide.matches(read(text)) for text in texts if narrow.matches(read(text)))
        assert covers is wide.includes(narrow)


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ("allow", "policy[0]", "wrong_type"),
        ([], "policy[0]", "wrong_type"),
        ({"effect": "allow", "action": ["*"], "resource": ["*"], "if": "x"}, "policy[0].if", "unknown_key"),
        ({"effect": "allow", "action": ["*"]}, "policy[0].resource", "required"),
        ({"action": ["*"], "resource": ["*"]}, "policy[0].effect", "required"),
        ({"effect": "permit", "action": ["*"], "resource": ["*"]}, "policy[0].effect", "unknown"),
        ({"effect": True, "action": ["*"], "resource": ["*"]}, "policy[0].effect", "wrong_type"),
        ({"effect": "deny", "action": [], "resource": ["*"]}, "policy[0].action", "blank"),
        ({"effect": "deny", "action": ["*"], "resource": []}, "policy[0].resource", "blank"),
        ({"effect": "deny", "action": "read", "resource": ["*"]}, "policy[0].action", "wrong_type"),
        ({"effect": "deny", "action": ["read"], "resource": ["*"]}, "policy[0].action", "bad_pattern"),
        ({"effect": "deny", "action": ["*"], "resource": ["*:*"]}, "policy[0].resource", "bad_pattern"),
    ],
)
def test_malformed_statement_is_refused_under_its_path(data, field, code):
    """A statement has an effect, actions and resources, and nothing else; what is wrong is named by its path."""
    with pytest.raises(InvalidInput) as caught:
        PermissionPolicy.from_data("look", [data])
    assert (field, code) == (caught.value.field, caught.value.code)


def test_policy_is_plain_data_and_back():
    """A policy becomes the data that it was read from."""
    data = [
        {"effect": "allow", "action": ["*:read", "a:b"], "resource": ["*", "project:42"]},
        {"effect": "deny", "action": ["a:*"], "resource": ["project:*"]},
    ]
    policy = PermissionPolicy.from_data("mixed", data)
    assert data == policy.to_data()
    assert policy == PermissionPolicy.from_data("mixed", policy.to_data())
    assert policy.denies
    assert not READ_ONLY.denies
    assert () == PermissionPolicy.from_data("nothing", []).statements


def test_built_in_policies_say_what_they_are_named():
    """Look only is reading and listing everything; administrator is everything."""
    assert [{"effect": "allow", "action": ["*:read", "*:list"], "resource": ["*"]}] == READ_ONLY.to_data()
    assert [{"effect": "allow", "action": ["*"], "resource": ["*"]}] == ADMINISTRATOR.to_data()
    assert ("read-only", "administrator") == (READ_ONLY.name, ADMINISTRATOR.name)


def test_statement_matches_any_of_its_patterns():
    """A statement is about an action if one of its patterns matches."""
    statement = Statement.from_data(
        "s",
        {"effect": "deny", "action": ["a:b", "c:*"], "resource": ["x:1", "y:*"]},
    )
    assert [True, True, False] == [statement.matches_action(action(text)) for text in ("a:b", "c:z", "a:z")]


def of(name, effect, *actions, on="*"):
    return PermissionPolicy.from_data(name, [{"effect": effect, "action": list(actions), "resource": [on]}])


WRITE = of("write", "allow", "*:write", on="project:*")
NO_BOARDS = of("no-boards", "deny", "board:*")
NO_42 = of("no-42", "deny", "*", on="project:42")


@pytest.mark.parametrize(
    ("policies", "asked", "where", "expected"),
    [
        ([], "a:read", None, False),
        ([READ_ONLY], "a:read", None, True),
        ([READ_ONLY], "a:write", None, False),
        ([READ_ONLY, WRITE], "a:write", "project:1", True),
        ([READ_ONLY, WRITE], "a:write", None, False),
        ([ADMINISTRATOR, NO_BOARDS], "board:read", None, False),
        ([ADMINISTRATOR, NO_BOARDS], "card:read", None, True),
        ([ADMINISTRATOR, NO_42], "a:read", "project:42", False),
        ([ADMINISTRATOR, NO_42], "a:read", None, True),
        ([NO_BOARDS], "card:read", None, False),
    ],
)
def test_layer_allows_what_some_policy_allows_and_none_denies(policies, asked, where, expected):
    """In a layer some allow must match and no deny may; an empty layer allows nothing."""
    assert expected is Layer.of(*policies).allows(action(asked), resource(where))


def test_layer_is_a_set():
    """Order and repetition of its policies make no other layer."""
    assert Layer.of(READ_ONLY, WRITE) == Layer.of(WRITE, READ_ONLY, WRITE)
    assert {"read-only", "write"} == Layer.of(WRITE, READ_ONLY).names
    assert {"kind": "narrowed", "policies": {"write": WRITE.to_data()}} == Layer.of(
        WRITE,
        kind="narrowed",
    ).to_data()


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], False),
        ([READ_ONLY], True),
        ([NO_BOARDS], False),
        ([READ_ONLY, of("nothing", "deny", "*")], False),
        ([READ_ONLY, of("no-reads", "deny", "*:read")], True),
        ([READ_ONLY, of("no-looks", "deny", "*:read", "*:list")], False),
        ([WRITE, of("no-projects", "deny", "*", on="project:*")], False),
        ([WRITE, NO_42], True),
    ],
)
def test_layer_leaves_something_unless_a_deny_swallows_each_allow(policies, expected):
    """There is something left unless each allow is swallowed whole by a deny."""
    assert expected is Layer.of(*policies).leaves_something()
