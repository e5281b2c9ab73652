"""A dump of PostgreSQL that is restored has forgotten what was revoked since: every tenant is cut off first."""

import subprocess

import pytest

from examples.test_after_restore import TENANTS, ana, gets_in, heads_of, let_in, opened, run
from grantkit.stores.sql import SQLStore
from postgres import database, engine_of, lay_out, tables
from sql.server_process import _programs as programs

pytestmark = pytest.mark.gates


def dumped(address, file):
    """Dump a database, and return what it is restored from."""
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [programs() / "pg_dump", "--format=custom", f"--file={file}", plain]
    subprocess.run(command, check=True, capture_output=True)


def restored(file, address):
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [programs() / "pg_restore", "--no-owner", f"--dbname={plain}", file]
    subprocess.run(command, check=True, capture_output=True)


def test_a_restored_dump_is_cut_off_before_the_doors_open(tmp_path):
    """What was revoked after the dump counts again in it, until the script has run; heads show what it lacks."""
    with database() as first, database() as second:
        with engine_of(first) as engine:
            lay_out(engine, tables())
            access = opened(SQLStore(engine, tables()))
            grants = let_in(access)
            dumped(first, tmp_path / "dump")
            for tenant, grant in grants.items():
                access.revoke(tenant, grant.id, by=ana(tenant))
            heads = heads_of(access, tmp_path / "heads.json")
        restored(tmp_path / "dump", second)
        with engine_of(second) as engine:
            access = opened(SQLStore(engine, tables()))
            assert gets_in(access) == list(TENANTS)  # the danger

            url = second.render_as_string(hide_password=False)
            status, said = run(url, "--heads", heads)

            assert (status, said.count("not the record that it was")) == (3, len(TENANTS))
            assert gets_in(access) == []
            let_in(access)
            assert gets_in(access) == list(TENANTS)
            for tenant in TENANTS:
                access.ledger.verify(tenant)
            assert run(url, "--schema", "nowhere")[0] == 1  # nothing was read, so nothing is done
