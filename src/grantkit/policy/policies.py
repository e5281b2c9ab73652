"""Permission policies: named sets of statements, and the two that are always known."""

from typing import Self

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import every, identifier, listed
from grantkit.policy.statements import Statement


@attrs.frozen(cache_hash=True)
class PermissionPolicy:
    """
    A named set of statements. What was consented to is this value, not its name (N8).

    Attributes:
        name: An id; within a rule set a name cannot be redefined.
        statements: In the order written; order does not matter to any decision.
    """

    name: str
    statements: tuple[Statement, ...]

    def __attrs_post_init__(self) -> None:
        identifier("policy.name", self.name)
        every("policy.statements", self.statements, tuple, Statement)

    @classmethod
    def from_data(cls, name: object, data: object, *, field: str = "policy") -> Self:
        """Read a list of statements. An empty list is a policy that allows nothing."""
        statements = (
            Statement.from_data(f"{field}[{index}]", entry) for index, entry in enumerate(listed(field, data))
        )
        return cls(identifier(f"{field}.name", name), tuple(statements))

    @property
    def denies(self) -> bool:
        """Whether some statement denies; removing such a policy is no narrowing (T9)."""
        return any(statement.effect == "deny" for statement in self.statements)

    def in_words(self) -> str:
        """Say in plain words what it permits: ``read-only: may read anything, list anything``."""
        allowed = [each.in_words() for each in self.statements if each.effect == "allow"]
        denied = [each.in_words() for each in self.statements if each.effect == "deny"]
        may = f"may {', '.join(allowed)}" if allowed else "allows nothing"
        return f"{self.name}: {may}{', and may not ' + ', '.join(denied) if denied else ''}"

    def to_data(self) -> list[Plain]:
        """Return the statements as plain data; the name stands beside them."""
        return [statement.to_data() for statement in self.statements]


READ_ONLY = PermissionPolicy.from_data(
    "read-only", [{"effect": "allow", "action": ["*:read", "*:list"], "resource": ["*"]}]
)
"""Look only: ``*:read`` and ``*:list``, on everything."""

ADMINISTRATOR = PermissionPolicy.from_data(
    "administrator", [{"effect": "allow", "action": ["*"], "resource": ["*"]}]
)
"""Everything."""
