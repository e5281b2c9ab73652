"""[N6] I-28: a mail job that is killed, wherever it is, tells everything in the end, in order, and hardly twice."""

import itertools
import os
from collections import Counter

import pytest

from crashes.delivery_host import POINTS, READERS, RULES
from crashes.warm_host import Host
from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.stores import SQLiteStore
from grantkit.testing import FakeClock

TENANTS = ("acme", "globex")
TIMES = range(1, 40 if os.environ.get("GRANTKIT_PROFILE") == "long" else 8)


@pytest.fixture(scope="module")
def host():
    with Host("delivery_host") as found:
        yield found


def fill(path):
    """Fill two records, and return whom has to be told of what: tenant, sequence and reader."""
    wanted = []
    with SQLiteStore(path) as store:
        access = SupportAccess(store, rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
        for tenant in TENANTS:
            ana = Member("m-ana", tenant=tenant, roles={"admin"})
            kim = Agent("a-kim")
            one, _ = (
                access.grant(tenant, by=ana, to=kim, ends=Elapsed(hours=4), reason="x") for _ in range(2)
            )
            access.freeze(tenant, by=ana)
            access.revoke(tenant, one.id, by=ana)
            for event in access.ledger.history(tenant):
                readers = {"granted": (*READERS, "a-kim"), "revoked": READERS}.get(event.kind, ())
                wanted += [(tenant, event.seq, reader) for reader in readers]
    return wanted


def told(path):
    """Return what the mail server took, in order: tenant, sequence, reader and id."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [(tenant, int(seq), reader, ident) for tenant, seq, reader, ident in map(str.split, lines)]


def campaign(host, folder, strikes, fault=None):
    """Kill a job at each of these points, then let one run to its end; return what was wanted, and what was told."""
    path, sent = folder / "grants.db", folder / "sent.txt"
    wanted, kills = fill(path), 0
    for point, nth in strikes:
        answer = host.ask(path=str(path), sent=str(sent), point=point, nth=nth, fault=fault)
        assert answer["killed"] or answer["code"] == 0
        kills += answer["killed"]
    while True:  # a fault may need another run to lose what it loses
        before = len(told(sent))
        assert 0 == host.ask(path=str(path), sent=str(sent), point="nowhere", nth=0, fault=fault)["code"]
        if len(told(sent)) == before:
            break
        assert len(told(sent)) < 500, "it is told for ever"
    return wanted, told(sent), kills


@pytest.mark.parametrize("point", POINTS)
def test_a_job_that_is_killed_loses_nothing(host, tmp_path, point):
    """Killed between any two steps, everything is told, in order, and once more at most for each kill."""
    wanted, found, kills = campaign(host, tmp_path, [(point, nth) for nth in TIMES])
    assert kills > 2
    assert {*wanted} == {each[:3] for each in found}
    assert len(found) - len(wanted) <= kills
    ids = {each[:3]: each[3] for each in found}
    assert all(ids[each[:3]] == each[3] for each in found), "a repeat has the same id"
    assert len({*ids.values()}) == len(ids)
    for tenant in TENANTS:
        firsts = [*dict.fromkeys(each[:3] for each in found if each[0] == tenant)]
        assert firsts == sorted(firsts, key=lambda each: each[1])


def test_a_job_that_is_not_killed_tells_everything_once(host, tmp_path):
    """Without a kill everybody is told of everything exactly once."""
    wanted, found, kills = campaign(host, tmp_path, [])
    assert (0, Counter(wanted)) == (kills, Counter(each[:3] for each in found))


MANY = [*itertools.product(POINTS, range(1, 5))]


def test_a_place_that_is_kept_before_the_call_is_found_out(host, tmp_path):
    """Where it is kept before the call that an event was taken, a kill loses it."""
    wanted, found, _ = campaign(host, tmp_path, MANY, fault="kept before the call")
    assert {*wanted} - {each[:3] for each in found}


def test_forgetting_who_was_told_is_found_out(host, tmp_path):
    """Where it is forgotten who was told of an event, kills repeat more than one notice each."""
    strikes = [("after the call", nth) for nth in (2, 3, 4)] * 4
    wanted, found, kills = campaign(host, tmp_path, strikes, fault="who was told is forgotten")
    assert len(found) - len(wanted) > kills
