"""Each test of a guard runs over both doors: the one that is asked in threads, and the one that is awaited."""

import pytest

from contrib.web import awaited
from grantkit.contrib import fastapi as of_fastapi
from grantkit.contrib.starlette import deciding, guard


@pytest.fixture
def door(request, monkeypatch):
    """Let guards be asked as the parameter says: whatever door they are given, over the same store and clock."""
    kind = getattr(request, "param", "sync")
    if kind == "async":
        found = deciding.access_on
        for module in (guard, of_fastapi):
            monkeypatch.setattr(module, "access_on", lambda *asked: awaited(found(*asked)))
    return kind


# What is about a store that blocks, or about the threads in which it does.
OF_THREADS = {
    "test_a_store_that_hangs_cuts_the_stream",
    "test_decisions_do_not_block_the_loop",
    "test_each_guard_has_threads_of_its_own",
}


def pytest_generate_tests(metafunc):
    """Run what asks for both doors over both."""
    if "both_doors" in metafunc.fixturenames and metafunc.function.__name__ not in OF_THREADS:
        metafunc.parametrize("door", ["sync", "async"], indirect=True)


@pytest.fixture
def both_doors(door):
    """Ask for both."""
    return door
