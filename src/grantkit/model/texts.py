"""
Where erasable texts lie in an event: said once, for sealing, for reading and for erasing.

Erasable are the words of people: names, reasons, references. Ids, roles, tickets and typed words are keys or come from
the rules; they stay.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from grantkit.model.events import Event
from grantkit.model.principals import Actor

REASON: Final = "reason"
PREVIEW: Final = "preview"
PAYLOAD: Final = "payload"
"""The digest of what an idempotency key stands for: the reason is in it, so that it could be guessed from it."""

Data: TypeAlias = dict[str, Any]


def reference_of(approver: Actor) -> str:
    """Return what the reference of the approval by *approver* is called among the texts of an event."""
    return f"reference:{type(approver).__name__.lower()}:{approver.id}"


def name_of(actor: Actor) -> str:
    """Return what the name of *actor* is called among the texts of an event."""
    return f"name:{type(actor).__name__.lower()}:{actor.id}"


def _places(data: Data) -> Iterator[tuple[str, Data, str]]:
    """Yield where a text may lie in an event as plain data: what it is called, the object that holds it, its key."""
    actor = data["actor"]
    if actor["kind"] != "system":
        yield _of("name", actor), actor, "name"
    yield from _in_body(data["kind"], data.get("body", {}))
    if data.get("retry") is not None:
        yield PAYLOAD, data["retry"], "payload"


def _in_body(kind: str, body: Data) -> Iterator[tuple[str, Data, str]]:
    match kind:
        case "granted" | "consented":
            made = body["grant" if kind == "granted" else "consent"]
            yield REASON, made, "reason"
            for approval in made.get("approvals", ()):
                yield _of("reference", approval["by"]), approval, "reference"
        case "requested":
            yield REASON, body["request"], "reason"
        case "entered":
            yield REASON, body["session"], "reason"
        case "approved":
            yield _of("reference", body["approval"]["by"]), body["approval"], "reference"
            yield PREVIEW, body, "said"
        case "denied" | "suspended":
            yield REASON, body, "reason"
        case "ticket_linked":
            yield _of("reference", body["approval"]["by"]), body["approval"], "reference"
        case "amended" if body.get("approval") is not None:
            yield _of("reference", body["approval"]["by"]), body["approval"], "reference"
        case _:
            pass


def _of(what: str, actor: Data) -> str:
    return f"{what}:{actor['kind']}:{actor['id']}"


def take_texts(data: Data) -> dict[str, str]:
    """Take the texts out of an event as plain data, and return them by what they are."""
    found: dict[str, str] = {}
    for what, holder, key in _places(data):
        text = holder.pop(key)
        if text:
            found[what] = text
    return found


def put_texts(data: Data, sealed: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """
    Put the texts that are left back into an event as plain data.

    Args:
        data: The event, changed in place.
        sealed: What it commits to; where nothing was sealed, or what was has been erased, nothing is put.
        texts: The texts that are left.

    Raises:
        ValueError: If a text lies in there already, where it could never be erased, or if it commits to what has no
            place in such an event.
    """
    places = list(_places(data))
    if any(key in holder for _, holder, key in places) or not sealed.keys() <= {
        what for what, _, _ in places
    }:
        msg = "a text that lies where none does"
        raise ValueError(msg)
    for what, holder, key in places:
        if what in texts:
            holder[key] = texts[what]


def texts_of(event: Event) -> dict[str, str]:
    """Return the erasable texts of *event* by what they are there."""
    return take_texts(event.to_data())
