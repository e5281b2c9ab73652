"""The package as people get it: what is in the wheel, and the tests on it over releases and interpreters."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from itertools import chain
from pathlib import Path
from typing import Final

from common import GateFailed, Place, Skipped, clean_environment, gate, output_of, run

#: What the gates run and the tests do without; it is not installed beside the wheel.
CHECKERS: Final = frozenset(
    {"build", "hatchling", "import-linter", "mypy", "pyright", "ruff", "types-python-dateutil"}
)
#: Extras for those who work on the project; the others are for hosts, and their lower bounds are promises.
NOT_SHIPPED: Final = frozenset({"docs", "test"})
#: Printed before the tests run, so that a report says what was tested.
ASK_WHAT: Final = """\
import grantkit, importlib.metadata as m, platform
print(grantkit.__file__)
print("Python", platform.python_version(), end="")
for name in ("attrs", "python-dateutil", "typing-extensions", "starlette", "fastapi"):
    print(",", name, m.version(name), end="")
"""


def build(place: Place) -> tuple[Path, Path]:
    """Build the sdist, and the wheel out of it; return both."""
    dist = place.work / "dist"
    if not dist.exists():
        run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, place.tree],
            cwd=place.work,
            otherwise="the package does not build: see [build-system] and [tool.hatch] in pyproject.toml",
        )
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    return sdist, wheel


@gate
def package(place: Place) -> None:
    """The wheel holds all of src/grantkit and nothing else, the sdist what pyproject.toml lists."""
    source = place.tree / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    if "grantkit/py.typed" not in wanted:
        raise GateFailed("src/grantkit/py.typed is missing, so type checkers ignore our types: add it, empty")
    sdist, wheel = build(place)
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        (about,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(about).decode().splitlines()
    held = {name for name in names if ".dist-info/" not in name}
    if held != wanted:
        raise GateFailed(
            f"the wheel lacks {sorted(wanted - held)} and adds {sorted(held - wanted)}: "
            "see [tool.hatch.build] in pyproject.toml, and .gitignore, which the build obeys"
        )
    for line in ("Name: grantkit-access", "License-Expression: Apache-2.0", "License-File: LICENSE"):
        if line not in metadata:
            raise GateFailed(f"the wheel's metadata lack the line '{line}': see [project] in pyproject.toml")
    listed = place.project()["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    with tarfile.open(sdist) as archive:
        packed = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    there = {entry.strip("/") for entry in listed if any_file(place.tree / entry.strip("/"))}
    if there - packed:
        raise GateFailed(
            f"the sdist lacks {sorted(there - packed)}, which pyproject.toml lists: see .gitignore"
        )


def any_file(path: Path) -> bool:
    """Whether *path* is a file, or a folder that holds one."""
    return path.is_file() or any(below.is_file() for below in path.rglob("*"))


def requirements(place: Place) -> list[str]:
    """Return what the tests need beside the package: the `test` extra without the checkers."""
    extra = place.project()["project"]["optional-dependencies"]["test"]
    return [line for line in extra if re.split(r"[^A-Za-z0-9._-]", line)[0] not in CHECKERS]


def floors(place: Place) -> list[str]:
    """Return each dependency of the core and of the adapters, pinned to its lower bound."""
    project = place.project()["project"]
    adapters = {
        name: lines for name, lines in project["optional-dependencies"].items() if name not in NOT_SHIPPED
    }
    pins = list[str]()
    for line in dict.fromkeys([*project["dependencies"], *chain.from_iterable(adapters.values())]):
        bound = re.fullmatch(r"([A-Za-z0-9._-]+(?:\[[A-Za-z0-9._,-]+\])?)>=([A-Za-z0-9.]+)", line)
        if not bound:
            raise GateFailed(
                f"the dependency '{line}' is not of the form name>=release: it names no lower end"
            )
        pins.append(f"{bound[1]}=={bound[2]}")
    return pins


def try_wheel(
    place: Place,
    name: str,
    *,
    python: str = sys.executable,
    pins: list[str] | None = None,
    folders: tuple[str, ...] = (),
) -> None:
    """Install the built wheel in a new environment of *python*, and run the tests on it without src/: all, or some."""
    _, wheel = build(place)
    home, copy = place.work / name / "venv", place.work / name / "tree"
    shutil.copytree(
        place.tree, copy, ignore=shutil.ignore_patterns(".git", ".venv*", "__pycache__", ".*_cache")
    )
    shutil.rmtree(copy / "src")
    run(
        [python, "-m", "venv", "--without-pip", home],
        cwd=place.work,
        otherwise=f"{python} makes no virtual environment: install its venv module",
    )
    inside = next(folder / "python" for folder in (home / "bin", home / "Scripts") if folder.is_dir())
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", inside, "install", "-qq"]
    run(
        [*pip, wheel, *requirements(place), *(pins or [])],
        cwd=place.work,
        otherwise=f"the wheel can't be installed with {' '.join(pins or ['the newest releases'])}",
    )
    where, what = output_of(
        [inside, "-c", ASK_WHAT], cwd=copy, otherwise="the installed wheel can't be imported"
    ).splitlines()
    if not Path(where).is_relative_to(home):
        raise GateFailed(f"the tests would import {where}, not the wheel: take that copy off the path")
    print(what, flush=True)
    run(
        [inside, "-m", "pytest", "-q", "-m", "not gates and not network", *present(copy, folders)],
        cwd=copy,
        env=clean_environment(GRANTKIT_PROFILE="quick"),
        otherwise=f"the tests fail on the installed wheel ({what})",
    )


def present(tree: Path, folders: tuple[str, ...]) -> list[str]:
    """Return those of *folders* that are there: none of them means all tests."""
    return [folder for folder in folders if (tree / folder).is_dir()]


@gate
def newest(place: Place) -> None:
    """The built wheel passes the tests without src/, with the newest releases of what it needs."""
    try_wheel(place, "newest")


@gate
def oldest(place: Place) -> None:
    """The built wheel passes the tests with the oldest releases that it admits."""
    try_wheel(place, "oldest", pins=floors(place))


@gate
def other_pythons(place: Place) -> None:
    """The built wheel passes the tests on the newest other Python that the classifiers name, and most on the rest."""
    named = re.findall(r":: (3\.\d+)$", "\n".join(place.project()["project"]["classifiers"]), re.MULTILINE)
    absent, faults = list[str](), list[str]()
    last = max(named, key=lambda version: int(version.split(".")[1]), default="")
    for version in named:
        if version == f"{sys.version_info.major}.{sys.version_info.minor}":
            continue
        python = find_python(version)
        if python is None:
            absent.append(version)
            print(f"!!! Python {version} is not on this machine: NOT TESTED there", flush=True)
            continue
        began = time.monotonic()
        try:
            # What changes between releases of Python and is back in the next shows in these, if anywhere.
            folders = () if version == last else ("tests/contrib", "tests/unit")
            try_wheel(place, f"python-{version}", python=python, folders=folders)
        except GateFailed as fault:  # the next Python is tried all the same, so that one run tells all
            faults.append(str(fault))
        print(f"--- Python {version}: {time.monotonic() - began:.1f} s", flush=True)
    if faults:
        raise GateFailed("; ".join(faults))
    if absent:
        raise Skipped(f"not tested on Python {', '.join(absent)}: put python{absent[0]} on the PATH")


def find_python(version: str) -> str | None:
    """Return a Python of this *version* from the PATH, or from among pyenv's; None where there is none."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for python in (shutil.which(name), *sorted(pyenv.glob(f"{version}.*/bin/{name}"), reverse=True)):
        # Asked, since a shim of pyenv may be on the PATH and still refuse to run.
        if python and answers(python) == version:
            return str(python)
    return None


def answers(python: str | Path) -> str:
    """Return the version that *python* says it is, or nothing."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", ask], check=False, capture_output=True, text=True).stdout.strip()
