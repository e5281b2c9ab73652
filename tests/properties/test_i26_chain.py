"""I-26: whatever is changed in a record, or in what decisions read of it, is found and named by its first sequence."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, NamedTuple

import attrs
import pytest

from grantkit import ADMINISTRATOR, Grant, LedgerHead, OpenEnded, Scope, SupportAccess, Team
from grantkit.codec import open_entry, seal_all
from grantkit.errors import ChainBroken
from grantkit.lifecycle import replay
from grantkit.model import (
    HEAD,
    NO_HASH,
    Cut,
    Entry,
    Head,
    Retry,
    RowKey,
    Stance,
    Text,
    Window,
    agent_key,
    cut_key,
    grant_key,
)
from grantkit.policy import Layer
from grantkit.stores import MemoryStore
from properties.tampering import STORES, Change, Place, at, changed, leaves, own_key, resealed, row_edits
from readonce import read_once
from story import told

RECORDS = ("acme", "@vendor")


class Told(NamedTuple):
    """The story in a store, and what was taken of it before anybody changed anything."""

    name: str
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
    yield Told(
        request.param,
        bench,
        heads,
        entries,
        said,
        {tenant: dict(bench.store.rows(tenant)) for tenant in RECORDS},
    )
    bench.close()


@pytest.fixture(scope="module", autouse=True)
def once():
    """Read the same bytes once: one walk is much like the next."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


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
            self.see(tenant, label, expected)

    def row(self, tenant: str, label: str, key: RowKey, row: Any, expected: int) -> None:
        """Lay another row there, see what verify says, and put the old one back."""
        if self.told.bench.put_row(tenant, key, row):
            self.see(tenant, f"{key} {label}", expected)
            # Where a row lies by what it names itself, one that names another has moved there.
            for place in {key, key if row is None else own_key(row)}:
                self.told.bench.put_row(tenant, place, None)
                self.told.bench.put_row(tenant, place, self.told.rows[tenant].get(place))

    def see(self, tenant: str, label: str, expected: int, head: LedgerHead | None = None) -> None:
        """See what verify says to what lies there, by the head that was taken of the whole story, or another."""
        self.tried += 1
        found = broken_at(self.told.bench.access, tenant, head or self.told.heads[tenant])
        if found != expected:
            self.found.append((label, expected, found))

    def sound(self, label: str, events: int, head: LedgerHead | None = None) -> None:
        """See that verify finds nothing wrong with what lies there."""
        self.tried += 1
        found = broken_at(self.told.bench.access, "acme", head)
        if not str(found).startswith(f"acme: {events} event"):
            self.found.append((label, 0, found))

    def settle(self, least: int) -> None:
        """Put everything back, and say what was wrong."""
        told = self.told
        for tenant in RECORDS:
            told.bench.put_entries(tenant, told.entries[tenant])
            assert (
                len(told.entries[tenant]) == told.bench.access.ledger.verify(tenant, told.heads[tenant]).seq
            )
        assert not self.found, "\n".join(
            f"{label}: wrong at {expected}, found at {found}" for label, expected, found in self.found[:20]
        )
        assert self.tried >= least


# --- where it shows ---------------------------------------------------------------------------------------------------

MALFORMED = {"v", "kind", "effect", "elapsed", "calendar", "start_of_day", "end_of_day", "how"}
"""What is no longer read with a letter more."""
LINKS = {"tenant", "seq", "prev", "rules"}
"""What says where an entry stands, what it follows and was under."""
ABOUT = {"grant_id", "digest", "grants", "keys"}
"""What a body is about: an event about what is not there cannot have happened (a confirmation changes nothing)."""
NESTED = {"approvals", "demands"}


def shows_at_once(entry: Entry, said: Any, place: Place) -> bool:
    """Whether an entry whose own hash was worked out anew is wrong by itself, and not only for the one after it."""
    value, last = at(said, place), place[-1]
    if place[0] == "texts":
        return any(text.what == last for text in entry.texts)  # of what is gone, nobody can say what it was
    if place[0] == "body" and place[1] in ABOUT:
        return said["kind"] != "confirmed"
    if place[0] in LINKS or last in MALFORMED or _named_by(said, place):
        return True
    if isinstance(value, str) and (value.endswith("*") or value == "open_ended"):
        return True  # a pattern with a letter after its star; an end that is none
    # A scope that is neither the whole nor a part, or both; and what else was an empty list than one of ids.
    return place[-2:-1] == ("scope",) or (value == [] and (last in NESTED or place[-2:-1] == ("policies",)))


def _named_by(said: Any, place: Place) -> bool:
    """Whether a value is an id by which a text of the entry is named: under another, the text has no place in it."""
    names = {"actor": "name", "by": "reference"}
    if place[-1] != "id" or place[-2] not in names:
        return False
    person = at(said, place[:-1])
    return f"{names[place[-2]]}:{person['kind']}:{person['id']}" in said.get("texts", {})


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
            at_once = shows_at_once(entry, said[number], place)
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
    # Every edit of all on one store; what a store adds to the way an entry takes is seen in some of them on each other.
    step = 1 if story.name == "memory" else 5
    for label, entries, expected in list(edits(story.entries[tenant], story.said[tenant]))[::step]:
        wrong.entries(tenant, label, entries, expected)
    wrong.settle((36 if tenant == "@vendor" else 1200) // step)


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


class Remembering(MemoryStore):
    """A store that keeps what was written as it was written, also where texts were erased since."""

    def __init__(self):
        super().__init__()
        self.written: list[Entry] = []

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        self.written += batch.entries


def laid(story, record):
    """Lay a record of acme in the store with the rows that it folds to, as a copy of the whole database would."""
    bench, rows = story.bench, replay(map(open_entry, record))
    assert bench.put_entries("acme", record)
    for key in {*story.rows["acme"], *rows} - {HEAD}:
        bench.put_row("acme", key, rows.get(key))
    bench.put_row("acme", HEAD, rows.get(HEAD, Head(tenant="acme")))


def test_i26_an_older_or_another_record_is_found_by_the_head(story):
    """A record cut off or sealed anew from some place on, its rows with it, is sound; only the head tells otherwise."""
    store = Remembering()
    told(store)
    whole = [entry for entry in store.written if entry.tenant == "acme"][:21]
    head = LedgerHead(tenant="acme", seq=21, hash=whole[-1].hash)
    wrong = Wrong(story)
    for length in range(21):
        before = whole[length - 1].hash if length else NO_HASH
        _, anew = seal_all(map(open_entry, whole[length:]), before, bytes(32))
        cases = [("cut off", whole[:length], length + 1)] if length else []
        # Sealed anew, either could be the true one up to where the head was taken.
        for label, record, expected in (*cases, ("sealed anew", [*whole[:length], *anew], 21)):
            laid(story, record)
            wrong.sound(label, len(record))
            wrong.see("acme", f"{label} after {length}", expected, head)
    laid(story, whole)
    wrong.sound("whole", 21, head)
    laid(story, story.entries["acme"])
    wrong.settle(83)
    assert story.rows["acme"] == dict(story.bench.store.rows("acme"))


# --- rows -------------------------------------------------------------------------------------------------------------


def last_word(said: list[Any], key: RowKey) -> int:
    """Return the sequence of the last event that changed a row; what no event made is named by the last of all."""
    if key[0] == "cut":
        return int(key[1])
    return max((event["seq"] for event in said if _changes(event, key)), default=len(said))


def _changes(event: Any, key: RowKey) -> bool:
    body = event.get("body", {})
    match key[0]:
        case "head":
            return True
        case "agent":
            return key[1] == body.get("agent")
        case "grant":
            about = body.get("grant", {}).get("id", body.get("grant_id"))
            return (key[1] == about and event["kind"] != "confirmed") or key[1] in body.get("grants", ())
        case _:
            used = event.get("retry")
            uses = [] if used is None else [(*used["actor"], used["verb"], used["key"])]
            uses += [(*actor, verb, name) for actor, verb, name in body.get("keys", ())]
            return key[1:] in uses


PLANTED: dict[RowKey, Any] = {
    ("agent", "a-x"): Stance(agent="a-x"),
    ("agent", "a-lee"): Stance(agent="a-lee", cut_off=3),
    ("grant", "gr_99"): Grant(
        id="gr_99",
        tenant="acme",
        holder=Team("customer-success"),
        scope=Scope.whole(),
        layers=(Layer.of(ADMINISTRATOR),),
        window=Window(datetime(2027, 3, 3, tzinfo=UTC), OpenEnded()),
    ),
    ("cut", "2"): Cut(agent=None, seq=2, at=datetime(2027, 3, 3, tzinfo=UTC)),
    ("retry", "system", "x", "grant", "k-9"): Retry(
        actor=("system", "x"), verb="grant", key="k-9", payload="d" * 64, subject="gr_1"
    ),
}


def where(told: Told, tenant: str, key: RowKey, edited: Any = None) -> int:
    """Return the sequence at which a row that was changed shows."""
    last = len(told.said[tenant])
    if isinstance(edited, Head):
        # Less than there is: what comes next lies past it. More: what comes next is missing.
        return min(last, edited.seq) + (edited.seq != last)
    return min(last, last_word(told.said[tenant], key))


@pytest.mark.parametrize("tenant", RECORDS)
def test_i26_any_edit_of_any_row_is_found(story, tenant):
    """Each field of each row that decisions read, changed, left out or added; each row, gone or made up."""
    wrong = Wrong(story)
    for key, row in story.rows[tenant].items():
        for label, edited in row_edits(key, row):
            wrong.row(tenant, label, key, edited, where(story, tenant, key, edited))
        if key != HEAD:
            wrong.row(tenant, "is gone", key, None, where(story, tenant, key))
    for key, row in PLANTED.items():
        wrong.row(tenant, "is made up", key, row, len(story.said[tenant]))
    wrong.settle(12 if tenant == "@vendor" else 250)


ROW_OF = {
    "heads": lambda row: HEAD,
    "stances": lambda row: agent_key(row["agent"]),
    "cuts": lambda row: cut_key(row["seq"]),
    "retries": lambda row: ("retry", *json.loads(row["row_key"])),
    "grants": lambda row: grant_key(row["id"]),
}


def where_in_the_file(told: Told, tenant: str, change: Change) -> int:
    """Return the sequence at which a change in a file shows."""
    last, to = len(told.said[tenant]), change.to or {}
    if change.table == "texts":
        # That a text is missing shows at the end, since any event on the way may have erased it; one too many at once.
        moved_to = int(to.get("seq", 0))
        return moved_to if 1 <= moved_to <= last else int(change.row["seq"])
    if change.table == "documents":
        adopted = [
            event["seq"]
            for event in told.said[tenant]
            if event.get("body", {}).get("digest") == change.row["digest"]
        ]
        return min(adopted, default=0)
    if change.table == "entries":
        return int(change.row["seq"])
    if change.table == "heads" and "seq" in to:
        return min(last, int(to["seq"])) + 1
    return min(last, last_word(told.said[tenant], ROW_OF[change.table](change.row)))


@pytest.mark.parametrize("tenant", RECORDS)
def test_i26_any_edit_of_any_column_is_found(story, tenant):
    """Where a store keeps more than entries and rows, each column of each row changed, and each row gone, is found."""
    wrong, refused = Wrong(story), 0
    for change in list(story.bench.changes(tenant)):
        try:
            change.make()
        except sqlite3.Error:
            refused += 1  # a check of the file's own
            continue
        expected = where_in_the_file(story, tenant, change)
        if expected:
            wrong.see(tenant, change.label, expected)
        change.take_back()
    least, most = {("memory", "acme"): (6, 0), ("sqlite", "acme"): (650, 80)}.get(
        (story.name, tenant), (0, 5)
    )
    assert refused <= most
    wrong.settle(least)
