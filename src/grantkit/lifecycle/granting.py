"""Giving: consent that a tenant gives by itself, as a grant that is effective, or as a consent that stands."""

import attrs

from grantkit.errors import GrantkitError
from grantkit.lifecycle.choosing import (
    check_channel,
    check_text,
    check_word,
    choose_holder,
    choose_scope,
    fitting_flow,
)
from grantkit.lifecycle.drafting import GrantIntent, Setting, Way, draft
from grantkit.lifecycle.entitlement import a_member, may_give, not_through_a_grant
from grantkit.lifecycle.evidence import approve, terms_digest
from grantkit.lifecycle.making import came_about, key_of, make
from grantkit.lifecycle.single import there_already
from grantkit.lifecycle.slices import Act, Outcome, Slice, Want
from grantkit.model import Agent, Confirmed, grant_key, holder_of
from grantkit.rules import AccessRules


def wanted(rules: AccessRules, intent: GrantIntent, verb: str, new: Want) -> Want:
    """
    Return what :func:`give` must read: the stance of the agent, and the grants of the holder that are not over.

    Whom it is for may be left to the flow's first choice, so the holder is chosen here as it will be there; where it
    cannot be, neither can the grant, and :func:`give` says why. *new* wants the new ids, to see that they are new.
    """
    try:
        name, flow = fitting_flow(rules, intent.flow, verb)
        to, _ = choose_holder(name, flow, intent.to, intent.as_team)
    except GrantkitError:
        return new
    return attrs.evolve(new, agents=(to.id,) if isinstance(to, Agent) else (), holder=holder_of(to))


def give(slice_: Slice, act: Act, intent: GrantIntent, *, verb: str, setting: Setting) -> Outcome:
    """
    Return the event by which a member gives what *intent* asks for: a grant, or a consent that allows nothing yet.

    Where the flow allows one live grant, the one that gives it already is returned instead (P6).

    Args:
        slice_: The head, the stance of the agent to be granted to, and the grants of the holder that are not over.
        act: Who, when, under which rules.
        intent: What.
        verb: ``grant`` or ``consent``.
        setting: New ids, and what the host knows of grantees and members.

    Raises:
        Refused: If the rules do not allow it, by the kind of reason.
        InvalidInput: If something must be said, or cannot be.
        IllegalTransition: If the flow allows one live grant and what is asked goes beyond the one there is.
    """
    tenant = slice_.head.tenant
    not_through_a_grant(act.by, verb)
    by = a_member(act.by, tenant, verb)
    name, flow = fitting_flow(act.rules, intent.flow, verb)
    scope = choose_scope(name, flow, intent.scope)
    step, selector = may_give(by, tenant, name, flow, scope=scope, verb=verb)
    word = check_word(name, step.word, intent.word)
    channel = check_channel(name, step, intent.channel, intent.reference)
    check_text(name, step, intent.text_version)
    drafted = draft(slice_, act, intent, by, Way(name=name, flow=flow, scope=scope), setting=setting)
    made = make(drafted, act.rules, flow)
    there = there_already(slice_, act.rules, made, act.now) if flow.single else None
    if there is not None:
        return Outcome(bodies=(), subject=grant_key(there.id))
    approval = approve(
        slice_,
        act,
        by,
        terms_digest(made),
        step=step,
        selector=selector,
        word=word,
        channel=channel,
        reference=intent.reference,
        text_digest=intent.text_digest,
    )
    return Outcome(bodies=(came_about(made, (approval,)),), subject=key_of(made))


def confirmation(outcome: Outcome) -> Outcome:
    """
    Return *outcome* with an event even where nothing changed, so that a key used for it is remembered.

    Without it, a retry that comes after a revocation would find no trace of its first try and grant anew.
    """
    if outcome.bodies or outcome.subject is None:
        return outcome
    return attrs.evolve(outcome, bodies=(Confirmed(outcome.subject[1]),))
