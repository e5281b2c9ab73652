"""
Choices of end: an exact term, or a bare shape that leaves the value to the caller.

No null and no zero ever stands for "no end": that is ``"open_ended"``, said aloud.
"""

from collections.abc import Callable, Mapping
from typing import Final, Self, TypeAlias, cast

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import boolean, integer, one_of, shown
from grantkit.model.durations import (
    MOST_SECONDS,
    parse_calendar,
    parse_days,
    parse_elapsed,
    spell_calendar,
    spell_elapsed,
)
from grantkit.rules.fields import members

KINDS: Final = ("elapsed", "calendar", "start_of_day", "end_of_day", "instant", "open_ended")
"""The shapes of an end."""
MOST_DAYS: Final = MOST_SECONDS // 86_400
_PAIR = 2
Span: TypeAlias = int | tuple[int, int] | None

_PARSE: Mapping[str, Callable[[str, object], int | tuple[int, int]]] = {
    "elapsed": parse_elapsed,
    "calendar": parse_calendar,
    "start_of_day": parse_days,
    "end_of_day": parse_days,
}
_WANTS = (
    'one of "elapsed", "calendar", "start_of_day", "end_of_day", "instant", "open_ended", '
    'or an object such as {"elapsed": "PT4H"}, {"calendar": "P1M"}, {"end_of_day": "P7D"}'
)
_WANTS_EXACT = 'an exact term such as {"elapsed": "PT4H"}'


@attrs.frozen(cache_hash=True)
class Choice:
    """
    One way to end: an exact term, or a bare shape.

    >>> Choice.parse("ends", {"elapsed": "PT4H"})
    Choice(kind='elapsed', span=14400, from_end=False)
    >>> Choice.parse("ends", "elapsed").concrete
    False

    Attributes:
        kind: One of :data:`KINDS`.
        span: Seconds for ``elapsed``, months and days for ``calendar``, days from today in the tenant's zone
            for ``start_of_day`` and ``end_of_day`` (0 is today); ``None`` for a bare shape.
        from_end: Whether an amendment counts the span from the old end, not from now. Only for elapsed spans:
            calendar spans are never chained, and dates are counted from today.
    """

    kind: str
    span: Span = None
    from_end: bool = False

    def __attrs_post_init__(self) -> None:
        one_of("kind", self.kind, KINDS)
        if self.span is not None:
            _check_span(self.kind, self.span)
        if boolean("from_end", self.from_end) and (self.kind != "elapsed" or self.span is None):
            raise InvalidInput(
                field="from", code="law", wants='"from": "end" only beside an exact "elapsed" span'
            )

    @classmethod
    def parse(cls, field: str, value: object) -> Self:
        """Return the choice that *value* spells."""
        if type(value) is str:
            if value not in KINDS:
                raise InvalidInput(field=field, code="unknown", wants=_WANTS)
            return cls(value)
        if not isinstance(value, Mapping):
            raise InvalidInput(field=field, code="wrong_type", wants=_WANTS)
        pairs = members(field, cast("object", value))
        for key in pairs:
            if key not in _PARSE and key != "from":
                raise InvalidInput(field=f"{field}.{shown(key)}", code="unknown_key", wants=_WANTS)
        kinds = [key for key in pairs if key in _PARSE]
        if len(kinds) != 1:
            raise InvalidInput(field=field, code="ambiguous" if kinds else "required", wants=_WANTS)
        kind = kinds[0]
        path = f"{field}.{kind}"
        if "from" in pairs:
            one_of(f"{field}.from", pairs["from"], ("end",))
        try:
            return cls(kind, _PARSE[kind](path, pairs[kind]), "from" in pairs)
        except InvalidInput as error:
            path = {"span": path, "from": f"{field}.from"}.get(error.field, error.field)
            raise InvalidInput(field=path, code=error.code, wants=error.wants) from error

    @classmethod
    def of_text(cls, field: str, text: object) -> Self:
        """
        Return the choice that ``str()`` spelled: what a form carries, and says the same whatever the rules say by then.

        Raises:
            InvalidInput: *field*, if it spells none.
        """
        if type(text) is not str:
            raise InvalidInput(field=field, code="wrong_type", wants='text such as "elapsed PT4H"')
        kind, _, rest = text.partition(" ")
        span, _, since = rest.partition(" from ")
        found = cls.parse(field, {kind: span, **({"from": since} if since else {})} if rest else kind)
        if str(found) != text:
            raise InvalidInput(field=field, code="unknown", wants="what str() of a choice gives")
        return found

    def __str__(self) -> str:
        data = self.to_data()
        if isinstance(data, str):
            return data
        return " from ".join(
            [f"{self.kind} {cast('dict[str, str]', data)[self.kind]}", *(["end"] if self.from_end else [])]
        )

    @property
    def concrete(self) -> bool:
        """Whether it is exact, so that a caller need not say more; an open end must always be asked for."""
        return self.span is not None

    def to_data(self) -> Plain:
        """Return the choice as a document spells it."""
        match self.span:
            case None:
                return self.kind
            case (months, days):
                return {self.kind: spell_calendar(months, days)}
            case seconds if self.kind == "elapsed":
                spelled = {"elapsed": spell_elapsed(seconds)}
                return {**spelled, "from": "end"} if self.from_end else spelled
            case days:
                return {self.kind: spell_calendar(0, days)}


def _check_span(kind: str, span: object) -> None:
    match kind:
        case "calendar":
            if type(span) is not tuple or len(pair := cast("tuple[object, ...]", span)) != _PAIR:
                raise InvalidInput(field="span", code="wrong_type", wants="months and days, as a tuple")
            months, days = (integer("span", count, least=0, most=MOST_DAYS) for count in pair)
            integer("span", months * 31 + days, least=1, most=MOST_DAYS)
        case "elapsed":
            integer("span", span, least=1, most=MOST_SECONDS)
        case "start_of_day" | "end_of_day":
            integer("span", span, least=0, most=MOST_DAYS)
        case _:
            raise InvalidInput(field="span", code="wrong_type", wants="no span: this kind has none")


Bound: TypeAlias = Choice
"""A choice that limits others: exact, or ``open_ended`` where "no limit" may be said."""


def exact(field: str, value: object) -> Bound:
    """Return *value*, an exact choice: the only kind that limits anything."""
    if type(value) is not Choice:
        raise InvalidInput(field=field, code="wrong_type", wants=_WANTS_EXACT)
    if not value.concrete or value.from_end:
        raise InvalidInput(field=field, code="law", wants=_WANTS_EXACT)
    return value


def exact_or_open(field: str, value: object) -> Bound:
    """Return *value*, an exact choice or ``open_ended``: no limit, said aloud."""
    if type(value) is Choice and value.kind == "open_ended":
        return value
    return exact(field, value)


def surely_longer(one: Bound, other: Bound) -> bool:
    """
    Whether *one* is longer than *other* from every anchor.

    A month against thirty days is only comparable at an anchor, so it is not *surely* longer; nor is a span
    against a date.
    """
    match one, other:
        case Choice(kind="elapsed", span=int(a)), Choice(kind="elapsed", span=int(b)):
            return a > b
        case Choice(kind="calendar", span=(int(m), int(d))), Choice(kind="calendar", span=(int(n), int(e))):
            return m >= n and d >= e and (m, d) != (n, e)
        case Choice(kind="start_of_day" | "end_of_day", span=int(a)), Choice(
            kind="start_of_day" | "end_of_day", span=int(b)
        ):
            # The end of a date is the start of the next.
            return a + (one.kind == "end_of_day") > b + (other.kind == "end_of_day")
        case _:
            return False
