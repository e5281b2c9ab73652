"""How a request, a grant or a consent ended, in words; and whether anybody can get in at this moment."""

from collections.abc import Iterable
from typing import TypeAlias

import attrs

from grantkit import AccessRequest, AccessRules, Consent, Grant, GrantkitError, InvalidInput
from grantkit.lifecycle import GrantState, RequestState
from grantkit.model import CutOff, Event
from grantkit.service import ConsentStatus, GrantStatus, RequestStatus

from . import plain

GOING_ON = (GrantState.LIVE, GrantState.SCHEDULED)
Given: TypeAlias = GrantStatus | ConsentStatus
"""A grant or a consent, and where it stands."""

_TOGETHER = "Ended together with everything else"
_ENDED = {
    GrantState.REVOKED: "Revoked{by}",
    GrantState.RELINQUISHED: "Given back{by}",
    GrantState.EXPIRED: "Its time was over",
    GrantState.CUT_OFF: _TOGETHER + "{by}",
    GrantState.CONSENT_ENDED: "The consent that it rested on ended",
    GrantState.ENDED_BY_TICKETS: "Its last ticket was solved",
}
_OUTCOMES = {
    RequestState.APPROVED: "Approved{by}",
    RequestState.DENIED: "Denied{by}",
    RequestState.WITHDRAWN: "Withdrawn{by}",
    RequestState.LAPSED: "Nobody answered in time",
    RequestState.CUT_OFF: _TOGETHER + "{by}",
}


@attrs.frozen
class Told:
    """What only the record says, for those who may read it: who ended everything."""

    events: tuple[Event, ...] = ()

    def who_cut_off(self, row: AccessRequest | Grant | Consent, words: plain.Words) -> str:
        """Return who ended it together with everything else."""
        since = row.seq if isinstance(row, AccessRequest) else row.consent_seq
        for event in self.events:
            body = event.body
            if isinstance(body, CutOff) and event.seq >= since and body.agent in (None, row.holder.id):
                return words.person(event.actor)
        return ""


def ended(status: Given, words: plain.Words, told: Told) -> str:
    """Return why access ended, and by whom; nothing where it goes on."""
    if status.state is GrantState.CONSENT_ENDED and isinstance(status.row, Grant) and status.row.added_by:
        return f"The access of {words.person(status.row.added_by)} ended, on which it rested"
    return _ENDED.get(status.state, "").format(by=_by(status, words, told))


def outcome(status: RequestStatus, words: plain.Words, told: Told) -> str:
    """Return what became of a request, by whom and why."""
    found = _OUTCOMES.get(status.state, "").format(by=_by(status, words, told))
    settled = status.request.settled
    why = "" if settled is None else settled.reason
    return f"{found}: {why}" if why else found


def _by(status: Given | RequestStatus, words: plain.Words, told: Told) -> str:
    who = ""
    if status.state in (GrantState.CUT_OFF, RequestState.CUT_OFF):
        who = told.who_cut_off(status.row, words)
    elif status.state is RequestState.APPROVED:
        who = plain.listed(words.person(each.by) for each in status.row.approvals)
    elif status.settled_by is not None:
        who = words.person(status.settled_by)
    return f" by {who}" if who else ""


def now_in_words(given: Iterable[Given], rules: AccessRules, words: plain.Words, *, frozen: bool) -> str:
    """Return whether anybody can get in at this moment, in a sentence."""
    if frozen:
        return "Support access is frozen: nobody gets in, whatever was agreed."
    going_on = [
        each for each in given if each.state is GrantState.LIVE and not (each.frozen or each.suspended)
    ]
    inside = [_inside(each.row, words) for each in going_on if isinstance(each, GrantStatus)]
    if inside:
        return f"Right now, {plain.listed(dict.fromkeys(inside))}."
    # Where a flow rests on a consent and asks the customer nothing more, its consent is all that is in the way.
    open_to = {each.under for each in rules.flows.values() if not each.tenant_steps}
    ready = [words.holder(each.row.holder, each.row.as_team) for each in going_on if each.row.flow in open_to]
    if ready:
        who = plain.listed(dict.fromkeys(ready))
        return f"Right now, nobody of support is let in; {who} may open access, by a consent that was given."
    return "Right now, nobody of support can get in."


def _inside(grant: Grant | Consent, words: plain.Words) -> str:
    where = "" if grant.scope.tenant_wide else f", into {words.scope(grant.scope)} only"
    return f"{words.holder(grant.holder, grant.as_team)} can get in{where}"


_REFUSED = {
    "already_answered": "You have answered this request before. It takes somebody else now.",
    "already_decided": "Somebody was there before you, and this request is settled.",
    "cap_exceeded": "That is longer than your rules allow. Choose an earlier end.",
    "confirmation_mismatch": "The word was missing, or another one. Type it just as it stands there.",
    "digest_mismatch": "The terms of this request have changed since you saw them. Below are those of now.",
    "exceeds_parent": "What it rests on is not for that. Begin there.",
    "exceeds_request": "That is more than was asked for. An answer can only make it less.",
    "flow_changed": "Your rules have changed since this was asked. It can be denied, or asked anew.",
    "idempotency_mismatch": "This form was sent before, with something else in it. This is a new one.",
    "illegal_transition": "It is too late for that: the end has passed, or something is there already.",
    "not_entitled": "You may not do this; others at your company may.",
    "not_offered": "Your rules do not offer that. Choose from what the form shows.",
    "request_lapsed": "Nobody answered in time, so this request is over. It can be asked anew.",
    "self_approval": "Nobody agrees to what they asked for themselves.",
    "stale_version": "Somebody has changed this since you saw it. Below is how it stands now.",
    "tenant_frozen": "Support access is frozen. The freeze must be lifted first.",
    "term_not_offered": "Your rules do not offer that end. Choose from what the form shows.",
}
_FIELDS = {
    "category": "say what kind of reason it is",
    "day": "name the date",
    "ends": "say when it ends",
    "flow": "choose one of the forms",
    "policies": "choose what support may do",
    "reason": "say why",
    "reference": "say where your answer can be found",
    "scope": "choose where it holds",
    "text": "confirm that you have read the text",
    "tickets": "name the ticket",
    "to": "choose whom to let in",
}


def refused(error: GrantkitError) -> str:
    """Return what is said to a customer of a command that was refused; nothing of it was done."""
    if isinstance(error, InvalidInput) and error.field in _FIELDS:
        return f"Nothing was done yet: please {_FIELDS[error.field]}."
    return f"Nothing was done. {_REFUSED.get(error.code, str(error))}"
