"""Jobber, told through the help desk's pages: an agent asks, any admin answers, and writing takes more than a yes."""

from functools import partial

import pytest
from browsing import Browser

INVOICE = "/crm/elm/invoices/4001"
NOT_DONE = "Nothing was done."


@pytest.fixture
def visit(server):
    """Opens the browser of somebody who signs in."""
    return partial(Browser, server)


def ask(browser, *, tickets="T-1", why="The sync is off", flow="Ask"):
    """Ask, from the first click on."""
    browser.open("/workspaces")
    browser.follow("Ask Elm Plumbing")
    return browser.press("Ask", {"Why": why, "Tickets": tickets}, within=f"{flow} Who")


def approve(browser, who, **filled):
    """Open the page, and say yes to what *who* asks."""
    browser.open("/tenants/elm/support")
    return browser.press("Approve", filled, within=f"({who}) asks for")


def let_in(visit, who, **asked):
    """Ask and be approved; return the browser of the agent."""
    agent = visit(who)
    ask(agent, **asked)
    approve(visit("m-eva"), who)
    return agent


def permit(admin, tickets="T-1"):
    """Give the written permission on a case."""
    admin.open("/tenants/elm/support")
    return admin.press(
        "Give this consent",
        {"Why": "Go and mend it", "Tickets": tickets, "Where that can be found": "letter 12"},
    )


def past(page, heading="Past access"):
    """Return the rows of what is over."""
    return page.section(heading).rows


def test_jobber_from_the_first_click_to_the_look_back(visit):
    """[J1, J3, J4, J7, J8, J12] Asked, approved for less, used to look, over by the clock, and looked back at."""
    pia, eva, jon = visit("a-pia"), visit("m-eva"), visit("m-jon")
    denied = pia.open(INVOICE)
    assert (403, "no_grant") == (denied.status, denied.root.facts["Reason"])
    pia.follow("Ask Elm Plumbing")
    page = pia.press("Ask", {"Why": "The sync is off", "Tickets": "T-1"})
    assert "waits for admin; lapses Wed 17 Mar 2027, 15:20 in Vienna" in page.card("Elm Plumbing").text
    assert 403 == pia.open(INVOICE).status

    for admin in (eva, jon):
        card = admin.open("/tenants/elm/support").card("asks for access")
        assert card.text.startswith("Pia (a-pia) asks for access")
        assert {
            "For": "Pia (a-pia) of team product-support",
            "What": "Look at everything, change nothing.",
            "Where": "Everything",
            "Until": "Wed 31 Mar 2027, 16:20 (14:20 UTC)",
            "Why": "The sync is off (T-1)",
            "Asked": "Wed 3 Mar 2027, 15:20 (14:20 UTC)",
            "Lapses": "Wed 17 Mar 2027, 15:20 (14:20 UTC), if nobody answers",
            "Answered by": "admin",
        } == card.facts
    page = eva.press("Approve", {"How long": "Shorter: 4 hours"}, within="(a-pia)")
    assert "Right now, Pia (a-pia) of team product-support can get in." in page.text
    assert "Wed 3 Mar 2027, 19:20 (18:20 UTC)" == page.card("Pia").facts["Until"]

    assert "ends in 4 h 0 min, at 19:20 in Vienna" in pia.open("/workspaces").card("Elm Plumbing").text
    assert ["4001", "4002"] == [row["Number"] for row in next(pia.press("Enter").root.all("main")).rows]
    assert "Support session at Elm Plumbing" in pia.page.words
    assert "; ends in 4 h 0 min, at 19:20 in Vienna" in pia.page.words
    assert "The sync is off" == pia.follow("4001").root.facts["Note"]
    denied = pia.follow("Edit")
    assert (403, "over_ceiling") == (denied.status, denied.root.facts["Reason"])
    assert "Your team may never do this, whatever a customer agrees to." in denied.text

    pia.open(INVOICE)
    assert 200 == pia.wait(hours=3).status
    assert "ends in 1 h 0 min" in pia.page.words
    over = pia.wait(hours=1)
    assert (403, "expired") == (over.status, over.root.facts["Reason"])
    assert "The time that was agreed is over. You can ask again." in over.text

    page = jon.open("/tenants/elm/support")
    assert "Right now, nobody of support can get in." in page.text
    (access,) = past(page)
    (request,) = past(page, "Past requests")
    now = "Wed 3 Mar 2027, 15:20 (14:20 UTC)"
    assert (
        "Pia (a-pia) of team product-support",
        "Its time was over",
        "Wed 3 Mar 2027, 19:20 (18:20 UTC)",
    ) == (
        access["Who"],
        access["Why it ended"],
        access["Ended"],
    )
    assert (now, "Eva (m-eva), admin, on this page") == (access["Since"], access["Allowed by"])
    assert (
        "Pia (a-pia)",
        now,
        "Approved by Eva (m-eva)",
        now,
        "–",
        "Wed 3 Mar 2027, 19:20 (18:20 UTC)",
    ) == tuple(
        request[head]
        for head in ("Who asked", "Asked", "What became of it", "Decided", "Lapsed", "Access ended")
    )


def test_jobber_an_approval_gives_no_later_end_than_the_page_showed(visit, clock):
    """[J5] Four weeks are 28 times 24 hours; who thinks for five days agrees to the end that stands there."""
    pia, eva = visit("a-pia"), visit("m-eva")
    ask(pia)
    eva.open("/tenants/elm/support")
    asked = eva.page
    pia.wait(days=5)
    eva.page = asked
    page = eva.press("Approve")
    facts = page.card("flow “ask”").facts
    assert ("Mon 8 Mar 2027, 15:20 (14:20 UTC)", "Wed 31 Mar 2027, 16:20 (14:20 UTC)") == (
        facts["Since"],
        facts["Until"],
    )
    clock.advance(days=22, hours=23)
    assert 200 == pia.open(INVOICE).status
    assert (403, "expired") == (pia.wait(hours=1).status, pia.page.root.facts["Reason"])


def test_jobber_a_fresh_look_shows_four_weeks_from_then(visit):
    """[J5] Looked at again some days later the page shows another end, and that is what comes of it."""
    pia, eva = visit("a-pia"), visit("m-eva")
    ask(pia)
    eva.open("/tenants/elm/support")
    page = eva.wait(days=4)
    assert "Sun 4 Apr 2027, 16:20 (14:20 UTC)" == page.card("asks for access").facts["Until"]
    assert "Sun 4 Apr 2027, 16:20 (14:20 UTC)" == eva.press("Approve").card("flow “ask”").facts["Until"]


@pytest.mark.parametrize(
    ("first", "second"), [("Approve", "Deny"), ("Deny", "Approve")], ids=["approved-first", "denied-first"]
)
def test_jobber_the_first_admin_settles_it(visit, first, second):
    """[J6] Two admins look at one request: the first decision stands, and the second is told that it was decided."""
    pia, eva, jon = visit("a-pia"), visit("m-eva"), visit("m-jon")
    ask(pia)
    eva.open("/tenants/elm/support")
    jon.open("/tenants/elm/support")
    eva.press(first)
    late = jon.press(second)
    assert 409 == late.status
    assert f"{NOT_DONE} Somebody was there before you, and this request is settled." in late.text
    (row,) = past(late, "Past requests")
    assert {"Approve": "Approved by Eva (m-eva)", "Deny": "Denied by Eva (m-eva)"}[first] == row[
        "What became of it"
    ]
    assert (200 if first == "Approve" else 403) == pia.open(INVOICE).status


def test_jobber_no_and_silence_let_nobody_in(visit):
    """[J7, J12] A denied request has a date of decision, an unanswered one of lapse, and neither an end of access."""
    pia, tom, eva = visit("a-pia"), visit("a-tom"), visit("m-eva")
    ask(pia)
    eva.open("/tenants/elm/support")
    page = eva.press("Deny", {"Why not": "We mended it ourselves"})
    assert "The request is denied." in page.text
    assert (
        "Denied by Eva (m-eva): We mended it ourselves"
        in pia.open("/workspaces").section("Answered lately").text
    )

    ask(tom)
    eva.open("/tenants/elm/support")
    before = eva.page
    tom.wait(weeks=2)
    assert (
        "Nobody answered in time, Wed 17 Mar 2027, 15:20 in Vienna"
        in tom.page.section("Answered lately").text
    )
    eva.page = before
    late = eva.press("Approve")
    assert 409 == late.status
    assert f"{NOT_DONE} Nobody answered in time, so this request is over. It can be asked anew." in late.text
    assert "Nothing waits for an answer." in late.text
    heads = ("Who asked", "What became of it", "Decided", "Lapsed", "Access ended")
    assert [
        ("Tom (a-tom)", "Nobody answered in time", "–", "Wed 17 Mar 2027, 15:20 (14:20 UTC)", "–"),
        (
            "Pia (a-pia)",
            "Denied by Eva (m-eva): We mended it ourselves",
            "Wed 3 Mar 2027, 15:20 (14:20 UTC)",
            "–",
            "–",
        ),
    ] == [tuple(row[head] for head in heads) for row in past(late, "Past requests")]
    for agent in (pia, tom):
        denied = agent.open(INVOICE)
        assert (403, "no_grant") == (denied.status, denied.root.facts["Reason"])
        assert [] == [each.status for each in [agent.open("/workspaces")] if "Enter" in each.buttons()]


def test_jobber_to_write_takes_the_other_team_the_letter_and_the_case(visit, desk):
    """[J9, J10] Technical Support is led to ask for the written permission: with it they edit, without it no more."""
    tom, eva, jon = visit("a-tom"), visit("m-eva"), visit("m-jon")
    let_in(visit, "a-tom")
    tom.open("/workspaces")
    tom.press("Enter")
    tom.follow("4001")
    denied = tom.follow("Edit")
    assert (403, "needs_consent") == (denied.status, denied.root.facts["Reason"])
    assert (
        "The customer let you look. For this they have to agree once more. You can ask them to."
        in denied.text
    )
    inside = tom.follow("Ask for that consent")
    assert "You are in a support session, and nobody can ask out of one. Leave it first." in inside.text
    assert [] == inside.buttons()
    tom.press("Leave")
    ask(tom, flow="Written permission", why="Move the sync")

    eva.open("/tenants/elm/support")
    asked = eva.page.card("asks for a consent").facts
    assert ("Team technical-support; it lets nobody in by itself", "Move the sync (T-1)") == (
        asked["For"],
        asked["Why"],
    )
    with pytest.raises(AssertionError, match="a browser would ask for 'Where that can be found"):
        eva.press("Approve", within="asks for a consent")
    eva.press("Approve", {"Where that can be found": "letter 12"}, within="asks for a consent")

    tom.open(f"{INVOICE}/edit")
    page = tom.press("Save", {"Status": "paid", "Note": "Synced anew"})
    assert (200, INVOICE, "Synced anew") == (page.status, page.path, page.root.facts["Note"])
    assert ("paid", "Synced anew") == (
        desk.invoices.find("elm", 4001).status,
        desk.invoices.find("elm", 4001).note,
    )

    tom.follow("Edit")
    jon.open("/tenants/elm/support")
    jon.press("Revoke", within="flow “written permission”")
    denied = tom.press("Save", {"Status": "open"})
    assert (403, "needs_consent") == (denied.status, denied.root.facts["Reason"])
    assert "paid" == desk.invoices.find("elm", 4001).status
    assert 200 == tom.open(INVOICE).status, "looking goes on"
    assert "Revoked by Jon (m-jon)" == past(jon.page)[0]["Why it ended"]


def test_jobber_without_any_of_them_nothing_is_written(visit):
    """[J8, J9, J10] A letter for one case lets nobody write without a case, for another, or in the wrong team."""
    tom, pia, eva = visit("a-tom"), visit("a-pia"), visit("m-eva")
    page = permit(eva, "T-1")
    assert "flow “written permission”: a consent, which lets nobody in by itself" in page.text
    for agent, who, tickets, reason in (
        (tom, "a-tom", "", "needs_consent"),
        (tom, "a-tom", "T-2, T-3", "needs_consent"),
        (pia, "a-pia", "T-1", "over_ceiling"),
    ):
        ask(agent, tickets=tickets)
        approve(eva, who)
        assert 200 == agent.open(INVOICE).status
        denied = agent.follow("Edit")
        assert (403, reason) == (denied.status, denied.root.facts["Reason"])
        if agent is tom:
            tom.press("Leave")
    ask(tom, tickets="T-3, T-1")
    approve(eva, "a-tom")
    assert 200 == tom.open(f"{INVOICE}/edit").status, "it takes just the one case that the letter names"


def test_jobber_the_letter_alone_lets_nobody_in(visit):
    """[J9] A written permission is no access: without a request that somebody approved, its team is outside."""
    page = permit(visit("m-eva"))
    assert "Right now, nobody of support can get in." in page.text
    denied = visit("a-tom").open(INVOICE)
    assert (403, "no_grant") == (denied.status, denied.root.facts["Reason"])


def test_jobber_any_admin_revokes_between_two_clicks(visit):
    """[J11] What Eva approved Jon revokes: the next click is denied, and the page says who ended it and when."""
    pia, jon = let_in(visit, "a-pia"), visit("m-jon")
    pia.open("/workspaces")
    pia.press("Enter")
    pia.follow("4001")
    pia.wait(hours=1)
    jon.open("/tenants/elm/support")
    page = jon.press("Revoke", within="(a-pia)")
    denied = pia.follow("Edit")
    assert (403, "revoked") == (denied.status, denied.root.facts["Reason"])
    assert "The customer has ended this access. You can ask again." in denied.text
    (row,) = past(page)
    assert ("Revoked by Jon (m-jon)", "Wed 3 Mar 2027, 16:20 (15:20 UTC)") == (
        row["Why it ended"],
        row["Ended"],
    )
    assert "Eva (m-eva), admin, on this page" == row["Allowed by"]
    (row,) = past(page, "Past requests")
    assert ("Approved by Eva (m-eva)", "Wed 3 Mar 2027, 16:20 (15:20 UTC)") == (
        row["What became of it"],
        row["Access ended"],
    )


def test_jobber_more_time_takes_a_new_request(visit, clock):
    """[J13] What stands can only be shortened; a second yes is a second grant, and the first ends on its day."""
    pia, eva = let_in(visit, "a-pia"), visit("m-eva")
    assert ["as it is", "1 hour", "4 hours", "1 day", "1 week"] == eva.page.form("Change").offered[
        "Until when"
    ]
    pia.open("/workspaces")
    assert ["Enter", "Give back"] == pia.page.buttons("Elm Plumbing")
    clock.advance(days=27)
    ask(pia, why="It is off again")
    approve(eva, "a-pia")
    pia.open(INVOICE)
    assert 200 == pia.wait(days=1).status
    page = eva.open("/tenants/elm/support")
    (first,) = past(page)
    assert ("Its time was over", "Wed 31 Mar 2027, 16:20 (14:20 UTC)") == (
        first["Why it ended"],
        first["Ended"],
    )
    assert "Tue 27 Apr 2027, 16:20 (14:20 UTC)" == page.card("flow “ask”").facts["Until"]


def test_jobber_handing_over_the_ticket_lets_nobody_else_in(visit):
    """[J14] What names Pia on a ticket is nothing to Technical Support on the same ticket, the letter included."""
    pia = let_in(visit, "a-pia")
    permit(visit("m-eva"))
    tom = visit("a-tom")
    assert 200 == pia.open(INVOICE).status
    for path in (INVOICE, f"{INVOICE}/edit"):
        denied = tom.open(path)
        assert (403, "no_grant") == (denied.status, denied.root.facts["Reason"])
    assert "Nobody has let you in at the moment." in tom.open("/workspaces").text


def test_jobber_stopping_and_freezing(visit):
    """[B7] Stop everything ends access, letter and request; a freeze blocks what comes later until it is lifted."""
    pia = let_in(visit, "a-pia")
    tom, eva, jon = visit("a-tom"), visit("m-eva"), visit("m-jon")
    permit(eva)
    ask(tom)
    pia.open(INVOICE)
    jon.open("/tenants/elm/support")
    page = jon.press("Stop everything", {"Freeze it too": True})
    assert "Support access is frozen: nobody gets in, whatever was agreed." in page.text
    assert {"Ended together with everything else by Jon (m-jon)"} == {
        row["Why it ended"] for row in past(page)
    }
    assert 2 == len(past(page))
    assert (
        "Ended together with everything else by Jon (m-jon)"
        == past(page, "Past requests")[0]["What became of it"]
    )
    denied = pia.open(INVOICE)
    assert (403, "frozen") == (denied.status, denied.root.facts["Reason"])

    refused = ask(tom, why="Still off")
    assert 403 == refused.status
    eva.open("/tenants/elm/support")
    assert "by Jon (m-jon). Nobody gets in" in eva.page.section("Frozen").text
    assert "Right now, nobody of support can get in." in eva.press("Lift the freeze").text
    assert (403, "cut_off") == (pia.open(INVOICE).status, pia.page.root.facts["Reason"])
    ask(tom, why="Still off")
    approve(eva, "a-tom")
    assert 200 == tom.open(INVOICE).status
