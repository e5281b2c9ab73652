"""Starlette: a handler that is guarded runs only where access allows it."""

import functools
import logging
import threading
import time

import anyio
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from contrib.web import ANA, HIDING, KIM, TOLD_NOBODY, Broken, let_in, world
from grantkit import AccessRules, Agent, Decision, Elapsed, InvalidInput, OpenEnded
from grantkit.contrib.starlette import (
    SupportGuard,
    add_problem_handlers,
    begin_session,
    end_session,
    problem_handlers,
    session_of,
    under_session,
)
from grantkit.errors import ActingThroughGrant
from grantkit.testing import FakeClock

pytestmark = pytest.mark.usefixtures("both_doors")


def told(guard, request):
    """Answer with what was decided."""
    decision = guard.decision(request)
    return JSONResponse(
        {"tenant": decision.tenant, "resource": decision.resource, "agent": decision.agent.id}
    )


def app_of(access, handler=told, path="/{tenant}/invoices/{number:int}", agent=lambda _: KIM, **asked):
    """Return an application with one guarded route, and how often its handler ran."""
    guard, ran = SupportGuard(access, agent=agent), []

    @guard.requires("invoice:read", **({"resource": "invoice:{number}"} | asked))
    def endpoint(request):
        ran.append(request.url.path)
        return handler(guard, request)

    return Starlette(routes=[Route(path, endpoint)], exception_handlers=problem_handlers("/reasons")), ran


def test_the_handler_gets_the_decision():
    """An allowed request reaches the handler, with the decision that allowed it."""
    access, _ = world()
    grant = let_in(access)
    app, ran = app_of(access, lambda guard, request: JSONResponse(guard.decision(request).grant_id))
    assert (grant.id, 1) == (TestClient(app).get("/acme/invoices/9").json(), len(ran))


def test_a_denied_request_never_reaches_the_handler():
    """[M1, M7] Before consent, after revocation and after the end no handler runs, and the client is told why."""
    access, clock = world()
    app, ran = app_of(access)
    client = TestClient(app)
    said = [client.get("/acme/invoices/9")]
    grant = let_in(access)
    assert client.get("/acme/invoices/9").status_code == 200
    access.revoke("acme", grant.id, by=ANA)
    said.append(client.get("/acme/invoices/9"))
    let_in(access, hours=1)
    clock.advance(hours=1)
    said.append(client.get("/acme/invoices/9"))

    assert [(403, each) for each in ("no_grant", "revoked", "expired")] == [
        (r.status_code, r.json()["code"]) for r in said
    ]
    assert 1 == len(ran)
    for each in said:
        assert ("application/problem+json", "no-store") == (
            each.headers["content-type"],
            each.headers["cache-control"],
        )


def test_a_hidden_tenant_answers_like_one_that_is_not_there():
    """[P8] Status, headers and body of a hidden tenant are those of one that never was."""
    access, _ = world({"acme": HIDING}.get)
    app, _ = app_of(access)
    hidden, never = (TestClient(app).get(f"/{tenant}/invoices/9") for tenant in ("acme", "nowhere"))
    assert (404, never.content, dict(never.headers)) == (
        hidden.status_code,
        hidden.content,
        dict(hidden.headers),
    )


def test_an_outage_is_logged_and_not_told(caplog):
    """A store that fails is a 503; the cause is in the log, and not in the answer."""
    store = Broken()
    access, _ = world(store=store)
    store.instead["read"] = store.fail
    app, ran = app_of(access)
    with caplog.at_level(logging.ERROR, "grantkit.contrib"):
        answer = TestClient(app).get("/acme/invoices/9")

    assert (503, "store_unavailable", []) == (answer.status_code, answer.json()["code"], ran)
    assert TOLD_NOBODY not in answer.text
    assert TOLD_NOBODY in caplog.text


@pytest.mark.parametrize("number", ["7", "007", "+7", "%207"])
def test_guard_and_handler_see_one_value(number):
    """A deny on invoice 7 is not evaded by another spelling of 7: the guard judges what the handler reads."""
    access, _ = world()
    let_in(access, policies=["no-seven"])
    app, ran = app_of(access)
    assert TestClient(app).get(f"/acme/invoices/{number}").status_code in (403, 404)
    assert [] == ran
    assert 200 == TestClient(app).get("/acme/invoices/8").status_code


@pytest.mark.parametrize("hostile", ["{tenant}", "%", "a*", "..", "%00", "a b", "é", "x" * 300])
def test_hostile_path_parameters_are_values_and_no_more(hostile):
    """What stands in a path is taken for an id as it is, or refused: never for a pattern or a template."""
    access, _ = world()
    let_in(access)
    app, ran = app_of(access, path="/{tenant}/things/{number}", resource="thing:{number}", handler=told)
    answer = TestClient(app, raise_server_exceptions=False).get(f"/acme/things/{hostile}")
    assert answer.status_code in (200, 404, 422)
    assert answer.status_code != 200 or answer.json()["resource"].startswith("thing:")
    assert (answer.status_code == 200) == bool(ran)


@pytest.mark.parametrize(
    "template", ["{0}", "{}", "{number!r}", "{number:>9}", "{number.real}", "{a[b]}", "{", "a}"]
)
def test_a_template_holds_plain_names_only(template):
    """A template that could reach into values is refused when it is written, and not at the first request."""
    access, _ = world()
    guard = SupportGuard(access, agent=lambda _: KIM)
    for field in ("resource", "tenant", "act_as"):
        with pytest.raises(InvalidInput) as refusal:
            guard.requires("invoice:read", **{field: template})
        assert field == refusal.value.field


def test_a_route_without_the_parameter_lets_nobody_in():
    """A guard that asks for what the route has not is the host's mistake: an error, and no pass."""
    access, _ = world()
    let_in(access)
    app, ran = app_of(access, path="/{tenant}/invoices")
    with pytest.raises(RuntimeError, match="no path parameter number"):
        TestClient(app).get("/acme/invoices")
    assert [] == ran


def test_whoever_is_signed_in_is_the_hosts_answer():
    """What agent= raises is the answer; and what is no agent is an error, and no pass."""
    access, _ = world()
    let_in(access)

    def nobody(_):
        raise HTTPException(401)

    app, ran = app_of(access, agent=nobody)
    assert 401 == TestClient(app).get("/acme/invoices/9").status_code
    for wrong in (None, "a-kim", ANA):
        app, ran = app_of(access, agent=lambda _, wrong=wrong: wrong)
        with pytest.raises(TypeError, match="no Agent"):
            TestClient(app).get("/acme/invoices/9")
        assert [] == ran


def test_every_kind_of_handler_is_guarded():
    """Functions, coroutines, methods, partials and callable objects are guarded alike, below mounts too."""
    access, _ = world()
    guard = SupportGuard(access, agent=lambda _: KIM)
    needs = guard.requires("invoice:read")

    @needs
    async def coroutine(request):
        return told(guard, request)

    class Endpoint(HTTPEndpoint):
        @needs
        def get(self, request):
            return told(guard, request)

        @needs
        async def post(self, request):
            return told(guard, request)

    class Callable:
        async def __call__(self, request):
            return told(guard, request)

    async def with_more(request, more):
        return told(guard, request)

    routes = [
        Route("/coroutine", coroutine),
        Route("/endpoint", Endpoint),
        Route("/object", needs(Callable().__call__)),
        Route("/partial", needs(functools.partial(with_more, more=1))),
    ]
    app = Starlette(routes=[Mount("/{tenant}", routes=routes)], exception_handlers=problem_handlers())
    client = TestClient(app)
    calls = [("GET", each.path) for each in routes] + [("POST", "/endpoint")]
    assert [403] * 5 == [client.request(method, f"/acme{path}").status_code for method, path in calls]
    let_in(access)
    assert [200] * 5 == [client.request(method, f"/acme{path}").status_code for method, path in calls]


def test_what_takes_no_request_cannot_be_guarded():
    """A handler without a request is refused when it is written; a decision that nobody made is an error."""
    access, _ = world()
    guard = SupportGuard(access, agent=lambda _: KIM)
    with pytest.raises(TypeError, match="neither"):
        guard.requires("invoice:read")(lambda: None)
    with pytest.raises(InvalidInput):
        guard.requires("no action")
    app = Starlette(routes=[Route("/", lambda request: told(guard, request))])
    with pytest.raises(LookupError):
        TestClient(app).get("/")


def test_a_request_that_is_none_is_refused():
    """Whatever stands in the place of the request, nothing is decided for it."""
    access, _ = world()
    guarded = SupportGuard(access, agent=lambda _: KIM).requires("invoice:read")(lambda request: None)
    with pytest.raises(TypeError, match="no connection"):
        anyio.run(guarded, "no request")


def test_a_guard_may_be_declared_before_its_application():
    """One guard serves several applications: the door is looked up by the connection."""
    guard = SupportGuard(lambda connection: connection.app.state.access, agent=lambda _: KIM)

    @guard.requires("invoice:read")
    def endpoint(request):
        return told(guard, request)

    answers = []
    for allowed in (True, False):
        access, _ = world()
        app = Starlette(routes=[Route("/{tenant}", endpoint)], exception_handlers=problem_handlers())
        app.state.access = access
        if allowed:
            let_in(access)
        answers.append(TestClient(app).get("/acme").status_code)
    assert [200, 403] == answers


def test_a_test_turns_the_clock_in_one_line(monkeypatch):
    """An exchanged clock holds for decisions, commands, the record and its jobs alike, until the test is over."""
    access, _ = world()
    app, _ = app_of(access)
    monkeypatch.setattr(access, "clock", FakeClock("2030-01-01T00:00:00Z"))
    grant = let_in(access, hours=1)

    assert 200 == TestClient(app).get("/acme/invoices/9").status_code
    assert "2030-01-01T01:00" == f"{grant.ends_at:%Y-%m-%dT%H:%M}"
    access.clock.advance(hours=1)
    assert 403 == TestClient(app).get("/acme/invoices/9").status_code
    assert [grant.id] == [each.id for each in access.delivery.sweep()]
    assert {2030} == {event.at.year for event in access.ledger.history("acme")}


def test_a_background_task_asks_again():
    """A task that runs after the answer asks the same question anew, and is told of a revocation in between."""
    access, _ = world()
    grant = let_in(access)
    guard, answers = SupportGuard(access, agent=lambda _: KIM), []

    @guard.requires("invoice:read", resource="invoice:{number}")
    async def endpoint(request):
        decision, decisions = guard.decision(request), guard.decisions(request)

        async def later():
            access.revoke("acme", grant.id, by=ANA)
            again = await decisions.again(decision)
            answers.append((again.reason, again.resource))
            answers.append((await decisions.again(decision, agent=Agent("a-lou"))).reason)

        return JSONResponse(1, background=BackgroundTask(later))

    app = Starlette(routes=[Route("/{tenant}/{number}", endpoint)])
    assert 200 == TestClient(app).get("/acme/9").status_code
    assert [("revoked", "invoice:9"), "no_grant"] == answers


def test_middleware_in_front_changes_nothing():
    """BaseHTTPMiddleware in front sees the same answers, allowed or denied."""
    access, _ = world()

    async def passing(request, call_next):
        return await call_next(request)

    app, _ = app_of(access)
    app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    assert 403 == TestClient(app).get("/acme/invoices/9").status_code
    let_in(access)
    assert 200 == TestClient(app).get("/acme/invoices/9").status_code


# Threads


class Slow(Broken):
    """A store whose reads take a while."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds
        self.instead["read"] = self._read

    def _read(self, *asked):
        time.sleep(self.seconds)
        return self.store.read(*asked)


def test_decisions_do_not_block_the_loop():
    """While ten decisions wait for a slow store, the loop goes on turning, and they wait side by side."""
    access, _ = world(store=Slow(0.05))
    let_in(access)
    guard = SupportGuard(access, agent=lambda _: KIM)
    ticks, answers = [], []

    async def tick():
        while True:
            ticks.append(1)
            await anyio.sleep(0.005)

    async def ask():
        answers.append(bool(await guard.decisions(None).decide(KIM, "acme", "invoice:read")))

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(tick)
            async with anyio.create_task_group() as asking:
                for _ in range(10):
                    asking.start_soon(ask)
            group.cancel_scope.cancel()

    began = time.monotonic()  # noqa: TID251  # ten reads one after the other would take half a second
    anyio.run(main)
    assert [True] * 10 == answers
    assert len(ticks) > 3
    assert time.monotonic() - began < 0.45  # noqa: TID251


async def decided_while_the_pool_is_full(decide):
    """Whether *decide* answers while every thread of the framework's pool is held."""
    release = threading.Event()
    pool = anyio.to_thread.current_default_thread_limiter()
    answered = False
    async with anyio.create_task_group() as group:
        for _ in range(int(pool.total_tokens)):
            group.start_soon(anyio.to_thread.run_sync, release.wait, 20)
        while pool.available_tokens:  # noqa: ASYNC110  # the pool has no event for it
            await anyio.sleep(0.001)
        with anyio.move_on_after(1):
            await decide()
            answered = True
        release.set()
    return answered


def test_slow_handlers_keep_no_decision_waiting():
    """Decisions have threads of their own: a pool that is full of slow handlers keeps no revocation from being seen."""
    access, _ = world()
    decisions = SupportGuard(access, agent=lambda _: KIM).decisions(None)

    async def main():
        return await decided_while_the_pool_is_full(lambda: decisions.decide(KIM, "acme", "invoice:read"))

    assert anyio.run(main)


def test_a_guard_in_the_common_pool_would_wait():
    """Control: a decision in the framework's own pool does not answer while that is full."""
    access, _ = world()

    async def common():
        return await anyio.to_thread.run_sync(
            access.authorize, KIM, "acme", "invoice:read", abandon_on_cancel=True
        )

    async def main():
        return await decided_while_the_pool_is_full(common)

    assert not anyio.run(main)


def test_a_guard_serves_one_loop_after_the_other():
    """A guard outlives an event loop: applications are started anew, as in tests."""
    access, _ = world()
    let_in(access)
    decisions = SupportGuard(access, agent=lambda _: KIM, threads=1).decisions(None)
    assert [True, True] == [bool(anyio.run(decisions.decide, KIM, "acme", "invoice:read")) for _ in range(2)]


def test_each_guard_has_threads_of_its_own():
    """Two guards on one loop do not share their threads: one that is busy does not hold up the other."""
    access, _ = world(store=Slow(0.3))
    quick, _ = world()
    busy = SupportGuard(access, agent=lambda _: KIM, threads=1).decisions(None)
    free = SupportGuard(quick, agent=lambda _: KIM, threads=1).decisions(None)
    order = []

    async def ask(name, decisions):
        await decisions.decide(KIM, "acme", "invoice:read")
        order.append(name)

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(ask, "busy", busy)
            await anyio.sleep(0.05)
            group.start_soon(ask, "free", free)

    anyio.run(main)
    assert ["free", "busy"] == order


# Sessions


def session_app(access):
    """Return an application in which an agent enters, leaves, and tries to do more than look."""
    guard = SupportGuard(access, agent=lambda _: KIM)

    @guard.requires("invoice:read")
    def enter(request):
        begin_session(request, guard.decision(request))
        return JSONResponse(1)

    def leave(request):
        end_session(request)
        return JSONResponse(1)

    async def ask(request):
        agent = await guard.current_agent(request)
        asked = access.request("acme", by=agent, ends=Elapsed(hours=1), reason="More")
        return JSONResponse(asked.id)

    async def approve(request):
        member = under_session(request, ANA)
        return JSONResponse(access.revoke_all("acme", by=member))

    async def give_back(request):
        agent = await guard.current_agent(request)
        return JSONResponse(access.relinquish("acme", session_of(request).grant_id, by=agent).id)

    async def show(request):
        found = session_of(request)
        via = (await guard.current_agent(request)).via
        return JSONResponse([via, under_session(request, ANA).via, found and found.tenant])

    routes = [
        Route("/{tenant}/enter", enter),
        *(Route(f"/{each.__name__}", each) for each in (leave, ask, approve, give_back, show)),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(SessionMiddleware, secret_key="s" * 32)],  # of a test
        exception_handlers=problem_handlers(),
    )


def test_a_session_runs_under_its_grant():
    """[I-14] Until they leave, whoever acts carries the grant: they consent to nothing, but may give it back."""
    access, _ = world()
    grant = let_in(access, to=KIM)
    client = TestClient(session_app(access))
    assert [None, None, None] == client.get("/show").json()
    assert 200 == client.get("/acme/enter").status_code
    assert [grant.id, grant.id, "acme"] == client.get("/show").json()

    for verb in ("ask", "approve"):
        answer = client.get(f"/{verb}")
        assert (403, ActingThroughGrant.code) == (answer.status_code, answer.json()["code"])
    assert grant.id == client.get("/give_back").json()
    assert 403 == client.get("/acme/enter").status_code
    client.get("/leave")
    assert [None, None, None] == client.get("/show").json()
    assert 200 == client.get("/ask").status_code


def test_nobody_enters_on_a_denial():
    """A decision that denies begins no session, and half an entry of somebody else's is an error and not none."""
    access, _ = world()

    class Connection:
        """A connection with a session."""

        scope: dict = {"session": {}}  # noqa: RUF012  # one is enough here

    denied = access.authorize(KIM, "acme", "invoice:read")
    with pytest.raises(Exception, match="no_grant"):
        begin_session(Connection(), denied)
    Connection.scope = {"session": {"grantkit": {"tenant": "acme"}}}
    with pytest.raises(KeyError):
        session_of(Connection())


def test_handlers_can_be_added_to_what_stands():
    """An application that stands already is given the handlers; what is none of grantkit's stays as it is."""
    access, _ = world()
    app, _ = app_of(access)
    plain = Starlette(routes=app.routes)
    add_problem_handlers(plain, "/r")
    assert "/r#no_grant" == TestClient(plain).get("/acme/invoices/9").json()["type"]


def test_other_errors_pass_the_handlers():
    """The handler answers for errors of grantkit alone."""
    (answer,) = problem_handlers().values()
    with pytest.raises(ValueError, match="mine"):
        anyio.run(answer, None, ValueError("mine"))


def test_the_decision_is_a_decision():
    """What a guard gives is what `authorize` gives, for an open end too."""
    rules = {"flows": {"access": {"ends": ["open_ended"], "longest": "open_ended"}}}
    access, _ = world(AccessRules.from_data(rules))
    let_in(access, ends=OpenEnded())
    decision = anyio.run(
        SupportGuard(access, agent=lambda _: KIM).decisions(None).decide, KIM, "acme", "invoice:read"
    )
    assert isinstance(decision, Decision)
    assert decision.valid_until is None


def test_a_template_names_one_parameter():
    """Two names in one resource could read the same for two places, so a template with two is refused at once."""
    guard = SupportGuard(world()[0], agent=lambda _: KIM)
    with pytest.raises(InvalidInput) as refused:
        guard.requires("file:read", resource="file:{folder}-{name}")
    assert "resource" == refused.value.field
