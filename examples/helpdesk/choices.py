"""
What a form offers, made from a customer's rules.

No customer's rules are known here: a sixth rule set gets the right form too.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from grantkit import AccessRules, Agent, EndOfDay, Grant, Member, OpenEnded, StartOfDay
from grantkit.lifecycle import Offer
from grantkit.rules import Choice, Flow, Step, To

from . import plain
from .chosen import SOONEST, WHOLE

NOTHING_MORE = Flow()
"""For a grant whose flow is gone: what it gave can still be made less."""
SOONER = (3_600, 4 * 3_600, 86_400, 7 * 86_400, 28 * 86_400)
"""The shorter ends that an approver is offered, in seconds."""


@attrs.frozen
class Option:
    """
    One thing that can be chosen.

    Attributes:
        value: What the form sends.
        label: What people read.
        asks: For an end: the kind of value that has to be given with it, if any.
    """

    value: str
    label: str
    asks: str = ""


@attrs.frozen(kw_only=True)
class Form:
    """
    What one flow lets one person choose.

    Attributes:
        flow: The flow's name.
        verb: ``grant``, ``consent``, ``request`` or ``activate``.
        to: For whom.
        scope: Where; the customer as a whole is :data:`WHOLE`.
        most: How many places may be named together.
        policies: For what; several may be chosen.
        default: The policy that is chosen at first, if one is.
        ends: Until when; the first is chosen at first, unless something has to be given with it.
        earliest: The first date that may be chosen.
        reason: How long the reason has to be; 0 asks for none.
        categories: The categories of the reason, if there are any.
        tickets: Whether tickets must be named.
        step: What whoever fills it in answers by that: a text to read, a word to type, a channel; if they do.
    """

    flow: str
    verb: str
    to: tuple[Option, ...]
    scope: tuple[Option, ...]
    most: int
    policies: tuple[Option, ...]
    default: str
    ends: tuple[Option, ...]
    earliest: date
    reason: int
    categories: tuple[str, ...]
    tickets: bool
    step: Step | None

    @property
    def channels(self) -> tuple[str, ...]:
        """By which channels it may have been said; a click on this page is ``in_product``."""
        return () if self.step is None else self.step.channels


def form_of(
    offer: Offer,
    rules: AccessRules,
    *,
    by: Member | Agent,
    agents: Iterable[Agent],
    words: plain.Words,
    now: datetime,
) -> Form:
    """Return the form for what *by* may begin: just the choices that *rules* leave open."""
    flow, today = offer.flow, now.astimezone(ZoneInfo(words.zone)).date()
    names = sorted(rules.known_policies) if "*" in flow.policies else flow.policies
    default = flow.policies[0] if flow.policies[0] != "*" else ""
    return Form(
        flow=offer.name,
        verb=offer.verb,
        to=grantees(flow.to, tuple(agents), words, by.id if isinstance(by, Agent) else None),
        scope=_places(offer, words),
        most=flow.scope.most,
        policies=tuple(Option(name, _policy(rules, name)) for name in sorted(names, key=default.__ne__)),
        default=default,
        ends=tuple(_end(choice, flow, today) for choice in flow.ends),
        earliest=_earliest(flow, today),
        reason=flow.start.reason.min,
        categories=flow.start.reason.categories,
        tickets=flow.start.tickets != "optional",
        step=_step(flow, by),
    )


@attrs.frozen(kw_only=True)
class Change:
    """
    How a grant may be changed.

    Attributes:
        version: The version that the change is based on: where it has another by then, nothing is changed.
        ends: Other ends: sooner, which takes no more than revoking would, or those to which the rules let it be moved.
        earliest: The first date that may be chosen.
        policies: What may be chosen for it; unticking one takes it away.
        chosen: What is chosen now.
        word: The word to be typed to make it more than it is.
    """

    version: int
    ends: tuple[Option, ...]
    earliest: date
    policies: tuple[Option, ...]
    chosen: tuple[str, ...]
    word: str | None


def change_of(grant: Grant, rules: AccessRules, *, words: plain.Words, now: datetime) -> Change:
    """Return how *grant* may be changed: what the rules leave open, and always less of it."""
    flow = rules.flows.get(grant.flow, NOTHING_MORE)
    today = now.astimezone(ZoneInfo(words.zone)).date()
    offered = sorted(rules.known_policies) if "*" in flow.policies else flow.policies
    names = dict.fromkeys((*grant.policies, *(offered if flow.amend.policies else ())))
    later = (_end(choice, flow, today) for choice in flow.amend.ends)
    return Change(
        version=grant.version,
        ends=(Option("", "as it is"), *_less(flow, grant, now), *later),
        earliest=_earliest(flow, today),
        policies=tuple(Option(name, _policy(rules, name)) for name in names),
        chosen=grant.policies,
        word=flow.tenant_steps[0].word if flow.tenant_steps else None,
    )


def _less(flow: Flow, grant: Grant, now: datetime) -> tuple[Option, ...]:
    if flow.shortest.kind == "elapsed":
        return sooner(now, grant.ends_at)
    # Nothing as early as a few hours: the flow counts in days, and its shortest is as soon as it goes.
    return (Option(SOONEST, "as soon as possible"),)


def sooner(now: datetime, ends_at: datetime | OpenEnded) -> tuple[Option, ...]:
    """Return the ends before *ends_at* that an approver may choose instead."""
    return tuple(
        Option(str(Choice("elapsed", seconds)), plain.elapsed(seconds))
        for seconds in SOONER
        if isinstance(ends_at, OpenEnded) or now + timedelta(seconds=seconds) < ends_at
    )


def grantees(
    to: Iterable[To], agents: tuple[Agent, ...], words: plain.Words, only: str | None = None
) -> tuple[Option, ...]:
    """Return who may be named where rules say *to*; with *only*, of the agents just this one, for themselves."""
    return tuple(dict.fromkeys(_grantees(to, agents, words, only)))


def _grantees(
    to: Iterable[To], agents: tuple[Agent, ...], words: plain.Words, only: str | None
) -> Iterator[Option]:
    for each in to:
        if each.kind == "team":
            teams = (
                sorted({team for agent in agents for team in agent.teams})
                if each.team is None
                else [each.team]
            )
            yield from (Option(f"team:{team}", f"Team {team}, everybody in it") for team in teams)
            continue
        for agent in agents:
            if only not in (None, agent.id):
                continue  # who asks, asks for themselves
            if each.team is None:
                yield Option(f"agent:{agent.id}", words.named(agent.id))
            elif each.team in agent.teams:
                yield Option(f"agent:{agent.id}#{each.team}", f"{words.named(agent.id)} of team {each.team}")


def _places(offer: Offer, words: plain.Words) -> tuple[Option, ...]:
    whole = (Option(WHOLE, "Everything"),) if offer.whole else ()
    named = dict.fromkeys((*words.places, *offer.resources))
    return (*whole, *(Option(place, words.place(place)) for place in named if offer.covers(place)))


def _policy(rules: AccessRules, name: str) -> str:
    policy = rules.policy(name)
    return name if policy is None else f"{plain.sentence(plain.in_words(name))}: {plain.policies([policy])}"


def _end(choice: Choice, flow: Flow, today: date) -> Option:
    match choice.kind, choice.span:
        case "elapsed", int(seconds):
            return Option(str(choice), plain.elapsed(seconds))
        case "calendar", (months, days):
            return Option(str(choice), plain.calendar(months, days))
        case "start_of_day" | "end_of_day", int(days):
            # The date that is read is the one that is sent, though midnight may pass before it is.
            day = today + timedelta(days=days)
            shown = StartOfDay(day) if choice.kind == "start_of_day" else EndOfDay(day)
            return Option(f"{choice.kind} {day}", plain.term(shown))
        case "open_ended", _:
            no_cap = flow.longest.kind == choice.kind
            return Option(str(choice), "until somebody ends it" if no_cap else "for as long as it may be")
        case kind, _:
            return Option(kind, *_BARE[kind])


_BARE = {
    "elapsed": ("for some hours", "hours"),
    "calendar": ("for some days", "days"),
    "start_of_day": ("until a date begins", "day"),
    "end_of_day": ("until a date ends", "day"),
    "instant": ("until a point in time", "instant"),
}
"""For a bare shape: what people read, and the field in which its value is given."""


def _earliest(flow: Flow, today: date) -> date:
    """Return tomorrow, or the first date that the flow has where it counts in dates."""
    match flow.shortest.kind, flow.shortest.span:
        case (("start_of_day" | "end_of_day"), int(days)):
            return today + timedelta(days=days)
        case _:
            return today + timedelta(days=1)


def _step(flow: Flow, by: Member | Agent) -> Step | None:
    """Return the step that *by* answers by beginning; an agent's asking answers none."""
    return flow.tenant_steps[0] if isinstance(by, Member) and flow.tenant_steps else None
