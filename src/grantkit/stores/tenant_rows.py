"""The record and projection of one tenant, in memory."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import itemgetter

import attrs

from grantkit.decision import TenantFacts
from grantkit.decision.facts import NO_LINEAGE, NO_STANCES, NOBODY
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Slice, Want, agents_of
from grantkit.model import (
    HEAD,
    NO_HASH,
    AccessRequest,
    Consent,
    Cursor,
    Cut,
    Entry,
    Grant,
    Head,
    Holder,
    Retry,
    Row,
    RowKey,
    Session,
    Stance,
    TextKey,
    Usage,
    Use,
    agent_key,
    consent_key,
    cut_key,
    grant_key,
    request_key,
    retry_key,
    session_key,
    usage_key,
)
from grantkit.ports import (
    Found,
)
from grantkit.stores.shelf import Shelf


class TenantRows:
    """The record and projection of one tenant."""

    __slots__ = (
        "asked",
        "chained",
        "consents",
        "cursors",
        "cuts",
        "entered",
        "entries",
        "grants",
        "head",
        "links",
        "requests",
        "retries",
        "sessions",
        "stances",
        "tallies",
        "usages",
    )

    def __init__(self, tenant: str) -> None:
        self.head = Head(tenant=tenant)
        self.stances: dict[str, Stance] = {}
        self.grants: Shelf[Grant] = Shelf()
        self.consents: Shelf[Consent] = Shelf()
        self.requests: dict[str, AccessRequest] = {}
        self.asked: list[tuple[int, str]] = []
        self.cuts: list[Cut] = []
        self.retries: dict[RowKey, Retry] = {}
        self.links: dict[
            str, set[str]
        ] = {}  # what is bound to a ticket that is open, and has no recorded end
        self.sessions: dict[str, Session] = {}
        self.entered: dict[
            str, list[tuple[datetime, str]]
        ] = {}  # the sessions of an agent, by when they are over
        self.usages: dict[RowKey, Usage] = {}
        self.tallies: dict[tuple[str, str, datetime], Use] = {}
        self.cursors: dict[str, Cursor] = {}
        self.entries: list[Entry] = []
        self.chained = False  # whether some grant rests on another: where none does, no chain is walked

    def put(self, key: RowKey, row: Row) -> None:
        """Put a row in its place."""
        match row:
            case Head():
                self.head = row
            case Stance():
                self.stances[row.agent] = row
            case Cut():
                self.cuts.append(row)
            case Retry():
                self.retries[key] = row
            case Usage():
                self.usages[key] = row
            case Session():
                self._enter(row)
            case AccessRequest():
                self._ask(row)
            case Grant() | Consent():
                self._give(row)

    def _ask(self, row: AccessRequest) -> None:
        if row.id not in self.requests:
            insort(self.asked, (row.seq, row.id))
        self.requests[row.id] = row

    def _give(self, row: Grant | Consent) -> None:
        if isinstance(row, Grant):
            self.chained = self.chained or row.parent is not None
            self.grants.put(row)
        else:
            self.consents.put(row)
        self._link(row)

    def _link(self, row: Grant | Consent) -> None:
        """Keep by which tickets *row* is found: those that it is bound to and that are open, until it has ended."""
        if not row.until_tickets:
            return
        for ticket in row.tickets:
            bound = self.links.setdefault(ticket, set())
            (bound.add if ticket in row.open_tickets and row.ended is None else bound.discard)(row.id)

    def _enter(self, row: Session) -> None:
        inside = self.entered.setdefault(row.agent, [])
        before = self.sessions.get(row.id)
        if before is not None:
            inside.remove((before.over_at, before.id))
        insort(inside, (row.over_at, row.id))
        self.sessions[row.id] = row

    def inside(self, agent: str, alive_after: datetime) -> tuple[Session, ...]:
        """Return the sessions of *agent* that are over after an instant."""
        inside = self.entered.get(agent, [])
        place = bisect_right(inside, alive_after, key=itemgetter(0))
        return tuple(self.sessions[ident] for _, ident in inside[place:])

    def spend(self, spent: Iterable[Use]) -> None:
        """Take uses from what is counted beside the record."""
        for use in spent:
            there = self.tallies.pop(use.key)
            if there.count > use.count:
                self.tallies[use.key] = attrs.evolve(there, count=there.count - use.count)

    def advance(self, consumer: str, cursor: Cursor) -> None:
        """Keep how far a consumer has come, if the record has such an entry."""
        hashes = [NO_HASH, *(entry.hash for entry in self.entries[cursor.seq - 1 : cursor.seq])]
        if cursor.seq <= len(self.entries) and hashes[-1] == cursor.hash:
            self.cursors[consumer] = self.cursors.get(consumer, Cursor()).joined(cursor)

    def taken(self, consumer: str | None) -> int:
        """Return how far a consumer has come."""
        return 0 if consumer is None or consumer not in self.cursors else self.cursors[consumer].seq

    def can_spend(self, spent: tuple[Use, ...]) -> bool:
        """Whether at least so many are counted, and no use is named twice."""
        there = self.tallies
        return len({use.key for use in spent}) == len(spent) and all(
            use.key in there and there[use.key].count >= use.count for use in spent
        )

    def has(self, gone: tuple[TextKey, ...]) -> bool:
        """Whether all these texts are there, and none is named twice."""
        return len({*gone}) == len(gone) and all(
            0 < seq <= len(self.entries) and any(text.what == what for text in self.entries[seq - 1].texts)
            for seq, what in gone
        )

    def erase(self, gone: Iterable[TextKey]) -> None:
        """Let go of texts: the entries stay, without them."""
        for seq, what in gone:
            entry = self.entries[seq - 1]
            left = tuple(text for text in entry.texts if text.what != what)
            self.entries[seq - 1] = attrs.evolve(entry, texts=left)

    def rows(self) -> Iterator[tuple[RowKey, Row]]:
        """Yield every row under its key."""
        yield HEAD, self.head
        yield from ((agent_key(name), stance) for name, stance in self.stances.items())
        yield from ((grant_key(ident), grant) for ident, grant in self.grants.rows.items())
        yield from ((consent_key(ident), consent) for ident, consent in self.consents.rows.items())
        yield from ((request_key(ident), request) for ident, request in self.requests.items())
        yield from ((session_key(ident), session) for ident, session in self.sessions.items())
        yield from self.usages.items()
        yield from ((cut_key(cut.seq), cut) for cut in self.cuts)
        yield from self.retries.items()

    def suspended(self, agents: Iterable[str]) -> frozenset[str]:
        """Return those of *agents* who are frozen here: in the vendor's own record, that is suspended."""
        stances = self.stances
        return frozenset(agent for agent in agents if agent in stances and stances[agent].freeze is not None)

    def facts(
        self, agent: str, holders: tuple[Holder, ...], alive_after: datetime, vendor: "TenantRows | None"
    ) -> TenantFacts:
        """Return the facts for a decision."""
        held = self.grants.held
        found: list[Grant] = []
        for holder in holders:
            bucket = held.get(holder)
            if bucket is not None:
                found += bucket.since(alive_after)
        consents: tuple[Consent, ...] = ()
        if self.consents.rows:
            consents = tuple(one for holder in holders for one in self.consents.alive(holder, alive_after))
        lineage = NO_LINEAGE
        if self.chained:
            lineage = FrozenMap((each.id, each) for grant in found for each in self._ancestors(grant))
        stances, suspended = NO_STANCES, NOBODY
        if self.stances or (vendor is not None and vendor.stances):
            above = (*lineage.values(), *consents, *(found if self.chained else ()))
            named = {agent}.union(*map(agents_of, above))
            stances = FrozenMap({name: self.stances[name] for name in named if name in self.stances})
            suspended = NOBODY if vendor is None else vendor.suspended(named)
        inside = self.inside(agent, alive_after) if self.entered else ()
        return TenantFacts(self.head, tuple(found), agent, stances, lineage, consents, suspended, inside)

    def _ancestors(self, grant: Grant) -> Iterator[Grant | Consent]:
        above: Grant | Consent | None = grant
        seen = {grant.id}
        while above is not None and above.parent is not None and above.parent not in seen:
            seen.add(above.parent)
            above = self.grants.rows.get(above.parent) or self.consents.rows.get(above.parent)
            if above is not None:
                yield above

    def slice(self, want: Want, document: bytes | None, vendor: "TenantRows | None") -> Slice:
        """Return what a command wants."""
        grants = {ident: self.grants.rows[ident] for ident in want.grants if ident in self.grants.rows}
        if want.holder is not None and want.alive_after is not None:
            grants.update({one.id: one for one in self.grants.alive(want.holder, want.alive_after)})
        bound = self.links.get(want.ticket, set()) if want.ticket is not None else set[str]()
        grants.update({one: self.grants.rows[one] for one in bound if one in self.grants.rows})
        wanted = (*want.consents, *bound)
        consents = {one: self.consents.rows[one] for one in wanted if one in self.consents.rows}
        sessions = {one: self.sessions[one] for one in want.sessions if one in self.sessions}
        if want.entered is not None and want.alive_after is not None:
            sessions.update({one.id: one for one in self.inside(want.entered, want.alive_after)})
        usages = [usage_key(*one) for one in want.usages]
        requests = {one: self.requests[one] for one in want.requests if one in self.requests}
        rows: tuple[Found, ...] = (*grants.values(), *consents.values(), *requests.values())
        agents = set(want.agents).union(*map(agents_of, rows))
        keys = [retry_key(*used) for used in want.retries]
        return Slice(
            head=self.head,
            grants=FrozenMap(grants),
            consents=FrozenMap(consents),
            requests=FrozenMap(requests),
            sessions=FrozenMap(sessions),
            usages=FrozenMap({key: self.usages[key] for key in usages if key in self.usages}),
            stances=FrozenMap({agent: self.stances[agent] for agent in agents if agent in self.stances}),
            suspended=NOBODY if vendor is None else vendor.suspended(agents),
            cuts=tuple(self.cuts) if want.cuts else (),
            retries=FrozenMap({key: self.retries[key] for key in keys if key in self.retries}),
            document=document,
        )

    def due(self, by: datetime) -> Iterator[tuple[datetime, str, str, Found]]:
        """Yield what time has ended and nobody has recorded, each after what it is ordered by."""
        access: tuple[Grant | Consent, ...] = (*self.grants.rows.values(), *self.consents.rows.values())
        for made in access:
            if made.ended is None and made.window.closes <= by:
                yield made.window.closes, made.tenant, made.id, made
        for asked in self.requests.values():
            if asked.settled is None and asked.lapses <= by:
                yield asked.lapses, asked.tenant, asked.id, asked
