"""The five promises are played from data alone: the same each time, and what comes out otherwise is noticed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playing import play_here

EXAMPLES = Path(__file__).parents[2] / "examples"
TESTED = Path(__file__).parents[1] / "data" / "rules"
GOLDEN = Path(__file__).with_name("five_promises.txt")
"""What it prints. After a change that is meant: python examples/five_promises.py > tests/examples/five_promises.txt"""


def play(examples=EXAMPLES, **env):
    """Run the example as a user would; return how it ended."""
    return subprocess.run(
        [sys.executable, examples / "five_promises.py"],
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


def test_the_five_promises_are_kept_as_it_stands_here():
    """The example succeeds, and prints the timelines that are kept beside this test."""
    done = play(PYTHONHASHSEED="1", TZ="Asia/Kathmandu")

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert GOLDEN.read_text(encoding="utf-8") == done.stdout


def test_the_timelines_fit_a_terminal():
    """No line is wider than 100 columns, none ends in white space, and none holds an escape sequence."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()

    assert [] == [line for line in lines if len(line) > 100 or line != line.rstrip() or "\x1b" in line]


def read_only_for_all(rules):
    """Lower the ceiling of technical support."""
    rules["ceilings"]["technical-support"] = ["read-only"]


def no_demand(rules):
    """Ask for no written permission."""
    rules["demands"] = []


def three_weeks(rules):
    """Let in for three weeks."""
    rules["flows"]["ask"]["ends"] = [{"elapsed": "P21D"}]


def admins_approve(rules):
    """Let admins approve, too."""
    rules["flows"]["approval"]["steps"][0]["by"].append("tenant:admin")


def a_week_later(stories):
    """Have the last look at Meister's a second earlier than its end."""
    stories[0]["moments"][-1]["at"] = "2025-02-28T13:59:59Z"


def another_answer(stories):
    """Expect of the third story what is not so."""
    stories[2]["moments"][2]["answers"][3] = "allowed"


def never_refused(stories):
    """Tell that a refused act was done."""
    del stories[1]["moments"][0]["acts"][0]["refused"]


@pytest.mark.parametrize(
    ("file", "change", "outcome"),
    [
        ("rules/jobber.json", read_only_for_all, "The story says allowed; found: over_ceiling."),
        ("rules/jobber.json", no_demand, "The story says needs_consent; found: allowed."),
        ("rules/jobber.json", three_weeks, "The story says allowed; found: expired."),
        ("rules/resolver.json", no_demand, "The story says needs_consent; found: allowed."),
        ("rules/resolver.json", admins_approve, "The story says not_entitled; found: done."),
        ("five_promises.json", a_week_later, "The story says expired; found: allowed."),
        ("five_promises.json", another_answer, "The story says allowed; found: needs_consent."),
        ("five_promises.json", never_refused, "The story says done; found: term_not_offered."),
    ],
)
def test_a_promise_that_is_not_kept_is_noticed(copied, file, change, outcome):
    """Where one value of the data leads to another outcome, the example says which, and fails."""
    alter(copied / "data" / file, change)

    done = play_here(copied / "five_promises.py")

    assert (1, "") == (done.returncode, done.stderr)
    _, _, listed = done.stdout.partition("WRONG: not everything is what the story says")
    assert outcome in " ".join(listed.split())


def rules_of(folder, name):
    """Return a rule set as plain data, whatever its policies say."""
    return {**json.loads((folder / f"{name}.json").read_text(encoding="utf-8")), "policies": None}


def test_jobbers_rules_are_those_that_are_tested():
    """Jobber's rules differ from the ones that the tests go by in their policies at the most."""
    assert rules_of(TESTED, "jobber") == rules_of(EXAMPLES / "data" / "rules", "jobber")


def test_resolvers_rules_are_those_that_are_tested():
    """Resolver's rules differ from the ones that the tests go by in their policies at the most."""
    assert rules_of(TESTED, "resolver") == rules_of(EXAMPLES / "data" / "rules", "resolver")
