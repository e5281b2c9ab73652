"""A help desk on a clock that stands still, and people who click in it."""

import re
from functools import cached_property
from html.parser import HTMLParser

import pytest
from examples.helpdesk.app import create_app
from fastapi.testclient import TestClient

from grantkit.testing import FakeClock

START = "2027-03-03T14:20:00Z"


class Markup(HTMLParser):
    """What a browser would make of a page: its elements, and the text that people read."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self.forms = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "form":
            self.forms.append((dict(attrs)["action"], []))
        elif tag in ("input", "textarea", "select", "option", "button") and self.forms:
            self.forms[-1][1].append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, *tags):
        """Return the attributes of all elements of these kinds."""
        return [attributes for tag, attributes in self.elements if tag in tags]


class Page:
    """An answer, as somebody sees it; read when it is looked at."""

    def __init__(self, response):
        self.response = response
        self.status = response.status_code
        self.path = response.url.path
        self.html = response.text

    @cached_property
    def markup(self):
        """All of it."""
        return Markup(self.html)

    @cached_property
    def main(self):
        """What stands between the bar and the foot."""
        return Markup(self.html.partition("<main>")[2].partition("</main>")[0])

    @property
    def words(self):
        """All words."""
        return _joined(self.markup)

    @property
    def text(self):
        """The words between the bar and the foot."""
        return _joined(self.main)

    def filled_in(self, action, **fields):
        """Return what the form that leads to *action*, for this ``flow`` if one is named, sends with these *fields*."""
        flow = fields.get("flow")
        forms = [_sent(inside) for leads_to, inside in self.markup.forms if leads_to == action]
        (found,) = [sent for sent in forms if flow is None or [flow] == sent["flow"]]
        unknown = fields.keys() - found.keys()
        assert not unknown, f"the form has no {unknown}"
        return {name: value for name, value in {**found, **fields}.items() if value != []}


def _joined(markup):
    return re.sub(r"\s+", " ", " ".join(markup.words)).strip()


def _sent(inside):
    """Return the values that a form holds as it stands on the page, by name; a list, empty where none is chosen."""
    found = {}
    for tag, each in inside:
        if tag != "option" and "name" in each:
            chosen = tag == "input" and (each.get("type") not in ("radio", "checkbox") or "checked" in each)
            found.setdefault(each["name"], []).extend([each.get("value", "")] if chosen else [])
    return found


class Browser:
    """Somebody's browser: it keeps the cookie, and sends forms with the token of the page that it shows."""

    def __init__(self, server):
        self._server, self._cookies = server, None
        self.token = ""

    @property
    def client(self):
        """What talks to the server, with the cookies of this browser: making one takes longer than most tests."""
        self._server.cookies = self._cookies
        self._cookies = self._server.cookies
        return self._server

    def get(self, path):
        """Open a page."""
        return self._show(self.client.get(path))

    def post(self, path, **fields):
        """Send a form."""
        return self._show(self.client.post(path, data={"csrf": self.token, **fields}))

    def sign_in(self, who):
        """Pick who one is."""
        self.get("/")
        return self.post("/sign-in", who=who)

    def _show(self, response):
        found = Page(response)
        tokens = set(re.findall(r'name="csrf" value="([^"]*)"', found.html))
        if tokens:
            (self.token,) = tokens
        return found


@pytest.fixture
def clock():
    """A clock that tests turn."""
    return FakeClock(START)


@pytest.fixture
def app(tmp_path, clock):
    """A new help desk: people, invoices, and nobody let in anywhere."""
    return create_app(tmp_path, clock=clock, stories=False)


@pytest.fixture
def server(app):
    """The help desk, running."""
    with TestClient(app, headers={"Accept": "text/html"}) as client:
        yield client


@pytest.fixture
def desk(app):
    """What the help desk draws on."""
    return app.state.desk


@pytest.fixture
def access(desk):
    """What the help desk asks."""
    return desk.access


@pytest.fixture
def browse(server):
    """Opens a browser in which somebody has signed in; nobody without a name."""

    def opened(who=None):
        found = Browser(server)
        if who is None:
            found.get("/")
        else:
            found.sign_in(who)
        return found

    return opened
