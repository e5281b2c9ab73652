"""
How the parts of a rule set are read and checked: one shape of function for both doors.

A *check* takes a field path and a value, and returns the value or raises :class:`InvalidInput` with that
path. Reading a document runs checks under full paths; building a part by keyword runs them under the
attribute's name. So no door is laxer than the other.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar, cast

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import instance_of, line, listed, shown

T = TypeVar("T")

Check: TypeAlias = Callable[[str, object], Any]
Validator: TypeAlias = Callable[[Any, "attrs.Attribute[Any]", Any], None]

MOST_ENTRIES = 256
"""How many entries a list in a rule set holds at the most."""
MOST_KEYS = 1000
"""How many flows, policies, ceilings or notices a rule set holds at the most."""
MOST_TEXT = 200
"""How many characters a short text in a rule set holds at the most."""


def join(path: str, key: str) -> str:
    """Return the path of *key* inside *path*; only the document itself has the empty path."""
    return f"{path}.{key}" if path else key or "rules"


def members(path: str, data: object) -> Mapping[str, object]:
    """Return *data*, an object whose keys are text."""
    if not isinstance(data, Mapping):
        raise InvalidInput(field=path or "rules", code="wrong_type", wants="an object")
    pairs = cast("Mapping[object, object]", data)
    for key in pairs:
        if type(key) is not str:
            raise InvalidInput(
                field=path or "rules", code="wrong_type", wants="an object whose keys are text"
            )
    return cast("Mapping[str, object]", pairs)


def record(path: str, data: object, make: Callable[..., T], readers: Mapping[str, Check]) -> T:
    """
    Return what *make* makes of an object: each key read by its reader, keys left out left to the defaults.

    Raises:
        InvalidInput: With the full path: ``unknown_key`` for a key without a reader (a misspelt limit must
            not vanish), ``required`` for a key that has no default, or whatever a reader or *make* refuses.
    """
    given = members(path, data)
    for key in given:
        if key not in readers:
            raise InvalidInput(
                field=join(path, shown(key)), code="unknown_key", wants=f"only {', '.join(readers)}"
            )
    for attribute in attrs.fields(cast("Any", make)):
        if attribute.default is attrs.NOTHING and attribute.name not in given:
            raise InvalidInput(field=join(path, attribute.name), code="required", wants="it in the document")
    values = {key: readers[key](join(path, key), value) for key, value in given.items()}
    try:
        return make(**values)
    except InvalidInput as error:
        raise InvalidInput(field=join(path, error.field), code=error.code, wants=error.wants) from error


def each(check: Check) -> Check:
    """Return the check of a list whose entries all pass *check*; the path names the entry that does not."""

    def read(field: str, value: object) -> tuple[Any, ...]:
        entries = listed(field, value, most=MOST_ENTRIES)
        return tuple(check(f"{field}[{index}]", entry) for index, entry in enumerate(entries))

    return read


def maybe(check: Check) -> Check:
    """Return the check that lets ``None`` pass: nothing is asked. It never stands for "no end"."""
    return lambda field, value: None if value is None else check(field, value)


def short_text(field: str, value: object) -> str:
    """Return *value*, text that is not blank, trimmed."""
    return line(field, value, most=MOST_TEXT)


def exactly(kind: type) -> Check:
    """Return the check that a value is exactly of *kind*."""

    def check(field: str, value: object) -> object:
        instance_of(field, value, kind)
        return value

    return check


def tuple_of(check: Check) -> Check:
    """Return the check of an exact tuple whose entries all pass *check*."""

    def checked(field: str, value: object) -> tuple[Any, ...]:
        instance_of(field, value, tuple)
        entries: tuple[Any, ...] = each(check)(field, value)
        return entries

    return checked


def unique(check: Check) -> Check:
    """Return the check of an exact tuple whose entries all pass *check*, none of them twice."""

    def checked(field: str, value: object) -> tuple[Any, ...]:
        entries: tuple[Any, ...] = tuple_of(check)(field, value)
        seen = set[Any]()
        for index, entry in enumerate(entries):
            if entry in seen:
                raise InvalidInput(field=f"{field}[{index}]", code="duplicate", wants="each entry once")
            seen.add(entry)
        return entries

    return checked


def some(check: Check) -> Check:
    """Return the check that :func:`unique` makes, of at least one entry."""

    def checked(field: str, value: object) -> tuple[Any, ...]:
        entries: tuple[Any, ...] = unique(check)(field, value)
        if not entries:
            raise InvalidInput(field=field, code="blank", wants="at least one entry")
        return entries

    return checked


def keyed(key_check: Check, check: Check) -> Check:
    """Return the check of a mapping whose keys and values pass, each value under its own path."""

    def checked(field: str, value: object) -> dict[str, Any]:
        pairs = members(field, value)
        if len(pairs) > MOST_KEYS:
            raise InvalidInput(field=field, code="too_many", wants=f"at most {MOST_KEYS} entries")
        return {
            key_check(join(field, shown(key)), key): check(join(field, shown(key)), entry)
            for key, entry in pairs.items()
        }

    return checked


def must(check: Check) -> Validator:
    """Return *check* as a validator; a value that the check would tidy up is refused."""

    def validate(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if check(attribute.name, value) != value:
            raise InvalidInput(
                field=attribute.name, code="bad_text", wants="text without white space around it"
            )

    return validate


def spelled(values: tuple[object, ...]) -> list[Plain]:
    """Return the entries of a list as a document spells them."""
    return [str(value) for value in values]
