"""Denials and errors in HTTP: what a client is told, and what it is not."""

import json
from datetime import UTC, datetime
from http import HTTPStatus

import attrs
import pytest

import grantkit.errors
from contrib.web import ANA, HIDING, KIM, OPEN, TOLD_NOBODY, Broken, let_in, world
from grantkit import AccessDenied, GrantkitError, InvalidInput, Member, Reason
from grantkit.contrib.problems import Problem, problem_of, problem_of_denial
from grantkit.errors import ChainBroken, Conflict, NotFound, Refused, StoreError, Unavailable

NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
ERRORS = sorted(
    (
        each
        for each in vars(grantkit.errors).values()
        if isinstance(each, type) and issubclass(each, GrantkitError) and each is not AccessDenied
    ),
    key=lambda each: each.__name__,
)
EXPECTED = {InvalidInput: 422, Refused: 403, NotFound: 404, Conflict: 409, StoreError: 503}


def made(kind):
    """Return an error of this kind, its texts filled with what no client may see."""
    fields = attrs.fields_dict(kind)
    values = {"code": "blank", "field": "reason"} if kind is InvalidInput else {}
    for name, field in fields.items():
        plain = {int: 1, datetime: NOW, "int": 1, "datetime": NOW}.get(field.type, TOLD_NOBODY)
        values.setdefault(name, (TOLD_NOBODY,) if "tuple" in str(field.type) else plain)
    return kind(**values)


@pytest.mark.parametrize("kind", ERRORS)
def test_each_error_has_its_status(kind):
    """Every error of the tree is answered by the status of its family; what failed inside is told by its code alone."""
    error = made(kind)
    status = next((code for base, code in EXPECTED.items() if issubclass(kind, base)), 500)
    problem = problem_of(error, "/help")

    assert (status, error.code) == (problem.status, problem.code)
    assert f"/help#{error.code}" == problem.type
    assert (status >= 500) == problem.failed
    assert status < 500 or TOLD_NOBODY not in json.dumps(problem.to_data())
    assert status >= 500 or str(error) == problem.detail


def test_a_problem_document_has_what_the_standard_names():
    """A problem is plain JSON with type, title, status, detail and our code; without a page, the type is a URN."""
    problem = Problem(HTTPStatus.FORBIDDEN, "expired", "It is over.")
    assert {
        "type": "urn:grantkit:problem:expired",
        "title": "Forbidden",
        "status": 403,
        "detail": "It is over.",
        "code": "expired",
    } == problem.to_data()
    assert {"type": "about:blank", "title": "Not Found", "status": 404} == Problem(
        HTTPStatus.NOT_FOUND
    ).to_data()


def denial(access, action="invoice:read", resource=None, tenant="acme"):
    decision = access.authorize(KIM, tenant, action, resource=resource)
    assert not decision
    return decision


def brought_about(reason):
    """Return a denial with this reason."""
    access, clock = world()
    if reason == "no_grant":
        return denial(access)
    grant = let_in(access, *(["invoice:1"] if reason == "out_of_scope" else []))
    if reason == "revoked":
        access.revoke("acme", grant.id, by=ANA)
    elif reason == "frozen":
        access.freeze("acme", by=ANA)
    elif reason == "expired":
        clock.advance(hours=4)
    return denial(access, action="invoice:write" if reason == "action_not_permitted" else "invoice:read")


@pytest.mark.parametrize(
    "reason", ["no_grant", "revoked", "frozen", "expired", "action_not_permitted", "out_of_scope"]
)
def test_a_denial_is_a_403_with_its_reason(reason):
    """A denial names its reason and says it in the words for the agent; who consented why is not among them."""
    decision = brought_about(reason)
    problem = problem_of(AccessDenied(decision=decision), "/reasons")

    assert (403, reason, f"/reasons#{reason}") == (problem.status, problem.code, problem.type)
    assert decision.explain(to="agent") == problem.detail
    assert TOLD_NOBODY not in str(problem.to_data())
    assert "Ana" not in str(problem.to_data())


def test_what_is_hidden_is_a_bare_404():
    """[P8] A hidden tenant says what a tenant that is not there says, whatever the reason: a 404 and nothing else."""
    access, _ = world({"acme": HIDING, "globex": HIDING, "delta": HIDING}.get)
    let_in(access, to=grantkit.Team("others"))
    gus = Member("m-gus", tenant="globex", roles={"admin"})
    access.grant("globex", by=gus, to=KIM, ends=grantkit.Elapsed(hours=1), reason="x")
    access.freeze("globex", by=gus)
    access.revoke_all("globex", by=gus)

    found = {
        json.dumps(problem_of_denial(denial(access, tenant=each)).to_data())
        for each in ("acme", "globex", "nowhere")
    }
    assert {'{"type": "about:blank", "title": "Not Found", "status": 404}'} == found


def test_a_hidden_resource_is_a_bare_404_too():
    """[P8] Where one project was opened, another is as absent as one that never was."""
    access, _ = world(HIDING)
    let_in(access, "project:1")
    other, never = (problem_of_denial(denial(access, resource=each)) for each in ("project:2", "project:999"))
    assert Problem(HTTPStatus.NOT_FOUND) == other == never


@pytest.mark.parametrize("rules", [OPEN, HIDING], ids=["open", "hiding"])
def test_an_outage_is_a_503_that_says_nothing(rules):
    """A store that fails is a 503, hidden or not, with no word of the tenant or of what failed."""
    store = Broken()
    access, _ = world(rules, store)
    store.instead["read"] = store.fail
    problem = problem_of_denial(denial(access))

    assert (503, "store_unavailable", True) == (problem.status, problem.code, problem.failed)
    assert not {"acme", TOLD_NOBODY} & {*str(problem.to_data()).split()}
    assert TOLD_NOBODY not in str(problem.to_data())


def test_every_reason_has_an_anchor():
    """Each reason is a fragment as it stands, so that every type leads to a place on the page."""
    assert all(reason.value.isidentifier() for reason in Reason)


def test_a_broken_record_is_the_servers_fault():
    """A record that does not hold together is a 500, and the log says more."""
    problem = problem_of(ChainBroken(tenant="acme", seq=3, what=TOLD_NOBODY))
    assert (500, True) == (problem.status, problem.failed)
    assert TOLD_NOBODY not in problem.detail
    assert 503 == problem_of(Unavailable(what="the disk")).status
