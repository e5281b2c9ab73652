"""Strategies: any event of every kind, and any row, with everything in it that either can hold."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from grantkit import (
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    Grant,
    Instant,
    LedgerHead,
    Member,
    OpenEnded,
    PermissionPolicy,
    Scope,
    StartOfDay,
    System,
)
from grantkit.inputs import EARLIEST, LATEST
from grantkit.model import (
    MOST_SEQ,
    VENDOR,
    Amended,
    Approval,
    Body,
    ClockCorrected,
    Confirmed,
    Cut,
    CutOff,
    Demand,
    Ended,
    Ending,
    EndRecorded,
    Erased,
    Event,
    Freeze,
    Frozen,
    Granted,
    Head,
    Holder,
    Relinquished,
    Retry,
    Revoked,
    Row,
    RulesAdopted,
    Stance,
    TenantForgotten,
    Terms,
    Unfrozen,
    Window,
    nameless,
)
from grantkit.policy import Layer

FEWER = settings(max_examples=max(20, (settings.default or settings()).max_examples // 3))
"""An event takes long to make up."""

_FIRST = "ABCXYZabcxyz0189"
IDS = st.builds(
    lambda first, rest: first + rest,
    st.sampled_from(_FIRST),
    st.text(_FIRST + "._:@+|/=~-", max_size=12),
)
_PARTS = st.builds(
    lambda first, rest: first + rest, st.sampled_from(_FIRST), st.text(_FIRST + "._-", max_size=5)
)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
SEQS = st.integers(1, 40) | st.just(MOST_SEQ)
INSTANTS = st.datetimes(
    EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None) - timedelta(microseconds=1)
).map(lambda at: at.replace(tzinfo=UTC))
# Whatever Python can put into a text and people can type: quotes, escapes, line separators, characters past U+FFFF.
TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from('\n\t"\\\u2028{}'),
    min_size=1,
    max_size=20,
)
LINES = st.text(st.characters(whitelist_categories=("L", "N", "S", "P")), min_size=1, max_size=20)


def _maybe(found: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | found


_RESOURCES = st.builds("{}:{}".format, _PARTS, IDS)
_ACTIONS = st.sampled_from(("*", "*:read", "board:*", "a.b-c:d_e")) | st.builds(
    "{}:{}".format, _PARTS, _PARTS
)
_PATTERNS = st.sampled_from(("*", "project:*", "*:42")) | _RESOURCES
_STATEMENTS = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(("allow", "deny")),
        "action": st.lists(_ACTIONS, min_size=1, max_size=3),
        "resource": st.lists(_PATTERNS, min_size=1, max_size=3),
    }
)
_POLICIES = st.builds(PermissionPolicy.from_data, IDS, st.lists(_STATEMENTS, max_size=2))
_SETS = st.lists(_POLICIES, max_size=3, unique_by=lambda policy: policy.name)


def _layer(kind: str) -> st.SearchStrategy[Layer]:
    return _SETS.map(lambda policies: Layer.of(*policies, kind=kind))  # type: ignore[arg-type]


LAYERS = st.builds(
    lambda first, more: (first, *more),
    _layer("consented"),
    st.lists(st.sampled_from(("narrowed", "delegated", "ceiling")).flatmap(_layer), max_size=2),
)
AGENTS = st.builds(
    Agent, IDS, st.frozensets(IDS, max_size=3), _maybe(LINES.map(str.strip).filter(bool)), _maybe(IDS)
)
MEMBERS = st.builds(
    Member,
    IDS,
    IDS,
    st.frozensets(IDS, max_size=3),
    _maybe(LINES.map(str.strip).filter(bool)),
    _maybe(IDS),
    roles_on=_maybe(st.dictionaries(_RESOURCES, st.frozensets(IDS, max_size=2), max_size=2)),
)
SYSTEMS = st.builds(System, IDS)
ACTORS = AGENTS | MEMBERS | SYSTEMS
_PEOPLE = (AGENTS | MEMBERS).map(nameless)
_ZONES = _maybe(st.sampled_from(("Europe/Berlin", "America/Santiago", "UTC")))
_DATES = st.dates(date(1970, 1, 1), date(8999, 1, 1))
_SPANS = st.integers(1, 1_000 * 366 * 86_400)
TERMS = st.one_of(
    _SPANS.map(lambda seconds: Elapsed(seconds=seconds)),
    st.builds(
        lambda months, days, zone: Calendar(months=months, days=days + 1, zone=zone),
        st.integers(0, 300),
        st.integers(0, 300),
        _ZONES,
    ),
    st.builds(StartOfDay, _DATES, _ZONES),
    st.builds(EndOfDay, _DATES, _ZONES),
    INSTANTS.map(Instant),
    st.just(OpenEnded()),
)
WINDOWS = st.builds(
    lambda start, ticks: Window(
        start, OpenEnded() if ticks is None else start + timedelta(microseconds=ticks)
    ),
    INSTANTS.filter(lambda at: at < datetime(8000, 1, 1, tzinfo=UTC)),
    _maybe(st.integers(1, 10**15)),
)
SCOPES = st.just(Scope.whole()) | st.lists(_RESOURCES, min_size=1, max_size=3).map(
    lambda all_: Scope.only(*all_)
)
DEMANDS = st.lists(
    st.builds(Demand, beyond=st.sampled_from(("consented", "ceiling")).flatmap(_layer), needs=IDS), max_size=2
).map(tuple)


def approvals(seq: st.SearchStrategy[int | None]) -> st.SearchStrategy[Approval]:
    """Return approvals, sealed in an event or not yet."""
    return st.builds(
        Approval,
        by=_PEOPLE,
        selector=st.builds("{}:{}".format, st.sampled_from(("tenant", "vendor")), IDS),
        at=INSTANTS,
        channel=IDS,
        reference=_maybe(TEXTS),
        text=_maybe(IDS),
        word=_maybe(TEXTS),
        digest=DIGESTS,
        seq=seq,
    )


def grants(seq: st.SearchStrategy[int | None], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Grant]:
    """Return grants, as consented to or as they became."""
    return st.builds(
        Grant,
        id=IDS,
        holder=st.builds(Holder, st.sampled_from(("agent", "team")), IDS),
        scope=SCOPES,
        layers=LAYERS,
        window=WINDOWS,
        flow=IDS,
        as_team=_maybe(IDS),
        act_as=_maybe(IDS),
        term=_maybe(TERMS),
        reason=st.just("") | TEXTS,
        category=_maybe(IDS),
        tickets=st.frozensets(TEXTS, max_size=2),
        demands=DEMANDS,
        entry_required=st.booleans(),
        consenting_roles=st.frozensets(IDS, max_size=2),
        approvals=st.lists(
            approvals(seq), max_size=2, unique_by=lambda each: (type(each.by), each.by.id)
        ).map(tuple),
        request=_maybe(IDS),
        parent=_maybe(IDS),
        **more,
    )


_KINDS = (
    st.tuples(st.just("agent"), IDS)
    | st.tuples(st.just("member"), IDS, IDS)
    | st.tuples(st.just("system"), IDS)
)
_TERMS = st.builds(
    Terms, window=WINDOWS, term=_maybe(TERMS), layers=LAYERS, demands=DEMANDS, entry_required=st.booleans()
)
_WHATS = (
    st.just("reason")
    | st.just("payload")
    | st.builds("name:agent:{}".format, IDS)
    | st.builds("reference:member:{}".format, IDS)
)
RETRIES = st.builds(
    Retry, actor=_KINDS, verb=st.sampled_from(("grant", "request")), key=IDS, payload=DIGESTS, subject=IDS
)
_ENDS = st.builds(EndRecorded, IDS, st.sampled_from(Ending))


def bodies(tenant: str, rules: str) -> st.SearchStrategy[Body]:
    """Return bodies of every kind, as an event of that tenant under these rules can have."""
    consented = grants(st.none(), tenant=st.just(tenant), rules=st.just(rules))
    return st.one_of(
        st.builds(RulesAdopted, DIGESTS, st.just("") | TEXTS),
        consented.map(Granted),
        st.builds(Confirmed, IDS),
        st.builds(Amended, grant_id=IDS, old=_TERMS, new=_TERMS, approval=_maybe(approvals(st.none()))),
        st.builds(Revoked, IDS),
        st.builds(Relinquished, IDS),
        _ENDS,
        st.builds(CutOff, _maybe(IDS)),
        st.builds(Frozen, _maybe(IDS)),
        st.builds(Unfrozen, _maybe(IDS)),
        st.builds(ClockCorrected, INSTANTS),
        st.builds(
            Erased,
            st.lists(st.tuples(SEQS, _WHATS), min_size=1, max_size=3, unique=True).map(tuple),
            st.lists(IDS, max_size=2, unique=True).map(lambda ids: tuple(sorted(ids))),
            st.lists(st.tuples(_KINDS, st.just("grant"), IDS), max_size=2, unique=True).map(tuple),
        ),
        st.builds(TenantForgotten, st.builds(LedgerHead, tenant=IDS, seq=SEQS, hash=DIGESTS)),
    )


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Return any event."""
    tenant = draw(IDS)
    rules = draw(st.just("") | DIGESTS)
    body = draw(bodies(tenant, rules))
    if isinstance(body, TenantForgotten):
        tenant = VENDOR
    return Event(
        tenant=tenant,
        seq=draw(SEQS),
        at=draw(INSTANTS),
        clock=draw(_maybe(INSTANTS)),
        actor=draw(ACTORS),
        rules=rules,
        body=body,
        retry=draw(_maybe(RETRIES)),
    )


_NAMELESS = ACTORS.map(nameless)
_FREEZES = _maybe(st.builds(Freeze, _NAMELESS, INSTANTS, SEQS))
_ENDED = _maybe(st.builds(Ended, how=st.sampled_from(Ending), at=INSTANTS, by=_NAMELESS, seq=SEQS))
ROWS: dict[str, st.SearchStrategy[Row]] = {
    "head": st.builds(
        Head,
        tenant=IDS | st.just(VENDOR),
        seq=SEQS,
        hash=DIGESTS,
        seen_at=INSTANTS,
        rules=st.just("") | DIGESTS,
        freeze=_FREEZES,
        cut_off=st.just(0) | SEQS,
    ),
    "agent": st.builds(Stance, agent=IDS, freeze=_FREEZES, cut_off=st.just(0) | SEQS),
    "cut": st.builds(Cut, agent=_maybe(IDS), seq=SEQS, at=INSTANTS),
    "retry": RETRIES
    | RETRIES.map(
        lambda retry: Retry(
            actor=retry.actor, verb=retry.verb, key=retry.key, payload="", subject=retry.subject
        )
    ),
    "grant": grants(
        SEQS,
        tenant=IDS,
        rules=st.just("") | DIGESTS,
        consent_seq=SEQS,
        version=st.integers(1, 9),
        ended=_ENDED,
    ),
}
