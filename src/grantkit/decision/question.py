"""The question, checked: malformed input raises here and never becomes a decision."""

from datetime import datetime

import attrs

from grantkit.inputs import identifier, instance_of, instant
from grantkit.model import Agent
from grantkit.policy import Action, Resource, parse_action, parse_resource


@attrs.frozen(slots=False, eq=False)
class Question:
    """
    May this agent do this, here, now?

    Attributes:
        agent: Who asks.
        tenant: Whose data.
        action: What for.
        now: The one instant of this decision, in UTC.
        resource: On what; ``None`` is the tenant as a whole.
        act_as: As which member, if as one.
    """

    agent: Agent
    tenant: str
    action: Action
    now: datetime
    resource: Resource | None
    act_as: str | None


def ask(
    agent: Agent, tenant: str, action: str, now: datetime, *, resource: str | None, act_as: str | None
) -> Question:
    """
    Return the question, or raise for the first argument that is malformed.

    Raises:
        InvalidInput: ``agent``, ``tenant``, ``action``, ``now``, ``resource`` or ``act_as``, in that order.
    """
    if type(agent) is not Agent:
        instance_of("agent", agent, Agent)
    return Question(
        agent,
        identifier("tenant", tenant),
        parse_action("action", action),
        instant("now", now),
        None if resource is None else parse_resource("resource", resource),
        None if act_as is None else identifier("act_as", act_as),
    )
