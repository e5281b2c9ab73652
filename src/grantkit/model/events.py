"""Events: one envelope around what happened. Frozen; never edited, never subclassed."""

from datetime import datetime

import attrs

from grantkit.canonical import Plain
from grantkit.model.bodies import Body
from grantkit.model.principals import Actor, System
from grantkit.model.record import NO_HASH
from grantkit.model.rows import Retry
from grantkit.model.wording import iso, plainly


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
        hash: What the chain commits to, set when it is sealed; it covers everything above, the texts by commitment, and
            the hash of the event before.
    """

    tenant: str
    seq: int
    at: datetime
    clock: datetime | None
    actor: Actor
    rules: str
    body: Body
    retry: Retry | None = None
    hash: str = NO_HASH

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
