"""Choosing from what a flow offers: whom, where, which policies, as whom, with which words."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from grantkit.errors import ConfirmationMismatch, InvalidInput, NotEligible, NotOffered
from grantkit.inputs import FrozenMap, text
from grantkit.model import Actor, Agent, Grantee, Holder, Member, Scope, Team
from grantkit.policy import Layer, PermissionPolicy
from grantkit.rules import AccessRules, Flow, ReasonRule, Step, To

Predicates: TypeAlias = Mapping[str, Callable[[Grantee, str], bool]]
"""The host's own eligibility predicates, by name: given the grantee and the tenant, exactly ``True`` lets them pass."""
NO_PREDICATES: Predicates = FrozenMap()

SamePerson: TypeAlias = Callable[[Agent | Member, Agent | Member], bool]
"""Whether two ids, on the same side or on both, are one person, as the host knows; only exactly ``False`` is a no."""


_FITS: Mapping[str, tuple[Callable[[Flow], bool], str]] = FrozenMap(
    {
        "grant": (
            lambda flow: flow.yields == "grant" and flow.under is None,
            "a flow that yields a grant by itself",
        ),
        "consent": (lambda flow: flow.yields == "consent", "a flow that yields a consent"),
        "request": (lambda flow: flow.under is None, "a flow that stands by itself"),
    }
)


def fitting_flow(
    rules: AccessRules, name: str | None, verb: str, under: str | None = None
) -> tuple[str, Flow]:
    """
    Return the flow by which something comes about: the one named, or the only one that fits.

    Args:
        rules: The rules in force.
        name: The flow, if the caller names one.
        verb: ``grant``, ``consent``, ``request`` or ``activate``.
        under: For ``activate``: the consent flow that it must stand under.

    Raises:
        InvalidInput: ``flow``, if it is unknown, or several fit and none is named.
        NotOffered: If it cannot be entered by this verb.
    """
    fits, offered = _FITS.get(verb, (lambda flow: flow.under == under, f"a flow that stands under {under}"))
    fitting = {each: flow for each, flow in rules.flows.items() if fits(flow)}
    if name is None:
        if len(fitting) > 1:
            raise InvalidInput(field="flow", code="ambiguous", wants="one of " + ", ".join(fitting))
        name = next(iter(fitting or rules.flows))
    flow = rules.flow(name)
    if name not in fitting:
        raise NotOffered(flow=name, field="verb", asked=verb, offered=(offered,))
    return name, flow


def choose_holder(
    name: str, flow: Flow, to: Grantee | None, as_team: str | None
) -> tuple[Grantee, str | None]:
    """
    Return the grantee and the capacity: ``as_team`` is recorded where the flow says ``agent:TEAM``.

    Nobody said, the flow's first choice is taken if it is concrete.
    """
    if to is None:
        first = flow.to[0]
        if first.team is None or not first.concrete:
            raise InvalidInput(field="to", code="required", wants="an Agent or a Team")
        to = Team(first.team)
    if isinstance(to, Team):
        if as_team is not None:
            raise InvalidInput(field="as_team", code="ambiguous", wants="as_team only beside an agent")
        fits = any(each.kind == "team" and each.team in (None, to.id) for each in flow.to)
        capacity = None
    else:
        capacities = _capacities(flow, to, as_team)
        fits = bool(capacities)
        if len(capacities) > 1 and None not in capacities:
            raise InvalidInput(
                field="as_team", code="ambiguous", wants="one of " + ", ".join(map(str, capacities))
            )
        capacity = None if None in capacities else next(iter(capacities), None)
    if not fits:
        asked = str(to) if as_team is None else f"{to} in team {as_team}"
        raise NotOffered(flow=name, field="to", asked=asked, offered=tuple(map(str, flow.to)))
    return to, capacity


def offered_to(name: str, flow: Flow, holder: Holder, as_team: str | None) -> None:
    """Refuse more for a holder to whom the flow would no longer grant."""
    team = holder.id if holder.kind == "team" else as_team
    fits = (
        each.kind == holder.kind
        and (each.team in (None, team) if holder.kind == "team" else each.team == team)
        for each in flow.to
    )
    if not any(fits):
        raise NotOffered(flow=name, field="to", asked=str(holder), offered=tuple(map(str, flow.to)))


def _capacities(flow: Flow, agent: Agent, as_team: str | None) -> list[str | None]:
    def fits(each: To) -> bool:
        return each.kind == "agent" and (each.team is None or each.team in agent.teams)

    found = [each.team for each in flow.to if fits(each)]
    return found if as_team is None else [team for team in found if team == as_team]


def choose_scope(name: str, flow: Flow, scope: Scope | None) -> Scope:
    """Return the scope: the tenant as a whole if nobody said and the flow offers it."""
    rule = flow.scope
    if scope is None:
        if not rule.tenant:
            raise InvalidInput(field="scope", code="required", wants="Scope.only(…) with the resources")
        return Scope.whole()
    if scope.tenant_wide:
        fits = rule.tenant
    else:
        covered = all(any(each.matches(resource) for each in rule.resources) for resource in scope.resources)
        fits = covered and len(scope.resources) <= rule.most
    if not fits:
        offered = (
            *(["the tenant as a whole"] if rule.tenant else []),
            *map(str, rule.resources),
            f"at most {rule.most}",
        )
        raise NotOffered(flow=name, field="scope", asked=str(scope), offered=offered)
    return scope


def choose_policies(name: str, flow: Flow, rules: AccessRules, asked: tuple[str, ...] | None) -> Layer:
    """Return the layer that is consented to, of today's definitions; nobody said, the flow's first policy (T6)."""
    if asked is None:
        if flow.policies[0] == "*":
            raise InvalidInput(field="policies", code="required", wants="names of policies")
        asked = flow.policies[:1]
    if not asked:
        raise InvalidInput(field="policies", code="blank", wants="at least one policy")
    layer = rules.layer(asked)
    offered(name, flow, asked)
    return layer


def offered(name: str, flow: Flow, asked: tuple[str, ...]) -> None:
    """Refuse policies that the flow does not offer."""
    beyond = [each for each in asked if each not in flow.policies]
    if beyond and "*" not in flow.policies:
        raise NotOffered(flow=name, field="policies", asked=", ".join(beyond), offered=flow.policies)


def lifts_a_deny(rules: AccessRules, policy: PermissionPolicy) -> bool:
    """Whether going without *policy* would lift a deny, as it was pinned or as it is defined today (T9)."""
    today = rules.policy(policy.name)
    return policy.denies or (today is not None and today.denies)


def choose_act_as(name: str, flow: Flow, asked: str | None, by: Actor, *, rights_known: bool) -> str | None:
    """
    Return the member to act as, or ``None``.

    ``self`` offers the consenting member only; where an agent asks, whoever approves must be that member.
    Without the host's member rights nobody can be acted as: the right of
    the member is one more condition, and nobody could say whether it holds.
    """
    first = flow.act_as[0]
    if asked is None:
        if first == "any" or (first == "self" and not isinstance(by, Member)):
            raise InvalidInput(field="act_as", code="required", wants="the id of a member")
        asked = by.id if first == "self" else None
    wanted = "none" if asked is None else "any"
    themselves = asked == by.id if isinstance(by, Member) else asked is not None
    allowed = wanted in flow.act_as or (themselves and "self" in flow.act_as)
    if not allowed:
        raise NotOffered(flow=name, field="act_as", asked=str(asked), offered=flow.act_as)
    if asked is not None and not rights_known:
        why = "nobody, while no member_rights= says what members may do"
        raise NotOffered(flow=name, field="act_as", asked=asked, offered=(why,))
    return asked


def check_eligible(rules: AccessRules, grantee: Grantee, tenant: str, predicates: Predicates) -> None:
    """
    Refuse a grantee for whom some predicate of the rules does not hold (B11); an error in one refuses too.

    ``domain:D`` asks that the part of the id after ``@`` is D. A team has none, so it does not satisfy it.
    """
    for name in rules.eligible:
        if name.startswith("domain:"):
            _, at, domain = grantee.id.rpartition("@")
            holds = isinstance(grantee, Agent) and bool(at) and domain == name.removeprefix("domain:")
        else:
            holds = _ask(name, grantee, tenant, predicates)
        if not holds:
            raise NotEligible(grantee=str(grantee), predicate=name)


def _ask(name: str, grantee: Grantee, tenant: str, predicates: Predicates) -> bool:
    try:
        return predicates[name](grantee, tenant) is True  # a truthy answer is not a yes
    except Exception as error:  # the predicate is foreign code; whatever it raises, nobody has said yes
        raise NotEligible(grantee=str(grantee), predicate=name) from error


def check_word(name: str, wanted: str | None, typed: str | None) -> str | None:
    """Return the word as typed, trimmed; refuse it unless it is exactly the one that is wanted (P4, P5)."""
    if wanted is None:
        return None
    if typed is None or typed.strip() != wanted:
        raise ConfirmationMismatch(flow=name)
    return typed.strip()


def check_reason(rule: ReasonRule, reason: str, category: str | None) -> str:
    """Return the reason, trimmed; refuse one that is too short (P3), or lacks the category asked for (B5)."""
    found = text("reason", reason, least=rule.min)
    if category is None:
        if rule.categories:
            raise InvalidInput(
                field="category", code="required", wants="one of " + ", ".join(rule.categories)
            )
    elif category not in rule.categories:
        wants = (
            "one of " + ", ".join(rule.categories) if rule.categories else "none: this flow has no categories"
        )
        raise InvalidInput(field="category", code="unknown", wants=wants)
    return found


def check_tickets(flow: Flow, tickets: frozenset[str], *, until_tickets: bool = False) -> bool:
    """Return whether what is made is bound to its tickets (R14); refuse where some must be named and none is."""
    binding = until_tickets or flow.start.tickets == "until_solved"
    if not tickets and (binding or flow.start.tickets == "required"):
        raise InvalidInput(field="tickets", code="required", wants="at least one ticket")
    return binding


def check_channel(name: str, step: Step, channel: str | None, reference: str | None) -> str:
    """Return the channel by which the answer came; every one but ``in_product`` carries a reference."""
    chosen = step.channels[0] if channel is None else channel
    if chosen not in step.channels:
        raise NotOffered(flow=name, field="channel", asked=chosen, offered=step.channels)
    if chosen != "in_product" and reference is None:
        raise InvalidInput(field="reference", code="required", wants=f"the reference of the {chosen} answer")
    return chosen


def check_text(name: str, step: Step, version: str | None) -> None:
    """Refuse another version of the text than the step names now: who saw the old one has not agreed to this (M12)."""
    if version is not None and version != step.text:
        offered = ("no text at all",) if step.text is None else (step.text,)
        raise NotOffered(flow=name, field="text_version", asked=version, offered=offered)
