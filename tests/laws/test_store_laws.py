"""Every store keeps the published laws, and a store that does not is told which one it breaks."""

import pickle
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from itertools import count

import attrs
import pytest

from grantkit.errors import Unavailable
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import LAWS, LawBroken, LawsKept, check_store
from laws.broken_stores import BROKEN, PATIENCE, law_named
from laws.plain_store import PlainStore

LASTING = "what_was_acknowledged_lasts"
BY_NAME = {law.__name__: law for law in LAWS}


@attrs.frozen
class Kind:
    """A kind of store: how one is made, and opened anew."""

    make: object
    reopen: object = None


class Analysed(SQLiteStore):
    """A store whose planner is given statistics all the time, as a keen administrator would: it may change its ways."""

    def __init__(self, path):
        super().__init__(path)
        self.beside = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.written = 0

    def append(self, tenant, expected_head, batch):
        super().append(tenant, expected_head, batch)
        self.written += 1
        if self.written % 8 == 1:
            self.beside.execute("ANALYZE")

    def close(self):
        self.beside.close()
        super().close()


def files(folder, kind=SQLiteStore):
    """Return how SQLite stores are made in a folder, each in a file of its own."""
    number, paths = count(), {}

    def opened(path):
        store = kind(path)
        paths[id(store)] = path
        return store

    def reopen(store):
        store.close()
        return opened(paths[id(store)])

    return Kind(lambda: opened(folder / f"{next(number)}.db"), reopen)


KINDS = {"memory": lambda _: Kind(MemoryStore), "sqlite": files}
KEPT = [(kind, name) for kind in KINDS for name in BY_NAME if name != LASTING or kind == "sqlite"]


@pytest.mark.parametrize(("kind", "law"), KEPT, ids=[f"{kind}-{law}" for kind, law in KEPT])
def test_store_keeps_the_law(tmp_path, kind, law):
    """[N10] Each store of grantkit keeps each law."""
    store = KINDS[kind](tmp_path)
    report = check_store(store.make, reopen=store.reopen, laws=[BY_NAME[law]])
    assert LawsKept(kept=(law,), not_asked=()) == report


@pytest.mark.parametrize(
    "law", ["what_is_not_over_is_read", "what_ended_is_not_absent", "tenants_come_in_pages"]
)
def test_statistics_change_no_answer(tmp_path, law):
    """Where SQLite knows what is in its tables, what is scheduled is read all the same, and every bound holds."""
    assert (law,) == check_store(files(tmp_path, Analysed).make, laws=[BY_NAME[law]]).kept


FOUND_OUT = [(fault, law) for fault, broken in BROKEN.items() for law in broken.laws]


@pytest.mark.parametrize(("fault", "law"), FOUND_OUT, ids=[f"{fault}-{law}" for fault, law in FOUND_OUT])
def test_broken_store_is_found_out(fault, law):
    """A store with one fault breaks the law that is about it, whatever else it keeps."""
    broken = BROKEN[fault]
    with pytest.raises(LawBroken) as caught:
        check_store(broken.make, reopen=broken.reopen, laws=[law_named(law)], patience=PATIENCE)
    assert law == caught.value.law


FIRST = {
    "documents are overwritten": "documents_stay",
    "ended grants are forgotten": "what_is_not_over_is_read",
    "what closes after the bound is due": "what_is_due_comes_earliest_first",
    "ids are folded to one case": "ids_differ_in_case",
    "rows are written one by one": "a_batch_is_written_whole_or_not_at_all",
}
"""The first law that some of them break when all are held."""


@pytest.mark.parametrize(("fault", "law"), FIRST.items(), ids=FIRST)
def test_all_laws_together_name_the_first_that_is_broken(fault, law):
    """Held against all laws in their order, a broken store is named by the first law that it breaks."""
    with pytest.raises(LawBroken) as caught:
        check_store(BROKEN[fault].make, rounds=20)
    assert law == caught.value.law


def test_each_law_finds_some_store_out():
    """No law is there that no broken store breaks: a law that cannot be broken says nothing."""
    assert [] == [name for name in BY_NAME if name not in {law for _, law in FOUND_OUT}]
    assert len(BROKEN) >= 16


def test_laws_are_functions_that_say_what_they_are():
    """Each law has a name of its own and one sentence that says it."""
    assert len(LAWS) == len(BY_NAME)
    for law in LAWS:
        assert law.__doc__
        assert law.__doc__.count("\n") == 0
        assert law.__doc__.endswith(".")


def test_store_of_somebody_else_keeps_all_laws():
    """A store that was written from the port alone keeps all laws, and the report says which could not be asked."""
    report = check_store(PlainStore)
    assert tuple(name for name in BY_NAME if name != LASTING) == report.kept
    assert ((LASTING, "reopen= was not given"),) == report.not_asked
    assert f"{len(LAWS) - 1} laws kept; not asked: {LASTING} (reopen= was not given)" == str(report)


def test_durability_is_asked_where_a_store_can_be_opened_anew():
    """With `reopen` given, what was acknowledged is looked for after the store was closed and opened."""
    store = MemoryStore()
    same = check_store(MemoryStore, reopen=lambda found: found, laws=[BY_NAME[LASTING]])
    assert (LASTING,) == same.kept
    with pytest.raises(LawBroken) as caught:
        check_store(MemoryStore, reopen=lambda _: store, laws=[BY_NAME[LASTING]])
    assert LASTING == caught.value.law


def test_breach_says_the_law_and_what_came_instead():
    """A breach is an assertion that failed: it says the law, what was wanted and what came, and can be pickled."""
    with pytest.raises(AssertionError) as caught:
        check_store(BROKEN["texts are trimmed"].make)
    wanted = "events of acme: [2]: texts: [0]: text: wanted 'trailing space ', found 'trailing space'"
    assert f"texts_come_back_byte_for_byte: {wanted}" == str(caught.value)
    copied = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # made here
    assert (caught.value.law, caught.value.what) == (copied.law, copied.what)
    assert type(copied) is LawBroken


class Failing(MemoryStore):
    """A store that cannot be had."""

    def append(self, tenant, expected_head, batch):
        raise Unavailable(what="the disk")


def test_what_a_store_lets_out_breaks_the_law():
    """An error where nothing should fail breaks the law that was being held, and is its cause."""
    for name in ("rows_come_back", "writers_lose_nothing", "readers_see_one_state"):
        with pytest.raises(LawBroken, match="the disk could not be had") as caught:
            check_store(Failing, laws=[BY_NAME[name]], patience=PATIENCE)
        assert name == caught.value.law
        assert isinstance(caught.value.__cause__, Unavailable)


def test_store_that_hangs_is_said_to():
    """Calls that do not come back within the patience given break the law."""
    with pytest.raises(LawBroken, match=r"not done within 0\.5 seconds"):
        check_store(
            BROKEN["a chain that bites its tail is walked for ever"].make, laws=_laws("chains"), patience=0.5
        )


def _laws(beginning):
    return [law for law in LAWS if law.__name__.startswith(beginning)]


def test_what_is_opened_is_closed():
    """A store that comes from a context manager is ended with the law, whether it was kept or broken."""
    tally = Counter()

    @contextmanager
    def making(store=MemoryStore):
        tally["opened"] += 1
        try:
            yield store()
        finally:
            tally["closed"] += 1

    check_store(making, laws=LAWS[:3])
    with pytest.raises(LawBroken):
        check_store(lambda: making(Failing))
    check_store(making, reopen=making_again(tally), laws=[BY_NAME[LASTING]])
    assert 5 <= tally["opened"] == tally["closed"]
    assert 2 == tally["opened again"] == tally["closed again"]


def making_again(tally):
    @contextmanager
    def again(store):
        tally["opened again"] += 1
        yield store
        tally["closed again"] += 1

    return again


def written(seed, rounds):
    """Return what random histories of a seed write."""
    batches = []

    class Noting(MemoryStore):
        def append(self, tenant, expected_head, batch):
            batches.append((tenant, batch.entries, tuple(batch.rows.items())))
            super().append(tenant, expected_head, batch)

    check_store(Noting, laws=_laws("any_history"), seed=seed, rounds=rounds)
    return batches


def test_dice_fall_the_same_way_for_the_same_seed():
    """Random histories are the same for the same seed, others for another, and as long as was asked for."""
    assert written(1, 20) == written(1, 20)
    assert written(1, 20) != written(2, 20)
    assert [20, 30] == [len(written(3, rounds)) for rounds in (20, 30)]


def test_more_seeds_find_nothing(tmp_path):
    """Random histories and commands of another seed are kept as well."""
    for kind in KINDS.values():
        store = kind(tmp_path)
        check_store(store.make, laws=_laws("any_history") + _laws("commands"), seed=101, rounds=40)


def test_kit_needs_nothing_but_the_standard_library():
    """The laws and the fake clock load neither Hypothesis nor pytest."""
    code = "import sys, grantkit.testing; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "grantkit" in done.stdout.split()
    assert set() == {*done.stdout.split()} & {"hypothesis", "pytest", "_pytest"}
