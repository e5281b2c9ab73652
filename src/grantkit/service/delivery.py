"""The delivery face: what must happen by itself, so that people can be told."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import attrs

from grantkit.errors import GrantkitError, InvalidInput
from grantkit.inputs import identifier, instance_of, instant, integer
from grantkit.model import AccessRequest, Consent, Event, Grant, Lag, System, whose
from grantkit.ports import Behind, Directory, Due, Found, Notifier, Store, UsesOf
from grantkit.service.commands import record_end_command
from grantkit.service.delivering import Part, Parts, Progress, Run, deliver_plan
from grantkit.service.driver import drive
from grantkit.service.host import Host
from grantkit.service.notifying import Page, Telling
from grantkit.service.plan import plan
from grantkit.service.steps import PAGE, Steps, behind, find, uses
from grantkit.service.using import MOST_IN_ONE, sum_up_plan

SWEEP = System("sweep")
PATIENCE = 10
"""How many tenants may fail in one run before it ends for now: then it is no fault of theirs."""


class Delivery:
    """``access.delivery``: run it from a job, as often as people should be told."""

    def __init__(self, store: Store, host: Host) -> None:
        self._store = store
        self._host = host

    def sweep(self, *, by: System = SWEEP, limit: int = 1000) -> tuple[Found, ...]:
        """
        Record what time has ended by itself, each once, and return it: grants, consents and lapsed requests.

        It also takes into each record what :meth:`~grantkit.SupportAccess.record_use` counted beside it in hours that
        are over.

        No decision depends on it: expiry and lapse are worked out at every decision. What it records is final.

        Args:
            by: The job, for the record.
            limit: At most so many; run it again while it returns that many.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails for some of them: the first failure, after all have been tried.
        """
        instance_of("by", by, System)
        integer("limit", limit, least=1, most=100_000)
        now = self._host.now()
        swept: list[Found] = []
        failed: GrantkitError | None = None
        after: tuple[datetime, str, str] | None = None
        while len(swept) < limit:
            query = Due(by=now, after=after, limit=min(PAGE, limit))
            due = drive(self._store, partial(find, query))
            for row in due[: limit - len(swept)]:
                after = (_due_at(row), row.tenant, row.id)
                try:
                    found = drive(self._store, partial(plan, self._host, record_end_command(row, by=by)))
                except GrantkitError as error:
                    # One bad row, met first each time, must not stop the others for ever.
                    failed = failed or error
                    continue
                if isinstance(found, Grant | Consent | AccessRequest) and _is_recorded(found):
                    swept.append(found)
            if len(due) < query.limit:
                break
        failed = self._sum_up(now, by, limit) or failed
        if failed is not None:
            raise failed
        return tuple(swept)

    def deliver(
        self,
        consumer: str,
        take: Callable[[Event], object],
        *,
        since: datetime | None = None,
        limit: int = 1000,
        after: str | None = None,
    ) -> Progress:
        """
        Give *take* every event that the consumer has not taken: at least once each, in the order of each tenant (N6).

        It derives from the records alone, so nothing can be lost between an event and its delivery. What *take* raises
        means "not yet": that tenant waits there, others go on, and the next run begins with the same event. After a
        crash the last one can come again, with the same ``event.hash``. Run it from one job a consumer at a time.

        Args:
            consumer: The name under which it is kept how far it has come; a new name begins with the first event.
            take: Called with each event; the vendor's own record comes under the tenant :data:`~grantkit.VENDOR`.
            since: Pass over events from before this instant: for a consumer that begins after the records did.
            limit: How many events at the most.
            after: Where to go on, as the last run's ``Progress.after`` says.

        Returns:
            How far it came, and where it could not go on; failures are returned, and not raised.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store cannot even say what there is to take.
        """
        if not callable(take):
            raise InvalidInput(field="take", code="wrong_type", wants="a callable that takes an event")

        def parts(event: Event) -> Steps[tuple[Part, ...]]:
            yield from ()
            return (Part(id=event.hash, call=partial(take, event)),)

        return self._deliver(self._run(consumer, parts, since, limit), after)

    def notify(
        self,
        consumer: str,
        notifier: Notifier,
        *,
        directory: Directory,
        page: Page | None = None,
        since: datetime | None = None,
        limit: int = 1000,
        after: str | None = None,
    ) -> Progress:
        """
        Tell people what the rules say that they are told: each reader of each event at least once, in order (J2, R6).

        Whom the rules' ``notices`` name is looked up in the directory when they are told. A reader who has been told is
        not told again because another could not be. Run :meth:`sweep` before it, so that what time has ended is told.

        Args:
            consumer: The name under which it is kept how far it has come; a new name begins with the first event.
            notifier: Tells one reader; what it raises means "not yet".
            directory: Knows who holds a role, who is in a team, what they are called, where they are reached.
            page: Gives the address of a page for a tenant and the id of a grant, consent or request (or ``None``).
            since: Pass over events from before this instant: for a consumer that begins after the records did.
            limit: How many events at the most.
            after: Where to go on, as the last run's ``Progress.after`` says.

        Returns:
            How far it came, where it could not go on, and which events nobody could be told of.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store cannot even say what there is to tell.
        """
        telling = Telling(host=self._host, notifier=notifier, directory=directory, page=page)
        telling.run = self._run(consumer, telling.parts, since, limit)
        return self._deliver(telling.run, after)

    def _run(self, consumer: str, parts: Parts, since: datetime | None, limit: int) -> Run:
        return Run(
            consumer=identifier("consumer", consumer),
            parts=parts,
            since=None if since is None else instant("since", since),
            limit=integer("limit", limit, least=1, most=100_000),
            patience=PATIENCE,
        )

    def _deliver(self, run: Run, after: str | None) -> Progress:
        begin = "" if after is None else whose("after", after)
        return drive(self._store, lambda: deliver_plan(run, begin))

    def lag(self, consumer: str, *, after: str | None = None, limit: int = 1000) -> tuple[Lag, ...]:
        """
        Return how far a consumer is behind, tenant by tenant: nothing where it has taken everything.

        Args:
            consumer: Which consumer.
            after: Only tenants whose id is past this one.
            limit: At most so many tenants.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        query = Behind(
            consumer=identifier("consumer", consumer),
            after="" if after is None else whose("after", after),
            limit=integer("limit", limit, least=1, most=100_000),
        )
        return drive(self._store, partial(behind, query))

    def _sum_up(self, now: datetime, by: System, limit: int) -> GrantkitError | None:
        """Take uses of the hours before this one into the records; return the first failure."""
        failed: GrantkitError | None = None
        hour = now.replace(minute=0, second=0, microsecond=0)
        query = UsesOf(tenant=None, before=hour, limit=PAGE)
        summed = 0
        while summed < limit:
            page = drive(self._store, partial(uses, query))
            for tenant in dict.fromkeys(tenant for tenant, _ in page):
                try:
                    summed += self._sum_up_one(tenant, hour, by)
                except GrantkitError as error:
                    failed = failed or error
            if len(page) < PAGE:
                break
            query = attrs.evolve(query, after=(page[-1][0], *page[-1][1].key))
        return failed

    def _sum_up_one(self, tenant: str, hour: datetime, by: System) -> int:
        summed = 0
        while True:
            found = drive(self._store, partial(sum_up_plan, self._host, tenant, hour, by))
            summed += found
            if found < MOST_IN_ONE:
                return summed


def _due_at(row: Found) -> datetime:
    return row.lapses if isinstance(row, AccessRequest) else row.window.closes


def _is_recorded(row: Found) -> bool:
    return (row.settled if isinstance(row, AccessRequest) else row.ended) is not None
