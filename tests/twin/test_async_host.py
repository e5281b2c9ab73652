"""What an async host brings along is awaited where it is async, and nothing holds up the loop."""

import asyncio
import functools
from io import BytesIO

import pytest

from grantkit import AccessRules, Agent, AsyncSupportAccess, Elapsed, Member, Reason, SupportAccess
from grantkit.errors import HeadMoved, InvalidInput, NotFound, OutcomeUnknown, Unavailable
from grantkit.service import driver
from grantkit.service.trying import ATTEMPTS
from grantkit.stores import AsyncMemoryStore, MemoryStore, SQLiteStore
from grantkit.telling import Reader
from grantkit.testing import FakeClock
from twin.awaited import AwaitedAccess, stepped

ANA = Member("m-ana", tenant="acme", roles={"admin"})
KIM = Agent("a-kim")
SAID = {"by": ANA, "to": KIM, "ends": Elapsed(hours=4), "reason": "A case"}
RULES = AccessRules.from_data({"notices": {"granted": ["tenant:admin"]}})


def doors():
    """A plain door and an async one, alike, each with one grant."""
    for kind in (SupportAccess, AwaitedAccess):
        access = kind(
            MemoryStore(), rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"), salts=lambda: bytes(32)
        )
        access.grant("acme", **SAID, key="k-1")
        yield access


class People:
    """A directory and a notifier, plain."""

    def __init__(self):
        self.told = []

    def members(self, tenant, role, scope):
        return (
            Reader(side="member", id=each) for each in ["m-ana", "m-ben"]
        )  # read when it is too late to await

    def agents(self, team):
        return ()

    def person(self, tenant, side, id):
        return Reader(side=side, id=id, name=f"The {id}")

    def tell(self, notice):
        self.told.append((notice.to.id, notice.headline))


class AsyncPeople(People):
    """The same, async."""

    async def members(self, tenant, role, scope):
        await asyncio.sleep(0)
        return super().members(tenant, role, scope)

    async def agents(self, team):
        return super().agents(team)

    async def person(self, tenant, side, id):
        await asyncio.sleep(0)
        return super().person(tenant, side, id)

    async def tell(self, notice):
        await asyncio.sleep(0)
        super().tell(notice)


def test_who_is_told_is_told_by_either_kind():
    """An async directory and notifier tell the same people the same things as plain ones, at the async door too."""
    heard = []
    for kind, people in (
        (SupportAccess, People()),
        (AwaitedAccess, People()),
        (AwaitedAccess, AsyncPeople()),
    ):
        access = kind(MemoryStore(), rules=RULES, clock=FakeClock(), id_factory=lambda prefix: f"{prefix}1")
        access.grant("acme", **SAID)
        progress = access.delivery.notify("mail", people, directory=people)
        assert (2, ()) == (progress.told, progress.failed)
        heard.append(people.told)
    assert heard[0]
    assert [heard[0]] * 3 == heard


def test_a_review_asks_an_async_directory():
    """A review asks an async directory who still holds a role, and comes to what a plain one gives."""
    for access in doors():
        people = People() if isinstance(access, SupportAccess) else AsyncPeople()
        review = access.review("acme", directory=people)
        assert review.roles_checked


def test_whoever_hears_of_reviews_that_fail_is_awaited():
    """[R13] A tenant whose review fails is told to async code too: a coroutine that nobody awaits would say nothing."""

    async def main():
        store, heard = AsyncMemoryStore(), []
        ana = Member("m-ana", tenant="acme", roles={"admin"})
        access = AsyncSupportAccess(store, clock=FakeClock())
        await access.grant("acme", by=ana, to=Agent("a-kim"), ends=Elapsed(hours=1), reason="x")

        async def failed(tenant, error):
            heard.append((tenant, error.code))

        unruly = AsyncSupportAccess(store, rules=_no_rules, clock=FakeClock())
        return await unruly.reviews(failed=failed), heard

    assert ((), [("acme", "unavailable")]) == asyncio.run(main())


def _no_rules(tenant):
    raise LookupError(tenant)


def test_what_takes_events_is_awaited():
    """An async consumer has taken an event when it is done with it, and what it raises means not yet."""
    _, access = doors()
    taken, failing = [], [True]

    async def take(event):
        await asyncio.sleep(0)
        if failing:
            raise LookupError
        taken.append(event.seq)

    assert LookupError is type(access.delivery.deliver("crm", take).failed[0].error)
    failing.clear()
    assert len(access.ledger.history("acme")) == access.delivery.deliver("crm", take).taken
    assert [event.seq for event in access.ledger.history("acme")] == taken


class AsyncFile:
    """A file that is written to asynchronously."""

    def __init__(self, error=None):
        self.held, self.error = [], error

    async def write(self, data):
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        self.held.append(data)


def test_an_export_waits_for_its_file():
    """An export into an async file gives the bytes that a plain one gets; a file that fails is Unavailable."""
    plain, access = doors()
    into, same, held = BytesIO(), BytesIO(), AsyncFile()

    assert access.ledger.head("acme") == access.ledger.export("acme", held)
    access.ledger.export("acme", same)
    assert same.getvalue() == b"".join(held.held)
    plain.ledger.export("acme", into)
    assert len(into.getvalue()) == len(same.getvalue())
    for error, raised in ((OSError(), Unavailable), (OutcomeUnknown(what="the disk"), OutcomeUnknown)):
        with pytest.raises(raised):
            access.ledger.export("acme", AsyncFile(error))


@pytest.mark.parametrize("fails", [False, True])
def test_rules_may_come_from_a_database(fails):
    """At the async door, an async callable gives the rules for each verb; what it raises denies, and stops no brake."""
    asked, broken = [], []

    async def rules(tenant):
        await asyncio.sleep(0)
        asked.append(tenant)
        if broken:
            raise OSError
        return RULES if tenant == "acme" else None

    access = AwaitedAccess(MemoryStore(), rules=rules, clock=FakeClock())
    grant = access.grant("acme", **SAID)
    assert access.authorize(KIM, "acme", "board:read").allowed
    assert ["access"] == [each.name for each in access.offers("acme", by=ANA)]
    assert 2 == len(access.ledger.history("acme", by=ANA))
    assert ["acme"] == [each.tenant for each in access.visible_tenants(KIM)]
    assert {"acme"} == set(asked)
    with pytest.raises(NotFound):
        access.grant("globex", **{**SAID, "by": Member("m-gus", tenant="globex", roles={"admin"})})
    if fails:
        broken.append(True)
        assert Reason.STORE_UNAVAILABLE == access.authorize(KIM, "acme", "board:read").reason
        for verb in (access.grants, access.review, access.offers, access.ledger.history):
            with pytest.raises(Unavailable):
                verb("acme", by=ANA)
    assert access.revoke("acme", grant.id, by=ANA).ended is not None


@pytest.mark.parametrize("said", [True, False, 1, None, OSError()])
def test_member_rights_may_be_async(said):
    """At the async door, member rights may be awaited; only exactly true is a yes, and at the plain door none is."""

    class Rights:
        async def may(self, member, action, resource):
            await asyncio.sleep(0)
            if isinstance(said, Exception):
                raise said
            return said

    rules = AccessRules.from_data({"flows": {"access": {"act_as": ["none", "any"]}}})
    for kind, yes in ((AwaitedAccess, said is True), (SupportAccess, False)):
        access = kind(MemoryStore(), rules=rules, clock=FakeClock(), member_rights=Rights())
        access.grant("acme", act_as="m-ana", **SAID)
        assert yes is access.authorize(KIM, "acme", "board:read", act_as="m-ana").allowed


def test_async_code_at_the_plain_door_is_refused():
    """Nothing at the plain door takes a coroutine for an answer: nobody was told, nothing is taken or allowed."""
    access, _ = doors()
    people = AsyncPeople()

    async def take(event):
        raise AssertionError

    async def rules(tenant):
        raise AssertionError

    failed = access.delivery.deliver("crm", take).failed
    assert ["acme"] == [each.tenant for each in failed]
    assert "use AsyncSupportAccess" in str(failed[0].error)
    assert access.delivery.lag("crm")
    assert access.delivery.notify("mail", People(), directory=people).failed
    assert access.delivery.notify("post", people, directory=People()).failed
    assert [] == people.told
    with pytest.raises(Unavailable):
        access.review("acme", directory=people)
    with pytest.raises(Unavailable):
        access.ledger.export("acme", AsyncFile())
    lost = SupportAccess(MemoryStore(), rules=rules)
    assert Reason.STORE_UNAVAILABLE == lost.authorize(KIM, "acme", "board:read").reason
    with pytest.raises(Unavailable):
        SupportAccess(HandsOnAwaitables()).grant("acme", **SAID)


class HandsOnAwaitables(MemoryStore):
    """A store that looks plain, and gives what must be awaited."""

    def load(self, *asked):
        return AsyncMemoryStore().load(*asked)


class SaysItIsAwaited(MemoryStore):
    """A store that looks as if it were awaited, and is plain."""

    @functools.wraps(AsyncMemoryStore.read)
    def read(self, *asked):
        return super().read(*asked)


def test_a_plain_store_at_the_async_door_is_no_store():
    """A plain store that gets past the async door denies and is Unavailable, and nothing is written to it."""
    store = SaysItIsAwaited()
    access = AsyncSupportAccess(store)

    assert Reason.STORE_UNAVAILABLE == stepped(access.authorize(KIM, "acme", "board:read")).reason
    with pytest.raises(Unavailable):
        stepped(access.grant("acme", **SAID))
    assert 0 == len(store.events("acme", 0, 9))


class Failing(AsyncMemoryStore):
    """A store of which one method fails."""

    method, error = "", RuntimeError("the disk is on fire")

    def __getattribute__(self, name):
        if name and name == object.__getattribute__(self, "method"):
            return self.fail
        return super().__getattribute__(name)

    async def fail(self, *_):
        raise self.error


@pytest.mark.parametrize(
    ("method", "error"), [("load", Unavailable), ("append", OutcomeUnknown), ("count", OutcomeUnknown)]
)
def test_a_store_that_fails_is_one_typed_error(method, error):
    """Whatever an async store raises is Unavailable, or OutcomeUnknown where it was to write; a decision denies."""
    store = Failing()
    access = AwaitedAccess(store, clock=FakeClock())
    access.grant("acme", **SAID)
    allowed = access.authorize(KIM, "acme", "board:read")
    store.method = method

    with pytest.raises(error) as raised:
        access.record_use(allowed) if method == "count" else access.grant("acme", **SAID)
    assert store.error is raised.value.__cause__
    store.method = "read"
    denied = access.authorize(KIM, "acme", "board:read")
    assert (True, Reason.STORE_UNAVAILABLE, store.error) == (allowed.allowed, denied.reason, denied.error)


class Moving(AsyncMemoryStore):
    """A store where somebody else is always first, so many times."""

    def __init__(self, times):
        super().__init__()
        self.left, self.asked = times, 0

    async def append(self, tenant, expected_head, batch):
        self.asked += 1
        if self.asked <= self.left:
            raise HeadMoved(tenant=tenant, expected=expected_head)
        await super().append(tenant, expected_head, batch)


def test_trying_again_does_not_block_the_loop(monkeypatch):
    """A command that others beat is tried as often as at the plain door; others run while it waits for its turn."""
    monkeypatch.setattr(driver, "sleep", lambda _: pytest.fail("the loop was blocked"))
    turns = []

    async def count():
        while True:
            turns.append(None)
            await asyncio.sleep(0)

    async def main(times):
        store, other = Moving(times), asyncio.create_task(count())
        try:
            await AsyncSupportAccess(store).grant("acme", **SAID)
        finally:
            other.cancel()
            turns.append(store.asked)

    asyncio.run(main(ATTEMPTS - 1))
    assert ATTEMPTS == turns[-1]
    with pytest.raises(Unavailable):
        asyncio.run(main(ATTEMPTS))
    assert ATTEMPTS == turns[-1]
    assert len(turns) > 2 * ATTEMPTS


class Hanging(AsyncMemoryStore):
    """A store that never answers for one tenant."""

    async def read(self, tenant, agent, holders, alive_after):
        if tenant == "stuck":
            await asyncio.Event().wait()
        return await super().read(tenant, agent, holders, alive_after)


class OneByOne(Hanging):
    """And lets nobody in while somebody is there."""

    def __init__(self):
        super().__init__()
        self.alone = asyncio.Lock()

    async def read(self, *args):
        async with self.alone:
            return await super().read(*args)


@pytest.mark.parametrize(
    ("kind", "goes_on"), [(Hanging, True), (OneByOne, False)], ids=["side by side", "one by one"]
)
def test_a_store_that_hangs_holds_up_nobody_else(kind, goes_on):
    """Whoever waits for a store that never answers is alone with it; a store that queues all, as a control, is not."""

    async def main():
        access = AsyncSupportAccess(kind(), clock=FakeClock())
        stuck = asyncio.create_task(access.authorize(KIM, "stuck", "board:read"))
        await asyncio.sleep(0)
        other = asyncio.create_task(access.authorize(KIM, "acme", "board:read"))
        for _ in range(100):
            await asyncio.sleep(0)
        done = other.done(), stuck.done()
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck
        assert not (await other).allowed
        return done

    assert (goes_on, False) == asyncio.run(main())


class Mine(SupportAccess):
    """A host's own kind of door."""


@pytest.mark.parametrize(("kind", "store"), [(Mine, MemoryStore), (AsyncSupportAccess, AsyncMemoryStore)])
def test_over_is_the_same_access_over_another_store(kind, store):
    """`over` gives the same kind with the same settings over that store; the clock is one, from either side."""
    clock, ids = FakeClock("2027-03-03T12:00:00Z"), lambda prefix: f"{prefix}over"
    access = kind(store(), rules=RULES, clock=clock, id_factory=ids)
    other = access.over(store())

    async def given(door):
        made = door.grant("acme", **SAID)
        return made if kind is Mine else await made

    async def events(door):
        found = door.ledger.history("acme"), door.delivery.sweep(), door.grants("acme")
        return [len(each if kind is Mine else await each) for each in found]

    assert kind is type(other)
    assert access._host is other._host
    assert "gr_over" == stepped(given(other)).id
    assert [[0, 0, 0], [2, 0, 1]] == [stepped(events(door)) for door in (access, other)]
    access.clock = FakeClock("2027-03-03T17:00:00Z")
    assert other.clock is access.clock
    assert [2, 1, 1] == stepped(events(other))
    other.clock = clock
    assert clock is access.clock
    with pytest.raises(InvalidInput):
        access.over(store)


class Traced(AsyncMemoryStore):
    """A store whose methods were wrapped by something that hands an awaitable on."""

    @functools.wraps(AsyncMemoryStore.read)
    def read(self, *asked):
        return super().read(*asked)


def test_a_store_of_the_other_door_is_refused_at_once(tmp_path):
    """An async store at the blocking door, and a blocking one at the awaited door, are bad input and no denials."""
    with SQLiteStore(tmp_path / "grants.db") as file:
        wrong = [
            (SupportAccess, AsyncMemoryStore()),
            (AsyncSupportAccess, MemoryStore()),
            (AsyncSupportAccess, file),
        ]
        for door, store in wrong:
            with pytest.raises(InvalidInput) as refused:
                door(store)
            assert ("store", "wrong_type") == (refused.value.field, refused.value.code)
        with pytest.raises(InvalidInput, match="AsyncSupportAccess"):
            SupportAccess(MemoryStore()).over(AsyncMemoryStore())
        with pytest.raises(InvalidInput, match="to SupportAccess"):
            AsyncSupportAccess(AsyncMemoryStore()).over(file)

    access = AsyncSupportAccess(Traced(), clock=FakeClock())
    assert "no_grant" == stepped(access.authorize(KIM, "acme", "board:read")).reason
