"""One fixed story, the same to the byte each time it is told: every kind of event, every kind of row, two records."""

from io import BytesIO
from itertools import count
from typing import Any

from grantkit import (
    AccessRules,
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    LedgerHead,
    Member,
    OpenEnded,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.testing import FakeClock

RULES: dict[str, Any] = {
    "name": "story",
    "zone": "Europe/Berlin",
    "policies": {
        "writer": [{"effect": "allow", "action": ["*:write", "board:*"], "resource": ["project:*"]}],
        "guarded": [
            {"effect": "allow", "action": ["*"], "resource": ["*"]},
            {"effect": "deny", "action": ["secret:*"], "resource": ["*"]},
        ],
        "nothing": [],
    },
    "ceilings": {
        "*": ["administrator"],
        "other": ["administrator"],
        "customer-success": ["guarded", "read-only"],
    },
    "demands": [{"beyond": ["guarded"], "needs": "written"}],
    "flows": {
        "access": {
            "policies": ["read-only", "writer", "guarded", "nothing"],
            "start": {"reason": {"categories": ["bug", "question"]}},
            "steps": [
                {
                    "by": ["tenant:admin", "tenant:owner"],
                    "channels": ["in_product", "portal"],
                    "text": "terms-3",
                }
            ],
            "ends": ["elapsed", "calendar", "end_of_day", "open_ended"],
            "longest": "open_ended",
            "amend": {"ends": ["elapsed"], "policies": True},
            "to": ["team", "agent:on-call", "agent:security"],
            "act_as": ["none", "self"],
            "ahead": "P1D",
            "entry": {"required": True},
        },
        "single": {"single": True, "steps": [{"by": ["tenant:admin"], "word": "Support"}]},
        "written": {"yields": "consent", "steps": [{"by": ["tenant:owner"]}]},
    },
    "stop": ["vendor:security"],
}
LATER: dict[str, Any] = {**RULES, "name": "story, later", "demands": []}

CANARY = "s3cr3t canary"
ANA = Member("m-ana", tenant="acme", roles={"admin"}, name=f"Ana {CANARY}")
BEN = Member("m-ben", tenant="acme", roles_on={"project:42": {"owner"}}, name=f"Ben {CANARY}")
KIM = Agent("a-kim", teams={"customer-success", "on-call"}, name=f"Kim {CANARY}")
DUTY = Agent("a-duty", teams={"security"}, name=f"Duty {CANARY}")
GUS = Member("m-gus", tenant="globex", roles={"admin"}, name=f"Gus {CANARY}")
KEEPER = Agent("a-keeper", name=f"Kay {CANARY}")
HOOK = System("clock-repair")


class Rights:
    """What members may do themselves: everything."""

    def may(self, member: str, action: str, resource: str | None) -> bool:
        return True


def told(store: Any, door: Any = SupportAccess, **host: Any) -> SupportAccess:
    """
    Tell the story in a store: the record of ``acme``, and, through the end of ``globex``, the vendor's own.

    Ids, salts and the clock are the same each time, so that every byte is. The door may be another of the same kind.
    """
    clock, rules, ids = FakeClock("2027-03-03T14:20:00.000001Z"), {"now": RULES}, count(1)
    access = door(
        store,
        rules=lambda _: AccessRules.from_data(rules["now"]),
        clock=clock,
        member_rights=Rights(),
        **{"id_factory": lambda prefix: f"{prefix}{next(ids)}", "salts": lambda: bytes(range(32)), **host},
    )
    said = {"reason": f"Boards missing, {CANARY}", "category": "bug"}
    wide = access.grant(
        "acme",
        by=ANA,
        to=Team("customer-success"),
        flow="access",
        policies=["read-only", "guarded"],
        ends=Calendar(days=2, months=1),
        tickets=["T-2", "T-1"],
        channel="portal",
        reference=f"P-7: yes, {CANARY}",
        key="k-1",
        **said,
    )
    clock.advance(minutes=1, microseconds=1)
    narrow = access.grant(
        "acme",
        by=BEN,
        to=KIM,
        as_team="on-call",
        flow="access",
        scope=Scope.only("project:42"),
        act_as="m-ben",
        starts=clock.advance(minutes=1),
        ends=Elapsed(hours=1),
        **said,
    )
    access.amend(
        "acme", wide.id, by=ANA, version=1, policies=["guarded", "writer"], ends=Elapsed(days=60),
        channel="portal", reference=f"P-8: longer, {CANARY}",
    )  # fmt: skip
    access.amend("acme", wide.id, by=KIM, version=2, ends=Elapsed(hours=2))
    word = {"flow": "single", "word": "Support", "reason": CANARY}
    access.grant("acme", by=ANA, to=Team("on-call"), ends=Elapsed(hours=4), **word)
    access.grant("acme", by=ANA, to=Team("on-call"), ends=Elapsed(hours=4), key="k-2", **word)
    access.freeze("acme", by=DUTY, agent="a-kim")
    access.freeze("acme", by=DUTY)
    clock.advance(hours=1)
    access.delivery.sweep()
    access.unfreeze("acme", by=ANA, agent="a-kim", revoke=True)
    access.unfreeze("acme", by=ANA)
    rules["now"] = LATER
    mine = access.grant("acme", by=ANA, to=KIM, as_team="on-call", flow="access", ends=OpenEnded(), **said)
    access.relinquish("acme", mine.id, by=KIM)
    access.grant(
        "acme", by=ANA, to=DUTY, as_team="security", flow="access", ends=EndOfDay(clock.now().date()), **said
    )
    access.revoke("acme", wide.id, by=DUTY)
    clock.advance(hours=1)
    access.freeze("acme", by=ANA)
    clock.advance(hours=-1)
    access.ledger.correct_clock("acme", by=HOOK)
    access.revoke_all("acme", by=ANA)
    access.ledger.erase("acme", by=KEEPER, events=[2], people=["m-ben"])

    access.grant("globex", by=GUS, to=Team("on-call"), flow="access", ends=Elapsed(hours=4), **said)
    access.ledger.forget_tenant("globex", by=KEEPER)
    assert narrow.ended is None
    return access


def records(access: SupportAccess) -> dict[str, LedgerHead]:
    """Return where the two records of the story stand."""
    return {tenant: access.ledger.head(tenant) for tenant in ("acme", "@vendor")}


def exported(access: SupportAccess, tenant: str) -> bytes:
    """Return a record as it is handed out."""
    into = BytesIO()
    access.ledger.export(tenant, into)
    return into.getvalue()
