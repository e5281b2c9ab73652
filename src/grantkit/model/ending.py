"""How a grant or consent ends: each way kept apart everywhere (B6)."""

from datetime import datetime
from enum import StrEnum

import attrs

from grantkit.canonical import Plain
from grantkit.model.principals import Actor
from grantkit.model.window import Window
from grantkit.model.wording import iso


class Ending(StrEnum):
    """The ways to end, as facts."""

    REVOKED = "revoked"
    CUT_OFF = "cut_off"
    ENDED_BY_TICKETS = "ended_by_tickets"
    RELINQUISHED = "relinquished"
    EXPIRED = "expired"


@attrs.frozen
class Ended:
    """
    An end that is recorded: from then on it holds for every ``now``, before and after (I-4).

    Attributes:
        how: Which way.
        at: The time of the event.
        by: Who did it, or which job recorded it.
        seq: The sequence of the event.
    """

    how: Ending
    at: datetime
    by: Actor
    seq: int

    def to_data(self) -> dict[str, Plain]:
        """Return the end as plain data."""
        return {"how": self.how.value, "at": iso(self.at), "by": self.by.to_data(), "seq": self.seq}


def over_at(window: Window, ended: Ended | None) -> datetime:
    """Return the earlier of the window's end and the recorded end, the key under which stores keep a row."""
    return window.closes if ended is None else min(window.closes, ended.at)
