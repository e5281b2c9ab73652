"""What a client gets for an error of grantkit: a problem document, or a closed WebSocket."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketState

from grantkit.contrib.problems import MEDIA_TYPE, Problem, problem_of
from grantkit.errors import AccessDenied, GrantkitError

Answer: TypeAlias = Callable[[Any, Exception], Awaitable[Any]]

_log = logging.getLogger("grantkit.contrib")
_POLICY_VIOLATION, _TRY_AGAIN_LATER = 1008, 1013  # close codes of RFC 6455 and its registry


def problem_handlers(docs: str | None = None) -> dict[type[Exception], Answer]:
    """
    Return handlers for ``Starlette(exception_handlers=...)``: every error of grantkit becomes what a client may know.

    Args:
        docs: The address of a page that explains the codes, each under an anchor of that name.
    """

    async def answer(connection: HTTPConnection, error: Exception) -> Response | None:
        if not isinstance(error, GrantkitError):
            raise error
        problem = problem_of(error, docs)
        if problem.failed:
            cause = error.decision.error if isinstance(error, AccessDenied) else error
            _log.error("answered %d: %s", problem.status, problem.code, exc_info=cause)
        if isinstance(connection, WebSocket):
            await _close(connection, problem)
            return None
        return problem_response(problem)

    return {GrantkitError: answer}


def add_problem_handlers(app: Starlette, docs: str | None = None) -> None:
    """Add :func:`problem_handlers` to an application that stands already, of Starlette or FastAPI."""
    for kind, answer in problem_handlers(docs).items():
        app.add_exception_handler(kind, answer)


def problem_response(problem: Problem) -> Response:
    """Return the problem document; nobody may keep it, since access comes and goes, and a 404 is kept by default."""
    return JSONResponse(
        problem.to_data(),
        status_code=problem.status,
        headers={"Cache-Control": "no-store"},
        media_type=MEDIA_TYPE,
    )


async def _close(websocket: WebSocket, problem: Problem) -> None:
    if websocket.application_state is WebSocketState.DISCONNECTED:
        return
    unanswered = websocket.application_state is WebSocketState.CONNECTING
    if unanswered and "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(problem_response(problem))
        return
    code = _TRY_AGAIN_LATER if problem.failed else _POLICY_VIOLATION
    await websocket.close(code, problem.code)
