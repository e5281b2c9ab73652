"""Whether layers permit an action: as pinned at consent, and as the rules say today. Nothing here looks at time."""

from collections.abc import Iterable
from functools import lru_cache

from grantkit.decision.reasons import Reason
from grantkit.model import Agent, Grant, Holder
from grantkit.policy import Action, Layer, Resource
from grantkit.rules import AccessRules


def capacity(teams: Iterable[str], holder: Holder, as_team: str | None) -> tuple[str, ...]:
    """
    Return the teams whose ceilings bind an agent in *teams* under a grant: the capacity in which it acts.

    A grant to a team acts in that team's, a grant that names a capacity in that one; without one all of the agent's
    teams bind together, so that belonging to one more team never widens anything.
    """
    if holder.kind == "team":
        return (holder.id,)
    return tuple(sorted(teams)) if as_team is None else (as_team,)


def barred(
    layers: tuple[Layer, ...],
    teams: tuple[str, ...],
    rules: AccessRules,
    action: Action,
    resource: Resource | None,
) -> Reason | None:
    """
    Return why *layers* and today's ceilings do not permit the action, or ``None`` where every one allows it.

    What was consented to is judged as pinned and as its names are defined today; a ceiling as pinned, and today's
    ceilings beside it. So an edit of rules can narrow what stands and never widen it (N8).
    """
    same, reason = _wherever(layers, teams, rules, action)
    return reason if same else _somewhere(layers, teams, rules, action, resource)


@lru_cache(maxsize=16384)
def _wherever(
    layers: tuple[Layer, ...], teams: tuple[str, ...], rules: AccessRules, action: Action
) -> tuple[bool, Reason | None]:
    """
    Return whether the answer is the same for every resource and for none, and then that answer.

    Remembered by value: the same layers under the same rules always say the same, so this cannot go stale. Resources
    are left out of what is remembered, for there may be any number of them.
    """
    present = (rules.present(layer) for layer in layers if layer.kind != "ceiling")
    judged = (*layers, *present, *rules.ceilings_for(teams))
    same = all(layer.is_blind_to_resources(action) for layer in judged)
    return same, _somewhere(layers, teams, rules, action, None) if same else None


def _somewhere(
    layers: tuple[Layer, ...],
    teams: tuple[str, ...],
    rules: AccessRules,
    action: Action,
    resource: Resource | None,
) -> Reason | None:
    verdicts = {_layer(layer, rules, action, resource) for layer in layers}
    for reason in (Reason.POLICY_WITHDRAWN, Reason.ACTION_NOT_PERMITTED, Reason.OVER_CEILING):
        if reason in verdicts:
            return reason
    if all(ceiling.allows(action, resource) for ceiling in rules.ceilings_for(teams)):
        return None
    return Reason.OVER_CEILING


def _layer(layer: Layer, rules: AccessRules, action: Action, resource: Resource | None) -> Reason | None:
    if layer.kind == "ceiling":
        return None if layer.allows(action, resource) else Reason.OVER_CEILING
    if not layer.allows(action, resource):
        return Reason.ACTION_NOT_PERMITTED
    present = rules.present(layer)
    if present.allows(action, resource):
        return None
    # Would it still be allowed if what is gone were still there? Then it is the withdrawal that denies, not an edit.
    gone = (policy for policy in layer.policies if policy.name not in present.names)
    kept = Layer.of(*present.policies, *gone, kind=layer.kind)
    return Reason.POLICY_WITHDRAWN if kept.allows(action, resource) else Reason.ACTION_NOT_PERMITTED


def leaves_something(grant: Grant, agent: Agent, rules: AccessRules) -> bool:
    """Whether every layer, as pinned and as defined today, and every ceiling of today leaves something to do."""
    present = [rules.present(layer) for layer in grant.layers if layer.kind != "ceiling"]
    layers = (
        *grant.layers,
        *present,
        *rules.ceilings_for(capacity(agent.teams, grant.holder, grant.as_team)),
    )
    return all(layer.leaves_something() for layer in layers)
