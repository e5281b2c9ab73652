"""Who: the people that a rule names, and the grantees that a flow may name."""

from typing import Final, Self

import attrs

from grantkit.errors import InvalidInput
from grantkit.inputs import identifier, one_of

SIDES: Final = ("tenant", "vendor", "relation")
RELATIONS: Final = ("approvers", "consenters", "requester", "grantee")
"""
Who is meant by their part in what happens: whoever may decide the open step (or the first one); every tenant
person on whose consent this rests, up the chain; whoever asked; whoever holds the grant.
"""
_WANTS_WHO = "tenant:ROLE, tenant:*, vendor:TEAM, vendor:* or one of " + ", ".join(RELATIONS)
_WANTS_TO = "agent, agent:TEAM, team or team:TEAM"


@attrs.frozen(cache_hash=True)
class Selector:
    """
    Who, on one side, or by relation.

    ``tenant:ROLE`` is a member who holds ROLE over the whole scope at stake at the moment of acting;
    ``vendor:TEAM`` is an agent in TEAM (on the vendor's side a role is a team); the name ``*`` is anybody on
    that side.

    >>> Selector.parse("by", "tenant:admin")
    Selector(side='tenant', name='admin')

    Attributes:
        side: ``"tenant"``, ``"vendor"`` or ``"relation"``.
        name: A role, a team, ``*``, or one of :data:`RELATIONS`.
    """

    side: str
    name: str

    def __attrs_post_init__(self) -> None:
        one_of("side", self.side, SIDES)
        if self.side == "relation":
            one_of("name", self.name, RELATIONS)
        elif self.name != "*":
            identifier("name", self.name)

    @classmethod
    def parse(cls, field: str, value: object) -> Self:
        """Return the selector that *value* spells."""
        if type(value) is not str:
            raise InvalidInput(field=field, code="wrong_type", wants=_WANTS_WHO)
        side, colon, name = value.partition(":")
        try:
            # "relation:approvers" is refused, so that each selector has one spelling.
            return cls("relation", value) if not colon or side == "relation" else cls(side, name)
        except InvalidInput as error:
            raise InvalidInput(field=field, code="bad_selector", wants=_WANTS_WHO) from error

    def __str__(self) -> str:
        return self.name if self.side == "relation" else f"{self.side}:{self.name}"


@attrs.frozen(cache_hash=True)
class To:
    """
    Whom a grant may name: an agent, or a team; perhaps of one team only.

    ``agent:TEAM`` is a person in that capacity: their ceiling is TEAM's.

    Attributes:
        kind: ``"agent"`` or ``"team"``.
        team: The team, or ``None`` for any.
    """

    kind: str
    team: str | None = None

    def __attrs_post_init__(self) -> None:
        one_of("kind", self.kind, ("agent", "team"))
        if self.team is not None:
            identifier("team", self.team)

    @classmethod
    def parse(cls, field: str, value: object) -> Self:
        """Return what *value* spells."""
        if type(value) is not str:
            raise InvalidInput(field=field, code="wrong_type", wants=_WANTS_TO)
        kind, colon, team = value.partition(":")
        try:
            return cls(kind, team if colon else None)
        except InvalidInput as error:
            raise InvalidInput(field=field, code="bad_selector", wants=_WANTS_TO) from error

    @property
    def concrete(self) -> bool:
        """Whether it names one grantee, so that a caller need not."""
        return self.kind == "team" and self.team is not None

    def __str__(self) -> str:
        return self.kind if self.team is None else f"{self.kind}:{self.team}"
