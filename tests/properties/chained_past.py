"""A tenant with a random past in which grants were handed on, bound to tickets and entered, and agents shut out."""

from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import attrs

from grantkit import AccessRules, Agent, Decision, Elapsed, Member, SupportAccess, System, Team, authorize
from grantkit.errors import GrantkitError
from grantkit.model import Grant, Holder
from grantkit.ports import SessionsOf
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

TENANT = "acme"
BOSS = Member("m-boss", tenant=TENANT, roles={"admin"})
HOOK = System("hook")
TICKETS = ("T-1", "T-2", "T-3")
TEAM_OF = {"a-kim": "support", "a-lou": "support", "a-max": "tech", "a-ned": "tech"}
AGENTS = {ident: Agent(ident, teams={team}) for ident, team in TEAM_OF.items()}
HOLDERS = {
    ident: tuple(sorted((Holder("agent", ident), Holder("team", team)))) for ident, team in TEAM_OF.items()
}
FLOW = {
    "policies": ["read-only", "administrator"],
    "delegate": {"to": ["agent"], "depth": 3},
    "entry": {"longest": {"elapsed": "PT2H"}},
}
RULES = AccessRules.from_data(
    {
        "flows": {
            "open": FLOW,
            "by-session": FLOW | {"entry": {"required": True, "longest": {"elapsed": "PT2H"}}},
        }
    }
)


@attrs.define
class Chained:
    """One tenant, on a store of its own."""

    random: Random
    made: list[Grant] = attrs.Factory(list[Grant])  # as they were made
    kept_out: set[str] = attrs.Factory(set[str])  # whom nobody reinstates
    store: MemoryStore = attrs.Factory(MemoryStore)
    clock: FakeClock = attrs.Factory(lambda: FakeClock("2027-03-03T12:00:00Z"))
    access: SupportAccess = attrs.Factory(
        lambda self: SupportAccess(self.store, rules=RULES, clock=self.clock), takes_self=True
    )

    def grants(self) -> list[Grant]:
        """Return every grant as it stands, the first one first."""
        return [status.grant for status in self.access.grants(TENANT)]

    def handed_on(self) -> list[Grant]:
        """Return the grants that rest on another."""
        return [grant for grant in self.grants() if grant.parent is not None]

    def who_handed_on(self) -> list[str]:
        """Return the agents who handed something on."""
        return sorted({grant.added_by.id for grant in self.handed_on() if grant.added_by is not None})

    def holder(self, grant: Grant) -> Agent:
        """Return somebody who holds a grant, by name or through their team."""
        return self.random.choice([one for one in AGENTS.values() if grant.holder.id in (one.id, *one.teams)])

    def step(self) -> None:
        """Let something happen; two grants come first, so that there is something to do it to."""
        verb = grant if len(self.made) < 2 else self.random.choice(VERBS)
        verb(self)

    def live(self, steps: int) -> None:
        """Let so much happen; what is refused does not."""
        for _ in range(steps):
            with suppress(GrantkitError):
                self.step()

    def moments(self) -> list[datetime]:
        """Return now, and instants of then and later: where something begins or ends, and the ticks beside it."""
        now = self.clock.now()
        edges = {grant.window.closes for grant in self.grants()}
        edges |= {
            one.window.closes for one in self.store.sessions(SessionsOf(tenant=TENANT, after=0, limit=1000))
        }
        edges = set(sorted(edge for edge in edges if edge > now)[:4]) | {now}
        tick = timedelta(microseconds=1)
        return sorted({edge + step for edge in edges for step in (-tick, tick, timedelta(0))})

    def ask(self, agent: str, action: str, now: datetime, only: AbstractSet[str] | None = None) -> Decision:
        """Return the answer to one question at an instant, from some of the agent's grants or from all."""
        facts = self.store.read(TENANT, agent, HOLDERS[agent], now)
        if only is not None:
            facts = attrs.evolve(facts, grants=tuple(each for each in facts.grants if each.id in only))
        return authorize(AGENTS[agent], TENANT, action, now, facts=facts, rules=RULES)

    def answers(self, moments: list[datetime]) -> dict[tuple[str, str, datetime], bool]:
        """Return whether each agent may look, and may act, at each instant."""
        return {
            (agent, action, now): self.ask(agent, action, now).allowed
            for agent in AGENTS
            for action in ("doc:read", "doc:edit")
            for now in moments
        }


def grant(world: Chained) -> None:
    dice = world.random
    tickets = dice.sample(TICKETS, dice.randint(0, 2))
    world.made.append(
        world.access.grant(
            TENANT,
            by=BOSS,
            to=dice.choice((*AGENTS.values(), Team("support"), Team("tech"))),
            flow=dice.choice(("open", "by-session", "by-session")),
            policies=[dice.choice(("read-only", "administrator"))],
            ends=Elapsed(hours=dice.randint(3, 9)),
            tickets=tickets,
            until_tickets=bool(tickets),
            reason="x",
        )
    )


def delegate(world: Chained) -> None:
    above = world.random.choice(world.made)
    others = [one for one in AGENTS.values() if above.holder.id not in (one.id, *one.teams)]
    by, to = world.holder(above), world.random.choice(others)
    world.made.append(world.access.delegate(TENANT, above.id, by=by, to=to, reason="x"))


def enter(world: Chained) -> None:
    under = world.random.choice(world.made)
    world.access.enter(TENANT, under.id, by=world.holder(under))


def link(world: Chained) -> None:
    """Link a ticket, also to what is over, as when a ticket was opened again."""
    world.access.link_ticket(
        TENANT, world.random.choice(world.made).id, world.random.choice(TICKETS), by=BOSS
    )


def wait(world: Chained) -> None:
    world.clock.advance(minutes=world.random.choice((20, 40)))


def end(world: Chained) -> None:
    one = world.random.choice(world.made)
    if world.random.random() < 1 / 2:
        world.access.revoke(TENANT, one.id, by=BOSS)
    else:
        world.access.relinquish(TENANT, one.id, by=world.holder(one))


def block(world: Chained) -> None:
    agent = world.random.choice([*AGENTS])
    if world.random.random() < 1 / 2:
        world.access.freeze(TENANT, by=BOSS, agent=agent)
    else:
        world.access.suspend(agent, by=HOOK)


def lift(world: Chained) -> None:
    for agent in AGENTS:
        world.access.unfreeze(TENANT, by=BOSS, agent=agent)
        if agent not in world.kept_out:
            world.access.reinstate(agent, by=HOOK)


VERBS = (
    grant,
    delegate,
    delegate,
    delegate,
    delegate,
    enter,
    enter,
    enter,
    link,
    wait,
    end,
    block,
    block,
    lift,
)


def chained(seed: int, steps: int = 24) -> Chained:
    """Return a tenant that has lived the random history of a seed."""
    world = Chained(Random(seed))  # noqa: S311  # no secret: a history that can be lived again
    world.live(steps)
    return world
