"""The memory store, the driver and the clocks."""

import pickle
import threading
from datetime import UTC, datetime, timedelta

import pytest

from grantkit import AccessRules, Elapsed, NotFound, Scope, SupportAccess, SystemClock, Team
from grantkit.errors import HeadMoved, IdempotencyMismatch, InvalidInput, StoreError, Unavailable
from grantkit.lifecycle import Want, replay
from grantkit.model import HEAD, Freeze, Grant, Head, Stance, agent_key, grant_key
from grantkit.ports import Batch, Due, GrantsOf
from grantkit.service.driver import ATTEMPTS
from grantkit.service.ids import random_id
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from unit.making import ANA, HOUR, KIM, LEE, NOW, SUPPORT, SWEEP, a_grant


def opened(store=None, clock=None, **host):
    store = MemoryStore() if store is None else store
    return store, SupportAccess(store, clock=clock or FakeClock("2027-03-03T12:00:00Z"), **host)


def give(access, tenant="acme", **changed):
    by = type(ANA)("m-ana", tenant=tenant, roles={"admin"})
    return access.grant(
        tenant,
        **{"by": by, "to": SUPPORT, "ends": Elapsed(hours=4), "reason": "Boards", **changed},
    )


def test_threads_lose_no_event():
    """Eight threads that keep running into each other lose nothing: the record has no gap, and holds."""
    store, access = opened()
    gate, failed = threading.Barrier(8), []

    def work(number):
        try:
            gate.wait()
            for turn in range(10):
                made = give(access, to=Team(f"team-{number}"), key=f"k-{turn}-{number}")
                access.freeze("acme", by=ANA, agent=f"a-{number}")
                access.unfreeze("acme", by=ANA, agent=f"a-{number}", revoke=turn % 3 == 0)
                access.revoke("acme", made.id, by=ANA)
        except Exception as error:  # told to the main thread, which judges  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    events = access.ledger.history("acme")
    rows = replay(events)
    grants = tuple(row for row in rows.values() if isinstance(row, Grant))
    slice_ = store.load(
        "acme",
        Want(grants=tuple(each.id for each in grants), agents=tuple(f"a-{n}" for n in range(8))),
    )
    assert [] == failed
    assert list(range(1, len(events) + 1)) == [event.seq for event in events]
    assert 80 == len(grants)
    assert len(events) == access.ledger.verify("acme").seq
    assert dict(store.rows("acme")) == rows
    assert rows[HEAD] == slice_.head
    assert {each.id: each for each in grants} == dict(slice_.grants)
    assert {key[1]: row for key, row in rows.items() if key[0] == "agent"} == dict(slice_.stances)


def test_head_is_compared_before_anything_is_written():
    """A batch for another head is refused whole, of a new tenant and of an old one."""
    store, access = opened()
    give(access)
    written = store.events("acme", 0, 10)
    batch = Batch(entries=written, rows={HEAD: Head(tenant="acme", seq=9)})
    for tenant, expected in (("acme", 1), ("acme", 0), ("acme", 3), ("new", 1)):
        with pytest.raises(HeadMoved) as caught:
            store.append(tenant, expected, batch)
        assert {"tenant": tenant, "expected": expected} == caught.value.fields
    assert written == store.events("acme", 0, 10)
    assert () == store.events("new", 0, 10)


def test_facts_hold_all_ancestors_and_their_holders():
    """What is read for an agent holds everything that its grants rest on, and what is held against those holders."""
    store = MemoryStore()
    chain = (a_grant("gr_0", holder=LEE, parent="gr_gone"), a_grant("gr_1", parent="gr_0", consent_seq=2))
    freeze = Freeze(by=ANA, at=NOW, seq=3)
    stances = [Stance(agent=name, freeze=freeze) for name in ("a-kim", "a-lee", "a-out")]
    rows = {HEAD: Head(tenant="acme", seq=3)}
    rows |= {grant_key(each.id): each for each in chain} | {agent_key(each.agent): each for each in stances}
    store.append("acme", 0, Batch(entries=(), rows=rows))
    facts = store.read("acme", "a-kim", KIM.holders, NOW)
    assert (chain[1],) == facts.grants
    assert {"gr_0": chain[0]} == dict(facts.lineage)
    assert {"a-kim", "a-lee"} == set(facts.stances)


def test_store_is_not_copied_into_another_process():
    """A memory store refuses to be pickled: the copy would miss revocations."""
    with pytest.raises(TypeError, match="one process"):
        pickle.dumps(MemoryStore())


def test_tenant_that_never_was_is_empty():
    """A tenant that was never written to has a head at nothing and no rows."""
    store = MemoryStore()
    assert Head(tenant="acme") == store.load("acme", Want()).head == store.read("acme", "a-kim", (), NOW).head
    assert () == store.events("acme", 0, 9) == store.grants(GrantsOf(tenant="acme", after=0, limit=9))
    assert () == store.grants(Due(by=NOW, limit=9))


def test_lists_go_on_past_a_page(monkeypatch):
    """Lists are complete however small the pages are, and stop at their limit."""
    for module in ("ledger", "looks", "access"):
        monkeypatch.setattr(f"grantkit.service.{module}.PAGE", 2, raising=False)
    _, access = opened()
    for number in range(5):
        give(access, f"tenant-{number}")
        give(access, to=Team(f"team-{number}"))
    history = access.ledger.history("acme")
    assert [1, 2, 3, 4, 5, 6] == [event.seq for event in history]
    assert [4, 5, 6] == [event.seq for event in access.ledger.history("acme", after=3)]
    assert [1, 2, 3] == [event.seq for event in access.ledger.history("acme", limit=3)]
    assert 5 == len(access.grants("acme"))
    assert 3 == len(access.grants("acme", limit=3))
    assert [f"tenant-{number}" for number in range(5)] == [
        each.tenant for each in access.visible_tenants(KIM)
    ]
    assert ["tenant-3", "tenant-4"] == [each.tenant for each in access.visible_tenants(KIM, after="tenant-2")]
    assert ["tenant-0", "tenant-1", "tenant-2"] == [
        each.tenant for each in access.visible_tenants(KIM, limit=3)
    ]


def test_what_is_due_comes_earliest_first():
    """Grants whose end has come and is not recorded are due, the earliest first, each once."""
    clock = FakeClock("2027-03-03T12:00:00Z")
    store, access = opened(clock=clock)
    later, sooner, live = (give(access, to=Team(f"t-{n}"), ends=Elapsed(hours=n)) for n in (2, 1, 9))
    clock.advance(hours=2)
    assert [sooner.id, later.id] == [each.id for each in store.grants(Due(by=clock.now(), limit=9))]
    assert [sooner.id] == [each.id for each in access.delivery.sweep(limit=1)]
    assert [later.id] == [each.id for each in access.delivery.sweep(by=SWEEP)]
    assert () == access.delivery.sweep()
    assert ["ended", "ended"] == [event.kind for event in access.ledger.history("acme")][-2:]
    assert access.authorize(KIM, "acme", "board:read").reason == "no_grant"
    assert live.ended is None


def test_same_ends_keep_their_rows():
    """Grants of one holder that end at the same instant are kept apart when one of them changes."""
    _, access = opened()
    made = [give(access) for _ in range(4)]
    access.revoke("acme", made[2].id, by=ANA)
    states = {status.grant.id: str(status.state) for status in access.grants("acme")}
    assert ["live", "live", "revoked", "live"] == [states[each.id] for each in made]
    assert [made[2].id] == [each.grant.id for each in access.grants("acme", states={"revoked"})]


class Moving(MemoryStore):
    """A store where somebody else is first, so many times."""

    def __init__(self, times):
        super().__init__()
        self.times, self.asked = times, 0

    def append(self, tenant, expected_head, batch):
        self.asked += 1
        if self.asked <= self.times:
            raise HeadMoved(tenant=tenant, expected=expected_head)
        super().append(tenant, expected_head, batch)


def test_command_is_tried_again_while_others_are_first():
    """A command is recomputed and retried while the head moves, and gives up by a typed error in the end."""
    store, access = opened(Moving(ATTEMPTS - 1))
    assert "gr_" == give(access).id[:3]
    assert ATTEMPTS == store.asked

    store, access = opened(Moving(ATTEMPTS))
    with pytest.raises(Unavailable) as caught:
        give(access)
    assert ATTEMPTS == store.asked
    assert isinstance(caught.value.__cause__, HeadMoved)
    assert () == store.events("acme", 0, 9)


def failing_store(name, error):
    """Return a store that fails at one of its methods, in its own way."""

    def fail(*args):
        raise error

    store = MemoryStore()
    setattr(store, name, fail)
    return store


CALLS = [
    ("load", give),
    ("append", give),
    ("load", lambda access: access.revoke("acme", "gr_1", by=ANA)),
    ("events", lambda access: access.ledger.history("acme")),
    ("grants", lambda access: access.grants("acme")),
    ("grants", lambda access: access.delivery.sweep()),
    ("tenants", lambda access: access.visible_tenants(KIM)),
]


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[f"{n}_{row[0]}" for n, row in enumerate(CALLS)])
def test_failing_store_is_one_typed_error(name, call):
    """Whatever a store raises, a host sees a StoreError; a StoreError comes through as it is."""
    with pytest.raises(StoreError) as caught:
        call(opened(failing_store(name, OSError("disk")))[1])
    assert isinstance(caught.value.__cause__, OSError)
    own = StoreError()
    with pytest.raises(StoreError) as caught:
        call(opened(failing_store(name, own))[1])
    assert own is caught.value


@pytest.mark.parametrize(
    "error",
    [OSError("disk"), StoreError(), RuntimeError()],
    ids=["os", "store", "runtime"],
)
def test_failing_store_is_a_deny(error):
    """A store that fails while deciding gives a deny that carries the error and conceals it from the agent."""
    decision = opened(failing_store("read", error))[1].authorize(KIM, "acme", "board:read")
    assert ("store_unavailable", False) == (decision.reason, bool(decision))
    assert None is not decision.error


class Answering(MemoryStore):
    """A store that answers with something else altogether."""

    def read(self, *args):
        return None

    def load(self, *args):
        return None


def test_malformed_answers_of_a_store_never_allow():
    """What is no facts is a deny, what is no slice a typed error."""
    _, access = opened(Answering())
    assert "store_unavailable" == access.authorize(KIM, "acme", "board:read").reason
    with pytest.raises((InvalidInput, StoreError)):
        give(access)


def failing(*args):
    raise RuntimeError("host")


@pytest.mark.parametrize(
    "call",
    [
        give,
        lambda access: access.grants("acme", by=ANA),
        lambda access: access.ledger.history("acme", by=ANA),
        lambda access: access.unfreeze("acme", by=ANA),
    ],
    ids=["grant", "grants", "history", "unfreeze"],
)
def test_rules_that_cannot_be_had_are_one_typed_error(call):
    """Where the host's rules cannot be had, whatever would widen or show raises Unavailable."""
    with pytest.raises(Unavailable):
        call(opened(rules=failing)[1])


def test_brakes_and_decisions_do_without_the_rules():
    """Brakes fall back on the rules last adopted, or the safe ones; a decision denies."""
    store, access = opened(rules=lambda tenant: AccessRules(name="adopted"))
    made = give(access)
    _, broken = opened(store, rules=failing)
    assert broken.revoke("acme", made.id, by=ANA).ended is not None
    assert "store_unavailable" == broken.authorize(KIM, "acme", "board:read").reason
    opened(store)
    broken.freeze("globex", by=type(ANA)("m-gus", tenant="globex", roles={"admin"}))
    assert [("frozen", "")] == [(event.kind, event.rules) for event in broken.ledger.history("globex")]


def test_failing_clock_is_a_typed_error():
    """A clock that fails, or gives no instant, lets nothing happen."""

    class Clock:
        def __init__(self, answer):
            self.answer = answer

        def now(self):
            return self.answer()

    with pytest.raises(Unavailable):
        opened(clock=Clock(failing))[1].authorize(KIM, "acme", "board:read")
    with pytest.raises(InvalidInput) as caught:
        opened(clock=Clock(lambda: NOW.replace(tzinfo=None)))[1].freeze("acme", by=ANA)
    assert ("clock", "naive_datetime") == (caught.value.field, caught.value.code)


@pytest.mark.parametrize(("answer", "expected"), [(True, True), (1, False), (None, False), ("yes", False)])
def test_only_exactly_true_is_a_members_right(answer, expected):
    """The member's right is a yes only if the host says exactly True; an error is a no."""

    class Rights:
        def may(self, member, action, resource):
            assert ("m-ana", "board:read") == (member, action)
            return answer if resource != "board:0" else failing()

    rules = AccessRules.from_data({"flows": {"access": {"act_as": ["self"]}}})
    _, access = opened(rules=rules, member_rights=Rights())
    give(access)
    for resource in (None, "board:1"):
        asked = access.authorize(KIM, "acme", "board:read", resource=resource, act_as="m-ana")
        assert expected is bool(asked)
    assert not access.authorize(KIM, "acme", "board:read", resource="board:0", act_as="m-ana")
    assert not opened()[1].authorize(KIM, "acme", "board:read", act_as="m-ana")


def test_key_gives_the_first_result_back():
    """A retry with the same key makes no event, and finds the grant in its present state."""
    store, access = opened()
    made = give(access, key="k-1")
    access.revoke("acme", made.id, by=ANA)
    count = len(store.events("acme", 0, 99))
    again = give(access, key="k-1")
    assert (made.id, True) == (again.id, again.ended is not None)
    with pytest.raises(IdempotencyMismatch):
        give(access, key="k-1", scope=Scope.only("project:1"))
    assert count == len(store.events("acme", 0, 99))


def test_single_grant_with_a_key_is_confirmed():
    """Where one live grant stands, asking again with a key leaves an event and gives that one back."""
    _, access = opened(rules=AccessRules.from_data({"flows": {"access": {"single": True}}}))
    made = give(access)
    assert made.id == give(access, key="k-1").id == give(access, key="k-1").id == give(access).id
    assert ["rules_adopted", "granted", "confirmed"] == [
        event.kind for event in access.ledger.history("acme")
    ]


def test_rest_of_the_door_works():
    """Amending, relinquishing, cutting off and correcting the clock go through the door as well."""
    clock = FakeClock("2027-03-03T12:00:00Z")
    _, access = opened(clock=clock)
    made = give(access)
    assert access.amend("acme", made.id, by=ANA, version=1, ends=Elapsed(hours=1)).ends_at == NOW + HOUR
    assert "relinquished" == access.relinquish("acme", made.id, by=KIM).ended.how.value
    access.revoke_all("acme", by=ANA, agent="a-kim")
    clock.advance(hours=-2)
    assert "clock_rollback" == access.authorize(KIM, "acme", "board:read").reason
    access.ledger.correct_clock("acme", by=SWEEP)
    assert "clock_corrected" == access.ledger.history("acme", by=ANA)[-1].kind
    assert "relinquished" == access.authorize(KIM, "acme", "board:read", clock.now()).reason
    with pytest.raises(NotFound):
        access.revoke("acme", "gr_absent", by=ANA)
    assert () == access.visible_tenants(KIM, NOW, action="board:read")
    assert 1 == len(access.grants("acme", by=ANA))


def test_ids_are_random_and_opaque():
    """An id carries a prefix and 128 random bits, and no two are the same."""
    ids = {random_id("gr_") for _ in range(1000)}
    assert 1000 == len(ids)
    assert {29} == {len(each) for each in ids}
    assert {"gr_"} == {each[:3] for each in ids}


def test_fake_clock_moves_only_when_told():
    """A fake clock stands still, moves either way, and says where it stands in UTC."""
    clock = FakeClock("2027-03-03T15:20:00+01:00")
    start = datetime(2027, 3, 3, 14, 20, tzinfo=UTC)
    assert start == clock.now() == clock.now()
    assert UTC is clock.now().tzinfo
    assert start + timedelta(days=1, hours=1, minutes=1, seconds=1, microseconds=1) == clock.advance(
        days=1,
        hours=1,
        minutes=1,
        seconds=1,
        microseconds=1,
    )
    assert NOW == clock.set(NOW)
    assert NOW - HOUR == clock.advance(hours=-1) == clock.now()
    assert NOW == clock.set("2027-03-03T12:00:00Z")
    assert "<FakeClock 2027-03-03T12:00:00+00:00>" == repr(clock)
    assert datetime(2027, 1, 1, tzinfo=UTC) == FakeClock().now()


def test_system_clock_reads_utc():
    """The system's clock is aware, in UTC, and does not stand still for ever."""
    first, second = SystemClock().now(), SystemClock().now()
    assert UTC is first.tzinfo
    assert first <= second < first + timedelta(minutes=1)
