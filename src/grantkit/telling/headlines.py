"""Headlines: what happened, in one line, for each kind of event."""

from collections.abc import Callable, Mapping
from typing import Final

from grantkit.model import Consent, Grant
from grantkit.telling.occasions import Subject
from grantkit.telling.told import Told


def headline(told: Told) -> str:
    """Return what happened, in one line."""
    if told.occasion.fell:
        return _fell(told)
    return _HEADLINES.get(told.event.kind, _happened)(told)


def _granted(told: Told) -> str:
    later = f", from {told.begins}" if told.begins else ""
    if isinstance(told.subject, Grant) and told.subject.added_by is not None:
        return f"{told.actor} added {told.holder} to support access at {told.tenant}{later}"
    if told.is_own:
        return f"{told.actor} took up support access to {told.tenant}{later}"
    return f"{told.actor} gave {told.holder} support access to {told.tenant}{later}"


def _requested(told: Told) -> str:
    later = f", from {told.begins}" if told.begins else ""
    return f"{told.actor} asks for support access to {told.tenant}{told.for_another}{later}"


def _revoked(told: Told) -> str:
    # Of a consent not "ended the access": what was let in by another one stays.
    if told.is_consent:
        return f"{told.actor} took back the consent at {told.tenant} that {told.holder} could build on"
    return f"{told.actor} ended the support access of {told.holder} to {told.tenant}"


def _relinquished(told: Told) -> str:
    what = "the consent that could be built on at" if told.is_consent else "support access to"
    return f"{told.actor} gave back {what} {told.tenant}"


def _ended(told: Told) -> str:
    how = str(getattr(told.event.body, "how", ""))
    return f"{over_of(told, told.subject)} is over: {_ENDINGS.get(how, how)}"


def _fell(told: Told) -> str:
    """What is over with something else: with what it rested on, or with everything."""
    what = over_of(told, told.subject)
    if told.event.kind == "cut_off":
        return f"{what} is over: {told.actor} cut off {_cut_off(told)}"
    if told.event.kind == "ended":
        return f"{what} is over: what it rested on has ended"
    return f"{what} is over: {told.actor} ended what it rested on"


def _cut_off(told: Told) -> str:
    agent: str | None = getattr(told.event.body, "agent", None)
    return "everything" if agent is None else told.words.named("agent", agent)


def over_of(told: Told, subject: Subject | None) -> str:
    """Return what is over, as a sentence begins."""
    holder = "all support" if subject is None else told.words.holder(subject.holder, subject.as_team)
    if isinstance(subject, Consent):
        return f"The consent at {told.tenant} that {holder} could build on"
    return f"Support access of {holder} to {told.tenant}"


def _happened(told: Told) -> str:
    return f"{told.event.kind.replace('_', ' ')} at {told.tenant}, by {told.actor}"


_ENDINGS: Final = {
    "expired": "its time has come",
    "cut_off": "its time had come",  # what was cut off before that was told when it was
    "ended_by_tickets": "its last ticket is solved",
}
_HEADLINES: Final[Mapping[str, Callable[[Told], str]]] = {
    "requested": _requested,
    "step_opened": lambda told: f"A request for support access to {told.tenant} waits for your answer",
    "approved": lambda told: f"{told.actor} approved the request of {told.holder} at {told.tenant}",
    "denied": lambda told: f"{told.actor} denied support access to {told.tenant}",
    "withdrawn": lambda told: f"{told.actor} took back the request for {told.tenant}",
    "lapsed": lambda told: (
        f"The request for support access to {told.tenant} has lapsed: nobody answered in time"
    ),
    "consented": lambda told: f"{told.actor} gave consent at {told.tenant} that {told.holder} may build on",
    "granted": _granted,
    "amended": lambda told: f"{told.actor} changed the support access of {told.holder} to {told.tenant}",
    "confirmed": lambda told: f"{told.actor} confirmed the support access of {told.holder} to {told.tenant}",
    "revoked": _revoked,
    "relinquished": _relinquished,
    "ended": _ended,
    "cut_off": lambda told: f"{told.actor} ended all support access of {told.holder} to {told.tenant}",
    "frozen": lambda told: f"{told.actor} froze support access of {told.holder} to {told.tenant}",
    "unfrozen": lambda told: f"{told.actor} lifted the freeze of {told.holder} at {told.tenant}",
    "suspended": lambda told: f"{told.actor} suspended {told.holder} everywhere",
    "reinstated": lambda told: f"{told.actor} let {told.holder} back in",
    "entered": lambda told: f"{told.actor} entered {told.tenant}",
    "left": lambda told: f"{told.actor} left {told.tenant}",
    "ticket_linked": lambda told: (
        f"{told.actor} linked a ticket to the support access of {told.holder} at {told.tenant}"
    ),
    "ticket_solved": lambda told: f"A ticket of {told.tenant} is solved",
}
