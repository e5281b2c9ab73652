"""What the unit tests make their examples of: one tenant, one grant, and changes to them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from grantkit import (
    READ_ONLY,
    AccessRules,
    Agent,
    Elapsed,
    Grant,
    Member,
    PermissionPolicy,
    Scope,
    System,
    Team,
)
from grantkit.decision import Decision, TenantFacts, authorize
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Act, AmendIntent, GrantIntent, Slice
from grantkit.model import Actor, Consent, Ended, Ending, Head, Stance, Window, holder_of
from grantkit.policy import Layer

NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme")
GUS = Member("m-gus", tenant="globex", roles={"admin"})
KIM = Agent("a-kim", teams={"support"}, name="Kim")
LEE = Agent("a-lee", teams={"support", "on-call"})
SWEEP = System("sweep")
SUPPORT = Team("support")


def policy(name: str, *actions: str, resource: str = "*", deny: str | None = None) -> PermissionPolicy:
    """Return a policy that allows *actions* on *resource*, and denies one action."""
    statements = [{"effect": "allow", "action": list(actions), "resource": [resource]}] if actions else []
    if deny is not None:
        statements.append({"effect": "deny", "action": [deny], "resource": ["*"]})
    return PermissionPolicy.from_data(name, statements)


WRITER = policy("writer", "*:write", "*:read")


def window(start: int = -1, end: int = 4) -> Window:
    """Return the window from and to so many hours from now."""
    return Window(NOW + start * HOUR, NOW + end * HOUR)


def a_grant(ident: str = "gr_1", /, **changed: Any) -> Grant:
    """Return a live grant of team support to look at everything, with changes."""
    said = {"tenant": "acme", "holder": SUPPORT, "scope": Scope.whole(), "layers": (Layer.of(READ_ONLY),)}
    return Grant(id=ident, **{**said, "window": window(), "consent_seq": 1, **changed})


def a_consent(ident: str = "co_1", /, **changed: Any) -> Consent:
    """Return a live consent for team support to write everything, with changes."""
    said = {"tenant": "acme", "flow": "written", "holder": holder_of(SUPPORT), "scope": Scope.whole()}
    said |= {"layers": (Layer.of(WRITER),), "window": window(), "consent_seq": 1}
    return Consent(id=ident, **{**said, **changed})


def ended(how: Ending = Ending.REVOKED, at: datetime = NOW - HOUR) -> Ended:
    """Return a recorded end."""
    return Ended(how=how, at=at, by=ANA, seq=9)


def decide(
    *grants: Grant,
    action: str = "board:read",
    agent: Agent = KIM,
    now: datetime = NOW,
    rules: AccessRules | None = None,
    resource: str | None = None,
    act_as: str | None = None,
    **facts: Any,
) -> Decision:
    """Return the decision on what these facts say."""
    found = TenantFacts.of(*grants, **{"tenant": "acme", **facts})
    law = AccessRules() if rules is None else rules
    return authorize(agent, "acme", action, now, facts=found, rules=law, resource=resource, act_as=act_as)


def reason(*grants: Grant, **asked: Any) -> tuple[str, str | None]:
    """Return the reason of the decision and the grant that it names."""
    decision = decide(*grants, **asked)
    return str(decision.reason), decision.grant_id


def law(flow: dict[str, Any] | None = None, **rules: Any) -> AccessRules:
    """Return a rule set of one flow."""
    return AccessRules.from_data({"flows": {"access": flow or {}}, **rules})


def a_slice(*grants: Grant, stances: tuple[Stance, ...] = (), **head: Any) -> Slice:
    """Return what a store found: these grants, and a head."""
    return Slice(
        head=Head(tenant="acme", **head),
        grants=FrozenMap((grant.id, grant) for grant in grants),
        stances=FrozenMap((stance.agent, stance) for stance in stances),
    )


def act(by: Actor = ANA, rules: AccessRules | None = None, now: datetime = NOW) -> Act:
    """Return the circumstances of a command."""
    return Act(by=by, now=now, rules=AccessRules() if rules is None else rules, zone=ZoneInfo)


ASKED = GrantIntent(
    tenant="acme",
    to=SUPPORT,
    as_team=None,
    flow=None,
    scope=None,
    policies=None,
    act_as=None,
    starts=None,
    ends=Elapsed(hours=4),
    reason="Boards missing",
    category=None,
    tickets=frozenset(),
    word=None,
    channel=None,
    reference=None,
)


def asking(**changed: Any) -> GrantIntent:
    """Return the intent to let team support look for four hours, with changes."""
    return attrs.evolve(ASKED, **changed)


def amending(**changed: Any) -> AmendIntent:
    """Return the intent to amend the grant, with changes."""
    nothing = dict.fromkeys(attrs.fields_dict(AmendIntent))
    return AmendIntent(**{**nothing, "grant_id": "gr_1", "version": 1, **changed})
