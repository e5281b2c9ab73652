"""Carrying out what a call asks, blocking: on a connection of the store's own, or on one of the host's."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from grantkit.errors import InvalidInput
from grantkit.stores.sql.asks import Answer, Ask, Asks, Given
from grantkit.stores.sql.failures import told

T = TypeVar("T")
Answered: TypeAlias = Callable[[Connection, Ask], Answer]


class Runner(Protocol):
    """Carries out calls: those that read, and those that write all or nothing."""

    @property
    def snapshot_ok(self) -> bool:
        """Whether to decide also where a committed revocation might not be seen."""
        ...

    def read(self, asks: Asks[T]) -> T:
        """Return what *asks* reads."""
        ...

    def write(self, asks: Asks[T]) -> T:
        """Let *asks* write."""
        ...


def by_sqlalchemy(connection: Connection, ask: Ask) -> Answer:
    """Return the answer to *ask*."""
    result = connection.execute(ask.statement, ask.values)
    # All rows, before any is read: a reader that raises must leave no cursor open.
    return Answer(result.all(), 0) if result.returns_rows else Answer((), result.rowcount)


def carry_out(connection: Connection, asks: Asks[T], answered: Answered = by_sqlalchemy) -> T:
    """Send each statement, and its answer back, until the call is through."""
    try:
        ask = next(asks)
        while True:
            ask = asks.send(answered(connection, ask))
    except StopIteration as done:
        found: T = done.value
        return found


def by_the_driver(connection: Connection, ask: Ask) -> Answer:
    """
    Return the answer to *ask*, straight from the driver's cursor where it is rendered.

    SQLAlchemy's way through a statement takes longer than the server does for a decision. It is for connections that
    commit each statement: SQLAlchemy is not told, and would not know that a transaction had begun.
    """
    if ask.rendered is None or connection.get_execution_options().get("schema_translate_map"):
        return by_sqlalchemy(connection, ask)
    try:
        return Answer(_fetched(connection, *ask.rendered), 0)
    except connection.dialect.loaded_dbapi.Error:
        # Once more the long way: there SQLAlchemy says what it is, and lets all connections go if the server went.
        return by_sqlalchemy(connection, ask)
    except BaseException:
        # Interrupted or cancelled midway: nobody else may get a connection that still waits for rows.
        connection.invalidate()
        raise


def _fetched(connection: Connection, text: str, given: Given) -> Sequence[Any]:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, given)
        return cursor.fetchall()
    finally:
        cursor.close()


class OnEngine:
    """
    Connections of the engine's pool, one for each call.

    Reads are single statements that commit themselves: one round trip, and always the newest there is. Writes are at
    READ COMMITTED, whatever the engine's own setting: whoever waited for a head must see where it went.
    """

    snapshot_ok = True  # no statement looks at an older snapshot than its own

    def __init__(self, engine: Engine, *, on_server: bool) -> None:
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writing = engine.execution_options(isolation_level="READ COMMITTED") if on_server else engine

    def read(self, asks: Asks[T]) -> T:
        """Return what *asks* reads."""
        with told(), self._reading.connect() as connection:
            return carry_out(connection, asks, by_the_driver)

    def write(self, asks: Asks[T]) -> T:
        """Let *asks* write, and commit: all of it or nothing."""
        with told(), self._writing.connect() as connection:
            done = carry_out(connection, asks)
            with told(at_commit=True):
                connection.commit()
            return done


class Within:
    """
    The host's own transaction, which the host ends.

    What is written stands behind a savepoint, so that a call that fails takes back its own and nothing of the host's.
    """

    def __init__(self, connection: Callable[[], Connection], *, snapshot_ok: bool) -> None:
        self._connection = connection
        self.snapshot_ok = snapshot_ok

    def read(self, asks: Asks[T]) -> T:
        """Return what *asks* reads, with all that the transaction has written."""
        with told():
            return carry_out(self._connection(), asks)

    def write(self, asks: Asks[T]) -> T:
        """Let *asks* write: kept when the host commits."""
        with told():
            connection = self._connection()
            refuse_autocommit(connection)
            with connection.begin_nested():
                return carry_out(connection, asks)


def connection_of(source: Connection | Session) -> Callable[[], Connection]:
    """Return what gives the connection of *source*: of a session, the one of its transaction at that moment."""
    return source.connection if isinstance(source, Session) else lambda: source


def refuse_autocommit(connection: Connection) -> None:
    """
    Refuse a connection that commits each statement by itself: a batch could be written by half.

    Raises:
        InvalidInput: If it does.
    """
    opened = connection.connection.dbapi_connection
    if opened is not None and connection.dialect.detect_autocommit_setting(opened):
        wants = "a connection with a transaction, and not one that commits each statement"
        raise InvalidInput(field="transaction", code="unknown", wants=wants)
