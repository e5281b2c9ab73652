"""Rows to plant: plain ones to change, and one of each kind with every field filled."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from grantkit.model import (
    Agent,
    Approval,
    Calendar,
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


def rich(ident: str = "gr_rich", tenant: str = "acme", /, **changed: Any) -> Grant:
    """Return a grant with every field filled."""
    deny = PermissionPolicy.from_data(
        "no-board", [{"effect": "deny", "action": ["board:*", "*:delete"], "resource": ["*", "project:1"]}]
    )
    empty = PermissionPolicy.from_data("empty", [])
    ana = Member(
        "m-ana", tenant=tenant, roles={"admin", "owner"}, roles_on={"project:42": {"lead"}, "p:x": ()}
    )
    seen: dict[str, Any] = {"at": NOON - HOUR, "digest": "a" * 64}
    approvals = (
        Approval(
            by=ana,
            selector="tenant:admin",
            channel="email",
            reference="Re: access ",
            text="terms-3",
            word="Support",
            seq=2,
            **seen,
        ),
        Approval(by=Agent("a-lee", teams={"duty", "support"}, via="gr_9"), selector="vendor:duty", **seen),
    )
    said: dict[str, Any] = {
        "holder": KIM,
        "scope": Scope.only("project:42", "account:ben", "project:A:b/c"),
        "layers": (
            Layer.of(ADMINISTRATOR, deny, empty),
            Layer.of(READ_ONLY, kind="ceiling"),
            Layer.of(kind="narrowed"),
            Layer.of(deny, kind="delegated"),
        ),
        "window": window(NOON - HOUR - TICK, NOON + HOUR + TICK),
        "flow": "written.access",
        "as_team": "support",
        "act_as": "m-ben",
        "term": Calendar(months=1, days=3, zone="America/St_Johns"),
        "reason": "Boards missing after the import ",
        "category": "bug",
        "tickets": frozenset({"T-1", "t-1", "T-10"}),
        "rules": "b" * 64,
        "demands": (Demand(beyond=Layer.of(READ_ONLY, kind="ceiling"), needs="written"),),
        "entry_required": True,
        "consenting_roles": frozenset({"admin", "owner"}),
        "approvals": approvals,
        "request": "rq_1",
        "parent": "gr_parent",
        "consent_seq": 2,
        "version": 3,
        "ended": Ended(how=Ending.RELINQUISHED, at=NOON + TICK, by=Agent("a-kim", teams={"support"}), seq=7),
    }
    return grant(ident, tenant, **{**said, **changed})


def every_kind() -> tuple[Row, ...]:
    """Return rows of every kind but the head: each as plain and as rich as it can be."""
    return (
        grant("gr_plain"),
        rich(),
        *(rich(f"gr_term_{place}", term=term) for place, term in enumerate(TERMS)),
        *(rich(f"gr_end_{how.value}", ended=over(NOON, how=how)) for how in Ending),
        grant("gr_open", window=window(end=None), ended=over(NOON, how=Ending.EXPIRED)),
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
    """Return *rows*, each grant with a sequence of consent of its own."""
    return [
        attrs.evolve(row, consent_seq=place) if isinstance(row, Grant) else row
        for place, row in enumerate(rows, 1)
    ]
