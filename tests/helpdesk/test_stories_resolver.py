"""Resolver, told through the help desk's pages: a contact approves a ticket, then a representative activates."""

from functools import partial

import pytest
from browsing import Browser

SUPPORT = "/tenants/oak/support"
INVOICE = "/crm/oak/invoices/5001"


@pytest.fixture
def visit(server):
    """Opens the browser of somebody who signs in."""
    return partial(Browser, server)


def said(browser, path):
    """Return the status and the reason of a click."""
    page = browser.open(path)
    return page.status, page.root.facts.get("Reason")


def ask(browser, flow, why, tickets="T-1"):
    """Ask for a consent by *flow*."""
    browser.open("/workspaces/oak/ask")
    filled = {"Why": why, "Tickets": tickets}
    return browser.press("Ask", filled, within=f"{flow} Who")


def on_the_form(contact, tickets="T-1"):
    """Approve up front, as the form for a ticket does."""
    contact.open(SUPPORT)
    filled = {
        "Why": "The import hangs",
        "Tickets": tickets,
        "How it was said": "portal ticket",
        "Where that": "form 1",
    }
    return contact.press("Give this consent", filled, within="Approval a consent")


def activate(agent, contact="Carla", **filled):
    """Open the access, naming who approved."""
    agent.open("/workspaces")
    return agent.press("Activate", {"Who agreed to it?": contact, "Why": "Looking into it", **filled})


def test_resolver_from_the_ticket_form_to_the_look_back(visit):
    """[R1, R2, R3, R5, R11] Approved on the form, activated naming the contact, used, given back, looked back at."""
    carla, ada, rita, max_ = visit("m-carla"), visit("m-ada"), visit("a-rita"), visit("a-max")
    assert (403, "no_grant") == said(rita, INVOICE)
    assert "Right now, nobody of support can get in." in ada.page.text
    assert [] == [form.action for form in ada.page.forms if form.action.endswith("/grants")]
    with pytest.raises(AssertionError, match="a browser would ask for 'Where that can be found"):
        carla.press("Give this consent", {"Why": "It hangs", "Tickets": "T-1"}, within="Approval a consent")
    with pytest.raises(AssertionError, match="a browser would ask for 'Tickets"):
        carla.press(
            "Give this consent", {"Why": "It hangs", "Where that": "form 1"}, within="Approval a consent"
        )
    page = on_the_form(carla)
    assert (
        "Right now, nobody of support is let in; team support may open access, by a consent that was given."
        in page.text
    )
    facts = page.card("a consent, which lets nobody in by itself").facts
    assert (
        "Carla (m-carla), authorized contact, by portal ticket: form 1, Wed 3 Mar 2027, 14:20 (14:20 UTC)"
        == facts["Allowed by"]
    )
    assert ("The import hangs (T-1) (nobody had asked)", "No end: until somebody ends it") == (
        facts["Why"],
        facts["Until"],
    )

    assert (403, "no_grant") == said(rita, INVOICE)
    assert "Enter" not in rita.open("/workspaces").buttons()
    assert "Nobody has let you in at the moment." in rita.page.text
    refused = activate(rita, "Ada")
    assert (403, True) == (refused.status, "was not given by m-ada" in refused.text)
    assert (403, "no_grant") == said(rita, INVOICE)
    page = activate(rita)
    assert "until T-1 is solved" in page.section("Open to you").text
    assert ["5001", "5002"] == [row["Number"] for row in next(rita.press("Enter").root.all("main")).rows]
    assert "Import hangs at row 40" == rita.follow("5001").root.facts["Note"]
    assert (403, "no_grant") == said(max_, INVOICE), "whoever activated, and nobody else"
    card = ada.open(SUPPORT).card("Rita (a-rita) of team support")
    assert "Right now, Rita (a-rita) of team support can get in." in ada.page.text
    assert "Looking into it (T-1)" in card.facts["Why"]

    rita.press("Leave")
    page = rita.press("Give back")
    assert "Nobody has let you in at the moment." in page.text
    assert (403, "relinquished") == said(rita, INVOICE)
    (row,) = carla.open(SUPPORT).section("Past access").rows
    assert ("Rita (a-rita) of team support", "Given back by Rita (a-rita)") == (
        row["Who"],
        row["Why it ended"],
    )


def test_resolver_by_email_nothing_opens_before_the_answer_is_recorded(visit):
    """[R2, R4] Asked by support: until a contact's e-mail is recorded with its reference, nothing can be activated."""
    carla, ada, rita = visit("m-carla"), visit("m-ada"), visit("a-rita")
    page = ask(rita, "Approval", "The import hangs")
    assert "waits for authorized contact" in page.card("Oak Logistics").text
    assert "Activate" not in page.buttons()
    assert [] == ada.open(SUPPORT).buttons("asks for a consent")
    assert "You may not answer this one." in ada.page.card("Rita (a-rita) asks for a consent").text

    carla.open(SUPPORT)
    with pytest.raises(AssertionError, match="a browser would ask for 'Where that can be found"):
        carla.press("Approve", {"How it was said": "email"})
    page = carla.press("Approve", {"How it was said": "email", "Where that": "<77@mail.oak.example>"})
    (row,) = page.section("Past requests").rows
    assert ("Rita (a-rita)", "Approved by Carla (m-carla)") == (row["Who asked"], row["What became of it"])
    assert "by email" in page.card("a consent, which lets nobody in by itself").facts["Allowed by"]
    activate(rita)
    assert (200, None) == said(rita, INVOICE)


def test_resolver_a_no_and_silence_leave_nothing_to_activate(visit, clock):
    """[R5] A request that was denied, or that nobody answered, can be activated by nobody."""
    carla, rita, max_ = visit("m-carla"), visit("a-rita"), visit("a-max")
    ask(rita, "Approval", "The import hangs")
    carla.open(SUPPORT)
    carla.press("Deny", {"Why not": "Write to us first"})
    ask(max_, "Approval", "It hangs again")
    clock.advance(days=14)
    for agent, outcome in (
        (rita, "Denied by Carla (m-carla): Write to us first"),
        (max_, "Nobody answered in time"),
    ):
        page = agent.open("/workspaces")
        assert outcome in page.section("Answered lately").text
        assert "Activate" not in page.buttons()
        assert (403, "no_grant") == said(agent, INVOICE)


def test_resolver_a_change_takes_its_own_approval_on_that_ticket(visit, desk):
    """[R10] Access lets support look; to change takes an approval of its own, in writing, on the same ticket."""
    carla, rita = visit("m-carla"), visit("a-rita")
    on_the_form(carla)
    activate(rita)
    rita.open(INVOICE)
    denied = rita.follow("Edit")
    assert (403, "needs_consent") == (denied.status, denied.root.facts["Reason"])
    on_the_form(carla, "T-2")
    assert (403, "needs_consent") == said(rita, f"{INVOICE}/edit"), (
        "two approvals of access are none of a change"
    )
    assert "Leave it first." in rita.follow("Ask for that consent").text
    rita.press("Leave")
    for ticket, reason in (("T-2", "needs_consent"), ("T-1", None)):
        ask(rita, "Change", "Skip row 40", ticket)
        carla.open(SUPPORT)
        carla.press("Approve", {"How it was said": "written", "Where that": f"letter on {ticket}"})
        assert reason == said(rita, f"{INVOICE}/edit")[1]
    rita.press("Save", {"Status": "paid", "Note": "Row 40 is skipped"})
    assert "Row 40 is skipped" == desk.invoices.find("oak", 5001).note

    carla.open(SUPPORT)
    carla.press("Revoke", within="Skip row 40 (T-1)")
    assert [(403, "needs_consent"), (200, None)] == [said(rita, f"{INVOICE}/edit"), said(rita, INVOICE)]


def test_resolver_the_contact_takes_it_back(visit):
    """[R5, R13] The approval taken back, what was activated under it is over at once, and nothing more can be."""
    carla, rita = visit("m-carla"), visit("a-rita")
    on_the_form(carla)
    activate(rita)
    rita.open(INVOICE)
    carla.open(SUPPORT)
    page = carla.press("Revoke", within="flow “approval”")
    denied = rita.follow("Invoices of Oak Logistics")
    assert (403, "consent_ended") == (denied.status, denied.root.facts["Reason"])
    assert {"The consent that it rested on ended", "Revoked by Carla (m-carla)"} == {
        row["Why it ended"] for row in page.section("Past access").rows
    }
    assert "Activate" not in rita.open("/workspaces").buttons()


def test_resolver_everything_is_switched_off_at_any_time(visit):
    """[R13] The page lists what is live, for whom, since when and for which tickets; one button ends all of it."""
    carla, rita, max_ = visit("m-carla"), visit("a-rita"), visit("a-max")
    on_the_form(carla)
    on_the_form(carla, "T-2")
    rita.open("/workspaces")
    rita.press("Activate", {"Who agreed to it?": "Carla", "Why": "Looking"}, within="Tickets T-1")
    max_.open("/workspaces")
    max_.press("Activate", {"Who agreed to it?": "Carla", "Why": "Looking"}, within="Tickets T-2")
    page = carla.open(SUPPORT)
    assert (
        "Right now, Max (a-max) of team support can get in and Rita (a-rita) of team support can get in."
        in page.text
    )
    page = carla.press("Stop everything")
    assert "Right now, nobody of support can get in." in page.text
    assert 4 == len(page.section("Past access").rows)
    assert [(403, "cut_off")] * 2 == [said(agent, INVOICE) for agent in (rita, max_)]
