"""Many cases in one test: a failure still says which of them it was."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def named(case: object) -> Iterator[None]:
    """Add to whatever fails inside which case it was: pytest shows it below the failure."""
    try:
        yield
    except BaseException as fault:  # a missing `raises` fails with no Exception
        fault.add_note(f"in the case: {case}")
        raise
