"""The host's own transaction: its rows and the record come and go together, and a decision there is never stale."""

import asyncio
from contextlib import contextmanager

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from grantkit import Agent, AsyncSupportAccess, Elapsed, Member, Reason, SupportAccess, Team
from grantkit.errors import InvalidInput, NotFound, Unavailable
from grantkit.stores.sql import AsyncSQLStore, SQLStore, grantkit_tables
from grantkit.testing import FakeClock
from postgres import database, engine_of, lay_out, sqlite_store, tables

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM = Agent("a-kim", teams={"success"}, name="Kim")
GIVE = {"by": ANA, "to": Team("success"), "ends": Elapsed(hours=4), "reason": "Boards are missing"}


class Host:
    """A host with a table of its own beside ours."""

    def __init__(self, engine):
        self.engine = engine
        metadata = MetaData()
        self.notes = Table("notes", metadata, Column("text", String))
        self.tables = grantkit_tables(metadata)
        metadata.create_all(engine)
        self.store = SQLStore(engine, self.tables)
        self.access = SupportAccess(self.store, clock=FakeClock("2027-03-03T14:20:00Z"))

    def noted(self):
        with self.engine.connect() as connection:
            return list(connection.scalars(select(self.notes.c.text)))

    def within(self, transaction, **options):
        return self.access.over(self.store.within(transaction, **options))


@pytest.fixture
def address():
    with database() as address:
        yield address


@pytest.fixture
def host(address):
    with engine_of(address) as engine:
        yield Host(engine)


@contextmanager
def by_session(host):
    with sessionmaker(host.engine)() as session:  # as hosts have it: a class of its own, made from Session
        yield session


@contextmanager
def by_connection(host):
    with host.engine.connect() as connection:
        yield connection


@pytest.mark.parametrize("opened", [by_session, by_connection])
def test_what_the_host_commits_is_there_with_the_hosts_rows(host, opened):
    """A grant and a row of the host, written in one transaction, are there together once the host commits."""
    with opened(host) as transaction:
        transaction.execute(insert(host.notes).values(text="let in"))
        host.within(transaction).grant("acme", **GIVE)
        assert host.access.grants("acme") == ()
        transaction.commit()

    assert host.noted() == ["let in"]
    assert host.access.authorize(KIM, "acme", "board:read").allowed
    host.access.ledger.verify("acme")


@pytest.mark.parametrize("opened", [by_session, by_connection])
def test_what_the_host_rolls_back_never_was(host, opened):
    """A revocation that the host rolls back leaves neither an event nor its own row."""
    grant = host.access.grant("acme", **GIVE)

    with opened(host) as transaction:
        transaction.execute(insert(host.notes).values(text="put out"))
        host.within(transaction).revoke("acme", grant.id, by=ANA)
        transaction.rollback()

    assert host.noted() == []
    assert host.access.authorize(KIM, "acme", "board:read").allowed
    assert [event.kind for event in host.access.ledger.history("acme")] == ["rules_adopted", "granted"]


def test_a_verb_that_is_refused_takes_nothing_of_the_hosts_with_it(host):
    """A refusal within the host's transaction leaves that whole: the host may go on and commit."""
    with Session(host.engine) as session:
        session.execute(insert(host.notes).values(text="tried"))
        with pytest.raises(NotFound):
            host.within(session).revoke("acme", "gr_none", by=ANA)
        session.commit()

    assert host.noted() == ["tried"]


def test_a_write_that_fails_half_way_takes_back_its_own_and_nothing_of_the_hosts(host, monkeypatch):
    """A batch that breaks off within the host's transaction is undone to where it began."""
    from grantkit.stores.sql import writing  # noqa: PLC0415

    def broken(*_):
        raise Unavailable(what="the rest")
        yield

    with Session(host.engine) as session:
        session.execute(insert(host.notes).values(text="tried"))
        with monkeypatch.context() as patched:
            patched.setattr(writing, "_put_rows", broken)
            with pytest.raises(Unavailable):
                host.within(session).grant("acme", **GIVE)
        host.within(session).grant("acme", **GIVE)
        session.commit()

    assert host.noted() == ["tried"]
    assert len(host.access.grants("acme")) == 1
    host.access.ledger.verify("acme")


def test_the_transaction_sees_what_it_wrote(host):
    """A decision within the transaction knows of its own revocation before it is committed."""
    grant = host.access.grant("acme", **GIVE)

    with Session(host.engine) as session:
        access = host.within(session)
        access.revoke("acme", grant.id, by=ANA)
        assert access.authorize(KIM, "acme", "board:read").reason is Reason.REVOKED
        assert host.access.authorize(KIM, "acme", "board:read").allowed


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_that_could_hide_a_revocation_decides_nothing(host, level):
    """In a transaction with an older snapshot a decision is refused, unless the caller says that it knows [N7]."""
    grant = host.access.grant("acme", **GIVE)
    engine = host.engine.execution_options(isolation_level=level)
    with Session(engine) as session:
        session.execute(select(host.notes))  # the snapshot is taken here
        host.access.revoke("acme", grant.id, by=ANA)

        decision = host.within(session).authorize(KIM, "acme", "board:read")
        knowing = host.within(session, snapshot_ok=True).authorize(KIM, "acme", "board:read")

        assert decision.reason is Reason.STORE_UNAVAILABLE
        assert "READ COMMITTED" in str(decision.error)
        with pytest.raises(Unavailable):
            host.within(session).visible_tenants(KIM)
    assert knowing.allowed  # which is what was to be shown: the revocation is committed, and not seen


def test_read_committed_sees_a_revocation_that_came_meanwhile(host):
    """In a transaction at READ COMMITTED a decision knows of a revocation that was committed since it began [N7]."""
    grant = host.access.grant("acme", **GIVE)
    with Session(host.engine) as session:
        session.execute(select(host.notes))
        host.access.revoke("acme", grant.id, by=ANA)

        assert host.within(session).authorize(KIM, "acme", "board:read").reason is Reason.REVOKED


@pytest.mark.parametrize("opened", [by_session, by_connection])
def test_a_connection_that_commits_by_itself_is_no_transaction(host, opened):
    """What commits each statement cannot hold a batch together, and is refused."""
    host.engine = host.engine.execution_options(isolation_level="AUTOCOMMIT")
    with opened(host) as by_itself, pytest.raises(InvalidInput) as caught:
        host.within(by_itself).grant("acme", **GIVE)

    assert caught.value.field == "transaction"
    assert host.access.ledger.history("acme") == ()


@pytest.mark.parametrize("wrong", [None, "postgresql://", object()])
def test_what_is_no_transaction_is_refused(host, wrong):
    """Anything else than a connection or session is named."""
    with pytest.raises(InvalidInput) as caught:
        host.store.within(wrong)

    assert caught.value.field == "transaction"


def test_sqlite_has_no_transaction_to_work_within(tmp_path):
    """On SQLite, where a savepoint of ours would commit what is the host's, working within is refused."""
    with (
        sqlite_store(tmp_path) as store,
        engine_of("sqlite://") as engine,
        engine.connect() as connection,
        pytest.raises(InvalidInput) as caught,
    ):
        store.within(connection)

    assert caught.value.field == "transaction"


def test_another_database_is_refused():
    """An engine of a database that was not tried is refused when the store is made."""
    with pytest.raises(InvalidInput) as caught:
        SQLStore(create_engine("mysql+pymysql://", module=_Driver), tables())

    assert caught.value.field == "engine"


class _Driver:
    paramstyle = "format"
    __version__ = "1.0"


def test_async_transactions_do_the_same(address):
    """An async session of the host holds its rows and the record together too."""
    with engine_of(address) as engine:
        wanted = Host(engine)

    async def story():
        engine = create_async_engine(address)
        store = AsyncSQLStore(engine, wanted.tables)
        access = AsyncSupportAccess(store, clock=FakeClock("2027-03-03T14:20:00Z"))
        begun = async_sessionmaker(engine)
        async with begun() as session:
            await session.execute(insert(wanted.notes).values(text="one"))
            await access.over(store.within(session)).grant("acme", **GIVE)
            await session.rollback()
        assert await access.grants("acme") == ()
        async with begun() as session:
            await session.execute(insert(wanted.notes).values(text="two"))
            grant = await access.over(store.within(session)).grant("acme", **GIVE)
            await session.commit()
        async with engine.connect() as connection:
            assert list(await connection.scalars(select(wanted.notes.c.text))) == ["two"]
            await connection.commit()
            await access.over(store.within(connection)).revoke("acme", grant.id, by=ANA)
            await connection.commit()
        decision = await access.authorize(KIM, "acme", "board:read")
        await engine.dispose()
        return decision

    assert asyncio.run(story()).reason is Reason.REVOKED


def test_tables_lie_in_the_hosts_schema(address):
    """A schema that the host names holds the tables, and the store works there."""
    with engine_of(address) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA support"))
        wanted = tables("support")
        lay_out(engine, wanted)
        access = SupportAccess(SQLStore(engine, wanted))
        access.grant("acme", **GIVE)

        assert access.authorize(KIM, "acme", "board:read").allowed
        assert wanted.heads.schema == "support"
