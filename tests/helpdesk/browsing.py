"""
A tiny browser: it opens pages, follows links, and sends the forms that a page offers, as somebody would who reads them.

Fields are named by what is written beside them, buttons and choices by what is written on them. What a form hides
goes along as the page gave it. What a browser would not send, it does not send: a required field left empty, a date
before the first one.
"""

import re
from functools import cached_property
from html.parser import HTMLParser

VOID = {"br", "col", "hr", "img", "input", "link", "meta", "wbr"}
INLINE = {"a", "b", "bdi", "code", "em", "i", "label", "small", "span", "strong", "time"}


class Node:
    """An element, with what is in it."""

    def __init__(self, tag, attributes=(), parent=None):
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.children = []

    def get(self, name, default=None):
        """Return an attribute; one without a value is an empty text."""
        found = self.attributes.get(name, default)
        return "" if found is None and name in self.attributes else found

    def all(self, *tags):
        """Yield the elements of these kinds in it, in their order."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def above(self, *tags):
        """Return the nearest element of these kinds that it is in."""
        node = self.parent
        while node is not None and node.tag not in tags:
            node = node.parent
        return node

    @cached_property
    def text(self):
        """What somebody reads of it, in one line."""
        return " ".join(self._raw().split())

    def _raw(self):
        parts = [child if isinstance(child, str) else child._raw() for child in self.children]
        return "".join(parts) if self.tag in INLINE else f" {''.join(parts)} "

    @property
    def facts(self):
        """What a list of facts in it says, by name."""
        return {one.text: two.text for one, two in zip(self.all("dt"), self.all("dd"), strict=True)}

    @property
    def rows(self):
        """The rows of the table in it, each cell by the head of its column."""
        heads = [head.text for head in next(self.all("thead")).all("th")]
        rows = (row.all("th", "td") for row in next(self.all("tbody")).all("tr"))
        return [dict(zip(heads, (cell.text for cell in row), strict=True)) for row in rows]


class _Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.root = self._open = Node("page")
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        node = Node(tag, attrs, self._open)
        self._open.children.append(node)
        if tag not in VOID:
            self._open = node

    def handle_endtag(self, tag):
        assert tag == self._open.tag, f"</{tag}> closes <{self._open.tag}>"
        self._open = self._open.parent

    def handle_data(self, data):
        self._open.children.append(data)


class Page:
    """An answer, as somebody sees it; read when it is looked at."""

    def __init__(self, answer):
        self.answer, self.html = answer, answer.text
        self.status, self.path = answer.status_code, answer.url.path

    @cached_property
    def root(self):
        """All of it."""
        return _Reader(self.html).root

    @property
    def text(self):
        """What somebody reads between the bar and the foot."""
        (main,) = self.root.all("main")
        return main.text

    @property
    def words(self):
        """What somebody reads, the bar, the banner and the foot included."""
        (body,) = self.root.all("body")
        return body.text

    @property
    def forms(self):
        """Every form of the page."""
        return [Form(node) for node in self.root.all("form")]

    @property
    def links(self):
        """Where the links of the page lead, in their order."""
        return [link.get("href") for link in self.root.all("a", "link")]

    def buttons(self, within=""):
        """Return what is written on the buttons between the bar and the foot, in the part that says *within*."""
        (main,) = self.root.all("main")
        return [node.text for node in main.all("button") if within in _frame(node).text]

    def section(self, heading):
        """Return the section under that heading."""
        (found,) = [each.above("section") for each in self.root.all("h2") if each.text == heading]
        return found

    def card(self, words):
        """Return the one card that says *words*."""
        (found,) = [each for each in self.root.all("article") if words in each.text]
        return found

    def form(self, button, within=""):
        """Return the one form with this button, in the part of the page that says *within*."""
        found = [
            Form(node.above("form"), node)
            for node in self.root.all("button")
            if node.text == button and within in _frame(node).text
        ]
        assert len(found) == 1, (
            f"{len(found)} buttons say {button!r} within {within!r}: {self.status} {self.text}"
        )
        return found[0]


def _frame(node):
    """Return the part of a page that somebody takes a button to belong to: its card, if it is in one."""
    return node.above("article") or node.above("details", "section", "body")


class Form:
    """A form of a page, and what is filled in."""

    def __init__(self, node, button=None):
        self.action, self.method, self.button = node.get("action"), node.get("method"), button
        self.fields = list(node.all("input", "select", "textarea"))
        self.presses = [each.get("value") for each in node.all("button")]
        self._labels = list(node.all("label"))

    @cached_property
    def offered(self):
        """What can be chosen or typed, and the words beside it: those of its group, or else its own."""
        found = {}
        for field in self.fields:
            if field.get("type") != "hidden":
                options = [option.text for option in field.all("option")]
                own = [self._label(field)] if self._legend(field) and not options else options
                found.setdefault(self._legend(field) or self._label(field), []).extend(own)
        return found

    def sent(self, filled):
        """
        Return what a browser sends once *filled* is filled in, name and value in their order.

        Each key of *filled* is the beginning of what is written beside a field, or over a group of them.
        """
        left, sent = dict(filled), []
        for field in self.fields:
            key = self._key(field, filled)
            value = self._value(field, filled.get(key))
            left.pop(key, None)
            sent += [(field.get("name"), each) for each in value if field.get("name")]
        assert not left, f"nothing to fill in is called {sorted(left)}; there is {sorted(self.offered)}"
        for field in self.fields:
            self._check(field, dict(sent).get(field.get("name")))
        if self.button is not None and self.button.get("name"):
            sent.append((self.button.get("name"), self.button.get("value")))
        return sent

    def _key(self, field, filled):
        said = () if field.get("type") == "hidden" else (self._label(field), self._legend(field))
        return next((key for key in filled if any(key and each.startswith(key) for each in said)), None)

    def _value(self, field, given):
        kind = field.get("type", "text") if field.tag == "input" else field.tag
        if kind == "select":
            return [_option(field, given)]
        if kind in ("radio", "checkbox"):
            wanted = given if isinstance(given, list) else [given]
            label = self._label(field)
            ticked = "checked" in field.attributes if given is None else given is True or label in wanted
            return [field.get("value", "on")] if ticked else []
        if given is not None:
            assert len(given) <= int(field.get("maxlength", len(given))), "a browser takes no more"
            return [
                "\r\n".join(given.split("\n")) if kind == "textarea" else given
            ]  # as browsers send line breaks
        return ["".join(field.children) if kind == "textarea" else field.get("value", "")]

    def _check(self, field, value):
        if "required" in field.attributes:
            chosen = value is not None if field.get("type") == "radio" else value
            assert chosen, f"a browser would ask for {self._legend(field) or self._label(field)!r} first"
        if field.get("type") == "date":
            assert not value or value >= field.get("min", ""), "a browser has no such date"

    def _label(self, field):
        around = field.above("label", "form")
        if around.tag == "label":
            return around.text
        named = [each.text for each in self._labels if each.get("for") and each.get("for") == field.get("id")]
        return named[0] if named else field.get("aria-label", "")

    def _legend(self, field):
        around = field.above("fieldset", "form")
        grouped = around.tag == "fieldset" and field.get("type") in ("radio", "checkbox")
        return next(each.text for each in around.all("legend")) if grouped else ""


def _option(field, given):
    options = list(field.all("option"))
    if given is not None:
        (picked,) = [each for each in options if each.text == given]
    else:
        picked = next((each for each in options if "selected" in each.attributes), options[0])
    return picked.get("value", picked.text)


class Browser:
    """
    Somebody's browser, and the page that it shows.

    All browsers of a test talk to one running help desk, each with cookies of its own.
    """

    def __init__(self, server, who=None):
        self._server, self._cookies = server, None
        self.page = None
        self.open("/")
        if who is not None:
            (form,) = [form for form in self.page.forms if who in form.presses]
            self.send(form.action, [*form.sent({}), ("who", who)])

    def open(self, path):
        """Open an address, as a bookmark does."""
        return self._show(self.client.get(path))

    def follow(self, text):
        """Follow the link that says *text*."""
        found = {link.get("href") for link in self.page.root.all("a") if link.text == text}
        assert len(found) == 1, f"{found or 'no link'} for {text!r}: {self.page.status} {self.page.text}"
        return self.open(found.pop().partition("#")[0])

    def press(self, button, filled=None, *, within=""):
        """Fill in the form that has this button, in the part of the page that says *within*, and press it."""
        form = self.page.form(button, within)
        assert form.method == "post"
        return self.send(form.action, form.sent(filled or {}))

    def wait(self, *, weeks=0, days=0, hours=0):
        """Turn the clock on with the buttons that every page has."""
        for button, times in (("one week", weeks), ("one day", days), ("one hour", hours)):
            for _ in range(times):
                self.press(button)
        return self.page

    def send(self, path, fields, **headers):
        """Send a form to *path*; what a page does not offer is sent by tests that attack, and by them alone."""
        values = {}
        for name, value in fields:
            values.setdefault(name, []).append(value)
        # Pages without a referrer send "null", see https://fetch.spec.whatwg.org/#append-a-request-origin-header.
        told = {"Origin": "null", "Sec-Fetch-Site": "same-origin", **headers}
        return self._show(self.client.post(path, data=values, headers=told))

    @property
    def client(self):
        """What talks to the help desk, with the cookies of this browser."""
        self._server.cookies = self._cookies
        self._cookies = self._server.cookies
        return self._server

    def _show(self, answer):
        self.page = Page(answer)
        return self.page


def seen(text):
    """Return *text* as it is read on a page: with one space where there are several."""
    return re.sub(r"\s+", " ", text).strip()
