"""m3ter, told through the help desk's pages: an admin lets Support into the organization until a date begins."""

from functools import partial

import pytest
from browsing import Browser

SUPPORT = "/tenants/cobalt/support"
INVOICE = "/crm/cobalt/invoices/2001"
READ = "I have read this text, version support-terms-3."
ADMINISTRATOR = "Administrator: do anything"
SEE = "See invoices: look at invoices, change nothing"
METERS = "Fix meters: look at and change meters"


@pytest.fixture
def visit(server):
    """Opens the browser of somebody who signs in."""
    return partial(Browser, server)


def give(browser, day, *policies, **filled):
    """Let Support in until *day* begins, from the page on."""
    browser.open(SUPPORT)
    what = {"What": list(policies)} if policies else {}
    return browser.press("Allow access", {"The date": day, READ: True, **what, **filled})


def said(browser, path):
    """Return the status and the reason of a click."""
    page = browser.open(path)
    return page.status, page.root.facts.get("Reason")


def test_m3ter_from_the_first_click_to_the_look_back(visit, clock, desk):
    """[T1, T2, T3, T6, T10] Given until a date begins over there; over at that midnight, and looked back at."""
    dora, cy, max_, kim = visit("m-dora"), visit("m-cy"), visit("a-max"), visit("a-kim")
    assert (403, "no_grant") == said(max_, INVOICE)
    assert "takes no requests from you here: they let support in by themselves" in max_.page.text
    assert "Until when: until a date begins" in dora.page.text
    page = give(dora, "2027-03-10", Why="Meter 17 reads twice")
    assert {
        "What": "Do anything.",
        "Where": "Everything",
        "Since": "Wed 3 Mar 2027, 09:20 (14:20 UTC)",
        "Until": "Wed 10 Mar 2027, 00:00 (05:00 UTC)",
        "Allowed by": "Dora (m-dora), admin, on this page, Wed 3 Mar 2027, 09:20 (14:20 UTC)",
        "Why": "Meter 17 reads twice (nobody had asked)",
        "Last used": "Not yet",
    } == page.card("Team support").facts
    card = cy.open(SUPPORT).card("Team support")
    assert ("Do anything.", "Wed 10 Mar 2027, 00:00 (05:00 UTC)") == (card.facts["What"], card.facts["Until"])
    assert [] == cy.page.buttons(), "who may only look has nothing to press"

    max_.open("/workspaces")
    max_.press("Enter")
    assert "; ends in 6 days 14 h, Wed 10 Mar 2027, 00:00 in New York" in max_.page.words
    assert ["2001", "2002"] == [row["Number"] for row in next(max_.page.root.all("main")).rows]
    max_.follow("2001")
    max_.follow("Edit")
    max_.press("Save", {"Status": "paid", "Note": "Meter 17 is exchanged"})
    assert ("paid", "Meter 17 is exchanged") == (
        desk.invoices.find("cobalt", 2001).status,
        desk.invoices.find("cobalt", 2001).note,
    )
    assert (403, "no_grant") == said(kim, INVOICE)
    assert (403, "no_grant") == said(max_, "/crm/elm/invoices/4001"), "nothing of another organization"

    clock.set("2027-03-10T04:59:59.999999Z")
    assert (200, None) == said(max_, INVOICE)
    clock.set("2027-03-10T05:00:00Z")
    assert (403, "expired") == said(max_, INVOICE)
    (row,) = cy.open(SUPPORT).section("Past access").rows
    assert ("Its time was over", "Wed 10 Mar 2027, 00:00 (05:00 UTC)") == (row["Why it ended"], row["Ended"])
    assert "Dora (m-dora), admin, on this page" == row["Allowed by"]


def test_m3ter_the_soonest_end_is_tomorrow_over_there(visit, clock):
    """[T2, T5] What is tomorrow goes by the organization's clocks; a form from before midnight is refused after it."""
    clock.set("2027-03-04T04:30:00Z")
    dora, max_ = visit("m-dora"), visit("a-max")
    assert "It is Wed 3 Mar 2027, 23:30 in New York" in dora.page.words
    (day,) = [field for field in dora.page.form("Allow access").fields if field.get("type") == "date"]
    assert "2027-03-04" == day.get("min")
    with pytest.raises(AssertionError, match="a browser has no such date"):
        give(dora, "2027-03-03")
    clock.advance(minutes=30)
    late = dora.press("Allow access", {"The date": "2027-03-04", READ: True})
    assert (403, (403, "no_grant")) == (late.status, said(max_, INVOICE))
    assert "Nothing was done. Your rules do not offer that end." in late.text
    page = dora.press("Allow access", {"The date": "2027-03-05"})
    assert "Fri 5 Mar 2027, 00:00 (05:00 UTC)" == page.card("Team support").facts["Until"]
    clock.set("2027-03-05T04:59:59Z")
    assert (200, None) == said(max_, INVOICE)
    clock.advance(seconds=1)
    assert (403, "expired") == said(max_, INVOICE)


def test_m3ter_a_date_where_the_clocks_change(visit, clock):
    """[T3] Across the night in which New York's clocks go forward, the end is midnight as that day has it."""
    dora, max_ = visit("m-dora"), visit("a-max")
    page = give(dora, "2027-03-15")
    assert "Mon 15 Mar 2027, 00:00 (04:00 UTC)" == page.card("Team support").facts["Until"]
    clock.set("2027-03-15T03:59:59Z")
    assert (200, None) == said(max_, INVOICE)
    clock.advance(seconds=1)
    assert (403, "expired") == said(max_, INVOICE)


def test_m3ter_policies_are_what_was_ticked(visit):
    """[T6] The managed administrator policy is ticked at first; without it the team may do what the others allow."""
    dora, max_ = visit("m-dora"), visit("a-max")
    form = dora.page.form("Allow access")
    assert [ADMINISTRATOR, METERS, "Read only: look at everything, change nothing", SEE] == form.offered[
        "What"
    ]
    assert ["administrator"] == [
        value for name, value in form.sent({"The date": "2027-03-10", READ: True}) if name == "policies"
    ]
    page = give(dora, "2027-03-10", "none of them")
    assert (422, True) == (page.status, "please choose what support may do" in page.text)
    assert (403, "no_grant") == said(max_, INVOICE)

    page = give(dora, "2027-03-10", SEE, METERS)
    assert "Look at and change meters and look at invoices." == page.card("Team support").facts["What"]
    assert [(200, None), (403, "action_not_permitted")] == [
        said(max_, INVOICE),
        said(max_, f"{INVOICE}/edit"),
    ]


def test_m3ter_revoking_is_at_once(visit):
    """[T8] Revoked, access does not wait for midnight: the click after it is denied, and the page says by whom."""
    dora, max_ = visit("m-dora"), visit("a-max")
    give(dora, "2027-03-10")
    max_.open(f"{INVOICE}/edit")
    dora.press("Revoke")
    denied = max_.press("Save", {"Status": "paid"})
    assert (403, "revoked") == (denied.status, denied.root.facts["Reason"])
    (row,) = dora.open(SUPPORT).section("Past access").rows
    assert ("Revoked by Dora (m-dora)", "Wed 3 Mar 2027, 09:20 (14:20 UTC)") == (
        row["Why it ended"],
        row["Ended"],
    )


def test_m3ter_a_live_grant_is_moved_and_narrowed(visit, clock, access):
    """[T7, T9] A later date, other policies and none of them count from the next click on, and are recorded."""
    dora, max_ = visit("m-dora"), visit("a-max")
    give(dora, "2027-03-10")
    page = dora.press("Change", {"Until when": "until a date begins", "The date": "2027-03-20"})
    assert "Sat 20 Mar 2027, 00:00 (04:00 UTC)" == page.card("Team support").facts["Until"]
    clock.advance(days=10)
    max_.open(INVOICE)
    assert 200 == max_.follow("Edit").status
    page = dora.press("Change", {"What": [SEE]})
    facts = page.card("Team support").facts
    assert ("Look at invoices, change nothing.", "Sat 20 Mar 2027, 00:00 (04:00 UTC)") == (
        facts["What"],
        facts["Until"],
    )
    denied = max_.press("Save", {"Status": "paid"})
    assert (403, "action_not_permitted") == (denied.status, denied.root.facts["Reason"])
    assert (200, None) == said(max_, INVOICE)
    page = dora.press("Change", {"What": ["none of them"]})
    assert "Do nothing at all." == page.card("Team support").facts["What"]
    assert (403, "action_not_permitted") == said(max_, INVOICE)
    amended = [event.body for event in access.ledger.history("cobalt") if event.kind == "amended"]
    assert [("administrator",), ("administrator",), ("see-invoices",)] == [
        each.old.policies for each in amended
    ]
    assert [("administrator",), ("see-invoices",), ()] == [each.new.policies for each in amended]


def test_m3ter_as_soon_as_possible_is_the_next_midnight(visit, clock):
    """[T8] Ended as soon as possible, access goes on to the next midnight over there, and is told as expired."""
    dora, max_ = visit("m-dora"), visit("a-max")
    give(dora, "2027-03-10")
    page = dora.press("Change", {"Until when": "as soon as possible"})
    assert "Thu 4 Mar 2027, 00:00 (05:00 UTC)" == page.card("Team support").facts["Until"]
    clock.set("2027-03-04T04:59:59Z")
    assert (200, None) == said(max_, INVOICE)
    clock.advance(seconds=1)
    assert (403, "expired") == said(max_, INVOICE)
    (row,) = dora.open(SUPPORT).section("Past access").rows
    assert ("Its time was over", "Thu 4 Mar 2027, 00:00 (05:00 UTC)") == (row["Why it ended"], row["Ended"])


def test_m3ter_a_change_is_of_what_the_page_showed(visit):
    """[T13] Changed in one tab, a change from the other is refused, and the page comes back as things stand."""
    dora, max_ = visit("m-dora"), visit("a-max")
    give(dora, "2027-03-10")
    before = dora.page
    dora.press("Change", {"What": [SEE]})
    dora.page = before
    stale = dora.press("Change", {"Until when": "until a date begins", "The date": "2028-03-10"})
    assert 409 == stale.status
    assert (
        "Nothing was done. Somebody has changed this since you saw it. Below is how it stands now."
        in stale.text
    )
    facts = stale.card("Team support").facts
    assert ("Look at invoices, change nothing.", "Wed 10 Mar 2027, 00:00 (05:00 UTC)") == (
        facts["What"],
        facts["Until"],
    )
    assert (403, "action_not_permitted") == said(max_, f"{INVOICE}/edit")
