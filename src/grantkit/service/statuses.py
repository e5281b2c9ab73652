"""Statuses: a row, and where it stood when it was looked up. For showing; only ``authorize`` says what is allowed."""

from datetime import datetime
from typing import TypeAlias

import attrs

from grantkit.lifecycle import (
    GrantState,
    RequestState,
    SessionState,
    Slice,
    request_state_of,
    session_state_of,
    state_of,
    under_ended_at,
)
from grantkit.model import AccessRequest, Actor, Agent, Consent, Freeze, Grant, OpenEnded, Session
from grantkit.model.phrases import lasting
from grantkit.model.wording import plainly


@attrs.frozen(kw_only=True)
class GrantStatus:
    """
    A grant, and where it stood when it was looked up.

    Attributes:
        grant: The grant: its end is ``grant.ends_at``, its policies ``grant.policies`` (T10).
        state: Where it stands, hence also why it ended; a freeze does not change it.
        ended_at: When it ended: by a recorded end, a cut-off or its window; ``None`` while it has not.
        frozen: Whether a freeze of the tenant, or of the agent that it names, blocks it whatever its state.
        suspended: Whether the vendor has suspended an agent whom it names, or by whose leave it is there; whoever has
            it through a team is judged one by one.
        may: The verbs that whoever looked could use on it: ``revoke``, ``relinquish``, ``enter``, ``delegate``,
            ``link_ticket``; none where nobody was named.
    """

    grant: Grant
    state: GrantState
    ended_at: datetime | None
    frozen: bool
    suspended: bool = False
    may: frozenset[str] = frozenset()

    @property
    def row(self) -> Grant:
        """The grant, by the name that every status has for what it is about."""
        return self.grant

    @property
    def settled_by(self) -> Actor | None:
        """Who ended it, if somebody did."""
        return None if self.grant.ended is None else self.grant.ended.by

    def __str__(self) -> str:
        return _spelled(self.grant, self.state, frozen=self.frozen, suspended=self.suspended)


@attrs.frozen(kw_only=True)
class ConsentStatus:
    """
    A consent that allows nothing by itself, and where it stood when it was looked up.

    Attributes:
        consent: The consent.
        state: Where it stands, hence also why it ended; a freeze does not change it.
        ended_at: When it ended; ``None`` while it has not.
        frozen: Whether a freeze of the tenant, or of the agent that it names, blocks what rests on it.
        suspended: Whether the vendor has suspended the agent that it names.
        may: The verbs that whoever looked could use on it: ``revoke``, ``relinquish``; none where nobody was named.
    """

    consent: Consent
    state: GrantState
    ended_at: datetime | None
    frozen: bool
    suspended: bool = False
    may: frozenset[str] = frozenset()

    @property
    def row(self) -> Consent:
        """The consent, by the name that every status has for what it is about."""
        return self.consent

    @property
    def settled_by(self) -> Actor | None:
        """Who ended it, if somebody did."""
        return None if self.consent.ended is None else self.consent.ended.by

    def __str__(self) -> str:
        return _spelled(self.consent, self.state, frozen=self.frozen, suspended=self.suspended)


@attrs.frozen(kw_only=True)
class RequestStatus:
    """
    A request, and where it stood when it was looked up. What became of it and of its access are kept apart (J12).

    Attributes:
        request: The request.
        state: Where it stands.
        decided_at: When somebody approved, denied or withdrew it, or cut it off; ``None`` where nobody did.
        lapsed_at: When it lapsed by itself; ``None`` where it did not.
        access: Where the grant or consent stands that came of it, with when and why that ended.
        may: The verbs that whoever looked could use on it: ``approve``, ``deny``, ``withdraw``; none where nobody was
            named.
    """

    request: AccessRequest
    state: RequestState
    decided_at: datetime | None
    lapsed_at: datetime | None
    access: GrantStatus | ConsentStatus | None
    may: frozenset[str] = frozenset()

    @property
    def row(self) -> AccessRequest:
        """The request, by the name that every status has for what it is about."""
        return self.request

    @property
    def settled_by(self) -> Actor | None:
        """Who settled it, if somebody did."""
        return None if self.request.settled is None else self.request.settled.by

    @property
    def access_ended_at(self) -> datetime | None:
        """When the access ended that came of it; another thing than when the request lapsed (J12)."""
        return None if self.access is None else self.access.ended_at

    def __str__(self) -> str:
        request = self.request
        names = ", ".join(request.policies) or "no policy"
        became = "" if self.access is None else f"; {self.access}"
        return f"{request.id} {self.state}: {request.holder} on {request.scope}, {names}{became}"


@attrs.frozen(kw_only=True)
class SessionStatus:
    """
    A session, and where it stood when it was looked up (B12).

    Only ``authorize`` says what it opens: a longest that the rules have lowered since is judged there and not here.

    Attributes:
        session: The session: who entered, when, under which grant, why.
        state: Open, left, timed out, or over because its grant is.
        ended_at: When it ended; ``None`` while it has not.
        mine: Whether whoever looked is the agent who entered.
    """

    session: Session
    state: SessionState
    ended_at: datetime | None
    mine: bool = False

    def __str__(self) -> str:
        session = self.session
        return f"{session.id} {self.state}: {session.agent} under {session.grant} since {plainly(session.entered_at)}"


@attrs.frozen(kw_only=True)
class Standing:
    """
    What holds for a tenant as a whole, or for one agent there, when it was looked up.

    Attributes:
        tenant: Which tenant.
        freeze: The freeze of the whole tenant: by whom and since when; ``None`` where there is none.
        agent: The agent that was asked about, by id; ``None`` for nobody in particular.
        agent_freeze: The freeze of that agent there.
        may: Which of ``revoke_all``, ``freeze`` and ``unfreeze`` whoever looked could use; none where nobody was named.
    """

    tenant: str
    freeze: Freeze | None
    agent: str | None
    agent_freeze: Freeze | None
    may: frozenset[str]


Status: TypeAlias = GrantStatus | ConsentStatus | RequestStatus


def session_status_of(slice_: Slice, session: Session, now: datetime, by: Actor | None) -> SessionStatus:
    """Return where *session* stands when the clock reads *now*; its grant, and cut-offs, must be in *slice_*."""
    state = session_state_of(slice_, session, now)
    ended_at = None if state is SessionState.OPEN else session.over_at
    if state is SessionState.GRANT_ENDED:
        ended_at = under_ended_at(slice_, session, now)
    mine = isinstance(by, Agent) and by.id == session.agent
    return SessionStatus(session=session, state=state, ended_at=ended_at, mine=mine)


def status_of(slice_: Slice, row: Grant | Consent | AccessRequest, now: datetime) -> Status:
    """Return where *row* stands when the clock reads *now*; cut-offs must be in *slice_*."""
    return _request(slice_, row, now) if isinstance(row, AccessRequest) else _access(slice_, row, now)


def _access(slice_: Slice, row: Grant | Consent, now: datetime) -> GrantStatus | ConsentStatus:
    state = state_of(slice_, row, now)
    ended_at = None if state in (GrantState.SCHEDULED, GrantState.LIVE) else row.over_at
    if state is GrantState.CUT_OFF:
        ended_at = slice_.cut_at(row)  # when it was silenced, not when its window would have closed
    if state is GrantState.CONSENT_ENDED and row.parent is not None:
        above = slice_.consents.get(row.parent) or slice_.grants[row.parent]
        ended_at = _access(slice_, above, now).ended_at
    frozen, suspended = slice_.held_up(row) is not None, slice_.shut_out(row)
    if isinstance(row, Consent):
        return ConsentStatus(consent=row, state=state, ended_at=ended_at, frozen=frozen, suspended=suspended)
    return GrantStatus(grant=row, state=state, ended_at=ended_at, frozen=frozen, suspended=suspended)


def _request(slice_: Slice, row: AccessRequest, now: datetime) -> RequestStatus:
    state = request_state_of(slice_, row, now)
    lapsed_at = decided_at = None
    if state is RequestState.LAPSED:
        lapsed_at = None if isinstance(row.lapses_at, OpenEnded) else row.lapses_at
    elif state is RequestState.CUT_OFF:
        decided_at = slice_.cut_at(row)
    elif row.settled is not None:
        decided_at = row.settled.at
    gave = None if row.gave is None else slice_.grants.get(row.gave, slice_.consents.get(row.gave))
    access = None if gave is None else _access(slice_, gave, now)
    return RequestStatus(request=row, state=state, decided_at=decided_at, lapsed_at=lapsed_at, access=access)


def _spelled(row: Grant | Consent, state: GrantState, *, frozen: bool, suspended: bool) -> str:
    names = ", ".join(row.policies) or "no policy"
    held_up = f"{', frozen' if frozen else ''}{', suspended' if suspended else ''}"
    return f"{row.id} {state}{held_up}: {row.holder} on {row.scope}, {names}, {lasting(row)}"
