"""The documentation builds with warnings as errors."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
NEEDED = ("sphinx", "furo", "myst_parser", "sphinx_copybutton")
MISSING = [name for name in NEEDED if find_spec(name) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"the extra `docs` is not installed: no {', '.join(MISSING)}")
def test_the_documentation_builds_without_a_warning(tmp_path):
    """Every page builds, and every reference leads somewhere."""
    places = ["-d", str(tmp_path / "doctrees"), str(DOCS), str(tmp_path / "html")]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", "-b", "html", *places],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (0, "") == (built.returncode, built.stderr)
    assert (tmp_path / "html" / "index.html").is_file()
