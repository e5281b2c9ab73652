"""Asking: a request for a grant or a consent, and what becomes of it as its answers come in."""

from datetime import datetime, timedelta
from operator import itemgetter

import attrs

from grantkit.canonical import digest
from grantkit.errors import IllegalTransition, NotEntitled, NotFound, SelfApproval
from grantkit.inputs import LATEST
from grantkit.lifecycle.choosing import (
    SamePerson,
    check_channel,
    check_text,
    check_word,
    choose_scope,
    fitting_flow,
)
from grantkit.lifecycle.drafting import GrantIntent, Setting, Way, draft
from grantkit.lifecycle.ends import capped, frames
from grantkit.lifecycle.entitlement import (
    APPROVERS,
    approver_selector,
    consented,
    is_member,
    not_through_a_grant,
    refuse,
    satisfies,
)
from grantkit.lifecycle.evidence import approve, asked_digest
from grantkit.lifecycle.finding import unknown_to
from grantkit.lifecycle.folding_requests import after_approval, after_opening
from grantkit.lifecycle.guards import (
    is_same_person,
    not_to_oneself,
    not_while_blocked,
    not_while_suspended,
)
from grantkit.lifecycle.making import Draft, came_about, ceilings_today, clip, make
from grantkit.lifecycle.single import there_already
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.model import (
    NEVER,
    AccessRequest,
    Agent,
    Approval,
    Approved,
    Ask,
    Body,
    Consent,
    Member,
    OpenEnded,
    Requested,
    StepOpened,
    Term,
    Window,
    nameless,
    request_key,
    resolve,
)
from grantkit.rules import Flow, Selector, Step


def request(
    slice_: Slice, act: Act, intent: GrantIntent, *, setting: Setting, parent: Consent | None = None
) -> Outcome:
    """
    Return the events that ask for what *intent* says; a tenant's act of asking counts as its approval.

    Args:
        slice_: The head, and the stances of the agents at stake.
        act: Who, when, under which rules.
        intent: What.
        setting: New ids, and what the host knows of grantees and members.
        parent: The consent that it would rest on, for a flow that stands under one.

    Raises:
        Refused: If the rules do not allow it, by the kind of reason.
        InvalidInput: If something must be said, or cannot be.
        NotFound: If the rules hide the tenant from an agent, and let it begin nothing (P8).
    """
    verb = "request" if parent is None else "activate"
    if parent is None and unknown_to(act.by, act.rules):
        raise NotFound(what="tenant", id=slice_.head.tenant, tenant=slice_.head.tenant)
    by = asker(slice_, act, verb)
    name, flow = fitting_flow(act.rules, intent.flow, verb, None if parent is None else parent.flow)
    scope = choose_scope(name, flow, intent.scope or (None if parent is None else parent.scope))
    way = Way(name=name, flow=flow, scope=scope, parent=parent)
    may_begin(by, slice_.head.tenant, way, verb)
    drafted = draft(slice_, act, for_whom(by, flow, intent), by, way, setting=setting)
    asked = _asked(slice_, act, attrs.evolve(drafted, id=setting.request_id), by, flow)
    asked = attrs.evolve(asked, beforehand=_beforehand(slice_, act, by, asked, flow, intent=intent))
    bodies: tuple[Body, ...] = (Requested(asked),)
    if asked.beforehand is not None and asked.beforehand.selector in asked.awaits:
        coming = Coming(gives=setting.id_for(flow), flow=flow, parent=parent)
        bodies += counted(slice_, act, asked, Approved(asked.id, asked.beforehand), coming)
    return Outcome(bodies=bodies, subject=request_key(asked.id))


def _asked(slice_: Slice, act: Act, drafted: Draft, by: Member | Agent, flow: Flow) -> AccessRequest:
    """Return the request for what was drafted: the term counts from the last approval, so no window is kept."""
    at = act.at(slice_.head)
    start = drafted.window.starts_at
    return AccessRequest(
        id=drafted.id,
        tenant=drafted.tenant,
        flow=drafted.flow,
        flow_digest=digest(flow.to_data()),
        yields=flow.yields,
        by=nameless(by),
        ask=Ask(
            holder=drafted.holder,
            as_team=drafted.as_team,
            act_as=drafted.act_as,
            scope=drafted.scope,
            layers=drafted.layers,
            terms=(drafted.term,),
            starts=start if start > at else None,
        ),
        reason=drafted.reason,
        category=drafted.category,
        tickets=drafted.tickets,
        until_tickets=drafted.until_tickets,
        rules=act.rules.digest,
        parent=None if drafted.parent is None else drafted.parent.id,
        awaits=tuple(map(str, flow.steps[0].by)),
        needs=flow.steps[0].count,
        lapses_at=_lapse(flow.steps[0], at),
    )


def asker(slice_: Slice, act: Act, verb: str) -> Member | Agent:
    """Return who asks: a member of the tenant, or an agent whom nothing there holds back."""
    not_through_a_grant(act.by, verb)
    by = act.by
    if isinstance(by, Agent):
        not_while_suspended(slice_, by, verb)
        not_while_blocked(slice_, act, by.holders[0])
        return by
    if is_member(by, slice_.head.tenant):
        return by
    raise NotEntitled(
        actor=str(by),
        verb=verb,
        needs=("a member of the tenant", "an agent"),
        over="whom the flow lets begin",
    )


def for_whom(by: Member | Agent, flow: Flow, intent: GrantIntent) -> GrantIntent:
    """Return *intent* with for whom it is: an agent asks for itself, unless it or the flow names a team (J1)."""
    if intent.to is not None or not isinstance(by, Agent):
        return intent
    first = flow.to[0]
    return intent if first.kind == "team" and first.concrete else attrs.evolve(intent, to=by)


def may_begin(by: Member | Agent, tenant: str, way: Way, verb: str) -> None:
    """
    Refuse whoever is not among those who may begin.

    Raises:
        NotEntitled: If no selector of the flow's ``start`` names them.
    """
    if not any(begins(by, tenant, way, each) for each in way.flow.start.by):
        raise refuse(by, verb, tuple(map(str, way.flow.start.by)), way.scope)


def begins(by: Member | Agent, tenant: str, way: Way, who: Selector) -> bool:
    """Whether *who*, one of those whom a flow's ``start`` names, is *by*: over the whole of the scope."""
    if who == APPROVERS:
        return any(approver_selector(by, step, tenant, way.scope) for step in way.flow.steps)
    if who.name == "consenters" and who.side == "relation":
        return way.parent is not None and consented(by, way.parent)
    return satisfies(by, who, tenant, way.scope)


def _lapse(step: Step, at: datetime) -> datetime | OpenEnded:
    if step.within is None:
        return OpenEnded()
    try:
        return min(at + timedelta(seconds=step.within), LATEST)
    except OverflowError:
        return LATEST


def _beforehand(
    slice_: Slice, act: Act, by: Member | Agent, asked: AccessRequest, flow: Flow, *, intent: GrantIntent
) -> Approval | None:
    """
    Return the approval that a tenant's starter gives by asking: it counts when the first step that they answer opens.

    Without it, nobody could: nobody decides their own request. A vendor starter's act never counts.
    """
    if not isinstance(by, Member):
        return None
    for step in flow.steps:
        selector = approver_selector(by, step, asked.tenant, asked.scope)
        if selector is not None:
            check_text(asked.flow, step, intent.text_version)
            return approve(
                slice_,
                act,
                by,
                asked_digest(asked),
                step=step,
                selector=selector,
                word=check_word(asked.flow, step.word, intent.word),
                channel=check_channel(asked.flow, step, "in_product", None),
                reference=None,
                text_digest=intent.text_digest,
            )
    return None


@attrs.frozen(kw_only=True)
class Coming:
    """
    What a request comes to at its last approval.

    Attributes:
        gives: The id that the grant or consent will have.
        flow: The flow, which is what it was when the request was asked.
        parent: The consent that it rests on, if it rests on one.
    """

    gives: str
    flow: Flow
    parent: Consent | None


def counted(
    slice_: Slice, act: Act, asked: AccessRequest, body: Approved, coming: Coming
) -> tuple[Body, ...]:
    """
    Return what comes of one more approval: the next step opens, or the request is granted.

    Raises:
        IllegalTransition: If the end that was asked for, or shown, has passed.
    """
    now = after_approval(asked, body)
    if now.needs:
        return (body,)
    if now.step + 1 == len(coming.flow.steps):
        return body, _given(slice_, act, now, coming)
    step = coming.flow.steps[now.step + 1]
    lapse = _lapse(step, act.at(slice_.head))
    opened = StepOpened(asked.id, now.step + 1, tuple(map(str, step.by)), step.count, lapse)
    now = after_opening(now, opened)
    if now.beforehand is None or now.beforehand.selector not in now.awaits:
        return body, opened
    return (body, opened, *counted(slice_, act, now, Approved(asked.id, now.beforehand), coming))


def _given(slice_: Slice, act: Act, asked: AccessRequest, coming: Coming) -> Body:
    """Return the grant or consent that the last approval makes of a request."""
    ask = asked.ask
    window, term, clipped = settle_end(slice_, act, asked, coming.flow, coming.parent)
    today = ceilings_today(act.rules, ask.holder, ask.as_team)
    drafted = Draft(
        id=coming.gives,
        tenant=asked.tenant,
        flow=asked.flow,
        holder=ask.holder,
        as_team=ask.as_team,
        act_as=ask.act_as,
        scope=ask.scope,
        layers=(*ask.layers, *(each for each in today if each not in ask.layers)),
        window=window,
        term=term,
        reason=asked.reason,
        category=asked.category,
        tickets=asked.tickets,
        until_tickets=asked.until_tickets,
        request=asked.id,
        parent=coming.parent,
        clipped=clipped,
    )
    made = make(drafted, act.rules, coming.flow)
    if coming.flow.single and there_already(slice_, act.rules, made, act.now) is not None:
        raise IllegalTransition(
            id=asked.id, state="granted already", verb="approve", instead="deny it", what="request"
        )
    # The words of the answers lie beside their own events, and go with them.
    return came_about(made, tuple(attrs.evolve(each, reference=None, seq=None) for each in asked.approvals))


def settle_end(
    slice_: Slice, act: Act, asked: AccessRequest, flow: Flow, parent: Consent | None
) -> tuple[Window, Term, bool]:
    """
    Return the window that an approval now would make, its term, and whether what it rests on clips it.

    The start is the later of the one asked for and now; the earliest of all ends binds: each term, and the ends that
    approvers were shown (J5). A span counts from the start that was asked for, also where that has passed meanwhile.

    Raises:
        IllegalTransition: If that end has passed.
    """
    at = act.at(slice_.head)
    anchor = at if asked.ask.starts is None else asked.ask.starts
    start = max(at, anchor)
    closes, term = min(((_closes(act, term, anchor), term) for term in asked.ask.terms), key=itemgetter(0))
    if min(closes, asked.ask.latest) <= start or (parent is not None and parent.window.closes <= start):
        instead = "the end that was asked for, or shown, has passed: have it asked anew"
        raise IllegalTransition(id=asked.id, state="pending", verb="approve", instead=instead, what="request")
    # No later than the cap, whatever month it has become since it was asked: whoever decides is shown that end.
    window, clipped = clip(capped(asked.flow, flow, OpenEnded(), start, frames(term, act, at)), parent)
    clipped = clipped and closes > window.closes
    closes = min(closes, asked.ask.latest)
    return (window if closes >= window.closes else window.ending(closes)), term, clipped


def _closes(act: Act, term: Term, start: datetime) -> datetime:
    end = resolve(term, start, frames(term, act, start).own.tz)
    return NEVER if isinstance(end, OpenEnded) else end


def not_their_own(by: Member | Agent, asked: AccessRequest, same_person: SamePerson | None) -> None:
    """Refuse whoever asked, or would be let in: nobody decides their own request; ids are compared across sides."""
    if is_same_person(by, asked.by, same_person):
        raise SelfApproval(actor=str(by))
    not_to_oneself(by, asked.holder, same_person)
