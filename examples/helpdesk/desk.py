"""What the help desk is made of: its people, its customers, their rules, and grantkit."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
from fastapi import Request

from grantkit import AccessRules, Agent, Clock, Member, SupportAccess

from .invoices import Invoices
from .plain import Words
from .records import Records, in_a_database, in_a_file

HERE = Path(__file__).parent
RULES = (HERE.parent / "data" / "rules", HERE / "data" / "rules")
"""Where rule sets lie: those that retell published support pages, and the desk's own."""


@attrs.frozen(kw_only=True)
class Tenant:
    """
    A customer.

    Attributes:
        id: The id under which grantkit knows it.
        name: What people call it.
        zone: The zone in which its days begin and end.
        rules: The name of its rule set, a file in one of :data:`RULES`.
        promise: What its rules come to, in a sentence or two.
        places: Its projects or accounts, as resources, and what people call them.
    """

    id: str
    name: str
    zone: str
    rules: str
    promise: str
    places: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Desk:
    """
    The help desk: what every page draws on. One for each application.

    Attributes:
        records: Where grantkit keeps its records, and the doors to them.
        tenants: The customers, by id.
        rules: The rules of each, in its zone, by its id.
        people: Members and agents, by id.
        invoices: What support is let in to look at.
    """

    records: Records
    tenants: Mapping[str, Tenant]
    rules: Mapping[str, AccessRules]
    people: Mapping[str, Member | Agent]
    invoices: Invoices

    @property
    def access(self) -> SupportAccess:
        """Consent and time: grantkit."""
        return self.records.access

    @property
    def clock(self) -> Clock:
        """What tells the time: the one that grantkit goes by, so that no page shows another."""
        return self.access.clock

    def now(self) -> datetime:
        """Return what the clock reads, in UTC."""
        return self.clock.now()

    @property
    def agents(self) -> tuple[Agent, ...]:
        """Everybody on the vendor's side."""
        return tuple(person for person in self.people.values() if isinstance(person, Agent))

    def members_of(self, tenant: str) -> tuple[Member, ...]:
        """Return everybody on the side of *tenant*."""
        return tuple(
            person
            for person in self.people.values()
            if isinstance(person, Member) and person.tenant == tenant
        )

    def words_of(self, tenant: Tenant) -> Words:
        """Return how a page of *tenant* speaks."""
        return Words(zone=tenant.zone, name_of=self.name_of, places=tenant.places)

    def name_of(self, person: str) -> str:
        """Return what people call somebody; the id itself where the desk does not know it."""
        known = self.people.get(person)
        return person if known is None or known.name is None else known.name


def open_desk(
    folder: Path, *, clock: Clock | None = None, database: str | None = None, awaited: bool = False
) -> Desk:
    """Return a desk whose files lie in *folder*; its records too, unless a database is named for them."""
    tenants = {each["id"]: Tenant(**each) for each in read("tenants")}
    # `get`: for a tenant that is not there it gives None, and then an agent is told what a hidden one tells.
    rules = {each.id: _rules(each) for each in tenants.values()}
    if database is None:
        records = in_a_file(folder / "grants.db", rules.get, clock)
    else:
        records = in_a_database(database, rules.get, clock, awaited=awaited)
    return Desk(
        records=records,
        tenants=tenants,
        rules=rules,
        people={
            **{each["id"]: Member(**each) for each in read("members")},
            **{each["id"]: Agent(**each) for each in read("agents")},
        },
        invoices=Invoices(folder / "invoices.db"),
    )


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that answers: for handlers, ``Annotated[Desk, Depends(desk_of)]``."""
    desk: Desk = request.app.state.desk
    return desk


def read(name: str) -> Any:
    """Return what a file of ``data`` says."""
    return json.loads((HERE / "data" / f"{name}.json").read_text(encoding="utf-8"))


def _rules(tenant: Tenant) -> AccessRules:
    files = (folder / f"{tenant.rules}.json" for folder in RULES)
    (document,) = (json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists())
    return AccessRules.from_data(document).in_zone(tenant.zone)
