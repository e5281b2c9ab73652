"""What a role of the database needs, and no more: an application that adds to the ledger, and changes nothing of it."""

from collections.abc import Callable
from typing import Final, cast

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from grantkit.inputs import boolean, line
from grantkit.stores.sql.tables import PREFIX, Tables

_ADDED: Final = frozenset({"entries", "texts", "documents"})
"""What is added and read, and never changed: the ledger, the texts beside it, and the rules that it has adopted."""
_TAKEN_AWAY: Final = frozenset({"links", "tallies"})
"""What goes in the ordinary course of things: tickets that are let go, and uses that the record has summed up."""
_QUOTING: Final = cast("Callable[[], Dialect]", PGDialect)().identifier_preparer


def rights_of(tables: Tables, role: str, *, erase: bool = False, forget: bool = False) -> tuple[str, ...]:
    """
    Return the statements that give *role* what the store needs, and take all else from it.

    They are for PostgreSQL, to be executed as the owner of the tables after the migrations of each release: they name
    the tables of the one that is installed. A role that has them can add to a record, and can neither change nor
    remove what is in it: such a verb is refused by the server, with ``Unavailable``, and nothing is written.

    Whatever ``PUBLIC`` may do with the tables is taken too, since every role may do that. What a role may do as a
    member of another one stays.

    Args:
        tables: As :func:`grantkit_tables` put them onto the host's metadata.
        role: Its name, as it is; it must exist, own nothing, be no superuser, and be a member of no other role.
        erase: Whether it may erase texts (``ledger.erase``): a role for that job alone, and not the application's.
        forget: Whether it may forget tenants (``ledger.forget_tenant``), which takes whole records away; likewise.

    Raises:
        InvalidInput: If *role* is empty, or is no text.
    """
    quoted = _QUOTING.quote(line("role", role))
    boolean("erase", erase)
    boolean("forget", forget)
    by_rights: dict[str, list[str]] = {}
    for table in tables.every:
        name = _QUOTING.format_table(table)
        by_rights.setdefault(_rights(tables, table, erase=erase, forget=forget), []).append(name)
    schema = tables.heads.schema
    within = [] if schema is None else [f"GRANT USAGE ON SCHEMA {_QUOTING.quote_schema(schema)} TO {quoted}"]
    every = ", ".join(_QUOTING.format_table(table) for table in tables.every)
    return (
        *within,
        f"REVOKE ALL ON TABLE {every} FROM PUBLIC, {quoted}",
        *(f"GRANT {rights} ON TABLE {', '.join(names)} TO {quoted}" for rights, names in by_rights.items()),
    )


def _rights(tables: Tables, table: Table, *, erase: bool, forget: bool) -> str:
    named = table.name.removeprefix(PREFIX)
    wanted = ["SELECT", "INSERT"]
    if named not in _ADDED:
        wanted.append("UPDATE")
    goes = named in _TAKEN_AWAY or (erase and table is tables.texts)
    if goes or (forget and table is not tables.documents):
        wanted.append("DELETE")
    return ", ".join(wanted)
