"""
The edge: raw values in, exact values out, or one :class:`~grantkit.errors.InvalidInput` that names the field.

Exact types only. A subclass of ``str`` may bring its own ``__eq__`` and equal any tenant; a subclass of ``datetime``
may sort an expired end into the future. So ``type(x) is str``, and nothing softer, at every door.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NoReturn, TypeVar, cast

from grantkit.errors import InvalidInput

K = TypeVar("K")
V = TypeVar("V")

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""No instant before this one is accepted."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""No instant after this one is accepted; arithmetic with zones stays clear of the end of ``datetime``."""

WANTS_ID = "1 to 200 of A-Z a-z 0-9 . _ : @ + | / = ~ -, beginning with a letter or digit, as an exact str"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+|/=~-]{0,199}")
_LONGEST_ID = 200
WANTS_OPAQUE = "1 to 200 of A-Z a-z 0-9 . _ : @ + | / = ~ -, as an exact str"
_OPAQUE = re.compile(r"[A-Za-z0-9._:@+|/=~-]{1,200}")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHOWN = re.compile(r"[A-Za-z0-9_.*/:-]{1,64}")
# Control characters but tab and line feed, bidirectional overrides and lone surrogates: none says anything in a reason,
# all of them can make a page or a log lie.
_BAD_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Reading = Literal["exact", "earlier", "later"]


@lru_cache(maxsize=65536)
def _is_id(value: str) -> bool:
    return _ID.fullmatch(value) is not None


def identifier(field: str, value: object) -> str:
    """Return *value*, an exact ``str`` in the id grammar; case is kept and comparison is byte for byte."""
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants=WANTS_ID)
    if len(value) > _LONGEST_ID or not _is_id(value):  # the length first: what is remembered must be small
        raise InvalidInput(field=field, code="bad_id", wants=WANTS_ID)
    return value


def opaque(field: str, value: object) -> str:
    """Return *value*, an exact ``str`` of what ids are made of, whatever it begins with: as random tokens come."""
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants=WANTS_OPAQUE)
    if _OPAQUE.fullmatch(value) is None:
        raise InvalidInput(field=field, code="bad_id", wants=WANTS_OPAQUE)
    return value


def optional(check: Callable[[str, object], V], field: str, value: object) -> V | None:
    """Return ``None`` for ``None``, else what *check* makes of *value*."""
    return None if value is None else check(field, value)


def part(field: str, value: object, code: str, wants: str) -> str:
    """Return *value*, one part of an action or resource: letters, digits, dots, dashes, underscores."""
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants=wants)
    if _PART.fullmatch(value) is None:
        raise InvalidInput(field=field, code=code, wants=wants)
    return value


_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that show nothing: the Hangul fillers, and the Braille pattern without a dot."""


def text(field: str, value: object, *, least: int = 0, most: int = 4096) -> str:
    """
    Return *value*, an exact ``str`` for people to read, outer white space trimmed.

    CR LF, which is how browsers send a line break, is one; a carriage return by itself is a control character.

    Args:
        field: What to name in the error.
        value: The raw value.
        least: How many visible characters there must be; 1 refuses blank text, however it is spelled (P3).
        most: How many characters at the most, a bound against flooding the record.
    """
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants="a str")
    if len(value) > most:
        raise InvalidInput(field=field, code="too_long", wants=f"at most {most} characters")
    value = value.replace("\r\n", "\n")
    if _BAD_TEXT.search(value):
        raise InvalidInput(
            field=field, code="bad_text", wants="text without control characters or lone surrogates"
        )
    if least and sum(_is_visible(char) for char in value) < least:
        wants = "text that is not blank" if least == 1 else f"at least {least} visible characters"
        raise InvalidInput(field=field, code="blank", wants=wants)
    return value.strip()


def _is_visible(char: str) -> bool:
    # Zero-width spaces and joiners are no white space to str.strip, and say as little.
    return unicodedata.category(char)[0] not in "ZC" and char not in _BLANKS


def line(field: str, value: object, *, least: int = 1, most: int = 200) -> str:
    """Return *value*, an exact ``str`` of one line: a name with a line feed in it could forge a line of the record."""
    found = text(field, value, least=least, most=most)
    if any(char in "\n\t\u2028\u2029" for char in found):
        raise InvalidInput(field=field, code="bad_text", wants="text of one line")
    return found


def shown(key: object) -> str:
    """Return a key that somebody else wrote, as an error may show it: a foreign key could forge a line of a log."""
    return key if type(key) is str and _SHOWN.fullmatch(key) else "?"


def instant(field: str, value: object, reading: Reading = "exact") -> datetime:
    """
    Return *value* as a plain UTC datetime: converted once, microseconds kept.

    Python compares two datetimes of one zone by wall clock and ignores ``fold``, which loses an hour in every autumn;
    in UTC there is nothing to lose.

    Args:
        field: What to name in the error.
        value: An aware ``datetime``; naive ones, subclasses, dates and numbers are refused.
        reading: What a wall-clock time that occurs twice or never means: ``"earlier"`` for an end, ``"later"`` for a
            start (the narrower reading, I-31), ``"exact"`` for a reading of a clock (``fold`` is believed).
    """
    if type(value) is not datetime:
        raise InvalidInput(field=field, code="wrong_type", wants="an aware datetime.datetime")
    found = value if value.tzinfo is UTC else _to_utc(field, value, reading)
    if not EARLIEST <= found <= LATEST:
        raise InvalidInput(field=field, code="out_of_range", wants="an instant from 1970 to 9000")
    return found


def _to_utc(field: str, value: datetime, reading: Reading) -> datetime:
    if value.tzinfo is None:
        raise InvalidInput(
            field=field, code="naive_datetime", wants="an aware datetime, such as one with tzinfo=UTC"
        )
    try:
        if reading == "exact":
            readings = [_once(value)]
        else:
            readings = [_once(value.replace(fold=0)), _once(value.replace(fold=1))]
    except Exception as error:  # a tzinfo is foreign code: whatever it raises, the value is unusable
        raise InvalidInput(field=field, code="odd_datetime", wants="a datetime with tzinfo=UTC") from error
    return max(readings) if reading == "later" else min(readings)


def _once(value: datetime) -> datetime:
    offset = (
        value.utcoffset()
    )  # asked exactly once: an unstable tzinfo may answer differently the second time
    if offset is None:
        msg = "utcoffset() is None"
        raise ValueError(msg)
    return (value.replace(tzinfo=None, fold=0) - offset).replace(tzinfo=UTC)


def boolean(field: str, value: object) -> bool:
    """Return *value*, exactly ``True`` or ``False``."""
    if type(value) is not bool:
        raise InvalidInput(field=field, code="wrong_type", wants="True or False")
    return value


def integer(field: str, value: object, *, least: int, most: int) -> int:
    """Return *value*, an exact ``int`` (no bool) from *least* to *most*, both included."""
    if type(value) is not int:
        raise InvalidInput(field=field, code="wrong_type", wants=f"an int from {least} to {most}")
    if not least <= value <= most:
        raise InvalidInput(field=field, code="out_of_range", wants=f"an int from {least} to {most}")
    return value


def listed(field: str, value: object, *, most: int = 256) -> tuple[Any, ...]:
    """
    Return the entries of a list, tuple, set or frozenset.

    A bare string is refused: taken apart into letters it would be the classic bug that grants ``r``, ``e``, ``a``,
    ``d``.
    """
    if type(value) not in (list, tuple, set, frozenset):
        raise InvalidInput(field=field, code="wrong_type", wants="a list, tuple or set (never a bare string)")
    entries: tuple[Any, ...] = tuple(value)  # type: ignore[arg-type]  # one of the four types above
    if len(entries) > most:
        raise InvalidInput(field=field, code="too_many", wants=f"at most {most} entries")
    return entries


def identifiers(field: str, value: object, *, most: int = 256) -> frozenset[str]:
    """Return the ids in a list, tuple or set as a frozenset."""
    return frozenset(identifier(field, entry) for entry in listed(field, value, most=most))


def one_of(field: str, value: object, choices: Iterable[str]) -> str:
    """Return *value*, an exact ``str`` among *choices*."""
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants="one of " + ", ".join(choices))
    if value not in choices:
        raise InvalidInput(field=field, code="unknown", wants="one of " + ", ".join(choices))
    return value


def instance_of(field: str, value: object, *kinds: type) -> None:
    """Refuse *value* unless its type is exactly one of *kinds*."""
    if type(value) not in kinds:
        raise _wrong_type(field, kinds)


def a_kind_of(field: str, value: object, *kinds: type) -> None:
    """Refuse *value* unless its type is one of *kinds* or made from it, as other libraries make theirs."""
    if not isinstance(value, kinds):
        raise _wrong_type(field, kinds)


def _wrong_type(field: str, kinds: tuple[type, ...]) -> InvalidInput:
    wants = " or ".join(kind.__name__ for kind in kinds)
    return InvalidInput(field=field, code="wrong_type", wants=wants)


def every(field: str, value: object, container: type, *kinds: type) -> None:
    """Refuse *value* unless it is exactly a *container* whose entries are all exactly of one of *kinds*."""
    instance_of(field, value, container)
    for entry in cast("Iterable[object]", value):
        instance_of(field, entry, *kinds)


def fill(instance: Any, *values: object) -> None:
    """
    Set the fields of a frozen *instance* in order: for nouns whose own ``__init__`` turns raw arguments into values.

    In one place, since pyright knows nothing of the ``__attrs_init__`` that attrs makes for them.
    """
    instance.__attrs_init__(*values)


def _refuse(*_: object, **__: object) -> NoReturn:
    msg = "a FrozenMap is a value and does not change: make a new one"
    raise TypeError(msg)


_REFUSE: Any = _refuse  # of no type of its own, so that it may stand for every mutator of a dict


class FrozenMap(dict[K, V]):
    """
    A mapping that is not changed: every mutator raises. Hashable and picklable, in the order it was made.

    A dict underneath, since decisions look into these on every call.
    """

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _REFUSE

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none because it changes; this one does not
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def __repr__(self) -> str:
        return f"FrozenMap({super().__repr__()})"
