"""The page "Support access": who sees what of it, and what nobody can smuggle into it."""

import pytest
from support_forms import forms

from grantkit import AccessRules, Calendar, Member, Scope, Team

EVERYBODY = (
    ("m-ana", "acme"),
    ("m-ben", "acme"),
    ("m-dora", "cobalt"),
    ("m-cy", "cobalt"),
    ("m-emil", "delta"),
    ("m-fay", "delta"),
    ("m-hana", "delta"),
    ("m-eva", "elm"),
    ("m-carla", "oak"),
    ("m-ada", "oak"),
)
HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{ 7*7 }}"


@pytest.fixture
def asked(desk, access):
    """Two things that wait for an answer, one at a flow with a text and one at a flow by e-mail."""
    kim, rita = desk.people["a-kim"], desk.people["a-rita"]
    return {
        "acme": access.request(
            "acme", by=kim, ends=Calendar(months=1), reason="Invoices are missing", tickets=["T-1"]
        ),
        "oak": access.request(
            "oak", by=rita, flow="approval", ends=_open_ended(desk, "oak"), reason="It hangs", tickets=["T-2"]
        ),
    }


def _open_ended(desk, tenant):
    return desk.rules[tenant].flow("approval").ends[0]


def test_every_member_sees_how_things_stand(browse, asked):
    """Whoever belongs to a customer reads whether anybody can get in."""
    for who, tenant in EVERYBODY:
        page = browse(who).get(f"/tenants/{tenant}/support")
        assert (who, 200) == (who, page.status)
        assert "Right now, nobody of support can get in." in page.text


def test_everybody_else_finds_nothing(browse):
    """A customer's page is not there for anybody of another, nor for an agent, like one that never was."""
    assert 404 == browse("m-ana").get("/tenants/cobalt/support").status
    assert 404 == browse("m-ana").get("/tenants/nowhere/support").status
    assert 404 == browse("a-kim").get("/tenants/acme/support").status


def test_nobody_acts_at_another_customer(browse, access):
    """Every form of the page is there for the customer's own members alone."""
    ana = browse("m-ana")
    for what in ("stop", "freeze", "unfreeze", "grants", "grants/gr_x/revoke", "requests/rq_x/deny"):
        assert (what, 404) == (what, ana.post(f"/tenants/cobalt/{what}", flow="support-access").status)
    assert access.standing("cobalt").freeze is None


def test_a_member_whom_the_rules_hide_it_from_finds_nothing(browse, desk):
    """Where the rules show what stands to admins alone, the page is not there for others."""
    document = desk.rules["cobalt"].to_data() | {
        "view": {"status": ["tenant:admin"], "history": ["approvers"]}
    }
    desk.rules["cobalt"] = AccessRules.from_data(document)
    assert 404 == browse("m-cy").get("/tenants/cobalt/support").status
    assert 200 == browse("m-dora").get("/tenants/cobalt/support").status


def test_who_may_only_look_gets_no_button(browse, desk, access, asked):
    """A member with no role sees what stands and what waits, and nothing to press."""
    access.grant(
        "cobalt",
        by=desk.people["m-dora"],
        to=Team("support"),
        ends=desk.rules["cobalt"].flow("support-access").shortest,
    )
    page = browse("m-cy").get("/tenants/cobalt/support")
    assert "Right now, team support can get in." in page.text
    assert [] == forms(page, "/revoke", "/grants", "/stop", "/freeze")


def test_who_may_not_answer_reads_who_may(browse, asked):
    """A request is shown to whoever may see it, with who answers it, and buttons only for those."""
    page = browse("m-ben").get("/tenants/acme/support")
    assert "Kim (a-kim) asks for access" in page.text
    assert "Answered by owner or admin" in page.text
    assert "You may not answer this one." in page.text
    assert [] == forms(page, "/approve", "/deny")


def test_a_request_is_shown_with_all_that_a_yes_would_mean(browse, asked):
    """Beside the button stand who, what, where, until when in both zones, why, by when, and the text to read."""
    page = browse("m-ana").get("/tenants/acme/support")
    for words in (
        "Kim (a-kim) asks for access",
        "For Team customer-success",
        "What Look at everything and resolve tickets.",
        "Where Everything",
        "Until Sat 3 Apr 2027, 15:20 (13:20 UTC)",
        "Why Invoices are missing ( T-1 )",
        "Lapses Wed 10 Mar 2027, 15:20 (14:20 UTC) , if nobody answers",
        "I have read this text, version privacy-2023-04.",
    ):
        assert words in page.text


def test_a_live_grant_is_shown_with_who_allowed_it(browse, desk, access):
    """What was agreed stands with who did, in which role, by which channel, and for where."""
    access.grant(
        "acme",
        by=desk.people["m-ben"],
        scope=Scope.only("account:ben"),
        ends=Calendar(weeks=1),
        reason="Two are missing",
    )
    page = browse("m-ana").get("/tenants/acme/support")
    for words in (
        "Right now, team customer-success can get in, into Ben’s account only.",
        "Where Ben’s account",
        "Until Wed 10 Mar 2027, 15:20 (14:20 UTC)",
        "Allowed by Ben (m-ben) , owner, on this page , Wed 3 Mar 2027, 15:20 (14:20 UTC)",
        "Why Two are missing (nobody had asked)",
    ):
        assert words in page.text


def test_hostile_names_and_reasons_are_only_words(browse, desk, access):
    """Whatever somebody writes as a name, a reason, a ticket or a typed word is read on the page and never acted on."""
    eve = Member("m-eve", tenant="acme", roles={"admin"}, name=HOSTILE)
    desk.people["m-eve"] = eve
    kim = desk.people["a-kim"]
    access.grant("acme", by=eve, ends=Calendar(weeks=1), reason=HOSTILE, tickets=[HOSTILE])
    access.request("acme", by=kim, ends=Calendar(weeks=1), reason=HOSTILE)
    denied = access.request("acme", by=kim, ends=Calendar(weeks=1), reason=HOSTILE)
    access.deny("acme", denied.id, by=eve, reason=HOSTILE)
    browser = browse("m-eve")
    pages = [
        browser.get("/tenants/acme/support"),
        browser.post(
            "/tenants/acme/grants", flow="support-access", reason=HOSTILE, tickets=HOSTILE, reference=HOSTILE
        ),
        browser.get("/tenants/acme/support?done=<script>alert(1)</script>"),
    ]
    for page in pages:
        assert "m-eve" in page.html
        assert [] == page.markup.all("script", "img")
        assert "49" not in page.main.words
    assert pages[0].text.count(HOSTILE) >= 5


def test_the_page_is_for_people_who_hear_it_and_for_browsers_without_scripts(browse, asked):
    """Every field says what it is for, no id is there twice, and nothing needs a script or a style of its own."""
    for who, tenant in EVERYBODY:
        page = browse(who).get(f"/tenants/{tenant}/support")
        assert (who, []) == (who, [field for form in forms(page) for field in form.unlabelled])
        ids = [found["id"] for _, found in page.markup.elements if "id" in found]
        assert len(ids) == len(set(ids))
        assert [] == page.markup.all("script", "style")
        names = {name for _, found in page.markup.elements for name in found}
        assert set() == {name for name in names if name == "style" or name.startswith("on")}
