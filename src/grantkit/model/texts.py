"""
Where erasable texts lie in an event: said once, for sealing, for reading and for erasing.

Erasable are the words of people: names, reasons, references. Ids, roles, tickets and typed words are keys or come from
the rules; they stay.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from grantkit.canonical import Plain
from grantkit.model.bodies import Amended, Granted
from grantkit.model.consent import Approval
from grantkit.model.events import Event
from grantkit.model.principals import Actor, System, named

REASON: Final = "reason"
PAYLOAD: Final = "payload"
"""The digest of what an idempotency key stands for: the reason is in it, so that it could be guessed from it."""


def name_of(actor: Actor) -> str:
    """Return what the name of *actor* is called among the texts of an event."""
    return f"name:{_kind(actor)}:{actor.id}"


def reference_of(approver: Actor) -> str:
    """Return what the reference of the approval by *approver* is called among the texts of an event."""
    return f"reference:{_kind(approver)}:{approver.id}"


def _kind(actor: Actor) -> str:
    return type(actor).__name__.lower()


def texts_of(event: Event) -> dict[str, str]:
    """Return the erasable texts of *event* by what they are there."""
    found: dict[str, str | None] = {}
    if not isinstance(event.actor, System):
        found[name_of(event.actor)] = event.actor.name
    if isinstance(event.body, Granted):
        found[REASON] = event.body.grant.reason or None
    for approval in _approvals(event):
        found[reference_of(approval.by)] = approval.reference
    if event.retry is not None:
        found[PAYLOAD] = event.retry.payload or None
    return {what: text for what, text in found.items() if text is not None}


def with_texts(event: Event, texts: Mapping[str, str]) -> Event:
    """Return *event* with these texts and no others: those that were erased read as if nothing had been said."""
    body = event.body
    if isinstance(body, Granted):
        approvals = tuple(_with_reference(each, texts) for each in body.grant.approvals)
        body = Granted(attrs.evolve(body.grant, reason=texts.get(REASON, ""), approvals=approvals))
    elif isinstance(body, Amended) and body.approval is not None:
        body = attrs.evolve(body, approval=_with_reference(body.approval, texts))
    retry = event.retry and attrs.evolve(event.retry, payload=texts.get(PAYLOAD, ""))
    return attrs.evolve(
        event, actor=named(event.actor, texts.get(name_of(event.actor))), body=body, retry=retry
    )


def without_texts(event: Event) -> dict[str, Plain]:
    """Return *event* as plain data that holds none of its texts."""
    return with_texts(event, {}).to_data()


def placed(event: Event) -> bool:
    """Whether an approval in *event* says where it was sealed: only rows do, since the event is the place."""
    return any(approval.seq is not None for approval in _approvals(event))


def _approvals(event: Event) -> tuple[Approval, ...]:
    match event.body:
        case Granted(grant=grant):
            return grant.approvals
        case Amended(approval=Approval() as approval):
            return (approval,)
        case _:
            return ()


def _with_reference(approval: Approval, texts: Mapping[str, str]) -> Approval:
    return attrs.evolve(approval, reference=texts.get(reference_of(approval.by)))
