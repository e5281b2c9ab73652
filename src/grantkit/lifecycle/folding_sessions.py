"""What becomes of sessions, and of what is summed up of uses, event by event."""

import attrs

from grantkit.model import (
    Entered,
    Erased,
    Event,
    Left,
    RowKey,
    Session,
    Usage,
    Used,
    usage_key,
)
from grantkit.model.texts import REASON


def session_after(ident: str, session: Session | None, event: Event) -> Session | None:
    """Return the session after *event*, or ``None`` if that cannot have happened to it."""
    match event.body:
        case Entered(session=made) if session is None and (made.id, made.tenant) == (ident, event.tenant):
            return attrs.evolve(made, seq=event.seq)
        case Left(session_id=about) if session is not None and about == ident and session.left_at is None:
            return attrs.evolve(session, left_at=event.at)
        case Erased(texts=gone) if session is not None:
            return attrs.evolve(session, reason="") if (session.seq, REASON) in gone else session
        case _:
            return None


def usage_after(key: RowKey, usage: Usage | None, event: Event) -> Usage | None:
    """Return the usage after *event*, or ``None`` if that cannot have happened to it."""
    body = event.body
    if not isinstance(body, Used):
        return None
    for use in body.uses:
        if usage_key(use.grant, use.agent) == key:
            first = Usage(grant=use.grant, agent=use.agent, count=use.count, last=use.last)
            usage = first if usage is None else usage.plus(use)
    return usage
