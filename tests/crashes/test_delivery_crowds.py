"""[N6] I-28: mail jobs that run at once, against the rule, lose nothing, and time ends each grant once."""

import os
from collections import Counter

import pytest

from crashes.delivery_crowd import RULES
from crashes.delivery_host import READERS
from crashes.warm_host import Host
from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.stores import SQLiteStore
from grantkit.testing import FakeClock

TENANTS = ("acme", "globex", "initech")
CROWD = 3
ROUNDS = 20 if os.environ.get("GRANTKIT_PROFILE") == "long" else 2
KIM = Agent("a-kim")


@pytest.fixture(scope="module")
def host():
    with Host("delivery_crowd") as found:
        yield found


def fill(path):
    """Fill records in which a grant was revoked, another and a request wait for their time to come."""
    with SQLiteStore(path) as store:
        access = SupportAccess(store, rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
        for number, tenant in enumerate(TENANTS):
            ana = Member("m-ana", tenant=tenant, roles={"admin"})
            for _ in range(2 + number):
                access.grant(tenant, by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
            access.revoke(tenant, access.grants(tenant)[0].grant.id, by=ana)
            access.request(tenant, by=KIM, ends=Elapsed(hours=1), reason="x")


def wanted(access):
    """Return whom has to be told of what: tenant, sequence and reader; written from the rules above alone."""
    found = []
    for tenant in TENANTS:
        for event in access.ledger.history(tenant):
            readers = {
                "granted": (*READERS, "a-kim"),
                "revoked": READERS,
                "ended": ("a-kim",),
                "lapsed": ("a-kim",),
            }.get(event.kind, ())
            found += [(tenant, event.seq, reader) for reader in readers]
    return found


def told(path):
    """Return what was told, in order: tenant, sequence, reader and id."""
    lines = (line.split() for line in path.read_text().splitlines())
    return [(tenant, int(seq), reader, ident) for tenant, seq, reader, ident in lines]


def at_once(host, folder, fault=None):
    """Let a crowd tell everything at once; return what was wanted, what was told, and what is in the records."""
    path, sent = folder / "grants.db", folder / "sent.txt"
    fill(path)
    answer = host.ask(path=str(path), sent=str(sent), crowd=CROWD, fault=fault)
    assert [0] * CROWD == answer["codes"]
    with SQLiteStore(path) as store:
        access = SupportAccess(store, rules=RULES)
        lag = access.delivery.lag("mail")
        kinds = {tenant: Counter(event.kind for event in access.ledger.history(tenant)) for tenant in TENANTS}
        return wanted(access), told(sent), kinds, lag


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_jobs_that_run_at_once_lose_nothing(host, tmp_path, round_):
    """[N6] Several processes with one consumer tell everything, in order, and once a process at the most."""
    expected, found, kinds, lag = at_once(host, tmp_path)
    assert {*expected} == {each[:3] for each in found}
    assert CROWD >= max(Counter(each[:3] for each in found).values())
    assert () == lag
    assert len({each[:3] for each in found}) == len({each[3] for each in found}), "a repeat has the same id"
    for number, tenant in enumerate(TENANTS):
        firsts = [*dict.fromkeys(each[1] for each in found if each[0] == tenant)]
        assert sorted(firsts) == firsts
        # Swept by all of them, again and again: what time ended is recorded once each.
        assert (1 + number, 1, 1) == tuple(kinds[tenant][each] for each in ("ended", "lapsed", "revoked"))


def test_a_place_in_the_record_of_another_is_found_out(host, tmp_path):
    """Where the place of one tenant counts for another, somebody is not told."""
    expected, found, _, _ = at_once(host, tmp_path, fault="of another")
    assert {*expected} - {each[:3] for each in found}
