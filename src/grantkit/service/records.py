"""Reading a record: its history, whether it holds, what goes out of the house, and what it says of the past."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Protocol, TypeAlias

import attrs

from grantkit.codec import Chain, Projection, document_line, entry_line, first_line, open_document
from grantkit.decision import SAFE, Decision, PastDecision, Question, facts_from, reach_verdict
from grantkit.errors import ChainBroken, Corrupt, GrantkitError, InvalidInput, Unavailable
from grantkit.model import HEAD, VENDOR, Event, Head, LedgerHead, Row, RowKey, RulesAdopted, Stance
from grantkit.service.steps import (
    PAGE,
    Steps,
    documents,
    entries,
    events,
    ledger_head,
    load_head,
    outside,
    rows,
)

_WALKS = 5
"""How often a record is walked while others keep writing to it."""


class Sink(Protocol):
    """Where an export goes: a file opened for writing bytes, or anything else that takes them."""

    def write(self, data: bytes, /) -> object:
        """Take the next line."""
        ...


KnownAt: TypeAlias = int | datetime
"""How much of the record counts: up to a sequence, or up to the last event at or before a time."""


@attrs.frozen(kw_only=True)
class Verified:
    """
    What ``ledger.verify`` found, where it found nothing wrong.

    Attributes:
        tenant: Whose record.
        seq: The sequence of its last event.
        hash: The hash of its last event.
        erased: How many texts have been erased, each with an event that says so.
        against: The head that it was held against; ``None`` if none was given.
    """

    tenant: str
    seq: int
    hash: str
    erased: int
    against: LedgerHead | None

    @property
    def head(self) -> LedgerHead:
        """Where the record stands: worth keeping elsewhere."""
        return LedgerHead(tenant=self.tenant, seq=self.seq, hash=self.hash)

    def __str__(self) -> str:
        many = f"{self.seq} event{'' if self.seq == 1 else 's'}"
        gone = f", {self.erased} texts erased" if self.erased else ""
        if self.against is None or self.against.seq == 0:
            return f"{self.tenant}: {many}, internally consistent{gone}"
        return f"{self.tenant}: {many}, nothing up to event {self.against.seq} has changed{gone}"


def history_plan(tenant: str, after: int, limit: int | None) -> Steps[tuple[Event, ...]]:
    """Return the events of *tenant* past *after*, at most *limit*."""
    found: list[Event] = []
    while limit is None or len(found) < limit:
        wanted = PAGE if limit is None else min(PAGE, limit - len(found))
        page = yield from events(tenant, after, wanted)
        found.extend(page)
        if len(page) < wanted:
            break
        after = page[-1].seq
    return tuple(found)


def head_plan(tenant: str) -> Steps[LedgerHead]:
    """Return where the record of *tenant* stands."""
    return ledger_head((yield from load_head(tenant)))


def verify_plan(tenant: str, against: LedgerHead | None) -> Steps[Verified]:
    """
    Walk the record of *tenant* from its first event, and hold everything that is kept of it against it.

    What others write meanwhile may look like a change: then it is walked once more.
    """
    kept = yield from rows(tenant)
    for _ in range(_WALKS):
        try:
            return (yield from _walk(tenant, kept, against))
        except ChainBroken as broken:
            before, kept = kept, (yield from rows(tenant))
            if kept.get(HEAD) == before.get(HEAD):
                raise broken from None
    raise Unavailable(what="a quiet moment of the tenant's record")


def _walk(tenant: str, kept: Mapping[RowKey, Row | None], against: LedgerHead | None) -> Steps[Verified]:
    chain, projection = Chain(tenant), Projection(tenant)
    head = kept.get(HEAD)
    claimed = head.seq if isinstance(head, Head) else None
    while claimed is None or chain.seq < claimed:
        page = yield from entries(tenant, chain.seq, PAGE)
        for entry in page if claimed is None else page[: claimed - chain.seq]:
            projection.fold(chain.follow(entry))
            chain.passed(against)
        if len(page) < PAGE:
            break
    if claimed is not None:
        yield from _nothing_else(chain, claimed)
    chain.close(against)
    projection.agree(kept)
    known = yield from documents(tuple(projection.adopted))
    lost = [seq for digest, seq in projection.adopted.items() if digest not in known]
    if lost:
        raise ChainBroken(tenant=tenant, seq=min(lost), what="the rule document that it adopted is not there")
    return Verified(tenant=tenant, seq=chain.seq, hash=chain.hash, erased=chain.erased, against=against)


def _nothing_else(chain: Chain, claimed: int) -> Steps[None]:
    """Refuse a record that is shorter or longer than the row of its head claims."""
    if chain.seq < claimed:
        raise ChainBroken(tenant=chain.tenant, seq=chain.seq + 1, what="it is missing")
    beyond = yield from entries(chain.tenant, claimed, 1)
    if beyond:
        raise ChainBroken(
            tenant=chain.tenant, seq=claimed + 1, what="it lies past the head that decisions read"
        )


def export_plan(tenant: str, into: Sink) -> Steps[LedgerHead]:
    """Write the record of *tenant* as JSON lines, with the rule documents that it adopted; return where it stands."""
    chain = Chain(tenant)
    stands = yield from load_head(tenant)
    yield from _write(into, first_line(tenant))
    written: set[str] = set()
    while chain.seq < stands.seq:
        page = yield from entries(tenant, chain.seq, min(PAGE, stands.seq - chain.seq))
        if not page:
            raise ChainBroken(tenant=tenant, seq=chain.seq + 1, what="it is missing")
        for entry in page:
            body = chain.follow(entry).body
            if isinstance(body, RulesAdopted) and body.digest not in written:
                written.add(body.digest)
                yield from _write(into, document_line(body.digest, (yield from _document(body.digest))))
            yield from _write(into, entry_line(entry))
    try:
        chain.close()
    except ChainBroken:
        # A text that went while the pages were read is no fault; its event came after the last page.
        if (yield from load_head(tenant)) != stands:
            raise Unavailable(what="a quiet moment of the tenant's record") from None
        raise
    return chain.head


def _write(into: Sink, line: bytes) -> Steps[None]:
    came = yield from outside(partial(into.write, line))
    if isinstance(came.error, GrantkitError):
        raise came.error
    if came.error is not None:
        raise Unavailable(what="the file") from came.error


def as_of_plan(question: Question, known_at: KnownAt, *, member_may: bool) -> Steps[PastDecision]:
    """Return the answer to *question* by the record as far as *known_at* goes, under the rules that it held there."""
    chain = Chain(question.tenant)
    projection, seq = yield from _prefix(chain, known_at)
    head = projection.head
    rules = SAFE
    if head.rules:
        rules = open_document(head.rules, (yield from _document(head.rules)))
    until = question.now if isinstance(known_at, int) else known_at
    vendor, _ = yield from _prefix(Chain(VENDOR), until)
    shut_out = frozenset(row.agent for row in vendor.rows.values() if isinstance(row, Stance) and row.freeze)
    facts = facts_from(projection.rows, question.tenant, question.agent.id, shut_out)
    facts = attrs.evolve(facts, member_may=member_may)
    return PastDecision(Decision(question, facts, rules, reach_verdict(question, facts, rules)), seq)


def _prefix(chain: Chain, known_at: KnownAt) -> Steps[tuple[Projection, int]]:
    """Fold the record up to *known_at*; return it with the sequence of the last event that counts."""
    projection = Projection(chain.tenant)
    waiting: list[Event] = []  # past the last one that counts so far; one further on may be earlier in time
    while True:
        page = yield from entries(chain.tenant, chain.seq, PAGE)
        for entry in page:
            event = chain.follow(entry)
            waiting.append(event)
            if _counts(event, known_at):
                for each in waiting:
                    projection.fold(each)
                waiting.clear()
        if len(page) < PAGE:
            break
    if isinstance(known_at, int) and known_at > chain.seq:
        raise InvalidInput(field="known_at", code="out_of_range", wants=f"a sequence from 0 to {chain.seq}")
    return projection, projection.head.seq


def _counts(event: Event, known_at: KnownAt) -> bool:
    if isinstance(known_at, int):
        return event.seq <= known_at
    # What the clock read, not the time of the event: after a clock that ran ahead, everything is recorded under that
    # later time until it is corrected, and would not count for days although it held at once.
    return (event.clock or event.at) <= known_at


def _document(digest: str) -> Steps[bytes]:
    known = yield from documents((digest,))
    if digest not in known:
        raise Corrupt(what=f"no rule document {digest[:12]}, which the record adopted")
    return known[digest]
