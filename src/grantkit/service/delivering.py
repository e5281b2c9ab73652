"""Delivering: consumers take the records from where they are, in order for each tenant, and at least once (N6)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeAlias

import attrs

from grantkit.errors import GrantkitError, InvalidInput
from grantkit.inputs import identifier, instant, integer
from grantkit.model import Cursor, Event
from grantkit.ports import Behind
from grantkit.service.steps import PAGE, Steps, advance, behind, cursor_of, events, outside

IN_A_ROW = 200
"""How many events of one tenant are taken before it is the turn of others."""

PATIENCE = 10
"""How many tenants may fail, with no call going through in between, before a run ends: it is no fault of theirs."""


@attrs.frozen(kw_only=True)
class Part:
    """
    One call that an event gives rise to.

    Attributes:
        id: Stable: what is called again after a crash is the same part.
        call: The call; whatever it raises means that it has to be made again.
    """

    id: str
    call: Callable[[], object]


Parts: TypeAlias = Callable[[Event], Steps[tuple[Part, ...]]]


@attrs.frozen(kw_only=True)
class Failure:
    """
    Where a consumer could not go on: it is tried again there.

    Attributes:
        tenant: Whose record.
        seq: After which event it stands.
        error: What was raised.
    """

    tenant: str
    seq: int
    error: Exception


@attrs.frozen(kw_only=True)
class Progress:
    """
    How far a consumer came.

    Attributes:
        taken: How many events it is past now.
        told: How many calls went through; an event may take several, or none.
        failed: Where it could not go on. Other tenants are not held up by it.
        unheard: Events that somebody should have been told of, and the directory knew nobody: tenant and sequence.
        more: Whether to run it again at once: something was taken, and there is more. A loop on it ends; where nothing
            could be taken, trying again at once is no help.
        after: Behind which tenant the next run begins; a process that lives for one run only keeps it and passes it as
            ``after=``, so that whoever fails first is not tried first each time.
    """

    taken: int
    told: int
    failed: tuple[Failure, ...]
    unheard: tuple[tuple[str, int], ...] = ()
    more: bool
    after: str | None


@attrs.define(kw_only=True)
class Run:
    """
    One run of a consumer.

    Attributes:
        consumer: Its name, under which its cursors are kept.
        parts: What an event gives rise to.
        since: Events from before this instant give rise to nothing.
        limit: How many events are taken at the most.
        patience: How many tenants may fail, with no call going through in between, before it gives up for now.
        in_a_row: How many have.
    """

    consumer: str
    parts: Parts
    since: datetime | None
    limit: int
    patience: int
    in_a_row: int = 0
    taken: int = 0
    told: int = 0
    failed: list[Failure] = attrs.field(factory=list[Failure])
    unheard: list[tuple[str, int]] = attrs.field(factory=list[tuple[str, int]])

    def is_over(self) -> bool:
        """Whether it ends here, whatever else there is."""
        return self.taken >= self.limit or self.in_a_row >= self.patience

    def fail(self, tenant: str, seq: int, error: Exception) -> None:
        """Note that a tenant could not be gone on with."""
        self.failed.append(Failure(tenant=tenant, seq=seq, error=error))
        self.in_a_row += 1


def run_of(consumer: str, parts: Parts, since: datetime | None, limit: int) -> Run:
    """Return a run of *consumer*, its arguments checked."""
    return Run(
        consumer=identifier("consumer", consumer),
        parts=parts,
        since=None if since is None else instant("since", since),
        limit=integer("limit", limit, least=1, most=100_000),
        patience=PATIENCE,
    )


def taking(take: Callable[[Event], object]) -> Parts:
    """Return what gives each event to *take*, as it is."""
    if not callable(take):
        raise InvalidInput(field="take", code="wrong_type", wants="a callable that takes an event")

    def parts(event: Event) -> Steps[tuple[Part, ...]]:
        yield from ()
        return (Part(id=event.hash, call=partial(take, event)),)

    return parts


@attrs.define
class _Place:
    """Where a run stands in one record, and what of that the store knows."""

    run: Run
    tenant: str
    cursor: Cursor
    kept: Cursor

    def keep(self) -> Steps[None]:
        """Let the store know, if it does not."""
        if self.kept != self.cursor:
            yield from advance(self.run.consumer, self.tenant, self.cursor)
            self.kept = self.cursor


def deliver_plan(run: Run, after: str) -> Steps[Progress]:
    """Take what there is, tenant by tenant and in turns, until everything is taken or the limit is reached."""
    more, whole = True, False
    while (more or not whole) and not run.is_over():
        whole = after == ""  # else it began in the middle, and those before have not had their turn
        more, after = yield from _round(run, after)
    return Progress(
        taken=run.taken,
        told=run.told,
        failed=tuple(run.failed),
        unheard=tuple(run.unheard),
        more=more and run.taken > 0,
        after=after or None,
    )


def _round(run: Run, after: str) -> Steps[tuple[bool, str]]:
    """Give each tenant a turn; return whether there is more, and after which tenant to go on."""
    more = False
    while True:
        page = yield from behind(Behind(consumer=run.consumer, after=after, limit=PAGE))
        for lag in page:
            if run.is_over():
                return True, after
            after = lag.tenant
            if all(each.tenant != lag.tenant for each in run.failed):
                more = (yield from _turn(run, lag.tenant)) or more
        if len(page) < PAGE:
            return more, ""


def _turn(run: Run, tenant: str) -> Steps[bool]:
    """Take some events of one tenant; return whether more of it waits."""
    place: _Place | None = None
    try:
        cursor = yield from cursor_of(run.consumer, tenant)
        place = _Place(run, tenant, cursor, cursor)
        wanted = min(IN_A_ROW, run.limit - run.taken)
        page = yield from events(tenant, cursor.seq, wanted)
        again = yield from cursor_of(run.consumer, tenant)
        if (again.seq, again.hash) != (cursor.seq, cursor.hash):
            # Forgotten in between, and begun anew: the page is past the first events of another record.
            return True
        came: Exception | None = None
        for event in page:
            came = yield from _take(run, place, event)
            if came is not None:
                run.fail(tenant, place.cursor.seq, came)
                break
        yield from place.keep()
        return len(page) == wanted and came is None
    except GrantkitError as error:
        seq = 0 if place is None else place.kept.seq
        run.fail(tenant, seq, error)
        return False


def _take(run: Run, place: _Place, event: Event) -> Steps[Exception | None]:
    """Make the calls of one event that have not been made; return the error of the first that fails."""
    passed_over = run.since is not None and event.at < run.since
    parts = () if passed_over else (yield from run.parts(event))
    for part in parts:
        if part.id not in place.cursor.told:
            yield from place.keep()  # of who has been told: a crash then repeats one call at the most
            came = yield from outside(part.call)
            if came.error is not None:
                return came.error
            run.told += 1
            run.in_a_row = 0
            place.cursor = attrs.evolve(place.cursor, told=place.cursor.told | {part.id})
    place.cursor = Cursor(seq=event.seq, hash=event.hash)
    if parts:
        yield from place.keep()
    run.taken += 1  # only now: what the store could not keep comes again
    return None
