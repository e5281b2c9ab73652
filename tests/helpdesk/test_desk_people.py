"""Who is signed in, and what that leaves behind."""

import pytest

from grantkit import Agent, Calendar, Scope, Team


@pytest.fixture
def let_in(desk, access):
    """Ben has let Customer Success into his account at Acme."""
    return access.grant(
        "acme",
        by=desk.people["m-ben"],
        to=Team("customer-success"),
        scope=Scope.only("account:ben"),
        ends=Calendar(weeks=1),
    )


def test_everybody_can_be_picked(browse, desk):
    """The front page offers every member and every agent, with roles and teams, and says how each customer does it."""
    front = browse().get("/")
    offered = {each.get("value") for each in front.markup.all("button") if each.get("name") == "who"}
    assert set(desk.people) == offered
    said = [tenant.promise in front.words for tenant in desk.tenants.values()]
    assert [True] * 6 == said
    assert "technical-support" in front.words
    assert "owner of Ben’s account" in front.words


def test_rules_name_roles_and_teams_that_somebody_has(desk):
    """Whatever role or team a customer's rules name, somebody here has it: every flow can be lived by."""
    for tenant, rules in desk.rules.items():
        steps = [step for flow in rules.flows.values() for step in flow.steps]
        asked = {who.name for step in steps for who in step.by if who.side == "tenant"}
        held = {
            role
            for member in desk.members_of(tenant)
            for roles in (member.roles, *member.roles_on.values())
            for role in roles
        }
        teams = {to.team for flow in rules.flows.values() for to in flow.to} - {None, "product-engineering"}
        missing = teams - {team for agent in desk.agents for team in agent.teams}
        assert (tenant, set()) == (tenant, missing)
        assert asked & held, tenant


def test_signing_in_leads_home(browse):
    """An agent comes to the workspaces, a member to their own customer's page."""
    assert "/workspaces" == browse().sign_in("a-kim").path
    assert "/tenants/acme/support" == browse().sign_in("m-ana").path


def test_nobody_can_be_somebody_unknown(browse):
    """Somebody whom the desk does not know cannot be signed in as."""
    browser = browse()
    assert 404 == browser.sign_in("m-nobody").status
    assert 401 == browser.get("/workspaces").status


def test_signing_in_clears_the_session(browse, let_in):
    """Whoever signs in after somebody else finds nothing of theirs: another token, and no support session."""
    browser = browse("a-kim")
    inside = browser.post("/workspaces/acme/enter")
    assert "Support session at Acme Gardens" in inside.words
    token = browser.token
    after = browser.sign_in("a-lou")
    assert "Support session" not in after.words
    assert token != browser.token


def test_signing_out_forgets(browse, let_in):
    """Nothing of a session is left when somebody has signed out."""
    browser = browse("a-kim")
    browser.post("/workspaces/acme/enter")
    assert "Support session" not in browser.post("/sign-out").words
    assert 401 == browser.get("/crm/acme/invoices").status


def test_teams_are_asked_at_each_click(browse, desk, let_in):
    """An agent who has left the team is out at the next click: the session remembers who, and not in which team."""
    browser = browse("a-kim")
    assert 200 == browser.get("/crm/acme/invoices").status
    desk.people["a-kim"] = Agent("a-kim", name="Kim")
    assert 403 == browser.get("/crm/acme/invoices").status


def test_pages_are_for_whom_they_are(browse):
    """Agents' pages refuse nobody with 401 and members with 403; a customer's page is a 404 to everybody else."""
    own = {who: browse(who).get("/tenants/acme/support").status for who in (None, "m-ana", "m-dora", "a-kim")}
    assert {None: 401, "m-ana": 200, "m-dora": 404, "a-kim": 404} == own
    agents = {who: browse(who).get("/workspaces").status for who in (None, "m-ana", "a-kim")}
    assert {None: 401, "m-ana": 403, "a-kim": 200} == agents


def test_programs_get_problems(browse):
    """A program gets a problem document with the status, and no page."""
    browser = browse()
    answer = browser.client.get("/workspaces", headers={"Accept": "application/json"})
    assert (401, {"title": "Unauthorized", "status": 401}) == (answer.status_code, answer.json())
