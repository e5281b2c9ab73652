"""From plain data back to the bodies of events: one reader for each kind."""

from collections.abc import Callable, Mapping

from grantkit.codec import nouns
from grantkit.codec.nouns import Data, maybe, number, words
from grantkit.inputs import FrozenMap
from grantkit.model import (
    Amended,
    Body,
    ClockCorrected,
    Confirmed,
    CutOff,
    Ending,
    EndRecorded,
    Erased,
    Frozen,
    Granted,
    Relinquished,
    Revoked,
    RulesAdopted,
    TenantForgotten,
    Unfrozen,
)


def body(kind: str, data: Data, event: Data) -> Body:
    """
    Read the body of an event of *kind*; *event* is the whole of it.

    Raises:
        KeyError: If there is no such kind, or something is missing.
    """
    return _granted(data, event) if kind == Granted.kind else _READERS[kind](data)


def _rules_adopted(data: Data) -> Body:
    return RulesAdopted(words(data["digest"]), words(data.get("name", "")))


def _granted(data: Data, event: Data) -> Body:
    _not_placed(*data["grant"].get("approvals", ()))
    # Tenant and rules are those of the event: said twice, they could differ.
    return Granted(nouns.grant({**data["grant"], "tenant": event["tenant"], "rules": event.get("rules", "")}))


def _amended(data: Data) -> Body:
    approval = data.get("approval")
    if approval is not None:
        _not_placed(approval)
    return Amended(
        grant_id=words(data["grant_id"]),
        old=nouns.terms(data["old"]),
        new=nouns.terms(data["new"]),
        approval=None if approval is None else nouns.approval(approval),
    )


def _not_placed(*approvals: Data) -> None:
    """Refuse an approval that says where it was sealed: the event is the place, and only rows say it."""
    if any("seq" in approval for approval in approvals):
        msg = "an approval that says where it was sealed"
        raise ValueError(msg)


def _grant_id(data: Data) -> str:
    return words(data["grant_id"])


def _agent(data: Data) -> str | None:
    return maybe(data.get("agent"))


def _ended(data: Data) -> Body:
    return EndRecorded(words(data["grant_id"]), Ending(data["how"]))


def _clock_corrected(data: Data) -> Body:
    return ClockCorrected(nouns.instant(data["seen_at"]))


def _erased(data: Data) -> Body:
    return Erased(
        texts=tuple((number(seq), words(what)) for seq, what in data["texts"]),
        grants=tuple(words(each) for each in data["grants"]),
        keys=tuple(
            (tuple(words(part) for part in actor), words(verb), words(key))
            for actor, verb, key in data["keys"]
        ),
    )


def _forgotten(data: Data) -> Body:
    return TenantForgotten(nouns.ledger_head(data["head"]))


_READERS: Mapping[str, Callable[[Data], Body]] = FrozenMap(
    {
        RulesAdopted.kind: _rules_adopted,
        Confirmed.kind: lambda data: Confirmed(_grant_id(data)),
        Amended.kind: _amended,
        Revoked.kind: lambda data: Revoked(_grant_id(data)),
        Relinquished.kind: lambda data: Relinquished(_grant_id(data)),
        EndRecorded.kind: _ended,
        CutOff.kind: lambda data: CutOff(_agent(data)),
        Frozen.kind: lambda data: Frozen(_agent(data)),
        Unfrozen.kind: lambda data: Unfrozen(_agent(data)),
        ClockCorrected.kind: _clock_corrected,
        Erased.kind: _erased,
        TenantForgotten.kind: _forgotten,
    }
)
