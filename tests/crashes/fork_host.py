"""Tales of processes that fork with a store open: ``python -m crashes.fork_host``, one a line, its outcome a line."""

import ctypes
import json
import os
import signal
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from crashes.race_rounds import RACES, grant
from grantkit import SupportAccess
from grantkit.errors import Unavailable
from grantkit.stores import SQLiteStore
from grantkit.stores.sqlite import connections

LIFETIME = 20
"""How many seconds a process of a tale may live, whatever happens."""

RACE = RACES["cut off or grant"]
CARRIED: list[object] = []


class Child:
    """A forked process that does something, says one thing of it, JSON, and ends."""

    def __init__(self, work: Callable[[], Any], fork: Callable[[], int] = os.fork) -> None:
        self._ours, theirs = os.pipe()
        self.pid = fork()
        if self.pid == 0:
            do(work, theirs)
        os.close(theirs)

    def said(self) -> Any:
        """Return what it said, when it has ended; ``None`` if nothing."""
        found = heard(self._ours)
        os.waitpid(self.pid, 0)
        return found


def do(work: Callable[[], Any], pipe: int) -> NoReturn:
    """Do what a forked process is there for, say what came of it, and end."""
    try:
        signal.alarm(LIFETIME)
        os.write(pipe, json.dumps(work()).encode())
    except BaseException:  # noqa: BLE001  # told to whoever started it
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(70)
    os._exit(0)


def heard(pipe: int) -> Any:
    """Return what is said in a pipe, when all who could say something have ended; ``None`` if nothing."""
    with os.fdopen(pipe) as found:
        text = found.read()
    return json.loads(text) if text else None


class Gate:
    """What one process opens and another waits for; it is open too when all who could open it are gone."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.pipe()

    def open(self) -> None:
        """Let the other go on."""
        os.write(self._theirs, b".")

    def wait(self) -> None:
        """Wait until it is open; who waits does not open it."""
        os.close(self._theirs)
        os.read(self._ours, 1)


def several(access: SupportAccess, who: str, many: int = 5, tenant: str = "acme") -> list[str]:
    """Grant so many times; return what was acknowledged."""
    return [grant(access, tenant, f"{who}-{number}") for number in range(many)]


def both_work(path: str) -> list[str]:
    """A parent and its child work at once; the child closes its store and ends, and the parent goes on."""
    store = SQLiteStore(path)
    access = RACE.open(store)
    made = several(access, "before", 1)

    def work() -> list[str]:
        done = several(access, "child")
        store.close()
        return done

    child = Child(work)
    made += several(access, "parent")
    made += child.said()
    made += several(access, "after")
    store.close()
    return made


def keeps_its_lock(path: str, *, careless: bool) -> list[str]:
    """
    While a parent writes, its child closes its store and ends; somebody else tries to write then, and later.

    A *careless* parent opens and closes a file of the database by itself, which lets go of all its locks on it.
    """
    first, tried, second = Gate(), Gate(), Gate()
    ready, child_may = Gate(), Gate()

    def somebody() -> list[str]:
        store = SQLiteStore(path, wait=0.05)
        said = []
        for gate in (first, second):
            gate.wait()
            try:
                said.append(f"gave {bool(grant(RACE.open(store), 'acme'))}")
            except Unavailable as error:
                said.append(type(error).__name__)
            if gate is first:
                tried.open()
        return said

    SQLiteStore(path).close()  # laid out before the other one comes, who does not wait for that
    other = Child(somebody)
    store = SQLiteStore(path)
    several(RACE.open(store), "before", 1)

    def work() -> None:
        several(RACE.open(store), "child", 1)
        ready.open()
        child_may.wait()
        store.close()

    child = Child(work)
    ready.wait()

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        child_may.open()
        child.said()
        if careless:
            os.close(os.open(f"{path}-shm", os.O_RDONLY))
        first.open()
        tried.wait()

    store._connections.mine().run(write)
    second.open()
    return other.said()


def orphan(path: str, *, killed: bool, carried: bool = False) -> list[str] | None:
    """
    A parent goes, in good order or not; its child goes on, and so does somebody who has nothing to do with them.

    With *carried* the child keeps the connection of its parent and opens another beside it: what ours must not do.
    """
    at_work, go_on = Gate(), Gate()
    ours, theirs = os.pipe()

    def parent() -> None:
        store = SQLiteStore(path)
        access = RACE.open(store)
        several(access, "before", 1)
        if carried:
            connections._EVERY.clear()
        me = os.getpid()
        if os.fork() == 0:
            do(partial(child, store, access, me), theirs)
        if killed:
            os.kill(me, signal.SIGKILL)
        store.close()

    def child(store: SQLiteStore, access: SupportAccess, parent: int) -> list[str]:
        while os.getppid() == parent:
            time.sleep(0.001)
        for held in store._connections.every() if carried else ():
            CARRIED.append(held._connection)
            held._connection = None
        made = several(access, "child")
        at_work.open()
        go_on.wait()
        return made + several(access, "late")

    first = Child(parent)
    os.close(theirs)
    at_work.wait()
    others = Child(lambda: several(RACE.open(SQLiteStore(path)), "other")).said()
    go_on.open()
    made = heard(ours)
    first.said()
    return None if made is None else made + others


def crowd_forks(path: str) -> list[str]:
    """A parent forks again and again while its threads are in the middle of commands; all of them do something."""
    # On a slow disk the file may be somebody else's for longer than the usual five seconds, and this is about forks.
    store = SQLiteStore(path, wait=15)
    access = RACE.open(store)
    made: list[str] = []
    over = threading.Event()

    def work(who: str) -> None:
        number = 0
        while not over.is_set():
            made.append(grant(access, "acme", f"{who}-{number}"))
            number += 1
            time.sleep(0.001)  # a lock knows no queue: who never rests lets nobody else in for long

    threads = [threading.Thread(target=work, args=(f"thread-{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    found = [Child(partial(several, access, f"child-{number}", 1)).said() for number in range(6)]
    over.set()
    for thread in threads:
        thread.join()
    store.close()
    return made + [each for said in found for each in said]


def unknown_fork(path: str) -> list[str]:
    """A process is forked by a library that does not tell Python; both do something."""
    store = SQLiteStore(path)
    access = RACE.open(store)
    several(access, "before", 1)

    def try_both() -> list[str]:
        return [
            attempt(lambda: several(access, "child", 1)),
            attempt(lambda: several(RACE.open(SQLiteStore(path)), "anew", 1)),
        ]

    said = Child(try_both, ctypes.PyDLL(None).fork).said()
    return [*said, attempt(lambda: several(access, "parent", 1))]


def attempt(work: Callable[[], object]) -> str:
    """Return how *work* is refused, or that it is done."""
    try:
        work()
    except Unavailable as error:
        return type(error).__name__
    return "done"


TALES: dict[str, Callable[..., Any]] = {
    "both work": both_work,
    "keeps its lock": keeps_its_lock,
    "orphan": orphan,
    "crowd forks": crowd_forks,
    "unknown fork": unknown_fork,
}


def main() -> None:
    """Tell tales until there are no more, each in a process of its own."""
    for line in sys.stdin:
        job = json.loads(line)
        tale = TALES[job.pop("tale")]
        # The orphan's own processes must be children of this one, so that it can wait for them.
        outcome = tale(**job) if tale is orphan else Child(partial(tale, **job)).said()
        print(json.dumps(outcome), flush=True)  # noqa: T201  # the outcome


if __name__ == "__main__":
    main()
