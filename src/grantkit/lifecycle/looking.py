"""Who may look: the rules' ``view``, for reading verbs that are told who asks."""

from collections.abc import Iterable

from grantkit.lifecycle.answering import asked_it, may_answer
from grantkit.lifecycle.entitlement import (
    consented,
    consents_to_all,
    could_consent,
    holds_as,
    satisfies,
)
from grantkit.model import AccessRequest, Actor, Consent, Grant, Scope
from grantkit.rules import AccessRules, Selector


def may_look(
    actor: Actor,
    tenant: str,
    rules: AccessRules,
    who: Iterable[Selector],
    grant: Grant | Consent | AccessRequest | None = None,
) -> bool:
    """
    Whether *actor* is among *who*, the selectors of ``view.status`` or ``view.history``.

    Args:
        actor: Who asks; a support session may look like anybody else.
        tenant: Whose things are looked at.
        rules: The rules in force.
        who: The selectors.
        grant: What is looked at; ``None`` for the tenant's things as such.
    """
    return any(_is(actor, tenant, rules, selector, grant) for selector in who)


def _is(
    actor: Actor,
    tenant: str,
    rules: AccessRules,
    selector: Selector,
    grant: Grant | Consent | AccessRequest | None,
) -> bool:
    scope = Scope.whole() if grant is None else grant.scope
    match selector.side, selector.name:
        case "relation", "approvers":
            return _approves(actor, tenant, rules, grant)
        case "relation", "requester":
            return isinstance(grant, AccessRequest) and asked_it(actor, grant)
        case "relation", "consenters":
            return grant is not None and consented(actor, grant)
        case "relation", "grantee":
            return grant is not None and holds_as(actor, grant)
        case _:
            return satisfies(actor, selector, tenant, scope)


def _approves(
    actor: Actor, tenant: str, rules: AccessRules, grant: Grant | Consent | AccessRequest | None
) -> bool:
    if grant is None:
        return consents_to_all(actor, tenant, rules)
    if isinstance(grant, AccessRequest):
        return may_answer(actor, grant, rules)
    return could_consent(actor, rules, grant)
