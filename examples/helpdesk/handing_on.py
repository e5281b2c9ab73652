"""What an agent is offered who adds a colleague to a grant of theirs: whom, until when, and what has to be said."""

import attrs

from grantkit import AccessRules, Agent
from grantkit.rules import ReasonRule
from grantkit.service import GrantStatus

from . import plain
from .choices import Option, grantees, sooner
from .desk import Desk


@attrs.frozen(kw_only=True)
class Adding:
    """
    How somebody may be added to a grant.

    Attributes:
        to: Whom; the rules say who may be, and nobody adds themselves.
        ends: Until when; as long as the grant, unless something else is chosen.
        reason: What must be said.
    """

    to: tuple[Option, ...]
    ends: tuple[Option, ...]
    reason: ReasonRule


def adding_of(
    status: GrantStatus, rules: AccessRules, *, by: Agent, desk: Desk, words: plain.Words
) -> Adding | None:
    """Return how *by* may add somebody to a grant, if grantkit would let them at all."""
    flow = rules.flows.get(status.grant.flow)
    if "delegate" not in status.may or flow is None or flow.delegate is None:
        return None
    others = tuple(agent for agent in desk.agents if agent.id != by.id)
    return Adding(
        to=grantees(flow.delegate.to, others, words),
        ends=(Option("", "as long as my own access"), *sooner(desk.now(), status.grant.ends_at)),
        reason=flow.start.reason,
    )
