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


def run(url, *more, team="security"):
    """Run the script; return its status and what it says."""
    command = [sys.executable, SCRIPT, url, "--by", "a-sec", "--team", team, *more]
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


def test_after_the_script_nobody_gets_in_until_somebody_consents_anew(restored):
    """Every tenant is cut off, also when it is run again; each can let somebody in anew."""
    assert run(f"sqlite:///{restored}") == (0, "3 tenants are cut off, 0 records lack something\n")
    assert run(f"sqlite:///{restored}")[0] == 0

    with SQLiteStore(restored) as store:
        access = opened(store)
        assert gets_in(access) == []
        assert {access.authorize(KIM, tenant, "board:read").reason for tenant in TENANTS} == {"cut_off"}
        let_in(access)
        assert gets_in(access) == list(TENANTS)


def test_heads_that_were_kept_elsewhere_show_what_is_missing(restored, tmp_path):
    """With the last heads the script says of every record how far it goes, and that one is not there at all."""
    heads = tmp_path / "heads.json"
    kept = json.loads(heads.read_text())
    heads.write_text(json.dumps({**kept, "hooli": {**kept["acme"], "tenant": "hooli"}}))

    status, said = run(f"sqlite:///{restored}", "--heads", heads)

    assert status == 3
    lines = said.splitlines()
    assert all(
        f"{tenant}: not the record that it was: " in line
        and "it is missing: the head says that there are 3" in line
        for tenant, line in zip(TENANTS, lines, strict=False)
    ), said
    assert lines[3:] == ["hooli: has no record any more", "3 tenants are cut off, 4 records lack something"]
    with SQLiteStore(restored) as store:
        assert gets_in(opened(store)) == []


def test_what_is_lost_is_no_task_that_is_left(restored, tmp_path):
    """Run again on records that lack something it says so again, and that nothing is left to do."""
    for _ in range(2):
        status, said = run(f"sqlite:///{restored}", "--heads", tmp_path / "heads.json")
        assert (status, said.count("not the record that it was")) == (3, 3)
        assert "left to do" not in said


def test_heads_from_before_the_backup_fit(restored, tmp_path):
    """A record that lacks nothing of which somebody holds a head is cut off, and nothing else is said of it."""
    with SQLiteStore(restored) as store:
        heads = heads_of(opened(store), tmp_path / "older.json")

    assert run(f"sqlite:///{restored}", "--heads", heads)[0] == 0
    assert run(f"sqlite:///{restored}", "--heads", heads)[0] == 0


def adopted(file):
    """Return how many rule documents each record has adopted."""
    with SQLiteStore(file) as store:
        ledger = opened(store).ledger
        return [sum(e.kind == "rules_adopted" for e in ledger.history(tenant)) for tenant in TENANTS]


def test_each_tenant_is_cut_off_under_its_own_rules(restored):
    """Without --rules each record is cut off under the rules that it adopted last, and adopts none."""
    assert run(f"sqlite:///{restored}")[0] == 0
    assert adopted(restored) == [1, 1, 1]


def test_one_rule_document_can_be_given_for_all(restored, tmp_path):
    """With --rules whoever that document names may do it, and every record adopts it."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"stop": ["vendor:legal"]}))
    assert run(f"sqlite:///{restored}", team="legal")[0] == 1
    assert run(f"sqlite:///{restored}", "--rules", rules, team="legal")[0] == 0
    assert adopted(restored) == [2, 2, 2]


def test_whoever_may_not_stop_is_told_of_every_tenant(restored):
    """Nothing is cut off in silence: the script names each tenant where it could not, and fails."""
    status, said = run(f"sqlite:///{restored}", team="sales")

    assert status == 1
    assert said.count("NOT CUT OFF") == len(TENANTS)
    assert said.endswith("3 left to do: run it again\n")


def test_what_is_told_badly_is_one_line_and_nothing_is_done(restored, tmp_path):
    """A file that is not there, heads or rules that are none, and no address: status 2, and no traceback."""
    before = restored.read_bytes()
    bad = {name: tmp_path / f"{name}.json" for name in ("list", "head", "text")}
    bad["list"].write_text("[]")
    bad["head"].write_text('{"acme": {"seq": 3}}')
    bad["text"].write_text("{")
    told = [
        (f"sqlite:///{tmp_path / 'typo.db'}",),
        ("nonsense",),
        *((f"sqlite:///{restored}", option, bad[name]) for name in bad for option in ("--heads", "--rules")),
        (f"sqlite:///{restored}", "--heads", tmp_path / "nowhere.json"),
    ]
    for each in told:
        status, said = run(*each)
        assert (status, "Traceback" in said) == (2, False), (each, said)
    assert not (tmp_path / "typo.db").exists()
    assert restored.read_bytes() == before
