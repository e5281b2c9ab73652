"""
I-27: what ``as_of`` says of the past is what a live engine answered then.

Random histories are lived, with rules that change, amendments, freezes, cut-offs, a clock that jumps and is set right.
What ``authorize`` answers on the way is written down, and asked for again when the history is over.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import attrs
import pytest

from grantkit import Agent
from grantkit.canonical import Plain
from grantkit.codec import Projection
from grantkit.decision import Decision, PastDecision, TenantFacts, facts_from, reach_verdict
from grantkit.inputs import EARLIEST, FrozenMap
from grantkit.model import Amended, Event, Grant, System
from grantkit.service import records
from properties.histories import Writer
from properties.strategies import TICK
from properties.vocabulary import DAY, FLOWS, HOUR, OTHER_FLOWS, TENANTS, Question, Step, instant, member_may
from properties.world import World
from readonce import read_once

PROFILE = os.environ.get("GRANTKIT_PROFILE", "ci")
SCALE = {"quick": 0.2, "long": 20}.get(PROFILE, 1)
HISTORIES = int(45 * SCALE)
STEPS, QUESTIONS = 30, 4
LEAST = int(3_000 * SCALE)

Answer = dict[str, Plain]


@attrs.frozen
class Given:
    """
    An answer of a live engine.

    Attributes:
        question: What was asked.
        seq: How many events the record had.
        rules: The rules in force, which the record had adopted.
        answer: What was answered.
        by_clock: Whether it was asked about the very instant that the clock read.
    """

    question: Question
    seq: int
    rules: str
    answer: Answer
    by_clock: bool


@attrs.frozen
class Life:
    """A history that was lived: its world, what was answered on the way, and what the clock read at each event."""

    world: World
    given: list[Given]
    readings: dict[str, list[int]]

    def last_read_by(self, tenant: str, now: int) -> int:
        """Return the sequence of the last event that was recorded while the clock read *now* or less."""
        return max((seq for seq, at in enumerate(self.readings[tenant], 1) if at <= now), default=0)


class Busy(Writer):
    """Invents more of what the past could get wrong: brakes, a clock that goes back, and consent under other rules."""

    def step(self) -> Step:
        tenant = self.rng.choices(TENANTS, (6, 3, 1))[0]
        if not self.world.oracle.facts(tenant).grants or self.chance(60):
            return super().step()
        back = Step("clock", args={"now": self.world.now - self.rng.choice((HOUR, DAY))})
        others = (
            self._revoke_all,
            self._freeze,
            self._unfreeze,
            self._unfreeze,
            self._correct_clock,
            self._rules,
        )
        return back if self.chance(15) else self.rng.choice(others)(tenant)


def live(seed: int) -> Life:
    """Live the history of a seed, and write down what was answered."""
    world = World()
    writer = Busy(seed, world, OTHER_FLOWS if seed % 2 else FLOWS)
    life = Life(world, [], {tenant: [] for tenant in TENANTS})
    for _ in range(STEPS):
        step = writer.step()
        world.take(step)
        for tenant, readings in life.readings.items():
            new = world.access.ledger.head(tenant).seq - len(readings)
            readings.extend([world.now] * new)
        tenant = step.tenant or writer.rng.choice(TENANTS)
        for number, question in enumerate(writer.questions(tenant, QUESTIONS)):
            asked = question._replace(now=world.now) if number % 3 == 0 else question
            life.given.extend(live_answer(world, asked))
    return life


lived = cache(live)


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> Iterator[None]:
    """Read each entry and rule document once and remember it: all else of a replay is done anew, thousands of times."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        patch.setattr(records, "open_document", cache(records.open_document))
        yield
    lived.cache_clear()


def live_answer(world: World, question: Question) -> Iterator[Given]:
    """Ask the live engine; yield nothing where its rules are not those that the record knows of."""
    decision = world.access.authorize(
        Agent(question.agent, teams=question.teams),
        question.tenant,
        question.action,
        instant(question.now),
        resource=question.resource,
        act_as=question.act_as,
    )
    head = decision.facts.head
    if head.rules == world.digests[question.tenant]:
        yield Given(question, head.seq, head.rules, decision.to_dict(), question.now == world.now)


def told(world: World, question: Question, known_at: int | None) -> Answer:
    """Ask the same of the past."""
    may = question.act_as is not None and member_may(question.act_as, question.action, question.resource)
    return world.access.ledger.as_of(
        question.tenant,
        Agent(question.agent, teams=question.teams),
        question.action,
        at=instant(question.now),
        known_at=known_at,
        resource=question.resource,
        act_as=question.act_as,
        member_may=may,
    ).to_dict()


def wanted(given: Given) -> Answer:
    return {**given.answer, "known_at": given.seq, "rules": given.rules}


def by_sequence(life: Life) -> Iterator[tuple[Given, Answer]]:
    """Yield each answer with the one that the past gives with as many events known."""
    for given in life.given:
        yield given, told(life.world, given.question, given.seq)


def by_time(life: Life) -> Iterator[tuple[Given, Answer]]:
    """
    Yield each answer about the instant of the clock with the one that the past gives about that instant by itself.

    A clock that jumps back reads an instant twice: left out are the answers of whom the record can't tell which of the
    two it was.
    """
    for given in life.given:
        if given.by_clock and given.seq == life.last_read_by(given.question.tenant, given.question.now):
            yield given, told(life.world, given.question, None)


# --- the honest replay ------------------------------------------------------------------------------------------------

REASONS = (
    "allowed", "frozen", "clock_rollback", "over_ceiling", "action_not_permitted", "out_of_scope",
    "revoked", "cut_off", "relinquished", "expired", "not_yet_active", "no_grant",
)  # fmt: skip
AFTERWARDS = (
    "rules_adopted",
    "granted",
    "amended",
    "revoked",
    "cut_off",
    "frozen",
    "unfrozen",
    "clock_corrected",
)
"""What must have happened to tenants after answers were given of them, or replaying these would prove little."""


def test_i27_every_live_answer_is_told_again():
    """With as many events known as there were, the past says to the letter what the live engine answered."""
    tally: Counter[str] = Counter()
    for seed in range(HISTORIES):
        life = lived(seed)
        for given, answer in by_sequence(life):
            assert wanted(given) == answer, (seed, given.question)
            tally[str(answer["reason"])] += 1
        tally += later(life)
    print(f"\n{tally['answers']:,} answers told again", dict(tally.most_common()))  # noqa: T201  # shown with -s
    assert tally["answers"] >= LEAST
    assert tally["allowed"] * 12 > tally["answers"]  # denying alone would prove little
    if PROFILE != "quick":  # too few histories for whatever is rare
        assert [] == [
            what for what in (*REASONS, *(f"then {kind}" for kind in AFTERWARDS)) if not tally[what]
        ]


def later(life: Life) -> Counter[str]:
    """Count the answers, and what happened after them to the tenants that they were about."""
    tally: Counter[str] = Counter(answers=len(life.given))
    for tenant in TENANTS:
        events = life.world.access.ledger.history(tenant)
        for given in life.given:
            if given.question.tenant == tenant:
                tally.update({f"then {event.kind}" for event in events[given.seq :]})
    return tally


def test_i27_the_past_by_itself_is_what_was_answered_at_that_instant():
    """Asked about an instant and nothing more, the past says what the live engine answered when the clock read it."""
    tally: Counter[str] = Counter()
    for seed in range(HISTORIES):
        for given, answer in by_time(lived(seed)):
            assert wanted(given) == answer, (seed, given.question)
            tally["answers"] += 1
            tally[str(answer["reason"])] += 1
            tally["with a record that ran ahead"] += given.answer["reason"] == "clock_rollback"
    print(f"\n{tally['answers']:,} instants told again", dict(tally.most_common()))  # noqa: T201  # shown with -s
    assert tally["answers"] >= LEAST / 5
    assert tally["allowed"] * 12 > tally["answers"]
    assert tally["with a record that ran ahead"] or PROFILE == "quick"


def test_i27_the_past_does_not_change_when_words_are_erased():
    """With every name, reason and reference erased, all that was told of the past is told again."""
    erased = 0
    for seed in range(max(4, HISTORIES // 10)):
        life = live(seed)
        ledger = life.world.access.ledger
        before = [answer for _, answer in by_sequence(life)]
        for tenant in TENANTS:
            head = ledger.head(tenant)
            if head.seq:
                erased += ledger.erase(tenant, by=System("job"), events=list(range(1, head.seq + 1)))
                assert head == ledger.verify(tenant, head).against
        assert before == [answer for _, answer in by_sequence(life)]
    assert erased > 10


# --- replays that are wrong -------------------------------------------------------------------------------------------


def with_facts(distort: Callable[[TenantFacts], TenantFacts]) -> dict[str, Any]:
    return {"facts_from": lambda *said: distort(facts_from(*said))}


def with_grants(change: Callable[[Grant], Grant]) -> dict[str, Any]:
    return with_facts(lambda facts: attrs.evolve(facts, grants=tuple(map(change, facts.grants))))


def with_head(**changes: Any) -> dict[str, Any]:
    return with_facts(lambda facts: attrs.evolve(facts, head=attrs.evolve(facts.head, **changes)))


def with_stances(**changes: Any) -> dict[str, Any]:
    def distort(facts: TenantFacts) -> TenantFacts:
        held = FrozenMap((name, attrs.evolve(each, **changes)) for name, each in facts.stances.items())
        return attrs.evolve(facts, stances=held)

    return with_facts(distort)


def with_events(change: Callable[[Event], Event]) -> dict[str, Any]:
    class Wrong(Projection):
        def fold(self, event: Event) -> None:
            super().fold(change(event))

    return {"Projection": Wrong}


def without_amendments(event: Event) -> Event:
    if not isinstance(event.body, Amended):
        return event
    return attrs.evolve(event, body=attrs.evolve(event.body, new=event.body.old))


def a_tick_later(question: Any, facts: TenantFacts, rules: Any) -> Any:
    return reach_verdict(attrs.evolve(question, now=question.now + TICK), facts, rules)


def one_too_few(decision: Decision, seq: int) -> PastDecision:
    return PastDecision(decision, max(0, seq - 1))


def as_long_as(counts: Callable[[Event, Any], bool]) -> dict[str, Any]:
    return {"_counts": counts}


def first_rules() -> dict[str, Any]:
    known: dict[str, Any] = {}
    read = records.open_document
    return {"open_document": lambda digest, sealed: known.setdefault("rules", read(digest, sealed))}


WRONG: dict[str, dict[str, Any]] = {
    "cut-offs of the tenant ignored": with_head(cut_off=0),
    "cut-offs of agents ignored": with_stances(cut_off=0),
    "freezes of the tenant ignored": with_head(freeze=None),
    "freezes of agents ignored": with_stances(freeze=None),
    "what the record has seen ignored": with_head(seen_at=EARLIEST),
    "ends ignored": with_grants(lambda grant: attrs.evolve(grant, ended=None)),
    "amendments ignored": with_events(without_amendments),
    "one tick later": {"reach_verdict": a_tick_later},
    "one event too few": as_long_as(lambda event, known: event.seq < known),
    "one event too many": as_long_as(lambda event, known: event.seq <= known + 1),
    "all that happened later": as_long_as(lambda event, known: True),
    "another number of events told": {"PastDecision": one_too_few},
    "grants of the agent alone": with_facts(
        lambda facts: attrs.evolve(
            facts, grants=tuple(grant for grant in facts.grants if grant.holder.kind == "agent")
        )
    ),
    "the rules of whoever was asked about first": first_rules(),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_i27_a_wrong_replay_is_found_out(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]):
    """A replay that gets one thing wrong tells something that no live engine answered."""
    for name, instead in wrong.items():
        monkeypatch.setattr(records, name, instead)
    assert any(wanted(given) != answer for given, answer in some(by_sequence))


WRONG_BY_TIME: dict[str, Callable[[Event, Any], bool]] = {
    "up to the instant and not at it": lambda event, known: (event.clock or event.at) < known,
    "the later time of a record that ran ahead": lambda event, known: event.at <= known,
    "all that happened later": lambda event, known: True,
}


@pytest.mark.parametrize("counts", WRONG_BY_TIME.values(), ids=WRONG_BY_TIME.keys())
def test_i27_a_wrong_reading_of_time_is_found_out(
    monkeypatch: pytest.MonkeyPatch, counts: Callable[[Event, Any], bool]
):
    """What counts as known at an instant can't be off by a tick, nor go by a clock that was wrong."""
    monkeypatch.setattr(records, "_counts", counts)
    assert any(wanted(given) != answer for given, answer in some(by_time))


def some(pairs: Callable[[Life], Iterator[tuple[Given, Answer]]]) -> Iterator[tuple[Given, Answer]]:
    """Yield answers of the live engine and of the past, of no more histories than the honest replay is held against."""
    for seed in range(max(40, HISTORIES)):
        yield from pairs(lived(seed))
