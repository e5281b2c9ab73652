"""Records as they are kept: heads, texts and their commitments, and where texts lie in an event."""

import json
import pickle
from hashlib import sha256

import attrs
import pytest

from grantkit import VENDOR, LedgerHead
from grantkit.errors import InvalidInput
from grantkit.inputs import identifier
from grantkit.model import MOST_SEQ, NO_HASH, Entry, Text, whose
from grantkit.model.texts import reference_of, texts_of
from unit.codec.gallery import APPROVALS, EVENTS, FULL, RETRY
from unit.making import ANA, KIM

HASH = "0123456789abcdef" * 4
HEAD = LedgerHead(tenant="acme", seq=3, hash=HASH)


def code(call):
    """Return what is refused, and why."""
    with pytest.raises(InvalidInput) as caught:
        call()
    return caught.value.field, caught.value.code


# --- heads ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        LedgerHead(tenant="acme", seq=0, hash=NO_HASH),
        LedgerHead(tenant=VENDOR, seq=MOST_SEQ, hash="f" * 64),
        LedgerHead(tenant="a:b|c@d", seq=1, hash="0" * 64),
    ],
    ids=["some", "none", "vendor", "odd"],
)
def test_head_travels_as_plain_data(head):
    """A head is three plain values that go through JSON and pickle and come back as the same head."""
    assert head == LedgerHead.from_data(json.loads(json.dumps(head.to_data())))
    assert {"tenant": head.tenant, "seq": head.seq, "hash": head.hash} == head.to_data()
    assert head == pickle.loads(pickle.dumps(head))  # noqa: S301
    assert f"{head.tenant} at {head.seq}: {head.hash}" == str(head)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"tenant": "@other"}, ("head.tenant", "bad_id")),
        ({"tenant": ""}, ("head.tenant", "bad_id")),
        ({"tenant": 7}, ("head.tenant", "wrong_type")),
        ({"seq": -1}, ("head.seq", "out_of_range")),
        ({"seq": MOST_SEQ + 1}, ("head.seq", "out_of_range")),
        ({"seq": True}, ("head.seq", "wrong_type")),
        ({"seq": 3.0}, ("head.seq", "wrong_type")),
        ({"seq": "3"}, ("head.seq", "wrong_type")),
        ({"seq": 0}, ("head.hash", "wrong_type")),
        ({"hash": ""}, ("head.hash", "wrong_type")),
        ({"hash": HASH.upper()}, ("head.hash", "wrong_type")),
        ({"hash": HASH[:-1]}, ("head.hash", "wrong_type")),
        ({"hash": HASH + "0"}, ("head.hash", "wrong_type")),
        ({"hash": HASH + "\n"}, ("head.hash", "wrong_type")),
        ({"hash": HASH.encode()}, ("head.hash", "wrong_type")),
        ({"hash": None}, ("head.hash", "wrong_type")),
    ],
    ids=range(16),
)
def test_head_that_is_none_cannot_be_made(changed, expected):
    """A head is of a tenant or the vendor, with a hash from its first event on; nothing else can be made or read."""
    said = {**HEAD.to_data(), **changed}
    assert expected == code(lambda: LedgerHead(**said))
    assert expected == code(lambda: LedgerHead.from_data(said))


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        "acme",
        [],
        {},
        [("tenant", "acme")],
        {"tenant": "acme", "seq": 3},
        {**HEAD.to_data(), "zz": 1},
    ],
    ids=range(8),
)
def test_what_is_no_head_is_not_read_as_one(data):
    """A head is an object with just its three keys."""
    assert ("head", "wrong_type") == code(lambda: LedgerHead.from_data(data))


def test_vendor_is_no_tenant():
    """The vendor's own record lies under a key that no tenant can have, and that only the ledger takes."""
    assert ("acme", VENDOR) == (whose("tenant", "acme"), whose("tenant", VENDOR))
    assert ("tenant", "bad_id") == code(lambda: identifier("tenant", VENDOR))

    class Vendor(str):
        __slots__ = ()

    for odd in (Vendor(VENDOR), "@Vendor", "@vendor ", None, 7):
        assert "tenant" == code(lambda odd=odd: whose("tenant", odd))[0]


# --- texts ------------------------------------------------------------------------------------------------------------


def test_commitment_is_over_salt_and_text():
    """A commitment is SHA-256 of the salt and then the text in UTF-8, so that anybody can work it out."""
    text = Text("reason", bytes(range(16)), "Böards \U0001f600")
    assert sha256(bytes(range(16)) + "Böards \U0001f600".encode()).hexdigest() == text.commitment
    assert {
        "what": "reason",
        "salt": "000102030405060708090a0b0c0d0e0f",
        "text": "Böards \U0001f600",
    } == text.to_data()


def test_commitment_tells_nothing_without_the_salt():
    """The same text under another salt has another commitment: whoever lost the salt cannot even guess."""
    assert 256 == len(
        {Text("reason", bytes([number]) + bytes(15), "yes").commitment for number in range(256)}
    )


def test_texts_of_an_event_are_called_by_what_they_are():
    """A granted event holds a name, a reason, a reference of each who said yes, and the payload of a key."""
    assert {
        "name:member:m-ana": "Ana",
        "reason": FULL.reason,
        "reference:member:m-ana": APPROVALS[0].reference,
        "reference:agent:a-kim": APPROVALS[1].reference,
        "payload": RETRY.payload,
    } == texts_of(EVENTS["granted"])
    assert ("reference:member:m-ana", "reference:agent:a-kim") == (reference_of(ANA), reference_of(KIM))


@pytest.mark.parametrize(
    ("name", "whats"),
    [
        ("amended", {"name:member:m-ana", "reference:member:m-ana", "payload"}),
        ("amended_alone", {"name:member:m-ana", "payload"}),
        ("granted_bare", {"name:member:m-ana", "payload"}),
        ("rules_adopted", {"name:member:m-ana", "payload"}),
        ("by_agent", {"name:agent:a-kim", "payload"}),
        ("by_agent_bare", {"payload"}),
        ("by_system", {"payload"}),
        ("without_key_or_clock", {"name:member:m-ana"}),
    ],
)
def test_what_was_not_said_is_no_text(name, whats):
    """An event holds only texts that were said; a job's name is its id and stays."""
    assert whats == texts_of(EVENTS[name]).keys()


def test_entry_is_a_value():
    """Two entries that say the same are the same, and one of another hash, text or place is another."""
    entry = Entry(tenant="acme", seq=1, hash=HASH, sealed=b"{}", texts=(Text("reason", bytes(16), "x"),))
    assert entry == attrs.evolve(entry)
    others = {"tenant": "globex", "seq": 2, "hash": "", "sealed": b"[]", "texts": ()}
    assert 6 == len({entry, *(attrs.evolve(entry, **{name: value}) for name, value in others.items())})
