"""Trying again: what a verb does when another command was there first, for the sync and the async driver alike."""

from collections.abc import Callable
from random import random
from typing import TypeVar

from grantkit.errors import HeadMoved, Unavailable
from grantkit.service.steps import Pause, Steps

T = TypeVar("T")

ATTEMPTS = 50
"""How often a command is tried while others keep writing to the same tenant."""

_AT_ONCE = 3
_SHORTEST, _LONGEST = 0.001, 0.05


def tried(begin: Callable[[], Steps[T]]) -> Steps[T]:
    """
    Take the steps that *begin* gives, and begin anew each time that another command was there first.

    Raises:
        Unavailable: If other writers were first every time.
    """
    last: HeadMoved | None = None
    for attempt in range(ATTEMPTS):
        try:
            return (yield from begin())
        except HeadMoved as moved:
            last = moved
        if attempt >= _AT_ONCE:
            # Whoever is tried again at once, in a crowd that does the same, can lose every time, and be it a brake.
            yield Pause(random() * min(_LONGEST, _SHORTEST * 2.0 ** (attempt - _AT_ONCE)))  # noqa: S311  # no secret
    raise Unavailable(what="a quiet moment of the tenant's record") from last
