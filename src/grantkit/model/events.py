"""Events: what happened, one envelope and one body each. Frozen; never edited, never subclassed."""

from datetime import datetime
from typing import ClassVar, TypeAlias

import attrs

from grantkit.canonical import Plain
from grantkit.model.consent import Approval, Demand
from grantkit.model.ending import Ending
from grantkit.model.grant import Grant
from grantkit.model.principals import Actor, System
from grantkit.model.rows import Retry
from grantkit.model.terms import OpenEnded, Term
from grantkit.model.window import Window
from grantkit.model.wording import iso, plainly
from grantkit.policy import Layer


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
        """Return the body as plain data."""
        return {"grant": self.grant.to_data()}

    def __str__(self) -> str:
        grant = self.grant
        return f"{grant} to {grant.holder} for {grant.scope}, {', '.join(grant.policies)}, {_until(grant.window)}"


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
        return tuple(
            sorted(name for layer in self.layers if layer.kind == "consented" for name in layer.names)
        )

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
            changes.append(f"{_until(self.new.window)} (was {_until(self.old.window)})")
        if self.old.policies != self.new.policies:
            changes.append(f"{_names(self.new.policies)} (was {_names(self.old.policies)})")
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
class CutOff:
    """Consent recorded up to here never counts again: for the whole tenant, or for one agent there."""

    kind: ClassVar[str] = "cut_off"
    agent: str | None

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent}

    def __str__(self) -> str:
        return _whom(self.agent)


@attrs.frozen
class Frozen:
    """A standing block: of the whole tenant, or of one agent there."""

    kind: ClassVar[str] = "frozen"
    agent: str | None

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent}

    def __str__(self) -> str:
        return _whom(self.agent)


@attrs.frozen
class Unfrozen:
    """A block was lifted, by the tenant."""

    kind: ClassVar[str] = "unfrozen"
    agent: str | None

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"agent": self.agent}

    def __str__(self) -> str:
        return _whom(self.agent)


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


Body: TypeAlias = (
    RulesAdopted
    | Granted
    | Confirmed
    | Amended
    | Revoked
    | Relinquished
    | EndRecorded
    | CutOff
    | Frozen
    | Unfrozen
    | ClockCorrected
)


@attrs.frozen(kw_only=True)
class Event:
    """
    One entry of a tenant's record.

    Attributes:
        tenant: Whose record.
        seq: From 1, without gaps.
        at: The later of the clock and the record's last event: the record never runs backwards but by
            ``clock_corrected``.
        clock: What the clock read, where that is not *at*.
        actor: Who did it, with the roles or teams asserted at the call.
        rules: The digest of the rules in force.
        body: What happened.
        retry: The idempotency key, if one was given.
    """

    tenant: str
    seq: int
    at: datetime
    clock: datetime | None
    actor: Actor
    rules: str
    body: Body
    retry: Retry | None = None

    @property
    def kind(self) -> str:
        """What happened, as one word: ``granted``, ``revoked``, ``frozen`` and so on."""
        return self.body.kind

    def to_data(self) -> dict[str, Plain]:
        """Return the event as plain data."""
        return {
            "tenant": self.tenant,
            "seq": self.seq,
            "at": iso(self.at),
            "clock": None if self.clock is None else iso(self.clock),
            "actor": self.actor.to_data(),
            "rules": self.rules,
            "kind": self.kind,
            "body": self.body.to_data(),
            "retry": None if self.retry is None else self.retry.to_data(),
        }

    def __str__(self) -> str:
        who = self.actor.id if isinstance(self.actor, System) else self.actor.name or self.actor.id
        return f"{plainly(self.at)}  #{self.seq} {self.kind} by {who}: {self.body}"


def _until(window: Window) -> str:
    ends_at = window.ends_at
    return "with no end" if isinstance(ends_at, OpenEnded) else f"until {plainly(ends_at)}"


def _names(policies: tuple[str, ...]) -> str:
    return ", ".join(policies) or "no policy"


def _whom(agent: str | None) -> str:
    return "the whole tenant" if agent is None else f"agent {agent}"
