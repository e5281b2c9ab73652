"""Bodies of events that block, and that lift a block: what stands until it is lifted, and what was cut off for good."""

from typing import ClassVar

import attrs

from grantkit.canonical import Plain
from grantkit.model.phrases import whom


@attrs.frozen
class CutOff:
    """Consent recorded up to here never counts again: for the whole tenant, or for one agent there."""

    kind: ClassVar[str] = "cut_off"
    agent: str | None

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent}

    def __str__(self) -> str:
        return whom(self.agent)


@attrs.frozen
class Frozen:
    """A standing block: of the whole tenant, or of one agent there."""

    kind: ClassVar[str] = "frozen"
    agent: str | None

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent}

    def __str__(self) -> str:
        return whom(self.agent)


@attrs.frozen
class Unfrozen:
    """A block was lifted, by the tenant."""

    kind: ClassVar[str] = "unfrozen"
    agent: str | None

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent}

    def __str__(self) -> str:
        return whom(self.agent)


@attrs.frozen
class Suspended:
    """The vendor shut one of its agents out of every tenant; in the vendor's own record (B7)."""

    kind: ClassVar[str] = "suspended"
    agent: str
    reason: str = ""

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent, "reason": self.reason}

    def __str__(self) -> str:
        return whom(self.agent)


@attrs.frozen
class Reinstated:
    """The vendor let one of its agents back in; in the vendor's own record."""

    kind: ClassVar[str] = "reinstated"
    agent: str

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent}

    def __str__(self) -> str:
        return whom(self.agent)
