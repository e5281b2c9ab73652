"""Adapters are imported by the host alone, each with its own framework, and say so where it is missing."""

import os
import subprocess
import sys

import pytest

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def run(code):
    """Run *code* in a new interpreter; return what it printed, or the last line of its error."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, check=False, capture_output=True, text=True
    )
    return done.stdout.split() or done.stderr.strip().splitlines()[-1]


def loaded_by(statement):
    """Return which frameworks *statement* loads."""
    names = "'fastapi', 'starlette', 'anyio', 'grantkit.contrib'"
    return run(
        f"import sys; {statement}; print('and', *(each for each in ({names}) if each in sys.modules))"
    )[1:]


def test_the_core_loads_no_adapter():
    """`import grantkit` loads no framework and no adapter."""
    assert [] == loaded_by("import grantkit, grantkit.stores, grantkit.testing")


def test_an_adapter_loads_its_own_framework_alone():
    """Problems need no framework, and Starlette's adapter no FastAPI."""
    assert ["grantkit.contrib"] == loaded_by("import grantkit.contrib.problems")
    assert ["starlette", "anyio", "grantkit.contrib"] == loaded_by("import grantkit.contrib.starlette")
    assert "fastapi" in loaded_by("import grantkit.contrib.fastapi")


@pytest.mark.parametrize("framework", ["starlette", "fastapi"])
def test_a_missing_framework_is_named_with_its_extra(framework):
    """Without the framework, importing its adapter fails with one sentence that names the extra to install."""
    said = run(f"import sys; sys.modules[{framework!r}] = None; import grantkit.contrib.{framework}")
    assert said.startswith(f"ModuleNotFoundError: grantkit.contrib.{framework} needs")
    assert f'"grantkit-access[{framework}]"' in said
