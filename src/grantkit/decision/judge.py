"""What one grant says to a question: ``None`` if it counts, else the first reason why it does not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from grantkit.decision.candidates import reach
from grantkit.decision.facts import TenantFacts
from grantkit.decision.permits import barred, capacity
from grantkit.decision.question import Question
from grantkit.decision.reasons import OF_ENDING, Reason
from grantkit.model import Consent, Demand, Grant, Session, Stance
from grantkit.rules import AccessRules

TOLERANCE = timedelta(seconds=60)
"""How far behind the record a clock may read before it is not believed."""


def blocked(question: Question, facts: TenantFacts) -> Reason | None:
    """Return what denies before any grant is looked at: suspension, freeze, a clock turned back."""
    head = facts.head
    if question.agent.id in facts.suspended:
        return Reason.SUSPENDED
    stance = facts.stances.get(question.agent.id)
    if stance is not None and stance.agent != question.agent.id:
        return Reason.STORE_UNAVAILABLE  # somebody else's row: what is held against this agent is not known
    if head.freeze is not None or (stance is not None and stance.freeze is not None):
        return Reason.FROZEN
    if head.seen_at > question.now and head.seen_at - question.now > TOLERANCE:
        return Reason.CLOCK_ROLLBACK
    return None


def judge(question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant) -> Reason | None:
    """
    Return why *grant* does not count, or ``None`` if it does.

    The checks stand in the order of "How a decision is made": the first that fails names the reason.
    """
    return (
        not_live(question, facts, grant)
        or (grant.parent is not None and chain_ended(question, facts, grant))
        or (question.act_as is not None and _member(facts))
        or _scope(question, facts, grant)
        or _layers(question, facts, rules, grant)
        or _demands(question, facts, rules, grant)
        or _entry(question, facts, rules, grant)
    ) or None


def not_live(question: Question, facts: TenantFacts, one: Grant | Consent) -> Reason | None:
    """Return why *one* is not live, or ``None``: an end as a fact first, then cut-offs, and only then time (I-4)."""
    if one.ended is not None:
        return OF_ENDING[one.ended.how]
    if _cut_off(question, facts, one):
        return Reason.CUT_OFF
    window = one.window
    if window.closes <= reach(question, facts):
        return Reason.EXPIRED
    if question.now < window.starts_at:
        return Reason.NOT_YET_ACTIVE
    return None


def _cut_off(question: Question, facts: TenantFacts, one: Grant | Consent) -> bool:
    if one.consent_seq <= facts.head.cut_off:
        return True
    stances = facts.stances
    if not stances:
        return False
    # A cut-off of the asking agent silences whatever it would use; a cut-off of another agent silences what that agent
    # holds by name or handed on, hence everything that rests on it.
    touched = (question.agent.id, *_agents(one))
    return any(_cuts(stances[agent], agent, one.consent_seq) for agent in touched if agent in stances)


def _agents(one: Grant | Consent) -> tuple[str, ...]:
    """Return the agents by whose leave *one* is there: who holds it by name, and who handed it on."""
    held = (one.holder.id,) if one.holder.kind == "agent" else ()
    return (
        held
        if one.parent is None or isinstance(one, Consent) or one.added_by is None
        else (*held, one.added_by.id)
    )


def _cuts(stance: Stance, agent: str, seq: int) -> bool:
    # Of somebody else's row nothing good can be assumed.
    return stance.agent != agent or seq <= stance.cut_off


def ancestors(facts: TenantFacts, grant: Grant) -> Iterator[Grant | Consent | None]:
    """Yield what *grant* rests on, nearest first; ``None``, last, for what is missing or goes in a circle."""
    parent, seen = grant.parent, {grant.id}
    while parent is not None:
        ancestor = facts.lineage.get(parent)
        sound = ancestor is not None and (ancestor.id, ancestor.tenant) == (parent, facts.head.tenant)
        if ancestor is None or not sound or parent in seen:
            yield None
            return
        seen.add(parent)
        yield ancestor
        parent = ancestor.parent


def resting_on(facts: TenantFacts, grant: Grant) -> tuple[Grant | Consent, ...]:
    """Return what *grant* rests on, nearest first, as far as it is there."""
    return tuple(ancestor for ancestor in ancestors(facts, grant) if ancestor is not None)


def chain_ended(question: Question, facts: TenantFacts, grant: Grant) -> Reason | None:
    """
    Return why something that *grant* rests on does not carry it, else ``None``.

    ``consent_ended`` if it is missing or no longer live; ``suspended`` or ``frozen`` if an agent is who holds it, or
    handed any of it on.
    """
    held_up = _held_up(facts, grant)
    for ancestor in ancestors(facts, grant):
        if ancestor is None or not_live(question, facts, ancestor) is not None:
            return Reason.CONSENT_ENDED
        held_up = held_up or _held_up(facts, ancestor)
    return held_up


def _held_up(facts: TenantFacts, one: Grant | Consent) -> Reason | None:
    """Return what blocks an agent by whose leave *one* is there: nobody keeps what they gave away while shut out."""
    agents = _agents(one)
    if any(agent in facts.suspended for agent in agents):
        return Reason.SUSPENDED
    stances = (facts.stances.get(agent) for agent in agents)
    return (
        Reason.FROZEN if any(stance is not None and stance.freeze is not None for stance in stances) else None
    )


def is_live(question: Question, facts: TenantFacts, grant: Grant) -> bool:
    """Whether *grant* and all that it rests on is live; whatever is permitted under it. An error is a no."""
    try:
        return not_live(question, facts, grant) is None and chain_ended(question, facts, grant) is None
    except Exception:  # noqa: BLE001  # a malformed ancestor stands for nothing
        return False


def _member(facts: TenantFacts) -> Reason | None:
    return None if facts.member_may else Reason.MEMBER_LACKS_RIGHT


def _scope(question: Question, facts: TenantFacts, grant: Grant) -> Reason | None:
    covered = grant.scope.covers(question.resource) and (
        grant.parent is None or all(one.scope.covers(question.resource) for one in resting_on(facts, grant))
    )
    return None if covered else Reason.OUT_OF_SCOPE


def _layers(question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant) -> Reason | None:
    layers = grant.layers
    teams = capacity(question.agent.teams, grant.holder, grant.as_team)
    if grant.parent is not None:
        chain = (grant, *resting_on(facts, grant))
        layers = tuple(layer for one in chain for layer in one.layers)
        teams = (*(teams or _TEAMLESS), *_teams_above(chain))
    return barred(layers, teams, rules, question.action, question.resource)


_TEAMLESS = ("other",)
"""The ceiling of whoever is in no team."""


def _teams_above(chain: tuple[Grant | Consent, ...]) -> Iterator[str]:
    """
    Yield the teams whose ceilings bound those further up: nobody may do more than the one above at any instant (R8).

    Whoever handed a grant on did so in the capacity in which it let them act, with the teams that are in its row.
    """
    for one, above in pairwise(chain):
        by = one.added_by if isinstance(one, Grant) else None
        teams = capacity(() if by is None else by.teams, above.holder, above.as_team)
        yield from teams if by is None else (teams or _TEAMLESS)


def _demands(question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant) -> Reason | None:
    if grant.parent is None and not grant.demands and not rules.demands:
        return None
    return Reason.NEEDS_CONSENT if any(unmet(question, facts, rules, grant)) else None


def unmet(question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant) -> Iterator[str]:
    """Yield the flows whose consent the action needs besides *grant*, and lacks: as pinned, and as demanded today."""
    pinned = (demand for one in _handed_down(facts, grant) for demand in one.demands)
    for demand in (*pinned, *rules.pinned_demands):
        beyond = not demand.beyond.allows(question.action, question.resource)
        if beyond and not any(
            _permission(question, facts, demand, grant, consent)
            and _permits(question, rules, consent)
            and _for_the_case(question, facts, rules, grant, consent)
            for consent in facts.consents
        ):
            yield demand.needs


def _permission(
    question: Question, facts: TenantFacts, demand: Demand, grant: Grant, consent: Consent
) -> bool:
    teams = capacity(question.agent.teams, grant.holder, grant.as_team)
    for_them = (
        consent.holder.id in teams
        if consent.holder.kind == "team"
        else consent.holder.id == question.agent.id
    )
    return (
        for_them
        and (consent.as_team is None or consent.as_team in teams)
        and consent.tenant == question.tenant
        and consent.flow == demand.needs
        and not_live(question, facts, consent) is None
        and consent.scope.covers(question.resource)
    )


def _for_the_case(
    question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant, consent: Consent
) -> bool:
    """Whether the grant, or the session that the agent is in under it, names a case that *consent* was given for."""
    if not consent.tickets or consent.tickets & grant.tickets:
        return True
    return any(consent.tickets & session.tickets for session in _inside(question, facts, rules, grant))


def _permits(question: Question, rules: AccessRules, consent: Consent) -> bool:
    """Whether what was consented to allows it, as pinned and as its policies are defined today (N8)."""
    present = (rules.present(layer) for layer in consent.layers if layer.kind != "ceiling")
    return all(layer.allows(question.action, question.resource) for layer in (*consent.layers, *present))


def _handed_down(facts: TenantFacts, grant: Grant) -> tuple[Grant, ...]:
    """Return *grant* and the grants that it was handed on from: what is pinned in any of them binds it (R8)."""
    if grant.parent is None:
        return (grant,)
    return (grant, *(one for one in resting_on(facts, grant) if isinstance(one, Grant)))


def _entry(question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant) -> Reason | None:
    flow = rules.flows.get(grant.flow)
    wanted = (flow is not None and flow.entry.required) or any(
        one.entry_required for one in _handed_down(facts, grant)
    )
    return Reason.ENTRY_REQUIRED if wanted and not any(_inside(question, facts, rules, grant)) else None


def _inside(question: Question, facts: TenantFacts, rules: AccessRules, grant: Grant) -> Iterator[Session]:
    """Yield the sessions in which the asking agent is under this very grant: nobody enters for somebody else."""
    for session in facts.sessions:
        theirs = (session.tenant, session.agent, session.grant) == (
            question.tenant,
            question.agent.id,
            grant.id,
        )
        if (
            theirs
            and session.entered_at <= question.now
            and reach(question, facts) < over(session, rules, grant)
        ):
            yield session


def over(session: Session, rules: AccessRules, grant: Grant) -> datetime:
    """
    Return when *session* is over: as it was when the agent entered, and no later than the flow of today lets it last.

    Only a span of hours can be read without a zone; another one binds from the next session on.
    """
    flow = rules.flows.get(grant.flow)
    longest = None if flow is None else flow.entry.longest
    if longest is None or longest.kind != "elapsed" or not isinstance(longest.span, int):
        return session.over_at
    return min(session.over_at, session.entered_at + timedelta(seconds=longest.span))
