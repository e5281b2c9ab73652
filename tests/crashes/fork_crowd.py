"""Threads that all fork with one store open: ``python fork_crowd.py FILE``; it says how many came to the end."""

import os
import sys
import threading

from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.stores import SQLiteStore

THREADS, FORKS = 4, 100
KIM = Agent("a-kim")


def forks(access: SupportAccess, ended: list[int]) -> None:
    """Fork children that end at once, and decide in between."""
    for _ in range(FORKS):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        access.authorize(KIM, "acme", "board:read").require()
    ended.append(1)


def main(file: str) -> None:
    """Let the threads fork."""
    sys.setswitchinterval(1e-6)  # so that another thread comes in between wherever it can
    access, ended = SupportAccess(SQLiteStore(file)), list[int]()
    ana = Member("m-ana", tenant="acme", roles={"admin"})
    access.grant("acme", by=ana, to=KIM, ends=Elapsed(hours=1), reason="boards")
    crowd = [threading.Thread(target=forks, args=(access, ended), daemon=True) for _ in range(THREADS)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(60)
    print(len(ended), flush=True)  # noqa: T201  # what it says
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
