"""Notifying: from an event to what each reader is told of it (J2, P7, R6, R7)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, tzinfo
from functools import partial
from typing import TypeAlias

import attrs

from grantkit.codec import open_document
from grantkit.errors import Corrupt, InvalidInput, Unavailable
from grantkit.lifecycle import Want
from grantkit.model import Agent, Event, System
from grantkit.ports import Directory, Notifier
from grantkit.rules import AccessRules
from grantkit.service.delivering import Part, Run
from grantkit.service.host import Host
from grantkit.service.steps import Steps, documents, load_whole, outside
from grantkit.service.zones import load_zone
from grantkit.telling import (
    About,
    Occasion,
    Person,
    Reader,
    Role,
    Side,
    TeamOf,
    Whom,
    ids_of,
    notice,
    notice_id,
    occasions,
)

Page: TypeAlias = Callable[[str, str | None], str | None]
"""Gives where a reader can do something about a thing: by tenant, and by the id of the grant, consent or request."""


@attrs.define(kw_only=True)
class Telling:
    """
    How events become notices.

    Attributes:
        host: The host's side.
        notifier: Tells them.
        directory: Knows who people are.
        page: Knows where something can be done about it.
        run: The run that this is part of.
        known: Rule documents that were read already, by digest.
    """

    host: Host
    notifier: Notifier
    directory: Directory
    page: Page | None
    run: Run | None = None
    known: dict[str, AccessRules] = attrs.field(factory=dict[str, AccessRules])

    def parts(self, event: Event) -> Steps[tuple[Part, ...]]:
        """Return a call for each reader who is told of *event*, nobody twice."""
        rules = yield from self._rules(event)
        about = yield from _about(event)
        found: dict[str, Part] = {}
        for occasion in occasions(event, rules, about):
            readers = yield from self._readers(event, occasion)
            if not readers and self.run is not None:
                self.run.unheard.append((event.tenant, event.seq))
            names = yield from self._names(event, occasion, readers)
            for reader in readers:
                ident = notice_id(event, reader)
                if ident not in found:
                    call = partial(self._tell, event, occasion, reader, rules=rules, names=names, about=about)
                    found[ident] = Part(id=ident, call=call)
        return tuple(found.values())

    def _tell(
        self,
        event: Event,
        occasion: Occasion,
        reader: Reader,
        *,
        rules: AccessRules,
        names: Mapping[tuple[str, str], str],
        about: About,
    ) -> None:
        name, zone = _zone(reader, rules)
        subject = None if occasion.subject is None else occasion.subject.id
        self.notifier.tell(
            notice(
                event,
                occasion,
                attrs.evolve(reader, zone=name),
                zone=zone,
                names=names,
                page=None if self.page is None else self.page(event.tenant, subject),
                session=next(iter(about.sessions.values()), None),
            )
        )

    def _rules(self, event: Event) -> Steps[AccessRules]:
        """Return the rules in force at *event*: they said who is told, whatever the rules say by now."""
        if not event.rules:
            return self.host.rules_of(event.tenant)
        if event.rules not in self.known:
            sealed = yield from documents((event.rules,))
            if event.rules not in sealed:
                raise Corrupt(what=f"no rule document {event.rules[:12]}, which the record adopted")
            self.known[event.rules] = open_document(event.rules, sealed[event.rules])
        return self.known[event.rules]

    def _readers(self, event: Event, occasion: Occasion) -> Steps[tuple[Reader, ...]]:
        """Return whom the directory knows of an audience, each once, in the order of the rules and of their ids."""
        found: dict[tuple[str, str], Reader] = {}
        for _, parts in occasion.audience:
            for whom in parts:
                known = yield from self._ask(partial(_look_up, self.directory, event.tenant, whom))
                for reader in sorted(known, key=lambda each: each.key):
                    found.setdefault(reader.key, reader)
        return tuple(found.values())

    def _names(
        self, event: Event, occasion: Occasion, readers: tuple[Reader, ...]
    ) -> Steps[dict[tuple[str, str], str]]:
        """Return what the people are called whom a notice names: as the record has it, then as the directory does."""
        names = {reader.key: reader.name for reader in readers if reader.name is not None}
        for side, ident, name in _named(event, occasion):
            if name is not None:
                names[side, ident] = name
            elif (side, ident) not in names:
                known = yield from self._ask(
                    partial(_look_up, self.directory, event.tenant, Person(side, ident))
                )
                names.update({reader.key: reader.name for reader in known if reader.name is not None})
        return names

    def _ask(self, call: Callable[[], list[Reader]]) -> Steps[list[Reader]]:
        came = yield from outside(call)
        if came.error is not None:
            raise Unavailable(what="the directory") from came.error
        found: list[Reader] = came.value
        return found


def _look_up(directory: Directory, tenant: str, whom: Whom) -> list[Reader]:
    found: Iterable[Reader | None]
    match whom:
        case Role(role=role, scope=scope):
            found = directory.members(tenant, role, scope)
        case TeamOf(team=team):
            found = directory.agents(team)
        case Person(side=side, id=ident):
            found = (directory.person(tenant, side, ident),)
    return [each for each in found if each is not None]


def _named(event: Event, occasion: Occasion) -> Iterator[tuple[Side, str, str | None]]:
    """Yield who is named by side and id, and by name where the record has it."""
    actor = event.actor
    if not isinstance(actor, System):
        yield "agent" if isinstance(actor, Agent) else "member", actor.id, actor.name
    subject = occasion.subject
    if subject is not None and subject.holder.kind == "agent" and subject.holder.id != actor.id:
        yield "agent", subject.holder.id, None
    if subject is None and (agent := getattr(event.body, "agent", None)) is not None and agent != actor.id:
        yield "agent", agent, None


def _about(event: Event) -> Steps[About]:
    """Look up what *event* is about, as it stands now, and all that it rests on."""
    ids = ids_of(event)
    want = Want(grants=ids.made, consents=ids.made, requests=ids.requests, sessions=ids.sessions)
    slice_ = yield from load_whole(event.tenant, want)
    under = tuple({each.grant for each in slice_.sessions.values()} - {*ids.made})
    if under:
        slice_ = yield from load_whole(event.tenant, attrs.evolve(want, grants=(*ids.made, *under)))
    return About(
        made={**slice_.consents, **slice_.grants}, requests=slice_.requests, sessions=slice_.sessions
    )


def _zone(reader: Reader, rules: AccessRules) -> tuple[str, tzinfo]:
    """Return the zone in which a reader reads: theirs, else the tenant's for its members, else UTC."""
    for name in (reader.zone, rules.zone if reader.side == "member" else None):
        try:
            if name is not None:
                return name, load_zone(name)
        except InvalidInput:
            continue  # told by another clock is better than not told
    return "UTC", UTC
