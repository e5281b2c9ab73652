"""
The tables, on the host's own metadata: its migrations make them, its schema holds them.

Instants are integer microseconds since 1970: PostgreSQL's own have an ``infinity`` that drivers cannot read. Ids are
compared byte for byte, whatever the locale of the database: ``COLLATE "C"``. No table refers to another: all that is
written for a tenant is written behind its head, and a record must be able to outlive whatever it speaks of.
"""

from typing import Any, Final, TypeAlias

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

ColumnOf: TypeAlias = Column[Any]

_BYTEWISE: Final = Text().with_variant(Text(collation="C"), "postgresql")
PREFIX: Final = "grantkit_"
"""What the name of each table begins with."""


@attrs.frozen(kw_only=True, eq=False)
class Tables:
    """
    The tables of grantkit, as :func:`grantkit_tables` put them onto a metadata.

    Attributes:
        heads: Where each record stands, one row a tenant: whoever writes for it passes this row.
        entries: The ledger: sealed, chained, never changed.
        texts: Words that can be erased, with their salts, beside the entries that seal them.
        documents: The rule documents that records have adopted, by digest.
        stances: What is held against single agents at a tenant.
        cuts: The cut-offs.
        retries: The idempotency keys that were used.
        grants: Grants and consents.
        requests: Access requests.
        links: What is bound to tickets that are open.
        sessions: Who entered.
        usages: How often grants were used, as the record says.
        tallies: How often since, counted beside the record.
        cursors: How far each consumer has taken each record.
    """

    heads: Table
    entries: Table
    texts: Table
    documents: Table
    stances: Table
    cuts: Table
    retries: Table
    grants: Table
    requests: Table
    links: Table
    sessions: Table
    usages: Table
    tallies: Table
    cursors: Table

    @property
    def of_a_tenant(self) -> tuple[Table, ...]:
        """All tables whose rows belong to one tenant each: what goes when it is forgotten."""
        named: dict[str, Table] = {field.name: getattr(self, field.name) for field in attrs.fields(Tables)}
        return tuple(table for name, table in named.items() if name != "documents")

    @property
    def every(self) -> tuple[Table, ...]:
        """All tables."""
        return (*self.of_a_tenant, self.documents)


def grantkit_tables(metadata: MetaData, *, schema: str | None = None) -> Tables:
    """
    Put the tables onto *metadata*, for a migration tool to find; nothing is created.

    Args:
        metadata: The host's own, such as ``Base.metadata``.
        schema: Where they lie; the metadata's schema by default.

    Raises:
        sqlalchemy.exc.InvalidRequestError: If they are there already: call it once for each metadata.
    """
    return Tables(
        **_record(metadata, schema),
        **_held_against(metadata, schema),
        **_consented(metadata, schema),
        **_inside(metadata, schema),
        cursors=_table(
            metadata,
            schema,
            "cursors",
            _key("tenant"),
            _key("consumer"),
            _number("seq"),
            _text("hash"),
            _text("told"),
            CheckConstraint("seq >= 0", name=f"{PREFIX}cursors_seq"),
        ),
    )


def _record(metadata: MetaData, schema: str | None) -> dict[str, Table]:
    return {
        "heads": _table(
            metadata,
            schema,
            "heads",
            _key("tenant"),
            _number("seq"),
            _text("hash"),
            _number("seen_at"),
            _text("rules"),
            _number("cut_off"),
            _text("freeze", nullable=True),
            CheckConstraint("seq >= 0 AND cut_off >= 0", name=f"{PREFIX}heads_seq"),
        ),
        "entries": _table(
            metadata,
            schema,
            "entries",
            _key("tenant"),
            _number("seq", primary_key=True),
            _text("hash"),
            Column("sealed", LargeBinary, nullable=False),
            CheckConstraint("seq > 0", name=f"{PREFIX}entries_seq"),
        ),
        "texts": _table(
            metadata,
            schema,
            "texts",
            _key("tenant"),
            _number("seq", primary_key=True),
            _key("what"),
            Column("salt", LargeBinary, nullable=False),
            _text("text"),
        ),
        "documents": _table(
            metadata,
            schema,
            "documents",
            _key("digest"),
            # The hash of the entry that came with it. By the digest alone, the first command of every tenant under new
            # rules would wait for whoever adopted them first, be it a long transaction of the host.
            _key("entry"),
            Column("document", LargeBinary, nullable=False),
        ),
    }


def _held_against(metadata: MetaData, schema: str | None) -> dict[str, Table]:
    return {
        "stances": _table(
            metadata,
            schema,
            "stances",
            _key("tenant"),
            _key("agent"),
            _number("cut_off"),
            _text("freeze", nullable=True),
            CheckConstraint("cut_off >= 0", name=f"{PREFIX}stances_cut_off"),
        ),
        "cuts": _table(
            metadata,
            schema,
            "cuts",
            _key("tenant"),
            _number("seq", primary_key=True),
            _text("agent", nullable=True),
            _number("at"),
        ),
        "retries": _table(metadata, schema, "retries", _key("tenant"), _key("row_key"), _text("body")),
    }


def _consented(metadata: MetaData, schema: str | None) -> dict[str, Table]:
    grants = _table(
        metadata,
        schema,
        "grants",
        _key("tenant"),
        _key("id"),
        _text("kind"),
        _text("holder_kind"),
        _text("holder"),
        _number("over_at"),
        _number("closes"),
        Column("ended", Boolean(create_constraint=False), nullable=False),
        _text("parent", nullable=True),
        _number("consent_seq"),
        _text("body"),
        CheckConstraint("kind IN ('grant', 'consent')", name=f"{PREFIX}grants_kind"),
    )
    # The hot path: what a holder has at a tenant, by when it is over; and where a holder has anything at all.
    _index(grants, "held", "kind", "holder", "holder_kind", "tenant", "over_at")
    _index(grants, "in_order", "tenant", "kind", "consent_seq", "id")
    _index(grants, "due", "closes", "tenant", "id", where=grants.c.ended.is_(False))
    requests = _table(
        metadata,
        schema,
        "requests",
        _key("tenant"),
        _key("id"),
        _number("seq"),
        _number("lapses"),
        Column("settled", Boolean(create_constraint=False), nullable=False),
        _text("body"),
    )
    _index(requests, "in_order", "tenant", "seq", "id")
    _index(requests, "due", "lapses", "tenant", "id", where=requests.c.settled.is_(False))
    links = _table(metadata, schema, "links", _key("tenant"), _key("ticket"), _key("id"))
    _index(links, "of", "tenant", "id")
    return {"grants": grants, "requests": requests, "links": links}


def _inside(metadata: MetaData, schema: str | None) -> dict[str, Table]:
    sessions = _table(
        metadata,
        schema,
        "sessions",
        _key("tenant"),
        _key("id"),
        _text("agent"),
        _number("over_at"),
        _number("seq"),
        _text("body"),
    )
    _index(sessions, "held", "agent", "tenant", "over_at")
    _index(sessions, "in_order", "tenant", "seq", "id")
    return {
        "sessions": sessions,
        "usages": _table(
            metadata, schema, "usages", _key("tenant"), _key("grant_id"), _key("agent"), _text("body")
        ),
        "tallies": _table(
            metadata,
            schema,
            "tallies",
            _key("tenant"),
            _key("grant_id"),
            _key("agent"),
            _number("hour", primary_key=True),
            _number("count"),
            _number("last"),
            CheckConstraint("count > 0", name=f"{PREFIX}tallies_count"),
        ),
    }


def _table(metadata: MetaData, schema: str | None, name: str, *parts: ColumnOf | CheckConstraint) -> Table:
    if schema is None:
        return Table(f"{PREFIX}{name}", metadata, *parts)
    return Table(f"{PREFIX}{name}", metadata, *parts, schema=schema)


def _key(name: str) -> ColumnOf:
    return Column(name, _BYTEWISE, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> ColumnOf:
    return Column(name, _BYTEWISE, nullable=nullable)


def _number(name: str, *, primary_key: bool = False) -> ColumnOf:
    return Column(name, BigInteger, primary_key=primary_key, nullable=False, autoincrement=False)


def _index(table: Table, name: str, *columns: str, where: Any = None) -> None:
    wanted = [table.c[column] for column in columns]
    Index(f"{table.name}_{name}", *wanted, postgresql_where=where, sqlite_where=where)
