"""Branch coverage of the pure rooms, from a run of the tests that reach them."""

import json
import re
import sys
from pathlib import Path
from typing import Final

from common import GateFailed, Place, clean_environment, gate, output_of, run

#: What reaches the pure rooms. Watching takes more than twice the time, and all else tries the same at length.
REACHING: Final = (
    "tests/unit",
    "tests/scenarios",
    "tests/corpus",
    "tests/contrib/test_denials_in_http.py",
)


def pure_files(place: Place) -> list[str]:
    """Return the files of the pure rooms; the import contract is the one list of these."""
    contracts = place.project()["tool"]["importlinter"]["contracts"]
    (pure,) = (contract["source_modules"] for contract in contracts if contract["id"] == "pure")
    files = list[Path]()
    for room in pure:
        path = place.tree.joinpath("src", *room.split("."))
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return [file.relative_to(place.tree).as_posix() for file in files]


def excuses(place: Place, files: list[str]) -> list[str]:
    """Return the lines by which *files* except themselves from coverage."""
    return [
        f"{file}:{number}: {line.strip()}"
        for file in files
        if (place.tree / file).is_file()
        for number, line in enumerate((place.tree / file).read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"#\s*pragma:\s*no\b", line, re.IGNORECASE)
    ]


@gate
def measured(place: Place) -> None:
    """The tests that reach the pure rooms pass, and are watched; the gate `coverage` reads what was seen."""
    seen = place.work / "coverage"
    seen.mkdir(exist_ok=True)
    watched = clean_environment(
        COVERAGE_PROCESS_START=str(place.tree / "pyproject.toml"),
        COVERAGE_FILE=str(seen / ".coverage"),
        GRANTKIT_PROFILE="quick",
        PYTHONPATH=str(place.tree / "src"),  # not some installed grantkit
    )
    tests = [path for path in REACHING if (place.tree / path).exists()]
    run(
        [sys.executable, "-m", "pytest", "-q", *tests],
        cwd=place.tree,
        env=watched,
        otherwise="the tests that reach the pure rooms fail: mend them, or what they test",
    )


@gate
def coverage(place: Place) -> None:
    """
    Unit tests and scenarios take every branch of the pure rooms.

    It reads what was seen by the gate `measured`, or by `coverage run -m pytest` in the tree.
    """
    seen = place.work / "coverage"
    data = [str(file) for folder in (seen, place.tree) for file in sorted(folder.glob(".coverage*"))]
    if not data:
        raise GateFailed(
            "nothing was measured: first run `coverage run -m pytest`, or the gate `measured` with the "
            "same --work; after that, see whether the `test` extra was installed where the tests ran"
        )
    pure = pure_files(place)
    if excused := excuses(place, pure):
        print(*excused, sep="\n")
        raise GateFailed("a pure room excuses lines from coverage: test them, or take them out")
    tool = [sys.executable, "-m", "coverage"]
    whole = f"--data-file={place.work / 'coverage.all'}"
    run(
        [*tool, "combine", "--keep", "--quiet", whole, *data],
        cwd=place.tree,
        otherwise="the coverage data can't be combined: remove .coverage* and measure again",
    )
    report = output_of(
        [*tool, "json", "--quiet", "--fail-under=0", whole, "-o", "-"],
        cwd=place.tree,
        otherwise="nothing of src/grantkit was measured: did the tests run another grantkit?",
    )
    if unseen := sorted(set(pure) - {Path(file).as_posix() for file in json.loads(report)["files"]}):
        print(*unseen, sep="\n")
        raise GateFailed("files of the pure rooms were not measured: is there a folder without __init__.py?")
    run(
        [*tool, "report", "--fail-under=100", f"--include={','.join(pure)}", whole],
        cwd=place.tree,
        otherwise="a branch of a pure room is never taken: write the test that takes it, or remove it",
    )
