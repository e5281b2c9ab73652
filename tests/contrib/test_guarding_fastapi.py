"""FastAPI: what a route needs is a dependency, and its value is the decision."""

from contextvars import ContextVar
from typing import Annotated

import pytest
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, HTTPException, Path, Query, Request
from fastapi.testclient import TestClient
from starlette.middleware.sessions import SessionMiddleware

from contrib.web import ANA, HIDING, KIM, let_in, world
from grantkit import Agent, Decision, InvalidInput
from grantkit.contrib.fastapi import (
    PROBLEMS,
    Decisions,
    SupportGuard,
    add_problem_handlers,
    begin_session,
    path_tenant,
)

pytestmark = pytest.mark.usefixtures("both_doors")

Number = Annotated[int, Path()]


def signed_in(x_agent: Annotated[str | None, Header()] = None) -> Agent:
    """Return who is signed in."""
    if x_agent is None:
        raise HTTPException(401)
    return Agent(x_agent, teams={"support"}, name="Kim")


def invoice(number: Number) -> str:
    """Return the resource that the path names."""
    return f"invoice:{number}"


class World:
    """An application with one guarded route, and what its handler saw."""

    def __init__(self, rules=None, **asked):
        self.access, self.clock = world() if rules is None else world(rules)
        self.guard = SupportGuard(self.access, agent=signed_in)
        self.app, self.seen = FastAPI(), []
        add_problem_handlers(self.app, "/reasons")
        may_read = Annotated[
            Decision, Depends(self.guard.requires("invoice:read", **({"resource": invoice} | asked)))
        ]

        @self.app.get("/{tenant}/invoices/{number}", responses=PROBLEMS)
        def read(number: int, decision: may_read) -> int:
            self.seen.append((number, decision))
            return number

        self.client = TestClient(self.app, headers={"x-agent": "a-kim"})

    def get(self, path="/acme/invoices/9", **more):
        """Ask for an invoice."""
        return self.client.get(path, **more)


def test_the_handler_gets_the_decision():
    """An allowed request reaches the handler with the decision that allowed it."""
    site = World()
    grant = let_in(site.access)
    assert 9 == site.get().json()
    ((number, decision),) = site.seen
    assert (9, grant.id, "invoice:9", "a-kim") == (
        number,
        decision.grant_id,
        decision.resource,
        decision.agent.id,
    )


def test_a_denied_request_never_reaches_the_handler():
    """[M1, M7] Before consent, after revocation and after the end no handler runs, and the client is told why."""
    site = World()
    said = [site.get()]
    grant = let_in(site.access)
    site.access.revoke("acme", grant.id, by=ANA)
    said.append(site.get())
    let_in(site.access, hours=1)
    site.clock.advance(hours=1)
    said.append(site.get())

    found = [(each.status_code, each.json()["type"], each.headers["content-type"]) for each in said]
    problem = "application/problem+json"
    assert [(403, f"/reasons#{code}", problem) for code in ("no_grant", "revoked", "expired")] == found
    assert [] == site.seen


def test_a_hidden_tenant_answers_like_one_that_is_not_there():
    """[P8] Status, headers and body of a hidden tenant are those of one that never was."""
    site = World({"acme": HIDING}.get)
    hidden, never = site.get(), site.get("/nowhere/invoices/9")
    assert (404, never.content, dict(never.headers)) == (
        hidden.status_code,
        hidden.content,
        dict(hidden.headers),
    )


@pytest.mark.parametrize("number", ["7", "007", "+7", "%207", "7.0"])
def test_guard_and_handler_see_one_value(number):
    """A deny on invoice 7 is not evaded by another spelling of 7: both see it as FastAPI converted it."""
    site = World()
    let_in(site.access, policies=["no-seven"])
    assert site.get(f"/acme/invoices/{number}").status_code in (403, 422)
    assert [] == site.seen
    assert 200 == site.get("/acme/invoices/08").status_code


def bare(number: int) -> str:
    return f"invoice:{number}"


class Bare:
    """A dependency that is a class, and does not say where its parameter comes from."""

    def __init__(self, number: int) -> None:
        self.number = number


def shortcut(found: Annotated[Bare, Depends()]) -> str:
    return f"invoice:{found.number}"


def old_shortcut(found: Bare = Depends()) -> str:  # noqa: B008  # the older spelling of the same
    return f"invoice:{found.number}"


def below(found: Annotated[str, Depends(bare)]) -> str:
    return found


def default(number: int = 1) -> str:
    return f"invoice:{number}"


@pytest.mark.parametrize("dependency", [bare, below, default, shortcut, old_shortcut])
@pytest.mark.parametrize("field", ["resource", "tenant", "act_as"])
def test_a_dependency_says_where_its_parameters_come_from(field, dependency):
    """A parameter that a client could choose by the query is refused when the guard is written."""
    guard = SupportGuard(world()[0], agent=signed_in)
    with pytest.raises(TypeError, match="does not say where from"):
        guard.requires("invoice:read", **{field: dependency})
    if field == "tenant":
        with pytest.raises(TypeError, match="does not say where from"):
            SupportGuard(world()[0], agent=signed_in, tenant=dependency)


def test_what_says_where_it_comes_from_is_taken():
    """Path, query, header, other dependencies and the connection itself are taken as they are told."""

    class Place:
        """A dependency that is a class, with one of its own below."""

        def __init__(
            self, number: Number, request: Request, kind: Annotated[str, Header()] = "invoice"
        ) -> None:
            self.text = f"{kind}:{number}"

    def place(found: Annotated[Place, Depends()], also: str = Query("")) -> str:
        return found.text + also

    site = World(resource=place)
    let_in(site.access)
    assert 200 == site.get().status_code
    assert ["invoice:9"] == [decision.resource for _, decision in site.seen]


def test_a_path_without_the_parameter_lets_nobody_in():
    """A guard that asks for what the path has not answers 422, whatever the query says."""
    access, _ = world()
    let_in(access)
    guard, app = SupportGuard(access, agent=signed_in), FastAPI()

    @app.get(
        "/{tenant}", dependencies=[Depends(guard.requires("invoice:read", resource=invoice))]
    )  # its dependencies take it
    def read() -> int:
        return 1

    @app.get("/", dependencies=[Depends(guard.requires("invoice:read"))])
    def nowhere() -> int:
        return 1

    client = TestClient(app, headers={"x-agent": "a-kim"})
    assert [422, 422] == [client.get(path).status_code for path in ("/acme?number=9", "/?tenant=acme")]


def test_nothing_asked_is_the_tenant_as_a_whole():
    """Without a resource the whole tenant is asked about, also where None is said."""
    for asked in ({"resource": None}, {"resource": None, "act_as": None, "tenant": path_tenant}):
        site = World(**asked)
        let_in(site.access)
        assert 200 == site.get().status_code
        assert site.seen[0][1].resource is None


def test_whoever_is_signed_in_is_the_hosts_answer():
    """What the host's dependency raises is the answer; what is no agent is an error; tests override who it is."""
    site = World()
    let_in(site.access)
    assert 401 == TestClient(site.app).get("/acme/invoices/9").status_code
    site.app.dependency_overrides[signed_in] = lambda: Agent("a-zoe", teams={"sales"})
    assert "no_grant" == site.get().json()["code"]
    for wrong in (None, "a-kim", ANA):
        site.app.dependency_overrides[signed_in] = lambda wrong=wrong: wrong
        with pytest.raises(TypeError, match="no Agent"):
            site.get()
    assert [] == site.seen


@pytest.mark.parametrize(
    "tenant", ["ac%20me", "%7Btenant%7D", "acme%00", "x" * 300], ids=["space", "braces", "nul", "long"]
)
def test_a_malformed_tenant_is_no_pass(tenant):
    """What cannot be a tenant's id is a 422 that names the field."""
    site = World()
    let_in(site.access)
    answer = site.get(f"/{tenant}/invoices/9")
    assert (422, []) == (answer.status_code, site.seen)


def test_routers_may_be_guarded_as_a_whole():
    """A router's own dependency guards all that is in it, under whatever prefix it lies."""
    access, _ = world()
    guard, app = SupportGuard(lambda connection: connection.app.state.access, agent=signed_in), FastAPI()
    router = APIRouter(prefix="/t/{tenant}", dependencies=[Depends(guard.requires("invoice:list"))])

    @router.get("/invoices")
    async def invoices() -> list[int]:
        return [1]

    app.include_router(router)
    app.state.access = access
    add_problem_handlers(app)
    client = TestClient(app, headers={"x-agent": "a-kim"})
    assert 403 == client.get("/t/acme/invoices").status_code
    let_in(access)
    assert 200 == client.get("/t/acme/invoices").status_code
    with pytest.raises(InvalidInput):
        guard.requires("no action")


WHO = ContextVar("WHO", default="nobody")


def test_the_decision_comes_before_and_resources_are_closed():
    """Beside dependencies of either scope the decision comes before the handler, and a denial closes them."""
    access, _ = world()
    guard, app, log = SupportGuard(access, agent=signed_in), FastAPI(), []
    add_problem_handlers(app)

    def opened(scope):
        async def resource():
            log.append(f"open {scope}")
            try:
                yield scope
            finally:
                log.append(f"close {scope}")

        return resource

    async def named() -> None:
        WHO.set("kim")

    @app.get("/{tenant}")
    async def read(
        a: Annotated[str, Depends(opened("function"), scope="function")],
        b: Annotated[str, Depends(opened("request"), scope="request")],
        _: Annotated[None, Depends(named)],
        decision: Annotated[Decision, Depends(guard.requires("invoice:read"))],
        tasks: BackgroundTasks,
    ) -> str:
        log.append("handler")
        tasks.add_task(log.append, "task")
        return WHO.get()

    client = TestClient(app, headers={"x-agent": "a-kim"})
    assert 403 == client.get("/acme").status_code
    assert ["open function", "open request"] == sorted(log[:2])
    assert ["close function", "close request"] == sorted(log[2:])
    log.clear()
    let_in(access)
    assert "kim" == client.get("/acme").json()
    assert log.index("handler") < log.index("task")


def test_what_decides_is_a_dependency_too():
    """A handler that members use as well asks for itself; a task asks again."""
    access, _ = world()
    grant = let_in(access)
    guard, app, said = SupportGuard(access, agent=signed_in), FastAPI(), []

    @app.get("/{tenant}")
    async def read(
        tenant: str,
        tasks: BackgroundTasks,
        agent: Annotated[Agent, Depends(guard.current_agent)],
        decisions: Annotated[Decisions, Depends(guard.decisions)],
    ) -> bool:
        decision = await decisions.decide(agent, tenant, "invoice:read")

        async def later() -> None:
            access.revoke("acme", grant.id, by=ANA)
            said.append((await decisions.again(decision)).reason)

        tasks.add_task(later)
        return bool(decision)

    assert TestClient(app, headers={"x-agent": "a-kim"}).get("/acme").json()
    assert ["revoked"] == said


def test_a_session_carries_via():
    """[I-14] In a support session the agent that the guard gives carries the grant."""
    access, _ = world()
    grant = let_in(access, to=KIM)
    guard, app = SupportGuard(access, agent=signed_in), FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="s" * 32)
    add_problem_handlers(app)

    @app.get("/{tenant}/enter")  # its dependency takes it
    def enter(
        request: Request, decision: Annotated[Decision, Depends(guard.requires("invoice:read"))]
    ) -> str:
        return begin_session(request, decision).grant_id

    @app.get("/who")
    def who(agent: Annotated[Agent, Depends(guard.current_agent)]) -> str | None:
        return agent.via

    client = TestClient(app, headers={"x-agent": "a-kim"})
    assert client.get("/who").json() is None
    assert (grant.id, grant.id) == (client.get("/acme/enter").json(), client.get("/who").json())


def test_the_openapi_document_tells_of_problems():
    """A guarded route tells in the OpenAPI document what it may answer, and where its parameters come from."""
    found = World().app.openapi()["paths"]["/{tenant}/invoices/{number}"]["get"]
    assert {"403", "404", "503"} <= found["responses"].keys()
    assert "application/problem+json" in found["responses"]["403"]["content"]
    assert {("tenant", "path"), ("number", "path"), ("x-agent", "header")} == {
        (each["name"], each["in"]) for each in found["parameters"]
    }
