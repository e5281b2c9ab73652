"""The gates that run the tests on the installed wheel, each shown a planted fault; see test_gates_bite.py."""

import sys

import pytest

pytestmark = [pytest.mark.gates, pytest.mark.network]


def plant_test(tree, body: str) -> None:
    """Plant a test with this *body*."""
    tree.plant("tests/test_planted.py", f'def test_planted():\n    """A law."""\n    {body}\n')


def test_a_test_that_fails_on_the_oldest_release(tree):
    """What breaks with the oldest dateutil alone is refused by `oldest`, and passes `newest`."""
    plant_test(
        tree, 'from importlib.metadata import version; assert version("python-dateutil") > "2.9.0.post0"'
    )

    tree.accepted("newest")
    said = tree.refused("oldest")

    assert "the tests fail on the installed wheel" in said
    assert "python-dateutil 2.9.0.post0" in said
    assert "test_planted" in said


def test_a_test_that_fails_on_the_newest_release(tree):
    """What breaks with the newest dateutil alone is refused by `newest`, and passes `oldest`."""
    plant_test(tree, 'from importlib.metadata import version; assert version("python-dateutil") < "3"')

    tree.accepted("oldest")
    said = tree.refused("newest")

    assert "the tests fail on the installed wheel" in said
    assert "test_planted" in said


def test_a_package_that_works_only_beside_its_sources(tree):
    """What needs src/ is refused, since those who install the wheel have none."""
    plant_test(tree, 'assert open("src/grantkit/py.typed").read() == ""')

    said = tree.refused("newest")

    assert "No such file or directory: 'src/grantkit/py.typed'" in said


def test_a_test_that_fails_on_another_python(tree):
    """What breaks on another Python of the classifiers is refused, where that Python is."""
    plant_test(tree, f"import sys; assert sys.version_info[:2] == {tuple(sys.version_info[:2])}")

    passed, said = tree.judge("other-pythons")

    if passed and "skipped in part" in said:
        pytest.skip("there is no other Python on this machine")
    assert not passed
    assert "the tests fail on the installed wheel (Python 3." in said
