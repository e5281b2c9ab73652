"""
What was chosen on a form, as grantkit takes it.

A form can be sent by hand, so nothing of it is believed, and little is checked: what was not offered is refused by the
command itself.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from grantkit import (
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    Instant,
    InvalidInput,
    Scope,
    Soonest,
    StartOfDay,
    Team,
)
from grantkit.rules import Choice

Term = Elapsed | Calendar | StartOfDay | EndOfDay | Instant
WHOLE = "*"
"""How a form spells the customer as a whole: no resource is called like this."""
SOONEST = "soonest"
"""How a form spells an end as soon as the rules allow."""


class Chosen(BaseModel):
    """What was chosen on such a form, as it was sent: text, and nothing of it believed."""

    flow: str = ""
    to: str = ""
    scope: list[str] = Field(default_factory=list)
    policies: list[str] = Field(default_factory=list)
    ends: str = ""
    day: str = ""
    hours: str = ""
    days: str = ""
    instant: str = ""
    reason: str = ""
    category: str = ""
    tickets: str = ""
    word: str = ""
    text: str = ""
    channel: str = ""
    reference: str = ""
    key: str = ""
    shown: str = ""
    version: str = ""
    grant: str = ""
    ticket: str = ""


def arguments(chosen: Chosen, *, agents: Mapping[str, Agent], zone: str) -> dict[str, Any]:
    """
    Return what was chosen as the arguments of a verb that begins something.

    Where and for what is always said, also where nothing was ticked. Left out, it would mean the flow's first choice:
    whoever unticks the last place must not let support into everything.
    """
    to, as_team = grantee(chosen.to, agents)
    given = {
        "flow": chosen.flow,
        "to": to,
        "as_team": as_team,
        "category": chosen.category,
        "key": chosen.key,
        "ends": end_of(chosen, zone),
    }
    return {
        **{name: value for name, value in given.items() if value},
        "scope": _scope(chosen.scope),
        "policies": chosen.policies,
        "reason": chosen.reason,
        "tickets": tickets_of(chosen.tickets),
    }


def tickets_of(text: str) -> list[str]:
    """Return the tickets that a text names, with commas or spaces between."""
    return text.replace(",", " ").split()


def answer(chosen: Chosen, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of an answer: the word typed, the text shown, how it came and where it can be found."""
    given = {
        "word": chosen.word,
        "text": texts.get(chosen.text),
        "text_version": chosen.text,
        "channel": chosen.channel,
        "reference": chosen.reference,
    }
    return {name: value for name, value in given.items() if value}


def end_of(chosen: Chosen, zone: str) -> Term | Soonest | Choice | None:
    """
    Return the end that was chosen; ``None`` where nothing was.

    An exact choice comes back as the rules spelled it when the page was made. Had they been edited meanwhile, it is
    refused as not offered; by its place in the list, one week could have become one year.

    Raises:
        InvalidInput: ``ends``, if it is unreadable.
    """
    if not chosen.ends:
        return None
    if chosen.ends == SOONEST:
        return Soonest()
    try:
        return _read_end(chosen, zone)
    except InvalidInput:
        raise
    except (ValueError, OverflowError) as error:
        raise InvalidInput(field="ends", code="required", wants="the end, in full") from error


def _read_end(chosen: Chosen, zone: str) -> Term | Choice:
    match chosen.ends.split(" ", 1):
        case ["elapsed"]:
            return Elapsed(seconds=round(float(chosen.hours) * 3600))
        case ["calendar"]:
            return Calendar(days=int(chosen.days))
        case ["start_of_day", *day]:
            return StartOfDay(date.fromisoformat(day[0] if day else chosen.day))
        case ["end_of_day", *day]:
            return EndOfDay(date.fromisoformat(day[0] if day else chosen.day))
        case ["instant"]:
            # The browser gives what a clock on the wall shows, without a zone: it is the customer's.
            return Instant(datetime.fromisoformat(chosen.instant).replace(tzinfo=ZoneInfo(zone)))
        case _:
            return Choice.of_text("ends", chosen.ends)


def version_of(chosen: Chosen) -> int:
    """
    Return the version of a grant on which a change of it is based.

    Raises:
        InvalidInput: ``version``, if it is unreadable.
    """
    try:
        return int(chosen.version)
    except ValueError as error:
        raise InvalidInput(
            field="version", code="required", wants="the version that the page showed"
        ) from error


def grantee(value: str, agents: Mapping[str, Agent]) -> tuple[Agent | Team | None, str]:
    """
    Return whom a form names, and the team in whose capacity.

    Raises:
        InvalidInput: ``to``, if it is nobody that the desk knows.
    """
    kind, _, name = value.partition(":")
    ident, _, team = name.partition("#")  # no id holds a "#"
    match kind:
        case "":
            return None, ""
        case "team":
            return Team(name), ""
        case "agent" if ident in agents:
            return agents[ident], team
        case _:
            raise InvalidInput(field="to", code="unknown", wants="somebody of the list")


def _scope(chosen: list[str]) -> Scope:
    if WHOLE in chosen and len(chosen) > 1:
        raise InvalidInput(field="scope", code="ambiguous", wants="everything, or some places")
    return Scope.whole() if chosen == [WHOLE] else Scope.only(*chosen)
