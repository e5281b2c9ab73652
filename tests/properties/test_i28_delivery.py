"""I-28: whatever fails, each reader of each event is told at least once and in order, and nobody waits for others."""

import os
from random import Random

import attrs
import pytest

from grantkit import (
    VENDOR,
    AccessRules,
    Agent,
    Elapsed,
    GrantkitError,
    InvalidInput,
    Member,
    SupportAccess,
    System,
)
from grantkit.errors import Corrupt, Unavailable
from grantkit.model import Cursor
from grantkit.service import delivering
from grantkit.service.delivering import PATIENCE
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.telling import Reader
from grantkit.testing import FakeClock

TENANTS = ("acme", "globex", "initech")
READERS = ("m-ana", "m-bob", "m-cy")
KIM = Agent("a-kim")
SEEDS = range(200 if os.environ.get("GRANTKIT_PROFILE") == "long" else 12)
RULES = AccessRules.from_data(
    {
        "flows": {"access": {"start": {"by": ["approvers", "vendor:*"]}}},
        "notices": {
            "granted": ["tenant:admin", "grantee", "consenters"],
            "revoked": ["tenant:admin"],
            "ended": [],
        },
    }
)


class People:
    """Three admins everywhere."""

    def members(self, tenant, role, scope):
        return [Reader(side="member", id=each) for each in READERS]

    def agents(self, team):
        return []

    def person(self, tenant, side, id):
        return Reader(side=side, id=id)


class Away(People):
    """A directory that fails for one tenant."""

    def members(self, tenant, role, scope):
        if tenant == "globex":
            raise LookupError(tenant)
        return super().members(tenant, role, scope)


class Flaky:
    """A notifier that fails now and then, after or before it has taken a notice, and keeps what it took."""

    def __init__(self, dice, odds=0.0, broken=()):
        self.dice, self.odds, self.broken = dice, odds, broken
        self.took = []
        self.lost = 0

    def tell(self, notice):
        if notice.tenant in self.broken or self.dice.random() < self.odds:
            self.lost += 1
            raise ConnectionError(notice.to.id)
        self.took.append((notice.tenant, notice.seq, notice.to.id))


def lived(store, dice):
    """Return support access to some tenants where things have happened."""
    access = SupportAccess(store, rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
    happen(access, dice, 25)
    return access


def happen(access, dice, often):
    """Let something happen at any tenant, so often."""
    for _ in range(often):
        tenant = dice.choice(TENANTS)
        ana = Member(dice.choice(READERS), tenant=tenant, roles={"admin"})
        grants = access.grants(tenant)
        match dice.choice(["grant", "grant", "request", "revoke", "freeze", "unfreeze"]):
            case "grant" | "request" as verb:
                by = {"by": KIM, "flow": "access"} if verb == "request" else {"by": ana, "to": KIM}
                try:
                    getattr(access, verb)(tenant, ends=Elapsed(hours=4), reason="x", **by)
                except GrantkitError:  # frozen
                    continue
            case "revoke" if grants:
                access.revoke(tenant, dice.choice(grants).grant.id, by=ana)
            case "freeze":
                access.freeze(tenant, by=ana)
            case _:
                access.unfreeze(tenant, by=ana)


def wanted(access):
    """Return who has to be told of what, tenant by tenant and in order; written from the rules above alone."""
    found = []
    for tenant in TENANTS:
        for event in access.ledger.history(tenant):
            readers = {
                "granted": {*READERS, "a-kim"},
                "requested": {*READERS},
                "revoked": {*READERS},
            }.get(event.kind, ())
            found += [(tenant, event.seq, reader) for reader in readers]
    return found


def of(tenant, took):
    """Return the sequences of what was told of one tenant, each when it came first."""
    return [seq for (where, seq, _) in dict.fromkeys(took) if where == tenant]


def run(access, notifier, **how):
    return access.delivery.notify("mail", notifier, directory=People(), **how)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryStore()
    else:
        with SQLiteStore(tmp_path / "grants.db") as found:
            yield found


def through(store, seed, rounds=200):
    """Deliver a history by a notifier that fails at random, while things go on; return all there is to check."""
    dice = Random(seed)  # noqa: S311  # a history that can be played again
    access, notifier = lived(store, dice), Flaky(dice, odds=0.3)
    for round_ in range(rounds):
        run(access, notifier, limit=dice.choice([1, 3, 1000]))
        if round_ < 10:
            happen(access, dice, 2)
        elif not access.delivery.lag("mail"):
            break
    return access, notifier


@pytest.mark.parametrize("seed", SEEDS)
def test_i28_each_reader_is_told_at_least_once_and_in_order(seed):
    """[N6] However often telling fails, everybody is told of everything, in order, and nobody who was told again."""
    access, notifier = through(MemoryStore(), seed)
    assert notifier.lost
    assert sorted(wanted(access)) == sorted(notifier.took)
    for tenant in TENANTS:
        assert sorted(of(tenant, notifier.took)) == of(tenant, notifier.took)
    assert () == access.delivery.lag("mail")


def test_i28_the_file_remembers_too(tmp_path):
    """[N6] On SQLite it is the same: nobody is missed, and nobody told again because another could not be."""
    with SQLiteStore(tmp_path / "grants.db") as store:
        access, notifier = through(store, 1)
        assert sorted(wanted(access)) == sorted(notifier.took)


@pytest.mark.parametrize("fault", ["who was told is forgotten", "nothing is kept"])
def test_i28_cursors_that_are_wrong_are_found_out(fault, monkeypatch):
    """Where a cursor loses who was told, or is not kept, somebody is told twice."""
    monkeypatch.setattr(MemoryStore, "advance", _wrong(fault))
    found = [through(MemoryStore(), seed, rounds=20) for seed in range(3)]
    assert any(sorted(wanted(access)) != sorted(notifier.took) for access, notifier in found)


def _wrong(fault):
    honest = MemoryStore.advance

    def advance(self, consumer, tenant, cursor):
        if fault == "nothing is kept":
            return
        honest(self, consumer, tenant, attrs.evolve(cursor, told=frozenset()))

    return advance


def test_i28_a_place_that_is_taken_before_the_call_is_found_out(monkeypatch):
    """Where an event counts as taken although a reader could not be told, that reader is missed."""
    honest = delivering._take

    def take(run, place, event):
        came = yield from honest(run, place, event)
        if came is not None:
            place.cursor = Cursor(seq=event.seq, hash=event.hash)
        return came

    monkeypatch.setattr(delivering, "_take", take)
    access, notifier = through(MemoryStore(), 1)
    assert {*wanted(access)} - {*notifier.took}


def test_i28_one_tenant_that_cannot_be_told_holds_up_no_other(store):
    """[N6] Where one tenant's mails fail, all others are told at once, and that one when it works again."""
    dice = Random(3)  # noqa: S311  # a history that can be played again
    access, notifier = lived(store, dice), Flaky(dice, broken=("globex",))
    progress = run(access, notifier)
    assert ["globex"] == [each.tenant for each in progress.failed]
    assert isinstance(progress.failed[0].error, ConnectionError)
    assert sorted(each for each in wanted(access) if each[0] != "globex") == sorted(notifier.took)
    assert ["globex"] == [each.tenant for each in access.delivery.lag("mail")]
    notifier.broken = ()
    run(access, notifier)
    assert sorted(wanted(access)) == sorted(notifier.took)


def test_i28_a_record_that_cannot_be_read_holds_up_no_other(monkeypatch):
    """[N6] Where one record is corrupt, or the directory fails for it, all others are told."""
    dice = Random(4)  # noqa: S311  # a history that can be played again
    store = MemoryStore()
    access, notifier = lived(store, dice), Flaky(dice)
    honest = store.events

    def events(tenant, after, limit):
        if tenant == "acme":
            raise Corrupt(what="a page of the record")
        return honest(tenant, after, limit)

    monkeypatch.setattr(store, "events", events)
    progress = access.delivery.notify("mail", notifier, directory=Away())
    assert {"acme": Corrupt, "globex": Unavailable} == {
        each.tenant: type(each.error) for each in progress.failed
    }
    progress = run(access, notifier)
    assert ["acme"] == [each.tenant for each in progress.failed]
    monkeypatch.undo()
    assert sorted(each for each in wanted(access) if each[0] != "acme") == sorted(notifier.took)


def test_i28_where_everything_fails_it_ends_for_now():
    """[N6] Where tenant after tenant fails it is the server's fault: a run ends, says so, and loses nothing."""
    access = SupportAccess(MemoryStore(), rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
    for number in range(PATIENCE + 5):
        ana = Member("m-ana", tenant=f"t-{number:02}", roles={"admin"})
        access.grant(ana.tenant, by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
    notifier = Flaky(Random(1), odds=1.0)  # noqa: S311  # no secret
    progress = run(access, notifier)
    assert (PATIENCE, PATIENCE, True, f"t-{PATIENCE - 1:02}", 0) == (
        notifier.lost,
        len(progress.failed),
        progress.more,
        progress.after,
        progress.told,
    )
    notifier.odds = 0.0
    assert (False, PATIENCE + 5) == (run(access, notifier).more, len({each[0] for each in notifier.took}))


class FailsFor:
    """A notifier that fails for some tenants, for good, and keeps the tenants that it told."""

    def __init__(self, failing):
        self.failing, self.told, self.calls = failing, [], 0

    def tell(self, notice):
        self.calls += 1
        if notice.tenant in self.failing:
            raise ConnectionError
        self.told.append(notice.tenant)


@pytest.mark.parametrize(
    "failing", [range(PATIENCE + 2), range(0, 43, 2), range(43)], ids=["first", "odd", "all"]
)
def test_i28_whoever_fails_for_good_starves_nobody(failing):
    """[N6] However many tenants fail, a loop on ``more`` ends, and a run or two later all others have been told."""
    access = SupportAccess(MemoryStore(), rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
    tenants = [f"t-{number:02}" for number in range(43)]  # no multiple of PATIENCE: a run ends amid a round
    for tenant in tenants:
        ana = Member("m-ana", tenant=tenant, roles={"admin"})
        access.grant(tenant, by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
    bad = {tenants[number] for number in failing}
    notifier = FailsFor(bad)
    for _ in range(2):  # two ticks of a job
        while run(access, notifier).more:
            assert notifier.calls < 1_000, "the loop ends"
    assert set(tenants) - bad == set(notifier.told)
    # A process that lives for one run keeps where it ended: no run begins with those who fail first.
    notifier, after = FailsFor(bad), None
    for _ in range(2):
        later = SupportAccess(MemoryStore(), rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
        for tenant in tenants:
            ana = Member("m-ana", tenant=tenant, roles={"admin"})
            later.grant(tenant, by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
        after = later.delivery.notify("mail", notifier, directory=People(), after=after).after
    assert set(tenants) - bad == set(notifier.told)


def test_i28_a_tenant_with_much_to_tell_waits_for_its_turn():
    """[N6] Of a tenant with thousands of events some are taken, and then it is the turn of the others."""
    access = SupportAccess(MemoryStore(), rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
    for tenant, often in (("acme", 300), ("globex", 1)):
        ana = Member("m-ana", tenant=tenant, roles={"admin"})
        for _ in range(often):
            access.freeze(tenant, by=ana)
            access.unfreeze(tenant, by=ana)
    took = []
    access.delivery.deliver("archive", took.append)
    turns = [event.tenant for event in took]
    assert ("globex", 601, 3) == (turns[delivering.IN_A_ROW], turns.count("acme"), turns.count("globex"))


class Sick(MemoryStore):
    """A store that cannot write to one tenant."""

    well = True

    def append(self, tenant, expected_head, batch):
        if not self.well and tenant == "acme":
            raise Unavailable(what="acme")
        super().append(tenant, expected_head, batch)


def test_i28_one_tenant_that_cannot_be_swept_holds_up_no_other():
    """[N6, B6] What cannot be recorded for one tenant is raised in the end: the ends of all others are recorded."""
    store, clock = Sick(), FakeClock("2027-03-03T12:00:00Z")
    access = SupportAccess(store, rules=RULES, clock=clock)
    for tenant in TENANTS:
        ana = Member("m-ana", tenant=tenant, roles={"admin"})
        access.grant(tenant, by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
    clock.advance(hours=5)
    store.well = False
    with pytest.raises(Unavailable):
        access.delivery.sweep()
    last = {tenant: access.ledger.history(tenant)[-1].kind for tenant in TENANTS}
    assert {"acme": "granted", "globex": "ended", "initech": "ended"} == last


def test_i28_bounded_runs_go_on_where_the_last_one_ended(store, monkeypatch):
    """[N6] A limit ends a run anywhere; runs that go on from there take everything, and share it out among tenants."""
    monkeypatch.setattr(delivering, "IN_A_ROW", 3)
    dice = Random(5)  # noqa: S311  # a history that can be played again
    access, took, runs, after = lived(store, dice), [], 0, None
    while True:
        progress = access.delivery.deliver("archive", took.append, limit=4, after=after)
        runs, after = runs + 1, progress.after
        assert progress.taken == progress.told <= 4
        if not progress.more:
            break
    every = [event for tenant in TENANTS for event in access.ledger.history(tenant)]
    assert sorted(event.hash for event in every) == sorted(event.hash for event in took)
    assert len(every) / 4 <= runs
    turns = [event.tenant for event in took]
    assert max(len(list(row)) for row in _rows(turns)) <= 6, "no tenant is taken whole while others wait"


def _rows(turns):
    rows, last = [], None
    for each in turns:
        if each != last:
            rows.append([])
        rows[-1].append(each)
        last = each
    return rows


def test_i28_consumers_do_not_disturb_each_other(store):
    """[N6] Each consumer has a place of its own, and takes everything."""
    dice = Random(6)  # noqa: S311  # a history that can be played again
    access, mail, chat = lived(store, dice), Flaky(dice, odds=0.5), []
    run(access, mail)
    access.delivery.deliver("chat", chat.append)
    assert sum(len(access.ledger.history(tenant)) for tenant in TENANTS) == len(chat)
    assert () == access.delivery.lag("chat")


def test_i28_what_came_before_a_consumer_is_passed_over(store):
    """[N6] With `since` nobody is told of what happened before, and everybody of what came at that instant or after."""
    clock = FakeClock("2027-03-03T12:00:00Z")
    access, notifier = SupportAccess(store, rules=RULES, clock=clock), Flaky(Random(1))  # noqa: S311  # no secret
    ana = Member("m-ana", tenant="acme", roles={"admin"})
    for _ in range(2):
        access.grant("acme", by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
        clock.advance(hours=1)
    progress = run(access, notifier, since=clock.now().replace(hour=13))
    assert ({3}, 3) == ({seq for _, seq, _ in notifier.took}, progress.taken)


def test_i28_a_record_that_begins_anew_is_told_from_its_first_event(store):
    """[N6] A tenant that was forgotten and comes back is told everything: no place of the old record counts."""
    dice = Random(7)  # noqa: S311  # a history that can be played again
    access, notifier = lived(store, dice), Flaky(dice)
    run(access, notifier)
    notifier.took.clear()
    access.ledger.forget_tenant("acme", by=System("ops"))
    ana = Member("m-ana", tenant="acme", roles={"admin"})
    access.grant("acme", by=ana, to=KIM, ends=Elapsed(hours=4), reason="x")
    run(access, notifier)
    assert {("acme", 2, reader) for reader in (*READERS, "a-kim")} == {*notifier.took}
    assert [] == [each.tenant for each in access.delivery.lag("mail") if each.tenant != VENDOR]


def test_i28_ends_are_told_once_however_often_it_is_swept(store):
    """[N6, R12] Expiry, lapse and last tickets are noticed once: sweeping again tells nobody again."""
    clock = FakeClock("2027-03-03T12:00:00Z")
    rules = AccessRules.from_data(
        {
            "flows": {
                "access": {
                    "start": {"by": ["approvers", "vendor:*"]},
                    "steps": [{"by": ["tenant:admin"], "within": "PT2H"}],
                }
            },
            "notices": {"granted": [], "requested": [], "ended": ["grantee"], "lapsed": ["requester"]},
        }
    )
    access, notifier = SupportAccess(store, rules=rules, clock=clock), Flaky(Random(1))  # noqa: S311  # no secret
    ana = Member("m-ana", tenant="acme", roles={"admin"})
    access.grant("acme", by=ana, to=KIM, ends=Elapsed(hours=1), reason="x")
    access.grant(
        "acme", by=ana, to=KIM, ends=Elapsed(hours=9), reason="x", tickets=["T-1"], until_tickets=True
    )
    access.request("acme", by=KIM, ends=Elapsed(hours=1), reason="x")
    for _ in range(4):
        clock.advance(hours=1)
        for _ in range(2):
            access.delivery.sweep()
            access.resolve_ticket("acme", "T-1", by=System("hook"))
            run(access, notifier)
    kinds = {event.seq: event.kind for event in access.ledger.history("acme")}
    assert ["ended", "ended", "lapsed"] == sorted(kinds[seq] for _, seq, _ in notifier.took)


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": "all"}, {"since": "yesterday"}, {"after": "x y"}],
    ids=["no_limit", "limit", "since", "after"],
)
def test_i28_malformed_arguments_are_refused(wrong):
    """A limit, an instant, a tenant and the name of a consumer are checked before anything is taken."""
    access = SupportAccess(MemoryStore())
    for call in (
        lambda: run(access, Flaky(None), **wrong),
        lambda: access.delivery.deliver("mail", print, **wrong),
        lambda: access.delivery.deliver("a mail", print),
        lambda: access.delivery.deliver("mail", "print"),
        lambda: access.delivery.lag(""),
    ):
        with pytest.raises(InvalidInput):
            call()
