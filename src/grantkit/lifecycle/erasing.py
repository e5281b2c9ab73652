"""Erasing texts and forgetting a tenant: what goes, what stays, and who may."""

from collections.abc import Iterable

import attrs

from grantkit.lifecycle.entitlement import not_through_a_grant, refuse
from grantkit.lifecycle.slices import Act, Outcome
from grantkit.model import (
    Amended,
    Erased,
    Event,
    Granted,
    KeyUse,
    LedgerHead,
    Member,
    TenantForgotten,
)
from grantkit.model.texts import PAYLOAD, REASON, texts_of

_MOST = 500
"""How many texts one event names at the most, so that no event grows without bound."""


@attrs.frozen
class Erasure:
    """
    What goes of one event.

    Attributes:
        seq: Its sequence.
        whats: Which texts.
        grant: The grant whose row holds one of them, if one does.
        key: The idempotency key whose payload is one of them, if one is.
    """

    seq: int
    whats: tuple[str, ...]
    grant: str | None
    key: KeyUse | None


def to_erase(event: Event, seqs: frozenset[int], people: frozenset[str]) -> Erasure | None:
    """
    Return what goes of *event*: every text if it is among *seqs*, and the names of *people*, by id.

    Texts that are gone already do not go again.
    """
    there = texts_of(event)
    whats = tuple(what for what in there if event.seq in seqs or _names_one_of(what, people))
    if not whats:
        return None
    retry = event.retry if PAYLOAD in whats else None
    grant = _grant(event)
    in_its_row = any(what == REASON or what.startswith("reference:") for what in whats)
    return Erasure(
        event.seq,
        whats,
        grant if in_its_row else None,
        None if retry is None else (retry.actor, retry.verb, retry.key),
    )


def _names_one_of(what: str, people: frozenset[str]) -> bool:
    kind, _, whose = what.partition(":")
    return kind == "name" and whose.partition(":")[2] in people


def _grant(event: Event) -> str | None:
    match event.body:
        case Granted(grant=grant):
            return grant.id
        case Amended(grant_id=ident):
            return ident
        case _:
            return None


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
        grants=tuple(sorted({each.grant for each in part if each.grant is not None})),
        keys=tuple(each.key for each in part if each.key is not None),
    )


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
