"""Reading pages of the documentation, for tests that compare them with the code."""

import re
from pathlib import Path

import grantkit.errors
from grantkit import GrantkitError

DOCS = Path(__file__).parents[2] / "docs"


def page(name):
    return (DOCS / name).read_text(encoding="utf-8")


def headings(text):
    """The headings of the second level, outside of code blocks."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^## (.+)$", prose, flags=re.MULTILINE)


def tables(text):
    """Each table of a page: its rows below the header, as tuples of cells without back-ticks."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    return [
        [
            tuple(cell.strip().replace("`", "") for cell in row.strip("|").split("|"))
            for row in block.splitlines()[2:]
        ]
        for block in blocks
    ]


def between(text, name):
    found = re.search(rf"<!-- {name}: .*?-->\n+(.*?)\n+<!-- end of {name} -->", text, flags=re.DOTALL)
    assert found is not None, f"the page has lost the marks around its {name}"
    return found[1]


def errors():
    """The classes of the public tree, as they stand in the module."""
    found = [each for each in vars(grantkit.errors).values() if isinstance(each, type)]
    return [each for each in found if issubclass(each, GrantkitError)]
