"""
Who is signed in.

grantkit keeps no people: the application says at every call who acts, and which roles or teams they hold. Here
everybody may be anybody; a real host signs people in, and asks its own records about their roles at each click.
"""

from typing import Annotated

from fastapi import Depends, HTTPException, Path, Request, status

from grantkit import Agent, Member
from grantkit.contrib.fastapi import under_session

from .desk import Desk, desk_of

_WHO = "who"
"""What the session keeps: an id. Roles and teams are looked up at each click, so that losing one counts at once."""


def sign_in(request: Request, person: Member | Agent) -> None:
    """Begin anew as *person*: nothing of whoever sat there before is left, neither token nor support session."""
    request.session.clear()
    request.session[_WHO] = person.id


def sign_out(request: Request) -> None:
    """Forget who it was, and everything with it."""
    request.session.clear()


def signed_in(request: Request, desk: Annotated[Desk, Depends(desk_of)]) -> Member | Agent | None:
    """Return who is signed in, if anybody is; in a support session they carry ``via`` and can consent to nothing."""
    person = desk.people.get(request.session.get(_WHO, ""))
    return None if person is None else under_session(request, person)


SignedIn = Annotated[Member | Agent | None, Depends(signed_in)]


def signed_in_agent(person: SignedIn) -> Agent:
    """Return the agent who is signed in; 401 for nobody, 403 for a member."""
    if person is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    if isinstance(person, Member):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This page is for the vendor’s agents.")
    return person


def signed_in_member(tenant: Annotated[str, Path()], person: SignedIn) -> Member:
    """
    Return the member who is signed in; 401 for nobody.

    Everybody else gets a 404, agents too: the page of a customer who hides from support must look like the page of one
    who never was.
    """
    if person is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    if isinstance(person, Agent) or person.tenant != tenant:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return person
