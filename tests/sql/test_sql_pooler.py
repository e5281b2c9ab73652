"""
PgBouncer in its transaction mode between the store and its server: each transaction may be at another connection.

It is run where the program ``pgbouncer`` is installed, and skipped elsewhere: there is none by pip.
"""

import asyncio
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from grantkit import Agent, AsyncSupportAccess, Elapsed, Member, SupportAccess, Team
from grantkit.errors import AccessDenied, Unavailable
from grantkit.stores import MemoryStore
from grantkit.stores.sql import AsyncSQLStore, SQLStore
from postgres import engine_of, lay_out, tables
from sql.server_process import own_server
from sql.standby import until
from story import told

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
pytestmark = [
    pytest.mark.gates,
    pytest.mark.skipif(PROGRAM is None, reason="NO PGBOUNCER: install it to try a pooler"),
]

KIM = Agent("a-kim", teams={"success"}, name="Kim")
GIVE = {"to": Team("success"), "ends": Elapsed(hours=4), "reason": "Boards are missing"}
UNPREPARED = {"connect_args": {"prepare_threshold": None}}
SETTINGS = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {here}
listen_port = 5432
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""
KEEPING_NO_NAMES = "max_prepared_statements = 0\n"
"""What a pooler is told that could keep the names of statements apart; an older one knows neither."""
KEEPS_NAMES = (1, 21)
AT_ONCE, TIMES = 8, 10


def version():
    """Return the version of the program: two numbers."""
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


@contextmanager
def pooled(size=3):
    """Yield the address of a pooler that has a few connections for whoever comes, to a server with our tables."""
    with own_server() as server, engine_of(server.address) as engine:
        lay_out(engine, tables())
        here = Path(mkdtemp(prefix="grantkit-pooler-"))
        here.chmod(0o777)
        settings = here / "ini"
        told_too = KEEPING_NO_NAMES if version() >= KEEPS_NAMES else ""
        settings.write_text(SETTINGS.format(server=server.folder, here=here, size=size) + told_too)
        with (here / "log").open("wb") as log:
            pooler = subprocess.Popen([PROGRAM, settings], user=server.user, stdout=log, stderr=log)
        try:
            until(lambda: pooler.poll() is not None or (here / ".s.PGSQL.5432").exists())
            assert pooler.poll() is None, (here / "log").read_text()
            yield server.address.set(query={"host": str(here)})
        finally:
            pooler.terminate()
            pooler.wait(30)
            shutil.rmtree(here)


def ana(tenant):
    return Member("m-ana", tenant=tenant, roles={"admin"}, name="Ana")


def in_and_out(access, tenant):
    """Let somebody in and put them out, again and again; return what was decided."""
    found = []
    for _ in range(TIMES):
        grant = access.grant(tenant, by=ana(tenant), **GIVE)
        found.append(access.authorize(KIM, tenant, "board:read").require().reason)
        access.revoke(tenant, grant.id, by=ana(tenant))
        found.append(access.authorize(KIM, tenant, "board:read").reason)
    access.ledger.verify(tenant)
    return found


async def in_and_out_awaited(access, tenant):
    """The same, awaited."""
    found = []
    for _ in range(TIMES):
        grant = await access.grant(tenant, by=ana(tenant), **GIVE)
        found.append((await access.authorize(KIM, tenant, "board:read")).reason)
        await access.revoke(tenant, grant.id, by=ana(tenant))
        found.append((await access.authorize(KIM, tenant, "board:read")).reason)
    await access.ledger.verify(tenant)
    return found


TENANTS = [f"t-{number}" for number in range(AT_ONCE)]


def test_behind_a_pooler_all_is_as_without():
    """Where the driver prepares nothing, the story is the same to the byte, and a crowd is told what holds."""
    with pooled() as address, engine_of(address, pool_size=AT_ONCE, **UNPREPARED) as engine:
        store = SQLStore(engine, tables())
        assert told(store).ledger.head("acme") == told(MemoryStore()).ledger.head("acme")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda tenant: in_and_out(SupportAccess(store), tenant), TENANTS))

        async def crowd():
            engine = create_async_engine(address, pool_size=AT_ONCE, **UNPREPARED)
            access = AsyncSupportAccess(AsyncSQLStore(engine, tables()))
            try:
                return await asyncio.gather(*(in_and_out_awaited(access, f"a{each}") for each in TENANTS))
            finally:
                await engine.dispose()

        found += asyncio.run(crowd())

    assert found == [["allowed", "revoked"] * TIMES] * AT_ONCE * 2


def test_a_driver_that_prepares_fails_behind_a_pooler_that_does_not_know():
    """Control: with the driver's own setting the names of statements clash, and a crowd is told of it."""
    with pooled() as address, engine_of(address, pool_size=AT_ONCE) as engine:
        access = SupportAccess(SQLStore(engine, tables()))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            calls = [pool.submit(in_and_out, access, tenant) for tenant in TENANTS * 3]
        failed = {type(call.exception()) for call in calls}

    assert failed & {Unavailable, AccessDenied}


def test_a_name_that_clashes_may_answer_another_question():
    """Why it must be off: of two clients that prepare, one is answered what the other one asked, and no error comes."""
    with pooled(size=2) as address, ExitStack() as open_:

        def client():
            to = {"host": address.query["host"], "user": "postgres", "dbname": "postgres"}
            return open_.enter_context(psycopg.connect(**to, autocommit=True, prepare_threshold=0))

        ana_s, kims, other = client(), client(), client()
        with ana_s.transaction():
            ana_s.execute("SELECT 'of Ana ' || %s::text", ["1"])
            with kims.transaction():  # at another connection of the server, under the same name
                kims.execute("SELECT 'of Kim ' || %s::text", ["1"])
        found = set(kims.execute("SELECT 'of Kim ' || %s::text", ["2"]).fetchone())
        with other.transaction():  # holds the connection that was free, so that Kim's next one is the other
            other.execute("SELECT 1", prepare=False)
            found |= set(kims.execute("SELECT 'of Kim ' || %s::text", ["2"]).fetchone())

    assert "of Ana 2" in found
