"""Stores that each break one law: a MemoryStore with one fault, and the law by which it is to be found out."""

import json
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import attrs

from grantkit import VENDOR, TenantFacts
from grantkit.errors import Corrupt, GrantkitError, HeadMoved, NotFound
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Want
from grantkit.model import (
    HEAD,
    AccessRequest,
    Consent,
    Cursor,
    Cut,
    Entry,
    Grant,
    Head,
    Holder,
    LedgerHead,
    Retry,
    Row,
    RowKey,
    Stance,
    Text,
)
from grantkit.ports import Batch, ConsentsOf, Due, GrantsOf, RequestsOf, Store
from grantkit.stores import MemoryStore
from grantkit.testing.laws import LAWS, Law
from grantkit.testing.laws.shelf import place_of

TICK = timedelta(microseconds=1)
PLENTY = 10_000
PATIENCE = 1
"""How many seconds a law waits for a store that hangs."""


class Broken(NamedTuple):
    """A broken store, how it is opened anew if it can be, and the laws that it is to be found out by."""

    make: Callable[[], Store]
    laws: tuple[str, ...]
    reopen: Callable[[Any], Store] | None = None


BROKEN: dict[str, Broken] = {}


def breaks(fault: str, *laws: str) -> Callable[[type[MemoryStore]], type[MemoryStore]]:
    """Put a store on the list: its fault, and the laws, each of which alone finds it out."""

    def listed(store: type[MemoryStore]) -> type[MemoryStore]:
        BROKEN[fault] = Broken(store, laws, getattr(store, "reopen", None))
        return store

    return listed


def law_named(name: str) -> Law:
    """Return the law of this name."""
    return next(law for law in LAWS if law.__name__ == name)


class Through(MemoryStore):
    """A store that changes rows, entries and documents on their way in."""

    def row(self, row: Row) -> Row:
        return row

    def entry(self, entry: Entry) -> Entry:
        return entry

    def document(self, sealed: bytes) -> bytes:
        return sealed

    def append(self, tenant: str, expected_head: int, batch: Batch) -> None:
        changed = attrs.evolve(
            batch,
            rows=FrozenMap((key, self.row(row)) for key, row in batch.rows.items()),
            entries=tuple(map(self.entry, batch.entries)),
            documents=FrozenMap((key, self.document(sealed)) for key, sealed in batch.documents.items()),
        )
        super().append(tenant, expected_head, changed)


# --- keeping ----------------------------------------------------------------------------------------------------------


@breaks("sealed bytes are kept as text", "sealed_bytes_come_back")
class KeepsText(Through):
    def entry(self, entry):
        return attrs.evolve(entry, sealed=entry.sealed.decode(errors="replace").encode())


@breaks("sealed bytes are spelled anew", "sealed_bytes_come_back")
class SpellsAnew(Through):
    def entry(self, entry):
        try:
            return attrs.evolve(entry, sealed=json.dumps(json.loads(entry.sealed), sort_keys=True).encode())
        except ValueError:
            return entry


@breaks("salts are made anew", "texts_lie_beside_their_entries")
class SaltsAnew(Through):
    def entry(self, entry):
        return attrs.evolve(entry, texts=tuple(attrs.evolve(text, salt=b"0" * 16) for text in entry.texts))


@breaks("texts come in any order", "texts_lie_beside_their_entries")
class AnyOrder(Through):
    def entry(self, entry):
        return attrs.evolve(entry, texts=entry.texts[::-1])


@breaks("a column is missing", "rows_come_back", "what_was_handed_in_is_copied")
class MissesAColumn(Through):
    def row(self, row):
        return attrs.evolve(row, payload="") if isinstance(row, Retry) else row


@breaks("consents are kept without their evidence", "rows_come_back")
class WithoutEvidence(Through):
    def row(self, row):
        return attrs.evolve(row, approvals=()) if isinstance(row, Grant) else row


@breaks("requests are kept as they were asked", "rows_come_back", "rows_are_replaced_whole")
class NeverSettled(Through):
    def row(self, row):
        return attrs.evolve(row, settled=None, gave=None) if isinstance(row, AccessRequest) else row


@breaks("consents are kept without their end", "rows_come_back", "rows_are_replaced_whole")
class NeverEnded(Through):
    def row(self, row):
        return attrs.evolve(row, ended=None) if isinstance(row, Consent) else row


@breaks("what was answered beforehand is lost", "rows_come_back")
class LosesBeforehand(Through):
    def row(self, row):
        return attrs.evolve(row, beforehand=None) if isinstance(row, AccessRequest) else row


@breaks("lapses to the second", "instants_keep_their_microseconds", "rows_come_back")
class LapsesToTheSecond(Through):
    def row(self, row):
        if not isinstance(row, AccessRequest) or not isinstance(row.lapses_at, datetime):
            return row
        return attrs.evolve(row, lapses_at=row.lapses_at.replace(microsecond=0))


@breaks("reasons of requests are trimmed", "texts_come_back_byte_for_byte")
class TrimsRequests(Through):
    def row(self, row):
        return attrs.evolve(row, reason=row.reason.strip()) if isinstance(row, AccessRequest) else row


@breaks("consents of 32 bits", "numbers_are_not_cut")
class ConsentsOf32Bits(Through):
    def row(self, row):
        return attrs.evolve(row, consent_seq=row.consent_seq % 2**31) if isinstance(row, Consent) else row


@breaks("cut-offs are no rows", "rows_come_back", "any_history_reads_as_it_was_written")
class CutsAreNoRows(MemoryStore):
    def rows(self, tenant):
        return FrozenMap((key, row) for key, row in super().rows(tenant).items() if key[0] != "cut")


@breaks("a freeze that is lifted stays", "heads_come_back")
class StaysFrozen(MemoryStore):
    def append(self, tenant, expected_head, batch):
        head, before = batch.rows.get(HEAD), self.load(tenant, Want()).head
        if isinstance(head, Head) and head.freeze is None:  # as `coalesce(excluded.freeze, freeze)` does
            batch = attrs.evolve(batch, rows={**batch.rows, HEAD: attrs.evolve(head, freeze=before.freeze)})
        super().append(tenant, expected_head, batch)


@breaks("a head without its hash", "heads_come_back", "writers_lose_nothing")
class WithoutHash(Through):
    def row(self, row):
        return attrs.evolve(row, hash="") if isinstance(row, Head) else row


@breaks("instants to the millisecond", "instants_keep_their_microseconds", "rows_come_back")
class Milliseconds(Through):
    def row(self, row):
        if isinstance(row, Stance) and row.freeze is not None:
            return attrs.evolve(row, freeze=attrs.evolve(row.freeze, at=_milliseconds(row.freeze.at)))
        if isinstance(row, Head):
            return attrs.evolve(row, seen_at=_milliseconds(row.seen_at))
        return row


def _milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


@breaks("instants as a float of seconds", "instants_keep_their_microseconds")
class Floats(Through):
    def row(self, row):
        if not isinstance(row, Stance) or row.freeze is None:
            return row
        at = datetime.fromtimestamp(row.freeze.at.timestamp(), tz=row.freeze.at.tzinfo)
        return attrs.evolve(row, freeze=attrs.evolve(row.freeze, at=at))


@breaks("numbers of 32 bits", "numbers_are_not_cut")
class ThirtyTwoBits(Through):
    def row(self, row):
        return attrs.evolve(row, version=row.version & 0x7FFFFFFF or 1) if isinstance(row, Grant) else row


@breaks("texts are composed", "texts_come_back_byte_for_byte")
class Composes(Through):
    def row(self, row):
        return (
            attrs.evolve(row, reason=unicodedata.normalize("NFC", row.reason))
            if isinstance(row, Grant)
            else row
        )


@breaks("texts are trimmed", "texts_come_back_byte_for_byte")
class Trims(Through):
    def entry(self, entry):
        texts = tuple(Text(text.what, text.salt, text.text.rstrip(" ")) for text in entry.texts)
        return attrs.evolve(entry, texts=texts)


@breaks("texts are cut short", "texts_come_back_byte_for_byte")
class CutsShort(Through):
    def row(self, row):
        return attrs.evolve(row, reason=row.reason[:255]) if isinstance(row, Grant) else row


@breaks("the first row wins", "rows_are_replaced_whole")
class FirstRowWins(MemoryStore):
    def append(self, tenant, expected_head, batch):
        known = self.rows(tenant)
        rows = {key: row for key, row in batch.rows.items() if key not in known or key == HEAD}
        super().append(tenant, expected_head, attrs.evolve(batch, rows=rows))


@breaks("an index that keeps the old end", "rows_are_replaced_whole", "any_history_reads_as_it_was_written")
class OldEnd(MemoryStore):
    """Looks up by the end that a grant had at first what is alive."""

    def __init__(self):
        super().__init__()
        self.first = {}

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        for row in batch.rows.values():
            if isinstance(row, Grant):
                self.first.setdefault((tenant, row.id), row.over_at)

    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        kept = (
            grant
            for grant in facts.grants
            if grant.over_at <= alive_after or self.first[tenant, grant.id] > alive_after
        )
        return attrs.evolve(facts, grants=tuple(kept))


@breaks("only so many holders are asked for", "many_holders_are_asked_for_at_once")
class SoManyHolders(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        return super().read(tenant, agent, holders[:100], alive_after)


@breaks("documents are overwritten", "documents_stay")
class OverwritesDocuments(MemoryStore):
    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        self._documents.update(batch.documents)


@breaks("the last document is the only one", "documents_stay")
class OneDocument(MemoryStore):
    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        if batch.documents:
            self._documents = dict(list(batch.documents.items())[-1:])


@breaks("a document that is adopted again fails", "documents_stay")
class AdoptsOnce(MemoryStore):
    def append(self, tenant, expected_head, batch):
        if any(digest in self._documents for digest in batch.documents):
            raise GrantkitError
        super().append(tenant, expected_head, batch)


@breaks("the last write is still in memory", "what_was_acknowledged_lasts")
class StillInMemory(MemoryStore):
    """Acknowledges what it has not yet written."""

    def __init__(self, batches=()):
        super().__init__()
        self.batches = list(batches)
        for batch in self.batches:
            super().append(*batch)

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        self.batches.append((tenant, expected_head, batch))

    def reopen(self):
        return type(self)(self.batches[:-1])


# --- names ------------------------------------------------------------------------------------------------------------


@breaks("ids are folded to one case", "ids_differ_in_case", "any_history_reads_as_it_was_written")
class FoldsCase(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        for key, row in super().rows(tenant).items():
            if isinstance(row, Stance) and row.agent.casefold() in {
                agent.casefold() for agent in want.agents
            }:
                found = attrs.evolve(found, stances={**found.stances, key[1].casefold(): row})
        return found


@breaks("tenants are folded to one case", "ids_differ_in_case")
class FoldsTenants(MemoryStore):
    def events(self, tenant, after, limit):
        same = [each for each in self._tenants if each.casefold() == tenant.casefold()]
        return tuple(
            entry for each in same for entry in super(FoldsTenants, self).events(each, after, limit)
        )[:limit]


@breaks("a prefix finds what is longer", "no_id_is_a_pattern")
class Prefixes(MemoryStore):
    def rows(self, tenant):
        rows: dict[RowKey, Row | None] = {}
        for each in self._tenants:
            if each.startswith(tenant):
                rows |= super().rows(each)
        return {**rows, **super().rows(tenant)}


@breaks("digits are a number", "no_id_is_a_pattern")
class Numbers(MemoryStore):
    """As a column with numeric affinity does."""

    def load(self, tenant, want):
        return super().load(str(int(tenant)) if tenant.isdigit() else tenant, want)


@breaks("a holder is an id", "a_holder_is_a_kind_and_an_id")
class HolderIsAnId(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        both = [Holder(kind, holder.id) for holder in holders for kind in ("agent", "team")]
        every = super().read(tenant, agent, tuple(both), alive_after).grants
        over = [grant for grant in every if grant.over_at <= alive_after]
        last = {
            holder.id: max((each.over_at for each in over if each.holder.id == holder.id), default=None)
            for holder in holders
        }
        kept = (
            each
            for each in facts.grants
            if each.over_at > alive_after or each.over_at == last[each.holder.id]
        )
        return attrs.evolve(facts, grants=tuple(kept))


@breaks("parts of a key are joined", "parts_of_a_key_stay_apart")
class JoinsKeys(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        joined = {":".join(key): row for key, row in super().rows(tenant).items() if isinstance(row, Retry)}
        retries = {}
        for actor, verb, key in want.retries:
            row_key = ("retry", *actor, verb, key)
            if ":".join(row_key) in joined:
                retries[row_key] = joined[":".join(row_key)]
        return attrs.evolve(found, retries=retries)


@breaks("grants are found at any tenant", "tenants_never_see_each_other")
class AnyTenant(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        elsewhere = {
            ident: grant
            for each in self._tenants
            for ident, grant in super(AnyTenant, self).load(each, want).grants.items()
        }
        return attrs.evolve(found, grants={**elsewhere, **found.grants})


@breaks("ancestors are found at any tenant", "tenants_never_see_each_other")
class AnyAncestor(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        every = {ident: grant for each in self._tenants.values() for ident, grant in each.grants.rows.items()}
        above = {grant.parent: every[grant.parent] for grant in facts.grants if grant.parent in every}
        return attrs.evolve(facts, lineage={**above, **facts.lineage})


@breaks("the vendor's record is a tenant's", "the_vendors_record_is_kept_like_any")
class VendorIsATenant(MemoryStore):
    def events(self, tenant, after, limit):
        return super().events(tenant.removeprefix("@"), after, limit)


@breaks(
    "the vendor's record is no record", "the_vendors_record_is_kept_like_any", "a_forgotten_tenant_is_gone"
)
class VendorIsNobody(MemoryStore):
    def append(self, tenant, expected_head, batch):
        if tenant == VENDOR:
            raise GrantkitError
        super().append(tenant, expected_head, batch)


@breaks("a tenant must be known", "a_tenant_that_never_was_is_empty", "the_head_is_compared")
class KnownTenants(MemoryStore):
    def load(self, tenant, want):
        if tenant not in self._tenants:
            raise NotFound(what="tenant", id=tenant, tenant=tenant)
        return super().load(tenant, want)


@breaks("consents are found at any tenant", "tenants_never_see_each_other")
class AnyConsent(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        elsewhere = {
            ident: consent
            for each in self._tenants
            for ident, consent in super(AnyConsent, self).load(each, want).consents.items()
        }
        return attrs.evolve(found, consents={**elsewhere, **found.consents})


@breaks("a grant may rest on another tenant's consent", "tenants_never_see_each_other")
class AnyConsentAbove(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        every = {key: each for found in self._tenants.values() for key, each in found.consents.rows.items()}
        above = {grant.parent: every[grant.parent] for grant in facts.grants if grant.parent in every}
        return attrs.evolve(facts, lineage={**above, **facts.lineage})


@breaks("requests are found in any case", "ids_differ_in_case")
class FoldsRequests(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        there = self._tenants[tenant].requests if tenant in self._tenants else {}
        asked = {ident.casefold() for ident in want.requests}
        also = {ident: each for ident, each in there.items() if ident.casefold() in asked}
        first = {ident.casefold(): each for ident, each in also.items()}
        return attrs.evolve(found, requests={key: first[key.casefold()] for key in found.requests})


# --- writing ----------------------------------------------------------------------------------------------------------


@breaks(
    "no head is compared", "the_head_is_compared", "what_is_refused_leaves_nothing", "writers_lose_nothing"
)
class ComparesNothing(MemoryStore):
    """Writes whatever comes after whatever is there."""

    def append(self, tenant, expected_head, batch):
        head = self.load(tenant, Want()).head
        super().append(tenant, head.seq, after(head, batch))


def after(head: Head, batch: Batch) -> Batch:
    """Return the batch as if it had been made for this head."""
    seqs = range(head.seq + 1, head.seq + 1 + len(batch.entries))
    entries = tuple(attrs.evolve(each, seq=seq) for each, seq in zip(batch.entries, seqs, strict=True))
    return attrs.evolve(batch, entries=entries, follows=head.hash)


@breaks("heads are compared by sequence alone", "the_head_is_compared")
class BySequence(MemoryStore):
    def append(self, tenant, expected_head, batch):
        head = self.load(tenant, Want()).head
        super().append(tenant, expected_head, attrs.evolve(batch, follows=head.hash))


@breaks("heads are compared off by one", "the_head_is_compared")
class OffByOne(MemoryStore):
    def append(self, tenant, expected_head, batch):
        head = self.load(tenant, Want()).head
        if expected_head == head.seq - 1:
            expected_head, batch = head.seq, after(head, batch)
        super().append(tenant, expected_head, batch)


@breaks("the head of a new tenant is not compared", "the_head_is_compared")
class NewIsNew(MemoryStore):
    def append(self, tenant, expected_head, batch):
        head = self.load(tenant, Want()).head
        if not head.seq:
            expected_head, batch = 0, after(head, batch)
        super().append(tenant, expected_head, batch)


@breaks("another error says that the head moved", "the_head_is_compared")
class AnotherError(MemoryStore):
    def append(self, tenant, expected_head, batch):
        try:
            super().append(tenant, expected_head, batch)
        except HeadMoved as moved:
            raise NotFound(what="head", id=str(expected_head), tenant=tenant) from moved


@breaks("documents are written before the head is compared", "what_is_refused_leaves_nothing")
class DocumentsFirst(MemoryStore):
    def append(self, tenant, expected_head, batch):
        self._documents.update(batch.documents)
        super().append(tenant, expected_head, batch)


@breaks(
    "texts are erased before the head is compared", "what_is_refused_leaves_nothing", "the_head_is_compared"
)
class ErasesFirst(MemoryStore):
    def append(self, tenant, expected_head, batch):
        if tenant in self._tenants:
            self._tenants[tenant].erase(batch.erases)
        super().append(tenant, expected_head, batch)


@breaks("the tenant is forgotten before the head is compared", "what_is_refused_leaves_nothing")
class ForgetsFirst(MemoryStore):
    def append(self, tenant, expected_head, batch):
        if batch.forgets is not None:
            self._forget(batch.forgets)
        super().append(tenant, expected_head, attrs.evolve(batch, forgets=None))


@breaks("rows are written one by one", "a_batch_is_written_whole_or_not_at_all")
class OneByOne(MemoryStore):
    """Writes the rows that it knows, and then fails at the one that it does not."""

    def append(self, tenant, expected_head, batch):
        known = {
            key: row
            for key, row in batch.rows.items()
            if isinstance(row, Head | Stance | Cut | Retry | Grant | Consent | AccessRequest)
        }
        super().append(tenant, expected_head, attrs.evolve(batch, rows=known))
        if len(known) < len(batch.rows):
            raise TypeError


@breaks("rows of no known kind are passed over", "a_batch_is_written_whole_or_not_at_all")
class PassesOver(MemoryStore):
    def append(self, tenant, expected_head, batch):
        known = {
            key: row
            for key, row in batch.rows.items()
            if isinstance(row, Head | Stance | Cut | Retry | Grant | Consent | AccessRequest)
        }
        super().append(tenant, expected_head, attrs.evolve(batch, rows=known))


@breaks("a sequence can be taken twice", "a_batch_is_written_whole_or_not_at_all")
class TakenTwice(MemoryStore):
    def append(self, tenant, expected_head, batch):
        once = {entry.seq: entry for entry in batch.entries if entry.seq > expected_head}
        super().append(tenant, expected_head, attrs.evolve(batch, entries=tuple(once.values())))


@breaks("erased texts stay", "erased_texts_are_gone_and_only_they", "any_history_reads_as_it_was_written")
class ErasesNothing(MemoryStore):
    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, attrs.evolve(batch, erases=()))


@breaks("what is not there is erased in passing", "what_is_not_there_cannot_be_erased")
class ErasesInPassing(MemoryStore):
    def append(self, tenant, expected_head, batch):
        there = {(each.seq, text.what) for each in self.events(tenant, 0, PLENTY) for text in each.texts}
        known = tuple(each for each in batch.erases if each in there)
        super().append(tenant, expected_head, attrs.evolve(batch, erases=known))


@breaks("what cannot be erased is an error of another kind", "what_is_not_there_cannot_be_erased")
class ErasesWithAnotherError(MemoryStore):
    def append(self, tenant, expected_head, batch):
        try:
            super().append(tenant, expected_head, batch)
        except Corrupt as error:
            raise NotFound(what="text", id="reason", tenant=tenant) from error


@breaks("a text is blanked and its salt stays", "erased_texts_are_gone_and_only_they")
class Blanks(MemoryStore):
    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, attrs.evolve(batch, erases=()))
        entries = self._tenants[tenant].entries
        for seq, what in batch.erases:
            texts = tuple(
                attrs.evolve(text, text="") if text.what == what else text for text in entries[seq - 1].texts
            )
            entries[seq - 1] = attrs.evolve(entries[seq - 1], texts=texts)


@breaks("all texts of an entry are erased", "erased_texts_are_gone_and_only_they")
class ErasesAll(MemoryStore):
    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        entries = self._tenants[tenant].entries
        for seq, _ in batch.erases:
            entries[seq - 1] = attrs.evolve(entries[seq - 1], texts=())


@breaks("texts are erased by a pattern", "erased_texts_are_gone_and_only_they")
class ErasesLike(MemoryStore):
    """As `what LIKE ?` does, to which an underscore is any letter."""

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        for seq, what in batch.erases:
            self._tenants[tenant].erase([(seq, what.replace("_", "-"))])


@breaks("the lists remember whom all else forgot", "a_forgotten_tenant_is_gone")
class ListsRemember(MemoryStore):
    """Keeps its index of who has something where."""

    def __init__(self):
        super().__init__()
        self.ghosts = []

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        if batch.forgets is not None:
            self.ghosts.append(batch.forgets.tenant)

    def tenants(self, query):
        ghosts = [name for name in self.ghosts if name > query.after and name not in self._tenants]
        listed = [
            *super().tenants(query),
            *(TenantFacts(Head(tenant=name), agent=query.agent) for name in ghosts),
        ]
        return tuple(sorted(listed, key=lambda facts: facts.head.tenant))


@breaks("a forgotten tenant takes its documents along", "a_forgotten_tenant_is_gone")
class TakesDocuments(MemoryStore):
    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        if batch.forgets is not None:
            self._documents.clear()


@breaks("a forgotten tenant takes its namesakes along", "a_forgotten_tenant_is_gone")
class TakesNamesakes(MemoryStore):
    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        if batch.forgets is not None:
            for each in [each for each in self._tenants if each.startswith(batch.forgets.tenant)]:
                self._forget(standing(self, each))


def standing(store: MemoryStore, tenant: str) -> LedgerHead:
    """Return where a record stands."""
    head = store.load(tenant, Want()).head
    return LedgerHead(tenant=tenant, seq=head.seq, hash=head.hash)


@breaks("only the rows are forgotten", "a_forgotten_tenant_is_gone")
class ForgetsRows(MemoryStore):
    def __init__(self):
        super().__init__()
        self.left = {}

    def append(self, tenant, expected_head, batch):
        if batch.forgets is not None:
            self.left[batch.forgets.tenant] = super().events(batch.forgets.tenant, 0, PLENTY)
        super().append(tenant, expected_head, batch)

    def events(self, tenant, after, limit):
        return super().events(tenant, after, limit) or self.left.get(tenant, ())[after : after + limit]


@breaks("whom it forgets is not compared", "forgetting_compares_both_heads")
class ForgetsAnyhow(MemoryStore):
    def append(self, tenant, expected_head, batch):
        if batch.forgets is not None:
            batch = attrs.evolve(batch, forgets=standing(self, batch.forgets.tenant))
        super().append(tenant, expected_head, batch)


@breaks("whom it forgets is compared by length alone", "forgetting_compares_both_heads")
class ForgetsByLength(MemoryStore):
    def append(self, tenant, expected_head, batch):
        if batch.forgets is not None and batch.forgets.seq == standing(self, batch.forgets.tenant).seq:
            batch = attrs.evolve(batch, forgets=standing(self, batch.forgets.tenant))
        super().append(tenant, expected_head, batch)


# --- reading ----------------------------------------------------------------------------------------------------------


@breaks("what is scheduled is not read", "what_is_not_over_is_read", "a_slice_holds_what_was_wanted")
class StartedOnly(MemoryStore):
    """As SQLite 3.40 might, to which a start was given as a bound too."""

    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        started = tuple(grant for grant in facts.grants if grant.starts_at <= alive_after)
        return attrs.evolve(facts, grants=started)

    def load(self, tenant, want):
        found = super().load(tenant, want)
        after = want.alive_after
        grants = {
            ident: each for ident, each in found.grants.items() if after is None or each.starts_at <= after
        }
        return attrs.evolve(found, grants=grants)


@breaks("lists leave out what is scheduled", "what_is_not_over_is_read")
class ListsStartedOnly(MemoryStore):
    def tenants(self, query):
        return tuple(
            facts
            for facts in super().tenants(query)
            if any(grant.starts_at <= query.alive_after < grant.over_at for grant in facts.grants)
        )


@breaks("ended grants are forgotten", "what_ended_is_not_absent", "lists_hold_the_facts_of_decisions")
class ForgetsEnded(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        alive = tuple(grant for grant in facts.grants if grant.over_at > alive_after)
        return attrs.evolve(facts, grants=alive)


@breaks("one of those that ended together is read", "what_ended_is_not_absent")
class OneOfThem(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        over = {grant.holder: grant for grant in facts.grants if grant.over_at <= alive_after}
        alive = tuple(grant for grant in facts.grants if grant.over_at > alive_after)
        return attrs.evolve(facts, grants=(*alive, *over.values()))


@breaks("what ended last is one of all holders", "what_ended_is_not_absent")
class OneOfAll(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        last = max((grant.over_at for grant in facts.grants if grant.over_at <= alive_after), default=None)
        kept = tuple(grant for grant in facts.grants if grant.over_at > alive_after or grant.over_at == last)
        return attrs.evolve(facts, grants=kept)


@breaks("a bound a microsecond too late", "bounds_are_exact", "any_history_reads_as_it_was_written")
class TooLate(MemoryStore):
    def tenants(self, query):
        return super().tenants(attrs.evolve(query, alive_after=query.alive_after + TICK))


@breaks("a bound to the second", "bounds_are_exact")
class ToTheSecond(MemoryStore):
    def load(self, tenant, want):
        after = want.alive_after
        later = None if after is None else after.replace(microsecond=0) + timedelta(seconds=1)
        return super().load(tenant, attrs.evolve(want, alive_after=later))


@breaks("no lineage", "all_that_a_grant_rests_on_is_read", "chains_come_to_an_end")
class NoLineage(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        return attrs.evolve(super().read(tenant, agent, holders, alive_after), lineage=FrozenMap())


@breaks("parents and no more", "all_that_a_grant_rests_on_is_read", "chains_come_to_an_end")
class ParentsOnly(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        parents = {grant.parent for grant in facts.grants}
        lineage = {ident: each for ident, each in facts.lineage.items() if ident in parents}
        return attrs.evolve(facts, lineage=lineage)


@breaks(
    "ancestors that are not over", "all_that_a_grant_rests_on_is_read", "lists_hold_the_facts_of_decisions"
)
class LivingAncestors(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        lineage = {ident: each for ident, each in facts.lineage.items() if each.over_at > alive_after}
        return attrs.evolve(facts, lineage=lineage)


@breaks("no stance of those who hold ancestors", "all_that_a_grant_rests_on_is_read")
class AskingStanceOnly(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        stances = {name: stance for name, stance in facts.stances.items() if name == agent}
        return attrs.evolve(facts, stances=stances)


@breaks("a hundred ancestors at most", "chains_come_to_an_end")
class HundredAncestors(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        return attrs.evolve(facts, lineage=FrozenMap(list(facts.lineage.items())[:100]))


@breaks("a chain that bites its tail is walked for ever", "chains_come_to_an_end")
class WalksForEver(MemoryStore):
    """As `UNION ALL` does where `UNION` does not; it gives up when the law has long done so."""

    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        every = self._tenants[tenant].grants.rows if tenant in self._tenants else {}
        for grant in facts.grants:
            above, steps = grant.parent, 0
            while above in every:
                above, steps = every[above].parent, steps + 1
                if steps > len(every):
                    time.sleep(2 * PATIENCE)
                    raise RecursionError
        return facts


@breaks("a stance only of those who hold something", "what_stands_against_an_agent_is_read")
class HoldersStanceOnly(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        held = any(grant.holder == Holder("agent", agent) for grant in facts.grants)
        return facts if held else attrs.evolve(facts, stances=FrozenMap())


@breaks("facts for nobody", "what_stands_against_an_agent_is_read")
class ForNobody(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        return attrs.evolve(super().read(tenant, agent, holders, alive_after), agent=None)


@breaks("a slice without what is over", "a_slice_holds_what_was_wanted", "rows_come_back")
class SliceOfTheLiving(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        return attrs.evolve(
            found, grants={key: each for key, each in found.grants.items() if each.ended is None}
        )


@breaks("a slice with the stances that were named", "a_slice_holds_what_was_wanted")
class NamedStances(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        return attrs.evolve(
            found, stances={key: each for key, each in found.stances.items() if key in want.agents}
        )


@breaks("one key at a time", "a_slice_remembers_keys")
class OneKey(MemoryStore):
    def load(self, tenant, want):
        return super().load(tenant, attrs.evolve(want, retries=want.retries[:1]))


@breaks("a key is anybody's", "a_slice_remembers_keys", "parts_of_a_key_stay_apart")
class AnybodysKey(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        theirs = {row.key: row for row in super().rows(tenant).values() if isinstance(row, Retry)}
        retries = {
            ("retry", *actor, verb, key): theirs[key] for actor, verb, key in want.retries if key in theirs
        }
        return attrs.evolve(found, retries=retries)


@breaks("cut-offs in the order of letters", "a_slice_holds_cut_offs_and_rules")
class CutsByLetters(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        return attrs.evolve(found, cuts=tuple(sorted(found.cuts, key=lambda cut: str(cut.seq))))


@breaks("the document that was adopted first", "a_slice_holds_cut_offs_and_rules")
class FirstDocument(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        first = next(iter(self._documents.values()), None)
        return attrs.evolve(found, document=first if found.document is not None else None)


@breaks("consents of the agent alone", "what_may_be_relied_on_is_read")
class OwnConsents(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        own = tuple(each for each in facts.consents if each.holder.kind == "agent")
        return attrs.evolve(facts, consents=own)


@breaks("consents that have begun", "what_may_be_relied_on_is_read")
class BegunConsents(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        begun = tuple(each for each in facts.consents if each.starts_at <= alive_after)
        return attrs.evolve(facts, consents=begun)


@breaks("consents a microsecond too short", "what_may_be_relied_on_is_read")
class ShortConsents(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        left = tuple(each for each in facts.consents if each.over_at > alive_after + TICK)
        return attrs.evolve(facts, consents=left)


@breaks("no stance of those who hold consents", "what_may_be_relied_on_is_read")
class NoStanceOfConsents(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        named = {agent, *(each.holder.id for each in facts.lineage.values())}
        kept = {name: each for name, each in facts.stances.items() if name in named}
        return attrs.evolve(facts, stances=kept)


@breaks("a consent that is over hides the grant that was", "consents_are_no_grants")
class ConsentHidesGrant(MemoryStore):
    """Looks up what was over last in one index for both."""

    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        there = self._tenants[tenant].consents.rows.values() if tenant in self._tenants else ()
        over = {each.holder: each.over_at for each in there if each.over_at <= alive_after}
        kept = tuple(
            each
            for each in facts.grants
            if each.over_at > alive_after or each.over_at >= over.get(each.holder, each.over_at)
        )
        return attrs.evolve(facts, grants=kept)


@breaks("consents are read among the grants", "consents_are_no_grants", "what_may_be_relied_on_is_read")
class ConsentsAreGrants(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        return attrs.evolve(facts, grants=(*facts.grants, *facts.consents))


@breaks("lists without consents", "what_may_be_relied_on_is_read", "lists_hold_the_facts_of_decisions")
class ListsWithoutConsents(MemoryStore):
    def tenants(self, query):
        return tuple(attrs.evolve(facts, consents=()) for facts in super().tenants(query))


@breaks(
    "no consent among ancestors",
    "what_rests_on_a_consent_comes_with_it",
    "what_was_handed_out_cannot_change_the_store",
)
class GrantsAbove(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        above = {ident: each for ident, each in facts.lineage.items() if isinstance(each, Grant)}
        return attrs.evolve(facts, lineage=above)


@breaks("consents above that are not over", "what_rests_on_a_consent_comes_with_it")
class LivingConsentsAbove(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        above = {
            ident: each
            for ident, each in facts.lineage.items()
            if isinstance(each, Grant) or each.over_at > alive_after
        }
        return attrs.evolve(facts, lineage=above)


@breaks("no stance of whoever asked", "a_slice_holds_consents_and_requests")
class NoStanceOfAskers(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        kept = (*found.grants.values(), *found.consents.values(), *found.requests.values())
        named = {*want.agents, *(each.holder.id for each in kept)}
        stances = {name: each for name, each in found.stances.items() if name in named}
        return attrs.evolve(found, stances=stances)


@breaks("no stance of those for whom it is asked", "a_slice_holds_consents_and_requests")
class NoStanceOfHolders(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        named = {*want.agents, *(each.by.id for each in found.requests.values())}
        named |= {each.holder.id for each in (*found.grants.values(), *found.consents.values())}
        stances = {name: each for name, each in found.stances.items() if name in named}
        return attrs.evolve(found, stances=stances)


@breaks("a consent is found as a grant", "a_slice_holds_consents_and_requests")
class OneTable(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        more = super().load(tenant, attrs.evolve(want, consents=want.grants)).consents
        return attrs.evolve(found, grants={**more, **found.grants})


# --- paging -----------------------------------------------------------------------------------------------------------


@breaks("pages begin at their cursor", "events_come_in_pages", "grants_come_in_pages")
class AtTheCursor(MemoryStore):
    def events(self, tenant, after, limit):
        return super().events(tenant, max(0, after - 1), limit)

    def find(self, query):
        if isinstance(query, GrantsOf) and query.after:
            query = attrs.evolve(query, after=query.after - 1)
        return super().find(query)


@breaks("pages skip one", "events_come_in_pages", "pages_do_not_shift_while_others_write")
class SkipsOne(MemoryStore):
    def events(self, tenant, after, limit):
        return super().events(tenant, after + 1 if after else 0, limit)


@breaks("pages are as long as they like", "events_come_in_pages")
class AsLongAsTheyLike(MemoryStore):
    def events(self, tenant, after, limit):
        return super().events(tenant, after, max(limit, 4))


@breaks("grants in the order of their ids", "grants_come_in_pages", "rows_come_back")
class ById(MemoryStore):
    def find(self, query):
        if isinstance(query, Due):
            return super().find(query)
        every = super().find(attrs.evolve(query, limit=PLENTY))
        return tuple(sorted(every, key=lambda grant: grant.id)[: query.limit])


@breaks("tenants in the order of a dictionary of words", "tenants_come_in_pages")
class ByWords(MemoryStore):
    def tenants(self, query):
        every = super().tenants(attrs.evolve(query, after="", limit=PLENTY))
        key = lambda facts: facts.head.tenant.casefold()  # noqa: E731
        past = [facts for facts in sorted(every, key=key) if key(facts) > query.after.casefold()]
        return tuple(past[: query.limit])


@breaks("a tenant once for each grant", "tenants_come_in_pages")
class OnceForEachGrant(MemoryStore):
    def tenants(self, query):
        every = super().tenants(query)
        twice = (facts for facts in every for grant in facts.grants if grant.over_at > query.alive_after)
        return tuple(twice)[: query.limit]


@breaks("lists with less than a decision reads", "lists_hold_the_facts_of_decisions")
class LessInLists(MemoryStore):
    def tenants(self, query):
        return tuple(
            attrs.evolve(
                facts, grants=tuple(each for each in facts.grants if each.over_at > query.alive_after)
            )
            for facts in super().tenants(query)
        )


@breaks("a changed grant moves to the end", "pages_do_not_shift_while_others_write")
class MovesToTheEnd(MemoryStore):
    """Pages through rows where they lie, and a row that is written anew lies elsewhere."""

    def __init__(self):
        super().__init__()
        self.lie: dict[str, list[str]] = {}

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        lie = self.lie.setdefault(tenant, [])
        for row in batch.rows.values():
            if isinstance(row, Grant):
                lie[:] = [ident for ident in lie if ident != row.id] + [row.id]

    def find(self, query):
        if isinstance(query, Due):
            return super().find(query)
        known = {grant.id: grant for grant in super().find(attrs.evolve(query, after=0, limit=PLENTY))}
        lie = [known[ident] for ident in self.lie.get(query.tenant, ()) if ident in known]
        place = next((n for n, grant in enumerate(lie, 1) if grant.consent_seq == query.after), 0)
        return tuple(lie[place : place + query.limit])


@breaks("what closes at the bound is not due", "what_is_due_comes_earliest_first")
class DueTooLate(MemoryStore):
    def find(self, query):
        if isinstance(query, Due):
            query = attrs.evolve(query, by=query.by - TICK)
        return super().find(query)


@breaks("what closes after the bound is due", "what_is_due_comes_earliest_first")
class DueTooEarly(MemoryStore):
    def find(self, query):
        if isinstance(query, Due):
            query = attrs.evolve(query, by=query.by + TICK)
        return super().find(query)


@breaks("what is due comes in any order", "what_is_due_comes_earliest_first")
class DueInAnyOrder(MemoryStore):
    def find(self, query):
        found = super().find(query)
        return found[::-1] if isinstance(query, Due) else found


@breaks("the last that are due come first", "what_is_due_comes_earliest_first")
class LastDueFirst(MemoryStore):
    def find(self, query):
        if not isinstance(query, Due):
            return super().find(query)
        return super().find(attrs.evolve(query, limit=PLENTY))[-query.limit :]


@breaks("what has a recorded end is due", "recorded_ends_are_not_due")
class DueAgain(MemoryStore):
    def find(self, query):
        if not isinstance(query, Due):
            return super().find(query)
        every = [grant for found in self._tenants.values() for grant in found.grants.rows.values()]
        again = [each for each in every if each.window.closes <= query.by and each.ended is not None]
        found = [*super().find(attrs.evolve(query, after=None, limit=PLENTY)), *again]
        past = [each for each in found if query.after is None or place_of(each) > query.after]
        return tuple(sorted(past, key=place_of)[: query.limit])


@breaks("requests that are settled are due", "recorded_ends_are_not_due")
class SettledIsDue(MemoryStore):
    def find(self, query):
        if not isinstance(query, Due):
            return super().find(query)
        every = [each for found in self._tenants.values() for each in found.requests.values()]
        again = [each for each in every if each.lapses <= query.by and each.settled is not None]
        found = [*super().find(attrs.evolve(query, after=None, limit=PLENTY)), *again]
        past = [each for each in found if query.after is None or place_of(each) > query.after]
        return tuple(sorted(past, key=place_of)[: query.limit])


@breaks("grants alone are due", "what_is_due_comes_earliest_first", "recorded_ends_are_not_due")
class GrantsAreDue(MemoryStore):
    def find(self, query):
        if not isinstance(query, Due):
            return super().find(query)
        found = super().find(attrs.evolve(query, limit=PLENTY))
        return tuple(each for each in found if isinstance(each, Grant))[: query.limit]


@breaks("what is due begins at its cursor", "what_is_due_comes_earliest_first")
class DueAtTheCursor(MemoryStore):
    def find(self, query):
        if not isinstance(query, Due) or query.after is None:
            return super().find(query)
        found = super().find(attrs.evolve(query, after=None, limit=PLENTY))
        return tuple(each for each in found if place_of(each) >= query.after)[: query.limit]


@breaks("what is due at one instant is one to its cursor", "what_is_due_comes_earliest_first")
class DueByInstant(MemoryStore):
    """Goes on past the instant, and leaves out what else is due at it."""

    def find(self, query):
        found = super().find(attrs.evolve(query, limit=PLENTY))
        if isinstance(query, Due) and query.after is not None:
            found = tuple(each for each in found if place_of(each)[0] > query.after[0])
        return found[: query.limit]


@breaks("what is due comes kind by kind", "what_is_due_comes_earliest_first")
class DueByKind(MemoryStore):
    """Orders by instant, and then by where it lies."""

    def find(self, query):
        found = super().find(query)
        if not isinstance(query, Due):
            return found
        kinds = (Grant, Consent, AccessRequest)
        return tuple(sorted(found, key=lambda each: (place_of(each)[0], kinds.index(type(each)))))


@breaks("what is due comes by id, whosever it is", "what_is_due_comes_earliest_first")
class DueById(MemoryStore):
    def find(self, query):
        found = super().find(query)
        if not isinstance(query, Due):
            return found
        return tuple(sorted(found, key=lambda each: (place_of(each)[0], each.id, each.tenant)))


@breaks(
    "consents begin at their cursor",
    "consents_and_requests_come_in_pages",
    "pages_do_not_shift_while_others_write",
)
class ConsentsAtTheCursor(MemoryStore):
    def find(self, query):
        if isinstance(query, ConsentsOf) and query.after:
            query = attrs.evolve(query, after=query.after - 1)
        return super().find(query)


@breaks("requests in the order of their ids", "consents_and_requests_come_in_pages", "rows_come_back")
class RequestsById(MemoryStore):
    def find(self, query):
        if not isinstance(query, RequestsOf):
            return super().find(query)
        every = super().find(attrs.evolve(query, limit=PLENTY))
        return tuple(sorted(every, key=lambda request: request.id)[: query.limit])


@breaks("requests that are settled are listed no more", "consents_and_requests_come_in_pages")
class OpenRequests(MemoryStore):
    def find(self, query):
        found = super().find(query)
        if isinstance(query, RequestsOf):
            found = tuple(each for each in found if each.settled is None)
        return found


@breaks("consents are listed among the grants", "consents_and_requests_come_in_pages")
class ConsentsAmongGrants(MemoryStore):
    def find(self, query):
        found = super().find(query)
        if not isinstance(query, GrantsOf):
            return found
        more = super().find(ConsentsOf(tenant=query.tenant, after=query.after, limit=query.limit))
        return tuple(sorted((*found, *more), key=lambda each: each.consent_seq)[: query.limit])


# --- snapshots --------------------------------------------------------------------------------------------------------


class LiveMap(Mapping[Any, Any]):
    """A view of what a store has at any time."""

    def __init__(self, look: Callable[[], Mapping[Any, Any]]) -> None:
        self.look = look

    def __getitem__(self, key):
        return self.look()[key]

    def __iter__(self):
        return iter(self.look())

    def __len__(self):
        return len(self.look())


@breaks("views of what is there", "what_was_handed_out_does_not_change")
class LiveViews(MemoryStore):
    def rows(self, tenant):
        return LiveMap(lambda: super(LiveViews, self).rows(tenant))


@breaks(
    "lists that are made while they are read", "what_was_handed_out_does_not_change", "events_come_in_pages"
)
class Lazy(MemoryStore):
    def events(self, tenant, after, limit):
        return iter(super().events(tenant, after, limit))


@breaks("its own dictionaries are handed out", "what_was_handed_out_cannot_change_the_store")
class OwnDictionaries(MemoryStore):
    def documents(self, digests):
        known = super().documents(digests)
        return self._documents if known.keys() == self._documents.keys() else known


@breaks("what is handed in is kept as it is", "what_was_handed_in_is_copied")
class KeepsWhatIsHandedIn(MemoryStore):
    """Looks into the last batch for what it was given."""

    def __init__(self):
        super().__init__()
        self.last: dict[str, Batch] = {}

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        self.last[tenant] = batch

    def rows(self, tenant):
        last = self.last[tenant].rows if tenant in self.last else {}
        return FrozenMap((key, last.get(key, row)) for key, row in super().rows(tenant).items())


# --- crowds, histories and commands -----------------------------------------------------------------------------------


@breaks("looks first and writes then", "writers_lose_nothing")
class LooksFirst(ComparesNothing):
    """Compares the head in one transaction, and writes in another."""

    def append(self, tenant, expected_head, batch):
        head = self.load(tenant, Want()).head
        if (head.seq, head.hash) != (expected_head, batch.follows):
            raise HeadMoved(tenant=tenant, expected=expected_head)
        time.sleep(0.001)
        super().append(tenant, expected_head, batch)


@breaks("each thread remembers what it has read", "what_one_thread_wrote_all_threads_see")
class RemembersByThread(MemoryStore):
    """Keeps what a thread has read until that thread writes."""

    def __init__(self):
        super().__init__()
        self.mine = threading.local()

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        self.mine.found = {}

    def read(self, *asked):
        found = self.mine.__dict__.setdefault("found", {})
        if asked not in found:
            found[asked] = super().read(*asked)
        return found[asked]


@breaks("reads one by one", "readers_see_one_state")
class ReadsOneByOne(MemoryStore):
    """Reads the head in one transaction and the rest in another."""

    def read(self, tenant, agent, holders, alive_after):
        head = self.load(tenant, Want()).head
        time.sleep(0.001)
        return attrs.evolve(super().read(tenant, agent, holders, alive_after), head=head)


@breaks("a slice is read one by one", "readers_see_one_state")
class SliceOneByOne(MemoryStore):
    def load(self, tenant, want):
        stances = super().load(tenant, want).stances
        time.sleep(0.001)
        return attrs.evolve(super().load(tenant, want), stances=stances)


@breaks("consents are read by themselves", "readers_see_one_state")
class ConsentsByThemselves(MemoryStore):
    """Reads the consents in one transaction and the rest in another."""

    def read(self, tenant, agent, holders, alive_after):
        consents = super().read(tenant, agent, holders, alive_after).consents
        time.sleep(0.001)
        return attrs.evolve(super().read(tenant, agent, holders, alive_after), consents=consents)


@breaks("the consents above are read by themselves", "readers_see_one_state")
class ConsentsAboveByThemselves(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        above = super().read(tenant, agent, holders, alive_after).lineage
        time.sleep(0.001)
        facts = super().read(tenant, agent, holders, alive_after)
        consents = {ident: each for ident, each in above.items() if isinstance(each, Consent)}
        return attrs.evolve(facts, lineage={**facts.lineage, **consents})


@breaks("requests are read by themselves", "readers_see_one_state")
class RequestsByThemselves(MemoryStore):
    def load(self, tenant, want):
        requests = super().load(tenant, want).requests
        time.sleep(0.001)
        return attrs.evolve(super().load(tenant, want), requests=requests)


@breaks("the projection is read one by one", "readers_see_one_state")
class RowsOneByOne(MemoryStore):
    def rows(self, tenant):
        head = super().rows(tenant).get(HEAD)
        time.sleep(0.001)
        return FrozenMap({**super().rows(tenant), **({HEAD: head} if head else {})})


@breaks("documents that nobody finds", "commands_come_to_the_same", "documents_stay")
class LosesDocuments(MemoryStore):
    def documents(self, digests):
        return FrozenMap()


@breaks("keys that are remembered for one grant", "commands_come_to_the_same")
class ForgetsKeys(MemoryStore):
    """Remembers of each actor the last key alone."""

    def append(self, tenant, expected_head, batch):
        for row in batch.rows.values():
            if isinstance(row, Retry) and tenant in self._tenants:
                kept = self._tenants[tenant].retries
                for key in [key for key, old in kept.items() if old.actor == row.actor]:
                    del kept[key]
        super().append(tenant, expected_head, batch)


@breaks("what came of a request is forgotten", "answers_come_to_the_same", "rows_come_back")
class ForgetsWhatCame(Through):
    def row(self, row):
        return attrs.evolve(row, gave=None) if isinstance(row, AccessRequest) else row


@breaks("what rests on a consent is read without it", "answers_come_to_the_same")
class ReadsWithoutConsents(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        grants = {ident: each for ident, each in facts.lineage.items() if isinstance(each, Grant)}
        return attrs.evolve(facts, lineage=grants)


@breaks("requests are answered in passing", "answers_come_to_the_same")
class AnswersLost(MemoryStore):
    """Keeps of a request what was asked, and of its answers nothing."""

    def load(self, tenant, want):
        found = super().load(tenant, want)
        asked = {ident: attrs.evolve(each, approvals=()) for ident, each in found.requests.items()}
        return attrs.evolve(found, requests=asked)


# --- inside -----------------------------------------------------------------------------------------------------------


@breaks("sessions of anybody", "sessions_are_read_until_they_are_over")
class SessionsOfAnybody(MemoryStore):
    def load(self, tenant, want):
        return super().load(tenant, attrs.evolve(want, entered=None))


@breaks("sessions that were left go on", "sessions_are_read_until_they_are_over")
class LeftGoOn(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        return attrs.evolve(
            facts, sessions=tuple(attrs.evolve(each, left_at=None) for each in facts.sessions)
        )


@breaks("no sessions with the facts", "sessions_are_read_until_they_are_over")
class NoSessions(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        return attrs.evolve(super().read(tenant, agent, holders, alive_after), sessions=())


@breaks("a page of sessions begins again", "sessions_come_in_pages")
class SessionsAgain(MemoryStore):
    def sessions(self, query):
        return super().sessions(attrs.evolve(query, after=max(query.after - 1, 0)))


@breaks("suspensions only where there is a record", "suspensions_are_read_with_the_facts")
class SuspendedWhereKnown(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        return facts if facts.head.seq else attrs.evolve(facts, suspended=frozenset())


@breaks("suspensions of the asking agent alone", "suspensions_are_read_with_the_facts")
class SuspendedAsker(MemoryStore):
    def read(self, tenant, agent, holders, alive_after):
        facts = super().read(tenant, agent, holders, alive_after)
        return attrs.evolve(facts, suspended=facts.suspended & {agent})


@breaks("suspensions are not told to commands", "suspensions_are_read_with_the_facts")
class SuspendedUntold(MemoryStore):
    def load(self, tenant, want):
        return attrs.evolve(super().load(tenant, want), suspended=frozenset())


@breaks("a solved ticket keeps its links", "what_a_ticket_keeps_open_is_found_by_it")
class LinksStay(MemoryStore):
    def append(self, tenant, expected_head, batch):
        before = (
            {key: {*links} for key, links in self._tenants[tenant].links.items()}
            if tenant in self._tenants
            else {}
        )
        super().append(tenant, expected_head, batch)
        for ticket, links in before.items():
            self._tenants[tenant].links[ticket] |= links


@breaks("references are links", "what_a_ticket_keeps_open_is_found_by_it")
class ReferencesAreLinks(MemoryStore):
    def load(self, tenant, want):
        found = super().load(tenant, want)
        if want.ticket is None:
            return found
        every = self._tenants[tenant].grants.rows
        loose = {
            ident: row for ident, row in every.items() if want.ticket in row.tickets and not row.until_tickets
        }
        return attrs.evolve(found, grants={**found.grants, **loose})


@breaks("the last count wins", "uses_are_counted_beside_the_record_once")
class LastCount(MemoryStore):
    def count(self, tenant, use):
        if tenant in self._tenants:
            self._tenants[tenant].tallies[use.key] = use


@breaks("what is summed up is counted still", "uses_are_counted_beside_the_record_once")
class SpendsNothing(MemoryStore):
    def append(self, tenant, expected_head, batch):
        kept = dict(self._tenants[tenant].tallies) if tenant in self._tenants else {}
        super().append(tenant, expected_head, batch)
        if batch.spends:
            self._tenants[tenant].tallies = kept


@breaks("more is spent than was counted", "uses_are_counted_beside_the_record_once")
class SpendsAnything(MemoryStore):
    def append(self, tenant, expected_head, batch):
        tallies = self._tenants[tenant].tallies if tenant in self._tenants else {}
        there = [use for use in batch.spends if use.key in tallies and tallies[use.key].count >= use.count]
        super().append(tenant, expected_head, attrs.evolve(batch, spends=tuple(there)))


@breaks("uses outlive the tenant", "uses_are_counted_beside_the_record_once")
class UsesOutlive(MemoryStore):
    def append(self, tenant, expected_head, batch):
        gone = None if batch.forgets is None else self._tenants.get(batch.forgets.tenant)
        super().append(tenant, expected_head, batch)
        self._gone = gone

    def uses(self, query):
        gone = getattr(self, "_gone", None)
        left = () if gone is None else tuple((query.tenant, use) for use in gone.tallies.values())
        return (*super().uses(query), *left)


@breaks("cursors go back", "cursors_are_kept_and_never_go_back")
class CursorsGoBack(MemoryStore):
    def advance(self, consumer, tenant, cursor):
        if self.cursor(consumer, tenant).seq > cursor.seq and tenant in self._tenants:
            self._tenants[tenant].cursors.pop(consumer)
        super().advance(consumer, tenant, cursor)


@breaks("one cursor for all consumers", "cursors_are_kept_and_never_go_back")
class OneCursor(MemoryStore):
    def cursor(self, consumer, tenant):
        return super().cursor("any", tenant)

    def advance(self, consumer, tenant, cursor):
        super().advance("any", tenant, cursor)


@breaks("whom has been told is forgotten", "whom_has_been_told_adds_up_at_one_place")
class ToldIsForgotten(MemoryStore):
    def advance(self, consumer, tenant, cursor):
        if tenant in self._tenants:
            self._tenants[tenant].cursors.pop(consumer, None)
        super().advance(consumer, tenant, cursor)


@breaks("any place is kept", "a_place_that_is_not_there_is_not_kept")
class AnyPlace(MemoryStore):
    def advance(self, consumer, tenant, cursor):
        if tenant in self._tenants:
            kept = self._tenants[tenant].cursors
            kept[consumer] = kept.get(consumer, Cursor()).joined(cursor)


@breaks("cursors outlive the tenant", "a_place_that_is_not_there_is_not_kept")
class CursorsOutlive(MemoryStore):
    def append(self, tenant, expected_head, batch):
        gone = None if batch.forgets is None else self._tenants.get(batch.forgets.tenant)
        super().append(tenant, expected_head, batch)
        if gone is not None:
            self._gone = gone.cursors

    def cursor(self, consumer, tenant):
        return getattr(self, "_gone", {}).get(consumer) or super().cursor(consumer, tenant)


@breaks("whoever took something is not behind", "whoever_is_behind_is_found")
class NeverBehindAgain(MemoryStore):
    def behind(self, query):
        return tuple(each for each in super().behind(query) if not each.taken or each.taken == 1)


@breaks("a page of who is behind begins again", "whoever_is_behind_is_found")
class BehindAgain(MemoryStore):
    def behind(self, query):
        found = super().behind(attrs.evolve(query, after="", limit=99))
        return tuple(each for each in found if each.tenant >= query.after)[: query.limit]


@breaks("cursors do not last", "what_was_acknowledged_lasts")
class CursorsNotKept(MemoryStore):
    def reopen(self):
        for found in self._tenants.values():
            found.cursors.clear()
        return self
