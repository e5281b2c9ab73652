"""
Five promises: what five vendors say about support access, lived by as data.

Each vendor's rules are one file in ``data/rules/``, and each story is an entry of ``data/five_promises.json``: who does
what at which moment, and what everybody may do from then on. This module only plays them. Every answer is asked of
``authorize`` when it is due, and once more of the record when the story is over; the exit status is 1 if one of them is
not what the story says. Whom the rules name is sent a mail, and in the end there is a timeline.

    python examples/five_promises.py
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mailing import Mailbox, People
from storytelling import Story

from grantkit import (
    AccessRules,
    Agent,
    Calendar,
    GrantkitError,
    Member,
    OpenEnded,
    Scope,
    Soonest,
    StartOfDay,
    SupportAccess,
)
from grantkit.stores import SQLiteStore
from grantkit.telling import timeline
from grantkit.testing import FakeClock

DATA = Path(__file__).parent / "data"
ENDS: dict[str, Callable[[Any], Calendar | StartOfDay | OpenEnded | Soonest]] = {
    "Calendar": lambda told: Calendar(**told),
    "StartOfDay": lambda told: StartOfDay(date.fromisoformat(told)),
    "OpenEnded": lambda _: OpenEnded(),
    "Soonest": lambda _: Soonest(),
}
"""The ends that the stories speak of."""


def read(name: str) -> Any:
    """Return what a file of the input data says."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


class NumberedIds:
    """Ids that count up, so that the stories read the same each time. Real ones are random."""

    def __init__(self) -> None:
        self._made = Counter[str]()

    def __call__(self, prefix: str) -> str:
        """Return the next id with this prefix."""
        self._made[prefix] += 1
        return f"{prefix}{self._made[prefix]}"


class Timeline(Story):
    """A story that also says, in one line each, who may do what."""

    def line(self, text: str) -> None:
        """Tell something that belongs to what was told before."""
        self._tell(text, indent=6)

    def grid(self, rows: Iterator[tuple[str, list[str]]]) -> None:
        """Show who could do what at which moment."""
        for name, cells in rows:
            self._out.write(f"      {name:<22}{''.join(f'{cell:<6}' for cell in cells)}".rstrip() + "\n")

    def compare(self, what: str, expected: object, found: object) -> None:
        """Hold what was found against what the story says."""
        self._compare(what, expected, found)


class Player:
    """
    Plays one story: a tenant, its rules, its people, and the moments at which something happens.

    Attributes:
        told: The story, as data.
        story: Where it is told.
        access: What the pages of the vendor's product talk to.
        clock: A clock that only the story moves.
    """

    def __init__(
        self, told: dict[str, Any], story: Timeline, access: SupportAccess, clock: FakeClock
    ) -> None:
        self.told, self.story, self.access, self.clock = told, story, access, clock
        self.tenant: str = told["tenant"]
        members = {each["id"]: Member(**each, tenant=self.tenant) for each in told["members"]}
        self.agents = {each["id"]: Agent(**each) for each in told["agents"]}
        self.people: dict[str, Member | Agent] = {**members, **self.agents}
        self._kept: dict[str, str] = {}
        self._directory, self._mailbox = People(self.people, told["zone"]), Mailbox()

    def play(self) -> None:
        """Play all moments, then ask the record about each of them."""
        for number, moment in enumerate(self.told["moments"], start=1):
            self.story.at(self.clock.set(moment["at"]), self.told["zone"])
            if self.access.delivery.sweep():
                self.story.says("Meanwhile, by itself:")
                self.story.record(self.tenant)
                self._mail()
            for act in moment["acts"]:
                self._act(act)
            self._ask_now(number, moment)
        self.story.says("Looking back, at the number of each moment:")
        self.story.grid(self._look_back())
        self.story.says("As a timeline:")
        for line in self._lanes():
            self.story.line(line)

    # --- what people do -----------------------------------------------------------------------------------------------

    def _act(self, act: dict[str, Any]) -> None:
        by = self.people[act["by"]]
        what = f"{by.name} {act['what']}"
        self.story.says(what)
        due, found = act.get("refused", "done"), "done"
        try:
            self._do(act, by)
        except GrantkitError as error:
            found = str(error.code)
            self.story.line(f"Refused: {found}. {error}.")
        else:
            self.story.record(self.tenant)
            self._mail()
        self.story.compare(what, due, found)

    def _mail(self) -> None:
        """Tell whom the rules name."""
        self.access.delivery.notify("mail", self._mailbox, directory=self._directory)
        for line in self._mailbox.read():
            self.story.line(line)

    def _do(self, act: dict[str, Any], by: Member | Agent) -> None:
        given = {name: self._read(name, value) for name, value in act["with"].items()}
        if act["verb"] == "approve":
            given |= self._shown(given["request_id"])
        if act["verb"] == "amend":
            given["version"] = self._version(given["grant_id"])
        result = getattr(self.access, act["verb"])(self.tenant, by=by, **given)
        if "keep" in act:
            self._kept[act["keep"]] = getattr(result, "gave", None) or result.id

    def _read(self, name: str, value: Any) -> Any:
        """Return an argument as grantkit takes it; ``$name`` is the id of what was kept under that name."""
        if name == "ends":
            kind, told = value
            return ENDS[kind](told)
        if name == "scope":
            return Scope.only(*value)
        if name == "to":
            return self.agents[value]
        return self._kept[value[1:]] if str(value).startswith("$") else value

    def _shown(self, request_id: str) -> dict[str, Any]:
        """Show the preview to whoever decides, and return what their yes quotes of it."""
        preview = self.access.preview(self.tenant, request_id)
        for line in preview.lines:
            self.story.line(f"Shown: {line}")
        return {"digest": preview.digest, "ends_by": preview.ends_at}

    def _version(self, grant_id: str) -> int:
        return next(
            each.grant.version for each in self.access.grants(self.tenant) if each.grant.id == grant_id
        )

    # --- what everybody may do ----------------------------------------------------------------------------------------

    def _ask_now(self, number: int, moment: dict[str, Any]) -> None:
        self.story.says(f"From this moment, number {number}:")
        for (name, asked), due in zip(self.told["questions"].items(), moment["answers"], strict=True):
            agent, action, resource = asked
            decision = self.access.authorize(self.agents[agent], self.tenant, action, resource=resource)
            self.story.line(f"{name}: {_answer(decision.allowed, str(decision.reason))}")
            self.story.compare(f"Moment {number}, {name}:", due, str(decision.reason))

    def _look_back(self) -> Iterator[tuple[str, list[str]]]:
        moments = self.told["moments"]
        yield "", [str(number) for number, _ in enumerate(moments, start=1)]
        for column, (name, asked) in enumerate(self.told["questions"].items()):
            agent, action, resource = asked
            cells: list[str] = []
            for number, moment in enumerate(moments, start=1):
                at = datetime.fromisoformat(moment["at"])
                past = self.access.ledger.as_of(
                    self.tenant, self.agents[agent], action, at=at, resource=resource
                )
                due = moment["answers"][column]
                self.story.compare(f"Looking back at moment {number}, {name}:", due, str(past.reason))
                cells.append("yes" if past.allowed else "-")
            yield name, cells

    def _lanes(self) -> Iterator[str]:
        history = self.access.ledger.history(self.tenant)
        for lane in timeline(self.tenant, history, self.clock.now()).lanes:
            spans = [
                f"{each.state} from {each.starts_at:%Y-%m-%d %H:%M}"
                + (" on" if each.ends_at is None else f" to {each.ends_at:%Y-%m-%d %H:%M}")
                for each in lane.intervals
            ]
            how = "" if lane.ended is None else f"; {lane.ended}"
            yield f"{lane.kind} {lane.id}: {', '.join(spans) or 'at once'}{how}"


def _answer(allowed: bool, reason: str) -> str:  # noqa: FBT001  # it is the answer, not a switch
    return "yes" if allowed else f"no, {reason}"


def main() -> int:
    """Play the five stories; return the exit status."""
    stories = read("five_promises")
    rules = {
        each["tenant"]: AccessRules.from_data(read(f"rules/{each['rules']}")).in_zone(each["zone"])
        for each in stories
    }
    clock = FakeClock("2025-01-01T00:00:00Z")
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        SQLiteStore(f"{folder}/records.db") as store,
    ):
        access = SupportAccess(store, rules=rules.__getitem__, clock=clock, id_factory=NumberedIds())
        story = Timeline(access, sys.stdout)
        story.title(
            "Five promises",
            "Five vendors' pages on support access, lived by as five files of rules: who could do what, when.",
        )
        for number, told in enumerate(stories, start=1):
            player = Player(told, story, access, clock)
            story.chapter(f"{number}. {told['title']}", player.play, f"By rules/{told['rules']}.json.")
        return story.finish()


if __name__ == "__main__":
    sys.exit(main())
