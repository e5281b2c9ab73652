"""The front page: pick who you are. And the page on which every reason is explained."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response, status
from fastapi.responses import RedirectResponse

from grantkit import Agent, Reason

from .desk import Desk, desk_of
from .entering import go_out
from .pages import page
from .people import sign_in, sign_out
from .reasons import REASONS

router = APIRouter()


@router.get("/")
def who_are_you(request: Request) -> Response:
    """Show everybody, to pick one."""
    return page(request, "who.html")


@router.post("/sign-in")
def begin(request: Request, desk: Annotated[Desk, Depends(desk_of)], who: Annotated[str, Form()]) -> Response:
    """Sign in as somebody."""
    person = desk.people.get(who)
    if person is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    go_out(request, desk)
    sign_in(request, person)
    home = "/workspaces" if isinstance(person, Agent) else f"/tenants/{person.tenant}/support"
    return RedirectResponse(home, status.HTTP_303_SEE_OTHER)


@router.post("/sign-out")
def end(request: Request, desk: Annotated[Desk, Depends(desk_of)]) -> Response:
    """Sign out, and leave with that."""
    try:
        go_out(request, desk)
    finally:
        sign_out(request)
    return RedirectResponse("/", status.HTTP_303_SEE_OTHER)


@router.get("/help/reasons")
def reasons(request: Request) -> Response:
    """Explain every reason, each under an anchor of its name."""
    return page(request, "reasons.html", reasons=[(reason, REASONS[reason]) for reason in Reason])
