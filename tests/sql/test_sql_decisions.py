"""Decisions on a server: one round trip, by the indexes, and of the newest that is committed."""

import json
from contextlib import ExitStack, contextmanager
from inspect import iscoroutinefunction, signature
from itertools import product
from threading import Thread
from time import sleep
from typing import ClassVar

import psycopg
import pytest
from sqlalchemy import Update, event, text

from grantkit import AccessRules, Agent, Elapsed, Member, Reason, SupportAccess, Team
from grantkit.errors import ChainBroken, Corrupt, NotReady, OutcomeUnknown, Unavailable
from grantkit.model import Cursor
from grantkit.ports import AsyncStore, Store
from grantkit.stores.sql import AsyncSQLStore, AsyncStoreWithin, SQLStore, StoreWithin
from grantkit.stores.sql.asks import Answer
from grantkit.stores.sql.reading import check_state
from grantkit.testing import FakeClock
from postgres import database, engine_of, lay_out, tables

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM = Agent("a-kim", teams={"success"}, name="Kim")
GIVE = {"by": ANA, "to": Team("success"), "ends": Elapsed(hours=4), "reason": "Boards are missing"}
MANY = 20_000


@pytest.fixture
def address():
    with database() as address:
        yield address


@pytest.fixture
def engine(address):
    with engine_of(address, connect_args={"cursor_factory": HeardCursor}) as engine:
        lay_out(engine, tables())
        yield engine


@pytest.fixture
def access(engine):
    return SupportAccess(SQLStore(engine, tables()), clock=FakeClock("2027-03-03T14:20:00Z"))


class HeardCursor(psycopg.Cursor):
    """Keeps each statement that goes to the server, whoever sends it, and whether the connection commits by itself."""

    said: ClassVar = []
    failing: ClassVar = []

    def execute(self, query, params=None, **how):
        self.said.append((str(query), self.connection.autocommit))
        if self.failing:
            raise self.failing.pop()
        return super().execute(query, params, **how)


@contextmanager
def counted():
    """Yield a list that gets each statement."""
    HeardCursor.said.clear()
    yield HeardCursor.said


def test_a_decision_is_one_statement(access):
    """The hot path asks the server once, also as the tenth of its kind, and begins no transaction [N8]."""
    access.grant("acme", **GIVE)

    with counted() as said:
        decisions = [access.authorize(KIM, "acme", "board:read") for _ in range(10)]

    assert all(decision.allowed for decision in decisions)
    assert len(said) == 10
    assert all(by_itself for _, by_itself in said)


def test_a_server_that_restarts_is_told_once(engine, access):
    """All connections of the pool are dead: the first decision fails closed and says so, the next ones decide."""
    access.grant("acme", **GIVE)
    with ExitStack() as held:
        mine = [held.enter_context(engine.connect()) for _ in range(3)]
        dead = [one.scalar(text("SELECT pg_backend_pid()")) for one in mine]
    with engine_of(engine.url) as other, other.connect() as connection:
        for pid in dead:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    decisions = [access.authorize(KIM, "acme", "board:read") for _ in range(4)]

    assert [decision.reason for decision in decisions] == ["store_unavailable", *["allowed"] * 3]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit])
def test_a_connection_that_was_interrupted_goes_to_nobody_else(engine, access, failure):
    """It may still wait for rows: whoever is next would read the answer to another question."""
    access.authorize(KIM, "acme", "board:read")
    before = engine.raw_connection().dbapi_connection
    HeardCursor.failing.append(failure())

    with pytest.raises(failure):
        access.authorize(KIM, "acme", "board:read")

    assert before.closed
    assert not access.authorize(KIM, "acme", "board:read").allowed


def test_a_hosts_translation_of_schemas_is_followed(address):
    """With a schema a customer, decisions look where the engine says, as commands do."""
    with engine_of(address) as plain:
        with plain.begin() as connection:
            connection.execute(text("CREATE SCHEMA theirs"))
        here = plain.execution_options(schema_translate_map={None: "theirs"})
        lay_out(here, tables())
        access = SupportAccess(SQLStore(here, tables()), clock=FakeClock("2027-03-03T14:20:00Z"))
        access.grant("acme", **GIVE)

        assert access.authorize(KIM, "acme", "board:read").allowed


def test_a_list_of_tenants_is_two_statements(access):
    """However many tenants an agent sees, they are asked for at once [N9]."""
    for number in range(12):
        tenant = f"t-{number:02}"
        boss = Member("m-boss", tenant=tenant, roles={"admin"})
        access.grant(tenant, **GIVE | {"by": boss})

    with counted() as said:
        seen = access.visible_tenants(KIM)

    assert len(seen) == 12
    assert len(said) == 2


def test_the_hot_path_is_found_by_indexes(engine):
    """With many rows of others in each table, no part of the hot path reads a table from end to end."""
    names = tables()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO grantkit_grants SELECT 't-' || n % 500, 'gr_' || n, CASE WHEN n % 7 = 0 THEN 'consent' "
                "ELSE 'grant' END, 'agent', 'a-' || n % 300, n, n, true, NULL, n, '{}' FROM generate_series(1, :many) n"
            ),
            {"many": MANY},
        )
        for filling in (
            "INSERT INTO grantkit_stances SELECT 't-' || n % 500, 'a-' || n, 0, NULL FROM generate_series(1, :many) n",
            "INSERT INTO grantkit_heads SELECT 't-' || n, n, '', n, '', 0, NULL FROM generate_series(1, :many) n",
            (
                "INSERT INTO grantkit_sessions SELECT 't-' || n % 500, 'se_' || n, 'a-' || n % 300, n, n, '{}' "
                "FROM generate_series(1, :many) n"
            ),
        ):
            connection.execute(text(filling), {"many": MANY})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        read = SQLStore(engine, names)._calls._reads.facts(2)
        values = {
            "tenant": "t-7",
            "agent": "a-7",
            "after": 100,
            "kind0": "agent",
            "holder0": "a-7",
            "kind1": "team",
            "holder1": "success",
        }
        found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {read.text}", read.given(values))
        plan = json.dumps(found.scalar())

    assert "grantkit_grants_held" in plan
    assert "Seq Scan" not in plan


def test_the_plan_test_can_fail(engine):
    """Without the index of what is held, the plan would read the table."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "INSERT INTO grantkit_grants SELECT 't', 'gr_' || n, 'grant', 'agent', 'a-' || n % 3, n, n, true, "
                "NULL, n, '{}' FROM generate_series(1, 2000) n"
            )
        )
        connection.execute(text("DROP INDEX grantkit_grants_held"))
        connection.execute(text("ANALYZE"))
        found = connection.execute(
            text(
                "EXPLAIN SELECT body FROM grantkit_grants WHERE kind = 'grant' AND holder = 'a-1' AND over_at > 5"
            )
        )

    assert any("Seq Scan" in line for (line,) in found)


def test_a_standby_decides_nothing():
    """A server that follows another is refused, whatever it knows [N7]."""
    with pytest.raises(Unavailable) as caught:
        check_state(standby=True, older=False, snapshot_ok=True)

    assert "standby" in str(caught.value)


def test_what_the_server_says_of_itself_is_asked_with_the_facts(engine, access):
    """That the server is the primary is asked in the same statement as the facts."""
    with counted() as said:
        access.authorize(KIM, "acme", "board:read")

    assert "pg_is_in_recovery" in said[0][0]
    assert "current_setting" in said[0][0]


def never_heard(connection):
    """Lose the connection before the server has heard of the commit."""
    return connection.connection.dbapi_connection


def not_answered(connection):
    """Lose the connection when the server has committed, and its answer is on the way."""
    raw = connection.connection.dbapi_connection
    raw.commit()
    raw.execute("SELECT 1")  # so that a commit is sent once more, to nobody
    return raw


@pytest.mark.parametrize(("lose", "there"), [(never_heard, False), (not_answered, True)])
def test_a_connection_lost_at_commit_has_an_unknown_outcome(engine, access, lose, there):
    """Whoever loses the connection at commit is told so, and the same key gives the one result [I-21]."""
    lost = []

    def cut(connection):
        if not lost:
            lost.append(lose(connection).info.backend_pid)
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost[0]})
                other.rollback()

    event.listen(engine, "commit", cut)
    with pytest.raises(OutcomeUnknown) as caught:
        access.grant("acme", **GIVE, key="k-1")
    assert isinstance(caught.value.__cause__, psycopg.Error)
    found = access.grants("acme")
    first = access.grant("acme", **GIVE, key="k-1")
    again = access.grant("acme", **GIVE, key="k-1")

    assert [status.grant for status in found] == ([first] if there else [])
    assert first == again
    assert len(access.grants("acme")) == 1
    access.ledger.verify("acme")


def test_a_lazy_server_waits_for_the_disk_before_it_acknowledges(address, engine):
    """Where the server was told not to wait for the disk, what grantkit writes waits for it all the same."""
    seen = []
    with engine_of(address, connect_args={"options": "-c synchronous_commit=off"}) as lazy:

        def heard(connection):
            seen.append(connection.scalar(text("SHOW synchronous_commit")))

        event.listen(lazy, "commit", heard)
        access = SupportAccess(SQLStore(lazy, tables()), clock=FakeClock("2027-03-03T14:20:00Z"))
        grant = access.grant("acme", **GIVE)
        access.revoke("acme", grant.id, by=ANA)

    assert seen == ["on", "on"]


def wait_for_a_lock(engine):
    """Return when somebody waits for a lock of the database."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(2000):
            if connection.scalar(waiting):
                return
            sleep(0.01)
    pytest.fail("nobody came to wait")


def test_who_comes_second_waits_and_is_tried_again(engine, access):
    """A revocation that meets a longer transaction of the host waits for it, and is done [I-24]."""
    grant = access.grant("acme", **GIVE)
    store = SQLStore(engine, tables())
    with engine.connect() as connection:
        access.over(store.within(connection)).freeze("acme", by=ANA)
        second = Thread(target=access.revoke, args=("acme", grant.id), kwargs={"by": ANA})
        second.start()
        wait_for_a_lock(engine)
        connection.commit()
        second.join(30)

    assert not second.is_alive()
    assert [each.kind for each in access.ledger.history("acme")][-2:] == ["frozen", "revoked"]
    access.ledger.verify("acme")


def test_the_stores_have_the_calls_of_their_ports():
    """Blocking and async, in a transaction or not, each call has the arguments that the port says."""
    for port, kinds in ((Store, (SQLStore, StoreWithin)), (AsyncStore, (AsyncSQLStore, AsyncStoreWithin))):
        calls = {name for name in dir(port) if not name.startswith("_")}
        for kind, name in product(kinds, calls):
            given, wanted = getattr(kind, name), getattr(port, name)
            assert signature(given).parameters == signature(wanted).parameters, (kind, name)
            assert iscoroutinefunction(given) == iscoroutinefunction(wanted), (kind, name)


def answered(connection, ask):
    """Carry out one statement."""
    found = connection.execute(ask.statement, ask.values)
    return Answer(found.all(), 0) if found.returns_rows else Answer((), found.rowcount)


def test_two_who_tell_of_the_same_event_add_up(engine, access):
    """Whom two runs have told of one event is kept of both, though the second came while the first was writing [N6]."""
    access.grant("acme", **GIVE)
    store = SQLStore(engine, tables())
    at = store.events("acme", 0, 1)[0]
    store.advance("mail", "acme", Cursor(seq=at.seq, hash=at.hash, told=frozenset({"m-ana"})))
    one, other = (Cursor(seq=at.seq, hash=at.hash, told=frozenset({who})) for who in ("m-bo", "m-cy"))
    with engine.connect() as connection:
        asks = store._calls.advance("mail", "acme", one)
        ask = next(asks)
        while not isinstance(ask.statement, Update):  # it has read, and not written yet
            ask = asks.send(answered(connection, ask))
        second = Thread(target=store.advance, args=("mail", "acme", other))
        second.start()
        wait_for_a_lock(engine)
        with pytest.raises(StopIteration):
            asks.send(answered(connection, ask))
        connection.commit()
        second.join(30)

    assert store.cursor("mail", "acme").told == {"m-ana", "m-bo", "m-cy"}


def test_a_record_that_lost_its_head_lets_nobody_in(engine, access):
    """Rows without a head have lost a freeze and a cut-off: decisions deny, commands are refused, verifying says so."""
    grant = access.grant("acme", **GIVE)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM grantkit_heads"))

    decision = access.authorize(KIM, "acme", "board:read")

    assert decision.reason is Reason.STORE_UNAVAILABLE
    assert isinstance(decision.error, Corrupt)
    with pytest.raises(Corrupt):
        access.revoke("acme", grant.id, by=ANA)
    with pytest.raises(ChainBroken):
        access.ledger.verify("acme")


def test_a_consumer_never_skips_what_committed_late(engine, access):
    """An event of an older transaction that commits after younger ones is delivered all the same [N6, I-28]."""
    boss = Member("m-boss", tenant="globex", roles={"admin"})
    taken = []
    store = SQLStore(engine, tables())
    with engine.connect() as older:
        access.over(store.within(older)).grant("acme", **GIVE)
        access.grant("globex", **GIVE | {"by": boss})
        access.delivery.deliver("log", lambda each: taken.append((each.tenant, each.seq)))
        assert {tenant for tenant, _ in taken} == {"globex"}
        older.commit()
    access.delivery.deliver("log", lambda each: taken.append((each.tenant, each.seq)))

    assert [seq for tenant, seq in taken if tenant == "acme"] == [1, 2]
    assert len(taken) == len(set(taken))


def test_errors_of_the_database_show_nothing_that_was_written(engine, access):
    """A failure of the database is told by its name: the words of people, which its text holds, are not shown."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE grantkit_texts ADD CHECK (text <> 'Boards are missing')"))

    with pytest.raises(Exception, match="CheckViolation") as caught:
        access.grant("acme", **GIVE)

    error = caught.value
    while error is not None:
        assert "Boards" not in str(error)
        error = error.__cause__
    assert access.ledger.history("acme") == ()


def test_missing_tables_deny_and_say_so(address):
    """Before the host has migrated, a decision denies, and the error says what is missing."""
    with engine_of(address) as engine:
        decision = SupportAccess(SQLStore(engine, tables()), rules=AccessRules()).authorize(
            KIM, "acme", "board:read"
        )

    assert decision.reason is Reason.STORE_UNAVAILABLE
    assert isinstance(decision.error, NotReady)
    assert "migrate it, or say with schema= where the tables lie" in str(decision.error)
