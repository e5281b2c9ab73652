"""A host outgrows its file: its records move to a server whole, with what consumers have taken."""

import pytest

from grantkit import VENDOR, Agent, SupportAccess
from grantkit.errors import HeadMoved
from grantkit.ports import Batch
from grantkit.stores import SQLiteStore
from grantkit.testing import FakeClock
from postgres import postgres_store
from unit.stores.sqlitefiles import KIM, NOON, RULES, admin, fill, give

SECURITY = Agent("a-sec", teams={"security"})
CONSUMER = "mail"


def door(store):
    return SupportAccess(store, clock=FakeClock(NOON), rules=RULES)


def move(old, new, access, tenant):
    """Carry one record over, as the page on choosing a store does."""
    adopted = {event.rules for event in access.ledger.history(tenant)}
    entries = old.events(tenant, 0, 1_000_000)
    batch = Batch(entries=entries, rows=old.rows(tenant), documents=old.documents(tuple(adopted)))
    new.append(tenant, 0, batch)
    new.advance(CONSUMER, tenant, old.cursor(CONSUMER, tenant))


@pytest.fixture
def moved(tmp_path):
    """A file with two tenants and somebody suspended, before the last was taken by a consumer; and the server."""
    with SQLiteStore(tmp_path / "grants.db") as old, postgres_store() as new:
        access = door(old)
        for tenant in ("acme", "globex"):
            fill(access, tenant)
            access.unfreeze(tenant, by=admin(tenant))
        access.suspend("a-max", by=SECURITY, reason="Left")
        access.delivery.deliver(CONSUMER, lambda _: None)
        give(access, "globex")
        for tenant in ("acme", "globex", VENDOR):
            move(old, new, access, tenant)
        yield access, door(new)


def test_records_move_from_a_file_to_a_server_whole(moved):
    """Each record holds against the head that it had in the file, and decides, lists and answers keys as there."""
    before, after = moved
    reasons = set()
    for tenant in ("acme", "globex", VENDOR):
        assert after.ledger.verify(tenant, before.ledger.head(tenant)).seq == before.ledger.head(tenant).seq
    for tenant in ("acme", "globex"):
        assert after.grants(tenant) == before.grants(tenant)
        assert after.requests(tenant) == before.requests(tenant)
        for agent in (KIM, Agent("a-max", teams={"support"}), Agent("a-oda", teams={"on-call"})):
            there, here = (each.authorize(agent, tenant, "board:read") for each in moved)
            assert (there.reason, there.grant_id) == (here.reason, here.grant_id)
            reasons.add(str(here.reason))
        assert give(after, tenant, key="k-1") == give(before, tenant, key="k-1")
    assert {"allowed", "suspended"} <= reasons


def test_consumers_go_on_where_they_were_in_the_file(moved):
    """A cursor that is carried over keeps what was told from being told again; what was not told comes."""
    _, after = moved
    told = []
    after.delivery.deliver(CONSUMER, lambda event: told.append((event.tenant, event.kind)))

    assert told == [("globex", "granted")]


def test_a_record_is_not_moved_over_another(moved):
    """Where there is a record already, nothing is carried over it."""
    before, after = moved
    with pytest.raises(HeadMoved):
        move(before._store, after._store, before, "acme")
