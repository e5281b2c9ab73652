"""What a flow gives, and what may become of it later: scope, amendment, delegation, entry."""

from collections.abc import Mapping
from functools import partial
from typing import Final, Self

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import boolean, integer, one_of
from grantkit.policy import ResourcePattern
from grantkit.rules.choices import Bound, Choice, exact
from grantkit.rules.fields import Check, each, exactly, members, must, record, some, spelled, unique
from grantkit.rules.steps import ReasonRule
from grantkit.rules.who import To

MOST_RESOURCES: Final = 256
MOST_DEPTH: Final = 16
ENTRY_TICKETS: Final = ("optional", "required")


@attrs.frozen(kw_only=True)
class ScopeRule:
    """
    Where a grant of the flow may hold.

    Attributes:
        tenant: Whether it may be the tenant as a whole.
        resources: Which resources may be listed instead; none if empty.
        most: How many of them at the most.
    """

    tenant: bool = attrs.field(default=True, validator=must(boolean))
    resources: tuple[ResourcePattern, ...] = attrs.field(
        default=(ResourcePattern("*", "*"),), validator=must(unique(exactly(ResourcePattern)))
    )
    most: int = attrs.field(default=20, validator=must(partial(integer, least=1, most=MOST_RESOURCES)))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """
        Read a scope rule.

        Whoever lists resources says too whether the tenant as a whole is offered: a list that looks like a
        limit must not leave the whole tenant open by default.
        """
        given = members(field, data)
        if "resources" in given and "tenant" not in given:
            raise InvalidInput(
                field=f"{field}.tenant", code="required", wants="true or false beside the resources"
            )
        return record(field, given, cls, _SCOPE)

    def to_data(self) -> dict[str, Plain]:
        """Return the scope rule as plain data."""
        return {"tenant": self.tenant, "resources": spelled(self.resources), "most": self.most}


@attrs.frozen(kw_only=True)
class AmendRule:
    """
    What may lengthen or widen a live grant; narrowing needs no permission (T7).

    Attributes:
        ends: The ends that may be asked for; spans count from now, unless they say ``"from": "end"``.
        policies: Whether the policies may be changed, within what the flow offers.
    """

    ends: tuple[Choice, ...] = attrs.field(default=(), validator=must(unique(exactly(Choice))))
    policies: bool = attrs.field(default=False, validator=must(boolean))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read an amendment rule."""
        return record(field, data, cls, _AMEND)

    def to_data(self) -> dict[str, Plain]:
        """Return the amendment rule as plain data."""
        return {"ends": [choice.to_data() for choice in self.ends], "policies": self.policies}


@attrs.frozen(kw_only=True)
class Delegation:
    """
    Whom the holder of a grant may add in place of the parent's grantee (R7, R8).

    All else stays within the parent.

    Attributes:
        to: Whom.
        depth: How many delegations deep.
    """

    to: tuple[To, ...] = attrs.field(validator=must(some(exactly(To))))
    depth: int = attrs.field(default=1, validator=must(partial(integer, least=1, most=MOST_DEPTH)))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read a delegation rule."""
        return record(field, data, cls, _DELEGATION)

    def to_data(self) -> dict[str, Plain]:
        """Return the delegation rule as plain data."""
        return {"to": spelled(self.to), "depth": self.depth}


@attrs.frozen(kw_only=True)
class Entry:
    """
    What entering takes.

    Attributes:
        required: Whether an action needs a session that was entered, besides the grant (B8, B12).
        reason: What must be given as the reason for entering.
        tickets: ``"optional"`` or ``"required"``.
        longest: After how long a session ends by itself; exact.
    """

    required: bool = attrs.field(default=False, validator=must(boolean))
    reason: ReasonRule = attrs.field(default=ReasonRule(0), validator=must(exactly(ReasonRule)))
    tickets: str = attrs.field(default="optional", validator=must(partial(one_of, choices=ENTRY_TICKETS)))
    longest: Bound = attrs.field(default=Choice("elapsed", 8 * 3600), validator=must(exact))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read an entry rule."""
        return record(field, data, cls, _ENTRY)

    def to_data(self) -> dict[str, Plain]:
        """Return the entry rule as plain data."""
        return {
            "required": self.required,
            "reason": self.reason.to_data(),
            "tickets": self.tickets,
            "longest": self.longest.to_data(),
        }


_SCOPE: Mapping[str, Check] = {
    "tenant": boolean,
    "resources": each(ResourcePattern.parse),
    "most": partial(integer, least=1, most=MOST_RESOURCES),
}
_AMEND: Mapping[str, Check] = {"ends": each(Choice.parse), "policies": boolean}
_DELEGATION: Mapping[str, Check] = {"to": each(To.parse), "depth": partial(integer, least=1, most=MOST_DEPTH)}
_ENTRY: Mapping[str, Check] = {
    "required": boolean,
    "reason": partial(ReasonRule.from_data, least=0),
    "tickets": partial(one_of, choices=ENTRY_TICKETS),
    "longest": Choice.parse,
}
