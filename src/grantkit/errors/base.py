"""The root of the tree, how it renders, and bad input."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar, cast

import attrs
from typing_extensions import dataclass_transform

C = TypeVar("C", bound=type)


@dataclass_transform(kw_only_default=True, eq_default=False)
def fields_first(cls: C) -> C:
    """Make an exception whose fields are keywords; said once, so that all are made alike."""
    return attrs.define(kw_only=True, slots=False, eq=False, repr=False, str=False)(cls)


def _rebuild(cls: "type[GrantkitError]", fields: Mapping[str, Any]) -> "GrantkitError":
    return cls(**fields)


@fields_first
class GrantkitError(Exception):
    """
    The root of the tree; never raised itself.

    Attributes:
        code: A stable name for programs to branch on.
        fact: What was found, as a template over the fields.
        consequence: What therefore did not happen.
        remedy: What to do now.
    """

    code: ClassVar[str] = "grantkit_error"
    fact: ClassVar[str] = "grantkit failed"
    consequence: ClassVar[str] = "nothing was written"
    remedy: ClassVar[str] = "see the fields of this error"

    @property
    def fields(self) -> dict[str, Any]:
        """The fields by name, for logs and problem documents."""
        return {name: getattr(self, name) for name in attrs.fields_dict(cast("Any", type(self)))}

    def __str__(self) -> str:
        shown = {name: _show(value) for name, value in self.fields.items()}
        return (
            f"{self.fact.format(**shown)}: {self.consequence.format(**shown)}; {self.remedy.format(**shown)}"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code}: {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only exceptions do not survive pickling by themselves, and workers pickle what they raise.
        return _rebuild, (type(self), self.fields)

    def __copy__(self) -> Self:
        return type(self)(**self.fields)


def _show(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[object, ...]", value))) or "nothing"
    return str(value)


INPUT_CODES: Mapping[str, tuple[str, str]] = {
    "wrong_type": ("{field} is of the wrong type", "pass {wants}"),
    "bad_id": ("{field} is not an id", "pass {wants}"),
    "bad_action": ("{field} is not an action", "pass {wants}"),
    "bad_resource": ("{field} is not a resource", "pass {wants}"),
    "bad_pattern": ("{field} is not a pattern", "pass {wants}"),
    "bad_duration": ("{field} is not a duration", "pass {wants}"),
    "bad_selector": ("{field} names nobody", "pass {wants}"),
    "bad_text": ("{field} has characters that do not belong in text", "pass {wants}"),
    "blank": ("{field} is missing or blank", "pass {wants}"),
    "too_long": ("{field} is too long", "pass {wants}"),
    "too_many": ("{field} has too many entries", "pass {wants}"),
    "naive_datetime": ("{field} has no time zone", "pass {wants}"),
    "odd_datetime": ("{field} has a time zone that gives no usable offset", "pass {wants}"),
    "out_of_range": ("{field} is out of range", "pass {wants}"),
    "empty_window": ("{field} is not after the start", "pass {wants}"),
    "required": ("{field} must be said", "pass {wants}"),
    "unknown": ("{field} is not known here", "pass {wants}"),
    "ambiguous": ("{field} could mean several things", "pass {wants}"),
    "duplicate": ("{field} is there twice", "pass {wants}"),
    "unknown_key": ("{field} has a key that means nothing", "pass {wants}"),
    "no_zone": ("{field} needs a time zone", "pass {wants}"),
    "law": ("{field} breaks a law that every rule set keeps", "write {wants}"),
    "not_plain": ("{field} is not plain data", "pass {wants}"),
}
"""Every code of :class:`InvalidInput`: what is wrong, and how its remedy begins."""


@fields_first
class InvalidInput(GrantkitError, ValueError):
    """
    A value that cannot be right, whatever the rules say: nothing was read or written with it.

    Attributes:
        field: Which argument or field, as a path such as ``flows.access.ends[0]``.
        code: Why, one of :data:`INPUT_CODES`.
        wants: What would be accepted.
    """

    field: str
    code: str  # type: ignore[misc]  # here the code is a field, one of INPUT_CODES
    wants: str

    def __str__(self) -> str:
        fact, remedy = INPUT_CODES[self.code]
        shown = {"field": self.field, "wants": self.wants}
        return f"{fact.format(**shown)}: {self.consequence}; {remedy.format(**shown)}"
