"""Asking SQLite: transactions, whole answers, and errors in the words of grantkit."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

from grantkit.errors import Corrupt, OutcomeUnknown, StoreError, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

_THE_FILE = "the database file"
# After a failed write to the disk at COMMIT, nobody knows how much of it is there when the machine comes up again.
_UNKNOWN = "SQLITE_IOERR"
# A constraint that is broken by a batch whose head is right: what lies there is not what the head says.
_BROKEN = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CONSTRAINT")


def tell(error: sqlite3.Error, *, at_commit: bool = False) -> NoReturn:
    """Raise grantkit's error for *error*; none shows a path or a value."""
    name: str = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if "Could not decode" in str(error):
        raise Corrupt(what="text that is no UTF-8") from None  # the text of this error holds the value
    failure: StoreError = Unavailable(what=f"{_THE_FILE} ({name})")
    if name.startswith(_BROKEN):
        failure = Corrupt(what=f"{_THE_FILE} that is no sound database ({name})")
    elif at_commit and name.startswith(_UNKNOWN):
        failure = OutcomeUnknown(what=f"{_THE_FILE} ({name})")
    raise failure from error


def in_snapshot(
    connection: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Return what *work* reads: whatever its statements find was there at one moment."""
    connection.execute("BEGIN")
    return work(connection, *args, **kwargs)


def in_transaction(
    connection: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], None],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """
    Let *work* write: all of it or nothing, under the write lock from the beginning, so that nothing it read is stale.

    Raises:
        OutcomeUnknown: If the disk failed while it was committed.
    """
    connection.execute("BEGIN IMMEDIATE")
    work(connection, *args, **kwargs)
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        tell(error, at_commit=True)


def numbered(*values: object) -> dict[str, object]:
    """Return the values of ``?1``, ``?2`` and so on: Python 3.12 gives up binding them in order."""
    return {str(number): value for number, value in enumerate(values, 1)}


def every(
    connection: sqlite3.Connection, statement: str, parameters: tuple[object, ...] | dict[str, object]
) -> list[Any]:
    """
    Return all rows, fetched before any is read.

    A statement that is left in the middle, since what a row held made its reader raise, pins the connection to the past
    for as long as somebody keeps the exception: every later decision of the thread would miss every revocation.
    """
    return connection.execute(statement, parameters).fetchall()


def _decode(raw: bytes) -> str:
    return raw.decode(
        errors="backslashreplace"
    )  # which can be printed, and which nothing sound is spelled with


@contextmanager
def whatever_lies_there(connection: sqlite3.Connection) -> Generator[None]:
    """Read text that is no UTF-8 as some other text, so that whoever verifies can say where it lies."""
    connection.text_factory = _decode
    try:
        yield
    finally:
        connection.text_factory = str
