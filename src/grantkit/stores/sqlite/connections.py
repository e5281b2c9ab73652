"""
Connections: one for each thread, none across a fork.

A process must not have the file open when it forks. SQLite keeps its locks by process and file: a connection that the
child opened beside an inherited one would believe that locks are held that are the parent's, and when the parent goes,
the write-ahead log is taken away under the child, with what it was told is written. So a fork waits for the threads
that are inside a call, closes everything, and both sides open anew.
"""

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakSet

from grantkit.errors import NotReady, Unavailable
from grantkit.stores.sqlite.asking import tell
from grantkit.stores.sqlite.remembered import Remembered
from grantkit.stores.sqlite.schema import prepare, recognise, settle

P = ParamSpec("P")
T = TypeVar("T")

# After a fork that Python was not told of: a connection of the parent can neither be used nor closed here, and no other
# may be opened beside it.
_FORKED = "a process that was forked before it opened the store, or by os.fork(),"
_IN_A_FORK = "open the store in each process, after it was forked"


class Held:
    """
    The connection of one thread; closed with the thread.

    Every call goes through :meth:`run`, so that no call leaves anything behind: an open transaction would keep its
    thread in the past for ever, and an interrupted writer would keep every other out.

    Attributes:
        lock: Held during every call, so that a fork and a close can wait for its end.
        remembered: What decisions of this thread have read.
    """

    def __init__(self, path: str, wait: float) -> None:
        # First, since an interrupt may come before the next line, and then __del__ looks for it.
        self._connection: sqlite3.Connection | None = None
        self.lock = threading.RLock()
        self.remembered = Remembered()
        self._path = path
        self._wait = wait
        self._pid = os.getpid()
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
            raise NotReady(what=_FORKED, do=_IN_A_FORK)
        if any(held.inherited for held in _every_held()):
            raise NotReady(what=_FORKED, do=_IN_A_FORK)
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
        self.remembered.forget()  # every connection counts from somewhere else
        self._pid, self._connection = os.getpid(), connection
        return connection

    @property
    def inherited(self) -> bool:
        """Whether the connection is the parent's: after a fork that Python was not told of."""
        return self._connection is not None and self._pid != os.getpid()

    def close(self) -> None:
        """Close the connection; the next call opens it anew. One that was inherited is left alone."""
        if self._connection is not None and not self.inherited:
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
        with _LISTED:
            _EVERY.add(self)

    def mine(self) -> Held:
        """
        Return the connection of this thread; hold its lock while it is used.

        Raises:
            NotReady: If the store is closed.
        """
        held: Held | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = Held(self._path, self._wait)
            with _FORKING, _LISTED:  # not in the middle of a fork, which would not know of it
                self._all.add(held)
        if self._closed:
            raise NotReady(what="the store, which is closed,", do="open it again")
        return held

    def every(self) -> tuple[Held, ...]:
        """Return the connections of all threads."""
        with _LISTED:
            return tuple(self._all)

    def close(self) -> None:
        """Close the connections of every thread, each when its call is over; the store cannot be used any more."""
        self._closed = True
        for held in self.every():
            with held.lock:
                held.close()


# Held by one fork from before to after. Whoever holds the lock of a connection must not wait for it.
_FORKING = threading.RLock()
# Held for as long as it takes to look at the sets of connections: another thread may be adding to them. Whoever holds
# it waits for nothing else.
_LISTED = threading.RLock()
_EVERY: WeakSet[Connections] = WeakSet()
_STILL = ExitStack()


def _every_held() -> list[Held]:
    with _LISTED:
        stores = tuple(_EVERY)
    return [held for connections in stores for held in connections.every()]


def _before_fork() -> None:
    _STILL.enter_context(_FORKING)
    for held in _every_held():
        _STILL.enter_context(held.lock)
        held.close()
    _STILL.enter_context(_LISTED)  # or the child could inherit it from a thread that it does not have


def _after_fork() -> None:
    # Taken out first: as soon as the last lock is let go, another thread's fork begins to fill the stack anew.
    _STILL.pop_all().close()


if hasattr(os, "register_at_fork"):  # where there is no fork, there is none
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
