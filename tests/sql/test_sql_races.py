"""[I-23, I-24] Four processes at one database: what is judged on a file is judged on a server, in the same way."""

import pytest

from crashes.race_chains import RACES
from crashes.race_rounds import Wrong
from crashes.race_runs import hold_all, lived, not_in_vain, rounds
from crashes.warm_host import TIMES, Host
from grantkit.errors import GrantkitError
from postgres import database, engine_of, lay_out, tables

ROUNDS = 200 if TIMES > 1 else 8
HISTORIES = 20 * TIMES
CAUGHT_WITHIN = 5
"""Within how many rounds a store with one thing wrong is found out."""


@pytest.fixture(scope="module")
def host():
    with Host("race_host") as found:
        yield found


@pytest.fixture
def where():
    with database() as address:
        with engine_of(address) as engine:
            lay_out(engine, tables())
        yield address.render_as_string(hide_password=False)


@pytest.mark.gates
@pytest.mark.parametrize("name", RACES)
def test_every_outcome_on_a_server_is_of_some_order(host, where, name):
    """Whatever four processes do at once comes out as if they had done it one after another, and the record holds."""
    assert ROUNDS == rounds(host, where, name, ROUNDS, "honest on a server")


@pytest.mark.gates
@pytest.mark.parametrize("name", RACES)
def test_a_store_on_a_server_that_writes_unchecked_is_found_out(host, where, name):
    """Where a batch is written wherever the head is, five rounds of each race show it."""
    with pytest.raises((Wrong, GrantkitError)):
        rounds(host, where, name, CAUGHT_WITHIN, "unchecked on a server")


@pytest.mark.gates
def test_no_decision_on_a_server_that_begins_after_a_stop_allows(host, where):
    """After a revocation, a freeze or a cut-off has returned anywhere, every later decision in any process denies."""
    by_tenant = lived(host, where, HISTORIES, "honest on a server")
    hold_all(by_tenant)
    not_in_vain(by_tenant, HISTORIES)


@pytest.mark.gates
@pytest.mark.parametrize("store", ["remembers on a server", "writes later on a server"])
def test_a_store_on_a_server_that_answers_late_is_found_out(host, where, store):
    """A store that answers from memory for fifty milliseconds, or writes after it has returned, is found out."""
    by_tenant = lived(host, where, CAUGHT_WITHIN, store)
    with pytest.raises(Wrong):
        hold_all(by_tenant)
