"""The delivery face: what must happen by itself, so that people can be told."""

from datetime import datetime
from functools import partial

import attrs

from grantkit.errors import GrantkitError
from grantkit.inputs import instance_of, integer
from grantkit.model import AccessRequest, Consent, Grant, System
from grantkit.ports import Due, Found, Store, UsesOf
from grantkit.service.commands import record_end_command
from grantkit.service.driver import drive
from grantkit.service.host import Host
from grantkit.service.plan import plan
from grantkit.service.steps import PAGE, find, uses
from grantkit.service.using import MOST_IN_ONE, sum_up_plan

SWEEP = System("sweep")


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
