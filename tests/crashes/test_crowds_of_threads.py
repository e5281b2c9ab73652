"""Eight threads on one store object, many store objects on one file, and what is left when threads are gone."""

import gc
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from crashes.race_host import tenants
from crashes.race_rounds import RACES, Wrong, allowed, ana, grant, kinds, there
from crashes.race_stores import REAL_CONNECT, Overwrites, Unchecked
from crashes.warm_host import TIMES
from grantkit.errors import ChainBroken, Unavailable
from grantkit.stores import SQLiteStore

THREADS = 8
ROUNDS = 4 * TIMES
CAUGHT_WITHIN = 40
"""Within how many rounds a store that writes unchecked is found out."""
PATIENCE = 30
OPEN = Path("/proc/self/fd")


def together(*works):
    """Do all of these, each in a thread of its own, begun as nearly at once as can be; return what they gave."""
    gate = threading.Barrier(len(works), timeout=PATIENCE)

    def do(work):
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(PATIENCE) for done in [pool.submit(do, work) for work in works]]


def rounds(stores, name, many):
    """Run so many rounds of a race between threads, one on each of *stores*, and judge them."""
    race, names = RACES[name], tenants(many)
    for tenant in names:
        race.set_up(race.open(stores[0]), tenant)
    accesses = [race.open(store, minutes=1) for store in stores]
    for tenant in names:
        works = (partial(race.run, access, tenant, number) for number, access in enumerate(accesses))
        race.judge(race.open(stores[0], minutes=2), tenant, together(*works))
    return len(names)


@pytest.mark.parametrize("name", RACES)
def test_eight_threads_on_one_store_come_out_in_some_order(tmp_path, name):
    """Whatever eight threads do at once on one object comes out as if done one after another, and the record holds."""
    with SQLiteStore(tmp_path / "threads.db") as store:
        assert ROUNDS == rounds([store] * THREADS, name, ROUNDS)


@pytest.mark.parametrize("name", RACES)
def test_a_store_that_writes_unchecked_is_found_out_by_threads(tmp_path, name, monkeypatch):
    """Where a batch is written wherever the head is, eight threads show it, mostly in the first of their rounds."""
    monkeypatch.setattr(sqlite3, "connect", partial(REAL_CONNECT, factory=Overwrites))
    with Unchecked(tmp_path / "threads.db") as store, pytest.raises((Wrong, ChainBroken)):
        rounds([store] * THREADS, name, CAUGHT_WITHIN)


def test_many_stores_on_one_file_in_one_process_come_out_in_some_order(tmp_path):
    """Several objects on one file, each with a thread, are as good as one."""
    stores = [SQLiteStore(tmp_path / "many.db") for _ in range(4)]
    assert ROUNDS == rounds(stores, "revoke or amend", ROUNDS)
    for store in stores:
        store.close()


def test_closing_one_of_two_stores_takes_nothing_from_the_other(tmp_path):
    """Of two objects on one file, closing one lets go of no lock of the other, and loses nothing."""
    path, race = tmp_path / "two.db", RACES["cut off or grant"]
    one, other = SQLiteStore(path), SQLiteStore(path)
    made = [grant(race.open(one), "acme")]
    one.close()
    made.append(grant(race.open(other), "acme"))

    with SQLiteStore(path) as third:
        assert made == [each.id for each in there(race.open(third), "acme")]
    race.open(other).revoke_all("acme", by=ana("acme"))
    other.close()

    with SQLiteStore(path) as third:
        assert ["granted", "granted", "cut_off"] == kinds(race.open(third), "acme")


def files_open():
    """Return how many files this process has open."""
    gc.collect()
    return len(list(OPEN.iterdir()))


@pytest.mark.skipif(not OPEN.is_dir(), reason="counts what Linux says is open")
def test_a_thread_that_is_gone_leaves_no_file_open(tmp_path, recwarn):
    """A connection is closed with its thread: fifty leave no more open than five, and a closed store none."""
    race, before = RACES["cut off or grant"], files_open()
    with SQLiteStore(tmp_path / "threads.db") as store:
        access = race.open(store)
        grant(access, "acme")
        ask = partial(allowed, access, "acme")
        assert [True] * 5 == together(*[ask] * 5)
        # SQLite keeps the files of closed connections for the next ones, since closing them would drop its locks.
        kept = files_open()
        for _ in range(9):
            assert [True] * 5 == together(*[ask] * 5)

        assert kept == files_open()
    assert before == files_open()
    assert [] == [str(each.message) for each in recwarn]


def test_a_store_closed_in_the_middle_of_a_crowd_refuses_the_rest(tmp_path):
    """Closed while eight threads work, a store refuses what comes later, and what it acknowledged is there."""
    race = RACES["cut off or grant"]
    path = tmp_path / "closed.db"
    store = SQLiteStore(path)
    access = race.open(store)

    def work(number):
        made = []
        try:
            for turn in range(1000):
                made.append(grant(access, f"t-{number}", f"k-{turn}"))
                if number == 0 and turn == 5:
                    store.close()
        except Unavailable:
            return made
        raise AssertionError

    made = together(*[partial(work, number) for number in range(THREADS)])

    with SQLiteStore(path) as reopened:
        again = race.open(reopened)
        for number, grants in enumerate(made):
            found = [status.grant.id for status in again.grants(f"t-{number}")]
            again.ledger.verify(f"t-{number}")
            assert grants == found


def test_many_threads_open_files_at_once(tmp_path):
    """While some threads open stores others open and close theirs, and none of them trips over another."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that another thread comes in between wherever it can

    def opens(number):
        for _ in range(25):
            SQLiteStore(tmp_path / f"{number % 3}.db").close()
        return number

    try:
        assert list(range(10)) == together(*(partial(opens, number) for number in range(10)))
    finally:
        sys.setswitchinterval(interval)
