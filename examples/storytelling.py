"""How the examples speak: they print what happens, and keep count of what did not happen as told."""

import os
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from grantkit import Decision, GrantkitError, Member, PastDecision, SupportAccess

WIDTH = 98
"""Columns that a line takes at the most."""
STYLES = {
    "title": "1",
    "time": "36",
    "On record": "2",
    "Allowed": "32",
    "Denied": "31",
    "Refused": "33",
    "WRONG": "1;31",
}
"""How titles, times and some first words look on a terminal."""


class Story:
    """
    A story that is told while it happens.

    Attributes:
        checked: How many outcomes were compared with what the story says.
        wrong: Those that were others.
    """

    def __init__(self, access: SupportAccess, out: TextIO) -> None:
        self.checked = 0
        self.wrong: list[str] = []
        self._access = access
        self._out = out
        self._colourful = out.isatty() and not os.environ.get("NO_COLOR")
        self._chapter = ""
        self._shown: dict[str, int] = {}

    # --- telling ------------------------------------------------------------------------------------------------------

    def title(self, title: str, introduction: str) -> None:
        """Begin to tell."""
        self._out.write(f"{self._styled('title', title)}\n{'=' * len(title)}\n")
        self._tell(introduction)

    def chapter(self, title: str, play: Callable[[], None], introduction: str) -> None:
        """Play one chapter; if it breaks off, that is one more thing that is not as told."""
        self._chapter = title
        self._out.write(f"\n\n{self._styled('title', title)}\n{'-' * len(title)}\n")
        self._tell(introduction)
        try:
            play()
        except Exception as error:  # noqa: BLE001  # the list at the end names it, and the other chapters go on
            self._fails(f"The chapter broke off. {type(error).__name__}: {error}")

    def at(self, now: datetime, zone: str | None = None) -> None:
        """Tell which time it is; and in a *zone*, if one is named, by the clocks there."""
        there = "" if zone is None else f"  =  {_shown(now.astimezone(ZoneInfo(zone)))} in {zone}"
        self._out.write(f"\n  {self._styled('time', f'{_shown(now)} UTC{there}')}\n")

    def says(self, text: str) -> None:
        """Tell what nobody in the story does."""
        self._out.write("\n")
        self._tell(text, indent=2)

    def does(self, who: Member, what: str) -> None:
        """Tell what somebody does."""
        self.says(f"{who.name} {what}")

    def record(self, tenant: str) -> None:
        """Show what has come to the record of *tenant* since it was last shown."""
        for event in self._access.ledger.history(tenant, after=self._shown.get(tenant, 0)):
            self._shown[tenant] = event.seq
            self._tell(f"On record: {event}", indent=6)

    # --- comparing ----------------------------------------------------------------------------------------------------

    def answer(self, decision: Decision | PastDecision, reason: str) -> None:
        """Show a decision in plain words; the story says that it has this *reason*."""
        where = decision.tenant if decision.resource is None else f"{decision.resource} at {decision.tenant}"
        asks = "asks" if isinstance(decision, Decision) else "would have asked"
        question = f"{decision.agent.name} {asks} for {decision.action} on {where}."
        self.says(question)
        self._tell(decision.explain(), indent=6)
        self._compare(question, reason, str(decision.reason))

    @contextmanager
    def refused(self, code: str, who: Member, what: str) -> Iterator[None]:
        """Tell what somebody tries; the story says that it is refused, with this *code*."""
        self.does(who, what)
        found = "done"
        try:
            yield
        except GrantkitError as error:
            found = str(error.code)
            self._tell(f"Refused: {found}. {error}.", indent=6)
        self._compare(f"{who.name} {what}", code, found)

    def check(self, what: str, expected: object, found: object) -> None:
        """Show what was found; the story says that it is what is *expected*."""
        self.says(f"{what}: {found}")
        self._compare(f"{what}.", expected, found)

    def finish(self) -> int:
        """Sum up, list what is not as told, and return the exit status: 0 if everything is."""
        self._out.write("\n\n")
        if not self.wrong:
            self._tell(f"The end. All {self.checked} outcomes are what the story says.")
            return 0
        self._tell(f"WRONG: not everything is what the story says ({self.checked} outcomes were compared).")
        for entry in self.wrong:
            self._tell(f"- {entry}", indent=2)
        return 1

    # ------------------------------------------------------------------------------------------------------------------

    def _compare(self, what: str, expected: object, found: object) -> None:
        self.checked += 1
        if expected != found:
            self._fails(f"{what} The story says {expected}; found: {found}.")

    def _fails(self, what: str) -> None:
        self.wrong.append(f"{self._chapter}: {what}")
        self._tell(f"WRONG: {what}", indent=6)

    def _tell(self, text: str, *, indent: int = 0) -> None:
        # Ids and resources stay in one piece, so that they can be searched for.
        lines = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        told = textwrap.indent("\n".join(lines), " " * indent)
        first = re.match(r"\s*(On record|\w+)", told)
        if first and first[1] in STYLES:
            told = told.replace(first[1], self._styled(first[1], first[1]), 1)
        self._out.write(f"{told}\n")

    def _styled(self, style: str, text: str) -> str:
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self._colourful else text


def _shown(at: datetime) -> str:
    if at.microsecond:
        return f"{at:%a %Y-%m-%d %H:%M:%S.%f}"
    return f"{at:%a %Y-%m-%d %H:%M:%S}" if at.second else f"{at:%a %Y-%m-%d %H:%M}"
