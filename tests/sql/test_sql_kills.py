"""[I-23, I-29] A server that is killed under load and started again has kept what it acknowledged, none by half."""

from contextlib import contextmanager

import pytest
from sqlalchemy import literal_column, text

from crashes.race_stores import AcknowledgesFirst
from crashes.warm_host import TIMES
from grantkit.stores.sql import SQLStore, writing
from postgres import engine_of, lay_out, tables
from sql.kill_campaign import Campaign, Found, Lost, Past
from sql.server_process import own_server

KILLS = 80 * TIMES
LAZY_KILLS = 20 * TIMES
CAUGHT_WITHIN = 5
"""Within how many kills a store with one thing wrong is found out."""
# As a server is told that need not wait for the disk, and with all the time it can take.
LAZY = {"synchronous_commit": "off", "wal_writer_delay": "10s"}


@contextmanager
def campaign(kind=SQLStore, **settings):
    """Yield a campaign on a server with these settings."""
    with own_server(**settings) as server, engine_of(server.address, pool_size=10) as engine:
        lay_out(engine, tables())
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))  # a lazy server would lose the tables with the first kill
        yield Campaign(server, engine, kind(engine, tables()))


@pytest.mark.gates
def test_a_killed_server_has_kept_what_it_acknowledged():
    """[I-29] After each kill all that was acknowledged is there once; what was not is told again, with one result."""
    with campaign() as kills:
        kills.strike_often(KILLS)

    assert KILLS == kills.kills["kills"]
    # Not in vain: most kills came in the middle of something, and some of them at a commit.
    assert kills.kills["Unavailable"] > KILLS / 4
    assert kills.kills["OutcomeUnknown"] > 0


@pytest.mark.gates
def test_a_lazy_server_has_kept_it_too():
    """[I-29] Also where the server was told not to wait for the disk: what grantkit writes waits all the same."""
    with campaign(**LAZY) as kills:
        kills.strike_often(LAZY_KILLS)

    assert LAZY_KILLS == kills.kills["kills"]


@pytest.mark.gates
def test_a_store_that_leaves_it_to_a_lazy_server_is_found_out(monkeypatch):
    """Where a store does not wait for the disk, a few kills show that what was acknowledged is lost."""
    monkeypatch.setattr(writing, "_durably", lambda: literal_column("''"))
    with campaign(**LAZY) as kills, pytest.raises(Lost):
        kills.strike_often(CAUGHT_WITHIN)


class WritesLater(AcknowledgesFirst, SQLStore):
    """Says that it has written, and writes in a moment."""


@pytest.mark.gates
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_store_that_acknowledges_first_is_found_out():
    """Where a store says that it has written before it has, a few kills show it."""
    with campaign(WritesLater) as kills, pytest.raises(Found):
        kills.strike_often(CAUGHT_WITHIN)


def test_the_judge_knows_what_a_decision_may_say():
    """A decision may say what held after any number of commands from those told before it to those called by then."""
    past = Past("t", called=[1, 3], told=[2, 4])  # a grant, and a freeze

    assert [{False}, {True}, {True, False}, {False}, {False, True}] == [
        past.states(*asked) for asked in ((0, 0.5), (2.5, 2.6), (2.5, 3.5), (5, 6), (0, 9))
    ]
