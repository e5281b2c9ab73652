"""Guards over an async door: decisions are awaited on the loop, and no thread is used."""

import threading
from typing import Annotated

import anyio
import anyio.to_thread
import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from contrib.web import ANA, KIM, awaited, let_in, world
from grantkit import AsyncSupportAccess, Decision, Elapsed
from grantkit.contrib import fastapi as of_fastapi
from grantkit.contrib import starlette as of_starlette
from grantkit.contrib.starlette import watching
from grantkit.stores.sql import AsyncSQLStore
from postgres import database, engine_of, lay_out, tables


async def signed_in(_=None):
    return KIM


async def nobody():
    return KIM


def starlette_app(access):
    guard = of_starlette.SupportGuard(access, agent=signed_in)

    @guard.requires("invoice:read", resource="invoice:{number}")
    async def read(request):
        return JSONResponse(guard.decision(request).resource)

    @guard.requires("invoice:read")
    async def stream(request):
        async def rows():
            yield "one\n"

        return guard.decisions(request).watched(guard.decision(request), StreamingResponse(rows()))

    routes = [Route("/{tenant}/invoices/{number:int}", read), Route("/{tenant}", stream)]
    return Starlette(routes=routes, exception_handlers=of_starlette.problem_handlers("/reasons"))


def fastapi_app(access):
    guard, app = of_fastapi.SupportGuard(access, agent=nobody), FastAPI()
    of_fastapi.add_problem_handlers(app, "/reasons")

    @app.get("/{tenant}/invoices/{number}")
    async def read(number: int, decision: Annotated[Decision, Depends(guard.requires("invoice:read"))]):
        return f"invoice:{number}"

    return app


APPS = {"starlette": starlette_app, "fastapi": fastapi_app}


class Threads:
    """Counts what is given to threads, by whomever."""

    def __init__(self, monkeypatch):
        self.used, run = 0, anyio.to_thread.run_sync

        async def counted(*call, **how):
            self.used += 1
            return await run(*call, **how)

        monkeypatch.setattr(anyio.to_thread, "run_sync", counted)


def asked(app, *paths):
    """Return the answers of an application that runs in this thread, without a server."""

    async def main():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            return [await client.get(path) for path in paths]

    return anyio.run(main)


@pytest.mark.parametrize("app_of", APPS.values(), ids=APPS)
def test_an_async_door_is_asked_without_a_thread(monkeypatch, app_of):
    """Allowed and denied, an async door is awaited on the loop: nothing is given to a thread."""
    access, _ = world()
    let_in(access)
    threads, before = Threads(monkeypatch), threading.active_count()

    said = asked(app_of(awaited(access)), "/acme/invoices/9", "/globex/invoices/9")

    assert [200, 403] == [answer.status_code for answer in said]
    assert 0 == threads.used
    assert before == threading.active_count()


@pytest.mark.parametrize("app_of", APPS.values(), ids=APPS)
def test_a_door_that_blocks_is_asked_in_a_thread(monkeypatch, app_of):
    """Control: over a store that blocks, each decision is counted as one call in a thread."""
    access, _ = world()
    let_in(access)
    threads = Threads(monkeypatch)

    assert [200, 403] == [
        a.status_code for a in asked(app_of(access), "/acme/invoices/9", "/globex/invoices/9")
    ]
    assert 2 == threads.used


@pytest.mark.parametrize("app_of", APPS.values(), ids=APPS)
def test_both_doors_give_the_same_answers(app_of):
    """Status, headers and body are the same to the byte, allowed, denied and not there."""
    access, _ = world()
    let_in(access)
    paths = ("/acme/invoices/9", "/acme/invoices/7", "/globex/invoices/9", "/nowhere")

    plain, waited = (asked(app_of(door), *paths) for door in (access, awaited(access)))

    assert [(a.status_code, a.headers, a.content) for a in plain] == [
        (a.status_code, a.headers, a.content) for a in waited
    ]


def test_a_stream_over_an_async_door_uses_no_thread(monkeypatch):
    """What is watched is looked at again on the loop too."""
    access, _ = world()
    let_in(access)
    threads = Threads(monkeypatch)

    (answer,) = asked(starlette_app(awaited(access)), "/acme")

    assert (200, "one\n", 0) == (answer.status_code, answer.text, threads.used)


def test_an_async_store_that_hangs_ends_a_watch(monkeypatch):
    """A look that takes too long is no yes: it is cancelled where it waits, and the block with it."""
    access, _ = world()
    let_in(access)
    door = awaited(access)
    monkeypatch.setattr(watching, "_PATIENCE", watching.timedelta(milliseconds=50))
    left = []

    class Hangs:
        async def read(self, *_):
            try:
                await anyio.sleep_forever()
            finally:
                left.append("read")

    async def main():
        decisions = of_starlette.SupportGuard(door, agent=signed_in).decisions(None)
        decision = await decisions.decide(KIM, "acme", "invoice:read")
        hangs = of_starlette.SupportGuard(door.over(Hangs()), agent=signed_in).decisions(None)
        async with hangs.watch(decision, every=watching.timedelta(milliseconds=1)) as watch:
            await anyio.sleep(10)
        return watch

    watch = anyio.run(main)

    assert watch.denied
    assert isinstance(watch.failure, TimeoutError)
    assert ["read"] == left


def test_a_guard_over_postgresql_is_awaited(monkeypatch):
    """The async store on a server decides for a guard on the loop, and no thread is used."""
    with database() as address:
        with engine_of(address) as engine:
            lay_out(engine, tables())
        threads = Threads(monkeypatch)

        async def main():
            engine = create_async_engine(address)
            access, _ = world()
            door = AsyncSupportAccess(AsyncSQLStore(engine, tables()), clock=access.clock)
            told = {"by": ANA, "to": KIM, "ends": Elapsed(hours=4), "reason": "A case"}
            await door.grant("acme", **told)
            transport = httpx.ASGITransport(starlette_app(door))
            async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
                said = [await client.get(path) for path in ("/acme/invoices/9", "/globex/invoices/9")]
            await engine.dispose()
            return [answer.status_code for answer in said]

        assert [200, 403] == anyio.run(main)
        assert 0 == threads.used
