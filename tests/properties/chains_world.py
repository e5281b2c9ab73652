"""Histories of chains, tickets, sessions and suspensions: played on a store and in the model at once, and compared."""

from collections import Counter
from random import Random

from chains_model import STAY, TEAM, Held, Model

from grantkit import (
    VENDOR,
    AccessRules,
    Agent,
    Elapsed,
    GrantkitError,
    Member,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.testing import FakeClock

ANA = Member("m-ana", tenant="acme", roles={"admin"})
LOW = Member("m-low", tenant="acme", roles={"reader"})
HOOK = System("hook")
AGENTS = {ident: Agent(ident, teams={team}) for ident, team in TEAM.items()}
TICKETS = ("T-1", "T-2", "T-3")
PLACES = ("doc:1", "doc:2")
FLOW = {
    "delegate": {"to": ["agent"], "depth": 3},
    "entry": {"longest": {"elapsed": "PT2H"}},
    "policies": ["read-only", "administrator"],
    "amend": {"ends": ["elapsed"]},
}
RULES = AccessRules.from_data(
    {
        "flows": {
            "open": FLOW,
            "by-session": FLOW | {"entry": {"required": True, "longest": {"elapsed": "PT2H"}}},
        }
    }
)
WIDENS = {"grant", "delegate", "link", "enter", "unfreeze", "reinstate", "amend"}
ASKED = [(write, place) for write in (False, True) for place in PLACES]


class World:
    """One history, played on a store and in the model."""

    def __init__(self, store, seed):
        self.random = Random(seed)  # noqa: S311  # no secret: a history that can be played again
        self.model, self.tally = Model(), Counter()
        self.clock = FakeClock("2027-03-03T12:00:00Z")
        self.ids = iter(range(10**6))
        self.access = SupportAccess(
            store, rules=RULES, clock=self.clock, id_factory=lambda prefix: f"{prefix}{next(self.ids)}"
        )
        self.sessions = {}

    def step(self):
        """Do something, and hold what came of it, and then every answer, against the model's."""
        before = self.answers()
        verb = self.random.choice([*VERBS, *OFTEN])
        self.model.order += 1
        done = VERBS[verb](self)
        if done is not None:
            why, call, then = done
            self.attempt(verb, why, call, then)
        answers = self.answers()
        for key, said in answers.items():
            assert said in self.model.reasons(*key), (verb, key)
        if verb not in WIDENS:
            opened = [key for key, said in answers.items() if said == "allowed" != before[key]]
            assert [] == opened, verb

    def attempt(self, verb, why, call, then):
        """Call a verb that must be refused for one of *why*, or go through if there is nothing."""
        stood = self.heads()
        refused = made = None
        try:
            made = call()
        except GrantkitError as error:
            refused = error
        came = self.heads() - stood
        if why or refused is not None:
            assert type(refused).__name__ in why, (verb, refused)
            assert 0 == came, (verb, "was refused and left something")
            self.tally[verb, "refused"] += 1
            return
        self.tally[verb] += 1
        assert came == then(made), (verb, "events")
        if came and verb not in {"cut", "suspend", "reinstate"}:
            self.model.silenced = set()
            self.tally[verb] += 1

    def heads(self):
        """Return how many events there are, beside the rules that were adopted."""
        both = [self.access.ledger.head(each).seq for each in ("acme", VENDOR)]
        return sum(both) - (both[0] > 0)

    def answers(self):
        """Ask for everybody, everything."""
        return {
            (ident, write, place): str(
                self.access.authorize(
                    agent, "acme", f"doc:{'edit' if write else 'read'}", resource=place
                ).reason
            )
            for ident, agent in AGENTS.items()
            for write, place in ASKED
        }

    def any_grant(self):
        """Return a grant, mostly one that is not over; ``None`` where there is none."""
        alive = [ident for ident, one in self.model.held.items() if not self.model.dead(one)]
        among = alive if alive and self.random.random() < 0.8 else [*self.model.held]
        return self.random.choice(among) if among else None

    def holder_of(self, ident):
        """Return an agent who holds a grant, by name or by team; now and then somebody else."""
        if self.random.random() < 0.15:
            return self.random.choice([*AGENTS])
        return self.random.choice([each for each in AGENTS if self.model.holds(each, ident)])

    def some_scope(self):
        """Return everything, or some places."""
        return self.random.choice(
            [None, None, frozenset(PLACES[:1]), frozenset(PLACES[1:]), frozenset(PLACES)]
        )


def _scope(places):
    return None if places is None else Scope.only(*sorted(places))


def _whole(places):
    return Scope.whole() if places is None else _scope(places)


def grant(world):
    dice, model = world.random, world.model
    bound = dice.random() < 0.4
    tickets = {each for each in TICKETS if dice.random() < 0.6} if bound else set()
    to, flow, hours = (
        dice.choice([*AGENTS, "x", "y"]),
        dice.choice(["open", "by-session"]),
        dice.randint(2, 9),
    )
    scope, write = world.some_scope(), dice.random() < 0.5

    def then(made):
        model.held[made.id] = Held(
            to, flow, model.now + hours, model.order, write, scope, bound=bound, open={*tickets}
        )
        return 1

    def call():
        return world.access.grant(
            "acme",
            by=ANA,
            to=AGENTS[to] if to in AGENTS else Team(to),
            flow=flow,
            tickets=tickets,
            until_tickets=bound,
            ends=Elapsed(hours=hours),
            reason="x",
            scope=_whole(scope),
            policies=["administrator" if write else "read-only"],
        )

    return model.no_grant(to, bound=bound, tickets=tickets), call, then


def delegate(world):
    model, ident, to = world.model, world.any_grant(), world.random.choice([*AGENTS])
    if ident is None:
        return None
    by, scope = world.holder_of(ident), world.random.choice([None, None, world.some_scope()])
    above = model.held[ident]

    def then(made):
        model.held[made.id] = Held(
            to,
            above.flow,
            above.ends,
            model.order,
            above.write,
            above.scope if scope is None else scope,
            ident,
            by,
            above.bound and bool(above.open),
            {*above.open},
        )
        return 1

    def call():
        return world.access.delegate(
            "acme", ident, by=AGENTS[by], to=AGENTS[to], reason="x", scope=_scope(scope)
        )

    return model.no_delegation(by, ident, to, scope), call, then


def enter(world):
    model, ident = world.model, world.any_grant()
    if ident is None:
        return None
    by = world.holder_of(ident)

    def then(session):
        ends = [model.now + STAY, *(one.ends for one in model.chain(ident))]
        again = model.now < model.inside.get((ident, by), 0)  # entering anew leaves the one before
        model.inside[ident, by] = min(ends)
        world.sessions[ident, by] = session.id
        return 1 + again

    return model.acting(by, ident), lambda: world.access.enter("acme", ident, by=AGENTS[by]), then


def leave(world):
    if not world.sessions:
        return None
    key = world.random.choice([*world.sessions])
    by = AGENTS[key[1]] if world.random.random() < 0.8 else world.random.choice([*AGENTS.values(), ANA])
    why = set() if by.id == key[1] else {"NotEntitled"}

    def then(_):
        inside = world.model.now < world.model.inside[key]
        world.model.inside[key] = 0
        return int(inside)

    return why, lambda: world.access.leave("acme", world.sessions[key], by=by), then


def link(world):
    model, ident, ticket = world.model, world.any_grant(), world.random.choice(TICKETS)
    if ident is None:
        return None
    by = ANA if world.random.random() < 0.8 else world.random.choice([LOW, HOOK, *AGENTS.values()])
    one = model.held[ident]

    def then(_):
        there = ticket in one.open
        one.open.add(ticket)
        return int(not there)

    why = model.no_link(ident, ticket) | (set() if by is ANA else {"NotEntitled"})
    return why, lambda: world.access.link_ticket("acme", ident, ticket, by=by), then


def amend(world):
    model, ident, hours = world.model, world.any_grant(), world.random.randint(1, 9)
    if ident is None or model.held[ident].parent is not None:
        return None
    one, ends = model.held[ident], world.model.now + hours

    def then(made):
        changed = one.ends != ends
        one.ends, one.version = ends, made.version
        return int(changed)

    def call():
        return world.access.amend(
            "acme", ident, by=ANA, version=made_version(world, ident), ends=Elapsed(hours=hours)
        )

    return model.no_amendment(ident, ends), call, then


def made_version(world, ident):
    """Return the version that a page would show."""
    return next(each.grant.version for each in world.access.grants("acme") if each.grant.id == ident)


def resolve(world):
    ticket = world.random.choice(TICKETS)
    by = world.random.choice([HOOK, ANA, LOW, *AGENTS.values()])
    return (
        set(),
        lambda: world.access.resolve_ticket("acme", ticket, by=by),
        lambda _: world.model.solved(ticket),
    )


def _over(verb, how):
    def ends(world):
        ident = world.any_grant()
        if ident is None:
            return None
        one, who = world.model.held[ident], ANA
        why = set()
        if verb == "relinquish":
            agent = world.holder_of(ident)
            who, why = AGENTS[agent], set() if world.model.holds(agent, ident) else {"NotEntitled"}
        elif world.random.random() < 0.2:
            who, why = LOW, {"NotEntitled"}

        def then(_):
            fresh, one.over = one.over is None, one.over or how
            return int(fresh)

        return why, lambda: getattr(world.access, verb)("acme", ident, by=who), then

    return ends


def cut(world):
    agent = world.random.choice([None, *AGENTS, *AGENTS])

    def then(_):
        model = world.model
        model.cut[agent] = model.order
        again = agent in model.silenced  # nothing has happened since: once more is no event
        model.silenced = {agent}
        return int(not again)

    return set(), lambda: world.access.revoke_all("acme", by=ANA, agent=agent), then


def _marks(verb, change, whom):
    def marks(world):
        agent = world.random.choice(whom)
        vendors = verb in ("suspend", "reinstate")
        marked = world.model.suspended if vendors else world.model.frozen

        def then(_):
            was = len(marked)
            getattr(marked, change)(agent)
            return abs(len(marked) - was)

        def call():
            if vendors:
                return getattr(world.access, verb)(agent, by=HOOK)
            return getattr(world.access, verb)("acme", by=ANA, agent=agent)

        return set(), call, then

    return marks


def wait(world):
    def call():
        world.clock.advance(hours=1)
        world.model.now += 1

    return set(), call, lambda _: 0


VERBS = {
    "grant": grant,
    "delegate": delegate,
    "enter": enter,
    "leave": leave,
    "link": link,
    "amend": amend,
    "resolve": resolve,
    "revoke": _over("revoke", "revoked"),
    "relinquish": _over("relinquish", "relinquished"),
    "cut": cut,
    "freeze": _marks("freeze", "add", [*AGENTS]),
    "freeze all": _marks("freeze", "add", [None]),
    "unfreeze": _marks("unfreeze", "discard", [None, None, None, *AGENTS]),
    "suspend": _marks("suspend", "add", [*AGENTS]),
    "reinstate": _marks("reinstate", "discard", [*AGENTS]),
    "wait": wait,
}
OFTEN = [
    *["grant"] * 3,
    *["delegate"] * 5,
    *["enter"] * 3,
    "link",
    "amend",
    *["unfreeze"] * 3,
    *["reinstate"] * 2,
]


def live(store, seed, steps=45):
    """Play a history, and return how often what was done."""
    world = World(store, seed)
    for _ in range(steps):
        world.step()
    return world.tally
