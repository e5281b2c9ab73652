"""What every gate needs: where it works, how it starts a tool, and how it says what is wrong."""

import os
import subprocess
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Command = Sequence[str | Path]

OUR_VARIABLES: Final = ("COVERAGE_", "GRANTKIT_", "HYPOTHESIS_", "MYPY", "PYTEST_", "RUFF_")
PYTHON_VARIABLES: Final = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV"})


class GateFailed(Exception):
    """A gate found a fault; the text says which, and what to do."""


class Skipped(Exception):
    """A gate could not be tried on this machine; the text says why."""


@dataclass(frozen=True)
class Place:
    """Where a gate works: it judges *tree* and leaves its own files in *work*."""

    tree: Path
    work: Path

    def project(self) -> dict[str, Any]:
        """Return what the tree's pyproject.toml says."""
        return tomllib.loads((self.tree / "pyproject.toml").read_text(encoding="utf-8"))


Gate = Callable[[Place], None]
GATES: dict[str, Gate] = {}


def gate(check: Gate) -> Gate:
    """Register *check* under its name, with dashes; its summary line is its headline."""
    GATES[check.__name__.replace("_", "-")] = check
    return check


def clean_environment(**more: str) -> dict[str, str]:
    """
    Return this environment without what could help or hinder the command that is started in it.

    No virtual environment, be it active or merely on the PATH; no PYTHONPATH; no settings of the checkers.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in PYTHON_VARIABLES and not name.startswith(OUR_VARIABLES)
    }
    folders = kept.get("PATH", os.defpath).split(os.pathsep)
    kept["PATH"] = os.pathsep.join(name for name in folders if not Path(name, "../pyvenv.cfg").exists())
    return kept | more


def run(command: Command, *, cwd: Path, otherwise: str, env: Mapping[str, str] | None = None) -> None:
    """Run *command* with its output unhidden; raise GateFailed with the text *otherwise* when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=env or clean_environment(), check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise GateFailed(f"{otherwise} (exit status {done.returncode})")


def output_of(command: Command, *, cwd: Path, otherwise: str) -> str:
    """Return what *command* prints; raise GateFailed with the text *otherwise* when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(), check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n")
        raise GateFailed(f"{otherwise} (exit status {done.returncode})")
    return done.stdout
