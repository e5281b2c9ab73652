"""What a timeline is made of: lanes, intervals and marks; plain values that can be sent as data."""

from datetime import datetime
from enum import StrEnum

import attrs

from grantkit.canonical import Plain
from grantkit.model import Holder, Scope
from grantkit.model.wording import iso


class LaneState(StrEnum):
    """What a thing is while it is not over."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    LIVE = "live"
    FROZEN = "frozen"
    SUSPENDED = "suspended"


@attrs.frozen(kw_only=True)
class Interval:
    """
    A stretch of time in which a thing was in one state, half-open.

    Attributes:
        state: Which.
        starts_at: Its first instant.
        ends_at: The first instant past it; ``None`` for what goes on with no end in sight.
    """

    state: LaneState
    starts_at: datetime
    ends_at: datetime | None

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {"state": self.state.value, "starts_at": iso(self.starts_at), "ends_at": _maybe(self.ends_at)}


@attrs.frozen(kw_only=True)
class Mark:
    """
    Something that happened to a thing, or under it.

    Attributes:
        kind: ``amended``, ``ticket_linked``, ``ticket_solved``, ``entered`` or ``used``.
        at: When.
        until: Of ``entered``: until when the agent was inside; ``None`` for whoever is still, and for all else.
        who: The agent or member who did it, by id.
        what: A ticket, a session, how often it was used.
    """

    kind: str
    at: datetime
    until: datetime | None = None
    who: str = ""
    what: str = ""

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {
            "kind": self.kind,
            "at": iso(self.at),
            "until": _maybe(self.until),
            "who": self.who,
            "what": self.what,
        }


@attrs.frozen(kw_only=True)
class Lane:
    """
    One request, consent or grant over time.

    Attributes:
        kind: ``request``, ``consent`` or ``grant``.
        id: Its id.
        flow: By which flow.
        holder: For whom.
        as_team: In whose capacity.
        scope: Where.
        policies: What for, by name, as it stands now.
        ceilings: What these do not go beyond, whatever they say: the names of each ceiling.
        demands: What needs a written permission besides: beyond which policies, and by which flow it is given.
        parent: What it rests on.
        tickets: Those that keep it open, where it ends with the last of them; none otherwise.
        intervals: Its states, in order, without overlap; the last may reach past now.
        marks: What happened to it and under it, in order.
        state: How it stands now: a :class:`LaneState`, or how it ended.
        ended: How it ended, ``None`` while it has not: ``revoked``, ``expired``, ``denied`` and so on.
        ended_at: When.
    """

    kind: str
    id: str
    flow: str
    holder: Holder
    as_team: str | None
    scope: Scope
    policies: tuple[str, ...]
    ceilings: tuple[tuple[str, ...], ...]
    demands: tuple[tuple[tuple[str, ...], str], ...]
    parent: str | None
    tickets: tuple[str, ...]
    intervals: tuple[Interval, ...]
    marks: tuple[Mark, ...]
    state: str
    ended: str | None
    ended_at: datetime | None

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {
            "kind": self.kind,
            "id": self.id,
            "flow": self.flow,
            "holder": {"kind": self.holder.kind, "id": self.holder.id},
            "as_team": self.as_team,
            "scope": self.scope.to_data(),
            "policies": list(self.policies),
            "ceilings": [list(names) for names in self.ceilings],
            "demands": [{"beyond": list(names), "needs": needs} for names, needs in self.demands],
            "parent": self.parent,
            "tickets": list(self.tickets),
            "intervals": [each.to_data() for each in self.intervals],
            "marks": [each.to_data() for each in self.marks],
            "state": self.state,
            "ended": self.ended,
            "ended_at": _maybe(self.ended_at),
        }


@attrs.frozen(kw_only=True)
class Timeline:
    """
    All requests, consents and grants of a tenant over time, in the order in which they came about.

    Attributes:
        tenant: Whose.
        now: When it was made.
        lanes: One for each.
    """

    tenant: str
    now: datetime
    lanes: tuple[Lane, ...]

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {
            "tenant": self.tenant,
            "now": iso(self.now),
            "lanes": [each.to_data() for each in self.lanes],
        }


def _maybe(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
