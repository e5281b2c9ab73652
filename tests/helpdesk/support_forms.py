"""Tables as people read them, and forms as a browser without JavaScript sends them, with what somebody changes."""

from html.parser import HTMLParser

import attrs


@attrs.define
class Form:
    """
    One form of a page.

    Attributes:
        action: Where it is sent.
        sent: What is sent if nobody touches it, by name.
        offered: What can be chosen, by name.
        fields: The attributes of what people fill in, hidden fields left out.
        labels: The ids that a label is for.
        words: What is written in it.
    """

    action: str
    sent: dict[str, list[str]] = attrs.Factory(dict)
    offered: dict[str, list[str]] = attrs.Factory(dict)
    fields: list[dict] = attrs.Factory(list)
    labels: set[str] = attrs.Factory(set)
    words: list[str] = attrs.Factory(list)

    @property
    def unlabelled(self):
        """What somebody who cannot see the page would not know what it is for."""
        return [each for each in self.fields if not self._labelled(each)]

    def _labelled(self, field):
        return field["in_label"] or field.get("aria-label") or field.get("id") in self.labels

    def send(self, browser, **changed):
        """Send it from *browser*, with what somebody changed; a list for several values, ``None`` for none."""
        values = {**self.sent, **{name: value for name, value in changed.items() if value is not None}}
        for name, value in changed.items():
            if value is None:
                values.pop(name, None)
        return browser.post(self.action, **values)


class _Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self.form, self.select, self.in_label = [], None, None, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs_):
        found = dict(attrs_)
        if tag == "form":
            self.form = Form(found["action"])
            self.forms.append(self.form)
        if self.form is None:
            return
        if tag == "label":
            self.in_label += 1
            self.form.labels.add(found.get("for"))
        elif tag in ("input", "select", "textarea"):
            self._field(tag, found)
        elif tag == "option" and self.select is not None:
            name = self.select["name"]
            value = found.get("value", "")
            if "selected" in found or not self.form.offered.get(name):
                self.form.sent[name] = [value]
            self.form.offered.setdefault(name, []).append(value)

    def _field(self, tag, found):
        name, kind = found["name"], found.get("type", "text")
        if kind != "hidden":
            self.form.fields.append({**found, "in_label": bool(self.in_label)})
        if tag == "select":
            self.select = found
        elif kind in ("radio", "checkbox"):
            self.form.offered.setdefault(name, []).append(found["value"])
            if "checked" in found:
                self.form.sent.setdefault(name, []).append(found["value"])
        elif tag == "input":
            self.form.sent.setdefault(name, []).append(found.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "label":
            self.in_label -= 1

    def handle_data(self, data):
        if self.form is not None:
            self.form.words.append(data)


def forms(page, *ending):
    """Return the forms of *page*; with *ending*, those that are sent to an address that ends so."""
    found = [form for form in _Reader(page.html).forms if not ending or form.action.endswith(ending)]
    for form in found:
        form.sent.pop("csrf", None)
    return found


def form(page, ending, flow=None):
    """Return the one form of *page* that is sent there, of that flow."""
    (found,) = (each for each in forms(page, ending) if flow is None or each.sent["flow"] == [flow])
    return found


class _Table(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.rows, self.in_cell = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs_):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag):
        self.in_cell = self.in_cell and tag not in ("th", "td")

    def handle_data(self, data):
        if self.in_cell:
            self.rows[-1][-1] += data


def table(page, section):
    """Return the rows of the table under the heading of that id, each a cell by its column."""
    inside = page.html.partition(f'id="{section}"')[2].partition("</table>")[0]
    heads, *rows = _Table(inside).rows
    return [dict(zip(heads, (" ".join(cell.split()) for cell in row), strict=True)) for row in rows]
