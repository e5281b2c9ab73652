"""The agent's pages: where they may enter, what they wait for, and how they ask."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request, Response, status
from fastapi.responses import RedirectResponse

from grantkit import Agent
from grantkit.contrib.fastapi import end_session

from .agent_rows import Rows
from .chosen import Chosen, arguments
from .crm import MayList, enter
from .desk import Desk, Tenant, desk_of
from .pages import page
from .people import signed_in_agent

router = APIRouter()

TheDesk = Annotated[Desk, Depends(desk_of)]
TheAgent = Annotated[Agent, Depends(signed_in_agent)]
InPath = Annotated[str, Path()]
Sent = Annotated[Chosen, Form()]


class Activation(Chosen):
    """What was chosen on the form that activates a consent: which consent, and who gave it as far as one knows."""

    under: str
    contact: str


def tenant_seen(desk: TheDesk, agent: TheAgent, tenant: InPath) -> Tenant:
    """
    Return the customer of the path, as far as *agent* may know that it is there.

    Raises:
        AccessDenied: If it is hidden, or not there: the answer is the same 404.
    """
    decision = desk.access.authorize(
        agent, tenant, "invoice:list"
    )  # what is hidden is hidden whatever is asked
    if decision.conceal:
        decision.require()
    return desk.tenants[tenant]


Seen = Annotated[Tenant, Depends(tenant_seen)]


@router.get("/workspaces")
def workspaces(request: Request, desk: TheDesk, agent: TheAgent) -> Response:
    """Show where an agent may enter, what they wait for, and whom they may ask."""
    open_now = {each.tenant for each in desk.access.visible_tenants(agent, action="invoice:list")}
    # Of a customer who hides there is nothing to show: the lists are told who looks.
    rows = [Rows(desk, agent, tenant, tenant.id in open_now) for tenant in desk.tenants.values()]
    return page(
        request,
        "workspaces.html",
        grants=[row for each in rows for row in each.grants],
        consents=[row for each in rows for row in each.consents],
        asked=[row for each in rows for row in each.asked],
        answered=[row for each in rows for row in each.answered],
        may_ask=[each.tenant for each in rows if each.forms],
    )


@router.get("/workspaces/{tenant}/ask")
def ask(request: Request, desk: TheDesk, agent: TheAgent, tenant: Seen) -> Response:
    """Show a form for each flow by which an agent may ask; where there is none, say so."""
    return page(request, "ask.html", tenant=tenant, forms=Rows(desk, agent, tenant).forms, kept=Chosen())


@router.post("/workspaces/{tenant}/requests")
def send_request(desk: TheDesk, agent: TheAgent, tenant: Seen, sent: Sent) -> Response:
    """Ask."""
    desk.access.request(tenant.id, by=agent, **_given(desk, tenant, sent))
    return _back()


@router.post("/workspaces/{tenant}/requests/{id}/withdraw")
def withdraw(desk: TheDesk, agent: TheAgent, tenant: InPath, id: InPath) -> Response:
    """Take a request back."""
    desk.access.withdraw(tenant, id, by=agent)
    return _back()


@router.post("/workspaces/{tenant}/activate")
def activate(desk: TheDesk, agent: TheAgent, tenant: Seen, sent: Annotated[Activation, Form()]) -> Response:
    """Open a grant under a consent, naming who gave it: grantkit refuses if that was somebody else."""
    desk.access.activate(
        tenant.id, by=agent, under=sent.under, contact=sent.contact, **_given(desk, tenant, sent)
    )
    return _back()


@router.post("/workspaces/{tenant}/grants/{id}/relinquish")
def relinquish(desk: TheDesk, agent: TheAgent, tenant: InPath, id: InPath) -> Response:
    """Give a grant back, also from inside the session that runs under it."""
    desk.access.relinquish(tenant, id, by=agent)
    return _back()


@router.post("/workspaces/{tenant}/enter")
def go_in(request: Request, tenant: InPath, may: MayList) -> Response:
    """Enter: from here on the agent's session runs under a grant, until they leave."""
    enter(request, next(iter(may.values())))
    return RedirectResponse(f"/crm/{tenant}/invoices", status.HTTP_303_SEE_OTHER)


@router.post("/leave")
def leave(request: Request) -> Response:
    """Leave: the agent is themselves again."""
    end_session(request)
    return _back()


def _given(desk: Desk, tenant: Tenant, sent: Chosen) -> dict[str, Any]:
    return arguments(sent, agents={each.id: each for each in desk.agents}, zone=tenant.zone)


def _back() -> Response:
    return RedirectResponse("/workspaces", status.HTTP_303_SEE_OTHER)
