"""Reads: parts put together, once for each shape that is asked for."""

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, Dialect, Executable, bindparam, select, union, union_all

from grantkit.stores.sql import parts
from grantkit.stores.sql.asks import Ready, ready
from grantkit.stores.sql.parts import Part
from grantkit.stores.sql.tables import Tables

_SHAPES: Final = 512


class Reads:
    """
    The reads of one store, each made once.

    Attributes:
        tables: Of which tables.
        on_server: Whether the database is a server, which says what it is: a standby must not decide.
    """

    def __init__(self, tables: Tables, dialect: Dialect) -> None:
        self.tables = tables
        self.on_server = dialect.name == "postgresql"
        self._dialect = dialect
        self.facts = lru_cache(_SHAPES)(self._facts)
        self.chained = lru_cache(_SHAPES)(self._chained)
        self.page = lru_cache(_SHAPES)(self._page)
        self.tenants = lru_cache(_SHAPES)(self._tenants)
        self.slice = lru_cache(_SHAPES)(self._slice)

    def _facts(self, holders: int) -> Ready:
        """
        Return the hot path for so many holders, rendered, where nothing rests on anything.

        What rests above is left to :meth:`chained`: a recursive part costs more than all the others together, and most
        grants rest on nothing.
        """
        tables = self.tables
        found = self._joined(
            [
                parts.heads(tables),
                parts.stance(tables),
                parts.suspended(tables, one=True),
                *self._held(holders),
            ]
        )
        return ready(found, self._dialect)

    def _chained(self, holders: int) -> Executable:
        """Return the same with what rests above, and with what is held against several agents."""
        tables = self.tables
        return self._joined(
            [
                parts.heads(tables),
                parts.stances(tables),
                parts.suspended(tables, one=False),
                *self._held(holders),
                parts.above(tables),
            ]
        )

    def _held(self, holders: int) -> list[Part]:
        tables = self.tables
        return [
            parts.inside(tables),
            *(parts.held(tables, place) for place in range(holders)),
            *([parts.consented(tables, holders)] if holders else []),
        ]

    def _page(self, holders: int) -> Executable:
        """Return the ids of the tenants where one of so many holders has a grant that is not over."""
        grant = self.tables.grants
        has = [
            select(grant.c.tenant.label("tenant"))
            .where(
                grant.c.kind == "grant",
                grant.c.holder == bindparam(f"holder{place}"),
                grant.c.holder_kind == bindparam(f"kind{place}"),
                grant.c.tenant > bindparam("begin"),
                grant.c.over_at > bindparam("after"),
            )
            .distinct()
            for place in range(holders)
        ]
        everywhere = union(*has).subquery("everywhere")
        return select(everywhere.c.tenant).order_by(everywhere.c.tenant).limit(bindparam("most"))

    def _tenants(self, holders: int) -> Executable:
        """Return the hot path for several tenants at once."""
        tables = self.tables

        def listed(table: Any) -> Any:
            return table.c.tenant.in_(bindparam("tenants", expanding=True))

        return self._joined(
            [
                parts.heads(tables, listed),
                parts.stance(tables, listed),
                parts.suspended(tables, one=True),
                parts.inside(tables, listed),
                *(parts.held(tables, place, listed) for place in range(holders)),
                parts.consented(tables, holders, listed),
            ]
        )

    def _slice(self, names: frozenset[str]) -> Executable:
        """Return the read of a slice that has these parts."""
        made = {
            "ids": parts.made,
            "ticket": parts.bound,
            "holder": parts.alive,
            "requests": parts.requests,
            "sessions": parts.sessions,
            "entered": parts.inside,
            "usages": parts.usages,
            "agents": parts.stances,
            "cuts": parts.cuts,
            "retries": parts.retries,
        }
        chosen = [
            parts.heads(self.tables),
            *(part(self.tables) for name, part in made.items() if name in names),
        ]
        if "agents" in names:
            chosen.append(parts.suspended(self.tables, one=False))
        return union_all(*chosen)

    def _joined(self, chosen: list[Part]) -> CompoundSelect[*tuple[Any, ...]]:
        return union_all(*chosen, *([parts.state()] if self.on_server else []))
