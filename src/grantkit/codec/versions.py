"""
Versions of the spelling of events: what was sealed is never spelled anew, only read as if it had been.

The hash is over the bytes as they were written, so it is checked before any of this.
"""

from collections.abc import Callable, Mapping
from typing import Any

from grantkit.codec.nouns import Data, number
from grantkit.inputs import FrozenMap

SCHEMA = 2
"""
The version that is written. It goes up whenever an event of an older version would be read wrongly by the readers of
today; what could only be read by them is refused.
"""


def upcast(data: Data) -> dict[str, Any]:
    """
    Return an event of any known version as one of the present version.

    Raises:
        ValueError: If it is of a version that is not known here: written by a later grantkit, or made up.
    """
    found = dict(data)
    while (version := number(found.get("v"))) != SCHEMA:
        step = _STEPS.get(version)
        if step is None:
            msg = f"an event of version {version}, and this grantkit reads up to {SCHEMA}"
            raise ValueError(msg)
        found = {**step(found), "v": version + 1}
    return found


def _from_1(data: dict[str, Any]) -> dict[str, Any]:
    """
    Version 1 joined kind and id of a holder with a colon, and an id may hold one.

    It was never released. It stands here so that reading an old version is proven before there is one to read.
    """
    if data.get("kind") != "granted":
        return data
    grant = data["body"]["grant"]
    kind, _, ident = grant["holder"].partition(":")
    return {**data, "body": {"grant": {**grant, "holder": {"kind": kind, "id": ident}}}}


_STEPS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = FrozenMap({1: _from_1})
