"""Bodies of events about tickets: what a grant is linked to, and what is solved (R12, R14)."""

from typing import ClassVar

import attrs

from grantkit.canonical import Plain
from grantkit.model.consent import Approval
from grantkit.model.phrases import listed_names


@attrs.frozen(kw_only=True)
class TicketLinked:
    """Somebody entitled to consent to a grant linked another ticket to it."""

    kind: ClassVar[str] = "ticket_linked"
    grant_id: str
    ticket: str
    approval: Approval

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"grant_id": self.grant_id, "ticket": self.ticket, "approval": self.approval.to_data()}

    def __str__(self) -> str:
        return f"ticket {self.ticket} to grant {self.grant_id}"


@attrs.frozen(kw_only=True)
class TicketSolved:
    """
    A ticket was solved; it no longer keeps open what was bound to it then. Links that come later are others.

    Attributes:
        ticket: Which.
        grants: The grants that were bound to it, by id.
        consents: The consents that were bound to it, by id.
    """

    kind: ClassVar[str] = "ticket_solved"
    ticket: str
    grants: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"ticket": self.ticket, "grants": list(self.grants), "consents": list(self.consents)}

    def __str__(self) -> str:
        return f"ticket {self.ticket}; it was keeping open {listed_names((*self.grants, *self.consents), 'nothing')}"
