"""For the tests of host applications: a clock that you turn yourself."""

from grantkit.testing.clock import FakeClock

__all__ = ["FakeClock"]
