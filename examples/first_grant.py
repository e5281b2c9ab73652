"""
The first grant: how a vendor's support gets into a customer's account, and out again.

It needs no server, keeps its records in a SQLite file, and plays a month in a second. All that it starts from lies in
``data/``: four tenants, their members, three agents of the vendor, and the rules by which consent comes about. The
chapters do what people do and ask what a host application asks; every answer is grantkit's own. The story says which
answer is due, and the exit status is 1 if one of them is another.

    python examples/first_grant.py [FILE]

With FILE, a new one, the records are kept there; without, in a temporary folder.
"""

import json
import sqlite3
import sys
from collections import Counter
from contextlib import ExitStack, closing
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from storytelling import Story

from grantkit import (
    AccessRules,
    Agent,
    Calendar,
    Grant,
    Member,
    OpenEnded,
    Scope,
    Soonest,
    StartOfDay,
    SupportAccess,
    Team,
)
from grantkit.stores import SQLiteStore
from grantkit.testing import FakeClock

DATA = Path(__file__).parent / "data"
MICROSECOND = timedelta(microseconds=1)


def read(name: str) -> Any:
    """Return what a file of the input data says."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


class NumberedIds:
    """Ids that count up, so that the story reads the same each time. Real ones are random."""

    def __init__(self) -> None:
        self._made = Counter[str]()

    def __call__(self, prefix: str) -> str:
        """Return the next id with this prefix."""
        self._made[prefix] += 1
        return f"{prefix}{self._made[prefix]}"


class Host:
    """
    A host application: it knows its people and their roles, and leaves consent and time to grantkit.

    Attributes:
        rules: The rule set of each tenant, in the tenant's zone.
        members: Everybody on the tenants' side, by id.
        agents: Everybody on the vendor's side, by id.
        clock: A clock that only the story moves.
        access: What a page of the application talks to.
        other_page: What another page talks to. The two share the file, and nothing else.
    """

    def __init__(self, file: Path, until: ExitStack) -> None:
        self.rules = {
            each["id"]: AccessRules.from_data(read(f"rules/{each['rules']}")).in_zone(each["zone"])
            for each in read("tenants")
        }
        self.members = {each["id"]: Member(**each) for each in read("members")}
        self.agents = {each["id"]: Agent(**each) for each in read("agents")}
        self.clock = FakeClock("2025-03-03T14:20:00Z")
        self.file, self._ids, self._until = file, NumberedIds(), until
        self.access, self.other_page = self._page(), self._page()

    def _page(self) -> SupportAccess:
        store = self._until.enter_context(SQLiteStore(self.file))
        return SupportAccess(store, rules=self.rules_of, clock=self.clock, id_factory=self._ids)

    def rules_of(self, tenant: str) -> AccessRules:
        """Return the rules of *tenant*; the safe ones for a tenant that nobody knows."""
        return self.rules.get(tenant, AccessRules())

    def live_grant(self, tenant: str) -> Grant:
        """Return the one live grant of *tenant*."""
        (status,) = self.access.grants(tenant, states=["live"])
        return status.grant

    def projects_of(self, agent: Agent) -> str:
        """Return the list of projects that *agent* finds on their start page."""
        seen = self.access.visible_tenants(agent, action="task:update")
        found = [f"{project} at {each.tenant}" for each in seen for project in sorted(each.resources)]
        return ", ".join(found) or "none"


# --- three ways in ----------------------------------------------------------------------------------------------------


def one_month(story: Story, host: Host) -> None:
    """By Meister's rules an admin consents for all accounts of a team, for a week, a month or a year."""
    access, ana, kim, max_ = host.access, host.members["m-ana"], host.agents["a-kim"], host.agents["a-max"]
    team = Team("customer-success")
    story.at(host.clock.now())
    story.answer(access.authorize(kim, "acme", "board:read", resource="account:ines"), "no_grant")

    with story.refused("term_not_offered", ana, "would like to let Customer Success in for ten days."):
        access.grant("acme", by=ana, to=team, ends=Calendar(days=10))
    story.does(ana, "lets Customer Success in for one month.")
    access.grant("acme", by=ana, to=team, ends=Calendar(months=1), reason="Boards missing after the import")
    story.record("acme")

    story.answer(access.authorize(kim, "acme", "board:read", resource="account:ines"), "allowed")
    story.answer(access.authorize(kim, "acme", "ticket:resolve", resource="account:jon"), "allowed")
    story.answer(
        access.authorize(kim, "acme", "board:delete", resource="account:jon"), "action_not_permitted"
    )
    story.answer(access.authorize(max_, "acme", "board:read", resource="account:ines"), "no_grant")
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "no_grant")


def own_account(story: Story, host: Host) -> None:
    """By the same rules a plain member consents for their own account."""
    access, ben, kim = host.access, host.members["m-ben"], host.agents["a-kim"]
    team, week = Team("customer-success"), Calendar(weeks=1)
    story.at(host.clock.advance(hours=1))

    with story.refused("not_entitled", ben, "tries to let Customer Success into Cleo's account."):
        access.grant("birch", by=ben, to=team, scope=Scope.only("account:cleo"), ends=week)
    with story.refused("not_entitled", ben, "tries to let them into all of Birch."):
        access.grant("birch", by=ben, to=team, scope=Scope.whole(), ends=week)
    story.does(ben, "lets them into his own account, for a week.")
    access.grant("birch", by=ben, to=team, scope=Scope.only("account:ben"), ends=week)
    story.record("birch")

    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "allowed")
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:cleo"), "out_of_scope")


def until_a_date(story: Story, host: Host) -> None:
    """By m3ter's rules the end is a date: access is over as that date begins, in the organization's zone."""
    access, dora, max_ = host.access, host.members["m-dora"], host.agents["a-max"]
    team, both = Team("support"), ["see-invoices", "fix-meters"]
    story.at(host.clock.advance(hours=1), host.rules["cobalt"].zone)

    with story.refused("term_not_offered", dora, "picks today as the end; tomorrow is the soonest."):
        access.grant("cobalt", by=dora, to=team, policies=both, ends=StartOfDay(date(2025, 3, 3)))
    story.does(dora, "gives Support two policies until the start of 10 March.")
    shown = access.grant("cobalt", by=dora, to=team, policies=both, ends=StartOfDay(date(2025, 3, 10)))
    story.record("cobalt")
    story.answer(access.authorize(max_, "cobalt", "invoice:read"), "allowed")
    story.answer(access.authorize(max_, "cobalt", "meter:update"), "allowed")

    story.does(dora, "moves the end to 20 March.")
    moved = access.amend(
        "cobalt", shown.id, by=dora, version=shown.version, ends=StartOfDay(date(2025, 3, 20))
    )
    story.record("cobalt")

    with story.refused("stale_version", dora, "drops a policy, on a page that still shows the old end."):
        access.amend("cobalt", shown.id, by=dora, version=shown.version, policies=["see-invoices"])
    story.does(dora, "drops it on a fresh page.")
    access.amend("cobalt", moved.id, by=dora, version=moved.version, policies=["see-invoices"])
    story.record("cobalt")
    story.answer(access.authorize(max_, "cobalt", "invoice:read"), "allowed")
    story.answer(access.authorize(max_, "cobalt", "meter:update"), "action_not_permitted")


def as_soon_as_possible(story: Story, host: Host) -> None:
    """m3ter's soonest end is the next midnight. That is no revocation: access goes on until then."""
    access, dora, max_, zone = (
        host.access,
        host.members["m-dora"],
        host.agents["a-max"],
        host.rules["cobalt"].zone,
    )
    there = host.live_grant("cobalt")
    story.does(dora, "ends it as soon as the rules allow.")
    soon = access.amend("cobalt", there.id, by=dora, version=there.version, ends=Soonest())
    story.record("cobalt")
    midnight = datetime(2025, 3, 4, tzinfo=ZoneInfo("America/New_York"))
    story.check("The new end is midnight in New York", midnight, soon.ends_at)

    story.at(host.clock.set(midnight - MICROSECOND), zone)
    story.answer(access.authorize(max_, "cobalt", "invoice:read"), "allowed")
    story.at(host.clock.set(midnight), zone)
    story.answer(access.authorize(max_, "cobalt", "invoice:read"), "expired")


def switch_on(page: SupportAccess, by: Member, *, reason: str, word: str) -> Grant:
    """Do what the switch on a project's page does."""
    return page.grant(
        "delta",
        by=by,
        to=Team("support"),
        scope=Scope.only("project:42"),
        ends=OpenEnded(),
        reason=reason,
        word=word,
    )


def switched_on(story: Story, host: Host) -> None:
    """By the project platform's rules access to a project is a switch, with a reason and a typed word."""
    access, emil, gus, max_ = host.access, host.members["m-emil"], host.members["m-gus"], host.agents["a-max"]
    story.at(host.clock.advance(hours=5))
    story.check("Projects that Max sees", "none", host.projects_of(max_))

    with story.refused("not_entitled", gus, "tries the switch; he is no admin of the project."):
        switch_on(access, gus, reason="The plan is empty", word="Support")
    with story.refused("blank", emil, "is one, and leaves the reason blank."):
        switch_on(access, emil, reason="  ", word="Support")
    with story.refused("confirmation_mismatch", emil, "gives a reason, and types the wrong word."):
        switch_on(access, emil, reason="The plan is empty", word="support")
    story.does(emil, "gives a reason and types the word: support access is on.")
    first = switch_on(access, emil, reason="The plan is empty", word="Support")
    story.record("delta")

    story.check("Projects that Max sees", "project:42 at delta", host.projects_of(max_))
    story.answer(access.authorize(max_, "delta", "task:update", resource="project:42"), "allowed")
    story.answer(
        access.authorize(max_, "delta", "task:delete", resource="project:42"), "action_not_permitted"
    )

    story.does(emil, "switches it on again, on another page.")
    again = switch_on(host.other_page, emil, reason="Still empty", word="Support")
    story.check("The grant is the one that was there", first.id, again.id)
    story.check("Live grants at Delta", 1, len(access.grants("delta", states=["live"])))


def switched_off(story: Story, host: Host) -> None:
    """The same word switches it off, from any page, and then the project is hidden from support."""
    access, fay, max_, there = (
        host.access,
        host.members["m-fay"],
        host.agents["a-max"],
        host.live_grant("delta"),
    )
    story.at(host.clock.advance(hours=1))
    with story.refused(
        "confirmation_mismatch", fay, "created the group. She switches it off without the word."
    ):
        host.other_page.revoke("delta", there.id, by=fay)
    story.does(fay, "switches it off, with the word, on another page than where it was switched on.")
    host.other_page.revoke("delta", there.id, by=fay, word="Support")
    story.record("delta")

    hidden = access.authorize(max_, "delta", "task:update", resource="project:42")
    story.answer(hidden, "revoked")
    story.check("Projects that Max sees", "none", host.projects_of(max_))
    unknown = access.authorize(max_, "delta", "task:update", resource="project:that-never-was")
    told = unknown.explain(to="agent")
    story.check("Max is told the same as of a project that never was", told, hidden.explain(to="agent"))


# --- and every way out ------------------------------------------------------------------------------------------------


def two_grants(story: Story, host: Host) -> None:
    """Whatever some grant still allows is allowed, and the answer names that grant."""
    access, ben, cleo, kim = host.access, host.members["m-ben"], host.members["m-cleo"], host.agents["a-kim"]
    own = host.live_grant("birch")
    story.at(host.clock.advance(hours=12))
    story.does(cleo, "is an admin, and lets Customer Success into all of Birch for a month.")
    access.grant("birch", by=cleo, to=Team("customer-success"), ends=Calendar(months=1))
    story.record("birch")
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "allowed")

    story.does(ben, "revokes the grant on his own account. The admin's is not his to end.")
    access.revoke("birch", own.id, by=ben)
    story.record("birch")
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "allowed")


def revoked(story: Story, host: Host) -> None:
    """A revocation is a fact. No clock, however it is set, makes it undone."""
    access, clock, cleo, kim = host.access, host.clock, host.members["m-cleo"], host.agents["a-kim"]
    noon = clock.advance(hours=13)
    story.at(noon)
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "allowed")
    story.does(cleo, "revokes the other grant too.")
    access.revoke("birch", host.live_grant("birch").id, by=cleo)
    story.record("birch")
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "revoked")

    story.says("The clock is turned back by half a minute, which is little enough to be believed.")
    story.at(clock.set(noon - timedelta(seconds=30)))
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "revoked")
    story.says("It is turned back by a day, which is not.")
    story.at(clock.set(noon - timedelta(days=1)))
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "clock_rollback")
    story.says("It is set right.")
    story.at(clock.set(noon))
    story.answer(access.authorize(kim, "birch", "board:read", resource="account:ben"), "revoked")


def frozen(story: Story, host: Host) -> None:
    """A freeze beats every grant until the tenant lifts it."""
    access, ana, kim = host.access, host.members["m-ana"], host.agents["a-kim"]
    story.at(host.clock.advance(hours=1))
    story.does(ana, "freezes Acme.")
    access.freeze("acme", by=ana)
    story.record("acme")
    story.answer(access.authorize(kim, "acme", "board:read", resource="account:ines"), "frozen")

    with story.refused("tenant_frozen", ana, "tries to grant something meanwhile."):
        access.grant("acme", by=ana, to=Team("customer-success"), ends=Calendar(weeks=1))
    story.does(ana, "lifts the freeze.")
    access.unfreeze("acme", by=ana)
    story.record("acme")
    story.answer(access.authorize(kim, "acme", "board:read", resource="account:ines"), "allowed")


def cut_off(story: Story, host: Host) -> None:
    """One agent can be shut out, while the team's grant lives on for the others."""
    access, ana, kim, lou = host.access, host.members["m-ana"], host.agents["a-kim"], host.agents["a-lou"]
    story.at(host.clock.advance(hours=1))
    story.does(ana, "cuts Kim off.")
    access.revoke_all("acme", by=ana, agent=kim.id)
    story.record("acme")
    story.answer(access.authorize(kim, "acme", "board:read", resource="account:ines"), "cut_off")
    story.answer(access.authorize(lou, "acme", "board:read", resource="account:ines"), "allowed")


def expired(story: Story, host: Host) -> None:
    """Ana's month is one by the calendar: it ends at the same time of day in Berlin, summer time or not."""
    access, lou, zone = host.access, host.agents["a-lou"], host.rules["acme"].zone
    end = datetime(2025, 4, 3, 15, 20, tzinfo=ZoneInfo("Europe/Berlin"))
    story.at(host.clock.set(end - MICROSECOND), zone)
    story.answer(access.authorize(lou, "acme", "board:read", resource="account:ines"), "allowed")
    story.at(host.clock.set(end), zone)
    story.answer(access.authorize(lou, "acme", "board:read", resource="account:ines"), "expired")


def looking_back(story: Story, host: Host) -> None:
    """The past can be asked about: what was done later does not undo what was possible. The answer guards nothing."""
    access, kim, lou = host.access, host.agents["a-kim"], host.agents["a-lou"]
    day = datetime(2025, 3, 3, 16, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    for agent, at, reason in (
        (kim, day, "allowed"),
        (kim, day + timedelta(days=3), "cut_off"),
        (lou, day + timedelta(days=3), "allowed"),
        (lou, day + timedelta(days=40), "expired"),
    ):
        story.answer(access.ledger.as_of("acme", agent, "board:read", at=at, resource="account:ines"), reason)
    story.says("What was thought on the first day about the third week, before anybody was cut off:")
    then = access.ledger.as_of(
        "acme", kim, "board:read", at=day + timedelta(days=20), known_at=day, resource="account:ines"
    )
    story.answer(then, "allowed")


def proven(story: Story, host: Host) -> None:
    """Whoever keeps the head of a record can tell whether anybody has changed what comes before it."""
    access, ana = host.access, host.members["m-ana"]
    head = access.ledger.head("acme")
    story.does(ana, f"is given the head of Acme's record, which stands at event {head.seq}.")
    story.check(
        "It is held against the record",
        "acme: 5 events, nothing up to event 5 has changed",
        str(access.ledger.verify("acme", head)),
    )

    story.says("Somebody who may write to the file makes it say that another admin had consented.")
    with closing(sqlite3.connect(host.file)) as file, file:
        file.execute(
            "UPDATE entries SET sealed = CAST(replace(CAST(sealed AS TEXT), 'm-ana', 'm-eve') AS BLOB) "
            "WHERE tenant = 'acme' AND seq = 2"
        )
    with story.refused("chain_broken", ana, "asks whether the record is as it was."):
        access.ledger.verify("acme", head)


CHAPTERS = {
    "A team admin lets Customer Success in for one month": one_month,
    "A member lets them into his own account, and into no other": own_account,
    "An organization picks the date on which access ends": until_a_date,
    "The organization ends it as soon as its rules allow": as_soon_as_possible,
    "A project admin switches access on": switched_on,
    "Somebody else switches it off": switched_off,
    "Two grants overlap, and one ends": two_grants,
    "A revocation counts from the next decision, whatever the clock says": revoked,
    "A freeze": frozen,
    "One agent is cut off": cut_off,
    "The last microsecond": expired,
    "Looking back": looking_back,
    "The record proves itself": proven,
}


def main() -> int:
    """Play the chapters in their order; return the exit status."""
    with ExitStack() as until:
        folder = until.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
        host = Host(Path(sys.argv[1] if len(sys.argv) > 1 else f"{folder}/records.db"), until)
        story = Story(host.access, sys.stdout)
        story.title(
            "The first grant",
            "Support access by consent: four customers, three sets of rules, the ways out, and the proof.",
        )
        for number, (title, chapter) in enumerate(CHAPTERS.items(), start=1):
            story.chapter(f"{number}. {title}", partial(chapter, story, host), chapter.__doc__ or "")
        return story.finish()


if __name__ == "__main__":
    sys.exit(main())
