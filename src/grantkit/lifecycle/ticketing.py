"""Tickets: linking another is consent, solving the last one ends what was bound to them (R12, R14)."""

import attrs

from grantkit.errors import ExceedsParent
from grantkit.lifecycle.choosing import (
    Predicates,
    SamePerson,
    check_channel,
    check_eligible,
    check_text,
    check_word,
    choose_scope,
    offered_to,
)
from grantkit.lifecycle.entitlement import a_member, may_give, may_stop, not_through_a_grant, refuse
from grantkit.lifecycle.evidence import approve, terms_digest
from grantkit.lifecycle.finding import find, not_theirs
from grantkit.lifecycle.guards import not_to_oneself, not_while_blocked
from grantkit.lifecycle.making import grantee_of
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.lifecycle.states import GrantState, state_of, step_happens
from grantkit.model import (
    Body,
    Consent,
    ConsentEnded,
    Ending,
    EndRecorded,
    Grant,
    Member,
    TicketLinked,
    TicketSolved,
    grant_key,
)
from grantkit.rules import Selector, Step


@attrs.frozen(kw_only=True)
class LinkIntent:
    """What ticket to link to which grant, and what was said and shown with it, checked for its form."""

    grant_id: str
    ticket: str
    word: str | None
    channel: str | None
    reference: str | None
    text_digest: str | None
    text_version: str | None


def link_ticket(
    slice_: Slice,
    act: Act,
    intent: LinkIntent,
    *,
    predicates: Predicates,
    same_person: SamePerson | None,
) -> Outcome:
    """
    Return the event that links another ticket to a live grant, or none if it is linked and open.

    What is bound to tickets lasts until the last of them, so one more lengthens it: that takes whoever could grant it,
    and the words that granting takes. A flow that asks nobody itself is consented to where its consent is.

    Raises:
        NotFound: If there is no such grant at the tenant.
        NotEntitled: If the actor could not grant it.
        IllegalTransition: If it is over: a ticket that is opened again revives nothing.
        ExceedsParent: If it was handed on, by somebody whose own grant is not for that ticket.
        Refused: Otherwise as for a grant.
    """
    not_through_a_grant(act.by, "link_ticket")
    grant = find(slice_, intent.grant_id)
    by, name, step, selector = may_link(slice_, act, grant, predicates, same_person)
    if intent.ticket in grant.open_tickets:
        return Outcome(bodies=(), subject=grant_key(grant.id))
    _within_parent(slice_, grant, intent.ticket)
    check_text(name, step, intent.text_version)
    linked = attrs.evolve(
        grant, tickets=grant.tickets | {intent.ticket}, solved=grant.solved - {intent.ticket}
    )
    approval = approve(
        slice_,
        act,
        by,
        terms_digest(linked),
        step=step,
        selector=selector,
        word=check_word(name, step.word, intent.word),
        channel=check_channel(name, step, intent.channel, intent.reference),
        reference=intent.reference,
        text_digest=intent.text_digest,
    )
    body = TicketLinked(grant_id=grant.id, ticket=intent.ticket, approval=approval)
    return Outcome(bodies=(body,), subject=grant_key(grant.id))


def may_link(
    slice_: Slice, act: Act, grant: Grant, predicates: Predicates, same_person: SamePerson | None
) -> tuple[Member, str, Step, Selector]:
    """
    Return who links, and the flow, step and selector by which they consent; or raise why they may not, whatever it is.

    Raises:
        NotFound: As :func:`link_ticket`.
        Refused: As :func:`link_ticket`.
        IllegalTransition: If the grant is over.
    """
    not_through_a_grant(act.by, "link_ticket")
    if not may_stop(act.by, act.rules, grant):
        raise not_theirs(act, grant, "link_ticket", ("whoever may grant it",))
    by = a_member(act.by, grant.tenant, "link_ticket")
    step_happens(slice_, grant, act.now, "link_ticket")
    flow = act.rules.flows.get(grant.flow)
    if flow is None:
        raise refuse(by, "link_ticket", ())
    choose_scope(grant.flow, flow, grant.scope)
    asks_nobody = flow.under is not None and not flow.tenant_steps
    name = str(flow.under) if asks_nobody else grant.flow
    step, selector = may_give(
        by, grant.tenant, name, act.rules.flow(name), scope=grant.scope, verb="link_ticket"
    )
    if grant.added_by is None:
        offered_to(grant.flow, flow, grant.holder, grant.as_team)
    not_to_oneself(by, grant.holder, same_person)
    not_while_blocked(slice_, act, grant.holder)
    check_eligible(act.rules, grantee_of(grant.holder, grant.as_team), grant.tenant, predicates)
    return by, name, step, selector


def _within_parent(slice_: Slice, grant: Grant, ticket: str) -> None:
    """Refuse a ticket that whoever handed the grant on has not: nothing is for more than what it rests on (R8)."""
    parent = None if grant.parent is None else slice_.grants.get(grant.parent)
    if parent is None:
        return
    theirs = parent.open_tickets if parent.until_tickets else parent.tickets
    if ticket not in theirs:
        most = ", ".join(sorted(theirs)) or "no ticket"
        raise ExceedsParent(parent=parent.id, field="ticket", asked=ticket, most=most)


def resolve_ticket(slice_: Slice, act: Act, ticket: str) -> Outcome:
    """
    Return the events of a ticket that was solved: what was bound to it is so no more, and what it kept open last ends.

    Anybody may report it, since it narrows; whoever may report it of whom is for the host to say. It reads no rules.
    Where nothing is bound to the ticket there is no event: a link that comes later is another, and so is one made when
    the ticket has been opened again.

    Raises:
        NotEntitled: If the actor is a member of another tenant.
        ActingThroughGrant: If the actor acts through a grant.
    """
    not_through_a_grant(act.by, "resolve_ticket")
    if isinstance(act.by, Member):
        a_member(act.by, slice_.head.tenant, "resolve_ticket")
    everything: tuple[Grant | Consent, ...] = (*slice_.grants.values(), *slice_.consents.values())
    bound = [
        made
        for made in everything
        if made.until_tickets
        and ticket in made.open_tickets
        and step_happens(slice_, made, act.now, "resolve_ticket")
    ]
    if not bound:
        return Outcome(bodies=())
    solved = TicketSolved(
        ticket=ticket,
        grants=tuple(sorted(made.id for made in bound if isinstance(made, Grant))),
        consents=tuple(sorted(made.id for made in bound if isinstance(made, Consent))),
    )
    return Outcome(bodies=(solved, *(_ended(slice_, act, made) for made in _last(bound, ticket))))


def _last(bound: list[Grant | Consent], ticket: str) -> list[Grant | Consent]:
    """Return what *ticket* was the last to keep open, by id."""
    found = [made for made in bound if made.open_tickets == frozenset({ticket})]
    return sorted(found, key=lambda made: made.id)


def _ended(slice_: Slice, act: Act, made: Grant | Consent) -> Body:
    """Return how *made* ended: what time or a cut-off had ended before stays so, and becomes a fact (N7)."""
    how = {GrantState.CUT_OFF: Ending.CUT_OFF, GrantState.EXPIRED: Ending.EXPIRED}.get(
        state_of(slice_, made, act.now), Ending.ENDED_BY_TICKETS
    )
    return ConsentEnded(made.id, how) if isinstance(made, Consent) else EndRecorded(made.id, how)
