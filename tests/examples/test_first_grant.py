"""The first example is what a newcomer runs first: it tells the truth, the same each time, and notices what is not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playing import play_here

EXAMPLES = Path(__file__).parents[2] / "examples"
GOLDEN = Path(__file__).with_name("first_grant.txt")
"""What it prints. After a change that is meant: python examples/first_grant.py > tests/examples/first_grant.txt"""


def play(examples=EXAMPLES, **env):
    """Run the example as a user would, in some environment; return how it ended."""
    return subprocess.run(
        [sys.executable, examples / "first_grant.py"],
        env=os.environ | env,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def copied(tmp_path):
    """A copy of the examples, to be altered."""
    return Path(
        shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    )


def alter(file, change):
    """Change the data in a JSON file."""
    data = json.loads(file.read_text(encoding="utf-8"))
    change(data)
    file.write_text(json.dumps(data), encoding="utf-8")


def test_the_story_is_told_as_it_stands_here():
    """The example succeeds, and prints the story that is kept beside this test."""
    done = play()

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert GOLDEN.read_text(encoding="utf-8") == done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    ],
    ids=["Kathmandu", "St John's"],
)
def test_the_story_does_not_depend_on_the_machine(env):
    """Neither the hash seed, the machine's zone nor its encoding changes a byte of the story."""
    assert GOLDEN.read_text(encoding="utf-8") == play(**env).stdout


def test_the_story_fits_a_terminal():
    """No line of the story is wider than 100 columns, none ends in white space, and none holds an escape sequence."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()

    assert [] == [line for line in lines if len(line) > 100 or line != line.rstrip() or "\x1b" in line]


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colour_is_for_terminals_that_want_it(no_color, coloured):
    """On a terminal the story has colours, unless NO_COLOR is set."""
    pty = pytest.importorskip("pty", reason="there are no such terminals here", exc_type=ImportError)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, EXAMPLES / "first_grant.py"], stdout=theirs, env=os.environ | {"NO_COLOR": no_color}
    ):
        os.close(theirs)
        seen = b"".join(iter(lambda: read_from(ours), b""))
    os.close(ours)

    assert coloured == (b"\x1b[32mAllowed" in seen)
    assert b"The end." in seen


def read_from(terminal):
    """Return what a program writes to a terminal; nothing once it has left, which Linux tells by an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def more_allowed(rules):
    """Let support delete, too."""
    rules["policies"]["view-and-resolve"][0]["action"].append("*:delete")


def another_word(rules):
    """Ask for another word."""
    rules["flows"]["handshake"]["steps"][0]["word"] = "support"


def no_end_by_month(rules):
    """Offer no month."""
    rules["flows"]["support-access"]["ends"].pop(1)


def wrong_zone(tenants):
    """Move the third tenant to Tokyo."""
    tenants[2]["zone"] = "Asia/Tokyo"


def not_in_the_team(agents):
    """Take the first agent out of the team."""
    agents[0]["teams"] = []


def everybody_an_admin(members):
    """Make an admin of everybody."""
    for member in members:
        member["roles"] = ["admin"]


@pytest.mark.parametrize(
    ("file", "change", "outcome"),
    [
        ("rules/meister.json", more_allowed, "The story says action_not_permitted; found: allowed."),
        ("rules/meister.json", no_end_by_month, "The chapter broke off. TermNotOffered"),
        ("rules/project-platform.json", another_word, "The story says confirmation_mismatch; found: done."),
        ("tenants.json", wrong_zone, "The story says 2025-03-04 00:00:00-05:00; found:"),
        ("agents.json", not_in_the_team, "The story says allowed; found: no_grant."),
        ("members.json", everybody_an_admin, "The story says not_entitled; found: done."),
    ],
)
def test_an_outcome_that_differs_is_noticed(copied, file, change, outcome):
    """Where one value of the data leads to another outcome, the example says which, and fails."""
    alter(copied / "data" / file, change)

    done = play_here(copied / "first_grant.py")

    assert (1, "") == (done.returncode, done.stderr)
    _, _, listed = done.stdout.partition("WRONG: not everything is what the story says")
    assert outcome in " ".join(listed.split())


def test_a_copy_without_changes_is_right(copied):
    """It is the change of the data by which the altered copies fail, and not that they are copies."""
    assert 0 == play_here(copied / "first_grant.py").returncode


@pytest.mark.parametrize("name", ["meister", "m3ter", "project-platform"])
def test_the_rules_of_the_story_are_those_that_are_tested(name):
    """The rule sets of the story differ from the ones that the tests go by in their policies at the most."""
    told, tested = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for folder in (EXAMPLES / "data" / "rules", Path(__file__).parents[1] / "data" / "rules")
    )

    assert {**tested, "policies": None} == {**told, "policies": None}
