"""Plain words for readers: who, what, where, until when by their own clocks; and foreign text that can do no harm."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Final

import attrs

from grantkit.model import (
    Actor,
    Agent,
    Calendar,
    Consent,
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
from grantkit.model.wording import plainly
from grantkit.policy import ADMINISTRATOR, READ_ONLY

# They write Persian and join emoji, and turn no text around.
_JOINERS: Final = "\u200c\u200d"
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_POLICIES: Final = {READ_ONLY.name: "look only", ADMINISTRATOR.name: "everything"}


def inert(text: str) -> str:
    r"""
    Return *text* with every character that is not seen, or that turns others around, spelled out.

    Bidirectional marks would let a reason rewrite the line that it stands in ("Trojan Source", CVE-2021-42574); what is
    not seen would let two names look alike.

    >>> inert("invoice\u202egnp.exe")
    'invoice[U+202E]gnp.exe'
    """
    return "".join(char if _harmless(char) else f"[U+{ord(char):04X}]" for char in text)


def _harmless(char: str) -> bool:
    return (
        char in _JOINERS
        or char == "\n"
        or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    )


def on_one_line(text: str) -> str:
    """Return *text*, inert and on one line: a line feed in a reason must not begin a line that looks like ours."""
    return " / ".join(part for part in map(str.strip, inert(text).split("\n")) if part)


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
        name = self.names.get((side, ident))
        return ident if name is None or name == ident else f"{on_one_line(name)} ({ident})"

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

    def until(self, one: Grant | Consent) -> str:
        """Return until when something holds: an end, tickets, or no end at all."""
        ends_at = one.ends_at
        ends = "no end is set" if isinstance(ends_at, OpenEnded) else self.at(ends_at)
        if not one.until_tickets:
            return ends
        named = sorted(one.open_tickets) or ["the last ticket"]
        tickets = f"{listed(named)} {'is' if len(named) == 1 else 'are'} solved"
        return tickets if isinstance(ends_at, OpenEnded) else f"{tickets}; at the latest {ends}"


def what(policies: Iterable[str]) -> str:
    """Return what policies let somebody do, as far as their names say."""
    return (
        listed([_POLICIES.get(name, f"what policy “{name}” allows") for name in policies])
        or "nothing any more"
    )


def where(scope: Scope, tenant: str) -> str:
    """Return where something holds."""
    return f"everything at {tenant}" if scope.tenant_wide else listed(sorted(map(str, scope.resources)))


def term(value: Term) -> str:
    """Return an end as it was expressed: ``28 days``, ``1 month``, ``until Wed 10 Mar 2027 begins``."""
    match value:
        case Elapsed(seconds=seconds):
            size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
            return _many(seconds // size, unit)
        case Calendar(months=months, days=days):
            years, months = divmod(months, 12)
            counts = ((years, "year"), (months, "month"), (days, "day"))
            return listed(_many(count, unit) for count, unit in counts if count)
        case StartOfDay(day=day):
            return f"until {day:%a} {day.day} {day:%b %Y} begins"
        case EndOfDay(day=day):
            return f"until {day:%a} {day.day} {day:%b %Y} ends"
        case Instant(at=at):
            return f"until {plainly(at)}"
        case _:
            return "no end is set"


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence: ``one, two and three``; nothing for none."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _clock(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b %Y}, {_time(local)}"


def _time(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
