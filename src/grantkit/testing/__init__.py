"""
For the tests of host applications and of stores: a clock that you turn yourself, and the laws that stores keep.

Strategies for Hypothesis lie in :mod:`grantkit.testing.strategies`, which needs it; nothing here does.
"""

from typing import TYPE_CHECKING

from grantkit.testing.check import LawsKept, check_store
from grantkit.testing.clock import FakeClock
from grantkit.testing.laws import LAWS, LawBroken

if TYPE_CHECKING:
    from grantkit.testing.loop import in_a_loop

__all__ = ["LAWS", "FakeClock", "LawBroken", "LawsKept", "check_store", "in_a_loop"]


def __getattr__(name: str) -> object:
    # Who wants the fake clock alone loads no event loop.
    if name == "in_a_loop":
        from grantkit.testing.loop import in_a_loop  # noqa: PLC0415  # asyncio is loaded by whoever asks for it

        return in_a_loop
    raise AttributeError(name)
