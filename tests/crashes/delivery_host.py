"""
Mail jobs that are killed: ``python -m crashes.delivery_host``, one job a line, its outcome a line.

A child opens the file, tells what there is to tell, and is killed at a point. What it told, it wrote down before it
returned, as a mail server that has taken a mail has.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from grantkit import AccessRules, SupportAccess
from grantkit.model import Cursor
from grantkit.stores import SQLiteStore
from grantkit.telling import Notice, Reader

LIFETIME = 20
POINTS = ("before the call", "after the call", "before it is kept", "after it is kept")
RULES = AccessRules.from_data(
    {
        "flows": {"access": {}},
        "notices": {"granted": ["tenant:admin", "grantee"], "revoked": ["tenant:admin"], "frozen": []},
    }
)
READERS = ("m-ana", "m-bob", "m-cy")


class People:
    """Three admins, and every agent."""

    def members(self, tenant: str, role: str, scope: object) -> list[Reader]:
        """Return the admins."""
        return [Reader(side="member", id=each) for each in READERS]

    def agents(self, team: str) -> list[Reader]:
        """Return nobody: grants here are for agents."""
        return []

    def person(self, tenant: str, side: Any, id: str) -> Reader | None:
        """Return whoever is asked for."""
        return Reader(side=side, id=id)


class Trap:
    """Kills this process when a point is come to for the nth time."""

    def __init__(self, point: str, nth: int) -> None:
        self.point, self.left = point, nth

    def at(self, point: str) -> None:
        """Come to a point."""
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Following(SQLiteStore):
    """A store in which a trap is set; with a fault, one that is wrong."""

    trap: Trap
    fault: str | None

    def advance(self, consumer: str, tenant: str, cursor: Cursor) -> None:
        """Keep how far a consumer has come."""
        self.trap.at("before it is kept")
        super().advance(consumer, tenant, cursor)
        self.trap.at("after it is kept")

    def cursor(self, consumer: str, tenant: str) -> Cursor:
        """Return how far a consumer has come; with a fault, further than that, as if it were kept before the call."""
        found = super().cursor(consumer, tenant)
        if self.fault == "kept before the call":
            page = self.events(tenant, found.seq, 1)
            if page:
                super().advance(consumer, tenant, Cursor(seq=page[0].seq, hash=page[0].hash))
        return Cursor(seq=found.seq, hash=found.hash) if self.fault == "who was told is forgotten" else found


class Sent:
    """A mail server: what it has taken is on its disk, by the id of the notice."""

    def __init__(self, path: str, trap: Trap) -> None:
        self.path, self.trap = path, trap

    def tell(self, notice: Notice) -> None:
        """Take a notice."""
        self.trap.at("before the call")
        with Path(self.path).open("a", encoding="utf-8") as book:
            book.write(f"{notice.tenant} {notice.seq} {notice.to.id} {notice.id}\n")
        self.trap.at("after the call")


def main() -> None:
    """Carry out jobs until there are no more."""
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(job)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        answer = {"killed": killed, "code": 0 if killed else os.waitstatus_to_exitcode(status)}
        print(json.dumps(answer), flush=True)  # noqa: T201  # the answer


def _live(job: dict[str, Any]) -> NoReturn:
    try:
        signal.alarm(LIFETIME)
        with Following(job["path"]) as store:
            store.trap, store.fault = Trap(job["point"], job["nth"]), job.get("fault")
            access = SupportAccess(store, rules=RULES)
            done = access.delivery.notify("mail", Sent(job["sent"], store.trap), directory=People())
            os._exit(0 if not done.failed else 3)
    except BaseException:  # noqa: BLE001  # the answer is how it ended
        traceback.print_exc()
        os._exit(2)


if __name__ == "__main__":
    main()
