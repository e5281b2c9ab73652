"""The plainest store there is: lists and dictionaries, walked from end to end, written from the port alone."""

from collections import defaultdict
from threading import Lock

import attrs

from grantkit import TenantFacts
from grantkit.errors import Corrupt, HeadMoved
from grantkit.lifecycle import Slice, agents_of
from grantkit.model import (
    HEAD,
    NO_HASH,
    VENDOR,
    AccessRequest,
    Consent,
    Cursor,
    Cut,
    Grant,
    Head,
    Lag,
    Retry,
    Session,
    Stance,
    Usage,
    agent_key,
    consent_key,
    grant_key,
    request_key,
    retry_key,
    session_key,
    usage_key,
)
from grantkit.ports import ConsentsOf, Due, GrantsOf, RequestsOf

KINDS = {GrantsOf: Grant, ConsentsOf: Consent, RequestsOf: AccessRequest}


KNOWN = (Head, Grant, Consent, AccessRequest, Stance, Cut, Retry, Session, Usage)


def place(row):
    at = row.lapses if isinstance(row, AccessRequest) else row.window.closes
    return at, row.tenant, row.id


def seq(row):
    return row.seq if isinstance(row, AccessRequest) else row.consent_seq


def pending(row):
    return (row.settled if isinstance(row, AccessRequest) else row.ended) is None


class PlainStore:
    """Slow and right."""

    def __init__(self):
        self.lock = Lock()
        self.record = defaultdict(list)
        self.kept = defaultdict(dict)
        self.papers = {}
        self.counted = defaultdict(dict)
        self.taken = {}

    def head(self, tenant):
        return self.kept[tenant].get(HEAD, Head(tenant=tenant))

    def every(self, tenant, kind):
        return [row for row in self.kept[tenant].values() if type(row) is kind]

    def held(self, tenant, holder, after):
        found = [grant for grant in self.every(tenant, Grant) if grant.holder == holder]
        last = max((grant.over_at for grant in found if grant.over_at <= after), default=None)
        return [grant for grant in found if grant.over_at > after or grant.over_at == last]

    def facts(self, tenant, agent, holders, after):
        grants = [grant for holder in holders for grant in self.held(tenant, holder, after)]
        lineage, ahead = {}, [grant.parent for grant in grants]
        while ahead:
            ident = str(ahead.pop())
            kept = self.kept[tenant]
            above = kept.get(grant_key(ident)) or kept.get(consent_key(ident))
            if above is not None and above.id not in lineage:
                lineage[above.id] = above
                ahead.append(above.parent)
        consents = [
            each for each in self.every(tenant, Consent) if each.holder in holders and each.over_at > after
        ]
        named = {agent}.union(*map(agents_of, (*grants, *lineage.values(), *consents)))
        stances = {row.agent: row for row in self.every(tenant, Stance) if row.agent in named}
        return TenantFacts(
            self.head(tenant),
            tuple(grants),
            agent,
            stances,
            lineage,
            tuple(consents),
            self.suspended(named),
            tuple(self.inside(tenant, agent, after)),
        )

    def suspended(self, agents):
        return frozenset(
            row.agent for row in self.every(VENDOR, Stance) if row.freeze and row.agent in agents
        )

    def inside(self, tenant, agent, after):
        return [each for each in self.every(tenant, Session) if each.agent == agent and each.over_at > after]

    def bound(self, tenant, kind, ticket):
        rows = self.every(tenant, kind)
        return {
            row.id: row
            for row in rows
            if row.until_tickets and row.ended is None and ticket in row.open_tickets
        }

    def read(self, tenant, agent, holders, alive_after):
        with self.lock:
            return self.facts(tenant, agent, holders, alive_after)

    def load(self, tenant, want):
        with self.lock:
            kept = self.kept[tenant]
            grants = {ident: kept[grant_key(ident)] for ident in want.grants if grant_key(ident) in kept}
            if want.holder is not None and want.alive_after is not None:
                alive = (grant for grant in self.every(tenant, Grant) if grant.over_at > want.alive_after)
                grants |= {grant.id: grant for grant in alive if grant.holder == want.holder}
            consents = {one: kept[consent_key(one)] for one in want.consents if consent_key(one) in kept}
            grants |= self.bound(tenant, Grant, want.ticket)
            consents |= self.bound(tenant, Consent, want.ticket)
            sessions = {one: kept[session_key(one)] for one in want.sessions if session_key(one) in kept}
            if want.entered is not None and want.alive_after is not None:
                inside = self.inside(tenant, want.entered, want.alive_after)
                sessions |= {each.id: each for each in inside}
            usages = [usage_key(*each) for each in want.usages]
            requests = {one: kept[request_key(one)] for one in want.requests if request_key(one) in kept}
            found = (*grants.values(), *consents.values(), *requests.values())
            agents = {*want.agents}.union(*map(agents_of, found))
            keys = [retry_key(*used) for used in want.retries]
            return Slice(
                head=self.head(tenant),
                grants=grants,
                consents=consents,
                requests=requests,
                sessions=sessions,
                usages={key: kept[key] for key in usages if key in kept},
                suspended=self.suspended(agents),
                stances={agent: kept[agent_key(agent)] for agent in agents if agent_key(agent) in kept},
                cuts=tuple(sorted(self.every(tenant, Cut), key=lambda cut: cut.seq)),
                retries={key: kept[key] for key in keys if key in kept},
                document=self.papers.get(self.head(tenant).rules),
            )

    def spend(self, tenant, spends):
        counted = self.counted[tenant]
        if any(use.key not in counted or counted[use.key].count < use.count for use in spends):
            raise Corrupt(what="uses that are not there")
        for use in spends:
            left = counted.pop(use.key)
            if left.count > use.count:
                counted[use.key] = attrs.evolve(left, count=left.count - use.count)

    def append(self, tenant, expected_head, batch):
        with self.lock:
            head, last = self.head(tenant), expected_head + len(batch.entries)
            if (head.seq, head.hash) != (expected_head, batch.follows):
                raise HeadMoved(tenant=tenant, expected=expected_head)
            if batch.forgets is not None:
                gone = self.head(batch.forgets.tenant)
                if (gone.seq, gone.hash) != (batch.forgets.seq, batch.forgets.hash or NO_HASH):
                    raise HeadMoved(tenant=batch.forgets.tenant, expected=batch.forgets.seq)
            if [entry.seq for entry in batch.entries] != list(range(expected_head + 1, last + 1)):
                raise Corrupt(what="entries that do not follow")
            if not all(type(row) in KNOWN for row in batch.rows.values()):
                raise Corrupt(what="rows of no known kind")
            there = {(entry.seq, text.what) for entry in self.record[tenant] for text in entry.texts}
            if not there.issuperset(batch.erases):
                raise Corrupt(what="a text that is not there")
            self.spend(tenant, batch.spends)
            if batch.forgets is not None:
                del self.record[batch.forgets.tenant], self.kept[batch.forgets.tenant]
                self.counted.pop(batch.forgets.tenant, None)
                self.taken = {key: each for key, each in self.taken.items() if key[1] != batch.forgets.tenant}
            self.record[tenant] += batch.entries
            for place, entry in enumerate(self.record[tenant]):
                left = tuple(text for text in entry.texts if (entry.seq, text.what) not in batch.erases)
                self.record[tenant][place] = attrs.evolve(entry, texts=left)
            self.kept[tenant].update(batch.rows)
            self.papers = {**batch.documents, **self.papers}

    def events(self, tenant, after, limit):
        with self.lock:
            return tuple(entry for entry in self.record[tenant] if entry.seq > after)[:limit]

    def rows(self, tenant):
        with self.lock:
            return dict(self.kept[tenant])

    def documents(self, digests):
        with self.lock:
            return {digest: self.papers[digest] for digest in digests if digest in self.papers}

    def find(self, query):
        with self.lock:
            if not isinstance(query, Due):
                kind = KINDS[type(query)]
                past = [each for each in self.every(query.tenant, kind) if seq(each) > query.after]
                return tuple(sorted(past, key=seq)[: query.limit])
            every = [
                row for tenant in self.kept for kind in KINDS.values() for row in self.every(tenant, kind)
            ]
            due = [row for row in every if pending(row) and place(row)[0] <= query.by]
            past = [row for row in due if query.after is None or place(row) > query.after]
            return tuple(sorted(past, key=place)[: query.limit])

    def sessions(self, query):
        with self.lock:
            past = [each for each in self.every(query.tenant, Session) if each.seq > query.after]
            return tuple(sorted(past, key=lambda each: (each.seq, each.id))[: query.limit])

    def usages(self, query):
        with self.lock:
            past = [
                each for each in self.every(query.tenant, Usage) if (each.grant, each.agent) > query.after
            ]
            return tuple(sorted(past, key=lambda each: (each.grant, each.agent))[: query.limit])

    def count(self, tenant, use):
        with self.lock:
            if HEAD in self.kept[tenant]:
                before = self.counted[tenant].get(use.key)
                if before is not None:
                    use = attrs.evolve(use, count=use.count + before.count, last=max(use.last, before.last))
                self.counted[tenant][use.key] = use

    def uses(self, query):
        with self.lock:
            every = [(tenant, use) for tenant, kept in self.counted.items() for use in kept.values()]
            wanted = [
                each
                for each in every
                if query.tenant in (None, each[0])
                and (query.before is None or each[1].hour < query.before)
                and (query.after is None or (each[0], *each[1].key) > query.after)
            ]
            return tuple(sorted(wanted, key=lambda each: (each[0], *each[1].key))[: query.limit])

    def cursor(self, consumer, tenant):
        with self.lock:
            return self.taken.get((consumer, tenant), Cursor())

    def advance(self, consumer, tenant, cursor):
        with self.lock:
            if HEAD not in self.kept[tenant]:
                return
            before = self.taken.get((consumer, tenant), Cursor())
            there = {0: NO_HASH, **{entry.seq: entry.hash for entry in self.record[tenant]}}
            if there.get(cursor.seq) == cursor.hash:
                self.taken[consumer, tenant] = before.joined(cursor)

    def behind(self, query):
        with self.lock:
            heads = {tenant: self.head(tenant).seq for tenant in self.kept}
            found = [
                Lag(tenant=tenant, taken=self.taken.get((query.consumer, tenant), Cursor()).seq, stands=seq)
                for tenant, seq in sorted(heads.items())
            ]
            past = [each for each in found if each.tenant > query.after and each.events]
            return tuple(past[: query.limit])

    def tenants(self, query):
        with self.lock:
            found = [
                tenant
                for tenant in sorted(self.kept)
                if tenant > query.after
                and any(
                    grant.holder in query.holders and grant.over_at > query.alive_after
                    for grant in self.every(tenant, Grant)
                )
            ]
            return tuple(
                self.facts(tenant, query.agent, query.holders, query.alive_after)
                for tenant in found[: query.limit]
            )
