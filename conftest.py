"""
Runs the Python blocks of the README and of the docs, page by page: what they show is what happens.

Blocks fenced as ``python`` or ``pycon`` run from the top of a page to its end, in one namespace. What a ``python``
block prints stands right below the line that prints it, behind ``# >``, where ``…`` stands for any characters but the
end of a line: random ids are abridged so. A block that prints something else, or prints and does not show it, fails.
A ``pycon`` block is a doctest (``...`` abridges there). Blocks in other languages are not run; those in Python cannot
be skipped.
"""

import doctest
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from unittest.mock import patch

from sybil import Document, Example, Region, Sybil
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown import CodeBlockParser
from sybil.sybil import SybilCollection

_run = PythonEvaluator()
_sessions = CodeBlockParser("pycon")
_prompts = DocTestStringParser(DocTestEvaluator(doctest.ELLIPSIS))


def shown_in(source: str) -> str:
    """Return what a block says that it prints."""
    return "".join(f"{line}\n" for line in re.findall(r"^ *# > ?(.*)$", source, re.MULTILINE))


def matches(shown: str, printed: str) -> bool:
    """Whether *printed* is what is *shown*, but for what is abridged there."""
    return re.fullmatch(".+?".join(map(re.escape, shown.split("…"))), printed) is not None


def run_and_compare(example: Example) -> str | None:
    """Run a block; return how what it prints differs from what it shows, or None."""
    printed = StringIO()
    with redirect_stdout(printed):
        _run(example)
    shown = shown_in(example.parsed)
    if matches(shown, printed.getvalue()):
        return None
    return f"The block shows:\n{shown or '(nothing)'}\nand prints:\n{printed.getvalue() or '(nothing)'}"


def doctests(document: Document) -> Iterator[Region]:
    """Yield each prompt of each ``pycon`` block, with what it shows."""
    for block in _sessions(document):
        for prompt in _prompts(block.parsed, document.path):
            prompt.adjust(block, block.parsed)
            yield prompt


def begin_with_a_server(namespace: dict[str, object]) -> None:
    """Give a page a database of its own, named as hosts name theirs."""
    from postgres import database, drop_role  # noqa: PLC0415  # a server is started for the page that wants one

    closing = namespace["closing"] = ExitStack()
    closing.callback(drop_role, "support_app")  # after the database has gone: roles are the server's
    address = closing.enter_context(database())
    closing.enter_context(patch.dict(os.environ, DATABASE_URL=address.render_as_string(hide_password=False)))


def end_the_server(namespace: dict[str, object]) -> None:
    """Let the database go, and what the page still holds of it."""
    closing = namespace["closing"]
    assert isinstance(closing, ExitStack)
    closing.close()


parsers = [CodeBlockParser("python", run_and_compare), doctests]
on_a_server = ["postgresql.md", "several-processes.md"]
# `**` in a pattern would mean one folder, no more and no less; pytest's testpaths say where pages lie.
pytest_collect_file = SybilCollection(
    (
        Sybil(parsers=parsers, patterns=["*.md"], excludes=on_a_server),
        Sybil(parsers=parsers, patterns=on_a_server, setup=begin_with_a_server, teardown=end_the_server),
    )
).pytest()
