"""The async memory store, and async stores made plain for those who judge stores."""

import asyncio
import pickle
from contextlib import asynccontextmanager
from threading import Thread

import pytest

from grantkit import SupportAccess, System
from grantkit.stores import AsyncMemoryStore, MemoryStore
from grantkit.testing import LawBroken, check_store, in_a_loop

KEEPER = System("keeper")


def test_the_async_memory_store_keeps_the_laws():
    """An async memory store, in a loop of its own, keeps every law of stores but the one that asks it to last."""
    found = check_store(lambda: in_a_loop(AsyncMemoryStore()), rounds=30)

    assert ["what_was_acknowledged_lasts"] == [law for law, _ in found.not_asked]
    assert len(found.kept) > 60


class Forgetful(AsyncMemoryStore):
    """An async store that loses what it wrote last."""

    async def events(self, tenant, after, limit):
        return (await super().events(tenant, after, limit))[:-1]


def test_a_bad_async_store_breaks_a_law():
    """A law that an async store does not keep is broken for it as for a plain one."""
    with pytest.raises(LawBroken):
        check_store(lambda: in_a_loop(Forgetful()), rounds=30)


def test_the_async_memory_store_takes_turns():
    """Each call gives the other tasks of the loop a turn before it is done, and a turn after that."""
    store, seen = AsyncMemoryStore(), []
    ask = store.documents(("none",))
    ask.send(None)
    seen.append("before")
    ask.send(None)
    seen.append("after")
    with pytest.raises(StopIteration):
        ask.send(None)
    assert ["before", "after"] == seen


def test_the_async_memory_store_stays_in_its_process():
    """An async memory store cannot be pickled: a copy would miss its revocations."""
    with pytest.raises(TypeError, match="one process"):
        pickle.dumps(AsyncMemoryStore())


def test_sync_code_sees_what_async_code_wrote():
    """An async memory store over a plain one keeps all of it there."""
    kept = MemoryStore()
    with in_a_loop(AsyncMemoryStore(kept)) as store:
        SupportAccess(store).suspend("a-kim", by=KEEPER)
    assert 1 == SupportAccess(kept).ledger.head("@vendor").seq


class Opened:
    """An async store that is opened and closed, and notes on which loop."""

    def __init__(self, *, fails=False):
        self.on, self.fails = [], fails

    @asynccontextmanager
    async def __call__(self):
        self.on.append(asyncio.get_running_loop())
        if self.fails:
            raise LookupError
        yield AsyncMemoryStore()
        self.on.append(asyncio.get_running_loop())


def test_a_store_that_is_opened_is_closed_on_its_loop():
    """What opens a store runs on the loop that its calls run on, and so does what closes it; twice does nothing."""
    opened = Opened()
    store = in_a_loop(opened())
    opened.on.append(store.run(loop_of()))
    store.close()
    store.close()

    assert 3 == len(opened.on)
    assert 1 == len(set(opened.on))
    assert opened.on[0].is_closed()


async def loop_of():
    return asyncio.get_running_loop()


def test_a_store_that_cannot_be_opened_leaves_no_loop():
    """What opening a store raises is raised, and its loop is closed."""
    opened = Opened(fails=True)
    with pytest.raises(LookupError):
        in_a_loop(opened())
    assert opened.on[0].is_closed()


def test_a_closed_loop_is_said_to_be_closed():
    """A call after the end, or from the loop itself, raises instead of waiting for ever."""
    with in_a_loop(AsyncMemoryStore()) as store:

        async def inside():
            with pytest.raises(RuntimeError, match="calls itself"):
                store.documents(())
            return "said"

        assert "said" == store.run(inside())
    with pytest.raises(RuntimeError, match="closed"):
        store.documents(())


def test_many_threads_may_call():
    """Calls of several threads run side by side on the one loop."""
    together = asyncio.Barrier(3)

    async def meet():
        await together.wait()
        return "met"

    with in_a_loop(AsyncMemoryStore()) as store:
        met = []
        threads = [Thread(target=lambda: met.append(store.run(meet())), daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert ["met"] * 3 == met
