"""Notifying: from an event to what each reader is told of it (J2, P7, R6, R7)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, TypeAlias

import attrs

from grantkit.codec import open_document
from grantkit.errors import Corrupt, InvalidInput, Unavailable
from grantkit.inputs import instance_of
from grantkit.lifecycle import Want
from grantkit.model import VENDOR, Consent, Event, Grant, Head, System
from grantkit.ports import AsyncDirectory, AsyncNotifier, ConsentsOf, Directory, GrantsOf, Notifier
from grantkit.rules import AccessRules
from grantkit.service.delivering import Part, Run
from grantkit.service.host import Host
from grantkit.service.ruling import rules_of
from grantkit.service.steps import PAGE, Steps, documents, find, load_whole, outside
from grantkit.service.zones import load_zone
from grantkit.telling import (
    About,
    Occasion,
    Person,
    Reader,
    Role,
    TeamOf,
    Whom,
    ends_others,
    fallen,
    ids_of,
    notice,
    notice_id,
    occasions,
    person_of,
    whom_of,
)

Page: TypeAlias = Callable[[str, str | None], str | None]
"""Gives where a reader can do something about a thing: by tenant, and by the id of the grant, consent or request."""


Resting: TypeAlias = Mapping[str, tuple[Grant | Consent, ...]]


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
        resting: What rests on what at the tenant that was asked last, and where its record stood then.
    """

    host: Host
    notifier: Notifier | AsyncNotifier
    directory: Directory | AsyncDirectory
    page: Page | None
    run: Run | None = None
    known: dict[str, AccessRules] = attrs.field(factory=dict[str, AccessRules])
    resting: tuple[Head, Resting] | None = None

    def parts(self, event: Event) -> Steps[tuple[Part, ...]]:
        """Return a call for each reader who is told of *event*, nobody twice."""
        rules = yield from self._rules(event)
        about = yield from self._about(event)
        found: dict[str, Part] = {}
        also: defaultdict[str, list[Occasion]] = defaultdict(
            list
        )  # what else is over for a reader who is told
        names: dict[tuple[str, str], str] = {}
        for occasion in occasions(event, rules, about):
            readers = yield from self._readers(event, occasion)
            if occasion.whom and not readers and self.run is not None:
                self.run.unheard.append((event.tenant, event.seq))
            names.update((yield from self._names(event, occasion, readers)))
            stops = yield from self._stops(event, occasion, readers)
            for reader, named in readers.items():
                ident = notice_id(event, reader)
                if ident in found:
                    also[ident] += [occasion] if occasion.fell else []
                else:
                    holds = _holds(reader, occasion, named)
                    call = partial(
                        self._tell,
                        event,
                        occasion,
                        reader,
                        rules=rules,
                        names=names,
                        about=about,
                        also=also[ident],
                        holds=holds,
                        stops=reader.key in stops,
                    )
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
        also: Iterable[Occasion],
        holds: bool,
        stops: bool,
    ) -> object:
        name, zone = _zone(reader, rules)
        subject = None if occasion.subject is None else occasion.subject.id
        return self.notifier.tell(
            notice(
                event,
                occasion,
                attrs.evolve(reader, zone=name),
                zone=zone,
                names=names,
                page=None if self.page is None else self.page(event.tenant, subject),
                session=next(iter(about.sessions.values()), None),
                also=tuple(each.subject for each in also if each.subject is not None),
                holds=holds,
                stops=stops,
            )
        )

    def _about(self, event: Event) -> Steps[About]:
        """Look up what *event* is about, as it stands now, all that it rests on, and what may be over with it."""
        ids = ids_of(event)
        want = Want(
            grants=ids.made, consents=ids.made, requests=ids.requests, sessions=ids.sessions, cuts=True
        )
        slice_ = yield from load_whole(event.tenant, want)
        about = About(
            made={**slice_.consents, **slice_.grants},
            requests=slice_.requests,
            sessions=slice_.sessions,
            cuts=slice_.cuts,
        )
        if ends_others(event):
            about = attrs.evolve(about, resting=(yield from self._resting(slice_.head)))
        under = {each.grant for each in slice_.sessions.values()}
        told = (*about.made.values(), *fallen(event, about))
        asked = {one.request for one in told if one.request is not None}
        if under <= {*ids.made} and asked <= {*ids.requests}:
            return about
        want = attrs.evolve(want, grants=tuple({*ids.made, *under}), requests=tuple({*ids.requests, *asked}))
        slice_ = yield from load_whole(event.tenant, want)
        return attrs.evolve(about, made={**slice_.consents, **slice_.grants}, requests=slice_.requests)

    def _resting(self, head: Head) -> Steps[Resting]:
        """Return what rests on what; read once while nothing happens there, be there ends by the thousand to tell."""
        if self.resting is None or self.resting[0] != head:
            found: defaultdict[str, list[Grant | Consent]] = defaultdict(list)
            for query in (GrantsOf, ConsentsOf):
                after, full = 0, True
                while full:
                    page = yield from find(query(tenant=head.tenant, after=after, limit=PAGE))
                    rows = [row for row in page if isinstance(row, Grant | Consent)]
                    for row in rows:
                        found[row.parent or ""].append(row)
                    full = len(page) == PAGE
                    after = max((row.consent_seq for row in rows), default=after)
            self.resting = head, {parent: tuple(rows) for parent, rows in found.items()}
        return self.resting[1]

    def _stops(
        self, event: Event, occasion: Occasion, readers: Iterable[Reader]
    ) -> Steps[set[tuple[str, str]]]:
        """Return who of *readers* may revoke what it is about: others are not told to."""
        found: set[tuple[str, str]] = set()
        for whom in occasion.stoppers:
            if isinstance(whom, Person):
                found.add((whom.side, whom.id))
            elif any(reader.key not in found for reader in readers):
                known = yield from self._ask(event.tenant, whom)
                found.update(reader.key for reader in known)
        return found

    def _rules(self, event: Event) -> Steps[AccessRules]:
        """Return the rules in force at *event*: they said who is told, whatever the rules say by now."""
        if event.tenant == VENDOR:
            return (yield from rules_of(self.host, VENDOR))  # no rules are adopted there
        if not event.rules:
            return (yield from rules_of(self.host, event.tenant))
        if event.rules not in self.known:
            sealed = yield from documents((event.rules,))
            if event.rules not in sealed:
                raise Corrupt(what=f"no rule document {event.rules[:12]}, which the record adopted")
            self.known[event.rules] = open_document(event.rules, sealed[event.rules])
        return self.known[event.rules]

    def _readers(self, event: Event, occasion: Occasion) -> Steps[dict[Reader, set[Whom]]]:
        """Return whom the directory knows of an audience, each once, with the parts that name them; in their order."""
        found: dict[tuple[str, str], Reader] = {}
        named: dict[tuple[str, str], set[Whom]] = {}
        for whom in occasion.whom:
            known = yield from self._ask(event.tenant, whom)
            for reader in sorted(known, key=lambda each: each.key):
                found.setdefault(reader.key, reader)
                named.setdefault(reader.key, set()).add(whom)
        return {reader: named[key] for key, reader in found.items()}

    def _names(
        self, event: Event, occasion: Occasion, readers: Iterable[Reader]
    ) -> Steps[dict[tuple[str, str], str]]:
        """Return what the people are called whom a notice names: as the record has it, then as the directory does."""
        names = {reader.key: reader.name for reader in readers if reader.name is not None}
        for person, name in _named(event, occasion):
            key = (person.side, person.id)
            if name is not None:
                names[key] = name
            elif key not in names:
                known = yield from self._ask(event.tenant, person)
                names.update({reader.key: reader.name for reader in known if reader.name is not None})
        return names

    def _ask(self, tenant: str, whom: Whom) -> Steps[list[Reader]]:
        if tenant == VENDOR and isinstance(whom, Role):
            return []  # the vendor's own record has no members
        came = yield from outside(*_look_up(self.directory, tenant, whom))
        if came.error is not None:
            raise Unavailable(what="the directory") from came.error
        found: list[Reader] = came.value
        return found


def _look_up(
    directory: Directory | AsyncDirectory, tenant: str, whom: Whom
) -> tuple[Callable[[], object], Callable[[Any], list[Reader]]]:
    """Return the question to the directory, and what makes readers of its answer."""
    match whom:
        case Role(role=role, scope=scope):
            return partial(directory.members, tenant, role, scope), _readers
        case TeamOf(team=team):
            return partial(directory.agents, team), _readers
        case Person(side=side, id=ident):
            return partial(directory.person, tenant, side, ident), lambda found: _readers((found,))


def _readers(found: Iterable[Reader | None]) -> list[Reader]:
    known = [each for each in found if each is not None]
    for each in known:
        instance_of("directory", each, Reader)  # anything else would fail later, and for everybody
    return known


def _holds(reader: Reader, occasion: Occasion, named: set[Whom]) -> bool:
    """Whether *reader* holds what it is about: by name, or in the team that the audience names for it."""
    if occasion.subject is None:
        return False
    holder = whom_of(occasion.subject.holder)
    return holder in named or (isinstance(holder, Person) and reader.key == (holder.side, holder.id))


def _named(event: Event, occasion: Occasion) -> Iterator[tuple[Person, str | None]]:
    """Yield who is named, and by which name where the record has it."""
    actor, acted = event.actor, None
    if not isinstance(actor, System):
        acted = person_of(actor)
        yield acted, actor.name
    subject = occasion.subject
    others = [*occasion.consenters]
    if subject is not None and subject.holder.kind == "agent":
        others.append(Person("agent", subject.holder.id))
    agent = getattr(event.body, "agent", None)
    if agent is not None:
        others.append(Person("agent", agent))
    yield from ((each, None) for each in others if each != acted)


def _zone(reader: Reader, rules: AccessRules) -> tuple[str, tzinfo]:
    """Return the zone in which a reader reads: theirs, else the tenant's for its members, else UTC."""
    for name in (reader.zone, rules.zone if reader.side == "member" else None):
        try:
            if name is not None:
                return name, load_zone(name)
        except InvalidInput:
            continue  # told by another clock is better than not told
    return "UTC", UTC
