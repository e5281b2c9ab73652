"""How consent begins and which answers it takes: reasons, starts, steps."""

from functools import partial
from typing import Final, Self

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import identifier, integer, one_of
from grantkit.model.durations import MOST_SECONDS, parse_elapsed, spell_elapsed
from grantkit.rules.fields import (
    Check,
    each,
    exactly,
    maybe,
    members,
    must,
    record,
    short_text,
    some,
    spelled,
    unique,
)
from grantkit.rules.who import Selector

TICKETS: Final = ("optional", "required", "until_solved")
MOST_REASON: Final = 4096
MOST_COUNT: Final = 20
WEEK: Final = 7 * 86_400

_seconds: Check = partial(integer, least=1, most=MOST_SECONDS)


def _within(field: str, value: object) -> int | None:
    return None if value == "open_ended" else parse_elapsed(field, value)


@attrs.frozen
class ReasonRule:
    """
    What must be said as the reason.

    Attributes:
        min: How many visible characters at least; 0 asks for none.
        categories: If there are any, one of them must be named.
    """

    min: int = attrs.field(default=1, validator=must(partial(integer, least=0, most=MOST_REASON)))
    categories: tuple[str, ...] = attrs.field(default=(), validator=must(unique(identifier)))

    @classmethod
    def from_data(cls, field: str, data: object, *, least: int = 1) -> Self:
        """Read a reason rule; *least* holds where the document gives no ``min``."""
        return record(field, {"min": least, **members(field, data)}, cls, _REASON)

    def to_data(self) -> dict[str, Plain]:
        """Return the rule as plain data."""
        return {"min": self.min, "categories": spelled(self.categories)}


@attrs.frozen(kw_only=True)
class Start:
    """
    Who may begin, and what they must say.

    A tenant starter's act counts as their approval; a vendor starter's never does.

    Attributes:
        by: Who may begin.
        reason: What they must give as the reason (P3).
        tickets: ``"optional"``, ``"required"``, or ``"until_solved"``: required, and the grant ends when the
            last one is solved.
    """

    by: tuple[Selector, ...] = attrs.field(
        default=(Selector("relation", "approvers"), Selector("vendor", "*")),
        validator=must(some(exactly(Selector))),
    )
    reason: ReasonRule = attrs.field(default=ReasonRule(), validator=must(exactly(ReasonRule)))
    tickets: str = attrs.field(default="optional", validator=must(partial(one_of, choices=TICKETS)))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read a start."""
        return record(field, data, cls, _START)

    def to_data(self) -> dict[str, Plain]:
        """Return the start as plain data."""
        return {"by": spelled(self.by), "reason": self.reason.to_data(), "tickets": self.tickets}


@attrs.frozen(kw_only=True)
class Step:
    """
    One answer, or several of the same kind, that consent takes.

    Attributes:
        by: Who may answer; all on one side.
        count: How many distinct people.
        within: Seconds from its opening after which an undecided step lapses; ``None`` for never, which a
            document spells ``"open_ended"``.
        channels: By which channels an answer may come. ``in_product`` needs no reference; every other is an
            open id that carries one.
        text: The version of the text that must have been shown, if any (R2).
        word: The word that must be typed, if any (P4).
    """

    by: tuple[Selector, ...] = attrs.field(validator=must(some(exactly(Selector))))
    count: int = attrs.field(default=1, validator=must(partial(integer, least=1, most=MOST_COUNT)))
    within: int | None = attrs.field(default=WEEK, validator=must(maybe(_seconds)))
    channels: tuple[str, ...] = attrs.field(default=("in_product",), validator=must(some(identifier)))
    text: str | None = attrs.field(default=None, validator=must(maybe(short_text)))
    word: str | None = attrs.field(default=None, validator=must(maybe(short_text)))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read a step."""
        return record(field, data, cls, _STEP)

    @property
    def side(self) -> str:
        """The side whose answer it is; a rule set keeps all of *by* on one."""
        return self.by[0].side

    def to_data(self) -> dict[str, Plain]:
        """Return the step as plain data."""
        return {
            "by": spelled(self.by),
            "count": self.count,
            "within": "open_ended" if self.within is None else spell_elapsed(self.within),
            "channels": spelled(self.channels),
            "text": self.text,
            "word": self.word,
        }


_REASON: dict[str, Check] = {
    "min": partial(integer, least=0, most=MOST_REASON),
    "categories": each(identifier),
}
_START: dict[str, Check] = {
    "by": each(Selector.parse),
    "reason": ReasonRule.from_data,
    "tickets": partial(one_of, choices=TICKETS),
}
_STEP: dict[str, Check] = {
    "by": each(Selector.parse),
    "count": partial(integer, least=1, most=MOST_COUNT),
    "within": _within,
    "channels": each(identifier),
    "text": maybe(short_text),
    "word": maybe(short_text),
}
