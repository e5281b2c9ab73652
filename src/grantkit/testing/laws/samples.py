"""Rows to plant: plain ones to change, and one of each kind with every field filled."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from grantkit.model import (
    AccessRequest,
    Agent,
    Approval,
    Ask,
    Calendar,
    Consent,
    Cut,
    Demand,
    Elapsed,
    Ended,
    Ending,
    EndOfDay,
    Freeze,
    Grant,
    Holder,
    Instant,
    Member,
    OpenEnded,
    Retry,
    Row,
    Scope,
    Settled,
    Settling,
    Stance,
    StartOfDay,
    System,
    Term,
    Window,
)
from grantkit.policy import ADMINISTRATOR, READ_ONLY, Layer, PermissionPolicy
from grantkit.rules import AccessRules

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOON = datetime(2027, 3, 3, 12, 0, 0, 123_457, tzinfo=UTC)
"""An instant that a store which rounds to milliseconds, or keeps a float, does not give back."""
MOST = 2**53 - 1
"""The largest number that any field of a row can hold."""

KIM = Holder("agent", "a-kim")
LEE = Holder("agent", "a-lee")
SUPPORT = Holder("team", "support")
TECH = Holder("team", "tech")
HOLDERS = (KIM, SUPPORT)
"""As whom ``a-kim`` asks."""
JOB = System("sweep")

TEXTS = (
    "caf\u00e9 \u2126 \ufb01",  # composed, and letters that NFKC folds
    "cafe\u0301 \u03a9 fi",  # the same to the eye, decomposed
    "trailing space ",
    " leading, and  two  inside\tand a tab",
    "two\nlines\n",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",  # written from right to left
    "\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308 \U0010fffd",  # beyond the basic plane, joined
    "zero\u200bwidth\ufeff",
    "100% _ [a-z]* ? \\ \" ' ; -- NULL",
    "Stra\u00dfe STRASSE stra\u1e9ee \u0130i\u0131I",
    "0",
    "null",
    "x" * 4096,
)
"""Words of people that a careless store changes."""


def team(number: int) -> Holder:
    """Return one team of many."""
    return Holder("team", f"team-{number}")


def window(start: datetime = NOON - HOUR, end: datetime | None = NOON + HOUR) -> Window:
    """Return the window from *start* to *end*, which is ``None`` for no end."""
    return Window(start, OpenEnded() if end is None else end)


def grant(ident: str, tenant: str = "acme", /, **changed: Any) -> Grant:
    """Return a grant of team support to look at everything, with changes."""
    said: dict[str, Any] = {
        "tenant": tenant,
        "holder": SUPPORT,
        "scope": Scope.whole(),
        "layers": (Layer.of(READ_ONLY),),
        "window": window(),
    }
    return Grant(id=ident, **{**said, **changed})


def consent(ident: str, tenant: str = "acme", /, **changed: Any) -> Consent:
    """Return a consent that team support may rely on, with changes."""
    said: dict[str, Any] = {
        "tenant": tenant,
        "flow": "written",
        "holder": SUPPORT,
        "scope": Scope.whole(),
        "layers": (Layer.of(READ_ONLY),),
        "window": window(),
    }
    return Consent(id=ident, **{**said, **changed})


def ask(holder: Holder = SUPPORT, **changed: Any) -> Ask:
    """Return the terms of a request to look at everything for four hours, with changes."""
    said: dict[str, Any] = {
        "holder": holder,
        "scope": Scope.whole(),
        "layers": (Layer.of(READ_ONLY),),
        "terms": (Elapsed(hours=4),),
    }
    return Ask(**{**said, **changed})


def request(ident: str, tenant: str = "acme", /, **changed: Any) -> AccessRequest:
    """Return a request of a-kim for team support that nobody has answered, with changes."""
    said: dict[str, Any] = {
        "tenant": tenant,
        "flow": "access",
        "flow_digest": "d" * 64,
        "yields": "grant",
        "by": Agent("a-kim", teams={"support"}),
        "ask": ask(),
        "lapses_at": NOON + HOUR,
    }
    return AccessRequest(id=ident, **{**said, **changed})


def settled(at: datetime = NOON, seq: int = 9, how: Settling = Settling.DENIED) -> Settled:
    """Return how a request was settled, as it is recorded."""
    why = "Not today: \u2028 \u00e4" if how is Settling.DENIED else ""
    return Settled(how=how, at=at, by=Member("m-ana", tenant="acme", roles={"admin"}), seq=seq, reason=why)


def over(at: datetime, seq: int = 9, how: Ending = Ending.REVOKED) -> Ended:
    """Return an end that is recorded."""
    return Ended(how=how, at=at, by=Member("m-ana", tenant="acme", roles={"admin"}), seq=seq)


def freeze(seq: int = 3) -> Freeze:
    """Return a freeze by somebody of whom everything is known."""
    by = Member(
        "m-ana", tenant="acme", roles={"owner", "admin"}, roles_on={"project:1": {"lead"}, "board:x": ()}
    )
    return Freeze(by=by, at=NOON - TICK, seq=seq)


def retry(
    key: str = "k-1", actor: tuple[str, ...] = ("member", "acme", "m-ana"), verb: str = "grant"
) -> Retry:
    """Return the use of an idempotency key."""
    return Retry(actor=actor, verb=verb, key=key, payload="f" * 64, subject="gr_1")


def rules(name: str = "rich", **changed: Any) -> AccessRules:
    """Return a rule set with something in every corner."""
    said: dict[str, Any] = {
        "name": name,
        "flows": {"access": {}, "written": {"yields": "consent", "steps": [{"by": ["tenant:officer"]}]}},
        "policies": {
            "writer": [
                {"effect": "allow", "action": ["*:write"], "resource": ["project:*"]},
                {"effect": "deny", "action": ["board:write"], "resource": ["*"]},
            ],
            "nothing": [],
        },
        "ceilings": {"*": ["administrator"], "support": ["read-only"], "other": ["read-only", "writer"]},
        "zone": "Europe/Berlin",
        "demands": [{"beyond": ["read-only"], "needs": "written"}],
        "stop": ["vendor:duty"],
    }
    return AccessRules.from_data({**said, **changed})


TERMS: tuple[Term | None, ...] = (
    None,
    Elapsed(hours=4),
    Calendar(months=2, days=10, zone="Europe/Berlin"),
    Calendar(days=1),
    StartOfDay(date(2027, 3, 4), "Pacific/Apia"),
    EndOfDay(date(2027, 3, 4)),
    Instant(NOON + TICK),
    OpenEnded(),
)


_DENY = PermissionPolicy.from_data(
    "no-board", [{"effect": "deny", "action": ["board:*", "*:delete"], "resource": ["*", "project:1"]}]
)
_EMPTY = PermissionPolicy.from_data("empty", [])
_LAYERS = (
    Layer.of(ADMINISTRATOR, _DENY, _EMPTY),
    Layer.of(READ_ONLY, kind="ceiling"),
    Layer.of(kind="narrowed"),
    Layer.of(_DENY, kind="delegated"),
)


def _approvals(tenant: str) -> tuple[Approval, ...]:
    ana = Member(
        "m-ana", tenant=tenant, roles={"admin", "owner"}, roles_on={"project:42": {"lead"}, "p:x": ()}
    )
    seen: dict[str, Any] = {"at": NOON - HOUR, "digest": "a" * 64}
    shown: dict[str, Any] = {"text": "terms-3", "text_digest": "c" * 64, "ends_by": NOON + DAY + TICK}
    return (
        Approval(
            by=ana,
            selector="tenant:admin",
            channel="email",
            reference="Re: access ",
            word="Support",
            seq=2,
            **shown,
            **seen,
        ),
        Approval(
            by=Agent("a-lee", teams={"duty", "support"}, via="gr_9"),
            selector="vendor:duty",
            ends_by=OpenEnded(),
            **seen,
        ),
    )


def _filled(tenant: str) -> dict[str, Any]:
    """Return what grants and consents have in common, with every field filled."""
    return {
        "holder": KIM,
        "scope": Scope.only("project:42", "account:ben", "project:A:b/c"),
        "layers": _LAYERS,
        "window": window(NOON - HOUR - TICK, NOON + HOUR + TICK),
        "flow": "written.access",
        "as_team": "support",
        "term": Calendar(months=1, days=3, zone="America/St_Johns"),
        "reason": "Boards missing after the import ",
        "category": "bug",
        "tickets": frozenset({"T-1", "t-1", "T-10"}),
        "rules": "b" * 64,
        "consenting_roles": frozenset({"admin", "owner"}),
        "approvals": _approvals(tenant),
        "request": "rq_1",
        "consent_seq": 2,
        "ended": Ended(how=Ending.RELINQUISHED, at=NOON + TICK, by=Agent("a-kim", teams={"support"}), seq=7),
    }


def rich(ident: str = "gr_rich", tenant: str = "acme", /, **changed: Any) -> Grant:
    """Return a grant with every field filled."""
    said: dict[str, Any] = {
        "act_as": "m-ben",
        "demands": (Demand(beyond=Layer.of(READ_ONLY, kind="ceiling"), needs="written"),),
        "entry_required": True,
        "parent": "gr_parent",
        "version": 3,
    }
    return grant(ident, tenant, **{**_filled(tenant), **said, **changed})


def rich_consent(ident: str = "cn_rich", tenant: str = "acme", /, **changed: Any) -> Consent:
    """Return a consent with every field filled."""
    return consent(ident, tenant, **{**_filled(tenant), **changed})


def rich_request(ident: str = "rq_rich", tenant: str = "acme", /, **changed: Any) -> AccessRequest:
    """Return a request with every field filled."""
    asked = ask(
        KIM,
        as_team="support",
        act_as="m-ben",
        scope=Scope.only("project:42", "account:ben"),
        layers=_LAYERS,
        terms=tuple(term for term in TERMS if term is not None),
        starts=NOON + TICK,
        ends_by=NOON + DAY + TICK,
    )
    first, second = _approvals(tenant)
    said: dict[str, Any] = {
        "yields": "consent",
        "by": Member("m-bob", tenant=tenant, roles={"guest"}),
        "ask": asked,
        "reason": "Boards missing after the import ",
        "category": "bug",
        "tickets": frozenset({"T-1", "t-1", "T-10"}),
        "rules": "b" * 64,
        "parent": "cn_1",
        "approvals": (first,),
        "beforehand": second,
        "step": 1,
        "awaits": ("tenant:admin", "vendor:duty"),
        "needs": 2,
        "lapses_at": NOON + DAY + TICK,
        "seq": 2,
        "settled": settled(NOON + TICK, how=Settling.APPROVED),
        "gave": "cn_rich",
    }
    return request(ident, tenant, **{**said, **changed})


def every_kind() -> tuple[Row, ...]:
    """Return rows of every kind but the head: each as plain and as rich as it can be."""
    return (
        grant("gr_plain"),
        rich(),
        *(rich(f"gr_term_{place}", term=term) for place, term in enumerate(TERMS)),
        *(rich(f"gr_end_{how.value}", ended=over(NOON, how=how)) for how in Ending),
        grant("gr_open", window=window(end=None), ended=over(NOON, how=Ending.EXPIRED)),
        consent("cn_plain"),
        rich_consent(),
        *(rich_consent(f"cn_term_{place}", term=term) for place, term in enumerate(TERMS)),
        *(rich_consent(f"cn_end_{how.value}", ended=over(NOON, how=how)) for how in Ending),
        consent("cn_open", window=window(end=None)),
        request("rq_plain"),
        rich_request(),
        *(rich_request(f"rq_{how.value}", settled=settled(how=how), gave=None) for how in Settling),
        request("rq_open", lapses_at=OpenEnded()),
        Stance(agent="a-kim"),
        Stance(agent="a-lee", freeze=freeze(), cut_off=4),
        Stance(agent="a-max", freeze=Freeze(by=JOB, at=NOON, seq=MOST), cut_off=MOST),
        Cut(agent=None, seq=4, at=NOON - TICK),
        Cut(agent="a-lee", seq=5, at=NOON + TICK),
        retry(),
        Retry(actor=("system", "job"), verb="grant", key="k-2", payload="", subject="gr_rich"),
        Retry(actor=("agent", "a-kim"), verb="grant", key="k/2", payload="0" * 64, subject="gr_plain"),
    )


def numbered(rows: tuple[Row, ...]) -> list[Row]:
    """Return *rows*, each grant, consent and request with a sequence of its own."""
    return [_numbered(row, place) for place, row in enumerate(rows, 1)]


def _numbered(row: Row, place: int) -> Row:
    match row:
        case Grant() | Consent():
            return attrs.evolve(row, consent_seq=place)
        case AccessRequest():
            return attrs.evolve(row, seq=place)
        case _:
            return row


def moved(row: Row, tenant: str) -> Row:
    """Return *row* as one of *tenant*, where it says whose it is."""
    return attrs.evolve(row, tenant=tenant) if isinstance(row, Grant | Consent | AccessRequest) else row
