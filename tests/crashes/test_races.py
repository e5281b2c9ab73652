"""[I-24] Four processes at one file: of commands that exclude each other one wins; every outcome is of some order."""

import pytest

from crashes.race_chains import RACES
from crashes.race_rounds import Wrong
from crashes.race_runs import rounds
from crashes.warm_host import TIMES, Host
from grantkit.errors import ChainBroken

ROUNDS = 200 if TIMES > 1 else 10
CAUGHT_WITHIN = 30  # it ends at the first that shows it: nearly always within five
"""Within how many rounds a store that writes unchecked is found out."""


@pytest.fixture(scope="module")
def host():
    with Host("race_host") as found:
        yield found


@pytest.mark.parametrize("name", RACES)
def test_every_outcome_is_of_some_order(host, tmp_path, name):
    """Whatever four processes do at once comes out as if they had done it one after another, and the record holds."""
    assert ROUNDS == rounds(host, tmp_path / "race.db", name, ROUNDS)


@pytest.mark.parametrize("name", RACES)
def test_a_store_that_writes_unchecked_is_found_out(host, tmp_path, name):
    """Where a batch is written wherever the head is, a few rounds of each race show it."""
    with pytest.raises((Wrong, ChainBroken)):
        rounds(host, tmp_path / "race.db", name, CAUGHT_WITHIN, "unchecked")
