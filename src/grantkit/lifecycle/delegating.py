"""Delegating: who holds a grant adds others, one grant each, within it and for as long as it stands (R7, R8)."""

from collections.abc import Iterator

import attrs

from grantkit.canonical import Plain
from grantkit.decision import capacity
from grantkit.errors import ConsentMissing, ExceedsParent, InvalidInput, NotOffered
from grantkit.lifecycle.choosing import check_eligible, check_reason, choose_holder
from grantkit.lifecycle.drafting import Setting
from grantkit.lifecycle.ends import AskedEnd, frames, settled
from grantkit.lifecycle.entitlement import holds_as, not_through_a_grant
from grantkit.lifecycle.finding import find, not_theirs
from grantkit.lifecycle.guards import not_while_blocked
from grantkit.lifecycle.making import Draft, clip, key_of, make
from grantkit.lifecycle.single import there_already
from grantkit.lifecycle.slices import Act, Outcome, Slice, Want
from grantkit.lifecycle.states import GrantState, state_of
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
from grantkit.rules import AccessRules, Flow


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


def wanted_above(slice_: Slice) -> Want | None:
    """Return what the grants of *slice_* rest on and it has not: asked for until there is nothing more above."""
    there = {*slice_.grants, *slice_.consents}
    above = tuple(sorted({one.parent for one in slice_.grants.values() if one.parent is not None} - there))
    return Want(grants=above, consents=above) if above else None


def chain_of(slice_: Slice, grant: Grant) -> Iterator[Grant | Consent]:
    """
    Yield *grant* and what it rests on, nearest first.

    Raises:
        ConsentMissing: If something of it is missing, or it goes in a circle: nothing can rest on that.
    """
    one: Grant | Consent = grant
    seen = {grant.id}
    yield one
    while one.parent is not None:
        above = slice_.grants.get(one.parent) or slice_.consents.get(one.parent)
        if above is None or above.id in seen:
            raise ConsentMissing(parent=one.parent, why="is not there")
        seen.add(above.id)
        yield above
        one = above


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
    by = act.by
    if not isinstance(by, Agent) or not _holds(by, grant):
        raise not_theirs(act, grant, "delegate", (str(grant.holder),))
    flow, to, as_team = _offered(act.rules, by, grant, intent)
    chain = tuple(chain_of(slice_, grant))
    _check_chain(slice_, act, chain, flow)
    not_while_blocked(slice_, act, by.holders[0])
    not_while_blocked(slice_, act, holder_of(to))
    check_eligible(act.rules, to, grant.tenant, setting.predicates)
    window, term, clipped = _window(slice_, act, intent, grant, flow)
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
        reason=check_reason(flow, intent.reason, intent.category),
        category=intent.category,
        tickets=_tickets(grant, intent.tickets),
        parent=grant,
        clipped=clipped,
    )
    made = _pinned(make(drafted, act.rules, flow), grant)
    there = there_already(slice_, act.rules, made, act.now) if flow.single else None
    if there is not None:
        return Outcome(bodies=(), subject=grant_key(there.id))
    return Outcome(bodies=(Granted(made),), subject=key_of(made))


def _holds(by: Agent, grant: Grant) -> bool:
    return holds_as(by, grant) and grant.as_team in (None, *by.teams)


def _offered(
    rules: AccessRules, by: Agent, grant: Grant, intent: DelegateIntent
) -> tuple[Flow, Grantee, str | None]:
    """Return the flow, whom it lets be added, and in which capacity."""
    flow = rules.flows.get(grant.flow)
    if flow is None or flow.delegate is None:
        raise NotOffered(
            flow=grant.flow, field="to", asked=str(intent.to), offered=("nobody but the holder",)
        )
    if grant.act_as is not None:
        why = "a grant that is not for acting as a member"
        raise NotOffered(flow=grant.flow, field="act_as", asked=grant.act_as, offered=(why,))
    to, as_team = choose_holder(
        grant.flow, attrs.evolve(flow, to=flow.delegate.to), intent.to, intent.as_team
    )
    # Of a team's grant, whoever is in it holds it already: one of their own would outlive their leaving the team.
    if holder_of(to) == grant.holder or (isinstance(to, Agent) and (to.id == by.id or _holds(to, grant))):
        raise InvalidInput(field="to", code="duplicate", wants="somebody who does not hold it already")
    return flow, to, as_team


def _check_chain(slice_: Slice, act: Act, chain: tuple[Grant | Consent, ...], flow: Flow) -> None:
    for one in chain:
        state = state_of(slice_, one, act.now)
        if state is not GrantState.LIVE:
            raise ConsentMissing(parent=one.id, why=f"is not live: {state}")
        not_while_blocked(slice_, act, one.holder)
    steps = sum(isinstance(one, Grant) for one in chain)
    if flow.delegate is not None and steps > flow.delegate.depth:
        raise ExceedsParent(
            parent=chain[0].id, field="depth", asked=str(steps), most=str(flow.delegate.depth)
        )


def _scope(grant: Grant, asked: Scope | None) -> Scope:
    if asked is not None and not grant.scope.includes(asked):
        raise ExceedsParent(parent=grant.id, field="scope", asked=str(asked), most=str(grant.scope))
    return asked or grant.scope


def _tickets(grant: Grant, asked: frozenset[str] | None) -> frozenset[str]:
    # A case that the grant is not for would meet a written permission that its holder does not have.
    if asked is not None and not asked <= grant.tickets:
        beyond = ", ".join(sorted(asked - grant.tickets))
        most = ", ".join(sorted(grant.tickets)) or "no case"
        raise ExceedsParent(parent=grant.id, field="tickets", asked=beyond, most=most)
    return grant.tickets if asked is None else asked


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


def _pinned(made: Grant | Consent, grant: Grant) -> Grant:
    """Return *made* with the demands and the entry rule that were pinned in *grant* too."""
    assert isinstance(made, Grant)  # noqa: S101  # a flow whose grants are handed on yields grants
    older = tuple(each for each in grant.demands if each not in made.demands)
    return attrs.evolve(
        made, demands=(*made.demands, *older), entry_required=made.entry_required or grant.entry_required
    )
