"""A store that is open when its process forks is of use on both sides, and takes nothing from either."""

import subprocess
import sys
from pathlib import Path

import pytest

from crashes.race_rounds import RACES, there
from crashes.warm_host import ENVIRONMENT, Host
from grantkit.stores import SQLiteStore


@pytest.fixture(scope="module")
def host():
    with Host("fork_host") as found:
        yield found


def kept(path):
    """Return the grants that are in the file, and verify its record."""
    with SQLiteStore(path) as store:
        access = RACES["cut off or grant"].open(store, minutes=1)
        access.ledger.verify("acme")
        return {each.id for each in there(access, "acme")}


def test_a_parent_and_its_child_work_at_once(host, tmp_path):
    """Both use the store that was open when they parted; the child closes it, and the parent goes on."""
    path = tmp_path / "fork.db"
    made = host.ask(tale="both work", path=str(path))

    assert 16 == len(made)
    assert set(made) == kept(path)


def test_a_child_that_ends_takes_no_lock_from_its_parent(host, tmp_path):
    """A child that closes its store and ends while its parent is writing lets nobody else write beside it."""
    path = tmp_path / "fork.db"

    assert ["Unavailable", "gave True"] == host.ask(tale="keeps its lock", path=str(path), careless=False)


def test_a_lock_that_is_dropped_is_found_out(host, tmp_path):
    """The control: where the parent itself lets go of its lock, the other one writes beside it."""
    path = tmp_path / "fork.db"

    assert "gave True" == host.ask(tale="keeps its lock", path=str(path), careless=True)[0]


@pytest.mark.parametrize("killed", [False, True], ids=["parent closes", "parent is killed"])
def test_what_a_child_was_told_outlives_its_parent(host, tmp_path, killed):
    """When the parent is gone, what its child is told is written is there for everybody, during and after its life."""
    path = tmp_path / "fork.db"
    made = host.ask(tale="orphan", path=str(path), killed=killed)

    assert 15 == len(made)
    assert set(made) < kept(path)


@pytest.mark.parametrize("killed", [False, True], ids=["parent closes", "parent is killed"])
def test_a_connection_carried_over_a_fork_is_found_out(host, tmp_path, killed):
    """A child that keeps its parent's connection beside its own loses what it was told, or its life."""
    path = tmp_path / "fork.db"
    made = host.ask(tale="orphan", path=str(path), killed=killed, carried=True)

    assert made is None or not set(made) <= kept(path)


def test_a_fork_in_the_middle_of_a_crowd_waits_and_loses_nothing(host, tmp_path):
    """A process that forks while its threads are in the middle of commands hangs on no side, and loses nothing."""
    path = tmp_path / "fork.db"
    made = host.ask(tale="crowd forks", path=str(path))

    assert 6 < len(made)
    assert set(made) == kept(path)


def test_a_fork_that_python_is_not_told_of_is_refused(host, tmp_path):
    """In a child that a library forked behind Python's back no store works on the file; the parent's does."""
    path = tmp_path / "fork.db"

    assert ["NotReady", "NotReady", "done"] == host.ask(tale="unknown fork", path=str(path))


def test_forks_of_several_threads_take_each_others_turn(tmp_path):
    """Where several threads fork at once, each fork has the locks to itself, and every thread goes on."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", Path(__file__).with_name("fork_crowd.py")]
    done = subprocess.run(
        [*command, tmp_path / "fork.db"],
        check=False,
        capture_output=True,
        text=True,
        timeout=90,
        env=ENVIRONMENT,
    )

    assert ("4\n", "") == (done.stdout, done.stderr)
