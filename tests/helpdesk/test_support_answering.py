"""Answering a request on the page: yes to what was shown, less, no; and what the page says of it later."""

import pytest
from support_forms import form, forms, table

from grantkit import AccessRules, Calendar, Elapsed
from grantkit.lifecycle import RequestState


@pytest.fixture
def ask(desk, access):
    """Lets an agent ask."""

    def asked(tenant, who, **what):
        return access.request(tenant, by=desk.people[who], **{"reason": "A case", **what})

    return asked


@pytest.fixture
def elm(browse, ask):
    """An admin's browser, at a customer of whom an agent asks."""
    asked = ask("elm", "a-pia", flow="ask", reason="The sync is off", tickets=["T-1"])
    return browse("m-eva"), asked


def of(access, tenant):
    """The only request of a tenant."""
    (status,) = access.requests(tenant)
    return status


def test_approving_gives_what_the_page_showed(elm, access, clock):
    """Who approves agrees to the end on the page, however long they think about it."""
    browser, _ = elm
    page = browser.get("/tenants/elm/support")
    assert "Until Wed 31 Mar 2027, 16:20 (14:20 UTC)" in page.text
    clock.advance(hours=5)
    after = form(page, "/approve").send(browser)
    assert (200, "/tenants/elm/support") == (after.status, after.path)
    assert "2027-03-31T14:20:00+00:00" == of(access, "elm").access.grant.ends_at.isoformat()
    assert "Right now, Pia (a-pia) of team product-support can get in." in after.text
    assert "What Look at everything, change nothing." in after.text
    assert "Approved by Eva (m-eva)" in after.text
    assert "It goes on" in after.text


def test_a_shorter_time_can_be_chosen_and_no_longer_one(elm, access, clock):
    """The list holds earlier ends only; another end sent by hand is refused, and the page says so."""
    browser, _ = elm
    approve = form(browser.get("/tenants/elm/support"), "/approve")
    assert ["", "elapsed PT1H", "elapsed PT4H", "elapsed P1D", "elapsed P7D"] == approve.offered["ends"]
    longer = approve.send(browser, ends="elapsed P29D")
    assert (403, RequestState.PENDING) == (longer.status, of(access, "elm").state)
    assert "That is more than was asked for." in longer.text
    form(longer, "/approve").send(browser, ends="elapsed PT4H")
    assert clock.advance(hours=4) == of(access, "elm").access.grant.ends_at


def test_what_takes_a_further_consent_is_said_before_the_yes(ask, browse):
    """Nobody approves "do anything" in the belief that it is all there is to it, nor less than it can become."""
    ask("elm", "a-tom", flow="ask")
    page = browse("m-eva").get("/tenants/elm/support")
    assert (
        "What Look at everything, change nothing. With a written permission besides: do anything."
        in page.text
    )


def test_a_denial_keeps_its_reason(elm, access):
    """One no settles it, and who said it, when and why can be read."""
    browser, _ = elm
    after = form(browser.get("/tenants/elm/support"), "/deny").send(browser, reason="Not without a ticket")
    assert RequestState.DENIED is of(access, "elm").state
    assert "Denied by Eva (m-eva): Not without a ticket" in after.text
    assert "Nothing waits for an answer." in after.text
    assert "Right now, nobody of support can get in." in after.text


def test_who_comes_second_is_told_that_it_is_settled(elm, browse, access):
    """Two admins look at one request: the first decision stands, and the second one is told."""
    eva, _ = elm
    jon = browse("m-jon")
    theirs = jon.get("/tenants/elm/support")
    form(eva.get("/tenants/elm/support"), "/deny").send(eva)
    late = form(theirs, "/approve").send(jon)
    assert (409, RequestState.DENIED) == (late.status, of(access, "elm").state)
    assert "Somebody was there before you" in late.text


def test_what_was_never_shown_is_not_agreed_to(browse, ask, access):
    """A yes to another request's terms, or to none, gives nothing: the page comes back with the terms of now."""
    first, second = ask("elm", "a-pia", flow="ask"), ask("elm", "a-tom", flow="ask")
    eva = browse("m-eva")
    shown = {each.action: each.sent["shown"] for each in forms(eva.get("/tenants/elm/support"), "/approve")}
    to = f"/tenants/elm/requests/{first.id}/approve"
    stale = eva.post(to, shown=shown[f"/tenants/elm/requests/{second.id}/approve"])
    assert 409 == stale.status
    assert "The terms of this request have changed since you saw them." in stale.text
    assert 2 == len(forms(stale, "/approve"))
    assert 422 == eva.post(to, shown="whatever").status
    assert [RequestState.PENDING] * 2 == [each.state for each in access.requests("elm")]


def test_the_text_must_have_been_read(browse, ask, access, desk):
    """Where the rules name a text, nobody agrees without it, and its version and digest are on record."""
    ask("acme", "a-kim", ends=Calendar(weeks=1))
    ana = browse("m-ana")
    approve = form(ana.get("/tenants/acme/support"), "/approve")
    unread = approve.send(ana)
    assert (422, RequestState.PENDING) == (unread.status, of(access, "acme").state)
    assert "please confirm that you have read the text" in unread.text
    assert 403 == approve.send(ana, text="privacy-1999").status
    assert 200 == approve.send(ana, text=approve.offered["text"]).status
    (approval,) = of(access, "acme").request.approvals
    assert ("privacy-2023-04", 64) == (approval.text, len(approval.text_digest))


def test_an_answer_by_another_channel_says_where_it_is(browse, ask, access, desk):
    """Where the rules take answers by ticket or e-mail, the page asks by which, and for the reference."""
    ask("oak", "a-rita", flow="approval", ends=desk.rules["oak"].flow("approval").ends[0], tickets=["T-9"])
    carla = browse("m-carla")
    approve = form(carla.get("/tenants/oak/support"), "/approve")
    assert ["portal_ticket", "email"] == approve.offered["channel"]
    assert 422 == approve.send(carla, channel="email").status
    after = approve.send(carla, channel="email", reference="<77@oak.example>")
    (approval,) = of(access, "oak").request.approvals
    assert ("email", "<77@oak.example>") == (approval.channel, approval.reference)
    assert "Right now, nobody of support is let in; team support may open access" in after.text


def test_the_word_must_be_typed(browse, desk, ask, access):
    """Where the rules ask for a word, another one gives nothing."""
    desk.rules["elm"] = AccessRules.from_data(
        {"zone": "Europe/Vienna", "flows": {"ask": {"steps": [{"by": ["tenant:admin"], "word": "Yes"}]}}}
    )
    ask("elm", "a-pia", ends=Elapsed(hours=1))
    eva = browse("m-eva")
    approve = form(eva.get("/tenants/elm/support"), "/approve")
    wrong = approve.send(eva, word="yes")
    assert (403, RequestState.PENDING) == (wrong.status, of(access, "elm").state)
    assert "Type it just as it stands there." in wrong.text
    assert (200, RequestState.APPROVED) == (approve.send(eva, word="Yes").status, of(access, "elm").state)


def test_who_may_not_answer_is_refused_by_hand_too(browse, ask, access):
    """A form made by hand by somebody without the role settles nothing."""
    asked = ask("acme", "a-kim", ends=Calendar(weeks=1))
    ben = browse("m-ben")
    denied = ben.post(f"/tenants/acme/requests/{asked.id}/deny", reason="No")
    assert (403, RequestState.PENDING) == (denied.status, of(access, "acme").state)
    assert "You may not do this" in denied.text
    assert 404 == ben.post("/tenants/acme/requests/rq_none/deny").status


def test_a_lapse_and_an_end_of_access_are_two_columns(elm, ask, access, clock, desk):
    """When nobody answered in time, and when access that was given ended, are never taken for one another."""
    browser, _ = elm
    form(browser.get("/tenants/elm/support"), "/approve").send(browser, ends="elapsed PT1H")
    ask("elm", "a-tom", flow="ask")
    clock.advance(days=14)
    page = browser.get("/tenants/elm/support")
    lapsed, given = table(page, "answered")
    assert ("Nobody answered in time", "–", "Wed 17 Mar 2027, 15:20", "–") == _times(lapsed)
    assert ("Approved by Eva (m-eva)", "Wed 3 Mar 2027, 15:20", "–", "Wed 3 Mar 2027, 16:20") == _times(given)


def test_what_can_no_longer_be_approved_says_why_and_can_be_denied(elm, desk, access):
    """After the vendor edited the flow, a request shows no button for a yes, why not, and one for a no."""
    browser, _ = elm
    document = desk.rules["elm"].to_data()
    document["flows"]["ask"]["ends"] = [{"elapsed": "P1D"}]
    desk.rules["elm"] = AccessRules.from_data(document)
    page = browser.get("/tenants/elm/support")
    assert [] == forms(page, "/approve")
    assert "It can no longer be approved" in page.text
    assert "Denied by Eva (m-eva)" in form(page, "/deny").send(browser).text


def test_a_program_gets_a_problem_document(elm, access):
    """Whoever takes no HTML is told of a refusal as a problem document."""
    browser, asked = elm
    browser.get("/tenants/elm/support")
    answer = browser.client.post(
        f"/tenants/elm/requests/{asked.id}/approve",
        data={"csrf": browser.token, "shown": "0" * 64 + ".open_ended"},
        headers={"Accept": "application/json"},
    )
    assert (409, "application/problem+json") == (answer.status_code, answer.headers["Content-Type"])
    assert "digest_mismatch" == answer.json()["code"]


def _times(row):
    """What became of it and its three times, those in UTC left out."""
    columns = ("What became of it", "Decided", "Lapsed", "Access ended")
    return tuple(row[column].partition(" (1")[0] for column in columns)
