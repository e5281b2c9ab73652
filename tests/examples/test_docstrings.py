"""Examples in docstrings are run, wherever the package is installed, and none is overlooked."""

import doctest
import importlib
import pkgutil
import re
import types
from pathlib import Path

import pytest

import grantkit

PACKAGE = Path(grantkit.__file__).parent


def modules():
    """Return the name of every module of the package."""
    return ["grantkit", *sorted(found.name for found in pkgutil.walk_packages([str(PACKAGE)], "grantkit."))]


def doctests_of(module):
    """Return the doctests that are found in the docstrings of a module."""
    return [found for found in doctest.DocTestFinder().find(module) if found.examples]


def prompts_of(module):
    """Return how many examples the source of a module holds, told by their prompts."""
    return len(re.findall(r"^\s*>>> ", Path(module.__file__).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_hold(name):
    """Every example in a docstring gives what it shows."""
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    for found in doctests_of(importlib.import_module(name)):
        runner.run(found)

    assert 0 == runner.summarize(verbose=False).failed


def test_no_example_is_overlooked():
    """As many examples are found as there are prompts in the source, in every module, and there are some."""
    found, there = {}, {}
    for name in modules():
        module = importlib.import_module(name)
        found[name] = sum(len(each.examples) for each in doctests_of(module))
        there[name] = prompts_of(module)

    assert there == found
    assert sum(found.values()) >= 11


def test_a_wrong_example_fails(capsys):
    """An example that shows what is not so is found, and does not hold."""
    module = types.ModuleType("wrong")
    module.__doc__ = ">>> 1 + 1\n3\n"
    runner = doctest.DocTestRunner(verbose=False)

    for found in doctests_of(module):
        runner.run(found)

    assert 1 == runner.summarize(verbose=False).failed
    assert "Expected:\n    3\nGot:\n    2" in capsys.readouterr().out
