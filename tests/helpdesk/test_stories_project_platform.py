"""The project platform, told through the help desk's pages: switched on by a typed word, and hidden while off."""

from functools import partial

import pytest
from browsing import Browser

SUPPORT = "/tenants/delta/support"
SHOP = "/crm/delta/invoices/3001"
OLD_SHOP = "/crm/delta/invoices/3002"
OFF = "Right now, nobody of support can get in."
ON = "Right now, team support can get in, into Project 42, the new shop only."


@pytest.fixture
def visit(server):
    """Opens the browser of somebody who signs in."""
    return partial(Browser, server)


def switch_on(browser, word="Support", why="The plan is empty", **filled):
    """Switch support on, from the page on."""
    browser.open(SUPPORT)
    return browser.press("Allow access", {"Why": why, "To confirm, type": word, **filled})


def switch_off(browser, word="Support", within="Project 42"):
    """Switch it off."""
    browser.open(SUPPORT)
    return browser.press("Revoke", {"To confirm, type": word}, within=within)


def nowhere(browser, path):
    """Whether the answer at *path* is, byte for byte, the one at a customer who never was."""
    found, invented = browser.open(path), browser.open(path.replace("/delta/", "/never-was/"))
    return (404, 404, invented.html) == (found.status, invented.status, found.html)


def test_platform_from_the_first_click_to_the_look_back(visit):
    """[P1, P3, P4, P5, P6, P8, P9, P10] On with a reason and the word, used in the one project, off, and gone."""
    emil, fay, hana, max_ = visit("m-emil"), visit("m-fay"), visit("m-hana"), visit("a-max")
    assert "Delta Studio" not in max_.page.words
    assert nowhere(max_, SHOP)

    assert OFF in emil.page.text
    with pytest.raises(AssertionError, match="a browser would ask for"):
        emil.press("Allow access")
    blank = switch_on(emil, why=" \t ")
    assert (422, True) == (blank.status, "Nothing was done yet: please say why." in blank.text)
    wrong = switch_on(emil, "support")
    assert (403, True) == (wrong.status, "The word was missing, or another one." in wrong.text)
    assert ("reason", "The plan is empty") in wrong.form("Allow access").sent({"To confirm, type": "x"}), (
        "kept"
    )
    assert nowhere(max_, SHOP)
    page = switch_on(emil)
    assert (200, True) == (page.status, ON in page.text)
    facts = page.card("handshake").facts
    assert ("Project 42, the new shop", "No end: until somebody ends it") == (facts["Where"], facts["Until"])
    assert "Emil (m-emil), admin, on this page, Wed 3 Mar 2027, 23:20 (14:20 UTC)" == facts["Allowed by"]
    assert "The plan is empty (nobody had asked)" == facts["Why"]

    card = max_.open("/workspaces").card("Delta Studio")
    assert ("Project 42, the new shop", "The plan is empty") == (card.facts["Where"], card.facts["Why"])
    assert "no end is set" in card.text
    page = max_.press("Enter")
    assert ["3001"] == [row["Number"] for row in next(page.root.all("main")).rows]
    assert "Kite Makers" == max_.follow("3001").root.facts["Customer"]
    denied = max_.follow("Edit")
    assert (403, "action_not_permitted") == (denied.status, denied.root.facts["Reason"])
    assert nowhere(max_, OLD_SHOP), "the other project is off, and as hidden as before"

    assert ON in hana.open(SUPPORT).text
    max_.open(SHOP)
    assert 200 == max_.wait(weeks=5).status
    page = switch_off(fay)
    assert OFF in page.text
    assert nowhere(max_, SHOP)
    assert "Delta Studio" not in max_.open("/workspaces").text
    (row,) = hana.open(SUPPORT).section("Past access").rows
    assert ("Team support", "Revoked by Fay (m-fay)", "Wed 7 Apr 2027, 23:20 (14:20 UTC)") == (
        row["Who"],
        row["Why it ended"],
        row["Ended"],
    )
    assert ("Emil (m-emil), admin, on this page", "The plan is empty") == (row["Allowed by"], row["Why"])


def test_platform_what_is_off_looks_like_nothing(visit):
    """[P8] Off, off again, or on for others: to an agent who was not let in, the customer is one who never was."""
    emil, max_, zoe = visit("m-emil"), visit("a-max"), visit("a-zoe")
    paths = (SHOP, "/crm/delta/invoices", f"{SHOP}/edit", "/workspaces/delta/ask", SUPPORT)
    assert [True] * 5 == [nowhere(max_, path) for path in paths]
    switch_on(emil)
    assert [200, 200, 403, 200, 404] == [max_.open(path).status for path in paths]
    assert [True] * 5 == [nowhere(zoe, path) for path in paths]
    assert "Delta Studio" not in zoe.open("/workspaces").words
    switch_off(emil)
    max_.press("Leave")
    assert [True] * 5 == [nowhere(max_, path) for path in paths]


def test_platform_a_wrong_word_changes_nothing(visit):
    """[P4, P5] Neither on nor off goes by another word, and what was typed is not read back to anybody."""
    emil, max_ = visit("m-emil"), visit("a-max")
    wrong = ("support", "SUPPORT", "Support.", "\u0405upport", " ")
    for word in wrong:
        refused = emil.press("Allow access", {"Why": "The plan is empty", "To confirm, type": word})
        assert (word, 403, True) == (word, refused.status, OFF in refused.text)
        assert f'value="{word}"' not in refused.html
    assert 404 == max_.open(SHOP).status
    switch_on(emil, " Support\u00a0")
    for word in wrong:
        refused = emil.press("Revoke", {"To confirm, type": word})
        assert (word, 403, True) == (word, refused.status, ON in refused.text)
    assert 200 == max_.open(SHOP).status
    assert OFF in switch_off(emil, "  Support ").text


def test_platform_two_pages_one_state(visit):
    """[P6] Two people have the page open and both switch on: it is one grant, off for both, and anew a new one."""
    emil, fay, max_ = visit("m-emil"), visit("m-fay"), visit("a-max")
    fay.open(SUPPORT)
    switch_on(emil)
    twice = fay.press(
        "Allow access",
        {"Where": "Project 42, the new shop", "Why": "Still empty", "To confirm, type": "Support"},
    )
    assert (200, 1) == (twice.status, twice.buttons().count("Revoke"))
    assert "The plan is empty (nobody had asked)" == twice.card("handshake").facts["Why"]
    assert "No access is agreed to at present." in switch_off(fay).text
    assert 404 == max_.open(SHOP).status
    late = emil.press("Revoke", {"To confirm, type": "Support"})
    assert (200, True) == (late.status, OFF in late.text), "off twice is off"
    assert 1 == len(late.section("Past access").rows)
    switch_on(emil)
    assert 200 == max_.open(SHOP).status


def test_platform_only_who_may_switches(visit):
    """[P2] The project's admin and the group's creator have its switch; another project's admin has theirs."""
    found = {}
    for who in ("m-emil", "m-fay", "m-gus", "m-hana"):
        page = visit(who).page
        forms = [form for form in page.forms if form.action.endswith("/grants")]
        found[who] = [
            field.get("value") for form in forms for field in form.fields if field.get("name") == "scope"
        ]
    assert {
        "m-emil": ["project:42"],
        "m-fay": ["project:42", "project:43"],
        "m-gus": ["project:43"],
        "m-hana": [],
    } == found

    switch_on(visit("m-emil"))
    switches = {who: visit(who).page.buttons("Project 42").count("Revoke") for who in found}
    assert {"m-emil": 1, "m-fay": 1, "m-gus": 0, "m-hana": 0} == switches


def test_platform_two_projects_are_two_switches(visit):
    """[P1, P6] Each project has its own: the agent's list holds what is on, and one goes off without the other."""
    fay, gus, max_ = visit("m-fay"), visit("m-gus"), visit("a-max")
    switch_on(fay, Where="Project 42, the new shop")
    switch_on(gus, why="Old links")
    page = max_.open("/crm/delta/invoices")
    assert ["3001", "3002"] == [row["Number"] for row in next(page.root.all("main")).rows]
    switch_off(gus, within="Project 43")
    page = max_.open("/crm/delta/invoices")
    assert ["3001"] == [row["Number"] for row in next(page.root.all("main")).rows]
    assert nowhere(max_, OLD_SHOP)


def test_platform_no_end_is_no_end(visit, clock):
    """[P10] The form says that there is no end, the page says so later, and a hundred years on it is still on."""
    emil, max_ = visit("m-emil"), visit("a-max")
    assert "Until when: until somebody ends it" in emil.page.text
    switch_on(emil)
    clock.advance(days=36_525)
    assert 200 == max_.open(SHOP).status
    assert "no end is set" in max_.page.words
    assert "No end: until somebody ends it" == emil.open(SUPPORT).card("handshake").facts["Until"]


def test_platform_the_agent_gives_it_back(visit):
    """[P8, B6] Given back by the agent it is off, hidden, and told apart from revoked."""
    hana, max_ = visit("m-hana"), visit("a-max")
    switch_on(visit("m-emil"))
    max_.open("/workspaces")
    assert "Delta Studio" not in max_.press("Give back").words
    assert nowhere(max_, SHOP)
    (row,) = hana.open(SUPPORT).section("Past access").rows
    assert "Given back by Max (a-max)" == row["Why it ended"]


def test_platform_freezing_needs_no_word(visit):
    """[P5, B7] The word binds the switch alone: who may agree for one project freezes at once, others cannot."""
    emil, fay, hana, max_ = visit("m-emil"), visit("m-fay"), visit("m-hana"), visit("a-max")
    switch_on(emil)
    assert not {"Freeze", "Stop everything"} & set(hana.open(SUPPORT).buttons())
    emil.open(SUPPORT)
    page = emil.press("Freeze")
    assert "Support access is frozen: nobody gets in, whatever was agreed." in page.text
    denied = max_.open(SHOP)
    assert (403, "frozen") == (denied.status, denied.root.facts["Reason"])
    fay.open(SUPPORT)
    assert ON in fay.press("Lift the freeze").text
    assert 200 == max_.open(SHOP).status
    fay.open(SUPPORT)
    assert OFF in fay.press("Stop everything").text
    assert nowhere(max_, SHOP)
