"""Activating: a grant under a live consent, or the request that becomes one at its last approval (R5, B8)."""

import attrs

from grantkit.errors import GrantkitError, NotFound
from grantkit.lifecycle.choosing import choose_holder, choose_scope, fitting_flow
from grantkit.lifecycle.drafting import GrantIntent, Setting, Way, draft
from grantkit.lifecycle.finding import outside, unknown_to
from grantkit.lifecycle.making import came_about, key_of, make
from grantkit.lifecycle.requesting import asker, for_whom, may_begin, request
from grantkit.lifecycle.resting import check_contact
from grantkit.lifecycle.single import there_already
from grantkit.lifecycle.slices import Act, Outcome, Slice, Want
from grantkit.model import Actor, Agent, Member, grant_key, holder_of
from grantkit.rules import AccessRules


def wanted_under(
    slice_: Slice, rules: AccessRules, intent: GrantIntent, by: Actor, under: str
) -> Want | None:
    """
    Return what :func:`activate` must read besides the consent: what its holder has that is not over.

    Whom it is for may be left to the flow, so the holder is chosen here as it will be there; where it cannot be,
    nothing is activated either, and :func:`activate` says why.
    """
    parent = slice_.consents.get(under)
    if parent is None or not isinstance(by, Member | Agent):
        return None
    try:
        name, flow = fitting_flow(rules, intent.flow, "activate", parent.flow)
        to, _ = choose_holder(name, flow, for_whom(by, flow, intent).to, intent.as_team)
    except GrantkitError:
        return None
    return Want(holder=holder_of(to))


def activate(
    slice_: Slice, act: Act, intent: GrantIntent, *, under: str, contact: str | None, setting: Setting
) -> Outcome:
    """
    Return the event of a grant that rests on a live consent; a flow with steps asks for their answers first.

    Args:
        slice_: The consent, and the stances of the agents at stake.
        act: Who, when, under which rules.
        intent: What.
        under: The id of the consent.
        contact: Who is said to have consented, by id; ``None`` takes whoever did.
        setting: New ids, and what the host knows of grantees and members.

    Raises:
        NotFound: If there is no such consent at the tenant.
        ConsentMissing: If it is not live, was not given by *contact*, or was given for other tickets.
        ExceedsParent: If it was given for others, or for less of the tenant.
        Refused: If the rules do not allow it otherwise, as for a grant.
    """
    if unknown_to(act.by, act.rules):
        raise NotFound(what="consent", id=under, tenant=slice_.head.tenant)
    by = asker(slice_, act, "activate")
    parent = slice_.consents.get(under)
    if parent is None or (not isinstance(by, Member) and outside(by, slice_.head.tenant, act.rules)):
        raise NotFound(what="consent", id=under, tenant=slice_.head.tenant)
    name, flow = fitting_flow(act.rules, intent.flow, "activate", parent.flow)
    way = Way(
        name=name, flow=flow, scope=choose_scope(name, flow, intent.scope or parent.scope), parent=parent
    )
    may_begin(by, parent.tenant, way, "activate")
    check_contact(parent, contact)  # only now: who may not begin must not learn who consented
    if flow.steps:
        return request(slice_, act, attrs.evolve(intent, flow=name), setting=setting, parent=parent)
    drafted = draft(slice_, act, for_whom(by, flow, intent), by, way, setting=setting)
    made = make(drafted, act.rules, flow)
    there = there_already(slice_, act.rules, made, act.now) if flow.single else None
    if there is not None:
        return Outcome(bodies=(), subject=grant_key(there.id))
    return Outcome(bodies=(came_about(made, ()),), subject=key_of(made))
