"""[I-23] Once a stop has returned in one process, no decision that begins later in any process allows."""

import pytest

from crashes.race_rounds import Wrong
from crashes.race_runs import hold, hold_all, lived, not_in_vain
from crashes.warm_host import TIMES, Host

ROUNDS = 30 * TIMES
CAUGHT_WITHIN = 5
"""Within how many rounds a store that answers late is found out."""


@pytest.fixture(scope="module")
def host():
    with Host("race_host") as found:
        yield found


def test_no_decision_that_begins_after_a_stop_allows(host, tmp_path):
    """After a revocation, a freeze or a cut-off has returned anywhere, every later decision in any process denies."""
    by_tenant = lived(host, tmp_path / "history.db", ROUNDS)
    hold_all(by_tenant)
    not_in_vain(by_tenant, ROUNDS)


@pytest.mark.parametrize("store", ["remembers", "writes later"])
def test_a_store_that_answers_late_is_found_out(host, tmp_path, store):
    """A store that answers from memory for fifty milliseconds, or writes after it has returned, is found out."""
    by_tenant = lived(host, tmp_path / "history.db", CAUGHT_WITHIN, store)
    with pytest.raises(Wrong):
        hold_all(by_tenant)


@pytest.mark.parametrize(
    "done",
    [
        [("stop", 10, 20), ("allow", 21, 22)],
        [("stop", 10, 20), ("deny", 11, 14), ("allow", 15, 16)],
        [("stop", 10, 20), ("deny", 5, 9)],
    ],
    ids=["allowed after it returned", "allowed after a denial", "denied before it began"],
)
def test_the_checker_finds_what_no_register_does(done):
    """The checker refuses an allow after the stop is known, and a deny before it was called."""
    with pytest.raises(Wrong):
        hold(done)


def test_the_checker_lets_a_stop_take_effect_at_any_moment_of_its_call():
    """While a stop is under way, decisions that overlap may say either."""
    hold([("stop", 10, 20), ("allow", 12, 19), ("deny", 11, 18), ("deny", 21, 22), ("allow", 1, 2)])
