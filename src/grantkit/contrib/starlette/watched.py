"""A response that is cut when the access under which it was begun is over."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeAlias

import anyio
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from grantkit.contrib.starlette.watching import Watch
from grantkit.decision import Decision

_SPOIL_WITHIN = 1  # seconds

LastWords: TypeAlias = Callable[[Decision], str | bytes]
"""What a stream says when it is cut."""


class WatchedResponse(Response):
    """
    Sends another response for as long as access lasts.

    Nothing is sent at or after the end of the window, and a revocation is noticed within the interval of the watch. A
    response that is cut ends with the last words if there are any; without, the connection is broken off, so that
    nobody takes half a file for the whole.
    """

    def __init__(
        self, response: Response, watch: Watch, *, every: timedelta, end: LastWords | None = None
    ) -> None:
        # Not Response.__init__: the headers are those of the response that is watched, and the very same list, so that
        # a cookie that is set here is sent.
        self.response = response
        self.status_code = response.status_code
        self.raw_headers = response.raw_headers
        # Background tasks run behind the watch: they are the host's, and would be cancelled with the stream.
        self.background, response.background = response.background, None
        self._watch = watch
        self._every = every
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, and its last words if it is cut."""
        started = finished = False
        failed = True

        async def send_while_allowed(message: Message) -> None:
            nonlocal started, finished
            await self._watch.look_if_due()
            if self._watch.denied:
                await anyio.sleep_forever()  # the watch has cancelled this: nothing more goes out
            await send(message)
            # Only now: a message that waits for a slow client when access ends has not been sent.
            started = True
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            async with self._watch.over(self._every):
                await self.response(_in_pieces(scope), receive, send_while_allowed)
            failed = False
            if self._watch.denied and not finished:
                await self._cut(send, started=started)
        finally:
            # As Starlette does: of what was never begun, or failed by itself, there is nothing to be done afterwards.
            if self.background is not None and started and not failed:
                await self.background()

    async def _cut(self, send: Send, *, started: bool) -> None:
        if self._end is None or not started or self._watch.failure is not None:
            if started:
                await _spoil(send)
            self._watch.require()  # raises: the server breaks the connection off, or answers 403 if nothing was sent
        else:
            last = self._end(self._watch.decision)
            body = last.encode() if isinstance(last, str) else last
            await send({"type": "http.response.body", "body": body, "more_body": False})


def _in_pieces(scope: Scope) -> Scope:
    """Return *scope* without the extensions by which a server sends a whole file: that could not be cut any more."""
    whole = ("http.response.pathsend", "http.response.zerocopysend")
    extensions = {name: each for name, each in scope.get("extensions", {}).items() if name not in whole}
    return {**scope, "extensions": extensions}


async def _spoil(send: Send) -> None:
    """
    Make sure that what was sent is not taken for whole.

    Raising is not enough: Starlette's ``BaseHTTPMiddleware`` closes a stream as if it were complete before it raises
    what the application raised. So what cannot be sent goes down as a piece of the body: it passes through any number
    of middlewares and fails in the server. A client that reads nothing is not waited for.
    """
    with suppress(Exception), anyio.move_on_after(_SPOIL_WITHIN):
        await send({"type": "http.response.body", "body": object(), "more_body": True})
