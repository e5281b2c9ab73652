"""What is known of an event and of one reader, for the words of a notice."""

import attrs

from grantkit.model import Agent, Consent, Event, Session
from grantkit.telling.occasions import OVER, Occasion, Subject
from grantkit.telling.people import Reader
from grantkit.telling.words import Words


@attrs.frozen(kw_only=True)
class Told:
    """
    One event, for one reader.

    Attributes:
        event: The event.
        occasion: What there is to tell of it.
        reader: Who is told.
        words: How they are spoken to.
        session: For entering and leaving: the session.
        also: What else is over for the reader by the same event.
        holds: Whether the reader holds what it is about, and can give it back.
        stops: Whether the reader may revoke it.
    """

    event: Event
    occasion: Occasion
    reader: Reader
    words: Words
    session: Session | None
    also: tuple[Subject, ...]
    holds: bool
    stops: bool

    @property
    def subject(self) -> Subject | None:
        """What it is about, if one thing."""
        return self.occasion.subject

    @property
    def is_consent(self) -> bool:
        """Whether that is a consent, which lets nobody in by itself."""
        return isinstance(self.subject, Consent)

    @property
    def is_over(self) -> bool:
        """Whether that is over now."""
        return self.occasion.fell or self.event.kind in OVER

    @property
    def actor(self) -> str:
        """Who acted."""
        return self.words.person(self.event.actor)

    @property
    def holder(self) -> str:
        """For whom it is, or was."""
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
        """Where."""
        return self.event.tenant

    @property
    def begins(self) -> str:
        """From when on, where that lies ahead of the event; else nothing."""
        starts = self.occasion.starts_at
        return "" if starts is None or starts <= self.event.at else self.words.at(starts)
