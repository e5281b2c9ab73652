"""Answering a request: approve, deny, withdraw. The first decision settles it (J6)."""

import attrs

from grantkit.canonical import digest
from grantkit.errors import (
    AlreadyAnswered,
    DigestMismatch,
    FlowChanged,
    NotEntitled,
    NotFound,
)
from grantkit.lifecycle.choosing import SamePerson, check_channel, check_eligible, check_text, check_word
from grantkit.lifecycle.drafting import Setting
from grantkit.lifecycle.entitlement import approver_selector, not_through_a_grant, refuse, satisfies
from grantkit.lifecycle.evidence import approve as evidence
from grantkit.lifecycle.evidence import asked_digest
from grantkit.lifecycle.finding import outside
from grantkit.lifecycle.guards import is_same_person, not_while_blocked, not_while_suspended
from grantkit.lifecycle.making import grantee_of
from grantkit.lifecycle.narrowing import ApproveIntent, narrow
from grantkit.lifecycle.previewing import Preview, preview_of
from grantkit.lifecycle.request_states import RequestState, answer_happens, request_state_of
from grantkit.lifecycle.requesting import Coming, counted, not_their_own, settle_end
from grantkit.lifecycle.resting import check_live
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.model import (
    AccessRequest,
    Actor,
    Agent,
    Approved,
    Consent,
    Denied,
    Lapsed,
    Member,
    Settling,
    Withdrawn,
    request_key,
)
from grantkit.rules import AccessRules, Flow, Selector, Step


def find_request(slice_: Slice, request_id: str) -> AccessRequest:
    """Return the request, or raise the same :class:`NotFound` for an absent and for a foreign one."""
    found = slice_.requests.get(request_id)
    if found is None:
        raise NotFound(what="request", id=request_id, tenant=slice_.head.tenant)
    return found


def approve(slice_: Slice, act: Act, intent: ApproveIntent, *, setting: Setting) -> Outcome:
    """
    Return the events of one person's yes: to exactly the terms that they were shown, or to less (B2).

    Args:
        slice_: The request, what it would rest on, the stances at stake.
        act: Who, when, under which rules.
        intent: What they agree to: the digest and the end of the preview, and what they narrow.
        setting: The id that a grant or consent will have, and what the host knows of grantees.

    Raises:
        NotFound: If there is no such request at the tenant, or it is none of theirs.
        NotEntitled: If they may not answer the open step.
        SelfApproval: If they asked, or would be let in.
        AlreadyAnswered: If they have answered an earlier step, or this one.
        AlreadyDecided: If the request is settled.
        RequestLapsed: If the open step was not decided in time.
        FlowChanged: If the flow is not what it was.
        DigestMismatch: If these are not the terms that they were shown.
        ExceedsRequest: If they ask for more than was asked for.
        Refused: If what comes of it is refused, as for a grant.
    """
    asked = find_request(slice_, intent.request_id)
    by, flow, selector = may_approve(slice_, act, asked, setting.same_person)
    step = flow.steps[asked.step]
    if intent.digest != asked_digest(asked):
        raise DigestMismatch(id=asked.id)
    parent = _parent(slice_, act, asked)
    check_eligible(act.rules, grantee_of(asked.holder, asked.ask.as_team), asked.tenant, setting.predicates)
    check_text(asked.flow, step, intent.text_version)
    narrowed = narrow(act, act.at(slice_.head), asked, flow, intent)
    agreed = attrs.evolve(asked, ask=narrowed.shown(intent.ends_by))
    approval = evidence(
        slice_,
        act,
        by,
        asked_digest(agreed),
        step=step,
        selector=selector,
        word=check_word(asked.flow, step.word, intent.word),
        channel=check_channel(asked.flow, step, intent.channel, intent.reference),
        reference=intent.reference,
        text_digest=intent.text_digest,
        ends_by=intent.ends_by,
    )
    body = Approved(
        request_id=asked.id,
        approval=approval,
        ask=None if narrowed == asked.ask else narrowed,
        said="\n".join(_preview(slice_, act, agreed, flow, parent).lines),
    )
    bodies = counted(slice_, act, asked, body, Coming(gives=setting.id_for(flow), flow=flow, parent=parent))
    return Outcome(bodies=bodies, subject=request_key(asked.id))


def may_approve(
    slice_: Slice, act: Act, asked: AccessRequest, same_person: SamePerson | None
) -> tuple[Member | Agent, Flow, Selector]:
    """
    Return who approves, the flow, and the selector of its open step that entitles them; or raise why they may not.

    Raises:
        Refused: As :func:`approve`, for what it refuses whatever the terms.
        Conflict: If the request is settled or has lapsed, or the flow has changed.
    """
    not_through_a_grant(act.by, "approve")
    by = _somebody(act.by, asked, act.rules, "approve")
    if not may_answer(by, asked, act.rules):  # before it is told how the request was settled
        raise refuse(by, "approve", asked.awaits, asked.scope)
    answer_happens(slice_, act, asked, "approve")
    flow = _same_flow(asked, act.rules)
    selector = approver_selector(by, flow.steps[asked.step], asked.tenant, asked.scope)
    if selector is None:
        raise refuse(by, "approve", asked.awaits, asked.scope)
    not_their_own(by, asked, same_person)
    if any(is_same_person(by, each.by, same_person) for each in asked.approvals):
        raise AlreadyAnswered(id=asked.id, actor=str(by))
    not_while_blocked(slice_, act, asked.holder)
    if isinstance(by, Agent):
        not_while_suspended(slice_, by, "approve")
        not_while_blocked(slice_, act, by.holders[0])  # whom the tenant has frozen decides nothing there
    _as_themselves(asked, flow, by)
    return by, flow, selector


def preview_now(slice_: Slice, act: Act, asked: AccessRequest, by: Agent | Member | None = None) -> Preview:
    """
    Return what *asked* would come to if it were approved now.

    Args:
        slice_: The request, and what it would rest on.
        act: When, under which rules.
        asked: The request.
        by: Whoever asked, with their name.

    Raises:
        AlreadyDecided: If the request is settled.
        RequestLapsed: If its open step was not decided in time.
        FlowChanged: If the flow is not what it was.
        ConsentMissing: If what it would rest on is no longer live.
        IllegalTransition: If the end that was asked for has passed.
    """
    answer_happens(slice_, act, asked, "approve")
    return _preview(slice_, act, asked, _same_flow(asked, act.rules), _parent(slice_, act, asked), by=by)


def _preview(
    slice_: Slice,
    act: Act,
    asked: AccessRequest,
    flow: Flow,
    parent: Consent | None,
    *,
    by: Agent | Member | None = None,
) -> Preview:
    window, _, clipped = settle_end(slice_, act, asked, flow, parent)
    return preview_of(asked, window, act, clipped=clipped, by=by)


def deny(slice_: Slice, act: Act, request_id: str, reason: str) -> Outcome:
    """
    Return the event of one person's no: one is enough, by whoever may answer any step (B4).

    Raises:
        NotFound: If there is no such request at the tenant, or it is none of theirs.
        NotEntitled: If they may answer no step.
        AlreadyDecided: If the request is settled.
        RequestLapsed: If the open step was not decided in time.
    """
    not_through_a_grant(act.by, "deny")
    asked = find_request(slice_, request_id)
    by = _somebody(act.by, asked, act.rules, "deny")
    if not may_answer(by, asked, act.rules):
        raise refuse(by, "deny", asked.awaits, asked.scope)
    answer_happens(slice_, act, asked, "deny")
    return Outcome(bodies=(Denied(asked.id, reason),), subject=request_key(asked.id))


def withdraw(slice_: Slice, act: Act, request_id: str) -> Outcome:
    """
    Return the event by which whoever asked takes the request back (B6).

    Raises:
        NotFound: If there is no such request at the tenant, or it is none of theirs.
        NotEntitled: If somebody else asked.
        AlreadyDecided: If the request is settled; what it gave is relinquished, not withdrawn.
        RequestLapsed: If it lapsed before.
    """
    not_through_a_grant(act.by, "withdraw")
    asked = find_request(slice_, request_id)
    by = _somebody(act.by, asked, act.rules, "withdraw")
    if not asked_it(by, asked):
        raise NotEntitled(actor=str(by), verb="withdraw", needs=(str(asked.by),), over="who asked")
    answer_happens(slice_, act, asked, "withdraw")
    return Outcome(bodies=(Withdrawn(asked.id),), subject=request_key(asked.id))


def record_lapse(slice_: Slice, act: Act, request_id: str) -> Outcome:
    """
    Return the event that records a lapse which has come by itself, or none if it has not, or is settled.

    A request that a cut-off ended before is recorded as cut off, once its time has come.
    """
    asked = find_request(slice_, request_id)
    recorded = asked.settled is not None or asked.lapses > act.at(slice_.head)
    happens = not recorded and answer_happens(slice_, act, asked, "record_lapse")
    cut_off = request_state_of(slice_, asked, act.now) is RequestState.CUT_OFF
    body = Lapsed(asked.id, Settling.CUT_OFF if cut_off else Settling.LAPSED)
    return Outcome(bodies=(body,) if happens else (), subject=request_key(asked.id))


def asked_it(actor: Actor, asked: AccessRequest) -> bool:
    """Whether *actor* is whoever asked; sides and tenants are compared too, since ids may collide."""
    if isinstance(actor, Member) and actor.tenant != asked.tenant:
        return False
    return type(actor) is type(asked.by) and actor.id == asked.by.id


def may_answer(actor: Actor, asked: AccessRequest, rules: AccessRules) -> bool:
    """Whether *actor* is among those who may answer some step, over the whole scope that is asked for."""
    return any(satisfies(actor, each, asked.tenant, asked.scope) for each in _answerers(asked, rules))


def _somebody(by: Actor, asked: AccessRequest, rules: AccessRules, verb: str) -> Member | Agent:
    """
    Return *by*, if the request is any of their business.

    To a member of another tenant, and to an agent from whom the rules hide the tenant's support access (P8), it is not
    there: otherwise ids could be probed, and the refusal would tell of it.
    """
    if not asked_it(by, asked) and not may_answer(by, asked, rules) and outside(by, asked.tenant, rules):
        raise NotFound(what="request", id=asked.id, tenant=asked.tenant)
    if isinstance(by, Member | Agent):
        return by
    raise refuse(by, verb, asked.awaits, asked.scope)


def _answerers(asked: AccessRequest, rules: AccessRules) -> tuple[Selector, ...]:
    """Return who may answer any step: those of the flow, and those whom the request awaits, if the flow is gone."""
    flow = rules.flows.get(asked.flow)
    steps: tuple[Step, ...] = () if flow is None else flow.steps
    pinned = (Selector.parse("awaits", each) for each in asked.awaits)
    return (*(who for step in steps for who in step.by), *pinned)


def _same_flow(asked: AccessRequest, rules: AccessRules) -> Flow:
    """Return the flow, if it is what it was when the request was asked: its answers must satisfy it whole (I-10)."""
    flow = rules.flows.get(asked.flow)
    if flow is None or digest(flow.to_data()) != asked.flow_digest:
        raise FlowChanged(id=asked.id, flow=asked.flow)
    return flow


def _parent(slice_: Slice, act: Act, asked: AccessRequest) -> Consent | None:
    if asked.parent is None:
        return None
    found = slice_.consents.get(asked.parent)
    if found is None:
        raise NotFound(what="consent", id=asked.parent, tenant=asked.tenant)
    check_live(slice_, act, found)
    return found


def _as_themselves(asked: AccessRequest, flow: Flow, by: Member | Agent) -> None:
    """Where a flow offers acting as oneself only, whoever answers for the tenant must be that member (B10)."""
    if asked.ask.act_as is None or "any" in flow.act_as or not isinstance(by, Member):
        return
    if by.id != asked.ask.act_as:
        raise NotEntitled(
            actor=str(by), verb="approve", needs=(f"member {asked.ask.act_as}",), over="themselves"
        )
