"""Races and histories, run by several processes on one store and judged: a file, or a database on a server."""

from collections import Counter, defaultdict

from crashes.race_chains import RACES
from crashes.race_host import prepare, tenants
from crashes.race_rounds import expect
from crashes.race_stores import honest

WORKERS = 4


def rounds(host, where, name, many, store="honest"):
    """Run so many rounds of a race, each at its own tenant, and judge them; return how many were right."""
    race, names = RACES[name], tenants(many)
    with honest(store, where) as found:
        access = race.open(found)
        for tenant in names:
            race.set_up(access, tenant)
    said = host.ask(work="race", race=name, store=store, path=str(where), tenants=names, workers=WORKERS)
    with honest(store, where) as found:
        access = race.open(found, minutes=2)
        for tenant, told in zip(names, zip(*said, strict=True), strict=True):
            race.judge(access, tenant, told)
    return len(names)


def lived(host, where, many, store="honest"):
    """Return what four processes did at so many tenants: each in turn stops one, and the others ask all the time."""
    names = tenants(many)
    with honest(store, where) as found:
        prepare(RACES["one amends"].open(found), names)
    said = host.ask(work="history", store=store, path=str(where), tenants=names, workers=WORKERS)
    by_tenant = defaultdict(list)
    for worker in said:
        for tenant, *done in worker:
            by_tenant[tenant].append(done)
    return by_tenant


def hold(done):
    """
    Hold what happened at one tenant against a register that is written once: allow, and from some moment on deny.

    It takes effect at some moment between its call and its return. So every decision that was there before the call
    allows; and from the first moment at which somebody knows of it, since it returned or a decision denied, every
    decision that begins denies.

    Raises:
        Wrong: If there is no such moment.
    """
    ((_, called, returned),) = [each for each in done if each[0] == "stop"]
    denied = [answered for what, _, answered in done if what == "deny"]
    known = min([returned, *denied])
    expect(known >= called, "somebody was denied before there was a reason")
    for what, asked, _ in done:
        expect(
            what != "allow" or asked <= known, f"allowed {(asked - known) / 1e6:.3f} ms after it was known"
        )


def hold_all(by_tenant):
    """Hold what happened at each tenant against such a register of its own."""
    for done in by_tenant.values():
        hold(done)


def not_in_vain(by_tenant, many):
    """Expect that somebody was let in before each stop, and that all others asked three times after it was over."""
    told = Counter(what for done in by_tenant.values() for what, _, _ in done)
    assert many == told["stop"]
    assert many <= told["allow"]
    assert 3 * (WORKERS - 1) * many <= told["deny"]
