"""
Falling: what is over with what an event ends, though no event of its own says so.

What rested on a consent or a grant is over from the moment at which that is, and what a cut-off silenced from the
cut-off on. Both are worked out at each decision and stand in no event; those who held them are told all the same.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain

import attrs

from grantkit.inputs import FrozenMap
from grantkit.lifecycle import agents_of
from grantkit.model import (
    AccessRequest,
    Consent,
    ConsentEnded,
    Cut,
    CutOff,
    Ending,
    EndRecorded,
    Event,
    Frozen,
    Grant,
    Lapsed,
    OpenEnded,
    Relinquished,
    Revoked,
    Session,
    Settling,
    Unfrozen,
)


@attrs.frozen(kw_only=True)
class About:
    """
    What is known of what an event is about, as it stands now.

    Attributes:
        made: Grants and consents by id: the subjects, and all that they rest on.
        requests: Requests by id: the subjects, and those that they answer.
        sessions: Sessions by id.
        resting: The tenant's grants and consents by what they rest on, ``""`` for what rests on nothing; only where
            something may have ended with something else (:func:`ends_others`).
        cuts: The tenant's cut-offs, in order; only where the event may be about one.
    """

    made: Mapping[str, Grant | Consent]
    requests: Mapping[str, AccessRequest]
    sessions: Mapping[str, Session]
    resting: Mapping[str, tuple[Grant | Consent, ...]] = FrozenMap()
    cuts: tuple[Cut, ...] = ()


def ends_others(event: Event) -> bool:
    """Whether more may be over, or held up, with *event* than it names."""
    match event.body:
        case Revoked() | Relinquished() | CutOff():
            return True
        case EndRecorded(how=how) | ConsentEnded(how=how):
            return how is not Ending.CUT_OFF
        case Frozen(agent=agent) | Unfrozen(agent=agent):
            return agent is None
        case _:
            return False


def fallen(event: Event, about: About) -> Iterator[Grant | Consent]:
    """Yield what is over with what *event* ends, in no event of its own: what stood until then, and rested on it."""
    match event.body:
        case Revoked(grant_id=ident) | Relinquished(grant_id=ident) | EndRecorded(grant_id=ident):
            yield from _below(ident, event, about)
        case ConsentEnded(consent_id=ident):
            yield from _below(ident, event, about)
        case CutOff(agent=agent):
            stood = {each.id: each for each in standing(event, about)}
            for one in stood.values():
                if agent is None or any(agent in agents_of(each) for each in _up(one, stood)):
                    yield one
        case _:
            pass


def standing(event: Event, about: About) -> Iterator[Grant | Consent]:
    """Yield everything that stood until *event*, by itself and by all that it rests on."""
    stood = {
        one.id: one
        for one in chain.from_iterable(about.resting.values())
        if _stood(one, event, event.at, about)
    }
    for one in sorted(stood.values(), key=lambda each: each.consent_seq):
        if all(each.parent is None or each.parent in stood for each in _up(one, stood)):
            yield one


def fell_before(one: Grant | Consent, about: About) -> bool:
    """Whether *one* was over before its own time, with something that it rests on."""
    return any(above.over_at < one.window.closes for above in _up(one, about.made) if above is not one)


def ended_at(event: Event, one: Grant | Consent | AccessRequest | None, about: About) -> datetime | None:
    """Return when *one* ended by itself, where *event* only records that; ``None`` where the event ended it."""
    match event.body:
        case Lapsed(how=Settling.LAPSED) if isinstance(one, AccessRequest) and not isinstance(
            one.lapses_at, OpenEnded
        ):
            return one.lapses_at
        case Lapsed() if isinstance(one, AccessRequest):
            return next(
                (cut.at for cut in about.cuts if cut.seq >= one.seq and cut.agent in {None, *agents_of(one)}),
                None,
            )
        case EndRecorded(how=Ending.EXPIRED) | ConsentEnded(how=Ending.EXPIRED) if one is not None:
            return None if isinstance(one, AccessRequest) else one.window.closes
        case _:
            return None


def _below(ident: str, event: Event, about: About) -> Iterator[Grant | Consent]:
    """Yield what stood on what *event* ends; what had fallen already took all of it along then."""
    one = about.made.get(ident)
    if one is None or fell_before(one, about):
        return
    at = min(event.at, one.window.closes)
    waiting = [one]
    while waiting:
        above = waiting.pop()
        for each in about.resting.get(above.id, ()):
            # Younger than what it rests on: rows that lead round in a circle end nowhere.
            if each.consent_seq > above.consent_seq and _stood(each, event, at, about):
                waiting.append(each)
                yield each


def _stood(one: Grant | Consent, event: Event, at: datetime, about: About) -> bool:
    """Whether *one*, seen by itself, stood until *event*, and ends at *at* in no event of its own."""
    if one.consent_seq >= event.seq or one.window.closes <= at:
        return False
    if one.ended is not None and (one.ended.seq < event.seq or one.ended.at <= at):
        return False  # ended before; or by the same act, with an event that tells of it
    agents = {None, *agents_of(one)}
    return not any(one.consent_seq <= cut.seq < event.seq and cut.agent in agents for cut in about.cuts)


def _up(one: Grant | Consent, known: Mapping[str, Grant | Consent]) -> Iterator[Grant | Consent]:
    """Yield *one*, and all that it rests on as far as it is known."""
    above: Grant | Consent | None = one
    seen = set[str]()
    while above is not None and above.id not in seen:
        seen.add(above.id)
        yield above
        above = None if above.parent is None else known.get(above.parent)
