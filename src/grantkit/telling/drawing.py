"""
Drawing a timeline: an SVG for pages and documents, for eyes and for ears.

State is said by colour, by a border and in words; nothing in it runs, and nothing is fetched. Colours are given by
attributes, so that a page whose policy forbids inline styles shows them too.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from html import escape
from typing import Final

import attrs

from grantkit.telling.foreign import inert
from grantkit.telling.lanes import Interval, Lane, LaneState, Mark, Timeline
from grantkit.telling.words import Words, allowed, listed

_LEFT: Final = 16
_RIGHT: Final = 16
_TOP: Final = 40
_ROW: Final = 64
_BAR: Final = 18
_LETTER: Final = 7
"""How wide a letter is at the most, in the units of the picture."""

# Fill and border: dark text on each has a contrast of 7:1 and more, and borders tell them apart without colour.
_LOOKS: Final[Mapping[LaneState, tuple[str, str, str]]] = {
    LaneState.PENDING: ("#fff3c4", "#7a5c00", "2 3"),
    LaneState.SCHEDULED: ("#dbe9ff", "#1f4e9c", "6 3"),
    LaneState.LIVE: ("#c9f0d3", "#12692f", ""),
    LaneState.FROZEN: ("#e3e6ea", "#3b4652", "1 2"),
    LaneState.SUSPENDED: ("#f6d5d5", "#8f1d1d", "8 2 2 2"),
}
_INK: Final = "#14181c"
_LEFTWARDS: Final = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]+"
_TURNING: Final = re.compile(rf"{_LEFTWARDS}(?:[^\w]+{_LEFTWARDS})*")
"""Words of a script that is written from right to left, and what stands between them."""
_ENDED: Final[Mapping[str, str]] = {
    "consent_ended": "over: what it rested on ended",
    "ended_by_tickets": "over: its last ticket is solved",
    "cut_off": "over: cut off",
    "expired": "over: its time had come",
    "lapsed": "over: nobody answered in time",
}


@attrs.frozen(kw_only=True)
class _Frame:
    """From when to when, and how wide."""

    starts: datetime
    ends: datetime
    width: int

    def x(self, at: datetime) -> float:
        """Return where an instant lies; whatever is outside lies on the border."""
        inside = self.width - _LEFT - _RIGHT
        part = (at - self.starts) / (self.ends - self.starts)
        return round(_LEFT + inside * min(max(part, 0.0), 1.0), 1)


def draw(
    found: Timeline,
    zone: tzinfo,
    *,
    zone_name: str,
    names: Mapping[tuple[str, str], str] | None = None,
    width: int = 960,
) -> str:
    """
    Return *found* as SVG: a bar for each stretch of time, marks for what happened, a line for now.

    Args:
        found: The timeline.
        zone: The zone by whose clocks the reader reads.
        zone_name: What it is called.
        names: What people are called, by side (``"member"``, ``"agent"``) and id.
        width: How wide it is, in its own units; it grows and shrinks with the page.
    """
    words = Words(zone=zone, zone_name=zone_name, names={} if names is None else names)
    frame = _frame(found, width)
    rows = max(len(found.lanes), 1)
    height = _TOP + _ROW * rows + 16
    title = f"Support access to {found.tenant} over time"
    told = f"{len(found.lanes)} lanes, as of {words.at(found.now)}. " + " ".join(
        " ".join(_heard(lane, words)) for lane in found.lanes
    )
    # Ids are of the whole page: two pictures on one must not describe each other.
    own = "timeline-" + sha256(f"{title} {told}".encode()).hexdigest()[:12]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%"',
        f'role="img" aria-labelledby="{own}-title {own}-desc" font-family="sans-serif" font-size="13">',
        f'<title id="{own}-title">{_text(title)}</title>',
        f'<desc id="{own}-desc">{_text(told)}</desc>',
        # Its own paper: shown by <img>, as documents do, it cannot know whether the page around it is dark.
        f'<rect width="{width}" height="{height}" rx="6" fill="#ffffff"/>',
        *_axis(frame, words),
    ]
    for number, lane in enumerate(found.lanes):
        parts += _row(lane, frame, words, found.now, _TOP + number * _ROW)
    if not found.lanes:
        parts.append(_label(_LEFT, _TOP + 20, "Nobody has asked for anything, and nobody was let in."))
    at = frame.x(found.now)
    anchor = "end" if at > frame.width / 2 else "start"
    parts += [_label(at, _TOP + rows * _ROW + 6, "now", anchor=anchor), "</svg>"]
    return "\n".join(parts)


def _frame(found: Timeline, width: int) -> _Frame:
    ends = [each.ends_at for lane in found.lanes for each in lane.intervals if each.ends_at is not None]
    starts = [each.starts_at for lane in found.lanes for each in lane.intervals]
    first, last = min([found.now, *starts]), max([found.now, *ends])
    margin = max((last - first) / 20, timedelta(minutes=1))
    ends_at = (last + margin).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return _Frame(starts=first, ends=ends_at, width=width)


def _axis(frame: _Frame, words: Words) -> Iterator[str]:
    """Draw where it begins and ends, with the zone."""
    begins, ends = words.at(frame.starts), words.at(frame.ends)
    yield _label(_LEFT, 16, begins)
    if frame.width > _LETTER * (len(begins) + len(ends)) + _LEFT + _RIGHT:
        yield _label(frame.width - _RIGHT, 16, ends, anchor="end")
    yield (
        f'<line x1="{_LEFT}" y1="24" x2="{frame.width - _RIGHT}" y2="24" stroke="{_INK}" stroke-width="1"/>'
    )


def _row(lane: Lane, frame: _Frame, words: Words, now: datetime, top: int) -> Iterator[str]:
    """Draw one lane: its name with how it stands, its bars, its marks."""
    sentence = _sentence(lane, words)
    # A bar that is too narrow for its word would say its state by colour alone.
    narrow = dict.fromkeys(each.state.value for each in lane.intervals if not _fits(each, frame))
    shown = _cut(sentence, frame.width - _LETTER * sum(len(each) + 2 for each in narrow))
    shown += "".join(f" ·{each}" for each in narrow)
    yield f"<g><title>{_text(sentence)}</title>"
    yield _label(_LEFT, top + 12, shown)
    for interval in lane.intervals:
        yield _bar(interval, _until(lane, interval, words), frame, words, top + 20)
    yield _now(frame, now, top + 17)
    for interval in lane.intervals:
        if _fits(interval, frame):
            # With a rim of the bar's own colour: the line of now must not cross out a word.
            rim = f' stroke="{_LOOKS[interval.state][0]}" stroke-width="4" paint-order="stroke"'
            yield _label(frame.x(interval.starts_at) + 5, top + 33, str(interval.state), more=rim)
    for mark in lane.marks:
        yield _mark(mark, frame, words, top + 20)
    yield "</g>"


def _bar(interval: Interval, until: str, frame: _Frame, words: Words, top: int) -> str:
    fill, border, dashes = _LOOKS[interval.state]
    left, right = frame.x(interval.starts_at), frame.x(interval.ends_at or frame.ends)
    wide = max(right - left, 2.0)
    said = f"{interval.state}: from {words.at(interval.starts_at)}, {until}"
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<rect x="{left}" y="{top}" width="{wide:.1f}" height="{_BAR}" rx="3" fill="{fill}" stroke="{border}" '
        f'stroke-width="1.5"{dashed}><title>{_text(said)}</title></rect>'
    )


def _fits(interval: Interval, frame: _Frame) -> bool:
    """Whether the word for a state fits into its bar."""
    wide = frame.x(interval.ends_at or frame.ends) - frame.x(interval.starts_at)
    return wide > _LETTER * len(interval.state) + 8


def _mark(mark: Mark, frame: _Frame, words: Words, top: int) -> str:
    """Draw a mark under its bar: a line for a session, a triangle for all else; each says what it is."""
    left, said = frame.x(mark.at), f"<title>{_text(_said(mark, words))}</title>"
    below = top + _BAR + 3
    if mark.kind == "entered":
        right = max(frame.x(mark.until or frame.ends), left + 3)
        return (
            f'<rect x="{left}" y="{below}" width="{right - left:.1f}" height="5" fill="{_INK}">{said}</rect>'
        )
    corners = f"{left},{below} {left - 4},{below + 8} {left + 4},{below + 8}"
    return f'<polygon points="{corners}" fill="none" stroke="{_INK}" stroke-width="1.5">{said}</polygon>'


def _said(mark: Mark, words: Words) -> str:
    who, at = words.named("agent", mark.who), words.at(mark.at)
    if mark.kind == "entered":
        until = "and is inside" if mark.until is None else f"until {words.at(mark.until)}"
        return f"{who} entered {at}, {until}"
    if mark.kind == "used":
        times = "once" if mark.what == "1" else f"{mark.what} times"
        return f"{who} used it {times} in the hour from {at}"
    return f"{mark.kind.replace('_', ' ')} {mark.what} {at}".replace("  ", " ")


def _now(frame: _Frame, now: datetime, top: int) -> str:
    """Draw now: a line through the bars of one lane, behind their words."""
    at = frame.x(now)
    return (
        f'<line x1="{at}" y1="{top}" x2="{at}" y2="{top + _BAR + 16}" stroke="#b3261e" stroke-width="2">'
        "<title>now</title></line>"
    )


def _heard(lane: Lane, words: Words) -> Iterator[str]:
    """Yield what a lane says for ears, its marks too: titles inside of a picture are not read aloud."""
    yield _sentence(lane, words)
    used: dict[str, tuple[int, datetime]] = {}
    for mark in lane.marks:
        if mark.kind == "used":  # an hour each, hence many: told together
            used[mark.who] = used.get(mark.who, (0, mark.at))[0] + int(mark.what), mark.at
        else:
            yield f"{_begun(_said(mark, words))}."
    for who, (count, last) in used.items():
        times = "once" if count == 1 else f"{count} times"
        yield f"{words.named('agent', who)} used it {times}, last in the hour from {words.at(last)}."


def _sentence(lane: Lane, words: Words) -> str:
    """Return what a lane says, for ears, and for eyes as its name: how it stands first, since the rest may be cut."""
    noun = {"request": "Request", "consent": "Consent", "grant": "Access"}[lane.kind]
    scope = "" if lane.scope.tenant_wide else f" in {listed(sorted(map(str, lane.scope.resources)))}"
    who = words.holder(lane.holder, lane.as_team)
    can = _begun(allowed(lane.policies, lane.ceilings, lane.demands))
    return f"{noun} for {who}: {_standing(lane, words)}. {can}{scope}."


def _begun(text: str) -> str:
    """Return *text* as a sentence begins; names in it stay as they are."""
    return text[:1].upper() + text[1:]


def _standing(lane: Lane, words: Words) -> str:
    if lane.ended is not None and lane.ended_at is not None:
        return f"{_ENDED.get(lane.ended, lane.ended)}, {words.at(lane.ended_at)}"
    last = lane.intervals[-1]
    begins = f", begins {words.at(last.starts_at)}" if lane.state == LaneState.SCHEDULED else ""
    return f"{lane.state}{begins}, {_until(lane, last, words)}"


def _until(lane: Lane, interval: Interval, words: Words) -> str:
    if interval.ends_at is not None:
        return f"until {words.at(interval.ends_at)}"
    solved = f"{listed(lane.tickets)} {'is' if len(lane.tickets) == 1 else 'are'} solved"
    return f"until {solved}" if lane.tickets else "no end set"


def _cut(sentence: str, width: int) -> str:
    most = max((width - _LEFT - _RIGHT) // _LETTER, 8)
    return sentence if len(sentence) <= most else f"{sentence[: most - 1]}…"


def _label(x: float, y: float, text: str, *, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{_INK}"{more}>{_text(text)}</text>'


def _text(text: str) -> str:
    """Return *text* escaped; Hebrew or Arabic in it is isolated, since there is no <bdi> here: it would move dates."""
    return escape(_TURNING.sub("\u2068\\g<0>\u2069", inert(text)))
