"""The agent's pages: where they may enter, what they wait for, and how they ask."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request, Response, status
from fastapi.responses import RedirectResponse

from grantkit import Agent, InvalidInput

from .agent_rows import Rows
from .chosen import Chosen, arguments, end_of, grantee
from .desk import Desk, Tenant, desk_of
from .entering import go_in, go_out
from .pages import page
from .people import signed_in_agent
from .vendor_page import Working

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
def workspaces(request: Request, desk: TheDesk, agent: Working) -> Response:
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
def ask(request: Request, desk: TheDesk, agent: Working, tenant: Seen) -> Response:
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


@router.post("/workspaces/{tenant}/grants/{id}/add")
def add(desk: TheDesk, agent: TheAgent, tenant: Seen, id: InPath, sent: Sent) -> Response:
    """Add a colleague to a grant: they get one of their own, which rests on it."""
    to, as_team = grantee(sent.to, _agents(desk))
    if to is None:
        raise InvalidInput(field="to", code="required", wants="whom to add")
    desk.access.delegate(
        tenant.id,
        id,
        by=agent,
        to=to,
        as_team=as_team or None,
        ends=end_of(sent, tenant.zone),
        reason=sent.reason,
        category=sent.category or None,
        key=sent.key or None,
    )
    return _back()


@router.post("/workspaces/{tenant}/solved")
def solved(desk: TheDesk, agent: TheAgent, tenant: Seen, sent: Sent) -> Response:
    """Mark a ticket as solved. Elsewhere the ticket system says so by itself, from a hook."""
    desk.access.resolve_ticket(tenant.id, sent.ticket, by=agent)
    return _back()


@router.post("/workspaces/{tenant}/enter")
def enter(request: Request, desk: TheDesk, agent: TheAgent, tenant: Seen, sent: Sent) -> Response:
    """Enter: the customer is told why, and the agent's session runs under a grant until they leave."""
    go_in(request, desk, agent, tenant.id, sent)
    return RedirectResponse(f"/crm/{tenant.id}/invoices", status.HTTP_303_SEE_OTHER)


@router.post("/leave")
def leave(request: Request, desk: TheDesk) -> Response:
    """Leave: the agent is themselves again."""
    go_out(request, desk)
    return _back()


def _agents(desk: Desk) -> dict[str, Agent]:
    return {each.id: each for each in desk.agents}


def _given(desk: Desk, tenant: Tenant, sent: Chosen) -> dict[str, Any]:
    return arguments(sent, agents=_agents(desk), zone=tenant.zone)


def _back() -> Response:
    return RedirectResponse("/workspaces", status.HTTP_303_SEE_OTHER)
