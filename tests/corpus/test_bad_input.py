"""Every bad value at every door: one typed error, nothing written, nothing told."""

import pickle

import pytest
from bad_calls import CASES, DOORS, make_world
from bad_values import CANARY

from cases import named
from grantkit.errors import InvalidInput

IDS = [f"{door.name}-{value.label}" for door, value in CASES]


def chain(error):
    """Return *error* and whatever caused it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("door", DOORS, ids=[door.name for door in DOORS])
def test_bad_value_is_refused_by_name_and_changes_nothing(door):
    """A bad value gives one typed error that names its field and code; nothing is written, moved or told."""
    world = make_world()  # one for all values of a door, since each is shown to change nothing in it
    now, written = world.clock.now(), world.written()
    for bad in door.values:
        with named(f"{door.name}-{bad.label}"):
            with pytest.raises(InvalidInput) as caught:
                door.call(world, bad.value)

            error = caught.value
            assert (InvalidInput, door.field, bad.code) == (type(error), error.field, error.code)
            assert written == world.written()
            assert now == world.clock.now()
            assert not [each for each in chain(error) if CANARY in f"{each} {each!r}"]
            assert str(error) == str(pickle.loads(pickle.dumps(error)))  # noqa: S301


def test_corpus_is_large_and_names_each_case_once():
    """The corpus has at least five hundred cases, and no two of one name."""
    assert len(set(IDS)) == len(IDS) >= 500
    assert len({door.name for door in DOORS}) == len(DOORS)
