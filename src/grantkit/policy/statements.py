"""Statements: an effect, the actions and the resources that it is about."""

from collections.abc import Mapping
from typing import Literal, Self, cast

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import instance_of, listed, one_of, shown
from grantkit.policy.patterns import Action, ActionPattern, ResourcePattern

Effect = Literal["allow", "deny"]
_KEYS = ("effect", "action", "resource")


@attrs.frozen(cache_hash=True)
class Statement:
    """
    One sentence of a policy: allow or deny these actions on these resources.

    Attributes:
        effect: ``"allow"`` or ``"deny"``; within a layer a deny takes precedence (T6).
        actions: At least one pattern.
        resources: At least one pattern; ``*`` is needed to reach the tenant as a whole.
    """

    effect: Effect
    actions: tuple[ActionPattern, ...]
    resources: tuple[ResourcePattern, ...]

    def __attrs_post_init__(self) -> None:
        one_of("statement.effect", self.effect, ("allow", "deny"))
        for field, patterns, kind in (
            ("statement.actions", self.actions, ActionPattern),
            ("statement.resources", self.resources, ResourcePattern),
        ):
            instance_of(field, patterns, tuple)
            for pattern in _entries(field, patterns):
                instance_of(field, pattern, kind)

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read ``{"effect": …, "action": [pattern], "resource": [pattern]}``; all three and nothing else."""
        if not isinstance(data, Mapping):
            raise InvalidInput(
                field=field, code="wrong_type", wants="an object with effect, action and resource"
            )
        known = cast("Mapping[object, object]", data)
        for key in known:
            if key not in _KEYS:
                raise InvalidInput(
                    field=f"{field}.{shown(key)}",
                    code="unknown_key",
                    wants="effect, action and resource only",
                )
        for key in _KEYS:
            if key not in known:
                raise InvalidInput(
                    field=f"{field}.{key}", code="required", wants="effect, action and resource"
                )
        effect = cast("Effect", one_of(f"{field}.effect", known["effect"], ("allow", "deny")))
        actions = _entries(f"{field}.action", known["action"])
        resources = _entries(f"{field}.resource", known["resource"])
        return cls(
            effect,
            tuple(ActionPattern.parse(f"{field}.action", entry) for entry in actions),
            tuple(ResourcePattern.parse(f"{field}.resource", entry) for entry in resources),
        )

    def in_words(self) -> str:
        """Say what it is about in plain words: ``read anything, list anything``."""
        words = ", ".join(_in_words(str(pattern)) for pattern in self.actions)
        where = [str(pattern) for pattern in self.resources if not pattern.everything]
        everywhere = any(pattern.everything for pattern in self.resources)
        return words if everywhere else f"{words} on {', '.join(where)}"

    def matches_action(self, action: Action) -> bool:
        """Whether some action pattern matches."""
        return any(pattern.matches(action) for pattern in self.actions)

    def to_data(self) -> dict[str, Plain]:
        """Return the statement as plain data."""
        return {
            "effect": self.effect,
            "action": [str(pattern) for pattern in self.actions],
            "resource": [str(pattern) for pattern in self.resources],
        }


def _entries(field: str, value: object) -> tuple[object, ...]:
    entries = listed(field, value)
    if not entries:
        # An empty list would match nothing here and everything elsewhere (vacuous truth): say what is meant.
        raise InvalidInput(field=field, code="blank", wants="at least one pattern")
    return entries


def _in_words(action: str) -> str:
    if action == "*":
        return "do anything"
    noun, _, verb = action.partition(":")
    things = "anything" if noun == "*" else noun
    return f"do anything with {things}" if verb == "*" else f"{verb} {things}"
