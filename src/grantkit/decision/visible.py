"""Lists equal decisions (N9): which tenants an agent sees is asked of the same judge, row by row."""

from datetime import datetime

import attrs

from grantkit.decision.candidates import candidates
from grantkit.decision.facts import TenantFacts
from grantkit.decision.judge import blocked, chain_ended, not_live
from grantkit.decision.permits import leaves_something
from grantkit.decision.question import Question
from grantkit.decision.reasons import Reason
from grantkit.decision.verdict import first_flip, reach_verdict
from grantkit.model import Agent, Grant
from grantkit.policy import Action, Resource
from grantkit.rules import AccessRules


@attrs.frozen(kw_only=True)
class Visible:
    """
    A tenant that an agent sees.

    Attributes:
        tenant: Its id.
        tenant_wide: Whether the tenant as a whole is open, and not only *resources*.
        resources: The resources that are open by name.
        valid_until: Until when this holds at the most, by time alone; ``None`` for no bound. Ask again then.
    """

    tenant: str
    tenant_wide: bool
    resources: frozenset[str]
    valid_until: datetime | None


_ANY = Action("any", "any")


def visible(
    agent: Agent, facts: TenantFacts, rules: AccessRules, now: datetime, action: Action | None
) -> Visible | None:
    """
    Return what *agent* sees of the tenant of *facts* at *now*, or ``None`` if nothing.

    With an *action*: exactly the places for which ``authorize`` allows it, asked of the tenant as a whole and of every
    resource that a grant or policy names. Without: where some live grant of an unblocked tenant leaves something in
    every layer.
    """
    question = Question(agent, facts.head.tenant, action or _ANY, now, None, None)
    held = candidates(question, facts)
    asked: list[Resource | None] = [None, *_named(held)]
    if action is None:
        open_now = _left_open(question, facts, rules, held)
        until = min((bound for grant in held if (bound := _time_bound(question, grant))), default=None)
        found = [resource for resource in asked if any(grant.scope.covers(resource) for grant in open_now)]
        return _made(facts.head.tenant, found, until)
    questions = [attrs.evolve(question, resource=resource) for resource in asked]
    allowed = [each for each in questions if reach_verdict(each, facts, rules).reason is Reason.ALLOWED]
    flips = [flip for each in questions if (flip := first_flip(each, facts, rules)) is not None]
    return _made(facts.head.tenant, [each.resource for each in allowed], min(flips, default=None))


def _made(tenant: str, found: list[Resource | None], until: datetime | None) -> Visible | None:
    if not found:
        return None
    resources = frozenset(str(resource) for resource in found if resource is not None)
    return Visible(tenant=tenant, tenant_wide=None in found, resources=resources, valid_until=until)


def _left_open(question: Question, facts: TenantFacts, rules: AccessRules, held: list[Grant]) -> list[Grant]:
    if blocked(question, facts) is not None:
        return []
    return [
        grant
        for grant in held
        if not_live(question, facts, grant) is None
        and chain_ended(question, facts, grant) is None
        and leaves_something(grant, question.agent, rules)
    ]


def _time_bound(question: Question, grant: Grant) -> datetime | None:
    window = grant.window
    if question.now < window.starts_at:
        return window.starts_at
    return window.ends_at if isinstance(window.ends_at, datetime) else None


def _named(held: list[Grant]) -> list[Resource]:
    """Return the resources that scopes list, and those that allow statements spell out, each once and sorted."""
    scoped = {resource for grant in held for resource in grant.scope.resources}
    spelled = {
        Resource(pattern.kind, pattern.id)
        for grant in held
        for layer in grant.layers
        for policy in layer.policies
        for statement in policy.statements
        for pattern in statement.resources
        if statement.effect == "allow" and "*" not in (pattern.kind, pattern.id)
    }
    return sorted(scoped | spelled, key=str)
