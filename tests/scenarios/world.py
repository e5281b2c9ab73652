"""What the stories share: the rule documents, people, and how a refusal is watched from the outside."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from grantkit import AccessRules, Agent, GrantkitError, SupportAccess

E = TypeVar("E", bound=GrantkitError)

DOCUMENTS = Path(__file__).resolve().parent.parent / "data" / "rules"

KIM = Agent("a-kim", teams={"customer-success", "support"}, name="Kim")
LEE = Agent("a-lee", teams={"customer-success", "support"}, name="Lee")
ZOE = Agent("a-zoe", teams={"sales"}, name="Zoe")


def rule_set(name: str, **changes: Any) -> AccessRules:
    """Read a vendor's document as a host would; *changes* replace whole top-level keys of it."""
    return AccessRules.from_data(document(name) | changes)


def document(name: str) -> dict[str, Any]:
    """Return a vendor's document as plain data, to be edited."""
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def one_flow(*, name: str = "access", more: dict[str, Any] | None = None, **flow: Any) -> AccessRules:
    """Return the safe rules with these fields of their one flow, and *more* beside it."""
    return AccessRules.from_data({"schema": 1, "name": "test", "flows": {name: flow}, **(more or {})})


class Settings:
    """A host's settings page: the rules that tenants live under, until somebody edits them."""

    def __init__(self, rules: AccessRules) -> None:
        self.rules = rules

    def __call__(self, tenant: str) -> AccessRules:
        return self.rules


class Counter:
    """Ids that read well in a story: ``gr_1``, ``gr_2``."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self, prefix: str) -> str:
        self.given += 1
        return f"{prefix}{self.given}"


def utc(text: str) -> datetime:
    """Return an instant written as ``2027-03-03 14:20``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def kinds(access: SupportAccess, tenant: str = "acme") -> list[str]:
    """Return what is in the record of *tenant*, one word for each event."""
    return [event.kind for event in access.ledger.history(tenant)]


@contextmanager
def refused(access: SupportAccess, error: type[E], tenant: str = "acme") -> Iterator[pytest.ExceptionInfo[E]]:
    """Expect exactly this error, and that nothing of the tenant has changed by it."""
    before = access.ledger.history(tenant), access.grants(tenant)
    with pytest.raises(error) as caught:
        yield caught
    assert error is type(caught.value)
    assert before == (access.ledger.history(tenant), access.grants(tenant))
