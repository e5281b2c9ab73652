"""A campaign of kills: a child after another dies on a file, and after each the file must be as it has to be."""

import sqlite3
from collections import Counter
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Self

from crashes.crash_story import LENGTH, TENANTS, Story, Teller, invent, state_of
from crashes.warm_host import TIMES, Host
from grantkit import VENDOR, SupportAccess
from grantkit.stores import SQLiteStore

EACH = 4 * TIMES
"""How often a process is killed at each point, half of it while another process has the file open."""

MOMENTS = 20 * TIMES
"""How often one is killed at some moment, with and without another process."""

STORIES = 60
"""How many stories there are; one is invented once."""

DEATHS = (9, 25)  # SIGKILL, and SIGXFSZ in the middle of a write


# What makes a file of the present version one of version 2 again, with the same in it (no consents, no requests).
_BACK = """
DROP INDEX grants_held;
DROP INDEX grants_in_order;
DROP INDEX grants_due;
DROP TABLE requests;
DROP TABLE links;
DROP TABLE sessions;
DROP TABLE usages;
DROP TABLE tallies;
DROP TABLE cursors;
ALTER TABLE grants DROP COLUMN kind;
CREATE INDEX grants_held ON grants (holder, holder_kind, tenant, over_at);
CREATE INDEX grants_in_order ON grants (tenant, consent_seq, id);
CREATE INDEX grants_due ON grants (closes, id) WHERE ended = 0;
PRAGMA user_version = 2;
"""


class Found(AssertionError):
    """A file is not as it has to be after a kill."""


class LostAcknowledged(Found):
    """What was acknowledged is gone."""


class HalfApplied(Found):
    """The file is in a state that no number of whole commands leads to."""


class TextLeft(Found):
    """A text that is erased, and said to be, can still be read from the bytes of the file."""


class Plan(NamedTuple):
    """
    How a child dies.

    Attributes:
        point: At which point, for the so-manieth time that it comes there.
        nth: For the so-manieth time that it comes there.
        timed: After so many lines that it said, and then so many seconds later.
    """

    point: str = "nowhere"
    nth: int = 1
    timed: tuple[int, float] | None = None


class Campaign:
    """
    Children that die on one file after another.

    Attributes:
        kills: How many died, by where.
        survived: How many came to the end of the story before the point.
    """

    def __init__(
        self, host: Host, folder: Path, *, store: str = "honest", seed: int = 0, witness: bool = False
    ) -> None:
        """
        Begin on a new file.

        Args:
            host: Who starts the children.
            folder: Where the files lie.
            store: Which store the children use; the file is always examined with an honest one.
            seed: From which the first story and the moments come.
            witness: Whether this process has the file open all the time, as another worker of a host has. If not, it
                is opened after each kill, and the write-ahead log is put away before the next.
        """
        self.kills: Counter[str] = Counter()
        self.survived = 0
        self._host = host
        self._folder = folder
        self._store = store
        self._seeds = count(seed * 13)
        self._rng = Random(seed)  # noqa: S311  # repeatable on purpose
        self._witness: SQLiteStore | None = None
        self._wants_witness = witness
        self.open()

    def open(self) -> None:
        """Go on with a new story, on a new file."""
        self.close()
        seed = next(self._seeds)
        self.path = self._folder / f"story-{seed}.db"
        self.story = invent(seed % STORIES)
        self.done = 0
        if self._wants_witness:
            self._witness = SQLiteStore(self.path)

    def close(self) -> None:
        """Let go of the file."""
        if self._witness is not None:
            self._witness.close()
            self._witness = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def strike(self, plan: Plan) -> bool:
        """Let a child go on with the story until it dies by *plan*; return whether it did so before the end."""
        if self.done == LENGTH:
            self.open()
        answer = self._host.ask(
            path=str(self.path),
            store=self._store,
            steps=self.story.steps,
            first=self.done,
            trap=(plan.point, plan.nth, self._rng.randrange(2**32)),
            timed=plan.timed,
        )
        died = answer["signal"] in DEATHS
        assert died or (answer["signal"], answer["code"]) == (0, 0), answer
        self._examine(self._acknowledged(answer["said"]))
        if died:
            self.kills["at some moment" if plan.timed else plan.point] += 1
        else:
            self.survived += 1
            self.done = LENGTH
        return died

    def go_to(self, verb: str) -> None:
        """Let the story go on until the next step is one of *verb*, and does something."""
        while not self._comes_next(self.done, verb):
            ahead = [number for number in range(self.done, LENGTH) if self._comes_next(number, verb)]
            if ahead:
                self.strike(Plan("after the acknowledgement", ahead[0] - self.done))
            else:
                self.open()

    def _comes_next(self, number: int, verb: str) -> bool:
        story = self.story
        return (
            number < LENGTH
            and story.steps[number]["verb"] == verb
            and story.states[number] != story.states[number + 1]
        )

    def _acknowledged(self, said: list[str]) -> int:
        """Return how many commands were acknowledged; each as the store in memory answered it."""
        answers = said[1:]
        told = [f"{number} {answer}" for number, answer in enumerate(self.story.answers)]
        assert told[self.done : self.done + len(answers)] == answers
        return self.done + len(answers)

    def _examine(self, acknowledged: int) -> None:
        if self._witness is not None:
            self._look(self._witness, acknowledged)
            return
        with SQLiteStore(self.path) as store:
            self._look(store, acknowledged)
        self._no_text_left()

    def _look(self, store: SQLiteStore, acknowledged: int) -> None:
        self.done = place(self.story, state_of(store), acknowledged)
        access = SupportAccess(store)
        for tenant in (*TENANTS, VENDOR):
            access.ledger.verify(tenant)  # the chain holds, and what decisions read is its fold (I-25)
        self._repeat(store, acknowledged)

    def _repeat(self, store: SQLiteStore, acknowledged: int) -> None:
        """Repeat what was not answered, and an older command with a key: each gives the first answer, and no event."""
        teller, story = Teller(store), self.story
        if acknowledged < LENGTH and repeatable(story.steps[acknowledged]):
            again = "-again" if self.done > acknowledged else ""
            answer = teller.tell(acknowledged, story.steps[acknowledged], again)
            assert story.answers[acknowledged] == answer
            self.done = place(story, state_of(store), acknowledged + 1)
        older = [number for number in range(self.done) if answerable(story, number, self.done)]
        if older:
            number = self._rng.choice(older)
            before = teller.access.ledger.head(story.steps[number]["tenant"])
            assert story.answers[number] == teller.tell(number, story.steps[number], "-again")
            assert before == teller.access.ledger.head(story.steps[number]["tenant"])

    def _no_text_left(self) -> None:
        # Read only now that nothing in this process has the file open.
        files = [path for path in self.path.parent.glob(f"{self.path.name}*") if path.is_file()]
        kept = b"\0".join(path.read_bytes() for path in files)
        left = [text for text in self.story.gone[self.done] if text.encode() in kept]
        if left:
            raise TextLeft(f"{left} after {self.done} steps of {self.path.name}")

    def make_old(self) -> None:
        """Make the file one of the version before, with the same in it."""
        assert self._witness is None
        if self.done == LENGTH:
            self.open()
        SQLiteStore(self.path).close()
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(_BACK)


def place(story: Story, state: object, acknowledged: int) -> int:
    """
    Return after how many steps the file stands: all that were acknowledged, and at most one more.

    Raises:
        LostAcknowledged: If it stands before that.
        HalfApplied: If it stands nowhere.
    """
    if state == story.states[acknowledged]:
        return acknowledged
    if acknowledged < LENGTH and state == story.states[acknowledged + 1]:
        return acknowledged + 1
    if state in story.states[:acknowledged]:
        at = story.states.index(state)
        raise LostAcknowledged(f"stands after {at} steps, and {acknowledged} were acknowledged")
    raise HalfApplied(f"{acknowledged} steps were acknowledged; the next is {story.steps[acknowledged:][:1]}")


def repeatable(step: dict[str, Any]) -> bool:
    """Whether a caller who heard no answer can just repeat it: it has a key, or twice does what once does."""
    return step["verb"] in ("revoke", "relinquish", "freeze") or step.get("key") is not None


def answerable(story: Story, number: int, done: int) -> bool:
    """Whether step *number*, which made something under a key, must still give the same answer after *done* steps."""
    step = story.steps[number]
    made = step.get("key") is not None and story.answers[number].startswith("gr_")
    since = story.steps[number:done]
    return made and {"verb": "forget", "tenant": step["tenant"]} not in since
