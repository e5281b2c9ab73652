"""The rule of rules: allowed iff some grant counts."""

from collections.abc import Iterator
from datetime import datetime

import attrs

from grantkit.decision.candidates import candidates, later
from grantkit.decision.facts import TenantFacts
from grantkit.decision.judge import TOLERANCE, ancestors, blocked, judge
from grantkit.decision.question import Question
from grantkit.decision.reasons import NEARNESS, Reason
from grantkit.model import Grant, OpenEnded
from grantkit.rules import AccessRules


@attrs.frozen(slots=False, eq=False)
class Verdict:
    """
    The outcome, before anyone asks for more.

    Attributes:
        reason: From the closed list.
        grant: The grant that allows, or that the reason is about.
        error: What failed, if something did.
    """

    reason: Reason
    grant: Grant | None = None
    error: BaseException | None = None


def reach_verdict(question: Question, facts: TenantFacts, rules: AccessRules) -> Verdict:
    """
    Return allow if some candidate counts, else the reason nearest to an allow.

    Total over valid input. Facts of another tenant, or read for another agent, say nothing about this question: deny.
    An error while judging what blocks everything denies; an error while judging one grant silences that grant (I-9).
    """
    if facts.head.tenant != question.tenant or facts.agent not in (None, question.agent.id):
        return Verdict(Reason.NO_GRANT)
    try:
        block = blocked(question, facts)
        found = candidates(question, facts)
    except Exception as error:  # noqa: BLE001  # whatever a malformed row provokes, it is a deny
        return Verdict(Reason.STORE_UNAVAILABLE, None, error)
    if block is not None:
        return Verdict(block)
    return _best(question, facts, rules, found)


def _best(question: Question, facts: TenantFacts, rules: AccessRules, found: list[Grant]) -> Verdict:
    best: Grant | None = None
    named: Grant | None = None
    reason, error = Reason.NO_GRANT, None
    for grant in found:
        if best is not None and not later(grant, best):
            continue  # it could not be the one named, whatever it says
        try:
            said = judge(question, facts, rules, grant)
        except Exception as caught:  # noqa: BLE001  # an error silences its own grant and no other
            said, error = Reason.STORE_UNAVAILABLE, caught
        if said is None:
            best = grant
        elif named is None or _nearer(said, grant, reason, named):
            reason, named = said, grant
    if best is not None:
        return Verdict(Reason.ALLOWED, best)
    return Verdict(reason, named, error if reason is Reason.STORE_UNAVAILABLE else None)


def _nearer(said: Reason, grant: Grant, reason: Reason, named: Grant) -> bool:
    if said is reason:
        return later(grant, named)
    return NEARNESS[said] < NEARNESS[reason]


def first_flip(question: Question, facts: TenantFacts, rules: AccessRules) -> datetime | None:
    """
    Return the first instant after ``now`` at which the answer would flip by time alone, or ``None``.

    Between two neighbouring bounds nothing changes, so it is enough to ask again at each bound.
    """
    answer = reach_verdict(question, facts, rules).reason is Reason.ALLOWED
    for at in sorted({bound for bound in _bounds(question, facts) if bound > question.now}):
        then = attrs.evolve(question, now=at)
        if (reach_verdict(then, facts, rules).reason is Reason.ALLOWED) is not answer:
            return at
    return None


def _bounds(question: Question, facts: TenantFacts) -> Iterator[datetime]:
    if facts.head.tenant == question.tenant:
        yield facts.head.seen_at - TOLERANCE
    for grant in facts.grants:
        chain = [each for each in ancestors(facts, grant) if each is not None]
        for one in (grant, *chain, *facts.consents):
            yield one.window.starts_at
            if not isinstance(one.window.ends_at, OpenEnded):
                yield one.window.ends_at
