"""The adapters on a real server, over real sockets, by the machine's clock: what a client meets."""

import threading
from datetime import timedelta
from typing import Annotated

import anyio
import httpx2
import pytest
import uvicorn
from fastapi import Depends, FastAPI, WebSocket
from starlette.responses import StreamingResponse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from contrib.web import ANA, KIM, SUPPORT
from grantkit import AccessRules, Decision, Elapsed, SupportAccess, SystemClock
from grantkit.contrib.fastapi import Decisions, SupportGuard, add_problem_handlers
from grantkit.model import Instant
from grantkit.stores import SQLiteStore

RULES = AccessRules.from_data({"flows": {"access": {"shortest": {"elapsed": "PT1S"}}}})
PATIENCE = 10


async def passing(request, call_next):
    """Do nothing, as a middleware of functions: it hands streams on in a way of its own."""
    return await call_next(request)


def app_of(access, *, behind=False):
    """Return an application with a page, two streams and a WebSocket, behind two such middlewares or none."""
    guard, app = SupportGuard(access, agent=lambda: KIM), FastAPI()
    if behind:
        app.middleware("http")(passing)
        app.middleware("http")(passing)
    add_problem_handlers(app)
    may_read = Annotated[Decision, Depends(guard.requires("invoice:read"))]
    decisions = Annotated[Decisions, Depends(guard.decisions)]
    often = timedelta(milliseconds=20)

    async def rows():
        while True:
            yield b"row\n"
            await anyio.sleep(0.02)

    @app.get("/{tenant}/page")
    def page(decision: may_read) -> str:
        return decision.tenant

    @app.get("/{tenant}/download")
    async def download(decision: may_read, decide: decisions) -> StreamingResponse:
        return decide.watched(decision, StreamingResponse(rows()), every=often)

    @app.get("/{tenant}/events")
    async def events(decision: may_read, decide: decisions) -> StreamingResponse:
        return decide.watched(
            decision, StreamingResponse(rows()), every=often, end=lambda found: f"over: {found.reason}"
        )

    @app.websocket("/{tenant}/live")
    async def live(websocket: WebSocket, decision: may_read, decide: decisions) -> None:
        await websocket.accept()
        async with decide.watch(decision, every=often) as watch:
            while True:
                await websocket.send_text("x")
                await anyio.sleep(0.02)
        watch.require()

    return app


class Site:
    """A server that runs, and the way into its tenant."""

    def __init__(self, access, server):
        self.access = access
        (listening,) = server.servers[0].sockets[:1]
        self.address = f"127.0.0.1:{listening.getsockname()[1]}"
        self.client = httpx2.Client(base_url=f"http://{self.address}", timeout=PATIENCE)

    def let_in(self, ends=Elapsed(hours=1)):  # noqa: B008  # a value
        """Let the team in."""
        return self.access.grant("acme", by=ANA, to=SUPPORT, ends=ends, reason="Help")

    def revoke_all(self):
        """Let nobody in any more."""
        self.access.revoke_all("acme", by=ANA)


@pytest.fixture(params=[False, True], ids=["alone", "behind middlewares"])
def site(request, tmp_path):
    with SQLiteStore(tmp_path / "grants.db") as store:
        access = SupportAccess(store, rules=RULES)
        server = uvicorn.Server(
            uvicorn.Config(
                app_of(access, behind=request.param), port=0, log_level="critical", ws="websockets-sansio"
            )
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            threading.Event().wait(0.01)
        site = Site(access, server)
        yield site
        site.client.close()
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_revocation_between_two_clicks(site):
    """[M7] On one connection: denied, let in, revoked, denied; each click is decided by itself."""
    said = [site.client.get("/acme/page").status_code]
    site.let_in()
    said.append(site.client.get("/acme/page").status_code)
    site.revoke_all()
    answer = site.client.get("/acme/page")
    assert [403, 200, 403] == [*said, answer.status_code]
    assert "cut_off" == answer.json()["code"]


def read(site, path):
    """Read a stream to its end, ending the access once it has begun."""
    text = b""
    with site.client.stream("GET", path) as answer:
        for chunk in answer.iter_bytes():
            text += chunk
            site.revoke_all()
    return text


def test_a_download_is_broken_off(site):
    """A download under access that is revoked is broken off, so that the client knows that it is not whole."""
    site.let_in()
    with pytest.raises(httpx2.RemoteProtocolError):
        read(site, "/acme/download")
    assert 403 == site.client.get("/acme/download").status_code


def test_a_stream_of_events_says_its_last_words(site):
    """A stream with last words ends with them, as a whole."""
    site.let_in()
    assert read(site, "/acme/events").endswith(b"over: cut_off")


def test_a_stream_ends_when_its_time_has_come(site):
    """[M6] A stream is cut at the end of its grant, by the machine's own clock, and the next click is denied."""
    ends = SystemClock().now() + timedelta(seconds=1.2)
    site.let_in(Instant(ends))
    with site.client.stream("GET", "/acme/events") as answer:
        text = b"".join(answer.iter_bytes())
    late = SystemClock().now() - ends

    assert text.endswith(b"over: expired")
    assert text.count(b"row\n") > 5
    assert timedelta(0) <= late < timedelta(seconds=5)
    assert "expired" == site.client.get("/acme/events").json()["code"]


def test_a_socket_on_a_real_server(site):
    """A WebSocket is denied at the handshake, opened by consent, and closed with the reason by a revocation."""
    address = f"ws://{site.address}/acme/live"
    with pytest.raises(InvalidStatus) as denied:
        connect(address, open_timeout=PATIENCE)
    assert 403 == denied.value.response.status_code
    site.let_in()
    with connect(address, open_timeout=PATIENCE) as socket:
        assert "x" == socket.recv(PATIENCE)
        site.revoke_all()
        with pytest.raises(ConnectionClosed) as closed:
            listen(socket)
    assert (1008, "cut_off") == (closed.value.rcvd.code, closed.value.rcvd.reason)


def listen(socket):
    """Hear a socket to its end."""
    for _ in range(1000):
        socket.recv(PATIENCE)
