"""An async call that is cancelled on a server, wherever it waits, leaves nothing by half, and nothing held or lost."""

import asyncio
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from grantkit import AccessRules, Agent, AsyncSupportAccess, Elapsed, Member, System
from grantkit.errors import ChainBroken, Conflict, Unavailable
from grantkit.stores.sql import AsyncSQLStore
from grantkit.testing import FakeClock
from postgres import database, engine_of, lay_out, tables

pytestmark = pytest.mark.gates

KIM = Agent("a-kim", teams={"support"}, name="Kim")
KEEPER = System("keeper")
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {"to": ["agent", "team"]},
            "ask": {"start": {"by": ["vendor:support"]}, "steps": [{"by": ["tenant:admin"]}]},
        }
    }
)
SAID = {"ends": Elapsed(hours=4), "reason": "A case"}


class Leaves(AssertionError):
    """Something is held that nobody waits for any more."""


class Server:
    """Access to a server, and what is held there."""

    def __init__(self, engine, store):
        self.engine, self.store = engine, store
        self.access = AsyncSupportAccess(store, rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
        self.told = []

    async def grant(self, tenant, key):
        return await self.access.grant(tenant, by=ana(tenant), to=KIM, flow="access", key=key, **SAID)

    async def prepare(self, tenant):
        """Let somebody in, ask once more, and count a use."""
        await self.grant(tenant, "before")
        await self.access.request(tenant, by=KIM, flow="ask", **SAID)
        await self.access.record_use(await self.access.authorize(KIM, tenant, "board:read"))

    async def take(self, event):
        await self.access.authorize(KIM, event.tenant, "board:read")  # as a consumer that waits for somebody
        self.told.append((event.tenant, event.seq))

    async def kinds(self, tenant):
        """Return what is recorded; a record that does not hold, or rows that are not its fold, are found out here."""
        await self.access.ledger.verify(tenant)
        return [event.kind for event in await self.access.ledger.history(tenant)]

    async def nothing_is_held(self):
        """Expect that no connection is out, and that soon no transaction is open at the server."""
        if self.engine.pool.checkedout():
            raise Leaves("a connection was not given back")
        busy = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
        )
        async with self.engine.connect() as connection:
            for _ in range(200):
                if not await connection.scalar(busy):
                    return
                await connection.rollback()
                await asyncio.sleep(0.01)
        raise Leaves("a transaction is still open")


def ana(tenant):
    return Member("m-ana", tenant=tenant, roles={"admin"}, name="Ana")


@asynccontextmanager
async def serving(address, kind=AsyncSQLStore, **pool):
    engine = create_async_engine(address, connect_args={"options": "-c lock_timeout=3s"}, **pool)
    try:
        yield Server(engine, kind(engine, tables()))
    finally:
        await engine.dispose()


@pytest.fixture
def address():
    with database() as address:
        with engine_of(address) as engine:
            lay_out(engine, tables())
        yield address


async def approve(server, tenant):
    (asked,) = await server.access.requests(tenant, limit=1)
    shown = await server.access.preview(tenant, asked.request.id)
    return await server.access.approve(tenant, asked.request.id, by=ana(tenant), shown=shown.shown)


async def revoke(server, tenant):
    (status, *_) = await server.access.grants(tenant)
    return await server.access.revoke(tenant, status.grant.id, by=ana(tenant))


#: Verbs, and what they add to the record.
COMMANDS = {
    "authorize": (lambda s, tenant: s.access.authorize(KIM, tenant, "board:read"), []),
    "grant": (lambda s, tenant: s.grant(tenant, "k-1"), ["granted"]),
    "approve": (approve, ["approved", "granted"]),
    "revoke": (revoke, ["revoked"]),
    "freeze": (lambda s, tenant: s.access.freeze(tenant, by=ana(tenant)), ["frozen"]),
    "erase": (lambda s, tenant: s.access.ledger.erase(tenant, by=KEEPER, people=["m-ana"]), ["erased"]),
    "deliver": (lambda s, _: s.access.delivery.deliver("crm", s.take), []),
}


class CancelledAt:
    """Work that is cancelled as soon as it waits for the so-manieth time."""

    def __init__(self, work, place):
        self._work, self._place, self.reached = work, place, False

    def __await__(self):
        waiting = self._work.__await__()
        sent, thrown = None, None
        place = 0
        while True:
            try:
                future = waiting.throw(thrown) if thrown else waiting.send(sent)
            except StopIteration as done:
                return done.value
            place += 1
            if place == self._place:
                self.reached = True
                asyncio.current_task().cancel()
            sent, thrown = None, None
            try:
                sent = yield future
            except BaseException as error:  # noqa: BLE001  # handed on to the work, whatever it is
                thrown = error


async def cancelled(work, place):
    """Cancel *work* at a place, in a task of its own; return whether it came there."""
    at = CancelledAt(work, place)

    async def run():
        return await at

    with suppress(asyncio.CancelledError):
        await asyncio.create_task(run())
    return at.reached


async def at_every_place(server, call, added):
    """Cancel *call* wherever it waits, each time at a tenant of its own, and hold what is there; return the states."""
    found = []
    place = 1
    while True:
        tenant = f"t-{place:03}"
        await server.prepare(tenant)
        before = await server.kinds(tenant)
        if not await cancelled(call(server, tenant), place):
            return found
        await server.nothing_is_held()
        there = await server.kinds(tenant)
        assert there in (before, before + added)
        found.append(there == before)
        with suppress(Conflict):  # without a key it may find that it was done
            await call(server, tenant)  # at once: nobody holds the record
        assert before + added == await server.kinds(tenant)
        place += 1


def run_every_place(address, call, added, kind=AsyncSQLStore):
    async def story():
        async with serving(address, kind) as server:
            return await at_every_place(server, call, added)

    return asyncio.run(story())


@pytest.mark.parametrize(("call", "added"), COMMANDS.values(), ids=COMMANDS)
def test_what_is_cancelled_on_a_server_is_whole_and_holds_nothing(address, call, added):
    """Cancelled at any await, a call has written all or nothing, has no lock and no connection, and can be repeated."""
    found = run_every_place(address, call, added)

    assert len(found) > 1
    assert True in found  # before the write
    if added == ["granted"]:
        assert False in found  # and after it, where nobody was told


def test_the_same_key_gives_the_first_result_after_a_cancellation(address):
    """Whoever was cancelled and calls again with the same key gets the one grant that there is."""

    async def story():
        async with serving(address) as server:
            place = 1
            while await cancelled(server.grant(tenant := f"t-{place:03}", "k-1"), place):
                again = await server.grant(tenant, "k-1")
                assert [again.id] == [status.grant.id for status in await server.access.grants(tenant)]
                place += 1
            return place

    assert asyncio.run(story()) > 5


def test_a_cancellation_in_the_hosts_transaction_is_the_hosts_to_roll_back(address):
    """Cancelled within a session of the host, nothing of the transaction is there, and nothing is held."""

    async def story():
        async with serving(address) as server:
            async with server.engine.begin() as connection:
                await connection.execute(text("CREATE TABLE notes (text text)"))
            place = 1
            while True:
                tenant = f"t-{place:03}"
                async with AsyncSession(server.engine) as session:
                    await session.execute(text("INSERT INTO notes VALUES ('let in')"))
                    inside = server.access.over(server.store.within(session))
                    work = inside.grant(tenant, by=ana(tenant), to=KIM, flow="access", **SAID)
                    if not await cancelled(work, place):
                        return place
                    await session.rollback()
                await server.nothing_is_held()
                assert await server.kinds(tenant) == []
                async with server.engine.connect() as connection:
                    assert not await connection.scalar(text("SELECT count(*) FROM notes"))
                place += 1

    assert asyncio.run(story()) > 5


# SQLAlchemy's pool (2.1.9) sometimes drops a connection after a crowd of cancellations, and warns; it is replaced.
@pytest.mark.filterwarnings("ignore:The garbage collector is trying:sqlalchemy.exc.SAWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", [1, 2])
def test_timeouts_at_any_moment_lose_nothing(address, seed):
    """Cut off by timeouts again and again, several tasks at one tenant come to one grant for each key."""
    moments = Random(seed)  # noqa: S311  # repeatable on purpose

    async def insist(server, key):
        cut = 0
        while True:
            try:
                async with asyncio.timeout(moments.random() * 0.02 * (1 + cut)):
                    return cut, await server.grant("acme", key)
            except TimeoutError:
                cut += 1
            except Unavailable as error:
                # It waited for the record longer than it may: what was cut off is not yet over at the server.
                assert "LockNotAvailable" in str(error)  # noqa: PT017  # anything else is a fault

    async def story():
        async with serving(address, pool_size=12) as server:
            await server.grant("acme", "first")
            await asyncio.gather(*(server.kinds(f"t-{number}") for number in range(12)))
            assert server.engine.pool.checkedin() == 12
            done = await asyncio.gather(*(insist(server, f"k-{number}") for number in range(12)))
            await server.nothing_is_held()
            there = {status.grant.id for status in await server.access.grants("acme")}
            assert (await server.kinds("acme")).count("granted") == 13
            return sum(cut for cut, _ in done), {grant.id for _, grant in done}, there

    cut, made, there = asyncio.run(story())
    assert cut > 10
    assert made < there
    assert len(there) == 13


class CommitsEach(AsyncSQLStore):
    """A store in which each statement of a batch commits by itself."""

    def __init__(self, engine, wanted):
        super().__init__(engine, wanted)
        self._runner._writing = engine.execution_options(isolation_level="AUTOCOMMIT")


class GoesOn(AsyncSQLStore):
    """A store whose writes go on when whoever waited for them is gone."""

    def __init__(self, engine, wanted):
        super().__init__(engine, wanted)
        write = self._runner.write
        self._runner.write = lambda asks: asyncio.shield(write(asks))


@pytest.mark.parametrize(("kind", "wrong"), [(CommitsEach, ChainBroken), (GoesOn, Leaves)])
def test_a_store_that_leaves_something_is_noticed(address, kind, wrong):
    """A store that writes by half when it is cancelled, or goes on writing, is found out by these tests."""
    with pytest.raises(wrong):
        run_every_place(address, *COMMANDS["grant"], kind)
