"""What the page "Support access" shows of what happened inside: who was in, when and why, and what was used."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from grantkit import OpenEnded
from grantkit.lifecycle import SessionState
from grantkit.model import Usage
from grantkit.service import SessionStatus

from . import plain

_ENDED = {
    SessionState.LEFT: "Left",
    SessionState.TIMED_OUT: "Its time was over",
    SessionState.GRANT_ENDED: "The access ended",
}


@attrs.frozen(kw_only=True)
class SessionRow:
    """
    A session of somebody who entered.

    Attributes:
        who: The agent.
        why: What they gave as the reason.
        tickets: The tickets that they named.
        since: When they entered.
        until: When it ends by itself at the latest.
        open: Whether they are inside now.
        ended_at: When it ended.
        ended: How, in words.
    """

    who: str
    why: str
    tickets: tuple[str, ...]
    since: datetime
    until: datetime | OpenEnded
    open: bool
    ended_at: datetime | None
    ended: str


def session_row(status: SessionStatus, words: plain.Words) -> SessionRow:
    """Return what there is to show of a session."""
    session = status.session
    return SessionRow(
        who=words.named(session.agent),
        why=session.reason,
        tickets=tuple(sorted(session.tickets)),
        since=session.entered_at,
        until=session.ends_at,
        open=status.state is SessionState.OPEN,
        ended_at=status.ended_at,
        ended=_ENDED.get(status.state, ""),
    )


def used(uses: Iterable[Usage], words: plain.Words) -> tuple[tuple[str, str, datetime], ...]:
    """Return who used a grant, how often, and when last; the latest first."""
    latest = sorted(uses, key=lambda each: each.last, reverse=True)
    return tuple((words.named(each.agent), plain.many(each.count, "page"), each.last) for each in latest)
