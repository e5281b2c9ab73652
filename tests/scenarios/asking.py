"""What the stories of asking and answering share: both stores, saying yes, and that a refusal leaves no trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grantkit import AccessRequest, GrantkitError, SupportAccess
from grantkit.model import Actor
from grantkit.ports import Store
from grantkit.stores import MemoryStore, SQLiteStore
from scenarios.world import E, refused

STORES = ["memory", "sqlite"]


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Store]:
    """Open a fresh store of one kind."""
    if kind == "memory":
        yield MemoryStore()
        return
    with SQLiteStore(folder / "story.db") as store:
        yield store


def agree(access: SupportAccess, asked: AccessRequest, *, by: Actor, **more: Any) -> AccessRequest:
    """Look at the preview and say yes to what it shows."""
    shown = access.preview(asked.tenant, asked.id)
    told: dict[str, Any] = {"digest": shown.digest, "ends_by": shown.ends_at, **more}
    return access.approve(asked.tenant, asked.id, by=by, **told)


@contextmanager
def no_trace(
    access: SupportAccess, error: type[E], tenant: str = "acme"
) -> Iterator[pytest.ExceptionInfo[E]]:
    """Expect exactly this error, and that no event, grant, consent or request has come or changed by it."""
    before = access.requests(tenant), access.consents(tenant)
    with refused(access, error, tenant) as caught:
        yield caught
    assert before == (access.requests(tenant), access.consents(tenant))


def said_by(access: SupportAccess, error: type[GrantkitError], verb: str, *args: Any, **more: Any) -> str:
    """Return the code with which a verb is refused, without a trace."""
    with no_trace(access, error) as caught:
        getattr(access, verb)(*args, **more)
    return str(caught.value.code)
