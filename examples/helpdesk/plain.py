"""Plain words for what grantkit has as data: instants in the zone of whoever reads them, spans, places, policies."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from grantkit import Agent, Calendar, Elapsed, EndOfDay, Instant, Member, OpenEnded, Scope, StartOfDay, System
from grantkit.model import Demand, Holder
from grantkit.policy import ActionPattern, Layer, PermissionPolicy, ResourcePattern, Statement

LOOKING = frozenset({"read", "list"})
ANYTHING = "do anything"
_VERBS = {"read": "look at", "list": "look at", "update": "change", "create": "add"}
_UNITS = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@attrs.frozen(kw_only=True)
class Words:
    """
    How one customer's page speaks.

    Attributes:
        zone: The IANA name of the zone in which their days begin and end.
        name_of: Gives the name of somebody by id; the id itself where nobody knows it.
        places: What people call the resources of the customer.
    """

    zone: str
    name_of: Callable[[str], str]
    places: Mapping[str, str]

    def at(self, at: datetime) -> str:
        """Return an instant as the customer's clocks show it: ``Wed 3 Mar 2027, 15:20``."""
        return _clock(at.astimezone(ZoneInfo(self.zone)))

    def beside(self, at: datetime) -> str:
        """Return the same instant in UTC, with its date where that is another: ``14:20 UTC``."""
        local = at.astimezone(ZoneInfo(self.zone))
        return f"{_time(at) if at.date() == local.date() else _clock(at)} UTC"

    def place(self, resource: object) -> str:
        """Return what people call a resource: ``Project 42``, or ``project 42`` where they call it nothing."""
        kind, _, ident = str(resource).partition(":")
        return self.places.get(str(resource), f"{kind} {ident}")

    def scope(self, scope: Scope) -> str:
        """Return where something holds."""
        if scope.tenant_wide:
            return "everything"
        return listed([self.place(each) for each in sorted(scope.resources, key=str)])

    def holder(self, holder: Holder, as_team: str | None = None) -> str:
        """Return whom it is for: ``Kim (a-kim)``, ``Tom (a-tom) of team technical-support`` or ``team support``."""
        if holder.kind == "team":
            return f"team {holder.id}"
        team = "" if as_team is None else f" of team {as_team}"
        return f"{self.named(holder.id)}{team}"

    def person(self, person: Agent | Member | System) -> str:
        """Return somebody who acted."""
        return f"the job {person.name}" if isinstance(person, System) else self.named(person.id)

    def named(self, ident: str) -> str:
        """Return somebody by id, with the name that the desk has for them: two people may have the same name."""
        name = self.name_of(ident)
        return ident if name == ident else f"{name} ({ident})"


def listed(words: Iterable[str], joint: str = "and") -> str:
    """Return words as a list in a sentence: ``one, two and three``; there must be one at least."""
    *first, last = words
    return f"{', '.join(first)} {joint} {last}" if first else last


def many(count: int, noun: str) -> str:
    """Return ``1 week`` or ``2 weeks``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def elapsed(seconds: int) -> str:
    """Return a span in the largest unit that measures it: ``4 weeks``, ``36 hours``."""
    size, noun = next((size, noun) for size, noun in _UNITS if seconds % size == 0)
    return many(seconds // size, noun)


def calendar(months: int, days: int) -> str:
    """Return a span of the calendar: ``1 year``, ``2 months and 10 days``."""
    years, months = divmod(months, 12)
    weeks, days = (0, days) if days % 7 else (days // 7, 0)
    counts = ((years, "year"), (months, "month"), (weeks, "week"), (days, "day"))
    return listed([many(count, noun) for count, noun in counts if count])


def term(value: Elapsed | Calendar | StartOfDay | EndOfDay | Instant | OpenEnded) -> str:
    """Return an end as it was expressed."""
    match value:
        case Elapsed(seconds=seconds):
            return elapsed(seconds)
        case Calendar(months=months, days=days):
            return calendar(months, days)
        case StartOfDay(day=day):
            return f"until {day:%a} {day.day} {day:%b %Y} begins"
        case EndOfDay(day=day):
            return f"until {day:%a} {day.day} {day:%b %Y} ends"
        case Instant():
            return "until a point in time"
        case _:
            return "until somebody ends it"


def solved(tickets: Iterable[str]) -> str:
    """Return what ends something that is bound to tickets: ``T-1 and T-2 are solved``."""
    named = sorted(tickets)
    return f"{listed(named)} {'is' if len(named) == 1 else 'are'} solved"


def in_words(name: str) -> str:
    """Return the name of a flow, a role or a team as words: ``written permission``."""
    return name.replace("-", " ").replace("_", " ")


def sentence(words: str) -> str:
    """Return words as the beginning of a sentence. The rest stays as it is: somebody may be called McCoy."""
    return words[:1].upper() + words[1:]


def selector(spelled: str) -> str:
    """Return who is meant by a selector of the rules: ``admin``, ``any member``, ``team managers``."""
    side, _, name = spelled.partition(":")
    if side == "tenant":
        return "any member" if name == "*" else in_words(name)
    return "any agent" if name == "*" else f"team {name}"


def policies(chosen: Iterable[PermissionPolicy]) -> str:
    """
    Return what policies allow together: ``look at everything, change nothing``.

    Together, since each by itself would promise too much: "change nothing" is untrue beside a policy that changes.
    """
    statements = [each for policy in chosen for each in policy.statements]
    allowed = [each for each in statements if each.effect == "allow"]
    denied = [each for each in statements if each.effect == "deny"]
    if not allowed:
        return "do nothing at all"
    verbs = {pattern.verb for each in allowed for pattern in each.actions}
    only = ", change nothing" if verbs <= LOOKING else ""
    but = f", but not {_acts(denied, 'or')}" if denied else ""
    return f"{_acts(allowed, 'and')}{only}{but}"


def what(
    names: Iterable[str], layers: Iterable[Layer], demands: Iterable[Demand] = ()
) -> tuple[str, tuple[str, ...]]:
    """
    Return what is left to be done under *layers*, and in sentences what bounds it.

    Args:
        names: The policies that were agreed to and that nobody has dropped since.
        layers: All that binds: what was agreed to, and the ceilings of the vendor.
        demands: What takes a further consent.
    """
    kept, layers = frozenset(names), tuple(layers)
    # What was handed on has its own layer in place of the one that was consented to, further up.
    given = (each for each in layers if each.kind in ("consented", "delegated"))
    agreed = policies(p for each in given for p in each.policies if p.name in kept)
    ceilings = dict.fromkeys(policies(each.policies) for each in layers if each.kind == "ceiling")
    narrower = [each for each in ceilings if each not in (ANYTHING, agreed)]
    if agreed == ANYTHING and narrower:
        agreed, *narrower = narrower  # "anything, but at most looking" is looking
    bounds = [f"Never more than this, whatever is agreed: {each}." for each in narrower]
    for each in demands:
        without, needs = policies(each.beyond.policies), in_words(each.needs)
        if agreed == ANYTHING:
            agreed = without
            bounds.append(f"With a {needs} besides: {ANYTHING}.")
        elif agreed != without:
            bounds.append(f"Without a {needs} besides, only this: {without}.")
    return agreed, tuple(bounds)


def _acts(statements: Iterable[Statement], joint: str) -> str:
    places: dict[tuple[ResourcePattern, ...], list[ActionPattern]] = {}
    for each in statements:
        places.setdefault(each.resources, []).extend(each.actions)
    acts = [f"{listed(_verbs(actions), joint)}{_where(where)}" for where, actions in places.items()]
    return ANYTHING if ANYTHING in acts else listed(acts, joint)


def _verbs(actions: Iterable[ActionPattern]) -> list[str]:
    things: dict[str, list[str]] = {}
    for each in actions:
        verbs = things.setdefault(each.noun, [])
        word = "do anything with" if each.verb == "*" else _VERBS.get(each.verb, in_words(each.verb))
        if word not in verbs:
            verbs.append(word)
    if "do anything with" in things.get("*", ()):
        return [ANYTHING]
    return [
        f"{listed(verbs)} {'everything' if noun == '*' else _plural(in_words(noun))}"
        for noun, verbs in things.items()
    ]


def _where(patterns: Iterable[ResourcePattern]) -> str:
    if any(each.everything for each in patterns):
        return ""
    found = [_plural(each.kind) if each.id == "*" else f"{each.kind} {each.id}" for each in patterns]
    return f" in {listed(found)}"


def _plural(noun: str) -> str:
    return noun if noun.endswith("s") else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _clock(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y}, {_time(at)}"


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"
