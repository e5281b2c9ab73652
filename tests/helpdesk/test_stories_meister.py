"""Meister, told through the help desk's pages: a member opens their own account, an admin those of the whole team."""

from functools import partial

import pytest
from browsing import Browser

SUPPORT = "/tenants/acme/support"
ANAS, BENS, INES_S = (f"/crm/acme/invoices/{number}" for number in (1001, 1002, 1004))
READ = "I have read this text, version privacy-2023-04."
NOBODY = "Right now, nobody of support can get in."


@pytest.fixture
def visit(server):
    """Opens the browser of somebody who signs in."""
    return partial(Browser, server)


def give(browser, **filled):
    """Let Customer Success in, from the page on, having read the text."""
    browser.open(SUPPORT)
    return browser.press(
        "Allow access", {READ: True, **{name.replace("_", " "): value for name, value in filled.items()}}
    )


def said(browser, path):
    """Return the status and the reason of a click."""
    page = browser.open(path)
    return page.status, page.root.facts.get("Reason")


def numbers(page):
    """Return the invoices on a list."""
    return [row["Number"] for row in next(page.root.all("main")).rows]


def test_meister_a_member_opens_their_own_account_and_closes_it(visit):
    """[M1, M2, M6, M7, M9, M10, M12, M13] Nobody is in, then the team in Ben's account alone, then it is out."""
    ben, kim, lou, max_ = visit("m-ben"), visit("a-kim"), visit("a-lou"), visit("a-max")
    for agent in (kim, lou, max_):
        assert [(403, "no_grant")] * 3 == [said(agent, path) for path in (ANAS, BENS, INES_S)]

    form = ben.page.form("Allow access")
    assert ["1 week", "1 month", "1 year"] == form.offered["Until when"]
    assert "Where: Ben’s account" in ben.page.text
    assert "Information and files in the account stay confidential" in ben.page.text
    with pytest.raises(AssertionError, match="a browser would ask for 'I have read this text"):
        ben.press("Allow access")
    page = give(ben, Why="Two are missing", Until_when="1 week")
    assert "Right now, team customer-success can get in, into Ben’s account only." in page.text
    assert {
        "What": "Look at everything and resolve tickets.",
        "Where": "Ben’s account",
        "Since": "Wed 3 Mar 2027, 15:20 (14:20 UTC)",
        "Until": "Wed 10 Mar 2027, 15:20 (14:20 UTC)",
        "Allowed by": "Ben (m-ben), owner, on this page, Wed 3 Mar 2027, 15:20 (14:20 UTC)",
        "Why": "Two are missing (nobody had asked)",
        "Last used": "Not yet",
    } == page.card("customer-success").facts

    assert (200, None) == said(lou, BENS), "whoever of the team comes"
    card = kim.open("/workspaces").card("Acme Gardens")
    assert "ends in 7 days, Wed 10 Mar 2027, 15:20 in Berlin" in card.text
    assert ["1002", "1003"] == numbers(kim.press("Enter"))
    assert "Missing after the import" == kim.follow("1002").root.facts["Note"]
    denied = kim.follow("Edit")
    assert (403, "action_not_permitted") == (denied.status, denied.root.facts["Reason"])
    assert "What the customer agreed to does not include this. You can ask for more." in denied.text
    assert [(403, "out_of_scope")] * 2 == [said(kim, path) for path in (ANAS, INES_S)]
    assert (403, "no_grant") == said(max_, BENS), "another team is not meant"

    kim.open(BENS)
    ben.wait(days=6)
    page = ben.press("Revoke")
    assert NOBODY in page.text
    denied = kim.follow("Edit")
    assert (403, "revoked") == (denied.status, denied.root.facts["Reason"])
    (row,) = page.section("Past access").rows
    assert ("Team customer-success", "Revoked by Ben (m-ben)", "Tue 9 Mar 2027, 15:20 (14:20 UTC)") == (
        row["Who"],
        row["Why it ended"],
        row["Ended"],
    )
    assert ("Ben (m-ben), owner, on this page", "Two are missing") == (row["Allowed by"], row["Why"])


def test_meister_an_agent_asks_and_the_admin_agrees_to_less(visit):
    """[M3, M7, M13] Asked for a month of everything, the admin gives a day: it covers every account, and ends."""
    kim, ana, ben = visit("a-kim"), visit("m-ana"), visit("m-ben")
    kim.follow("Ask Acme Gardens")
    kim.press(
        "Ask",
        {
            "Where": "Everything",
            "Until when": "1 month",
            "Why": "The import lost invoices",
            "Tickets": "T-3101",
        },
    )
    assert "waits for owner or admin" in kim.page.card("Acme Gardens").text
    assert "You may not answer this one." in ben.open(SUPPORT).card("asks for access").text
    ana.open(SUPPORT)
    facts = ana.page.card("Kim (a-kim) asks for access").facts
    assert ("Everything", "Sat 3 Apr 2027, 15:20 (13:20 UTC)", "The import lost invoices (T-3101)") == (
        facts["Where"],
        facts["Until"],
        facts["Why"],
    )
    page = ana.press("Approve", {"How long": "Shorter: 1 day", READ: True})
    facts = page.card("flow “support access”").facts
    assert ("Thu 4 Mar 2027, 15:20 (14:20 UTC)", "The import lost invoices (T-3101)") == (
        facts["Until"],
        facts["Why"],
    )
    kim.open("/workspaces")
    assert ["1001", "1002", "1003", "1004"] == numbers(kim.press("Enter"))
    assert (200, None) == said(kim, INES_S)
    over = kim.wait(days=1)
    assert (403, "expired") == (over.status, over.root.facts["Reason"])
    (row,) = ana.open(SUPPORT).section("Past requests").rows
    assert ("Approved by Ana (m-ana)", "–", "Thu 4 Mar 2027, 15:20 (14:20 UTC)") == (
        row["What became of it"],
        row["Lapsed"],
        row["Access ended"],
    )


def test_meister_my_revoking_mine_leaves_the_admins(visit):
    """[M3, M7, M8, M11] Ben ends his own and not Ana's; Ana ends hers, and only then is his account closed."""
    ana, ben, ines, kim = visit("m-ana"), visit("m-ben"), visit("m-ines"), visit("a-kim")
    give(ben, Until_when="1 month")
    give(ana, Where="Everything", Why="The import")
    assert [(200, None)] * 3 == [said(kim, path) for path in (ANAS, BENS, INES_S)]
    assert [] == [button for button in ines.open(SUPPORT).buttons() if button == "Revoke"]
    ben.open(SUPPORT)
    assert "Where Everything" in ben.page.section("Access now").text
    ben.press("Revoke", within="Ben’s account Since")
    assert "Right now, team customer-success can get in." in ben.page.text
    assert (200, None) == said(kim, BENS)
    assert "; ends in 7 days" in kim.page.words
    ana.open(SUPPORT)
    ana.press("Revoke")
    assert [(403, "revoked")] * 2 == [said(kim, path) for path in (ANAS, BENS)]
    assert NOBODY in ben.open(SUPPORT).text


def test_meister_the_admin_ends_what_a_member_gave(visit):
    """[M7, B7] An admin ends a member's grant with the same button, and everything at once with another."""
    ana, ben, ines, kim = visit("m-ana"), visit("m-ben"), visit("m-ines"), visit("a-kim")
    give(ben)
    give(ines)
    ana.open(SUPPORT)
    ana.press("Revoke", within="Ben’s account Since")
    assert [(403, "out_of_scope"), (200, None)] == [said(kim, BENS), said(kim, INES_S)]
    ana.press("Stop everything")
    assert [403, 403] == [kim.open(path).status for path in (BENS, INES_S)]
    assert NOBODY in ana.page.text
    assert ["Ended together with everything else by Ana (m-ana)", "Revoked by Ana (m-ana)"] == [
        row["Why it ended"] for row in ana.page.section("Past access").rows
    ]


def test_meister_months_and_years_go_by_the_calendar(visit, clock):
    """[M4, M5, M6] 31 January and a month is the last of February, 29 February and a year the 28th."""
    clock.set("2028-01-31T14:20:00Z")
    ben, kim = visit("m-ben"), visit("a-kim")
    page = give(ben, Until_when="1 month")
    assert "Tue 29 Feb 2028, 15:20 (14:20 UTC)" == page.card("customer-success").facts["Until"]
    clock.set("2028-02-29T14:19:59.999999Z")
    assert (200, None) == said(kim, BENS)
    clock.set("2028-02-29T14:20:00Z")
    assert (403, "expired") == said(kim, BENS)
    page = give(ben, Until_when="1 year")
    assert "Wed 28 Feb 2029, 15:20 (14:20 UTC)" == page.card("Ben’s account Since").facts["Until"]
    clock.advance(days=400)
    assert (403, "expired") == said(kim, BENS)
