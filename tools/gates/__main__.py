"""
The gates that a change must pass; each is a function of a tree, so that a test can show it a planted fault.

    python tools/gates --list
    python tools/gates lint mypy              judges the tree that this folder lies in
    python tools/gates --tree DIR imports     judges another one

``.ci/run`` calls every gate in its order, on a fresh clone. The checkers come from the interpreter that runs
this: install the project there with its ``test`` extra. The gates themselves need just the standard library,
since those of the README run before anything is installed.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import built
import checkers
import covered
import readme
from common import GATES, GateFailed, Place, Skipped

__all__ = ["built", "checkers", "covered", "readme"]  # imported because they register their gates


def headline(name: str) -> str:
    """Return what the gate *name* holds, in one line."""
    return (GATES[name].__doc__ or "").strip().splitlines()[0]


def attempt(name: str, place: Place) -> bool:
    """Run one gate under its headline, say how it went and how long it took; False if it failed."""
    print(f"\n=== {name}: {headline(name)}", flush=True)
    began, word = time.monotonic(), "ok"
    try:
        GATES[name](place)
    except Skipped as reason:
        word = f"skipped in part: {reason}"
    except GateFailed as reason:
        word = f"FAILED: {reason}"
    print(f"=== {name}: {time.monotonic() - began:.1f} s, {word}", flush=True)
    return not word.startswith("FAILED")


def main() -> int:
    """Run the gates that the command line names; 1 if any failed."""
    parser = argparse.ArgumentParser(prog="gates", description="The gates that a change must pass.")
    parser.add_argument("gates", nargs="*", metavar="GATE", help="its name; see --list")
    parser.add_argument("--list", action="store_true", help="name the gates, and what each holds")
    parser.add_argument("--tree", type=Path, default=Path(__file__).parents[2], help="what to judge")
    parser.add_argument("--work", type=Path, help="a folder for the gates' own files, to share between calls")
    asked = parser.parse_args()
    if asked.list:
        print(*(f"{name:15}{headline(name)}" for name in GATES), sep="\n")
        return 0
    if not asked.gates or set(asked.gates) - set(GATES):
        parser.error(f"name gates out of {', '.join(GATES)}")
    with tempfile.TemporaryDirectory() as scratch:
        place = Place(tree=asked.tree.resolve(), work=(asked.work or Path(scratch)).resolve())
        passed = [attempt(name, place) for name in asked.gates]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
