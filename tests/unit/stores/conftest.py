"""What the tests of the stores leave behind is let go of while they are still the ones to answer for it."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def let_go() -> Iterator[None]:
    """Let go of what an interrupted call left in a cycle, before another test is told of it."""
    yield
    gc.collect()
