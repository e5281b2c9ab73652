"""
A process that starts others and kills them: ``python -m crashes.crash_host``, one job a line, one answer a line.

It has imported grantkit and opened no store, so a child costs a fork; and it has one thread, so a fork is safe.
"""

import json
import os
import select
import signal
import sys
import time
import traceback
from typing import Any, NoReturn

from crashes.crash_points import Trap, give_up, say, set_trap
from crashes.crash_sabotage import STORES
from crashes.crash_story import Teller

LIFETIME = 20
"""How many seconds a child may live, whatever happens."""


def main() -> None:
    """Carry out jobs until there are no more."""
    for line in sys.stdin:
        print(json.dumps(carry_out(json.loads(line))), flush=True)  # noqa: T201  # the answer


def carry_out(job: dict[str, Any]) -> dict[str, Any]:
    """Let a child live until it dies; say what it acknowledged, and how it died."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _live(job, theirs)
    os.close(theirs)
    said = _listen(ours, child, job.get("timed"))
    os.close(ours)
    _, status = os.waitpid(child, 0)
    return {
        "said": said,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
    }


def _listen(pipe: int, child: int, timed: tuple[int, float] | None) -> list[str]:
    """Return the lines that *child* says; kill it so many seconds after so many of them, if it is *timed*."""
    heard = b""
    strikes_at: float | None = None
    while True:
        if timed is not None and strikes_at is None and heard.count(b"\n") >= timed[0]:
            strikes_at = _now() + timed[1]
        if strikes_at is not None and _now() >= strikes_at:
            os.kill(child, signal.SIGKILL)  # not waited for yet, so the id is still its own
            timed = strikes_at = None
        left = LIFETIME if strikes_at is None else max(0.0, strikes_at - _now())
        if select.select([pipe], [], [], left)[0]:
            more = os.read(pipe, 1 << 16)
            if not more:
                return heard.decode().splitlines()
            heard += more


def _now() -> float:
    return time.monotonic()  # noqa: TID251  # the time that passes while another process lives


def _live(job: dict[str, Any], pipe: int) -> NoReturn:
    try:
        signal.alarm(LIFETIME)
        trap = Trap(*(job.get("trap") or ("nowhere", 0, 0)))
        make, factory = STORES[job["store"]]
        set_trap(trap, factory)
        store = make(job["path"])
        say("opened", pipe)
        teller = Teller(store)
        for number, step in enumerate(job["steps"][job["first"] :], job["first"]):
            answer = teller.tell(number, step)
            trap.reach("before the acknowledgement")
            say(f"{number} {answer}", pipe)
            trap.reach("after the acknowledgement")
        store.close()
    except BaseException:  # noqa: BLE001  # told to whoever started it
        give_up(traceback.format_exc())
    os._exit(0)


if __name__ == "__main__":
    main()
