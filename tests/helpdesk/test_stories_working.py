"""Adding a colleague, the last ticket, entering with a reason, and suspension, told through the help desk's pages."""

from functools import partial

import pytest
from browsing import Browser

from grantkit import VENDOR, OpenEnded, System

OAK = "/tenants/oak/support"
FERN = "/tenants/fern/support"
INVOICE = "/crm/oak/invoices/5001"
SAID = {"Why": "Looking for the second copy", "Tickets": "T-5"}


@pytest.fixture
def visit(server):
    """Opens the browser of somebody who signs in."""
    return partial(Browser, server)


@pytest.fixture
def ritas(desk, access):
    """Rita's access at Oak, which Carla approved for two tickets."""
    case = {"ends": OpenEnded(), "reason": "It hangs", "tickets": ["T-1", "T-2"]}
    consent = access.consent("oak", by=desk.people["m-carla"], flow="approval", reference="form 1", **case)
    return access.activate("oak", by=desk.people["a-rita"], under=consent.id, **case)


@pytest.fixture
def toms(desk, access):
    """What lets Technical Support, hence Tom, into Fern: whoever comes in has to enter first."""
    return access.grant("fern", by=desk.people["m-nora"], reason="Sent twice")


def said(browser, path=INVOICE):
    """Return the status and the reason of a click."""
    page = browser.open(path)
    return page.status, page.root.facts.get("Reason")


def add(agent, whom, **filled):
    """Add a colleague to the access at Oak."""
    agent.open("/workspaces")
    return agent.press("Add", {"Who": whom, "Why": "Knows the importer", **filled}, within="Oak")


def test_working_a_colleague_is_added_and_ends_with_whoever_added_them(visit, ritas):
    """Who was added gets in; the customer sees by whom and until when; giving the access back ends theirs too."""
    rita, nils, carla = visit("a-rita"), visit("a-nils"), visit("m-carla")
    form = rita.open("/workspaces").form("Add", "Oak")
    assert [
        "Max (a-max) of team support",
        "Nils (a-nils) of team product-engineering",
    ] == form.offered["Who"]
    assert (403, "no_grant") == said(nils)
    add(rita, "Nils (a-nils) of team product-engineering", **{"Until when": "4 hours"})
    assert (200, None) == said(nils)
    facts = carla.open(OAK).card("Nils (a-nils) of team product-engineering").facts
    assert "Rita (a-rita)" == facts["Added by"]
    assert "Look at everything, change nothing. With a change besides: do anything." == facts["What"]
    assert (
        "T-1 and T-2 are solved, and no longer than Wed 3 Mar 2027, 18:20 (18:20 UTC); "
        "it ends with the access of Rita (a-rita), if not before"
    ) == facts["Until"]
    assert "Not yet" == carla.page.card("Rita (a-rita) of team support").facts["Last used"]
    nils.press("Leave")
    assert "Add" not in nils.page.buttons(), "one deep, say the rules"

    rita.open("/workspaces")
    rita.press("Give back")
    assert (403, "consent_ended") == said(nils)
    ended = {row["Who"]: row["Why it ended"] for row in carla.open(OAK).section("Past access").rows}
    assert (
        "The access of Rita (a-rita) ended, on which it rested"
        == ended["Nils (a-nils) of team product-engineering"]
    )


def test_working_nobody_is_added_whom_the_form_does_not_offer(visit, access, ritas):
    """A form that was changed by hand adds nobody else, nobody at all, and nothing that is somebody else's."""
    rita, max_ = visit("a-rita"), visit("a-max")
    form = rita.open("/workspaces").form("Add", "Oak")
    sent = dict(form.sent({"Who": "Max (a-max) of team support", "Why": "Knows it"}))
    for to, status in (("agent:a-zoe", 403), ("", 422), ("agent:a-nobody", 422)):
        assert (to, status) == (to, rita.send(form.action, (sent | {"to": to}).items()).status)
        assert to or "whom to add" in rita.page.text
    token = dict(max_.open("/workspaces").forms[0].sent({}))["csrf"]
    theirs = sent | {"csrf": token, "to": "agent:a-nils#product-engineering"}
    refused = max_.send(form.action, theirs.items())
    assert (403, True) == (refused.status, "may not delegate" in refused.text)
    assert 1 == len(access.grants("oak"))


def test_working_access_ends_with_the_last_ticket(visit, ritas):
    """Both sides read until which tickets it lasts; linking another takes the contact; the last one ends it at once."""
    rita, carla, ada = visit("a-rita"), visit("m-carla"), visit("m-ada")
    assert "until T-1 and T-2 are solved" in rita.page.section("Open to you").text
    rita.press("T-1 is solved")
    assert "T-2 is solved" == carla.open(OAK).card("Rita (a-rita)").facts["Until"]

    assert "Link it" not in ada.open(OAK).buttons()
    form = carla.page.form("Link it", "Rita (a-rita)")
    token = dict(ada.page.forms[0].sent({}))["csrf"]
    told = {"ticket": "T-3", "channel": "email", "reference": "<9@oak.example>"}
    assert 403 == ada.send(form.action, {**told, "csrf": token}.items()).status
    carla.press(
        "Link it", {"Which ticket": "T-3", "How it was said": "email", "Where that": "<9@oak.example>"}
    )
    assert "T-2 and T-3 are solved" == carla.page.card("Rita (a-rita)").facts["Until"]

    rita.open("/workspaces")
    rita.press("T-2 is solved")
    assert (200, None) == said(rita)
    assert "T-3 is solved" not in rita.open("/workspaces").buttons(), "nobody closes a case from inside"
    rita.press("Leave")
    rita.press("T-3 is solved")
    assert (403, "ended_by_tickets") == said(rita)
    ended = {row["Who"]: row["Why it ended"] for row in carla.open(OAK).section("Past access").rows}
    assert "Its last ticket was solved" == ended["Rita (a-rita) of team support"]


def test_working_nobody_gets_in_before_saying_why(visit, toms):
    """Until Tom has entered with a reason and a ticket he is denied; then the customer reads it, and what was used."""
    tom, nora = visit("a-tom"), visit("m-nora")
    assert (403, "entry_required") == said(tom, "/crm/fern/invoices")
    tom.follow("Enter, and say why")
    form = tom.page.form("Enter", "Fern")
    assert 422 == tom.send(form.action, form.sent(SAID | {"Tickets": " "})).status
    assert (403, "entry_required") == said(tom, "/crm/fern/invoices")
    assert "Nobody has entered and not left." in nora.open(FERN).text
    assert "Link it" not in nora.page.buttons(), "no ticket keeps this open"
    assert "Not yet" == nora.page.card("Team technical-support").facts["Last used"]

    tom.open("/workspaces")
    page = tom.press("Enter", SAID, within="Fern")
    assert ("/crm/fern/invoices", 200) == (page.path, page.status)
    assert "Support session at Fern Clinic" in page.words
    tom.follow("6001")
    inside = nora.open(FERN).section("Inside now").text
    assert "Tom (a-tom), since Wed 3 Mar 2027, 14:20" in inside
    assert "16:20 (16:20 UTC) at the latest: Looking for the second copy (T-5)" in inside
    assert (
        "Wed 3 Mar 2027, 14:20 (14:20 UTC), by Tom (a-tom), 2 pages in all"
        == nora.page.card("Team technical-support").facts["Last used"]
    )

    tom.press("Leave")
    assert (403, "entry_required") == said(tom, "/crm/fern/invoices")
    (row,) = nora.open(FERN).section("Past sessions").rows
    assert ("Tom (a-tom)", "Looking for the second copy (T-5)", "Left") == (
        row["Who"],
        row["Why"],
        row["How"],
    )
    assert "Nobody has entered and not left." in nora.page.text


def test_working_every_way_out_is_told(visit, access, desk, toms, clock):
    """Signing out leaves, another's sign-in does, entering elsewhere does; and the end of a session is one."""
    tom = visit("a-tom")

    def enter():
        tom.open("/")
        (form,) = [form for form in tom.page.forms if "a-tom" in form.presses]
        tom.send(form.action, [*form.sent({}), ("who", "a-tom")])
        return tom.press("Enter", SAID, within="Fern")

    def states():
        return [str(each.state) for each in access.sessions("fern")]

    enter()
    assert ["open"] == states()
    tom.press("Sign out")
    assert ["left"] == states()
    enter()
    (form,) = [form for form in tom.open("/").forms if "a-zoe" in form.presses]
    tom.send(form.action, [*form.sent({}), ("who", "a-zoe")])
    assert ["left"] * 2 == states()
    asked = access.request("elm", by=desk.people["a-tom"], flow="ask", reason="Off")
    access.approve("elm", asked.id, by=desk.people["m-eva"], shown=access.preview("elm", asked.id).shown)
    enter()
    tom.open("/workspaces")
    tom.press("Enter", within="Elm")
    assert ["left"] * 3 == states()
    assert ["open"] == [str(each.state) for each in access.sessions("elm")]
    enter()
    clock.advance(hours=2)
    assert (403, "entry_required") == said(tom, "/crm/fern/invoices/6001")
    nora = visit("m-nora")
    assert "Its time was over" == nora.page.section("Past sessions").rows[0]["How"]


def test_working_entering_is_for_those_who_could_look(visit, access, toms):
    """Whom nothing lets in enters nowhere, by another's grant neither; no session is written that was none."""
    max_, tom = visit("a-max"), visit("a-tom")
    form = tom.page.form("Enter", "Fern")
    sent = dict(form.sent(SAID))
    token = dict(max_.page.forms[0].sent({}))["csrf"]
    assert 403 == max_.send(form.action, (sent | {"csrf": token}).items()).status
    assert 403 == tom.send(form.action, (sent | {"grant": ""}).items()).status
    access.resolve_ticket("fern", "T-5", by=System("tickets"))
    assert () == access.sessions("fern")


def test_working_the_vendor_suspends_an_agent_everywhere(visit, access, toms):
    """A lead suspends with a reason: a plain page, every click denied, every form refused; until the agent is back."""
    tom, dana, zoe = visit("a-tom"), visit("a-dana"), visit("a-zoe")
    form = tom.page.form("Enter", "Fern")
    sent = form.sent(SAID)
    dana.follow("Our agents")
    page = dana.press("Suspend", {"Why": "Laptop stolen"}, within="Tom")
    assert (
        "suspended since Wed 3 Mar 2027, 14:20 UTC, by Dana (a-dana) Laptop stolen" in page.card("Tom").text
    )

    page = tom.open("/workspaces")
    assert (403, []) == (page.status, page.buttons())
    assert "The vendor has suspended you. Talk to your lead." in page.text
    assert 403 == tom.open("/workspaces/elm/ask").status
    for path in ("/crm/fern/invoices", "/crm/fern/invoices/6001", "/crm/elm/invoices"):
        assert (path, 403, "suspended") == (path, *said(tom, path))
    assert ["/help/reasons#suspended", "/workspaces"] == [
        link for link in tom.page.links if "reasons#" in link or link.startswith("/workspaces")
    ][-2:]
    assert 403 == tom.send(form.action, sent).status
    assert () == access.sessions("fern")

    dana.press("Reinstate", within="Tom")
    tom.open("/workspaces")
    assert 200 == tom.press("Enter", SAID, within="Fern").status
    assert ["suspended", "reinstated"] == [event.kind for event in access.ledger.history(VENDOR)]
    assert "Our agents" not in zoe.page.words


def test_working_only_leads_suspend(visit, access):
    """Nobody but a lead sees the page or suspends by hand; a lead who is suspended does neither; no slip is written."""
    zoe, dana, ana = visit("a-zoe"), visit("a-dana"), visit("m-ana")
    for browser, path in ((zoe, "/workspaces"), (ana, "/tenants/acme/support")):
        token = ("csrf", dict(browser.page.forms[0].sent({}))["csrf"])
        assert (path, 403) == (path, browser.send("/vendor/agents/a-kim/suspend", [token]).status)
        assert (path, 403) == (path, browser.send("/vendor/agents/a-kim/reinstate", [token]).status)
        assert (path, 403) == (path, browser.open("/vendor").status)
    token = ("csrf", dict(dana.page.forms[0].sent({}))["csrf"])
    assert 404 == dana.send("/vendor/agents/a-kin/suspend", [token]).status
    assert 404 == dana.send("/vendor/agents/m-ana/suspend", [token]).status
    dana.send("/vendor/agents/a-dana/suspend", [token])
    assert ("/vendor", 403) == (dana.page.path, dana.page.status)
    assert 403 == dana.send("/vendor/agents/a-kim/suspend", [token]).status
    assert 403 == dana.send("/vendor/agents/a-dana/reinstate", [token]).status
    assert 1 == len(access.ledger.history(VENDOR))
