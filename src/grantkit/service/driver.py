"""The drivers, sync and async: they carry out steps against a store, and decide nothing."""

from collections.abc import Awaitable, Callable
from functools import partial
from time import sleep
from typing import Any, TypeVar

from grantkit.ports import Store
from grantkit.ports.aio import AsyncStore
from grantkit.service.guard import not_async
from grantkit.service.steps import AnyStep, Came, Outside, Pause, Steps
from grantkit.service.trying import tried

T = TypeVar("T")


def drive(store: Store, begin: Callable[[], Steps[T]]) -> T:
    """
    Run the steps that *begin* gives until they end, and return what they return.

    Raises:
        Unavailable: If other writers were first every time.
        StoreError: If the store fails; nothing was written, or its outcome is unknown.
    """
    steps = tried(begin)
    resume: Callable[[], AnyStep] = partial(next, steps)
    while True:
        try:
            step = resume()
        except StopIteration as done:
            found: T = done.value
            return found
        try:
            resume = partial(steps.send, _carried_out(store, step))
        except Exception as error:  # noqa: BLE001  # the plan may have more to do, such as the next tenant
            resume = partial(steps.throw, error)


async def drive_async(store: AsyncStore, begin: Callable[[], Steps[T]]) -> T:
    """
    Run the steps that *begin* gives, as :func:`drive` does, and await each.

    A cancellation goes straight through: nothing of the plan runs after it, so nothing more is read or written.
    """
    steps = tried(begin)
    resume: Callable[[], AnyStep] = partial(next, steps)
    while True:
        try:
            step = resume()
        except StopIteration as done:
            found: T = done.value
            return found
        try:
            resume = partial(steps.send, await _awaited(store, step))
        except Exception as error:  # noqa: BLE001  # as in `drive`
            resume = partial(steps.throw, error)


def _carried_out(store: Store, step: AnyStep) -> Any:
    match step:
        case Outside():
            return _asked(step)
        case Pause():
            return sleep(step.seconds)
        case _:
            return getattr(store, step.method)(*step.args)


async def _awaited(store: AsyncStore, step: AnyStep) -> Any:
    match step:
        case Outside():
            return await _asked_async(step)
        case Pause():
            # Loaded by the first who has to wait: `import grantkit` costs nobody the loop of whoever needs none.
            from asyncio import sleep as sleep_async  # noqa: PLC0415

            return await sleep_async(step.seconds)
        case _:
            return await getattr(store, step.method)(*step.args)


def _asked(step: Outside) -> Came:
    try:
        return Came(value=step.read(not_async(step.call())))
    except Exception as error:  # noqa: BLE001  # the host's code may raise anything; the plan says what it means
        return Came(error=error)


async def _asked_async(step: Outside) -> Came:
    try:
        found = step.call()
        return Came(value=step.read(await found if isinstance(found, Awaitable) else found))
    except Exception as error:  # noqa: BLE001  # as in `_asked`
        return Came(error=error)
