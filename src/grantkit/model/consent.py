"""Consent: the evidence of one answer, and consents that stand by themselves."""

from datetime import datetime
from typing import Protocol

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import every, identifier, instance_of, integer
from grantkit.model.ending import Ended, over_at
from grantkit.model.principals import Agent, Holder, Member
from grantkit.model.scope import Scope
from grantkit.model.window import Window
from grantkit.model.wording import iso
from grantkit.policy import Layer


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
    integer(f"{what}.consent_seq", row.consent_seq, least=0, most=2**53 - 1)
    if row.ended is not None:
        instance_of(f"{what}.ended", row.ended, Ended)
    if not row.layers:
        # Judged with all(), no layer at all would allow everything (vacuous truth).
        raise InvalidInput(field=f"{what}.layers", code="blank", wants="at least one layer")


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
        scope: Where.
        layers: For what; all must allow.
        window: When.
        tickets: The cases that it was given for; where there are any, what relies on it must name one of them.
        approvals: Who said yes.
        consent_seq: The sequence of its event: a cut-off at or after it silences it.
        ended: How it ended, as a fact.
    """

    id: str
    tenant: str
    flow: str
    holder: Holder
    scope: Scope
    layers: tuple[Layer, ...]
    window: Window
    tickets: frozenset[str] = frozenset()
    approvals: tuple[Approval, ...] = ()
    consent_seq: int = 1
    ended: Ended | None = None

    def __attrs_post_init__(self) -> None:
        check_row("consent", self)
        identifier("consent.flow", self.flow)

    @property
    def parent(self) -> None:
        """A consent rests on nothing else."""
        return

    @property
    def over_at(self) -> datetime:
        """The earlier of the window's end and the recorded end."""
        return over_at(self.window, self.ended)
