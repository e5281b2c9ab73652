"""
The vendor's own page: a lead suspends an agent everywhere, and lets them back in.

Who may do that is the application's to say, and grantkit does not ask: here it takes the team of leads.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response, status
from fastapi.responses import RedirectResponse

from grantkit import VENDOR, Agent, Reason
from grantkit.model import Event, Reinstated, Suspended

from .desk import Desk, desk_of
from .pages import LEADS, page
from .people import signed_in_agent
from .plain import Words
from .reasons import REASONS

router = APIRouter(prefix="/vendor")

TheDesk = Annotated[Desk, Depends(desk_of)]


def working_agent(desk: TheDesk, agent: Annotated[Agent, Depends(signed_in_agent)]) -> Agent:
    """
    Return the agent who is signed in, for the pages on which they find work; whoever is suspended finds none.

    That is only the page. Their clicks are denied, and their forms refused, by grantkit.

    Raises:
        HTTPException: 403.
    """
    if agent.id in suspended(desk):
        raise HTTPException(status.HTTP_403_FORBIDDEN, REASONS[Reason.SUSPENDED])
    return agent


Working = Annotated[Agent, Depends(working_agent)]


def lead(agent: Working) -> Agent:
    """
    Return the lead who is signed in.

    Raises:
        HTTPException: 403.
    """
    if LEADS not in agent.teams:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This page is for leads.")
    return agent


Lead = Annotated[Agent, Depends(lead)]


def agent_of_path(desk: TheDesk, id: Annotated[str, Path()]) -> str:
    """
    Return the agent of the path, by id. grantkit takes any: a slip of the pen must not look like a suspension.

    Raises:
        HTTPException: 404.
    """
    if not isinstance(desk.people.get(id), Agent):
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return id


Whom = Annotated[str, Depends(agent_of_path)]


def suspended(desk: Desk) -> Mapping[str, Event]:
    """Return who is suspended, by id, and by which event of the vendor's own record."""
    found: dict[str, Event] = {}
    for event in desk.access.ledger.history(VENDOR):
        if isinstance(event.body, Suspended):
            found[event.body.agent] = event
        elif isinstance(event.body, Reinstated):
            found.pop(event.body.agent, None)
    return found


@router.get("")
def agents(request: Request, desk: TheDesk, _: Lead) -> Response:
    """Show every agent, and whether they are suspended."""
    words = Words(zone="UTC", name_of=desk.name_of, places={})
    return page(request, "vendor.html", suspended=suspended(desk), words=words)


@router.post("/agents/{id}/suspend")  # noqa: FAST003  # its dependency takes the id
def suspend(desk: TheDesk, by: Lead, whom: Whom, reason: Annotated[str, Form()] = "") -> Response:
    """Shut an agent out of every customer's account, from the next click on."""
    desk.access.suspend(whom, by=by, reason=reason)
    return RedirectResponse("/vendor", status.HTTP_303_SEE_OTHER)


@router.post("/agents/{id}/reinstate")  # noqa: FAST003  # its dependency takes the id
def reinstate(desk: TheDesk, by: Lead, whom: Whom) -> Response:
    """Let them back in: what still stands counts again."""
    desk.access.reinstate(whom, by=by)
    return RedirectResponse("/vendor", status.HTTP_303_SEE_OTHER)
