"""Plain words for readers: who, what, where, until when by their own clocks."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Final, TypeAlias

import attrs

from grantkit.model import (
    Actor,
    Agent,
    Calendar,
    Consent,
    Demand,
    Elapsed,
    EndOfDay,
    Grant,
    Holder,
    Instant,
    OpenEnded,
    Scope,
    StartOfDay,
    System,
    Term,
)
from grantkit.policy import ADMINISTRATOR, READ_ONLY, Layer
from grantkit.telling.foreign import name_beside_id

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_EVERYTHING: Final = "everything"
_POLICIES: Final = {READ_ONLY.name: "look only", ADMINISTRATOR.name: _EVERYTHING}


@attrs.frozen(kw_only=True)
class Words:
    """
    How one reader is spoken to.

    Attributes:
        zone: The zone by whose clocks they read.
        zone_name: What it is called.
        names: What people are called, by side (``"member"`` or ``"agent"``) and id.
    """

    zone: tzinfo
    zone_name: str
    names: Mapping[tuple[str, str], str]

    def at(self, at: datetime) -> str:
        """Return an instant by the reader's clocks, and in UTC: ``Wed 3 Mar 2027, 15:20 Europe/Vienna (14:20 UTC)``."""
        local = at.astimezone(self.zone)
        if local.utcoffset() == at.utcoffset():
            return f"{_clock(local)} UTC"
        beside = _time(at) if at.date() == local.date() else _clock(at)
        return f"{_clock(local)} {self.zone_name} ({beside} UTC)"

    def named(self, side: str, ident: str) -> str:
        """Return somebody by name and id: two people may have one name, and look-alikes have two ids."""
        return name_beside_id(self.names.get((side, ident)), ident)

    def person(self, actor: Actor) -> str:
        """Return somebody who acted."""
        if isinstance(actor, System):
            return f"the job {actor.name}"
        return self.named("agent" if isinstance(actor, Agent) else "member", actor.id)

    def holder(self, holder: Holder, as_team: str | None = None) -> str:
        """Return whom something is for: ``Kim (a-kim)``, ``Tom (a-tom) of team tech``, ``everybody in team sales``."""
        if holder.kind == "team":
            return f"everybody in team {holder.id}"
        return self.named("agent", holder.id) + ("" if as_team is None else f" of team {as_team}")

    def until(self, one: Grant | Consent, ends_at: datetime | OpenEnded | None = None) -> str:
        """Return until when something holds: an end (its own, if no other is given), tickets, or no end at all."""
        ends_at = one.ends_at if ends_at is None else ends_at
        ends = self.end(ends_at)
        if not one.until_tickets:
            return ends
        named = sorted(one.open_tickets) or ["the last ticket"]
        tickets = f"{listed(named)} {'is' if len(named) == 1 else 'are'} solved"
        return tickets if isinstance(ends_at, OpenEnded) else f"{tickets}; at the latest {ends}"

    def end(self, ends_at: datetime | OpenEnded) -> str:
        """Return an end by the reader's clocks."""
        return "no end is set" if isinstance(ends_at, OpenEnded) else self.at(ends_at)

    def asked(self, terms: Iterable[Term]) -> str:
        """Return the ends that were asked for, of which the earliest counts."""
        first, *others = map(self.term, terms)
        return f"the earliest of {listed([first, *others])}" if others else first

    def term(self, value: Term) -> str:
        """Return an end as it was expressed: ``28 days``, ``until Wed 10 Mar 2027 begins in Asia/Tokyo``."""
        match value:
            case Elapsed(seconds=seconds):
                size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
                return _many(seconds // size, unit)
            case Calendar(months=months, days=days):
                years, months = divmod(months, 12)
                counts = ((years, "year"), (months, "month"), (days, "day"))
                return listed(_many(count, unit) for count, unit in counts if count)
            case StartOfDay(day=day, zone=zone):
                return f"until {_day(day)} begins{_in(zone)}"
            case EndOfDay(day=day, zone=zone):
                return f"until {_day(day)} ends{_in(zone)}"
            case Instant(at=at):
                return f"until {self.at(at)}"
            case _:
                return "no end is set"


def what(policies: Iterable[str]) -> str:
    """Return what policies let somebody do, as far as their names say."""
    return (
        listed([_POLICIES.get(name, f"what policy “{name}” allows") for name in policies])
        or "nothing any more"
    )


Bound: TypeAlias = tuple[tuple[str, ...], str]
"""A written permission that is demanded: beyond which policies, and by which flow it is given."""


def allowed(policies: Iterable[str], ceilings: Iterable[Iterable[str]], demands: Iterable[Bound] = ()) -> str:
    """Return what policies let somebody do, the ceilings that they do not go beyond, and what needs more than that."""
    most = what(policies)
    bounds = [each for each in dict.fromkeys(map(what, ceilings)) if each not in {most, _EVERYTHING}]
    further = [
        f"; more than {what(names)} takes a consent by flow “{needs}” besides"
        for names, needs in dict.fromkeys(demands)
        if what(names) not in {most, *bounds}
    ]
    return ", and no more than ".join([most, *bounds]) + "".join(further)


def demands_of(demands: Iterable[Demand]) -> tuple[Bound, ...]:
    """Return demands as the names of the policies beyond which they hold, sorted, and the flow that is needed."""
    return tuple((tuple(sorted(each.beyond.names)), each.needs) for each in demands)


def ceilings_of(layers: Iterable[Layer]) -> tuple[tuple[str, ...], ...]:
    """Return the ceilings among *layers*, each as the names of its policies, sorted."""
    return tuple(dict.fromkeys(tuple(sorted(each.names)) for each in layers if each.kind == "ceiling"))


def where(scope: Scope, tenant: str) -> str:
    """Return where something holds."""
    return f"everything at {tenant}" if scope.tenant_wide else listed(sorted(map(str, scope.resources)))


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence: ``one, two and three``; nothing for none."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _in(zone: str | None) -> str:
    return "" if zone is None else f" in {zone}"


def _clock(local: datetime) -> str:
    return f"{_day(local)}, {_time(local)}"


def _time(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
