"""
For the tests of host applications and of stores: a clock that you turn yourself, and the laws that stores keep.

Strategies for Hypothesis lie in :mod:`grantkit.testing.strategies`, which needs it; nothing here does.
"""

from grantkit.testing.check import LawsKept, check_store
from grantkit.testing.clock import FakeClock
from grantkit.testing.laws import LAWS, LawBroken

__all__ = ["LAWS", "FakeClock", "LawBroken", "LawsKept", "check_store"]
