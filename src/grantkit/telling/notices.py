"""Notices: what one reader is told of one event, in plain words (J2, P7, R6, R7, N6)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Final

import attrs

from grantkit.canonical import Plain
from grantkit.model import AccessRequest, Agent, Amended, Consent, Entered, Event, Grant, OpenEnded, Session
from grantkit.model.wording import iso
from grantkit.telling.occasions import Occasion, Subject
from grantkit.telling.people import Reader
from grantkit.telling.words import Words, inert, listed, on_one_line, term, what, where


@attrs.frozen(kw_only=True)
class Notice:
    """
    What one reader is told of one event.

    Attributes:
        id: Stable: the same event for the same reader has it again, so that whoever delivers can tell repeats.
        tenant: Whose record.
        seq: The event's sequence there: notices of a tenant come in this order.
        at: When it happened, in UTC.
        kind: The key of the rules' notices that calls for it: ``requested``, ``access/granted``.
        to: Who is told.
        headline: What happened, in one line: inert, and without a line break.
        facts: The rest, as pairs of a label and a text: who, what, where, why, until when. Inert.
        how: What the reader can do about it.
        page: Where they can do it, if the host said so.
        event: The event itself.
    """

    id: str
    tenant: str
    seq: int
    at: datetime
    kind: str
    to: Reader
    headline: str
    facts: tuple[tuple[str, str], ...]
    how: str
    page: str | None
    event: Event

    def to_data(self) -> dict[str, Plain]:
        """Return the notice as plain data, for a queue or a web hook; the event is named and not repeated."""
        return {
            "id": self.id,
            "tenant": self.tenant,
            "seq": self.seq,
            "at": iso(self.at),
            "kind": self.kind,
            "to": {"side": self.to.side, "id": self.to.id, "name": self.to.name, "address": self.to.address},
            "headline": self.headline,
            "facts": [[label, text] for label, text in self.facts],
            "how": self.how,
            "page": self.page,
        }

    def __str__(self) -> str:
        lines = [self.headline, "", *(f"{label}: {text}" for label, text in self.facts)]
        if self.how:
            lines += ["", self.how]
        if self.page is not None:
            lines += [self.page]
        return "\n".join(lines)


def notice_id(event: Event, reader: Reader) -> str:
    """Return the id of what *reader* is told of *event*: of the event's hash, hence of one record and place only."""
    return sha256(f"{event.hash} {reader.side} {reader.id}".encode()).hexdigest()[:40]


def notice(
    event: Event,
    occasion: Occasion,
    reader: Reader,
    *,
    zone: tzinfo,
    names: Mapping[tuple[str, str], str],
    page: str | None = None,
    session: Session | None = None,
    holds: bool = False,
) -> Notice:
    """
    Return what *reader* is told of *event*.

    Args:
        event: The event.
        occasion: What there is to tell of it.
        reader: Who is told.
        zone: The zone in which they read times.
        names: What people are called, by side and id; whoever acted is called as the event says.
        page: Where they can do something about it.
        session: For entering and leaving: the session.
        holds: Whether the reader holds what it is about, and can give it back.
    """
    words = Words(zone=zone, zone_name=reader.zone or "UTC", names=names)
    told = _Told(event=event, occasion=occasion, reader=reader, words=words, session=session, holds=holds)
    return Notice(
        id=notice_id(event, reader),
        tenant=event.tenant,
        seq=event.seq,
        at=event.at,
        kind=occasion.key,
        to=reader,
        headline=_HEADLINES.get(event.kind, _happened)(told),
        facts=tuple((label, on_one_line(text)) for label, text in _facts(told) if text),
        how=_how(told),
        page=None if page is None else inert(page),
        event=event,
    )


@attrs.frozen(kw_only=True)
class _Told:
    event: Event
    occasion: Occasion
    reader: Reader
    words: Words
    session: Session | None
    holds: bool

    @property
    def subject(self) -> Subject | None:
        return self.occasion.subject

    @property
    def actor(self) -> str:
        return self.words.person(self.event.actor)

    @property
    def holder(self) -> str:
        subject = self.subject
        if subject is None:
            agent: str | None = getattr(self.event.body, "agent", None)
            return "all support" if agent is None else self.words.named("agent", agent)
        return self.words.holder(subject.holder, subject.as_team)

    @property
    def for_another(self) -> str:
        """For whom, where that is not whoever acted."""
        return "" if self.is_own else f" for {self.holder}"

    @property
    def is_own(self) -> bool:
        """Whether whoever acted holds it by name: an agent, since a member of the same id is somebody else."""
        actor, subject = self.event.actor, self.subject
        return isinstance(actor, Agent) and subject is not None and subject.holder == actor.holders[0]

    @property
    def tenant(self) -> str:
        return self.event.tenant


def _granted(told: _Told) -> str:
    if isinstance(told.subject, Grant) and told.subject.added_by is not None:
        return f"{told.actor} added {told.holder} to support access at {told.tenant}"
    if told.is_own:
        return f"{told.actor} took up support access to {told.tenant}"
    return f"{told.actor} gave {told.holder} support access to {told.tenant}"


def _ended(told: _Told) -> str:
    how = str(getattr(told.event.body, "how", ""))
    return f"Support access of {told.holder} to {told.tenant} is over: {_ENDINGS.get(how, how)}"


def _happened(told: _Told) -> str:
    return f"{told.event.kind.replace('_', ' ')} at {told.tenant}, by {told.actor}"


_ENDINGS: Final = {
    "expired": "its time has come",
    "ended_by_tickets": "its last ticket is solved",
    "cut_off": "everything was cut off",
}
_HEADLINES: Final[Mapping[str, Callable[[_Told], str]]] = {
    "requested": lambda told: f"{told.actor} asks for support access to {told.tenant}{told.for_another}",
    "step_opened": lambda told: f"A request for support access to {told.tenant} waits for your answer",
    "approved": lambda told: f"{told.actor} approved the request of {told.holder} at {told.tenant}",
    "denied": lambda told: f"{told.actor} denied support access to {told.tenant}",
    "withdrawn": lambda told: f"{told.actor} took back the request for {told.tenant}",
    "lapsed": lambda told: (
        f"The request for support access to {told.tenant} has lapsed: nobody answered in time"
    ),
    "consented": lambda told: f"{told.actor} gave consent at {told.tenant} that {told.holder} may build on",
    "granted": _granted,
    "amended": lambda told: f"{told.actor} changed the support access of {told.holder} to {told.tenant}",
    "confirmed": lambda told: f"{told.actor} confirmed the support access of {told.holder} to {told.tenant}",
    "revoked": lambda told: f"{told.actor} ended the support access of {told.holder} to {told.tenant}",
    "relinquished": lambda told: f"{told.actor} gave back support access to {told.tenant}",
    "ended": _ended,
    "cut_off": lambda told: f"{told.actor} ended all support access of {told.holder} to {told.tenant}",
    "frozen": lambda told: f"{told.actor} froze support access of {told.holder} to {told.tenant}",
    "unfrozen": lambda told: f"{told.actor} lifted the freeze of {told.holder} at {told.tenant}",
    "suspended": lambda told: f"{told.actor} suspended {told.holder} everywhere",
    "reinstated": lambda told: f"{told.actor} let {told.holder} back in",
    "entered": lambda told: f"{told.actor} entered {told.tenant}",
    "left": lambda told: f"{told.actor} left {told.tenant}",
    "ticket_linked": lambda told: (
        f"{told.actor} linked a ticket to the support access of {told.holder} at {told.tenant}"
    ),
    "ticket_solved": lambda told: f"A ticket of {told.tenant} is solved",
}
_OVER: Final = frozenset({"revoked", "relinquished", "ended", "denied", "withdrawn", "lapsed", "cut_off"})


def _facts(told: _Told) -> Iterator[tuple[str, str]]:
    """Yield who, what, where, why and until when; what is not known of the event is left out."""
    subject, words, event = told.subject, told.words, told.event
    yield "When", words.at(event.at)
    if subject is not None:
        yield "Who", told.holder
        yield "What", what(subject.policies) + _acting(subject)
        yield "Where", where(subject.scope, told.tenant)
        yield "Agreed to by", listed(words.named(each.side, each.id) for each in told.occasion.consenters)
    session = told.session
    if session is not None:
        yield "Why", session.reason
        yield "Tickets", ", ".join(sorted(session.tickets))
    elif subject is not None:
        yield "Why", subject.reason
        yield "Tickets", ", ".join(sorted(subject.tickets))
    if event.kind in {"denied", "suspended"}:
        yield "Said", getattr(event.body, "reason", "")
    if event.kind in {"ticket_linked", "ticket_solved"}:
        yield "Ticket", getattr(event.body, "ticket", "")
    yield "Until", _until(told)
    if isinstance(event.body, Amended):
        yield "Before", f"{what(event.body.old.policies)}, {_end(words, event.body.old.ends_at)}"


def _acting(subject: Subject) -> str:
    act_as = None if isinstance(subject, Consent) else subject.act_as
    return "" if act_as is None else f", as the member {act_as}"


def _until(told: _Told) -> str:
    """Return until when what the event is about holds, as the event said it where it did."""
    subject, body = told.subject, told.event.body
    if subject is None or told.event.kind in _OVER:
        return ""
    if isinstance(body, Amended):
        return _end(told.words, body.new.ends_at)
    if isinstance(body, Entered):
        return _end(told.words, body.session.ends_at)
    if isinstance(subject, AccessRequest):
        asked = " or ".join(map(term, subject.ask.terms))
        lapses = subject.lapses_at
        answer = (
            ""
            if isinstance(lapses, OpenEnded)
            else f"; it lapses without an answer by {told.words.at(lapses)}"
        )
        return f"{asked}{answer}"
    return told.words.until(subject)


def _end(words: Words, ends_at: datetime | OpenEnded) -> str:
    return "no end is set" if isinstance(ends_at, OpenEnded) else words.at(ends_at)


def _how(told: _Told) -> str:
    """Return what the reader can do about it."""
    subject, kind = told.subject, told.event.kind
    if subject is None or kind in _OVER:
        return ""
    if isinstance(subject, AccessRequest):
        if kind in {"requested", "step_opened"}:
            return f"To answer: approve or deny request {subject.id}. Without an answer nobody gets in."
        return ""
    noun = "grant" if isinstance(subject, Grant) else "consent"
    if told.holds:
        return f"To end it: give back {noun} {subject.id}."
    if told.reader.side == "agent":
        return ""
    return f"To end it at once: revoke {noun} {subject.id}."
