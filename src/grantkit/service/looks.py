"""What reading verbs return."""

from datetime import datetime

import attrs

from grantkit.lifecycle import GrantState, Slice, state_of
from grantkit.model import Grant


@attrs.frozen(kw_only=True)
class GrantStatus:
    """
    A grant, and where it stood when it was looked up. For showing; only ``authorize`` says what is allowed.

    Attributes:
        grant: The grant: its end is ``grant.ends_at``, its policies ``grant.policies`` (T10).
        state: Where it stands; a freeze of the tenant does not change it.
        ended_at: When it ended, by a recorded end or by its window; ``None`` while it has not.
    """

    grant: Grant
    state: GrantState
    ended_at: datetime | None


def status_of(slice_: Slice, grant: Grant, now: datetime) -> GrantStatus:
    """Return where *grant* stands at *now*."""
    at = max(now, slice_.head.seen_at)
    over = grant.ended is not None or grant.window.closes <= at
    return GrantStatus(
        grant=grant, state=state_of(slice_, grant, at), ended_at=grant.over_at if over else None
    )
