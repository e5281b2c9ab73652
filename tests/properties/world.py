"""The library and the reference model in lock-step: every step is taken on both, every answer compared."""

from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import oracle as model
from grantkit import Agent, OpenEnded, SupportAccess, Team
from grantkit.errors import GrantkitError
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.vocabulary import (
    NOWHERE,
    RESOURCES,
    T0,
    TENANTS,
    Law,
    Question,
    Rights,
    Step,
    first_law,
    instant,
    member_may,
    micros,
    principal,
    rules_of,
    scope,
    term,
)

PLACES = (None, *RESOURCES, "project:9", "board:2")
"""Where lists are compared: the tenant as a whole, what scopes and policies name, and what nothing names."""


class Mismatch(AssertionError):
    """The library and the model do not agree."""


def _as_it_is(value: Any) -> Any:
    return value


@dataclass
class World:
    """The library and the model, side by side, over the same clock and rules."""

    store: MemoryStore = field(default_factory=MemoryStore)
    oracle: model.Oracle = field(default_factory=model.Oracle)
    law_seen: Callable[[Law], Law] = _as_it_is  # sabotage: how the library misreads the rules
    asked_at: Callable[[int], int] = _as_it_is  # sabotage: how it misreads the time
    now: int = T0
    laws: dict[str, Law] = field(default_factory=lambda: dict.fromkeys((*TENANTS, NOWHERE), first_law()))
    tally: Counter[str] = field(default_factory=Counter[str])
    next_id: str = "gr_0"
    compared: dict[str, int] = field(default_factory=dict[str, int])  # how many events of each tenant

    def __post_init__(self) -> None:
        self.clock = FakeClock(instant(self.now))
        self.rules = {tenant: rules_of(self.law_seen(law)) for tenant, law in self.laws.items()}
        self.digests = {tenant: rules_of(law).digest for tenant, law in self.laws.items()}
        self.access = SupportAccess(
            self.store,
            clock=self.clock,
            rules=self.rules.__getitem__,
            id_factory=lambda _: self.next_id,
            member_rights=Rights(),
            salts=lambda: bytes(32),  # so that the same history has the same bytes
        )

    # --- steps --------------------------------------------------------------------------------------------------------

    def take(self, step: Step) -> None:
        """Take one step on both sides and compare what came of it."""
        if step.verb == "clock":
            self.now = step.args["now"]
            self.clock.set(instant(self.now))
        elif step.verb == "rules":
            law = self.laws[step.tenant] = step.args["law"]
            self.rules[step.tenant] = rules_of(self.law_seen(law))
            self.digests[step.tenant] = rules_of(law).digest
        elif step.verb == "sweep":
            self._sweep()
        else:
            self._command(step)

    def _command(self, step: Step) -> None:
        law, args = self.laws[step.tenant], dict(step.args)
        call = model.Call(step.tenant, step.by, self.now, law, self.digests[step.tenant])
        wanted = getattr(self.oracle, step.verb)(call, **args)
        self.next_id = args.get("gid", "gr_0")
        try:
            found: Any = ("ok", self._do(step.verb, step.tenant, principal(step.by), args))
        except GrantkitError as error:
            found = ("refused", type(error).__name__)
        self.tally[f"{step.verb} {found[0]}"] += 1
        if found[0] == "refused":
            self.tally[f"{step.verb} {found[1]}"] += 1
            agreed = wanted[0] == "refused" and found[1] in wanted[1]
        else:
            agreed = found == wanted
        if not agreed:
            raise Mismatch(f"{step.verb}: library {found}, model {wanted}")
        self._same_record(step.tenant)

    def do(self, step: Step) -> Any:
        """Give a command to the library alone."""
        self.next_id = step.args.get("gid", "gr_0")
        return self._do(step.verb, step.tenant, principal(step.by), dict(step.args))

    def _do(self, verb: str, tenant: str, by: Any, args: dict[str, Any]) -> Any:
        access = self.access
        match verb:
            case "grant":
                kind, ident = args["holder"]
                return access.grant(
                    tenant,
                    by=by,
                    to=Team(ident) if kind == "team" else Agent(ident, teams=set(args["holder_teams"])),
                    as_team=args["as_team"],
                    flow=args["flow"],
                    scope=scope(args["scope"]),
                    policies=sorted(args["policies"]),
                    act_as=args["act_as"],
                    starts=None if args["start"] is None else instant(args["start"]),
                    ends=term(args["end"]),
                    reason=args["reason"],
                    word=args["word"],
                ).id
            case "amend":
                policies, end = args["policies"], args["end"]
                return access.amend(
                    tenant,
                    args["gid"],
                    by=by,
                    version=args["version"],
                    ends=None if end is None else term(end),
                    policies=None if policies is None else sorted(policies),
                    word=args["word"],
                ).version
            case "revoke":
                return access.revoke(tenant, args["gid"], by=by, word=args["word"]).id
            case "relinquish":
                return access.relinquish(tenant, args["gid"], by=by).id
            case "correct_clock":
                return access.ledger.correct_clock(tenant, by=by)
            case _:
                getattr(access, verb)(tenant, by=by, **args)
                return args["agent"]

    def _sweep(self) -> None:
        swept = sorted(
            (grant.tenant, grant.id, grant.ended.how.value)
            for grant in self.access.delivery.sweep()
            if grant.ended
        )
        wanted = []
        for tenant in list(self.oracle.logs):
            wanted += self.oracle.sweep(self.now, tenant=tenant, digest=self.digests[tenant])[1]
        self.tally["sweep ok"] += 1
        self.tally["swept"] += len(swept)
        if swept != sorted(wanted):
            raise Mismatch(f"sweep: library {swept}, model {sorted(wanted)}")
        for tenant in self.oracle.logs:
            self._same_record(tenant)

    # --- the record ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Compare every record from its first event on; after a step only what is new in it has been."""
        self.compared.clear()
        for tenant in self.oracle.logs:
            self._same_record(tenant)

    def _same_record(self, tenant: str) -> None:
        known = self.compared.get(tenant, 0)
        found = self._events(tenant, known)
        self._same(f"events of {tenant}", found, self._modelled_events(tenant, known))
        self.compared[tenant] = known + len(found)
        self._same(f"grants of {tenant}", self._grants(tenant), self._modelled_grants(tenant))

    def _same(self, what: str, found: Any, wanted: Any) -> None:
        self.tally["records"] += 1
        if found != wanted:
            raise Mismatch(f"{what}: library {found}, model {wanted}")

    def _events(self, tenant: str, known: int) -> list[tuple[int, str, int | None]]:
        names = {"revoked": "ended", "relinquished": "ended"}
        return [
            (
                event.seq,
                names.get(event.kind, event.kind),
                None if event.kind == "clock_corrected" else micros(event.at),
            )
            for event in self.access.ledger.history(tenant, after=known)
        ]

    def _modelled_events(self, tenant: str, known: int) -> list[tuple[int, str, int | None]]:
        return [
            (event.seq, event.kind, None if event.kind == "clock_corrected" else event.time)
            for event in self.oracle.logs.get(tenant, [])[known:]
        ]

    def _grants(self, tenant: str) -> list[tuple[Any, ...]]:
        return [
            (
                grant.id, grant.version, micros(grant.starts_at),
                None if isinstance(grant.ends_at, OpenEnded) else micros(grant.ends_at),
                frozenset(grant.policies), grant.ended and (grant.ended.how.value, micros(grant.ended.at)), str(state),
            )
            for grant, state in ((status.grant, status.state) for status in self.access.grants(tenant))
        ]  # fmt: skip

    def _modelled_grants(self, tenant: str) -> list[tuple[Any, ...]]:
        facts = self.oracle.facts(tenant)
        return [
            (
                grant.gid,
                grant.version,
                grant.start,
                grant.end,
                grant.policies,
                grant.ended,
                state_of(grant, facts, self.now),
            )
            for grant in facts.grants.values()
        ]

    # --- questions ----------------------------------------------------------------------------------------------------

    def modelled(self, question: Question) -> model.Ask:
        """Return a question as the model takes it."""
        may = question.act_as is not None and member_may(question.act_as, question.action, question.resource)
        agent, teams, tenant, action, resource, now, act_as = question
        return model.Ask(agent, teams, tenant, action, resource, now, self.laws[tenant], act_as, may)

    def ask(self, question: Question, *, until: bool = False) -> None:
        """Compare one decision: whether, why, by which grant; and, if asked, until when."""
        agent, teams, tenant, action, resource, now, act_as = question
        decision = self.access.authorize(
            _agent(agent, frozenset(teams)),
            tenant,
            action,
            instant(self.asked_at(now)),
            resource=resource,
            act_as=act_as,
        )
        asked = self.modelled(question)
        found = (bool(decision), str(decision.reason), decision.grant_id)
        wanted = self.oracle.decide(asked)
        self.tally["decisions"] += 1
        self.tally[found[1]] += 1
        if found != wanted:
            raise Mismatch(f"{question}: library {found}, model {wanted}\n  {decision.explain()}")
        if until:
            self.tally["valid_until"] += 1
            flips = None if decision.valid_until is None else micros(decision.valid_until)
            if flips != self.oracle.valid_until(asked):
                raise Mismatch(
                    f"valid_until of {question}: library {flips}, model {self.oracle.valid_until(asked)}"
                )

    def list(self, agent: str, teams: AbstractSet[str], now: int, action: str) -> None:
        """Compare the tenants that an agent sees, and where in them."""
        seen = self.access.visible_tenants(_agent(agent, frozenset(teams)), instant(now), action=action)
        found = {each.tenant: {place for place in PLACES if each.includes(place)} for each in seen}
        wanted = {
            tenant: self.oracle.visible(
                model.Ask(agent, teams, tenant, action, None, now, self.laws[tenant]), PLACES
            )
            for tenant in self.oracle.logs
        }
        self.tally["lists"] += 1
        if found != {tenant: places for tenant, places in wanted.items() if places}:
            raise Mismatch(
                f"visible to {agent} {sorted(teams)} at {now} for {action}: library {found}, model {wanted}"
            )


@lru_cache(maxsize=64)
def _agent(ident: str, teams: frozenset[str]) -> Agent:
    return Agent(ident, teams=teams)


def state_of(grant: model.Grant, facts: model.Facts, now: int) -> str:
    """Return where the model says that a grant stands."""
    if grant.ended is not None:
        return grant.ended[0]
    if facts.silences(grant):
        return "cut_off"
    if grant.over(max(now, facts.seen_at)):
        return "expired"
    return "scheduled" if now < grant.start else "live"
