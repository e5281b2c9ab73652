"""
FastAPI: what a route needs is a dependency, and its value is the decision. Needs the extra ``fastapi``.

Everything but the guard itself is shared with :mod:`grantkit.contrib.starlette`.
"""

try:
    from fastapi import Depends, Path, params
except ModuleNotFoundError as missing:
    msg = 'grantkit.contrib.fastapi needs FastAPI: install the extra, "grantkit-access[fastapi]"'
    raise ModuleNotFoundError(msg, name="fastapi") from missing

import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, cast

from pydantic.fields import FieldInfo
from starlette.requests import HTTPConnection

from grantkit.contrib.problems import MEDIA_TYPE
from grantkit.contrib.starlette import (
    Decisions,
    SupportSession,
    Watch,
    WatchedResponse,
    add_problem_handlers,
    begin_session,
    end_session,
    problem_handlers,
    problem_response,
    session_of,
    under_session,
)
from grantkit.contrib.starlette.deciding import THREADS, AccessOf, Lanes, access_on
from grantkit.decision import Decision
from grantkit.model import Agent
from grantkit.policy import parse_action

__all__ = [
    "PROBLEMS",
    "Decisions",
    "SupportGuard",
    "SupportSession",
    "Watch",
    "WatchedResponse",
    "add_problem_handlers",
    "begin_session",
    "end_session",
    "path_tenant",
    "problem_handlers",
    "problem_response",
    "session_of",
    "under_session",
]

_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    for status, meaning in (
        (403, "Support access does not allow it; `code` is the reason."),
        (404, "There is nothing here for this agent."),
        (503, "Whether it is allowed could not be read."),
    )
}
"""What a guarded route may answer besides its own, for ``responses=`` and hence for the OpenAPI document."""


async def path_tenant(tenant: Annotated[str, Path()]) -> str:
    """Return the path parameter ``tenant``: where a guard looks for the tenant unless it is told otherwise."""
    return tenant


# FieldInfo is what Path, Query, Header, Cookie, Form and Body are made from.
_TELLS = (params.Depends, FieldInfo)


async def _nothing() -> None:
    return None


def _says_where_from(field: str, dependency: Callable[..., Any]) -> None:
    """Refuse a dependency with a parameter that FastAPI would look for in the query only because it found no better."""
    for name, parameter in inspect.signature(dependency, eval_str=True).parameters.items():
        hint = parameter.annotation
        told = [
            each
            for each in (*getattr(hint, "__metadata__", ()), parameter.default)
            if isinstance(each, _TELLS)
        ]
        if told:
            below = next((each for each in told if isinstance(each, params.Depends)), None)
            if below is not None:
                # Without a dependency, `Depends()` takes the annotated class for it.
                _says_where_from(field, below.dependency or getattr(hint, "__origin__", hint))
        elif not (isinstance(hint, type) and issubclass(hint, HTTPConnection)):
            msg = (
                f"{field}= takes a parameter {name!r} and does not say where from: a client could choose it by the "
                f"query; write Annotated[…, Path()], or Query(), Header(), Depends(…)"
            )
            raise TypeError(msg)


class SupportGuard:
    """
    Makes dependencies that let a route run only where support access allows it.

    >>> from fastapi import Header
    >>> from grantkit import SupportAccess
    >>> from grantkit.stores import MemoryStore
    >>> def signed_in(x_agent: Annotated[str, Header()]) -> Agent:  # yours asks your sessions
    ...     return Agent(x_agent)
    >>> guard = SupportGuard(SupportAccess(MemoryStore()), agent=signed_in)
    >>> def invoice(number: Annotated[int, Path()]) -> str:
    ...     return f"invoice:{number}"
    >>> MayRead = Annotated[Decision, Depends(guard.requires("invoice:read", resource=invoice))]

    Tenant, resource and agent are dependencies too. So they see path parameters as FastAPI converted them, and the
    guard judges the very value that the handler goes on to read: ``/invoices/007`` is invoice 7 for both. Each of their
    parameters says where it comes from, as ``Annotated[int, Path()]`` does: FastAPI takes what is in no path for a
    query parameter, and then a client could name one invoice to the guard and another to the handler.
    """

    def __init__(
        self,
        access: AccessOf,
        *,
        agent: Callable[..., Any],
        tenant: Callable[..., Any] = path_tenant,
        threads: int = THREADS,
    ) -> None:
        """
        Set up a guard.

        Args:
            access: The door that is asked, ``SupportAccess`` or ``AsyncSupportAccess``; or a plain function that looks
                it up for a connection, such as ``lambda connection: connection.app.state.access``, where routes are
                declared before there is an app.
            agent: A dependency that gives the :class:`~grantkit.Agent` who is signed in, or raises, such as a 401.
            tenant: A dependency that gives the tenant's id; the path parameter ``tenant`` by default.
            threads: How many decisions may be made at one time; with ``AsyncSupportAccess`` there are none.

        Raises:
            TypeError: If *tenant* has a parameter that does not say where it comes from.
        """
        _says_where_from("tenant", tenant)
        self._tenant = tenant
        lanes = Lanes(threads)

        async def decisions(connection: HTTPConnection) -> Decisions:
            return Decisions(access_on(access, connection), lanes)

        self.decisions: Callable[[HTTPConnection], Awaitable[Decisions]] = decisions
        """A dependency: what decides, asks again and watches."""

        async def current_agent(
            connection: HTTPConnection, signed_in: Annotated[Agent, Depends(agent)]
        ) -> Agent:
            if not isinstance(cast("object", signed_in), Agent):
                # The host's mistake, and no client's: as InvalidInput it would be answered with 422.
                msg = f"agent= gave {type(signed_in).__name__} and no Agent: nothing was decided; raise a 401"
                raise TypeError(msg)
            return under_session(connection, signed_in)

        self.current_agent: Callable[..., Awaitable[Agent]] = current_agent
        """A dependency: who is signed in, with ``via`` set in a support session, where they can consent to nothing."""

    def requires(
        self,
        action: str,
        *,
        resource: Callable[..., Any] | None = None,
        tenant: Callable[..., Any] | None = None,
        act_as: Callable[..., Any] | None = None,
    ) -> Callable[..., Awaitable[Decision]]:
        """
        Return a dependency that gives the decision if it allows *action*, and raises if it does not.

        The decision is made before the handler runs, whatever the ``scope`` of other dependencies. It holds for that
        instant: background tasks run much later, and ask ``decisions`` again.

        Args:
            action: ``noun:verb``.
            resource: A dependency that gives ``kind:id``; by default the tenant as a whole.
            tenant: A dependency that gives the tenant's id; by default as the guard says.
            act_as: A dependency that gives the member as whom the agent acts; by default none.

        Raises:
            InvalidInput: ``action``, if it is malformed; now, and not at the first request.
            TypeError: If *resource*, *tenant* or *act_as* has a parameter that does not say where it comes from.
        """
        parse_action("action", action)
        for field, source in (("resource", resource), ("tenant", tenant), ("act_as", act_as)):
            if source is not None:
                _says_where_from(field, source)

        async def decided(
            decisions: Annotated[Decisions, Depends(self.decisions)],
            agent: Annotated[Agent, Depends(self.current_agent)],
            tenant: Annotated[str, Depends(self._tenant if tenant is None else tenant)],
            resource: Annotated[str | None, Depends(resource or _nothing)],
            act_as: Annotated[str | None, Depends(act_as or _nothing)],
        ) -> Decision:
            decision = await decisions.decide(agent, tenant, action, resource=resource, act_as=act_as)
            return decision.require()

        return decided
