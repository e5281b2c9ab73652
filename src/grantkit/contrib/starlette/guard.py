"""``SupportGuard``: what a route of Starlette needs, said beside it."""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeAlias, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from grantkit.contrib.starlette.deciding import THREADS, AccessOf, Decisions, Lanes, access_on
from grantkit.contrib.starlette.naming import Source, reader
from grantkit.contrib.starlette.sessions import under_session
from grantkit.decision import Decision
from grantkit.model import Agent
from grantkit.policy import parse_action

AgentOf: TypeAlias = Callable[[HTTPConnection], Agent] | Callable[[HTTPConnection], Awaitable[Agent]]
"""Who is signed in; a plain function runs in a thread, where what it sets in context variables stays."""
P = ParamSpec("P")
_STATE = "grantkit_decision"


class SupportGuard:
    """
    Guards the routes of a Starlette application.

    >>> from grantkit import SupportAccess
    >>> from grantkit.stores import MemoryStore
    >>> guard = SupportGuard(SupportAccess(MemoryStore()), agent=lambda connection: connection.user)
    >>> @guard.requires("invoice:read", resource="invoice:{number}")
    ... async def read_invoice(request):
    ...     decision = guard.decision(request)

    A handler that is guarded runs only if the decision allows. That holds for an instant: with :meth:`decisions`, what
    goes on for longer is watched, and what runs later asks again.
    """

    def __init__(
        self, access: AccessOf, *, agent: AgentOf, tenant: Source = "{tenant}", threads: int = THREADS
    ) -> None:
        """
        Set up a guard.

        Args:
            access: The door that is asked, ``SupportAccess`` or ``AsyncSupportAccess``; or a plain function that looks
                it up for a connection, such as ``lambda connection: connection.app.state.access``, where routes are
                declared before there is an app.
            agent: Tells who is signed in, from the connection; what it raises is the answer, such as a 401.
            tenant: Where the connection names the tenant, unless a route says otherwise.
            threads: How many decisions may be made at one time; with ``AsyncSupportAccess`` there are none.

        Raises:
            InvalidInput: ``tenant``, if it is a template that holds anything but plain names in braces.
        """
        self._access = access
        self._lanes = Lanes(threads)
        self._agent_of = agent
        self._tenant_of = reader("tenant", tenant)

    def decisions(self, connection: HTTPConnection) -> Decisions:
        """Return what decides, asks again and watches, for the application of this connection."""
        return Decisions(access_on(self._access, connection), self._lanes)

    async def current_agent(self, connection: HTTPConnection) -> Agent:
        """Return who is signed in, with ``via`` set if the connection belongs to a support session (I-14)."""
        if _is_async(self._agent_of):
            agent = await cast("Awaitable[Agent]", self._agent_of(connection))
        else:
            agent = cast("Agent", await run_in_threadpool(self._agent_of, connection))
        if not isinstance(cast("object", agent), Agent):
            # The host's mistake, and no client's: as InvalidInput it would be answered with 422.
            msg = (
                f"agent= gave {type(agent).__name__} and no Agent: nothing was decided; answer 401 for nobody"
            )
            raise TypeError(msg)
        return under_session(connection, agent)

    def requires(
        self,
        action: str,
        *,
        resource: Source | None = None,
        tenant: Source | None = None,
        act_as: Source | None = None,
    ) -> Callable[[Callable[P, Any]], Callable[P, Awaitable[Any]]]:
        """
        Let a handler run only where support access allows *action*.

        For functions, methods of ``HTTPEndpoint``, and WebSocket functions: whatever has a parameter named ``request``
        or ``websocket``. It goes below the decorators of other libraries, next to the handler.

        Args:
            action: ``noun:verb``.
            resource: Where the connection names the resource: a template over the path parameters, as the route's
                converters left them, or a callable; ``None`` is the tenant as a whole.
            tenant: Likewise the tenant; by default as the guard says.
            act_as: Likewise the member as whom the agent acts.

        Raises:
            InvalidInput: If the action or a template is malformed; now, and not at the first request.
            TypeError: If the handler takes neither a ``request`` nor a ``websocket``.
        """
        parse_action("action", action)
        tenant_of = self._tenant_of if tenant is None else reader("tenant", tenant)
        resource_of = None if resource is None else reader("resource", resource)
        member_of = None if act_as is None else reader("act_as", act_as)

        async def let_pass(connection: HTTPConnection) -> None:
            decision = await self.decisions(connection).decide(
                await self.current_agent(connection),
                tenant_of(connection),
                action,
                resource=None if resource_of is None else resource_of(connection),
                act_as=None if member_of is None else member_of(connection),
            )
            setattr(connection.state, _STATE, decision.require())

        def decorate(handler: Callable[P, Any]) -> Callable[P, Awaitable[Any]]:
            connection_of = _connection_of(handler)

            @functools.wraps(handler)
            async def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
                await let_pass(connection_of(*args, **kwargs))
                if _is_async(handler):
                    return await handler(*args, **kwargs)
                return await run_in_threadpool(handler, *args, **kwargs)

            return guarded

        return decorate

    def decision(self, connection: HTTPConnection) -> Decision:
        """
        Return the decision that let this connection pass: the one nearest to the handler.

        Raises:
            LookupError: If no guard stands before the handler.
        """
        found = getattr(connection.state, _STATE, None)
        if isinstance(found, Decision):
            return found
        msg = "nothing was decided for this connection: put `requires` next to its handler"
        raise LookupError(msg)


def _is_async(call: Callable[..., Any]) -> bool:
    while isinstance(call, functools.partial):
        call = call.func
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004


def _connection_of(handler: Callable[..., Any]) -> Callable[..., HTTPConnection]:
    """Return what finds the connection among the arguments of *handler*."""
    signature = inspect.signature(handler)
    name = next((name for name in ("request", "websocket") if name in signature.parameters), None)
    if name is None:
        msg = f"{handler!r} takes neither a `request` nor a `websocket`: it was not guarded; give it one"
        raise TypeError(msg)

    def find(*args: object, **kwargs: object) -> HTTPConnection:
        found: object = signature.bind(*args, **kwargs).arguments[name]
        if not isinstance(found, HTTPConnection):
            msg = f"`{name}` is a {type(found).__name__} and no connection: nothing was decided"
            raise TypeError(msg)
        return cast("HTTPConnection", found)

    return find
