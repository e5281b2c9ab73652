"""
Connections: one for each thread, none across a fork, and errors in the words of grantkit.

A process must not have the file open when it forks. SQLite keeps its locks by process and file: a connection that the
child opened beside an inherited one would believe that locks are held that are the parent's, and when the parent goes,
the write-ahead log is taken away under the child, with what it was told is written. So a fork waits for the threads
that are inside a call, closes everything, and both sides open anew.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar
from weakref import WeakSet

from grantkit.errors import Corrupt, OutcomeUnknown, StoreError, Unavailable
from grantkit.stores.sqlite.schema import prepare, recognise, settle

P = ParamSpec("P")
T = TypeVar("T")

_THE_FILE = "the database file"
# After a failed write to the disk at COMMIT, nobody knows how much of it is there when the machine comes up again.
_UNKNOWN = "SQLITE_IOERR"
# A constraint that is broken by a batch whose head is right: what lies there is not what the head says.
_BROKEN = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CONSTRAINT")


class Held:
    """
    The connection of one thread; closed with the thread.

    Every call goes through :meth:`run`, so that no call leaves anything behind: an open transaction would keep its
    thread in the past for ever, and an interrupted writer would keep every other out.

    Attributes:
        lock: Held during every call, so that a fork and a close can wait for its end.
    """

    def __init__(self, path: str, wait: float) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._wait = wait
        self._pid = os.getpid()
        self._connection: sqlite3.Connection | None = None
        self._busy = False

    def run(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """
        Return what *work* makes of the connection and its arguments.

        Raises:
            StoreError: Whatever SQLite raises, in the words of grantkit; nothing was written.
        """
        with self.lock:
            if self._busy:  # a signal handler has interrupted a call, and must not end its transaction
                raise Unavailable(what="the store, which is in the middle of another call of this thread,")
            self._busy = True
            try:
                self._roll_back()  # an interrupt may have come before the last call could do so
                return work(self._ready(), *args, **kwargs)
            except sqlite3.Error as error:
                tell(error)
            finally:
                try:
                    self._roll_back()
                finally:
                    self._busy = False

    def _roll_back(self) -> None:
        found = self._connection
        if found is not None and found.in_transaction:
            try:
                found.execute("ROLLBACK")
            except sqlite3.Error:
                self.close()  # which ends it too, whatever state the disk is in

    def _ready(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._pid == os.getpid():
                return self._connection
            # Forked without Python's knowledge: the parent's connection can neither be used here nor closed.
            raise Unavailable(what="a store that was opened in this process, and not inherited by a fork,")
        # Transactions are begun and ended by hand. A connection is used by its own thread, and closed by any.
        connection = sqlite3.connect(
            self._path, timeout=self._wait, isolation_level=None, check_same_thread=False
        )
        try:
            recognise(connection)
            settle(connection)
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._pid, self._connection = os.getpid(), connection
        return connection

    def close(self) -> None:
        """Close the connection; the next call opens it anew. One that was inherited is left alone."""
        if self._connection is not None and self._pid == os.getpid():
            self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        self.close()


class Connections:
    """The connections of one store."""

    def __init__(self, path: str, wait: float) -> None:
        self._path = path
        self._wait = wait
        self._local = threading.local()
        self._all: WeakSet[Held] = WeakSet()
        self._closed = False
        with _FORKING:
            _EVERY.add(self)

    def mine(self) -> Held:
        """
        Return the connection of this thread; hold its lock while it is used.

        Raises:
            Unavailable: If the store is closed.
        """
        held: Held | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = Held(self._path, self._wait)
            with _FORKING:
                self._all.add(held)
        if self._closed:
            raise Unavailable(what="the store, which is closed,")
        return held

    def every(self) -> tuple[Held, ...]:
        """Return the connections of all threads."""
        return tuple(self._all)

    def close(self) -> None:
        """Close the connections of every thread, each when its call is over; the store cannot be used any more."""
        self._closed = True
        with _FORKING:
            every = self.every()
        for held in every:
            with held.lock:
                held.close()


_FORKING = threading.RLock()
_EVERY: WeakSet[Connections] = WeakSet()
_STILL = ExitStack()


def _before_fork() -> None:
    _STILL.enter_context(_FORKING)
    for held in [held for connections in tuple(_EVERY) for held in connections.every()]:
        _STILL.enter_context(held.lock)
        held.close()


if hasattr(os, "register_at_fork"):  # where there is no fork, there is none
    os.register_at_fork(before=_before_fork, after_in_parent=_STILL.close, after_in_child=_STILL.close)


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


def every(connection: sqlite3.Connection, statement: str, parameters: tuple[object, ...]) -> list[Any]:
    """
    Return all rows, fetched before any is read.

    A statement that is left in the middle, since what a row held made its reader raise, pins the connection to the past
    for as long as somebody keeps the exception: every later decision of the thread would miss every revocation.
    """
    return connection.execute(statement, parameters).fetchall()


def _decode(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


@contextmanager
def whatever_lies_there(connection: sqlite3.Connection) -> Generator[None]:
    """Read text that is no UTF-8 as some other text, so that whoever verifies can say where it lies."""
    connection.text_factory = _decode
    try:
        yield
    finally:
        connection.text_factory = str
