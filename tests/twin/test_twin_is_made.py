"""The async shell is made from the sync one: by a tool that says when it is not, and verb by verb the same."""

import inspect
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grantkit import AsyncSupportAccess, SupportAccess
from grantkit.ports import (
    AsyncCursors,
    AsyncDirectory,
    AsyncMemberRights,
    AsyncNotifier,
    AsyncStore,
    Cursors,
    Directory,
    MemberRights,
    Notifier,
    Store,
)
from grantkit.service.aio.delivery import AsyncDelivery
from grantkit.service.aio.guarded import AsyncGuardedStore
from grantkit.service.aio.ledger import AsyncLedger
from grantkit.service.delivery import Delivery
from grantkit.service.guarded import GuardedStore
from grantkit.service.ledger import Ledger
from grantkit.stores import AsyncMemoryStore, MemoryStore

PROJECT = Path(__file__).parents[2]
TOOL = PROJECT / "tools" / "twin.py"
PACKAGE = Path("src", "grantkit")

#: What is the same for both, and awaited in neither.
AT_ONCE = {"clock", "delivery", "ledger", "over"}
TWINS = [
    (SupportAccess, AsyncSupportAccess),
    (Ledger, AsyncLedger),
    (Delivery, AsyncDelivery),
    (Store, AsyncStore),
    (Cursors, AsyncCursors),
    (Directory, AsyncDirectory),
    (Notifier, AsyncNotifier),
    (MemberRights, AsyncMemberRights),
    (GuardedStore, AsyncGuardedStore),
    (MemoryStore, AsyncMemoryStore),
]


def made(tree):
    """Ask the tool whether the twins of *tree* are as it makes them; return its exit status and what it says."""
    done = subprocess.run(
        [sys.executable, TOOL, "--check", "--tree", tree], check=False, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path):
    """A copy of what the tool reads and writes."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    (tmp_path / PACKAGE).mkdir(parents=True)
    shutil.copy(PROJECT / PACKAGE / "__init__.py", tmp_path / PACKAGE)
    for room in ("ports", "service"):
        copied = tmp_path / PACKAGE / room
        shutil.copytree(PROJECT / PACKAGE / room, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def edit(path, old, new):
    """Change a file where it says *old*."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_twins_are_as_the_tool_makes_them():
    """The async modules in the tree are those that `tools/twin.py` makes from the sync ones, to the byte."""
    assert (0, "") == made(PROJECT)


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        ("service/aio/braking.py", "return await self._run(", "return self._run(", "service/aio/braking.py"),
        ("service/braking.py", "Works once or twice", "Works once", "service/aio/braking.py"),
        ("ports/store.py", "def tenants(", "def all_tenants(", "ports/aio/store.py"),
    ],
    ids=["an edited twin", "an edited docstring", "another method"],
)
def test_a_twin_that_is_not_as_it_is_made_is_named(tree, file, old, new, stale):
    """A twin that was edited by hand, or whose source was edited without it, fails the check by name."""
    assert 0 == made(tree)[0]
    edit(tree / PACKAGE / file, old, new)

    status, said = made(tree)
    assert 1 == status
    assert [stale] == re.findall(r"^src/grantkit/(\S+) is not as", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("service/braking.py", "class Braking", "LIMIT = 3\n\n\nclass Braking", "only classes have twins"),
        ("service/ledger.py", "opened in binary mode.", "opened for bytes.", "any more"),
    ],
    ids=["logic beside the verbs", "a phrase that is gone"],
)
def test_what_cannot_have_a_twin_is_refused(tree, file, old, new, says):
    """Logic in a module of verbs, which a twin would say twice, and a phrase nobody finds are refused."""
    edit(tree / PACKAGE / file, old, new)

    status, said = made(tree)
    assert 1 == status
    assert says in said


def verbs(kind):
    """Return the public names of a class, with what is behind each."""
    return {name: getattr(kind, name) for name in dir(kind) if not name.startswith("_")}


def plainly(annotation):
    """Return an annotation without what makes it an async one."""
    text = str(annotation)
    text = re.sub(r"[\w.]+\.aio\.people\.Async(?:Directory|Notifier) \| ", "", text)
    return re.sub(r"<class '(.*)'>", r"\1", text).replace(".aio.", ".").replace("Async", "")


def shape(verb):
    """Return what calls a verb: names, kinds, defaults and annotations of what it takes, and what it gives."""
    signature = inspect.signature(verb)
    taken = [
        (each.name, each.kind, each.default, plainly(each.annotation))
        for each in signature.parameters.values()
    ]
    return taken, plainly(signature.return_annotation)


def said_of(kind, name):
    """Return the docstring of a verb without what is said of async ones alone."""
    text = getattr(kind, name).__doc__
    for phrases in runpy.run_path(str(TOOL))["PHRASES"].values():
        for plain, other in phrases.items():
            text = text.replace(other, plain)
    return text.replace("Async", "")


def differences(plain, twin):
    """Return the verbs in which a class and its twin are not the same."""
    ours, theirs = verbs(plain), verbs(twin)
    differ = {name for name in ours.keys() ^ theirs.keys() if name not in AT_ONCE}
    for name in ours.keys() & theirs.keys() - AT_ONCE:
        same = shape(ours[name]) == shape(theirs[name]) and said_of(plain, name) == said_of(twin, name)
        if not (same and inspect.iscoroutinefunction(theirs[name])):
            differ.add(name)
    return differ


@pytest.mark.parametrize(("plain", "twin"), TWINS, ids=lambda kind: kind.__name__)
def test_every_verb_has_a_twin(plain, twin):
    """Each public method has an async one of the same name, arguments, defaults, types, result and docstring."""
    assert set() == differences(plain, twin)
    assert verbs(plain).keys() - AT_ONCE  # not nothing at all


class Sabotaged(AsyncSupportAccess):
    """A twin with one fault of each kind."""

    def withdraw(self, tenant, request_id, *, by):
        return super().withdraw(tenant, request_id, by=by)

    async def revoke(self, tenant, grant_id, *, by):
        """End a grant."""

    async def more(self):
        """Do more."""


def test_a_verb_that_differs_is_noticed():
    """A verb that is not async, that takes or says less, that is gone or is one too many does not go unnoticed."""
    assert {"withdraw", "revoke", "more"} == differences(SupportAccess, Sabotaged)
    assert {"enter", "leave", "link_ticket", "record_use", "resolve_ticket"} <= differences(
        SupportAccess, AsyncLedger
    )


@pytest.mark.parametrize("name", ["__init__", "over", "clock"])
def test_what_is_set_up_is_set_up_alike(name):
    """The constructor and what needs no store, `over` and `clock`, are one and the same code for both."""
    assert getattr(SupportAccess, name) is getattr(AsyncSupportAccess, name)
