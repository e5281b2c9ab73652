"""Drafting: everything that is chosen of what a flow offers, the same whether it is given, asked for or activated."""

from datetime import datetime, timedelta

import attrs

from grantkit.canonical import Plain
from grantkit.decision import capacity
from grantkit.errors import NotOffered
from grantkit.lifecycle.choosing import (
    Predicates,
    SamePerson,
    check_eligible,
    check_reason,
    check_tickets,
    choose_act_as,
    choose_holder,
    choose_policies,
)
from grantkit.lifecycle.ends import AskedEnd, frames, pick_end
from grantkit.lifecycle.guards import not_to_oneself, not_while_blocked
from grantkit.lifecycle.making import Draft, clip
from grantkit.lifecycle.resting import check_parent
from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import Agent, Consent, Grantee, Member, Scope, holder_of
from grantkit.model.durations import spell_elapsed
from grantkit.model.wording import iso
from grantkit.rules import Flow


@attrs.frozen(kw_only=True)
class GrantIntent:
    """What is to be given or asked for, checked for its form; ``None`` leaves a thing to the flow's first choice."""

    tenant: str
    to: Grantee | None
    as_team: str | None
    flow: str | None
    scope: Scope | None
    policies: tuple[str, ...] | None
    act_as: str | None
    starts: datetime | None
    ends: AskedEnd
    reason: str
    category: str | None
    tickets: frozenset[str]
    until_tickets: bool = False
    word: str | None
    channel: str | None
    reference: str | None
    text_digest: str | None = None
    text_version: str | None = None

    def to_data(self) -> dict[str, Plain]:
        """Return the intent as plain data: what an idempotency key stands for."""
        return {
            "tenant": self.tenant,
            "to": None if self.to is None else str(self.to),
            "as_team": self.as_team,
            "flow": self.flow,
            "scope": None if self.scope is None else self.scope.to_data(),
            "policies": None if self.policies is None else sorted(self.policies),
            "act_as": self.act_as,
            "starts": None if self.starts is None else iso(self.starts),
            "ends": None if self.ends is None else self.ends.to_data(),
            "reason": self.reason,
            "category": self.category,
            "tickets": sorted(self.tickets),
            "word": self.word,
            "channel": self.channel,
            "reference": self.reference,
            # Only where they say something: what a key stood for before there was such a thing keeps its digest.
            **({"until_tickets": True} if self.until_tickets else {}),
            **({} if self.text_digest is None else {"text": self.text_digest}),
            **({} if self.text_version is None else {"text_version": self.text_version}),
        }


@attrs.frozen(kw_only=True)
class Way:
    """
    The way in that was found to fit.

    Attributes:
        name: The flow's name.
        flow: The flow.
        scope: Where it is to hold, as far as the flow offers it.
        parent: The consent that it rests on, for a flow that stands under one.
    """

    name: str
    flow: Flow
    scope: Scope
    parent: Consent | None = None


@attrs.frozen(kw_only=True)
class Setting:
    """
    What the host brings to whatever creates something.

    Attributes:
        grant_id: The id that a new grant will have.
        consent_id: The id that a new consent will have.
        request_id: The id that a new request will have.
        predicates: The host's eligibility predicates.
        rights_known: Whether the host says which rights members have.
        same_person: Tells who is one person on both sides; ``None`` leaves it to the ids.
    """

    grant_id: str = ""
    consent_id: str = ""
    request_id: str = ""
    predicates: Predicates
    rights_known: bool
    same_person: SamePerson | None = None

    def id_for(self, flow: Flow) -> str:
        """Return the id of what *flow* yields."""
        return self.consent_id if flow.yields == "consent" else self.grant_id


def draft(
    slice_: Slice, act: Act, intent: GrantIntent, by: Member | Agent, way: Way, *, setting: Setting
) -> Draft:
    """
    Return what *intent* comes to by this way in: chosen, checked, with an exact window from now.

    Raises:
        Refused: If the flow or the rules do not allow it, by the kind of reason.
        InvalidInput: If something must be said, or cannot be.
    """
    name, flow, parent = way.name, way.flow, way.parent
    tenant = slice_.head.tenant
    to, as_team = choose_holder(name, flow, intent.to, intent.as_team)
    if isinstance(by, Member):
        not_to_oneself(by, holder_of(to), setting.same_person)
    not_while_blocked(slice_, act, holder_of(to))
    check_eligible(act.rules, to, tenant, setting.predicates)
    binding = check_tickets(flow, intent.tickets, until_tickets=intent.until_tickets)
    if parent is not None:
        check_parent(
            slice_,
            act,
            parent,
            to=to,
            as_team=as_team,
            scope=way.scope,
            tickets=intent.tickets,
            binding=binding,
        )
    consented = choose_policies(name, flow, act.rules, intent.policies)
    at = act.at(slice_.head)
    start = _start(name, flow, intent.starts, at)
    window, term = pick_end(name, flow, intent.ends, start, frames(intent.ends, act, at))
    window, clipped = clip(window, parent)
    teams = capacity(to.teams if isinstance(to, Agent) else (), holder_of(to), as_team)
    return Draft(
        id=setting.id_for(flow),
        tenant=tenant,
        flow=name,
        holder=holder_of(to),
        as_team=as_team,
        act_as=choose_act_as(name, flow, intent.act_as, by, rights_known=setting.rights_known),
        scope=way.scope,
        layers=(consented, *act.rules.ceilings_for(teams)),
        window=window,
        term=term,
        reason=check_reason(flow.start.reason, intent.reason, intent.category),
        category=intent.category,
        tickets=intent.tickets,
        until_tickets=binding,
        parent=parent,
        clipped=clipped,
    )


def _start(name: str, flow: Flow, asked: datetime | None, at: datetime) -> datetime:
    """Return the start: now, or the one asked for if it lies ahead, within what the flow offers (B3)."""
    if asked is None or asked <= at:
        return at
    if asked - at > timedelta(seconds=flow.ahead):
        raise NotOffered(
            flow=name,
            field="starts",
            asked=iso(asked),
            offered=(f"at most {spell_elapsed(flow.ahead)} ahead" if flow.ahead else "now",),
        )
    return asked
