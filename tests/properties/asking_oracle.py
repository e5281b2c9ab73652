"""A naive model of asking, consents, demands and what rests on them: written from the design, it imports no library.

Time is in seconds, roles hold over the whole tenant, every end is a span. A command answers `("ok", id)`, or
`("refused", every refusal that applies)`.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Actor: TypeAlias = tuple[str, str, str, AbstractSet[str], str | None]  # side, id, tenant, roles or teams, via
Law: TypeAlias = Mapping[str, Any]
Holder: TypeAlias = tuple[str, str]
Scope: TypeAlias = frozenset[str] | None
Answer: TypeAlias = tuple[str, Any]
Quote: TypeAlias = tuple[Any, int]  # exact terms, and the end that was shown

TENANT = "acme"
TOLERANCE = 60
ALLOWED = {"read-only": ("*:read",), "boards": ("board:*",)}


def permits(names: Iterable[str], action: str) -> bool:
    """Tell whether some of these policies allow an action."""
    noun, _, verb = action.partition(":")
    return any(each in (f"*:{verb}", f"{noun}:*") for name in names for each in ALLOWED[name])


def inside(scope: Scope, larger: Scope) -> bool:
    """Tell whether one scope lies in another."""
    return larger is None or (scope is not None and scope <= larger)


def covers(scope: Scope, resource: str | None) -> bool:
    """Tell whether a resource lies in a scope; the whole tenant lies in the whole scope alone."""
    return scope is None or resource in scope


def named(actor: Actor, selectors: Iterable[str]) -> bool:
    """Tell whether a selector names the actor."""
    side = {"member": "tenant", "agent": "vendor"}[actor[0]]
    at_home = actor[0] == "agent" or actor[2] == TENANT
    return at_home and any(
        each == f"{side}:*" or (each.startswith(f"{side}:") and each.partition(":")[2] in actor[3])
        for each in selectors
    )


def roles(way: Law) -> frozenset[str]:
    """Return the roles that answer for the tenant in a flow."""
    found = [who.partition(":") for step in way["steps"] for who in step["by"]]
    return frozenset(name for side, _, name in found if side == "tenant")


@dataclass
class Asked:
    """A request."""

    id: str
    by: Actor
    flow: str
    way: Law
    holder: Holder
    as_team: str | None
    scope: Scope
    policies: list[frozenset[str]]
    terms: list[int]
    starts: int | None
    tickets: frozenset[str]
    parent: str | None
    lapses: int
    needs: int
    seq: int
    step: int = 0
    ends_by: int | None = None
    approved: list[str] = field(default_factory=list[str])
    beforehand: str | None = None
    settled: str | None = None

    def key(self) -> Any:
        """Return the exact terms."""
        return self.id, self.scope, tuple(self.policies), tuple(self.terms)


@dataclass
class Made:
    """A grant or a consent."""

    id: str
    consent: bool
    flow: str
    holder: Holder
    as_team: str | None
    scope: Scope
    policies: list[frozenset[str]]
    start: int
    end: int
    tickets: frozenset[str]
    parent: str | None
    roles: frozenset[str]
    granters: frozenset[str]
    demands: bool
    seq: int
    version: int = 1
    ended: str | None = None


class Asking:
    """What has happened at one tenant, the commands, and the decisions."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.now = 0
        self.seen = -(2**62)
        self.seq = 0
        self.last: Any = None
        self.frozen: set[str | None] = set()
        self.cuts: list[tuple[int, str | None]] = []
        self.requests: dict[str, Asked] = {}
        self.made: dict[str, Made] = {}

    @property
    def at(self) -> int:
        """The time of an event that happens now."""
        return max(self.now, self.seen)

    def _answer(
        self, checks: Iterable[tuple[str, bool]], actor: Actor, result: Any, through: str | None = None
    ) -> Answer:
        every = [
            *checks,
            ("ActingThroughGrant", actor[4] not in (None, through)),
            ("NotEntitled", actor[2] != TENANT and actor[0] == "member"),
            ("NotFound", actor[2] != TENANT and actor[0] == "member"),
        ]
        found = frozenset(name for name, applies in every if applies)
        return ("refused", found) if found else ("ok", result)

    def _happened(self, what: Any = None) -> int:
        self.seen = self.at
        self.seq += 1
        self.last = what
        return self.seq

    # --- what stands --------------------------------------------------------------------------------------------------

    def cut(self, seq: int, *agents: str | None) -> bool:
        """Tell whether a cut-off of all, or of one of these agents, came after."""
        return any(when >= seq and who in (None, *agents) for when, who in self.cuts)

    def over(self, one: Made, now: int, asking: str | None = None) -> bool:
        """Tell whether a grant or consent is over, whatever else."""
        holder = one.holder[1] if one.holder[0] == "agent" else None
        return one.ended is not None or self.cut(one.seq, holder, asking) or one.end <= max(now, self.seen)

    def live(self, one: Made, now: int, asking: str | None = None) -> bool:
        """Tell whether it is not over and has begun."""
        return not self.over(one, now, asking) and one.start <= now

    def state(self, asked: Asked) -> str:
        """Return where a request stands."""
        agents = [asked.by[1] if asked.by[0] == "agent" else None]
        agents += [asked.holder[1]] if asked.holder[0] == "agent" else []
        if asked.settled is not None:
            return asked.settled
        if self.cut(asked.seq, *agents):
            return "cut_off"
        return "lapsed" if asked.lapses <= self.at else "pending"

    def _blocked(self, *holders: Holder) -> list[tuple[str, bool]]:
        frozen = {None, *(ident for kind, ident in holders if kind == "agent")} & self.frozen
        return [("TenantFrozen", bool(frozen)), ("ClockBehind", self.seen - self.now > TOLERANCE)]

    # --- giving and asking --------------------------------------------------------------------------------------------

    def begin(  # noqa: C901  # everything that is refused, in one place
        self, verb: str, by: Actor, ids: Mapping[str, str], *, flow: str, holder: Holder, teams: AbstractSet[str],
        scope: Scope, policies: frozenset[str], span: int, ahead: int, tickets: frozenset[str],
        under: str | None = None,
    ) -> Answer:  # fmt: skip
        """Grant, consent, request or activate; the result is the id of what there is then."""
        way = self.law["flows"][flow]
        fits = {
            "grant": way["yields"] == "grant" and way["under"] is None,
            "consent": way["yields"] == "consent",
            "request": way["under"] is None,
            "activate": way["under"] is not None,
        }[verb]
        parent = None if under is None else self.made.get(under)
        if under is not None and (parent is None or not parent.consent):
            return "refused", frozenset(
                {"NotFound", "ActingThroughGrant", "NotEntitled", "TenantFrozen", "ClockBehind"}
            )
        if parent is not None and scope is None:
            scope = parent.scope
        kind, ident = holder
        as_team = None
        if kind == "team":
            offered = {"team", f"team:{ident}"} & set(way["to"])
        else:
            team = next((each[6:] for each in way["to"] if each.startswith("agent:")), None)
            as_team = team if "agent" not in way["to"] and team in teams else None
            offered = {"agent"} & set(way["to"]) or {as_team} - {None}
        start = self.at + ahead
        direct = verb in ("grant", "consent")
        if direct:
            begins = by[0] == "member" and named(by, way["steps"][0]["by"] if way["steps"] else ())
        else:
            begins = named(by, way["start"]) or (
                "approvers" in way["start"] and any(named(by, step["by"]) for step in way["steps"])
            )
        checks = [
            ("NotOffered", not fits or not offered or not policies <= set(way["policies"])),
            ("NotEntitled", not begins),
            ("StepsRemain", direct and sum(step["count"] for step in way["steps"]) > 1),
            ("SelfApproval", by[0] == "member" and holder == ("agent", by[1])),
            ("CapExceeded", span > way["longest"]),
            *self._blocked(holder, *([("agent", by[1])] if by[0] == "agent" and not direct else [])),
        ]
        if parent is not None:
            team = ident if kind == "team" else as_team
            theirs = parent.holder[1] == (team if parent.holder[0] == "team" else ident)
            theirs = theirs and not (parent.holder[0] == "agent" and kind == "team")
            checks += [
                ("NotOffered", way["under"] != parent.flow),
                ("ConsentMissing", not self.live(parent, self.now)),
                ("ConsentMissing", bool(parent.tickets) and not parent.tickets & tickets),
                ("ExceedsParent", not theirs or not inside(scope, parent.scope)),
            ]
        asks = verb == "request" or (verb == "activate" and bool(way["steps"]))
        answer = self._answer(checks, by, ids["request" if asks else way["yields"]])
        if answer[0] == "refused":
            return answer
        if not asks:
            granters = frozenset({by[1]}) if direct else frozenset[str]()
            end = start + span if parent is None else min(start + span, parent.end)
            self.made[answer[1]] = Made(
                answer[1], way["yields"] == "consent", flow, holder, as_team, scope, [policies], start, end, tickets,
                under, roles(way) | (parent.roles if parent else frozenset()), granters, bool(self.law["demands"]),
                self._happened(),
            )  # fmt: skip
            return answer
        first = way["steps"][0]
        asked = Asked(
            answer[1], by, flow, way, holder, as_team, scope, [policies], [span], start if ahead else None, tickets,
            under, self.at + first["within"], first["count"], 0,
        )  # fmt: skip
        seen, seq = self.seen, self.seq
        asked.seq = self._happened()
        if by[0] == "member" and any(named(by, step["by"]) for step in way["steps"]):
            asked.beforehand = by[1]
            if named(by, first["by"]):
                refused = self._count(asked, by[1], ids)
                if refused:
                    self.seen, self.seq = seen, seq
                    return "refused", refused
        self.requests[asked.id] = asked
        return answer

    def _count(self, asked: Asked, who: str, ids: Mapping[str, str]) -> frozenset[str]:
        """Count one more yes; return why what it comes to is refused, if it is."""
        needs = asked.needs - 1
        steps = asked.way["steps"]
        if not needs and asked.step + 1 == len(steps):
            parent = self.made[asked.parent] if asked.parent else None
            start, end = self.window(asked)
            clip = end if parent is None else min(end, parent.end)
            if end <= start or clip <= start:
                return frozenset({"IllegalTransition"})
            ident = ids[asked.way["yields"]]
            granters = frozenset({*asked.approved, who})
            self.made[ident] = Made(
                ident, asked.way["yields"] == "consent", asked.flow, asked.holder, asked.as_team, asked.scope,
                asked.policies, start, clip, asked.tickets, asked.parent,
                roles(asked.way) | (parent.roles if parent else frozenset()), granters, bool(self.law["demands"]),
                self._happened(),
            )  # fmt: skip
            asked.settled = "approved"
        asked.approved.append(who)
        asked.needs = needs
        if asked.beforehand == who:
            asked.beforehand = None
        if not needs and asked.settled is None:
            asked.step += 1
            opened = steps[asked.step]
            asked.needs, asked.lapses = opened["count"], self.at + opened["within"]
            early = asked.beforehand
            if early is not None and named(asked.by, opened["by"]):
                return self._count(asked, early, ids)
        return frozenset()

    def window(self, asked: Asked) -> tuple[int, int]:
        """Return when what was asked for would begin and end, if it were approved now."""
        anchor = self.at if asked.starts is None else asked.starts
        start = max(self.at, anchor)
        ends = [anchor + span for span in asked.terms] + ([] if asked.ends_by is None else [asked.ends_by])
        ends.append(start + self.law["flows"][asked.flow]["longest"])
        return start, min(ends)

    # --- answering ----------------------------------------------------------------------------------------------------

    def _undecided(self, asked: Asked) -> list[tuple[str, bool]]:
        state = self.state(asked)
        return [("RequestLapsed", state == "lapsed"), ("AlreadyDecided", state not in ("pending", "lapsed"))]

    def preview(self, rid: str) -> Answer:
        """Return the exact terms of a request and the end that an approval now would yield."""
        asked = self.requests[rid]
        start, end = self.window(asked)
        parent = self.made[asked.parent] if asked.parent else None
        clip = end if parent is None else min(end, parent.end)
        checks = [
            *self._undecided(asked),
            ("FlowChanged", self.law["flows"][asked.flow] != asked.way),
            ("ConsentMissing", parent is not None and not self.live(parent, self.now)),
            ("IllegalTransition", end <= start or clip <= start),
        ]
        refused = frozenset(name for name, applies in checks if applies)
        return ("refused", refused) if refused else ("ok", (asked.key(), clip))

    def approve(
        self, rid: str, by: Actor, ids: Mapping[str, str], quote: Quote, *, span: int | None = None,
        policies: frozenset[str] | None = None, scope: Scope = None,
    ) -> Answer:  # fmt: skip
        """Say yes to the quoted terms, or to less."""
        asked = self.requests[rid]
        terms, shown = quote
        parent = self.made[asked.parent] if asked.parent else None
        anchor = self.at if asked.starts is None else asked.starts
        left = frozenset.intersection(*asked.policies)
        checks = [
            *self._undecided(asked),
            ("NotEntitled", not named(by, asked.way["steps"][asked.step]["by"])),
            ("FlowChanged", self.law["flows"][asked.flow] != asked.way),
            ("SelfApproval", by[1] == asked.by[1] or asked.holder == ("agent", by[1])),
            ("AlreadyAnswered", by[1] in asked.approved),
            *self._blocked(asked.holder, *([("agent", by[1])] if by[0] == "agent" else [])),
            ("DigestMismatch", terms != asked.key()),
            ("ConsentMissing", parent is not None and not self.live(parent, self.now)),
            ("ExceedsRequest", policies is not None and not policies <= left),
            ("ExceedsRequest", scope is not None and not inside(scope, asked.scope)),
            ("ExceedsRequest", span is not None and anchor + span > shown),
            ("InvalidInput", shown <= self.at),
            ("InvalidInput", span is not None and anchor + span <= max(self.at, anchor)),
        ]
        answer = self._answer(checks, by, rid)
        if answer[0] == "refused":
            return answer
        kept = dict(vars(asked)), list(asked.approved), self.seen, self.seq, self.last
        if policies is not None and policies != left:
            asked.policies = [*asked.policies, policies]
        asked.scope = asked.scope if scope is None else scope
        asked.terms = asked.terms if span is None else [*asked.terms, span]
        asked.ends_by = shown if asked.ends_by is None else min(asked.ends_by, shown)
        refused = self._count(asked, by[1], ids)
        if refused:
            vars(asked).update(kept[0], approved=kept[1])
            self.seen, self.seq, self.last = kept[2:]
            return "refused", refused
        self._happened()
        return answer

    def deny(self, rid: str, by: Actor) -> Answer:
        """Say no, as whoever may answer any step."""
        asked = self.requests[rid]
        steps = [*self.law["flows"][asked.flow]["steps"], asked.way["steps"][asked.step]]
        entitled = any(named(by, step["by"]) for step in steps)
        return self._settle(asked, by, "denied", entitled=entitled)

    def withdraw(self, rid: str, by: Actor) -> Answer:
        """Take a request back, as whoever asked."""
        asked = self.requests[rid]
        return self._settle(asked, by, "withdrawn", entitled=by[:2] == asked.by[:2])

    def _settle(self, asked: Asked, by: Actor, how: str, *, entitled: bool) -> Answer:
        answer = self._answer([("NotEntitled", not entitled), *self._undecided(asked)], by, asked.id)
        if answer[0] == "ok":
            asked.settled = how
            self._happened()
        return answer

    # --- changing and stopping ----------------------------------------------------------------------------------------

    def _stops(self, by: Actor, one: Made) -> bool:
        role = one.roles | roles(self.law["flows"][one.flow])
        return by[0] == "member" and by[2] == TENANT and (bool(by[3] & role) or by[1] in one.granters)

    @staticmethod
    def _holds(by: Actor, one: Made) -> bool:
        return by[0] == "agent" and one.holder[1] in (by[3] if one.holder[0] == "team" else {by[1]})

    def amend(self, gid: str, by: Actor, version: int, span: int) -> Answer:
        """Give a grant another end."""
        one, way = self.made[gid], self.law["flows"][self.made[gid].flow]
        end = max(self.at, one.start) + span
        longer, stops = end > one.end, self._stops(by, one)
        checks = [
            ("NotEntitled", not stops and not self._holds(by, one)),
            ("StaleVersion", version != one.version),
            ("IllegalTransition", self.over(one, self.now)),
        ]
        if longer:
            checks += [
                ("TermNotOffered", not way["amend"]),
                ("CapExceeded", end > one.start + way["longest"]),
                ("NotEntitled", by[0] != "member" or not named(by, way["steps"][0]["by"])),
                ("SelfApproval", by[0] == "member" and one.holder == ("agent", by[1])),
                *self._blocked(one.holder),
            ]
        answer = self._answer(checks, by, gid)
        if answer[0] == "ok" and end != one.end:
            one.end = end
            one.version += 1
            if longer:
                one.demands = one.demands or bool(self.law["demands"])
                one.granters |= {by[1]}
            self._happened()
        return answer

    def revoke(self, ident: str, by: Actor) -> Answer:
        """Revoke a grant or a consent."""
        return self._end(
            ident,
            "revoked",
            self._answer([("NotEntitled", not self._stops(by, self.made[ident]))], by, ident),
        )

    def relinquish(self, ident: str, by: Actor) -> Answer:
        """Give a grant or a consent up."""
        checks = [("NotEntitled", not self._holds(by, self.made[ident]))]
        return self._end(ident, "relinquished", self._answer(checks, by, ident, through=ident))

    def _end(self, ident: str, how: str, answer: Answer) -> Answer:
        if answer[0] == "ok" and self.made[ident].ended is None:
            self.made[ident].ended = how
            self.made[ident].version += 1
            self._happened()
        return answer

    def _in_charge(self, by: Actor) -> bool:
        every = frozenset[str]().union(*map(roles, self.law["flows"].values()))
        return by[0] == "member" and by[2] == TENANT and bool(by[3] & every)

    def revoke_all(self, by: Actor, agent: str | None) -> Answer:
        """Cut off all, or one agent."""
        answer = self._answer([("NotEntitled", not self._in_charge(by))], by, None)
        if answer[0] == "ok" and self.last != ("cut", agent):
            self.cuts.append((self._happened(("cut", agent)), agent))
        return answer

    def freeze(self, by: Actor, agent: str | None) -> Answer:
        """Block all, or one agent."""
        answer = self._answer([("NotEntitled", not self._in_charge(by))], by, None)
        if answer[0] == "ok" and agent not in self.frozen:
            self.frozen.add(agent)
            self._happened()
        return answer

    def unfreeze(self, by: Actor, agent: str | None) -> Answer:
        """Lift a freeze."""
        behind = self.seen - self.now > TOLERANCE
        answer = self._answer([("NotEntitled", not self._in_charge(by)), ("ClockBehind", behind)], by, None)
        if answer[0] == "ok" and agent in self.frozen:
            self.frozen.discard(agent)
            self._happened()
        return answer

    def sweep(self) -> set[tuple[str, str]]:
        """Record what the clock has ended by itself; return what and how."""
        swept: set[tuple[str, str]] = set()
        for one in self.made.values():
            if one.ended is None and one.end <= self.now:
                holder = one.holder[1] if one.holder[0] == "agent" else None
                one.ended = "cut_off" if self.cut(one.seq, holder) else "expired"
                one.version += 1
                swept.add((one.id, one.ended))
        for asked in self.requests.values():
            if asked.settled is None and asked.lapses <= self.now:
                asked.settled = self.state(asked)
                swept.add((asked.id, asked.settled))
        if swept:
            self._happened()
        return swept

    # --- deciding -----------------------------------------------------------------------------------------------------

    def allowing(
        self, agent: str, teams: AbstractSet[str], action: str, resource: str | None, now: int
    ) -> set[str]:
        """Return the grants by which an agent may do something at an instant."""
        if {None, agent} & self.frozen or self.seen - now > TOLERANCE:
            return set()
        grants = [one for one in self.made.values() if not one.consent]
        return {one.id for one in grants if self._counts(one, agent, teams, action, resource, now)}

    def _counts(  # noqa: PLR0917
        self, one: Made, agent: str, teams: AbstractSet[str], action: str, resource: str | None, now: int
    ) -> bool:
        named_to = one.holder[1] in (teams if one.holder[0] == "team" else {agent})
        if not named_to or (one.as_team is not None and one.as_team not in teams):
            return False
        chain = [one] if one.parent is None else [one, self.made[one.parent]]
        if not all(self._good(each, agent, action, resource, now) for each in chain):
            return False
        if not (one.demands or self.law["demands"]) or permits({"read-only"}, action):
            return True
        capacity = {one.holder[1]} if one.holder[0] == "team" else {one.as_team} if one.as_team else teams
        return any(
            each.consent
            and each.flow == "permit"
            and each.holder[1] in (capacity if each.holder[0] == "team" else {agent})
            and self._good(each, agent, action, resource, now)
            and (not each.tickets or bool(each.tickets & one.tickets))
            for each in self.made.values()
        )

    def _good(self, one: Made, agent: str, action: str, resource: str | None, now: int) -> bool:
        may = all(permits(names, action) for names in one.policies)
        return self.live(one, now, agent) and covers(one.scope, resource) and may
