"""Erasing texts and forgetting a tenant: what goes, what stays, and who may."""

from collections.abc import Iterable

import attrs

from grantkit.lifecycle.entitlement import not_through_a_grant, refuse
from grantkit.lifecycle.slices import Act, Outcome
from grantkit.lifecycle.touching import touched
from grantkit.model import (
    Amended,
    Approved,
    Consented,
    Denied,
    Entered,
    Erased,
    Event,
    Granted,
    KeyUse,
    LedgerHead,
    Member,
    Requested,
    RowKey,
    TenantForgotten,
    TicketLinked,
)
from grantkit.model.texts import PAYLOAD, PREVIEW, REASON, texts_of

NOBODYS: frozenset[str] = frozenset()
_MOST = 500
"""How many texts one event names at the most, so that no event grows without bound."""


@attrs.frozen
class Erasure:
    """
    What goes of one event.

    Attributes:
        seq: Its sequence.
        whats: Which texts.
        row: The key of the row that holds one of them, if one does.
        key: The idempotency key whose payload is one of them, if one is.
    """

    seq: int
    whats: tuple[str, ...]
    row: RowKey | None
    key: KeyUse | None


def to_erase(
    event: Event, seqs: frozenset[int], people: frozenset[str], requests: frozenset[str] = NOBODYS
) -> Erasure | None:
    """
    Return what goes of *event*: every text if it is among *seqs*, and the names of *people*, by id.

    Of *requests*, by id, the words that say why they were asked go wherever they were said again: in what approvers
    were shown, and in what came of it. Texts that are gone already do not go again.
    """
    there = texts_of(event)
    again = (REASON, PREVIEW) if _answers(event) in requests else ()
    whats = tuple(what for what in there if event.seq in seqs or what in again or _names_one_of(what, people))
    if not whats:
        return None
    retry = event.retry if PAYLOAD in whats else None
    row = _row(event)
    in_its_row = any(what == REASON or what.startswith("reference:") for what in whats)
    return Erasure(
        event.seq,
        whats,
        row if in_its_row else None,
        None if retry is None else (retry.actor, retry.verb, retry.key),
    )


def asked_in(event: Event) -> str | None:
    """Return the id of the request that *event* asked, if it asked one."""
    return event.body.request.id if isinstance(event.body, Requested) else None


def _answers(event: Event) -> str | None:
    match event.body:
        case Approved(request_id=ident):
            return ident
        case Granted(grant=made) | Consented(consent=made):
            return made.request
        case _:
            return None


def _names_one_of(what: str, people: frozenset[str]) -> bool:
    kind, _, whose = what.partition(":")
    return kind == "name" and whose.partition(":")[2] in people


_WORDED = (Granted, Amended, TicketLinked, Consented, Requested, Approved, Denied, Entered)


def _row(event: Event) -> RowKey | None:
    """Return the key of the row that holds a reason or a reference of *event*, beside the head, if one does."""
    return touched(event)[1] if isinstance(event.body, _WORDED) else None


def erase(act: Act, erasures: Iterable[Erasure]) -> Outcome:
    """
    Return the events that say which texts are gone, none if there are none.

    Raises:
        NotEntitled: If the actor is a member: erasing is a duty of whoever keeps the record.
        ActingThroughGrant: If they act through a grant.
    """
    _keeper(act, "erase texts")
    whole = tuple(erasures)
    parts = (whole[start : start + _MOST] for start in range(0, len(whole), _MOST))
    return Outcome(bodies=tuple(_erased(part) for part in parts))


def _erased(part: tuple[Erasure, ...]) -> Erased:
    return Erased(
        texts=tuple((each.seq, what) for each in part for what in each.whats),
        grants=losing("grant", part),
        consents=losing("consent", part),
        requests=losing("request", part),
        sessions=losing("session", part),
        keys=tuple(each.key for each in part if each.key is not None),
    )


def losing(kind: str, part: tuple[Erasure, ...]) -> tuple[str, ...]:
    """Return the ids of the rows of one kind that lose a text, each once."""
    return tuple(sorted({each.row[1] for each in part if each.row is not None and each.row[0] == kind}))


def forget(act: Act, head: LedgerHead) -> Outcome:
    """
    Return the event of the vendor's own record that keeps the last *head* of a tenant whose record goes.

    Raises:
        NotEntitled: If the actor is a member.
        ActingThroughGrant: If they act through a grant.
    """
    _keeper(act, "forget a tenant")
    if head.seq == 0:
        return Outcome(bodies=())
    return Outcome(bodies=(TenantForgotten(head),))


def _keeper(act: Act, verb: str) -> None:
    not_through_a_grant(act.by, verb)
    if isinstance(act.by, Member):
        raise refuse(act.by, verb, ("an Agent of the vendor", "a System"))
