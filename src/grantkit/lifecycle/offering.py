"""What a person may begin: for forms that offer just what a verb would take."""

import attrs

from grantkit.lifecycle.drafting import Way
from grantkit.lifecycle.entitlement import approver_selector, is_member
from grantkit.lifecycle.requesting import begins
from grantkit.model import Actor, Agent, Member, Scope
from grantkit.policy import Resource, parse_resource
from grantkit.rules import AccessRules, Flow


@attrs.frozen(kw_only=True)
class Offer:
    """
    A flow that somebody may begin, and where.

    Whom it may be for, until when, with which policies and words: :attr:`flow` says so. Whether the verb then goes
    through is decided when it is called.

    Attributes:
        name: The flow's name, for ``flow=``.
        flow: The flow.
        verb: How it is begun: ``grant`` or ``consent`` where one act of this person is all it takes, ``activate`` where
            it rests on a consent, else ``request``.
        whole: Whether it may be for the tenant as a whole.
        resources: The resources that it may be for by name, because a role is held on them.
        anywhere: Whether it may be for any resource that ``flow.scope`` offers.
    """

    name: str
    flow: Flow
    verb: str
    whole: bool
    resources: tuple[str, ...]
    anywhere: bool

    def covers(self, resource: str | None) -> bool:
        """
        Whether it may be for *resource*; ``None`` is the tenant as a whole.

        Raises:
            InvalidInput: ``resource``, if it is malformed.
        """
        if resource is None:
            return self.whole
        place = parse_resource("resource", resource)
        return resource in self.resources or (self.anywhere and _covered(self.flow, place))


def offers(rules: AccessRules, tenant: str, actor: Actor) -> tuple[Offer, ...]:
    """Return what *actor* may begin at *tenant*; nothing for a job, and nothing in a support session (I-14)."""
    if not isinstance(actor, Member | Agent) or actor.via is not None:
        return ()
    if isinstance(actor, Member) and actor.tenant != tenant:
        return ()
    found = (_offer(tenant, actor, name, flow) for name, flow in rules.flows.items())
    return tuple(offer for offer in found if offer.whole or offer.anywhere or offer.resources)


def _offer(tenant: str, actor: Member | Agent, name: str, flow: Flow) -> Offer:
    everywhere = _may(tenant, actor, name, flow, Scope.whole())
    named = (resource for resource in _own(actor) if _covered(flow, resource))
    return Offer(
        name=name,
        flow=flow,
        verb=_verb(tenant, actor, flow),
        whole=everywhere and flow.scope.tenant,
        resources=tuple(
            sorted(str(each) for each in named if _may(tenant, actor, name, flow, Scope.only(str(each))))
        ),
        anywhere=everywhere and bool(flow.scope.resources),
    )


def _may(tenant: str, actor: Member | Agent, name: str, flow: Flow, scope: Scope) -> bool:
    way = Way(name=name, flow=flow, scope=scope)
    return any(begins(actor, tenant, way, who) for who in flow.start.by)


def _own(actor: Member | Agent) -> tuple[Resource, ...]:
    return tuple(actor.roles_on) if isinstance(actor, Member) else ()


def _covered(flow: Flow, resource: Resource) -> bool:
    return any(pattern.matches(resource) for pattern in flow.scope.resources)


def _verb(tenant: str, actor: Member | Agent, flow: Flow) -> str:
    if flow.under is not None:
        return "activate"
    if not is_member(actor, tenant) or flow.answers_needed > 1:
        return "request"
    scopes = (Scope.whole(), *(Scope.only(str(each)) for each in _own(actor) if _covered(flow, each)))
    alone = any(approver_selector(actor, flow.steps[0], tenant, scope) is not None for scope in scopes)
    return flow.yields if alone else "request"
