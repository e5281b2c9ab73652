"""Who: selectors and grantees."""

import pytest

from grantkit.rules import Selector, To


@pytest.mark.parametrize(
    ("text", "side", "name"),
    [
        ("tenant:admin", "tenant", "admin"),
        ("tenant:*", "tenant", "*"),
        ("vendor:on-call", "vendor", "on-call"),
        ("vendor:*", "vendor", "*"),
        ("tenant:a:b", "tenant", "a:b"),
        ("approvers", "relation", "approvers"),
        ("consenters", "relation", "consenters"),
        ("requester", "relation", "requester"),
        ("grantee", "relation", "grantee"),
    ],
)
def test_selector_has_one_spelling(text, side, name):
    """A selector is split at the first colon, and is spelled as it was read."""
    assert Selector(side, name) == Selector.parse("by", text)
    assert text == str(Selector.parse("by", text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "admin",
        "tenant",
        "tenant:",
        ":admin",
        "tenant: admin",
        "Tenant:admin",
        "agent:x",
        "relation:grantee",
    ],
)
def test_selector_of_nobody_is_refused(refusal, text):
    """What names no side, no role and no relation is refused under its path."""
    assert ("flows.a.by[0]", "bad_selector") == refusal(Selector.parse, "flows.a.by[0]", text)


@pytest.mark.parametrize("value", [None, 1, ["tenant:admin"], b"tenant:admin"])
def test_selector_is_text(refusal, value):
    """Only an exact str is read as a selector."""
    assert ("by", "wrong_type") == refusal(Selector.parse, "by", value)


@pytest.mark.parametrize(
    ("side", "name", "field", "code"),
    [
        ("host", "admin", "side", "unknown"),
        ("tenant", "", "name", "bad_id"),
        ("vendor", None, "name", "wrong_type"),
        ("relation", "admin", "name", "unknown"),
        ("relation", "*", "name", "unknown"),
    ],
)
def test_selector_by_parts_is_no_laxer(refusal, side, name, field, code):
    """A selector made of its parts obeys the grammar of the text."""
    assert (field, code) == refusal(Selector, side, name)


@pytest.mark.parametrize(
    ("text", "kind", "team", "concrete"),
    [
        ("agent", "agent", None, False),
        ("agent:support", "agent", "support", False),
        ("team", "team", None, False),
        ("team:support", "team", "support", True),
    ],
)
def test_only_a_named_team_is_concrete(text, kind, team, concrete):
    """A caller need not say whom the grant is for exactly when the flow names a team."""
    found = To.parse("to", text)
    assert To(kind, team) == found
    assert concrete is found.concrete
    assert text == str(found)


@pytest.mark.parametrize(
    ("value", "code"),
    [("member", "bad_selector"), ("team:", "bad_selector"), ("agent:a b", "bad_selector"), (7, "wrong_type")],
)
def test_grantee_of_no_kind_is_refused(refusal, value, code):
    """A grant names an agent or a team, and nobody else."""
    assert ("flows.a.to[0]", code) == refusal(To.parse, "flows.a.to[0]", value)
