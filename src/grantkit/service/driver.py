"""The sync driver: carries out steps against a store, and begins anew when another command was there first."""

from collections.abc import Callable
from functools import partial
from random import random
from time import sleep
from typing import Any, TypeVar

from grantkit.errors import HeadMoved, Unavailable
from grantkit.ports import Store
from grantkit.service.steps import Came, Outside, Step, Steps

T = TypeVar("T")

ATTEMPTS = 50
"""How often a command is tried while others keep writing to the same tenant."""

_AT_ONCE = 3
_SHORTEST, _LONGEST = 0.001, 0.05


def drive(store: Store, begin: Callable[[], Steps[T]]) -> T:
    """
    Run the steps that *begin* gives until they end, and return what they return.

    Raises:
        Unavailable: If other writers were first every time.
        StoreError: If the store fails; nothing was written, or its outcome is unknown.
    """
    last: HeadMoved | None = None
    for attempt in range(ATTEMPTS):
        try:
            return _run(store, begin())
        except HeadMoved as moved:
            last = moved
            if attempt >= _AT_ONCE:
                # Whoever is tried again at once, in a crowd that does the same, can lose every time, and be it a brake.
                sleep(random() * min(_LONGEST, _SHORTEST * 2.0 ** (attempt - _AT_ONCE)))  # noqa: S311  # no secret
    raise Unavailable(what="a quiet moment of the tenant's record") from last


def _run(store: Store, steps: Steps[T]) -> T:
    resume: Callable[[], Step | Outside] = partial(next, steps)
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


def _carried_out(store: Store, step: Step | Outside) -> Any:
    return _asked(step.call) if isinstance(step, Outside) else getattr(store, step.method)(*step.args)


def _asked(call: Callable[[], object]) -> Came:
    try:
        return Came(value=call())
    except Exception as error:  # noqa: BLE001  # the host's code may raise anything; the plan says what it means
        return Came(error=error)
