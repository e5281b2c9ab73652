"""Occasions: what an event is an occasion to tell of, to whom, by the rules in force at it (J2, P7, R6, R7)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, TypeAlias

import attrs

from grantkit.model import (
    AccessRequest,
    Amended,
    Approved,
    Body,
    Confirmed,
    Consent,
    Consented,
    ConsentEnded,
    CutOff,
    Denied,
    Ending,
    EndRecorded,
    Entered,
    Event,
    Frozen,
    Grant,
    Granted,
    Lapsed,
    Left,
    Member,
    Reinstated,
    Relinquished,
    Requested,
    Revoked,
    Scope,
    StepOpened,
    Suspended,
    TicketLinked,
    TicketSolved,
    Unfrozen,
    Withdrawn,
)
from grantkit.rules import AccessRules, Selector
from grantkit.telling.falling import About, above, ended_at, fallen, fell_before, standing
from grantkit.telling.people import Person, Role, TeamOf, Whom, person_of, whom_of

_ACTS: Final = frozenset({Ending.REVOKED, Ending.RELINQUISHED})
OVER: Final = frozenset({"revoked", "relinquished", "ended", "denied", "withdrawn", "lapsed", "cut_off"})
"""Kinds of events after which there is nothing left to end."""

Subject: TypeAlias = Grant | Consent | AccessRequest


@attrs.frozen(kw_only=True)
class Occasion:
    """
    What there is to tell of one event.

    Attributes:
        key: The key of the rules' notices that says who is told, such as ``granted`` or ``access/granted``.
        subject: What it is about, if one thing.
        audience: Who is told, in the order of the rules, each part with the selector that names it.
        consenters: The tenant's people on whose consent the subject rests, up the chain.
        stoppers: Who may revoke it, besides whoever holds it; nobody where it is over.
        off_word: The word that revoking it asks for, if any (P5).
        starts_at: When what it is about begins.
        ended_at: When it ended by itself, where the event only records that.
        fell: Whether it is over with what the event is about, and is not that itself.
    """

    key: str
    subject: Subject | None
    audience: tuple[tuple[Selector, tuple[Whom, ...]], ...]
    consenters: tuple[Person, ...] = ()
    stoppers: tuple[Whom, ...] = ()
    off_word: str | None = None
    starts_at: datetime | None = None
    ended_at: datetime | None = None
    fell: bool = False

    @property
    def whom(self) -> tuple[Whom, ...]:
        """All parts of the audience."""
        return tuple(each for _, parts in self.audience for each in parts)


@attrs.frozen
class Ids:
    """Which rows an event is about, by id."""

    made: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()


def ids_of(event: Event) -> Ids:
    """Return the ids of the rows that *event* is about: what has to be looked up to tell of it."""
    body = event.body
    match body:
        case Granted(grant=made) | Consented(consent=made):
            found = Ids(made=(made.id,), requests=() if made.request is None else (made.request,))
        case Amended() | Revoked() | Relinquished() | EndRecorded() | Confirmed() | TicketLinked():
            found = Ids(made=(body.grant_id,))
        case ConsentEnded(consent_id=ident):
            found = Ids(made=(ident,))
        case TicketSolved(grants=grants, consents=consents):
            found = Ids(made=(*grants, *consents))
        case Requested(request=request):
            found = Ids(requests=(request.id,))
        case StepOpened() | Approved() | Denied() | Withdrawn() | Lapsed():
            found = Ids(requests=(body.request_id,))
        case Entered(session=session):
            found = Ids(made=(session.grant,), sessions=(session.id,))
        case Left(session_id=ident):
            found = Ids(sessions=(ident,))
        case _:
            found = Ids()
    return found


def occasions(event: Event, rules: AccessRules, about: About) -> tuple[Occasion, ...]:
    """
    Return what there is to tell of *event*: of what it is about, then of what is over with that; perhaps nothing.

    Whoever holds what is over with something else is told as of an end of their own: by the key ``ended``.

    Args:
        event: The event.
        rules: The rules in force at it: they say who is told.
        about: What is known of what it is about.
    """
    own = [_occasion(event, rules, about, subject) for subject in _subjects(event, about)]
    fell = [_occasion(event, rules, about, subject, fell=True) for subject in fallen(event, about)]
    return tuple(each for each in (*own, *fell) if each is not None)


def _occasion(
    event: Event, rules: AccessRules, about: About, subject: Subject | None, *, fell: bool = False
) -> Occasion | None:
    kinds = ("ended",) if fell else _kinds(event, subject)
    # A flow's own keys first, the general ones after: what is said of break-glass is not silenced by the way.
    own = () if subject is None else tuple(f"{subject.flow}/{kind}" for kind in kinds)
    for key in (*own, *kinds):
        selectors = rules.notices.get(key)
        if selectors is not None:
            audience = tuple((each, tuple(_whom(each, event, rules, about, subject))) for each in selectors)
            if not audience:
                return None
            flow = None if subject is None else rules.flows.get(subject.flow)
            return Occasion(
                key=key,
                subject=subject,
                audience=audience,
                consenters=tuple(dict.fromkeys(_consenters(subject, about))),
                stoppers=()
                if fell or event.kind in OVER
                else tuple(dict.fromkeys(_stoppers(rules, subject))),
                off_word=None if flow is None else flow.off_word,
                starts_at=_starts_at(subject),
                ended_at=_fell_at(event, about) if fell else ended_at(event, subject, about),
                fell=fell,
            )
    return None


def _fell_at(event: Event, about: About) -> datetime | None:
    """Return when what rested on what the event is about was over: not when a sweep, or a late brake, came by."""
    ends = (about.made[each].window.closes for each in ids_of(event).made if each in about.made)
    return min((event.at, *ends))


def _starts_at(subject: Subject | None) -> datetime | None:
    if subject is None:
        return None
    return subject.ask.starts if isinstance(subject, AccessRequest) else subject.starts_at


def _stoppers(rules: AccessRules, subject: Subject | None) -> Iterator[Whom]:
    """Yield who may revoke *subject*: who consented, who could then or can today, and whom ``stop`` names (M7)."""
    if subject is None or isinstance(subject, AccessRequest):
        return
    flow = rules.flows.get(subject.flow)
    yield from _members(subject)
    for role in sorted(
        subject.consenting_roles | (frozenset[str]() if flow is None else flow.consenting_roles)
    ):
        yield Role(role=role, scope=subject.scope)
    yield from (_part(each, subject.scope) for each in rules.stop if each.side != "relation")


def _subjects(event: Event, about: About) -> Iterator[Subject | None]:
    """Yield what *event* is about, as it said so itself; ``None`` where that is the tenant, or an agent there."""
    ids, body = ids_of(event), event.body
    match body:
        # Not the row of today: what was given and taken back before anybody was told must be told all the same.
        case Granted(grant=made) | Consented(consent=made):
            yield made
        case Requested(request=request):
            yield request
        case StepOpened() | Approved() | Denied() | Withdrawn() | Lapsed():
            yield from (about.requests[each] for each in ids.requests if each in about.requests)
        case EndRecorded(how=how) | ConsentEnded(how=how) if how not in _ACTS:
            # What fell with something else, or was cut off, was told then, and is now only recorded.
            ours = [about.made[each] for each in ids.made if each in about.made]
            yield from (each for each in ours if not fell_before(each, event, about))
        case Entered() | Left():
            grants = {about.sessions[each].grant for each in ids.sessions if each in about.sessions}
            yield from (about.made[each] for each in grants if each in about.made)
        case _ if ids == Ids():
            yield None
        case _:
            yield from (_as_told(body, about.made[each]) for each in ids.made if each in about.made)


def _as_told(body: Body, made: Grant | Consent) -> Grant | Consent:
    """Return a row with the terms that an amendment gave it, be they those of today or not."""
    if isinstance(body, Amended) and isinstance(made, Grant):
        return attrs.evolve(made, window=body.new.window, layers=body.new.layers, demands=body.new.demands)
    return made


def _kinds(event: Event, subject: Subject | None) -> tuple[str, ...]:
    """Return what happened, in the words of the rules' notices: the closest first."""
    if isinstance(event.body, Granted) and isinstance(subject, Grant) and subject.parent is not None:
        return ("delegated",) if subject.added_by is not None else ("activated", "granted")
    return (event.kind,)


def _whom(
    selector: Selector, event: Event, rules: AccessRules, about: About, subject: Subject | None
) -> Iterable[Whom]:
    scope = Scope.whole() if subject is None else subject.scope
    match selector.side, selector.name:
        case "tenant", role:
            return (Role(role=role, scope=scope),)
        case "vendor", team:
            return (TeamOf(team),)
        case _, "approvers":
            return tuple(_part(each, scope) for each in _approvers(event, rules, subject))
        case _, "consenters":
            return tuple(dict.fromkeys(_consenters(subject, about)))
        case _, "requester":
            return tuple(_requester(subject, about))
        case _:
            return tuple(_grantee(event, subject, about))


def _part(selector: Selector, scope: Scope) -> Whom:
    return TeamOf(selector.name) if selector.side == "vendor" else Role(role=selector.name, scope=scope)


def _approvers(event: Event, rules: AccessRules, subject: Subject | None) -> tuple[Selector, ...]:
    """Return who may decide the step that is open, or the first one; for a whole tenant, that of any flow."""
    if isinstance(event.body, StepOpened):
        return tuple(Selector.parse("awaits", each) for each in event.body.awaits)
    if isinstance(event.body, Requested):
        return tuple(Selector.parse("awaits", each) for each in event.body.request.awaits)
    flows = [flow for name, flow in rules.flows.items() if subject is None or name == subject.flow]
    first = [flow.steps[0].by for flow in flows if flow.steps]
    return tuple(dict.fromkeys(each for by in first for each in by))


def _consenters(subject: Subject | None, about: About) -> Iterator[Person]:
    """Yield every tenant person on whose consent *subject* rests, up the chain."""
    if subject is None:
        return
    for one in (subject, *above(subject, about.made)):
        yield from _members(one)


def _members(subject: Subject) -> Iterator[Person]:
    return (person_of(each.by) for each in subject.approvals if isinstance(each.by, Member))


def _requester(subject: Subject | None, about: About) -> Iterator[Whom]:
    asked = subject
    if isinstance(subject, Grant | Consent):
        asked = None if subject.request is None else about.requests.get(subject.request)
    if isinstance(asked, AccessRequest):
        yield person_of(asked.by)


def _grantee(event: Event, subject: Subject | None, about: About) -> Iterator[Whom]:
    if subject is not None:
        yield whom_of(subject.holder)
    elif isinstance(event.body, CutOff | Frozen | Unfrozen | Suspended | Reinstated):
        if event.body.agent is not None:
            yield Person("agent", event.body.agent)
        elif not isinstance(event.body, CutOff):  # which is told to each as an end of theirs
            yield from dict.fromkeys(whom_of(each.holder) for each in standing(event, about))
