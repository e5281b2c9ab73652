"""Streams and WebSockets: cut when access is over, at the instant, and for whatever reason."""

import time
from datetime import timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import FileResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from contrib.web import ANA, KIM, Broken, let_in, world
from grantkit import AccessDenied, AccessRules, OpenEnded
from grantkit.contrib.starlette import SupportGuard, Watch, problem_handlers, watching
from grantkit.errors import Unavailable

pytestmark = pytest.mark.usefixtures("both_doors")

SOON = timedelta(milliseconds=20)


class World:
    """An application that streams until it is cut."""

    def __init__(self, happens, *, end=None, every=SOON, response=None, rules=None, middleware=None):
        self.store = Broken()
        self.access, self.clock = world(store=self.store, **({} if rules is None else {"rules": rules}))
        self.grant, self.sent, self.done = let_in(self.access), [], []
        guard = SupportGuard(self.access, agent=lambda _: KIM)

        async def rows():
            for number in range(200):
                if number == 3:
                    happens(self)
                self.sent.append(number)
                yield f"{number}\n"
                await anyio.sleep(0.005)

        @guard.requires("invoice:read")
        async def stream(request):
            background = BackgroundTask(self.done.append, "background")
            inner = StreamingResponse(rows(), background=background) if response is None else response(self)
            watched = guard.decisions(request).watched(guard.decision(request), inner, every=every, end=end)
            watched.set_cookie("a", "b")
            return watched

        self.app = Starlette(routes=[Route("/{tenant}", stream)], exception_handlers=problem_handlers())
        if middleware is not None:
            self.app.add_middleware(BaseHTTPMiddleware, dispatch=middleware)

    def get(self):
        """Read the stream to its end."""
        return TestClient(self.app).get("/acme")


def expire(site):
    site.clock.advance(hours=4)


def revoke(site):
    site.access.revoke("acme", site.grant.id, by=ANA)


def fail(site):
    site.store.instead["read"] = site.store.fail


def last(decision):
    return f"over: {decision.reason}"


def test_nothing_is_sent_after_the_end():
    """A stream that runs into the end of its window sends not one chunk more, and says its last words."""
    site = World(expire, end=last, every=timedelta(hours=1))
    answer = site.get()
    assert ["0", "1", "2", "over: expired"] == answer.text.split("\n")
    assert ("a=b; Path=/; SameSite=lax", ["background"]) == (answer.headers["set-cookie"], site.done)


def test_a_revocation_is_noticed_in_between():
    """[M7, N7] A revocation cuts the stream within the interval of the watch."""
    site = World(revoke, end=lambda decision: last(decision).encode())
    answer = site.get()
    assert answer.text.endswith("over: revoked")
    assert len(site.sent) < 50


def test_a_store_that_fails_cuts_the_stream():
    """Where nobody can say any more that it is allowed, it is over."""
    assert World(fail, end=last).get().text.endswith("over: store_unavailable")


def test_a_clock_that_fails_cuts_the_stream():
    """Where there is no time to decide at, the stream is broken off with what failed."""

    class Stopped:
        def now(self):
            raise OSError

    site = World(lambda site: setattr(site.access, "clock", Stopped()), end=last)
    with pytest.raises(RuntimeError) as broken:
        site.get()
    assert isinstance(broken.value.__cause__, Unavailable)
    assert ["background"] == site.done


def test_a_store_that_hangs_cuts_the_stream(monkeypatch):
    """A store that does not answer in time has not said yes."""
    monkeypatch.setattr(watching, "_PATIENCE", timedelta(milliseconds=50))
    site = World(lambda site: site.store.instead.__setitem__("read", lambda *_: time.sleep(0.3)), end=last)
    with pytest.raises(TimeoutError):
        site.get()
    assert len(site.sent) < 100


def test_without_last_words_the_stream_is_broken_off():
    """Half a file is not taken for a whole one: the connection is broken off, and the background task still runs."""
    site = World(revoke)
    with pytest.raises(RuntimeError) as broken:
        site.get()
    assert "revoked" == broken.value.__cause__.decision.reason
    assert ["background"] == site.done


def test_another_grant_carries_the_stream_on():
    """[N3] Where another grant still allows it, the stream goes on, under that decision."""
    site = World(lambda site: (let_in(site.access, hours=9), expire(site)), end=last)
    assert site.get().text.endswith("199\n")
    assert ["background"] == site.done


def test_a_whole_response_passes_unharmed(tmp_path):
    """A response that is over in time is sent as it is: a plain one, a file, and their headers."""
    file = Path(tmp_path / "a.txt")
    file.write_text("x" * 200_000, encoding="utf-8")
    for made in (
        lambda _: PlainTextResponse("done", 203, {"x-a": "1"}),
        lambda _: FileResponse(file, 203, {"x-a": "1"}),
    ):
        answer = World(revoke, response=made).get()
        assert (203, "1") == (answer.status_code, answer.headers["x-a"])
        assert answer.text in ("done", "x" * 200_000)


def test_access_that_is_over_before_the_first_byte_is_a_denial():
    """What has not begun when access ends is answered with the problem."""

    class Late(PlainTextResponse):
        async def __call__(self, scope, receive, send):
            expire(site)
            await super().__call__(scope, receive, send)

    site = World(expire, response=lambda _: Late("done"), end=last, every=timedelta(hours=1))
    answer = site.get()
    assert (403, "expired") == (answer.status_code, answer.json()["code"])


def test_a_denied_decision_watches_nothing():
    """A watch begins with a yes."""
    access, _ = world()
    decisions = SupportGuard(access, agent=lambda _: KIM).decisions(None)
    denied = access.authorize(KIM, "acme", "invoice:read")
    with pytest.raises(AccessDenied):
        decisions.watched(denied, PlainTextResponse("x"))
    with pytest.raises(AccessDenied):
        decisions.watch(denied)


def watched(access, block, every=SOON, **rules):
    """Run a block under a watch; return the watch."""
    decisions = SupportGuard(access, agent=lambda _: KIM).decisions(None)

    async def main():
        async with decisions.watch(access.authorize(KIM, "acme", "invoice:read"), every=every) as watch:
            await block()
        return watch

    return anyio.run(main)


def test_a_block_that_is_over_in_time_is_left_alone():
    """A watch over a block that ends by itself says that nothing was denied."""
    access, _ = world()
    let_in(access)
    watch = watched(access, lambda: anyio.sleep(0.05))
    assert not watch.denied
    watch.require()


def test_a_block_is_cancelled_when_access_is_over():
    """A block that would go on for ever is cancelled, and what comes behind it is told why."""
    access, _ = world()
    grant = let_in(access)

    async def block():
        access.revoke("acme", grant.id, by=ANA)
        await anyio.sleep_forever()

    watch = watched(access, block)
    assert watch.denied
    with pytest.raises(AccessDenied):
        watch.require()


def test_errors_come_out_as_themselves():
    """What a block raises comes out as it is, and not in a group that nobody looks into."""
    access, _ = world()
    let_in(access)

    async def block():
        raise WebSocketDisconnect(1001)

    with pytest.raises(WebSocketDisconnect):
        watched(access, block)


def test_a_cancellation_from_outside_passes():
    """A watch does not swallow a cancellation that is none of its own."""
    access, _ = world()
    let_in(access)

    async def main():
        decisions = SupportGuard(access, agent=lambda _: KIM).decisions(None)
        reached = []
        with anyio.move_on_after(0.05) as scope:
            async with decisions.watch(access.authorize(KIM, "acme", "invoice:read"), every=SOON):
                await anyio.sleep_forever()
            reached.append(1)
        return scope.cancelled_caught, reached

    assert (True, []) == anyio.run(main)


def test_a_no_stays_a_no():
    """Of two looks at one time, the one that began before a revocation may answer last: the no stands."""
    access, clock = world()
    grant = let_in(access)
    before = access.authorize(KIM, "acme", "invoice:read")
    access.revoke("acme", grant.id, by=ANA)
    after = access.authorize(KIM, "acme", "invoice:read")

    async def main():
        older, newer = anyio.Event(), anyio.Event()
        answers = iter([(older, before), (newer, after)])

        async def again(_):
            event, answer = next(answers)
            await event.wait()
            return answer

        watch = Watch(before, again, clock)
        async with anyio.create_task_group() as group:
            group.start_soon(watch.look)
            await anyio.lowlevel.checkpoint()
            group.start_soon(watch.look)
            await anyio.lowlevel.checkpoint()
            newer.set()
            while not watch.denied:
                await anyio.lowlevel.checkpoint()
            older.set()
        return watch

    watch = anyio.run(main)
    assert (True, "revoked") == (watch.denied, watch.decision.reason)


def test_a_watch_over_an_old_decision_ends_in_time():
    """The next look is at the end of the window by the clock, also where the decision was made a while ago."""
    access, clock = world()
    let_in(access, hours=1)
    decision = access.authorize(KIM, "acme", "invoice:read")
    clock.advance(minutes=59)
    assert 60 == Watch(decision, None, clock).pause(timedelta(hours=2))

    class Stopped:
        def now(self):
            raise OSError

    assert 0.001 == Watch(decision, None, Stopped()).pause(timedelta(hours=2))


class Sent:
    """What an application sends, as a server takes it: one message may wait for a slow client."""

    def __init__(self, site, waits_for=None, extensions=()):
        self.site, self.waits_for, self.messages = site, waits_for, []
        self.extensions = {name: {} for name in extensions}
        self.whole = self.stuck = False

    async def receive(self):
        await anyio.sleep_forever()

    async def send(self, message):
        self.messages.append(message["type"])
        body = message.get("body", b"")
        self.whole = self.whole or (
            message["type"] == "http.response.body" and not message.get("more_body", False)
        )
        if not isinstance(body, bytes):
            if self.stuck:
                await anyio.sleep_forever()
            raise TypeError(body)
        if message["type"] == self.waits_for and self.messages.count(self.waits_for) == 1:
            revoke(self.site)
            await anyio.sleep(0.2)

    def run(self):
        """Ask, and return what came to be sent."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "method": "GET",
            "path": "/acme",
            "query_string": b"",
            "headers": [],
            "extensions": self.extensions,
        }
        anyio.run(self.site.app, scope, self.receive, self.send)
        return self.messages


async def passing(request, call_next):
    return await call_next(request)


@pytest.mark.parametrize("middlewares", [0, 1, 2])
def test_half_a_stream_is_not_closed_as_a_whole_one(middlewares):
    """However many middlewares hand it on, a stream without last words never ends as if it were complete."""
    site = World(revoke)
    for _ in range(middlewares):
        site.app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    sent = Sent(site)
    with pytest.raises((RuntimeError, TypeError)):
        sent.run()
    assert sent.messages.count("http.response.body") > 2
    assert not sent.whole


def test_a_client_that_reads_nothing_is_not_waited_for(monkeypatch):
    """A stream that is broken off is over, also where the client takes nothing any more."""
    monkeypatch.setattr("grantkit.contrib.starlette.watched._SPOIL_WITHIN", 0.05)
    site = World(revoke)
    sent = Sent(site)
    sent.stuck = True
    with pytest.raises(RuntimeError):
        sent.run()


def test_a_message_that_waits_has_not_been_sent():
    """Cut while the last message waits for a slow client, the stream is not taken for whole."""
    site = World(lambda _: None, response=lambda _: PlainTextResponse("done"))
    with pytest.raises(RuntimeError):
        Sent(site, "http.response.body").run()


def test_cut_before_the_head_is_out_there_are_no_last_words():
    """Cut while the head waits for a slow client, nothing is added to a response that has not begun."""
    site = World(lambda _: None, end=last)
    sent = Sent(site, "http.response.start")
    with pytest.raises(RuntimeError):
        sent.run()
    assert ["http.response.start"] == sent.messages


def test_a_file_is_sent_in_pieces(tmp_path):
    """A server that could send a whole file at once is given pieces, since those can be cut."""
    file = tmp_path / "a.txt"
    file.write_text("x" * 200_000, encoding="utf-8")
    site = World(lambda _: None, response=lambda _: FileResponse(file))
    messages = Sent(site, extensions=["http.response.pathsend", "http.response.debug"]).run()
    assert "http.response.pathsend" not in messages
    assert messages.count("http.response.body") > 1


def test_the_next_look_is_at_the_end_of_the_window():
    """A watch looks as often as asked, at the end of the window if that comes first, and never keeps the loop busy."""
    access, clock = world()
    let_in(access, hours=1)

    def pause(every):
        decision = access.authorize(KIM, "acme", "invoice:read")
        return Watch(decision, None, clock).pause(timedelta(seconds=every))

    assert (1, 3600) == (pause(1), pause(9999))
    clock.advance(minutes=60, microseconds=-1)
    assert 0.001 == pause(1)
    rules = {"flows": {"access": {"ends": ["open_ended"], "longest": "open_ended"}}}
    access, clock = world(AccessRules.from_data(rules))
    let_in(access, ends=OpenEnded())
    assert 9999 == pause(9999)


# WebSockets


def socket_app(access, block=None):
    """Return an application with a guarded WebSocket that says "x" until it is cut."""
    guard = SupportGuard(access, agent=lambda _: KIM)

    @guard.requires("invoice:read")
    async def live(websocket):
        await websocket.accept()
        async with guard.decisions(websocket).watch(guard.decision(websocket), every=SOON) as watch:
            while True:
                await websocket.send_text("x")
                await anyio.sleep(0.005)
        watch.require()

    return Starlette(routes=[WebSocketRoute("/{tenant}", live)], exception_handlers=problem_handlers("/r"))


def heard(socket):
    """Read until the socket is closed; return how it was."""
    try:
        for _ in range(1000):
            socket.receive_text()
    except WebSocketDisconnect as closed:
        return closed.code, closed.reason
    return None


def test_a_denied_socket_is_answered_before_it_opens():
    """A WebSocket that is denied is answered with the problem document, by a server that can, and with 1008 else."""
    access, _ = world()
    app = socket_app(access)
    with pytest.raises(WebSocketDenialResponse) as denied, TestClient(app).websocket_connect("/acme"):
        pass
    assert (403, "no_grant") == (denied.value.status_code, denied.value.json()["code"])

    async def without(scope, receive, send):
        await app({**scope, "extensions": {}}, receive, send)

    with pytest.raises(WebSocketDisconnect) as denied, TestClient(without).websocket_connect("/acme"):
        pass
    assert (1008, "no_grant") == (denied.value.code, denied.value.reason)


CLOSED = {"revoke": (1008, "revoked"), "expire": (1008, "expired"), "fail": (1013, "store_unavailable")}


@pytest.mark.parametrize("happens", CLOSED)
def test_a_socket_is_closed_when_access_is_over(happens):
    """[M6, M7] A WebSocket is closed with the reason: 1008 where access ended, 1013 where nobody can say."""
    store = Broken()
    access, clock = world(store=store)
    grant = let_in(access)
    with TestClient(socket_app(access)).websocket_connect("/acme") as socket:
        assert "x" == socket.receive_text()
        match happens:
            case "revoke":
                access.revoke("acme", grant.id, by=ANA)
            case "expire":
                clock.advance(hours=4)
            case _:
                store.instead["read"] = store.fail
        assert CLOSED[happens] == heard(socket)


def test_a_socket_that_is_closed_already_is_left_alone():
    """A denial after the socket was closed by the handler itself says nothing more."""
    access, _ = world()
    grant = let_in(access)
    guard = SupportGuard(access, agent=lambda _: KIM)

    @guard.requires("invoice:read")
    async def live(websocket):
        await websocket.accept()
        await websocket.close(4000, "mine")
        access.revoke("acme", grant.id, by=ANA)
        (await guard.decisions(websocket).again(guard.decision(websocket))).require()

    app = Starlette(routes=[WebSocketRoute("/{tenant}", live)], exception_handlers=problem_handlers())
    with TestClient(app).websocket_connect("/acme") as socket:
        assert (4000, "mine") == heard(socket)


def test_nothing_is_done_after_what_was_never_sent():
    """A background task follows a response: not the 403 in its place, and not one that failed by itself."""

    class Late(PlainTextResponse):
        async def __call__(self, scope, receive, send):
            expire(late)
            await super().__call__(scope, receive, send)

    def after(site):
        return BackgroundTask(site.done.append, "background")

    late = World(expire, response=lambda site: Late("done", background=after(site)), every=timedelta(hours=1))
    assert (403, []) == (late.get().status_code, late.done)

    def fails(_):
        raise LookupError

    broken = World(fails)
    with pytest.raises(LookupError):
        broken.get()
    assert [] == broken.done
