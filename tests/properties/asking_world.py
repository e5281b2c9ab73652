"""Two stores in lock-step with the naive model of asking: each command is given to all, each answer compared."""

import json
from collections import Counter
from datetime import timedelta
from functools import lru_cache
from typing import Any

from grantkit import AccessRules, Agent, Elapsed, Member, Scope, SupportAccess, Team
from grantkit.errors import GrantkitError
from grantkit.ports import Store
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.asking_oracle import TENANT, Actor, Asking, Law
from properties.vocabulary import T0, instant

HOUR = 3600
ZERO = instant(T0)
PLENTY = 10_000


def member(ident: str, *roles: str, tenant: str = TENANT) -> Actor:
    return "member", ident, tenant, frozenset(roles), None


def agent(ident: str, *teams: str) -> Actor:
    return "agent", ident, TENANT, frozenset(teams), None


ANA, BEN, OLI = member("m-ana", "admin", "officer"), member("m-ben", "admin"), member("m-oli", "officer")
SAM, GUS = member("x-sam", "admin"), member("m-gus", "guest")
FOREIGN = member("m-ana", "admin", "officer", tenant="globex")
KIM, LEE, SAM_TOO = agent("a-kim", "support"), agent("a-lee", "support", "lead"), agent("x-sam", "lead")
AGENTS = (KIM, LEE, SAM_TOO)
ACTORS = (ANA, BEN, OLI, SAM, GUS, FOREIGN, *AGENTS)
HOLDERS = (
    ("agent", "a-kim"),
    ("agent", "a-kim"),
    ("agent", "a-lee"),
    ("agent", "x-sam"),
    ("team", "support"),
)
POLICIES = (frozenset({"read-only", "boards"}), frozenset({"boards"}), frozenset({"read-only"}))
SCOPES = (None, None, frozenset({"project:1"}), frozenset({"project:1", "project:2"}))
SPANS = (HOUR, 2 * HOUR, 6 * HOUR, 11 * HOUR)
TICKETS = (frozenset[str](), frozenset({"T-1"}), frozenset({"T-2"}))


def flow(*steps: dict[str, Any], **changes: Any) -> Law:
    base = {
        "yields": "grant", "under": None, "start": ["vendor:*", "approvers"], "steps": list(steps),
        "to": ["agent", "team"], "policies": ["read-only", "boards"], "longest": 10 * HOUR, "amend": False,
    }  # fmt: skip
    return base | changes


def step(*by: str, count: int = 1, within: int = 4 * HOUR) -> dict[str, Any]:
    return {"by": list(by), "count": count, "within": within}


FLOWS = {
    "direct": flow(step("tenant:admin"), amend=True),
    "ask": flow(step("tenant:admin")),
    "two": flow(step("vendor:lead", within=3 * HOUR), step("tenant:admin", count=2, within=5 * HOUR)),
    "both": flow(step("tenant:officer"), step("tenant:admin")),
    "permit": flow(step("tenant:officer"), yields="consent", to=["agent", "team:support"]),
    "enter": flow(under="permit", start=["vendor:support"], to=["agent:support"]),
    "enter-asked": flow(step("tenant:admin"), under="permit", start=["vendor:support"], to=["agent:support"]),
}
LAW: Law = {"flows": FLOWS, "demands": False}
LAWS: tuple[Law, ...] = (
    LAW,
    {"flows": FLOWS, "demands": True},
    {"flows": FLOWS | {"ask": flow(step("tenant:officer"), longest=5 * HOUR)}, "demands": False},
)


def rules_of(law: Law) -> AccessRules:
    """Return one and the same rule set for the same law, so that what the library remembers by it is found at once."""
    return _rules_of(json.dumps(law))


@lru_cache(maxsize=4096)
def _rules_of(text: str) -> AccessRules:
    law = json.loads(text)

    def document(way: Law) -> dict[str, Any]:
        steps = [{**each, "within": f"PT{each['within']}S"} for each in way["steps"]]
        return {
            "yields": way["yields"], "under": way["under"], "start": {"by": way["start"]}, "steps": steps,
            "to": way["to"], "scope": {"tenant": True, "resources": ["*"]}, "policies": way["policies"],
            "ends": ["elapsed"], "longest": {"elapsed": f"PT{way['longest']}S"}, "ahead": "P1D",
            "amend": {"ends": ["elapsed"] if way["amend"] else []},
        }  # fmt: skip

    return AccessRules.from_data(
        {
            "flows": {name: document(way) for name, way in law["flows"].items()},
            "policies": {"boards": [{"effect": "allow", "action": ["board:*"], "resource": ["*"]}]},
            "demands": [{"beyond": ["read-only"], "needs": "permit"}] if law["demands"] else [],
        }
    )


def principal(actor: Actor) -> Member | Agent:
    side, ident, tenant, groups, via = actor
    if side == "agent":
        return Agent(ident, teams=set(groups), via=via)
    return Member(ident, tenant=tenant, roles=set(groups), via=via)


def scope_of(scope: frozenset[str] | None) -> Scope | None:
    return None if scope is None else Scope.only(*sorted(scope))


class Side:
    """The library over one store, with nothing left to chance."""

    def __init__(self, world: "AskingWorld", store: Store) -> None:
        self.store = store
        self.access = SupportAccess(
            store,
            clock=world.clock,
            rules=lambda _: world.rules,
            id_factory=lambda prefix: f"{prefix}{world.number}",
            salts=lambda: bytes(32),
        )

    def come_to(self, verb: str, *args: Any, **said: Any) -> Any:
        try:
            return "ok", getattr(self.access, verb)(*args, **said)
        except GrantkitError as error:
            return "refused", type(error).__name__, str(error)


class AskingWorld:
    """The model and the library over some stores."""

    def __init__(self, *stores: Store) -> None:
        self.model = Asking(LAW)
        self.clock = FakeClock(ZERO)
        self.rules = rules_of(LAW)
        self.number = 0
        self.sides = [Side(self, store) for store in (stores or (MemoryStore(),))]
        self.access = self.sides[0].access
        self.quotes: list[tuple[str, dict[str, Any], Any]] = []  # request, what was shown, the model's quote
        self.said: list[
            tuple[str, Actor, dict[str, Any], Any]
        ] = []  # approvals that counted, as they were given
        self.tally: Counter[str] = Counter()

    # --- every command ------------------------------------------------------------------------------------------------

    def same(self, verb: str, *args: Any, **said: Any) -> Any:
        """Give a command to all stores; they come to the same, to the last byte of the record."""
        first, *others = (side.come_to(verb, *args, **said) for side in self.sides)
        for other in others:
            assert first == other, f"{verb}: {first} here, {other} there"
        after = self.head
        first_record, *records = (side.store.events(TENANT, after, PLENTY) for side in self.sides)
        for record in records:
            assert first_record == record, f"{verb}: other bytes"
        self.head = after + len(first_record)
        return first

    head = 0

    def agreed(self, verb: str, wanted: Any, found: Any) -> bool:
        """Hold what the library came to against the model; return whether it happened."""
        self.tally[f"{verb} {found[0]}"] += 1
        self.tally[found[0] if found[0] == "ok" else found[1]] += 1
        if wanted[0] == "ok":
            assert found[0] == "ok", f"{verb}: the model lets it happen, the library says {found}"
        else:
            assert found[0] == "refused", (
                f"{verb}: the model refuses with {set(wanted[1])}, the library does it"
            )
            assert found[1] in wanted[1], (
                f"{verb}: the model refuses with {set(wanted[1])}, the library {found}"
            )
        return bool(wanted[0] == "ok")

    def ids(self) -> dict[str, str]:
        """Return the ids that the next command would give."""
        self.number += 1
        return {"grant": f"gr_{self.number}", "consent": f"co_{self.number}", "request": f"rq_{self.number}"}

    # --- giving and asking --------------------------------------------------------------------------------------------

    def begin(self, verb: str, by: Actor, **said: Any) -> None:
        ids = self.ids()
        kind, ident = said["holder"]
        teams = next((each[3] for each in AGENTS if each[1] == ident), frozenset[str]())
        at = self.model.at
        wanted = self.model.begin(verb, by, ids, teams=teams, **said)
        more = {} if said.get("under") is None else {"under": said["under"]}
        found = self.same(
            verb, TENANT, by=principal(by), to=Team(ident) if kind == "team" else Agent(ident, teams=set(teams)),
            flow=said["flow"], scope=scope_of(said["scope"]), policies=sorted(said["policies"]),
            ends=Elapsed(seconds=said["span"]), reason="x", tickets=sorted(said["tickets"]),
            starts=ZERO + timedelta(seconds=at + said["ahead"]) if said["ahead"] else None, **more,
        )  # fmt: skip
        if self.agreed(verb, wanted, found):
            assert wanted[1] == found[1].id

    def preview(self, rid: str) -> None:
        wanted, found = self.model.preview(rid), self.same("preview", TENANT, rid)
        if self.agreed("preview", wanted, found):
            shown = found[1]
            assert ZERO + timedelta(seconds=wanted[1][1]) == shown.ends_at
            self.quotes.append((rid, {"digest": shown.digest, "ends_by": shown.ends_at}, wanted[1]))

    def approve(self, rid: str, by: Actor, shown: dict[str, Any], quote: Any, **less: Any) -> bool:
        wanted = self.model.approve(rid, by, self.ids(), quote, **less)
        more = {
            "ends": None if less.get("span") is None else Elapsed(seconds=less["span"]),
            "policies": None if less.get("policies") is None else sorted(less["policies"]),
            "scope": scope_of(less.get("scope")),
        }
        found = self.same("approve", TENANT, rid, by=principal(by), **shown, **more)
        happened = self.agreed("approve", wanted, found)
        if happened:
            self.said.append((rid, by, shown, quote))
        return happened

    def simple(self, verb: str, by: Actor, ident: str | None) -> None:
        """Give a command that takes an id, or an agent, and no more."""
        about = {"agent": ident} if verb in ("revoke_all", "freeze", "unfreeze") else {}
        wanted = getattr(self.model, verb)(*([by] if about else [ident, by]), **about)
        found = self.same(verb, TENANT, *([] if about else [ident]), by=principal(by), **about)
        self.agreed(verb, wanted, found)

    def amend(self, gid: str, by: Actor, version: int, span: int) -> None:
        wanted = self.model.amend(gid, by, version, span)
        ends = Elapsed(seconds=span)
        self.agreed(
            "amend", wanted, self.same("amend", TENANT, gid, by=principal(by), version=version, ends=ends)
        )

    def sweep(self) -> None:
        found = [frozenset(side.access.delivery.sweep()) for side in self.sides]
        assert all(found[0] == each for each in found)
        assert self.model.sweep() == {
            (row.id, str((getattr(row, "settled", None) or getattr(row, "ended", None)).how.value))
            for row in found[0]
        }
        self.tally["swept"] += len(found[0])
        self.head += len(self.access.ledger.history(TENANT)) - self.head

    def set_clock(self, seconds: int) -> None:
        self.model.now = seconds
        self.clock.set(ZERO + timedelta(seconds=seconds))

    def set_law(self, law: Law) -> None:
        self.model.law, self.rules = law, rules_of(law)

    # --- what must hold -----------------------------------------------------------------------------------------------

    def ask(self, moments: tuple[int, ...]) -> None:
        """Compare decisions for all agents: allowed if and only if the model knows a grant that allows."""
        for who in AGENTS:
            for action in ("board:write", "wiki:read"):
                for resource in (None, "project:1"):
                    for now in moments:
                        wanted = self.model.allowing(who[1], who[3], action, resource, now)
                        at, who_asks = ZERO + timedelta(seconds=now), principal(who)
                        told = [
                            side.access.authorize(who_asks, TENANT, action, at, resource=resource)
                            for side in self.sides
                        ]
                        found = told[0]
                        assert all(
                            bool(found) is bool(each) and found.grant_id == each.grant_id for each in told
                        )
                        assert bool(wanted) is bool(found), f"model {wanted}\n{found.explain()}"
                        assert not found or found.grant_id in wanted
                        self.tally["decisions"] += 1
                        self.tally["allowed"] += bool(found)

    def check_states(self) -> None:
        """Every request, grant and consent stands where the model has it, and came about as the rules say."""
        statuses = self.access.requests(TENANT)
        wanted = {rid: self.model.state(asked) for rid, asked in self.model.requests.items()}
        assert wanted == {each.request.id: str(each.state) for each in statuses}
        rows = [each.grant for each in self.access.grants(TENANT)] + [
            each.consent for each in self.access.consents(TENANT)
        ]
        by_id = {each.id: each for each in rows}
        assert self.model.made.keys() == by_id.keys()
        for ident, one in self.model.made.items():
            end = ZERO + timedelta(seconds=one.end)
            assert (one.ended, end) == (
                by_id[ident].ended and by_id[ident].ended.how.value, by_id[ident].window.closes
            )  # fmt: skip
        asked = {each.request.id: each.request for each in statuses}
        for row in rows:
            if row.request is not None:
                self._came_about(row, asked[row.request])
        gave = [each.request.gave for each in statuses if each.request.gave is not None]
        assert len(gave) == len(set(gave))  # I-24

    def _came_about(self, row: Any, asked: Any) -> None:
        """I-10 to I-13, read from the rows alone."""
        way = self.model.requests[asked.id].way
        seats = [each["by"] for each in way["steps"] for _ in range(each["count"])]
        assert len(seats) == len(asked.approvals)
        people = [each.by.id for each in asked.approvals]
        assert len(people) == len(set(people))
        for seat, approval in zip(seats, asked.approvals, strict=True):
            assert approval.selector in seat
            assert approval.by.via is None
            groups = approval.by.teams if isinstance(approval.by, Agent) else approval.by.roles
            assert approval.selector.partition(":")[2] in groups
            own_act = approval.ends_by is None and isinstance(asked.by, Member)
            assert own_act or approval.by.id not in (asked.by.id, asked.holder.id)
            if approval.ends_by is not None and getattr(row, "version", 1) == 1:
                assert row.window.closes <= approval.ends_by
        assert set(row.policies) <= set.intersection(*map(set, self.model.requests[asked.id].policies))
        longest = way["longest"]
        assert (row.window.closes - row.starts_at if hasattr(row, "starts_at") else timedelta()) <= timedelta(
            seconds=longest
        )  # I-30
