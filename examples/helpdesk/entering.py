"""
Entering and leaving: in between, an agent is in a customer's account, and the customer can read why.

Two things begin and end together. What grantkit records tells the customer who was in, and why. What the cookie says
serves this application: it shows the banner, and nobody consents to anything from in there. Neither allows anything:
each click is decided.
"""

from fastapi import Request

from grantkit import AccessDenied, Agent, Decision, Reason
from grantkit.contrib.fastapi import begin_session, end_session

from .chosen import Chosen, tickets_of
from .crm import places_of, those_that_allow
from .desk import Desk

_ENTERED = "entered"
"""What the cookie keeps besides grantkit's own: which session to leave, where and as whom."""


def go_in(request: Request, desk: Desk, agent: Agent, tenant: str, sent: Chosen) -> None:
    """
    Enter under the grant that was chosen; where none was, under the one by which the agent may look around.

    Raises:
        AccessDenied: If they could look at nothing in there, though they entered.
        GrantkitError: If grantkit does not let them enter: something must be said, or the grant is over.
    """
    try:
        may = _may_look(desk, agent, tenant)
    except AccessDenied as denied:
        # That they have not entered is not in the way of entering. Anything else is: the customer would read of a
        # session in which nothing could be seen.
        if not sent.grant or denied.decision.reason is not Reason.ENTRY_REQUIRED:
            raise
        may = {}
    session = desk.access.enter(
        tenant,
        sent.grant or str(next(iter(may.values())).grant_id),
        by=agent,
        reason=sent.reason,
        category=sent.category or None,
        tickets=tickets_of(sent.tickets),
    )
    go_out(request, desk)  # of wherever they were before: nobody is in two accounts at once
    request.session[_ENTERED] = {"tenant": tenant, "id": session.id, "agent": agent.id}
    begin_session(request, next(iter(_may_look(desk, agent, tenant).values())))


def _may_look(desk: Desk, agent: Agent, tenant: str) -> dict[str | None, Decision]:
    asked = {
        place: desk.access.authorize(agent, tenant, "invoice:list", resource=place)
        for place in places_of(desk, tenant)
    }
    return those_that_allow(asked)


def go_out(request: Request, desk: Desk) -> None:
    """Leave; right also where nobody entered, as by a bookmark."""
    end_session(request)  # first: they are out, also where the record cannot be written
    entered = request.session.pop(_ENTERED, None)
    if entered is not None:
        desk.access.leave(entered["tenant"], entered["id"], by=desk.people[entered["agent"]])
