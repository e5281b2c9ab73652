"""The memory store, the driver and the clocks."""

import pickle
import threading
from datetime import UTC, datetime, timedelta

import pytest

from grantkit import AccessRules, Agent, Elapsed, NotFound, OpenEnded, Scope, SupportAccess, SystemClock, Team
from grantkit.errors import Corrupt, HeadMoved, IdempotencyMismatch, InvalidInput, StoreError, Unavailable
from grantkit.lifecycle import Want, replay
from grantkit.model import (
    HEAD,
    VENDOR,
    Freeze,
    Grant,
    Head,
    Settled,
    Settling,
    Stance,
    agent_key,
    grant_key,
)
from grantkit.ports import Batch, ConsentsOf, Due, GrantsOf, RequestsOf, TenantsOf
from grantkit.service.ids import random_id
from grantkit.service.trying import ATTEMPTS
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from grantkit.testing.laws.samples import request
from grantkit.testing.laws.shelf import Shelf, key_of
from unit.making import ANA, HOUR, KIM, LEE, NOW, SUPPORT, SWEEP, TICK, a_consent, a_grant, ended, window


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


def plant(store, *rows, tenant="acme"):
    """Write rows that no event made, past all commands."""
    before = store.load(tenant, Want()).head
    head = Head(tenant=tenant, seq=before.seq + 1)
    written = {HEAD: head} | {key_of(row): row for row in rows}
    store.append(tenant, before.seq, Batch(entries=(), rows=written))


def a_request(ident="rq_1", /, **changed):
    return request(ident, **{"by": LEE, "lapses_at": NOW, **changed})


def test_consents_are_read_until_the_instant_at_which_they_are_over():
    """A consent of the agent or a team of theirs is read until the tick before it is over, and hides no ended grant."""
    store = MemoryStore()
    last = a_grant("gr_last", ended=ended(at=NOW - 2 * HOUR))
    mine = a_consent("co_1", holder=KIM.holders[0], window=window(-3, -1))
    ours = a_consent("co_2", window=window(-3, 0), consent_seq=2)
    plant(store, last, mine, ours, a_consent("co_3", holder=LEE.holders[0], consent_seq=3))
    for at, expected in (
        (NOW - HOUR - TICK, {mine, ours}),
        (NOW - HOUR, {ours}),
        (NOW - TICK, {ours}),
        (NOW, set()),
    ):
        facts = store.read("acme", "a-kim", KIM.holders, at)
        assert expected == {*facts.consents}
        assert (last,) == facts.grants


def test_consent_that_ends_is_read_under_its_new_end():
    """A consent that is revoked is found where it is over now, and the one that it was is nowhere."""
    store = MemoryStore()
    consent = a_consent("co_1")
    resting = a_grant("gr_1", parent="co_1", consent_seq=2)
    plant(store, consent, resting)
    assert (consent,) == store.read("acme", "a-kim", KIM.holders, NOW).consents
    over = a_consent("co_1", ended=ended(at=NOW))
    plant(store, over)
    facts = store.read("acme", "a-kim", KIM.holders, NOW)
    assert () == facts.consents
    assert {"co_1": over} == dict(facts.lineage)
    assert (over,) == store.find(ConsentsOf(tenant="acme", after=0, limit=9))


def test_slice_holds_stances_of_whom_a_request_is_for_and_by():
    """With a request come the stances of its holder and of whoever asks, with a consent that of its holder."""
    store = MemoryStore()
    asked = a_request(by=Agent("a-max"))
    consent = a_consent("co_1", holder=LEE.holders[0])
    stances = {name: Stance(agent=name, cut_off=1) for name in ("a-kim", "a-lee", "a-max")}
    plant(store, asked, consent, *stances.values())
    found = store.load("acme", Want(requests=("rq_1", "co_1"), consents=("rq_1",)))
    assert ({"rq_1": asked}, {}) == (dict(found.requests), dict(found.consents))
    assert {"a-max": stances["a-max"]} == dict(found.stances)
    found = store.load("acme", Want(consents=("co_1",)))
    assert ({"co_1": consent}, {"a-lee": stances["a-lee"]}) == (dict(found.consents), dict(found.stances))


def test_due_goes_on_past_its_cursor_over_all_kinds():
    """What is due at one instant comes by tenant and id, whatever its kind, and a page begins past its cursor."""
    store = MemoryStore()
    closing = window(-3, 0)
    for tenant in ("globex", "acme"):
        plant(
            store,
            a_consent("b", tenant=tenant, window=closing),
            a_grant("c", tenant=tenant, window=closing),
            a_request("a", tenant=tenant) if tenant == "acme" else a_request("d", tenant=tenant),
            a_request("open", tenant=tenant, seq=2, lapses_at=OpenEnded()),
            a_grant("later", tenant=tenant, window=window(-3, 1), consent_seq=2),
            tenant=tenant,
        )
    expected = [*(("acme", each) for each in "abc"), *(("globex", each) for each in "bcd")]
    for size in (1, 2, 4, 9):
        found, after = [], None
        while page := store.find(Due(by=NOW, after=after, limit=size)):
            found += [(row.tenant, row.id) for row in page]
            after = (NOW, *found[-1])
        assert expected == found
    assert () == store.find(Due(by=NOW - TICK, limit=9))


def test_what_is_settled_is_not_due_and_keeps_its_place():
    """A settled request is due no more, and stays where it was in the order in which requests were asked."""
    store = MemoryStore()
    first, second = a_request("rq_1"), a_request("rq_2", seq=2)
    plant(store, second, first)
    done = a_request("rq_1", settled=Settled(how=Settling.LAPSED, at=NOW, by=SWEEP, seq=3))
    plant(store, done)
    assert (second,) == store.find(Due(by=NOW, limit=9))
    assert (done, second) == store.find(RequestsOf(tenant="acme", after=0, limit=9))
    assert (second,) == store.find(RequestsOf(tenant="acme", after=1, limit=9))
    assert (done,) == store.find(RequestsOf(tenant="acme", after=0, limit=1))
    for query in (GrantsOf, ConsentsOf):
        assert () == store.find(query(tenant="acme", after=0, limit=9))


def test_forgotten_tenant_takes_its_consents_and_requests_along():
    """Of a tenant that is forgotten no consent and no request is found, by its id or by an agent."""
    shelf = Shelf(MemoryStore())
    store = shelf.store
    shelf.put("acme", a_grant(), a_consent("co_1", window=window(-3, 0)), a_request())
    shelf.put(VENDOR, forgets="acme")
    found = store.load("acme", Want(grants=("gr_1",), consents=("co_1",), requests=("rq_1",)))
    assert [{}, {}, {}] == [dict(found.grants), dict(found.consents), dict(found.requests)]
    assert () == store.read("acme", "a-kim", KIM.holders, NOW - HOUR).consents
    assert () == store.find(Due(by=NOW, limit=9))
    for query in (ConsentsOf, RequestsOf):
        assert () == store.find(query(tenant="acme", after=0, limit=9))


def test_tenant_with_consents_alone_is_in_no_list():
    """Where an agent has a consent and no grant there is nothing to see, and with a grant the consent comes along."""
    store = MemoryStore()
    consent = a_consent("co_1", holder=KIM.holders[0])
    plant(store, consent)
    query = TenantsOf(agent="a-kim", holders=KIM.holders, alive_after=NOW, after="", limit=9)
    assert () == store.tenants(query)
    plant(store, a_grant())
    assert [(consent,)] == [facts.consents for facts in store.tenants(query)]


@pytest.mark.parametrize(
    "gone",
    [
        ((2, "no such text"),),
        ((0, "reason"),),
        ((-1, "reason"),),
        ((9, "reason"),),
        ((2, "reason"), (2, "reason")),
        ((3, "reason"),),
    ],
    ids=["unknown", "zeroth", "from the end", "past the end", "twice", "beside a new entry"],
)
def test_what_is_not_there_cannot_be_erased(gone):
    """A batch that erases a text that is not there is refused, and nothing of it is written."""
    other, access = opened()
    give(access)
    give(access)
    entries, head = other.events("acme", 0, 9), other.load("acme", Want()).head
    store = MemoryStore()
    first = Head(tenant="acme", seq=2)
    store.append("acme", 0, Batch(entries=entries[:2], rows={HEAD: first}))
    batch = Batch(entries=entries[2:], rows={HEAD: head, key_of(a_request()): a_request()}, erases=gone)
    with pytest.raises(Corrupt, match="erased"):
        store.append("acme", 2, batch)
    assert entries[:2] == store.events("acme", 0, 9)
    assert {HEAD: first} == dict(store.rows("acme"))
    with pytest.raises(Corrupt, match="erased"):
        store.append("new", 0, Batch(entries=(), rows={}, erases=gone))
    assert {} == dict(store.rows("new"))


def test_store_is_not_copied_into_another_process():
    """A memory store refuses to be pickled: the copy would miss revocations."""
    with pytest.raises(TypeError, match="one process"):
        pickle.dumps(MemoryStore())


def test_tenant_that_never_was_is_empty():
    """A tenant that was never written to has a head at nothing and no rows."""
    store = MemoryStore()
    assert Head(tenant="acme") == store.load("acme", Want()).head == store.read("acme", "a-kim", (), NOW).head
    assert () == store.events("acme", 0, 9) == store.find(GrantsOf(tenant="acme", after=0, limit=9))
    assert () == store.find(Due(by=NOW, limit=9))


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
    assert [sooner.id, later.id] == [each.id for each in store.find(Due(by=clock.now(), limit=9))]
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
    ("find", lambda access: access.grants("acme")),
    ("find", lambda access: access.consents("acme")),
    ("find", lambda access: access.requests("acme")),
    ("find", lambda access: access.delivery.sweep()),
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
