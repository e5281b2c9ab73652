"""Uses: how often an agent used a grant, hour by hour; counted beside the record, and summed up in it (M9, R13)."""

from datetime import datetime
from typing import ClassVar

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import identifier, instance_of, integer
from grantkit.model.record import MOST_SEQ
from grantkit.model.wording import iso


@attrs.frozen(kw_only=True)
class Use:
    """
    Uses of a grant by one agent within one hour.

    Attributes:
        grant: The grant that allowed them, by id.
        agent: Who, by id, also where a team holds the grant.
        hour: The hour in which they were, by the instant at which it begins.
        count: How many.
        last: The instant of the last of them.
    """

    grant: str
    agent: str
    hour: datetime
    count: int
    last: datetime

    def __attrs_post_init__(self) -> None:
        identifier("use.grant", self.grant)
        identifier("use.agent", self.agent)
        instance_of("use.hour", self.hour, datetime)
        instance_of("use.last", self.last, datetime)
        integer("use.count", self.count, least=1, most=MOST_SEQ)

    @property
    def key(self) -> tuple[str, str, datetime]:
        """What they are counted under."""
        return self.grant, self.agent, self.hour

    def to_data(self) -> dict[str, Plain]:
        """Return the uses as plain data."""
        return {
            "grant": self.grant,
            "agent": self.agent,
            "hour": iso(self.hour),
            "count": self.count,
            "last": iso(self.last),
        }

    def __str__(self) -> str:
        return f"grant {self.grant} by {self.agent}: {self.count}"


@attrs.frozen(kw_only=True)
class Usage:
    """
    All uses of a grant by one agent that the record has summed up.

    Attributes:
        grant: The grant, by id.
        agent: Who, by id.
        count: How many.
        last: The instant of the last of them.
    """

    grant: str
    agent: str
    count: int
    last: datetime

    def __attrs_post_init__(self) -> None:
        identifier("usage.grant", self.grant)
        identifier("usage.agent", self.agent)
        instance_of("usage.last", self.last, datetime)
        integer("usage.count", self.count, least=1, most=MOST_SEQ)

    def plus(self, use: Use) -> "Usage":
        """Return these with *use*, of the same grant by the same agent, besides."""
        return attrs.evolve(self, count=self.count + use.count, last=max(self.last, use.last))

    def to_data(self) -> dict[str, Plain]:
        """Return them as plain data."""
        return {"grant": self.grant, "agent": self.agent, "count": self.count, "last": iso(self.last)}


@attrs.frozen
class Used:
    """What was used, hour by hour, as it had been counted beside the record: from here on it is part of it."""

    kind: ClassVar[str] = "used"
    uses: tuple[Use, ...]

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"uses": [use.to_data() for use in self.uses]}

    def __str__(self) -> str:
        return "; ".join(map(str, self.uses))
