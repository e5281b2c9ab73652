"""From plain data back to the bodies of events: one reader for each kind."""

from collections.abc import Callable, Mapping

from grantkit.codec import made, nouns
from grantkit.codec.nouns import Data, maybe, number, words
from grantkit.inputs import FrozenMap
from grantkit.model import (
    Amended,
    Approved,
    Body,
    ClockCorrected,
    Confirmed,
    Consented,
    ConsentEnded,
    CutOff,
    Denied,
    Ending,
    EndRecorded,
    Entered,
    Erased,
    Frozen,
    Granted,
    Lapsed,
    Left,
    Reinstated,
    Relinquished,
    Requested,
    Revoked,
    RulesAdopted,
    Settling,
    StepOpened,
    Suspended,
    TenantForgotten,
    TicketLinked,
    TicketSolved,
    Unfrozen,
    Used,
    Withdrawn,
)


def body(kind: str, data: Data, event: Data) -> Body:
    """
    Read the body of an event of *kind*; *event* is the whole of it.

    Raises:
        KeyError: If there is no such kind, or something is missing.
    """
    return _OF_EVENTS[kind](data, event) if kind in _OF_EVENTS else _READERS[kind](data)


def _rules_adopted(data: Data) -> Body:
    return RulesAdopted(words(data["digest"]), words(data.get("name", "")))


def _granted(data: Data, event: Data) -> Body:
    _not_placed(*data["grant"].get("approvals", ()))
    # Tenant and rules are those of the event: said twice, they could differ.
    return Granted(made.grant({**data["grant"], "tenant": event["tenant"], "rules": event.get("rules", "")}))


def _consented(data: Data, event: Data) -> Body:
    _not_placed(*data["consent"].get("approvals", ()))
    placed = {**data["consent"], "tenant": event["tenant"], "rules": event.get("rules", "")}
    return Consented(made.consent(placed))


def _requested(data: Data, event: Data) -> Body:
    beforehand = data["request"].get("beforehand")
    _not_placed(*(() if beforehand is None else (beforehand,)))
    # Who asks is who did it, and their name is a text of the event.
    by = {key: value for key, value in event["actor"].items() if key != "name"}
    placed = {**data["request"], "tenant": event["tenant"], "rules": event.get("rules", ""), "by": by}
    return Requested(made.request(placed))


def _step_opened(data: Data) -> Body:
    return StepOpened(
        _request_id(data),
        number(data["step"]),
        tuple(words(each) for each in data["awaits"]),
        number(data["needs"]),
        nouns.end(data["lapses_at"]),
    )


def _approved(data: Data) -> Body:
    _not_placed(data["approval"])
    ask = data.get("ask")
    return Approved(
        request_id=_request_id(data),
        approval=nouns.approval(data["approval"]),
        ask=None if ask is None else made.ask(ask),
        said=words(data.get("said", "")),
    )


def _lapsed(data: Data) -> Body:
    how = Settling(data["how"])
    if how not in (Settling.LAPSED, Settling.CUT_OFF):
        msg = "a lapse that is none"
        raise ValueError(msg)
    return Lapsed(_request_id(data), how)


def _request_id(data: Data) -> str:
    return words(data["request_id"])


def _revoked(data: Data) -> Body:
    return _consent_ended(data, Ending.REVOKED) if "consent_id" in data else Revoked(_grant_id(data))


def _relinquished(data: Data) -> Body:
    return (
        _consent_ended(data, Ending.RELINQUISHED) if "consent_id" in data else Relinquished(_grant_id(data))
    )


def _consent_ended(data: Data, how: Ending) -> Body:
    return ConsentEnded(words(data["consent_id"]), how)


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
    how = Ending(data["how"])
    if "consent_id" not in data:
        return EndRecorded(_grant_id(data), how)
    ended = ConsentEnded(words(data["consent_id"]), how)
    if ended.kind != EndRecorded.kind:
        msg = "an end that has a word of its own"
        raise ValueError(msg)
    return ended


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
        consents=tuple(words(each) for each in data.get("consents", ())),
        requests=tuple(words(each) for each in data.get("requests", ())),
        sessions=tuple(words(each) for each in data.get("sessions", ())),
    )


def _ticket_linked(data: Data) -> Body:
    _not_placed(data["approval"])
    return TicketLinked(
        grant_id=_grant_id(data), ticket=words(data["ticket"]), approval=nouns.approval(data["approval"])
    )


def _ticket_solved(data: Data) -> Body:
    return TicketSolved(
        ticket=words(data["ticket"]),
        grants=tuple(words(each) for each in data["grants"]),
        consents=tuple(words(each) for each in data["consents"]),
    )


def _entered(data: Data, event: Data) -> Body:
    # Who enters is who did it: said twice, they could differ.
    placed = {**data["session"], "tenant": event["tenant"], "agent": event["actor"]["id"]}
    if event["actor"]["kind"] != "agent":
        msg = "a session of somebody who is no agent"
        raise ValueError(msg)
    return Entered(made.session(placed))


def _forgotten(data: Data) -> Body:
    return TenantForgotten(nouns.ledger_head(data["head"]))


_READERS: Mapping[str, Callable[[Data], Body]] = FrozenMap(
    {
        RulesAdopted.kind: _rules_adopted,
        Confirmed.kind: lambda data: Confirmed(_grant_id(data)),
        Amended.kind: _amended,
        StepOpened.kind: _step_opened,
        Approved.kind: _approved,
        Denied.kind: lambda data: Denied(_request_id(data), words(data.get("reason", ""))),
        Withdrawn.kind: lambda data: Withdrawn(_request_id(data)),
        Lapsed.kind: _lapsed,
        Revoked.kind: _revoked,
        Relinquished.kind: _relinquished,
        EndRecorded.kind: _ended,
        TicketLinked.kind: _ticket_linked,
        TicketSolved.kind: _ticket_solved,
        Left.kind: lambda data: Left(words(data["session_id"])),
        Used.kind: lambda data: Used(tuple(made.use(each) for each in data["uses"])),
        CutOff.kind: lambda data: CutOff(_agent(data)),
        Frozen.kind: lambda data: Frozen(_agent(data)),
        Unfrozen.kind: lambda data: Unfrozen(_agent(data)),
        Suspended.kind: lambda data: Suspended(words(data["agent"]), words(data.get("reason", ""))),
        Reinstated.kind: lambda data: Reinstated(words(data["agent"])),
        ClockCorrected.kind: _clock_corrected,
        Erased.kind: _erased,
        TenantForgotten.kind: _forgotten,
    }
)

_OF_EVENTS: Mapping[str, Callable[[Data, Data], Body]] = FrozenMap(
    {
        Granted.kind: _granted,
        Consented.kind: _consented,
        Requested.kind: _requested,
        Entered.kind: _entered,
    }
)
