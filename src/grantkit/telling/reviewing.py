"""How an access review is made: the facts of one moment in, the review out (R13)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import attrs

from grantkit.inputs import FrozenMap
from grantkit.lifecycle import GrantState, RequestState
from grantkit.model import Actor, Consent, Freeze, Grant, Session, Usage
from grantkit.rules import AccessRules
from grantkit.telling.remarks import Circumstances, Limits, remarks_on
from grantkit.telling.review import FlowReview, Review
from grantkit.telling.reviewed import ByAgent, Over, Reviewed, ReviewedRequest, Tally

_STANDS: Final = frozenset({GrantState.SCHEDULED, GrantState.LIVE})


@attrs.frozen(kw_only=True)
class Stood:
    """
    A grant or a consent, and where it stands: said by the lifecycle, and not judged again here.

    Attributes:
        row: Which.
        state: Where it stands.
        ended_at: When it ended.
        ended_by: Who ended it, if somebody did.
        frozen: Whether a freeze holds it up.
        suspended: Whether a suspension does.
    """

    row: Grant | Consent
    state: GrantState
    ended_at: datetime | None = None
    ended_by: Actor | None = None
    frozen: bool = False
    suspended: bool = False


@attrs.frozen(kw_only=True)
class Facts:
    """
    What a review is made of: one moment of a tenant's record.

    Attributes:
        tenant: Whose.
        now: The time of the review.
        seq: The sequence of the record's last event.
        rules: Today's rules.
        limits: What counts as unused and overlong, and since when ends are told.
        freeze: The freeze of the whole tenant.
        stood: Grants and consents, and where each stands.
        requests: Requests, and what became of each.
        sessions: Who entered.
        open_sessions: The ids of those that are open.
        usages: What was used: what the record has summed up, and what is counted beside it.
        lost: By grant or consent: who consented and no longer holds the role, by id; ``None`` if nobody was asked.
        solved: The tickets that the whole record knows to be solved.
        whole: Whether nothing of the tenant has been left out.
    """

    tenant: str
    now: datetime
    seq: int
    rules: AccessRules
    limits: Limits
    freeze: Freeze | None = None
    stood: tuple[Stood, ...] = ()
    requests: tuple[ReviewedRequest, ...] = ()
    sessions: tuple[Session, ...] = ()
    open_sessions: frozenset[str] = frozenset()
    usages: tuple[Usage, ...] = ()
    lost: Mapping[str, tuple[str, ...]] | None = None
    solved: frozenset[str] = frozenset()
    whole: bool = True


@attrs.frozen(kw_only=True)
class _Inside:
    """
    What happened under each grant, and what rests on what: each found in one step.

    Attributes:
        by_agent: What each agent did, agents by id.
        entered: Who is inside now, by id.
        below: What rests on it, over or not.
    """

    by_agent: Mapping[str, tuple[ByAgent, ...]]
    entered: Mapping[str, tuple[str, ...]]
    below: Mapping[str, tuple[Stood, ...]]

    def when(self, row: Grant | Consent) -> Iterable[datetime]:
        """Yield when something happened under one, and under all that rests on it, however far down."""
        tallies = (tally for each in self.by_agent.get(row.id, ()) for tally in (each.entered, each.used))
        yield from (tally.last for tally in tallies if tally.last is not None)
        for each in self.under(row):
            yield each.starts_at
            yield from self.when(each)

    def under(self, row: Grant | Consent) -> Iterable[Grant | Consent]:
        """Yield what rests on one; what is not younger does not, and would lead round in a circle."""
        rows = (each.row for each in self.below.get(row.id, ()))
        return (each for each in rows if each.consent_seq > row.consent_seq)

    def busy(self, row: Grant | Consent) -> bool:
        """Whether somebody is inside, by it or by what rests on it."""
        return row.id in self.entered or any(map(self.busy, self.under(row)))


def review_of(facts: Facts) -> Review:
    """Return the review of *facts*."""
    inside = _inside(facts)
    shown = [
        _reviewed(facts, each, inside)
        for each in sorted(facts.stood, key=lambda each: each.row.consent_seq)
        if each.state in _STANDS or facts.limits.tells(each.ended_at)
    ]
    requests = [each for each in facts.requests if _told(facts.limits, each)]
    names = {each.row.flow for each in shown} | {each.request.flow for each in requests}
    return Review(
        tenant=facts.tenant,
        now=facts.now,
        seq=facts.seq,
        rules=facts.rules.digest,
        limits=facts.limits,
        freeze=facts.freeze,
        whole=facts.whole,
        roles_checked=facts.lost is not None,
        flows=tuple(_flow(name, shown, requests) for name in sorted(names)),
    )


def _told(limits: Limits, each: ReviewedRequest) -> bool:
    ends = each.decided_at, each.lapsed_at, each.access_ended_at
    return each.state is RequestState.PENDING or limits.tells(*ends)


def _flow(name: str, shown: Iterable[Reviewed], requests: Iterable[ReviewedRequest]) -> FlowReview:
    ours = [each for each in shown if each.row.flow == name]
    return FlowReview(
        flow=name,
        grants=tuple(each for each in ours if each.over is None and each.kind == "grant"),
        consents=tuple(each for each in ours if each.over is None and each.kind == "consent"),
        ended=tuple(each for each in ours if each.over is not None),
        requests=tuple(each for each in requests if each.request.flow == name),
    )


def _inside(facts: Facts) -> _Inside:
    entered: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    used: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    now: defaultdict[str, set[str]] = defaultdict(set)
    below: defaultdict[str, list[Stood]] = defaultdict(list)
    for session in facts.sessions:
        key = session.grant, session.agent
        entered[key] = entered[key].plus(1, session.entered_at, session.agent)
        if session.id in facts.open_sessions:
            now[session.grant].add(session.agent)
    for usage in facts.usages:
        key = usage.grant, usage.agent
        used[key] = used[key].plus(usage.count, usage.last, usage.agent)
    for each in facts.stood:
        if each.row.parent is not None:
            below[each.row.parent].append(each)
    by_agent: defaultdict[str, list[ByAgent]] = defaultdict(list)
    for grant, agent in sorted({*entered, *used}):
        did = ByAgent(agent=agent, entered=entered[grant, agent], used=used[grant, agent])
        by_agent[grant].append(did)
    return _Inside(
        by_agent=FrozenMap((grant, tuple(each)) for grant, each in by_agent.items()),
        entered=FrozenMap((grant, tuple(sorted(each))) for grant, each in now.items()),
        below=FrozenMap((ident, tuple(each)) for ident, each in below.items()),
    )


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for each in tallies:
        total = total.and_also(each)
    return total


def _reviewed(facts: Facts, stood: Stood, inside: _Inside) -> Reviewed:
    row, by_agent = stood.row, inside.by_agent.get(stood.row.id, ())
    found = Reviewed(
        row=row,
        state=stood.state,
        entered=_sum(each.entered for each in by_agent),
        inside=inside.entered.get(row.id, ()),
        used=_sum(each.used for each in by_agent),
        by_agent=by_agent,
        carries=tuple(each.row.id for each in inside.below.get(row.id, ()) if each.state in _STANDS),
    )
    if stood.state not in _STANDS:
        return attrs.evolve(found, over=Over(how=stood.state, at=stood.ended_at, by=stood.ended_by))
    seen = Circumstances(
        now=facts.now,
        state=stood.state,
        frozen=stood.frozen,
        suspended=stood.suspended,
        last=_last(facts, found, inside),
        solved=facts.solved,
        rules=facts.rules,
        lost=(facts.lost or {}).get(row.id, ()),
        limits=facts.limits,
    )
    return attrs.evolve(found, remarks=remarks_on(row, seen))


def _last(facts: Facts, one: Reviewed, inside: _Inside) -> datetime | None:
    """
    Return when anything last happened under *one*, its start at the earliest.

    What was opened or handed on under it counts as using it, and so does what is done there. Somebody who is inside is
    using it now. A written permission opens nothing, and is needed whether or not anything happens.
    """
    if any(one.row.flow == each.needs for each in facts.rules.demands):
        return None
    if inside.busy(one.row):
        return facts.now
    return max((one.row.starts_at, *inside.when(one.row)))
