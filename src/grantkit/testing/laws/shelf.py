"""A store, and beside it a plain memory of what was put there, so that the one can be asked for the other."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import attrs

from grantkit.canonical import canonical_bytes
from grantkit.codec import seal_document
from grantkit.inputs import FrozenMap
from grantkit.model import (
    HEAD,
    AccessRequest,
    Consent,
    Cut,
    Entry,
    Grant,
    Head,
    Holder,
    LedgerHead,
    Retry,
    Row,
    RowKey,
    Session,
    Stance,
    Text,
    TextKey,
    Usage,
    agent_key,
    consent_key,
    cut_key,
    grant_key,
    request_key,
    session_key,
    usage_key,
)
from grantkit.ports import Batch, Found, Store
from grantkit.rules import AccessRules


@attrs.define
class Record:
    """What should be kept of one tenant."""

    entries: tuple[Entry, ...] = ()
    rows: dict[RowKey, Row] = attrs.field(factory=dict[RowKey, Row])


@attrs.define
class Shelf:
    """
    A store, and what was put there.

    Attributes:
        store: The store.
        records: What should be kept, by tenant.
        documents: The rule documents that should be kept, by digest.
    """

    store: Store
    records: dict[str, Record] = attrs.field(factory=dict[str, Record])
    documents: dict[str, bytes] = attrs.field(factory=dict[str, bytes])

    # --- writing ------------------------------------------------------------------------------------------------------

    def put(
        self,
        tenant: str,
        *rows: Row,
        texts: Iterable[tuple[Text, ...]] = ((),),
        documents: Iterable[AccessRules] = (),
        erases: tuple[TextKey, ...] = (),
        forgets: str | None = None,
        **head: Any,
    ) -> Batch:
        """
        Write a batch, and remember what it leaves.

        Args:
            tenant: Whose record.
            rows: What it changes, besides the head.
            texts: What lies beside its entries: one entry for each.
            documents: Rules that it adopts.
            erases: Texts that go.
            forgets: A tenant that goes.
            head: What changes of the head, besides sequence and hash.
        """
        batch = self.batch(
            tenant, *rows, texts=texts, documents=documents, erases=erases, forgets=forgets, **head
        )
        self.store.append(tenant, self.head(tenant).seq, batch)
        self.remember(tenant, batch)
        return batch

    def batch(
        self,
        tenant: str,
        *rows: Row,
        texts: Iterable[tuple[Text, ...]] = ((),),
        documents: Iterable[AccessRules] = (),
        erases: tuple[TextKey, ...] = (),
        forgets: str | None = None,
        **head: Any,
    ) -> Batch:
        """Return the batch that :meth:`put` would write."""
        before = self.head(tenant)
        entries: list[Entry] = []
        chained = before.hash
        for seq, beside in enumerate(texts, before.seq + 1):
            entries.append(entry(tenant, seq, chained, beside))
            chained = entries[-1].hash
        after = attrs.evolve(before, **{"seq": before.seq + len(entries), "hash": chained, **head})
        return Batch(
            entries=tuple(entries),
            rows=FrozenMap((key_of(row), row) for row in (*rows, after)),
            follows=before.hash,
            documents=FrozenMap((rules.digest, seal_document(rules)) for rules in documents),
            erases=erases,
            forgets=None if forgets is None else self.ledger_head(forgets),
        )

    def remember(self, tenant: str, batch: Batch) -> None:
        """Remember what a batch leaves."""
        if batch.forgets is not None:
            self.records.pop(batch.forgets.tenant, None)
        record = self.records.setdefault(tenant, Record())
        record.entries = tuple(_without(each, batch.erases) for each in (*record.entries, *batch.entries))
        record.rows.update(batch.rows)
        self.documents.update(batch.documents)

    # --- what should be there -----------------------------------------------------------------------------------------

    def record(self, tenant: str) -> Record:
        """Return what should be kept of *tenant*."""
        return self.records.get(tenant, Record())

    def head(self, tenant: str) -> Head:
        """Return the head that *tenant* should have."""
        found = self.record(tenant).rows.get(HEAD)
        return found if isinstance(found, Head) else Head(tenant=tenant)

    def ledger_head(self, tenant: str) -> LedgerHead:
        """Return where the record of *tenant* should stand."""
        head = self.head(tenant)
        return LedgerHead(tenant=tenant, seq=head.seq, hash=head.hash)

    def grants(self, tenant: str) -> dict[str, Grant]:
        """Return the grants of *tenant*, by id."""
        return {row.id: row for row in self.record(tenant).rows.values() if isinstance(row, Grant)}

    def consents(self, tenant: str) -> dict[str, Consent]:
        """Return the consents of *tenant*, by id."""
        return {row.id: row for row in self.record(tenant).rows.values() if isinstance(row, Consent)}

    def requests(self, tenant: str) -> dict[str, AccessRequest]:
        """Return the requests of *tenant*, by id."""
        return {row.id: row for row in self.record(tenant).rows.values() if isinstance(row, AccessRequest)}

    def made(self, tenant: str) -> dict[str, Grant | Consent]:
        """Return the grants and consents of *tenant*, by id: what something can rest on."""
        return {**self.grants(tenant), **self.consents(tenant)}

    def stances(self, tenant: str) -> dict[str, Stance]:
        """Return the stances of *tenant*, by agent."""
        return {row.agent: row for row in self.record(tenant).rows.values() if isinstance(row, Stance)}

    def retries(self, tenant: str) -> dict[RowKey, Retry]:
        """Return the remembered uses of keys at *tenant*."""
        return {key: row for key, row in self.record(tenant).rows.items() if isinstance(row, Retry)}

    def cuts(self, tenant: str) -> tuple[Cut, ...]:
        """Return the cut-offs of *tenant*, in order."""
        rows = self.record(tenant).rows.values()
        return tuple(sorted((row for row in rows if isinstance(row, Cut)), key=lambda cut: cut.seq))

    def alive(self, tenant: str, holder: Holder, after: datetime) -> dict[str, Grant]:
        """Return the grants of *holder* that are not over by *after*, scheduled ones too."""
        return {
            grant.id: grant
            for grant in self.grants(tenant).values()
            if grant.holder == holder and grant.over_at > after
        }

    def candidates(self, tenant: str, holders: Iterable[Holder], after: datetime) -> dict[str, Grant]:
        """Return what ``read`` must give: what is not over, and of each holder what was over last."""
        found: dict[str, Grant] = {}
        for holder in holders:
            found |= self.alive(tenant, holder, after)
            over = [
                grant
                for grant in self.grants(tenant).values()
                if grant.holder == holder and grant.over_at <= after
            ]
            last = max((grant.over_at for grant in over), default=None)
            found |= {grant.id: grant for grant in over if grant.over_at == last}
        return found

    def relied_on(self, tenant: str, holders: Iterable[Holder], after: datetime) -> dict[str, Consent]:
        """Return the consents of *holders* that are not over by *after*, scheduled ones too."""
        wanted = tuple(holders)
        return {
            consent.id: consent
            for consent in self.consents(tenant).values()
            if consent.holder in wanted and consent.over_at > after
        }

    def ancestors(self, tenant: str, grant: Grant) -> dict[str, Grant | Consent]:
        """Return what *grant* rests on, all the way up, as far as it is there."""
        every = self.made(tenant)
        found: dict[str, Grant | Consent] = {}
        above = grant.parent
        while above in every and above not in found and above != grant.id:
            found[above] = every[above]
            above = every[above].parent
        return found

    def due(self, by: datetime) -> list[Found]:
        """Return what is over by *by* of all tenants and is not recorded so, in its order."""
        found: list[Found] = []
        for tenant in self.records:
            found += [
                made for made in self.made(tenant).values() if made.ended is None and made.window.closes <= by
            ]
            found += [
                each for each in self.requests(tenant).values() if each.settled is None and each.lapses <= by
            ]
        return sorted(found, key=place_of)

    def where(self, holders: Iterable[Holder], after: datetime) -> list[str]:
        """Return the tenants where one of *holders* has a grant that is not over by *after*, in order."""
        wanted = tuple(holders)
        return sorted(
            tenant for tenant in self.records if any(self.alive(tenant, holder, after) for holder in wanted)
        )


def entry(tenant: str, seq: int, previous: str, texts: tuple[Text, ...] = ()) -> Entry:
    """Return an entry as it might be sealed: a store reads nothing of it."""
    commitments = {text.what: text.commitment for text in texts}
    sealed = canonical_bytes({"prev": previous, "seq": seq, "tenant": tenant, "texts": commitments})
    return entry_of(tenant, seq, sealed, texts)


def entry_of(tenant: str, seq: int, sealed: bytes, texts: tuple[Text, ...] = ()) -> Entry:
    """Return the entry that seals just these bytes."""
    return Entry(tenant=tenant, seq=seq, hash=sha256(sealed).hexdigest(), sealed=sealed, texts=texts)


def place_of(row: Found) -> tuple[datetime, str, str]:
    """Return where *row* stands among what is due: when it is over by time alone, whose it is, and its id."""
    at = row.lapses if isinstance(row, AccessRequest) else row.window.closes
    return at, row.tenant, row.id


def key_of(row: Row) -> RowKey:
    """Return the key of a row."""
    match row:
        case Head():
            return HEAD
        case Stance():
            return agent_key(row.agent)
        case Cut():
            return cut_key(row.seq)
        case Retry():
            return row.row_key
        case _:
            return _key_of(row)


def _key_of(row: Found | Session | Usage) -> RowKey:
    match row:
        case Session():
            return session_key(row.id)
        case Usage():
            return usage_key(row.grant, row.agent)
        case Grant():
            return grant_key(row.id)
        case Consent():
            return consent_key(row.id)
        case AccessRequest():
            return request_key(row.id)


def _without(kept: Entry, gone: tuple[TextKey, ...]) -> Entry:
    left = tuple(text for text in kept.texts if (kept.seq, text.what) not in gone)
    return kept if left == kept.texts else attrs.evolve(kept, texts=left)


def salt(seed: str) -> bytes:
    """Return sixteen bytes that look random and are not."""
    return sha256(seed.encode()).digest()[:16]
