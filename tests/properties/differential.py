"""A seed's history, lived by the library and the reference model together; a failing one is cut down and told.

``World`` holds both sides, ``Writer`` invents what happens: plain data, so that it can be replayed.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from properties.histories import Writer
from properties.vocabulary import ACTIONS, AGENTS, FLOWS, TENANTS, Law, Step
from properties.world import Mismatch, World


@dataclass
class Run:
    """A history in the making: what happened, and the last thing asked."""

    seed: int
    make: Callable[[], World] = World
    flows: Mapping[str, tuple[Law, ...]] = field(default_factory=lambda: FLOWS)
    steps: list[Step] = field(default_factory=list[Step])
    asked: Callable[[World], None] | None = None
    world: World = field(init=False)

    def live(self, steps: int, questions: int) -> World:
        """Live a history of so many steps, ask so many questions and a list after each; return what it was lived in."""
        self.world = self.make()
        writer = Writer(self.seed, self.world, self.flows)
        for _ in range(steps):
            step = writer.step()
            self.steps.append(step)
            self.asked = None
            self.world.take(step)
            tenant = step.tenant or writer.rng.choice(TENANTS)
            for number, question in enumerate(writer.questions(tenant, questions)):
                self.asked = lambda world, q=question, n=number: world.ask(q, until=n % 8 == 0)
                self.asked(self.world)
            if not questions:
                continue
            ident = writer.rng.choice(AGENTS)
            list_ = (ident, writer.teams(ident), writer.moment(tenant), writer.rng.choice(ACTIONS))
            self.asked = lambda world, args=list_: world.list(*args)
            self.asked(self.world)
        self.asked = World.settle
        self.world.settle()
        return self.world

    def fails(self, steps: list[Step]) -> str | None:
        """Replay *steps*, then ask what was asked last; return what does not agree."""
        world = self.make()
        try:
            for step in steps:
                world.take(step)
            if self.asked is not None:
                self.asked(world)
        except Mismatch as mismatch:
            return str(mismatch)
        return None

    def shrunk(self) -> tuple[list[Step], str]:
        """Return a shorter history that still fails, and how it fails."""
        steps, why = list(self.steps), self.fails(self.steps) or "not when replayed"
        for place in reversed(range(len(steps))):
            fewer = steps[:place] + steps[place + 1 :]
            # Without what it stands on a step may become impossible to take: then it stays.
            with suppress(KeyError, ValueError, AttributeError):
                said = self.fails(fewer)
                if said is not None:
                    steps, why = fewer, said
        return steps, why


def live(seed: int, steps: int, questions: int, flows: Mapping[str, tuple[Law, ...]] = FLOWS) -> World:
    """Live the history of a seed; on a mismatch raise one that tells the shortest history found."""
    run = Run(seed, flows=flows)
    try:
        return run.live(steps, questions)
    except Mismatch as first:
        shorter, why = run.shrunk()
        told = "\n".join(f"  {number}. {step}" for number, step in enumerate(shorter, 1))
        raise Mismatch(f"seed {seed}, step {len(run.steps)}: {first}\ncut down to: {why}\n{told}") from first
