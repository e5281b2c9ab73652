"""What a database says when it fails, in the words of grantkit."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NoReturn

from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from grantkit.errors import Corrupt, NotReady, OutcomeUnknown, StoreError, Unavailable

_ROLLED_BACK: Final = ("23", "40")  # of these classes PostgreSQL says that the transaction is undone
_OF_THE_SERVER: Final = (InterfaceError, OperationalError, ProgrammingError, PoolTimeoutError)
_NO_TABLES: Final = ("42P01", "42703", "3F000")
_NO_RIGHT: Final = "42501"


def tell(error: SQLAlchemyError, *, at_commit: bool = False) -> NoReturn:
    """
    Raise grantkit's error for *error*.

    The driver's own error is the cause, where it is about the server: what SQLAlchemy raises shows parameters. Where it
    is about a row, only its name is told: such a message holds the row, with the words of people in it.
    """
    orig = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(orig, "sqlstate", None) or ""
    name = f"{type(orig).__name__} {state}".strip()
    failure: StoreError = Unavailable(what=f"the database ({name})")
    if state in _NO_TABLES:
        failure = NotReady(
            what=f"a database with the tables of this grantkit ({name})",
            do="migrate it, or say with schema= where the tables lie",
        )
    elif state == _NO_RIGHT:
        failure = NotReady(
            what=f"a role of the database that has the right to do this ({name})",
            do="use the role that may, or give it what rights_of says",
        )
    elif at_commit and not state.startswith(_ROLLED_BACK):
        # The connection may have been lost before the server had heard of it or after it had done it.
        failure = OutcomeUnknown(what=f"the database ({name})")
    elif isinstance(error, IntegrityError):
        # A constraint that is broken by a batch whose head is right: what lies there is not what the head says.
        failure = Corrupt(what=f"a database that does not hold what its heads say ({name})")
    raise failure from (orig if isinstance(error, _OF_THE_SERVER) else None)


@contextmanager
def told(*, at_commit: bool = False) -> Generator[None]:
    """
    Raise whatever SQLAlchemy raises within as one of grantkit's errors.

    Raises:
        Unavailable: If it cannot be had; nothing was written.
        OutcomeUnknown: If it failed while it committed.
        Corrupt: If what lies there is not sound.
    """
    try:
        yield
    except SQLAlchemyError as error:
        tell(error, at_commit=at_commit)
