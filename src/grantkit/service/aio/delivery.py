# Made from src/grantkit/service/delivery.py by `python tools/twin.py`: edit that, and run this.
"""The delivery face: what must happen by itself, so that people can be told."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from grantkit.inputs import identifier, instance_of, integer
from grantkit.model import Event, Lag, System, whose
from grantkit.ports import AsyncDirectory, AsyncNotifier, AsyncStore, Behind, Directory, Found, Notifier
from grantkit.service.delivering import Progress, Run, deliver_plan, run_of, taking
from grantkit.service.driver import drive_async
from grantkit.service.host import Host
from grantkit.service.notifying import Page, Telling
from grantkit.service.steps import behind
from grantkit.service.sweeping import SWEEP, sweep_plan


class AsyncDelivery:
    """``access.delivery``: run it from a job, as often as people should be told."""

    def __init__(self, store: AsyncStore, host: Host) -> None:
        self._store = store
        self._host = host
        # Where each consumer goes on. It is lost with the process, and then a run begins with the first tenant.
        self._at: dict[str, str] = {}

    async def sweep(self, *, by: System = SWEEP, limit: int = 1000) -> tuple[Found, ...]:
        """
        Record what time has ended by itself, each once, and return it: grants, consents and lapsed requests.

        It also takes into each record what :meth:`~grantkit.AsyncSupportAccess.record_use` counted beside it in hours
        that are over.

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
        return await drive_async(self._store, lambda: sweep_plan(self._host, by, limit))

    async def deliver(
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
            take: Called with each event, async or not; those of the vendor's own record are of the tenant
                :data:`~grantkit.VENDOR`.
            since: Pass over events from before this instant: for a consumer that begins after the records did.
            limit: How many events at the most.
            after: Behind which tenant to begin; where the last run of this object ended, if nothing is said.

        Returns:
            How far it came, and where it could not go on; failures are returned, and not raised.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store cannot even say what there is to take.
        """
        run = run_of(consumer, taking(take), since, limit)
        return await self._deliver(run, after)

    async def notify(
        self,
        consumer: str,
        notifier: AsyncNotifier | Notifier,
        *,
        directory: AsyncDirectory | Directory,
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
            notifier: Tells one reader, async or not; what it raises means "not yet".
            directory: Knows who holds a role, who is in a team, what they are called, where they are reached.
            page: Gives the address of a page for a tenant and the id of a grant, consent or request (or ``None``).
            since: Pass over events from before this instant: for a consumer that begins after the records did.
            limit: How many events at the most.
            after: Behind which tenant to begin; where the last run of this object ended, if nothing is said.

        Returns:
            How far it came, where it could not go on, and which events nobody could be told of.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store cannot even say what there is to tell.
        """
        telling = Telling(host=self._host, notifier=notifier, directory=directory, page=page)
        telling.run = run_of(consumer, telling.parts, since, limit)
        return await self._deliver(telling.run, after)

    async def lag(self, consumer: str, *, after: str | None = None, limit: int = 1000) -> tuple[Lag, ...]:
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
        return await drive_async(self._store, partial(behind, query))

    async def _deliver(self, run: Run, after: str | None) -> Progress:
        begin = self._at.get(run.consumer, "") if after is None else whose("after", after)
        done = await drive_async(self._store, lambda: deliver_plan(run, begin))
        self._at[run.consumer] = done.after or ""
        return done
