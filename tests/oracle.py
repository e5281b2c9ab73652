"""A small reference model of grantkit, written from the design alone: it imports nothing of the library.

Time is an integer (microseconds), an end of `None` is no end, state is the fold of an append-only log.
A command answers `("ok", result)`, or `("refused", every refusal that applies)` and then appends nothing.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

Member: TypeAlias = tuple[
    Literal["member"], str, str, AbstractSet[str], Mapping[str, AbstractSet[str]], str | None
]  # id, tenant, roles, roles on single resources, via
Agent: TypeAlias = tuple[Literal["agent"], str, AbstractSet[str], str | None]  # id, teams, via
Actor: TypeAlias = Member | Agent | tuple[Literal["system"], str]
Term: TypeAlias = tuple[Literal["elapsed", "instant"], int] | tuple[Literal["open_ended"]]
Scope: TypeAlias = frozenset[str] | None  # `None` is the tenant as a whole
Rules: TypeAlias = Mapping[str, Any]
Policies: TypeAlias = Mapping[str, Iterable[Mapping[str, Any]]]  # name -> statements
Layer: TypeAlias = tuple[Mapping[str, Any], ...]  # the statements of some policies, judged together
Answer: TypeAlias = tuple[Literal["ok"], Any] | tuple[Literal["refused"], frozenset[str]]
News: TypeAlias = tuple[str, Mapping[str, Any]]  # kind and data of an event to be
Check: TypeAlias = tuple[str, bool]  # a refusal, and whether it applies

TOLERANCE = 60_000_000
NEVER, FOREVER = -(2**63), 2**63  # `seen_at` of a tenant without events; where an open end sorts
BUILTIN: Policies = {
    "read-only": [{"effect": "allow", "action": ["*:read", "*:list"], "resource": ["*"]}],
    "administrator": [{"effect": "allow", "action": ["*"], "resource": ["*"]}],
}
GONE: Mapping[str, Any] = {
    "steps_by": (),
    "to": (),
    "whole": False,
    "resources": (),
    "most": 0,
    "policies": (),
    "shortest": 60_000_000,
    "longest": None,
    "amend_ends": (),
    "amend_policies": False,
    "word": None,
    "entry_required": False,
}  # what a flow that is no longer in the rules offers: nothing more, and what it gave can still be shortened
NEAREST_FIRST = (
    "allowed", "entry_required", "needs_consent", "over_ceiling", "action_not_permitted", "policy_withdrawn",
    "out_of_scope", "member_lacks_right", "consent_ended", "revoked", "cut_off", "ended_by_tickets",
    "relinquished", "expired", "not_yet_active",
)  # fmt: skip


class Call(NamedTuple):
    """Who gives a command, where and when, and the rules then in force."""

    tenant: str
    actor: Actor
    now: int
    rules: Rules
    digest: str


class Ask(NamedTuple):
    """One question; `member_may` is what the host says of the member whom the agent acts as."""

    agent_id: str
    teams: AbstractSet[str]
    tenant: str
    action: str
    resource: str | None
    now: int
    rules: Rules
    act_as: str | None = None
    member_may: bool = False


class Event(NamedTuple):
    """One fact of a tenant's log."""

    seq: int
    time: int
    kind: str  # rules_adopted granted amended ended cut_off frozen unfrozen clock_corrected
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What the log says of one grant."""

    gid: str
    holder: tuple[str, str]
    as_team: str | None
    scope: Scope
    act_as: str | None
    flow: str
    flow_then: Mapping[str, Any]  # as it was at consent: for a flow that is gone
    granters: frozenset[str]  # the ids of all members on whose consent it rests
    start: int
    end: int | None
    open_ended: bool  # whether it was asked for without an end, also where a cap gave it one
    policies: frozenset[str]
    pinned: Policies  # as consented to
    ceilings: tuple[Layer, ...] = ()  # pinned
    demands: tuple[Layer, ...] = ()  # pinned: what each of them leaves free
    entry: bool = False  # pinned
    consent: int = 0  # the sequence of its consent
    version: int = 1
    ended: tuple[str, int] | None = None  # how and when, once recorded

    def over(self, at: int) -> bool:
        """Tell whether an end is recorded or the window has closed."""
        return self.ended is not None or (self.end is not None and self.end <= at)

    def names(self, agent: str, teams: AbstractSet[str]) -> bool:
        """Tell whether the grant names this agent, or one of these teams."""
        return self.holder[1] in (teams if self.holder[0] == "team" else {agent})

    def held(self, teams: AbstractSet[str], act_as: str | None) -> bool:
        """Tell whether whom it names, in these teams, holds it when acting as this member or as nobody."""
        return self.act_as == act_as and (self.as_team is None or self.as_team in teams)

    def capacity(self, teams: AbstractSet[str]) -> AbstractSet[str]:
        """Return the teams as which an agent of these teams acts."""
        return {self.holder[1]} if self.holder[0] == "team" else {self.as_team} if self.as_team else teams


@dataclass
class Facts:
    """The fold of one tenant's log."""

    seen_at: int = NEVER
    digest: str | None = None
    frozen: set[str | None] = field(default_factory=set[str | None])  # agents; `None` is the whole tenant
    cut_offs: list[tuple[int, str | None]] = field(default_factory=list[tuple[int, str | None]])
    grants: dict[str, Grant] = field(default_factory=dict[str, Grant])

    def silences(self, grant: Grant, asking: str | None = None) -> bool:
        """Tell whether a cut-off touches a grant: the tenant's, or that of who is named or asks."""
        touched = {None, asking, grant.holder[1] if grant.holder[0] == "agent" else None}
        return any(seq >= grant.consent and agent in touched for seq, agent in self.cut_offs)


def fold(log: Iterable[Event]) -> Facts:
    """Return what a log says."""
    facts = Facts()
    for seq, time, kind, data in log:
        facts.seen_at = time
        if kind == "rules_adopted":
            facts.digest = data["digest"]
        elif kind == "granted":
            facts.grants[data["gid"]] = replace(data["grant"], consent=seq)
        elif kind == "amended":
            old = facts.grants[data["gid"]]
            facts.grants[data["gid"]] = replace(old, version=old.version + 1, **data["new"])
        elif kind == "ended":
            old = facts.grants[data["gid"]]
            facts.grants[data["gid"]] = replace(old, version=old.version + 1, ended=(data["how"], time))
        elif kind == "cut_off":
            facts.cut_offs.append((seq, data["agent"]))
        elif kind == "frozen":
            facts.frozen.add(data["agent"])
        elif kind == "unfrozen":
            facts.frozen.discard(data["agent"])
    return facts


@cache
def forms(asked: str | None) -> frozenset[str]:
    """Return every pattern that matches what is asked; what is not asked is matched by `*` alone."""
    if asked is None:
        return frozenset({"*"})
    left, _, right = asked.partition(":")
    return frozenset({"*", f"{left}:*", f"*:{right}", asked})


def allows(layer: Layer, actions: frozenset[str], resources: frozenset[str]) -> bool:
    """Tell whether some allow matches and no deny does."""
    found = False
    for statement in layer:
        if not actions.isdisjoint(statement["action"]) and not resources.isdisjoint(statement["resource"]):
            if statement["effect"] == "deny":
                return False
            found = True
    return found


def known(rules: Rules) -> Policies:
    """Return every policy of a rule set by name."""
    return {**BUILTIN, **rules["policies"]}


def layer_of(names: Iterable[str], policies: Policies) -> Layer:
    """Return the statements of the named policies; one that is gone has none."""
    return tuple([statement for name in names for statement in policies.get(name, ())])


def ceilings_for(teams: AbstractSet[str], rules: Rules, policies: Policies) -> tuple[Layer, ...]:
    """Return the ceilings that bind these teams together; no team at all falls under `other`."""
    ceilings = rules["ceilings"]
    keys = {team if team in ceilings else "other" for team in teams or {"other"}} | {"*"}
    return tuple([layer_of(ceilings[key], policies) for key in keys if key in ceilings])


def demands_of(rules: Rules, policies: Policies) -> tuple[Layer, ...]:
    """Return what each demand leaves free; all beyond it needs a consent."""
    return tuple(layer_of(demand["beyond"], policies) for demand in rules["demands"])


def pin(grant: Grant, rules: Rules, teams: AbstractSet[str] | None = None) -> dict[str, Any]:
    """Return the ceilings, demands and entry rule of a grant after a consent under these rules.

    `teams` are those asserted of the agent that it names; an amendment asserts none, so for an agent who acts in no one
    team's capacity it pins the guardrail alone: its teams' ceilings are judged as of today, when it asks.
    """
    known_capacity = teams is not None or grant.holder[0] == "team" or grant.as_team is not None
    policies, guardrails = (
        known(rules),
        [layer_of(rules["ceilings"]["*"], known(rules))] if "*" in rules["ceilings"] else [],
    )
    bound = (
        ceilings_for(grant.capacity(teams or frozenset()), rules, policies)
        if known_capacity
        else tuple(guardrails)
    )
    return {
        "ceilings": grant.ceilings + bound,
        "demands": grant.demands + demands_of(rules, known(rules)),
        "entry": grant.entry or rules["flows"][grant.flow]["entry_required"],
    }


def narrows(grant: Grant, names: frozenset[str], rules: Rules) -> bool:
    """Tell whether these policies are the grant's own, less some that hold no deny, then or now."""
    dropped = grant.policies - names
    lost = layer_of(dropped, grant.pinned) + layer_of(dropped, known(rules))
    return names <= grant.policies and all(statement["effect"] == "allow" for statement in lost)


def named(call: Call, selectors: Iterable[str], scope: Scope) -> bool:
    """Tell whether a selector names the actor; a role must be one and the same over the whole scope."""
    actor = call.actor
    for side, _, who in (selector.partition(":") for selector in selectors):
        if actor[0] == "agent" and side == "vendor" and (who == "*" or who in actor[2]):
            return True
        if actor[0] == "member" and side == "tenant" and actor[2] == call.tenant:
            if who == "*" or who in actor[3]:
                return True
            if scope is not None and all(who in actor[4].get(resource, ()) for resource in scope):
                return True
    return False


def foreign(call: Call) -> bool:
    """Tell whether the actor is a member of another tenant: to them no grant is there."""
    return call.actor[0] == "member" and call.actor[2] != call.tenant


def consents(call: Call, scope: Scope, *flows: Mapping[str, Any]) -> bool:
    """Tell whether the actor is a member who may consent over this scope in some of these flows."""
    return call.actor[0] == "member" and any(named(call, flow["steps_by"], scope) for flow in flows)


def may_revoke(call: Call, grant: Grant) -> bool:
    """Tell whether the actor could (then or today) or did consent to this grant, or is named by `stop`."""
    actor, flow = call.actor, call.rules["flows"].get(grant.flow, grant.flow_then)
    if consents(call, grant.scope, flow, grant.flow_then) or named(call, call.rules["stop"], grant.scope):
        return True
    if "grantee" in call.rules["stop"] and may_relinquish(call, grant):
        return True
    return actor[0] == "member" and actor[2] == call.tenant and actor[1] in grant.granters


def may_relinquish(call: Call, grant: Grant) -> bool:
    """Tell whether the actor is the agent, or in the team, that the grant names."""
    return call.actor[0] == "agent" and grant.names(call.actor[1], call.actor[2])


def decides_own(call: Call, holder: tuple[str, str]) -> Check:
    """Refuse a member who consents to a grant for themselves."""
    return "SelfApproval", call.actor[0] == "member" and holder == ("agent", call.actor[1])


def later(one: int | None, other: int | None) -> bool:
    """Tell whether one end lies after another."""
    return other is not None and (one is None or one > other)


def resolve(term: Term, anchor: int, first: int, longest: int | None) -> int | None:
    """Return the end that a term means; an open end under a cap is the cap."""
    if term[0] == "open_ended":
        return None if longest is None else first + longest
    return anchor + term[1] if term[0] == "elapsed" else term[1]


def term_checks(term: Term, end: int | None, anchor: int, first: int, flow: Mapping[str, Any]) -> list[Check]:
    """Refuse an end that is empty or too soon; `shortest` binds exact ends, not the cap of an open one."""
    empty = (end is not None and end <= first) or (term[0] == "elapsed" and term[1] <= 0)
    exact = end is not None and term[0] != "open_ended"
    return [
        ("InvalidInput", empty),
        ("TermNotOffered", empty or (exact and end is not None and end < anchor + flow["shortest"])),
    ]


def cap_check(end: int | None, first: int, flow: Mapping[str, Any]) -> Check:
    """Refuse an end past the cap, which counts from the first start."""
    return "CapExceeded", flow["longest"] is not None and later(end, first + flow["longest"])


def holder_checks(
    holder: tuple[str, str], as_team: str | None, teams: AbstractSet[str], flow: Mapping[str, Any]
) -> list[Check]:
    """Refuse a holder, or a capacity, that the flow does not offer."""
    kind, ident = holder
    if kind == "team":
        fits, open_ = bool({"team", f"team:{ident}"} & set(flow["to"])), True
    else:
        offered = {team for team in teams if f"agent:{team}" in flow["to"]}
        fits = as_team in offered or (as_team is None and ("agent" in flow["to"] or bool(offered)))
        open_ = as_team is not None or "agent" in flow["to"] or len(offered) < 2
    return [("NotOffered", not fits), ("InvalidInput", not open_ or (kind == "team" and as_team is not None))]


def kept_holder_check(grant: Grant, flow: Mapping[str, Any]) -> Check:
    """Refuse more for a holder, in its capacity, to whom the flow would no longer give it."""
    if grant.holder[0] == "team":
        return holder_checks(grant.holder, None, frozenset(), flow)[0]
    wanted = "agent" if grant.as_team is None else f"agent:{grant.as_team}"
    return "NotOffered", wanted not in flow["to"]


def scope_check(scope: Scope, flow: Mapping[str, Any]) -> Check:
    """Refuse a scope that the flow does not offer."""
    if scope is None:
        return "NotOffered", not flow["whole"]
    fits = all(not forms(resource).isdisjoint(flow["resources"]) for resource in scope)
    return "NotOffered", not fits or len(scope) > flow["most"]


def policy_checks(names: frozenset[str], flow: Mapping[str, Any], rules: Rules) -> list[Check]:
    """Refuse policies that nobody knows or the flow does not offer."""
    unknown = not names <= known(rules).keys()
    offered = "*" in flow["policies"] or names <= set(flow["policies"])
    return [("InvalidInput", unknown), ("NotOffered", unknown or not offered)]


def word_check(asked: str | None, typed: str | None) -> Check:
    """Refuse where a typed word is asked for and missing."""
    return "ConfirmationMismatch", asked is not None and (typed or "").strip() != asked


def latest(grants: Iterable[Grant]) -> Grant:
    """Return the grant that ends last, of equals the one with the smallest id."""
    return min(grants, key=lambda grant: (-(FOREVER if grant.end is None else grant.end), grant.gid))


def widening_checks(call: Call, facts: Facts, holder: tuple[str, str]) -> list[Check]:
    """Refuse to widen anything while this holder is frozen or the clock is behind."""
    frozen = None in facts.frozen or (holder[0] == "agent" and holder[1] in facts.frozen)
    return [("TenantFrozen", frozen), ("ClockBehind", facts.seen_at - call.now > TOLERANCE)]


class Oracle:
    """The logs of many tenants, the commands that append to them, and the decisions that read them."""

    def __init__(self) -> None:
        self.logs: dict[str, list[Event]] = {}
        self._folded: dict[str, tuple[int, Facts]] = {}

    def facts(self, tenant: str) -> Facts:
        """Return the fold of a tenant's log, made anew whenever the log has grown."""
        log = self.logs.get(tenant, [])
        found = self._folded.get(tenant)
        if found is None or found[0] != len(log):
            found = self._folded[tenant] = len(log), fold(log)
        return found[1]

    def _append(self, tenant: str, now: int, digest: str | None, *news: News) -> None:
        log = self.logs.setdefault(tenant, [])
        if news and digest not in (None, self.facts(tenant).digest):
            news = (("rules_adopted", {"digest": digest}), *news)
        for kind, data in news:
            time = now if kind == "clock_corrected" or not log else max(now, log[-1].time)
            log.append(Event(len(log) + 1, time, kind, data))

    def _answer(
        self, call: Call, checks: Iterable[Check], result: Any, *news: News, through: str | None = None
    ) -> Answer:
        """Refuse, or append what is new; only giving up a grant may come through (that very) one."""
        via = None if call.actor[0] == "system" else call.actor[-1]
        every = [*checks, ("ActingThroughGrant", via not in (None, through))]
        if any(applies for _, applies in every):
            return "refused", frozenset(name for name, applies in every if applies)
        self._append(call.tenant, call.now, call.digest, *news)
        return "ok", result

    def _missing(self, call: Call, *sides: str, through: str | None = None) -> Answer:
        """Refuse a command about a grant that is not there, or is as good as absent to whoever asks."""
        checks = [("NotFound", True), ("NotEntitled", not foreign(call) and not named(call, sides, None))]
        return self._answer(call, checks, None, through=through)

    def grant(
        self, call: Call, gid: str, *, holder: tuple[str, str], policies: Iterable[str], end: Term, flow: str,
        as_team: str | None = None, scope: Scope = None, start: int | None = None, act_as: str | None = None,
        word: str | None = None, reason: str = "", holder_teams: AbstractSet[str] = frozenset(),
    ) -> Answer:  # fmt: skip
        """Grant access; the result is the id of the grant that now stands."""
        facts, rules, names = self.facts(call.tenant), call.rules, frozenset(policies)
        if not named(call, ["tenant:*"], None):  # to others all tenants look the same, whatever is asked
            return self._answer(call, [("NotEntitled", True), ("InvalidInput", gid in facts.grants)], None)
        if flow not in rules["flows"]:
            return self._answer(call, [("InvalidInput", True), ("NotOffered", True)], None)
        way, time = rules["flows"][flow], max(call.now, facts.seen_at)
        begins = time if start is None else max(start, time)
        if as_team is None and holder[0] == "agent" and "agent" not in way["to"]:
            as_team = next((team for team in sorted(holder_teams) if f"agent:{team}" in way["to"]), None)
        ends = resolve(end, begins, begins, way["longest"])
        new = Grant(
            gid=gid, holder=holder, as_team=as_team, scope=scope, act_as=act_as, flow=flow, flow_then=way,
            granters=frozenset({str(call.actor[1])}), start=begins, end=ends, open_ended=end[0] == "open_ended",
            policies=names, pinned={name: known(rules).get(name, ()) for name in names},
        )  # fmt: skip
        alike = [
            old
            for old in facts.grants.values()
            if way["single"] and not old.over(time) and not facts.silences(old)
            and (old.flow, old.holder, old.as_team) == (flow, holder, as_team)
            and (old.scope, old.act_as) == (scope, act_as)
        ]  # fmt: skip
        enough = [
            old
            for old in alike
            if old.start <= begins and narrows(old, names, rules)
            and (not later(ends, old.end) or (end[0] == "open_ended" and old.open_ended))
        ]  # fmt: skip
        more = bool(alike) and not enough
        checks = [
            ("NotEntitled", not consents(call, scope, way)),
            decides_own(call, holder),
            *widening_checks(call, facts, holder),
            *term_checks(end, ends, begins, begins, way),
            cap_check(ends, begins, way),
            ("TermNotOffered", end[0] not in way["ends"]),
            ("NotOffered", begins - time > way["ahead"] or way.get("yields") == "consent"),
            ("NotOffered", act_as is not None and not way["act_as"]),
            scope_check(scope, way),
            *holder_checks(holder, as_team, holder_teams, way),
            *policy_checks(names, way, rules),
            ("InvalidInput", not names or scope == frozenset()),
            ("InvalidInput", gid in facts.grants or len(reason.strip()) < way["reason_min"]),
            word_check(way["word"], word),
            ("IllegalTransition", more),
            ("NotOffered", more),
        ]
        if enough:
            return self._answer(call, checks, latest(enough).gid)
        made = replace(new, **pin(new, rules, holder_teams))
        return self._answer(call, checks, gid, ("granted", {"gid": gid, "grant": made}))

    def amend(
        self, call: Call, gid: str, version: int, *, end: Term | None = None,
        policies: Iterable[str] | None = None, word: str | None = None,
    ) -> Answer:  # fmt: skip
        """Amend a grant; the result is its version."""
        facts, rules = self.facts(call.tenant), call.rules
        grant = facts.grants.get(gid)
        if grant is None or foreign(call):
            return self._missing(call, "tenant:*", "vendor:*")
        way, time = rules["flows"].get(grant.flow, GONE), max(call.now, facts.seen_at)
        anchor = max(time, grant.start)
        asked = grant.end if end is None else resolve(end, anchor, grant.start, None)
        beyond = later(asked, grant.end)  # what is asked for must be offered, whatever a cap makes of it
        ends = resolve(end, anchor, grant.start, way["longest"]) if end is not None and beyond else asked
        names = grant.policies if policies is None else frozenset(policies)
        longer, wider = later(ends, grant.end), not narrows(grant, names, rules)
        checks = [
            ("StaleVersion", version != grant.version),
            ("IllegalTransition", grant.over(time) or facts.silences(grant)),
            ("InvalidInput", end is None and policies is None),
        ]
        if end is not None and ends != grant.end:
            checks += term_checks(end, ends, anchor, grant.start, way)
            checks += [("IllegalTransition", ends is not None and ends <= time)]
        not_offered = beyond and end is not None and end[0] not in way["amend_ends"]
        checks += [("TermNotOffered", not_offered), ("NotOffered", not_offered)]
        if longer or wider:
            checks += [
                cap_check(ends, grant.start, way) if longer else ("CapExceeded", False),
                ("NotEntitled", not consents(call, grant.scope, way)),
                decides_own(call, grant.holder),
                *widening_checks(call, facts, grant.holder),
                scope_check(grant.scope, way),
                kept_holder_check(grant, way),
                ("NotOffered", wider and not way["amend_policies"]),
                ("InvalidInput", not names - grant.policies <= known(rules).keys()),
                ("NotOffered", wider and "*" not in way["policies"] and not names <= set(way["policies"])),
                word_check(way["word"], word),
            ]
        else:
            stops = may_revoke(call, grant)
            shortens = (stops or may_relinquish(call, grant)) and names == grant.policies
            checks += [("NotEntitled", not shortens and not (stops and call.actor[0] == "member"))]
        if (ends, names) == (grant.end, grant.policies):
            return self._answer(call, checks, version)
        pinned = {name: grant.pinned.get(name, known(rules).get(name, ())) for name in names}
        open_ended = grant.open_ended if end is None or ends == grant.end else end[0] == "open_ended"
        new = {"end": ends, "open_ended": open_ended, "policies": names, "pinned": pinned}
        if (longer or wider) and grant.flow in rules["flows"]:
            new |= pin(grant, rules) | {"granters": grant.granters | {call.actor[1]}}
        return self._answer(call, checks, version + 1, ("amended", {"gid": gid, "new": new}))

    def revoke(self, call: Call, gid: str, *, word: str | None = None) -> Answer:
        """Revoke a grant, live or over; a second end is no event."""
        grant = self.facts(call.tenant).grants.get(gid)
        if grant is None or foreign(call):
            return self._missing(call, "tenant:*", "vendor:*")
        off_word = call.rules["flows"].get(grant.flow, {}).get("off_word")
        checks = [("NotEntitled", not may_revoke(call, grant)), word_check(off_word, word)]
        news = [("ended", {"gid": gid, "how": "revoked"})] if grant.ended is None else []
        return self._answer(call, checks, gid, *news)

    def relinquish(self, call: Call, gid: str) -> Answer:
        """Give a grant up, as its agent or in its team; a second end is no event."""
        grant = self.facts(call.tenant).grants.get(gid)
        if grant is None or foreign(call):
            return self._missing(call, "vendor:*", through=gid)
        news = [("ended", {"gid": gid, "how": "relinquished"})] if grant.ended is None else []
        return self._answer(call, [("NotEntitled", not may_relinquish(call, grant))], gid, *news, through=gid)

    def revoke_all(self, call: Call, *, agent: str | None = None) -> Answer:
        """Cut off all that was consented to until now, for everybody or for one agent."""
        flows, stop = call.rules["flows"].values(), call.rules["stop"]
        entitled = consents(call, None, *flows) or named(call, stop, None)
        log, cut_off = self.logs.get(call.tenant), ("cut_off", {"agent": agent})
        news = [] if log and log[-1][2:] == cut_off else [cut_off]
        return self._answer(call, [("NotEntitled", not entitled)], agent, *news)

    def freeze(self, call: Call, *, agent: str | None = None) -> Answer:
        """Block a tenant, or one agent there, until it is lifted."""
        resources = call.actor[4] if call.actor[0] == "member" else ()
        entitled = named(call, call.rules["stop"], None) or any(
            consents(call, scope, *call.rules["flows"].values())
            for scope in (None, *(frozenset({resource}) for resource in resources))
        )
        news = [] if agent in self.facts(call.tenant).frozen else [("frozen", {"agent": agent})]
        return self._answer(call, [("NotEntitled", not entitled)], agent, *news)

    def unfreeze(self, call: Call, *, agent: str | None = None, revoke: bool = False) -> Answer:
        """Lift a freeze, with `revoke` only after a cut-off."""
        facts = self.facts(call.tenant)
        checks = [
            ("NotEntitled", not consents(call, None, *call.rules["flows"].values())),
            ("ClockBehind", facts.seen_at - call.now > TOLERANCE),
        ]
        kinds = ["cut_off"] * revoke + ["unfrozen"] * (agent in facts.frozen)
        return self._answer(call, checks, agent, *((kind, {"agent": agent}) for kind in kinds))

    def correct_clock(self, call: Call) -> Answer:
        """Set a record that is ahead of the clock back to it."""
        news: list[News] = [("clock_corrected", {})] if self.facts(call.tenant).seen_at > call.now else []
        return self._answer(call, [("NotEntitled", call.actor[0] != "system")], None, *news)

    def sweep(self, now: int, *, tenant: str | None = None, digest: str | None = None) -> Answer:
        """Record the ends that the clock has passed, in order of end and id, in one tenant or in all."""
        swept: list[tuple[str, str, str]] = []
        for name in sorted(self.logs) if tenant is None else [tenant]:
            facts = self.facts(name)
            due = [grant for grant in facts.grants.values() if grant.ended is None and grant.over(now)]
            for grant in sorted(due, key=lambda grant: (grant.end or 0, grant.gid)):
                how = "cut_off" if facts.silences(grant) else "expired"
                self._append(name, now, digest, ("ended", {"gid": grant.gid, "how": how}))
                swept.append((name, grant.gid, how))
        return "ok", swept

    def considered(self, ask: Ask) -> list[Grant]:
        """Return the held grants that are not over, and what is held of each holder's last that was over."""
        at = max(ask.now, self.facts(ask.tenant).seen_at)
        theirs = [g for g in self.facts(ask.tenant).grants.values() if g.names(ask.agent_id, ask.teams)]
        last: dict[tuple[str, str], tuple[int, str, Grant]] = {}
        for grant in theirs:
            if grant.over(at):
                over_at = min(end for end in (grant.end, grant.ended and grant.ended[1]) if end is not None)
                entry = -over_at, grant.gid, grant
                last[grant.holder] = min(entry, last.get(grant.holder, entry), key=lambda one: one[:2])
        looked_at = [grant for grant in theirs if not grant.over(at)] + [grant for *_, grant in last.values()]
        return [grant for grant in looked_at if grant.held(ask.teams, ask.act_as)]

    def _reason(self, ask: Ask, grant: Grant, facts: Facts, policies: Policies) -> str:  # noqa: C901, PLR0911
        """Return the first reason why a grant does not count, or `allowed`."""
        asked, rules = (forms(ask.action), forms(ask.resource)), ask.rules
        if grant.ended is not None:
            return grant.ended[0]
        if facts.silences(grant, ask.agent_id):
            return "cut_off"
        if grant.over(max(ask.now, facts.seen_at)):
            return "expired"
        if ask.now < grant.start:
            return "not_yet_active"
        if grant.act_as is not None and not ask.member_may:
            return "member_lacks_right"
        if grant.scope is not None and ask.resource not in grant.scope:
            return "out_of_scope"
        as_pinned = allows(layer_of(grant.policies, grant.pinned), *asked)
        if not as_pinned or not allows(layer_of(grant.policies, policies), *asked):
            restored = layer_of(grant.policies, {**grant.pinned, **policies})  # what is gone, as it was then
            return "policy_withdrawn" if as_pinned and allows(restored, *asked) else "action_not_permitted"
        for ceiling in grant.ceilings + ceilings_for(grant.capacity(ask.teams), rules, policies):
            if not allows(ceiling, *asked):
                return "over_ceiling"
        for free in grant.demands + demands_of(rules, policies):
            if not allows(free, *asked):
                return "needs_consent"  # no command of this model yields one
        entry = grant.entry or rules["flows"].get(grant.flow, {}).get("entry_required", False)
        return "entry_required" if entry else "allowed"  # nor does any enter

    def decide(self, ask: Ask) -> tuple[bool, str, str | None]:
        """Answer whether the agent may, why (not), and by which grant."""
        facts, policies = self.facts(ask.tenant), known(ask.rules)
        if None in facts.frozen or ask.agent_id in facts.frozen:
            return False, "frozen", None
        if facts.seen_at - ask.now > TOLERANCE:
            return False, "clock_rollback", None
        found = [(self._reason(ask, grant, facts, policies), grant) for grant in self.considered(ask)]
        if not found:
            return False, "no_grant", None
        reason = min((reason for reason, _ in found), key=NEAREST_FIRST.index)
        grants = [grant for given, grant in found if given == reason]
        return reason == "allowed", reason, latest(grants).gid

    def visible(self, ask: Ask, places: Iterable[str | None]) -> set[str | None]:
        """Return those of some places of a tenant that a decision would allow; `None` is the whole."""
        return {place for place in places if self.decide(ask._replace(resource=place))[0]}

    def valid_until(self, ask: Ask) -> int | None:
        """Return the first later instant at which time alone flips the answer, by trying every boundary."""
        facts, allowed = self.facts(ask.tenant), self.decide(ask)[0]
        bounds = {facts.seen_at - TOLERANCE}
        for grant in facts.grants.values():
            bounds |= {grant.start, grant.start if grant.end is None else grant.end}
        later_ones = (at for at in sorted(bounds) if at > ask.now)
        return next((at for at in later_ones if self.decide(ask._replace(now=at))[0] != allowed), None)
