"""The delivery face: what must happen by itself, so that people can be told."""

from functools import partial

from grantkit.errors import GrantkitError
from grantkit.inputs import instance_of, integer
from grantkit.model import Grant, System
from grantkit.ports import Due, Store
from grantkit.service.commands import record_end_command
from grantkit.service.driver import drive
from grantkit.service.host import Host
from grantkit.service.plan import plan

SWEEP = System("sweep")


class Delivery:
    """``access.delivery``: run it from a job, as often as people should be told."""

    def __init__(self, store: Store, host: Host) -> None:
        self._store = store
        self._host = host

    def sweep(self, *, by: System = SWEEP, limit: int = 1000) -> tuple[Grant, ...]:
        """
        Record the ends that have come by themselves, each once, and return those grants.

        No decision depends on it: expiry is worked out from the window at every decision. What it records is final.

        Args:
            by: The job, for the record.
            limit: At most so many; run it again while it returns that many.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails for some of them: the first failure, after all have been tried.
        """
        instance_of("by", by, System)
        integer("limit", limit, least=1, most=100_000)
        due = self._store.grants(Due(by=self._host.now(), limit=limit))
        swept: list[Grant] = []
        failed: GrantkitError | None = None
        for grant in due:
            command = record_end_command(grant.tenant, grant.id, by=by)
            try:
                found = drive(self._store, partial(plan, self._host, command))
            except GrantkitError as error:
                failed = (
                    failed or error
                )  # one bad row, met first each time, must not stop the others for ever
                continue
            if found is not None and found.ended is not None:
                swept.append(found)
        if failed is not None:
            raise failed
        return tuple(swept)
