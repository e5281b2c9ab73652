"""N9: lists equal decisions, place by place: named or not, over patterns, denies, ceilings and scopes of every kind."""

from itertools import product
from random import Random
from typing import Any

from hypothesis import given

from grantkit import Agent, PermissionPolicy, Scope, TenantFacts, authorize
from grantkit.decision import visible
from grantkit.model import Consent, Demand, Ended, Ending, Freeze, Grant, Head, Holder, Stance, Window
from grantkit.policy import Layer, parse_action
from grantkit.rules import AccessRules
from properties.strategies import HOUR, JOB, SEEDS, TENANT, TICK, ZERO
from properties.vocabulary import first_law, rules_of

NAMES = ("p0", "p1", "p2", "p3")
KINDS, IDS = ("project", "board"), ("1", "2")
LITERALS = tuple(f"{kind}:{ident}" for kind, ident in product(KINDS, IDS))
PATTERNS = ("*", "*", "*", *(f"{kind}:*" for kind in KINDS), *(f"*:{ident}" for ident in IDS), *LITERALS)
PLACES = (None, *(f"{kind}:{ident}" for kind, ident in product((*KINDS, "wiki"), (*IDS, "77"))))
"""The tenant as a whole, all that scopes and patterns can name, and kinds and ids that none of them ever does."""
ACTIONS = ("board:read", "wiki:write")
KIM = Agent("a-kim", teams={"support", "tech"})


class Maker:
    """Makes, from a seed, grants and rules full of patterns: small, so that they meet."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311  # repeatable on purpose

    def chance(self, percent: float) -> bool:
        return self.rng.random() * 100 < percent

    def statements(self) -> list[dict[str, Any]]:
        rng = self.rng
        effects = ["allow", *rng.choices(("allow", "deny"), k=rng.randrange(3))]
        return [
            {
                "effect": effect,
                "action": [rng.choice(("*", "*", "*:read", "board:*"))],
                "resource": sorted(
                    set(rng.choices(PATTERNS[3:] if effect == "deny" else PATTERNS, k=rng.choice((1, 1, 2))))
                ),
            }
            for effect in effects
        ]

    def layer(self, definitions: dict[str, Any], kind: str) -> Layer:
        names = self.rng.sample(NAMES, 2)[: self.rng.choice((1, 1, 2))]
        policies = (PermissionPolicy.from_data(name, definitions[name]) for name in names)
        return Layer.of(*policies, kind=kind)  # type: ignore[arg-type]

    def scope(self) -> Scope:
        return (
            Scope.whole()
            if self.chance(55)
            else Scope.only(*self.rng.sample(LITERALS, self.rng.choice((1, 2, 3))))
        )

    def world(self) -> tuple[TenantFacts, AccessRules]:
        """Return what is recorded of a tenant, and the rules of today, which are partly others than those then."""
        rng = self.rng
        then = {name: self.statements() for name in NAMES}
        today = {name: self.statements() if self.chance(15) else then[name] for name in NAMES}
        keys = [key for key in ("*", "support", "tech") if self.chance(15)]
        law = {
            **first_law(),
            "policies": today,
            "ceilings": {key: [rng.choice((*NAMES, "administrator"))] for key in (*keys, "other")}
            if keys
            else {},
            "demands": [{"beyond": [rng.choice(NAMES)], "needs": "permit"}] if self.chance(35) else [],
        }
        grants = [self.grant(number, then) for number in range(rng.choice((1, 1, 2, 3)))]
        consent = Consent(
            id="co_1", tenant=TENANT, holder=Holder("team", "support"), scope=self.scope(),
            layers=(self.layer(then, "consented"),), window=Window(ZERO - HOUR, ZERO + HOUR), flow="permit",
        )  # fmt: skip
        freeze = Freeze(JOB, ZERO, 2) if self.chance(3) else None
        head = Head(tenant=TENANT, seq=9, seen_at=ZERO, freeze=freeze)
        stances = [Stance(agent="a-kim", cut_off=2)] if self.chance(10) else []
        consents = [consent] if self.chance(50) else []
        return TenantFacts.of(*grants, head=head, stances=stances, consents=consents), rules_of(law)

    def grant(self, number: int, then: dict[str, Any]) -> Grant:
        rng = self.rng
        team = self.chance(60)
        return Grant(
            id=f"gr_{number}",
            tenant=TENANT,
            holder=Holder("team", rng.choice(("support", "tech"))) if team else Holder("agent", "a-kim"),
            as_team=None if team else rng.choice((None, "tech", "duty")),
            scope=self.scope(),
            layers=(self.layer(then, "consented"), *(self.layer(then, "ceiling") for _ in range(self.chance(25)))),
            demands=(Demand(beyond=self.layer(then, "consented"), needs="permit"),) if self.chance(25) else (),
            window=Window(ZERO + rng.choice((*[-HOUR] * 9, TICK)), ZERO + rng.choice((2 * TICK, HOUR))),
            flow="access",
            consent_seq=rng.choice((1, 5)),
            ended=Ended(Ending.REVOKED, ZERO, JOB, 7) if self.chance(7) else None,
        )  # fmt: skip


@given(SEEDS)
def test_n09_a_list_includes_exactly_what_a_decision_allows(seed: int):
    """[N9] At every place, named or not, a list says what a decision says; with nothing open there is no list."""
    facts, rules = Maker(seed).world()
    for action in ACTIONS:
        seen = visible(KIM, facts, rules, ZERO, parse_action("action", action))
        decided = {
            place: authorize(KIM, TENANT, action, ZERO, facts=facts, rules=rules, resource=place).allowed
            for place in PLACES
        }
        listed = {place: seen is not None and seen.includes(place) for place in PLACES}
        assert decided == listed
        assert any(decided.values()) == (seen is not None)


@given(SEEDS)
def test_n09_a_list_holds_until_it_says(seed: int):
    """[N9] Until a list's bound each place is as it was listed: only then need anybody ask again."""
    facts, rules = Maker(seed).world()
    seen = visible(KIM, facts, rules, ZERO, parse_action("action", ACTIONS[0]))
    if seen is None:
        return
    last = ZERO + 2 * HOUR if seen.valid_until is None else seen.valid_until - TICK
    then = [
        authorize(KIM, TENANT, ACTIONS[0], last, facts=facts, rules=rules, resource=place).allowed
        for place in PLACES
    ]
    assert [seen.includes(place) for place in PLACES] == then


def test_n09_the_worlds_above_hold_what_could_go_wrong():
    """The control: there are lists by name, by pattern alone, with exceptions, and none; wide ones and listed ones."""
    kinds = dict.fromkeys(
        ("none", "whole", "not whole", "named", "patterns alone", "some patterns", "exceptions"), 0
    )
    for seed in range(300):
        facts, rules = Maker(seed).world()
        seen = visible(KIM, facts, rules, ZERO, parse_action("action", ACTIONS[0]))
        if seen is None:
            kinds["none"] += 1
            continue
        kinds["whole" if seen.tenant_wide else "not whole"] += 1
        kinds["named"] += bool(seen.resources)
        kinds["patterns alone"] += not seen.resources and not seen.tenant_wide
        kinds["some patterns"] += any(":" in pattern for pattern in seen.patterns)
        kinds["exceptions"] += bool(seen.excluded)
    assert [kind for kind, number in kinds.items() if number < 5] == []
