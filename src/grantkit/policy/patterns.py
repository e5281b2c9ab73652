"""
Actions and resources, and the patterns that match them.

An action is ``noun:verb``; a resource is ``kind:id``, split at the first colon. A pattern is a type of its own, each
part a literal or ``*``; ``*`` alone is everything. No regular expressions, no ``fnmatch``, no ``LIKE``: a text that
came with a request is parsed as an action or a resource and can never act as a pattern (wildcard injection).
"""

from functools import lru_cache
from typing import Self

import attrs

from grantkit.errors import InvalidInput
from grantkit.inputs import WANTS_ID, identifier, part

_WANTS_ACTION = "noun:verb, such as invoice:read (letters, digits, dots, dashes, underscores; no wildcard)"
_WANTS_RESOURCE = "kind:id, such as project:42 (no wildcard); None for the tenant as a whole"
_WANTS_PATTERN = "first:second with each part a literal or *, or * alone for everything"


@attrs.frozen(cache_hash=True)
class Action:
    """What an agent wants to do: ``noun:verb``."""

    noun: str
    verb: str

    def __str__(self) -> str:
        return f"{self.noun}:{self.verb}"


@attrs.frozen(cache_hash=True)
class Resource:
    """One thing of a tenant: ``kind:id``, split at the first colon."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def parse_action(field: str, value: object) -> Action:
    """Return the action that *value* spells, or raise :class:`InvalidInput`."""
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants=_WANTS_ACTION)
    return _action(field, value)


@lru_cache(maxsize=4096)
def _action(field: str, value: str) -> Action:
    noun, colon, verb = value.partition(":")
    if not colon:
        raise InvalidInput(field=field, code="bad_action", wants=_WANTS_ACTION)
    return Action(
        part(field, noun, "bad_action", _WANTS_ACTION), part(field, verb, "bad_action", _WANTS_ACTION)
    )


def parse_resource(field: str, value: object) -> Resource:
    """Return the resource that *value* spells, or raise :class:`InvalidInput`."""
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants=_WANTS_RESOURCE)
    return _resource(field, value)


@lru_cache(maxsize=4096)
def _resource(field: str, value: str) -> Resource:
    kind, colon, ident = value.partition(":")
    if not colon:
        raise InvalidInput(field=field, code="bad_resource", wants=_WANTS_RESOURCE)
    try:
        ident = identifier(field, ident)
    except InvalidInput as error:
        raise InvalidInput(
            field=field, code="bad_resource", wants=f"{_WANTS_RESOURCE}; the id part is {WANTS_ID}"
        ) from error
    return Resource(part(field, kind, "bad_resource", _WANTS_RESOURCE), ident)


@attrs.frozen(cache_hash=True)
class ActionPattern:
    """Which actions: each part a literal or ``*``."""

    noun: str
    verb: str

    @classmethod
    def parse(cls, field: str, value: object) -> Self:
        """Return the pattern that *value* spells: ``invoice:*``, ``*:read``, ``invoice:read`` or ``*``."""
        first, second = _two_parts(field, value)
        if first != "*":
            part(field, first, "bad_pattern", _WANTS_PATTERN)
        if second != "*":
            part(field, second, "bad_pattern", _WANTS_PATTERN)
        return cls(first, second)

    def matches(self, action: Action) -> bool:
        """Whether *action* is one of them; compared byte for byte."""
        return self.noun in ("*", action.noun) and self.verb in ("*", action.verb)

    def includes(self, other: "ActionPattern") -> bool:
        """Whether every action of *other* is one of these."""
        return self.noun in ("*", other.noun) and self.verb in ("*", other.verb)

    def __str__(self) -> str:
        return _spell(self.noun, self.verb)


@attrs.frozen(cache_hash=True)
class ResourcePattern:
    """Which resources: each part a literal or ``*``. Only ``*`` alone matches the tenant as a whole."""

    kind: str
    id: str

    @classmethod
    def parse(cls, field: str, value: object) -> Self:
        """Return the pattern that *value* spells: ``project:*``, ``project:42``, ``*:42`` or ``*``."""
        first, second = _two_parts(field, value)
        if first != "*":
            part(field, first, "bad_pattern", _WANTS_PATTERN)
        if second != "*":
            try:
                identifier(field, second)
            except InvalidInput as error:
                raise InvalidInput(field=field, code="bad_pattern", wants=_WANTS_PATTERN) from error
        return cls(first, second)

    @property
    def everything(self) -> bool:
        """Whether it is ``*`` alone."""
        return self.kind == "*" and self.id == "*"

    def matches(self, resource: Resource | None) -> bool:
        """Whether *resource* is one of them; ``None``, the tenant as a whole, is matched by ``*`` alone."""
        if resource is None:
            return self.everything
        return self.kind in ("*", resource.kind) and self.id in ("*", resource.id)

    def includes(self, other: "ResourcePattern") -> bool:
        """Whether every resource of *other* is one of these."""
        return self.kind in ("*", other.kind) and self.id in ("*", other.id)

    def __str__(self) -> str:
        return _spell(self.kind, self.id)


def _two_parts(field: str, value: object) -> tuple[str, str]:
    if type(value) is not str:
        raise InvalidInput(field=field, code="wrong_type", wants=_WANTS_PATTERN)
    if value == "*":
        return "*", "*"
    first, colon, second = value.partition(":")
    # "*:*" is refused, so that everything has one spelling and nobody reads two meanings into two spellings.
    if not colon or (first == "*" and second == "*"):
        raise InvalidInput(field=field, code="bad_pattern", wants=_WANTS_PATTERN)
    return first, second


def _spell(first: str, second: str) -> str:
    return "*" if first == "*" and second == "*" else f"{first}:{second}"
