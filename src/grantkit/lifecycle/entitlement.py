"""Who may: judged when deciding, over the whole scope, from what the host asserted at the call (I-11)."""

from collections.abc import Iterable

from typing_extensions import TypeIs

from grantkit.errors import ActingThroughGrant, NotEntitled, StepsRemain
from grantkit.model import AccessRequest, Actor, Agent, Consent, Grant, Member, Scope
from grantkit.rules import AccessRules, Flow, Selector, Step

APPROVERS = Selector("relation", "approvers")


def not_through_a_grant(actor: Actor, verb: str, *, but: str | None = None) -> None:
    """
    Refuse whoever is inside the tenant through a grant (I-14): a support session changes no consent.

    Args:
        actor: Who acts.
        verb: What they would do.
        but: The one grant that they may act on although they act through it (relinquishing it).

    Raises:
        ActingThroughGrant: If *actor* has a ``via`` other than *but*.
    """
    if actor.via is not None and actor.via != but:
        raise ActingThroughGrant(actor=str(actor), via=actor.via, verb=verb)


def satisfies(actor: Actor, selector: Selector, tenant: str, scope: Scope) -> bool:
    """Whether *actor* is whom a tenant or vendor selector names: a role is held over the whole of *scope*."""
    if selector.side == "tenant":
        return is_member(actor, tenant) and actor.holds(selector.name, scope.over)
    if selector.side == "vendor":
        return isinstance(actor, Agent) and (selector.name == "*" or selector.name in actor.teams)
    return False


def approver_selector(actor: Actor, step: Step, tenant: str, scope: Scope) -> Selector | None:
    """Return the selector of *step* that entitles *actor* to answer it, or ``None``."""
    return next((each for each in step.by if satisfies(actor, each, tenant, scope)), None)


def may_stop(actor: Actor, rules: AccessRules, grant: Grant | Consent) -> bool:
    """
    Whether *actor* may revoke *grant*.

    By law: whoever of the tenant could consent to it, under the rules of its day or of today; whoever did (M7); and
    whom the rules' ``stop`` names besides.
    """
    if could_consent(actor, rules, grant) or (is_member(actor, grant.tenant) and consented(actor, grant)):
        return True
    return any(_named_to_stop(actor, selector, grant) for selector in rules.stop)


def could_consent(actor: Actor, rules: AccessRules, grant: Grant | Consent) -> bool:
    """Whether *actor* holds, over the whole scope of *grant*, a role that could or can consent to it."""
    flow = rules.flows.get(grant.flow)
    roles = grant.consenting_roles | (frozenset[str]() if flow is None else flow.consenting_roles)
    return is_member(actor, grant.tenant) and any(actor.holds(role, grant.scope.over) for role in roles)


def _named_to_stop(actor: Actor, selector: Selector, grant: Grant | Consent) -> bool:
    match selector.side, selector.name:
        case "relation", "grantee":
            return holds_as(actor, grant)
        case "relation", _:
            return False  # approvers and consenters may by law; whoever asked holds it, or has no more to do with it
        case _:
            return satisfies(actor, selector, grant.tenant, grant.scope)


def consented(actor: Actor, grant: Grant | Consent | AccessRequest) -> bool:
    """Whether *actor* is a person on whose consent *grant* rests; sides are compared too, since ids may collide."""
    return any(
        type(actor) is type(approval.by) and actor.id == approval.by.id for approval in grant.approvals
    )


def holds_as(actor: Actor, grant: Grant | Consent | AccessRequest) -> bool:
    """Whether *actor* is an agent who holds *grant*: by id, or by being in the team that it names."""
    if not isinstance(actor, Agent):
        return False
    kind, ident = grant.holder
    return ident in actor.teams if kind == "team" else ident == actor.id


def is_member(actor: Actor, tenant: str) -> TypeIs[Member]:
    """Whether *actor* is a member of *tenant*."""
    return isinstance(actor, Member) and actor.tenant == tenant


def consents_to_all(actor: Actor, tenant: str, rules: AccessRules) -> bool:
    """Whether *actor* is a member who holds, for the tenant as a whole, a role that a tenant step of any flow names."""
    return is_member(actor, tenant) and any(actor.holds(role) for role in consenting_roles(rules))


def consents_to_something(actor: Actor, tenant: str, rules: AccessRules) -> bool:
    """Whether *actor* is a member who holds such a role for the tenant or on any resource of it."""
    return is_member(actor, tenant) and any(actor.holds_somewhere(role) for role in consenting_roles(rules))


def named_in_stop(actor: Actor, tenant: str, rules: AccessRules) -> bool:
    """Whether the rules' ``stop`` names *actor* for the tenant as a whole."""
    return any(satisfies(actor, selector, tenant, Scope.whole()) for selector in rules.stop)


def consenting_roles(rules: AccessRules) -> frozenset[str]:
    """Return the roles that the tenant steps of all flows name."""
    return frozenset(role for flow in rules.flows.values() for role in flow.consenting_roles)


def refuse(actor: Actor, verb: str, needs: Iterable[str], scope: Scope | None = None) -> NotEntitled:
    """Return the refusal that names who could do it, and over what: a role held elsewhere is no help."""
    over = "for the whole tenant" if scope is None or scope.tenant_wide else f"over {scope}"
    could = tuple(needs) or ("nobody any more: give new consent",)
    return NotEntitled(actor=str(actor), verb=verb, needs=could, over=over)


def stoppers(rules: AccessRules, roles: Iterable[str]) -> tuple[str, ...]:
    """Return, for a refusal, who may stop: those of the tenant who may consent, and whom ``stop`` names."""
    return (*(f"tenant:{role}" for role in sorted(roles)), *map(str, rules.stop))


def a_member(actor: Actor, tenant: str, verb: str) -> Member:
    """
    Return *actor*, a member of *tenant*.

    Asked before anything else that could be told: to others, all tenants look the same (P8).

    Raises:
        NotEntitled: If it is not one.
    """
    if not is_member(actor, tenant):
        raise NotEntitled(
            actor=str(actor),
            verb=verb,
            needs=("a member of the tenant",),
            over="with a role that consents to it",
        )
    return actor


def may_give(
    by: Member, tenant: str, name: str, flow: Flow, *, scope: Scope, verb: str
) -> tuple[Step, Selector]:
    """
    Return the step that *by* answers with one act of consent, and the selector that lets them.

    It must hold over the whole scope (M8).

    Raises:
        NotEntitled: If they may not begin, or not answer the first step.
        StepsRemain: If the flow calls for more than this one answer.
    """
    step = flow.steps[0]  # a flow under nothing has a tenant step, by law
    selector = approver_selector(by, step, tenant, scope)
    begins = any(each == APPROVERS or satisfies(by, each, tenant, scope) for each in flow.start.by)
    if selector is None or not begins:
        raise refuse(by, verb, answerers(flow), scope)
    if flow.answers_needed > 1:
        raise StepsRemain(flow=name, needed=flow.answers_needed)
    return step, selector


def answerers(flow: Flow) -> tuple[str, ...]:
    """Return, for a refusal, who may answer the first step of *flow*."""
    return tuple(str(selector) for step in flow.steps[:1] for selector in step.by)
