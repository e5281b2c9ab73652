"""Erasing, to the last byte: where words lie, that they are gone from everywhere, and what happens in between."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import attrs
import pytest

from grantkit import Elapsed, Member, SupportAccess, System, Team
from grantkit.codec import row_text
from grantkit.errors import ChainBroken, StoreError
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock
from grantkit.verify import check
from story import CANARY, exported, records, told

JOB = System("retention")
RECORDS = ("acme", "@vendor")
ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")


class Kept:
    """A store, and every text and byte that is anywhere in it."""

    def __init__(self, store: Any, folder: Any) -> None:
        self.store = store
        self.folder = folder

    def bytes(self) -> bytes:
        """Return all there is: for a file, with what lies beside it."""
        if isinstance(self.store, MemoryStore):
            return b"\n".join(words_of(self.store, set()))
        return b"\n".join(path.read_bytes() for path in sorted(self.folder.iterdir()))


def words_of(value: object, seen: set[int]) -> Iterator[bytes]:
    """Yield every text and every bytes that can be reached from a value."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, str):
        yield value.encode()
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from words_of(key, seen)
            yield from words_of(each, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from words_of(each, seen)
    else:
        yield from words_of(getattr(value, "__dict__", {}), seen)
        for kind in type(value).__mro__:
            names = getattr(kind, "__slots__", ())
            for name in (names,) if isinstance(names, str) else names:
                yield from words_of(getattr(value, name, None), seen)


@pytest.fixture(params=["memory", "sqlite"])
def kept(request, tmp_path):
    """A store of each kind, empty."""
    if request.param == "memory":
        yield Kept(MemoryStore(), None)
        return
    with SQLiteStore(tmp_path / "story.db") as store:
        yield Kept(store, tmp_path)


def erase_all(access: SupportAccess) -> None:
    """Erase every word of every event of the story, by a job that has no name."""
    for tenant in RECORDS:
        access.ledger.erase(tenant, by=JOB, events=range_of(access, tenant))


def range_of(access: SupportAccess, tenant: str) -> list[int]:
    """Return the sequences of a record."""
    return [event.seq for event in access.ledger.history(tenant)]


def test_words_of_people_lie_beside_the_record_and_never_in_it(kept):
    """No sealed byte and no rule document holds a name, a reason or a reference; no row holds a name."""
    access = told(kept.store)
    assert CANARY.encode() in kept.bytes()
    for tenant in RECORDS:
        for entry in kept.store.events(tenant, 0, 1000):
            assert CANARY.encode() not in entry.sealed
            assert [] == [text for text in entry.texts if text.text.encode() in entry.sealed]
        for row in kept.store.rows(tenant).values():
            found = row_text(row)
            assert [] == [
                name for name in ("Ana", "Ben", "Kim", "Duty", "Gus", "Kay") if f"{name} {CANARY}" in found
            ]
    adopted = {event.rules for event in access.ledger.history("acme")} - {""}
    assert 2 == len(kept.store.documents(tuple(adopted)))
    assert not [
        sealed for sealed in kept.store.documents(tuple(adopted)).values() if CANARY.encode() in sealed
    ]


def test_erased_words_are_nowhere(kept):
    """After erasing, no word of anybody is in any byte of the store, and no digest that it could be guessed from."""
    access = told(kept.store)
    payloads = {event.retry.payload for event in access.ledger.history("acme") if event.retry is not None}
    salts = {text.salt for entry in kept.store.events("acme", 0, 1000) for text in entry.texts}
    before = records(access)
    assert 2 == len(payloads)
    assert len(salts) > 20

    erase_all(access)

    left = kept.bytes()
    assert CANARY.encode() not in left
    assert [] == [payload for payload in payloads - {""} if payload.encode() in left]
    assert [] == [salt for salt in salts if salt in left]
    assert CANARY.encode() not in exported(access, "acme")
    for tenant in RECORDS:
        assert before[tenant] == access.ledger.verify(tenant, before[tenant]).against
        assert () == tuple(text for entry in kept.store.events(tenant, 0, 1000) for text in entry.texts)


def test_erasing_leaves_the_sealed_bytes_as_they_were(kept):
    """Erasing changes no sealed byte and no hash of what was there before."""
    access = told(kept.store)
    before = [(entry.hash, entry.sealed) for entry in kept.store.events("acme", 0, 1000)]
    erase_all(access)
    assert before == [(entry.hash, entry.sealed) for entry in kept.store.events("acme", 0, len(before))]


def test_erased_people_keep_their_ids_and_others_their_names(kept):
    """Erasing a person takes their name from every event, and nothing else from anybody."""
    access = told(kept.store)
    texts = {(entry.seq, text) for entry in kept.store.events("acme", 0, 1000) for text in entry.texts}
    named = {(seq, text) for seq, text in texts if text.what == "name:member:m-ana"}
    assert len(named) == access.ledger.erase("acme", by=JOB, people=["m-ana"]) > 5
    left = {(entry.seq, text) for entry in kept.store.events("acme", 0, 1000) for text in entry.texts}
    assert texts - named == left
    assert "m-ana" in {event.actor.id for event in access.ledger.history("acme")}
    assert f"Ana {CANARY}".encode() not in kept.bytes()


def test_forgotten_tenant_is_in_no_byte(kept):
    """A tenant that is forgotten leaves its id and its last hash in the vendor's record, and nothing else anywhere."""
    access = told(kept.store)
    last = access.ledger.head("acme")
    assert last == access.ledger.forget_tenant("acme", by=JOB)
    left = kept.bytes()
    assert [] == [
        word for word in ("m-ana", "m-ben", "Boards", "gr_1", "T-1", "k-1") if word.encode() in left
    ]
    assert last.hash.encode() in left
    assert [] == [
        word for word in ("Ana", "Ben", "Kim", "Duty", "Gus") if f"{word} {CANARY}".encode() in left
    ]
    assert 2 == access.ledger.verify("@vendor").seq


def test_export_is_what_the_record_was_when_it_was_whole(kept):
    """Exports from before and after an erasure both hold offline against the head from before."""
    access = told(kept.store)
    head = access.ledger.head("acme")
    before = exported(access, "acme")
    erase_all(access)
    after = exported(access, "acme")
    for found in (before, after):
        assert head == check(found.splitlines(keepends=True), head).against
    assert CANARY.encode() in before
    assert CANARY.encode() not in after


def test_many_texts_are_erased_by_several_events():
    """No one event names texts without bound: a thousand go by several, and each is accounted for once."""
    access = SupportAccess(MemoryStore(), clock=FakeClock())
    for _ in range(600):
        access.freeze("acme", by=ANA)
        access.unfreeze("acme", by=ANA)
    assert 1201 == access.ledger.erase("acme", by=JOB, people=["m-ana"])
    more = [event for event in access.ledger.history("acme") if event.kind == "erased"]
    assert [500, 500, 201] == [len(event.body.texts) for event in more]
    assert 1201 == access.ledger.verify("acme").erased
    assert 0 == access.ledger.erase("acme", by=JOB, people=["m-ana"])


# --- while others act -------------------------------------------------------------------------------------------------


class Interrupted:
    """A store where something happens just before one of its methods is called, once."""

    def __init__(self, store):
        self.store = store
        self.before: tuple[str, Any] | None = None

    def __getattr__(self, name):
        method = getattr(self.store, name)

        def called(*args):
            if self.before is not None and self.before[0] == name:
                (_, happens), self.before = self.before, None
                happens()
            return method(*args)

        return called


@pytest.fixture
def living(kept):
    """A store that can be interrupted, and a door to it, with one grant at a tenant."""
    store = Interrupted(kept.store)
    access = SupportAccess(store, clock=FakeClock())
    let_in(access)
    return store, access


def let_in(access, tenant="acme"):
    by = Member("m-ana", tenant=tenant, roles={"admin"}, name="Ana")
    return access.grant(tenant, by=by, to=Team("support"), ends=Elapsed(hours=4), reason="Boards", key="k-1")


METHODS = ("events", "load", "append")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("again", [False, True], ids=["gone", "begun_anew"])
def test_tenant_that_is_forgotten_while_erasing_leaves_a_sound_record(living, method, again):
    """Whenever a tenant is forgotten while somebody erases there, no event is left that speaks of what never was."""
    store, access = living

    def forget():
        access.ledger.forget_tenant("acme", by=JOB)
        if again:
            let_in(access)

    store.before = (method, forget)
    with suppress(StoreError):  # it may give up, as long as nothing was written
        access.ledger.erase("acme", by=JOB, people=["m-ana"])
    access.ledger.verify("acme")
    access.ledger.verify("@vendor")


@pytest.mark.parametrize("method", METHODS)
def test_two_who_erase_at_once_erase_once(living, method):
    """Whoever comes second finds nothing left: each text is counted, and named by an event, once."""
    store, access = living
    counts = []
    store.before = (method, lambda: counts.append(access.ledger.erase("acme", by=JOB, events=[1, 2])))
    counts.append(access.ledger.erase("acme", by=JOB, events=[1, 2]))
    assert 4 == sum(counts)
    assert [1] == [1 for event in access.ledger.history("acme") if event.kind == "erased"]
    assert 4 == access.ledger.verify("acme").erased


@pytest.mark.parametrize("method", METHODS)
def test_what_is_said_while_erasing_is_sound(living, method):
    """An event that comes while somebody erases is kept whole, or erased with the rest; the record holds."""
    store, access = living
    store.before = (method, lambda: access.freeze("acme", by=ANA))
    access.ledger.erase("acme", by=JOB, people=["m-ana"])
    assert ["rules_adopted", "granted", "frozen", "erased"] == [e.kind for e in access.ledger.history("acme")]
    assert {2: None, 1: None}.items() <= {
        e.seq: e.actor.name for e in access.ledger.history("acme")[:2]
    }.items()
    access.ledger.verify("acme")


@pytest.mark.parametrize("method", ["load", "events"])
@pytest.mark.parametrize("happens", ["erase", "freeze", "forget"])
def test_what_is_exported_holds_whatever_happens_meanwhile(living, method, happens):
    """An export that others write into holds offline to its last line, or fails as a whole."""
    store, access = living
    acts = {
        "erase": lambda: access.ledger.erase("acme", by=JOB, people=["m-ana"]),
        "freeze": lambda: access.freeze("acme", by=ANA),
        "forget": lambda: access.ledger.forget_tenant("acme", by=JOB),
    }
    store.before = (method, acts[happens])
    try:
        found = exported(access, "acme")
    except (StoreError, ChainBroken):
        return
    assert 2 <= check(found.splitlines(keepends=True)).head.seq or happens == "forget"


def test_missing_text_is_not_exported():
    """A record from which somebody took a text cannot be handed out as a true one."""
    store = MemoryStore()
    access = told(store)
    entries = store._tenants["acme"].entries
    entries[3] = attrs.evolve(entries[3], texts=entries[3].texts[1:])
    with pytest.raises(ChainBroken) as broken:
        exported(access, "acme")
    assert 4 == broken.value.seq
