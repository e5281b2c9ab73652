"""
The async twins of modules, made from the sync ones: what differs is who waits, and nothing else is said twice.

    python tools/twin.py            writes them, each into the folder aio beside the module that it is made from
    python tools/twin.py --check    says which are not as they would be written; 1 if any

A module that has a twin holds classes of verbs and no logic: they check arguments and hand a plan to a driver. Here
every public method becomes ``async def``, a call of what waits (see ``WAITS``) is awaited, and names become the async
ones (see ``names``). Docstrings stay as they are, but for those names and ``PHRASES``. Ruff does the layout.
"""

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TREE = Path(__file__).parents[1]
PACKAGE = "src/grantkit"

PORTS = ("ports/store", "ports/people")
SHELL = (
    "service/guarded",
    "service/door",
    "service/consenting",
    "service/handing_on",
    "service/answering",
    "service/braking",
    "service/working",
    "service/looking",
    "service/reviewing",
    "service/ledger",
    "service/delivery",
    "service/access",
)

#: Calls that wait for a store, as they are written in the sync modules.
WAITS = frozenset(
    {"drive", "typed", "self._run", "self._do", "self._deliver", "self._may_read", "self.authorize"}
    | {"host.rules_of", "host.member_may"}
    | {f"self._store.{method}" for method in ("read", "append", "count")}
)
#: Functions that have a twin of their own, written by hand. In prose, these are words.
CALLED = {
    "drive": "drive_async",
    "typed": "typed_async",
    "host.rules_of": "host.rules_of_async",
    "host.member_may": "host.member_may_async",
}
#: Ports of which an async host may pass either kind.
EITHER = ("Directory", "Notifier")
#: What else a docstring says of the async ones. Where it is not found, the tool says so.
PHRASES = {
    "service/access": {
        "Safe for many threads, as its store is.": """\
Every verb of :class:`~grantkit.SupportAccess`, awaited, over an async store. Safe for many tasks.

    A verb that is cancelled has written all or nothing. What gives the rules of a tenant may be async, and so may
    member rights. Predicates, the clock and the rest are called as they are, on the loop: they must not block.""",
    },
    "service/delivery": {
        "take: Called with each event;": "take: Called with each event, async or not;",
        "notifier: Tells one reader;": "notifier: Tells one reader, async or not;",
    },
    "service/ledger": {"A file opened in binary mode.": "A file opened in binary mode, or an async one."},
}

HEADER = "# Made from {source} by `python tools/twin.py`: edit that, and run this.\n"


def twin_of(module: str) -> str:
    """Return where the twin of a module lies: in the folder ``aio`` beside it."""
    room, _, name = module.rpartition("/")
    return f"{room}/aio/{name}"


def names(tree: Path) -> dict[str, str]:
    """Return the async name of each class that has a twin."""
    found: dict[str, str] = {}
    for module in (*PORTS, *SHELL):
        for node in ast.parse(source_of(tree, module)).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = f"Async{node.name}"
            elif not isinstance(node, ast.Expr | ast.Import | ast.ImportFrom):
                raise SystemExit(
                    f"{module}.py:{node.lineno}: only classes have twins: let this stand elsewhere"
                )
    return found


def source_of(tree: Path, module: str) -> str:
    """Return the text of a sync module."""
    return (tree / PACKAGE / f"{module}.py").read_text(encoding="utf-8")


def places(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield where ``async`` and ``await`` go: line, column, word."""
    parsed = ast.parse(source)
    for node in ast.walk(parsed):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WAITS:
            yield node.lineno, node.col_offset, "await "
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and waits(method):
                    yield method.lineno, method.col_offset, "async "


def waits(method: ast.FunctionDef) -> bool:
    """Whether a method of the twin is async: every verb is, and whatever waits."""
    calls = (ast.unparse(node.func) for node in ast.walk(method) if isinstance(node, ast.Call))
    overload = any(ast.unparse(each) == "overload" for each in method.decorator_list)
    return not method.name.startswith("_") or overload or not WAITS.isdisjoint(calls)


def twin(tree: Path, module: str, known: dict[str, str]) -> str:
    """Return the text of the twin of a module."""
    lines = source_of(tree, module).splitlines(keepends=True)
    for line, column, word in sorted(places("".join(lines)), reverse=True):
        text = lines[line - 1].encode()
        lines[line - 1] = (text[:column] + word.encode() + text[column:]).decode()
    text = "".join(lines)
    for other in (*PORTS, *SHELL):
        text = text.replace(
            f"from grantkit.{dotted(other)} import", f"from grantkit.{dotted(twin_of(other))} import"
        )
    if module in SHELL:
        known = {name: other for name, other in known.items() if name not in EITHER}
        for name in EITHER:
            text = re.sub(rf"^(from .*\b){name}\b", rf"\1Async{name}, {name}", text, flags=re.MULTILINE)
            text = re.sub(rf": {name}\b", f": Async{name} | {name}", text)
    text = re.sub(r"\b[A-Za-z]\w*\b", lambda found: known.get(found[0], found[0]), text)
    for name, other in CALLED.items():
        text = re.sub(rf"\b{name}(?=\()|(?<= import ){name}$", other, text, flags=re.MULTILINE)
    for phrase, other in PHRASES.get(module, {}).items():
        if phrase not in text:
            raise SystemExit(f"{module}.py does not say {phrase!r} any more: see PHRASES in tools/twin.py")
        text = text.replace(phrase, other)
    return laid_out(tree, module, HEADER.format(source=f"{PACKAGE}/{module}.py") + text)


def dotted(module: str) -> str:
    """Return a module as imports name it."""
    return module.replace("/", ".")


def laid_out(tree: Path, module: str, text: str) -> str:
    """Return *text* with its imports in order, formatted."""
    where = ["--no-cache", "--quiet", "--stdin-filename", f"{PACKAGE}/{twin_of(module)}.py", "-"]
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, *where]
        text = subprocess.run(ruff, cwd=tree, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> int:
    """Write the twins, or say which are not as they would be."""
    parser = argparse.ArgumentParser(prog="twin", description="Makes the async twins of modules.")
    parser.add_argument("--check", action="store_true", help="write nothing; say which differ")
    parser.add_argument("--tree", type=Path, default=TREE, help="the tree to work on")
    asked = parser.parse_args()
    known = names(asked.tree)
    stale: list[str] = []
    for module in (*PORTS, *SHELL):
        path = asked.tree / PACKAGE / f"{twin_of(module)}.py"
        text = twin(asked.tree, module, known)
        if asked.check and not (path.is_file() and path.read_text(encoding="utf-8") == text):
            stale.append(f"{path.relative_to(asked.tree)} is not as tools/twin.py makes it: run that")
        elif not asked.check:
            path.write_text(text, encoding="utf-8")
    print(*stale, sep="\n", end="\n" if stale else "")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
