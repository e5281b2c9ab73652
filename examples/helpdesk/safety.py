"""
What keeps a page safe in a browser, whatever is written on it and whoever links to it.

The policy lets the browser run no script and load nothing from elsewhere. Forms carry a token that only pages of this
session know; it is checked before any handler runs.
"""

import hmac
import secrets
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Header, HTTPException, Request, status
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
FIELD: Final = "csrf"
"""What the token is called, in the session and in forms."""


class SafeHeaders:
    """
    Puts the headers on every answer, and lets nobody keep one: access that is over must not live on in a cache.

    Pure ASGI. ``BaseHTTPMiddleware`` would run handlers in a task of its own, and break streams off late.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_safely)


def token_of(request: Request) -> str:
    """Return the token of this session; it is made where there is none."""
    found: str = request.session.setdefault(FIELD, secrets.token_urlsafe())
    return found


async def only_our_forms(
    request: Request,
    origin: Annotated[str | None, Header()] = None,
    sec_fetch_site: Annotated[str | None, Header()] = None,
) -> None:
    """
    Refuse whatever changes something and does not come from a form of ours: a dependency of the whole application.

    Signing in is guarded too. Else another site could sign somebody in as whom it likes, and have them work there.

    Raises:
        HTTPException: 403.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    # A page under no-referrer sends "Origin: null" with its own forms. That says nothing, and the token decides.
    foreign = origin not in (None, "null") and urlsplit(origin).netloc != request.url.netloc
    if foreign or sec_fetch_site not in (None, "none", "same-origin"):
        raise _refused()
    known = request.session.get(FIELD, "")
    async with request.form() as form:  # closes files, too; no handler here takes one
        given = form.get(FIELD)
    # As bytes: compare_digest raises on a str that is not ASCII, and a form may hold anything, a file too.
    if not known or not isinstance(given, str) or not hmac.compare_digest(known.encode(), given.encode()):
        raise _refused()


def _refused() -> HTTPException:
    return HTTPException(
        status.HTTP_403_FORBIDDEN,
        "This form is not one of this session’s: nothing was done; open the page again and send it from there.",
    )
