"""Stopping: revoke, stop everything, freeze; and how the page tells the ways to end apart."""

import pytest
from support_forms import form, forms, table

from grantkit import Calendar, Elapsed, OpenEnded, Scope
from grantkit.lifecycle import GrantState, RequestState


@pytest.fixture
def give(desk, access):
    """Lets a member let somebody in."""

    def given(tenant, who, **what):
        return access.grant(tenant, by=desk.people[who], **{"reason": "A case", **what})

    return given


def states(access, tenant):
    return [str(each.state) for each in access.grants(tenant)]


def test_revoking_ends_it_at_once(browse, give, access, desk):
    """From the click on nobody gets in, and the page says who ended it and when."""
    give("acme", "m-ben", scope=Scope.only("account:ben"), ends=Calendar(weeks=1))
    kim, ana = desk.people["a-kim"], browse("m-ana")
    assert access.authorize(kim, "acme", "invoice:read", resource="account:ben").allowed
    after = form(ana.get("/tenants/acme/support"), "/revoke").send(ana)
    assert not access.authorize(kim, "acme", "invoice:read", resource="account:ben").allowed
    (row,) = table(after, "over")
    assert ("Revoked by Ana (m-ana)", "Wed 3 Mar 2027, 15:20 (14:20 UTC)") == (
        row["Why it ended"],
        row["Ended"],
    )
    assert [] == forms(after, "/revoke")


def test_only_those_who_could_agree_may_revoke(browse, give, access):
    """The owner of another account sees a grant and no button, and is refused by hand."""
    grant = give("acme", "m-ben", scope=Scope.only("account:ben"), ends=Calendar(weeks=1))
    ines = browse("m-ines")
    assert [] == forms(ines.get("/tenants/acme/support"), "/revoke")
    assert 403 == ines.post(f"/tenants/acme/grants/{grant.id}/revoke").status
    assert 404 == ines.post("/tenants/acme/grants/gr_none/revoke").status
    assert ["live"] == states(access, "acme")


def test_switching_off_takes_the_word(browse, give, access):
    """Where the rules ask for a word to switch off, another one leaves it on."""
    give("delta", "m-emil", scope=Scope.only("project:42"), ends=OpenEnded(), word="Support")
    fay = browse("m-fay")
    revoke = form(fay.get("/tenants/delta/support"), "/revoke")
    wrong = revoke.send(fay)
    assert (403, ["live"]) == (wrong.status, states(access, "delta"))
    assert "Type it just as it stands there." in wrong.text
    assert 200 == revoke.send(fay, word="Support").status
    assert ["revoked"] == states(access, "delta")


def test_a_consent_can_be_taken_back_and_what_rests_on_it_ends(browse, access, desk):
    """Consents have the same button; what was opened under one ends with it, and the page says why."""
    carla, rita = desk.people["m-carla"], desk.people["a-rita"]
    told = {"tickets": ["T-9"], "ends": OpenEnded(), "reason": "It hangs"}
    consent = access.consent("oak", by=carla, flow="approval", reference="form T-9", **told)
    access.activate("oak", under=consent.id, by=rita, **told)
    browser = browse("m-carla")
    page = browser.get("/tenants/oak/support")
    assert "Right now, Rita (a-rita) of team support can get in." in page.text
    after = form(page, f"{consent.id}/revoke").send(browser)
    reasons = {row["Who"]: row["Why it ended"] for row in table(after, "over")}
    assert {
        "Rita (a-rita) of team support": "The consent that it rested on ended",
        "Team support (a consent)": "Revoked by Carla (m-carla)",
    } == reasons


def test_stopping_everything_ends_what_was_agreed_and_what_was_asked(browse, give, access, desk):
    """One button ends every access and every request; later consent counts again."""
    give("acme", "m-ben", scope=Scope.only("account:ben"), ends=Calendar(weeks=1))
    access.request("acme", by=desk.people["a-kim"], ends=Calendar(weeks=1), reason="A case")
    ana = browse("m-ana")
    after = form(ana.get("/tenants/acme/support"), "/stop").send(ana)
    assert (["cut_off"], None) == (states(access, "acme"), access.standing("acme").freeze)
    assert [RequestState.CUT_OFF] == [each.state for each in access.requests("acme")]
    (row,) = table(after, "over")
    assert "Ended together with everything else by Ana (m-ana)" == row["Why it ended"]
    (row,) = table(after, "answered")
    assert "Ended together with everything else by Ana (m-ana)" == row["What became of it"]
    give("acme", "m-ana", ends=Calendar(weeks=1))
    assert "Right now, team customer-success can get in." in ana.get("/tenants/acme/support").text


def test_stopping_may_freeze_too_until_somebody_lifts_it(browse, give, access):
    """With the box ticked nothing new can be agreed to; the page says who froze it, and has a button to lift it."""
    give("acme", "m-ana", ends=Calendar(weeks=1))
    ana = browse("m-ana")
    frozen = form(ana.get("/tenants/acme/support"), "/stop").send(ana, freeze="yes")
    assert "m-ana" == access.standing("acme").freeze.by.id
    assert "Support access is frozen: nobody gets in, whatever was agreed." in frozen.text
    assert "Since Wed 3 Mar 2027, 15:20 (14:20 UTC) , by Ana (m-ana) ." in frozen.text
    lifted = form(frozen, "/unfreeze").send(ana)
    assert (None, ["cut_off"]) == (access.standing("acme").freeze, states(access, "acme"))
    assert "Right now, nobody of support can get in." in lifted.text


def test_more_people_may_freeze_than_end_everything(browse, give, access):
    """Who agrees for one account alone may freeze at once, and neither end everything nor lift the freeze."""
    give("acme", "m-ana", ends=Calendar(weeks=1))
    ben = browse("m-ben")
    page = ben.get("/tenants/acme/support")
    assert [] == forms(page, "/stop")
    frozen = form(page, "/freeze").send(ben)
    assert "flow “support-access”" not in frozen.text
    assert "flow “support access”: frozen" in frozen.text
    assert [] == forms(frozen, "/unfreeze", "/freeze")
    assert "Somebody who consents for all of Acme Gardens may lift it." in frozen.text
    assert 403 == ben.post("/tenants/acme/unfreeze").status
    assert 403 == ben.post("/tenants/acme/stop").status
    assert (["live"], "m-ben") == (states(access, "acme"), access.standing("acme").freeze.by.id)
    assert 1 == len(forms(browse("m-ana").get("/tenants/acme/support"), "/unfreeze"))


def test_stopping_with_the_box_ticked_changes_nothing_for_who_may_not_stop(browse, access):
    """Whoever may not end everything is refused, with the box ticked too: half of it is not done in passing."""
    ben = browse("m-ben")
    assert 403 == ben.post("/tenants/acme/stop", freeze="yes").status
    assert access.standing("acme").freeze is None


def test_each_way_to_end_has_its_own_words(browse, access, desk, clock):
    """Given back and run out are told apart, with who and when."""
    eva, people = browse("m-eva"), desk.people
    for who in ("a-pia", "a-tom"):
        asked = access.request("elm", by=people[who], flow="ask", reason="A case")
        shown = access.preview("elm", asked.id).shown
        access.approve("elm", asked.id, by=people["m-jon"], shown=shown, ends=Elapsed(days=1))
    pias, _ = access.grants("elm")
    access.relinquish("elm", pias.grant.id, by=people["a-pia"])
    clock.advance(days=2)
    rows = {row["Who"].split(" (")[0]: row for row in table(eva.get("/tenants/elm/support"), "over")}
    assert ("Given back by Pia (a-pia)", "Wed 3 Mar 2027, 15:20 (14:20 UTC)") == (
        rows["Pia"]["Why it ended"],
        rows["Pia"]["Ended"],
    )
    assert ("Its time was over", "Thu 4 Mar 2027, 15:20 (14:20 UTC)") == (
        rows["Tom"]["Why it ended"],
        rows["Tom"]["Ended"],
    )
    assert GrantState.RELINQUISHED is access.grants("elm")[0].state
