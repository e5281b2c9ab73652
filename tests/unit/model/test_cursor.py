"""How far a consumer has taken a record."""

import attrs
import pytest

from grantkit import InvalidInput
from grantkit.model import VENDOR, Cursor, Lag

NONE = Cursor()
ONE = Cursor(seq=1, hash="1" * 64)
TWO = Cursor(seq=2, hash="2" * 64)
KIM, LOU = frozenset({"n-kim"}), frozenset({"n-lou"})


@pytest.mark.parametrize(
    ("before", "later", "then"),
    [
        (NONE, ONE, ONE),
        (TWO, ONE, TWO),
        (ONE, attrs.evolve(NONE, told=KIM), ONE),
        (attrs.evolve(ONE, told=KIM), TWO, TWO),
        (attrs.evolve(ONE, told=KIM), attrs.evolve(ONE, told=LOU), attrs.evolve(ONE, told=KIM | LOU)),
        (attrs.evolve(ONE, told=KIM), attrs.evolve(ONE, hash="2" * 64), attrs.evolve(ONE, told=KIM)),
    ],
    ids=["further", "older", "before_the_first", "told_is_done", "told_adds_up", "another_record"],
)
def test_a_cursor_never_goes_back(before, later, then):
    """[N6] Of two cursors the further one stands; at one place, whom has been told adds up."""
    assert then == before.joined(later)


@pytest.mark.parametrize(
    "fields",
    [
        {"seq": -1},
        {"seq": 1},
        {"hash": "1" * 64},
        {"seq": 1, "hash": "x"},
        {"told": {"n-kim"}},
        {"told": frozenset({1})},
    ],
    ids=["below_0", "no_hash", "no_seq", "no_such_hash", "no_frozen_set", "no_ids"],
)
def test_what_is_no_cursor_is_refused(fields):
    """[N6] A cursor has a sequence and its hash, or neither; whom has been told is a frozen set of ids."""
    with pytest.raises(InvalidInput):
        Cursor(**fields)


def test_a_lag_is_what_waits():
    """[N6] How far somebody is behind is the difference, also in the vendor's own record, and never below nothing."""
    assert 3 == Lag(tenant=VENDOR, taken=1, stands=4).events
    with pytest.raises(InvalidInput):
        Lag(tenant="acme", taken=2, stands=1)
