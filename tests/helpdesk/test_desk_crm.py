"""The CRM: every click is decided, a list holds just what may be seen, and a denial says why."""

import asyncio
import re

import pytest

from grantkit import Calendar, OpenEnded, Reason, Scope, StartOfDay, Team

ROWS = re.compile(r"/crm/\w+/invoices/(\d+)")


@pytest.fixture
def own_account(desk, access):
    """Ben has let Customer Success into his own account at Acme."""
    return access.grant(
        "acme",
        by=desk.people["m-ben"],
        to=Team("customer-success"),
        scope=Scope.only("account:ben"),
        ends=Calendar(weeks=1),
    )


@pytest.fixture
def organization(desk, access):
    """Dora has let Support do anything at Cobalt, until 10 March begins in New York."""
    return access.grant(
        "cobalt",
        by=desk.people["m-dora"],
        to=Team("support"),
        policies=["administrator"],
        ends=StartOfDay(desk.now().date().replace(day=10)),
    )


def listed(page):
    """Return the numbers of the invoices that a page links to."""
    return sorted({int(number) for number in ROWS.findall(page.html)})


def test_without_a_grant_every_click_is_denied(app, browse):
    """Nothing of the CRM is open without a grant: every address of it is denied, and says why."""
    kim = browse("a-kim")
    paths = {
        path.format(tenant="acme", number=1002): how
        for path, how in app.openapi()["paths"].items()
        if path.startswith("/crm/")
    }
    assert len(paths) == 3
    for path, how in paths.items():
        for page in [kim.get(path)] + ([kim.post(path, status="paid")] if "post" in how else []):
            assert (path, 403) == (path, page.status)
            assert "no_grant" in page.text
            assert "Town Parks" not in page.html


def test_a_list_holds_what_may_be_seen(browse, desk, access, own_account):
    """An agent who was let into one account sees its invoices and no others; let into everything, all of them."""
    kim = browse("a-kim")
    assert [1002, 1003] == listed(kim.get("/crm/acme/invoices"))
    access.grant("acme", by=desk.people["m-ana"], to=Team("customer-success"), ends=Calendar(months=1))
    assert [1001, 1002, 1003, 1004] == listed(kim.get("/crm/acme/invoices"))


def test_a_freeze_is_told_where_the_customer_is_known(browse, desk, access):
    """Of a customer who hides, an agent with a live grant for the second project is told of a freeze there."""
    gus = desk.people["m-gus"]
    place = Scope.only("project:43")
    access.grant(
        "delta", by=gus, to=Team("support"), scope=place, ends=OpenEnded(), reason="Look", word="Support"
    )
    max_ = browse("a-max")
    assert [3002] == listed(max_.get("/crm/delta/invoices"))
    assert 404 == max_.get("/crm/delta/invoices/3001").status
    access.freeze("delta", by=desk.people["m-fay"])
    page = max_.get("/crm/delta/invoices")
    assert (403, True) == (page.status, "frozen" in page.text)


def test_an_invoice_elsewhere_is_denied(browse, own_account):
    """An invoice of another account is denied, with the reason and a way to ask; inside a session too."""
    kim = browse("a-kim")
    kim.post("/workspaces/acme/enter")
    page = kim.get("/crm/acme/invoices/1001")
    assert 403 == page.status
    assert "out_of_scope" in page.text
    links = [each.get("href") for each in page.main.all("a")]
    assert ["/help/reasons#out_of_scope", "/workspaces/acme/ask", "/workspaces"] == links


def test_numbers_cannot_be_probed(browse):
    """Whom nobody let in cannot tell a number that is taken from one that is not."""
    kim = browse("a-kim")
    taken, free = (kim.get(f"/crm/acme/invoices/{number}") for number in (1002, 9999))
    assert 403 == taken.status
    assert taken.text == free.text


def test_numbers_that_are_not_there(browse, organization):
    """A number that is not there is a 404 to whoever may read; so is one of another customer; so is one beyond all."""
    max_ = browse("a-max")
    found = {number: max_.get(f"/crm/cobalt/invoices/{number}").status for number in (2001, 9999, 1002)}
    assert {2001: 200, 9999: 404, 1002: 404} == found
    assert 422 == max_.get(f"/crm/cobalt/invoices/{10**30}").status
    assert 404 == max_.post("/crm/cobalt/invoices/9999/edit", status="paid").status


def test_an_invoice_is_changed(browse, desk, organization):
    """Who may change an invoice changes it; nothing but its status and its note."""
    max_ = browse("a-max")
    form = max_.get("/crm/cobalt/invoices/2001/edit").filled_in(
        "/crm/cobalt/invoices/2001/edit", status="paid"
    )
    page = max_.post(
        "/crm/cobalt/invoices/2001/edit", **form | {"note": "Ω & <b>", "cents": "1", "tenant": "acme"}
    )
    assert "/crm/cobalt/invoices/2001" == page.path
    invoice = desk.invoices.find("cobalt", 2001)
    assert ("paid", "Ω & <b>", 1284000) == (invoice.status, invoice.note, invoice.cents)
    assert "Ω & <b>" in page.text
    assert 422 == max_.post("/crm/cobalt/invoices/2001/edit", status="burnt").status
    assert "paid" == desk.invoices.find("cobalt", 2001).status


def test_a_revocation_counts_from_the_next_click(browse, desk, access, organization):
    """Between opening the form and sending it the customer revokes: nothing is changed."""
    max_ = browse("a-max")
    assert 200 == max_.get("/crm/cobalt/invoices/2001/edit").status
    access.revoke("cobalt", organization.id, by=desk.people["m-dora"])
    page = max_.post("/crm/cobalt/invoices/2001/edit", status="paid")
    assert 403 == page.status
    assert "revoked" in page.text
    assert "open" == desk.invoices.find("cobalt", 2001).status


def test_the_end_counts_to_the_instant(browse, clock, organization):
    """At the instant of the end the next click is denied; the microsecond before, it is not."""
    max_ = browse("a-max")
    clock.set(organization.ends_at)
    clock.advance(microseconds=-1)
    assert 200 == max_.get("/crm/cobalt/invoices").status
    clock.advance(microseconds=1)
    page = max_.get("/crm/cobalt/invoices")
    assert (403, True) == (page.status, "expired" in page.text)


def test_looking_is_not_changing(browse, own_account):
    """Where the customer agreed to looking, changing is denied, and says so."""
    kim = browse("a-kim")
    assert 200 == kim.get("/crm/acme/invoices/1002").status
    page = kim.get("/crm/acme/invoices/1002/edit")
    assert (403, True) == (page.status, "action_not_permitted" in page.text)


def test_a_denial_leads_to_the_consent_that_is_missing(browse, desk, access):
    """Where a written permission is missing, the denied page leads to the form that asks for it."""
    tom = desk.people["a-tom"]
    asked = access.request("elm", by=tom, flow="ask", reason="The sync is off", tickets=["T-7"])
    shown = access.preview("elm", asked.id)
    access.approve("elm", asked.id, by=desk.people["m-eva"], shown=shown.shown)
    browser = browse("a-tom")
    page = browser.get("/crm/elm/invoices/4001/edit")
    assert (403, True) == (page.status, "needs_consent" in page.text)
    (link,) = [each["href"] for each in page.main.all("a") if "ask" in each["href"]]
    assert "/workspaces/elm/ask#written-permission" == link
    assert "written-permission" in {each.get("id") for each in browser.get(link).markup.all("section")}
    # Inside a session nobody can ask; the page they are led to says so, once they are.
    access.consent(
        "elm",
        by=desk.people["m-eva"],
        flow="written-permission",
        tickets=["T-7"],
        reference="letter 12",
        reason="Do",
    )
    assert 200 == browser.get("/crm/elm/invoices/4001/edit").status


def test_the_banner_says_where_and_how_long(browse, clock, own_account):
    """Each page of the CRM says at which customer one is, where, and until when in their zone; and has a way out."""
    kim = browse("a-kim")
    clock.set(own_account.ends_at)
    clock.advance(hours=-3, minutes=-12)
    kim.post("/workspaces/acme/enter")
    for path in ("/crm/acme/invoices", "/crm/acme/invoices/1002"):
        page = kim.get(path)
        assert "Support session at Acme Gardens" in page.words
        assert "Ben’s account; ends in 3 h 12 min, at 15:20 in Berlin" in page.words
        assert "/leave" in [leads_to for leads_to, _ in page.markup.forms]
    assert "Support session" not in kim.post("/leave").words


def test_a_bookmark_leads_inside(browse, own_account, organization):
    """Who opens a customer's page without the button is in a support session there all the same, and in no other."""
    kim = browse("a-kim")
    assert "Support session at Acme Gardens" in kim.get("/crm/acme/invoices").words
    assert "Support session at Acme Gardens" in kim.get("/workspaces").words


def test_every_reason_is_explained(browse):
    """Each reason that a denial can name has its own anchor on the page of reasons."""
    page = browse().get("/help/reasons")
    anchors = {each.get("id") for each in page.markup.all("div")}
    assert {str(reason) for reason in Reason} == anchors & {str(reason) for reason in Reason}


def test_programs_get_the_reason(browse, own_account):
    """A program gets a problem document whose type is the page of reasons, at that reason."""
    answer = browse("a-kim").client.get("/crm/acme/invoices/1001", headers={"Accept": "application/json"})
    assert "application/problem+json" == answer.headers["Content-Type"]
    assert {
        "type": "/help/reasons#out_of_scope",
        "code": "out_of_scope",
        "status": 403,
    }.items() <= answer.json().items()


def test_a_store_that_fails_lets_nobody_in(browse, desk, own_account, monkeypatch):
    """While what was agreed cannot be read, every click is a 503, at a customer who hides as at any other."""
    kim = browse("a-kim")
    assert 200 == kim.get("/crm/acme/invoices/1002").status
    asyncio.run(desk.records.close())
    for path in (
        "/crm/acme/invoices",
        "/crm/acme/invoices/1002",
        "/crm/delta/invoices",
        "/workspaces/delta/ask",
    ):
        assert (path, 503) == (path, kim.get(path).status)


def test_a_denial_names_no_account_that_it_is_not_for(browse, own_account):
    """Of an invoice in another account, an agent is told what they are told of a number that is not there."""
    kim = browse("a-kim")
    taken, free = (kim.get(f"/crm/acme/invoices/{number}").text for number in (1001, 9999))
    assert taken.replace("1001", "?") == free.replace("9999", "?")
    assert "account:" not in taken.partition("outside it")[0].rpartition(";")[2]
