"""
What decisions have read, as long as nobody has written.

SQLite counts the commits of every other connection, in this process and in all others (``PRAGMA data_version``), and
asking for the count costs a quarter of the cheapest read. So facts are used again exactly as long as the count has not
moved and this connection has not written itself: what is used is what a read would find, and never older. Decisions are
not kept; every one is judged anew, at its own instant.
"""

import sqlite3

from grantkit.decision import TenantFacts
from grantkit.model import Holder
from grantkit.stores.sqlite.asking import every
from grantkit.stores.sqlite.reading import read_facts

_MOST = 4096


class Remembered:
    """The facts that one connection has read since the last commit of anybody. Not safe for several threads."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._facts: dict[tuple[str, str, tuple[Holder, ...]], tuple[int, TenantFacts]] = {}

    def forget(self) -> None:
        """Forget everything: this connection may have written, which the count does not show."""
        self._version = None

    def read(
        self, connection: sqlite3.Connection, tenant: str, agent: str, holders: tuple[Holder, ...], after: int
    ) -> TenantFacts:
        """
        Return the facts for a decision, read again unless nothing can have changed.

        Facts read with an earlier bound hold all that is wanted with a later one, and more, which does no harm.
        """
        # The count first: what is committed between it and the read is in the facts, and moves the next count.
        ((version,),) = every(connection, "PRAGMA data_version", ())
        if version != self._version:
            self._facts.clear()
            self._version = version
        key = (tenant, agent, holders)
        found = self._facts.get(key)
        if found is not None and found[0] <= after:
            return found[1]
        facts = read_facts(connection, tenant, agent, holders, after)
        if len(self._facts) >= _MOST:
            self._facts.clear()
        self._facts[key] = (after, facts)
        return facts
