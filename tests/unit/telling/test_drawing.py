"""The timeline as a picture."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from grantkit import Elapsed, OpenEnded, Scope
from grantkit.telling import draw, drawing
from unit.telling.telling_world import ANA, HOOK, KIM, LOU
from unit.telling.test_timeline import Desk

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def desk():
    """A tenant where all there is to draw has happened."""
    made = Desk()
    access, clock = made.access, made.clock
    made.give(
        starts=clock.now() + timedelta(hours=9), to=LOU, scope=Scope.only("doc:1"), ends=Elapsed(hours=1)
    )
    ident = made.give(ends=OpenEnded())
    short = made.give(to=LOU, ends=Elapsed(minutes=1))
    access.request("acme", by=KIM, flow="access", ends=Elapsed(hours=1), reason="x")
    session = access.enter("acme", ident, by=KIM, reason="x")
    access.record_use(access.authorize(KIM, "acme", "board:read"))
    clock.advance(hours=1)
    access.leave("acme", session.id, by=KIM)
    access.enter("acme", ident, by=KIM, reason="x")
    access.freeze("acme", by=ANA)
    clock.advance(hours=1)
    access.unfreeze("acme", by=ANA)
    access.suspend("a-kim", by=HOOK)
    clock.advance(hours=1)
    access.link_ticket("acme", made.give(to=LOU), "T-1", by=ANA)
    access.delivery.sweep()
    assert short
    return made


def drawn(desk, **how):
    zone = ZoneInfo("Europe/Vienna")
    return draw(desk.found(), zone, **({"zone_name": "Europe/Vienna"} | how))


def texts(svg, tag="text"):
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter(f"{SVG}{tag}")]  # noqa: S314  # our own


def test_it_is_a_picture_for_eyes_and_ears(desk):
    """[R13] It is well-formed SVG, with a description that says of each lane whose it is and how it stands."""
    svg = drawn(desk, names={("agent", "a-kim"): "Kim"})
    assert "Support access to acme over time" == texts(svg, "title")[0]
    (told,) = texts(svg, "desc")
    assert "Access for Kim (a-kim): suspended, no end set. Look only." in told
    begins = "begins Wed 3 Mar 2027, 22:00 Europe/Vienna (21:00 UTC)"
    ends = "until Wed 3 Mar 2027, 23:00 Europe/Vienna (22:00 UTC)"
    assert f"Access for a-lou: scheduled, {begins}, {ends}. Look only in doc:1." in told
    assert "Access for a-lou: over: its time had come, Wed 3 Mar 2027, 13:01 Europe/Vienna" in told
    assert "Request for Kim (a-kim): pending, until" in told
    title, desc = re.findall(r'<(?:title|desc) id="([^"]+)"', svg)
    assert f'role="img" aria-labelledby="{title} {desc}"' in svg
    other = Desk()
    assert not {title, desc} & {*re.findall(r'id="([^"]+)"', drawn(other))}, "two pictures may be on one page"


def test_marks_are_heard_too(desk):
    """[B12] Who entered, what was linked and how often it was used is heard, since titles inside are not."""
    desk.clock.advance(hours=1)
    desk.access.reinstate("a-kim", by=HOOK)
    desk.access.record_use(desk.access.authorize(KIM, "acme", "board:read"), count=2)
    desk.clock.advance(hours=1)
    desk.access.delivery.sweep()
    (told,) = texts(drawn(desk, names={("agent", "a-kim"): "Kim"}), "desc")
    assert "Kim (a-kim) entered Wed 3 Mar 2027, 13:00 Europe/Vienna (12:00 UTC), until " in told
    assert "Ticket linked T-1 Wed 3 Mar 2027, 16:00 Europe/Vienna (15:00 UTC)." in told
    assert "Kim (a-kim) used it 3 times, last in the hour from Wed 3 Mar 2027, 17:00 Europe/Vienna" in told


def test_dark_words_stand_on_light_bars():
    """[R13] Words in bars have a contrast of 7:1 at the least with each fill (WCAG 2.2, 1.4.6)."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for fill, _, _ in drawing._LOOKS.values():
        assert 7 <= (luminance(fill) + 0.05) / (luminance(drawing._INK) + 0.05)


def test_the_line_of_now_crosses_no_word(desk):
    """[R13] In a lane the line of now is drawn before the words of its bars, and these have a rim."""
    svg = drawn(desk, width=4000)
    row = next(each for each in svg.split("<g>") if ">live</text>" in each)
    assert row.index("<title>now</title>") < row.index(">live</text>")
    assert 'fill="#14181c" stroke="#c9f0d3" stroke-width="4" paint-order="stroke">live</text>' in row


def test_states_are_said_in_colour_by_border_and_in_words(desk):
    """[R13] Every state has a fill and a border of its own, and is said in the bar's title; in the bar if it fits."""
    svg = drawn(desk, width=12000)
    bars = re.findall(r'<rect [^>]*fill="(#\w+)" stroke="(#\w+)"([^>]*)><title>(\w+):', svg)
    looks = {state: (fill, border, dashes) for fill, border, dashes, state in bars}
    assert {"pending", "scheduled", "live", "frozen", "suspended"} == looks.keys()
    assert (
        len(looks)
        == len({fill for fill, _, _ in looks.values()})
        == len({dash for *_, dash in looks.values()})
    )
    assert {"frozen", "suspended", "live", "pending"} <= set(texts(svg))
    narrow = texts(drawn(desk, width=400))
    assert "frozen" not in narrow
    assert [each for each in narrow if each.endswith("… ·live ·frozen")], (
        "what does not fit is said beside it"
    )


def test_words_from_right_to_left_move_nothing(desk):
    """[N6] A name in Hebrew or Arabic is isolated: it moves neither the date nor what else stands beside it."""
    svg = drawn(desk, names={("agent", "a-kim"): "אנה מור", ("agent", "a-lou"): "Lou"})
    assert "Request for \u2068אנה מור\u2069 (a-kim): pending" in svg
    assert "\u2068" not in drawn(desk, names={("agent", "a-kim"): "Kim"})


def test_marks_and_now_are_drawn(desk):
    """[B12, R13] Sessions are bars, all else is a mark, each with what it says; now is a line, and a word."""
    svg = drawn(desk, names={("agent", "a-kim"): "Kim"})
    said = texts(svg, "title")
    until = "until Wed 3 Mar 2027, 14:00 Europe/Vienna (13:00 UTC)"
    assert f"Kim (a-kim) entered Wed 3 Mar 2027, 13:00 Europe/Vienna (12:00 UTC), {until}" in said
    assert "Kim (a-kim) entered Wed 3 Mar 2027, 14:00 Europe/Vienna (13:00 UTC), and is inside" in said
    assert "Kim (a-kim) used it once in the hour from Wed 3 Mar 2027, 13:00 Europe/Vienna (12:00 UTC)" in said
    assert "ticket linked T-1 Wed 3 Mar 2027, 16:00 Europe/Vienna (15:00 UTC)" in said
    assert len(desk.found().lanes) == said.count("now")
    assert "now" == texts(svg)[-1]
    line = re.search(r'<line x1="([\d.]+)" y1="\d+" x2="\1" [^>]*><title>now', svg)
    word = re.search(r'<text x="([\d.]+)"[^>]*>now</text>', svg)
    assert line
    assert word
    assert line[1] == word[1] != "0", "the word stands at the line"


def test_what_tickets_end_is_not_drawn_as_having_no_end():
    """[R12, R13] Of a grant that its tickets end the picture says until which are solved, in its words and its bar."""
    desk = Desk()
    desk.give(ends=OpenEnded(), tickets=["T-2", "T-1"], until_tickets=True)
    desk.give(ends=OpenEnded(), to=LOU, tickets=["T-3"])
    svg = drawn(desk)
    (told,) = texts(svg, "desc")
    assert "live, until T-1 and T-2 are solved. " in told
    assert told.count("no end set") == 1
    assert [each for each in texts(svg, "title") if each.endswith(", until T-1 and T-2 are solved")]
    desk.access.resolve_ticket("acme", "T-1", by=HOOK)
    assert "live, until T-2 is solved. " in texts(drawn(desk), "desc")[0]


def test_now_at_the_right_border_is_written_to_the_left():
    """[R13] Where now is the last there is, its word stands left of the line, inside the picture."""
    desk = Desk()
    desk.give(ends=Elapsed(hours=1))
    desk.clock.advance(days=9)
    assert re.search(r'text-anchor="end" fill="#14181c">now<', drawn(desk))


def test_where_nothing_happened_it_says_so():
    """[R1] A tenant without a record has a picture too, which says that nobody was let in."""
    svg = draw(Desk().found(), UTC, zone_name="UTC")
    assert "Nobody has asked for anything, and nobody was let in." in texts(svg)


def test_nothing_in_it_runs_or_is_fetched(desk):
    """[N6] Hostile names are text and nothing else; there is no script, no style, no reference to anything."""
    names = {
        ("agent", "a-kim"): '<script>alert("x")</script>\u202e',
        ("agent", "a-lou"): "'\"><img src=x onerror=y>",
    }
    svg = drawn(desk, names=names)
    tree = ET.fromstring(svg)  # noqa: S314  # our own
    assert {"svg", "title", "desc", "text", "line", "rect", "polygon", "g"} == {
        each.tag.removeprefix(SVG) for each in tree.iter()
    }
    known = {
        "viewBox",
        "width",
        "role",
        "aria-labelledby",
        "font-family",
        "font-size",
        "id",
        "x",
        "y",
        "height",
    }
    known |= {"rx", "fill", "stroke", "paint-order"}
    known |= {"stroke-width", "stroke-dasharray", "text-anchor", "x1", "x2", "y1", "y2", "points"}
    assert {name for each in tree.iter() for name in each.attrib} <= known
    assert "[U+202E]" in svg


def test_the_same_history_is_the_same_picture(desk):
    """[N6] It is the same to the byte, however often it is drawn."""
    assert drawn(desk) == drawn(desk)
