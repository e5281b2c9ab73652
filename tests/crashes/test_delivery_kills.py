"""[N6] I-28: mail jobs killed one after another at points by chance, over records that go on all the time."""

import os
from collections import Counter
from random import Random

import pytest

from crashes.delivery_host import POINTS, READERS, RULES
from crashes.warm_host import Host
from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.stores import SQLiteStore
from grantkit.testing import FakeClock

TENANTS = ("acme", "globex", "initech")
KILLS = 1_000 if os.environ.get("GRANTKIT_PROFILE") == "long" else 25
KIM = Agent("a-kim")


@pytest.fixture(scope="module")
def host():
    with Host("delivery_host") as found:
        yield found


def happen(access, dice, often):
    """Let something happen at any tenant, so often."""
    for _ in range(often):
        tenant = dice.choice(TENANTS)
        ana = Member("m-ana", tenant=tenant, roles={"admin"})
        grant = access.grant(tenant, by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
        if dice.random() < 0.4:
            access.revoke(tenant, grant.id, by=ana)


def wanted(access):
    """Return whom has to be told of what: tenant, sequence and reader; written from the rules alone."""
    found = []
    for tenant in TENANTS:
        for event in access.ledger.history(tenant):
            readers = {"granted": (*READERS, "a-kim"), "revoked": READERS}.get(event.kind, ())
            found += [(tenant, event.seq, reader) for reader in readers]
    return found


def told(path):
    """Return what the mail server took, in order: tenant, sequence, reader and id."""
    lines = (line.split() for line in path.read_text().splitlines())
    return [(tenant, int(seq), reader, ident) for tenant, seq, reader, ident in lines]


def test_kills_by_chance_lose_nothing(host, tmp_path):
    """However many jobs are killed while things go on, all is told, in order, and once more a kill at the most."""
    dice = Random(28)  # noqa: S311  # a campaign that can be run again
    path, sent = tmp_path / "grants.db", tmp_path / "sent.txt"
    kills: Counter[str] = Counter()
    with SQLiteStore(path) as store:  # open all the time, as another worker of the host has it
        access = SupportAccess(store, rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
        for _ in range(KILLS * 3):  # some come to the end before the point
            if kills.total() == KILLS:
                break
            happen(access, dice, dice.randint(0, 2))
            point = dice.choice(POINTS)
            answer = host.ask(path=str(path), sent=str(sent), point=point, nth=dice.randint(1, 8))
            assert answer["killed"] or answer["code"] == 0
            kills[point] += answer["killed"]
        for _ in range(1 + KILLS // 100):  # a run takes a thousand events at the most
            assert 0 == host.ask(path=str(path), sent=str(sent), point="nowhere", nth=0)["code"]
        assert () == access.delivery.lag("mail")
        expected, found = wanted(access), told(sent)
    assert (KILLS, {*POINTS}) == (kills.total(), {*kills})
    counts = Counter(each[:3] for each in found)
    assert {*expected} == {*counts}
    assert len(found) - len(expected) <= kills["after the call"] + kills["before it is kept"]
    assert len({*found}) == len(expected), "a repeat has the same id"
    for tenant in TENANTS:
        firsts = [*dict.fromkeys(each[1] for each in found if each[0] == tenant)]
        assert sorted(firsts) == firsts
