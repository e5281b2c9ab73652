"""
Lists equal decisions (N9): what an agent sees is asked of the same judge, place by place.

Scopes and patterns only ever tell resources apart by their kind and their id, each a literal or anything. So it is
enough to ask about every place that some scope or pattern names, and about one place of each kind that none names.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from grantkit.decision.candidates import candidates
from grantkit.decision.facts import TenantFacts
from grantkit.decision.judge import blocked, is_live, resting_on
from grantkit.decision.permits import capacity, leaves_something
from grantkit.decision.question import Question
from grantkit.decision.reasons import Reason
from grantkit.decision.verdict import first_flip, reach_verdict
from grantkit.model import Agent, Consent, Grant
from grantkit.policy import Action, Layer, Resource, ResourcePattern, parse_resource
from grantkit.rules import AccessRules


@attrs.frozen(kw_only=True)
class Visible:
    """
    A tenant that an agent sees, and where in it.

    :meth:`includes` reads the parts together.

    Attributes:
        tenant: Its id.
        tenant_wide: Whether the tenant as a whole is open: what ``authorize`` says without a resource.
        resources: The resources that are open by name.
        patterns: Where what nothing names is open too: ``*``, ``kind:*`` or ``*:id``.
        excluded: What *patterns* match and what is closed all the same, as patterns.
        valid_until: Until when this holds at the most, by time alone; ``None`` for no bound. Ask again then.
    """

    tenant: str
    tenant_wide: bool
    resources: frozenset[str]
    patterns: tuple[str, ...]
    excluded: frozenset[str]
    valid_until: datetime | None

    def __str__(self) -> str:
        places = (
            *(["the tenant as a whole"] if self.tenant_wide else []),
            *sorted(self.resources),
            *self.patterns,
        )
        but = f" but not {', '.join(sorted(self.excluded))}" if self.excluded else ""
        return f"{self.tenant}: {', '.join(places)}{but}"

    def includes(self, resource: str | None) -> bool:
        """
        Whether *resource* (``None`` for the tenant as a whole) is open.

        Raises:
            InvalidInput: ``resource``, if it is malformed.
        """
        if resource is None:
            return self.tenant_wide
        place = parse_resource("resource", resource)
        return resource in self.resources or (_any(self.patterns, place) and not _any(self.excluded, place))


def _any(patterns: Iterable[str], place: Resource) -> bool:
    return any(ResourcePattern.parse("patterns", pattern).matches(place) for pattern in patterns)


_ANY = Action("any", "any")
_REST = "*"  # stands for a kind or an id that nothing names: no literal can be spelled like it


def visible(
    agent: Agent, facts: TenantFacts, rules: AccessRules, now: datetime, action: Action | None
) -> Visible | None:
    """
    Return what *agent* sees of the tenant of *facts* at *now*, or ``None`` if nothing.

    With an *action*: exactly the places for which ``authorize`` allows it. Without: where some live grant of an
    unblocked tenant leaves something in every layer, in whatever place.
    """
    if facts.agent not in (None, agent.id):
        return None  # facts read for somebody else lack what stands against this agent
    question = Question(agent, facts.head.tenant, action or _ANY, now, None, None)
    held = candidates(question, facts)
    if action is None:
        return _left_open(question, facts, rules, held)
    open_at: list[Resource | None] = []
    closed_at: list[Resource | None] = []
    flips: list[datetime] = []
    for place in (None, *_places(held, facts, agent, rules)):
        asked = attrs.evolve(question, resource=place)
        # What does not cover the place cannot change the answer, and need not be judged for each place anew.
        covering = attrs.evolve(facts, grants=tuple(grant for grant in held if grant.scope.covers(place)))
        is_open = reach_verdict(asked, covering, rules).reason is Reason.ALLOWED
        (open_at if is_open else closed_at).append(place)
        flip = first_flip(asked, covering, rules)
        if flip is not None:
            flips.append(flip)
    return _made(facts.head.tenant, open_at, closed_at, min(flips, default=None))


def _made(
    tenant: str, open_at: list[Resource | None], closed_at: list[Resource | None], until: datetime | None
) -> Visible | None:
    if not open_at:
        return None
    places = [place for place in open_at if place is not None]
    patterns = [ResourcePattern(place.kind, place.id) for place in places if _REST in (place.kind, place.id)]
    return Visible(
        tenant=tenant,
        tenant_wide=None in open_at,
        resources=frozenset(str(place) for place in places if _REST not in (place.kind, place.id)),
        patterns=tuple(sorted(map(str, patterns))),
        excluded=frozenset(
            str(ResourcePattern(place.kind, place.id))
            for place in closed_at
            if place is not None and any(pattern.matches(place) for pattern in patterns)
        ),
        valid_until=until,
    )


def _left_open(
    question: Question, facts: TenantFacts, rules: AccessRules, held: list[Grant]
) -> Visible | None:
    if blocked(question, facts) is not None:
        return None
    live = [grant for grant in held if is_live(question, facts, grant)]
    standing = [grant for grant in live if leaves_something(grant, question.agent, rules)]
    if not standing:
        return None
    bounds = (_time_bound(question, grant) for grant in held)
    whole = any(grant.scope.tenant_wide for grant in standing)
    return Visible(
        tenant=facts.head.tenant,
        tenant_wide=whole,
        resources=frozenset(str(resource) for grant in standing for resource in grant.scope.resources),
        patterns=("*",) if whole else (),
        excluded=frozenset(),
        valid_until=min((bound for bound in bounds if bound is not None), default=None),
    )


def _time_bound(question: Question, grant: Grant) -> datetime | None:
    window = grant.window
    if question.now < window.starts_at:
        return window.starts_at
    return window.ends_at if isinstance(window.ends_at, datetime) else None


def _places(held: list[Grant], facts: TenantFacts, agent: Agent, rules: AccessRules) -> tuple[Resource, ...]:
    """Return every place that could be answered differently from the others, each once and sorted."""
    standing = [one for grant in held for one in (grant, *resting_on(facts, grant))]
    rows: list[Grant | Consent] = [*standing, *facts.consents]
    patterns = {
        pattern
        for layer in (*_layers(rows, rules), *_limits(held, agent, rules))
        for policy in layer.policies
        for statement in policy.statements
        for pattern in statement.resources
    }
    spelled = {Resource(pattern.kind, pattern.id) for pattern in patterns}  # "*" for anything, as in _REST
    named = {resource for row in rows for resource in row.scope.resources} | spelled
    kinds = {place.kind for place in named} | {_REST}
    anywhere = {pattern.id for pattern in patterns if pattern.kind == "*"} | {_REST}
    return tuple(sorted(named | {Resource(kind, ident) for kind in kinds for ident in anywhere}, key=str))


def _layers(rows: list[Grant | Consent], rules: AccessRules) -> Iterator[Layer]:
    for row in rows:
        yield from row.layers
        yield from (rules.present(layer) for layer in row.layers)


def _limits(held: list[Grant], agent: Agent, rules: AccessRules) -> Iterator[Layer]:
    yield from (demand.beyond for demand in rules.pinned_demands)
    for grant in held:
        yield from (demand.beyond for demand in grant.demands)
        yield from rules.ceilings_for(capacity(agent.teams, grant.holder, grant.as_team))
