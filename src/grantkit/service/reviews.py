"""Reviews: reading what one is made of, all of one moment, and going from tenant to tenant."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

import attrs

from grantkit.errors import Corrupt, GrantkitError, InvalidInput, NotFound, Unavailable
from grantkit.inputs import FrozenMap, instance_of, instant
from grantkit.lifecycle import (
    GrantState,
    RequestState,
    SessionState,
    Slice,
    Want,
    agents_of,
    may_look,
    session_state_of,
    silences,
)
from grantkit.model import (
    HEAD,
    VENDOR,
    AccessRequest,
    Actor,
    Consent,
    Cut,
    Grant,
    Head,
    Row,
    RowKey,
    Session,
    Stance,
    Usage,
    nameless,
)
from grantkit.ports import AsyncDirectory, Behind, Directory
from grantkit.rules import Selector
from grantkit.service.host import Host
from grantkit.service.looks import Filter, Look, consents_plan, grants_plan, requests_plan
from grantkit.service.ruling import rules_of
from grantkit.service.statuses import RequestStatus, Status, status_of
from grantkit.service.stays import Inside, uses_plan
from grantkit.service.steps import PAGE, Steps, behind, events, load, load_head, outside, rows
from grantkit.telling import Reader
from grantkit.telling.remarks import Limits
from grantkit.telling.review import Review
from grantkit.telling.reviewed import ReviewedRequest
from grantkit.telling.reviewing import Facts, Stood, review_of

_TRIES = 5
"""How often a tenant is read while uses are being taken into its record."""

REVIEWS = 50
"""How many tenants are reviewed at once, unless something else is said."""

MOST_REVIEWS = 1000

_STANDS = frozenset({GrantState.SCHEDULED, GrantState.LIVE})
_ALL = Filter(states=None, flow=None, holders=None, actor=None)


@attrs.frozen(kw_only=True)
class Wanted:
    """
    What is to be reviewed, and how.

    Attributes:
        by: Who looks; ``None`` for the host itself.
        limits: What counts as unused and overlong, and since when ends are told.
        directory: Who is asked whether those who consented still hold their roles; ``None`` for nobody.
    """

    by: Actor | None
    limits: Limits
    directory: Directory | AsyncDirectory | None


def limits_of(since: datetime | None, unused_for: timedelta, overlong: timedelta) -> Limits:
    """Return what a review points out, its arguments checked."""
    return Limits(
        unused_for=_span("unused_for", unused_for),
        overlong=_span("overlong", overlong),
        since=None if since is None else instant("since", since),
    )


def _span(field: str, span: timedelta) -> timedelta:
    instance_of(field, span, timedelta)
    if span < timedelta(seconds=1):
        raise InvalidInput(field=field, code="out_of_range", wants="a second or more")
    return span


def review_plan(host: Host, tenant: str, wanted: Wanted) -> Steps[Review]:
    """Return the review of *tenant*."""
    rules = yield from rules_of(host, tenant)
    by, clock = wanted.by, host.now()
    slice_, usages = yield from _moment(host, tenant)
    everything: tuple[Grant | Consent | AccessRequest, ...] = (
        *slice_.grants.values(),
        *slice_.consents.values(),
        *slice_.requests.values(),
    )
    shown, whole = {one.id for one in everything}, True
    if by is not None:
        visible = yield from _visible(host, tenant, by)
        all_of_it = may_look(by, tenant, rules, rules.view.status)
        if not all_of_it and not visible:
            raise NotFound(what="tenant", id=tenant, tenant=tenant)
        # That something is left out is told to nobody from whom the tenant as such is hidden.
        shown, whole = shown & visible, all_of_it and shown <= visible
    slice_ = yield from _with_suspended(slice_, everything)
    cutters = yield from _cutters(slice_, everything)
    statuses = [status_of(slice_, one, clock) for one in everything if one.id in shown]
    stood: list[Stood] = []
    requests: list[ReviewedRequest] = []
    for status in statuses:
        if isinstance(status, RequestStatus):
            requests.append(_request(status, cutters))
            continue
        stood.append(
            Stood(
                row=status.row,
                state=status.state,
                ended_at=status.ended_at,
                ended_by=_ended_by(status.row, status.state, cutters),
                frozen=status.frozen,
                suspended=status.suspended,
            )
        )
    lost = None if wanted.directory is None else (yield from _lost(wanted.directory, tenant, stood))
    sessions = tuple(sorted(slice_.sessions.values(), key=lambda each: each.seq))
    open_ = (one.id for one in sessions if session_state_of(slice_, one, clock) is SessionState.OPEN)
    made: tuple[Grant | Consent, ...] = (*slice_.grants.values(), *slice_.consents.values())
    return review_of(
        Facts(
            tenant=tenant,
            now=max(clock, slice_.head.seen_at),
            seq=slice_.head.seq,
            rules=rules,
            limits=wanted.limits,
            freeze=slice_.head.freeze,
            stood=tuple(stood),
            requests=tuple(sorted(requests, key=lambda each: each.request.seq)),
            sessions=sessions,
            open_sessions=frozenset(open_),
            usages=usages,
            lost=lost,
            solved=frozenset[str]().union(*(one.solved for one in made)),
            whole=whole,
        )
    )


Skip = Callable[[str, GrantkitError], object]


def reviews_plan(
    host: Host, wanted: Wanted, *, after: str, limit: int, failed: Skip | None
) -> Steps[tuple[Review, ...]]:
    """Return the reviews of the tenants past *after*, by id, at most *limit*; *failed* is told of those that fail."""
    found: list[Review] = []
    most = min(PAGE, limit)
    while len(found) < limit:
        page = yield from behind(Behind(consumer=None, after=after, limit=most))
        for each in page:
            if each.tenant != VENDOR and len(found) < limit:
                try:
                    found.append((yield from review_plan(host, each.tenant, wanted)))
                except GrantkitError as error:
                    if failed is None:
                        error.add_note(f"This was while tenant {each.tenant} was reviewed.")
                        raise
                    came = yield from outside(partial(failed, each.tenant, error))
                    if came.error is not None:
                        raise came.error from error
        if len(page) < most:
            break
        after = page[-1].tenant
    return tuple(found)


def _moment(host: Host, tenant: str) -> Steps[tuple[Slice, tuple[Usage, ...]]]:
    """
    Return the whole projection of *tenant*, of one moment, and what was used by then.

    Uses lie beside the record until they are taken into it: read in between, they would be lost or counted twice.
    """
    kept = yield from rows(tenant)
    for _ in range(_TRIES):
        look = Inside(tenant=tenant, by=None, grant=None, agent=None)
        usages = yield from uses_plan(host, look)
        head = yield from load_head(tenant)
        if kept.get(HEAD, Head(tenant=tenant)) == head:
            return _slice(tenant, kept), usages
        before, kept = kept, (yield from rows(tenant))
        if _usages(before) == _usages(kept):
            return _slice(tenant, kept), usages
    raise Unavailable(what="a quiet moment of the tenant's record")


def _usages(kept: Mapping[RowKey, Row | None]) -> set[Usage]:
    return {row for row in kept.values() if isinstance(row, Usage)}


def _slice(tenant: str, kept: Mapping[RowKey, Row | None]) -> Slice:
    """Return the slice of all there is; a row that cannot be read would be access that the review does not show."""
    found = list(kept.values())
    if any(row is None or getattr(row, "tenant", tenant) != tenant for row in found):
        raise Corrupt(what="rows of another tenant, or that cannot be read")
    head = kept.get(HEAD)
    return Slice(
        head=head if isinstance(head, Head) else Head(tenant=tenant),
        grants=FrozenMap((row.id, row) for row in found if isinstance(row, Grant)),
        consents=FrozenMap((row.id, row) for row in found if isinstance(row, Consent)),
        requests=FrozenMap((row.id, row) for row in found if isinstance(row, AccessRequest)),
        sessions=FrozenMap((row.id, row) for row in found if isinstance(row, Session)),
        stances=FrozenMap((row.agent, row) for row in found if isinstance(row, Stance)),
        cuts=tuple(sorted((row for row in found if isinstance(row, Cut)), key=lambda cut: cut.seq)),
    )


def _visible(host: Host, tenant: str, by: Actor) -> Steps[set[str]]:
    """Return what *by* may see, as the verbs that list it say: one rule, in one place."""
    look = Look(tenant=tenant, by=by, wanted=_ALL, limit=None)
    granted = yield from grants_plan(host, look)
    consented = yield from consents_plan(host, look)
    asked = yield from requests_plan(host, look)
    found: tuple[Status, ...] = (*granted, *consented, *asked)
    return {each.row.id for each in found}


def _with_suspended(slice_: Slice, everything: Iterable[Grant | Consent | AccessRequest]) -> Steps[Slice]:
    named = sorted(frozenset[str]().union(*map(agents_of, everything)))
    suspended: set[str] = set()
    for begin in range(0, len(named), PAGE):
        want = Want(agents=tuple(named[begin : begin + PAGE]))
        part = yield from load(slice_.head.tenant, want)
        suspended |= part.suspended
    return attrs.evolve(slice_, suspended=frozenset(suspended))


Cutters = Callable[[Grant | Consent | AccessRequest], Actor | None]


def _cutters(slice_: Slice, everything: Iterable[Grant | Consent | AccessRequest]) -> Steps[Cutters]:
    """Return what says who cut something off: the row of a cut-off says when, and its event by whom."""
    cut_by: dict[str, int] = {}
    for one in everything:
        at = slice_.cut_at(one)
        seq = next((cut.seq for cut in slice_.cuts if silences(cut, one)), None)
        if at is not None and seq is not None:
            cut_by[one.id] = seq
    actors: dict[int, Actor] = {}
    for seq in sorted({*cut_by.values()}):
        page = yield from events(slice_.head.tenant, seq - 1, 1)
        actors.update({event.seq: nameless(event.actor) for event in page})
    return lambda one: actors.get(cut_by.get(one.id, 0))


def _ended_by(row: Grant | Consent, state: GrantState, cutters: Cutters) -> Actor | None:
    """Return who ended *row*: not the job that recorded what time had done, nor what a cut-off had."""
    if state is GrantState.CUT_OFF:
        return cutters(row)
    return None if row.ended is None or state is GrantState.EXPIRED else row.ended.by


def _request(status: RequestStatus, cutters: Cutters) -> ReviewedRequest:
    by = status.settled_by
    if status.state is RequestState.CUT_OFF:
        by = cutters(status.request)
    return ReviewedRequest(
        request=status.request,
        state=status.state,
        decided_at=status.decided_at,
        decided_by=None if status.state is RequestState.LAPSED else by,
        lapsed_at=status.lapsed_at,
        access_ended_at=status.access_ended_at,
    )


def _lost(
    directory: Directory | AsyncDirectory, tenant: str, stood: Iterable[Stood]
) -> Steps[dict[str, tuple[str, ...]]]:
    """
    Return who consented to what stands and holds the role no longer that entitled them, by grant or consent.

    What they consented to stays: they were entitled then (design, rulings). Whoever wants it otherwise revokes.
    """
    holding: dict[tuple[str, ...], frozenset[str]] = {}
    lost: dict[str, tuple[str, ...]] = {}
    for row in (each.row for each in stood if each.state in _STANDS):
        gone: set[str] = set()
        for each in row.approvals:
            who = Selector.parse("selector", each.selector)
            key = (who.side, who.name, str(row.scope))
            if key not in holding:
                holding[key] = yield from _holding(directory, tenant, who, row)
            if each.by.id not in holding[key]:
                gone.add(each.by.id)
        if gone:
            lost[row.id] = tuple(sorted(gone))
    return lost


def _holding(
    directory: Directory | AsyncDirectory, tenant: str, who: Selector, row: Grant | Consent
) -> Steps[frozenset[str]]:
    ask: Callable[[], object]
    if who.side == "vendor":
        ask = partial(directory.agents, who.name)
    else:
        ask = partial(directory.members, tenant, who.name, row.scope)
    came = yield from outside(ask, _ids_of)
    if came.error is not None:
        # A review that took silence for "everybody still holds it" would be worth less than none.
        raise Unavailable(what="the directory") from came.error
    found: frozenset[str] = came.value
    return found


def _ids_of(readers: Iterable[Reader]) -> frozenset[str]:
    return frozenset(reader.id for reader in readers)
