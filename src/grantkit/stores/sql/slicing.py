"""Slices for commands: what one wants, in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want, agents_of
from grantkit.model import (
    AccessRequest,
    Consent,
    Cut,
    Grant,
    Head,
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
from grantkit.stores.sql.asks import Asks, rows
from grantkit.stores.sql.paging import read_documents
from grantkit.stores.sql.parts import What
from grantkit.stores.sql.reads import Reads


def read_slice(reads: Reads, tenant: str, want: Want) -> Asks[Slice]:
    """
    Return what a command wants.

    Where something names agents who were not asked about, all of it is asked for again with them: so it is of one
    moment.
    """
    agents = set(want.agents)
    while True:
        shape, values = _asked(tenant, want, agents)
        found = yield from rows(reads.slice(shape), **values)
        taken = _Taken(tenant=tenant, want=want)
        for row in found:
            taken.take(row)
        named = taken.named()
        if named <= agents:
            break
        agents |= named
    slice_ = taken.slice()
    if not want.document or not slice_.head.rules:
        return slice_
    # A document is what its digest says, at every moment.
    documents = yield from read_documents(reads.tables, (slice_.head.rules,))
    return attrs.evolve(slice_, document=documents.get(slice_.head.rules))


def _asked(tenant: str, want: Want, agents: set[str]) -> tuple[frozenset[str], Mapping[str, object]]:
    """Return the names of the parts that are wanted, and the parameters of the statement."""
    lists: dict[str, Sequence[object]] = {
        "ids": list(dict.fromkeys((*want.grants, *want.consents))),
        "requests": list(want.requests),
        "sessions": list(want.sessions),
        "usages": list(want.usages),
        "agents": sorted(agents),
        "retries": [columns.spell_key(retry_key(*used)) for used in want.retries],
    }
    values: dict[str, object] = {name: found for name, found in lists.items() if found}
    shape = set(values)
    values["tenant"] = tenant
    if want.ticket is not None:
        shape.add("ticket")
        values["ticket"] = want.ticket
    if want.alive_after is not None and (want.holder is not None or want.entered is not None):
        values["after"] = micros(want.alive_after)
        if want.holder is not None:
            shape.add("holder")
            values["kind0"], values["holder0"] = want.holder
        if want.entered is not None:
            shape.add("entered")
            values["agent"] = want.entered
    if want.cuts:
        shape.add("cuts")
    return frozenset(shape), values


@attrs.define(kw_only=True)
class _Taken:
    """What was found of a want, row by row."""

    tenant: str
    want: Want
    head: Head | None = None
    made: dict[str, Grant | Consent] = attrs.field(factory=dict[str, Grant | Consent])
    loose: set[str] = attrs.field(factory=set[str])
    requests: dict[str, AccessRequest] = attrs.field(factory=dict[str, AccessRequest])
    sessions: dict[str, Session] = attrs.field(factory=dict[str, Session])
    usages: dict[RowKey, Usage] = attrs.field(factory=dict[RowKey, Usage])
    stances: dict[str, Stance] = attrs.field(factory=dict[str, Stance])
    suspended: set[str] = attrs.field(factory=set[str])
    cuts: list[Cut] = attrs.field(factory=list[Cut])
    retries: dict[RowKey, Retry] = attrs.field(factory=dict[RowKey, Retry])

    def take(self, row: Any) -> None:
        """Take a row."""
        what, _, key, text, rules, frozen, one, two, three = row
        if what == What.HEAD:
            self.head = columns.head(self.tenant, (one, two, three, text, rules, frozen))
        elif what in (What.MADE, What.FOUND):
            found = columns.made(key, text)
            self.made[found.id] = found
            if what == What.FOUND:
                self.loose.add(found.id)
        elif what == What.STANCE:
            self.stances[key] = columns.stance(key, one, frozen)
        elif what == What.SUSPENDED:
            self.suspended.add(key)
        elif what == What.CUT:
            self.cuts.append(columns.cut((one, frozen, two)))
        else:
            self._take_text(what, key, text)

    def _take_text(self, what: int, key: str, text: str) -> None:
        if what == What.REQUEST:
            request = columns.request(text)
            self.requests[request.id] = request
        elif what == What.INSIDE:
            session = columns.session(text)
            self.sessions[session.id] = session
        elif what == What.USAGE:
            usage = columns.usage(text)
            self.usages[usage_key(usage.grant, usage.agent)] = usage
        else:
            self.retries["retry", *columns.read_key(key)] = columns.retry(text)

    def grants(self) -> dict[str, Grant]:
        """Return the grants: those by id that were asked for as grants, and those that were found otherwise."""
        asked = self.loose.union(self.want.grants)
        return {key: one for key, one in self.made.items() if isinstance(one, Grant) and key in asked}

    def consents(self) -> dict[str, Consent]:
        """Return the consents, likewise."""
        asked = self.loose.union(self.want.consents)
        return {key: one for key, one in self.made.items() if isinstance(one, Consent) and key in asked}

    def named(self) -> set[str]:
        """Return the agents whom what was found names."""
        found: tuple[Found, ...] = (
            *self.grants().values(),
            *self.consents().values(),
            *self.requests.values(),
        )
        return set[str]().union(*map(agents_of, found))

    def slice(self) -> Slice:
        """
        Return it all.

        Raises:
            Corrupt: If there are rows without a head: the freeze and the cut-off are lost with it.
        """
        grants, consents = self.grants(), self.consents()
        head = self.head
        if head is None:
            head = columns.no_head(self.tenant, grants, consents, self.requests, self.sessions)
        return Slice(
            head=head,
            grants=FrozenMap(grants),
            consents=FrozenMap(consents),
            requests=FrozenMap(self.requests),
            sessions=FrozenMap(self.sessions),
            usages=FrozenMap(self.usages),
            stances=FrozenMap(self.stances),
            suspended=frozenset(self.suspended),
            cuts=tuple(sorted(self.cuts, key=lambda cut: cut.seq)),
            retries=FrozenMap(self.retries),
            document=None,
        )
