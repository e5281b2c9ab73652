"""The tree as it stands: style, types, who imports whom, and whether each test says what it holds."""

import ast
import sys

from common import GateFailed, Place, clean_environment, gate, run


@gate
def lint(place: Place) -> None:
    """Ruff finds nothing."""
    run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "."],
        cwd=place.tree,
        otherwise="ruff found faults: mend them, or say why not beside a `noqa` with its code",
    )


@gate
def formatting(place: Place) -> None:
    """Every file stands as `ruff format` would write it."""
    run(
        [sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "."],
        cwd=place.tree,
        otherwise="files are not formatted: run `ruff format .`",
    )


@gate
def mypy(place: Place) -> None:
    """Mypy in strict mode accepts src/."""
    run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", place.work / "mypy", "src"],
        cwd=place.tree,
        otherwise="mypy --strict found type errors in src/: mend them",
    )


@gate
def pyright(place: Place) -> None:
    """Pyright in strict mode accepts src/."""
    run(
        [sys.executable, "-m", "pyright", "--warnings", "--pythonpath", sys.executable],
        cwd=place.tree,
        env=clean_environment(PYRIGHT_PYTHON_IGNORE_WARNINGS="1"),  # it asks the network for newer releases
        otherwise="pyright found type errors in src/: mend them",
    )


@gate
def imports(place: Place) -> None:
    """Rooms import only rooms below them, and the pure ones nothing that does I/O."""
    start = "from importlinter.cli import lint_imports_command as main; main()"
    run(
        [sys.executable, "-c", start, "--no-cache", "--no-logo"],
        cwd=place.tree,
        env=clean_environment(PYTHONPATH=str(place.tree / "src")),  # not some installed grantkit
        otherwise="an import contract is broken: move the code to its room, or hand it in from the shell",
    )


@gate
def laws(place: Place) -> None:
    """Every test says in a sentence what it holds."""
    silent = [
        f"{path.relative_to(place.tree)}:{node.lineno}: {node.name}"
        for path in sorted((place.tree / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        if not (ast.get_docstring(node) or "").split("\n\n")[0].rstrip().endswith((".", "?", "!"))
    ]
    if silent:
        print(*silent, sep="\n")
        raise GateFailed(f"{len(silent)} tests say no law: give each a docstring that is a sentence")
