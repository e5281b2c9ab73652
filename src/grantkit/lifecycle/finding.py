"""Finding a grant, and refusing those who have no part in it."""

from grantkit.decision import may_see_status
from grantkit.errors import NotEntitled, NotFound
from grantkit.lifecycle.entitlement import holds_as, refuse
from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import Agent, Grant, Member


def find(slice_: Slice, grant_id: str) -> Grant:
    """Return the grant, or raise the same :class:`NotFound` for an absent and for a foreign one."""
    grant = slice_.grants.get(grant_id)
    if grant is None:
        raise NotFound(what="grant", id=grant_id, tenant=slice_.head.tenant)
    return grant


def not_theirs(act: Act, grant: Grant, verb: str, needs: tuple[str, ...]) -> NotEntitled | NotFound:
    """
    Return the refusal of somebody who has no part in *grant*.

    To a member of another tenant, and to an agent from whom the rules hide the tenant's support access (P8), it says
    what it says of a grant that does not exist: otherwise ids could be probed, and the refusal would tell of it.
    """
    if isinstance(act.by, Member):
        outside = act.by.tenant != grant.tenant
    else:
        outside = isinstance(act.by, Agent) and not may_see_status(act.by, act.rules)
    if outside and not holds_as(act.by, grant):
        return NotFound(what="grant", id=grant.id, tenant=grant.tenant)
    return refuse(act.by, verb, needs, grant.scope)
