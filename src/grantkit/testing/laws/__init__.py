"""
The laws of stores: what any store must do, so that no decision and no command can tell one from another.

Each law is a function whose docstring says it. They stand in the order in which they are held: what others build upon
comes first, so that the first law that is broken tells the most.
"""

from collections.abc import Callable
from typing import TypeAlias

from grantkit.testing.laws import (
    answers,
    commands,
    crowds,
    erasing,
    following,
    histories,
    inside,
    keeping,
    naming,
    paging,
    reading,
    slices,
    snapshots,
    writing,
)
from grantkit.testing.laws.bench import Bench, LawBroken

Law: TypeAlias = Callable[[Bench], None]

LAWS: tuple[Law, ...] = (
    *keeping.LAWS,
    *reading.LAWS,
    *slices.LAWS,
    *paging.LAWS,
    *naming.LAWS,
    *writing.LAWS,
    *erasing.LAWS,
    *snapshots.LAWS,
    *inside.LAWS,
    *following.LAWS,
    *crowds.LAWS,
    *histories.LAWS,
    *commands.LAWS,
    *answers.LAWS,
)
"""Every law of stores."""

__all__ = ["LAWS", "Bench", "Law", "LawBroken"]
