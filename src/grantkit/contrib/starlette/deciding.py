"""What both guards share: a door is asked without blocking the loop, and asked again."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TypeAlias, TypeVar, cast

import anyio.to_thread
import attrs
from anyio.lowlevel import RunVar
from starlette.requests import HTTPConnection
from starlette.responses import Response

from grantkit.contrib.starlette.watched import LastWords, WatchedResponse
from grantkit.contrib.starlette.watching import EVERY, Watch
from grantkit.decision import Decision
from grantkit.model import Agent
from grantkit.service import AsyncSupportAccess, SupportAccess

T = TypeVar("T")
_NUMBERS = count(1)

THREADS = 16
"""How many decisions a guard makes at one time in threads, unless the host says otherwise."""
Door: TypeAlias = SupportAccess | AsyncSupportAccess
AccessOf: TypeAlias = Door | Callable[[HTTPConnection], Door]
"""The door that is asked; or a plain function that looks it up, for routes that are declared before there is an app."""


def access_on(source: AccessOf, connection: HTTPConnection) -> Door:
    """Return the door of this connection's application."""
    return source if isinstance(source, SupportAccess | AsyncSupportAccess) else source(connection)


class Lanes:
    """
    Threads in which stores that block are asked, so that they do not block the event loop.

    They are not those in which a framework runs its sync handlers: a pool that is full of slow ones would keep a
    revocation from being noticed.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        # Of the running loop: an application may be run by several, one after the other, as in tests.
        # Under a name of its own: older releases of anyio tell variables apart by their names.
        self._limiter: RunVar[anyio.CapacityLimiter] = RunVar(f"grantkit.lanes.{next(_NUMBERS)}")

    async def run(self, call: Callable[[], T], *, abandon: bool = False) -> T:
        """
        Run a call that blocks, and return what it gives.

        Args:
            call: What to call.
            abandon: Whether a caller that is cancelled goes on at once; the call then ends by itself, for nobody.
        """
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=abandon, limiter=self._of_this_loop())

    def _of_this_loop(self) -> anyio.CapacityLimiter:
        try:
            return self._limiter.get()
        except LookupError:
            limiter = anyio.CapacityLimiter(self._threads)
            self._limiter.set(limiter)
            return limiter


@attrs.frozen
class Decisions:
    """
    Decisions for an event loop: an async door is awaited there, one that blocks is asked in a thread.

    Attributes:
        access: The door that is asked.
    """

    access: Door
    _lanes: Lanes

    async def decide(
        self,
        agent: Agent,
        tenant: str,
        action: str,
        *,
        resource: str | None = None,
        act_as: str | None = None,
    ) -> Decision:
        """
        Decide as :meth:`grantkit.SupportAccess.authorize` does, without blocking the loop.

        Raises:
            InvalidInput: If an argument is malformed, naming it.
            Unavailable: If the clock fails.
        """
        ask = partial(self.access.authorize, agent, tenant, action, resource=resource, act_as=act_as)
        return await self._said(ask)

    async def again(self, decision: Decision, *, agent: Agent | None = None) -> Decision:
        """
        Ask the same question anew, as :meth:`grantkit.SupportAccess.again` does, without blocking the loop.

        Args:
            decision: The answer that was given then.
            agent: The agent as the host knows them now; by default as they were then.
        """
        return await self._said(partial(self.access.again, decision, agent=agent))

    def watch(self, decision: Decision, *, every: timedelta = EVERY) -> AbstractAsyncContextManager[Watch]:
        """
        Run a block for as long as access lasts.

        >>> async def live(websocket, decisions, decision):
        ...     await websocket.accept()
        ...     async with decisions.watch(decision) as watch:
        ...         await send_what_happens(websocket)  # is cancelled when access is over
        ...     watch.require()  # then raises AccessDenied, and the problem handlers close the socket

        The question is asked again *every* so often, and at the instant at which the last answer stops to hold by time
        alone. What the block calls in a thread goes on there to its end. The agent's teams are those of the decision.

        Args:
            decision: One that allows.
            every: After how long a revocation is noticed at the latest.

        Raises:
            AccessDenied: If the decision denies.
        """
        return self._watch_of(decision).over(every)

    def watched(
        self,
        decision: Decision,
        response: Response,
        *,
        every: timedelta = EVERY,
        end: LastWords | None = None,
    ) -> WatchedResponse:
        """
        Send *response* for as long as access lasts, and cut it when it does not.

        Args:
            decision: One that allows.
            response: Any response, such as a stream.
            every: After how long a revocation is noticed at the latest; the end of a window is noticed at once.
            end: Makes the last words of a stream that is cut, out of the decision that denies; without, the connection
                is broken off, so that half a file is not taken for a whole one.

        Raises:
            AccessDenied: If the decision denies.
        """
        return WatchedResponse(response, self._watch_of(decision), every=every, end=end)

    def _watch_of(self, decision: Decision) -> Watch:
        return Watch(decision.require(), self._again_or_give_up, self.access.clock)

    async def _again_or_give_up(self, decision: Decision) -> Decision:
        # Left alone if it takes too long: it only reads, and a stream must not wait for a store that hangs.
        return await self._said(partial(self.access.again, decision), abandon=True)

    async def _said(
        self, ask: Callable[[], Decision | Awaitable[Decision]], *, abandon: bool = False
    ) -> Decision:
        """Return what a question to the door gives; one that is awaited, and cancelled, ends with whoever asked."""
        if isinstance(self.access, AsyncSupportAccess):
            return await cast("Awaitable[Decision]", ask())
        return await self._lanes.run(cast("Callable[[], Decision]", ask), abandon=abandon)
