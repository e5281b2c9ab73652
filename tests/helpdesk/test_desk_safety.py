"""Whatever is written on a page, and whoever links to it: the browser does only what this application says."""

import pytest
from examples.helpdesk.app import create_app
from examples.helpdesk.desk import HERE
from fastapi.testclient import TestClient

from grantkit import Agent, Member
from grantkit.clocks import SystemClock

HOSTILE = """"><script>alert(1)</script>'<img src=x onerror=alert(1)>{{ 7 * 7 }}"""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def inert(page):
    """Whether a page holds no element and no attribute that could do anything by itself."""
    tags = {tag for tag, _ in page.markup.elements}
    names = {name for _, attributes in page.markup.elements for name in attributes}
    sources = [each.get("src") or each.get("href") or "" for each in page.markup.all("a", "link", "img")]
    return (
        not tags & {"script", "style", "img", "iframe", "object", "base"}
        and not [name for name in names if name.startswith("on") or name == "style"]
        and all(source.startswith("/") and not source.startswith("//") for source in sources)
    )


def guarded(page):
    """Whether each form of a page is sent to this application, with the token."""
    names = [{each.get("name") for _, each in inside} for _, inside in page.markup.forms]
    return bool(names) and all("csrf" in each for each in names)


HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def test_every_answer_carries_the_headers(browse):
    """Every answer, a refusal and a file too, tells the browser to run nothing, frame nothing and keep nothing."""
    kim = browse("a-kim")
    for path in ("/", "/workspaces", "/static/desk.css", "/nowhere", "/crm/cobalt/invoices"):
        headers = kim.get(path).response.headers
        assert {"path": path, **HEADERS} == {"path": path, **{name: headers[name] for name in HEADERS}}


def test_the_cookie_is_for_this_site_alone(server):
    """The session's cookie is read by no script, and is sent with no form of another site."""
    cookie = server.get("/").headers["Set-Cookie"].lower()
    assert {"httponly", "samesite=lax"} <= {part.strip() for part in cookie.split(";")}


def posts(app):
    """Return the path of everything that takes a form."""
    return [
        path.replace("{", "").replace("}", "")
        for path, how in app.openapi()["paths"].items()
        if "post" in how
    ]


def test_every_form_needs_the_token(app, browse):
    """Nothing that takes a form takes it without the token, not even from somebody who is not signed in."""
    found = {path: browse().client.post(path).status_code for path in posts(app)}
    assert len(found) > 10
    assert dict.fromkeys(found, 403) == found


@pytest.mark.parametrize("token", ["", "ü" * 43, "0" * 43], ids=["empty", "not-ascii", "wrong"])
def test_a_wrong_token_does_nothing(browse, token):
    """With a wrong token nothing happens, whatever it is made of."""
    browser = browse("a-kim")
    browser.token = token
    assert 403 == browser.post("/sign-in", who="a-max").status
    assert "Kim" in browser.get("/").words


def test_nothing_is_no_token(server):
    """A browser that has no session yet has no token: leaving it blank does not fit."""
    assert 403 == server.post("/sign-in", data={"csrf": "", "who": "a-kim"}).status_code


def test_a_file_is_no_token(browse):
    """A file in the token's place is refused, and breaks nothing."""
    browser = browse("a-kim")
    assert 403 == browser.client.post("/sign-out", files={"csrf": ("csrf", browser.token)}).status_code


def test_a_token_is_of_one_session(browse):
    """The token of one session is worth nothing in another."""
    other, browser = browse("a-max"), browse("a-kim")
    browser.token = other.token
    assert 403 == browser.post("/sign-out").status


def test_forms_of_other_sites_are_refused(browse):
    """A form that comes from another site is refused though it has the token; ``null`` is what our own pages send."""
    browser = browse("a-kim")
    due = {
        ("Origin", "https://elsewhere.example"): 403,
        ("Origin", "http://testserver.elsewhere.example"): 403,
        ("Sec-Fetch-Site", "cross-site"): 403,
        ("Sec-Fetch-Site", "same-site"): 403,
        ("Origin", "http://testserver"): 303,
        ("Origin", "null"): 303,
        ("Sec-Fetch-Site", "same-origin"): 303,
        ("Sec-Fetch-Site", "none"): 303,
    }
    found = {
        (name, value): browser.client.post(
            "/leave", data={"csrf": browser.token}, headers={name: value}, follow_redirects=False
        ).status_code
        for name, value in due
    }
    assert due == found


def test_hostile_text_is_inert(browse, desk, access):
    """Names, reasons, tickets and notes are shown as they were written, and do nothing."""
    desk.people["a-tom"] = Agent("a-tom", teams={"technical-support"}, name=HOSTILE)
    desk.people["m-eva"] = Member("m-eva", tenant="elm", roles={"admin"}, name=HOSTILE)
    desk.invoices.update(desk.invoices.find("elm", 4001), status="open", note=HOSTILE)
    tom, eva = browse("a-tom"), browse("m-eva")
    page = tom.get("/workspaces/elm/ask")
    for case in (HOSTILE, f"{HOSTILE} again"):
        form = page.filled_in("/workspaces/elm/requests", flow="ask", reason=case, tickets="<b>T-7</b>")
        tom.post("/workspaces/elm/requests", **{**form, "key": case[-5:].strip(">{} ")})
    asked, other = access.requests("elm")
    shown = access.preview("elm", asked.request.id)
    access.approve("elm", asked.request.id, by=desk.people["m-eva"], shown=shown.shown)
    access.deny("elm", other.request.id, by=desk.people["m-eva"], reason=HOSTILE)

    pages = [
        eva.get("/tenants/elm/support"),
        eva.get("/"),
        tom.get("/workspaces"),
        tom.get("/workspaces/elm/ask"),
        tom.get("/crm/elm/invoices"),
        tom.get("/crm/elm/invoices/4001"),
        tom.get("/crm/elm/invoices/4001/edit"),  # denied: it takes a written permission
    ]
    assert [200] * 6 + [403] == [each.status for each in pages]
    assert [] == [each.path for each in pages if not inert(each)]
    assert [] == [each.path for each in pages if not guarded(each)]
    assert {each.path for each in pages} == {
        each.path for each in pages if HOSTILE in "".join(each.markup.words)
    }


def test_templates_switch_no_escaping_off():
    """No template marks anything as safe, or switches escaping off."""
    templates = {file.name: file.read_text(encoding="utf-8") for file in (HERE / "templates").iterdir()}
    assert len(templates) > 8
    assert [] == [name for name, text in templates.items() if "safe" in text or "autoescape" in text]


def test_pages_are_built_for_everybody(browse):
    """Every page has a title, a language, one main part and one first heading, and a label for each field."""
    kim = browse("a-kim")
    for path in (
        "/",
        "/help/reasons",
        "/workspaces",
        "/workspaces/acme/ask",
        "/nowhere",
        "/crm/cobalt/invoices",
    ):
        markup = kim.get(path).markup
        tags = [tag for tag, _ in markup.elements]
        assert (path, 1, 1, 1) == (path, tags.count("title"), tags.count("main"), tags.count("h1"))
        assert "en" == markup.all("html")[0]["lang"]
        labels = {each.get("for") for each in markup.all("label")}
        fields = [
            each
            for each in markup.all("input", "select", "textarea")
            if each.get("type") not in ("hidden", "radio", "checkbox")
        ]
        bare = [each for each in fields if each.get("id") not in labels and "aria-label" not in each]
        assert (path, []) == (path, bare)


def test_the_clock_is_turned_by_the_buttons_offered(browse, clock):
    """The buttons turn the clock by what they say, lead back to where they were pressed, and take nothing else."""
    browser = browse("a-kim")
    assert {"1", "24", "168"} == {
        each["value"] for each in browser.get("/").markup.all("button") if each.get("name") == "hours"
    }
    assert "/workspaces" == browser.post("/clock", hours="1", back="/workspaces").path
    assert "2027-03-03T15:20:00+00:00" == clock.now().isoformat()
    assert 422 == browser.post("/clock", hours="-1").status
    assert "2027-03-03T15:20:00+00:00" == clock.now().isoformat()


def test_turning_the_clock_records_what_ended(browse, desk, access):
    """Whatever the clock is turned past is recorded, as a job would do it."""
    access.request("elm", by=desk.people["a-pia"], flow="ask", reason="The sync is off")
    kim = browse("a-kim")
    for _ in range(2):
        kim.post("/clock", hours="168", back="/")
    assert "lapsed" == access.ledger.history("elm")[-1].kind


def test_the_clock_leads_nowhere_else(browse):
    """Whatever a forged form names as the way back, it leads to a page of this application."""
    kim = browse("a-kim")
    for back in (
        "//elsewhere.example",
        "/\\elsewhere.example",
        "https://elsewhere.example/",
        "/%0d",
        "/a//b",
        "/a\n",
    ):
        answer = kim.client.post(
            "/clock", data={"csrf": kim.token, "hours": "1", "back": back}, follow_redirects=False
        )
        assert (back, "/") == (back, answer.headers["Location"])


def test_the_real_clock_has_no_buttons(tmp_path):
    """Without a clock that can be turned there is no button for it, and nothing that would take it."""
    app = create_app(tmp_path, clock=SystemClock(), stories=False)
    with TestClient(app, headers={"Accept": "text/html"}) as client:
        assert "Turn the clock" not in client.get("/").text
        assert "/clock" not in app.openapi()["paths"]
        assert 404 == client.post("/clock", data={"hours": "1"}).status_code
