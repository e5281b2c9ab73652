"""
What a guard costs a request, against the same route without one. Run by hand.

    python tests/benchmarks/bench_adapters.py

The applications are called as a server calls them, without a network, in turns in the same run: a bare route, one that
makes a trip to a thread and back, and one that is guarded, on each store. Only ratios mean anything. It is no test:
nothing here can flake.
"""

import asyncio
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from grantkit import Agent, AsyncSupportAccess, Decision, Elapsed, Member, SupportAccess, Team
from grantkit.contrib import fastapi, starlette
from grantkit.stores import AsyncMemoryStore, MemoryStore, SQLiteStore

KIM = Agent("a-kim", teams={"support"})
ROUNDS, REQUESTS = 15, 200
SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.4"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/acme",
    "raw_path": b"/acme",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"bench")],
    "server": ("bench", 80),
    "client": ("bench", 1),
}


async def ask(app: Any) -> None:
    """Make one request, and see that it was answered."""
    status = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        status.append(message.get("status"))

    await app({**SCOPE, "state": {}}, receive, send)
    if status[0] != 200:
        raise SystemExit(f"answered {status[0]}")


def access_over(store: Any) -> SupportAccess:
    """Return access to a tenant that has let the team in."""
    access = SupportAccess(store)
    ana = Member("m-ana", tenant="acme", roles={"admin"})
    access.grant("acme", by=ana, to=Team("support"), ends=Elapsed(hours=4), reason="Bench")
    return access


def bare_starlette(*, thread: bool) -> Starlette:
    """Return a route that decides nothing, with a trip to a thread or without."""

    async def endpoint(_: Any) -> PlainTextResponse:
        if thread:
            await run_in_threadpool(len, "x")
        return PlainTextResponse("x")

    return Starlette(routes=[Route("/{tenant}", endpoint)])


def guarded_starlette(access: SupportAccess | AsyncSupportAccess) -> Starlette:
    """Return the same route, guarded."""

    async def agent(_: Any) -> Agent:
        return KIM

    guard = starlette.SupportGuard(access, agent=agent)

    @guard.requires("invoice:read")
    async def endpoint(request: Any) -> PlainTextResponse:
        return PlainTextResponse("x")

    return Starlette(routes=[Route("/{tenant}", endpoint)])


def bare_fastapi() -> FastAPI:
    """Return a route of FastAPI that decides nothing."""
    app = FastAPI()

    @app.get("/{tenant}", response_class=PlainTextResponse)
    async def endpoint(tenant: str) -> str:
        return tenant

    return app


def guarded_fastapi(access: SupportAccess | AsyncSupportAccess) -> FastAPI:
    """Return the same route, guarded."""

    async def agent() -> Agent:
        return KIM

    guard, app = fastapi.SupportGuard(access, agent=agent), FastAPI()

    @app.get("/{tenant}", response_class=PlainTextResponse)
    async def endpoint(decision: Annotated[Decision, Depends(guard.requires("invoice:read"))]) -> str:
        return decision.tenant

    return app


async def main(folder: Path) -> None:
    """Time all of them in turns, and print the ratios."""
    with SQLiteStore(folder / "bench.db") as store:
        kept = MemoryStore()
        memory, sqlite = access_over(kept), access_over(store)
        awaited = AsyncSupportAccess(AsyncMemoryStore(kept))
        apps = {
            "starlette, bare": bare_starlette(thread=False),
            "starlette, bare, one trip to a thread": bare_starlette(thread=True),
            "starlette, guarded, memory": guarded_starlette(memory),
            "starlette, guarded, SQLite": guarded_starlette(sqlite),
            "starlette, guarded, memory, awaited": guarded_starlette(awaited),
            "fastapi, bare": bare_fastapi(),
            "fastapi, guarded, memory": guarded_fastapi(memory),
            "fastapi, guarded, SQLite": guarded_fastapi(sqlite),
            "fastapi, guarded, memory, awaited": guarded_fastapi(awaited),
        }
        took: dict[str, list[float]] = {name: [] for name in apps}
        for _ in range(ROUNDS):
            for name, app in apps.items():
                began = perf_counter()
                for _ in range(REQUESTS):
                    await ask(app)
                took[name].append((perf_counter() - began) / REQUESTS)
    for name, times in took.items():
        kind = name.split(",")[0]
        times_of_bare = took[f"{kind}, bare"]
        ratio = median(one / other for one, other in zip(times, times_of_bare, strict=True))
        print(f"{name:40} {median(times) * 1e6:8.0f} µs a request   {ratio:5.2f} × bare {kind}")


if __name__ == "__main__":
    with TemporaryDirectory() as found:
        asyncio.run(main(Path(found)))
