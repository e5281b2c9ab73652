"""Laws of asking and answering: requests, consents and what rests on them come to the same over every store."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from grantkit.model import Agent, Elapsed, Member, System, Team
from grantkit.rules import AccessRules
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.commands import Call, Door, played

T = TypeVar("T")

_TENANTS = ("acme", "acme", "acme", "acme", "acme", "Acme")
_KIM = Agent("a-kim", teams={"support", "tech"}, name="Kim \u00e9")
_LEE = Agent("a-lee", teams={"support"}, name="Lee e\u0301")
_ADMINS = {"by": ["tenant:admin"], "channels": ["in_product", "mail"], "within": "P9D"}
_ENDS = {"ends": ["elapsed"], "longest": {"elapsed": "P90D"}, "policies": ["read-only", "*"]}
_RULES = AccessRules.from_data(
    {
        "name": "asking",
        "flows": {
            "ask": {
                **_ENDS,
                "start": {"by": ["vendor:support", "tenant:admin"]},
                "steps": [_ADMINS, _ADMINS],
                "to": ["agent:support", "team:support"],
            },
            "written": {
                **_ENDS,
                "yields": "consent",
                "start": {"by": ["approvers", "vendor:support"]},
                "steps": [_ADMINS],
                "to": ["agent:support", "team:support"],
            },
            "enter": {
                **_ENDS,
                "under": "written",
                "steps": [],
                "start": {"by": ["vendor:support"]},
                "to": ["agent:support", "team:support"],
            },
        },
        "demands": [{"beyond": ["read-only"], "needs": "written"}],
    }
)


def answers_come_to_the_same(bench: Bench) -> None:
    """Any sequence of asking, answering, consenting and relying on it comes to the results of a MemoryStore."""
    played(bench, _Asker(bench.random), _RULES)


class _Asker:
    """Invents questions and answers; which request or consent they are about is chosen at the door."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._made = 0

    def command(self) -> Call:
        """Invent a command."""
        verbs: dict[Callable[[str], Call], int] = {
            self._request: 7, self._approve: 12, self._settle: 2, self._consent: 3, self._activate: 6, self._end: 2,
            self._brake: 1, self._later: 3, self._sweep: 2, self._erase: 1, self._forget: 1,
        }  # fmt: skip
        verb = self._dice.choices(list(verbs), list(verbs.values()))[0]
        return verb(self._dice.choice(_TENANTS))

    def _member(self, tenant: str) -> Member:
        return Member(
            self._dice.choice(("m-ana", "m-bob", "m-cy")), tenant=tenant, roles={"admin"}, name="Ana"
        )

    def _said(self) -> dict[str, Any]:
        dice = self._dice
        self._made += 1
        return {
            "ends": Elapsed(seconds=3600 * dice.randrange(1, 90) + self._made),
            "reason": dice.choice(("Boards missing", "cafe\u0301 100%_")),
            "key": dice.choice((None, None, None, "k-1", f"k-{dice.randrange(9)}")),
        }

    def _request(self, tenant: str) -> Call:
        dice = self._dice
        by, flow = dice.choice((_KIM, _LEE, self._member(tenant))), dice.choice(("ask", "ask", "written"))
        said: dict[str, Any] = {
            **self._said(),
            "by": by,
            "flow": flow,
            "to": _LEE if isinstance(by, Member) else dice.choice((None, Team("support"))),
            "policies": dice.choice((None, ["administrator"])),
        }
        return f"request {tenant} {said}", lambda door: door.access.request(tenant, **said)

    def _approve(self, tenant: str) -> Call:
        dice = self._dice
        pick, by, mail = dice.randrange(99), self._member(tenant), dice.random() < 1 / 4
        how = {"channel": "mail", "reference": "Re: access "} if mail else {}
        shorter = Elapsed(hours=3) if dice.random() < 1 / 6 else None

        def approve(door: Door) -> object:
            asked = _one([each.request for each in door.access.requests(tenant, states={"pending"})], pick)
            if asked is None:
                return None
            shown = door.access.preview(tenant, asked.id, by=by)
            agreed: dict[str, Any] = {
                "digest": shown.digest,
                "ends_by": shown.ends_at,
                "ends": shorter,
                **how,
            }
            return (str(shown), door.access.approve(tenant, asked.id, by=by, **agreed))

        return f"approve {pick} at {tenant} by {by.id} {how} {shorter}", approve

    def _settle(self, tenant: str) -> Call:
        pick, agent = self._dice.randrange(99), self._dice.choice((_KIM, _LEE))
        by, verb = self._dice.choice(((self._member(tenant), "deny"), (agent, "withdraw")))

        def settle(door: Door) -> object:
            asked = _one([each.request for each in door.access.requests(tenant)], pick)
            return None if asked is None else getattr(door.access, verb)(tenant, asked.id, by=by)

        return f"{verb} {pick} at {tenant} by {by.id}", settle

    def _consent(self, tenant: str) -> Call:
        said: dict[str, Any] = {
            **self._said(),
            "by": self._member(tenant),
            "flow": "written",
            "to": Team("support"),
        }
        said["policies"] = self._dice.choice((None, ["administrator"]))
        return f"consent {tenant} {said}", lambda door: door.access.consent(tenant, **said)

    def _activate(self, tenant: str) -> Call:
        pick, by = self._dice.randrange(99), self._dice.choice((_KIM, _LEE))
        said: dict[str, Any] = {**self._said(), "by": by, "flow": "enter"}
        states = self._dice.choice((None, {"live"}, {"live"}))

        def activate(door: Door) -> object:
            consent = _one([each.consent for each in door.access.consents(tenant, states=states)], pick)
            if consent is None:
                return None
            contact = consent.approvals[0].by.id
            to = Team(consent.holder.id) if consent.holder.kind == "team" else None
            made = door.access.activate(
                tenant, under=consent.id, contact=contact, to=to, policies=consent.policies, **said
            )
            decision = door.access.authorize(by, tenant, "board:read")
            return (made, decision.to_dict(), decision.explain())

        return f"activate {pick} at {tenant} {said}", activate

    def _end(self, tenant: str) -> Call:
        pick, by = self._dice.randrange(99), self._member(tenant)

        def end(door: Door) -> object:
            made = [each.consent.id for each in door.access.consents(tenant)]
            made += [each.grant.id for each in door.access.grants(tenant)]
            ident = _one(made, pick)
            return None if ident is None else door.access.revoke(tenant, ident, by=by)

        return f"revoke {pick} at {tenant}", end

    def _brake(self, tenant: str) -> Call:
        by, agent = self._member(tenant), self._dice.choice((None, "a-lee"))
        return f"revoke_all {tenant} {agent}", lambda door: door.access.revoke_all(tenant, by=by, agent=agent)

    def _later(self, _: str) -> Call:
        hours = self._dice.choice((1, 5, 24, 99))
        return f"{hours} hours later", lambda door: door.clock.advance(hours=hours, microseconds=1)

    def _sweep(self, _: str) -> Call:
        limit = self._dice.choice((1, 99))
        return f"sweep {limit}", lambda door: door.access.delivery.sweep(limit=limit)

    def _erase(self, tenant: str) -> Call:
        events = tuple(self._dice.sample(range(1, 12), 2))
        return f"erase {tenant} {events}", lambda door: door.access.ledger.erase(
            tenant, by=System("keeper"), events=events
        )

    def _forget(self, _: str) -> Call:
        gone = "Acme"  # not where most of it happens
        return f"forget {gone}", lambda door: door.access.ledger.forget_tenant(gone, by=System("keeper"))

    def questions(self) -> tuple[Call, ...]:
        """Invent what is asked after a command."""
        dice = self._dice
        agent, action = dice.choice((_KIM, _LEE)), dice.choice(("board:read", "board:write"))
        tenant = dice.choice(_TENANTS)
        return (
            (
                f"authorize {agent} {tenant} {action}",
                lambda door: door.access.authorize(agent, tenant, action),
            ),
            (f"requests of {tenant}", lambda door: door.access.requests(tenant)),
            (f"consents of {tenant}", lambda door: door.access.consents(tenant)),
            (f"visible to {agent}", lambda door: door.access.visible_tenants(agent, action=action)),
        )


def _one(found: Sequence[T], pick: int) -> T | None:
    return found[pick % len(found)] if found else None


LAWS = (answers_come_to_the_same,)
