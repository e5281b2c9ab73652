"""A small tree that every gate accepts, for the tests here to plant faults in."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

ROOM = '"""A room."""\n'
MODULES = {
    "errors": ROOM,
    "inputs": ROOM,
    "canonical": ROOM,
    "ports": ROOM,
    "clocks": '''\
"""The one place that reads time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
''',
}
DECISION = '''\
"""A pure room with a branch."""


def answer(*, asked: bool) -> str:
    """Return an answer."""
    if asked:
        return "yes"
    return "no"
'''
SERVICE = '''\
"""A room that is not pure, whose branches may stay uncovered."""


def shrug(*, asked: bool) -> str:
    """Return an answer."""
    return answer(asked=asked) if asked else "perhaps"
'''.replace('uncovered."""\n', 'uncovered."""\n\nfrom grantkit.decision import answer\n')
TESTS = '''\
from grantkit.decision import answer


def test_both_answers():
    """Who is asked says yes, and nobody says no."""
    assert ["yes", "no"] == [answer(asked=True), answer(asked=False)]
'''
# The README is one of the test paths, and collecting it is the work of the project's own root conftest.
COLLECTS = """\
import pytest


class Nothing(pytest.File):
    def collect(self):
        return []


def pytest_collect_file(file_path, parent):
    return Nothing.from_parent(parent, path=file_path) if file_path.suffix == ".md" else None
"""
README = f"""\
# A tree

## See it work
```sh
test -f pyproject.toml && echo seen
```
```text
seen
```

## Run the tests

Prose, and an example that is not for the shell:

```python
print("## See it work")
```

```sh
PYTHONPATH=src {sys.executable} -c 'from grantkit.decision import answer as a; a(asked=True); a(asked=False)'
```
"""


@dataclass(frozen=True)
class Tree:
    """A tree under *root*, and where the gates that judge it leave their files."""

    root: Path
    work: Path

    def plant(self, path: str, text: str) -> None:
        """Write *text* as the file *path*."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        """Replace *old*, which must be there, by *new* in the file *path*."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.plant(path, text.replace(old, new))

    def commit(self) -> None:
        """Commit everything that lies in the tree now."""
        who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"]
        for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "all"]):
            subprocess.run(["git", *command], cwd=self.root, check=True)

    def measure(self, script: str) -> None:
        """Run *script* and leave behind what a measured run of the tests would."""
        done = self.python(
            *("-c", script),
            PYTHONPATH=str(self.root / "src"),
            COVERAGE_PROCESS_START="pyproject.toml",
            COVERAGE_FILE=".coverage",
        )
        assert done.returncode == 0, done.stdout

    def judge(self, *gates: str, **env: str) -> tuple[bool, str]:
        """Put the tree before *gates*; return whether they accept it, and what they printed."""
        command = [PROJECT / "tools" / "gates", "--tree", self.root, "--work", self.work, *gates]
        done = self.python(*command, **env)
        return done.returncode == 0, done.stdout

    def accepted(self, *gates: str, **env: str) -> str:
        """Put the tree before *gates* that must accept it; return what they printed."""
        passed, said = self.judge(*gates, **env)
        assert passed, said
        return said

    def refused(self, gate: str, **env: str) -> str:
        """Put the tree before a *gate* that must refuse it, and not just stumble; return what it printed."""
        passed, said = self.judge(gate, **env)
        verdict = said.splitlines()[-1]
        assert not passed, said
        assert verdict.startswith(f"=== {gate}: "), said
        assert ", FAILED: " in verdict, said
        return said

    def python(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the tree."""
        # Whoever measures these tests must not take the tree's grantkit for the real one.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=kept | env,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree with the project's own pyproject.toml and .gitignore, and next to nothing in each room."""
    made = Tree(tmp_path / "tree", tmp_path / "work")
    made.work.mkdir()
    made.root.mkdir()
    for name in ("pyproject.toml", ".gitignore", "LICENSE"):
        shutil.copy(PROJECT / name, made.root)
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]
    layered = [contract for contract in contracts["contracts"] if contract["type"] == "layers"]
    rooms = [
        f"{container.replace('.', '/')}/{room}"
        for contract in layered
        for container in contract["containers"]
        for layer in contract["layers"]
        for room in layer.split(" | ")  # beside each other in one layer
    ]
    for room in rooms:
        alone = MODULES.get(room.removeprefix("grantkit/"))
        made.plant(*((f"src/{room}/__init__.py", ROOM) if alone is None else (f"src/{room}.py", alone)))
    made.plant("src/grantkit/__init__.py", '"""The front door."""\n')
    made.plant("src/grantkit/py.typed", "")
    made.plant("src/grantkit/decision/__init__.py", DECISION)
    made.plant("src/grantkit/service/__init__.py", SERVICE)
    made.plant("tests/test_answers.py", TESTS)
    made.plant("conftest.py", COLLECTS)
    made.plant("README.md", README)
    return made
