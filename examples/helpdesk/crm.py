"""
A small CRM of the customers' invoices, in which support works. Each click is decided afresh.

What is asked is the project or account that an invoice belongs to, since that is what customers let support into; at a
customer who has neither, it is the invoice itself.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response, status
from fastapi.responses import RedirectResponse

from grantkit import Agent, Decision, Reason
from grantkit.contrib.fastapi import Decisions, SupportGuard, begin_session, session_of

from .countdown import lasts
from .desk import Desk, desk_of
from .invoices import MOST_NOTE, STATUSES, Invoice
from .pages import page
from .people import signed_in_agent
from .plain import sentence

router = APIRouter(prefix="/crm/{tenant}/invoices")
guard = SupportGuard(lambda connection: connection.app.state.desk.records.door, agent=signed_in_agent)

TheDesk = Annotated[Desk, Depends(desk_of)]
Tenant = Annotated[str, Path()]
Number = Annotated[
    int, Path(ge=1, le=999_999_999)
]  # SQLite takes no larger ones than 64 bits, and would raise


def invoice_of(desk: TheDesk, tenant: Tenant, number: Number) -> Invoice | None:
    """Return the invoice that the path names, if it is there; guard and handler are given the same one."""
    return desk.invoices.find(tenant, number)


Found = Annotated[Invoice | None, Depends(invoice_of)]


TheAgent = Annotated[Agent, Depends(guard.current_agent)]
Decide = Annotated[Decisions, Depends(guard.decisions)]


async def place_of(decisions: Decide, tenant: Tenant, number: Number, found: Found, agent: TheAgent) -> str:
    """
    Return the resource to ask about.

    A number that is not there is asked about too. Were it a 404 at once, an agent whom nobody let in could tell by that
    which numbers are taken; and of one in a place that they were not let into, the denial would name the place.
    """
    by_itself = f"invoice:{number}"
    if found is None or found.place is None:
        return by_itself
    asked = await decisions.decide(agent, tenant, "invoice:read", resource=found.place)
    return by_itself if asked.reason is Reason.OUT_OF_SCOPE else found.place


MayRead = Annotated[Decision, Depends(guard.requires("invoice:read", resource=place_of))]
MayUpdate = Annotated[Decision, Depends(guard.requires("invoice:update", resource=place_of))]


async def may_list(
    desk: TheDesk, decisions: Decide, tenant: Tenant, agent: TheAgent
) -> dict[str | None, Decision]:
    """
    Return the decisions that allow listing, by place: one is made for each project or account of the customer.

    So the list holds just what each decision allows. A single decision on the whole customer would refuse an agent who
    was let into one project, or show them the others.

    Raises:
        AccessDenied: If none allows: the denial that may be told, and of several the one that is nearest to an allow.
    """
    places = places_of(desk, tenant)
    return those_that_allow(
        {place: await decisions.decide(agent, tenant, "invoice:list", resource=place) for place in places}
    )


def places_of(desk: Desk, tenant: str) -> list[str | None]:
    """Return what is asked about to look around at a customer: each place, or the whole where there are none."""
    known = desk.tenants.get(tenant)
    return [None] if known is None or not known.places else list(known.places)


def those_that_allow(asked: dict[str | None, Decision]) -> dict[str | None, Decision]:
    """Return the decisions that allow; :class:`~grantkit.AccessDenied` for the nearest, if none does."""
    allowed = {place: decision for place, decision in asked.items() if decision}
    if not allowed:
        nearest = min(asked.values(), key=lambda each: (each.conceal, list(Reason).index(each.reason)))
        nearest.require()
    return allowed


MayList = Annotated[dict[str | None, Decision], Depends(may_list)]


@router.get("")
def list_invoices(request: Request, desk: TheDesk, tenant: Tenant, may: MayList) -> Response:
    """Show the invoices of every place that may be listed."""
    found = [invoice for invoice in desk.invoices.of(tenant) if invoice.place in may]
    return _shown(request, "crm_list.html", list(may.values()), invoices=found)


@router.get("/{number}")  # noqa: FAST003  # its dependencies take the number
def read_invoice(request: Request, found: Found, decision: MayRead) -> Response:
    """Show an invoice."""
    return _shown(request, "crm_invoice.html", [decision], invoice=_there(found))


@router.get("/{number}/edit")  # noqa: FAST003  # its dependencies take the number
def edit_invoice(request: Request, found: Found, decision: MayUpdate) -> Response:
    """Show the form to change an invoice."""
    return _shown(
        request, "crm_edit.html", [decision], invoice=_there(found), statuses=STATUSES, most=MOST_NOTE
    )


@router.post("/{number}/edit")  # noqa: FAST003  # its dependencies take the number
def update_invoice(
    desk: TheDesk,
    found: Found,
    decision: MayUpdate,
    status_: Annotated[Literal["open", "paid", "overdue"], Form(alias="status")],
    note: Annotated[str, Form(max_length=MOST_NOTE)] = "",
) -> Response:
    """Change an invoice. That the form was shown allows nothing: it is decided anew."""
    invoice = _there(found)
    # A browser sends the line breaks of a field of several lines as CR LF.
    desk.invoices.update(invoice, status=status_, note=note.replace("\r\n", "\n"))
    desk.access.record_use(decision)
    return RedirectResponse(f"/crm/{invoice.tenant}/invoices/{invoice.number}", status.HTTP_303_SEE_OTHER)


def enter(request: Request, decision: Decision) -> None:
    """Begin a support session at the customer of *decision*, if this one is not there already."""
    session = session_of(request)
    if session is None or session.tenant != decision.tenant:
        begin_session(request, decision)


def _there(found: Invoice | None) -> Invoice:
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return found


def _shown(request: Request, template: str, decisions: list[Decision], **values: Any) -> Response:
    """Return a page of the CRM: its banner says under which grants, and until when, it can be seen."""
    enter(request, decisions[0])  # a bookmark leads inside as well as the button does
    desk = desk_of(request)
    tenant = desk.tenants[decisions[0].tenant]
    words, now = desk.words_of(tenant), desk.now()
    by_grant = {each.grant: each for each in decisions if each.grant is not None}
    for each in by_grant.values():
        desk.access.record_use(each)  # one use of each grant that opened the page
    under = [
        f"{sentence(words.scope(grant.scope))}; {lasts(grant, each.valid_until, now, words)}"
        for grant, each in by_grant.items()
    ]
    return page(request, template, tenant=tenant, under=under, words=words, **values)
