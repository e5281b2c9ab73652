"""Access requests: an ask, and how far its answers have come."""

from datetime import datetime
from enum import StrEnum
from typing import Self

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import boolean, every, identifier, instance_of, integer, one_of, optional
from grantkit.model.consent import Approval
from grantkit.model.principals import Actor, Agent, Holder, Member
from grantkit.model.record import MOST_SEQ
from grantkit.model.scope import Scope
from grantkit.model.terms import TERM_TYPES, OpenEnded, Term
from grantkit.model.window import NEVER
from grantkit.model.wording import iso
from grantkit.policy import Layer, names_left

YIELDS = ("grant", "consent")
NO_END = OpenEnded()


class Settling(StrEnum):
    """The ways in which a request is settled, as facts; all kept apart (B6)."""

    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    CUT_OFF = "cut_off"


@attrs.frozen
class Settled:
    """
    How a request was settled, as the record says.

    Attributes:
        how: Which way.
        at: The time of the event.
        by: Who did it, or which job recorded it.
        seq: The sequence of the event.
        reason: Why it was denied, in the words of whoever denied it; erasable.
    """

    how: Settling
    at: datetime
    by: Actor
    seq: int
    reason: str = ""

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        why = {"reason": self.reason} if self.reason else {}
        return {"how": self.how.value, "at": iso(self.at), "by": self.by.to_data(), "seq": self.seq, **why}


@attrs.frozen(kw_only=True)
class Ask:
    """
    The exact terms that a request asks for, with the term and not an instant; immutable but by narrowing.

    Attributes:
        holder: For whom.
        as_team: For an agent: in whose capacity.
        act_as: As which member, or ``None``.
        scope: Where.
        layers: For what: what is asked for, each narrowing of it, and the ceilings in force when it was asked.
        terms: Until when: what was asked for, then each shorter end that an approver chose; the earliest end binds.
        starts: A start asked for that lies ahead; ``None`` is the last approval (B3).
        ends_by: The earliest end that an approver was shown: no later end comes of it (J5).
    """

    holder: Holder
    as_team: str | None = None
    act_as: str | None = None
    scope: Scope
    layers: tuple[Layer, ...]
    terms: tuple[Term, ...]
    starts: datetime | None = None
    ends_by: datetime | OpenEnded = NO_END

    def __attrs_post_init__(self) -> None:
        instance_of("request.holder", self.holder, Holder)
        for field in ("as_team", "act_as"):
            optional(identifier, f"request.{field}", getattr(self, field))
        instance_of("request.scope", self.scope, Scope)
        every("request.layers", self.layers, tuple, Layer)
        every("request.terms", self.terms, tuple, *TERM_TYPES)
        if not self.layers or not self.terms:
            # Judged with all(), no layer at all would allow everything (vacuous truth).
            raise InvalidInput(field="request.layers", code="blank", wants="at least one layer and one term")

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the policies that are left after all narrowing, sorted."""
        return names_left(self.layers)

    @property
    def latest(self) -> datetime:
        """The instant that no end of it lies past, ``NEVER`` where nobody was shown one."""
        return NEVER if isinstance(self.ends_by, OpenEnded) else self.ends_by

    def shown(self, ends_by: datetime | OpenEnded) -> Self:
        """Return the terms after somebody agreed to them who was shown *ends_by*: the earliest end shown binds."""
        at = NEVER if isinstance(ends_by, OpenEnded) else ends_by
        return attrs.evolve(self, ends_by=ends_by) if at < self.latest else self

    def to_data(self) -> dict[str, Plain]:
        """Return the terms as plain data."""
        ends_by = self.ends_by
        return {
            "holder": {"kind": self.holder.kind, "id": self.holder.id},
            "as_team": self.as_team,
            "act_as": self.act_as,
            "scope": self.scope.to_data(),
            "layers": [layer.to_data() for layer in self.layers],
            "terms": [term.to_data() for term in self.terms],
            "starts": None if self.starts is None else iso(self.starts),
            "ends_by": "open_ended" if isinstance(ends_by, OpenEnded) else iso(ends_by),
        }


@attrs.frozen(kw_only=True)
class AccessRequest:
    """
    An ask, and how far its answers have come. What it asks for never changes but by narrowing.

    Attributes:
        id: Opaque.
        tenant: Who is asked.
        flow: By which flow.
        flow_digest: The digest of that flow: if the flow changes, the request can be approved no more.
        yields: ``"grant"`` or ``"consent"``.
        by: Who asks, without their name.
        ask: The terms, as narrowed so far.
        reason: Why; erasable.
        category: The typed category of the reason, where the flow has some.
        tickets: References.
        until_tickets: Whether what comes of it is bound to its tickets, and ends with the last of them.
        rules: The digest of the rules that it was asked under.
        parent: The consent under which it would be, where the flow stands under one.
        approvals: The answers so far, in order.
        beforehand: The approval that a tenant starter gave by asking, until the step that it answers opens.
        step: The index of the open step.
        awaits: Who may answer it, as selectors.
        needs: How many more answers it takes.
        lapses_at: When the open step lapses by itself.
        seq: The sequence of the event that asked: a cut-off at or after it ends the request (B3).
        asked_at: The time of that event; ``None`` before it is recorded.
        settled: How it was settled, as a fact.
        gave: The id of the grant or consent that came of it.
    """

    id: str
    tenant: str
    flow: str
    flow_digest: str
    yields: str
    by: Agent | Member
    ask: Ask
    reason: str = ""
    category: str | None = None
    tickets: frozenset[str] = frozenset()
    until_tickets: bool = False
    rules: str = ""
    parent: str | None = None
    approvals: tuple[Approval, ...] = ()
    beforehand: Approval | None = None
    step: int = 0
    awaits: tuple[str, ...] = ()
    needs: int = 1
    lapses_at: datetime | OpenEnded = NO_END
    seq: int = 1
    asked_at: datetime | None = None
    settled: Settled | None = None
    gave: str | None = None

    def __attrs_post_init__(self) -> None:
        identifier("request.id", self.id)
        identifier("request.tenant", self.tenant)
        identifier("request.flow", self.flow)
        one_of("request.yields", self.yields, YIELDS)
        instance_of("request.by", self.by, Agent, Member)
        instance_of("request.ask", self.ask, Ask)
        every("request.tickets", self.tickets, frozenset, str)
        boolean("request.until_tickets", self.until_tickets)
        every("request.approvals", self.approvals, tuple, Approval)
        every("request.awaits", self.awaits, tuple, str)
        integer("request.step", self.step, least=0, most=MOST_SEQ)
        integer("request.needs", self.needs, least=0, most=MOST_SEQ)
        integer("request.seq", self.seq, least=0, most=MOST_SEQ)
        for field in ("parent", "gave"):
            optional(identifier, f"request.{field}", getattr(self, field))
        if self.settled is not None:
            instance_of("request.settled", self.settled, Settled)

    @property
    def holder(self) -> Holder:
        """For whom it is."""
        return self.ask.holder

    @property
    def scope(self) -> Scope:
        """Where it would hold."""
        return self.ask.scope

    @property
    def as_team(self) -> str | None:
        """For an agent: in whose capacity they would act."""
        return self.ask.as_team

    @property
    def act_as(self) -> str | None:
        """As which member, or ``None``."""
        return self.ask.act_as

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What it would permit, after all narrowing."""
        return self.ask.layers

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the policies that it would have, after all narrowing, sorted."""
        return self.ask.policies

    @property
    def lapses(self) -> datetime:
        """When the open step lapses, an instant after every other for never; for comparing only."""
        return NEVER if isinstance(self.lapses_at, OpenEnded) else self.lapses_at

    def to_data(self) -> dict[str, Plain]:
        """Return the request as plain data, as it stands."""
        lapses_at = self.lapses_at
        return {
            "id": self.id,
            "tenant": self.tenant,
            "flow": self.flow,
            "flow_digest": self.flow_digest,
            "yields": self.yields,
            "by": self.by.to_data(),
            "ask": self.ask.to_data(),
            "reason": self.reason,
            "category": self.category,
            "tickets": sorted(self.tickets),
            **({"until_tickets": True} if self.until_tickets else {}),
            "rules": self.rules,
            "parent": self.parent,
            "approvals": [approval.to_data() for approval in self.approvals],
            "beforehand": None if self.beforehand is None else self.beforehand.to_data(),
            "step": self.step,
            "awaits": list(self.awaits),
            "needs": self.needs,
            "lapses_at": "open_ended" if isinstance(lapses_at, OpenEnded) else iso(lapses_at),
            "seq": self.seq,
            # Only in rows: the event that asks says it by its own time.
            **({} if self.asked_at is None else {"asked_at": iso(self.asked_at)}),
            "settled": None if self.settled is None else self.settled.to_data(),
            "gave": self.gave,
        }

    def __str__(self) -> str:
        return f"request {self.id}"
