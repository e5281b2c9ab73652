"""The page "Support access" as things stand: read, put into words, and shown again where something was refused."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

import attrs
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from grantkit import (
    AccessRules,
    Conflict,
    GrantkitError,
    InvalidInput,
    Member,
    NotFound,
    Refused,
    SupportAccess,
)
from grantkit.contrib.problems import problem_of
from grantkit.errors import NotEntitled
from grantkit.lifecycle import Preview, RequestState
from grantkit.model import Event

from . import plain
from .answers import wants_page
from .choices import form_of
from .chosen import Chosen
from .desk import Desk, Tenant, desk_of, read
from .pages import page
from .people import signed_in_member
from .support_rows import access, answered, waiting
from .support_sessions import session_row
from .support_timeline import story
from .support_words import GOING_ON, Given, Told, now_in_words, refused

TEXTS: dict[str, str] = read("texts")
"""The texts that rules name by their version: what people are shown before they agree."""


@attrs.frozen
class Here:
    """Who is on the page, and whose page it is."""

    request: Request
    desk: Desk
    member: Member

    @property
    def tenant(self) -> Tenant:
        """The customer."""
        return self.desk.tenants[self.member.tenant]

    @property
    def access(self) -> SupportAccess:
        """Where everything is asked and done."""
        return self.desk.access

    @property
    def rules(self) -> AccessRules:
        """The rules of this customer."""
        return self.desk.rules[self.member.tenant]

    @property
    def words(self) -> plain.Words:
        """How the page speaks."""
        return self.desk.words_of(self.tenant)


def here(
    request: Request,
    desk: Annotated[Desk, Depends(desk_of)],
    member: Annotated[Member, Depends(signed_in_member)],
) -> Here:
    """Return who is on the page; a dependency."""
    return Here(request, desk, member)


OnPage = Annotated[Here, Depends(here)]


def show(
    on: Here, *, done: str = "", trouble: GrantkitError | None = None, chosen: Chosen | None = None
) -> Response:
    """
    Return the page as things stand.

    Args:
        on: Who is on it.
        done: What was just done.
        trouble: Why something was just refused; the status says so too.
        chosen: What was chosen on the form that was refused, so that nobody types it again.
    """
    tenant, by, words, rules = on.tenant, on.member, on.words, on.rules
    standing = on.access.standing(tenant.id, by=by)
    given: list[Given] = sorted(
        [*on.access.consents(tenant.id, by=by), *on.access.grants(tenant.id, by=by)],
        key=lambda status: status.row.consent_seq,
        reverse=True,
    )
    requests = on.access.requests(tenant.id, by=by)
    history, now = _history(on), on.desk.now()
    told = Told(history)
    uses = on.access.uses(tenant.id, by=by)
    rows = [access(each, rules, words, told, now=now, uses=uses) for each in given]
    sessions = [session_row(each, words) for each in on.access.sessions(tenant.id, by=by)][::-1]
    offers = on.access.offers(tenant.id, by=by)
    forms = (form_of(each, rules, by=by, agents=on.desk.agents, words=words, now=now) for each in offers)
    tried = Chosen() if chosen is None else chosen
    return page(
        on.request,
        "support.html",
        status=200 if trouble is None else problem_of(trouble).status,
        tenant=tenant,
        words=words,
        texts=TEXTS,
        unanswered=Chosen(),
        done=done,
        trouble="" if trouble is None else refused(trouble),
        now_in_words=now_in_words(given, rules, words, frozen=standing.freeze is not None),
        standing=standing,
        waiting=[
            waiting(each, _preview(on, each.request.id), rules, words, now)
            for each in requests
            if each.state is RequestState.PENDING
        ],
        forms=[(form, tried if tried.flow == form.flow else Chosen()) for form in forms],
        going_on=[each for each in rows if each.state in GOING_ON],
        story=story(on.desk, tenant, history),
        inside_now=[each for each in sessions if each.open],
        sessions=[each for each in sessions if not each.open],
        over=[each for each in rows if each.state not in GOING_ON],
        answered=[
            answered(each, rules, words, told) for each in requests if each.state is not RequestState.PENDING
        ][::-1],
    )


def do(on: Here, act: Callable[[], object], done: str, chosen: Chosen | None = None) -> Response:
    """Do something and go back to the page; where it is refused, show the page with why, and the status of that."""
    try:
        act()
    except GrantkitError as error:
        told = problem_of(error).status in (
            HTTPStatus.FORBIDDEN,
            HTTPStatus.CONFLICT,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
        if told and wants_page(on.request):
            return show(on, trouble=error, chosen=chosen)
        raise
    return RedirectResponse(f"/tenants/{on.tenant.id}/support?done={done}", HTTPStatus.SEE_OTHER)


def _preview(on: Here, request_id: str) -> Preview | GrantkitError:
    try:
        return on.access.preview(on.tenant.id, request_id, by=on.member)
    except (Conflict, InvalidInput, NotFound, Refused) as error:
        return error  # it waits, and can only be denied; the page says why


def _history(on: Here) -> tuple[Event, ...]:
    try:
        return on.access.ledger.history(on.tenant.id, by=on.member)
    except NotEntitled:
        return ()  # the page shows how things stand, and not what happened
