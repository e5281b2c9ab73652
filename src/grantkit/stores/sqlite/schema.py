"""
The file: what lies in it, how an older one becomes a present one, and what is refused.

Instants are integer microseconds since 1970. Ids are compared byte for byte: ``BINARY`` is SQLite's default, and no
column has another collation. Tables are ``STRICT``, since a text in an integer column sorts after every integer, and an
end that never comes would be one.
"""

import sqlite3
from time import sleep
from typing import Final

from grantkit.errors import Corrupt, NotReady

APPLICATION_ID: Final = 0x67726B74  # "grkt", in the header of the file: whose it is
_A_MOMENT: Final = 10  # milliseconds until a new file is asked for alone once more
OLDEST_SQLITE: Final = (3, 37, 0)  # the first with STRICT tables

_STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE heads (
            tenant TEXT NOT NULL PRIMARY KEY,
            seq INTEGER NOT NULL CHECK (seq >= 0),
            hash TEXT NOT NULL,
            seen_at INTEGER NOT NULL,
            rules TEXT NOT NULL,
            cut_off INTEGER NOT NULL CHECK (cut_off >= 0),
            freeze TEXT
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE entries (
            tenant TEXT NOT NULL,
            seq INTEGER NOT NULL CHECK (seq > 0),
            hash TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (tenant, seq)
        ) STRICT
        """,
        """
        CREATE TABLE texts (
            tenant TEXT NOT NULL,
            seq INTEGER NOT NULL,
            what TEXT NOT NULL,
            salt BLOB NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (tenant, seq, what)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE documents (
            digest TEXT NOT NULL PRIMARY KEY,
            document BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE stances (
            tenant TEXT NOT NULL,
            agent TEXT NOT NULL,
            cut_off INTEGER NOT NULL CHECK (cut_off >= 0),
            freeze TEXT,
            PRIMARY KEY (tenant, agent)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE cuts (
            tenant TEXT NOT NULL,
            seq INTEGER NOT NULL,
            agent TEXT,
            at INTEGER NOT NULL,
            PRIMARY KEY (tenant, seq)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE retries (
            tenant TEXT NOT NULL,
            row_key TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (tenant, row_key)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE grants (
            tenant TEXT NOT NULL,
            id TEXT NOT NULL,
            holder_kind TEXT NOT NULL,
            holder TEXT NOT NULL,
            over_at INTEGER NOT NULL,
            closes INTEGER NOT NULL,
            ended INTEGER NOT NULL CHECK (ended IN (0, 1)),
            parent TEXT,
            consent_seq INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (tenant, id)
        ) STRICT
        """,
        # The hot path: what a holder has at a tenant, by when it is over; and where a holder has anything at all.
        "CREATE INDEX grants_held ON grants (holder, holder_kind, tenant, over_at)",
        "CREATE INDEX grants_in_order ON grants (tenant, consent_seq, id)",
    ),
    # Files of version 1 had no index of what is due, and a sweep read every grant. There is none outside of tests: the
    # version stands here so that bringing an older file up is proven before there is one to bring up.
    ("CREATE INDEX grants_due ON grants (closes, id) WHERE ended = 0",),
    # Version 3: consents lie among the grants, since ids are unique over both and what rests on one may rest on the
    # other. Whatever reads one kind is a range of that kind, so that a consent never stands between a decision and the
    # grant that was over last.
    (
        "ALTER TABLE grants ADD COLUMN kind TEXT NOT NULL DEFAULT 'grant' CHECK (kind IN ('grant', 'consent'))",
        "DROP INDEX grants_held",
        "DROP INDEX grants_in_order",
        "DROP INDEX grants_due",
        # The kind as a column and not as the condition of a partial index: with that one, SQLite looks into the table
        # for what the index has said already.
        "CREATE INDEX grants_held ON grants (kind, holder, holder_kind, tenant, over_at)",
        "CREATE INDEX grants_in_order ON grants (tenant, kind, consent_seq, id)",
        "CREATE INDEX grants_due ON grants (closes, tenant, id) WHERE ended = 0",
        """
        CREATE TABLE requests (
            tenant TEXT NOT NULL,
            id TEXT NOT NULL,
            seq INTEGER NOT NULL,
            lapses INTEGER NOT NULL,
            settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
            body TEXT NOT NULL,
            PRIMARY KEY (tenant, id)
        ) STRICT
        """,
        "CREATE INDEX requests_in_order ON requests (tenant, seq, id)",
        "CREATE INDEX requests_due ON requests (lapses, tenant, id) WHERE settled = 0",
    ),
    # Version 4: what is bound to a ticket that is open; sessions; uses, as the record sums them up, and as they are
    # counted beside it until it does.
    (
        """
        CREATE TABLE links (
            tenant TEXT NOT NULL,
            ticket TEXT NOT NULL,
            id TEXT NOT NULL,
            PRIMARY KEY (tenant, ticket, id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX links_of ON links (tenant, id)",
        """
        CREATE TABLE sessions (
            tenant TEXT NOT NULL,
            id TEXT NOT NULL,
            agent TEXT NOT NULL,
            over_at INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (tenant, id)
        ) STRICT
        """,
        "CREATE INDEX sessions_held ON sessions (agent, tenant, over_at)",
        "CREATE INDEX sessions_in_order ON sessions (tenant, seq, id)",
        """
        CREATE TABLE usages (
            tenant TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            agent TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (tenant, grant_id, agent)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE tallies (
            tenant TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            agent TEXT NOT NULL,
            hour INTEGER NOT NULL,
            count INTEGER NOT NULL CHECK (count > 0),
            last INTEGER NOT NULL,
            PRIMARY KEY (tenant, grant_id, agent, hour)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    # Version 5: how far each consumer has taken each record.
    (
        """
        CREATE TABLE cursors (
            tenant TEXT NOT NULL,
            consumer TEXT NOT NULL,
            seq INTEGER NOT NULL CHECK (seq >= 0),
            hash TEXT NOT NULL,
            told TEXT NOT NULL,
            PRIMARY KEY (tenant, consumer)
        ) STRICT, WITHOUT ROWID
        """,
    ),
)

VERSION: Final = len(_STEPS)
"""The version of the file's layout that is written, as ``PRAGMA user_version``."""

TABLES_OF_A_TENANT: Final = (
    "heads",
    "entries",
    "texts",
    "stances",
    "cuts",
    "retries",
    "grants",
    "requests",
    "links",
    "sessions",
    "usages",
    "tallies",
    "cursors",
)


def recognise(connection: sqlite3.Connection) -> int:
    """
    Return the version of the file, 0 for an empty one, and change nothing.

    Raises:
        NotReady: If SQLite is too old, or the file was written by a later grantkit.
        Corrupt: If it is the file of another program.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise NotReady(what="SQLite 3.37 or newer", do="use a Python that brings one")
    if not connection.in_transaction:
        # One snapshot: another process may be laying the file out between two of these questions.
        connection.execute("BEGIN")
        try:
            return _version(connection)
        finally:
            connection.execute("ROLLBACK")
    return _version(connection)


def _version(connection: sqlite3.Connection) -> int:
    (application,) = connection.execute("PRAGMA application_id").fetchall()[0]
    (version,) = connection.execute("PRAGMA user_version").fetchall()[0]
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()[0]
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID or version < 1:
        raise Corrupt(what="the file of another program")
    if version > VERSION:
        raise NotReady(
            what=f"a grantkit that reads version {version} of the file (this one reads up to {VERSION})",
            do="update grantkit here",
        )
    return int(version)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the file one of this version: a new one is laid out, an older one brought up, in one transaction."""
    if recognise(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again: another process may have brought it up while this one waited for the lock.
        for step in _STEPS[recognise(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _in_wal_mode(connection: sqlite3.Connection) -> object:
    """
    Put the file in WAL mode, and return the mode that it is in.

    Where several open a new file at once, SQLite says "locked" to this at once, and does not wait as it does elsewhere:
    the change takes the file alone, and waiting for it could wait for somebody who waits too.
    """
    (wait,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        for _ in range(int(wait) // _A_MOMENT):
            try:
                return connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                    raise
                sleep(_A_MOMENT / 1000)
        return connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(wait)}")


def settle(connection: sqlite3.Connection) -> None:
    """
    Set what holds for one connection, and check that it does.

    Raises:
        NotReady: If the file system cannot keep what is written as it must be kept.
    """
    mode = _in_wal_mode(connection)
    connection.execute("PRAGMA synchronous = FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if (mode, synchronous) != ("wal", 2):
        # Without WAL a reader blocks a writer; without FULL a revocation that was acknowledged can be lost.
        raise NotReady(
            what="a file in WAL mode with synchronous = FULL", do="keep it on a disk of this machine"
        )
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not just let go of
    connection.execute("PRAGMA temp_store = MEMORY")  # no sort leaves a body in a temporary file
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
