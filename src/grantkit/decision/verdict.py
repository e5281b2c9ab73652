"""The rule of rules: allowed iff some grant counts."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from grantkit.decision.candidates import candidates, holds, in_order, rows
from grantkit.decision.facts import TenantFacts
from grantkit.decision.judge import TOLERANCE, blocked, judge, over, resting_on
from grantkit.decision.question import Question
from grantkit.decision.reasons import NEARNESS, Reason
from grantkit.errors import Unavailable
from grantkit.model import Grant, OpenEnded
from grantkit.rules import AccessRules


@attrs.frozen(slots=False, eq=False)
class Verdict:
    """
    The outcome, before anyone asks for more.

    Attributes:
        reason: From the closed list.
        grant: For a deny, the grant that the reason is about, if there is one.
        error: What failed, if something did.
    """

    reason: Reason
    grant: Grant | None = None
    error: BaseException | None = None


_ALLOWED = Verdict(Reason.ALLOWED)
_NO_GRANT = Verdict(Reason.NO_GRANT)


def reach_verdict(question: Question, facts: TenantFacts, rules: AccessRules) -> Verdict:
    """
    Return allow if some grant counts, else the reason nearest to an allow and the grant that it is about.

    Total over valid input. Facts of another tenant, or read for another agent, say nothing about this question: deny.
    An error while judging what blocks everything denies; an error while judging one grant silences that grant (I-9).

    The first grant found to count settles it; which of several is *named* is :func:`named`, worked out when read.
    """
    if facts.head.tenant != question.tenant or facts.agent not in (None, question.agent.id):
        return _NO_GRANT
    try:
        block = blocked(question, facts)
    except Exception as error:  # noqa: BLE001  # whatever a malformed row provokes, it is a deny
        return Verdict(Reason.STORE_UNAVAILABLE, None, error)
    if block is not None:
        return Verdict(block)
    found = rows(facts)
    said: dict[str, tuple[Reason, BaseException | None]] = {}
    for grant in reversed(found):  # stores put the latest end last: the likeliest to count
        if holds(question, grant):
            reason, failed = say(question, facts, rules, grant)
            if reason is None:
                return _ALLOWED
            said[grant.id] = reason, failed
    if said:
        return _nearest(question, facts, said)
    unsound = any(type(row) is not Grant for row in facts.grants)
    return Verdict(Reason.STORE_UNAVAILABLE, None, _unsound()) if unsound else _NO_GRANT


def _unsound() -> Unavailable:
    return Unavailable(what="a sound row of the store")


def say(
    question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant
) -> tuple[Reason | None, BaseException | None]:
    """Return what :func:`judge` says of *grant*; an error silences this grant and no other (I-9)."""
    try:
        return judge(question, facts, rules, grant), None
    except Exception as error:  # noqa: BLE001  # whatever it is, it is no allow
        return Reason.STORE_UNAVAILABLE, error


def _nearest(
    question: Question, facts: TenantFacts, said: Mapping[str, tuple[Reason, BaseException | None]]
) -> Verdict:
    found = in_order(candidates(question, facts))
    if not found:
        return _NO_GRANT  # what is held was over before something of the same holder that is not
    grant = min(found, key=lambda each: NEARNESS[said[each.id][0]])  # of equals the first in order
    reason, error = said[grant.id]
    return Verdict(reason, grant, error)


def named(question: Question, facts: TenantFacts, rules: AccessRules) -> Grant | None:
    """Return, of the grants that count, the one with the latest end; among equals the one with the smallest id."""
    found = in_order(candidates(question, facts))
    return next((grant for grant in found if say(question, facts, rules, grant)[0] is None), None)


def first_flip(question: Question, facts: TenantFacts, rules: AccessRules) -> datetime | None:
    """
    Return the first instant after ``now`` at which the answer would flip by time alone, or ``None``.

    Between two neighbouring bounds nothing changes, so it is enough to ask again at each bound.
    """
    answer = reach_verdict(question, facts, rules).reason is Reason.ALLOWED
    for at in sorted({bound for bound in _bounds(question, facts, rules) if bound > question.now}):
        then = attrs.evolve(question, now=at)
        if (reach_verdict(then, facts, rules).reason is Reason.ALLOWED) is not answer:
            return at
    return None


def _bounds(question: Question, facts: TenantFacts, rules: AccessRules) -> Iterator[datetime]:
    if facts.head.tenant == question.tenant:
        yield facts.head.seen_at - TOLERANCE
    for session in facts.sessions:
        yield session.entered_at
    for grant in rows(facts):
        yield from (over(session, rules, grant) for session in facts.sessions if session.grant == grant.id)
        for one in (grant, *resting_on(facts, grant), *facts.consents):
            yield one.window.starts_at
            if not isinstance(one.window.ends_at, OpenEnded):
                yield one.window.ends_at
