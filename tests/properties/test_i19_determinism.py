"""I-19: a decision is a function of facts, rules and now; the machine that it is made on is nothing to it."""

import os
import subprocess
import sys
from itertools import cycle, product
from pathlib import Path

from hypothesis import given

from grantkit import TenantFacts
from grantkit.decision import Decision, Question, reach_verdict
from properties.strategies import PRESENT, QUESTIONS, facts

SCRIPT = Path(__file__).with_name("play_fixed_history.py")
TESTS = SCRIPT.parents[1]
ZONES = ("UTC", "Pacific/Apia", "America/St_Johns")
HASH_SEEDS = ("0", "1", "4242")
LOCALES = ("C", "tr_TR.UTF-8")
MACHINES = [*product(ZONES, HASH_SEEDS, LOCALES)]
"""All of them, or by default each zone, hash seed and locale at least once."""
if os.environ.get("GRANTKIT_PROFILE") != "long":
    MACHINES = [*zip(ZONES, HASH_SEEDS, cycle(LOCALES), strict=False)]


def play(zone: str, hash_seed: str, locale: str) -> bytes:
    machine = {
        "TZ": zone,
        "PYTHONHASHSEED": hash_seed,
        "LC_ALL": locale,
        "PYTHONPATH": str(TESTS),
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, str(SCRIPT), "4"]
    return subprocess.run(command, env={**os.environ, **machine}, capture_output=True, check=True).stdout


def test_i19_no_zone_hash_seed_or_locale_changes_a_decision():
    """Events, decisions and explanations of fixed histories are the same, byte for byte, on every machine."""
    told = {machine: play(*machine) for machine in MACHINES}
    first = told["UTC", "0", "C"]
    assert {seed for _, seed, _ in told} == set(HASH_SEEDS)
    assert first.count(b"Allowed.") > 5
    assert first.count(b"Denied: ") > 50
    assert [] == [machine for machine, text in told.items() if text != first]


@given(facts(), QUESTIONS)
def test_i19_asked_twice_the_answer_is_the_same(known: TenantFacts, question: Question):
    """The same question on the same facts gives the same decision, and asking leaves no trace in either."""
    one, other = (
        Decision(question, known, PRESENT, reach_verdict(question, known, PRESENT)) for _ in range(2)
    )
    assert one.to_dict() == other.to_dict()
    assert one.explain() == other.explain()
