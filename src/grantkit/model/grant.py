"""Grants: consent made effective for a holder."""

from datetime import datetime
from typing import Any, cast

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import boolean, every, identifier, instance_of, integer, optional
from grantkit.model.consent import Approval, Demand, bound_data, check_row
from grantkit.model.ending import Ended, over_at
from grantkit.model.principals import Agent, Grantee, Holder, Team, holder_of
from grantkit.model.scope import Scope
from grantkit.model.terms import OpenEnded, Term
from grantkit.model.window import Window
from grantkit.policy import Layer, names_left

_MOST = 2**53 - 1


def _holder(value: Holder | Grantee) -> Holder:
    instance_of("grant.holder", value, Holder, Agent, Team)
    return value if isinstance(value, Holder) else holder_of(value)


@attrs.frozen(kw_only=True)
class Grant:
    """
    Consent made effective for a holder. A value, never a capability: holding one in hand allows nothing.

    Attributes:
        id: Opaque.
        tenant: Whose data is at stake.
        holder: An agent or a team; an :class:`Agent` or :class:`Team` is taken for its key.
        scope: Where it holds.
        layers: What it permits: every layer must allow. One of them is of kind ``consented``.
        window: When it holds, half-open.
        flow: The flow by which it came about.
        as_team: For an agent: the team in whose capacity it acts; the agent must be in it to count.
        act_as: The member as whom the holder may act, or ``None``.
        term: How the end was expressed, with its zone.
        reason: Why, in the words of whoever consented; erasable.
        category: The typed category of the reason, where the flow has categories (B5).
        tickets: References; they end nothing by themselves, unless the grant is bound to them.
        until_tickets: Whether the grant is bound to its tickets: it ends with the last of them, if not before (R14).
        solved: Of these tickets, those that are solved (R12).
        rules: The digest of the rules in force at consent.
        demands: Written permissions that those rules demanded, pinned.
        entry_required: Whether those rules wanted a session entered first, pinned.
        consenting_roles: The tenant roles that could consent to it then; whoever holds one may revoke it, also when
            the rules have changed since.
        approvals: Who said yes, with what they saw.
        request: The request that it answers; ``None`` marks it as unsolicited (M13).
        parent: The consent or grant that it rests on.
        added_by: Who handed it on, with the teams they were in then; ``None`` for a grant that nobody handed on. While
            they are frozen, cut off or suspended, it allows nothing, as their own would not (I-15).
        clipped: Whether it ends earlier than its term says, because what it rests on does.
        consent_seq: The sequence of the consenting event: a cut-off at or after it silences the grant.
        version: Goes up by one with each amendment, and with its end; updates carry the version that they were based
            on (T13).
        ended: How it ended, as a fact; ``None`` while only time may have ended it.
    """

    id: str
    tenant: str
    holder: Holder = attrs.field(converter=_holder)
    scope: Scope
    layers: tuple[Layer, ...]
    window: Window
    flow: str = "access"
    as_team: str | None = None
    act_as: str | None = None
    term: Term | None = None
    reason: str = ""
    category: str | None = None
    tickets: frozenset[str] = frozenset()
    until_tickets: bool = False
    solved: frozenset[str] = frozenset()
    rules: str = ""
    demands: tuple[Demand, ...] = ()
    entry_required: bool = False
    consenting_roles: frozenset[str] = frozenset()
    approvals: tuple[Approval, ...] = ()
    request: str | None = None
    parent: str | None = None
    added_by: Agent | None = None
    clipped: bool = False
    consent_seq: int = 1
    version: int = 1
    ended: Ended | None = None

    def __attrs_post_init__(self) -> None:
        # A row that a store read wrongly must not become an allow: None in place of demands would be no demands.
        check_row("grant", cast("Any", self))  # pyright takes the field with a converter for a descriptor
        for field in ("as_team", "act_as", "parent", "request"):
            optional(identifier, f"grant.{field}", getattr(self, field))
        if self.added_by is not None:
            instance_of("grant.added_by", self.added_by, Agent)
        every("grant.demands", self.demands, tuple, Demand)
        every("grant.approvals", self.approvals, tuple, Approval)
        every("grant.consenting_roles", self.consenting_roles, frozenset, str)
        boolean("grant.entry_required", self.entry_required)
        boolean("grant.clipped", self.clipped)
        integer("grant.version", self.version, least=1, most=_MOST)
        if sum(layer.kind == "consented" for layer in self.layers) > 1:
            raise InvalidInput(
                field="grant.layers", code="duplicate", wants="one layer of kind consented at the most"
            )

    @property
    def starts_at(self) -> datetime:
        """The first instant at which it holds."""
        return self.window.starts_at

    @property
    def ends_at(self) -> datetime | OpenEnded:
        """The first instant at which it no longer holds."""
        return self.window.ends_at

    @property
    def over_at(self) -> datetime:
        """The earlier of the window's end and the recorded end."""
        return over_at(self.window, self.ended)

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the policies that were consented to, without those that an approver dropped, sorted."""
        return names_left(self.layers)

    @property
    def unsolicited(self) -> bool:
        """Whether it answers no request (M13)."""
        return self.request is None

    @property
    def open_tickets(self) -> frozenset[str]:
        """The tickets that are not solved; what is bound to them stands while there is one."""
        return self.tickets - self.solved

    def to_data(self) -> dict[str, Plain]:
        """Return the grant as plain data, as it stands."""
        return {
            "id": self.id,
            "tenant": self.tenant,
            "holder": {"kind": self.holder.kind, "id": self.holder.id},
            "scope": self.scope.to_data(),
            "layers": [layer.to_data() for layer in self.layers],
            "window": self.window.to_data(),
            "flow": self.flow,
            "as_team": self.as_team,
            "act_as": self.act_as,
            "term": None if self.term is None else self.term.to_data(),
            "reason": self.reason,
            "category": self.category,
            "tickets": sorted(self.tickets),
            **bound_data(until_tickets=self.until_tickets, solved=self.solved),
            "rules": self.rules,
            "demands": [demand.to_data() for demand in self.demands],
            "entry_required": self.entry_required,
            "consenting_roles": sorted(self.consenting_roles),
            "approvals": [approval.to_data() for approval in self.approvals],
            "request": self.request,
            "parent": self.parent,
            # Only where they say something: what was sealed before there were such things keeps its bytes.
            **({} if self.added_by is None else {"added_by": self.added_by.to_data()}),
            **({"clipped": True} if self.clipped else {}),
            "consent_seq": self.consent_seq,
            "version": self.version,
            "ended": None if self.ended is None else self.ended.to_data(),
        }

    def __str__(self) -> str:
        return f"grant {self.id}"
