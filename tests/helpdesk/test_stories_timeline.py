"""What happened, as a picture on the customer's page: told through the help desk's pages."""

import re
from functools import partial

import pytest
from browsing import Browser

from grantkit import AccessRules, Calendar, Scope

FERN = "/tenants/fern/support"
ELM = "/tenants/elm/support"
ACME = "/tenants/acme/support"
COBALT = "/tenants/cobalt/support"
OVER_TIME = "Over time"


@pytest.fixture
def visit(server):
    """Opens the browser of somebody who signs in."""
    return partial(Browser, server)


@pytest.fixture
def toms(desk, access):
    """Tom's access at Elm, which Eva approved for four weeks; its id."""
    asked = access.request("elm", by=desk.people["a-tom"], flow="ask", reason="The calendar is off")
    shown = access.preview("elm", asked.id).shown
    access.approve("elm", asked.id, by=desk.people["m-eva"], shown=shown)
    return access.grants("elm")[0].grant.id


def bars(page):
    """Return what the bars and marks of the picture say to whoever points at them, lane by lane."""
    (svg,) = page.section(OVER_TIME).all("svg")
    said = [[title.text for title in lane.all("title")][1:] for lane in svg.all("g")]
    assert all("now" in lane for lane in said), "the line of now is in each lane"
    return [[each for each in lane if each != "now"] for lane in said]


def described(page):
    """Return what the picture says to whoever does not see it."""
    (desc,) = page.section(OVER_TIME).all("desc")
    return desc.text


def headings(page):
    return [each.text for each in page.root.all("h2")]


def test_timeline_where_nothing_happened_there_is_none(visit):
    """Where nobody has asked and nobody was let in, the page has no picture of it."""
    page = visit("m-nora").open(FERN)
    assert (200, False) == (page.status, OVER_TIME in headings(page))


def test_timeline_of_a_visit_that_was_stopped(visit, access, desk, toms, clock):
    """Eva reads when Tom could get in, was inside, was shut out by her and by the vendor, and how it ended."""
    tom, dana, eva, page = desk.people["a-tom"], desk.people["a-dana"], desk.people["m-eva"], visit("m-eva")
    session = access.enter("elm", toms, by=tom, reason="Looking for the second copy")
    clock.advance(hours=1)
    access.leave("elm", session.id, by=tom)
    clock.advance(hours=1)
    access.freeze("elm", by=eva)
    clock.advance(hours=1)
    access.unfreeze("elm", by=eva)
    access.suspend(tom.id, by=dana, reason="Laptop stolen")
    stopped = page.open(ELM)
    assert "suspended, until Wed 31 Mar 2027, 16:20 Europe/Vienna (14:20 UTC)" in described(stopped)
    assert "Laptop stolen" not in stopped.html, "why is the vendor's own affair"
    clock.advance(hours=1)
    access.reinstate(tom.id, by=dana)
    clock.advance(hours=1)
    page.open(ELM)
    ended = page.press("Revoke")
    at = "Wed 3 Mar 2027, {}:20 Europe/Vienna ({}:20 UTC)".format
    assert [
        [],  # asked and answered in the same instant
        [
            f"live: from {at(15, 14)}, until {at(17, 16)}",
            f"frozen: from {at(17, 16)}, until {at(18, 17)}",
            f"suspended: from {at(18, 17)}, until {at(19, 18)}",
            f"live: from {at(19, 18)}, until {at(20, 19)}",
            f"Tom (a-tom) entered {at(15, 14)}, until {at(16, 15)}",
        ],
    ] == bars(ended)
    assert f"revoked, {at(20, 19)}." in described(ended)
    assert "now" in [each.text for each in ended.section(OVER_TIME).all("text")]


def test_timeline_reads_in_the_customers_zone(visit, access, desk):
    """Instants are those of the customer's clocks, with the zone by name and in UTC beside it."""
    access.request("acme", by=desk.people["a-kim"], ends=Calendar(months=1), reason="Invoices are missing")
    page = visit("m-ana").open(ACME)
    assert "pending, until Wed 10 Mar 2027, 15:20 Europe/Berlin (14:20 UTC)." in described(page)


def test_timeline_is_for_those_who_may_read_the_record(visit, access, desk):
    """Whom the rules let see how things stand, but not what happened, has the page without the picture."""
    access.grant(
        "cobalt", by=desk.people["m-dora"], ends=desk.rules["cobalt"].flow("support-access").shortest
    )
    rules = desk.rules["cobalt"].to_data() | {"view": {"status": ["tenant:*"], "history": ["approvers"]}}
    desk.rules["cobalt"] = AccessRules.from_data(rules)
    one, other = visit("m-dora").open(COBALT), visit("m-cy").open(COBALT)
    assert [(200, True), (200, False)] == [
        (each.status, OVER_TIME in headings(each)) for each in (one, other)
    ]


def test_timeline_never_leaves_out_who_can_get_in(visit, access, desk, clock):
    """Of what is over the latest dozen is shown, and how many there are more; what still holds is always there."""
    ben, ana = desk.people["m-ben"], desk.people["m-ana"]
    access.grant("acme", by=ana, ends=Calendar(years=1), reason="The oldest, and it still holds")
    browser, seen = visit("m-ana"), []
    for _ in range(2):
        for _ in range(8):
            clock.advance(minutes=1)
            shut = access.grant(
                "acme", by=ben, scope=Scope.only("account:ben"), ends=Calendar(weeks=1), reason="Short"
            )
            access.revoke("acme", shut.id, by=ben)
        page = browser.open(ACME)
        seen.append((len(bars(page)), "left out" in page.section(OVER_TIME).text))
    assert [(1 + 8, False), (1 + 12, True)] == seen
    assert "4 that are over, and older, are left out." in page.section(OVER_TIME).text
    assert (
        "live: from Wed 3 Mar 2027, 15:20 Europe/Berlin (14:20 UTC), until Fri 3 Mar 2028" in bars(page)[0][0]
    )


def test_timeline_can_be_scrolled_by_keyboard_and_has_a_name(visit, toms):
    """The picture lies in a region that takes the focus; no id is there twice, and nothing in it needs a style."""
    page = visit("m-eva").open(ELM)
    (region,) = page.section(OVER_TIME).all("div")
    told = [region.get(name) for name in ("role", "tabindex", "aria-labelledby")]
    assert ["region", "0", "over-time"] == told
    (svg,) = region.all("svg")
    named = [each.get("id") for each in svg.all("title", "desc") if each.get("id")]
    assert svg.get("aria-labelledby").split() == named
    ids = re.findall(r' id="([^"]*)"', page.html)
    assert len(ids) == len(set(ids))
    assert not re.search(
        r"<(style|script|image|use|a)\b| (style|class|href|on\w+)=",
        page.html.partition("<svg")[2].partition("</svg>")[0],
    )
