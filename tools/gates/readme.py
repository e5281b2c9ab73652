"""The README's two commands work for a newcomer: as they stand there, in a fresh clone, nothing set up."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from common import GateFailed, Place, clean_environment, gate, run

SHELL_FENCES: Final = frozenset({"", "sh", "bash", "shell", "console"})


def sections(text: str) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Yield each heading of a Markdown text with the fenced blocks below it, as (language, lines)."""
    heading, blocks, fence = "", list[tuple[str, list[str]]](), ""
    for line in text.splitlines():
        mark = re.match(r" {0,3}(`{3,}|~{3,})\s*(.*)$", line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2]:
                fence = ""
            else:
                blocks[-1][1].append(line)
        elif mark:
            fence = mark[1]
            blocks.append((mark[2].strip().lower(), []))
        elif re.match(r"#{1,6} ", line):
            yield heading, blocks
            heading, blocks = line.strip(), []
    yield heading, blocks


def command_under(heading: str, text: str) -> str:
    """
    Return the one command that the README's *text* gives under *heading*.

    Raises:
        GateFailed: If the heading is not there once, with one shell block of one line below it.
    """
    found = [blocks for title, blocks in sections(text) if title == heading]
    if len(found) != 1:
        raise GateFailed(f"README.md has {len(found)} headings '{heading}': it needs exactly one")
    shell = [lines for language, lines in found[0] if language in SHELL_FENCES]
    if len(shell) != 1:
        raise GateFailed(
            f"README.md has {len(shell)} shell blocks under '{heading}': it needs exactly one, "
            "fenced as ```sh (fence the output of a command as ```text)"
        )
    command = [line for line in shell[0] if line.strip()]
    if len(command) != 1 or command[0].rstrip().endswith("\\"):
        raise GateFailed(
            f"README.md has {len(command)} lines in the block under '{heading}': it needs exactly one, "
            "to paste as it stands; join the steps with &&"
        )
    if command[0].lstrip().startswith(("$ ", "> ", "# ", "% ")):
        raise GateFailed(
            f"README.md: the command under '{heading}' starts with a prompt, so it can't be pasted: "
            "leave the prompt out"
        )
    return command[0]


def fresh_clone(place: Place, name: str) -> Path:
    """Return a new clone of the tree's HEAD, so that a stray file cannot help."""
    clone = place.work / name
    run(
        ["git", "clone", "--quiet", "--no-hardlinks", place.tree, clone],
        cwd=place.work,
        otherwise=f"{place.tree} can't be cloned: the README's commands run on what is committed, so commit",
    )
    return clone


def run_readme(heading: str, clone: Path, env: Mapping[str, str]) -> None:
    """Run the command under *heading* in *clone*, exactly as it stands in the README there."""
    readme = clone / "README.md"
    if not readme.is_file():
        raise GateFailed("README.md is not in the commit: write it and commit it")
    command = command_under(heading, readme.read_text(encoding="utf-8"))
    print(f"$ {command}", flush=True)
    run(
        ["bash", "-c", command],
        cwd=clone,
        env=env,
        otherwise=f"the README's command under '{heading}' fails in a fresh clone: mend the one or the other",
    )


@gate
def readme_see(place: Place) -> None:
    """The README's first command works in a fresh clone."""
    run_readme("## See it work", fresh_clone(place, "clone-see"), clean_environment())


@gate
def readme_tests(place: Place) -> None:
    """The README's second command works in a fresh clone: the one full run of the tests."""
    run_readme("## Run the tests", fresh_clone(place, "clone-tests"), clean_environment())
