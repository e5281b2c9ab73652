"""Phrases that events are told in."""

from grantkit.model.terms import OpenEnded
from grantkit.model.window import Window
from grantkit.model.wording import plainly


def until(window: Window) -> str:
    """Return until when a window holds."""
    ends_at = window.ends_at
    return "with no end" if isinstance(ends_at, OpenEnded) else f"until {plainly(ends_at)}"


def listed_names(names: tuple[str, ...], nothing: str = "no policy") -> str:
    """Return names one after the other."""
    return ", ".join(names) or nothing


def whom(agent: str | None) -> str:
    """Return whom a brake is about."""
    return "the whole tenant" if agent is None else f"agent {agent}"
