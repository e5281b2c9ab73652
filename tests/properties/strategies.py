"""Strategies: instants that sit on and beside bounds, grants, facts, questions, and worlds with a random past."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import attrs
from hypothesis import settings
from hypothesis import strategies as st

from grantkit import AccessRules, Agent, OpenEnded, PermissionPolicy, Scope, System, TenantFacts
from grantkit.decision import Question, ask
from grantkit.model import Ended, Ending, Freeze, Grant, Head, Holder, Stance, Window
from grantkit.policy import Layer
from oracle import NEVER
from properties.differential import Run
from properties.vocabulary import ACTIONS, AGENTS, RESOURCES, T0, TEAMS, TENANTS, first_law, instant, rules_of
from properties.world import World

ZERO = instant(T0)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
TENANT = "acme"
RULES = rules_of(first_law())
JOB = System("job")

STEPS = st.sampled_from((-TICK, timedelta(0), TICK))
EDGES = st.integers(-3, 12).map(lambda hours: ZERO + hours * HOUR)
"""The instants at which things begin and end here."""
ANY_INSTANT = st.datetimes(datetime(1990, 1, 1), datetime(2400, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
INSTANTS = st.builds(lambda edge, step: edge + step, EDGES, STEPS) | ANY_INSTANT
"""Edges, the ticks beside them, and any instant at all."""

WINDOWS = st.builds(
    lambda start, hours: Window(start, start + hours * HOUR if hours else OpenEnded()),
    EDGES,
    st.integers(0, 6),
)
POLICIES = st.sampled_from(
    (
        PermissionPolicy.from_data("all", [{"effect": "allow", "action": ["*"], "resource": ["*"]}]),
        PermissionPolicy.from_data(
            "read-only", [{"effect": "allow", "action": ["*:read", "*:list"], "resource": ["*"]}]
        ),
        PermissionPolicy.from_data(
            "no-board", [{"effect": "deny", "action": ["board:*"], "resource": ["*"]}]
        ),
        PermissionPolicy.from_data("one", [{"effect": "allow", "action": ["*"], "resource": ["project:1"]}]),
    )
)
LAYERS = st.builds(lambda policies: Layer.of(*policies), st.lists(POLICIES, max_size=3))
CEILINGS = st.builds(
    lambda policies: Layer.of(*policies, kind="ceiling"), st.lists(POLICIES, min_size=1, max_size=2)
)
HOLDERS = st.builds(Holder, st.just("agent"), st.sampled_from(AGENTS)) | st.builds(
    Holder, st.just("team"), st.sampled_from(TEAMS)
)
SCOPES = st.just(Scope.whole()) | st.lists(st.sampled_from(RESOURCES), min_size=1).map(
    lambda names: Scope.only(*names)
)
ENDINGS = st.none() | st.builds(Ended, st.sampled_from(Ending), EDGES, st.just(JOB), st.integers(1, 40))

PRESENT = AccessRules.from_data(
    {
        "policies": {
            "all": [{"effect": "allow", "action": ["*"], "resource": ["*"]}],
            "no-board": [{"effect": "deny", "action": ["board:*"], "resource": ["*"]}],
            "one": [{"effect": "allow", "action": ["*"], "resource": ["project:1"]}],
        }
    }
)
"""Rules under which the policies above mean today what they meant at consent."""


def grants(**fixed: st.SearchStrategy[object]) -> st.SearchStrategy[Grant]:
    """Return grants of one tenant, with some fields settled."""
    fields = {
        "id": st.integers(0, 999).map("gr_{}".format),
        "tenant": st.just(TENANT),
        "holder": HOLDERS,
        "scope": SCOPES,
        "layers": st.tuples(LAYERS) | st.tuples(LAYERS, CEILINGS),
        "window": WINDOWS,
        "as_team": st.none() | st.sampled_from(TEAMS),
        "consent_seq": st.integers(1, 20),
        "ended": ENDINGS,
    }
    return st.builds(_grant, **{**fields, **fixed})


def _grant(**fields: object) -> Grant:
    holder = fields["holder"]
    if isinstance(holder, Holder) and holder.kind == "team":
        fields["as_team"] = None
    return Grant(**fields)  # type: ignore[arg-type]


def good_grants(**fixed: st.SearchStrategy[object]) -> st.SearchStrategy[Grant]:
    """Return grants that count while their window holds: everything, everywhere, for whoever is in a team."""
    everything = Layer.of(
        PermissionPolicy.from_data("all", [{"effect": "allow", "action": ["*"], "resource": ["*"]}])
    )
    settled = {
        "holder": st.just(Holder("team", TEAMS[0])),
        "scope": st.just(Scope.whole()),
        "layers": st.just((everything,)),
        "as_team": st.none(),
        "ended": st.none(),
        "consent_seq": st.integers(10, 20),
    }
    return grants(**{**settled, **fixed})


FREEZES = st.none() | st.builds(Freeze, st.just(JOB), EDGES, st.integers(1, 40))
HEADS = st.builds(
    lambda seen_at, freeze, cut_off: Head(
        tenant=TENANT, seq=50, seen_at=seen_at, freeze=freeze, cut_off=cut_off
    ),
    EDGES,
    st.none() | FREEZES,
    st.integers(0, 12),
)
STANCES = st.lists(
    st.builds(Stance, agent=st.sampled_from(AGENTS), freeze=FREEZES, cut_off=st.integers(0, 12)),
    max_size=2,
    unique_by=lambda stance: stance.agent,
)


@st.composite
def facts(draw: st.DrawFn) -> TenantFacts:
    """Return facts of one tenant as a store might have read them for anybody."""
    found = draw(st.lists(grants(), max_size=6, unique_by=lambda grant: grant.id))
    return TenantFacts.of(*found, head=draw(HEADS), stances=draw(STANCES))


QUESTIONS: st.SearchStrategy[Question] = st.builds(
    lambda agent, teams, action, resource, now: ask(
        Agent(agent, teams=teams), TENANT, action, now, resource=resource, act_as=None
    ),
    st.sampled_from(AGENTS),
    st.frozensets(st.sampled_from(TEAMS)),
    st.sampled_from(ACTIONS),
    st.none() | st.sampled_from(RESOURCES),
    INSTANTS,
)

KIM = Agent("a-kim", teams={TEAMS[0]})


def asked(now: datetime, agent: Agent = KIM, action: str = "board:read") -> Question:
    """Return a plain question."""
    return ask(agent, TENANT, action, now, resource=None, act_as=None)


FEWER = settings(max_examples=max(5, (settings.default or settings()).max_examples // 5))
"""For tests that live a whole history for each example."""
SEEDS = st.integers(0, 1_000_000)
"""Each stands for a random past: see :func:`past`."""


def past(seed: int, steps: int = 40) -> World:
    """Return a world that has lived the random history of a seed; it is the caller's to live on in."""
    run = Run(seed)
    run.live(steps, 0)
    return run.world


@lru_cache(maxsize=256)
def grid(seed: int) -> tuple[tuple[Agent, str, str | None], ...]:
    """Return agents, actions and resources to ask about, the same for the same seed."""
    teams = (frozenset[str](), frozenset({"support"}), frozenset({"tech", "support"}), frozenset({"duty"}))
    every = [
        (Agent(ident, teams=team), action, resource)
        for ident in AGENTS
        for team in teams
        for action in ("board:read", "board:write", "wiki:write")
        for resource in (None, "project:1")
    ]
    return tuple(every[(seed + 7 * place) % len(every)] for place in range(12))


def moments(world: World) -> list[datetime]:
    """Return the instants at which something changes in a world, and the ticks beside them."""
    edges = {world.now}
    for tenant in TENANTS:
        facts = world.oracle.facts(tenant)
        edges |= {edge for g in facts.grants.values() for edge in (g.start, g.end) if edge is not None}
        edges |= {facts.seen_at} - {NEVER}
    return [instant(edge + step) for edge in sorted(edges)[-12:] for step in (-1, 0, 1)]


def evolved(world_facts: TenantFacts, grant: Grant) -> TenantFacts:
    """Return facts with one grant in place of the one with its id."""
    return attrs.evolve(
        world_facts, grants=tuple(grant if each.id == grant.id else each for each in world_facts.grants)
    )
