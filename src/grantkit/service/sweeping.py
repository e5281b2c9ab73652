"""Sweeping: what time has ended by itself is recorded, and uses of hours that are over are summed up."""

from datetime import datetime
from functools import partial

import attrs

from grantkit.errors import GrantkitError
from grantkit.model import AccessRequest, Consent, Grant, System
from grantkit.ports import Due, Found, UsesOf
from grantkit.service.commands import record_end_command
from grantkit.service.host import Host
from grantkit.service.plan import plan
from grantkit.service.steps import PAGE, Steps, find, uses
from grantkit.service.trying import tried
from grantkit.service.using import MOST_IN_ONE, sum_up_plan

SWEEP = System("sweep")


def sweep_plan(host: Host, by: System, limit: int) -> Steps[tuple[Found, ...]]:
    """Record what is due, each by a command of its own, and sum up uses; raise the first failure at the end."""
    now = host.now()
    swept: list[Found] = []
    failed: GrantkitError | None = None
    after: tuple[datetime, str, str] | None = None
    while len(swept) < limit:
        query = Due(by=now, after=after, limit=min(PAGE, limit))
        due = yield from find(query)
        for row in due[: limit - len(swept)]:
            after = (_due_at(row), row.tenant, row.id)
            try:
                found = yield from tried(partial(plan, host, record_end_command(row, by=by)))
            except GrantkitError as error:
                # One bad row, met first each time, must not stop the others for ever.
                failed = failed or error
                continue
            if isinstance(found, Grant | Consent | AccessRequest) and _is_recorded(found):
                swept.append(found)
        if len(due) < query.limit:
            break
    failed = (yield from _sum_up(host, now, by, limit)) or failed
    if failed is not None:
        raise failed
    return tuple(swept)


def _sum_up(host: Host, now: datetime, by: System, limit: int) -> Steps[GrantkitError | None]:
    """Take uses of the hours before this one into the records; return the first failure."""
    failed: GrantkitError | None = None
    hour = now.replace(minute=0, second=0, microsecond=0)
    query = UsesOf(tenant=None, before=hour, limit=PAGE)
    summed = 0
    while summed < limit:
        page = yield from uses(query)
        for tenant in dict.fromkeys(tenant for tenant, _ in page):
            try:
                summed += yield from _sum_up_one(host, tenant, hour, by)
            except GrantkitError as error:
                failed = failed or error
        if len(page) < PAGE:
            break
        query = attrs.evolve(query, after=(page[-1][0], *page[-1][1].key))
    return failed


def _sum_up_one(host: Host, tenant: str, hour: datetime, by: System) -> Steps[int]:
    summed = 0
    while True:
        found = yield from tried(partial(sum_up_plan, host, tenant, hour, by))
        summed += found
        if found < MOST_IN_ONE:
            return summed


def _due_at(row: Found) -> datetime:
    return row.lapses if isinstance(row, AccessRequest) else row.window.closes


def _is_recorded(row: Found) -> bool:
    return (row.settled if isinstance(row, AccessRequest) else row.ended) is not None
