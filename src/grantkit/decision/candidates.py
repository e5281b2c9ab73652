"""Which grants a decision looks at."""

from collections.abc import Iterable
from datetime import datetime

from grantkit.decision.facts import TenantFacts
from grantkit.decision.question import Question
from grantkit.model import Grant, Holder


def named_to(question: Question, grant: Grant) -> bool:
    """Whether *grant*, a row of this tenant, names the asking agent by id, or a team that the agent is in."""
    agent = question.agent
    kind, ident = grant.holder
    named = ident in agent.teams if kind == "team" else ident == agent.id
    return named and grant.tenant == question.tenant


def holds(question: Question, grant: Grant) -> bool:
    """
    Whether the asking agent holds *grant*, as far as the question goes.

    It must be named, and be in the team in whose capacity the grant lets it act, if it names one; with ``act_as`` only
    grants that name that member are held, without it only grants that name nobody.
    """
    capacity = grant.as_team
    return (
        named_to(question, grant)
        and grant.act_as == question.act_as
        and (capacity is None or capacity in question.agent.teams)
    )


def reach(question: Question, facts: TenantFacts) -> datetime:
    """Return the later of ``now`` and what the record has seen: ends are judged by it, so no clock can undo them."""
    seen_at = facts.head.seen_at
    return max(question.now, seen_at)


def rows(facts: TenantFacts) -> tuple[Grant, ...]:
    """
    Return the grants of *facts*, each id once; what is no grant at all is left out.

    A grant is valid or cannot be made, so what is one can be sorted and judged. Of two rows of one id that disagree, as
    a torn read would give them, the one that says less is believed: an end, then the earlier over-at.
    """
    found = facts.grants
    if not found or (len(found) == 1 and type(found[0]) is Grant):
        return found
    if {type(row) for row in found} <= _ROWS and len({row.id for row in found}) == len(found):
        return found  # nothing but grants, and each once: the usual case, at the price of a look
    once: dict[str, Grant] = {}
    for row in found:
        if type(row) is Grant and (row.id not in once or _says_less(row, once[row.id])):
            once[row.id] = row
    return tuple(once.values())


_ROWS = {Grant}


def _says_less(one: Grant, other: Grant) -> bool:
    return (one.ended is None, one.over_at, -one.version) < (
        other.ended is None,
        other.over_at,
        -other.version,
    )


def candidates(question: Question, facts: TenantFacts) -> list[Grant]:
    """
    Return the grants to consider: those held and not over, and of each holder the one that was over last, if held.

    Which was over last is asked of the holder's grants before the question, as a store does that keeps no more of them.
    Order and duplicates of *facts* do not matter to the answer (I-20): whoever uses the list picks by :func:`in_order`.
    """
    until = reach(question, facts)
    found: list[Grant] = []
    over: dict[Holder, Grant] = {}
    for grant in rows(facts):
        if grant.ended is None and grant.window.closes > until:
            found.append(grant)
        elif named_to(question, grant) and (
            grant.holder not in over or _over_later(grant, over[grant.holder])
        ):
            over[grant.holder] = grant
    return [grant for grant in (*found, *over.values()) if holds(question, grant)]


def _over_later(one: Grant, other: Grant) -> bool:
    return one.over_at > other.over_at or (one.over_at == other.over_at and one.id < other.id)


def in_order(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return *grants* as answers name them: the latest end first, then the smallest id."""
    found = tuple(grants)
    if len(found) <= 1:
        return found
    by_id = sorted(found, key=lambda grant: grant.id)
    return tuple(sorted(by_id, key=lambda grant: grant.window.closes, reverse=True))
