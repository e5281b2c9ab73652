"""What lasts longer than an answer, such as a stream or a WebSocket: looked at again while it does, and stopped."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeAlias

import anyio
import attrs

from grantkit.decision import Decision
from grantkit.ports import Clock

Again: TypeAlias = Callable[[Decision], Awaitable[Decision]]

EVERY = timedelta(seconds=1)
"""How often a revocation is looked for, unless the host says otherwise."""
_PATIENCE = timedelta(seconds=5)  # a store that hangs for longer has not said yes
_BLINK = 0.001  # seconds; a clock that stands still right before the end must not keep the loop busy


@attrs.define(eq=False)
class Watch:
    """
    Access that is looked at again while a block runs.

    Attributes:
        decision: The answer that was given last.
        failure: What kept it from being given again; access is over then, as it is when the answer is no.
    """

    decision: Decision
    _again: Again
    _clock: Clock
    failure: Exception | None = attrs.field(default=None, init=False)
    _stop: Callable[[], None] | None = attrs.field(default=None, init=False)

    @property
    def denied(self) -> bool:
        """Whether access was over before the block was."""
        return self.failure is not None or not self.decision

    def require(self) -> None:
        """
        Do nothing if access lasted as long as the block.

        Raises:
            AccessDenied: If it did not. The problem handlers close a WebSocket on it, and say why.
            Exception: What kept the question from being asked again.
        """
        if self.failure is not None:
            raise self.failure
        self.decision.require()

    async def look(self) -> None:
        """Ask again; where that is no yes, the block is cancelled."""
        try:
            with anyio.fail_after(_PATIENCE.total_seconds()):
                answer = await self._again(self.decision)
        except Exception as error:  # noqa: BLE001  # whatever it was, nobody has said yes
            self.failure = error
        else:
            # A no stays: of two looks at one time, the one that began before a revocation may answer last.
            self.decision = self.decision if self.denied else answer
        if self.denied and self._stop is not None:
            self._stop()

    async def look_if_due(self) -> None:
        """Ask again if the last answer cannot hold any more by time alone: between two looks a window may close."""
        until = self.decision.valid_until
        if until is not None and self._clock.now() >= until:
            await self.look()

    def pause(self, every: timedelta) -> float:
        """Return the seconds to the next look: as often as is asked for, and at the end of the window."""
        until: datetime | None = self.decision.valid_until
        if until is None:
            return max(every.total_seconds(), _BLINK)
        try:
            # By the clock, and not since the decision: that may be old by the time at which the watch begins.
            left = min(every, until - self._clock.now())
        except Exception:  # noqa: BLE001  # the next look meets the same failure, and ends the watch
            left = timedelta(0)
        return max(left.total_seconds(), _BLINK)

    @asynccontextmanager
    async def over(self, every: timedelta) -> AsyncGenerator["Watch"]:
        """Run the block for as long as access lasts; cancel it when it does not, and go on behind it."""
        failed: Exception | None = None
        async with anyio.create_task_group() as group:
            self._stop = group.cancel_scope.cancel
            group.start_soon(self._look_on, every)
            try:
                yield self
            except Exception as error:  # noqa: BLE001  # raised again below
                # Out of a task group it would come in a group, and frameworks look for WebSocketDisconnect itself.
                failed = error
            group.cancel_scope.cancel()
        if failed is not None:
            raise failed

    async def _look_on(self, every: timedelta) -> None:
        while True:  # until it is cancelled, by its own look or with the block
            await anyio.sleep(self.pause(every))
            await self.look()
