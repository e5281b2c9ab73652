"""Asking the host which rules are in force, where a plan needs them; its callable may be async at the async door."""

from functools import partial

from grantkit.errors import GrantkitError, Unavailable
from grantkit.rules import AccessRules
from grantkit.service.host import Host
from grantkit.service.steps import Steps, outside


def rules_of(host: Host, tenant: str) -> Steps[AccessRules]:
    """
    Return the rules in force for *tenant*, as :meth:`Host.rules_of` does.

    Raises:
        Unavailable: If the host's callable fails.
        InvalidInput: If it gives no rules, or rules that name what is not there.
    """
    if isinstance(host.rules, AccessRules):
        return host.rules
    came = yield from outside(partial(host.rules, tenant))
    if isinstance(came.error, GrantkitError):
        raise came.error
    if came.error is not None:
        raise Unavailable(what="the tenant's rules") from came.error
    return host.in_force(came.value)
