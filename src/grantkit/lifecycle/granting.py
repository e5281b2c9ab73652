"""Granting: consent that a tenant gives by itself, effective at once or from a start."""

from datetime import datetime, timedelta

import attrs

from grantkit.canonical import Plain
from grantkit.decision import capacity
from grantkit.errors import GrantkitError, NotOffered
from grantkit.lifecycle.choosing import (
    Predicates,
    check_channel,
    check_eligible,
    check_reason,
    check_tickets,
    check_word,
    choose_act_as,
    choose_holder,
    choose_policies,
    choose_scope,
    fitting_flow,
)
from grantkit.lifecycle.ends import AskedEnd, frames, pick_end
from grantkit.lifecycle.entitlement import a_member, may_give, not_through_a_grant
from grantkit.lifecycle.evidence import approve
from grantkit.lifecycle.guards import not_to_oneself, not_while_blocked
from grantkit.lifecycle.single import there_already
from grantkit.lifecycle.slices import Act, Outcome, Slice, Want
from grantkit.model import (
    Agent,
    Confirmed,
    Grant,
    Granted,
    Grantee,
    Scope,
    holder_of,
)
from grantkit.model.durations import spell_elapsed
from grantkit.model.wording import iso
from grantkit.rules import AccessRules, Flow


@attrs.frozen(kw_only=True)
class GrantIntent:
    """What a caller asks for, checked for its form; ``None`` leaves a thing to the flow's first choice."""

    tenant: str
    to: Grantee | None
    as_team: str | None
    flow: str | None
    scope: Scope | None
    policies: tuple[str, ...] | None
    act_as: str | None
    starts: datetime | None
    ends: AskedEnd
    reason: str
    category: str | None
    tickets: frozenset[str]
    word: str | None
    channel: str | None
    reference: str | None

    def to_data(self) -> dict[str, Plain]:
        """Return the intent as plain data: what an idempotency key stands for."""
        return {
            "tenant": self.tenant,
            "to": None if self.to is None else str(self.to),
            "as_team": self.as_team,
            "flow": self.flow,
            "scope": None if self.scope is None else self.scope.to_data(),
            "policies": None if self.policies is None else sorted(self.policies),
            "act_as": self.act_as,
            "starts": None if self.starts is None else iso(self.starts),
            "ends": None if self.ends is None else self.ends.to_data(),
            "reason": self.reason,
            "category": self.category,
            "tickets": sorted(self.tickets),
            "word": self.word,
            "channel": self.channel,
            "reference": self.reference,
        }


def wanted(rules: AccessRules, intent: GrantIntent, grant_id: str) -> Want:
    """
    Return what :func:`grant` must read: the stance of the agent, and the grants of the holder that are not over.

    Whom it is for may be left to the flow's first choice, so the holder is chosen here as it will be there; where it
    cannot be, neither can the grant, and :func:`grant` says why.
    """
    try:
        name, flow = fitting_flow(rules, intent.flow)
        to, _ = choose_holder(name, flow, intent.to, intent.as_team)
    except GrantkitError:
        return Want(grants=(grant_id,))
    return Want(grants=(grant_id,), agents=(to.id,) if isinstance(to, Agent) else (), holder=holder_of(to))


def grant(
    slice_: Slice, act: Act, intent: GrantIntent, *, grant_id: str, predicates: Predicates, rights_known: bool
) -> Outcome:
    """
    Return the event that grants what *intent* asks for, or the live grant that already gives it (P6).

    Args:
        slice_: The head, the stance of the agent to be granted to, and the grants of the holder that are not over.
        act: Who, when, under which rules.
        intent: What.
        grant_id: The id that a new grant will have.
        predicates: The host's eligibility predicates.
        rights_known: Whether the host says which rights members have.

    Raises:
        Refused: If the rules do not allow it, by the kind of reason.
        InvalidInput: If something must be said, or cannot be.
        IllegalTransition: If the flow allows one live grant and what is asked goes beyond the one there is.
    """
    tenant = slice_.head.tenant
    not_through_a_grant(act.by, "grant")
    by = a_member(act.by, tenant, "grant")
    name, flow = fitting_flow(act.rules, intent.flow)
    scope = choose_scope(name, flow, intent.scope)
    step, selector = may_give(by, tenant, name, flow, scope)
    to, as_team = choose_holder(name, flow, intent.to, intent.as_team)
    not_to_oneself(by, holder_of(to))
    not_while_blocked(slice_, act, holder_of(to))
    check_eligible(act.rules, to, tenant, predicates)
    word = check_word(name, step.word, intent.word)
    channel = check_channel(name, step, intent.channel, intent.reference)
    check_tickets(name, flow, intent.tickets)
    consented = choose_policies(name, flow, act.rules, intent.policies)
    at = act.at(slice_.head)
    start = _start(name, flow, intent.starts, at)
    window, term = pick_end(name, flow, intent.ends, start, frames(intent.ends, act, at))
    teams = capacity(to.teams if isinstance(to, Agent) else (), holder_of(to), as_team)
    made = Grant(
        id=grant_id,
        tenant=tenant,
        holder=to,
        scope=scope,
        layers=(consented, *act.rules.ceilings_for(teams)),
        window=window,
        flow=name,
        as_team=as_team,
        act_as=choose_act_as(name, flow, intent.act_as, by, rights_known=rights_known),
        term=term,
        reason=check_reason(flow, intent.reason, intent.category),
        category=intent.category,
        tickets=intent.tickets,
        rules=act.rules.digest,
        demands=act.rules.pinned_demands,
        entry_required=flow.entry.required,
        consenting_roles=flow.consenting_roles,
    )
    there = there_already(slice_, act.rules, made, act.now) if flow.single else None
    if there is not None:
        return Outcome(bodies=(), subject=there.id)
    approval = approve(
        slice_,
        act,
        by,
        made,
        step=step,
        selector=selector,
        word=word,
        channel=channel,
        reference=intent.reference,
    )
    return Outcome(bodies=(Granted(attrs.evolve(made, approvals=(approval,))),), subject=grant_id)


def confirmation(outcome: Outcome) -> Outcome:
    """
    Return *outcome* with an event even where nothing changed, so that a key used for it is remembered.

    Without it, a retry that comes after a revocation would find no trace of its first try and grant anew.
    """
    if outcome.bodies or outcome.subject is None:
        return outcome
    return attrs.evolve(outcome, bodies=(Confirmed(outcome.subject),))


def _start(name: str, flow: Flow, asked: datetime | None, at: datetime) -> datetime:
    """Return the start: now, or the one asked for if it lies ahead, within what the flow offers (B3)."""
    if asked is None or asked <= at:
        return at
    if asked - at > timedelta(seconds=flow.ahead):
        raise NotOffered(
            flow=name,
            field="starts",
            asked=iso(asked),
            offered=(f"at most {spell_elapsed(flow.ahead)} ahead" if flow.ahead else "now",),
        )
    return asked
