"""A campaign of kills: a server dies under load, and after each start all must be as its clients were told."""

import time
from collections import Counter
from random import Random
from threading import Barrier, Event, Thread
from typing import Final, NamedTuple

import attrs
from sqlalchemy import Engine

from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.errors import OutcomeUnknown, StoreError, Unavailable
from grantkit.stores.sql import SQLStore
from grantkit.testing import FakeClock
from sql.server_process import OwnServer

KIM = Agent("a-kim")
CLIENTS: Final = 3
WATCHERS: Final = 2


class Step(NamedTuple):
    """
    A command.

    Attributes:
        verb: Which.
        kind: The kind of the one event that it records.
        lets_in: Whether the agent gets in after it.
    """

    verb: str
    kind: str
    lets_in: bool


STORY: Final = (
    Step("grant", "granted", True),
    Step("freeze", "frozen", False),
    Step("unfreeze", "unfrozen", True),
    Step("revoke", "revoked", False),
    Step("grant", "granted", True),
    Step("freeze", "frozen", False),
)
"""What a client does at a tenant: commands that can be given twice, with a key or because they are brakes."""


class Found(AssertionError):
    """What was told does not hold."""


class Lost(Found):
    """A command that was acknowledged is not there."""


class Doubled(Found):
    """A command is there twice, or one that failed for good is there."""


class Unsupported(Found):
    """A decision that no state of the record gives, from its call to its answer."""


def expect(holds: object, error: type[Found], why: str) -> None:
    """Raise *error* unless it holds."""
    if not holds:
        raise error(why)


def now() -> float:
    """Return the seconds that all threads share."""
    return time.monotonic()  # noqa: TID251  # when something was asked and answered, in real time


@attrs.define
class Past:
    """
    What one client did at a tenant, and what it was told.

    Attributes:
        tenant: Where; nobody else commands there.
        called: When each command was called for the first time.
        told: When each was acknowledged.
        answers: What each gave.
        failed: Why the last one called was not acknowledged; None if it was.
        asked: What was decided, by anybody: whether it was an allow, when it was asked, and when answered.
    """

    tenant: str
    called: list[float] = attrs.field(factory=list[float])
    told: list[float] = attrs.field(factory=list[float])
    answers: list[str] = attrs.field(factory=list[str])
    failed: StoreError | None = None
    asked: list[tuple[bool, float, float]] = attrs.field(factory=list[tuple[bool, float, float]])

    def tell(self, access: SupportAccess) -> bool:
        """Give the next command, or the one again that was not acknowledged; return whether it was."""
        number = len(self.told)
        step = STORY[number]
        if len(self.called) == number:
            self.called.append(now())
        try:
            answer = self._do(access, step.verb, f"k-{number}")
        except (OutcomeUnknown, Unavailable) as error:
            self.failed = error
            return False
        self.failed = None
        self.answers.append(answer)
        self.told.append(now())
        return True

    def _do(self, access: SupportAccess, verb: str, key: str) -> str:
        by = Member("m-ana", tenant=self.tenant, roles={"admin"}, name="Ana")
        match verb:
            case "grant":
                made = access.grant(
                    self.tenant, by=by, to=KIM, ends=Elapsed(hours=4), reason="Boards missing", key=key
                )
                return made.id
            case "revoke":
                access.revoke(self.tenant, self.answers[0], by=by)
            case "freeze":
                access.freeze(self.tenant, by=by)
            case _:
                access.unfreeze(self.tenant, by=by)
        return verb

    def ask(self, access: SupportAccess) -> None:
        """Ask whether the agent gets in; where the store is away, nothing was decided."""
        asked = now()
        decision = access.authorize(KIM, self.tenant, "board:read")
        if decision.reason != "store_unavailable":
            self.asked.append((decision.allowed, asked, now()))

    def states(self, asked: float, answered: float) -> set[bool]:
        """Return what a decision may say that was under way in that time: after how many commands is not known."""
        least = sum(1 for told in self.told if told <= asked)
        most = sum(1 for called in self.called if called <= answered)
        return {number > 0 and STORY[number - 1].lets_in for number in range(least, most + 1)}


class Campaign:
    """
    Kills of a server, and what is found after each.

    Attributes:
        kills: How often it was killed, and how often something was not acknowledged for which reason.
    """

    def __init__(self, server: OwnServer, engine: Engine, store: SQLStore, seed: int = 0) -> None:
        self.kills: Counter[str] = Counter()
        self._server = server
        self._engine = engine
        self._access = SupportAccess(store, clock=FakeClock("2027-03-03T14:20:00Z"))
        self._random = Random(seed)  # noqa: S311  # repeatable on purpose

    def strike_often(self, many: int) -> None:
        """Strike so many times."""
        for _ in range(many):
            self.strike()

    def strike(self) -> None:
        """Let clients command and ask, kill the server at some moment, start it, and look."""
        pasts = [Past(f"t-{self.kills['kills']}-{client}") for client in range(CLIENTS)]
        over, ready = Event(), Barrier(CLIENTS + WATCHERS + 1)
        threads = [
            *(Thread(target=self._command, args=(past, over, ready)) for past in pasts),
            *(Thread(target=self._watch, args=(pasts, over, ready)) for _ in range(WATCHERS)),
        ]
        for thread in threads:
            thread.start()
        ready.wait()
        time.sleep(0.002 + self._random.random() * 0.08)
        self._server.kill()
        over.set()
        for thread in threads:
            thread.join()
        self.kills["kills"] += 1
        self._server.start()
        self._look_again()
        for past in pasts:
            self._examine(past)

    def _command(self, past: Past, over: Event, ready: Barrier) -> None:
        ready.wait()
        while not over.is_set() and len(past.told) < len(STORY):
            if not past.tell(self._access):
                return
            past.ask(self._access)

    def _watch(self, pasts: list[Past], over: Event, ready: Barrier) -> None:
        ready.wait()
        while not over.is_set():
            for past in pasts:
                past.ask(self._access)

    def _look_again(self) -> None:
        """Ask until the connections that died are gone from the pool: a host is told of that once."""
        for _ in range(2):
            if self._access.authorize(KIM, "t-nowhere", "board:read").reason != "store_unavailable":
                return
        raise Found("the pool keeps connections that died")

    def _examine(self, past: Past) -> None:
        past.ask(self._access)
        self._hold_record(past)
        if past.failed is not None:
            self.kills[type(past.failed).__name__] += 1
            expect(past.tell(self._access), Found, f"{past.failed} again, with a server that is up")
            past.ask(self._access)
            self._hold_record(past)
        for allowed, asked, answered in past.asked:
            expect(
                allowed in past.states(asked, answered),
                Unsupported,
                f"{'allowed' if allowed else 'denied'} at {past.tenant}, after {past.answers}",
            )
        expect(self._engine.pool.checkedout() == 0, Found, "a connection was not given back")  # type: ignore[attr-defined]

    def _hold_record(self, past: Past) -> None:
        """Hold the record against what was told: all that was acknowledged, and one more only where nobody knows."""
        ledger = self._access.ledger
        ledger.verify(past.tenant)
        there = [event.kind for event in ledger.history(past.tenant) if event.kind != "rules_adopted"]
        told = [step.kind for step in STORY[: len(past.told)]]
        expect(
            there[: len(told)] == told, Lost, f"acknowledged at {past.tenant}: {told}; there is only {there}"
        )
        more = there[len(told) :]
        if past.failed is None:
            made = {status.grant.id for status in self._access.grants(past.tenant)}
            given = {answer for answer in past.answers if answer.startswith("gr_")}
            expect(made == given, Doubled, f"{made} are there at {past.tenant}, and they were told {given}")
        if not more:
            return
        expect(past.failed is not None, Doubled, f"nobody asked for {more} at {past.tenant}")
        next_one = STORY[len(told)].kind
        expect(
            isinstance(past.failed, OutcomeUnknown) and more == [next_one],
            Doubled,
            f"{more} is there at {past.tenant}, and they were told {past.failed}",
        )
