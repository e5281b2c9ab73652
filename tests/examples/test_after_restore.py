"""After a backup was restored: what was revoked since counts again, until every tenant is cut off."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grantkit import AccessRules, Agent, Elapsed, Member, SupportAccess
from grantkit.stores import SQLiteStore

SCRIPT = Path(__file__).parents[2] / "examples/after_restore.py"
RULES = {"stop": ["vendor:security"]}
KIM = Agent("a-kim", name="Kim")
TENANTS = ("acme", "globex", "initech")


def ana(tenant):
    return Member("m-ana", tenant=tenant, roles={"admin"}, name="Ana")


def opened(store):
    return SupportAccess(store, rules=AccessRules.from_data(RULES))


def let_in(access):
    """Let an agent in everywhere; return the grants by tenant."""
    told = {"to": KIM, "ends": Elapsed(hours=4), "reason": "Boards missing"}
    return {tenant: access.grant(tenant, by=ana(tenant), **told) for tenant in TENANTS}


def gets_in(access):
    """Return where the agent gets in."""
    return [tenant for tenant in TENANTS if access.authorize(KIM, tenant, "board:read")]


def heads_of(access, file):
    """Write the heads of all records to *file*, as a host keeps them elsewhere."""
    file.write_text(json.dumps({tenant: access.ledger.head(tenant).to_data() for tenant in TENANTS}))
    return file


def run(url, folder, *more, team="security"):
    """Run the script; return its status and what it says."""
    rules = folder / "rules.json"
    rules.write_text(json.dumps(RULES))
    command = [sys.executable, SCRIPT, url, "--rules", rules, "--by", "a-sec", "--team", team, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def backup(file, copy):
    source, target = sqlite3.connect(file), sqlite3.connect(copy)
    with target:
        source.backup(target)
    source.close()
    target.close()


@pytest.fixture
def restored(tmp_path):
    """A file as it was before everything in it was revoked, and the heads from after that."""
    file, copy = tmp_path / "grants.db", tmp_path / "backup.db"
    with SQLiteStore(file) as store:
        access = opened(store)
        grants = let_in(access)
        backup(file, copy)
        for tenant, grant in grants.items():
            access.revoke(tenant, grant.id, by=ana(tenant))
        assert gets_in(access) == []
        heads_of(access, tmp_path / "heads.json")
    return copy


def test_a_restored_file_lets_in_whom_it_had_let_in(restored):
    """Control: without the script the grants that were revoked since count again."""
    with SQLiteStore(restored) as store:
        assert gets_in(opened(store)) == list(TENANTS)


def test_after_the_script_nobody_gets_in_until_somebody_consents_anew(restored, tmp_path):
    """Every tenant is cut off, also when it is run again; each can let somebody in anew."""
    assert run(f"sqlite:///{restored}", tmp_path) == (0, "3 tenants, 0 to look into\n")
    assert run(f"sqlite:///{restored}", tmp_path)[0] == 0

    with SQLiteStore(restored) as store:
        access = opened(store)
        assert gets_in(access) == []
        assert {access.authorize(KIM, tenant, "board:read").reason for tenant in TENANTS} == {"cut_off"}
        let_in(access)
        assert gets_in(access) == list(TENANTS)


def test_heads_that_were_kept_elsewhere_show_what_is_missing(restored, tmp_path):
    """With the last heads the script names every record that lacks something, and one that is not there at all."""
    heads = tmp_path / "heads.json"
    kept = json.loads(heads.read_text())
    heads.write_text(json.dumps({**kept, "hooli": {**kept["acme"], "tenant": "hooli"}}))

    status, said = run(f"sqlite:///{restored}", tmp_path, "--heads", heads)

    assert status == 1
    assert all(f"{tenant}: not the record that it was" in said for tenant in TENANTS)
    assert "hooli: has no record any more" in said
    with SQLiteStore(restored) as store:
        assert gets_in(opened(store)) == []


def test_whoever_may_not_stop_is_told_of_every_tenant(restored, tmp_path):
    """Nothing is cut off in silence: the script names each tenant where it could not, and fails."""
    status, said = run(f"sqlite:///{restored}", tmp_path, team="sales")

    assert status == 1
    assert said.count("NOT CUT OFF") == len(TENANTS)
