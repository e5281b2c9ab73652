"""Amending: new terms for a live grant. Narrowing needs no permission; anything else is judged as consent."""

from datetime import datetime

import attrs

from grantkit.errors import (
    ExceedsParent,
    IllegalTransition,
    NotOffered,
    StaleVersion,
    TermNotOffered,
)
from grantkit.lifecycle.choosing import (
    NO_PREDICATES,
    Predicates,
    SamePerson,
    check_channel,
    check_eligible,
    check_text,
    check_tickets,
    check_word,
    choose_scope,
    fitting_flow,
    lifts_a_deny,
    offered,
    offered_to,
)
from grantkit.lifecycle.ends import (
    AskedEnd,
    Frames,
    capped,
    check_shortest,
    frames,
    matches,
    settled,
)
from grantkit.lifecycle.entitlement import (
    a_member,
    holds_as,
    may_give,
    may_stop,
    not_through_a_grant,
    refuse,
    stoppers,
)
from grantkit.lifecycle.evidence import approve, terms_digest
from grantkit.lifecycle.finding import find, not_theirs
from grantkit.lifecycle.guards import not_to_oneself, not_while_blocked
from grantkit.lifecycle.making import ceilings_today, grantee_of
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.lifecycle.states import step_happens
from grantkit.model import (
    NEVER,
    Amended,
    Approval,
    Grant,
    Member,
    OpenEnded,
    Term,
    Terms,
    Window,
    grant_key,
    resolve,
)
from grantkit.policy import Layer
from grantkit.rules import Choice, Flow


@attrs.frozen(kw_only=True)
class AmendIntent:
    """What a caller asks for, checked for its form; ``None`` leaves a thing as it is."""

    grant_id: str
    version: int
    ends: AskedEnd
    policies: tuple[str, ...] | None
    word: str | None
    channel: str | None
    reference: str | None
    text_digest: str | None = None
    text_version: str | None = None


def amend(
    slice_: Slice,
    act: Act,
    intent: AmendIntent,
    *,
    predicates: Predicates = NO_PREDICATES,
    same_person: SamePerson | None = None,
) -> Outcome:
    """
    Return the event that gives a live grant new terms, or none if they are the old ones (T7).

    Whoever may revoke it may narrow it: an earlier end, fewer policies as long as none that goes holds a deny (T9). The
    holder may only shorten. Anything else is consent: it takes who may grant it, what the flow's ``amend`` offers, and
    the words that granting takes.

    Raises:
        NotFound: If there is no such grant at the tenant.
        NotEntitled: If the actor may not make this change.
        StaleVersion: If the grant has changed since the version that the change is based on (T13).
        IllegalTransition: If the grant is over, or the end asked for has passed: "use revoke".
        TermNotOffered: If the flow offers no such end, or none as early.
        CapExceeded: If the end lies past the flow's longest, counted from the first start (I-30).
        TenantFrozen: If it would widen while a freeze stands.
        ClockBehind: If it would widen while the clock is not believed.
    """
    not_through_a_grant(act.by, "amend")
    grant = find(slice_, intent.grant_id)
    stops = may_stop(act.by, act.rules, grant)
    if not stops and not holds_as(act.by, grant):
        raise not_theirs(act, grant, "amend", stoppers(act.rules, grant.consenting_roles))
    if intent.version != grant.version:
        raise StaleVersion(id=grant.id, version=intent.version, current=grant.version)
    at = act.at(slice_.head)
    step_happens(slice_, grant, act.now, "amend")
    old = terms_of(grant)
    window, term, longer = _new_end(act, intent.ends, grant, at)
    layers, wider = _new_layers(act, intent.policies, grant)
    if window == old.window and layers == old.layers:
        return Outcome(bodies=(), subject=grant_key(grant.id))
    new = attrs.evolve(old, window=window, term=term, layers=layers)
    approval = None
    if longer or wider:
        new, approval = _consent(
            slice_, act, intent, grant, new, wider=wider, predicates=predicates, same_person=same_person
        )
    elif not isinstance(act.by, Member) and layers != old.layers:
        raise refuse(
            act.by, "amend the policies of a grant", stoppers(act.rules, grant.consenting_roles), grant.scope
        )
    return Outcome(
        bodies=(Amended(grant_id=grant.id, old=old, new=new, approval=approval),), subject=grant_key(grant.id)
    )


def terms_of(grant: Grant) -> Terms:
    """Return what an amendment may change of *grant*."""
    return Terms(
        window=grant.window,
        term=grant.term,
        layers=grant.layers,
        demands=grant.demands,
        entry_required=grant.entry_required,
    )


def _new_end(act: Act, asked: AskedEnd, grant: Grant, at: datetime) -> tuple[Window, Term | None, bool]:
    """Return the window and term with another end, and whether it is longer."""
    if asked is None:
        return grant.window, grant.term, False
    # A flow that is gone offers nothing more; what it gave can still be shortened.
    flow = act.rules.flows.get(grant.flow) or Flow()
    where = frames(asked, act, at)
    term = settled(flow, asked, where)
    choice = _lengthening(act, grant, term, where)
    anchor = _anchor(choice, grant, at)
    end = resolve(term, anchor, where.own.tz)
    closes = NEVER if isinstance(end, OpenEnded) else end
    _still_ahead(grant, closes, at)
    if closes == grant.window.closes:
        return grant.window, grant.term, False
    check_shortest(grant.flow, flow, term, end, anchor=anchor, where=where)
    if closes < grant.window.closes:
        return grant.window.ending(end), term, False
    if choice is None:
        shown = tuple(map(str, flow.amend.ends)) or ("an earlier end, or a new grant",)
        raise TermNotOffered(flow=grant.flow, field="ends", asked=str(term), offered=shown)
    window = capped(grant.flow, flow, end, grant.starts_at, where)
    _still_ahead(grant, window.closes, at)  # a cap that was lowered since may have passed already
    return window, term, window.closes > grant.window.closes


def _still_ahead(grant: Grant, closes: datetime, at: datetime) -> None:
    if closes <= at:
        raise IllegalTransition(
            id=grant.id, state="live", verb="amend", instead="use revoke: the end asked for has passed"
        )


def _lengthening(act: Act, grant: Grant, term: Term, where: Frames) -> Choice | None:
    flow = act.rules.flows.get(grant.flow)
    return (
        None if flow is None else next((each for each in flow.amend.ends if matches(each, term, where)), None)
    )


def _anchor(choice: Choice | None, grant: Grant, at: datetime) -> datetime:
    """Return where a span counts from: now (or a start still ahead), or the old end where the choice says so."""
    ends_at = grant.window.ends_at
    if choice is not None and choice.from_end and not isinstance(ends_at, OpenEnded):
        return ends_at
    return max(at, grant.starts_at)


def _new_layers(act: Act, asked: tuple[str, ...] | None, grant: Grant) -> tuple[tuple[Layer, ...], bool]:
    """Return the layers with another choice of policies, and whether that is wider."""
    if asked is None:
        return grant.layers, False
    pinned = {
        policy.name: policy
        for layer in grant.layers
        if layer.kind == "consented"
        for policy in layer.policies
    }
    added = set(asked) - pinned.keys()
    # What stays keeps the definition that was consented to; only what is added is read as of today (N8).
    kept = [policy for name, policy in pinned.items() if name in asked]
    new = Layer.of(*kept, *act.rules.layer(added).policies)
    layers = tuple(new if layer.kind == "consented" else layer for layer in grant.layers)
    dropped = [policy for name, policy in pinned.items() if name not in asked]
    return layers, bool(added) or any(lifts_a_deny(act.rules, policy) for policy in dropped)


def _consent(
    slice_: Slice,
    act: Act,
    intent: AmendIntent,
    grant: Grant,
    new: Terms,
    *,
    wider: bool,
    predicates: Predicates,
    same_person: SamePerson | None,
) -> tuple[Terms, Approval]:
    """
    Return the terms with all that is in force today pinned too, and the approval; refuse what granting would refuse.

    More of an old grant is no smaller thing than a new one: the flow must still offer it, to this holder, there.
    """
    by = a_member(act.by, grant.tenant, "widen a grant")
    if grant.parent is not None:
        most = "what it was opened with: amend that, or open another"
        raise ExceedsParent(parent=grant.parent, field="a wider", asked=f"grant {grant.id}", most=most)
    if grant.flow not in act.rules.flows:
        raise refuse(by, "widen a grant", ())
    name, flow = fitting_flow(act.rules, grant.flow, "grant")
    choose_scope(name, flow, grant.scope)
    step, selector = may_give(by, grant.tenant, name, flow, scope=grant.scope, verb="grant")
    offered_to(name, flow, grant.holder, grant.as_team)
    not_to_oneself(by, grant.holder, same_person)
    not_while_blocked(slice_, act, grant.holder)
    check_eligible(act.rules, grantee_of(grant.holder, grant.as_team), grant.tenant, predicates)
    check_tickets(flow, grant.tickets)
    if wider and intent.policies is not None:
        if not flow.amend.policies:
            asked = ", ".join(intent.policies) or "none"
            raise NotOffered(flow=name, field="policies", asked=asked, offered=grant.policies)
        offered(name, flow, intent.policies)
    check_text(name, step, intent.text_version)
    new = _pinned(act, flow, grant, new)
    approval = approve(
        slice_,
        act,
        by,
        terms_digest(attrs.evolve(grant, window=new.window, term=new.term, layers=new.layers)),
        step=step,
        selector=selector,
        word=check_word(name, step.word, intent.word),
        channel=check_channel(name, step, intent.channel, intent.reference),
        reference=intent.reference,
        text_digest=intent.text_digest,
    )
    return new, approval


def _pinned(act: Act, flow: Flow, grant: Grant, new: Terms) -> Terms:
    """Return *new* with today's ceilings, demands and entry rule beside those pinned before: this, too, is consent."""
    ceilings = ceilings_today(act.rules, grant.holder, grant.as_team)
    return attrs.evolve(
        new,
        layers=(*new.layers, *(each for each in ceilings if each not in new.layers)),
        demands=(*new.demands, *(each for each in act.rules.pinned_demands if each not in new.demands)),
        entry_required=new.entry_required or flow.entry.required,
    )
