"""The small world in which random histories happen: who, where, under which rules; in the model's words and ours."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import oracle as model
from grantkit import AccessRules, Agent, Elapsed, Instant, Member, OpenEnded, Scope, System

Law: TypeAlias = dict[str, Any]
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
YEAR = 365 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T0 = (datetime(2027, 3, 3, 14, 20, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
EARLIEST, LAST = T0 - 40 * YEAR, T0 + 400 * YEAR

TENANTS = ("acme", "globex", "initech")
NOWHERE = "nowhere"  # nothing ever happens there
AGENTS = ("a-kim", "a-lee", "x-sam")  # `x-sam` is a member's id too
MEMBERS = ("m-ana", "m-bob", "x-sam")
TEAMS = ("support", "tech", "duty")
PEOPLE = {"a-kim": {"support", "tech"}, "a-lee": {"support"}, "x-sam": {"duty"}}
RESOURCES = ("project:1", "project:2", "board:1")
ACTIONS = ("board:read", "board:write", "board:delete", "wiki:list", "wiki:write")
WORD = "Support"


def allow(*actions: str, on: tuple[str, ...] = ("*",)) -> dict[str, Any]:
    return {"effect": "allow", "action": list(actions), "resource": list(on)}


def deny(*actions: str, on: tuple[str, ...] = ("*",)) -> dict[str, Any]:
    return {"effect": "deny", "action": list(actions), "resource": list(on)}


DEFINITIONS: Mapping[str, tuple[list[dict[str, Any]], ...]] = {
    "boards": (
        [allow("board:*")],
        [allow("board:read", "board:write")],
        [allow("*")],
        [allow("board:*"), deny("*:delete")],
    ),
    "writer": ([allow("*:write")], [allow("*:write", "*:delete")], [allow("wiki:write")], []),
    "project": (
        [allow("*", on=("project:*",))],
        [allow("*", on=("project:1",))],
        [allow("*:read", on=("*:1", "project:2"))],
    ),
    "no-delete": (
        [deny("*:delete")],
        [deny("*:delete", "board:write")],
        [deny("*", on=("project:2",))],
        [allow("*:read")],
    ),
    "all-but": ([allow("*"), deny("*:write", on=("board:*",))], [allow("*"), deny("wiki:*")]),
}
"""Permission policies and what each may be defined as; the first at first."""


def flow(**changes: Any) -> Law:
    base: Law = {
        "steps_by": ["tenant:admin", "tenant:owner"], "to": ["agent", "team", "agent:tech", "agent:duty"],
        "policies": ["*"], "whole": True, "resources": ["*"], "most": 20, "act_as": True,
        "ends": ["elapsed", "instant", "open_ended"], "shortest": 60 * SECOND, "longest": 30 * DAY, "ahead": DAY,
        "amend_ends": ["elapsed", "instant"], "amend_policies": True, "single": False, "off_word": None, "word": None,
        "entry_required": False, "reason_min": 1,
    }  # fmt: skip
    return base | changes


FLOWS: Mapping[str, tuple[Law, ...]] = {
    "access": (
        flow(),
        flow(longest=DAY),
        flow(longest=None, amend_ends=["elapsed", "instant", "open_ended"]),
        flow(policies=["read-only", "boards"], amend_policies=False),
        flow(steps_by=["tenant:owner"], amend_ends=[]),
        flow(entry_required=True),
    ),
    "handshake": (
        flow(
            single=True, word=WORD, off_word=WORD, to=["team:support", "agent:tech"], whole=False,
            resources=["project:*"], most=1, ends=["open_ended", "elapsed"], longest=None, act_as=False,
        ),
        flow(
            single=True, off_word="Off", whole=True, resources=[], to=["team"], ends=["elapsed", "open_ended"],
            longest=2 * DAY, shortest=HOUR, amend_ends=["open_ended"], ahead=0,
        ),
    ),
    "permit": (flow(yields="consent", steps_by=["tenant:officer"]),),
}  # fmt: skip

OTHER_FLOWS: Mapping[str, tuple[Law, ...]] = {
    **FLOWS,
    "access": (
        flow(),
        flow(to=["team:support", "agent:tech"]),
        flow(to=["agent", "team:tech"]),
        flow(whole=False),
        flow(resources=["project:1"], most=1),
    ),
}
"""Others, under which what was given to one holder, or over one scope, is later not offered there any more."""


def first_law() -> Law:
    policies = {name: forms[0] for name, forms in DEFINITIONS.items()}
    flows = {name: forms[0] for name, forms in FLOWS.items()}
    return {"policies": policies, "ceilings": {}, "demands": [], "flows": flows, "stop": []}


def _elapsed(micros: int) -> dict[str, str]:
    return {"elapsed": f"PT{micros // SECOND}S"}


def _flow_document(way: Law) -> dict[str, Any]:
    step = {"by": way["steps_by"]} | ({"word": way["word"]} if way["word"] else {})
    return {
        "yields": way.get("yields", "grant"),
        "start": {"by": ["approvers"], "reason": {"min": way["reason_min"]}},
        "steps": [step],
        "to": way["to"],
        "scope": {"tenant": way["whole"], "resources": way["resources"], "most": way["most"]},
        "policies": way["policies"],
        "act_as": ["none", "any"] if way["act_as"] else ["none"],
        "ends": way["ends"],
        "shortest": _elapsed(way["shortest"]),
        "longest": "open_ended" if way["longest"] is None else _elapsed(way["longest"]),
        "ahead": f"PT{way['ahead'] // SECOND}S",
        "amend": {"ends": way["amend_ends"], "policies": way["amend_policies"]},
        "single": way["single"],
        "off_word": way["off_word"],
        "entry": {"required": way["entry_required"]},
    }


def document(law: Law) -> dict[str, Any]:
    """Return the rule document that says what *law*, the model's form, says."""
    flows = {name: _flow_document(way) for name, way in law["flows"].items()}
    return {**law, "flows": flows}


def rules_of(law: Law) -> AccessRules:
    return _rules_of(json.dumps(law))  # the text, order and all: dictionaries cannot be the key of a cache


@lru_cache(maxsize=4096)
def _rules_of(law: str) -> AccessRules:
    return AccessRules.from_data(document(json.loads(law)))


def instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def principal(actor: model.Actor) -> Member | Agent | System:
    """Return the library's noun for the model's actor."""
    match actor:
        case ("member", ident, tenant, roles, on, via):
            return Member(ident, tenant=tenant, roles=set(roles), roles_on=dict(on), via=via)
        case ("agent", ident, teams, via):
            return Agent(ident, teams=set(teams), via=via)
        case _:
            return System(str(actor[1]))


def term(end: model.Term) -> Elapsed | Instant | OpenEnded:
    match end:
        case ("elapsed", int(span)):
            return Elapsed(seconds=span // SECOND)
        case ("instant", int(at)):
            return Instant(instant(at))
        case _:
            return OpenEnded()


def member_may(member: str, action: str, resource: str | None) -> bool:
    """Whether the host says that a member may do this by themselves."""
    return action.endswith(":read") or (member == "m-ana" and resource is not None)


class Rights:
    def may(self, member: str, action: str, resource: str | None) -> bool:
        return member_may(member, action, resource)


def scope(listed: frozenset[str] | None) -> Scope:
    return Scope.whole() if listed is None else Scope.only(*sorted(listed))


class Step(NamedTuple):
    """One thing that happens: a command, a move of the clock, an edit of the rules."""

    verb: str
    tenant: str = ""
    by: model.Actor = ("system", "job")
    args: Mapping[str, Any] = {}

    def __str__(self) -> str:
        shown = "" if self.verb in ("clock", "rules") else f" by {self.by}"
        return f"{self.verb} {self.tenant}{shown} {dict(self.args)}"


class Question(NamedTuple):
    """One question, put to both."""

    agent: str
    teams: AbstractSet[str]
    tenant: str
    action: str
    resource: str | None
    now: int
    act_as: str | None = None
