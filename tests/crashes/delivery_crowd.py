"""
Mail jobs that run at once: ``python -m crashes.delivery_crowd``, one job a line, its outcome a line.

Children open one file, wait for each other, and then sweep and tell all there is, again and again, as two machines do
on which one job was started by mistake. What they tell is written down as in :mod:`crashes.delivery_host`.
"""

import json
import os
import signal
import sys
import traceback
from typing import Any, NoReturn

from crashes.delivery_host import LIFETIME, People, Sent, Trap
from grantkit import AccessRules, SupportAccess
from grantkit.model import Cursor
from grantkit.stores import SQLiteStore
from grantkit.testing import FakeClock

ROUNDS = 3
LATER = "2027-03-04T12:00:00Z"
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {
                "start": {"by": ["approvers", "vendor:*"]},
                "steps": [{"by": ["tenant:admin"], "within": "PT2H"}],
            }
        },
        "notices": {"granted": ["tenant:admin", "grantee"], "requested": [], "revoked": ["tenant:admin"]},
    }
)


class OfAnother(SQLiteStore):
    """A store that keeps the place of a consumer as if all tenants were one, whatever is in the way."""

    places: dict[str, int]

    def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return the furthest place that the consumer has in any record."""
        furthest = max((super(OfAnother, self).cursor(consumer, each).seq, each) for each in (tenant, "acme"))
        page = self.events(tenant, furthest[0] - 1, 1) if furthest[0] else ()
        return Cursor(seq=page[0].seq, hash=page[0].hash) if page else super().cursor(consumer, tenant)


def main() -> None:
    """Carry out jobs until there are no more."""
    for line in sys.stdin:
        job = json.loads(line)
        ready, gate = os.pipe()
        children = []
        for _ in range(job["crowd"]):
            child = os.fork()
            if child == 0:
                os.close(gate)
                _live(job, ready)
            children.append(child)
        os.close(ready)
        os.close(gate)  # all of them read its end at once, and begin
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps({"codes": codes}), flush=True)  # noqa: T201  # the answer


def _live(job: dict[str, Any], ready: int) -> NoReturn:
    try:
        signal.alarm(LIFETIME)
        make = OfAnother if job.get("fault") else SQLiteStore
        with make(job["path"]) as store:
            access = SupportAccess(store, rules=RULES, clock=FakeClock(LATER))
            sent = Sent(job["sent"], Trap("nowhere", 0))
            os.read(ready, 1)
            failed = []
            for _ in range(ROUNDS):
                access.delivery.sweep()
                failed += access.delivery.notify("mail", sent, directory=People()).failed
            os._exit(3 if failed else 0)
    except BaseException:  # noqa: BLE001  # the answer is how it ended
        traceback.print_exc()
        os._exit(2)


if __name__ == "__main__":
    main()
