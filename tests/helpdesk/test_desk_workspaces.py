"""Where an agent may enter, and what they ask: what the page shows is what grantkit says."""

import pytest

from grantkit import Calendar, OpenEnded, Scope, StartOfDay, Team


@pytest.fixture
def team_in(desk, access):
    """Ana has let Customer Success into all of Acme, for a week."""
    return access.grant(
        "acme",
        by=desk.people["m-ana"],
        to=Team("customer-success"),
        ends=Calendar(weeks=1),
        reason="The import",
    )


@pytest.fixture
def approved(desk, access):
    """Carla has approved ticket T-9 at Oak."""
    return access.consent(
        "oak",
        by=desk.people["m-carla"],
        flow="approval",
        ends=OpenEnded(),
        tickets=["T-9"],
        reference="form T-9",
        reason="The import hangs",
    )


@pytest.fixture
def switch(desk, access):
    """Emil switches support for project 42 on, and off again."""

    def turn(on):
        if not on:
            return access.revoke(
                "delta", access.grants("delta")[-1].grant.id, by=desk.people["m-emil"], word="Support"
            )
        return access.grant(
            "delta",
            by=desk.people["m-emil"],
            to=Team("support"),
            scope=Scope.only("project:42"),
            ends=OpenEnded(),
            reason="The plan is empty",
            word="Support",
        )

    return turn


def ask(browser, tenant, **fields):
    """Fill in the form by which an agent asks, and send it."""
    path = f"/workspaces/{tenant}/requests"
    return browser.post(path, **browser.get(f"/workspaces/{tenant}/ask").filled_in(path, **fields))


def buttons(page, path):
    """Return the forms of a page that lead below *path*."""
    return [each["action"] for each in page.markup.all("form") if each["action"].startswith(path)]


def test_what_is_open_is_listed(browse, team_in):
    """A live grant is shown with the customer, where, what, for whom, and when it ends there; it can be entered."""
    page = browse("a-kim").get("/workspaces")
    for words in (
        "Acme Gardens",
        "everything",
        "resolve tickets",
        "customer-success",
        "The import",
        "ends in 7 days, Wed 10 Mar 2027, 15:20 in Berlin",
    ):
        assert words in page.text
    assert ["/workspaces/acme/enter"] == [each for each in buttons(page, "/workspaces") if "enter" in each]
    assert "Nobody has let you in" in browse("a-max").get("/workspaces").text


def test_what_is_over_is_listed_no_more(browse, clock, team_in):
    """From the instant of its end a grant is gone from the list, and there is nothing to enter."""
    kim = browse("a-kim")
    clock.set(team_in.ends_at)
    page = kim.get("/workspaces")
    assert "Nobody has let you in" in page.text
    assert 403 == kim.post("/workspaces/acme/enter").status


def test_what_is_frozen_cannot_be_entered(browse, desk, access, team_in):
    """A frozen grant is shown as that, without a way in."""
    access.freeze("acme", by=desk.people["m-ana"])
    kim = browse("a-kim")
    page = kim.get("/workspaces")
    assert "frozen ends in 7 days" in page.text
    assert ["/workspaces/acme/grants/" + team_in.id + "/relinquish"] == buttons(page, "/workspaces")
    assert 403 == kim.post("/workspaces/acme/enter").status


def test_what_opens_no_invoices_cannot_be_entered(browse, desk, access):
    """A live grant that is for something else is shown, without a way into the invoices."""
    access.grant(
        "cobalt",
        by=desk.people["m-dora"],
        to=Team("support"),
        policies=["fix-meters"],
        ends=StartOfDay(desk.now().date().replace(day=10)),
    )
    page = browse("a-max").get("/workspaces")
    assert "Cobalt Metering" in page.text
    assert [] == buttons(page, "/workspaces/cobalt/enter")


def test_asking_and_taking_it_back(browse, access):
    """What was asked is shown with who has to answer and when it lapses, until the agent takes it back."""
    pia = browse("a-pia")
    page = ask(pia, "elm", flow="ask", reason="The sync is off", tickets="T-7")
    (asked,) = access.requests("elm")
    assert "waits for admin; lapses Wed 17 Mar 2027, 15:20 in Vienna" in page.text
    assert "T-7" in page.text
    (path,) = buttons(page, "/workspaces/elm/requests")
    assert f"/workspaces/elm/requests/{asked.request.id}/withdraw" == path
    after = pia.post(path)
    assert "withdrawn" == access.requests("elm")[0].state
    assert "waits for" not in after.text
    assert "Withdrawn by Pia" in after.text


def test_a_refused_request_says_why(browse, access):
    """Asking without a reason where the rules want one is refused, in words; nothing is asked."""
    page = ask(browse("a-pia"), "elm", flow="ask", reason="")
    assert (422, ()) == (page.status, access.requests("elm"))
    assert "reason is missing or blank" in page.text


def test_forms_offer_what_may_be_asked(browse):
    """An agent is offered the flows that their team may begin, and told where the customer takes no requests."""
    flows = [
        each["value"]
        for each in browse("a-tom").get("/workspaces/elm/ask").markup.all("input")
        if each["name"] == "flow"
    ]
    assert ["ask", "written-permission"] == flows
    page = browse("a-max").get("/workspaces/cobalt/ask")
    assert [] == [each for each in page.markup.all("form") if "requests" in each["action"]]
    assert "takes no requests" in page.text


def test_a_consent_is_activated(browse, access, approved):
    """A consent lets nobody in until an agent activates it, naming who gave it; whoever names another is refused."""
    rita = browse("a-rita")
    page = rita.get("/workspaces")
    assert "agreed" in page.text
    assert [] == buttons(page, "/workspaces/oak/enter")
    form = page.filled_in("/workspaces/oak/activate", reason="Looking")
    assert 403 == rita.post("/workspaces/oak/activate", **form | {"contact": "m-ada"}).status
    page = rita.post("/workspaces/oak/activate", **form | {"contact": "m-carla"})
    assert (200, "live") == (page.status, access.grants("oak")[0].state)
    assert ["/workspaces/oak/enter"] == buttons(page, "/workspaces/oak/enter")
    assert [] == buttons(page, "/workspaces/oak/activate")


def test_a_grant_is_given_back(browse, access, team_in):
    """An agent gives a grant back, and is out."""
    kim = browse("a-kim")
    page = kim.post(f"/workspaces/acme/grants/{team_in.id}/relinquish")
    assert "Nobody has let you in" in page.text
    assert "relinquished" == access.grants("acme")[0].state
    assert 403 == kim.get("/crm/acme/invoices").status


def test_inside_nobody_asks(browse, access, team_in):
    """In a support session an agent can ask for nothing; once they have left, they can again."""
    kim = browse("a-kim")
    form = kim.get("/workspaces/acme/ask").filled_in("/workspaces/acme/requests", scope="*")
    assert "/crm/acme/invoices" == kim.post("/workspaces/acme/enter").path
    assert [] == buttons(kim.get("/workspaces/acme/ask"), "/workspaces/acme/requests")
    assert 403 == kim.post("/workspaces/acme/requests", **form).status
    kim.post("/leave")
    assert 200 == kim.post("/workspaces/acme/requests", **form).status
    assert 1 == len(access.requests("acme"))


HIDDEN = [
    ("GET", "/workspaces/{}/ask", {}),
    ("POST", "/workspaces/{}/requests", {"flow": "handshake", "scope": "*", "policies": "project-help"}),
    ("POST", "/workspaces/{}/requests", {"flow": "handshake"}),
    ("POST", "/workspaces/{}/requests/rq_1/withdraw", {}),
    ("POST", "/workspaces/{}/activate", {"under": "co_1", "contact": "m-emil", "flow": "handshake"}),
    ("POST", "/workspaces/{}/grants/GRANT/relinquish", {}),
    ("POST", "/workspaces/{}/enter", {}),
    ("POST", "/workspaces/{}/enter", {"grant": "GRANT"}),
    ("POST", "/workspaces/{}/grants/GRANT/add", {"to": "agent:a-kim"}),
    ("POST", "/workspaces/{}/solved", {"ticket": "T-1"}),
    ("GET", "/crm/{}/invoices", {}),
    ("GET", "/crm/{}/invoices/3001", {}),
    ("GET", "/crm/{}/invoices/3001/edit", {}),
    ("POST", "/crm/{}/invoices/3001/edit", {"status": "paid"}),
    ("GET", "/tenants/{}/support", {}),
]


def test_a_hidden_customer_is_no_customer(browse, switch):
    """While support is off, every address at the customer answers as at one who never was, byte for byte."""
    grant = switch(on=True)
    switch(on=False)
    max_, zoe = browse("a-max"), browse("a-zoe")
    for browser, grant_id, accept in (
        (max_, "gr_unknown", "text/html"),
        (max_, "gr_unknown", "application/json"),
        (zoe, grant.id, "text/html"),
    ):
        for how, path, fields in (
            HIDDEN if browser is max_ else [each for each in HIDDEN if "GRANT" in each[1]]
        ):
            found = []
            for tenant in ("delta", "never-was"):
                answer = browser.client.request(
                    how,
                    path.format(tenant).replace("GRANT", grant_id),
                    data={"csrf": browser.token, **fields} if how == "POST" else None,
                    headers={"Accept": accept},
                )
                # A program is told the id that it asked for; a page does not say even that.
                said = answer.text if accept == "text/html" else answer.text.replace(tenant, "it")
                found.append((answer.status_code, said, answer.headers.get("Location")))
            assert found[0] == found[1], path
            assert 404 == found[0][0], path


def test_a_hidden_customer_appears_while_switched_on(browse, switch):
    """The customer is on the list just as long as support is switched on, with the project that it is on for."""
    max_ = browse("a-max")
    assert "Delta Studio" not in max_.get("/workspaces").text
    switch(on=True)
    page = max_.get("/workspaces")
    assert "Delta Studio" in page.text
    assert "Project 42, the new shop" in page.text
    assert "no end is set" in page.text
    switch(on=False)
    assert "Delta Studio" not in max_.get("/workspaces").text
