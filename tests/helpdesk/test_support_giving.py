"""Letting support in by a form of the page, under five sets of rules of which none is known to it."""

import pytest
from support_forms import form, forms

from grantkit import Scope

TEXT = {"acme": "privacy-2023-04", "cobalt": "support-terms-3"}


LET_IN = {
    "meister": ("m-ben", {"text": TEXT["acme"]}, "a-kim", "invoice:read", "account:ben"),
    "m3ter": (
        "m-dora",
        {"text": TEXT["cobalt"], "day": "2027-03-10", "policies": ["see-invoices", "fix-meters"]},
        "a-max",
        "invoice:read",
        None,
    ),
    "project-platform": (
        "m-emil",
        {"reason": "The plan is empty", "word": "Support"},
        "a-max",
        "task:update",
        "project:42",
    ),
}
CONSENTS = {
    "jobber": ("m-eva", "written-permission", None),
    "resolver, an approval": ("m-carla", "approval", "email"),
    "resolver, a change": ("m-carla", "change", "written"),
}


@pytest.mark.parametrize("case", LET_IN.values(), ids=LET_IN)
def test_an_untouched_form_lets_in_just_whom_it_names(browse, desk, access, case):
    """What is said by hand is only what the rules leave open; the rest is on the form, and goes as it stands."""
    who, filled, agent, action, resource = case
    browser, inside, tenant = browse(who), desk.people[agent], desk.people[who].tenant
    assert not access.authorize(inside, tenant, action, resource=resource).allowed
    after = form(browser.get(f"/tenants/{tenant}/support"), "/grants").send(browser, **filled)
    assert (200, f"/tenants/{tenant}/support") == (after.status, after.path)
    assert access.authorize(inside, tenant, action, resource=resource).allowed
    (team,) = inside.teams
    assert f"team {team} can get in" in after.text


@pytest.mark.parametrize("case", CONSENTS.values(), ids=CONSENTS)
def test_a_consent_is_given_and_lets_nobody_in(browse, access, desk, case):
    """A consent by a form names its ticket, how it was said and where; the page says that nobody is in by it."""
    who, flow, channel = case
    browser, tenant = browse(who), desk.people[who].tenant
    begin = form(browser.get(f"/tenants/{tenant}/support"), "/grants", flow)
    told = {"reason": "Go and mend it", "tickets": "T-1, T-2", "reference": "letter 12"}
    assert 422 == begin.send(browser, **{**told, "tickets": ""}).status
    assert 422 == begin.send(browser, **{**told, "reference": ""}).status
    after = begin.send(browser, **told, channel=channel)
    (consent,) = access.consents(tenant)
    assert (flow, {"T-1", "T-2"}) == (consent.consent.flow, consent.consent.tickets)
    assert "a consent, which lets nobody in by itself" in after.text
    assert "letter 12" in after.text
    assert "Right now, nobody of support" in after.text
    assert () == access.grants(tenant)


def test_each_member_gets_the_forms_and_places_of_their_roles(browse):
    """An admin is offered all places, an owner their own, and a member with no say gets no form."""
    offered = {}
    for who, tenant in (
        ("m-ana", "acme"),
        ("m-ben", "acme"),
        ("m-fay", "delta"),
        ("m-ada", "oak"),
        ("m-cy", "cobalt"),
    ):
        found = forms(browse(who).get(f"/tenants/{tenant}/support"), "/grants")
        offered[who] = [each.offered.get("scope") or each.sent["scope"] for each in found]
    assert {
        "m-ana": [["*", "account:ana", "account:ben", "account:ines"]],
        "m-ben": [["account:ben"]],
        "m-fay": [["project:42", "project:43"]],
        "m-ada": [],
        "m-cy": [],
    } == offered


def test_what_was_not_offered_is_refused_and_the_page_comes_back(browse, access):
    """A form that was made by hand gets nothing, and what was typed stands there still."""
    ana = browse("m-ana")
    begin = form(ana.get("/tenants/acme/support"), "/grants")
    for changed, status, words in (
        ({"ends": "calendar P2Y"}, 403, "do not offer that end"),
        ({"ends": "open_ended"}, 403, "do not offer that end"),
        ({"policies": ["administrator"]}, 403, "do not offer that"),
        ({"scope": "project:42"}, 403, "do not offer that"),
        ({"scope": None}, 422, "choose where it holds"),
        ({"policies": None}, 422, "choose what support may do"),
        ({"to": "agent:a-max"}, 403, "do not offer that"),
        ({"ends": "whenever"}, 422, "say when it ends"),
        ({"text": None}, 422, "confirm that you have read the text"),
        ({"text": "privacy-1999"}, 403, "do not offer that"),
        ({"flow": "nowhere"}, 422, "choose one of the forms"),
    ):
        told = {"scope": "*", "text": TEXT["acme"], "reason": "Typed with <care>", **changed}
        page = begin.send(ana, **told)
        assert (changed, status) == (changed, page.status)
        assert words in page.text
        if "flow" not in changed:
            assert "Typed with &lt;care&gt;</textarea>" in page.html
    assert () == access.grants("acme")


def test_what_one_may_not_begin_is_refused_by_hand_too(browse, access):
    """Whoever gets no form for something is refused when they send one."""
    ben, ada = browse("m-ben"), browse("m-ada")
    told = {
        "to": "team:customer-success",
        "policies": "view-and-resolve",
        "ends": "calendar P7D",
        "text": TEXT["acme"],
    }
    assert 403 == ben.post("/tenants/acme/grants", flow="support-access", scope="*", **told).status
    assert 403 == ben.post("/tenants/acme/grants", flow="support-access", scope="account:ana", **told).status
    told = {
        "to": "team:support",
        "policies": "full-access",
        "ends": "open_ended",
        "tickets": "T-1",
        "reason": "A case",
    }
    answer = ada.post(
        "/tenants/oak/grants", flow="approval", scope="*", reference="1", channel="email", **told
    )
    assert (403, ()) == (answer.status, access.consents("oak"))


def test_a_form_that_is_sent_twice_gives_once(browse, access):
    """Two clicks on one button are one grant, and a new page begins anew."""
    ana = browse("m-ana")
    begin = form(ana.get("/tenants/acme/support"), "/grants")
    for _ in range(2):
        assert 200 == begin.send(ana, scope="account:ana", text=TEXT["acme"]).status
    assert [Scope.only("account:ana")] == [each.grant.scope for each in access.grants("acme")]
    other = begin.send(ana, scope="account:ben", text=TEXT["acme"])
    assert (409, 1) == (other.status, len(access.grants("acme")))
    assert "This form was sent before" in other.text
    assert 200 == form(other, "/grants").send(ana, scope="account:ben", text=TEXT["acme"]).status
    assert 2 == len(access.grants("acme"))


def test_the_first_date_on_offer_is_the_first_that_is_taken(browse, access):
    """Where access lasts at least for the rest of the day, the calendar begins tomorrow, in the customer's zone."""
    dora = browse("m-dora")
    begin = form(dora.get("/tenants/cobalt/support"), "/grants")
    (day,) = (each for each in begin.fields if each["name"] == "day")
    assert "2027-03-04" == day["min"]
    assert 403 == begin.send(dora, day="2027-03-03", text=TEXT["cobalt"]).status
    assert 422 == begin.send(dora, day="", text=TEXT["cobalt"]).status
    assert 200 == begin.send(dora, day=day["min"], text=TEXT["cobalt"]).status
    (grant,) = access.grants("cobalt")
    assert ("2027-03-04T05:00:00+00:00", ("administrator",)) == (
        grant.grant.ends_at.isoformat(),
        grant.grant.policies,
    )


def test_the_wrong_word_lets_nobody_in(browse, access):
    """The word is to be typed just as it stands on the page."""
    emil = browse("m-emil")
    begin = form(emil.get("/tenants/delta/support"), "/grants")
    assert "To confirm, type “Support”" in " ".join(" ".join(begin.words).split())
    page = begin.send(emil, reason="The plan is empty", word="support")
    assert (403, ()) == (page.status, access.grants("delta"))
    assert "Type it just as it stands there." in page.text


def test_nothing_is_offered_while_frozen(browse, access, desk):
    """While a freeze stands there is no form to let anybody in, and one that was open before is refused."""
    ana = browse("m-ana")
    begin = form(ana.get("/tenants/acme/support"), "/grants")
    access.freeze("acme", by=desk.people["m-ben"])
    assert [] == forms(ana.get("/tenants/acme/support"), "/grants")
    page = begin.send(ana, scope="*", text=TEXT["acme"])
    assert (403, ()) == (page.status, access.grants("acme"))
    assert "The freeze must be lifted first." in page.text
