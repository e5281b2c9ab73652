"""What people install: its name, its weight, its front door, and that its files stay readable."""

import ast
import importlib
import importlib.metadata
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import grantkit

PROJECT = Path(__file__).parents[1]
PACKAGE = Path(grantkit.__file__).parent

#: What the three dependencies bring along: attrs is imported by both names, six and tzdata serve dateutil.
LIGHT = {"attr", "attrs", "dateutil", "grantkit", "six", "typing_extensions", "tzdata"}
#: Standard library, and yet more than a front door should cost a host that may not need it.
HEAVY = {"asyncio", "concurrent", "hypothesis", "multiprocessing", "pytest", "sqlite3", "unittest"}

#: Modules past 350 lines, each with the reason why it stays one. Past 500 there is no reason.
LONG: dict[str, str] = {}


def loaded_by(statement: str, path: Path | None = None) -> set[str]:
    """Return the top-level modules that *statement* loads in a new interpreter that imports from *path*."""
    code = f"import sys; known = set(sys.modules); {statement}; print(*set(sys.modules) - known)"
    # coverage.py, when it watches, starts itself in every new interpreter; it is no import of ours.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    if path:
        env["PYTHONPATH"] = str(path)
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def strangers(modules: set[str]) -> set[str]:
    """Return those of *modules* that `import grantkit` should not load."""
    # The build's own table is of the standard library too, under a name that tells the platform.
    expected = {name for name in modules if name.startswith("_sysconfigdata")}.union(
        LIGHT, sys.stdlib_module_names
    )
    return {name for name in modules if name in HEAVY or name not in expected}


def modules() -> list[str]:
    """Return the name of every module of the package."""
    return [found.name for found in pkgutil.walk_packages([str(PACKAGE)], "grantkit.")]


def sources() -> list[Path]:
    """Return every source file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def test_import_is_light():
    """`import grantkit` loads attrs, dateutil, typing-extensions and a light part of the standard library."""
    loaded = loaded_by("import grantkit")

    assert "grantkit" in loaded
    assert set() == strangers(loaded)


def test_the_fake_clock_is_light():
    """Hosts that want the fake clock alone need neither hypothesis nor pytest."""
    loaded = loaded_by("from grantkit.testing import FakeClock")

    assert "grantkit" in loaded
    assert set() == loaded & {"hypothesis", "pytest", "_pytest"}


@pytest.mark.parametrize("heavy", ["asyncio", "hypothesis", "pytest", "sqlite3"])
def test_a_heavy_import_would_be_noticed(tmp_path, heavy):
    """A front door that loads a heavy module, even deep in a room, does not go unnoticed."""
    room = tmp_path / "grantkit" / "room"
    room.mkdir(parents=True)
    (tmp_path / "grantkit" / "__init__.py").write_text("import attrs, grantkit.room\n", encoding="utf-8")
    (room / "__init__.py").write_text("", encoding="utf-8")
    assert set() == strangers(loaded_by("import grantkit", tmp_path))

    (room / "__init__.py").write_text(f"import {heavy}\n", encoding="utf-8")

    assert heavy in strangers(loaded_by("import grantkit", tmp_path))


def test_every_module_imports():
    """Each module of the package can be imported by itself, first of all."""
    for name in modules():
        assert importlib.import_module(name).__doc__, f"{name} says nothing of itself"


def test_types_are_shipped():
    """The marker by which type checkers trust our annotations lies in the package."""
    assert (PACKAGE / "py.typed").is_file()


def test_the_name_of_the_distribution():
    """The distribution is `grantkit-access`, and its version is told by its metadata alone."""
    about = importlib.metadata.metadata("grantkit-access")

    assert "grantkit-access" == about["Name"]
    assert "Apache-2.0" == about["License-Expression"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", about["Version"])
    assert not hasattr(grantkit, "__version__")


def test_the_star_import():
    """`from grantkit import *` gives every name of `__all__`, and each exists."""
    given: dict[str, object] = {}
    exec("from grantkit import *", given)  # noqa: S102  there is no other way to star-import inside a function
    given.pop("__builtins__")

    assert len(set(grantkit.__all__)) == len(grantkit.__all__)
    assert set(grantkit.__all__) == set(given)
    for name in grantkit.__all__:
        assert given[name] is getattr(grantkit, name)


def test_the_front_door_holds_nothing_of_its_own():
    """`grantkit/__init__.py` re-exports names and defines none."""
    tree = ast.parse((PACKAGE / "__init__.py").read_bytes())

    docstring, *body = tree.body
    assert isinstance(docstring, ast.Expr)
    for node in body:
        names = [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else None
        assert isinstance(node, ast.ImportFrom) or names == ["__all__"], ast.unparse(node)


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_grows_too_long(path):
    """A module past 350 lines needs a reason, and past 500 no reason will do."""
    name, lines = path.relative_to(PACKAGE).as_posix(), len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= 500, f"{name} has {lines} lines: split it by concept"
    assert (lines > 350) == (name in LONG), f"{name} has {lines} lines: list it in LONG only if past 350"


def test_every_excuse_for_length_is_used():
    """Each module that is excused for its length exists."""
    assert set() == set(LONG) - {path.relative_to(PACKAGE).as_posix() for path in sources()}


def test_nobody_is_told_to_install_a_stranger_s_package():
    """`grantkit` on the package index is somebody else's: no text of ours ever says to install it."""
    wrong = re.compile(r"pip3?\s+install\s+(?:-\S+\s+)*[\"']?grantkit(?!-access)\b")
    assert wrong.search("pip install grantkit")
    assert wrong.search("pip install -U 'grantkit[docs]'")
    assert not wrong.search("pip install grantkit-access")
    texts = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *(PROJECT / "docs").rglob("*.md"), *sources()]

    assert [] == [
        str(path.name) for path in texts if path.is_file() and wrong.search(path.read_text(encoding="utf-8"))
    ]
