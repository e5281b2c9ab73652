"""Points in the life of a database connection at which a process can be made to die, from the outside."""

import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

PAGE: Final = 4096
REAL_CONNECT = sqlite3.connect

# What a statement is called, by how it begins; what is not here is not told of.
_NAMES: Final = {
    "BEGIN IMMEDIATE": "BEGIN",
    "COMMIT": "COMMIT",
    "INSERT INTO entries": "INSERT entries",
    "INSERT INTO texts": "INSERT texts",
    "INSERT INTO documents": "INSERT documents",
    "INSERT INTO grants": "INSERT grants",
    "INSERT INTO stances": "INSERT stances",
    "INSERT INTO cuts": "INSERT cuts",
    "INSERT INTO retries": "INSERT retries",
    "INSERT INTO heads": "INSERT heads",
    "DELETE FROM texts WHERE tenant = ? AND seq": "DELETE text",
    "DELETE FROM heads": "DELETE heads",
    "DELETE FROM entries": "DELETE entries",
    "DELETE FROM texts": "DELETE texts",
    "DELETE FROM grants": "DELETE grants",
    "PRAGMA wal_checkpoint": "checkpoint",
    "PRAGMA journal_mode": "journal_mode",
    "PRAGMA synchronous = FULL": "synchronous",
    "CREATE TABLE heads": "CREATE heads",
    "CREATE TABLE grants": "CREATE grants",
    "CREATE INDEX grants_due": "CREATE due",
    "PRAGMA application_id =": "application_id",
    "PRAGMA user_version =": "user_version",
}

COMMANDS: Final = (
    *("before BEGIN", "after BEGIN"),
    *("after INSERT entries", "after INSERT texts", "after INSERT documents", "after INSERT grants"),
    *("after INSERT stances", "after INSERT cuts", "after INSERT retries", "after INSERT heads"),
    *("after DELETE text", "after DELETE heads", "after DELETE entries", "after DELETE grants"),
    *("before COMMIT", "inside COMMIT", "after COMMIT"),
    *("before checkpoint", "inside checkpoint", "after checkpoint"),
    *("before the acknowledgement", "after the acknowledgement"),
)
"""Where a process can die while it carries out commands."""

OPENING: Final = (
    *("before journal_mode", "inside journal_mode", "after journal_mode"),
    *("before BEGIN", "after BEGIN", "after CREATE heads", "after CREATE grants", "after CREATE due"),
    *("after application_id", "after user_version", "inside COMMIT", "after COMMIT"),
)
"""Where a process can die while it lays out a new file."""

MIGRATING: Final = (
    *("after BEGIN", "before CREATE due", "after CREATE due", "before user_version", "after user_version"),
    *("inside COMMIT", "after COMMIT"),
)
"""Where a process can die while it brings up an older file."""


class Trap:
    """Kills this process when it comes to a point for the so-manieth time."""

    def __init__(self, point: str, nth: int, seed: int) -> None:
        self._point = point
        self._left = nth
        self._rng = Random(seed)  # noqa: S311  # repeatable on purpose

    def reach(self, point: str) -> None:
        """Die, if it is here and now."""
        if self._is_here(point):
            os.kill(os.getpid(), signal.SIGKILL)

    def _is_here(self, point: str) -> bool:
        if point != self._point:
            return False
        self._left -= 1
        return self._left <= 0

    def tear(self, name: str, path: str, run: Callable[[], Any]) -> Any:
        """
        Run a statement; if it is here and now, let no file grow past some byte of what it writes.

        The write that comes to that byte is cut in two, and the next one kills the process: SIGXFSZ strikes in the
        middle of a system call of SQLite. A statement that writes less survives, and the next one is tried.
        """
        if not self._is_here(f"inside {name}"):
            return run()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._byte(name, path), hard))
        try:
            return run()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def _byte(self, name: str, path: str) -> int:
        if name == "COMMIT":  # pages are put at the end of the write-ahead log
            return _size(f"{path}-wal") + self._rng.randrange(3 * PAGE)
        return self._rng.randrange(max(_size(path) - 1, PAGE))


def _size(path: str) -> int:
    # Never opened: closing a file lets go of the locks that this process has on it.
    return Path(path).stat().st_size if Path(path).exists() else 0


class Watched(sqlite3.Connection):
    """A connection that tells of its statements before and after them."""

    trap: Trap
    path: str

    def __init__(self, database: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self.path = database

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        name = name_of(sql)
        if name is None:
            return self.carry_out(sql, parameters)
        self.trap.reach(f"before {name}")
        found = self.trap.tear(name, self.path, lambda: self._to_the_end(sql, parameters))
        self.trap.reach(f"after {name}")
        return found

    def _to_the_end(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        found = self.carry_out(sql, parameters)
        rows = (
            found.fetchall()
        )  # what a pragma does, it has done when its row has been fetched, and no sooner
        return super().execute(f"SELECT {', '.join('?' * len(rows[0]))}", rows[0]) if rows else found

    def carry_out(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        """Do what the statement says; a saboteur does something else."""
        return super().execute(sql, parameters)


def name_of(sql: str) -> str | None:
    """Return what a statement is called, ``None`` for one that nobody asks about."""
    words = " ".join(sql.split())
    found = [begin for begin in _NAMES if words.startswith(begin)]
    return _NAMES[max(found, key=len)] if found else None


def set_trap(trap: Trap, factory: type[Watched] = Watched) -> None:
    """Let every connection that this process opens from now on step on *trap*; only for a process that is to die."""
    factory.trap = trap
    sqlite3.connect = partial(REAL_CONNECT, factory=factory)
    # As a shell would start it: Python ignores this signal, and SQLite would be told of a full disk instead.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say(line: str, pipe: int) -> None:
    """Put a line where it outlives this process."""
    os.write(pipe, f"{line}\n".encode())


def give_up(why: str) -> None:
    """End a process that cannot go on, without a second word."""
    sys.stderr.write(why)
    sys.stderr.flush()
    os._exit(70)
