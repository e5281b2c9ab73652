"""I-8, I-9: nothing allows but a grant; what blocks, and any error, denies."""

from datetime import datetime
from typing import NoReturn

import attrs
from hypothesis import given
from hypothesis import strategies as st

from grantkit import PermissionPolicy, Reason, Scope, TenantFacts, authorize
from grantkit.decision import Decision, Question, reach_verdict
from grantkit.model import Freeze, Grant, Head, Stance
from grantkit.policy import Layer
from properties.strategies import (
    FEWER,
    INSTANTS,
    JOB,
    KIM,
    PRESENT,
    QUESTIONS,
    SEEDS,
    TENANT,
    ZERO,
    asked,
    facts,
    good_grants,
    grid,
    past,
)
from properties.vocabulary import NOWHERE, TENANTS


def decided(question: Question, known: TenantFacts) -> Decision:
    return Decision(question, known, PRESENT, reach_verdict(question, known, PRESENT))


@given(QUESTIONS)
def test_i08_with_no_grant_everything_is_denied(question: Question):
    """Nobody may do anything anywhere while nothing is recorded."""
    assert Reason.NO_GRANT is decided(question, TenantFacts.of(tenant=TENANT)).reason


@given(facts(), QUESTIONS)
def test_i08_an_allow_names_a_grant_that_allows_by_itself(known: TenantFacts, question: Question):
    """An allow names one of the grants there are, and that grant, by itself, gives the same answer."""
    decision = decided(question, known)
    if decision.allowed:
        assert decision.grant in known.grants
        alone = attrs.evolve(known, grants=(decision.grant,))
        assert decided(question, alone).allowed
    else:
        each_alone = [attrs.evolve(known, grants=(grant,)) for grant in known.grants]
        assert [] == [one.grants[0].id for one in each_alone if decided(question, one).allowed]


@FEWER
@given(SEEDS)
def test_i08_what_no_consent_was_given_to_is_denied(seed: int):
    """After any history a tenant without consent denies everything, and unknown is no different from empty."""
    world = past(seed, 30)
    for agent, action, resource in grid(seed):
        for tenant in (NOWHERE, *TENANTS):
            decision = world.access.authorize(agent, tenant, action, resource=resource)
            granted = any(event.kind == "granted" for event in world.access.ledger.history(tenant))
            assert granted or not decision


@given(good_grants(), good_grants(), INSTANTS)
def test_i09_a_deny_statement_silences_its_own_grant_only(one: Grant, other: Grant, now: datetime):
    """A policy that denies takes its own grant out of the union and leaves the other as it was."""
    denying = PermissionPolicy.from_data(
        "no-board", [{"effect": "deny", "action": ["board:*"], "resource": ["*"]}]
    )
    layer = Layer.of(*one.layers[0].policies, denying)
    silenced = attrs.evolve(one, id="gr_silenced", layers=(layer,))
    question = asked(now)
    assert not decided(question, TenantFacts.of(silenced)).allowed
    together = decided(question, TenantFacts.of(silenced, other)).allowed
    assert decided(question, TenantFacts.of(other)).allowed == together


@given(facts(), QUESTIONS, st.booleans())
def test_i09_a_freeze_denies_whatever_grants_stand(known: TenantFacts, question: Question, everybody: bool):
    """A freeze of the tenant, or of the asking agent, denies at every instant."""
    freeze = Freeze(JOB, ZERO, 1)
    if everybody:
        frozen = attrs.evolve(known, head=attrs.evolve(known.head, freeze=freeze))
    else:
        stance = Stance(agent=question.agent.id, freeze=freeze)
        frozen = attrs.evolve(known, stances={**known.stances, question.agent.id: stance})
    assert Reason.FROZEN is decided(question, frozen).reason


@given(facts(), QUESTIONS)
def test_i09_a_suspension_denies_whatever_grants_stand(known: TenantFacts, question: Question):
    """A suspended agent is denied before anything else is looked at."""
    assert (
        Reason.SUSPENDED
        is decided(question, attrs.evolve(known, suspended=frozenset({question.agent.id}))).reason
    )


@given(facts(), QUESTIONS)
def test_i09_a_guardrail_denies_whatever_grants_stand(known: TenantFacts, question: Question):
    """What the ceiling of everybody does not allow, no grant allows."""
    shut = attrs.evolve(PRESENT, ceilings={"*": ("read-only",)})
    if reach_verdict(question, known, shut).reason is Reason.ALLOWED:
        assert question.action.verb in ("read", "list")


class Hostile:
    """A value that raises whatever it is asked: a row that a broken store might hand back."""

    def __init__(self, only: str | None = None, base: Grant | None = None) -> None:
        self.__dict__["_only"], self.__dict__["_base"] = only, base

    def __getattr__(self, name: str) -> object:
        if self._base is None or name == self._only:
            raise RuntimeError(name)
        return getattr(self._base, name)

    def __iter__(self) -> NoReturn:
        raise RuntimeError


FIELDS = (
    "tenant", "holder", "act_as", "as_team", "scope", "layers", "window", "ended", "consent_seq", "parent", "demands",
    "entry_required", "flow",
)  # fmt: skip


@given(good_grants(), INSTANTS, st.sampled_from((None, *FIELDS)))
def test_i09_an_error_in_one_grant_silences_that_grant_only(grant: Grant, now: datetime, broken: str | None):
    """A row that raises when it is judged is no allow, raises nothing outside, and leaves other grants alone."""
    hostile = Hostile(broken, attrs.evolve(grant, id="gr_hostile") if broken else None)
    question = asked(now)
    broken_facts = attrs.evolve(TenantFacts.of(tenant=TENANT), grants=(hostile,))
    assert not decided(question, broken_facts)
    for rows in ((hostile, grant), (grant, hostile)):
        beside = attrs.evolve(TenantFacts.of(tenant=TENANT), grants=rows)
        alone = decided(question, TenantFacts.of(grant))
        together = decided(question, beside)
        assert alone.allowed == together.allowed
        assert not together.allowed or grant.id == together.grant_id


@given(good_grants(), INSTANTS, st.sampled_from(["head", "stances"]))
def test_i09_an_error_in_what_blocks_everything_denies(grant: Grant, now: datetime, broken: str):
    """Where freezes, cut-offs or the record's time cannot be read, the answer is a deny, and no exception."""
    hostile = Hostile(
        "seen_at" if broken == "head" else None, Head(tenant=TENANT) if broken == "head" else None
    )
    known = attrs.evolve(TenantFacts.of(grant), **{broken: hostile})
    assert Reason.STORE_UNAVAILABLE is decided(asked(now), known).reason


@given(good_grants(), INSTANTS)
def test_i09_facts_of_another_tenant_deny(grant: Grant, now: datetime):
    """Facts of another tenant say nothing here, and neither do rows that a store mixed in from one."""
    foreign = attrs.evolve(grant, tenant="globex")
    assert not authorize(KIM, TENANT, "board:read", now, facts=TenantFacts.of(foreign), rules=PRESENT)
    mixed = attrs.evolve(TenantFacts.of(tenant=TENANT), grants=(foreign,))
    assert Reason.NO_GRANT is authorize(KIM, TENANT, "board:read", now, facts=mixed, rules=PRESENT).reason


@given(good_grants(scope=st.just(Scope.whole())), INSTANTS)
def test_i09_an_empty_layer_allows_nothing(grant: Grant, now: datetime):
    """A grant left with no policy, or under a ceiling of none, allows nothing."""
    for layers in ((Layer.of(),), (*grant.layers, Layer.of(kind="ceiling"))):
        empty = attrs.evolve(grant, layers=layers)
        assert not decided(asked(now), TenantFacts.of(empty))
