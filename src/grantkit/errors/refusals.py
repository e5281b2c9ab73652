"""The rules, or the state of things, say no to a well-formed command."""

from datetime import datetime
from typing import ClassVar

from grantkit.errors.base import GrantkitError, fields_first


@fields_first
class Refused(GrantkitError):
    """A well-formed command that the rules, or the state of things, do not allow."""

    code: ClassVar[str] = "refused"


@fields_first
class NotEntitled(Refused):
    """
    The actor is not among those who may do this, over the whole scope at stake.

    Attributes:
        actor: Who tried.
        verb: What they tried.
        needs: Who could, as selectors; empty if nobody can any more.
        over: Over which scope they must hold it.
    """

    code: ClassVar[str] = "not_entitled"
    fact: ClassVar[str] = "{actor} may not {verb} here"
    remedy: ClassVar[str] = "ask one of: {needs}, {over}"
    actor: str
    verb: str
    needs: tuple[str, ...]
    over: str = "for the whole tenant"


@fields_first
class SelfApproval(Refused):
    """
    Nobody consents to their own access (B4).

    Attributes:
        actor: Who tried.
    """

    code: ClassVar[str] = "self_approval"
    fact: ClassVar[str] = "{actor} would consent to access for themselves"
    remedy: ClassVar[str] = "ask another entitled person"
    actor: str


@fields_first
class ActingThroughGrant(Refused):
    """
    Whoever is inside a tenant through a grant changes no consent there.

    Attributes:
        actor: Who tried.
        via: The grant under which their session runs.
        verb: What they tried.
    """

    code: ClassVar[str] = "acting_through_grant"
    fact: ClassVar[str] = "{actor} is acting through grant {via}"
    consequence: ClassVar[str] = "{verb} is not open to a support session"
    remedy: ClassVar[str] = "leave the session and act as yourself"
    actor: str
    via: str
    verb: str


@fields_first
class NotEligible(Refused):
    """
    A predicate that the rules demand of every grantee does not hold (B11).

    Attributes:
        grantee: Who cannot be let in.
        predicate: Which predicate does not hold.
    """

    code: ClassVar[str] = "not_eligible"
    fact: ClassVar[str] = "{grantee} does not satisfy {predicate}"
    remedy: ClassVar[str] = "name a grantee who does"
    grantee: str
    predicate: str


@fields_first
class NotOffered(Refused):
    """
    The flow does not offer what was asked for.

    Attributes:
        flow: The flow.
        field: Which argument asks for more than it offers.
        asked: What was asked for.
        offered: What there is to choose from.
    """

    code: ClassVar[str] = "not_offered"
    fact: ClassVar[str] = "flow {flow} does not offer {field} {asked}"
    remedy: ClassVar[str] = "choose from: {offered}"
    flow: str
    field: str
    asked: str
    offered: tuple[str, ...]


@fields_first
class TermNotOffered(NotOffered):
    """The flow does not offer this end, or offers none as early as this (M4, T5)."""

    code: ClassVar[str] = "term_not_offered"


@fields_first
class CapExceeded(Refused):
    """
    The end lies past the flow's ``longest``, counted from the first start (I-30).

    Attributes:
        flow: The flow.
        ends_at: The end asked for.
        cap: The latest end that the flow allows.
    """

    code: ClassVar[str] = "cap_exceeded"
    fact: ClassVar[str] = "an end at {ends_at} is past the cap of flow {flow}, {cap}"
    remedy: ClassVar[str] = "choose an end no later than the cap"
    flow: str
    ends_at: datetime
    cap: datetime


@fields_first
class ConfirmationMismatch(Refused):
    """
    The typed word is missing or wrong (P4, P5). Neither word is shown.

    Attributes:
        flow: The flow.
    """

    code: ClassVar[str] = "confirmation_mismatch"
    fact: ClassVar[str] = "the typed word is missing, or not the one that flow {flow} asks for"
    remedy: ClassVar[str] = "pass word= exactly as the page shows it, upper and lower case kept"
    flow: str


@fields_first
class StepsRemain(Refused):
    """
    One act does not settle a flow that calls for several answers.

    Attributes:
        flow: The flow.
        needed: How many answers it takes.
    """

    code: ClassVar[str] = "steps_remain"
    fact: ClassVar[str] = "flow {flow} calls for {needed} answers"
    remedy: ClassVar[str] = "begin with request(), or choose a flow that one answer settles"
    flow: str
    needed: int


@fields_first
class AlreadyAnswered(Refused):
    """
    One person counts once, over all steps (B4).

    Attributes:
        id: The request.
        actor: Who answered before.
    """

    code: ClassVar[str] = "already_answered"
    fact: ClassVar[str] = "{actor} has answered request {id} before"
    remedy: ClassVar[str] = "ask another entitled person"
    id: str
    actor: str


@fields_first
class ExceedsRequest(Refused):
    """
    An approver may shorten and narrow, and never widen (B2).

    Attributes:
        id: The request.
        field: Which argument goes beyond it.
        asked: What was passed.
        most: What the request asks for.
    """

    code: ClassVar[str] = "exceeds_request"
    fact: ClassVar[str] = "{field} {asked} goes beyond request {id}, which is for {most}"
    remedy: ClassVar[str] = "choose no more than that, or have more asked for"
    id: str
    field: str
    asked: str
    most: str


@fields_first
class ExceedsParent(Refused):
    """
    What rests on a consent or a grant is never wider, nor for others (R5, R8).

    Attributes:
        parent: What it would rest on.
        field: Which argument goes beyond it.
        asked: What was asked for.
        most: What the parent allows.
    """

    code: ClassVar[str] = "exceeds_parent"
    fact: ClassVar[str] = "{field} {asked} goes beyond what it rests on: {parent} is for {most}"
    remedy: ClassVar[str] = "ask for no more than that, or for new consent"
    parent: str
    field: str
    asked: str
    most: str


@fields_first
class ConsentMissing(Refused):
    """
    There is no live consent, or grant, that this could rest on (R5, R8).

    Attributes:
        parent: The consent or grant that was named.
        why: What is wrong with it.
    """

    code: ClassVar[str] = "consent_missing"
    fact: ClassVar[str] = "what it would rest on, {parent}, {why}"
    remedy: ClassVar[str] = "name a live consent that was given for this, or ask for one"
    parent: str
    why: str


@fields_first
class TenantFrozen(Refused):
    """
    While a tenant, or one agent there, is frozen, nothing is created or widened (B7).

    Attributes:
        tenant: The tenant.
        frozen: What is frozen there: the whole of it, or one agent.
    """

    code: ClassVar[str] = "tenant_frozen"
    fact: ClassVar[str] = "{frozen} is frozen at tenant {tenant}"
    remedy: ClassVar[str] = "a member of the tenant may unfreeze first"
    tenant: str
    frozen: str


@fields_first
class AgentSuspended(Refused):
    """
    Whom the vendor has suspended begins, agrees to and hands on nothing, and reinstates nobody (B7).

    Attributes:
        agent: Who, by id.
        verb: What they tried.
    """

    code: ClassVar[str] = "agent_suspended"
    fact: ClassVar[str] = "agent {agent} is suspended by the vendor"
    consequence: ClassVar[str] = "{verb} is not open to them at any tenant"
    remedy: ClassVar[str] = "somebody else of the vendor may reinstate them"
    agent: str
    verb: str


@fields_first
class ClockBehind(Refused):
    """
    The clock reads earlier than the record by more than the tolerance: widening waits, narrowing works (I-7).

    Attributes:
        tenant: The tenant.
        now: What the clock reads.
        seen_at: The time of the last event of its record.
    """

    code: ClassVar[str] = "clock_behind"
    fact: ClassVar[str] = "the clock reads {now}, the record of tenant {tenant} has seen {seen_at}"
    remedy: ClassVar[str] = "set the clock right, or call ledger.correct_clock if the record ran ahead"
    tenant: str
    now: datetime
    seen_at: datetime
