"""What a review says of each grant, consent and request: values, with their plain data and their text."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import attrs

from grantkit.canonical import Plain
from grantkit.lifecycle import GrantState, RequestState
from grantkit.model import AccessRequest, Actor, Approval, Consent, Grant, Member, OpenEnded
from grantkit.model.phrases import lasting
from grantkit.model.wording import iso, plainly
from grantkit.telling.foreign import inert, on_one_line
from grantkit.telling.remarks import Remarked
from grantkit.telling.words import Bound, allowed, ceilings_of, demands_of, where


@attrs.frozen(kw_only=True)
class Tally:
    """
    How often something happened, and when last and by whom.

    Attributes:
        count: How often.
        last: The instant of the last time; ``None`` if it never happened.
        by: The agent of the last time, by id.
    """

    count: int = 0
    last: datetime | None = None
    by: str | None = None

    def plus(self, count: int, at: datetime, by: str) -> "Tally":
        """Return this with *count* more times besides, the last of them *at* and *by*; of two at once, the later id."""
        before = [(self.last, self.by)] if self.last is not None and self.by is not None else []
        last, who = max([*before, (at, by)])
        return Tally(count=self.count + count, last=last, by=who)

    def and_also(self, other: "Tally") -> "Tally":
        """Return both together."""
        if other.last is None or other.by is None:
            return self
        return self.plus(other.count, other.last, other.by)

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {"count": self.count, "last": _at(self.last), "by": self.by}

    def __str__(self) -> str:
        if self.last is None:
            return "never"
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"{times}, last {plainly(self.last)} by {self.by}"


@attrs.frozen(kw_only=True)
class ByAgent:
    """
    What one agent did under a grant: a team's grant tells them apart (M9).

    Attributes:
        agent: Who, by id.
        entered: How often they entered.
        used: How often they used it.
    """

    agent: str
    entered: Tally
    used: Tally

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {"agent": self.agent, "entered": self.entered.to_data(), "used": self.used.to_data()}


@attrs.frozen(kw_only=True)
class Over:
    """
    How something ended (B6).

    Attributes:
        how: Which way, each kept apart.
        at: When; for what a cut-off silenced, when it did.
        by: Who did it; ``None`` where time did, or where what it rested on ended.
    """

    how: GrantState
    at: datetime | None
    by: Actor | None

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {"how": self.how.value, "at": _at(self.at), "by": who_data(self.by)}

    def __str__(self) -> str:
        when = "" if self.at is None else f" {plainly(self.at)}"
        return f"{self.how}{when}{'' if self.by is None else f' by {self.by}'}"


@attrs.frozen(kw_only=True)
class Reviewed:
    """
    A grant, or a consent that stands by itself, as a review shows it.

    Attributes:
        row: The grant or consent: for whom, where, since when, until when, by whose consent and in what role then.
        state: Where it stands.
        over: How it ended; ``None`` while it has not.
        entered: How often it was entered, and when last and by whom.
        inside: Who is inside now, by id.
        used: How often it was used, as far as uses were counted, and when last and by whom.
        by_agent: The same for each agent.
        carries: What stands that rests on it, by id.
        remarks: What is to be pointed out; nothing about what has ended.
    """

    row: Grant | Consent
    state: GrantState
    over: Over | None = None
    entered: Tally = Tally()
    inside: tuple[str, ...] = ()
    used: Tally = Tally()
    by_agent: tuple[ByAgent, ...] = ()
    carries: tuple[str, ...] = ()
    remarks: tuple[Remarked, ...] = ()

    @property
    def id(self) -> str:
        """Its id."""
        return self.row.id

    @property
    def kind(self) -> Literal["grant", "consent"]:
        """What it is."""
        return "grant" if isinstance(self.row, Grant) else "consent"

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data: see ``docs/reference/review.schema.json``."""
        row = self.row
        grant = row if isinstance(row, Grant) else None
        added_by = None if grant is None else grant.added_by
        return {
            "kind": self.kind,
            "id": row.id,
            "state": self.state.value,
            "holder": {"kind": row.holder.kind, "id": row.holder.id},
            "as_team": row.as_team,
            "act_as": None if grant is None else grant.act_as,
            "scope": row.scope.to_data(),
            "policies": list(row.policies),
            "ceilings": [list(names) for names in ceilings_of(row.layers)],
            "demands": [{"beyond": list(names), "needs": needs} for names, needs in _demands(row)],
            "starts_at": iso(row.starts_at),
            "ends_at": _end(row.ends_at),
            "reason": row.reason,
            "category": row.category,
            "tickets": sorted(row.tickets),
            "open_tickets": sorted(row.open_tickets),
            "until_tickets": row.until_tickets,
            "request": row.request,
            "parent": row.parent,
            "added_by": None if added_by is None else added_by.id,
            "consents": [_approved(each) for each in row.approvals],
            "rules": row.rules,
            "entered": self.entered.to_data(),
            "inside": list(self.inside),
            "used": self.used.to_data(),
            "by_agent": [each.to_data() for each in self.by_agent],
            "carries": list(self.carries),
            "remarks": [each.to_data() for each in self.remarks],
            "ended": None if self.over is None else self.over.to_data(),
        }

    def lines(self) -> Iterable[str]:
        """Yield its text, line by line, the first being about itself."""
        row = self.row
        capacity = "" if row.as_team is None else f" of team {row.as_team}"
        can = allowed(row.policies, ceilings_of(row.layers), _demands(row))
        yield (
            f"{row.id} {self.state if self.over is None else self.over}: {row.holder}{capacity}, {can},"
            f" {where(row.scope, row.tenant)}, from {plainly(row.starts_at)} {lasting(row)}"
        )
        if row.reason:
            yield f"  reason: {on_one_line(row.reason)}"
        for each in row.approvals:
            yield f"  consent: {_approved_text(each)}"
        if row.parent is not None:
            yield f"  rests on {row.parent}"
        if self.carries:
            yield f"  carries {', '.join(self.carries)}"
        if isinstance(row, Grant):
            inside = f"; inside now: {', '.join(self.inside)}" if self.inside else ""
            yield f"  entered {self.entered}; used {self.used}{inside}"
        yield from (f"  ! {each}" for each in self.remarks)


@attrs.frozen(kw_only=True)
class ReviewedRequest:
    """
    A request, as a review shows it: when it lapsed, and when its access ended, are two things (J12).

    Attributes:
        request: The request.
        state: Where it stands.
        decided_at: When somebody decided it, withdrew it or cut it off.
        decided_by: Who did; ``None`` where it waits or lapsed.
        lapsed_at: When it lapsed by itself.
        access_ended_at: When the access ended that came of it.
    """

    request: AccessRequest
    state: RequestState
    decided_at: datetime | None = None
    decided_by: Actor | None = None
    lapsed_at: datetime | None = None
    access_ended_at: datetime | None = None

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        request = self.request
        return {
            "id": request.id,
            "state": self.state.value,
            "by": who_data(request.by),
            "holder": {"kind": request.holder.kind, "id": request.holder.id},
            "scope": request.scope.to_data(),
            "policies": list(request.policies),
            "reason": request.reason,
            "tickets": sorted(request.tickets),
            "asked_at": _at(request.asked_at),
            "awaits": list(request.awaits) if self.state is RequestState.PENDING else [],
            "lapses_at": _end(request.lapses_at),
            "decided_at": _at(self.decided_at),
            "decided_by": who_data(self.decided_by),
            "lapsed_at": _at(self.lapsed_at),
            "access": request.gave,
            "access_ended_at": _at(self.access_ended_at),
        }

    def lines(self) -> Iterable[str]:
        """Yield its text."""
        request = self.request
        told = [f"{request.id} {self.state}: asked by {request.by} for {request.holder}"]
        if self.decided_at is not None:
            by = "" if self.decided_by is None else f" by {self.decided_by}"
            told.append(f"decided {plainly(self.decided_at)}{by}")
        if self.lapsed_at is not None:
            told.append(f"lapsed {plainly(self.lapsed_at)}")
        if request.gave is not None:
            told.append(f"gave {request.gave}")
        if self.access_ended_at is not None:
            told.append(f"access ended {plainly(self.access_ended_at)}")
        yield "; ".join(told)


def _demands(row: Grant | Consent) -> tuple[Bound, ...]:
    return demands_of(row.demands) if isinstance(row, Grant) else ()


def _approved(each: Approval) -> dict[str, Plain]:
    return {
        "by": who_data(each.by),
        "roles": sorted(each.by.roles if isinstance(each.by, Member) else each.by.teams),
        "as": each.selector,
        "at": iso(each.at),
        "channel": each.channel,
        "reference": each.reference,
        "seq": each.seq,
    }


def _approved_text(each: Approval) -> str:
    reference = "" if each.reference is None else f" ({inert(each.reference)})"
    return f"{each.by} as {each.selector}, {plainly(each.at)}, {each.channel}{reference}"


def who_data(actor: Actor | None) -> dict[str, Plain] | None:
    """Return somebody by kind and id: names are texts that can be erased, and a review may be kept for years."""
    if actor is None:
        return None
    data = actor.to_data()
    return {"kind": data["kind"], "id": data["id"]}


def _at(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


def _end(at: datetime | OpenEnded) -> str:
    return "open_ended" if isinstance(at, OpenEnded) else iso(at)
