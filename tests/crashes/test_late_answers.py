"""[I-23] Once a stop has returned in one process, no decision that begins later in any process allows."""

from collections import Counter, defaultdict

import pytest

from crashes.race_host import prepare, tenants
from crashes.race_rounds import RACES, Wrong, expect
from crashes.warm_host import TIMES, Host
from grantkit.stores import SQLiteStore

WORKERS = 4
ROUNDS = 30 * TIMES
CAUGHT_WITHIN = 5
"""Within how many rounds a store that answers late is found out."""


@pytest.fixture(scope="module")
def host():
    with Host("race_host") as found:
        yield found


def lived(host, path, many, store="honest"):
    """Return what four processes did at so many tenants: each in turn stops one, and the others ask all the time."""
    names = tenants(many)
    with SQLiteStore(path) as honest:
        prepare(RACES["one amends"].open(honest), names)
    said = host.ask(work="history", store=store, path=str(path), tenants=names, workers=WORKERS)
    by_tenant = defaultdict(list)
    for worker in said:
        for tenant, *done in worker:
            by_tenant[tenant].append(done)
    return by_tenant


def hold(done):
    """
    Hold what happened at one tenant against a register that is written once: allow, and from some moment on deny.

    It takes effect at some moment between its call and its return. So every decision that was there before the call
    allows; and from the first moment at which somebody knows of it, since it returned or a decision denied, every
    decision that begins denies.

    Raises:
        Wrong: If there is no such moment.
    """
    ((_, called, returned),) = [each for each in done if each[0] == "stop"]
    denied = [answered for what, _, answered in done if what == "deny"]
    known = min([returned, *denied])
    expect(known >= called, "somebody was denied before there was a reason")
    for what, asked, _ in done:
        expect(
            what != "allow" or asked <= known, f"allowed {(asked - known) / 1e6:.3f} ms after it was known"
        )


def hold_all(by_tenant):
    """Hold what happened at each tenant against such a register of its own."""
    for done in by_tenant.values():
        hold(done)


def test_no_decision_that_begins_after_a_stop_allows(host, tmp_path):
    """After a revocation, a freeze or a cut-off has returned anywhere, every later decision in any process denies."""
    by_tenant = lived(host, tmp_path / "history.db", ROUNDS)
    hold_all(by_tenant)
    told = Counter(what for done in by_tenant.values() for what, _, _ in done)

    assert ROUNDS == told["stop"]
    # Not in vain: somebody was let in before, and each of the others asked three times after it was over.
    assert ROUNDS <= told["allow"]
    assert 3 * (WORKERS - 1) * ROUNDS <= told["deny"]


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
