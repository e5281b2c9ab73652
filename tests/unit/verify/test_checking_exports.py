"""Checking an export: whatever is changed in it is found, and named by the first sequence at which it shows."""

import json
from collections.abc import Iterator

import attrs
import pytest

from grantkit import VENDOR, InvalidInput, LedgerHead
from grantkit import verify as verify_module
from grantkit.codec import SCHEMA, entry_line, read_line
from grantkit.errors import ChainBroken
from grantkit.model import Entry, Text
from grantkit.verify import LONGEST, check, lines_of
from readonce import read_once
from unit.verify.exports import (
    Lines,
    Path,
    before_erasures,
    chained_anew,
    changed,
    checked,
    exported,
    heads,
    leaves,
    places,
    record,
    spelled,
)

LAST, ENTRY = 24, b'{"entry"'
"""How many events the example has."""


@pytest.fixture(scope="module", autouse=True)
def once():
    """Read the same lines once: one export is much like the next."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


def seq_at(place: int) -> int:
    """Return the sequence that a fault in a line is named by: its event's, or of the event after it."""
    return next(json.loads(line)["entry"]["seq"] for line in exported()[place:] if line.startswith(ENTRY))


def place_of(seq: int) -> int:
    """Return where the line of an event is."""
    return next(
        place for place, line in enumerate(exported()) if line.startswith(ENTRY) and seq_at(place) == seq
    )


def broken(lines: Lines | list[bytes], head: LedgerHead | None = None) -> tuple[int, str]:
    """Return by which sequence a broken export is named, and what is said about it."""
    with pytest.raises(ChainBroken) as caught:
        checked(lines, head)
    assert "acme" == caught.value.tenant
    return caught.value.seq, caught.value.what


def with_line(place: int, *lines: bytes) -> Lines:
    """Return the example with other lines in place of one."""
    return (*exported()[:place], *lines, *exported()[place + 1 :])


def other(value: object) -> object:
    """Return another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("0" if value.endswith("1") else "1")
        case _:
            return "something"


# --- nothing is wrong -------------------------------------------------------------------------------------------------


def test_an_export_in_which_nothing_is_wrong_passes():
    """What `ledger.export` wrote passes without a head, and with every head that was taken on the way."""
    assert (
        f"acme: {LAST} events, 4 texts erased; "
        "internally consistent, no more: give a head to know that none was cut off or rewritten"
    ) == str(checked(exported()))
    for head in heads():
        found = checked(exported(), head)
        assert (head, LAST) == (found.against, found.head.seq)
        assert (f"acme: {LAST} events, 4 texts erased; nothing up to event {head.seq} has changed") == str(
            found
        )


def test_what_is_returned_is_the_head_to_keep():
    """The head that is found is the one that the ledger gives, and the export can be held against it the next time."""
    found = checked(exported()).head

    assert record()[0].ledger.head("acme") == found
    assert found == checked(exported(), found).against


def test_the_vendors_own_record_is_checked_like_any_other():
    """The vendor's own record, begun when a tenant was forgotten, is exported and checked like that of a tenant."""
    head = record()[0].ledger.head(VENDOR)

    assert "@vendor: 1 event; nothing up to event 1 has changed" == str(checked(exported(VENDOR), head))


def test_a_record_without_events_is_sound_and_proves_nothing():
    """An export with no event is sound, and a head at 0 adds nothing to what is known of any."""
    nothing = LedgerHead(tenant="acme", seq=0, hash="")
    more = "internally consistent, no more: the head was taken before the first event"

    assert "acme: 0 events; internally consistent, no more" in str(checked(exported()[:1]))
    assert f"acme: 0 events; {more}" == str(checked(exported()[:1], nothing))
    assert f"acme: {LAST} events, 4 texts erased; {more}" == str(checked(exported(), nothing))


# --- one value is changed ---------------------------------------------------------------------------------------------


def test_any_value_that_is_changed_is_found():
    """Whatever value is changed in whatever line, it is found, and named by the event of that line or after it."""
    for place in range(1, len(exported())):
        flipped = exported()[place].replace(b"0", b"1", 1)
        assert seq_at(place) == broken(with_line(place, flipped)[: place + 2])[0]
    many = 0
    for place, path in places(1):
        line = changed(exported()[place], path, other)
        assert seq_at(place) == broken(with_line(place, line)[: place + 2])[0], path
        many += 1
    assert many > 300


def test_any_key_that_is_taken_away_or_added_is_found():
    """A key that is missing or that means nothing is found wherever it is, also next to the event."""
    many = 0
    for place, path in places(1, objects):
        for change in (without_last, with_one_more):
            data = json.loads(exported()[place])
            inner = data
            for key in path:
                inner = inner[key]
            change(inner)
            assert seq_at(place) == broken(with_line(place, spelled(data))[: place + 2])[0], path
            many += 1
    assert many > 150


def objects(data: object, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every object that holds something."""
    if isinstance(data, dict) and data:
        yield path
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from objects(value, (*path, key))


def without_last(data: dict[str, object]) -> None:
    data.popitem()


def with_one_more(data: dict[str, object]) -> None:
    data["zzz"] = 1


@pytest.mark.parametrize("tenant", ["globex", "@vendor"])
def test_another_tenant_on_the_first_line_is_found(tenant):
    """The events of one tenant are not those of another: the first of them says so."""
    lines = with_line(0, spelled({"format": "grantkit-ledger-1", "tenant": tenant}))

    with pytest.raises(ChainBroken) as caught:
        checked(lines)
    assert (tenant, 1) == (caught.value.tenant, caught.value.seq)


# --- lines come, go and move ------------------------------------------------------------------------------------------


def test_a_line_that_is_taken_out_is_found():
    """Any line but the last can't be taken out; that the last one was, only a head can tell."""
    whole = before_erasures()
    head = checked(whole).head
    for place in range(1, len(whole) - 1):
        assert seq_at(place) == broken((*whole[:place], *whole[place + 1 :]))[0]
    assert head.seq - 1 == checked(whole[:-1]).head.seq
    assert (head.seq, f"it is missing: the head says that there are {head.seq}") == broken(whole[:-1], head)


def test_a_record_that_is_cut_off_is_found_with_a_head():
    """Cut off after any event it is consistent, and with a later head the first event that is missing is named."""
    whole = before_erasures()
    for head in [head for head in heads() if head.seq <= 20][::2]:
        for seq in range(20):
            lines = whole[: place_of(seq) + 1] if seq else whole[:1]
            assert seq == checked(lines).head.seq
            if seq < head.seq:
                assert (seq + 1, f"it is missing: the head says that there are {head.seq}") == broken(
                    lines, head
                )
            else:
                assert head == checked(lines, head).against


def test_an_export_from_before_an_erasure_is_sound():
    """Exports from before and after an erasure are both sound: they share every hash, and a head holds of both."""
    assert 0 == checked(before_erasures()).erased
    assert 4 == checked(exported()).erased
    for head in heads():
        if head.seq <= 20:
            assert head == checked(before_erasures(), head).against == checked(exported(), head).against


def test_texts_that_went_missing_with_the_end_of_the_record_are_found():
    """Cut off before the event that erased it, a missing text is accounted for by nothing."""
    for seq in range(2, 21):
        gone = "its name:member:m-ana is missing, and nothing says that it was erased"
        assert (2, gone) == broken(exported()[: place_of(seq) + 1])


def test_a_line_that_is_there_twice_is_found():
    """No line may come twice: an event is named by the one that should have followed it."""
    for place in range(1, len(exported())):
        line = exported()[place]
        again = seq_at(place) + 1 if line.startswith(ENTRY) else seq_at(place)
        assert again == broken(with_line(place, line, line))[0]


def test_lines_that_changed_places_are_found():
    """Two lines in each other's place are named by the first of them that comes too early."""
    for place in range(1, len(exported()) - 1):
        lines = list(exported())
        lines[place : place + 2] = reversed(lines[place : place + 2])
        assert seq_at(place) == broken(lines)[0]


def test_a_line_of_another_record_is_found():
    """A line of another tenant's record, an event or its first line, belongs nowhere in this one."""
    for stranger in (*exported(VENDOR), exported()[0]):
        for place in range(1, len(exported())):
            lines = with_line(place, stranger, exported()[place])
            assert seq_at(place) == broken(lines)[0]
        assert LAST + 1 == broken((*exported(), stranger))[0]


# --- spelling ---------------------------------------------------------------------------------------------------------

SPELLINGS = {
    "a byte order mark": lambda line: b"\xef\xbb\xbf" + line,
    "CRLF": lambda line: line[:-1] + b"\r\n",
    "no end": lambda line: line[:-1],
    "a space before": lambda line: b" " + line,
    "a space within": lambda line: line.replace(b":", b": ", 1),
    "an empty line before": lambda line: b"\n",
    "an escape": lambda line: line.replace(b'"t', b'"\\u0074', 1),
    "another order": lambda line: (
        json.dumps(
            dict(reversed(json.loads(line).items())), separators=(",", ":"), ensure_ascii=False
        ).encode()
        + b"\n"
    ),
    "a key twice": lambda line: b'{"hash":"","digest":"",' + line[1:],
    "escapes for every letter abroad": lambda line: json.dumps(
        json.loads(line) | {"format": "é"}, sort_keys=True, separators=(",", ":")
    ).encode(),
    "UTF-16": lambda line: line.decode().encode("utf-16"),
    "UTF-16, little end first": lambda line: line.decode().encode("utf-16-le"),
    "UTF-32": lambda line: line.decode().encode("utf-32"),
    "not UTF-8": lambda line: line[:-3] + b"\xff" + line[-3:],
    "zero bytes after": lambda line: line + b"\0",
    "a list": lambda line: b"[]\n",
    "nothing": lambda line: b"null\n",
    "a number": lambda line: b"1\n",
    "no number": lambda line: b"NaN\n",
    "a number no reader keeps": lambda line: b'{"entry":' + b"9" * 5000 + b"}\n",
    "depth without end": lambda line: b"[" * 100_000 + b"\n",
    "a line without end": lambda line: b" " * (LONGEST + 1),
    "no JSON": lambda line: b"\x89PNG\r\n",
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_another_spelling_is_refused_in_every_line(spell):
    """A line is taken in the one spelling that an export writes, or two readers could read two things in it."""
    for place in (1, 2, 5, len(exported()) - 1):
        seq, what = broken(with_line(place, spell(exported()[place])))
        assert (
            seq_at(place),
            f"what stands there is not spelled as an export spells it (line {place + 1})",
        ) == (
            seq,
            what,
        )


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_what_begins_otherwise_is_no_export(spell):
    """A file whose first line is not the first of an export is no broken record: it is none."""
    with pytest.raises(InvalidInput) as caught:
        checked(with_line(0, spell(exported()[0])))
    assert ("ledger", "wrong_type") == (caught.value.field, caught.value.code)


@pytest.mark.parametrize(
    "first",
    [
        {"format": "grantkit-ledger-2", "tenant": "acme"},
        {"format": "grantkit-ledger-1", "tenant": 5},
        {"format": "grantkit-ledger-1", "tenant": "ac me"},
        {
            "format": "grantkit-ledger-1",
            "tenant": "acme\nglobex: 9 events; nothing up to event 9 has changed",
        },
        {"format": "grantkit-ledger-1", "tenant": "acme", "more": 1},
        {"format": "grantkit-ledger-1"},
    ],
    ids=["later", "number", "space", "two lines", "more", "less"],
)
def test_a_first_line_says_the_format_and_a_tenant(first):
    """The first line names this format and an id that a tenant can have, and nothing else."""
    with pytest.raises(InvalidInput) as caught:
        checked(with_line(0, spelled(first)))
    assert "ledger" == caught.value.field


def test_an_empty_file_is_no_export():
    """Nothing at all, or events without the first line, are no export."""
    for lines in ((), exported()[1:], exported()[2:]):
        with pytest.raises(InvalidInput) as caught:
            checked(lines)
        assert "ledger" == caught.value.field


def test_a_file_that_breaks_off_within_a_line_is_found():
    """A file that breaks off within a line is named by the event that is not whole."""
    last = exported()[-1]
    for kept in range(1, len(last), 37):
        assert LAST == broken((*exported()[:-1], last[:kept]))[0]


# --- texts ------------------------------------------------------------------------------------------------------------


def texts_of(seq: int) -> tuple[Text, ...]:
    return texts_in(exported()[place_of(seq)])


def texts_in(line: bytes) -> tuple[Text, ...]:
    found = read_line(line)
    assert isinstance(found, Entry)
    return found.texts


def with_texts(seq: int, *texts: Text) -> Lines:
    place = place_of(seq)
    found = read_line(exported()[place])
    assert isinstance(found, Entry)
    return with_line(place, entry_line(attrs.evolve(found, texts=texts)))


def test_a_text_that_is_gone_without_an_erasure_is_found():
    """A text may be missing only where an event says that it was erased."""
    name, reason, reference = texts_of(4)
    for left, gone in (
        ((reason, reference), name.what),
        ((name, reference), reason.what),
        ((name,), reason.what),
    ):
        assert (4, f"its {gone} is missing, and nothing says that it was erased") == broken(
            with_texts(4, *left)
        )
    assert 4 == broken(with_texts(4))[0]


def test_a_text_that_was_erased_and_came_back_is_found():
    """What an event says was erased may not be there again, be it the very text."""
    place = place_of(2)
    kept = before_erasures()[place]
    assert sorted(["name:member:m-ana", "payload", "reason"]) == [text.what for text in texts_in(kept)]

    assert (2, "its name:member:m-ana was erased, and is there") == broken(with_line(place, kept))


def test_an_erasure_that_says_less_is_found():
    """Every text that went is named by the event that erased it, and every text that it names went."""
    for words, wrong in (
        ([[2, "reason"]], "name:member:m-ana"),
        ([[2, "reason"], [4, "reason"]], "name:member:m-ana"),
    ):
        seq, what = broken(forged(21, ("entry", "body", "texts"), words))
        assert (2, f"its {wrong} is missing, and nothing says that it was erased") == (seq, what)
    more = json.loads(exported()[place_of(21)])["entry"]["body"]["texts"]
    words = [*more, [4, "reason"]]
    assert (4, "its reason was erased, and is there") == broken(forged(21, ("entry", "body", "texts"), words))


def test_texts_that_changed_places_are_found():
    """A text counts only as what it was sealed as, and once."""
    name, reason, reference = texts_of(4)
    swapped = (attrs.evolve(name, what=reference.what), attrs.evolve(reference, what=name.what))
    assert (4, f"its {name.what} is not the text that was sealed (line 6)") == broken(
        with_texts(4, *swapped, reason)
    )
    for more in (reason, attrs.evolve(reason, what="name:member:m-bob")):
        assert (4, "a text lies beside it that was never sealed (line 6)") == broken(
            with_texts(4, name, reference, reason, more)
        )


def test_no_letter_moves_from_a_text_to_its_salt():
    """The salt has one length: what begins a text can't be taken from it and called salt."""
    name, reason, reference = texts_of(4)
    assert ("Boards missing – since März", "mail-77") == (reason.text, reference.text)
    shorter = Text(reason.what, reason.salt + b"Boards", reason.text.removeprefix("Boards"))
    longer = Text(reason.what, reason.salt[:-1], reason.salt[-1:].decode("latin-1") + reason.text)
    for forged in (shorter, longer):
        assert 4 == broken(with_texts(4, name, forged, reference))[0]


# --- a record that was forged from end to end -------------------------------------------------------------------------


def forged(seq: int, path: Path, value: object) -> Lines:
    """Return the example with a value of an event replaced and every hash made right again."""
    place = place_of(seq)
    return chained_anew(with_line(place, changed(exported()[place], path, lambda _: value)))


def test_a_record_chained_anew_passes_without_a_head_and_fails_with_one():
    """Whoever holds the whole file can rewrite it from end to end, and then only a head taken before can tell."""
    lines = forged(15, ("entry", "at"), "2027-03-03T19:20:01.000000Z")

    assert LAST == checked(lines).head.seq
    told = 0
    for head in heads():
        if head.seq < 15:
            assert head == checked(lines, head).against
        else:
            what = "it, or one before it, is not the one that the head was taken of"
            assert (head.seq, f"{what} (line {place_of(head.seq) + 1})") == broken(lines, head)
            told += 1
    assert told > 2


IMPOSSIBLE = {
    "a grant that was never given": (3, ("entry", "body", "grant_id"), "gr_9"),
    "an end of what is over": (15, ("entry", "body", "grant_id"), "gr_3"),
    "a grant given twice": (4, ("entry", "body", "grant", "id"), "gr_1"),
    "rules that were not in force": (5, ("entry", "rules"), "0" * 64),
    "a gap": (9, ("entry", "seq"), 10),
    "another tenant": (9, ("entry", "tenant"), "globex"),
    "a kind that nobody knows": (9, ("entry", "kind"), "thawed"),
    "time that runs back": (12, ("entry", "at"), "2027-03-03T18:19:59.999999Z"),
    "a clock ahead of the event": (9, ("entry", "clock"), "2027-03-03T18:20:00.000001Z"),
    "a key used twice": (6, ("entry", "retry", "key"), "k-1"),
}


@pytest.mark.parametrize(("seq", "path", "value"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_have_happened_is_found_without_a_head(seq, path, value):
    """Chained anew and held against no head, a record must still have been able to happen."""
    place = place_of(seq)
    line = exported()[place]
    data = json.loads(line)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value

    assert seq == broken(chained_anew(with_line(place, spelled(data))))[0]


def test_rules_stand_before_the_event_that_adopts_them():
    """Each rule document stands right before the event that adopts it first: none is missing, unasked or elsewhere."""
    first, second = (place for place, line in enumerate(exported()) if line.startswith(b'{"digest"'))
    lines = exported()
    assert (1, 10) == (seq_at(first), seq_at(second))

    assert (1, "the rule document that it adopts does not stand before it (line 2)") == broken(
        with_line(first)
    )
    assert (10, "the rule document that it adopts does not stand before it (line 12)") == broken(
        with_line(second)
    )
    assert 10 == broken(with_line(second, lines[first]))[0]
    for place in range(1, len(lines)):
        if place not in (first, second):
            assert (
                seq_at(place) + (place in (first + 1, second + 1))
                >= broken(with_line(place, lines[second], lines[place]))[0]
            )
    assert LAST + 1 == broken((*lines, lines[first]))[0]


ODD = (None, True, -1, 2**53 - 1, "", "é\n", [], {}, [[]], [{}], {"x": 1}, [1, "x"])


def test_odd_values_that_were_chained_anew_are_judged_and_never_crash():
    """Whatever stands anywhere, with every hash right, there is a verdict; with a head it is a bad one."""
    tally = {True: 0, False: 0}
    read_alike = {"old", "by", "beyond"}  # as the new terms, the actor and the layers are
    found = ((place, path) for place, path in places(1, everything) if not read_alike & set(path[:-1]))
    for number, (place, path) in enumerate(found):
        # Up to the line that is changed, where nothing was erased yet; later what comes behind it must be there.
        honest = before_erasures()[: place + 1] if seq_at(place) <= 20 else exported()
        if honest[-1].startswith(b'{"digest"'):
            honest = before_erasures()[: place + 2]
        odd = ODD[number * 5 % len(ODD)]
        lines = chained_anew(
            (*honest[:place], changed(honest[place], path, lambda _, odd=odd: odd), *honest[place + 1 :])
        )
        if lines != honest:
            tally[judged(lines, last_head(honest), path, odd)] += 1
    assert tally[False] > 200


def last_head(lines: Lines) -> LedgerHead:
    last = json.loads(lines[-1])
    return LedgerHead(tenant="acme", seq=last["entry"]["seq"], hash=last["hash"])


def everything(data: object) -> Iterator[Path]:
    """Yield the place of everything in *data*, leaves and what holds them."""
    yield from dict.fromkeys(full[:depth] for full in leaves(data) for depth in range(1, len(full) + 1))


def judged(lines: Lines, head: LedgerHead, path: Path, odd: object) -> bool:
    """Return whether forged lines pass for want of a head; with one they never do, and nothing else is raised."""
    try:
        found = checked(lines).head
    except (ChainBroken, InvalidInput):
        return False
    except Exception as error:  # noqa: BLE001  # that there is one is what is judged
        pytest.fail(f"{path} as {odd!r}: {error!r}")
    assert head.seq == found.seq
    assert head.seq == broken(lines, head)[0]
    return True


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_record_of_a_later_version_is_not_called_broken():
    """An event that is whole and of a version that this grantkit does not know is no sign that anybody changed it."""
    with pytest.raises(InvalidInput) as caught:
        checked(forged(9, ("entry", "v"), SCHEMA + 1))

    assert ("ledger", "unknown") == (caught.value.field, caught.value.code)
    assert f"event 9 is of version {SCHEMA + 1}, and this one reads up to {SCHEMA}" in caught.value.wants


def test_a_version_that_was_changed_is_broken():
    """A version that the hash does not cover excuses nothing, and neither does one that is no later one."""
    place = place_of(9)
    lines = with_line(place, changed(exported()[place], ("entry", "v"), lambda _: SCHEMA + 1))

    assert 9 == broken(lines)[0]
    for version in (0, True, "3"):
        assert 9 == broken(forged(9, ("entry", "v"), version))[0]


# --- how it is read ---------------------------------------------------------------------------------------------------


def test_a_head_of_another_tenant_is_refused():
    """A head of another tenant says nothing of this one: it was given by mistake."""
    with pytest.raises(InvalidInput) as caught:
        checked(exported(), LedgerHead(tenant="globex", seq=1, hash="0" * 64))
    assert "head" == caught.value.field


def test_lines_are_read_one_at_a_time():
    """No line is read before the one before it was judged, and none after the first that is broken."""
    read: list[int] = []

    def lines() -> Iterator[bytes]:
        for place, line in enumerate(with_line(5, b"{}\n")):
            read.append(place)
            yield line

    with pytest.raises(ChainBroken):
        check(lines())
    assert [0, 1, 2, 3, 4, 5] == read


def test_of_a_line_without_end_no_more_is_read_than_shows_it(tmp_path):
    """A file that is one endless line is given up before it has filled the memory."""
    path = tmp_path / "ledger.jsonl"
    with path.open("wb") as file:
        file.truncate(4 * LONGEST)
    with path.open("rb") as file:
        with pytest.raises(InvalidInput):
            check(lines_of(file))
        assert LONGEST + 1 == file.tell()


def test_a_line_that_is_too_long_is_refused_unread(monkeypatch):
    """A line longer than any line may be is refused, be it spelled as it should be."""
    longest = max(map(len, exported()))
    place = next(place for place, line in enumerate(exported()) if len(line) == longest)
    monkeypatch.setattr(verify_module, "LONGEST", longest)
    assert LAST == checked(exported()).head.seq

    monkeypatch.setattr(verify_module, "LONGEST", longest - 1)
    assert seq_at(place) == broken(exported())[0]


def test_whoever_waits_is_told_now_and_then(monkeypatch):
    """Every so many events it is said how far it is."""
    monkeypatch.setattr(verify_module, "_EVERY", 10)
    told: list[int] = []

    check(iter(exported()), None, told.append)

    assert [10, 20] == told
