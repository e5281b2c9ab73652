"""I-26: whatever is changed in a record, or in what decisions read of it, is found and named by its first sequence."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

import attrs
import pytest

from grantkit import LedgerHead, SupportAccess
from grantkit.codec import chain
from grantkit.errors import ChainBroken
from grantkit.model import Entry, Event, RowKey, Text
from properties.tampering import STORES, Place, at, changed, leaves, resealed

RECORDS = ("acme", "@vendor")


class Told(NamedTuple):
    """The story in a store, and what was taken of it before anybody changed anything."""

    bench: Any
    heads: dict[str, LedgerHead]
    entries: dict[str, list[Entry]]
    said: dict[str, list[Any]]
    rows: dict[str, dict[RowKey, Any]]


@pytest.fixture(scope="module", params=STORES)
def story(request, tmp_path_factory):
    """The story, told once in each store; whoever changes something puts it back."""
    bench = STORES[request.param](tmp_path_factory.mktemp("story"))
    entries = {tenant: list(bench.store.events(tenant, 0, 1000)) for tenant in RECORDS}
    said = {tenant: [json.loads(entry.sealed) for entry in entries[tenant]] for tenant in RECORDS}
    heads = {tenant: bench.access.ledger.head(tenant) for tenant in RECORDS}
    yield Told(bench, heads, entries, said, {tenant: dict(bench.store.rows(tenant)) for tenant in RECORDS})
    bench.close()


@pytest.fixture(scope="module", autouse=True)
def once():
    """Read the same bytes once: reading is pure, and all but one entry of each walk are those of the walk before."""
    with pytest.MonkeyPatch.context() as patch:
        read = chain.read_sealed
        patch.setattr(chain, "parse", cache(chain.parse))
        patch.setattr(chain, "read_sealed", lambda entry, _: _once(read, entry))
        yield
        _once.cache_clear()


@cache
def _once(read: Any, entry: Entry) -> Event:
    return read(entry, chain.parse(entry.sealed))


def broken_at(access: SupportAccess, tenant: str, head: LedgerHead | None) -> int | str:
    """Return the sequence at which a record is found broken; what was found instead, if it is not."""
    try:
        return str(access.ledger.verify(tenant, head))
    except ChainBroken as broken:
        return broken.seq
    except Exception as error:  # noqa: BLE001  # any other error is one more answer that is wrong
        return repr(error)


class Wrong:
    """What was not found, or not where it is."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.tried = 0
        self.found: list[tuple[str, int, int | str]] = []

    def entries(self, tenant: str, label: str, entries: list[Entry], expected: int) -> None:
        """Lay other entries there, and see what verify says."""
        if self.told.bench.put_entries(tenant, entries):
            self._see(tenant, label, expected)

    def row(self, tenant: str, label: str, key: RowKey, row: Any, expected: int) -> None:
        """Lay another row there, see what verify says, and put the old one back."""
        if self.told.bench.put_row(tenant, key, row):
            self._see(tenant, f"{key} {label}", expected)
            self.told.bench.put_row(tenant, key, self.told.rows[tenant].get(key))

    def _see(self, tenant: str, label: str, expected: int) -> None:
        self.tried += 1
        found = broken_at(self.told.bench.access, tenant, self.told.heads[tenant])
        if found != expected:
            self.found.append((label, expected, found))

    def settle(self, least: int) -> None:
        """Put everything back, and say what was wrong."""
        told = self.told
        for tenant in RECORDS:
            told.bench.put_entries(tenant, told.entries[tenant])
            assert (
                len(told.entries[tenant]) == told.bench.access.ledger.verify(tenant, told.heads[tenant]).seq
            )
        assert not self.found, "\n".join(
            f"{label}: wrong at {expected}, found at {found}" for label, expected, found in self.found
        )
        assert self.tried >= least


# --- where it shows ---------------------------------------------------------------------------------------------------

MALFORMED = {"v", "kind", "effect", "elapsed", "calendar", "start_of_day", "end_of_day", "how"}
"""What is no longer read with a letter more."""
LINKS = {"tenant", "seq", "prev", "texts", "rules"}
"""What says where an entry stands, what it follows, commits to and was under."""
ABOUT = {"grant_id", "digest", "grants", "keys"}
"""What a body is about: an event about what is not there cannot have happened."""
NESTED = {"approvals", "demands", "policies", "layers"}


def shows_at_once(said: Any, place: Place) -> bool:
    """Whether an entry whose own hash was worked out anew is wrong by itself, and not only for the one after it."""
    value = at(said, place)
    if place[0] in LINKS or place[-1] in MALFORMED or (place[:1] == ("body",) and place[1] in ABOUT):
        return True
    if isinstance(value, str) and (value.endswith("*") or value == "open_ended"):
        return True  # a pattern with a letter after its star; an end that is none
    if place[-1] == "tenant" and place[-2:-1] == ("scope",):
        return True  # neither the whole nor a part, or both
    # A list of ids may be another one; what else was an empty list cannot hold a letter.
    return value == [] and (place[-1] in NESTED or place[-2:-1] in (("scope",), ("policies",)))


def edits(entries: list[Entry], said: list[Any]) -> Iterator[tuple[str, list[Entry], int]]:
    """Yield the record with each value of each entry changed, its hash left and its hash worked out anew."""
    last = len(entries)
    for number, entry in enumerate(entries):
        seq, before, after = number + 1, entries[:number], entries[number + 1 :]

        def record(changed_: Entry, before: Any = before, after: Any = after) -> list[Entry]:
            return [*before, changed_, *after]

        for place in leaves(said[number]):
            label = f"{seq} {'.'.join(map(str, place))}"
            edited = resealed(entry, changed(said[number], place))
            yield f"{label}, its hash left", record(attrs.evolve(edited, hash=entry.hash)), seq
            at_once = shows_at_once(said[number], place)
            yield f"{label}, its hash anew", record(edited), seq if at_once else min(seq + 1, last)
        more = resealed(entry, {**said[number], "more": 1})
        yield f"{seq} says more", record(more), seq
        spaced = attrs.evolve(entry, sealed=entry.sealed + b" ")
        yield f"{seq} has a space more", record(spaced), seq
        other = entry.hash[:-1] + ("0" if entry.hash[-1] != "0" else "1")
        yield f"{seq} has another hash", record(attrs.evolve(entry, hash=other)), seq
        yield f"{seq} has no hash", record(attrs.evolve(entry, hash="")), seq
        yield f"{seq} is of another tenant", record(attrs.evolve(entry, tenant="acmex")), seq
        yield f"{seq} has another number", record(attrs.evolve(entry, seq=seq + 100)), seq
        for label, texts in text_edits(entry, said[number]):
            yield f"{seq} {label}", record(attrs.evolve(entry, texts=texts)), seq


def text_edits(entry: Entry, said: Any) -> Iterator[tuple[str, tuple[Text, ...]]]:
    """Yield the texts beside an entry with each field of each changed, each gone, twice, put back, or one more."""
    for number, text in enumerate(entry.texts):
        before, after = entry.texts[:number], entry.texts[number + 1 :]
        for label, edited in (
            ("said otherwise", attrs.evolve(text, text=text.text + "x")),
            ("emptied", attrs.evolve(text, text="")),
            ("salted otherwise", attrs.evolve(text, salt=bytes([text.salt[0] ^ 1]) + text.salt[1:])),
            ("without salt", attrs.evolve(text, salt=b"")),
            ("shifted into the salt", Text(text.what, text.salt + text.text[:1].encode(), text.text[1:])),
            ("called otherwise", attrs.evolve(text, what=text.what + "x")),
        ):
            yield f"{text.what} {label}", (*before, edited, *after)
        yield f"{text.what} is gone", (*before, *after)
        yield f"{text.what} is there twice", (*before, text, text, *after)
    there = {text.what for text in entry.texts}
    for what in said.get("texts", {}):
        if what not in there:
            yield f"{what} is back", (*entry.texts, Text(what, bytes(16), "put back"))
    yield "one text more", (*entry.texts, Text("zz", bytes(16), "put there"))


@pytest.mark.parametrize("tenant", RECORDS)
def test_i26_any_edit_of_any_entry_is_found_and_named(story, tenant):
    """Each value in each entry, each hash, salt and text: changed, whoever did it is found at the first sequence."""
    wrong = Wrong(story)
    for label, entries, expected in edits(story.entries[tenant], story.said[tenant]):
        wrong.entries(tenant, label, entries, expected)
    wrong.settle(40 if tenant == "@vendor" else 1200)


# --- entries, more or fewer -------------------------------------------------------------------------------------------


def renumbered(entries: list[Entry]) -> list[Entry]:
    """Return entries under the numbers of their places."""
    return [attrs.evolve(entry, seq=number) for number, entry in enumerate(entries, 1)]


def moved(entries: list[Entry]) -> Iterator[tuple[str, list[Entry], int]]:
    """Yield the record with entries left out, put in, exchanged."""
    for place in range(len(entries)):
        yield f"{place + 1} left out", [*entries[:place], *entries[place + 1 :]], place + 1
        for source in range(len(entries)):
            more = [*entries[:place], entries[source], *entries[place:]]
            # A copy put before or after its own original is the same record up to the copy.
            yield f"{source + 1} put in at {place + 1}", more, place + 1 + (source == place)
    for source in range(len(entries)):
        yield f"{source + 1} put in at the end", [*entries, entries[source]], len(entries) + 1
    for one, two in combinations(range(len(entries)), 2):
        swapped = list(entries)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        yield f"{one + 1} and {two + 1} exchanged", swapped, one + 1
    for length in range(len(entries)):
        yield f"cut off after {length}", entries[:length], length + 1


@pytest.mark.parametrize("tenant", RECORDS)
def test_i26_entries_left_out_put_in_and_exchanged_are_found(story, tenant):
    """Each entry left out or put in anywhere, any two exchanged, any end cut off: found at the first wrong place."""
    wrong = Wrong(story)
    for label, entries, expected in moved(story.entries[tenant]):
        wrong.entries(tenant, label, renumbered(entries), expected)
        if entries != renumbered(entries):
            wrong.entries(tenant, f"{label}, numbers kept", entries, expected)
    wrong.settle(3 if tenant == "@vendor" else 700)
