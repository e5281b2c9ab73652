"""Finding a grant or a consent, and refusing those who have no part in it."""

from collections.abc import Iterator

from grantkit.decision import may_see_status
from grantkit.errors import NotEntitled, NotFound
from grantkit.lifecycle.entitlement import holds_as, refuse
from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import Actor, Agent, Consent, Grant, Member
from grantkit.rules import AccessRules, Flow, Selector


def find(slice_: Slice, grant_id: str) -> Grant:
    """Return the grant, or raise the same :class:`NotFound` for an absent and for a foreign one."""
    grant = slice_.grants.get(grant_id)
    if grant is None:
        raise NotFound(what="grant", id=grant_id, tenant=slice_.head.tenant)
    return grant


def find_made(slice_: Slice, ident: str) -> Grant | Consent:
    """Return the grant or the consent of that id; ids are unique over both."""
    return slice_.consents[ident] if ident in slice_.consents else find(slice_, ident)


def outside(actor: Actor, tenant: str, rules: AccessRules) -> bool:
    """Whether *actor* is on the outside: a member of another tenant, or an agent from whom the rules hide this one."""
    if isinstance(actor, Member):
        return actor.tenant != tenant
    return isinstance(actor, Agent) and not may_see_status(actor, rules)


def unknown_to(actor: Actor, rules: AccessRules) -> bool:
    """
    Whether *actor* is an agent who may not know of the tenant: hidden, and nothing there that it could begin or stop.

    Asked before anything else that could be told: a freeze, a support session and the names of flows are known to
    those who know of the tenant.
    """
    return (
        isinstance(actor, Agent)
        and not may_see_status(actor, rules)
        and not any(
            who.side == "vendor" and who.name in ("*", *actor.teams)
            for who in (*rules.stop, *(each for flow in rules.flows.values() for each in _vendors_part(flow)))
        )
    )


def _vendors_part(flow: Flow) -> Iterator[Selector]:
    yield from flow.start.by
    for step in flow.steps:
        yield from step.by


def not_theirs(act: Act, grant: Grant | Consent, verb: str, needs: tuple[str, ...]) -> NotEntitled | NotFound:
    """
    Return the refusal of somebody who has no part in *grant*.

    To a member of another tenant, and to an agent from whom the rules hide the tenant's support access (P8), it says
    what it says of a grant that does not exist: otherwise ids could be probed, and the refusal would tell of it.
    """
    if outside(act.by, grant.tenant, act.rules) and not holds_as(act.by, grant):
        return NotFound(what="grant", id=grant.id, tenant=grant.tenant)  # as find_made says of nothing at all
    return refuse(act.by, verb, needs, grant.scope)
