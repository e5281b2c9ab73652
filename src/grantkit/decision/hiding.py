"""What an agent may not even learn (P8)."""

from grantkit.decision.candidates import candidates
from grantkit.decision.facts import TenantFacts
from grantkit.decision.judge import is_live
from grantkit.decision.question import Question
from grantkit.model import Agent
from grantkit.rules import AccessRules


def concealed(question: Question, facts: TenantFacts, rules: AccessRules) -> bool:
    """
    Whether the agent is outside the rules' ``view.status`` and no live grant of its covers what was asked.

    With no resource asked, a live grant anywhere in the tenant is enough: then the tenant is no secret.
    """
    return not may_see_status(question.agent, rules) and not any(
        question.resource is None or grant.scope.covers(question.resource)
        for grant in candidates(question, facts)
        if is_live(question, facts, grant)
    )


def may_see_status(agent: Agent, rules: AccessRules) -> bool:
    """Whether the rules let this agent know of the tenant's support access without holding any."""
    return any(
        selector.side == "vendor" and (selector.name == "*" or selector.name in agent.teams)
        for selector in rules.view.status
    )
