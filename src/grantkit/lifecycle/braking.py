"""
Brakes: revoke, cut off, relinquish, freeze, suspend.

Braking always works: no ceremony but the typed word that rules ask of a plain revoke, no policy read, no predicate
called, no clock disbelieved. Only :func:`unfreeze` and :func:`reinstate` lift something, and are held to what widening
takes.
"""

from grantkit.errors import NotEntitled, NotFound
from grantkit.lifecycle.choosing import SamePerson, check_word
from grantkit.lifecycle.entitlement import (
    a_member,
    consenting_roles,
    consents_to_all,
    consents_to_something,
    holds_as,
    may_stop,
    named_in_stop,
    not_through_a_grant,
    refuse,
    stoppers,
)
from grantkit.lifecycle.finding import find_made, not_theirs, unknown_to
from grantkit.lifecycle.guards import believe_clock, not_to_oneself, not_while_suspended
from grantkit.lifecycle.making import key_of
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.lifecycle.states import step_happens
from grantkit.model import (
    Agent,
    Consent,
    ConsentEnded,
    CutOff,
    Ending,
    Freeze,
    Frozen,
    Grant,
    Holder,
    Member,
    Reinstated,
    Relinquished,
    Revoked,
    Suspended,
    System,
    Unfrozen,
)


def revoke(slice_: Slice, act: Act, grant_id: str, word: str | None) -> Outcome:
    """
    Return the event that revokes a grant, or none if it has ended as a fact: revoking twice is one event.

    A consent is revoked in the same way, and what rests on it allows no more.

    Raises:
        NotFound: If there is no such grant at the tenant.
        NotEntitled: If the actor may not stop it.
        ConfirmationMismatch: If the flow asks for a word to switch off (P5), and it is missing or wrong.
    """
    not_through_a_grant(act.by, "revoke")
    grant = find_made(slice_, grant_id)
    if not may_stop(act.by, act.rules, grant):
        raise not_theirs(act, grant, "revoke", stoppers(act.rules, grant.consenting_roles))
    flow = act.rules.flows.get(grant.flow)
    check_word(grant.flow, None if flow is None else flow.off_word, word)
    happens = step_happens(slice_, grant, act.now, "revoke")
    return _ended(grant, Ending.REVOKED, happens=happens)


def relinquish(slice_: Slice, act: Act, grant_id: str) -> Outcome:
    """
    Return the event by which a holder gives a grant back (R11), or none if it has ended as a fact.

    A team's grant ends for the whole team. It is the one thing that a support session may do to the grant it runs
    under.

    Raises:
        NotFound: If there is no such grant at the tenant.
        NotEntitled: If the actor does not hold it.
    """
    not_through_a_grant(act.by, "relinquish", but=grant_id)
    grant = find_made(slice_, grant_id)
    if not holds_as(act.by, grant):
        raise not_theirs(act, grant, "relinquish", (str(grant.holder),))
    happens = step_happens(slice_, grant, act.now, "relinquish")
    return _ended(grant, Ending.RELINQUISHED, happens=happens)


def _ended(made: Grant | Consent, how: Ending, *, happens: bool) -> Outcome:
    if isinstance(made, Consent):
        body: Revoked | Relinquished | ConsentEnded = ConsentEnded(made.id, how)
    else:
        body = Revoked(made.id) if how is Ending.REVOKED else Relinquished(made.id)
    return Outcome(bodies=(body,) if happens else (), subject=key_of(made))


def revoke_all(slice_: Slice, act: Act, agent: str | None) -> Outcome:
    """
    Return the cut-off: consent recorded up to here never counts again, nor does what was asked for; later does (B3).

    Args:
        slice_: The head, and the stance of *agent*.
        act: Who, when, under which rules.
        agent: The one agent to cut off, or ``None`` for everybody.

    Raises:
        NotEntitled: If the actor neither consents for the tenant as a whole nor is named in ``stop``.
    """
    tenant = _known(slice_, act, "revoke_all")
    if not consents_to_all(act.by, tenant, act.rules) and not named_in_stop(act.by, tenant, act.rules):
        raise refuse(act.by, "revoke_all", stoppers(act.rules, consenting_roles(act.rules)))
    return Outcome(bodies=() if _covers_everything(slice_, agent) else (CutOff(agent),))


def _known(slice_: Slice, act: Act, verb: str) -> str:
    """
    Return the tenant, known to whoever acts: to others a refusal that names its roles would tell that it is there.

    Raises:
        NotFound: To an agent from whom the rules hide it.
        NotEntitled: To a member of another tenant, in words that all tenants have in common.
        ActingThroughGrant: To whoever acts through a grant.
    """
    tenant = slice_.head.tenant
    if unknown_to(act.by, act.rules):
        raise NotFound(what="tenant", id=tenant, tenant=tenant)
    not_through_a_grant(act.by, verb)
    if isinstance(act.by, Member):
        a_member(act.by, tenant, verb)
    return tenant


def _covers_everything(slice_: Slice, agent: str | None) -> bool:
    """Whether the last thing recorded was this very cut-off: nothing has come since that another could silence."""
    head = slice_.head
    stance = None if agent is None else slice_.stances.get(agent)
    mark = head.cut_off if agent is None else (0 if stance is None else stance.cut_off)
    return mark > 0 and mark == head.seq


def freeze(slice_: Slice, act: Act, agent: str | None) -> Outcome:
    """
    Return the freeze, or none if it stands already (B7).

    Anyone who may consent to anything at all at the tenant may freeze, be it one resource, and whom the rules' ``stop``
    names: stopping must be easy, and lifting takes more.

    Raises:
        NotEntitled: If the actor is neither.
    """
    tenant = _known(slice_, act, "freeze")
    if not consents_to_something(act.by, tenant, act.rules) and not named_in_stop(act.by, tenant, act.rules):
        raise NotEntitled(
            actor=str(act.by),
            verb="freeze",
            needs=stoppers(act.rules, consenting_roles(act.rules)),
            over="over the tenant or anything in it",
        )
    return Outcome(bodies=() if _freeze(slice_, agent) else (Frozen(agent),))


def suspend(slice_: Slice, act: Act, agent: str, reason: str) -> Outcome:
    """
    Return the event, in the vendor's own record, that shuts an agent out of every tenant; none if it stands already.

    Whose job that is at the vendor is for the host to say: grantkit knows no ranks there.

    Raises:
        NotEntitled: If the actor is a member: tenants freeze.
    """
    _of_the_vendor(act, "suspend")
    return Outcome(bodies=() if agent in slice_.suspended else (Suspended(agent, reason),))


def reinstate(slice_: Slice, act: Act, agent: str, same_person: SamePerson | None) -> Outcome:
    """
    Return the event that lets a suspended agent back in; none if it is not suspended.

    Raises:
        NotEntitled: If the actor is a member.
        SelfApproval: If the actor is that agent.
        AgentSuspended: If the actor is suspended too.
        ClockBehind: If the clock is not believed: reinstating widens.
    """
    by = _of_the_vendor(act, "reinstate")
    if isinstance(by, Agent):
        not_to_oneself(by, Holder("agent", agent), same_person)
        not_while_suspended(slice_, by, "reinstate")
    believe_clock(slice_, act)
    return Outcome(bodies=(Reinstated(agent),) if agent in slice_.suspended else ())


def _of_the_vendor(act: Act, verb: str) -> Agent | System:
    not_through_a_grant(act.by, verb)
    if isinstance(act.by, Member):
        raise NotEntitled(actor=str(act.by), verb=verb, needs=("an agent", "a System"), over="of the vendor")
    return act.by


def unfreeze(slice_: Slice, act: Act, agent: str | None, *, revoke: bool) -> Outcome:
    """
    Return the end of a freeze, or none if there is none; never by the vendor.

    Args:
        slice_: The head, and the stance of *agent*.
        act: Who, when, under which rules.
        agent: The one agent to unfreeze, or ``None`` for the freeze of the tenant.
        revoke: Whether to cut off first, so that nothing comes back to life.

    Raises:
        NotEntitled: If the actor is no member who holds, for the tenant as a whole, a role that consents to something.
        ClockBehind: If the clock is not believed: unfreezing widens.
    """
    tenant = _known(slice_, act, "unfreeze")
    if not consents_to_all(act.by, tenant, act.rules):
        raise refuse(act.by, "unfreeze", (f"tenant:{role}" for role in sorted(consenting_roles(act.rules))))
    believe_clock(slice_, act)
    cut = (CutOff(agent),) if revoke else ()
    return Outcome(bodies=(*cut, Unfrozen(agent)) if _freeze(slice_, agent) else cut)


def _freeze(slice_: Slice, agent: str | None) -> Freeze | None:
    if agent is None:
        return slice_.head.freeze
    stance = slice_.stances.get(agent)
    return None if stance is None else stance.freeze
