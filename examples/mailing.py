"""Whom the stories tell, and what: a directory of their people, and a mailbox that keeps what came."""

from collections.abc import Iterator

from grantkit import Agent, Member, Scope
from grantkit.telling import Notice, Reader


class People:
    """The people of one story, as a host's own tables would have them."""

    def __init__(self, people: dict[str, Member | Agent], zone: str) -> None:
        self._people = people
        self._zone = zone

    def members(self, tenant: str, role: str, scope: Scope) -> list[Reader]:
        """Return every member of the tenant who holds a role over the whole of a scope."""
        return [
            self._reader(each)
            for each in self._people.values()
            if isinstance(each, Member) and each.tenant == tenant and each.holds(role, scope.over)
        ]

    def agents(self, team: str) -> list[Reader]:
        """Return every agent in a team."""
        return [
            self._reader(each)
            for each in self._people.values()
            if isinstance(each, Agent) and (team == "*" or team in each.teams)
        ]

    def person(self, tenant: str, side: str, id: str) -> Reader | None:
        """Return somebody by id."""
        found = self._people.get(id)
        kind = Member if side == "member" else Agent
        return self._reader(found) if isinstance(found, kind) and tenant else None

    def _reader(self, person: Member | Agent) -> Reader:
        side = "member" if isinstance(person, Member) else "agent"
        zone = self._zone if side == "member" else None
        address = f"{person.id}@example.com"
        return Reader(side=side, id=person.id, name=person.name, address=address, zone=zone)


class Mailbox:
    """
    Keeps what came until it is read; grantkit.contrib.email would send it.

    Of each kind the first is shown in full.
    """

    def __init__(self) -> None:
        self._came: list[Notice] = []
        self._kinds = set[str]()

    def tell(self, notice: Notice) -> None:
        """Take a notice."""
        self._came.append(notice)

    def read(self) -> Iterator[str]:
        """Yield what came, line by line: who was told, and what."""
        while self._came:
            notice = self._came.pop(0)
            yield f"Mail to {notice.to.name}: {notice.headline}."
            if notice.kind not in self._kinds:
                self._kinds.add(notice.kind)
                yield from (f"  {line}".rstrip() for line in str(notice).splitlines()[2:])
