"""Pages: templates in, HTML out. Every value is escaped, and no template switches that off."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grantkit import Agent, Member
from grantkit.contrib.fastapi import session_of
from grantkit.testing import FakeClock

from .countdown import there
from .desk import Tenant, desk_of
from .people import signed_in
from .plain import Words, in_words
from .safety import FIELD, token_of

LEADS = "leads"
"""The team whose page the vendor's own is."""

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,  # always, and not by how a file's name ends
    undefined=StrictUndefined,  # a misspelled name fails; it does not show an end that is not there
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters["in_words"] = in_words
ENVIRONMENT.globals["new_key"] = partial(token_hex, 16)  # a form that is sent twice does one thing


def page(
    request: Request, template: str, *, status: int = 200, tenant: Tenant | None = None, **values: Any
) -> Response:
    """
    Return a page.

    Args:
        request: What it answers.
        template: A file of ``templates``, which extends ``base.html``.
        status: The HTTP status.
        tenant: Whose page it is, where it is one's: the time is shown in its zone.
        values: What else the template shows.
    """
    desk = desk_of(request)
    person = signed_in(request, desk)
    session = session_of(request)
    inside = None if session is None else desk.tenants.get(session.tenant)
    home = desk.tenants.get(person.tenant) if isinstance(person, Member) else inside
    text = ENVIRONMENT.get_template(template).render(
        csrf=lambda: _hidden(FIELD, token_of(request)),
        person=person,
        is_agent=isinstance(person, Agent),
        is_lead=isinstance(person, Agent) and LEADS in person.teams,
        inside=inside,
        tenant=tenant,
        clock=_reading(desk.now(), tenant or home),
        by_hand=isinstance(desk.clock, FakeClock),
        back=_back(request, status),
        desk=desk,
        **{"under": (), **values},
    )
    return HTMLResponse(text, status)


def _back(request: Request, status: int) -> str:
    """Return where turning the clock leads back to; a page that is not there does not even repeat its address."""
    return request.url.path if request.method == "GET" and status != HTTPStatus.NOT_FOUND else "/"


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def _reading(now: datetime, tenant: Tenant | None) -> str:
    """Return what the clock shows: in the zone of *tenant*, where a page has one, and in UTC."""
    words = Words(zone="UTC" if tenant is None else tenant.zone, name_of=str, places={})
    return f"{words.at(now)} UTC" if tenant is None else f"{there(now, words)} ({words.beside(now)})"
