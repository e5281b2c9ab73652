"""The chain: each entry is what its hash says, follows the one before, and holds the texts that were sealed."""

from hashlib import sha256

import attrs
import pytest

from grantkit import LedgerHead
from grantkit.codec import Chain, seal_all
from grantkit.errors import ChainBroken
from grantkit.model import Erased, Text
from unit.codec.gallery import BEFORE, EVENTS, SEED, changed, data_of, event, grown, resealed, without

STORY = ("rules_adopted", "granted", "amended", "frozen", "by_agent")
EVENTS_, ENTRIES = seal_all(
    [attrs.evolve(EVENTS[name], seq=seq) for seq, name in enumerate(STORY, 1)], "", SEED
)
HEAD = LedgerHead(tenant="acme", seq=5, hash=ENTRIES[-1].hash)


def walked(entries=ENTRIES, head=None, tenant="acme"):
    """Walk a record to its end."""
    chain = Chain(tenant)
    for entry in entries:
        chain.follow(entry)
        chain.passed(head)
    chain.close(head)
    return chain


def broken(entries=ENTRIES, head=None, tenant="acme"):
    """Return where a record is broken, and what is wrong there."""
    with pytest.raises(ChainBroken) as caught:
        walked(entries, head, tenant)
    assert tenant == caught.value.tenant
    return caught.value.seq, caught.value.what


def put(seq, entry):
    """Return the record with another entry in one place."""
    return (*ENTRIES[: seq - 1], entry, *ENTRIES[seq:])


def with_texts(seq, *texts):
    """Return the record with other texts beside one entry."""
    return put(seq, attrs.evolve(ENTRIES[seq - 1], texts=texts))


def gone(*keys, by=6):
    """Return the record without some texts, and with the event that says that they are gone."""
    record = [
        attrs.evolve(entry, texts=tuple(t for t in entry.texts if (entry.seq, t.what) not in keys))
        for entry in ENTRIES
    ]
    _, more = seal_all([event(Erased(texts=keys), seq=by, retry=None)], ENTRIES[-1].hash, SEED)
    return (*record, *more)


def test_record_that_nobody_changed_is_walked_to_its_end():
    """A walk gives the events that were sealed, and stands where the record does, with a head or without."""
    chain = Chain("acme")
    assert LedgerHead(tenant="acme", seq=0, hash="") == chain.head
    assert list(EVENTS_) == [chain.follow(entry) for entry in ENTRIES]
    assert (HEAD, 0) == (chain.head, chain.erased)
    assert HEAD == walked(head=HEAD).head
    earlier = LedgerHead(tenant="acme", seq=3, hash=ENTRIES[2].hash)
    assert HEAD == walked(head=earlier).head
    assert HEAD == walked(head=LedgerHead(tenant="acme", seq=0, hash="")).head


def test_empty_record_is_sound_and_short_of_any_head():
    """A record without entries is sound, and lacks its first entry where a head says that there were some."""
    assert 0 == walked(()).seq
    assert 1 == broken((), HEAD)[0]


@pytest.mark.parametrize("seq", range(1, 6))
def test_bytes_that_are_not_those_of_the_hash_are_named(seq):
    """Another hash beside the bytes, or other bytes under the hash, break the chain at that entry."""
    entry = ENTRIES[seq - 1]
    other = sha256(b"").hexdigest()
    assert (seq, "its hash is not that of its bytes") == broken(put(seq, attrs.evolve(entry, hash=other)))
    odd = attrs.evolve(resealed(entry, changed(data_of(entry), ("rules",), "e" * 64)), hash=entry.hash)
    assert (seq, "its hash is not that of its bytes") == broken(put(seq, odd))


@pytest.mark.parametrize("seq", range(1, 5))
def test_entry_that_was_sealed_anew_is_found_by_the_next(seq):
    """With its own hash made right, an entry that says something else breaks the chain at the next one."""
    entry = ENTRIES[seq - 1]
    odd = resealed(entry, changed(data_of(entry), ("clock",), "2027-03-03T11:59:00.000000Z"))
    assert (seq + 1, "it does not follow the entry before") == broken(put(seq, odd))


def test_last_entry_that_was_sealed_anew_is_found_by_the_head():
    """Sealed anew, the last entry is another one than the head was taken of; without the head nobody can tell."""
    entry = ENTRIES[-1]
    odd = put(5, resealed(entry, changed(data_of(entry), ("clock",), "2027-03-03T11:59:00.000000Z")))
    assert 5 == walked(odd).seq
    assert (5, "it, or one before it, is not the one that the head was taken of") == broken(odd, HEAD)


def test_record_that_is_cut_off_is_found_by_the_head():
    """A record that ends before the head does lacks what comes next; without the head nobody can tell."""
    assert 3 == walked(ENTRIES[:3]).seq
    assert (4, "it is missing: the head says that there are 5") == broken(ENTRIES[:3], HEAD)


@pytest.mark.parametrize("prev", ["b" * 64, "", None, 7, ["x"], {}])
def test_entry_that_follows_another_one_is_found(prev):
    """An entry that names another hash before it, none, or no hash at all, does not follow."""
    entry = ENTRIES[2]
    data = without(data_of(entry), ("prev",)) if prev == "" else changed(data_of(entry), ("prev",), prev)
    assert 3 == broken(put(3, resealed(entry, data)))[0]


def test_first_entry_follows_nothing():
    """What names an entry before it cannot be the first of a record."""
    entry = resealed(ENTRIES[0], grown(data_of(ENTRIES[0]), (), "prev", BEFORE))
    assert (1, "it does not follow the entry before") == broken((entry,))


@pytest.mark.parametrize(("field", "value"), [("tenant", "globex"), ("seq", 9)])
def test_entry_in_another_place_than_its_own_is_found(field, value):
    """An entry of another tenant or number is found, whether the store says so, or the bytes do, or the walk does."""
    there = "it stands at another place than it was sealed for"
    assert (3, there) == broken(put(3, attrs.evolve(ENTRIES[2], **{field: value})))
    entry = ENTRIES[4]
    odd = resealed(entry, changed(data_of(entry), (field,), value))
    assert (5, there) == broken(put(5, odd))
    assert (5, there) == broken(put(5, attrs.evolve(odd, **{field: value})))


def test_record_of_another_tenant_is_not_this_one():
    """A whole record, laid under another tenant, is broken from its first entry on."""
    assert 1 == broken(tenant="globex")[0]
    assert 1 == broken([attrs.evolve(entry, tenant="globex") for entry in ENTRIES], tenant="globex")[0]


@pytest.mark.parametrize("sealed", [b"", b"{}", b"null", b"[" * 100_000, b"\xff"])
def test_entry_that_cannot_be_read_is_found(sealed):
    """Bytes that are no event break the chain there, under whatever hash."""
    odd = attrs.evolve(ENTRIES[2], sealed=sealed, hash=sha256(sealed).hexdigest())
    assert (3, "it cannot be read as an event") == broken(put(3, odd))


# --- texts ------------------------------------------------------------------------------------------------------------


def test_each_text_that_was_changed_is_found():
    """A text or a salt with one bit changed, at any place, is not the one that was sealed."""
    reason = next(text for text in ENTRIES[1].texts if text.what == "reason")
    rest = tuple(text for text in ENTRIES[1].texts if text.what != "reason")
    for number in range(len(reason.salt)):
        salt = reason.salt[:number] + bytes([reason.salt[number] ^ 1]) + reason.salt[number + 1 :]
        assert (2, "its reason is not the text that was sealed") == broken(
            with_texts(2, *rest, attrs.evolve(reason, salt=salt))
        )
    for number in range(len(reason.text)):
        text = f"{reason.text[:number]}\0{reason.text[number + 1 :]}"
        assert (2, "its reason is not the text that was sealed") == broken(
            with_texts(2, *rest, attrs.evolve(reason, text=text))
        )


@pytest.mark.parametrize("by", [-16, -1, 1, 2, 12])
def test_nothing_moves_between_a_salt_and_its_text(by):
    """What is salt and what is text cannot be moved: the same bytes, parted elsewhere, are another text."""
    (text,) = [text for text in ENTRIES[1].texts if text.what == "reference:member:m-ana"]
    rest = tuple(each for each in ENTRIES[1].texts if each is not text)
    whole, place = text.salt + text.text.encode(), 16 + by
    odd = Text(text.what, whole[:place], whole[place:].decode("latin-1"))
    assert 2 == broken(with_texts(2, *rest, odd))[0]


@pytest.mark.parametrize("what", ["zz", "payload", "name:member:m-ben", "reason"])
def test_text_that_was_never_sealed_is_found(what):
    """A text put beside an entry that commits to no such one is found, be it of a kind that others have."""
    entry = ENTRIES[4]
    there = {text.what for text in entry.texts}
    assert "payload" in there
    more = Text(f"{what}x" if what in there else what, bytes(16), "put there")
    assert (5, "a text lies beside it that was never sealed") == broken(with_texts(5, *entry.texts, more))


def test_text_that_is_there_twice_is_found():
    """One text twice is one too many, be it the same."""
    texts = ENTRIES[1].texts
    assert 2 == broken(with_texts(2, *texts, texts[0]))[0]
    assert 2 == broken(with_texts(2, attrs.evolve(texts[0], text="other"), *texts))[0]


def test_text_that_was_exchanged_with_another_is_found():
    """Two texts under each other's names are not the ones that were sealed."""
    one, two, *rest = ENTRIES[1].texts
    swapped = (attrs.evolve(one, what=two.what), attrs.evolve(two, what=one.what))
    assert 2 == broken(with_texts(2, *swapped, *rest))[0]


def test_missing_text_is_found_at_the_end():
    """A text that is not there and that no event erased is found, the first of several."""
    missing = "is missing, and nothing says that it was erased"
    assert (2, f"its reason {missing}") == broken(
        with_texts(2, *(text for text in ENTRIES[1].texts if text.what != "reason"))
    )
    bare = [attrs.evolve(entry, texts=()) for entry in ENTRIES]
    assert (1, f"its name:member:m-ana {missing}") == broken(bare)


def test_erased_texts_are_accounted_for():
    """Where an event says which texts are gone, the chain holds without them, and says how many they are."""
    chain = walked(gone((2, "reason"), (2, "name:member:m-ana"), (5, "payload")))
    assert (6, 3) == (chain.seq, chain.erased)


def test_text_that_was_erased_and_came_back_is_found():
    """A text that was put back after it was erased is found, even the very same."""
    record = gone((2, "reason"), (4, "payload"))
    back = (*record[:3], ENTRIES[3], *record[4:])
    assert (4, "its payload was erased, and is there") == broken(back)


def test_more_is_gone_than_was_erased():
    """One text more than the event says is missing."""
    record = gone((2, "reason"), (4, "payload"))
    more = (*record[:2], attrs.evolve(record[2], texts=()), *record[3:])
    assert 3 == broken(more)[0]


def test_erasure_of_what_never_was_is_found():
    """An event that erases a text that nobody sealed is no account of anything."""
    assert (2, "its zz was erased, and is there") == broken(gone((2, "zz")))


@pytest.mark.parametrize(
    "commitments",
    [None, 7, "x", [], ["x"], {"reason": None}, {"reason": 7}, {"reason": {"x": 1}}, {"zz": "d" * 64}],
)
def test_commitments_that_are_none_are_found(commitments):
    """What commits to nothing, or to what has no place in such an event, cannot be read."""
    entry = ENTRIES[1]
    odd = resealed(entry, changed(data_of(entry), ("texts",), commitments))
    for texts in ((), entry.texts):
        assert 2 == broken(put(2, attrs.evolve(odd, texts=texts)))[0]


@pytest.mark.parametrize("what", ["text", "what"])
@pytest.mark.parametrize(
    "value", [None, 7, b"x", ["x"], "\ud800"], ids=["none", "int", "bytes", "list", "surrogate"]
)
def test_text_that_is_none_is_found(what, value):
    """A text of a store that gives something else is found, and is no other error."""
    texts = ENTRIES[1].texts
    odd = attrs.evolve(texts[0], **{what: value})
    assert 2 == broken(with_texts(2, odd, *texts[1:]))[0]
