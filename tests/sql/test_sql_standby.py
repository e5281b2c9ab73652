"""A real standby: it decides nothing, since it learns of a revocation late; once it is the primary, it decides."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

from grantkit import Agent, AsyncSupportAccess, Elapsed, Member, Reason, SupportAccess, Team
from grantkit.errors import ChainBroken, OutcomeUnknown, Unavailable
from grantkit.stores.sql import AsyncSQLStore, SQLStore, reading
from grantkit.testing import FakeClock
from postgres import engine_of, lay_out, tables
from sql.server_process import own_server
from sql.standby import ask, standby_of, until

pytestmark = pytest.mark.gates

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM = Agent("a-kim", teams={"success"}, name="Kim")
GIVE = {"by": ANA, "to": Team("success"), "ends": Elapsed(hours=4), "reason": "Boards are missing"}
NOON = "2027-03-03T12:00:00Z"
NEEDS_A_STANDBY = "ANY 1 (*)"


class At:
    """Access by way of one server."""

    def __init__(self, server, engine):
        self.server, self.engine = server, engine
        self.store = SQLStore(engine, tables())
        self.access = SupportAccess(self.store, clock=FakeClock(NOON))

    def decides(self):
        return self.access.authorize(KIM, "acme", "board:read")

    def decides_within(self):
        """Decide in a transaction of the host, which says that it knows of its snapshot."""
        with Session(self.engine) as session:
            within = self.store.within(session, snapshot_ok=True)
            return self.access.over(within).authorize(KIM, "acme", "board:read")

    def decides_awaited(self):
        async def decide():
            engine = create_async_engine(self.server.address)
            access = AsyncSupportAccess(AsyncSQLStore(engine, tables()), clock=FakeClock(NOON))
            try:
                return await access.authorize(KIM, "acme", "board:read")
            finally:
                await engine.dispose()

        return asyncio.run(decide())

    def kinds(self):
        return [event.kind for event in self.access.ledger.history("acme")]


WAYS = (At.decides, At.decides_within, At.decides_awaited)


@contextmanager
def two_servers():
    """Yield access by way of a primary, where Kim's team is let in, and by way of its standby; and the grant."""
    with own_server() as first, engine_of(first.address) as engine:
        lay_out(engine, tables())
        primary = At(first, engine)
        grant = primary.access.grant("acme", **GIVE)
        with standby_of(first) as second, engine_of(second.address) as other:
            yield primary, At(second, other), grant


def test_a_standby_decides_when_it_is_the_primary_and_not_before():
    """[N7] By each way a standby is refused, with a reason; promoted, it decides, on the connections that there are."""
    with two_servers() as (_, standby, _):
        refused = [way(standby) for way in WAYS]
        with pytest.raises(Unavailable):
            standby.access.visible_tenants(KIM)
        standby.server.promote()
        decided = [way(standby) for way in WAYS]

    for decision in refused:
        assert decision.reason is Reason.STORE_UNAVAILABLE
        assert "use the primary's address" in str(decision.error)
    assert all(decision.allowed for decision in decided)


def test_what_a_standby_has_not_heard_of_is_why_it_decides_nothing(monkeypatch):
    """[N7] Without the refusal, a standby lets somebody in whose revocation was acknowledged at the primary."""
    with two_servers() as (primary, standby, grant):
        standby.server.hold()
        primary.access.revoke("acme", grant.id, by=ANA)
        refused = standby.decides()
        monkeypatch.setattr(reading, "check_state", lambda **_: None)
        let_in = standby.decides()
        standby.server.let_go()
        standby.server.catch_up()
        late = standby.decides()

        assert primary.decides().reason is Reason.REVOKED
    assert refused.reason is Reason.STORE_UNAVAILABLE
    assert let_in.allowed  # which is what the refusal is for
    assert late.reason is Reason.REVOKED


def test_a_standby_is_read_and_never_written():
    """A standby lists, tells the past and verifies; a command is refused there, and what is delivered comes again."""
    with two_servers() as (primary, standby, grant):
        assert [status.grant for status in standby.access.grants("acme")] == [grant]
        assert standby.kinds() == ["rules_adopted", "granted"]
        assert standby.access.ledger.verify("acme", primary.access.ledger.head("acme")).seq == 2
        with pytest.raises(Unavailable):
            standby.access.revoke("acme", grant.id, by=ANA)
        told = []
        for each in (standby, standby, primary):
            run = each.access.delivery.deliver("mail", lambda event: told.append(event.kind))
            assert len(run.failed) == (0 if each is primary else 1)

        # What is told from a standby cannot be kept as told, and comes again.
        assert told == [*["rules_adopted"] * 2, "rules_adopted", "granted"]
        assert primary.kinds() == ["rules_adopted", "granted"]


def test_a_failover_can_lose_an_acknowledged_revocation_and_a_kept_head_tells():
    """Where the primary waits for no standby, the one promoted may never have heard; a head kept aside shows it."""
    with two_servers() as (primary, standby, grant):
        standby.server.cut_off()
        primary.access.revoke("acme", grant.id, by=ANA)
        kept = primary.access.ledger.head("acme")
        primary.server.kill()
        standby.server.promote()

        assert standby.decides().allowed  # the revocation that was acknowledged is gone
        standby.access.ledger.verify("acme")  # and by itself the record does not know
        with pytest.raises(ChainBroken):
            standby.access.ledger.verify("acme", kept)


WAITS = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def waits_for_the_standby(primary):
    """Return whether a commit at the primary waits for its standby."""
    return ask(primary.server, f"SELECT count(*) {WAITS}") == 1


@contextmanager
def revocation_that_waits(primary, standby, grant):
    """Yield a revocation that nobody acknowledges, since the standby that the primary waits for is cut off."""
    primary.server.stop()  # a server that runs begins to wait some time after it was told to
    primary.engine.dispose()
    primary.server.set(synchronous_standby_names=NEEDS_A_STANDBY)
    primary.server.start()
    standby.server.cut_off()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(primary.access.revoke, "acme", grant.id, by=ANA)
        until(lambda: told.done() or waits_for_the_standby(primary))
        assert not told.done()
        yield told


def test_with_a_synchronous_standby_a_failover_keeps_what_was_acknowledged():
    """Where the primary waits for a standby, a revocation is acknowledged when that has it, and is kept."""
    with two_servers() as (primary, standby, grant):
        with revocation_that_waits(primary, standby, grant) as told:
            standby.server.follow()
            told.result(30)
        kept = primary.access.ledger.head("acme")
        primary.server.kill()
        standby.server.promote()

        assert standby.decides().reason is Reason.REVOKED
        standby.access.ledger.verify("acme", kept)


def test_a_revocation_that_no_standby_has_is_not_acknowledged():
    """Whoever waits when the primary dies is told that nobody knows; called again, it revokes at the one promoted."""
    with two_servers() as (primary, standby, grant):
        with revocation_that_waits(primary, standby, grant) as told:
            primary.server.kill()
            with pytest.raises(OutcomeUnknown):
                told.result(30)
        standby.server.promote()
        assert standby.decides().allowed
        standby.access.revoke("acme", grant.id, by=ANA)

        assert standby.decides().reason is Reason.REVOKED
        assert standby.kinds() == ["rules_adopted", "granted", "revoked"]
        standby.access.ledger.verify("acme")


def test_who_cancels_a_wait_for_the_standby_takes_the_promise_back():
    """A limit of PostgreSQL: a wait that is cancelled counts as a commit; one whose session is ended tells."""
    with two_servers() as (primary, standby, grant):
        with revocation_that_waits(primary, standby, grant) as told:
            ask(primary.server, f"SELECT pg_cancel_backend(pid) {WAITS}")
            told.result(30)
        with ThreadPoolExecutor(1) as pool:
            frozen = pool.submit(primary.access.freeze, "acme", by=ANA)
            until(lambda: frozen.done() or waits_for_the_standby(primary))
            ask(primary.server, f"SELECT pg_terminate_backend(pid) {WAITS}")
            with pytest.raises(OutcomeUnknown):
                frozen.result(30)

        assert standby.kinds() == ["rules_adopted", "granted"]
