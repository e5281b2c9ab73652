"""Where grantkit keeps the desk's records: in a file, or in PostgreSQL, asked in threads or awaited."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import attrs

from grantkit import AccessRules, AsyncSupportAccess, Clock, SupportAccess
from grantkit.stores import SQLiteStore

RulesOf = Callable[[str], AccessRules | None]


@attrs.frozen
class Records:
    """
    The doors to the records.

    Attributes:
        access: What pages ask and command; they are plain functions, which FastAPI runs in threads.
        door: What guards ask before each click in the CRM: the same, or one that is awaited.
        close: Lets go of the records.
    """

    access: SupportAccess
    door: SupportAccess | AsyncSupportAccess
    close: Callable[[], Awaitable[None]]


def in_a_file(file: Path, rules: RulesOf, clock: Clock | None) -> Records:
    """Keep records in a file of SQLite."""
    store = SQLiteStore(file)
    access = SupportAccess(store, rules=rules, clock=clock)

    async def close() -> None:
        store.close()

    return Records(access, access, close)


def in_a_database(url: str, rules: RulesOf, clock: Clock | None, *, awaited: bool) -> Records:
    """Keep records in PostgreSQL; with *awaited*, decisions for the CRM wait on the event loop and in no thread."""
    from sqlalchemy import MetaData, create_engine  # noqa: PLC0415  # the extra `sql`; a file needs none
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    from grantkit.stores.sql import AsyncSQLStore, SQLStore, grantkit_tables  # noqa: PLC0415

    metadata = MetaData()
    tables = grantkit_tables(metadata)
    engine = create_engine(url)
    metadata.create_all(engine)  # an application with a schema of its own lets its migrations do this
    access = SupportAccess(SQLStore(engine, tables), rules=rules, clock=clock)
    if not awaited:

        async def close() -> None:
            engine.dispose()

        return Records(access, access, close)
    waiting = create_async_engine(url)
    # The same clock: with --clock the buttons turn one, and both go by it.
    door = AsyncSupportAccess(AsyncSQLStore(waiting, tables), rules=rules, clock=access.clock)

    async def close_both() -> None:
        engine.dispose()
        await waiting.dispose()

    return Records(access, door, close_both)
