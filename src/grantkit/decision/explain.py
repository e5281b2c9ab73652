"""The one renderer of reasons: a decision in plain words. Wording is not API; reasons are."""

from collections.abc import Callable
from datetime import datetime

import attrs

from grantkit.decision.candidates import candidates, in_order, reach
from grantkit.decision.facts import TenantFacts
from grantkit.decision.judge import unmet
from grantkit.decision.question import Question
from grantkit.decision.reasons import Reason
from grantkit.decision.verdict import say
from grantkit.model import Grant, OpenEnded
from grantkit.model.wording import about, ago, plainly
from grantkit.rules import AccessRules


@attrs.frozen
class _Told:
    """What the sentences draw on."""

    question: Question
    facts: TenantFacts
    rules: AccessRules

    @property
    def name(self) -> str:
        return self.question.agent.name or self.question.agent.id

    @property
    def tenant(self) -> str:
        return self.question.tenant

    @property
    def what(self) -> str:
        resource = self.question.resource
        return str(self.question.action) + ("" if resource is None else f" on {resource}")

    @property
    def where(self) -> str:
        resource = self.question.resource
        return "the tenant as a whole" if resource is None else str(resource)


def explain(
    question: Question, facts: TenantFacts, rules: AccessRules, reason: Reason, grant: Grant | None
) -> str:
    """Return one line that says whether, why, and what could be done now."""
    told = _Told(question, facts, rules)
    if grant is not None and reason is Reason.ALLOWED:
        return f"Allowed. {_gives(grant)}, {_lasting(told, grant)}.{_besides(told, rules, grant)}"
    if grant is not None and reason in _OF_A_GRANT:
        return f"Denied: {reason}. {_OF_A_GRANT[reason](told, grant)}"
    return f"Denied: {reason}. {_OF_THE_TENANT[reason](told)}"


def _gives(grant: Grant) -> str:
    names = ", ".join(grant.policies)
    what = "look only" if names == "read-only" else f"use {names or 'no policy at all'}"
    where = "" if grant.scope.tenant_wide else f" on {grant.scope}"
    return f"Grant {grant.id} lets {grant.holder} {what}{where}"


def _lasting(told: _Told, grant: Grant) -> str:
    ends_at = grant.window.ends_at
    tickets = _open(grant)
    if isinstance(ends_at, OpenEnded):
        return f"until {tickets}" if tickets else "with no end set"
    left = about(ends_at - reach(told.question, told.facts))
    return f"until {plainly(ends_at)}, {left} from now{', or before that until ' if tickets else ''}{tickets}"


def _open(grant: Grant) -> str:
    """Say which tickets keep a grant open that is bound to them (N3, R12)."""
    if not grant.until_tickets:
        return ""
    names = sorted(grant.open_tickets)
    return f"ticket{'' if len(names) == 1 else 's'} {' and '.join(names)} {'is' if len(names) == 1 else 'are'} solved"


def _besides(told: _Told, rules: AccessRules, named: Grant) -> str:
    """Say what the other grants say: "still allowed because of…" (N3, M11)."""
    others = [grant for grant in in_order(candidates(told.question, told.facts)) if grant.id != named.id]
    said = [(grant.id, say(told.question, told.facts, rules, grant)[0]) for grant in others]
    against = ", ".join(f"{ident} ({reason})" for ident, reason in said if reason is not None)
    along = ", ".join(ident for ident, reason in said if reason is None)
    text = f" It still allows this although {against} does not." if against else ""
    return f"{text} So does {along}." if along else text


def _ended(told: _Told, grant: Grant, verb: str, at: datetime) -> str:
    when = ago(reach(told.question, told.facts) - at)
    return f"Grant {grant.id} {verb} {plainly(at)}, {when}. {told.name} can ask again."


def _as_recorded(verb: str) -> Callable[[_Told, Grant], str]:
    # The time of the deed, not the end of a window that never came to its end.
    return lambda told, grant: _ended(
        told, grant, verb, grant.ended.at if grant.ended else grant.window.closes
    )


def _frozen(told: _Told) -> str:
    who = "access is frozen" if told.facts.head.freeze is not None else f"access by {told.name} is frozen"
    return f"At {told.tenant} {who}, whatever grants stand. Only {told.tenant} can unfreeze."


def _rollback(told: _Told) -> str:
    seen, now = plainly(told.facts.head.seen_at), plainly(told.question.now)
    return f"The clock reads {now}, but the record of {told.tenant} has already seen {seen}. Set the clock right."


def _not_yet(told: _Told, grant: Grant) -> str:
    starts_at = grant.window.starts_at
    return f"Grant {grant.id} starts {plainly(starts_at)}, {about(starts_at - told.question.now)} from now."


def _not_permitted(told: _Told, grant: Grant) -> str:
    question = told.question
    consented = [layer for layer in grant.layers if layer.kind != "ceiling"]
    if any(layer.denies(question.action, question.resource) for layer in consented):
        return f"{_gives(grant)}, and that denies {told.what}."  # asking for more would not help
    return f"{_gives(grant)}; {told.what} is not part of it. Ask {told.tenant} for more."


def _needs(told: _Told, grant: Grant) -> str:
    flows = " and ".join(dict.fromkeys(unmet(told.question, told.facts, told.rules, grant)))
    return (
        f"{_gives(grant)}, but {told.what} needs a consent by flow {flows} besides. Ask {told.tenant} for it."
    )


_OF_THE_TENANT: dict[Reason, Callable[[_Told], str]] = {
    Reason.SUSPENDED: lambda told: f"The vendor has suspended {told.name} everywhere.",
    Reason.FROZEN: _frozen,
    Reason.CLOCK_ROLLBACK: _rollback,
    Reason.NO_GRANT: lambda told: f"Nothing at {told.tenant} is open to {told.name}.",
    Reason.STORE_UNAVAILABLE: lambda told: (
        f"What {told.tenant} agreed to could not be read, so nothing is allowed. Try again."
    ),
}

_OF_A_GRANT: dict[Reason, Callable[[_Told, Grant], str]] = {
    Reason.SUSPENDED: lambda _told, grant: (
        f"{_gives(grant)}, but it was handed on by somebody whom the vendor has suspended."
    ),
    Reason.FROZEN: lambda told, grant: (
        f"{_gives(grant)}, but it was handed on by somebody whose access is frozen at {told.tenant}."
    ),
    Reason.ENTRY_REQUIRED: lambda _told, grant: (
        f"{_gives(grant)}, but only after entering, with what its flow asks for."
    ),
    Reason.NEEDS_CONSENT: _needs,
    Reason.OVER_CEILING: lambda told, grant: (
        f"{_gives(grant)}, but {told.what} is more than {told.name} may do in this capacity, whatever is granted."
    ),
    Reason.ACTION_NOT_PERMITTED: _not_permitted,
    Reason.POLICY_WITHDRAWN: lambda told, grant: (
        f"{_gives(grant)}, but a policy that it rests on no longer exists. Ask {told.tenant} for a new grant."
    ),
    Reason.OUT_OF_SCOPE: lambda told, grant: (
        f"{_gives(grant)}; {told.where} is outside it. Ask {told.tenant} for more."
    ),
    Reason.MEMBER_LACKS_RIGHT: lambda told, grant: (
        f"{_gives(grant)} as {grant.act_as}, who may not do {told.what}."
    ),
    Reason.CONSENT_ENDED: lambda told, grant: (
        f"What grant {grant.id} rests on no longer stands. Ask {told.tenant} for new consent."
    ),
    Reason.REVOKED: _as_recorded("was revoked"),
    Reason.CUT_OFF: lambda told, grant: (
        f"{told.tenant} cut off what was agreed to before, grant {grant.id} too. {told.name} needs new consent."
    ),
    Reason.ENDED_BY_TICKETS: _as_recorded("ended with its last ticket"),
    Reason.RELINQUISHED: _as_recorded("was given back"),
    Reason.EXPIRED: lambda told, grant: _ended(told, grant, "ended", grant.window.closes),
    Reason.NOT_YET_ACTIVE: _not_yet,
}
