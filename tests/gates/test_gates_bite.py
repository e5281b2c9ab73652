"""
Each gate is shown a planted fault, and must refuse it for the right reason.

A gate that can't fail is worse than none. The faults lie in a small tree, under the project's real
configuration, so that what is tried here is what ``.ci/run`` calls.
"""

from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.gates

LOOKS = "from grantkit.decision import answer; answer(asked=True)"
LOOKS_TWICE = f"{LOOKS}; answer(asked=False)"


def test_a_sound_tree_passes(tree):
    """The tree without a fault passes every gate that judges it as it stands."""
    tree.accepted("lint", "formatting", "mypy", "pyright", "imports", "laws", "package")


def test_a_lint_fault(tree):
    """An unused import is refused."""
    tree.plant("src/grantkit/model/__init__.py", '"""A room."""\n\nimport json\n')

    said = tree.refused("lint")

    assert "F401" in said
    assert "src/grantkit/model/__init__.py" in said


@pytest.mark.parametrize(
    ("header", "call"),
    [
        ("from datetime import UTC, datetime", "datetime.now(UTC)"),
        ("import datetime as dt", "dt.date.today()"),
        ("from time import monotonic", "monotonic()"),
    ],
)
@pytest.mark.parametrize(
    "where", ["src/grantkit/rules/__init__.py", "src/grantkit/stores/x.py", "tests/x.py"]
)
def test_a_clock_read(tree, where, header, call):
    """Only `clocks.py` reads a clock: no other room, pure or not, and no test."""
    tree.plant(where, f'"""A room."""\n\n{header}\n\nNOON = {call}\n')

    said = tree.refused("lint")

    assert "TID251" in said
    assert "only grantkit.clocks reads a clock" in said


def test_the_zones_of_dateutil(tree):
    """The zones of dateutil are refused, for they changed between releases."""
    tree.plant("src/grantkit/model/x.py", '"""A room."""\n\nfrom dateutil import tz\n\nHERE = tz.UTC\n')

    assert "use `relativedelta` and `rrule` only" in tree.refused("lint")


def test_a_badly_formatted_file(tree):
    """A file that `ruff format` would change is refused."""
    tree.plant("src/grantkit/rules/__init__.py", '"""A room."""\n\nX = {"a" : 1}\n')

    assert "run `ruff format .`" in tree.refused("formatting")


def test_a_type_error(tree):
    """A wrong type is refused by mypy."""
    tree.plant("src/grantkit/rules/__init__.py", '"""A room."""\n\nX: int = "one"\n')

    said = tree.refused("mypy")

    assert "src/grantkit/rules/__init__.py:3: error: Incompatible types in assignment" in said


def test_a_type_error_that_only_pyright_sees(tree):
    """What mypy lets pass, a private name taken from another room, is refused by pyright."""
    tree.plant("src/grantkit/model/x.py", '"""A room."""\n\n_own = 1\n')
    tree.plant(
        "src/grantkit/rules/__init__.py", '"""A room."""\n\nfrom grantkit.model.x import _own\n\nX = _own\n'
    )

    tree.accepted("mypy")
    assert "reportPrivateUsage" in tree.refused("pyright")


@pytest.mark.parametrize(
    ("path", "line", "reason"),
    [
        (
            "policy/__init__.py",
            "from grantkit import rules",
            "grantkit.policy is not allowed to import grantkit.rules",
        ),
        ("model/__init__.py", "import os", "grantkit.model is not allowed to import os"),
        ("model/deep/__init__.py", "import zoneinfo", "grantkit.model is not allowed to import zoneinfo"),
        ("cellar.py", "X = 1", "grantkit.cellar"),
    ],
    ids=["upwards", "I/O in a pure room", "deeper in a pure room", "a room that is not listed"],
)
def test_a_broken_import_contract(tree, path, line, reason):
    """Upward imports, I/O in a pure room and a room outside the list are each refused."""
    tree.plant(f"src/grantkit/{path}", f'"""A room."""\n\n{line}\n')

    assert reason in tree.refused("imports")


@pytest.mark.parametrize("docstring", ["", '"""Both answers"""', '"""\n    test both\n    """'])
def test_a_test_without_a_law(tree, docstring):
    """A test whose docstring is no sentence is refused by name."""
    tree.plant(
        "tests/scenarios/test_x.py",
        f"class TestX:\n  def test_mute(self):\n    {docstring}\n    assert True\n",
    )

    assert "tests/scenarios/test_x.py:2: test_mute" in tree.refused("laws")


def test_full_coverage_passes(tree):
    """Pure rooms of which every branch is taken pass, whatever the other rooms leave untaken."""
    tree.measure(LOOKS_TWICE)

    tree.accepted("coverage")


def test_a_branch_not_taken(tree):
    """A branch of a pure room that no test takes is refused, by file and line."""
    tree.measure(LOOKS)

    said = tree.refused("coverage")

    assert "a branch of a pure room is never taken" in said
    assert "src/grantkit/decision/__init__.py" in said


def test_a_jump_not_taken(tree):
    """Lines that are all run are not enough, when an `if` was never false."""
    tree.change(
        "src/grantkit/decision/__init__.py", 'return "yes"\n    return "no"', 'print("yes")\n    return "no"'
    )
    tree.measure(LOOKS)

    said = tree.refused("coverage")

    assert "6->8" in said


def test_coverage_of_another_copy(tree):
    """Measurements of some other package are not taken for ours."""
    tree.measure("import json")

    assert "did the tests run another grantkit?" in tree.refused("coverage")


def test_a_folder_that_the_tools_pass_over(tree):
    """Code in a folder without `__init__.py`, which the import contracts don't see, is refused."""
    tree.plant("src/grantkit/model/deep/er.py", '"""A room."""\n\nimport os\n\nX = os.name\n')
    tree.measure(LOOKS_TWICE)

    assert "INP001" in tree.refused("lint")
    said = tree.refused("coverage")
    assert "src/grantkit/model/deep/er.py" in said
    assert "is there a folder without __init__.py?" in said


def test_no_coverage(tree):
    """That nothing was measured is refused."""
    assert "nothing was measured" in tree.refused("coverage")


REACHING = '''\
from grantkit.decision import answer


def test_both():
    """Who is asked says yes, and nobody says no."""
    assert ["yes", "no"] == [answer(asked=True), answer(asked=False)]
'''


def test_what_reaches_the_pure_rooms_is_run_and_watched(tree):
    """The gate `measured` leaves what `coverage` reads, and passes over tests that lie elsewhere."""
    tree.plant("tests/unit/test_reaching.py", REACHING)
    tree.plant("tests/test_elsewhere.py", REACHING.replace('"yes"', '"never"'))

    tree.accepted("measured", "coverage", GRANTKIT_PROFILE="x")


def test_a_branch_that_only_tests_elsewhere_take(tree):
    """What the unit tests and scenarios leave out is refused, whatever other tests take."""
    half = REACHING.replace("asked=False", "asked=True").replace('"no"', '"yes"')
    tree.plant("tests/unit/test_reaching.py", half)
    tree.accepted("measured")

    assert "a branch of a pure room is never taken" in tree.refused("coverage")


def test_a_test_that_fails_while_it_is_watched(tree):
    """A fault that the watched tests find is refused."""
    tree.plant("tests/unit/test_reaching.py", REACHING.replace('"yes"', '"never"'))

    assert "the tests that reach the pure rooms fail" in tree.refused("measured")


def test_an_excuse_from_coverage(tree):
    """A pure room may not except its lines from coverage."""
    tree.change("src/grantkit/decision/__init__.py", 'return "no"', 'return "no"  # pragma: no cover')
    tree.measure(LOOKS)

    said = tree.refused("coverage")

    assert "src/grantkit/decision/__init__.py:8" in said
    assert "excuses lines" in said


def test_a_wheel_without_py_typed(tree):
    """Without py.typed, be it in the tree or in the wheel, the package is refused."""
    (tree.root / "src/grantkit/py.typed").unlink()
    assert "py.typed is missing" in tree.refused("package")

    tree.plant("src/grantkit/py.typed", "")
    tree.plant(".gitignore", "py.typed\n")
    assert "the wheel lacks ['grantkit/py.typed']" in tree.refused("package")


def test_a_wheel_without_a_module(tree):
    """A module that an entry of .gitignore keeps out of the wheel is missed."""
    tree.plant(".gitignore", "model/\n")

    assert "the wheel lacks ['grantkit/model/__init__.py']" in tree.refused("package")


def test_a_wheel_of_a_stranger_s_name(tree):
    """The distribution may not take the name that is somebody else's."""
    tree.change("pyproject.toml", 'name = "grantkit-access"', 'name = "grantkit"')

    assert "lack the line 'Name: grantkit-access'" in tree.refused("package")


def test_the_readme_s_commands(tree):
    """Both commands run as they stand, without the caller's environment."""
    tree.change("README.md", "test -f pyproject.toml", 'test -z "$PYTHONPATH$VIRTUAL_ENV$GRANTKIT_PROFILE"')
    tree.commit()

    said = tree.accepted(
        "readme-see", "readme-tests", PYTHONPATH="src", VIRTUAL_ENV="x", GRANTKIT_PROFILE="x"
    )

    assert "\nseen\n" in said


@pytest.mark.parametrize(
    ("old", "new", "gate", "reason"),
    [
        ("a(asked=False)'", "a(asked=0 / 0)'", "readme-tests", "'## Run the tests' fails in a fresh clone"),
        ("## Run the tests", "## Tests", "readme-tests", "has 0 headings '## Run the tests'"),
        ("## Run the tests", "## See it work", "readme-see", "has 2 headings '## See it work'"),
        ("&& echo seen", "&&\necho seen", "readme-see", "has 2 lines in the block under '## See it work'"),
        ("&& echo seen", "&& \\\necho seen", "readme-see", "has 2 lines in the block under '## See it work'"),
        ("```text", "```", "readme-see", "has 2 shell blocks under '## See it work'"),
        ("test -f", "$ test -f", "readme-see", "starts with a prompt"),
        ("pyproject.toml", "stray.txt", "readme-see", "'## See it work' fails in a fresh clone"),
    ],
    ids=[
        "fails",
        "no heading",
        "two headings",
        "two lines",
        "continued",
        "two blocks",
        "a prompt",
        "a stray file",
    ],
)
def test_a_readme_that_misleads(tree, old, new, gate, reason):
    """A command of the README that fails, or that is not there once, alone and ready to paste, is refused."""
    tree.change("README.md", old, new)
    tree.commit()
    tree.plant("stray.txt", "lies in the tree, and is not committed")

    assert reason in tree.refused(gate)


def test_nothing_committed(tree):
    """The README's commands are never tried on what is not committed."""
    assert "so commit" in tree.refused("readme-see")


def test_an_absent_python(tree):
    """An interpreter that is not there is skipped aloud, not in silence."""
    tree.change("pyproject.toml", "Python :: 3.12", "Python :: 3.99")
    tree.change("pyproject.toml", '    "Programming Language :: Python :: 3.13",\n', "")

    said = tree.accepted("other-pythons")

    assert "Python 3.99 is not on this machine: NOT TESTED there" in said
    assert "skipped in part" in said


@pytest.mark.parametrize("bound", ['"attrs>', '"attrs[x]>', '"attrs[]>=', '"attrs[x>='])
def test_a_dependency_without_a_lower_bound(tree, bound):
    """A dependency whose lower end can't be tested is refused."""
    tree.change("pyproject.toml", '"attrs>=', bound)

    assert "it names no lower end" in tree.refused("oldest")


def test_a_dependency_with_extras_keeps_them(tree):
    """The lower end of a dependency is tried with the extras that are named in its brackets."""
    tree.change("pyproject.toml", 'starlette = ["anyio>=4.6"', 'starlette = ["anyio[trio,test]>=4.6"')
    ask = "import sys, pathlib, built, common; here = pathlib.Path(); print(*built.floors(common.Place(here, here)))"

    said = tree.python("-c", ask, PYTHONPATH=str(PROJECT / "tools" / "gates")).stdout.split()

    assert "anyio[trio,test]==4.6" in said
    assert "attrs==24.2.0" in said
