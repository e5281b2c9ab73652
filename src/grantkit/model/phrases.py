"""Phrases that events are told in."""

from datetime import datetime
from typing import Protocol

from grantkit.model.terms import OpenEnded
from grantkit.model.window import Window
from grantkit.model.wording import plainly


def until(window: Window) -> str:
    """Return until when a window holds."""
    ends_at = window.ends_at
    return "with no end" if isinstance(ends_at, OpenEnded) else f"until {plainly(ends_at)}"


class Lasting(Protocol):
    """What holds until an end, until its tickets are solved, or until whichever comes first: a grant, a consent."""

    @property
    def ends_at(self) -> datetime | OpenEnded:
        """The first instant past it."""
        ...

    @property
    def until_tickets(self) -> bool:
        """Whether it ends with its last ticket."""
        ...

    @property
    def open_tickets(self) -> frozenset[str]:
        """The tickets that are not solved."""
        ...


def lasting(one: Lasting) -> str:
    """Return until when *one* holds; what only its tickets end is never told as having no end (R12)."""
    open_ended = isinstance(one.ends_at, OpenEnded)
    ends = "with no end" if isinstance(one.ends_at, OpenEnded) else f"until {plainly(one.ends_at)}"
    if not one.until_tickets:
        return ends
    names = sorted(one.open_tickets) or ["the last ticket"]
    solved = f"until {', '.join(names)} {'is' if len(names) == 1 else 'are'} solved"
    return solved if open_ended else f"{ends}, or before that {solved}"


def listed_names(names: tuple[str, ...], nothing: str = "no policy") -> str:
    """Return names one after the other."""
    return ", ".join(names) or nothing


def whom(agent: str | None) -> str:
    """Return whom a brake is about."""
    return "the whole tenant" if agent is None else f"agent {agent}"
