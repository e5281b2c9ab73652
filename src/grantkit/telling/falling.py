"""
Falling: what is over with what an event ends, though no event of its own says so.

What rested on a consent or a grant is over from the moment at which that is, and what a cut-off silenced from the
cut-off on. Both are worked out at each decision and stand in no event; those who held them are told all the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Final

import attrs

from grantkit.inputs import FrozenMap
from grantkit.lifecycle import agents_of, silences
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

BY_TIME: Final = frozenset({Ending.EXPIRED, Ending.CUT_OFF})
"""
How a sweep records what time has ended: as cut off where a cut-off came before the sweep. What a cut-off itself ended
was told when it did.
"""


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
        case Revoked() | Relinquished() | EndRecorded() | ConsentEnded() | CutOff():
            return True
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
            rows = _rows(about)
            for one in standing(event, about):
                if agent is None or any(agent in agents_of(each) for each in (one, *above(one, rows))):
                    yield one
        case _:
            pass


def standing(event: Event, about: About) -> Iterator[Grant | Consent]:
    """Yield everything that stood until *event*, by itself and by all that it rests on."""
    cuts = _cuts_before(event, about)
    rows = _rows(about)
    for one in sorted(rows.values(), key=lambda each: each.consent_seq):
        over = any(_over(each, event, event.at, cuts) for each in above(one, rows))
        if not over and _stood(one, event, event.at, cuts):
            yield one


def fell_before(one: Grant | Consent, event: Event, about: About) -> bool:
    """Whether *one* was over before its own time, and before *event*: with what it rests on, or by a cut-off."""
    ended, closes = min(one.window.closes, event.at), one.window.closes
    chain_up = [*above(one, about.made)]
    return any(each.over_at < ended for each in chain_up) or any(
        silences(cut, each) and cut.at < min(closes, each.window.closes)  # a later cut-off found it over
        for each in (one, *chain_up)
        for cut in _cuts_before(event, about)
    )


def ended_at(event: Event, one: Grant | Consent | AccessRequest | None, about: About) -> datetime | None:
    """Return when *one* ended by itself, where *event* only records that; ``None`` where the event ended it."""
    match event.body:
        case Lapsed(how=Settling.LAPSED) if isinstance(one, AccessRequest) and not isinstance(
            one.lapses_at, OpenEnded
        ):
            return one.lapses_at
        case Lapsed() if isinstance(one, AccessRequest):
            return next((cut.at for cut in about.cuts if silences(cut, one)), None)
        case EndRecorded(how=how) | ConsentEnded(how=how) if how in BY_TIME and isinstance(
            one, Grant | Consent
        ):
            return one.window.closes
        case _:
            return None


def _below(ident: str, event: Event, about: About) -> Iterator[Grant | Consent]:
    """Yield what stood on what *event* ends; what had fallen already took all of it along then."""
    one = about.made.get(ident)
    if one is None or fell_before(one, event, about):
        return
    closes = one.window.closes
    cuts = [cut for cut in _cuts_before(event, about) if cut.at < closes]  # a later one found it over
    waiting = [one]
    while waiting:
        top = waiting.pop()
        for each in about.resting.get(top.id, ()):
            # Younger than what it rests on: rows that lead round in a circle end nowhere.
            if each.consent_seq > top.consent_seq and _stood(each, event, min(event.at, closes), cuts):
                waiting.append(each)
                yield each


def _stood(one: Grant | Consent, event: Event, at: datetime, cuts: Iterable[Cut]) -> bool:
    """Whether *one*, seen by itself, stood until *event*, and ends at *at* in no event of its own."""
    if one.consent_seq >= event.seq or _over(one, event, at, cuts):
        return False
    return one.ended is None or one.ended.at > at  # else by the same act, with an event that tells of it


def _over(one: Grant | Consent, event: Event, at: datetime, cuts: Iterable[Cut]) -> bool:
    """Whether *one*, seen by itself, was over before *event*, or at *at* by time."""
    recorded = one.ended is not None and one.ended.seq < event.seq
    return recorded or one.window.closes <= at or any(silences(cut, one) for cut in cuts)


def _rows(about: About) -> dict[str, Grant | Consent]:
    return {one.id: one for one in chain.from_iterable(about.resting.values())}


def _cuts_before(event: Event, about: About) -> list[Cut]:
    return [cut for cut in about.cuts if cut.seq < event.seq]


def above(
    one: Grant | Consent | AccessRequest, known: Mapping[str, Grant | Consent]
) -> Iterator[Grant | Consent]:
    """Yield all that *one* rests on, up to the top, as far as it is known."""
    seen, parent = {one.id}, one.parent
    while parent is not None and parent in known and parent not in seen:
        seen.add(parent)
        yield known[parent]
        parent = known[parent].parent
