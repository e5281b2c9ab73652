"""
The reference of the rule schema, made from the classes that read rule documents.

``python docs/_ext/rules_schema.py`` prints it; a test holds the page against it. Names, order and defaults come from
the fields, meanings from the ``Attributes:`` of the docstrings: a field without a meaning is refused. Only the spelling
in a document is said here, since types of Python are not what a document has.
"""

import inspect
import json
import re
import sys
from typing import Any

import attrs

from grantkit import AccessRules
from grantkit.rules import (
    EVENTS,
    AmendRule,
    Delegation,
    DemandRule,
    Entry,
    Flow,
    ReasonRule,
    ScopeRule,
    Start,
    Step,
    View,
)
from grantkit.rules.notices import DEFAULTS

PARTS: dict[str, type[Any]] = {
    "The document": AccessRules,
    "A flow": Flow,
    "`start`": Start,
    "`reason`": ReasonRule,
    "A step": Step,
    "`scope`": ScopeRule,
    "`amend`": AmendRule,
    "`delegate`": Delegation,
    "`entry`": Entry,
    "A demand": DemandRule,
    "`view`": View,
}
"""Each object of a document, and the class that it becomes."""

SPELLED: dict[tuple[type[Any], str], str] = {
    (AccessRules, "name"): "text",
    (AccessRules, "flows"): "object: name to flow",
    (AccessRules, "policies"): "object: name to list of statements",
    (AccessRules, "ceilings"): 'object: team, `"*"` or `"other"`, to list of policies',
    (AccessRules, "zone"): "IANA name",
    (AccessRules, "demands"): "list of demands",
    (AccessRules, "eligible"): "list of predicates",
    (AccessRules, "stop"): "list of who",
    (AccessRules, "view"): "object",
    (AccessRules, "notices"): "object: event, or `flow/event`, to list of who",
    (Flow, "yields"): '`"grant"` or `"consent"`',
    (Flow, "under"): "name of a flow",
    (Flow, "start"): "object",
    (Flow, "steps"): "list of steps",
    (Flow, "to"): "list of whom",
    (Flow, "scope"): "object",
    (Flow, "policies"): "list of policies",
    (Flow, "act_as"): 'list of `"none"`, `"self"`, `"any"`',
    (Flow, "ends"): "list of ends",
    (Flow, "shortest"): "exact end",
    (Flow, "longest"): 'exact end, or `"open_ended"`',
    (Flow, "ahead"): "duration",
    (Flow, "amend"): "object",
    (Flow, "single"): "true or false",
    (Flow, "off_word"): "text",
    (Flow, "delegate"): "object",
    (Flow, "entry"): "object",
    (Start, "by"): "list of who",
    (Start, "reason"): "object",
    (Start, "tickets"): 'one of `"optional"`, `"required"`, `"until_solved"`',
    (ReasonRule, "min"): "number",
    (ReasonRule, "categories"): "list of ids",
    (Step, "by"): "list of who",
    (Step, "count"): "number",
    (Step, "within"): 'duration, or `"open_ended"`',
    (Step, "channels"): "list of ids",
    (Step, "text"): "text",
    (Step, "word"): "text",
    (ScopeRule, "tenant"): "true or false",
    (ScopeRule, "resources"): "list of patterns",
    (ScopeRule, "most"): "number",
    (AmendRule, "ends"): 'list of ends; `"from": "end"` may stand beside an exact `"elapsed"`',
    (AmendRule, "policies"): "true or false",
    (Delegation, "to"): "list of whom",
    (Delegation, "depth"): "number",
    (Entry, "required"): "true or false",
    (Entry, "reason"): "object",
    (Entry, "tickets"): 'one of `"optional"`, `"required"`',
    (Entry, "longest"): "exact end",
    (DemandRule, "beyond"): "list of policies",
    (DemandRule, "needs"): "name of a flow",
    (View, "status"): "list of who",
    (View, "history"): "list of who",
}
"""How each field is spelled in a document; one that is missing here is refused."""


def meanings(kind: type[Any]) -> dict[str, str]:
    """Return what the docstring of a class says of each of its attributes."""
    doc = inspect.getdoc(kind) or ""
    _, _, after = doc.partition("Attributes:\n")
    found: dict[str, str] = {}
    name = ""
    for line in after.splitlines():
        begins = re.match(r" {4}(\w+): (.+)", line)
        if begins:
            name = begins[1]
            found[name] = begins[2]
        elif line.startswith(" " * 8):
            found[name] += f" {line.strip()}"
        else:
            break
    return {name: _as_markdown(text) for name, text in found.items()}


def _as_markdown(text: str) -> str:
    text = re.sub(r" \([A-Z]+-?\d+(?:, [A-Z]+-?\d+)*\)", "", text)  # ids of promises, which only tests need
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", text)
    return re.sub(r"(?<!\*)\*(\w+)\*(?!\*)", r"`\1`", text.replace("``", "`")).replace("|", "\\|")


def defaults(kind: type[Any]) -> dict[str, Any]:
    """Return what a document gets that leaves everything out, spelled as a document."""
    needed: dict[type[Any], dict[str, Any]] = {
        Step: {"by": ["tenant:admin"]},
        Delegation: {"to": ["agent"]},
        DemandRule: {"beyond": ["read-only"], "needs": "permission"},
    }
    given = needed.get(kind, {})
    made = AccessRules.from_data({}) if kind is AccessRules else kind.from_data("it", given)
    told = dict(made.to_data())
    if kind is AccessRules:
        told["flows"] = {"access": {}}
    return {name: value for name, value in told.items() if name not in given}


def rows(kind: type[Any]) -> list[str]:
    """Return one row of a table for each field of a class."""
    meant, default = meanings(kind), defaults(kind)
    found: list[str] = []
    for field in attrs.fields(kind):
        kept = _default(default, field.name)
        found.append(f"| `{field.name}` | {SPELLED[kind, field.name]} | {kept} | {meant[field.name]} |")
    return found


def _default(default: dict[str, Any], name: str) -> str:
    if name not in default:
        return "must be there"
    value = default[name]
    if value is None:
        return "none"
    if name == "notices":
        return "see [who is told](#who-is-told)"
    if isinstance(value, dict) and name in {part.strip("`") for part in PARTS}:
        return "`{}`: each key of it has its own"
    return f"`{json.dumps(value)}`"


def told() -> list[str]:
    """Return who is told by default, and of what somebody can be told."""
    found = ["| event | told by default |", "|---|---|"]
    for event in EVENTS:
        who = ", ".join(f"`{each}`" for each in DEFAULTS.get(event, ()))
        found.append(f"| `{event}` | {who or 'nobody'} |")
    return found


def reference() -> str:
    """Return the tables of the whole schema."""
    found: list[str] = []
    for title, kind in PARTS.items():
        found += [f"### {title}", ""]
        found += ["| key | spelled | default | meaning |", "|---|---|---|---|", *rows(kind), ""]
    return "\n".join([*found, "### Who is told", "", *told()])


if __name__ == "__main__":
    sys.stdout.write(reference() + "\n")
