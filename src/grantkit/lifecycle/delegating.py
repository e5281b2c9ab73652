"""Delegating: who holds a grant adds others, one grant each, within it and for as long as it stands (R7, R8)."""

import attrs

from grantkit.canonical import Plain
from grantkit.decision import capacity
from grantkit.errors import ExceedsParent, InvalidInput, NotOffered
from grantkit.lifecycle.chains import chain_of, check_chain
from grantkit.lifecycle.choosing import check_eligible, check_reason, choose_holder
from grantkit.lifecycle.drafting import Setting
from grantkit.lifecycle.ends import AskedEnd, frames, settled
from grantkit.lifecycle.entitlement import holds_as, not_through_a_grant
from grantkit.lifecycle.finding import find, not_theirs
from grantkit.lifecycle.guards import not_while_blocked, not_while_suspended
from grantkit.lifecycle.making import Draft, clip, key_of, make
from grantkit.lifecycle.single import there_already
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.model import (
    Agent,
    Consent,
    Grant,
    Granted,
    Grantee,
    Holder,
    Instant,
    OpenEnded,
    Scope,
    Term,
    Window,
    grant_key,
    holder_of,
    resolve,
)
from grantkit.policy import Layer
from grantkit.rules import AccessRules, Delegation, Flow


@attrs.frozen(kw_only=True)
class DelegateIntent:
    """Whom to add, and to how much of the grant, checked for its form; ``None`` leaves a thing as it is there."""

    tenant: str
    grant_id: str
    to: Grantee
    as_team: str | None
    scope: Scope | None
    policies: tuple[str, ...] | None
    ends: AskedEnd
    reason: str
    category: str | None
    tickets: frozenset[str] | None

    def to_data(self) -> dict[str, Plain]:
        """Return the intent as plain data: what an idempotency key stands for."""
        return {
            "tenant": self.tenant,
            "grant_id": self.grant_id,
            "to": str(self.to),
            "as_team": self.as_team,
            "scope": None if self.scope is None else self.scope.to_data(),
            "policies": None if self.policies is None else sorted(self.policies),
            "ends": None if self.ends is None else self.ends.to_data(),
            "reason": self.reason,
            "category": self.category,
            "tickets": None if self.tickets is None else sorted(self.tickets),
        }


def delegate(slice_: Slice, act: Act, intent: DelegateIntent, *, setting: Setting) -> Outcome:
    """
    Return the event by which a holder adds somebody: a grant that rests on theirs, never wider and never longer.

    Args:
        slice_: The grant, all that it rests on, the stances of the agents at stake, the grants of whoever is added.
        act: Who, when, under which rules.
        intent: Whom, and to how much of it.
        setting: The new id, and what the host knows of grantees.

    Raises:
        NotFound: If there is no such grant at the tenant.
        NotEntitled: If whoever acts does not hold it.
        NotOffered: If its flow lets nobody be added, not this grantee, or it is for acting as a member.
        ConsentMissing: If it, or what it rests on, is not live.
        ExceedsParent: If more than it was asked for, or one more step than the flow allows.
        Refused: Otherwise as for a grant.
    """
    not_through_a_grant(act.by, "delegate")
    grant = find(slice_, intent.grant_id)
    by, flow, delegation = may_delegate(slice_, act, grant)
    to, as_team = _offered(flow, delegation, by, grant, intent)
    not_while_blocked(slice_, act, holder_of(to))
    check_eligible(act.rules, to, grant.tenant, setting.predicates)
    window, term, clipped = _window(slice_, act, intent, grant, flow)
    tickets = _tickets(grant, intent.tickets)
    drafted = Draft(
        id=setting.grant_id,
        tenant=grant.tenant,
        flow=grant.flow,
        holder=holder_of(to),
        as_team=as_team,
        act_as=None,
        scope=_scope(grant, intent.scope),
        layers=_layers(act.rules, by, grant, intent.policies, _capacity(to, as_team)),
        window=window,
        term=term,
        reason=check_reason(flow.start.reason, intent.reason, intent.category),
        category=intent.category,
        tickets=tickets,
        until_tickets=grant.until_tickets and bool(tickets),
        parent=grant,
        clipped=clipped,
    )
    made = _pinned(make(drafted, act.rules, flow), by, grant)
    there = there_already(slice_, act.rules, made, act.now) if flow.single else None
    if there is not None:
        return Outcome(bodies=(), subject=grant_key(there.id))
    return Outcome(bodies=(Granted(made),), subject=key_of(made))


def _holds(by: Agent, grant: Grant) -> bool:
    return holds_as(by, grant) and grant.as_team in (None, *by.teams)


def may_delegate(slice_: Slice, act: Act, grant: Grant) -> tuple[Agent, Flow, Delegation]:
    """
    Return who hands *grant* on, its flow, and whom that lets be added; or raise why nobody may be, whoever it is.

    Raises:
        NotFound: As :func:`delegate`.
        Refused: As :func:`delegate`.
    """
    by = act.by
    not_through_a_grant(by, "delegate")
    if not isinstance(by, Agent) or not _holds(by, grant):
        raise not_theirs(act, grant, "delegate", (str(grant.holder),))
    not_while_suspended(slice_, by, "delegate")
    flow = act.rules.flows.get(grant.flow)
    if flow is None or flow.delegate is None:
        only = ("nobody but the holder",)
        raise NotOffered(flow=grant.flow, field="to", asked="somebody else", offered=only)
    if grant.act_as is not None:
        why = "a grant that is not for acting as a member"
        raise NotOffered(flow=grant.flow, field="act_as", asked=grant.act_as, offered=(why,))
    chain = tuple(chain_of(slice_, grant))
    check_chain(slice_, act, chain, "delegate")
    _check_depth(chain, flow.delegate)
    not_while_blocked(slice_, act, by.holders[0])
    return by, flow, flow.delegate


def _offered(
    flow: Flow, delegation: Delegation, by: Agent, grant: Grant, intent: DelegateIntent
) -> tuple[Grantee, str | None]:
    """Return whom the flow lets be added, and in which capacity."""
    offered = attrs.evolve(flow, to=delegation.to)
    to, as_team = choose_holder(grant.flow, offered, intent.to, intent.as_team)
    # Of a team's grant, whoever is in it holds it already: one of their own would outlive their leaving the team.
    if holder_of(to) == grant.holder or (isinstance(to, Agent) and (to.id == by.id or _holds(to, grant))):
        raise InvalidInput(field="to", code="duplicate", wants="somebody who does not hold it already")
    return to, as_team


def _check_depth(chain: tuple[Grant | Consent, ...], delegation: Delegation) -> None:
    steps = sum(isinstance(one, Grant) for one in chain)
    if steps > delegation.depth:
        raise ExceedsParent(parent=chain[0].id, field="depth", asked=str(steps), most=str(delegation.depth))


def _scope(grant: Grant, asked: Scope | None) -> Scope:
    if asked is not None and not grant.scope.includes(asked):
        raise ExceedsParent(parent=grant.id, field="scope", asked=str(asked), most=str(grant.scope))
    return asked or grant.scope


def _tickets(grant: Grant, asked: frozenset[str] | None) -> frozenset[str]:
    # A case that the grant is not for would meet a written permission that its holder does not have.
    # Nor one that is solved already, where it is bound to them: nothing would end what is bound to that.
    theirs = grant.open_tickets if grant.until_tickets else grant.tickets
    if asked is not None and not asked <= theirs:
        beyond = ", ".join(sorted(asked - theirs))
        most = ", ".join(sorted(theirs)) or "no case"
        raise ExceedsParent(parent=grant.id, field="tickets", asked=beyond, most=most)
    return theirs if asked is None else asked


def _capacity(to: Grantee, as_team: str | None) -> tuple[str, ...]:
    return capacity(to.teams if isinstance(to, Agent) else (), holder_of(to), as_team)


def _layers(
    rules: AccessRules, by: Agent, grant: Grant, asked: tuple[str, ...] | None, theirs: tuple[str, ...]
) -> tuple[Layer, ...]:
    """
    Return what is handed on, as it was consented to, and the ceilings of today: of who hands on, and of who is added.

    The layers of the grant itself are judged beside these at every decision, so nothing of them is repeated.
    """
    names = grant.policies if asked is None else asked
    beyond = [name for name in names if name not in grant.policies]
    if beyond:
        raise ExceedsParent(
            parent=grant.id, field="policies", asked=", ".join(beyond), most=", ".join(grant.policies)
        )
    if not names:
        raise InvalidInput(field="policies", code="blank", wants="at least one policy")
    kinds = ("consented", "delegated")
    pinned = {policy for layer in grant.layers if layer.kind in kinds for policy in layer.policies}
    chosen = Layer.of(*(policy for policy in pinned if policy.name in names), kind="delegated")
    own: Holder = grant.holder
    ceilings = (*rules.ceilings_for(capacity(by.teams, own, grant.as_team)), *rules.ceilings_for(theirs))
    return (chosen, *dict.fromkeys(ceilings))


def _window(
    slice_: Slice, act: Act, intent: DelegateIntent, grant: Grant, flow: Flow
) -> tuple[Window, Term, bool]:
    """Return the window from now, its term, and whether the grant clips it: any end may be named, and none is later."""
    at = act.at(slice_.head)
    if intent.ends is None:
        ends_at = grant.ends_at
        return Window(at, ends_at), ends_at if isinstance(ends_at, OpenEnded) else Instant(ends_at), False
    where = frames(intent.ends, act, at)
    term = settled(flow, intent.ends, where)
    window, clipped = clip(Window(at, resolve(term, at, where.own.tz)), grant)
    return window, term, clipped


def _pinned(made: Grant | Consent, by: Agent, grant: Grant) -> Grant:
    """Return *made* with who handed it on, and with the demands and the entry rule that were pinned in *grant* too."""
    assert isinstance(made, Grant)  # noqa: S101  # a flow whose grants are handed on yields grants
    older = tuple(each for each in grant.demands if each not in made.demands)
    return attrs.evolve(
        made,
        added_by=Agent(by.id, teams=by.teams),
        demands=(*made.demands, *older),
        entry_required=made.entry_required or grant.entry_required,
    )
