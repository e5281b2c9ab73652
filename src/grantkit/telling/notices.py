"""Notices: what one reader is told of one event, in plain words (J2, P7, R6, R7, N6)."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from hashlib import sha256

import attrs

from grantkit.canonical import Plain
from grantkit.model import Event, Session
from grantkit.model.wording import iso
from grantkit.telling.facts import facts_of, how_of
from grantkit.telling.foreign import inert, on_one_line
from grantkit.telling.headlines import headline
from grantkit.telling.occasions import Occasion, Subject
from grantkit.telling.people import Reader
from grantkit.telling.told import Told
from grantkit.telling.words import Words


@attrs.frozen(kw_only=True)
class Notice:
    """
    What one reader is told of one event.

    Attributes:
        id: Stable: the same event for the same reader has it again, so that whoever delivers can tell repeats.
        tenant: Whose record.
        seq: The event's sequence there: notices of a tenant come in this order.
        at: When it was recorded, in UTC; what a sweep found may have ended before, and its facts say when.
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
    also: tuple[Subject, ...] = (),
    holds: bool = False,
    stops: bool = False,
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
        also: What else is over for the reader by the same event.
        holds: Whether the reader holds what it is about, and can give it back.
        stops: Whether the reader may revoke it.
    """
    words = Words(zone=zone, zone_name=reader.zone or "UTC", names=names)
    told = Told(
        event=event,
        occasion=occasion,
        reader=reader,
        words=words,
        session=session,
        also=also,
        holds=holds,
        stops=stops,
    )
    return Notice(
        id=notice_id(event, reader),
        tenant=event.tenant,
        seq=event.seq,
        at=event.at,
        kind=occasion.key,
        to=reader,
        headline=headline(told),
        facts=tuple((label, on_one_line(text)) for label, text in facts_of(told) if text),
        how=how_of(told),
        page=None if page is None else inert(page),
        event=event,
    )
