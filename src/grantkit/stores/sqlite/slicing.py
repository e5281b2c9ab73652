"""Slices for commands: what one wants, in one snapshot."""

import sqlite3
from typing import Any

from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want, agents_of
from grantkit.model import (
    AccessRequest,
    Consent,
    Grant,
    Retry,
    RowKey,
    Session,
    Stance,
    Usage,
    micros,
    retry_key,
    usage_key,
)
from grantkit.ports import Found
from grantkit.stores import columns
from grantkit.stores.sqlite import statements
from grantkit.stores.sqlite.asking import every
from grantkit.stores.sqlite.reading import read_documents, read_suspended


def read_slice(connection: sqlite3.Connection, tenant: str, want: Want) -> Slice:
    """Return what a command wants."""
    return _Loading(connection, tenant).slice(want)


class _Loading:
    """One slice being read, in one snapshot."""

    def __init__(self, connection: sqlite3.Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def slice(self, want: Want) -> Slice:
        """Return what is wanted."""
        grants, consents = self._made(want)
        requests, sessions = self._requests(want), self._sessions(want)
        found = self._one("SELECT seq, seen_at, cut_off, hash, rules, freeze FROM heads WHERE tenant = ?")
        head = (
            columns.no_head(self._tenant, grants, consents, requests, sessions)
            if found is None
            else columns.head(self._tenant, found)
        )
        rows: tuple[Found, ...] = (*grants.values(), *consents.values(), *requests.values())
        agents = set(want.agents).union(*map(agents_of, rows))
        document = read_documents(self._connection, (head.rules,)) if want.document else {}
        return Slice(
            head=head,
            grants=FrozenMap(grants),
            consents=FrozenMap(consents),
            requests=FrozenMap(requests),
            sessions=FrozenMap(sessions),
            usages=FrozenMap(self._usages(want)),
            stances=FrozenMap(
                (agent, found) for agent in agents if (found := self._stance(agent)) is not None
            ),
            suspended=read_suspended(self._connection, agents),
            cuts=self._cuts() if want.cuts else (),
            retries=FrozenMap(self._retries(want)),
            document=document.get(head.rules),
        )

    def _one(self, statement: str, *parameters: object) -> Any:
        found = every(self._connection, statement, (self._tenant, *parameters))
        return found[0] if found else None

    def _made(self, want: Want) -> tuple[dict[str, Grant], dict[str, Consent]]:
        grants: dict[str, Grant] = {}
        consents: dict[str, Consent] = {}
        bound = self._bound(want)
        wanted_grants, wanted_consents = {*want.grants, *bound}, {*want.consents, *bound}
        for ident in dict.fromkeys((*want.grants, *want.consents, *bound)):
            found = self._one(statements.MADE, ident)
            made = None if found is None else columns.made(*found)
            if isinstance(made, Grant) and ident in wanted_grants:
                grants[ident] = made
            elif isinstance(made, Consent) and ident in wanted_consents:
                consents[ident] = made
        if want.holder is not None and want.alive_after is not None:
            kind, holder = want.holder
            wanted = (holder, kind, self._tenant, micros(want.alive_after))
            for (body,) in every(self._connection, statements.ALIVE, wanted):
                alive = columns.grant(body)
                grants[alive.id] = alive
        return grants, consents

    def _requests(self, want: Want) -> dict[str, AccessRequest]:
        found = {ident: self._one(statements.REQUEST, ident) for ident in want.requests}
        return {ident: columns.request(row[0]) for ident, row in found.items() if row is not None}

    def _bound(self, want: Want) -> tuple[str, ...]:
        """Return the ids of what is bound to the ticket that is wanted."""
        if want.ticket is None:
            return ()
        found = every(self._connection, statements.BOUND, (self._tenant, want.ticket))
        return tuple(ident for (ident,) in found)

    def _sessions(self, want: Want) -> dict[str, Session]:
        found = (self._one(statements.SESSION, ident) for ident in want.sessions)
        bodies = [row[0] for row in found if row is not None]
        if want.entered is not None and want.alive_after is not None:
            wanted = (want.entered, self._tenant, micros(want.alive_after))
            bodies += [body for (body,) in every(self._connection, statements.INSIDE_OF, wanted)]
        return {session.id: session for session in map(columns.session, bodies)}

    def _usages(self, want: Want) -> dict[RowKey, Usage]:
        found = {key: self._one(statements.USAGE, *key) for key in want.usages}
        return {usage_key(*key): columns.usage(row[0]) for key, row in found.items() if row is not None}

    def _stance(self, agent: str) -> Stance | None:
        found = self._one(statements.STANCE_OF, agent)
        return None if found is None else columns.stance(agent, *found)

    def _cuts(self) -> tuple[Any, ...]:
        wanted = "SELECT seq, agent, at FROM cuts WHERE tenant = ? ORDER BY seq"
        return tuple(columns.cut(found) for found in every(self._connection, wanted, (self._tenant,)))

    def _retries(self, want: Want) -> dict[RowKey, Retry]:
        retries: dict[RowKey, Retry] = {}
        for used in want.retries:
            key = retry_key(*used)
            found = self._one(
                "SELECT body FROM retries WHERE tenant = ? AND row_key = ?", columns.spell_key(key)
            )
            if found is not None:
                retries[key] = columns.retry(found[0])
        return retries
