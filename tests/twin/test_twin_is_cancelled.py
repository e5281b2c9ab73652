"""A verb that is cancelled, wherever it waits, has written all or nothing, and can be called again."""

from asyncio import CancelledError
from contextlib import suppress
from itertools import count

import attrs
import pytest

from grantkit import AccessRules, Agent, AsyncSupportAccess, Elapsed, Member, SupportAccess, System
from grantkit.errors import ChainBroken, Conflict, Unavailable
from grantkit.ports import UsesOf
from grantkit.service import driver
from grantkit.service.aio import door
from grantkit.stores import AsyncMemoryStore, MemoryStore
from grantkit.testing import FakeClock
from story import exported
from twin.awaited import stepped

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
GUS = Member("m-gus", tenant="globex", roles={"admin"})
KIM = Agent("a-kim", teams={"support"}, name="Kim")
KEEPER = System("keeper")
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {"amend": {"ends": ["elapsed"]}, "to": ["agent", "team"]},
            "ask": {"start": {"by": ["vendor:support"]}, "steps": [{"by": ["tenant:admin"]}]},
        }
    }
)
SAID = {"ends": Elapsed(hours=4), "reason": "A case"}
GRANT = {**SAID, "by": ANA, "to": KIM, "flow": "access"}


class World:
    """Two tenants with a grant each, a request, and uses beside the record; the same to the byte each time."""

    def __init__(self, kind=AsyncMemoryStore):
        self.kept, self.clock, self.heard = MemoryStore(), FakeClock("2027-03-03T12:00:00Z"), []
        number = count(1)
        plain = self.plain(id_factory=lambda prefix: f"{prefix}{next(number)}")
        plain.grant("acme", **GRANT)
        plain.grant("globex", **{**GRANT, "by": GUS})
        plain.request("acme", by=KIM, flow="ask", **SAID)
        plain.record_use(plain.authorize(KIM, "acme", "board:read"))
        self.clock.advance(hours=1)
        self.access = AsyncSupportAccess(
            kind(self.kept), id_factory=lambda prefix: f"{prefix}9", **self.host()
        )

    def host(self):
        return {"rules": RULES, "clock": self.clock, "salts": lambda: bytes(32)}

    def plain(self, **host):
        return SupportAccess(self.kept, **self.host(), **host)

    async def take(self, event):
        """Take an event, as a consumer does that waits for somebody first."""
        await self.access._store.cursor("nobody", event.tenant)
        self.heard.append((event.tenant, event.seq))

    def state(self):
        """Return all that is kept; records that do not hold, or rows that are not theirs, are found out here."""
        found, plain = [self.kept.uses(UsesOf(tenant=None, limit=100))], self.plain()
        for tenant in ("acme", "globex", "@vendor"):
            plain.ledger.verify(tenant)
            found += [exported(plain, tenant), dict(self.kept.rows(tenant))]
        return found


def swept(world):
    """Sweep when all has ended by time."""
    world.clock.advance(hours=5)
    return world.access.delivery.sweep()


async def approved(world):
    shown = await world.access.preview("acme", "rq_3")
    return await world.access.approve("acme", "rq_3", by=ANA, shown=shown.shown)


#: Verbs that write once.
COMMANDS = {
    "grant": lambda world: world.access.grant("acme", key="k-1", **GRANT),
    "amend": lambda world: world.access.amend("acme", "gr_1", by=ANA, version=1, ends=Elapsed(hours=2)),
    "approve": approved,
    "revoke": lambda world: world.access.revoke("acme", "gr_1", by=ANA),
    "suspend": lambda world: world.access.suspend("a-kim", by=KEEPER),
    "enter": lambda world: world.access.enter("acme", "gr_1", by=KIM, reason="A case", key="k-1"),
    "erase": lambda world: world.access.ledger.erase("acme", by=KEEPER, people=["m-ana"]),
    "forget_tenant": lambda world: world.access.ledger.forget_tenant("acme", by=KEEPER),
}
#: Jobs, of which each part is written by itself.
JOBS = {"sweep": swept, "deliver": lambda world: world.access.delivery.deliver("crm", world.take)}


class WentOnError(Exception):
    """Whoever was cancelled did something else than to stop."""


def cancelled(work, place):
    """Cancel *work* where it waits for the time *place*; False if it was done before."""
    for _ in range(place):
        try:
            work.send(None)
        except StopIteration:
            return False
    try:
        work.throw(CancelledError())
    except CancelledError:
        return True
    except BaseException as error:
        raise WentOnError from error
    work.close()
    raise WentOnError


def at_every_place(call, kind=AsyncMemoryStore):
    """Yield a world for each place at which *call* waits, in which it was cancelled there."""
    place = 1
    while cancelled(call(world := World(kind)), place):
        yield world
        place += 1


def again(world, call):
    """Call what was cancelled once more; without a key, it may find that it was done."""
    with suppress(Conflict):
        return stepped(call(world))


@pytest.mark.parametrize("call", COMMANDS.values(), ids=COMMANDS)
def test_what_is_cancelled_has_written_all_or_nothing(call):
    """Cancelled at any await, a command has written all or nothing; called again, it leaves what it would have."""
    before, done = World().state(), World()
    stepped(call(done))
    after = done.state()
    assert before != after

    found = []
    for world in at_every_place(call):
        found.append(world.state())
        assert found[-1] in (before, after)
        again(world, call)
        assert after == world.state()
    assert before in found  # before the write
    assert after in found  # and after it, where nobody was told


@pytest.mark.parametrize("call", [COMMANDS["grant"], COMMANDS["enter"]], ids=["grant", "enter"])
def test_the_same_key_gives_the_first_result(call):
    """Whoever was cancelled and calls again with the same key gets what the first call made, be it written or not."""
    first = stepped(call(World()))

    places = [again(world, call) for world in at_every_place(call)]
    assert len(places) > 2
    assert {first} == set(places)


@pytest.mark.parametrize("call", JOBS.values(), ids=JOBS)
def test_a_job_that_is_cancelled_goes_on_where_it_was(call):
    """Cancelled at any await, a job has done some of its parts whole; run again, all of them, in order."""
    done = World()
    stepped(call(done))

    for world in at_every_place(call):
        world.state()  # each record holds
        world.clock.set(done.clock.now())
        stepped(world.access.delivery.sweep() if call is swept else call(world))
        assert done.state() == world.state()
        assert sorted(set(done.heard)) == sorted(set(world.heard))
        assert len(world.heard) <= len(done.heard) + 1  # the one it was at may come twice
        for tenant in ("acme", "globex"):
            seqs = [seq for each, seq in world.heard if each == tenant]
            assert seqs == sorted(seqs)


class Torn(AsyncMemoryStore):
    """A store that writes in two goes, and waits in between."""

    async def append(self, tenant, expected_head, batch):
        await self.read(tenant, "a-kim", (), self._now())
        self._store.append(tenant, expected_head, attrs.evolve(batch, rows={}))
        await self.read(tenant, "a-kim", (), self._now())
        for key, row in batch.rows.items():
            self._store._tenants[tenant].put(key, row)

    def _now(self):
        return FakeClock().now()


def test_half_a_write_is_noticed():
    """A store that is cancelled between entries and rows is found out by these tests."""
    with pytest.raises(ChainBroken):
        [world.state() for world in at_every_place(COMMANDS["grant"], Torn)]


async def deaf(store, begin):
    """A driver that takes a cancellation for a failed call, and makes it again."""

    def steps():
        running = begin()
        step = next(running)
        while True:
            try:
                came = yield step
            except CancelledError:
                came = yield step
            try:
                step = running.send(came)
            except StopIteration as done:
                return done.value

    running = steps()
    step = next(running)
    while True:
        try:
            came = await driver._awaited(store, step)
        except CancelledError as error:
            step = running.throw(error)
            continue
        try:
            step = running.send(came)
        except StopIteration as done:
            return done.value


async def misled(store, begin):
    """A driver that takes a cancellation for a store that is not there."""
    try:
        return await driver.drive_async(store, begin)
    except CancelledError as error:
        raise Unavailable(what="the store") from error


@pytest.mark.parametrize("bad", [deaf, misled])
def test_a_driver_that_does_not_stop_is_noticed(monkeypatch, bad):
    """A driver that goes on when it is cancelled, or makes an error of it, is found out by these tests."""
    monkeypatch.setattr(door, "drive_async", bad)

    with pytest.raises(WentOnError):
        list(at_every_place(COMMANDS["grant"]))
