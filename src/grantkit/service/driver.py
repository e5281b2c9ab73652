"""The sync driver: carries out steps against a store, and begins anew when another command was there first."""

from collections.abc import Callable

from grantkit.errors import HeadMoved, Unavailable
from grantkit.lifecycle import Slice
from grantkit.model import Grant
from grantkit.ports import Store
from grantkit.service.plan import Append, Load, Steps

ATTEMPTS = 50
"""How often a command is tried while others keep writing to the same tenant."""


def drive(store: Store, begin: Callable[[], Steps]) -> Grant | None:
    """
    Run the steps that *begin* gives until they end, and return what they return.

    Raises:
        Unavailable: If other writers were first every time.
        StoreError: If the store fails; nothing was written, or its outcome is unknown.
    """
    last: HeadMoved | None = None
    for _ in range(ATTEMPTS):
        try:
            return _run(store, begin())
        except HeadMoved as moved:
            last = moved
    raise Unavailable(what="a quiet moment of the tenant's record") from last


def _run(store: Store, steps: Steps) -> Grant | None:
    answer: Slice | None = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as done:
            found: Grant | None = done.value
            return found
        answer = _carry_out(store, step)


def _carry_out(store: Store, step: Load | Append) -> Slice | None:
    if isinstance(step, Load):
        return store.load(step.tenant, step.want)
    store.append(step.tenant, step.expected_head, step.batch)
    return None
