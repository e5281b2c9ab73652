"""One live grant for a grantee and scope, where a flow says so (P6)."""

from datetime import datetime

from grantkit.decision import in_order
from grantkit.errors import IllegalTransition
from grantkit.lifecycle.choosing import lifts_a_deny
from grantkit.lifecycle.slices import Slice
from grantkit.lifecycle.states import GrantState, state_of
from grantkit.model import Consent, Grant, OpenEnded
from grantkit.rules import AccessRules


def there_already(slice_: Slice, rules: AccessRules, made: Grant | Consent, now: datetime) -> Grant | None:
    """
    Return the live or scheduled grant that already gives all of *made*: of several the one with the latest end.

    Raises:
        IllegalTransition: If there is one for the same grantee and scope, and none gives all: that is amending.
    """
    if isinstance(made, Consent):
        return None  # a consent lets nobody in: two of a kind do no harm
    alike = [grant for grant in slice_.grants.values() if _alike(grant, made) and _stands(slice_, grant, now)]
    for grant in in_order(alike):
        if _gives_all(grant, made, rules):
            return grant
    if alike:
        there = in_order(alike)[0]
        raise IllegalTransition(id=there.id, state="live", verb="grant", instead="amend that grant")
    return None


def _alike(one: Grant, other: Grant) -> bool:
    # What rests on another consent is another thing: that consent may be over.
    return (one.holder, one.scope, one.flow, one.as_team, one.act_as, one.parent) == (
        other.holder,
        other.scope,
        other.flow,
        other.as_team,
        other.act_as,
        other.parent,
    )


def _stands(slice_: Slice, grant: Grant, now: datetime) -> bool:
    return state_of(slice_, grant, now) in (GrantState.LIVE, GrantState.SCHEDULED)


def _gives_all(there: Grant, made: Grant, rules: AccessRules) -> bool:
    # An open end that the flow caps moves with the day of asking; asking for it again is not asking for more.
    open_again = isinstance(made.term, OpenEnded) and there.term == made.term
    long_enough = open_again or there.window.closes >= made.window.closes
    beside = [
        policy for layer in there.layers for policy in layer.policies if policy.name not in made.policies
    ]
    return (
        long_enough
        and made.tickets <= there.tickets
        and (not there.until_tickets or (made.until_tickets and made.tickets <= there.open_tickets))
        and there.starts_at <= made.starts_at
        and set(made.policies) <= set(there.policies)
        and not any(lifts_a_deny(rules, policy) for policy in beside if policy.name in there.policies)
    )
