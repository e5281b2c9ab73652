"""Laws of keeping: what is written comes back, all of it and as it was."""

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import attrs

from grantkit.inputs import EARLIEST, LATEST
from grantkit.lifecycle import Want
from grantkit.model import (
    AccessRequest,
    Approval,
    Consent,
    Ended,
    Ending,
    Entry,
    Freeze,
    Grant,
    Member,
    Row,
    Stance,
    Text,
    Window,
)
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import (
    HOLDERS,
    JOB,
    MOST,
    NOON,
    TEXTS,
    TICK,
    consent,
    every_kind,
    freeze,
    grant,
    moved,
    numbered,
    over,
    request,
    rules,
    settled,
)
from grantkit.testing.laws.shelf import Shelf, entry_of, key_of, salt

_SEALED = (
    b"{}",
    b"",
    b" \t{ } \r\n",
    '{"name":"Zo\u00eb Zoe\u0308 \U0001f469"}'.encode(),
    bytes(range(256)),
    b"\x00\xff\xfe not UTF-8 \x00",
    b"x" * 70_000,
)


def sealed_bytes_come_back(bench: Bench) -> None:
    """Sealed bytes come back byte for byte, whatever they are: a store neither reads nor changes them."""
    shelf = bench.shelf()
    before = shelf.batch("acme")
    entries = tuple(entry_of("acme", seq, sealed) for seq, sealed in enumerate(_SEALED, 1))
    head = attrs.evolve(shelf.head("acme"), seq=len(entries), hash=entries[-1].hash)
    batch = attrs.evolve(before, entries=entries, rows={key_of(head): head})
    shelf.store.append("acme", 0, batch)
    shelf.remember("acme", batch)
    found = shelf.store.events("acme", 0, asking.PLENTY)
    for wanted, given in zip(entries, found, strict=False):
        bench.true("an entry is an Entry", type(given) is Entry)
        bench.same("type of sealed bytes", bytes, type(given.sealed))
        bench.same(f"sealed bytes {wanted.sealed[:20]!r}", wanted, given)
    asking.record(bench, shelf, "acme")


def texts_lie_beside_their_entries(bench: Bench) -> None:
    """Erasable texts come back with their salts, beside their entry, in the order of what they are."""
    shelf = bench.shelf()
    names = ("name:agent:a-kim", "name:member:m-ana", "payload", "reason", "reference:member:m-ana")
    beside = tuple(Text(what, salt(what), f"{what} said") for what in names)
    shelf.put("acme", texts=((), beside, beside[:1], beside[3:], ()))
    shelf.put("acme", texts=(tuple(attrs.evolve(each, salt=bytes(16)) for each in beside),))
    shelf.put("globex", texts=(beside,))
    asking.records(bench, shelf)
    kept = shelf.store.events("acme", 1, 1)[0].texts
    bench.same("texts of one entry", beside, kept)
    bench.same("salt", beside[0].salt, kept[0].salt)
    bench.same("commitment", beside[0].commitment, kept[0].commitment)


def rows_come_back(bench: Bench) -> None:
    """Rows of every kind come back with every field as it was, by each method that gives them."""
    shelf = bench.shelf()
    rows = numbered(every_kind())
    ruled = rules().digest
    shelf.put("acme", *rows, documents=[rules()], rules=ruled, freeze=freeze(), cut_off=4, seen_at=NOON)
    shelf.put(
        "globex", *(moved(row, "globex") for row in rows if isinstance(row, Grant | Consent | AccessRequest))
    )
    _found(bench, shelf)


def _found(bench: Bench, shelf: Shelf) -> None:
    """Hold what is found by name and in order against what was put there."""
    for tenant in shelf.records:
        asking.record(bench, shelf, tenant)
        asking.load(bench, shelf, tenant, asking.everything(shelf, tenant))
        asking.in_order(bench, shelf, tenant)


def heads_come_back(bench: Bench) -> None:
    """The head comes back with its hash, rules, time, freeze and cut-off, and without them where it has none."""
    shelf = bench.shelf()
    heads: tuple[tuple[str, dict[str, Any]], ...] = (
        ("plain", {}),
        ("frozen", {"freeze": freeze()}),
        ("by-a-job", {"freeze": Freeze(by=JOB, at=EARLIEST, seq=1), "seen_at": LATEST}),
        ("cut-off", {"cut_off": MOST}),
        ("ruled", {"rules": rules().digest, "seen_at": NOON}),
        ("all", {"freeze": freeze(2), "cut_off": 1, "rules": "0" * 64, "seen_at": NOON + TICK}),
    )
    for tenant, said in heads:
        shelf.put(tenant, **said)
    for tenant in shelf.records:
        asking.record(bench, shelf, tenant)
        asking.read(bench, shelf, tenant, HOLDERS)
    shelf.put("all", freeze=None, cut_off=2)
    shelf.put("plain", freeze=freeze())
    for tenant in shelf.records:
        asking.record(bench, shelf, tenant)
        asking.read(bench, shelf, tenant, HOLDERS)


def instants_keep_their_microseconds(bench: Bench) -> None:
    """Instants come back to the microsecond, from the earliest to the latest that there are, in UTC."""
    shelf = bench.shelf()
    odd = (0, 1, 999, 1_000, 123_456, 499_999, 500_000, 500_001, 999_999)
    instants = [EARLIEST, EARLIEST + TICK, LATEST - TICK, LATEST, *(_at(micro) for micro in odd)]
    pairs = [(start, start + TICK) for start in instants[:-1] if start < LATEST]
    rows: list[Row] = [
        grant(f"gr_{place}", window=Window(*pair), ended=over(pair[1]), consent_seq=place)
        for place, pair in enumerate(pairs, 1)
    ]
    rows += [
        consent(f"cn_{place}", window=Window(*pair), ended=over(pair[1]), consent_seq=place)
        for place, pair in enumerate(pairs, 1)
    ]
    rows += [
        request(f"rq_{place}", lapses_at=at, settled=settled(at) if place % 2 else None, seq=place)
        for place, at in enumerate(instants, 1)
    ]
    rows += [
        Stance(agent=f"a-{place}", freeze=Freeze(by=JOB, at=at, seq=1)) for place, at in enumerate(instants)
    ]
    shelf.put("acme", *rows)
    for place, at in enumerate(instants):
        shelf.put(f"tenant-{place}", seen_at=at)
    _found(bench, shelf)
    for row in shelf.store.rows("acme").values():
        if isinstance(row, Grant | Consent):
            bench.same(f"zone of {row.id}", timedelta(0), row.starts_at.utcoffset())
        elif isinstance(row, AccessRequest):
            bench.same(f"zone of {row.id}", timedelta(0), row.lapses.utcoffset())


def _at(micro: int) -> datetime:
    return NOON.replace(microsecond=micro)


def numbers_are_not_cut(bench: Bench) -> None:
    """Sequences, versions and watermarks come back up to 2**53 - 1, past what 32 bits or a short float hold."""
    shelf = bench.shelf()
    for place, number in enumerate((2**31 - 1, 2**31, 2**32, 2**33 + 1, MOST - 1, MOST)):
        end = Ended(how=Ending.REVOKED, at=NOON, by=JOB, seq=number)
        made = grant(f"gr_{place}", consent_seq=number, version=number, ended=end)
        stance = Stance(agent=f"a-{place}", cut_off=number, freeze=Freeze(by=JOB, at=NOON, seq=number))
        relied_on = consent(f"cn_{place}", consent_seq=number, ended=end)
        asked = request(f"rq_{place}", seq=number, step=number, needs=number, settled=settled(seq=number))
        shelf.put("acme", made, relied_on, asked, stance, cut_off=number)
    _found(bench, shelf)
    asking.in_order(bench, shelf, "acme", size=2)


def texts_come_back_byte_for_byte(bench: Bench) -> None:
    """Words of people come back as they were: composed or not, spaces at the end, emoji, right to left."""
    shelf = bench.shelf()
    for place, words in enumerate(TEXTS):
        approval = Approval(
            by=Member("m-ana", tenant="acme"),
            selector="tenant:admin",
            at=NOON,
            digest="a" * 64,
            reference=words,
            text=words,
            word=words,
        )
        said: dict[str, Any] = {
            "reason": words,
            "category": words,
            "tickets": frozenset({words, f"{words} "}),
            "approvals": (approval,),
        }
        made = grant(f"gr_{place}", **said, consent_seq=place + 1)
        relied_on = consent(f"cn_{place}", **said, consent_seq=place + 1)
        asked = request(f"rq_{place}", **said, seq=place + 1)
        what = (Text("payload", salt("p"), words), Text("reason", salt(words), words))
        shelf.put("acme", made, relied_on, asked, texts=(what,), documents=[rules(name=_line(words))])
    for tenant in shelf.records:
        asking.record(bench, shelf, tenant)
        asking.in_order(bench, shelf, tenant)
        asking.load(bench, shelf, tenant, asking.everything(shelf, tenant))
    bench.same("documents", shelf.documents, dict(shelf.store.documents(tuple(shelf.documents))))


def _line(words: str) -> str:
    return " ".join(words.split())[:100]


def documents_stay(bench: Bench) -> None:
    """A rule document stays under its digest, byte for byte, whatever is adopted later; absent ones are left out."""
    shelf = bench.shelf()
    one, two, three = rules("one"), rules("two", zone=None), rules("three", policies={}, ceilings={})
    shelf.put("acme", documents=[one], rules=one.digest)
    shelf.put("acme", documents=[two, three], rules=two.digest)
    shelf.put("globex", documents=[one], rules=one.digest)
    shelf.put("acme", documents=[one], rules=one.digest)
    odd = {sha256(sealed).hexdigest(): sealed for sealed in _SEALED}
    _adopt(shelf, odd)
    # Other bytes under a digest that is taken: whether they are refused or left aside, what is there stays.
    for digest in (one.digest, next(iter(odd))):
        with suppress(Exception):
            _adopt(attrs.evolve(shelf, documents={}), {digest: b"{}\n"})
        bench.same("documents", shelf.documents, dict(shelf.store.documents((*shelf.documents, "0" * 64))))
    bench.same(
        "one document", {two.digest: shelf.documents[two.digest]}, dict(shelf.store.documents((two.digest,)))
    )
    bench.same("no documents", {}, dict(shelf.store.documents(())))
    bench.same("absent documents", {}, dict(shelf.store.documents(("0" * 64,))))
    for tenant in shelf.records:
        asking.load(bench, shelf, tenant, Want(document=True))


def _adopt(shelf: Shelf, documents: dict[str, bytes]) -> None:
    batch = attrs.evolve(shelf.batch("acme"), documents=documents)
    shelf.store.append("acme", shelf.head("acme").seq, batch)
    shelf.remember("acme", batch)


LAWS = (
    sealed_bytes_come_back,
    texts_lie_beside_their_entries,
    rows_come_back,
    heads_come_back,
    instants_keep_their_microseconds,
    numbers_are_not_cut,
    texts_come_back_byte_for_byte,
    documents_stay,
)
