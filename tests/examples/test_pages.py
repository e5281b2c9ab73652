"""What the README and the docs show in Python is run (the root conftest.py), and a page that is wrong fails."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FENCE = re.compile(r"^[ \t>]*(?:```+|~~~+)[ \t]*(\S.*)$", re.MULTILINE)


def block(code, language="python"):
    """Return a fenced block."""
    return f"\n```{language}\n{code}\n```\n"


PAGES = {
    "silent": (block("pass"), "passed"),
    "shown": (block("print('once')\n# > once"), "passed"),
    "abridged": (block("print('an id: gr_4711.')\n# > an id: gr_….\nprint('gr_7')\n# > gr_…"), "passed"),
    "indented": (block("for number in range(2):\n    print(number)\n    # > 0\n    # > 1"), "passed"),
    "another": (block("print('once')\n# > twice"), "failed"),
    "less": (block("print('two\\nlines')\n# > two…"), "failed"),
    "unshown": (block("print('and nothing below')"), "failed"),
    "unprinted": (block("'nothing'\n# > nothing"), "failed"),
    "broken": (block("raise SystemError"), "failed"),
    "session": (block(">>> 1 + 1\n2\n>>> 'gr_4711'\n'gr_...'", "pycon"), "passed passed"),
    "wrong-session": (block(">>> 1 + 1\n3", "pycon"), "failed"),
    "story": (
        block("a = 1") + "Prose.\n" + block("print(a)\n# > 1") + block(">>> a\n1", "pycon"),
        "passed passed passed",
    ),
    "forgetful": (block("a"), "failed"),
    "others": (block("exit 1", "sh") + block("{", "json") + block("1 / 0", "text") + block("pass"), "passed"),
    "folder/page": (block("pass"), "passed"),
    "deep/down/page": (block("pass"), "passed"),
}
"""Pages, and how each block that runs there ends."""


def pages():
    """Return the README and every page of the docs."""
    return [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def fences(page):
    """Return (line, language) of each fenced block that names a language."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, mark.start()) + 1, mark[1].strip()) for mark in FENCE.finditer(text)]


def run_pytest(folder, *arguments):
    """Run pytest in a folder, in one process; return what it says."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    return subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True, encoding="utf-8"
    ).stdout


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """How the blocks of each of PAGES end, run with the project's own conftest.py."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(PROJECT / "conftest.py", folder)
    for name, (text, _) in PAGES.items():
        page = folder / "docs" / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    said = run_pytest(folder, "-q", "-rA", "--tb=no", "docs")
    found = re.findall(r"^(PASSED|FAILED) docs/(\S+)\.md::", said, re.MULTILINE)
    return {name: " ".join(how.lower() for how, where in found if where == name) for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_shows_is_what_happens(outcomes, name):
    """A block passes exactly when it runs and prints what it shows; pages lie anywhere, and share no names."""
    _, expected = PAGES[name]

    assert expected == outcomes[name]


def test_python_is_always_fenced_alike():
    """Blocks in Python are fenced as `python` or `pycon` and nothing else, since others would not be run."""
    found = {language for page in pages() for _, language in fences(page) if "py" in language.lower()}

    assert found
    assert set() == found - {"python", "pycon"}


def test_every_block_is_collected():
    """Of each Python block of the README and the docs, pytest collects the first line that runs."""
    there = {
        f"{page.relative_to(PROJECT).as_posix()}:{line if language == 'python' else line + 1}"
        for page in pages()
        for line, language in fences(page)
        if language in {"python", "pycon"}
    }
    said = run_pytest(PROJECT, "-q", "-o", "addopts=", "--collect-only", "README.md", "docs")
    collected = {f"{page}:{line}" for page, line in re.findall(r"^(\S+\.md)::line:(\d+)", said, re.MULTILINE)}

    assert there
    assert set() == there - collected
