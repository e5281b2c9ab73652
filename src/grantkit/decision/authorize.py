"""The front of the room: ``authorize``, pure."""

from datetime import datetime

from grantkit.decision.decision import Decision
from grantkit.decision.facts import TenantFacts
from grantkit.decision.question import ask
from grantkit.decision.verdict import reach_verdict
from grantkit.inputs import instance_of
from grantkit.model import Agent
from grantkit.rules import AccessRules

SAFE = AccessRules()


def authorize(
    agent: Agent,
    tenant: str,
    action: str,
    now: datetime,
    *,
    facts: TenantFacts,
    rules: AccessRules = SAFE,
    resource: str | None = None,
    act_as: str | None = None,
) -> Decision:
    """
    Decide whether *agent* may do *action* at *tenant* at the instant *now*.

    Pure, deterministic and total: the same arguments always give the same decision, whatever the machine's zone, locale
    or order of rows. Windows are half-open: at the start instant access begins, at the end instant it is over.

    Args:
        agent: Who asks, with the teams that the host says they are in.
        tenant: Whose data.
        action: ``noun:verb``.
        now: An aware datetime; believed, so pass one reading of one clock.
        facts: What the record says; ``TenantFacts.of(*grants)`` in tests.
        rules: The rules in force for the tenant today.
        resource: ``kind:id``, or ``None`` for the tenant as a whole.
        act_as: The member as whom the agent would act, if as one.

    Raises:
        InvalidInput: If an argument is malformed, naming it. Never a decision, and never an allow.
    """
    question = ask(agent, tenant, action, now, resource=resource, act_as=act_as)
    instance_of("facts", facts, TenantFacts)
    instance_of("rules", rules, AccessRules)
    return Decision(question, facts, rules, reach_verdict(question, facts, rules))
