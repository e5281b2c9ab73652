"""What the tests of rule sets share."""

from collections.abc import Callable
from typing import Any

import pytest

from grantkit.errors import InvalidInput
from grantkit.rules import AccessRules


def _refusal(make: Callable[..., object], *args: Any, **values: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        make(*args, **values)
    assert str(caught.value)
    return caught.value.field, caught.value.code


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    """Call something that must be refused, and say by which field and code."""
    return _refusal


@pytest.fixture
def refused() -> Callable[[object], tuple[str, str]]:
    """Read a document that must be refused, and say by which field and code."""
    return lambda document: _refusal(AccessRules.from_data, document)
