"""The documentation builds with warnings as errors."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
NEEDED = ("sphinx", "furo", "myst_parser", "sphinx_copybutton", "fastapi")
MISSING = [name for name in NEEDED if find_spec(name) is None]


needs_the_tools = pytest.mark.skipif(
    bool(MISSING), reason=f"the extra `docs` is not installed: no {', '.join(MISSING)}"
)


def build(docs, to):
    places = ["-d", str(to / "doctrees"), str(docs), str(to / "html")]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", "-b", "html", *places],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@needs_the_tools
def test_the_documentation_builds_without_a_warning(tmp_path):
    """Every page builds, and every reference leads somewhere."""
    built = build(DOCS, tmp_path)
    assert (0, "") == (built.returncode, built.stderr)
    assert (tmp_path / "html" / "index.html").is_file()


@needs_the_tools
def test_a_reference_that_leads_nowhere_fails_the_build(tmp_path):
    """A page that refers to what is not there does not pass: the planted fault of the test above."""
    docs = tmp_path / "docs"  # one page under the real configuration, which is what makes a fault of it
    for beside in ("_ext", "_static"):
        shutil.copytree(DOCS / beside, docs / beside)
    shutil.copy(DOCS / "conf.py", docs)
    page = docs / "index.md"
    page.write_text("# A page\n\n```{py:class} grantkit.Here\n```\n\nSee {py:class}`grantkit.Here`.\n")
    sound = build(docs, tmp_path / "sound")
    page.write_text(page.read_text() + "\nSee {py:class}`grantkit.Nowhere`.\n")
    faulty = build(docs, tmp_path / "faulty")
    assert (0, "") == (sound.returncode, sound.stderr)
    assert 0 != faulty.returncode
    assert "grantkit.Nowhere" in faulty.stderr
