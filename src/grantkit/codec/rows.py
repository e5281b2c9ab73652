"""Rows of the projection as canonical JSON, for stores that keep them so."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from grantkit.canonical import canonical_bytes
from grantkit.codec import made, nouns
from grantkit.codec.nouns import Data
from grantkit.codec.sealing import sparse
from grantkit.errors import Corrupt
from grantkit.inputs import FrozenMap
from grantkit.model import Cut, Freeze, Head, Row, Stance


def row_text(row: Row | Freeze) -> str:
    """Return *row*, or the freeze in one, in its one spelling."""
    return canonical_bytes(sparse(row.to_data())).decode()


def read_row(kind: str, text: str) -> Row:
    """
    Return the row that :func:`row_text` spelled.

    Args:
        kind: The first part of its key.
        text: The spelling.

    Raises:
        Corrupt: If it is no such row.
    """
    try:
        found = _READERS[kind](json.loads(text))
        spelled = row_text(found)
    except Exception as error:  # whatever a reader meets in data that is not what it should be
        raise Corrupt(what=f"a row of kind {kind} that is none") from error
    if spelled != text:
        raise Corrupt(what=f"a row of kind {kind} that says more, or in other words, than is read")
    return found


def _head(data: Data) -> Row:
    return Head(
        tenant=nouns.words(data["tenant"]),
        seq=nouns.number(data["seq"]),
        hash=nouns.words(data.get("hash", "")),
        seen_at=nouns.instant(data["seen_at"]),
        rules=nouns.words(data.get("rules", "")),
        freeze=_freeze(data),
        cut_off=nouns.number(data["cut_off"]),
    )


def _stance(data: Data) -> Row:
    return Stance(
        agent=nouns.words(data["agent"]), freeze=_freeze(data), cut_off=nouns.number(data["cut_off"])
    )


def _freeze(data: Mapping[str, Any]) -> Freeze | None:
    found = data.get("freeze")
    return None if found is None else nouns.freeze(found)


def _cut(data: Data) -> Row:
    return Cut(
        agent=nouns.maybe(data.get("agent")), seq=nouns.number(data["seq"]), at=nouns.instant(data["at"])
    )


_READERS: Mapping[str, Callable[[Data], Row]] = FrozenMap(
    {
        "head": _head,
        "agent": _stance,
        "cut": _cut,
        "retry": made.retry,
        "grant": made.grant,
        "consent": made.consent,
        "request": made.request,
        "session": made.session,
        "usage": made.usage,
    }
)
