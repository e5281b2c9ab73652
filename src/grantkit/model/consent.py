"""Consent: the evidence of one answer, and consents that stand by themselves."""

from datetime import datetime
from typing import Protocol

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import boolean, every, identifier, instance_of, integer, optional
from grantkit.model.ending import Ended, over_at
from grantkit.model.principals import Agent, Holder, Member
from grantkit.model.scope import Scope
from grantkit.model.terms import OpenEnded, Term
from grantkit.model.window import Window
from grantkit.model.wording import iso
from grantkit.policy import Layer, names_left


class _Row(Protocol):
    """What grants and consents have in common."""

    @property
    def id(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def holder(self) -> Holder: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def layers(self) -> tuple[Layer, ...]: ...
    @property
    def window(self) -> Window: ...
    @property
    def tickets(self) -> frozenset[str]: ...
    @property
    def until_tickets(self) -> bool: ...
    @property
    def solved(self) -> frozenset[str]: ...
    @property
    def consent_seq(self) -> int: ...
    @property
    def ended(self) -> Ended | None: ...


def check_row(what: str, row: _Row) -> None:
    """Refuse a grant or consent whose fields are not what they should be, naming the first."""
    identifier(f"{what}.id", row.id)
    identifier(f"{what}.tenant", row.tenant)
    instance_of(f"{what}.holder", row.holder, Holder)
    instance_of(f"{what}.scope", row.scope, Scope)
    instance_of(f"{what}.window", row.window, Window)
    every(f"{what}.layers", row.layers, tuple, Layer)
    every(f"{what}.tickets", row.tickets, frozenset, str)
    every(f"{what}.solved", row.solved, frozenset, str)
    boolean(f"{what}.until_tickets", row.until_tickets)
    integer(f"{what}.consent_seq", row.consent_seq, least=0, most=2**53 - 1)
    if row.ended is not None:
        instance_of(f"{what}.ended", row.ended, Ended)
    if not row.layers:
        # Judged with all(), no layer at all would allow everything (vacuous truth).
        raise InvalidInput(field=f"{what}.layers", code="blank", wants="at least one layer")


def bound_data(*, until_tickets: bool, solved: frozenset[str]) -> dict[str, Plain]:
    """Return what binds a row to tickets, where it is bound: what was sealed before any was keeps its bytes."""
    bound: dict[str, Plain] = {"until_tickets": True} if until_tickets else {}
    return {**bound, "solved": sorted(solved)} if solved else bound


def _spelled(at: datetime | OpenEnded | None) -> str | None:
    return "open_ended" if isinstance(at, OpenEnded) else None if at is None else iso(at)


@attrs.frozen(kw_only=True)
class Approval:
    """
    One person's yes, as sealed in the record: who, in what role, by which channel, and what they saw and typed.

    Attributes:
        by: The person, with the roles that the host asserted when they decided (I-11), and without their name: that is
            a text that can be erased, and the event has it.
        selector: The selector of the flow that entitled them, such as ``tenant:admin``.
        at: When, in UTC.
        channel: ``in_product``, or another channel that carries a *reference*.
        reference: The ticket or message in which they said so; erasable.
        text: The version of the text that they were shown (M12).
        text_digest: The SHA-256 of that text, where the host gave it.
        ends_by: The end that they were shown: none later comes of it (J5); ``None`` for an act of their own.
        word: The word that they typed, where the flow asks for one (P4).
        digest: The digest of the exact terms that they agreed to.
        seq: The sequence of the event that it was sealed in; ``None`` before.
    """

    by: Member | Agent
    selector: str
    at: datetime
    channel: str = "in_product"
    reference: str | None = None
    text: str | None = None
    text_digest: str | None = None
    ends_by: datetime | OpenEnded | None = None
    word: str | None = None
    digest: str
    seq: int | None = None

    def to_data(self) -> dict[str, Plain]:
        """Return the approval as plain data."""
        return {
            "by": self.by.to_data(),
            "selector": self.selector,
            "at": iso(self.at),
            "channel": self.channel,
            "reference": self.reference,
            "text": self.text,
            "text_digest": self.text_digest,
            "ends_by": _spelled(self.ends_by),
            "word": self.word,
            "digest": self.digest,
            "seq": self.seq,
        }


@attrs.frozen(kw_only=True)
class Demand:
    """
    A written permission that was demanded when a grant was consented to, pinned with it.

    Attributes:
        beyond: Whatever this layer does not allow needs the permission; unknown actions are beyond.
        needs: The flow whose live consent is the permission.
    """

    beyond: Layer
    needs: str

    def to_data(self) -> dict[str, Plain]:
        """Return the demand as plain data."""
        return {"beyond": self.beyond.to_data(), "needs": self.needs}


@attrs.frozen(kw_only=True)
class Consent:
    """
    Consent that allows nothing by itself: what grants may rest on, and what written permissions are.

    Attributes:
        id: Opaque.
        tenant: Whose consent.
        flow: The flow that it came about by.
        holder: For whom.
        as_team: For an agent: the team in whose capacity.
        scope: Where.
        layers: For what; all must allow.
        window: When.
        term: How its end was expressed, with its zone.
        reason: Why; erasable.
        category: The typed category of the reason, where the flow has some.
        tickets: The cases that it was given for; where there are any, what relies on it must name one of them.
        until_tickets: Whether it is bound to them: it ends with the last of them, if not before.
        solved: Of these tickets, those that are solved.
        rules: The digest of the rules in force at consent.
        consenting_roles: The tenant roles that could consent to it then; whoever holds one may revoke it.
        approvals: Who said yes.
        request: The request that it answers; ``None`` where the tenant gave it unasked.
        consent_seq: The sequence of its event: a cut-off at or after it silences it.
        ended: How it ended, as a fact.
    """

    id: str
    tenant: str
    flow: str
    holder: Holder
    as_team: str | None = None
    scope: Scope
    layers: tuple[Layer, ...]
    window: Window
    term: Term | None = None
    reason: str = ""
    category: str | None = None
    tickets: frozenset[str] = frozenset()
    until_tickets: bool = False
    solved: frozenset[str] = frozenset()
    rules: str = ""
    consenting_roles: frozenset[str] = frozenset()
    approvals: tuple[Approval, ...] = ()
    request: str | None = None
    consent_seq: int = 1
    ended: Ended | None = None

    def __attrs_post_init__(self) -> None:
        check_row("consent", self)
        identifier("consent.flow", self.flow)
        for field in ("as_team", "request"):
            optional(identifier, f"consent.{field}", getattr(self, field))
        every("consent.approvals", self.approvals, tuple, Approval)
        every("consent.consenting_roles", self.consenting_roles, frozenset, str)

    @property
    def parent(self) -> None:
        """A consent rests on nothing else."""
        return

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
    def open_tickets(self) -> frozenset[str]:
        """The tickets that are not solved; what is bound to them stands while there is one."""
        return self.tickets - self.solved

    def to_data(self) -> dict[str, Plain]:
        """Return the consent as plain data, as it stands."""
        return {
            "id": self.id,
            "tenant": self.tenant,
            "flow": self.flow,
            "holder": {"kind": self.holder.kind, "id": self.holder.id},
            "as_team": self.as_team,
            "scope": self.scope.to_data(),
            "layers": [layer.to_data() for layer in self.layers],
            "window": self.window.to_data(),
            "term": None if self.term is None else self.term.to_data(),
            "reason": self.reason,
            "category": self.category,
            "tickets": sorted(self.tickets),
            **bound_data(until_tickets=self.until_tickets, solved=self.solved),
            "rules": self.rules,
            "consenting_roles": sorted(self.consenting_roles),
            "approvals": [approval.to_data() for approval in self.approvals],
            "request": self.request,
            "consent_seq": self.consent_seq,
            "ended": None if self.ended is None else self.ended.to_data(),
        }

    def __str__(self) -> str:
        return f"consent {self.id}"
