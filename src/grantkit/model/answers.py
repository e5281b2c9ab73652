"""Bodies of events about consents and requests: asked, answered, settled. Frozen; never edited, never subclassed."""

from datetime import datetime
from typing import ClassVar, Final

import attrs

from grantkit.canonical import Plain
from grantkit.model.consent import Approval, Consent
from grantkit.model.ending import Ending
from grantkit.model.phrases import lasting, listed_names
from grantkit.model.request import AccessRequest, Ask, Settling
from grantkit.model.terms import OpenEnded
from grantkit.model.wording import iso

_ENDED: Final = "ended"  # the word for an end that came by itself, of a grant or of a consent


@attrs.frozen
class Consented:
    """A consent came about that allows nothing by itself."""

    kind: ClassVar[str] = "consented"
    consent: Consent

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data: what was consented to, without what the event says or what became of it."""
        elsewhere = ("tenant", "rules", "consent_seq", "ended", "solved")
        return {
            "consent": {key: value for key, value in self.consent.to_data().items() if key not in elsewhere}
        }

    def __str__(self) -> str:
        made = self.consent
        return f"{made} to {made.holder} for {made.scope}, {listed_names(made.policies)}, {lasting(made)}"


@attrs.frozen
class ConsentEnded:
    """A consent that stood by itself ended: revoked, given back, or by time, and a sweep recorded it, once."""

    consent_id: str
    how: Ending

    @property
    def kind(self) -> str:
        """The word that is used where a grant ends in this way."""
        return self.how.value if self.how in (Ending.REVOKED, Ending.RELINQUISHED) else _ENDED

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        how: dict[str, Plain] = {"how": self.how.value} if self.kind == _ENDED else {}
        return {"consent_id": self.consent_id, **how}

    def __str__(self) -> str:
        return f"consent {self.consent_id}"


@attrs.frozen
class Requested:
    """Somebody asked, and the first step opened."""

    kind: ClassVar[str] = "requested"
    request: AccessRequest

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data: what was asked for, without what the event says or what became of it."""
        elsewhere = ("tenant", "rules", "by", "approvals", "step", "seq", "settled", "gave")
        return {
            "request": {key: value for key, value in self.request.to_data().items() if key not in elsewhere}
        }

    def __str__(self) -> str:
        request = self.request
        return (
            f"{request} for {request.holder} on {request.scope}, {listed_names(request.policies)}, "
            f"{request.ask.terms[0]}; awaits {listed_names(request.awaits)}"
        )


@attrs.frozen
class StepOpened:
    """The next answer that a request takes is awaited."""

    kind: ClassVar[str] = "step_opened"
    request_id: str
    step: int
    awaits: tuple[str, ...]
    needs: int
    lapses_at: datetime | OpenEnded

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        lapses_at = self.lapses_at
        return {
            "request_id": self.request_id,
            "step": self.step,
            "awaits": list(self.awaits),
            "needs": self.needs,
            "lapses_at": "open_ended" if isinstance(lapses_at, OpenEnded) else iso(lapses_at),
        }

    def __str__(self) -> str:
        return f"request {self.request_id} awaits {listed_names(self.awaits)}"


@attrs.frozen
class Approved:
    """
    One person's yes to a request.

    Attributes:
        request_id: Which.
        approval: The evidence.
        ask: The terms as narrowed by this answer; ``None`` where they stayed as they were.
        said: What the preview said, in the words that were shown; erasable.
    """

    kind: ClassVar[str] = "approved"
    request_id: str
    approval: Approval
    ask: Ask | None = None
    said: str = ""

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {
            "request_id": self.request_id,
            "approval": self.approval.to_data(),
            "ask": None if self.ask is None else self.ask.to_data(),
            "said": self.said,
        }

    def __str__(self) -> str:
        narrowed = (
            "" if self.ask is None else f", narrowed to {listed_names(self.ask.policies)} on {self.ask.scope}"
        )
        return f"request {self.request_id}{narrowed}"


@attrs.frozen
class Denied:
    """One person's no, which settles a request."""

    kind: ClassVar[str] = "denied"
    request_id: str
    reason: str = ""

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"request_id": self.request_id, "reason": self.reason}

    def __str__(self) -> str:
        return f"request {self.request_id}"


@attrs.frozen
class Withdrawn:
    """Whoever asked took the request back."""

    kind: ClassVar[str] = "withdrawn"
    request_id: str

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"request_id": self.request_id}

    def __str__(self) -> str:
        return f"request {self.request_id}"


@attrs.frozen
class Lapsed:
    """
    Nobody had answered in time, and a sweep recorded it, once.

    Attributes:
        request_id: Which request.
        how: Lapsed, or cut off before it could lapse.
    """

    kind: ClassVar[str] = "lapsed"
    request_id: str
    how: Settling = Settling.LAPSED

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"request_id": self.request_id, "how": self.how.value}

    def __str__(self) -> str:
        return f"request {self.request_id} ({self.how.value})"
