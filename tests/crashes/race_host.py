"""A process that lets others race: ``python -m crashes.race_host``, one job a line, what each worker said a line."""

import json
import mmap
import os
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NoReturn

from crashes.race_chains import RACES
from crashes.race_rounds import KIM, ana
from crashes.race_stores import STORES, load
from crashes.warm_host import TIMES
from grantkit import Elapsed, Team

LIFETIME = 40 * TIMES
"""How many seconds a worker may live, whatever happens."""

SLOT = struct.Struct("<q")


def now() -> int:
    """Return nanoseconds of a clock that all processes of this machine share."""
    return time.monotonic_ns()  # noqa: TID251  # when something was asked and answered, in real time


class Meeting:
    """Where workers wait for each other; made before they are forked, in memory that they share."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._shared = mmap.mmap(-1, SLOT.size * (workers + 1))

    def wait(self, worker: int, number: int) -> None:
        """Return when all workers have come to meeting *number*, counted from 1, as nearly at once as can be."""
        self._put(worker, number)
        while any(self._get(other) < number for other in range(self._workers)):
            os.sched_yield()  # the alarm of the process ends it, if somebody never comes

    def tell(self, number: int) -> None:
        """Say that something has happened, for the so-manieth time."""
        self._put(self._workers, number)

    def told(self) -> int:
        """Return the last number that was said."""
        return self._get(self._workers)

    def _put(self, place: int, number: int) -> None:
        SLOT.pack_into(self._shared, place * SLOT.size, number)

    def _get(self, place: int) -> int:
        return SLOT.unpack_from(self._shared, place * SLOT.size)[0]


def race(job: dict[str, Any], worker: int, meeting: Meeting) -> list[str]:
    """Return what this worker was told in each round."""
    runs = RACES[job["race"]]
    access = runs.open(STORES[job["store"]](job["path"]), minutes=1)
    said = []
    for number, tenant in enumerate(job["tenants"], 1):
        meeting.wait(worker, number)
        said.append(runs.run(access, tenant, worker))
    return said


def history(job: dict[str, Any], worker: int, meeting: Meeting) -> list[list[Any]]:
    """
    Return what this worker did, one round after another: in each, one stops a tenant, and the others ask.

    Each is ``[tenant, what, asked at, answered at]``; what is ``stop``, ``allow`` or ``deny``.
    """
    access = RACES["one amends"].open(STORES[job["store"]](job["path"]), minutes=1)
    rng = Random(worker)  # noqa: S311  # repeatable on purpose
    done: list[list[Any]] = []

    def record(tenant: str, what: Callable[[], str]) -> None:
        asked = now()
        said = what()
        done.append([tenant, said, asked, now()])

    def ask(tenant: str) -> str:
        return "allow" if access.authorize(KIM, tenant, "board:read") else "deny"

    for number, tenant in enumerate(job["tenants"], 1):
        stop = _stops(access, tenant, number)
        meeting.wait(worker, number)
        if worker == number % job["workers"]:
            time.sleep(rng.random() * 0.003)
            record(tenant, stop)
            meeting.tell(number)
            continue
        left = 3
        while left:
            left -= meeting.told() >= number
            record(tenant, lambda tenant=tenant: ask(tenant))
    return done


def _stops(access: Any, tenant: str, number: int) -> Callable[[], str]:
    """Return what stops *tenant* in a round: of four things one after another, each in the hands of every worker."""
    by = ana(tenant)
    (found,) = access.grants(tenant)
    ways = (
        lambda: access.revoke(tenant, found.grant.id, by=by),
        lambda: access.freeze(tenant, by=by),
        lambda: access.revoke_all(tenant, by=by),
        lambda: access.freeze(tenant, by=by, agent=KIM.id),
    )
    return lambda: (ways[number // 4 % len(ways)](), "stop")[1]


WORK: dict[str, Callable[[dict[str, Any], int, Meeting], list[Any]]] = {"race": race, "history": history}


def main() -> None:
    """Do jobs until there are no more."""
    for line in sys.stdin:
        print(json.dumps(let_them(json.loads(line))), flush=True)  # noqa: T201  # the answer


def let_them(job: dict[str, Any]) -> list[Any]:
    """Let the workers work, and return what each says, in order; if one fails, so does this process."""
    load(job["store"])
    meeting = Meeting(job["workers"])
    pipes: dict[int, int] = {}
    children = []
    for worker in range(job["workers"]):
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            _work(job, worker, meeting, theirs)
        os.close(theirs)
        pipes[ours] = worker
        children.append(child)
    heard = _listen(pipes)
    ends = [os.waitpid(child, 0)[1] for child in children]
    if any(ends):
        sys.exit(f"workers ended with {ends}")
    return [json.loads(heard[worker]) for worker in sorted(heard)]


def _listen(pipes: dict[int, int]) -> dict[int, bytes]:
    heard = dict.fromkeys(pipes.values(), b"")
    left = set(pipes)
    while left:
        for pipe in select.select(left, [], [])[0]:
            more = os.read(pipe, 1 << 16)
            heard[pipes[pipe]] += more
            if not more:
                left.discard(pipe)
                os.close(pipe)
    return heard


def _work(job: dict[str, Any], worker: int, meeting: Meeting, pipe: int) -> NoReturn:
    try:
        signal.alarm(LIFETIME)
        with os.fdopen(pipe, "w") as out:
            out.write(json.dumps(WORK[job["work"]](job, worker, meeting)))
    except BaseException:  # noqa: BLE001  # told to whoever started it
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(70)
    os._exit(0)


def tenants(many: int) -> Sequence[str]:
    """Return so many tenants."""
    return [f"t-{number}" for number in range(many)]


def prepare(access: Any, names: Sequence[str]) -> None:
    """Let team support in at each of these tenants."""
    for name in names:
        access.grant(
            name, by=ana(name), flow="access", to=Team("support"), ends=Elapsed(hours=4), reason="Boards"
        )


if __name__ == "__main__":
    main()
