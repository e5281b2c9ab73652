"""
Who acts: agents on the vendor's side, members on the tenant's, the system on neither.

Roles and teams are what the host asserts at the call; grantkit stores no membership, creates no member, takes no seat
(R9).
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias, TypeVar, cast, overload

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import FrozenMap, fill, identifier, identifiers, line, optional
from grantkit.policy import Resource, parse_resource


class Holder(NamedTuple):
    """Who holds a grant: a kind (``"agent"`` or ``"team"``) and an id; the pair is the key, everywhere."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@attrs.frozen(init=False, slots=False)
class Agent:
    """
    A person or service on the vendor's side.

    Attributes:
        id: An id; never reissued to somebody else.
        teams: The teams that the agent is in now, as the host says.
        name: For people to read; erasable.
        via: The grant under which a support session runs, if one does; adapters set it.
    """

    id: str
    teams: frozenset[str]
    name: str | None
    via: str | None

    def __init__(
        self, id: str, teams: Iterable[str] = frozenset(), name: str | None = None, via: str | None = None
    ) -> None:
        fill(
            self,
            identifier("agent.id", id),
            identifiers("agent.teams", teams),
            optional(line, "agent.name", name),
            optional(identifier, "agent.via", via),
        )

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """As whom the agent may hold grants: as itself, and as each team."""
        return (Holder("agent", self.id), *(Holder("team", team) for team in sorted(self.teams)))

    def under(self, via: str) -> "Agent":
        """Return the same agent in a session that runs under the grant *via*: there they can consent to nothing."""
        return _put_under(self, via)

    def to_data(self) -> dict[str, Plain]:
        """Return the agent as plain data."""
        return {
            "kind": "agent",
            "id": self.id,
            "teams": sorted(self.teams),
            "name": self.name,
            "via": self.via,
        }

    def __str__(self) -> str:
        return f"agent {self.id}"


@attrs.frozen(init=False, slots=False)
class Member:
    """
    A person on the tenant's side.

    >>> Member("m-ben", tenant="acme", roles={"member"}, roles_on={"account:ben": {"owner"}}).holds("owner")
    False

    Attributes:
        id: An id; never reissued to somebody else.
        tenant: The one tenant that this person acts for here.
        roles: Roles held for the tenant, hence over everything in it.
        roles_on: Roles held on one resource only, by resource.
        name: For people to read; erasable.
        via: The grant under which a support session runs, if one does; adapters set it.
    """

    id: str
    tenant: str
    roles: frozenset[str]
    roles_on: Mapping[Resource, frozenset[str]]
    name: str | None
    via: str | None

    def __init__(
        self,
        id: str,
        tenant: str,
        roles: Iterable[str] = frozenset(),
        name: str | None = None,
        via: str | None = None,
        *,
        roles_on: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        fill(
            self,
            identifier("member.id", id),
            identifier("member.tenant", tenant),
            identifiers("member.roles", roles),
            _roles_on({} if roles_on is None else roles_on),
            optional(line, "member.name", name),
            optional(identifier, "member.via", via),
        )

    def holds(self, role: str, over: Iterable[Resource] | None = None) -> bool:
        """
        Whether the member holds *role* over the whole of a scope.

        Args:
            role: The role, or ``"*"`` for any member.
            over: The resources of the scope; ``None`` is the tenant as a whole. A role held for the tenant covers every
                resource in it; a role held on resources covers only those, and every one of *over* must be among them.
        """
        if role == "*" or role in self.roles:
            return True
        held = [role in self.roles_on.get(resource, frozenset()) for resource in over or ()]
        return bool(held) and all(held)  # over nothing, no role is held: all() alone would say otherwise

    def holds_somewhere(self, role: str) -> bool:
        """Whether the member holds *role* for the tenant or on some resource."""
        return self.holds(role) or any(role in roles for roles in self.roles_on.values())

    def under(self, via: str) -> "Member":
        """Return the same member in an agent's session that runs under the grant *via*: it can consent to nothing."""
        return _put_under(self, via)

    def to_data(self) -> dict[str, Plain]:
        """Return the member as plain data."""
        roles_on: dict[str, Plain] = {
            str(resource): sorted(roles) for resource, roles in self.roles_on.items()
        }
        return {
            "kind": "member",
            "id": self.id,
            "tenant": self.tenant,
            "roles": sorted(self.roles),
            "roles_on": roles_on,
            "name": self.name,
            "via": self.via,
        }

    def __str__(self) -> str:
        return f"member {self.id}"


def _roles_on(value: object) -> FrozenMap[Resource, frozenset[str]]:
    if not isinstance(value, Mapping):
        raise InvalidInput(field="member.roles_on", code="wrong_type", wants="a mapping of resource to roles")
    pairs = cast("Mapping[object, object]", value).items()
    return FrozenMap(
        (parse_resource("member.roles_on", key), identifiers(f"member.roles_on.{key}", roles))
        for key, roles in pairs
    )


@attrs.frozen(init=False)
class System:
    """A job of the host, such as a sweep or a ticket hook; it narrows and records, and never consents."""

    name: str

    def __init__(self, name: str) -> None:
        fill(self, identifier("system.name", name))

    @property
    def id(self) -> str:
        """The name, under the word that the other principals use."""
        return self.name

    @property
    def via(self) -> None:
        """A job runs in no support session."""

    def to_data(self) -> dict[str, Plain]:
        """Return the system as plain data."""
        return {"kind": "system", "id": self.name}

    def __str__(self) -> str:
        return f"system {self.name}"


@attrs.frozen(init=False)
class Team:
    """A team of the vendor, to grant to: each decision and each use still names the individual agent (M9)."""

    id: str

    def __init__(self, id: str) -> None:
        fill(self, identifier("team.id", id))

    @property
    def holder(self) -> Holder:
        """The team as the key under which its grants lie."""
        return Holder("team", self.id)

    def __str__(self) -> str:
        return f"team {self.id}"


Actor: TypeAlias = Agent | Member | System
"""Whoever can stand in ``by=``."""
Grantee: TypeAlias = Agent | Team
"""Whoever can stand in ``to=``."""
P = TypeVar("P", bound=Agent | Member)


@overload
def nameless(actor: Agent) -> Agent: ...
@overload
def nameless(actor: Member) -> Member: ...
@overload
def nameless(actor: Agent | Member) -> Agent | Member: ...
@overload
def nameless(actor: Actor) -> Actor: ...
def nameless(actor: Actor) -> Actor:
    """Return *actor* without the name: rows and evidence keep ids, and the name is a text of the event that can go."""
    return named(actor, None)


def named(actor: Actor, name: str | None) -> Actor:
    """Return *actor* under another name, or none; a system's is its id and stays."""
    if isinstance(actor, System) or actor.name == name:
        return actor
    return _altered(actor, name, actor.via)


def _put_under(actor: P, via: str) -> P:
    return _altered(actor, actor.name, identifier("via", via))


def _altered(actor: P, name: str | None, via: str | None) -> P:
    """Return a copy, made without judging again what has been judged: this is on every path that writes."""
    found = object.__new__(type(actor))
    if isinstance(actor, Agent):
        fill(found, actor.id, actor.teams, name, via)
    else:
        fill(found, actor.id, actor.tenant, actor.roles, actor.roles_on, name, via)
    return found


def holder_of(grantee: Grantee) -> Holder:
    """Return the key under which the grants of *grantee* lie."""
    return grantee.holder if isinstance(grantee, Team) else grantee.holders[0]
