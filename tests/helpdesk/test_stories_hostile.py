"""Attacks on the help desk: what is written on a page does nothing, and what no page offered changes nothing."""

import re
from base64 import b64decode, b64encode
from functools import partial

import pytest
from browsing import Browser
from examples.helpdesk.app import create_app
from fastapi.testclient import TestClient

from grantkit import Agent, Member, OpenEnded, Scope
from grantkit.testing import FakeClock

START = "2027-03-03T14:20:00Z"
HOSTILE = (
    "\"><script>alert(1)</script>'<img src=x onerror=a()>&lt;b&gt;{{ 7*7 }}{% raise %}${7*7}<!-- \u05d0\u05d1"
)
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
READ = "I have read this text"
EVERYBODY = (
    "a-kim",
    "a-max",
    "a-pia",
    "a-tom",
    "a-rita",
    "a-zoe",
    "m-ana",
    "m-ben",
    "m-cy",
    "m-dora",
    "m-emil",
    "m-eva",
    "m-ada",
    "m-carla",
)


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A help desk with something going on everywhere, for tests that change nothing of it."""
    app = create_app(tmp_path_factory.mktemp("busy"), clock=FakeClock(START))
    desk = app.state.desk
    ask = {"ends": OpenEnded(), "reason": "It hangs", "tickets": ["T-9"]}
    desk.access.request("oak", by=desk.people["a-rita"], flow="approval", **ask)
    desk.access.grant(
        "delta",
        by=desk.people["m-emil"],
        scope=Scope.only("project:42"),
        ends=OpenEnded(),
        reason="Empty",
        word="Support",
    )
    with TestClient(app, headers={"Accept": "text/html"}) as server:
        yield server


@pytest.fixture
def visit(busy):
    """Opens the browser of somebody who signs in there."""
    return partial(Browser, busy)


@pytest.fixture
def fresh(tmp_path):
    """Such a help desk of one's own."""
    with TestClient(create_app(tmp_path, clock=FakeClock(START)), headers={"Accept": "text/html"}) as server:
        yield server


def desk_of(server):
    """Return what that help desk draws on."""
    return server.app.state.desk


def state(server):
    """Return the heads of all ledgers, all invoices, and the time: whatever anybody could change."""
    desk = desk_of(server)
    return [(desk.access.ledger.head(each), desk.invoices.of(each)) for each in desk.tenants], desk.now()


def forged(fields, **other):
    """Return what a form sends with some of it exchanged; a list for several values, ``None`` for none."""
    kept = [(name, value) for name, value in fields if name not in other]
    for name, value in other.items():
        kept += [(name, each) for each in (value if isinstance(value, list) else [value]) if each is not None]
    return kept


def guarded(page):
    """Whether nothing on a page can do anything by itself, and no form of it could come from elsewhere."""
    nodes = list(page.root.all(*{*re.findall(r"<([a-z0-9]+)", page.html)}))
    refers = [
        each.get(name) for each in nodes for name in ("href", "src", "action") if each.get(name) is not None
    ]
    return (
        POLICY == page.answer.headers["Content-Security-Policy"]
        and not {"script", "style", "img", "iframe", "object", "embed", "base"} & {each.tag for each in nodes}
        and not [
            name
            for each in nodes
            for name in each.attributes
            if name.startswith("on") or name in ("style", "formaction")
        ]
        and all(re.match(r"/(?!/)", each) for each in refers)
        and all("post" == form.method and form.fields[0].get("name") == "csrf" for form in page.forms)
    )


def unisolated(page):
    """
    Return the places where a text that runs from right to left could move the words around it.

    There is no ``<bdi>`` in a picture, so such a text stands between characters there that do the same.
    """
    parts = list(page.root.all(*{*re.findall(r"<([a-z0-9]+)", page.html)}))
    holding = [
        node
        for node in parts
        for each in node.children
        if isinstance(each, str)
        and "\u05d0" in (re.sub("\u2068[^\u2069]*\u2069", "", each) if node.above("svg") else each)
    ]
    alone = ("bdi", "option", "textarea", "title")
    return [node.text for node in holding if node.tag not in alone and node.above("bdi") is None]


def test_hostile_text_is_only_read(fresh):
    """Names, reasons, tickets and notes that hold markup, code or right-to-left text are read as they are."""
    desk = desk_of(fresh)
    desk.people["a-tom"] = Agent("a-tom", teams={"technical-support"}, name=HOSTILE)
    desk.people["m-eva"] = Member("m-eva", tenant="elm", roles={"admin"}, name=HOSTILE)
    desk.invoices.update(desk.invoices.find("elm", 4001), status="open", note=HOSTILE)
    tom, eva = Browser(fresh, "a-tom"), Browser(fresh, "m-eva")
    ticket = HOSTILE.replace(" ", "")
    for flow in ("Ask", "Written permission"):
        tom.open("/workspaces/elm/ask")
        tom.press("Ask", {"Why": HOSTILE, "Tickets": ticket}, within=f"{flow} Who")
    eva.open("/tenants/elm/support")
    pages = [eva.page, eva.press("Approve", {"Where that": HOSTILE}, within="asks for a consent")]
    pages += [eva.press("Approve", within="(a-tom) asks for access"), eva.press("Deny", {"Why not": HOSTILE})]
    pages += [tom.open(path) for path in ("/", "/workspaces", "/workspaces/elm/ask", "/crm/elm/invoices")]
    pages += [tom.follow("4001"), tom.follow("Edit"), tom.press("Save", {"Note": f"{HOSTILE} twice"})]
    eva.open("/tenants/elm/support")
    pages += [eva.press("Revoke", within="flow “written permission”"), tom.follow("Edit")]
    assert [200] * 12 + [403] == [each.status for each in pages]
    assert [] == [each.path for each in pages if not guarded(each)]
    assert [] == [each.path for each in pages if " ".join(HOSTILE.split()) not in each.words]
    assert [] == [each.path for each in pages if "49" in each.words.replace(HOSTILE, "")]
    assert [] == [(each.path, where) for each in pages for where in unisolated(each)]
    assert HOSTILE in pages[3].section("Past requests").text
    assert ticket in pages[3].section("Past requests").text


@pytest.mark.parametrize(
    "text",
    ["a\u202eb", "\u2066a", "a\x00b", "a\x1b[2Jb", "a\rSet-Cookie: a=b", "x" * 4097],
    ids=["override", "isolate", "nul", "escape", "return", "long"],
)
def test_text_that_would_hide_something_is_refused(busy, visit, text):
    """A reason with controls that reorder, hide or break lines, or without end, is refused harmlessly."""
    before, pia = state(busy), visit("a-pia")
    pia.open("/workspaces/elm/ask")
    fields = pia.page.form("Ask", "Ask Who").sent({"Why": "The sync is off"})
    ana = visit("m-ana")
    theirs = ana.page.form("Allow access").sent({READ: True, "Where": "Everything"})
    pages = [
        pia.send("/workspaces/elm/requests", forged(fields, reason=text)),
        pia.send(
            "/workspaces/elm/requests", forged(fields, tickets=text.replace("\r", "\x07"))
        ),  # white space parts them
        ana.send("/tenants/acme/grants", forged(theirs, reason=text)),
    ]
    assert ([422] * 3, before) == ([each.status for each in pages], state(busy))
    assert [] == [each.path for each in pages if not guarded(each)]


def test_a_line_break_is_no_attack(fresh):
    """A reason of two lines, as a browser sends it, is taken and read."""
    kim = Browser(fresh, "a-pia")
    kim.open("/workspaces/elm/ask")
    assert 200 == kim.press("Ask", {"Why": "It is off.\nSince Monday."}).status
    assert "It is off. Since Monday." in kim.page.text


PRESSED = [
    ("m-ana", "/tenants/acme/support", "Approve", {READ: True}, ""),
    ("m-ben", "/tenants/acme/support", "Revoke", {}, ""),
    ("m-dora", "/tenants/cobalt/support", "Change", {"Until when": "as soon as possible"}, ""),
    ("m-emil", "/tenants/delta/support", "Allow access", {"Why": "Empty", "To confirm": "Support"}, ""),
    ("m-emil", "/tenants/delta/support", "Freeze", {}, ""),
    ("m-fay", "/tenants/delta/support", "Lift the freeze", {}, ""),
    (
        "m-eva",
        "/tenants/elm/support",
        "Give this consent",
        {"Why": "Go", "Tickets": "T-1", "Where that": "letter"},
        "",
    ),
    ("m-eva", "/tenants/elm/support", "Deny", {}, ""),
    ("a-pia", "/workspaces/elm/ask", "Ask", {"Why": "Off again"}, ""),
    ("a-kim", "/workspaces/acme/ask", "Ask", {"Where": "Everything"}, ""),
    ("a-kim", "/workspaces", "Withdraw", {}, ""),
    ("m-jon", "/tenants/elm/support", "Stop everything", {"Freeze it too": True}, ""),
    ("a-rita", "/workspaces", "Activate", {"Who agreed": "Carla", "Why": "Look"}, ""),
    ("m-carla", "/tenants/oak/support", "Link it", {"Which": "T-9", "Where that": "mail 9"}, "Rita"),
    ("a-rita", "/workspaces", "Add", {"Who": "Max (a-max) of team support", "Why": "Knows it"}, "Oak"),
    ("a-rita", "/workspaces", "Enter", {}, "Oak"),
    ("a-rita", "/workspaces", "Give back", {}, "Oak"),
    ("a-max", "/crm/delta/invoices", "Leave", {}, ""),
    ("a-max", "/workspaces", "one day", {}, ""),
    ("a-max", "/workspaces", "Sign out", {}, ""),
]


def attacks(fields, token, other):
    """Yield what somebody elsewhere could have a browser send, and by which headers it shows."""
    yield "no token", forged(fields, csrf=None), {}
    yield "an empty one", forged(fields, csrf=""), {}
    yield "another session's", forged(fields, csrf=other), {}
    yield "two tokens", forged(fields, csrf=[token, other]), {}
    yield "another site", fields, {"Origin": "https://elsewhere.example"}
    yield "a site of the same name", fields, {"Origin": "http://testserver.elsewhere.example"}
    yield "another port", fields, {"Origin": "http://testserver:81"}
    yield "said by the browser", fields, {"Sec-Fetch-Site": "cross-site"}


def test_no_form_is_taken_from_elsewhere(fresh):
    """Each form there is does nothing without this session's token, or from another site."""
    stranger = Browser(fresh, "a-zoe").page.forms[0].fields[0].get("value")
    for who, path, button, filled, within in PRESSED:
        browser = Browser(fresh, who)
        page = browser.open(path)
        form = page.form(button, within)
        fields = form.sent(filled)
        token = dict(fields)["csrf"]
        before, seen = state(fresh), browser.open("/help/reasons").words
        for attack, sent, headers in attacks(fields, token, stranger):
            answer = browser.send(form.action, sent, **headers)
            assert (button, attack, 403) == (button, attack, answer.status)
            assert (button, attack, before) == (button, attack, state(fresh))
        assert 403 == browser.send(f"{form.action}?csrf={token}", forged(fields, csrf=None)).status
        assert (button, seen) == (button, browser.open("/help/reasons").words)
        assert (button, 200) == (button, browser.send(form.action, fields).status)
        assert (button, True) == (
            button,
            before != state(fresh) or seen != browser.open("/help/reasons").words,
        )


def test_nobody_is_signed_in_from_elsewhere(busy, visit):
    """Another site signs nobody in as somebody else, and a name that the front page does not offer is nobody's."""
    zoe = visit("a-zoe")
    front = zoe.open("/")
    (form,) = [form for form in front.forms if "a-kim" in form.presses]
    fields = [*form.sent({}), ("who", "a-kim")]
    assert 403 == zoe.send("/sign-in", fields, Origin="https://elsewhere.example").status
    assert 403 == zoe.send("/sign-in", forged(fields, csrf=None)).status
    assert [404] * 3 == [
        zoe.send("/sign-in", forged(fields, who=who)).status for who in ("m-nobody", "A-KIM", " ")
    ]
    assert "Zoe" in zoe.open("/help/reasons").words


def test_a_cookie_is_not_made_by_hand(busy, visit):
    """The cookie is for no script and no other site, and one in which somebody wrote another name is nobody's."""
    pia = visit("a-pia")
    said = Browser(busy).page.answer.headers["Set-Cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in said.split(";")}
    cookie = pia.client.cookies["helpdesk"]
    inside, _, seal = cookie.partition(".")
    written = b64encode(b64decode(inside).replace(b"a-pia", b"a-kim")).decode()
    assert written != inside
    for value in (f"{written}.{seal}", written, f"{inside}.", "x"):
        answer = busy.get("/workspaces", headers={"Cookie": f"helpdesk={value}"})
        assert 401 == answer.status_code


def test_another_customers_ids_are_no_ids(busy, visit):
    """Whoever names another customer's requests, grants and consents finds what who makes them up finds."""
    access, before = desk_of(busy).access, state(busy)
    real = {
        "requests": access.requests("elm", states=["pending"])[0].request.id,
        "grants": access.grants("elm")[0].grant.id,
        "consents": access.consents("oak")[0].consent.id,
    }
    shown = access.preview("elm", real["requests"]).shown
    tries = [
        ("m-dora", f"/tenants/{{}}/requests/{real['requests']}/approve", {"shown": shown}),
        ("m-dora", f"/tenants/{{}}/requests/{real['requests']}/deny", {}),
        ("m-dora", f"/tenants/{{}}/grants/{real['grants']}/revoke", {}),
        ("m-dora", f"/tenants/{{}}/grants/{real['consents']}/revoke", {}),
        (
            "m-dora",
            f"/tenants/{{}}/grants/{real['grants']}/amend",
            {"version": "1", "policies": "full-access"},
        ),
        ("m-dora", "/tenants/{}/stop", {"freeze": "yes"}),
        ("m-dora", "/tenants/{}/freeze", {}),
        ("m-dora", "/tenants/{}/unfreeze", {}),
        ("m-dora", "/tenants/{}/grants", {"flow": "ask"}),
        ("a-pia", f"/workspaces/{{}}/requests/{real['requests']}/withdraw", {}),
        ("a-tom", f"/workspaces/{{}}/grants/{real['grants']}/relinquish", {}),
        ("a-kim", f"/tenants/{{}}/requests/{real['requests']}/approve", {"shown": shown}),
        ("a-kim", "/tenants/{}/stop", {}),
    ]
    for who, path, fields in tries:
        browser = visit(who)
        token = browser.page.forms[0].fields[0].get("value")
        places = (
            ("acme", "cobalt", "oak", "never-was")
            if path.startswith("/workspaces")
            else ("elm", "oak", "delta", "never-was")
        )
        if who == "m-dora" and re.search("[a-z]{2}_", path):
            places += ("cobalt",)
        sent = [("csrf", token), *fields.items()]
        answers = [browser.send(path.format(place), sent) for place in places]
        made_up = browser.send(re.sub(r"[a-z]{2}_\w+", "rq_none", path).format(places[0]), sent)
        assert (path, {(404, made_up.html)}) == (path, {(each.status, each.html) for each in answers})
    assert before == state(busy)


def test_pages_are_there_for_whom_they_are(busy, visit):
    """Pages are there for whom they are: to others they are not there, or learn them nothing."""
    before = state(busy)
    for who in ("m-dora", "a-kim"):
        browser = visit(who)
        missing = browser.open("/tenants/never-was/support")
        for tenant in ("acme", "elm", "delta", "oak"):
            page = browser.open(f"/tenants/{tenant}/support")
            assert (who, tenant, 404, missing.html) == (who, tenant, page.status, page.html)
    dora = visit("m-dora")
    inside = [
        path.format(each)
        for path in ("/workspaces/{}/ask", "/crm/{}/invoices", "/crm/{}/invoices/2001")
        for each in ("cobalt", "delta", "x")
    ]
    assert {(403, dora.open("/workspaces").text)} == {
        (dora.open(path).status, dora.page.text) for path in inside
    }

    nobody = Browser(busy)
    for path in (*inside, "/workspaces", "/tenants/acme/support", "/tenants/never-was/support"):
        page = nobody.open(path)
        way = "Who are you? Pick who you are on the front page, then open this page again. To the front page"
        assert (path, 401, way) == (path, page.status, page.text)
    assert "Six customers" in nobody.follow("To the front page").text
    token = ("csrf", nobody.page.forms[0].fields[0].get("value"))
    for path in (
        "/workspaces/elm/requests",
        "/workspaces/elm/enter",
        "/tenants/elm/stop",
        "/tenants/elm/grants",
        "/crm/elm/invoices/4001/edit",
    ):
        assert (path, 401) == (path, nobody.send(path, [token, ("shown", "x"), ("status", "paid")]).status)
    assert before == state(busy)


def test_looking_changes_nothing(busy, visit):
    """Whoever follows every link there is changes nothing, and no page could do anything by itself."""
    before, seen = state(busy), set()
    for who in EVERYBODY:
        browser, found, actions = visit(who), set(), set()
        left = {"/", *(f"/crm/{tenant}/invoices" for tenant in desk_of(busy).tenants if who.startswith("a-"))}
        while left:
            path = left.pop()
            page = browser.open(path)
            found.add(path)
            assert (path, True) == (path, page.status in (200, 403, 404))
            if "text/html" in page.answer.headers["Content-Type"]:
                assert (who, path, True) == (who, path, guarded(page))
                actions |= {form.action for form in page.forms}
                left |= {link.partition("#")[0] for link in page.links} - found
        for path in sorted((found | actions) - seen):
            assert (path, True) == (path, browser.client.head(path).status_code in (200, 405))
        seen |= found | actions
    taken = {path for path, how in busy.app.openapi()["paths"].items() if "post" in how and "get" not in how}
    for who, tenant in (("m-ana", "acme"), ("a-kim", "acme"), ("m-fay", "delta")):
        browser = visit(who)
        for path in sorted(taken):
            asked = browser.client.get(re.sub("{[^}]+}", "x", path.replace("{tenant}", tenant)))
            assert (path, True) == (path, asked.status_code in (404, 405))
    assert before == state(busy)
    assert {
        "/crm/delta/invoices/3001",
        "/crm/acme/invoices/1002",
        "/workspaces/elm/ask",
        "/leave",
        "/clock",
    } <= seen


OTHER = "0" * 64
FORGED = [
    (
        "m-ben",
        "Allow access",
        {READ: True},
        403,
        {"scope": ["*", "account:ana", "project:42", "account:ben:x"]},
    ),
    (
        "m-ben",
        "Allow access",
        {READ: True},
        422,
        {"scope": [None, "", "account:", "account:*", ["*", "account:ben"]]},
    ),
    ("m-ben", "Allow access", {READ: True}, 403, {"policies": ["read-only", "administrator"]}),
    (
        "m-ben",
        "Allow access",
        {READ: True},
        403,
        {"to": ["team:support", "agent:a-kim", "agent:a-kim#customer-success"]},
    ),
    (
        "m-ben",
        "Allow access",
        {READ: True},
        422,
        {"to": ["team:", "agent:nobody", "tenant:acme", "everybody"]},
    ),
    (
        "m-ben",
        "Allow access",
        {READ: True},
        403,
        {"ends": ["calendar P2Y", "calendar P8D", "elapsed P7D", "open_ended", "end_of_day 2027-03-05"]},
    ),
    (
        "m-ben",
        "Allow access",
        {READ: True},
        422,
        {
            "ends": [
                "whenever",
                "elapsed",
                "calendar",
                "instant",
                "end_of_day",
                "start_of_day 2027-02-30",
                "\u0000",
            ]
        },
    ),
    (
        "m-ben",
        "Allow access",
        {READ: True},
        422,
        {
            "flow": ["nowhere", "ask", "handshake", ""],
            "key": ["x" * 300, "a b"],
            "text": [None, ""],
            "policies": [None, "full-access", "*"],
        },
    ),
    (
        "m-ben",
        "Allow access",
        {READ: True},
        403,
        {"text": ["privacy-1999", "support-terms-3"], "channel": ["phone"]},
    ),
    (
        "m-dora",
        "Allow access",
        {READ: True, "The date": "2027-03-10"},
        403,
        {"day": ["2027-03-03", "2027-03-02", "1970-01-01"]},
    ),
    (
        "m-dora",
        "Allow access",
        {READ: True, "The date": "2027-03-10"},
        422,
        {"day": ["", "10000-01-01", "tomorrow", "2027-3-10"]},
    ),
    ("m-dora", "Change", {}, 409, {"version": ["2", "999999"]}),
    (
        "m-dora",
        "Change",
        {},
        422,
        {"version": ["", "x", "0", "-1", "1.0", "9" * 30], "policies": ["full-access"], "ends": ["whenever"]},
    ),
    ("m-dora", "Change", {}, 403, {"ends": ["open_ended", "calendar P1Y"]}),
    (
        "m-ana",
        "Approve",
        {READ: True},
        422,
        {"shown": ["", "x", f"{OTHER}.", f"{OTHER}.tomorrow", f"{OTHER}.2027-03-31"]},
    ),
    (
        "m-ana",
        "Approve",
        {READ: True},
        409,
        {"shown": [f"{OTHER}.2027-04-03T13:20:00.000000Z", f"{OTHER}.open_ended"]},
    ),
    (
        "m-ana",
        "Approve",
        {READ: True},
        403,
        {"ends": ["calendar P2M", "elapsed P40D", "open_ended"], "text": ["privacy-1999"]},
    ),
    (
        "m-emil",
        "Allow access",
        {"Why": "x", "To confirm": "Support"},
        403,
        {"scope": ["project:43", "*", ["project:42", "project:43"]]},
    ),
    (
        "m-eva",
        "Give this consent",
        {"Why": "x", "Tickets": "T", "Where that": "l"},
        403,
        {"channel": ["email"], "to": ["team:product-support", "agent:a-tom"]},
    ),
    (
        "m-eva",
        "Give this consent",
        {"Why": "x", "Tickets": "T", "Where that": "l"},
        422,
        {"flow": ["change"], "tickets": ["", " , "], "reference": ["", " "]},
    ),
]


@pytest.mark.parametrize(
    ("who", "button", "filled", "status", "forgeries"),
    FORGED,
    ids=[f"{each[0]}-{number}" for number, each in enumerate(FORGED)],
)
def test_what_no_form_offered_is_refused(busy, visit, who, button, filled, status, forgeries):  # noqa: PLR0917  # the table
    """A form in which somebody exchanged a value is refused, and nothing of it is done."""
    browser, before = visit(who), state(busy)
    form = browser.page.form(button)
    fields = form.sent(filled)
    for name, values in forgeries.items():
        for value in values:
            page = browser.send(form.action, forged(fields, **{name: value}))
            assert (name, value, status) == (name, value, page.status)
            assert (name, value, before) == (name, value, state(busy))


def test_quoting_a_later_end_lengthens_nothing(fresh):
    """[J5] Who writes a later end into what was shown gets the end that the terms give, and no more."""
    eva = Browser(fresh, "m-eva")
    form = eva.page.form("Approve")
    fields = form.sent({})
    digest = dict(fields)["shown"].partition(".")[0]
    eva.send(form.action, forged(fields, shown=f"{digest}.2099-01-01T00:00:00.000000Z"))
    assert (
        "Wed 31 Mar 2027, 16:20 (14:20 UTC)"
        == eva.page.card("Pia (a-pia) of team product-support").facts["Until"]
    )


def test_a_form_sent_twice_does_one_thing(fresh):
    """Whoever clicks twice asks, gives and agrees once: each form has a key of its own, which is an id for grantkit."""
    access = desk_of(fresh).access
    pia, ben, eva = Browser(fresh, "a-pia"), Browser(fresh, "m-ben"), Browser(fresh, "m-eva")
    for browser, path, button, filled, within in (
        (pia, "/workspaces/elm/ask", "Ask", {"Why": "Off again"}, ""),
        (ben, "/tenants/acme/support", "Allow access", {READ: True}, ""),
        (
            eva,
            "/tenants/elm/support",
            "Give this consent",
            {"Why": "Go", "Tickets": "T", "Where that": "letter"},
            "",
        ),
    ):
        page = browser.open(path)
        form = page.form(button, within)
        key = dict(form.sent(filled))["key"]
        assert re.fullmatch("[0-9a-z]{20,200}", key)
        counts = []
        for _ in range(2):
            browser.page = page
            assert 200 == browser.press(button, filled, within=within).status
            counts.append(
                [
                    len(what(tenant))
                    for what in (access.grants, access.requests, access.consents)
                    for tenant in ("acme", "elm")
                ]
            )
        assert counts[0] == counts[1]
        assert key not in browser.open(path).html
        changed = browser.send(form.action, forged(form.sent(filled), reason="Another one"))
        assert (409, counts[1]) == (
            changed.status,
            [
                len(what(tenant))
                for what in (access.grants, access.requests, access.consents)
                for tenant in ("acme", "elm")
            ],
        )


def test_out_of_a_support_session_nobody_asks_or_agrees(fresh):
    """Inside a customer's workspace an agent asks, activates and takes back nothing; outside they can again."""
    rita, kim = Browser(fresh, "a-rita"), Browser(fresh, "a-kim")
    ask = rita.open("/workspaces/oak/ask").form("Ask", "Approval Who")
    asked = ask.sent({"Why": "Again", "Tickets": "T-2"})
    activation = rita.open("/workspaces").form("Activate")
    sent = activation.sent({"Who agreed": "Carla", "Why": "Look"})
    rita.send(activation.action, sent)
    again = forged(sent, key=None)
    rita.press("Enter", within="Oak")
    kim.press("Enter")
    withdrawal = f"/workspaces/acme/requests/{desk_of(fresh).access.requests('acme')[0].request.id}/withdraw"
    token = ("csrf", kim.page.forms[0].fields[0].get("value"))
    before = state(fresh)
    for browser, path, fields in (
        (rita, ask.action, asked),
        (rita, activation.action, again),
        (rita, "/workspaces/elm/requests", asked),
        (kim, withdrawal, [token]),
        (
            kim,
            "/workspaces/acme/requests",
            [
                token,
                ("flow", "support-access"),
                ("scope", "*"),
                ("policies", "view-and-resolve"),
                ("ends", "calendar P7D"),
            ],
        ),
    ):
        assert (path, 403, before) == (path, browser.send(path, fields).status, state(fresh))
    assert [404, 404] == [kim.send(f"/tenants/acme/{what}", [token]).status for what in ("stop", "grants")]
    assert not {"Ask", "Activate", "Withdraw"} & {
        *rita.open("/workspaces").buttons(),
        *rita.open("/workspaces/oak/ask").buttons(),
        *kim.open("/workspaces").buttons(),
    }
    for browser in (rita, kim):
        browser.press("Leave")
    assert [200, 200] == [rita.send(ask.action, asked).status, kim.send(withdrawal, [token]).status]
    assert before != state(fresh)
