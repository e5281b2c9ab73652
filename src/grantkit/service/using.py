"""Raw arguments in, commands out: tickets, entering and leaving, once for the sync and the async shell."""

from collections.abc import Iterable
from datetime import datetime

from grantkit.decision import SAFE, Decision
from grantkit.errors import HeadMoved, InvalidInput
from grantkit.inputs import identifier, instance_of, integer, line, opaque, optional, text
from grantkit.lifecycle import (
    Act,
    EnterIntent,
    LinkIntent,
    Want,
    enter,
    leave,
    link_ticket,
    resolve_ticket,
    seal,
    sum_up,
    wanted_above,
)
from grantkit.model import Actor, Use
from grantkit.ports import UsesOf
from grantkit.service import steps
from grantkit.service.arguments import actor, digest_of_text, names_of_tickets, typed_word
from grantkit.service.host import Host
from grantkit.service.plan import Command, write
from grantkit.service.steps import Steps
from grantkit.service.zones import load_zone

MOST_AT_ONCE = 1_000_000
MOST_IN_ONE = 100
"""How many uses one event sums up at the most, so that no event grows without bound."""


def link_command(
    host: Host,
    tenant: str,
    grant_id: str,
    ticket: str,
    *,
    by: Actor,
    word: str | None,
    text: str | None,
    text_version: str | None,
    channel: str | None,
    reference: str | None,
) -> Command:
    """Return the command behind ``SupportAccess.link_ticket``."""
    tenant = identifier("tenant", tenant)
    intent = LinkIntent(
        grant_id=identifier("grant_id", grant_id),
        ticket=line("ticket", ticket),
        word=typed_word(word),
        channel=optional(identifier, "channel", channel),
        reference=optional(line, "reference", reference),
        text_digest=digest_of_text(text),
        text_version=optional(line, "text_version", text_version),
    )
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="link_ticket",
        want=lambda _: Want(grants=(intent.grant_id,)),
        further=lambda slice_, _: wanted_above(slice_),
        decide=lambda slice_, act: link_ticket(
            slice_, act, intent, predicates=host.predicates, same_person=host.same_person
        ),
    )


def resolve_command(tenant: str, ticket: str, *, by: Actor) -> Command:
    """Return the command behind ``SupportAccess.resolve_ticket``."""
    tenant, ticket = identifier("tenant", tenant), line("ticket", ticket)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="resolve_ticket",
        want=lambda _: Want(ticket=ticket),
        decide=lambda slice_, act: resolve_ticket(slice_, act, ticket),
        brake=True,
    )


def enter_command(
    host: Host,
    tenant: str,
    grant_id: str,
    *,
    by: Actor,
    reason: str,
    category: str | None,
    tickets: Iterable[str],
    key: str | None,
) -> Command:
    """Return the command behind ``SupportAccess.enter``."""
    intent = EnterIntent(
        tenant=identifier("tenant", tenant),
        grant_id=identifier("grant_id", grant_id),
        reason=text("reason", reason),
        category=optional(identifier, "category", category),
        tickets=names_of_tickets(tickets),
    )
    new = host.make_id("se_")
    who = actor(by)
    return Command(
        tenant=intent.tenant,
        by=who,
        verb="enter",
        want=lambda _: Want(grants=(intent.grant_id,), sessions=(new,), entered=who.id, agents=(who.id,)),
        further=lambda slice_, _: wanted_above(slice_),
        decide=lambda slice_, act: enter(slice_, act, intent, session_id=new, predicates=host.predicates),
        key=optional(opaque, "key", key),
        payload=intent.to_data(),
        makes=(new,),
    )


def leave_command(tenant: str, session_id: str, *, by: Actor) -> Command:
    """Return the command behind ``SupportAccess.leave``."""
    tenant, session_id = identifier("tenant", tenant), identifier("session_id", session_id)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="leave",
        want=lambda _: Want(sessions=(session_id,)),
        decide=lambda slice_, act: leave(slice_, act, session_id),
        brake=True,
    )


def record_use_plan(decision: Decision, count: int) -> Steps[None]:
    """Count *count* uses of the grant by which *decision* allows, in the hour of its instant."""
    instance_of("decision", decision, Decision)
    integer("count", count, least=1, most=MOST_AT_ONCE)
    grant = decision.grant_id
    if not decision.allowed or grant is None:
        wants = "a decision that allows: what was denied is no use"
        raise InvalidInput(field="decision", code="out_of_range", wants=wants)
    hour = decision.now.replace(minute=0, second=0, microsecond=0)
    use = Use(grant=grant, agent=decision.agent.id, hour=hour, count=count, last=decision.now)
    yield from steps.count(decision.tenant, use)


def sum_up_plan(host: Host, tenant: str, before: datetime, by: Actor) -> Steps[int]:
    """
    Take into the record what was counted beside it in hours that began before an instant; return how much of it.

    The head is read first: if another sweep takes the same uses meanwhile, it has moved, and this begins anew.
    """
    head = yield from steps.load_head(tenant)
    page = yield from steps.uses(UsesOf(tenant=tenant, before=before, limit=MOST_IN_ONE))
    found = tuple(use for _, use in page)
    want = Want(usages=tuple(dict.fromkeys((use.grant, use.agent) for use in found)))
    slice_ = yield from steps.load(tenant, want)
    if slice_.head != head:
        raise HeadMoved(tenant=tenant, expected=head.seq)
    # What is counted is counted under whatever rules: none are asked, and none are adopted by it.
    act = Act(by=by, now=host.now(), rules=SAFE, zone=load_zone)
    events = seal(slice_, act, sum_up(found).bodies, adopt=False)
    yield from write(host, slice_, want, events, act.rules)
    return len(found)
