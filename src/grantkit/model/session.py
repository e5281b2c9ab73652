"""Sessions: an agent's stay at a tenant under a grant, from entering to leaving (B12)."""

from datetime import datetime
from typing import ClassVar

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import every, identifier, instance_of, integer, optional
from grantkit.model.phrases import until
from grantkit.model.record import MOST_SEQ
from grantkit.model.terms import OpenEnded
from grantkit.model.window import Window
from grantkit.model.wording import iso


@attrs.frozen(kw_only=True)
class Session:
    """
    An agent's stay under a grant. It allows nothing by itself: the grant does, and some grants only inside a session.

    Attributes:
        id: Opaque.
        tenant: Where.
        grant: The grant that was entered under, by id; the session ends with it.
        agent: Who entered, by id.
        window: From entering until it ends by itself at the latest, half-open.
        reason: Why, in the words of the agent; erasable.
        category: The typed category of the reason, where the flow has some.
        tickets: The cases that were named at entering.
        seq: The sequence of the event.
        left_at: When the agent left; ``None`` while they have not.
    """

    id: str
    tenant: str
    grant: str
    agent: str
    window: Window
    reason: str = ""
    category: str | None = None
    tickets: frozenset[str] = frozenset()
    seq: int = 1
    left_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        for field in ("id", "tenant", "grant", "agent"):
            identifier(f"session.{field}", getattr(self, field))
        instance_of("session.window", self.window, Window)
        optional(identifier, "session.category", self.category)
        every("session.tickets", self.tickets, frozenset, str)
        integer("session.seq", self.seq, least=0, most=MOST_SEQ)
        if self.left_at is not None:
            instance_of("session.left_at", self.left_at, datetime)

    @property
    def entered_at(self) -> datetime:
        """When the agent entered."""
        return self.window.starts_at

    @property
    def ends_at(self) -> datetime | OpenEnded:
        """When it ends by itself at the latest."""
        return self.window.ends_at

    @property
    def over_at(self) -> datetime:
        """The earlier of leaving and of the window's end, the key under which stores keep it."""
        return self.window.closes if self.left_at is None else min(self.window.closes, self.left_at)

    def to_data(self) -> dict[str, Plain]:
        """Return the session as plain data, as it stands."""
        return {
            "id": self.id,
            "tenant": self.tenant,
            "grant": self.grant,
            "agent": self.agent,
            "window": self.window.to_data(),
            "reason": self.reason,
            "category": self.category,
            "tickets": sorted(self.tickets),
            "seq": self.seq,
            "left_at": None if self.left_at is None else iso(self.left_at),
        }

    def __str__(self) -> str:
        return f"session {self.id}"


@attrs.frozen
class Entered:
    """An agent entered under a grant."""

    kind: ClassVar[str] = "entered"
    session: Session

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data: what was said at entering, without what the event says or became of it."""
        elsewhere = ("tenant", "agent", "seq", "left_at")
        return {
            "session": {key: value for key, value in self.session.to_data().items() if key not in elsewhere}
        }

    def __str__(self) -> str:
        session = self.session
        cases = "".join(f", ticket {each}" for each in sorted(session.tickets))
        return f"{session} under grant {session.grant}{cases}, {until(session.window)}"


@attrs.frozen
class Left:
    """An agent left, or entered anew."""

    kind: ClassVar[str] = "left"
    session_id: str

    def to_data(self) -> dict[str, Plain]:
        """Return the body as plain data."""
        return {"session_id": self.session_id}

    def __str__(self) -> str:
        return f"session {self.session_id}"
