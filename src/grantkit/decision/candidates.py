"""Which grants a decision looks at."""

from collections.abc import Iterable
from datetime import datetime

from grantkit.decision.facts import TenantFacts
from grantkit.decision.question import Question
from grantkit.model import Grant, Holder


def holds(question: Question, grant: Grant) -> bool:
    """
    Whether the asking agent holds *grant*, as far as the question goes.

    By id (and, where a capacity is named, by being in that team now) or through the team that the grant names; with
    ``act_as`` only grants that name that member, without it only grants that name nobody. Rows of another tenant, which
    no store should return, are not held by anyone here.
    """
    agent = question.agent
    kind, ident = grant.holder
    if kind == "team":
        held = ident in agent.teams
    else:
        held = ident == agent.id and (grant.as_team is None or grant.as_team in agent.teams)
    return held and grant.act_as == question.act_as and grant.tenant == question.tenant


def reach(question: Question, facts: TenantFacts) -> datetime:
    """Return the later of ``now`` and what the record has seen: ends are judged by it, so no clock can undo them."""
    seen_at = facts.head.seen_at
    return max(question.now, seen_at)


def candidates(question: Question, facts: TenantFacts) -> list[Grant]:
    """
    Return the grants to consider: those held and not over, and for each holder the one that was over last.

    Order and duplicates of *facts* do not matter to the answer (I-20): whoever uses the list picks by :func:`in_order`.
    """
    until = reach(question, facts)
    found: list[Grant] = []
    over: dict[Holder, Grant] = {}
    for grant in facts.grants:
        if not holds(question, grant):
            continue
        if grant.ended is None and grant.window.closes > until:
            found.append(grant)
        elif grant.holder not in over or _over_later(grant, over[grant.holder]):
            over[grant.holder] = grant
    found.extend(over.values())
    return found


def _over_later(one: Grant, other: Grant) -> bool:
    return one.over_at > other.over_at or (one.over_at == other.over_at and one.id < other.id)


def in_order(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return *grants*, each id once, as answers name them: the latest end first, then the smallest id."""
    once = {grant.id: grant for grant in grants}
    by_id = sorted(once.values(), key=lambda grant: grant.id)
    return tuple(sorted(by_id, key=lambda grant: grant.window.closes, reverse=True))
