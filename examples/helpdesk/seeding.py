"""What a new help desk begins with: invoices, and a little of each of the six ways in."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from grantkit import VENDOR, AccessRequest, Agent, Calendar, Member, OpenEnded, Scope, StartOfDay, Team
from grantkit.testing import FakeClock

from .desk import Desk, read
from .invoices import Invoice


def seed(desk: Desk, *, stories: bool) -> None:
    """
    Fill a desk that is new; one that has been used before keeps what it has.

    Invoices and records can lie apart, in a folder that is new and a database that is not: each is asked by itself.
    """
    fresh = not any(desk.invoices.of(tenant) for tenant in desk.tenants)
    if fresh:
        desk.invoices.add(Invoice(**each) for each in read("invoices"))
    if any(desk.access.ledger.head(tenant).seq for tenant in (*desk.tenants, VENDOR)):
        _catch_up(desk)
    elif fresh and stories:
        _acme(desk)
        _cobalt(desk)
        _elm(desk)
        _oak(desk)
        _fern(desk)
        # Delta has support switched off, so that no agent sees that it is there.


def _acme(desk: Desk) -> None:
    """Ben has let Customer Success into his own account; Kim asks for everybody's."""
    desk.access.grant(
        "acme",
        by=_member(desk, "m-ben"),
        to=Team("customer-success"),
        scope=Scope.only("account:ben"),
        ends=Calendar(weeks=1),
        reason="Two invoices are missing",
    )
    desk.access.request(
        "acme",
        by=_agent(desk, "a-kim"),
        ends=Calendar(months=1),
        reason="The import of 2 March lost invoices, in Ines’s account too",
        tickets=["T-3101"],
    )


def _cobalt(desk: Desk) -> None:
    """Dora has let Support see invoices, for a week of whole days."""
    day = desk.now().astimezone(ZoneInfo(desk.tenants["cobalt"].zone)).date() + timedelta(days=7)
    desk.access.grant(
        "cobalt",
        by=_member(desk, "m-dora"),
        to=Team("support"),
        policies=["see-invoices"],
        ends=StartOfDay(day),
    )


def _elm(desk: Desk) -> None:
    """Tom may look; Pia has asked, and waits for an admin."""
    tom, case = _agent(desk, "a-tom"), "The sync with the calendar is off"
    asked = desk.access.request("elm", by=tom, flow="ask", reason=case, tickets=["T-3107"])
    _approve(desk, asked, "m-jon")
    desk.access.request("elm", by=_agent(desk, "a-pia"), flow="ask", reason=case, tickets=["T-3107"])


def _oak(desk: Desk) -> None:
    """Carla has approved a ticket by e-mail; nobody has activated it yet."""
    asked = desk.access.request(
        "oak",
        by=_agent(desk, "a-rita"),
        flow="approval",
        ends=OpenEnded(),
        reason="The import hangs at row 40",
        tickets=["T-3112"],
    )
    _approve(desk, asked, "m-carla", channel="email", reference="<77@mail.oak.example>")


def _fern(desk: Desk) -> None:
    """Nora has let Technical Support look around; nobody has come in yet."""
    desk.access.grant("fern", by=_member(desk, "m-nora"), reason="Invoices went out twice")


def _approve(desk: Desk, asked: AccessRequest, by: str, **how: Any) -> None:
    member = _member(desk, by)
    shown = desk.access.preview(asked.tenant, asked.id, by=member)
    desk.access.approve(asked.tenant, asked.id, by=member, digest=shown.digest, ends_by=shown.ends_at, **how)


def _catch_up(desk: Desk) -> None:
    """
    Turn a clock that stands still on to what the record has seen.

    A desk that is started again on old records would begin before them, and grantkit believes no such clock.
    """
    if isinstance(desk.clock, FakeClock):
        ledger = desk.access.ledger
        last = (
            ledger.history(tenant, after=max(ledger.head(tenant).seq - 1, 0))
            for tenant in (*desk.tenants, VENDOR)
        )
        desk.clock.set(max((event.at for events in last for event in events), default=desk.now()))


def _member(desk: Desk, id: str) -> Member:
    return next(person for tenant in desk.tenants for person in desk.members_of(tenant) if person.id == id)


def _agent(desk: Desk, id: str) -> Agent:
    return next(person for person in desk.agents if person.id == id)
