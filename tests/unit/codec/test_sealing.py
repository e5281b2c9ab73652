"""Sealing and opening: what was sealed opens to what happened, and nothing else opens."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import get_args

import attrs
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from grantkit.codec import SCHEMA, open_entry, seal_all, seal_one
from grantkit.errors import Corrupt
from grantkit.model import Body
from grantkit.model.texts import texts_of
from unit.codec.any_event import FEWER, events
from unit.codec.gallery import (
    ANA,
    BEFORE,
    BODIES,
    EVENTS,
    FULL,
    RETRY,
    SEED,
    at,
    changed,
    data_of,
    grown,
    paths,
    places,
    resealed,
    saying,
    sealed,
    spelled,
    without,
)
from unit.making import NOW, TICK

ODD = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2.0,
    10**20,
    float("nan"),
    "",
    "x",
    "\u00e9",
    [],
    [None],
    ["x"],
    [[]],
    {},
    {"x": 1},
)
"""What may stand where something else belongs."""
NAMES = sorted(EVENTS)


def without_links(data):
    """Return what an entry says of its event; its version, and what it follows and commits to, are tried elsewhere."""
    return {key: value for key, value in data.items() if key not in ("v", "prev", "texts")}


PLACES = places({name: without_links(data_of(sealed(found))) for name, found in EVENTS.items()})
"""Where each is changed: what was changed in the same place of another is not changed again."""


def opens(entry):
    """Return the event that an entry opens to, ``None`` if it is refused; any other error is a failure."""
    try:
        return open_entry(entry)
    except Corrupt:
        return None


def says_exactly(found, entry):
    """Whether an event that was opened, sealed again, gives the bytes that it was opened from."""
    data = data_of(entry)
    again = data_of(seal_one(found, data.get("prev", ""), SEED))
    # The salts of another sealing are others, and so are the commitments.
    return spelled({**again, "texts": data.get("texts")}) == spelled({"texts": None, **data})


@pytest.mark.parametrize("name", NAMES)
def test_sealed_event_opens_to_the_same_event(name):
    """An event of every kind, with everything that it can say, opens to itself, its hash beside it."""
    entry = sealed(EVENTS[name])
    assert attrs.evolve(EVENTS[name], hash=entry.hash) == open_entry(entry)


@FEWER
@given(events())
def test_any_event_seals_and_opens_to_the_same_event(found):
    """Any event at all opens to itself: every term, actor and body, to the microsecond."""
    entry = sealed(found)
    assert attrs.evolve(found, hash=entry.hash) == open_entry(entry)
    assert says_exactly(open_entry(entry), entry)


@FEWER
@given(events())
def test_sealed_bytes_are_canonical_and_hashed_as_they_are(found):
    """The sealed bytes are RFC 8785 by an independent writer, and the hash is SHA-256 over just these."""
    entry = sealed(found)
    assert rfc8785.dumps(data_of(entry)) == entry.sealed == spelled(data_of(entry))
    assert sha256(entry.sealed).hexdigest() == entry.hash
    assert (found.tenant, found.seq) == (entry.tenant, entry.seq)


@pytest.mark.parametrize("name", NAMES)
def test_what_says_nothing_takes_no_room(name):
    """No key of the sealed bytes says null, nothing or an empty object."""
    data = data_of(sealed(EVENTS[name]))
    assert [] == [path for path in paths(data) if path and at(data, path) in (None, "", {})]


def test_gallery_has_every_kind_of_event():
    """The examples have each kind of body that there is, so that nothing below is tried on half of them."""
    assert {*get_args(Body)} == {type(body) for body in BODIES.values()}


# --- texts ------------------------------------------------------------------------------------------------------------


def test_texts_lie_beside_the_entry_and_never_in_it():
    """Names, reasons, references and payloads lie beside the sealed bytes, which hold only commitments to them."""
    entry = sealed(EVENTS["granted"])
    assert {
        "name:member:m-ana": "Ana",
        "payload": RETRY.payload,
        "reason": FULL.reason,
        "reference:agent:a-kim": "by phone",
        "reference:member:m-ana": "T-1: yes, do it",
    } == {text.what: text.text for text in entry.texts}
    assert sorted(entry.texts, key=lambda text: text.what) == list(entry.texts)
    for text in entry.texts:
        assert text.text.encode() not in entry.sealed
        assert text.commitment == data_of(entry)["texts"][text.what]
        assert sha256(text.salt + text.text.encode()).hexdigest() == text.commitment
        assert 16 == len(text.salt)


@FEWER
@given(events())
def test_what_is_sealed_does_not_depend_on_a_text(found):
    """With other words in every text, the sealed bytes are the same but for the commitments."""
    texts = texts_of(found)
    other = saying(found, dict.fromkeys(texts, "canary"))
    one, two = (data_of(sealed(each)) for each in (found, other))
    assert texts.keys() == texts_of(other).keys() == one.get("texts", {}).keys()
    assert {**one, "texts": None} == {**two, "texts": None}
    assert b"canary" not in sealed(other).sealed


@FEWER
@given(events())
def test_each_text_has_a_salt_of_its_own(found):
    """No two texts of a batch share a salt, and another seed or sequence gives others."""
    pair = (found, attrs.evolve(found, seq=found.seq - 1))
    salts = [
        text.salt for each in pair for seed in (SEED, SEED[::-1]) for text in seal_one(each, "", seed).texts
    ]
    assert len(set(salts)) == len(salts)


@pytest.mark.parametrize("name", ["granted", "amended", "by_agent", "rules_adopted"])
def test_entry_opens_with_the_texts_that_are_left(name):
    """Without a text that was erased, an entry opens to the event in which nothing of the kind was said."""
    entry = sealed(EVENTS[name])
    for gone in entry.texts:
        left = {text.what: text.text for text in entry.texts if text is not gone}
        found = open_entry(attrs.evolve(entry, texts=tuple(text for text in entry.texts if text is not gone)))
        assert saying(attrs.evolve(EVENTS[name], hash=entry.hash), left) == found
        assert left == texts_of(found)
    bare = open_entry(attrs.evolve(entry, texts=()))
    assert {} == texts_of(bare)
    assert entry.hash == bare.hash


def test_erased_texts_read_as_if_nothing_had_been_said():
    """Where texts are gone, there is no name, no reason, no reference, and a key without a payload."""
    bare = open_entry(attrs.evolve(sealed(EVENTS["granted"]), texts=()))
    assert (None, "", "") == (bare.actor.name, bare.body.grant.reason, bare.retry.payload)
    assert [None, None] == [each.reference for each in bare.body.grant.approvals]
    assert (ANA.id, ANA.roles, ANA.roles_on, ANA.via) == (
        bare.actor.id,
        bare.actor.roles,
        bare.actor.roles_on,
        bare.actor.via,
    )
    assert (RETRY.key, RETRY.subject) == (bare.retry.key, bare.retry.subject)


# --- many at once -----------------------------------------------------------------------------------------------------


def test_events_of_one_batch_are_chained_to_each_other():
    """Each entry names the hash of the one before, the first the one that it is given; events come back with theirs."""
    batch = [attrs.evolve(EVENTS["frozen"], seq=number) for number in (1, 2, 3)]
    events_, entries = seal_all(batch, BEFORE, SEED)
    assert [BEFORE, entries[0].hash, entries[1].hash] == [data_of(entry)["prev"] for entry in entries]
    assert [entry.hash for entry in entries] == [each.hash for each in events_]
    assert [each.body for each in batch] == [each.body for each in events_]
    assert ((), ()) == seal_all([], BEFORE, SEED)


def test_first_entry_names_no_hash():
    """The first entry of a record follows nothing, and says so by saying nothing."""
    assert "prev" not in data_of(sealed(EVENTS["frozen"], ""))


# --- what does not open -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLACES)
def test_odd_value_anywhere_is_corrupt(name):
    """Whatever stands at any place of an entry where something else belongs is refused, and never by another error."""
    entry = sealed(EVENTS[name])
    data, wrong = data_of(entry), []
    for path in PLACES[name]:
        before = at(data, path)
        for value in ODD:
            if type(value) is type(before):
                continue
            odd = resealed(entry, changed(data, path, value))
            if opens(odd) is not None:
                wrong.append((path, value))
    assert [] == wrong


@pytest.mark.parametrize("name", PLACES)
def test_value_of_the_right_type_is_read_as_it_stands_or_refused(name):
    """Another value of the same type opens to an event that says exactly that, or does not open."""
    entry = sealed(EVENTS[name])
    data, wrong = data_of(entry), []
    for path in PLACES[name]:
        before = at(data, path)
        for value in (
            *ODD,
            "2027-03-03T12:00:00Z",
            "2027-03-03T12:00:00.000000+00:00",
            "P1D",
            "read-only",
            ["b", "a"],
            ["a", "a"],
        ):
            if type(value) is not type(before) or value == before:
                continue
            odd = resealed(entry, changed(data, path, value))
            found = opens(odd)
            if found is not None and not says_exactly(found, odd):
                wrong.append((path, value))
    assert [] == wrong


@pytest.mark.parametrize("name", PLACES)
def test_key_that_is_not_there_is_read_as_nothing_or_refused(name):
    """An entry without one of its keys, at any depth, opens to an event that says so, or does not open."""
    entry = sealed(EVENTS[name])
    data, wrong = data_of(entry), []
    for path in PLACES[name]:
        if path:
            odd = resealed(entry, without(data, path))
            found = opens(odd)
            if found is not None and not says_exactly(found, odd):
                wrong.append(path)
    assert [] == wrong


@pytest.mark.parametrize("name", PLACES)
def test_key_that_means_nothing_is_corrupt(name):
    """One key more in any object, at any depth, is refused: another reader might know what it means."""
    entry = sealed(EVENTS[name])
    data, wrong = data_of(entry), []
    for path in PLACES[name]:
        # Under these lie names of others, not keys of ours; what is one name more there is said below.
        if isinstance(at(data, path), dict) and path[-1:] not in (("policies",), ("roles_on",), ("texts",)):
            wrong += [
                (path, value)
                for value in (1, None, "x", {})
                if opens(resealed(entry, grown(data, path, "zz", value)))
            ]
    assert [] == wrong


REQUIRED = ("v", "tenant", "seq", "at", "actor", "kind")


@pytest.mark.parametrize("key", REQUIRED)
def test_entry_without_what_every_event_has_is_corrupt(key):
    """Version, tenant, sequence, time, actor and kind are in every entry."""
    entry = sealed(EVENTS["granted"])
    with pytest.raises(Corrupt):
        open_entry(resealed(entry, without(data_of(entry), (key,))))


SMUGGLED = [
    ("actor_name", ("actor",), "name", "Ana"),
    ("reason", ("body", "grant"), "reason", "Boards missing"),
    ("reference", ("body", "grant", "approvals", 0), "reference", "T-1"),
    ("payload", ("retry",), "payload", "f" * 64),
    ("approver_name", ("body", "grant", "approvals", 0, "by"), "name", "Ana"),
    ("approval_seq", ("body", "grant", "approvals", 0), "seq", 7),
    ("tenant_twice", ("body", "grant"), "tenant", "acme"),
    ("rules_twice", ("body", "grant"), "rules", "d" * 64),
    ("consent_seq", ("body", "grant"), "consent_seq", 7),
    ("version", ("body", "grant"), "version", 1),
    (
        "ended",
        ("body", "grant"),
        "ended",
        {
            "how": "revoked",
            "at": "2027-03-03T12:00:00.000000Z",
            "by": {"kind": "system", "id": "s"},
            "seq": 7,
        },
    ),
    ("hash", (), "hash", "d" * 64),
]


@pytest.mark.parametrize(
    ("path", "key", "value"), [row[1:] for row in SMUGGLED], ids=[row[0] for row in SMUGGLED]
)
def test_entry_that_holds_what_belongs_beside_it_is_corrupt(path, key, value):
    """A text inside of the sealed bytes could never be erased; what the event says itself is not said twice."""
    entry = sealed(EVENTS["granted"])
    with pytest.raises(Corrupt):
        open_entry(resealed(entry, grown(data_of(entry), path, key, value)))


NO_JSON = {
    "nothing": b"",
    "no_json": b"{",
    "no_utf8": b'{"v":2,"tenant":"\xff"}',
    "no_object": b"[]",
    "number": b"7",
    "null": b"null",
    "infinity": b"Infinity",
    "huge_number": b"1" * 5_000,
    "deep_list": b"[" * 100_000,
    "deep_object": b'{"a":' * 100_000,
    "byte_order_mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("name", NO_JSON)
def test_bytes_that_are_no_json_object_are_corrupt(name):
    """Whatever bytes lie there, what is no JSON object is one typed error."""
    with pytest.raises(Corrupt):
        open_entry(attrs.evolve(sealed(EVENTS["frozen"]), sealed=NO_JSON[name]))


@given(st.binary(max_size=60))
def test_any_bytes_are_corrupt(found):
    """Bytes that nobody sealed open to nothing."""
    assert None is opens(attrs.evolve(sealed(EVENTS["frozen"]), sealed=found))


SPELLINGS = {
    "space": (b'":', b'": '),
    "order": (b'{"actor"', b'{"v":2,"actor"'),
    "escape": (b'"frozen"', b'"\\u0066rozen"'),
    "surrogate": (b'"acme"', b'"\\ud800"'),
    "twice": (b'"kind":"frozen"', b'"kind":"unfrozen","kind":"frozen"'),
    "float": (b'"seq":7', b'"seq":7.0'),
    "exponent": (b'"seq":7', b'"seq":7e0'),
    "minus_zero": (b'"seq":7', b'"seq":-0'),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_json_that_is_not_in_the_one_spelling_is_corrupt(name):
    """The same object spelled otherwise is refused: two readers could read two things in it."""
    entry = sealed(EVENTS["frozen"])
    one, other = SPELLINGS[name]
    odd = entry.sealed.replace(one, other, 1)
    assert odd != entry.sealed
    with pytest.raises(Corrupt):
        open_entry(attrs.evolve(entry, sealed=odd))


INSTANTS = {
    "no_fraction": "2027-03-03T12:00:00Z",
    "milliseconds": "2027-03-03T12:00:00.000Z",
    "offset": "2027-03-03T12:00:00.000000+00:00",
    "other_zone": "2027-03-03T13:00:00.000000+01:00",
    "naive": "2027-03-03T12:00:00.000000",
    "lower_case": "2027-03-03t12:00:00.000000z",
    "space": "2027-03-03 12:00:00.000000Z",
    "basic": "20270303T120000.000000Z",
    "date": "2027-03-03",
    "week": "2027-W09-3",
    "no_date": "2027-02-30T12:00:00.000000Z",
    "text": "noon",
}


@pytest.mark.parametrize("name", INSTANTS)
@pytest.mark.parametrize("path", [("at",), ("clock",), ("body", "seen_at")], ids=["at", "clock", "seen_at"])
def test_instant_has_one_spelling(name, path):
    """An instant in any other spelling than the one that is written is refused."""
    entry = sealed(EVENTS["clock_corrected"])
    with pytest.raises(Corrupt):
        open_entry(resealed(entry, changed(data_of(entry), path, INSTANTS[name])))


def test_instants_keep_their_microseconds():
    """One microsecond more is another instant, at both ends of what there is."""
    for moment in (NOW, datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC) - TICK):
        one, two = (
            open_entry(sealed(attrs.evolve(EVENTS["frozen"], at=each))) for each in (moment, moment + TICK)
        )
        assert (moment, TICK) == (one.at, two.at - one.at)


def test_system_never_consents():
    """An approval by a job is refused: a system never consents."""
    entry = sealed(EVENTS["granted"])
    path = ("body", "grant", "approvals", 0, "by")
    with pytest.raises(Corrupt):
        open_entry(resealed(entry, changed(data_of(entry), path, {"kind": "system", "id": "sweep"})))


@pytest.mark.parametrize("version", [0, 3, 99, -1, "2", 2.0, True, None])
def test_version_that_is_not_known_is_corrupt(version):
    """An entry of a later version, or of one that never was, is refused whatever else it says."""
    entry = sealed(EVENTS["frozen"])
    assert (2, SCHEMA) == (SCHEMA, data_of(entry)["v"])
    with pytest.raises(Corrupt):
        open_entry(resealed(entry, {**data_of(entry), "v": version}))


# --- version 1 --------------------------------------------------------------------------------------------------------


def of_version_1(entry):
    """Return what version 1 would have sealed: kind and id of a holder joined."""
    data = {**data_of(entry), "v": 1}
    if data["kind"] == "granted":
        holder = data["body"]["grant"]["holder"]
        data = changed(data, ("body", "grant", "holder"), f"{holder['kind']}:{holder['id']}")
    return resealed(entry, data)


@pytest.mark.parametrize("name", NAMES)
def test_entry_of_version_1_opens_to_the_same_event(name):
    """What version 1 sealed opens to the event that it was, under the hash of its own bytes."""
    entry = of_version_1(sealed(EVENTS[name]))
    assert attrs.evolve(EVENTS[name], hash=entry.hash) == open_entry(entry)


def test_holder_of_version_1_is_split_at_the_first_colon():
    """Ids may hold colons: only the first one parts kind and id."""
    entry = of_version_1(sealed(EVENTS["granted_bare"]))
    odd = resealed(entry, changed(data_of(entry), ("body", "grant", "holder"), "team:customer:success:eu"))
    assert ("team", "customer:success:eu") == open_entry(odd).body.grant.holder


@pytest.mark.parametrize("holder", [None, 7, "", {}, ["team"], "support", {"kind": "team", "id": "support"}])
def test_holder_of_version_1_that_is_none_is_corrupt(holder):
    """What version 1 never wrote as a holder is refused, what version 2 writes too."""
    entry = of_version_1(sealed(EVENTS["granted_bare"]))
    with pytest.raises(Corrupt):
        open_entry(resealed(entry, changed(data_of(entry), ("body", "grant", "holder"), holder)))


@pytest.mark.parametrize("path", [("body",), ("body", "grant"), ("body", "grant", "holder")])
def test_entry_of_version_1_that_lacks_something_is_corrupt(path):
    """Upcasting meets what is not there, or is no object, as every reader does."""
    entry = of_version_1(sealed(EVENTS["granted_bare"]))
    for odd in (
        without(data_of(entry), path),
        *(changed(data_of(entry), path, value) for value in (None, 7, [], "x")),
    ):
        with pytest.raises(Corrupt):
            open_entry(resealed(entry, odd))
