"""Reading facts: the hot path, and the same for a page of tenants."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from grantkit.decision import TenantFacts
from grantkit.decision.facts import NO_LINEAGE, NO_STANCES
from grantkit.errors import NotReady
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import agents_of
from grantkit.model import Consent, Grant, Head, Holder, Session, Stance, micros
from grantkit.ports import TenantsOf
from grantkit.stores import columns
from grantkit.stores.sql.asks import Asks, Values, rows, rows_of
from grantkit.stores.sql.parts import What
from grantkit.stores.sql.reads import Reads


def holding(holders: Iterable[Holder]) -> Values:
    """Return kind and id of each holder, as the statements take them."""
    named: dict[str, object] = {}
    for place, (kind, ident) in enumerate(holders):
        named[f"kind{place}"], named[f"holder{place}"] = kind, ident
    return named


@attrs.define
class Found:
    """What was found of one tenant, row by row."""

    tenant: str
    head: Head | None = None
    grants: list[Grant] = attrs.field(factory=list[Grant])
    consents: list[Consent] = attrs.field(factory=list[Consent])
    stances: dict[str, Stance] = attrs.field(factory=dict[str, Stance])
    lineage: dict[str, Grant | Consent] = attrs.field(factory=dict[str, Grant | Consent])
    sessions: list[Session] = attrs.field(factory=list[Session])

    def take(self, row: Any) -> None:
        """Take a row of the tenant."""
        what, _, key, text, rules, frozen, one, two, three = row
        if what == What.MADE:
            self.grants.append(columns.grant(text))
        elif what == What.HEAD:
            self.head = columns.head(self.tenant, (one, two, three, text, rules, frozen))
        elif what == What.CONSENTED:
            self.consents.append(columns.consent(text))
        elif what == What.STANCE:
            self.stances[key] = columns.stance(key, one, frozen)
        elif what == What.INSIDE:
            self.sessions.append(columns.session(text))
        else:
            above = columns.made(key, text)
            self.lineage[above.id] = above

    def facts(self, agent: str, suspended: frozenset[str]) -> TenantFacts:
        """
        Return what was found as facts.

        Raises:
            Corrupt: If there are rows without a head: the freeze and the cut-off are lost with it.
        """
        head = self.head
        if head is None:
            head = columns.no_head(self.tenant, self.grants, self.consents, self.stances, self.sessions)
        return TenantFacts(
            head,
            tuple(self.grants),
            agent,
            FrozenMap(self.stances) if self.stances else NO_STANCES,
            FrozenMap(self.lineage) if self.lineage else NO_LINEAGE,
            tuple(self.consents),
            suspended,
            tuple(self.sessions),
        )


def check_state(*, standby: bool, older: bool, snapshot_ok: bool) -> None:
    """
    Refuse to decide where a revocation that was acknowledged might not be seen.

    Raises:
        NotReady: On a standby, which lags behind; in a transaction that keeps to an older snapshot, unless the
            caller said that it knows.
    """
    if standby:
        raise NotReady(
            what="the primary (this server is a standby, which learns of revocations late)",
            do="use the primary's address",
        )
    if older and not snapshot_ok:
        raise NotReady(
            what="a transaction at READ COMMITTED (this one hides every revocation since it began)",
            do="use that level, or say snapshot_ok=True",
        )


def read_facts(
    reads: Reads, tenant: str, agent: str, holders: tuple[Holder, ...], after: int, *, snapshot_ok: bool
) -> Asks[TenantFacts]:
    """
    Return the facts for a decision: one statement, where no grant rests on anything.

    Where one does, or a consent names another agent, all of it is asked for again with the whole way up and with what
    is held against those agents, until nobody is named who was not asked about: so it is of one moment.
    """
    values: dict[str, object] = {"tenant": tenant, "agent": agent, "after": after, **holding(holders)}
    parents, agents = set[str](), {agent}
    while True:
        if parents or len(agents) > 1:
            values |= {"parents": sorted(parents), "agents": sorted(agents)}
            found = yield from rows(reads.chained(len(holders)), **values)
        else:
            found = yield from rows_of(reads.facts(len(holders)), values)
        (facts,) = facts_in(found, agent, (tenant,), snapshot_ok=snapshot_ok)
        named = _named(facts)
        more = {grant.parent for grant in facts.grants if grant.parent is not None}
        if more <= parents and named <= agents:
            return facts
        parents, agents = parents | more, agents | named


def facts_in(
    found: Sequence[Any], agent: str, tenants: Iterable[str], *, snapshot_ok: bool
) -> list[TenantFacts]:
    """Return the facts in rows for each of *tenants*, in that order; also for those of whom nothing was found."""
    by_tenant = {tenant: Found(tenant) for tenant in tenants}
    suspended = set[str]()
    for row in found:
        what, tenant = row[0], row[1]
        if what == What.STATE:
            check_state(standby=bool(row[6]), older=bool(row[7]), snapshot_ok=snapshot_ok)
        elif what == What.SUSPENDED:
            suspended.add(row[2])
        else:
            by_tenant[tenant].take(row)
    return [one.facts(agent, frozenset(suspended)) for one in by_tenant.values()]


def _named(facts: TenantFacts) -> set[str]:
    """Return the agents whom facts name: what is held against them is wanted too."""
    made = (*facts.grants, *facts.consents, *facts.lineage.values())
    return set[str]().union(*map(agents_of, made))


def read_tenants(reads: Reads, query: TenantsOf, *, snapshot_ok: bool) -> Asks[tuple[TenantFacts, ...]]:
    """
    Return the facts of a page of tenants: two statements, and more only where something rests on another.

    A tenant where the last grant has gone between the two stays in the page, with nothing in it: a short page is the
    last one.
    """
    if not query.holders:
        return ()
    after, many = micros(query.alive_after), len(query.holders)
    asked: Values = {"after": after, **holding(query.holders)}
    chosen = yield from rows(reads.page(many), begin=query.after, most=query.limit, **asked)
    tenants = [tenant for (tenant,) in chosen]
    if not tenants:
        return ()
    found = yield from rows(reads.tenants(many), agent=query.agent, tenants=tenants, **asked)
    page: list[TenantFacts] = []
    for facts in facts_in(found, query.agent, tenants, snapshot_ok=snapshot_ok):
        whole = facts
        if any(grant.parent is not None for grant in facts.grants) or _named(facts) - {query.agent}:
            tenant = facts.head.tenant
            whole = yield from read_facts(
                reads, tenant, query.agent, query.holders, after, snapshot_ok=snapshot_ok
            )
        page.append(whole)
    return tuple(page)
