"""Rows as text: one spelling each, and nothing else is read as one."""

import json

import attrs
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from grantkit.codec import read_row, row_text
from grantkit.errors import Corrupt
from grantkit.inputs import EARLIEST, LATEST
from grantkit.model import Agent, Cut, Ended, Ending, Freeze, Head, Row, Stance, Usage, nameless
from unit.codec.any_event import FEWER, ROWS
from unit.codec.gallery import (
    ANA,
    APPROVALS,
    BARE,
    DIGEST,
    FULL,
    FULL_SESSION,
    KIM,
    RETRY,
    SWEEP,
    TERMS,
    at,
    changed,
    grown,
    paths,
    places,
    spelled,
    without,
)
from unit.making import NOW, TICK

FREEZE = Freeze(by=nameless(ANA), at=NOW + TICK, seq=5)
ENDED = Ended(how=Ending.REVOKED, at=NOW + TICK, by=nameless(KIM), seq=9)
BECAME = attrs.evolve(
    FULL,
    approvals=tuple(attrs.evolve(each, seq=seq) for seq, each in enumerate(APPROVALS, 2)),
    consent_seq=2,
    version=4,
    ended=ENDED,
)
GALLERY: dict[str, tuple[str, Row]] = {
    "head": (
        "head",
        Head(tenant="acme", seq=9, hash=DIGEST, seen_at=NOW, rules=DIGEST, freeze=FREEZE, cut_off=4),
    ),
    "head_bare": ("head", Head(tenant="acme")),
    "agent": ("agent", Stance(agent="a-kim", freeze=FREEZE, cut_off=4)),
    "agent_bare": ("agent", Stance(agent="a-kim")),
    "cut": ("cut", Cut(agent="a-kim", seq=5, at=NOW)),
    "cut_bare": ("cut", Cut(agent=None, seq=5, at=NOW)),
    "retry": ("retry", RETRY),
    "retry_bare": ("retry", attrs.evolve(RETRY, payload="")),
    "grant": ("grant", BECAME),
    "grant_bare": ("grant", BARE),
    "grant_on": (
        "grant",
        attrs.evolve(
            BECAME, added_by=Agent("a-lee", teams={"support"}), until_tickets=True, solved=FULL.tickets
        ),
    ),
    "session": ("session", FULL_SESSION),
    "session_bare": (
        "session",
        attrs.evolve(FULL_SESSION, reason="", category=None, tickets=frozenset(), left_at=None),
    ),
    "usage": ("usage", Usage(grant="gr_1", agent="a-kim", count=4, last=NOW)),
    "grant_expired": ("grant", attrs.evolve(BARE, ended=Ended(Ending.EXPIRED, NOW, SWEEP, 9))),
    **{f"grant_{number}": ("grant", attrs.evolve(BARE, term=term)) for number, term in enumerate(TERMS)},
}
ODD = (None, True, False, -1, 2.0, 10**20, float("nan"), "", "x", [], [None], [[]], ["x"], {}, {"x": 1})
SAME_TYPE = (0, 1, -1, 10**20, True, False, "", "x", "2027-03-03T12:00:00Z", [], ["b", "a"], ["a", "a"], {})


def text_of(name):
    return row_text(GALLERY[name][1])


PLACES = places({name: json.loads(text_of(name)) for name in GALLERY})


def reads(kind, data):
    """Return what is read from *data*, and ``None`` if it is refused; any other error is a failure."""
    try:
        return read_row(kind, spelled(data).decode())
    except Corrupt:
        return None


@pytest.mark.parametrize("name", GALLERY)
def test_row_reads_back_as_it_was(name):
    """A row of every kind, full and bare, is read from its text as it was; the text is RFC 8785."""
    kind, row = GALLERY[name]
    assert row == read_row(kind, row_text(row))
    assert rfc8785.dumps(json.loads(row_text(row))).decode() == row_text(row)


@pytest.mark.parametrize("kind", ROWS)
@FEWER
@given(data=st.data())
def test_any_row_reads_back_as_it_was(kind, data):
    """Any row at all is read from its text as it was, to the microsecond."""
    row = data.draw(ROWS[kind])
    assert row == read_row(kind, row_text(row))


@pytest.mark.parametrize(
    "moment", [EARLIEST, EARLIEST + TICK, NOW, NOW + TICK, LATEST - TICK, LATEST], ids=str
)
def test_first_and_last_instant_of_a_row_are_kept(moment):
    """The first and last instant that there is, and each beside, are kept to the microsecond."""
    assert moment == read_row("head", row_text(Head(tenant="acme", seen_at=moment))).seen_at


@pytest.mark.parametrize("name", PLACES)
def test_odd_value_in_a_row_is_corrupt(name):
    """Whatever stands at any place of a row where something else belongs is refused, and never by another error."""
    kind, data = GALLERY[name][0], json.loads(text_of(name))
    tried = [
        (path, value) for path in PLACES[name] for value in ODD if type(value) is not type(at(data, path))
    ]
    assert [] == [
        (path, value) for path, value in tried if reads(kind, changed(data, path, value)) is not None
    ]


@pytest.mark.parametrize("name", PLACES)
def test_other_value_in_a_row_is_read_as_it_stands_or_refused(name):
    """A row with another value, or without one, is read as one that says exactly that, or refused."""
    kind, data = GALLERY[name][0], json.loads(text_of(name))
    tried = [
        (path, changed(data, path, value))
        for path in PLACES[name]
        for value in SAME_TYPE
        if type(value) is type(at(data, path))
    ]
    tried += [(path, without(data, path)) for path in PLACES[name] if path]
    wrong = []
    for path, odd in tried:
        row = reads(kind, odd)
        if row is not None and row_text(row) != spelled(odd).decode():
            wrong.append((path, odd))
    assert [] == wrong


@pytest.mark.parametrize("name", PLACES)
def test_key_that_means_nothing_in_a_row_is_corrupt(name):
    """One key more in any object of a row, at any depth, is refused."""
    kind, data = GALLERY[name][0], json.loads(text_of(name))
    objects = [
        path
        for path in paths(data)
        # Under these lie names of others, not keys of ours.
        if isinstance(at(data, path), dict) and path[-1:] not in (("policies",), ("roles_on",))
    ]
    assert [] == [
        path
        for path in objects
        for value in (1, None, "x", {})
        if reads(kind, grown(data, path, "zz", value))
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("head", ""),
        ("head", "{"),
        ("head", "null"),
        ("head", "[]"),
        ("head", "[" * 100_000),
        ("head", text_of("head") + " "),
        ("head", text_of("head").replace(":", ": ", 1)),
        ("head", text_of("head").replace('"acme"', '"\\u0061cme"')),
        ("head", text_of("head").replace('"acme"', '"\\ud800"')),
        ("head", text_of("head").replace('"seq":9', '"seq":8,"seq":9')),
        ("agent", text_of("head")),
        ("grant", text_of("retry")),
        ("team", text_of("head")),
        ("", text_of("head")),
    ],
    ids=range(14),
)
def test_text_that_is_no_such_row_is_corrupt(kind, text):
    """What is no JSON, not in the one spelling, or of another kind is refused."""
    with pytest.raises(Corrupt):
        read_row(kind, text)
