"""A standby of a server of one's own: it follows, is held, is cut off, and is made the primary."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from sql.server_process import PATIENCE, OwnServer, up


class Standby(OwnServer):
    """A server that was copied from another one, and follows it."""

    def __init__(self, folder: Path, primary: OwnServer) -> None:
        """Copy *primary* into *folder*."""
        self.primary = primary
        super().__init__(folder, wal_retrieve_retry_interval="100ms")

    def fill(self) -> None:
        """Make what it starts from: a copy of the primary, with a note to follow it."""
        self.run(
            "pg_basebackup", "-R", "-c", "fast", "-h", self.primary.folder, "-U", "postgres", "-D", self.data
        )

    def catch_up(self) -> None:
        """Wait until it has applied all that the primary has on its disk."""
        written = ask(self.primary, "SELECT pg_current_wal_flush_lsn()")
        until(lambda: ask(self, "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written))

    def hold(self) -> None:
        """Let it apply nothing more, as a standby that lags."""
        ask(self, "SELECT pg_wal_replay_pause()")
        until(lambda: ask(self, "SELECT pg_get_wal_replay_pause_state()") == "paused")

    def let_go(self) -> None:
        """Let it apply again."""
        ask(self, "SELECT pg_wal_replay_resume()")

    def cut_off(self) -> None:
        """Let nothing more reach it, as where the network is gone."""
        self.follow("")
        until(lambda: ask(self, "SELECT count(*) FROM pg_stat_wal_receiver") == 0)

    def follow(self, address: str | None = None) -> None:
        """Follow whom *address* says: nobody, if it is empty; its primary, if it is not given."""
        self.set(primary_conninfo=f"host={self.primary.folder} user=postgres" if address is None else address)
        ask(self, "SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Make it the primary."""
        assert ask(self, "SELECT pg_promote(true, %s)", PATIENCE)


@contextmanager
def standby_of(primary: OwnServer) -> Iterator[Standby]:
    """Yield a standby that is up and has all that *primary* has."""
    with up(partial(Standby, primary=primary)) as standby:
        standby.catch_up()
        yield standby


def ask(server: OwnServer, question: str, *given: object) -> Any:
    """Return the one value that *server* answers."""
    with psycopg.connect(
        host=str(server.folder), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        (value,) = connection.execute(question, given).fetchone() or (None,)
        return value


def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = _seconds() + PATIENCE
    while not holds():
        assert _seconds() < ends, "waited in vain"
        time.sleep(0.01)


def _seconds() -> float:
    return time.monotonic()  # noqa: TID251  # how long a real server takes
