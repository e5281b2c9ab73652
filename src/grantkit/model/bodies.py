"""Bodies of events: what happened, one class for each kind. Frozen; never edited, never subclassed."""

from datetime import datetime
from typing import ClassVar, TypeAlias

import attrs

from grantkit.canonical import Plain
from grantkit.model.answers import (
    Approved,
    Consented,
    ConsentEnded,
    Denied,
    Lapsed,
    Requested,
    StepOpened,
    Withdrawn,
)
from grantkit.model.blocks import CutOff, Frozen, Reinstated, Suspended, Unfrozen
from grantkit.model.consent import Approval, Demand
from grantkit.model.ending import Ending
from grantkit.model.grant import Grant
from grantkit.model.phrases import lasting, listed_names, until
from grantkit.model.record import LedgerHead, TextKey
from grantkit.model.rows import KeyUse
from grantkit.model.session import Entered, Left
from grantkit.model.terms import OpenEnded, Term
from grantkit.model.ticketing import TicketLinked, TicketSolved
from grantkit.model.uses import Used
from grantkit.model.window import Window
from grantkit.model.wording import iso, plainly
from grantkit.policy import Layer, names_left


@attrs.frozen
class RulesAdopted:
    """The first command under a new rule set: its document is kept by this digest."""

    kind: ClassVar[str] = "rules_adopted"
    digest: str
    name: str

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"digest": self.digest, "name": self.name}

    def __str__(self) -> str:
        return f"rules {self.name or 'without a name'} ({self.digest[:12]})"


@attrs.frozen
class Granted:
    """A grant came about."""

    kind: ClassVar[str] = "granted"
    grant: Grant

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data: what was consented to, without what the event says or what became of it."""
        elsewhere = ("tenant", "rules", "consent_seq", "version", "ended", "solved")
        return {"grant": {key: value for key, value in self.grant.to_data().items() if key not in elsewhere}}

    def __str__(self) -> str:
        grant = self.grant
        return f"{grant} to {grant.holder} for {grant.scope}, {', '.join(grant.policies)}, {lasting(grant)}"


@attrs.frozen
class Confirmed:
    """A grant was asked for again, with a key, and stands as it is (P6)."""

    kind: ClassVar[str] = "confirmed"
    grant_id: str

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"grant_id": self.grant_id}

    def __str__(self) -> str:
        return f"grant {self.grant_id} stands"


@attrs.frozen(kw_only=True)
class Terms:
    """
    What an amendment may change.

    Attributes:
        window: When the grant holds.
        term: How its end was expressed.
        layers: What it permits.
        demands: Written permissions demanded, pinned.
        entry_required: Whether a session must be entered first, pinned.
    """

    window: Window
    term: Term | None
    layers: tuple[Layer, ...]
    demands: tuple[Demand, ...]
    entry_required: bool

    @property
    def ends_at(self) -> datetime | OpenEnded:
        """The first instant at which the grant no longer holds."""
        return self.window.ends_at

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the policies consented to, sorted."""
        return names_left(self.layers)

    def to_data(self) -> dict[str, Plain]:
        """Return the terms as plain data."""
        return {
            "window": self.window.to_data(),
            "term": None if self.term is None else self.term.to_data(),
            "layers": [layer.to_data() for layer in self.layers],
            "demands": [demand.to_data() for demand in self.demands],
            "entry_required": self.entry_required,
        }


@attrs.frozen(kw_only=True)
class Amended:
    """The terms of a live grant changed; the old ones are kept beside the new (T7)."""

    kind: ClassVar[str] = "amended"
    grant_id: str
    old: Terms
    new: Terms
    approval: Approval | None

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {
            "grant_id": self.grant_id,
            "old": self.old.to_data(),
            "new": self.new.to_data(),
            "approval": None if self.approval is None else self.approval.to_data(),
        }

    def __str__(self) -> str:
        changes: list[str] = []
        if self.old.window != self.new.window:
            changes.append(f"{until(self.new.window)} (was {until(self.old.window)})")
        if self.old.policies != self.new.policies:
            changes.append(f"{listed_names(self.new.policies)} (was {listed_names(self.old.policies)})")
        return f"grant {self.grant_id} now {', '.join(changes) or 'as before'}"


@attrs.frozen
class Revoked:
    """The tenant's side, or whom the rules let stop it, ended a grant."""

    kind: ClassVar[str] = "revoked"
    grant_id: str

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"grant_id": self.grant_id}

    def __str__(self) -> str:
        return f"grant {self.grant_id}"


@attrs.frozen
class Relinquished:
    """The holder gave a grant back."""

    kind: ClassVar[str] = "relinquished"
    grant_id: str

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"grant_id": self.grant_id}

    def __str__(self) -> str:
        return f"grant {self.grant_id}"


@attrs.frozen
class EndRecorded:
    """A grant had ended by itself, and a sweep recorded it, once."""

    kind: ClassVar[str] = "ended"
    grant_id: str
    how: Ending

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"grant_id": self.grant_id, "how": self.how.value}

    def __str__(self) -> str:
        return f"grant {self.grant_id} ({self.how.value})"


@attrs.frozen
class ClockCorrected:
    """The record had run ahead of the clock and was set back: the audited way out of a clock that was wrong."""

    kind: ClassVar[str] = "clock_corrected"
    seen_at: datetime

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"seen_at": iso(self.seen_at)}

    def __str__(self) -> str:
        return f"to {plainly(self.seen_at)}"


@attrs.frozen
class Erased:
    """
    Texts are gone for good, here and in what decisions read; the chain stands without them.

    Attributes:
        texts: Which, by the sequence of their event and what they were there.
        grants: The grants whose rows lose a text.
        keys: The idempotency keys whose payload is gone, as actor, verb and key.
        consents: The consents whose rows lose a text.
        requests: The requests whose rows lose a text.
        sessions: The sessions whose rows lose a text.
    """

    kind: ClassVar[str] = "erased"
    texts: tuple[TextKey, ...]
    grants: tuple[str, ...] = ()
    keys: tuple[KeyUse, ...] = ()
    consents: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        # The later ones only where they say something: what was sealed before there were any keeps its bytes.
        later: dict[str, Plain] = {
            "consents": list(self.consents),
            "requests": list(self.requests),
            "sessions": list(self.sessions),
        }
        return {
            "texts": [[seq, what] for seq, what in self.texts],
            "grants": list(self.grants),
            "keys": [[list(actor), verb, key] for actor, verb, key in self.keys],
            **{key: value for key, value in later.items() if value},
        }

    def __str__(self) -> str:
        events = sorted({seq for seq, _ in self.texts})
        return f"texts of {'event' if len(events) == 1 else 'events'} {', '.join(map(str, events))}"


@attrs.frozen
class TenantForgotten:
    """
    A tenant's whole record was deleted; its last head stays here, in the vendor's own record.

    Attributes:
        head: Where the record stood.
    """

    kind: ClassVar[str] = "tenant_forgotten"
    head: LedgerHead

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"head": self.head.to_data()}

    def __str__(self) -> str:
        return f"tenant {self.head.tenant}, whose record stood at {self.head.seq}"


Body: TypeAlias = (
    RulesAdopted
    | Granted
    | Consented
    | Requested
    | StepOpened
    | Approved
    | Denied
    | Withdrawn
    | Lapsed
    | ConsentEnded
    | Confirmed
    | Amended
    | Revoked
    | Relinquished
    | EndRecorded
    | TicketLinked
    | TicketSolved
    | Entered
    | Left
    | Used
    | CutOff
    | Frozen
    | Unfrozen
    | Suspended
    | Reinstated
    | ClockCorrected
    | Erased
    | TenantForgotten
)
