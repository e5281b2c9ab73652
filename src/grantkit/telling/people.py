"""People who are told: readers with an address, and the audiences that name them."""

from typing import Literal, TypeAlias

import attrs

from grantkit.inputs import identifier, line, one_of, optional
from grantkit.model import Agent, Holder, Member, Scope

Side: TypeAlias = Literal["member", "agent"]


@attrs.frozen(kw_only=True)
class Reader:
    """
    Somebody who can be told something, as the host's directory knows them.

    Attributes:
        side: ``"member"``, of the tenant, or ``"agent"``, of the vendor.
        id: Their id, the one that they act under.
        name: What they are called; the id where the host says nothing.
        address: Where they are reached, in whatever form the notifier takes it. What ``None`` means is for the notifier
            to say: a page in the product needs none, and a mail cannot be sent without.
        zone: The IANA name of the zone in which they read times; UTC where the host says nothing.
    """

    side: Side
    id: str
    name: str | None = None
    address: str | None = None
    zone: str | None = None

    def __attrs_post_init__(self) -> None:
        one_of("reader.side", self.side, ("member", "agent"))
        identifier("reader.id", self.id)
        optional(line, "reader.name", self.name)
        optional(line, "reader.address", self.address)
        optional(line, "reader.zone", self.zone)

    @property
    def key(self) -> tuple[str, str]:
        """What tells readers apart: a member and an agent may have one id."""
        return self.side, self.id


@attrs.frozen(kw_only=True)
class Role:
    """Every member who holds a role over the whole of a scope; ``"*"`` is any member of the tenant."""

    role: str
    scope: Scope


@attrs.frozen
class TeamOf:
    """Every agent in a team of the vendor; ``"*"`` is any agent."""

    team: str


@attrs.frozen
class Person:
    """One person, by side and id."""

    side: Side
    id: str


Whom: TypeAlias = Role | TeamOf | Person
"""One part of an audience, as it is put to the directory."""


def person_of(actor: Agent | Member) -> Person:
    """Return whom an actor is, to be told."""
    return Person("agent" if isinstance(actor, Agent) else "member", actor.id)


def whom_of(holder: Holder) -> Whom:
    """Return who holds something, to be told: an agent, or everybody in a team."""
    return TeamOf(holder.id) if holder.kind == "team" else Person("agent", holder.id)
