"""
Golden bytes: records that were written once, and must be read, and where nothing has changed written, for ever.

``ledger_v2`` and ``vendor_v2`` are exports of the story in ``story.py``. ``ledger_v1`` is the same record, begun under
version 1 of the schema and continued under version 2 from event 18 on. Whoever raises the version adds a file; these
are never written anew.
"""

import json
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import attrs
import pytest

from grantkit import LedgerHead, OpenEnded, SupportAccess, Team
from grantkit.codec import Chain, Document, open_entry, read_line
from grantkit.errors import ChainBroken, Corrupt
from grantkit.lifecycle import project
from grantkit.model import Entry
from grantkit.ports import Batch
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock
from grantkit.verify import check
from story import ANA, KIM, LATER, exported, told
from unit.codec.gallery import changed, data_of, resealed, spelled

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
FILES = ("ledger_v1", "ledger_v2", "vendor_v2")


def lines(name):
    """Return the lines of a golden file, each with its end."""
    return (GOLDEN / f"{name}.jsonl").read_bytes().splitlines(keepends=True)


def head_of(name):
    """Return the golden head."""
    return LedgerHead.from_data(json.loads((GOLDEN / f"{name}.head.json").read_bytes()))


def entries(name):
    """Return the entries of a golden file."""
    return [found for found in map(read_line, lines(name)) if isinstance(found, Entry)]


def documents(name):
    """Return the rule documents of a golden file by their digests."""
    return {
        found.digest: found.sealed for found in map(read_line, lines(name)) if isinstance(found, Document)
    }


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """An empty store of each kind."""
    if request.param == "memory":
        yield MemoryStore()
    else:
        with SQLiteStore(tmp_path / "golden.db") as opened:
            yield opened


def test_story_is_written_byte_for_byte(store):
    """The same story has the same bytes, today and in every store: entries, hashes, salts, texts and documents."""
    access = told(store)
    assert (GOLDEN / "ledger_v2.jsonl").read_bytes() == exported(access, "acme")
    assert (GOLDEN / "vendor_v2.jsonl").read_bytes() == exported(access, "@vendor")
    assert (head_of("ledger_v2"), head_of("vendor_v2")) == (
        access.ledger.head("acme"),
        access.ledger.head("@vendor"),
    )


def test_story_has_every_kind_of_event():
    """Between them, the golden records hold every kind of event, and erased texts."""
    kinds = {open_entry(entry).kind for name in FILES for entry in entries(name)}
    assert {
        "amended",
        "clock_corrected",
        "confirmed",
        "cut_off",
        "ended",
        "erased",
        "frozen",
        "granted",
        "relinquished",
        "revoked",
        "rules_adopted",
        "tenant_forgotten",
        "unfrozen",
    } == kinds


@pytest.mark.parametrize("name", FILES)
def test_golden_record_holds_against_its_head(name):
    """A golden record passes the offline check against its golden head."""
    checked = check(lines(name), head_of(name))
    assert (head_of(name), head_of(name)) == (checked.head, checked.against)
    assert {"vendor_v2": 0}.get(name, 5) == checked.erased


@pytest.mark.parametrize("name", FILES)
def test_golden_record_holds_without_a_word_of_the_library(name):
    """Whoever has JSON and SHA-256 can follow the chain: each hash, each link, each commitment, each rule document."""
    told_ = [json.loads(line) for line in lines(name)]
    sealed = [each for each in told_ if "entry" in each]
    for each in sealed:
        assert sha256(spelled(each["entry"])).hexdigest() == each["hash"]
        for text in each["texts"]:
            salted = bytes.fromhex(text["salt"]) + text["text"].encode()
            assert sha256(salted).hexdigest() == each["entry"]["texts"][text["what"]]
    for one, two in pairwise(sealed):
        assert (one["hash"], one["entry"]["seq"] + 1) == (two["entry"]["prev"], two["entry"]["seq"])
    assert head_of(name).to_data() == {
        "tenant": told_[0]["tenant"],
        "seq": sealed[-1]["entry"]["seq"],
        "hash": sealed[-1]["hash"],
    }
    for each in told_:
        if "document" in each:
            assert sha256(spelled(each["document"])).hexdigest() == each["digest"]


@pytest.mark.parametrize("name", FILES)
def test_golden_check_can_fail(name):
    """One bit of any line of an entry, turned, and the golden record holds no more."""
    sound = lines(name)
    for number, line in enumerate(sound):
        if b'{"entry"' in line:
            place = line.index(b'"hash":"') + 10
            odd = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
            with pytest.raises((ChainBroken, Corrupt)):
                check([*sound[:number], odd, *sound[number + 1 :]], head_of(name))


# --- version 1 --------------------------------------------------------------------------------------------------------


def test_entries_of_version_1_open_to_the_same_events():
    """What version 1 wrote reads as the events that it was written for; only the hashes are those of its own bytes."""
    one, two = (
        [attrs.evolve(open_entry(entry), hash="") for entry in entries(name)]
        for name in ("ledger_v1", "ledger_v2")
    )
    assert two == one
    versions = [data_of(entry)["v"] for entry in entries("ledger_v1")]
    assert [1] * 17 + [2] * 5 == versions
    holders = [
        data_of(entry)["body"]["grant"]["holder"]
        for entry in entries("ledger_v1")
        if b'"granted"' in entry.sealed
    ]
    assert ["team:customer-success", "agent:a-kim", "team:on-call", "agent:a-kim", "agent:a-duty"] == holders


def test_chain_of_version_1_is_that_of_its_own_bytes():
    """The hashes of version 1 are over what version 1 wrote, and not over what it is read as."""
    chain = Chain("acme")
    for entry in entries("ledger_v1"):
        chain.follow(entry)
        chain.passed(head_of("ledger_v1"))
    chain.close(head_of("ledger_v1"))
    assert head_of("ledger_v1") == chain.head
    hashes = {entry.hash for name in ("ledger_v1", "ledger_v2") for entry in entries(name)}
    assert 44 == len(hashes)


def moved_in(store):
    """Lay the record of version 1 in a store, as the grantkit that wrote it would have, and open it with this one."""
    record = tuple(entries("ledger_v1"))
    rows = project({}, map(open_entry, record))
    store.append("acme", 0, Batch(entries=record, rows=rows, documents=documents("ledger_v1")))
    clock = FakeClock("2027-03-03T16:00:00Z")
    return SupportAccess(store, rules=told(MemoryStore())._host.rules, clock=clock)


def test_record_of_version_1_goes_on_under_this_one(store):
    """A record begun under version 1 is read, verified, asked about, exported and written on as any other."""
    access, alike = moved_in(store), told(MemoryStore())
    assert head_of("ledger_v1") == access.ledger.verify("acme", head_of("ledger_v1")).head
    assert (GOLDEN / "ledger_v1.jsonl").read_bytes() == exported(access, "acme")
    for seq in range(23):
        asked = {"at": FakeClock("2027-03-03T15:00:00Z").now(), "known_at": seq}
        one, two = (each.ledger.as_of("acme", KIM, "board:read", **asked) for each in (access, alike))
        assert one.to_dict() == two.to_dict()

    access.unfreeze("acme", by=ANA)
    access.grant(
        "acme", by=ANA, to=Team("on-call"), flow="access", ends=OpenEnded(), reason="On", category="bug"
    )
    assert 24 == access.ledger.verify("acme", head_of("ledger_v1")).seq
    assert ["team", "on-call"] == [*access.ledger.history("acme")[-1].body.grant.holder]


@pytest.mark.parametrize("seq", [1, 2, 18, 22])
def test_record_of_a_later_version_is_refused(store, seq):
    """One entry of version 3 anywhere in a record, and this grantkit neither reads nor proves it."""
    record = entries("ledger_v2")
    record[seq - 1] = resealed(record[seq - 1], changed(data_of(record[seq - 1]), ("v",), 3))
    with pytest.raises(Corrupt):
        open_entry(record[seq - 1])
    rows = project({}, [open_entry(entry) for entry in entries("ledger_v2")])
    store.append("acme", 0, Batch(entries=tuple(record), rows=rows, documents=documents("ledger_v2")))
    access = SupportAccess(store)
    with pytest.raises(ChainBroken) as broken:
        access.ledger.verify("acme")
    assert seq == broken.value.seq
    with pytest.raises(Corrupt):
        access.ledger.history("acme")


def test_rules_of_the_story_changed_once():
    """The story is told under two rule sets, so that the golden records hold two documents."""
    assert 2 == len(documents("ledger_v2")) == len(documents("ledger_v1"))
    assert LATER["name"] in {json.loads(sealed)["name"] for sealed in documents("ledger_v2").values()}
