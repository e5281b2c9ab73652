"""Events of every kind, each as full as it can be, and all that can be done to the JSON that they are sealed as."""

import json
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any

import attrs

from grantkit import (
    ADMINISTRATOR,
    READ_ONLY,
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
from grantkit.codec import seal_one
from grantkit.model import (
    AccessRequest,
    Actor,
    Amended,
    Approval,
    Approved,
    Ask,
    Body,
    ClockCorrected,
    Confirmed,
    Consent,
    Consented,
    ConsentEnded,
    CutOff,
    Demand,
    Denied,
    Ending,
    EndRecorded,
    Entered,
    Entry,
    Erased,
    Event,
    Frozen,
    Granted,
    Holder,
    Lapsed,
    Left,
    Reinstated,
    Relinquished,
    Requested,
    Retry,
    Revoked,
    RulesAdopted,
    Session,
    Settling,
    StepOpened,
    Suspended,
    TenantForgotten,
    Terms,
    TicketLinked,
    TicketSolved,
    Unfrozen,
    Use,
    Used,
    Window,
    Withdrawn,
    nameless,
)
from grantkit.model.principals import named
from grantkit.policy import Layer
from unit.making import HOUR, NOW, TICK

SEED = bytes(range(32))
BEFORE = "b" * 64
DIGEST = "d" * 64
ANA = Member(
    "m-ana",
    tenant="acme",
    roles={"admin", "owner"},
    roles_on={"account:ben": {"owner"}, "account:cy": ()},
    name="Ana",
    via="gr_7",
)
KIM = Agent("a-kim", teams={"support", "duty"}, name="Kim", via="gr_8")
SWEEP = System("sweep")
DENIES = PermissionPolicy.from_data(
    "guarded",
    [
        {"effect": "deny", "action": ["secret:*", "*:delete"], "resource": ["*"]},
        {"effect": "allow", "action": ["*"], "resource": ["project:*", "*:42"]},
    ],
)
NOTHING = PermissionPolicy.from_data("nothing", [])
TERMS = (
    Elapsed(days=1, hours=4, seconds=1),
    Calendar(years=1, months=2, days=10, zone="Europe/Berlin"),
    Calendar(days=1),
    StartOfDay(date(2027, 3, 9), "America/Santiago"),
    EndOfDay(date(2027, 3, 9)),
    Instant(NOW + HOUR + TICK),
    OpenEnded(),
)
APPROVALS = (
    Approval(
        by=nameless(ANA),
        selector="tenant:admin",
        at=NOW + TICK,
        channel="portal",
        reference="T-1: yes, do it",
        text="terms-3",
        word="Support",
        digest=DIGEST,
    ),
    Approval(by=nameless(KIM), selector="vendor:duty", at=NOW, reference="by phone", digest="e" * 64),
)
RETRY = Retry(actor=("member", "acme", "m-ana"), verb="grant", key="k-1", payload="f" * 64, subject="gr_1")
FULL = Grant(
    id="gr_1",
    tenant="acme",
    holder=Holder("agent", "a-kim"),
    scope=Scope.only("project:42", "account:a|b"),
    layers=(
        Layer.of(READ_ONLY, DENIES),
        Layer.of(NOTHING, kind="narrowed"),
        Layer.of(kind="delegated"),
        Layer.of(ADMINISTRATOR, kind="ceiling"),
    ),
    window=Window(NOW, NOW + HOUR + TICK),
    flow="everyday",
    as_team="support",
    act_as="m-ben",
    term=TERMS[1],
    reason="Boards missing; “Ünïcode”, \u2028 and \U0001f600",
    category="bug",
    tickets=frozenset({"T-2", "T-1"}),
    rules=DIGEST,
    demands=(Demand(beyond=Layer.of(READ_ONLY), needs="written"),),
    entry_required=True,
    consenting_roles=frozenset({"owner", "admin"}),
    approvals=APPROVALS,
    request="rq_1",
    parent="gr_0",
)
BARE = Grant(
    id="gr_2",
    tenant="acme",
    holder=Holder("team", "support"),
    scope=Scope.whole(),
    layers=(Layer.of(),),
    window=Window(NOW, OpenEnded()),
    rules=DIGEST,
)
FULL_CONSENT = Consent(
    id="cn_1",
    tenant="acme",
    flow="written",
    holder=FULL.holder,
    as_team="support",
    scope=FULL.scope,
    layers=FULL.layers,
    window=FULL.window,
    term=FULL.term,
    reason=FULL.reason,
    category="bug",
    tickets=FULL.tickets,
    rules=DIGEST,
    consenting_roles=FULL.consenting_roles,
    approvals=(attrs.evolve(APPROVALS[0], text_digest="a" * 64, ends_by=NOW + HOUR), APPROVALS[1]),
    request="rq_1",
)
BARE_CONSENT = Consent(
    id="cn_2",
    tenant="acme",
    flow="written",
    holder=BARE.holder,
    scope=BARE.scope,
    layers=BARE.layers,
    window=BARE.window,
    rules=DIGEST,
)
FULL_ASK = Ask(
    holder=FULL.holder,
    as_team="support",
    act_as="m-ben",
    scope=FULL.scope,
    layers=FULL.layers,
    terms=TERMS,
    starts=NOW + TICK,
    ends_by=NOW + HOUR,
)
BARE_ASK = Ask(holder=BARE.holder, scope=BARE.scope, layers=BARE.layers, terms=TERMS[:1])
FULL_REQUEST = AccessRequest(
    id="rq_1",
    tenant="acme",
    flow="everyday",
    flow_digest="c" * 64,
    yields="grant",
    by=nameless(ANA),
    ask=FULL_ASK,
    reason=FULL.reason,
    category="bug",
    tickets=FULL.tickets,
    rules=DIGEST,
    parent="cn_1",
    beforehand=attrs.evolve(APPROVALS[1], reference=None),
    awaits=("tenant:admin", "vendor:duty"),
    needs=2,
    lapses_at=NOW + HOUR,
)
BARE_REQUEST = AccessRequest(
    id="rq_2",
    tenant="acme",
    flow="written",
    flow_digest="c" * 64,
    yields="consent",
    by=nameless(ANA),
    ask=BARE_ASK,
    rules=DIGEST,
)
FULL_SESSION = Session(
    id="se_1",
    tenant="acme",
    grant="gr_1",
    agent="a-kim",
    window=Window(NOW, NOW + HOUR),
    reason=FULL.reason,
    category="bug",
    tickets=FULL.tickets,
    seq=7,
    left_at=NOW + TICK,
)
USE = Use(grant="gr_1", agent="a-kim", hour=NOW - HOUR, count=3, last=NOW - TICK)
OLD = Terms(window=FULL.window, term=TERMS[0], layers=FULL.layers, demands=FULL.demands, entry_required=True)
NEW = Terms(
    window=Window(NOW, OpenEnded()), term=None, layers=(Layer.of(),), demands=(), entry_required=False
)


def event(body: Body, **changed: Any) -> Event:
    """Return the event that *body* becomes, of a member whose clock was behind and who gave a key, with changes."""
    said = {"tenant": "acme", "seq": 7, "at": NOW + TICK, "clock": NOW, "actor": ANA, "rules": DIGEST}
    return Event(**{**said, "body": body, "retry": RETRY, **changed})


BODIES: dict[str, Body] = {
    "rules_adopted": RulesAdopted(DIGEST, "everyday rules"),
    "rules_adopted_nameless": RulesAdopted(DIGEST, ""),
    "granted": Granted(FULL),
    "granted_bare": Granted(BARE),
    "granted_on": Granted(
        attrs.evolve(FULL, added_by=Agent("a-lee", teams={"support"}), until_tickets=True, clipped=True)
    ),
    **{
        f"granted_{number}_{type(term).__name__.lower()}": Granted(attrs.evolve(BARE, term=term))
        for number, term in enumerate(TERMS)
    },
    "consented": Consented(FULL_CONSENT),
    "consented_bare": Consented(BARE_CONSENT),
    "consented_until_tickets": Consented(attrs.evolve(FULL_CONSENT, until_tickets=True)),
    **{f"consent_ended_{how.value}": ConsentEnded("cn_1", how) for how in Ending},
    "requested": Requested(FULL_REQUEST),
    "requested_bare": Requested(BARE_REQUEST),
    "requested_until_tickets": Requested(attrs.evolve(FULL_REQUEST, until_tickets=True)),
    "step_opened": StepOpened("rq_1", 1, ("tenant:owner", "vendor:duty"), 2, NOW + HOUR),
    "step_opened_for_good": StepOpened("rq_1", 2, ("tenant:owner",), 1, OpenEnded()),
    "approved": Approved("rq_1", APPROVALS[0], FULL_ASK, "Until 9 March"),
    "approved_as_asked": Approved("rq_1", attrs.evolve(APPROVALS[0], ends_by=OpenEnded())),
    "denied": Denied("rq_1", "not now"),
    "denied_without_a_word": Denied("rq_1"),
    "withdrawn": Withdrawn("rq_1"),
    "lapsed": Lapsed("rq_1"),
    "lapsed_cut_off": Lapsed("rq_1", Settling.CUT_OFF),
    "confirmed": Confirmed("gr_1"),
    "amended": Amended(grant_id="gr_1", old=OLD, new=NEW, approval=APPROVALS[0]),
    "amended_alone": Amended(grant_id="gr_1", old=NEW, new=OLD, approval=None),
    "revoked": Revoked("gr_1"),
    "relinquished": Relinquished("gr_1"),
    **{f"ended_{how.value}": EndRecorded("gr_1", how) for how in Ending},
    "ticket_linked": TicketLinked(grant_id="gr_1", ticket="T-7", approval=APPROVALS[0]),
    "ticket_solved": TicketSolved(ticket="T-7", grants=("gr_1", "gr_2"), consents=("cn_1",)),
    "ticket_solved_of_one": TicketSolved(ticket="T-7", grants=("gr_1",)),
    "entered": Entered(attrs.evolve(FULL_SESSION, seq=1, left_at=None)),
    "entered_bare": Entered(
        Session(id="se_2", tenant="acme", grant="gr_1", agent="a-kim", window=BARE.window)
    ),
    "left": Left("se_1"),
    "used": Used((USE, attrs.evolve(USE, agent="a-lee", count=1))),
    "suspended": Suspended("a-kim", "laptop stolen"),
    "suspended_without_a_word": Suspended("a-kim"),
    "reinstated": Reinstated("a-kim"),
    "cut_off": CutOff(None),
    "cut_off_agent": CutOff("a-kim"),
    "frozen": Frozen(None),
    "frozen_agent": Frozen("a-kim"),
    "unfrozen": Unfrozen(None),
    "unfrozen_agent": Unfrozen("a-kim"),
    "clock_corrected": ClockCorrected(NOW - TICK),
    "erased": Erased(
        texts=((2, "reason"), (2, "name:member:m-ana"), (3, "payload")),
        grants=("gr_1", "gr_2"),
        keys=((("member", "acme", "m-ana"), "grant", "k-1"), (("agent", "a-kim"), "amend", "k-2")),
    ),
    "erased_rows": Erased(texts=((2, "reason"),), consents=("cn_1", "cn_2"), requests=("rq_1",)),
    "erased_sessions": Erased(texts=((2, "reason"),), sessions=("se_1",)),
    "erased_names": Erased(texts=((2, "name:agent:a-kim"),)),
    "tenant_forgotten": TenantForgotten(LedgerHead(tenant="globex", seq=3, hash=DIGEST)),
}
ACTORS = {
    "member": ANA,
    "member_bare": Member("m-ben", tenant="acme"),
    "agent": KIM,
    "agent_bare": Agent("a-lee"),
    "system": SWEEP,
}
EVENTS: dict[str, Event] = {
    **{name: event(body, actor=KIM if isinstance(body, Entered) else ANA) for name, body in BODIES.items()},
    **{f"by_{name}": event(Revoked("gr_1"), actor=actor) for name, actor in ACTORS.items()},
    "without_key_or_clock": event(Revoked("gr_1"), retry=None, clock=None),
    "before_any_rules": event(Frozen(None), rules="", retry=None),
}


def saying(found: Event, texts: dict[str, str]) -> Event:
    """Return an event with these texts and no others."""
    body, retry = found.body, found.retry
    if isinstance(body, Granted):
        yes = tuple(_referring(each, texts) for each in body.grant.approvals)
        body = Granted(attrs.evolve(body.grant, reason=texts.get("reason", ""), approvals=yes))
    elif isinstance(body, Consented):
        yes = tuple(_referring(each, texts) for each in body.consent.approvals)
        body = Consented(attrs.evolve(body.consent, reason=texts.get("reason", ""), approvals=yes))
    elif isinstance(body, Requested):
        body = Requested(attrs.evolve(body.request, reason=texts.get("reason", "")))
    elif isinstance(body, Approved):
        body = attrs.evolve(body, approval=_referring(body.approval, texts), said=texts.get("preview", ""))
    elif isinstance(body, Denied | Suspended):
        body = attrs.evolve(body, reason=texts.get("reason", ""))
    elif isinstance(body, Entered):
        body = Entered(attrs.evolve(body.session, reason=texts.get("reason", "")))
    elif isinstance(body, Amended | TicketLinked) and body.approval is not None:
        body = attrs.evolve(body, approval=_referring(body.approval, texts))
    if retry is not None:
        retry = attrs.evolve(retry, payload=texts.get("payload", ""))
    name = texts.get(f"name:{_kind(found.actor)}:{found.actor.id}")
    return attrs.evolve(found, actor=named(found.actor, name), body=body, retry=retry)


def _referring(approval: Approval, texts: dict[str, str]) -> Approval:
    return attrs.evolve(approval, reference=texts.get(f"reference:{_kind(approval.by)}:{approval.by.id}"))


def _kind(actor: Actor) -> str:
    return type(actor).__name__.lower()


def sealed(found: Event, previous: str = BEFORE) -> Entry:
    """Return the entry of an event."""
    return seal_one(found, previous, SEED)


def data_of(entry: Entry) -> dict[str, Any]:
    """Return the JSON of an entry."""
    found: dict[str, Any] = json.loads(entry.sealed)
    return found


def spelled(data: object) -> bytes:
    """Return *data* in the one spelling, written without a word of the library."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def resealed(entry: Entry, data: object) -> Entry:
    """Return an entry whose bytes say *data*, under the hash of those bytes."""
    found = spelled(data)
    return attrs.evolve(entry, sealed=found, hash=sha256(found).hexdigest())


Path = tuple[str | int, ...]


def paths(data: object, here: Path = ()) -> Iterator[Path]:
    """Yield where every value lies, at each depth, the whole first."""
    yield here
    if isinstance(data, dict):
        for key, value in data.items():
            yield from paths(value, (*here, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from paths(value, (*here, place))


def at(data: Any, path: Path) -> Any:
    """Return the value at a place."""
    for step in path:
        data = data[step]
    return data


def changed(data: Any, path: Path, value: object) -> Any:
    """Return *data* with another value at a place; what does not lead there is shared: it is not to be written to."""
    if not path:
        return value
    found = data.copy()
    found[path[0]] = changed(data[path[0]], path[1:], value) if path[1:] else value
    return found


def without(data: Any, path: Path) -> Any:
    """Return *data* without what is at a place."""
    found = at(data, path[:-1]).copy()
    del found[path[-1]]
    return changed(data, path[:-1], found)


def grown(data: Any, path: Path, key: str, value: object) -> Any:
    """Return *data* with one key more in the object at a place."""
    return changed(data, path, {**at(data, path), key: value})


def places(said: dict[str, Any]) -> dict[str, list[Path]]:
    """Return where each of several pieces of JSON is worth changing: not where another says the same."""
    seen: set[tuple[object, ...]] = set()
    found: dict[str, list[Path]] = {}
    for name, data in said.items():
        for path in paths(data):
            # A body is read by its kind; all around it is read alike for every kind.
            what = (data.get("kind") if path[:1] == ("body",) else None, path, repr(at(data, path)))
            if what not in seen:
                seen.add(what)
                found.setdefault(name, []).append(path)
    return found
