"""What a command works on: a slice of the projection, and the act that it is part of. Never the whole history."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

import attrs

from grantkit.inputs import FrozenMap
from grantkit.model import (
    HEAD,
    AccessRequest,
    Actor,
    Agent,
    Body,
    Consent,
    Cut,
    Grant,
    Head,
    Holder,
    KeyUse,
    Retry,
    Row,
    RowKey,
    Session,
    Stance,
    Usage,
    agent_key,
    consent_key,
    grant_key,
    request_key,
    session_key,
)
from grantkit.rules import AccessRules


@attrs.frozen(kw_only=True)
class Want:
    """
    What a command wants to read, in one go.

    Attributes:
        grants: Grants by id; absent ones are left out of the slice.
        consents: Consents by id, likewise.
        requests: Requests by id, likewise.
        sessions: Sessions by id, likewise.
        entered: An agent, by id, whose sessions that are not over are wanted.
        ticket: A ticket: the grants and consents are wanted that are bound to it and have no recorded end.
        usages: Usages by grant and agent, likewise.
        agents: Agents whose stance is wanted, and whether they are suspended; those whom something that is found names
            (:func:`agents_of`) are added.
        holder: Whose grants that are not over are wanted.
        alive_after: The bound for *holder* and *entered*: what has its over-at after it.
        cuts: Whether the cut-offs of the tenant are wanted, to say since when.
        document: Whether the rule document last adopted is wanted, for a brake to fall back on.
        retries: The uses of idempotency keys to look up, as actor, verb and key.
    """

    grants: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    entered: str | None = None
    ticket: str | None = None
    usages: tuple[tuple[str, str], ...] = ()
    agents: tuple[str, ...] = ()
    holder: Holder | None = None
    alive_after: datetime | None = None
    cuts: bool = False
    document: bool = False
    retries: tuple[KeyUse, ...] = ()


@attrs.frozen(kw_only=True)
class Slice:
    """
    What a store found of a :class:`Want`: one consistent snapshot.

    Attributes:
        head: Where the record stands; a tenant that was never written to has a head at 0.
        grants: The wanted grants, by id.
        consents: The wanted consents, by id.
        requests: The wanted requests, by id.
        sessions: The wanted sessions, by id.
        usages: The wanted usages, by row key.
        stances: The wanted stances, by agent; agents without one are left out.
        suspended: Of the agents whose stances are wanted, those whom the vendor has suspended.
        cuts: The cut-offs, in order, if they were wanted.
        retries: The remembered uses of the wanted idempotency keys, by row key.
        document: The bytes of the rule document last adopted, if they were wanted; ``None`` before the first.
    """

    head: Head
    grants: Mapping[str, Grant] = FrozenMap()
    consents: Mapping[str, Consent] = FrozenMap()
    requests: Mapping[str, AccessRequest] = FrozenMap()
    sessions: Mapping[str, Session] = FrozenMap()
    usages: Mapping[RowKey, Usage] = FrozenMap()
    stances: Mapping[str, Stance] = FrozenMap()
    suspended: frozenset[str] = frozenset()
    cuts: tuple[Cut, ...] = ()
    retries: Mapping[RowKey, Retry] = FrozenMap()
    document: bytes | None = None

    @property
    def rows(self) -> dict[RowKey, Row]:
        """The rows by their keys, as the fold wants them."""
        rows: dict[RowKey, Row] = {HEAD: self.head}
        rows.update({grant_key(grant.id): grant for grant in self.grants.values()})
        rows.update({consent_key(consent.id): consent for consent in self.consents.values()})
        rows.update({request_key(request.id): request for request in self.requests.values()})
        rows.update({session_key(session.id): session for session in self.sessions.values()})
        rows.update(self.usages)
        rows.update({agent_key(stance.agent): stance for stance in self.stances.values()})
        rows.update({retry.row_key: retry for retry in self.retries.values()})
        return rows

    def cut_off(self, one: Grant | Consent | AccessRequest) -> bool:
        """Whether a cut-off has silenced *one*: of the tenant, or of an agent whom it names."""
        marks = (self.stances[agent].cut_off for agent in agents_of(one) if agent in self.stances)
        return _seq(one) <= max(self.head.cut_off, *marks, 0)

    def cut_at(self, one: Grant | Consent | AccessRequest, agent: str | None = None) -> datetime | None:
        """
        Return when a cut-off silenced *one*, for everybody or for *agent*, the first that did.

        ``None`` if none has, or none were wanted.
        """
        return next((cut.at for cut in self.cuts if silences(cut, one, agent)), None)

    def frozen(self, holder: Holder) -> str | None:
        """Say what is frozen that keeps anything from being created for *holder*, or ``None``."""
        if self.head.freeze is not None:
            return "the whole tenant"
        stance = self.stances.get(holder.id) if holder.kind == "agent" else None
        return None if stance is None or stance.freeze is None else f"agent {holder.id}"

    def held_up(self, one: Grant | Consent) -> str | None:
        """Say what is frozen that keeps *one* from allowing anything: its holder, or by whose leave it is there."""
        held_up = self.frozen(one.holder)
        for agent in sorted(agents_of(one)):
            held_up = held_up or self.frozen(Holder("agent", agent))
        above = self._above(one)
        return held_up if held_up or above is None else self.held_up(above)

    def shut_out(self, one: Grant | Consent) -> bool:
        """Whether the vendor has suspended its holder, or somebody by whose leave it is there (B7)."""
        above = self._above(one)
        return bool(agents_of(one) & self.suspended) or (above is not None and self.shut_out(above))

    def _above(self, one: Grant | Consent) -> Grant | Consent | None:
        return None if one.parent is None else self.consents.get(one.parent, self.grants.get(one.parent))


def agents_of(one: Grant | Consent | AccessRequest) -> frozenset[str]:
    """Return the agents whom *one* names: its holder, whoever asks for a request, whoever handed on a grant."""
    other: Actor | None = None
    if isinstance(one, AccessRequest):
        other = one.by
    elif isinstance(one, Grant):
        other = one.added_by
    named = {other.id} if isinstance(other, Agent) else set[str]()
    return frozenset(named | ({one.holder.id} if one.holder.kind == "agent" else set()))


def silences(cut: Cut, one: Grant | Consent | AccessRequest, agent: str | None = None) -> bool:
    """Whether *cut* silenced *one*, for everybody or for *agent*: it came later, and is of all or of whom it names."""
    return cut.seq >= _seq(one) and cut.agent in {None, agent, *agents_of(one)}


def _seq(one: Grant | Consent | AccessRequest) -> int:
    return one.seq if isinstance(one, AccessRequest) else one.consent_seq


@attrs.frozen(kw_only=True)
class Act:
    """
    The circumstances of a command.

    Attributes:
        by: Who acts.
        now: What the clock reads, in UTC.
        rules: The rules in force.
        zone: Turns an IANA name into a zone; given by the shell, since zones are read from the machine.
    """

    by: Actor
    now: datetime
    rules: AccessRules
    zone: Callable[[str], tzinfo]

    def at(self, head: Head) -> datetime:
        """Return the time of the event: the later of the clock and what the record has seen."""
        return max(self.now, head.seen_at)


@attrs.frozen(kw_only=True)
class Outcome:
    """
    What a command came to.

    Attributes:
        bodies: What happened, in order; none if everything stands as it did.
        subject: The key of the row that it is about, if it is about one.
    """

    bodies: tuple[Body, ...]
    subject: RowKey | None = None
