"""What is answered when something is refused: a page for a browser, a problem document for everybody else."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from grantkit import AccessDenied, Decision, GrantkitError
from grantkit.contrib.fastapi import problem_response
from grantkit.contrib.problems import Problem, problem_of

from .desk import desk_of
from .pages import page
from .reasons import REASONS

DOCS = "/help/reasons"
_log = logging.getLogger(__name__)

# What a page says over a refusal, and where nothing else is said.
_TITLES = {
    HTTPStatus.UNAUTHORIZED: "Who are you?",
    HTTPStatus.FORBIDDEN: "This is not possible",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.CONFLICT: "Something has changed meanwhile",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Something is missing, or not right yet",
    HTTPStatus.SERVICE_UNAVAILABLE: "Please try again in a minute",
}
_WORDS = {
    HTTPStatus.UNAUTHORIZED: "Pick who you are on the front page, then open this page again.",
    HTTPStatus.NOT_FOUND: "There is nothing here.",
}


def add_answers(app: FastAPI) -> None:
    """Let *app* answer with what follows."""
    app.add_exception_handler(GrantkitError, of_grantkit)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(RequestValidationError, of_form)


def of_grantkit(request: Request, error: Exception) -> Response:
    """Answer a denial, or a command that was refused."""
    if not isinstance(error, GrantkitError):
        raise error
    problem = problem_of(error, DOCS)
    if problem.failed:
        _log.error("answered %d: %s", problem.status, problem.code, exc_info=error)
    if not wants_page(request):
        return problem_response(problem)
    if problem.status is HTTPStatus.NOT_FOUND:
        # One page for whatever is not there and whatever is hidden. It takes nothing from the error, nor from the path.
        return _error(request, HTTPStatus.NOT_FOUND)
    if isinstance(error, AccessDenied) and not problem.failed:
        return _denied(request, error.decision, problem)
    return _error(request, problem.status, problem.detail)


def of_http(request: Request, error: Exception) -> Response:
    """Answer what the application itself refuses, and what is not there."""
    if not isinstance(error, HTTPException):
        raise error
    found = HTTPStatus(error.status_code)
    words = "" if error.detail == found.phrase else error.detail
    if wants_page(request):
        return _error(request, found, words)
    return JSONResponse({"title": found.phrase, "status": found.value}, found, error.headers)


def of_form(request: Request, error: Exception) -> Response:
    """Answer a form, or an address, that does not hold what it should."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = HTTPStatus.UNPROCESSABLE_ENTITY
    if not wants_page(request):
        return JSONResponse({"title": found.phrase, "status": found.value}, found)
    fields = ", ".join(dict.fromkeys(str(each["loc"][-1]) for each in error.errors()))
    return _error(request, found, f"Something is missing or unreadable: {fields}.")


def wants_page(request: Request) -> bool:
    """Whether a browser asks, and not a program."""
    return "text/html" in request.headers.get("Accept", "")


def _denied(request: Request, decision: Decision, problem: Problem) -> Response:
    """Say why, and how to ask: as the agent themselves, for nobody can ask out of a support session."""
    desk = desk_of(request)
    offers = desk.access.offers(decision.tenant, by=desk.people[decision.agent.id])
    return page(
        request,
        "denied.html",
        status=problem.status,
        tenant=desk.tenants[decision.tenant],  # it is there: an agent learns of no other
        decision=decision,
        problem=problem,
        words=REASONS[decision.reason],
        flows=[each.name for each in offers if each.verb == "request"],
    )


def _error(request: Request, status: HTTPStatus, words: str = "") -> Response:
    title = _TITLES.get(status, status.phrase)
    return page(request, "error.html", status=status, title=title, words=words or _WORDS.get(status, title))
