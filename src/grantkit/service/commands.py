"""Raw arguments in, commands out: one definition of each verb for the sync and the async shell."""

from collections.abc import Iterable
from datetime import datetime

from grantkit.errors import InvalidInput
from grantkit.inputs import (
    identifier,
    instance_of,
    instant,
    integer,
    line,
    listed,
    optional,
    text,
)
from grantkit.lifecycle import (
    AmendIntent,
    AskedEnd,
    GrantIntent,
    Want,
    amend,
    correct_clock,
    freeze,
    grant,
    record_end,
    relinquish,
    revoke,
    revoke_all,
    unfreeze,
    wanted,
)
from grantkit.model import Actor, Agent, Grantee, Member, Scope, Soonest, System, Team
from grantkit.model.terms import TERM_TYPES
from grantkit.service.host import Host
from grantkit.service.plan import Command


def grant_command(
    host: Host,
    tenant: str,
    *,
    by: Actor,
    to: Grantee | None,
    as_team: str | None,
    flow: str | None,
    scope: Scope | None,
    policies: Iterable[str] | None,
    act_as: str | None,
    starts: datetime | None,
    ends: AskedEnd,
    reason: str,
    category: str | None,
    tickets: Iterable[str],
    word: str | None,
    channel: str | None,
    reference: str | None,
    key: str | None,
) -> Command:
    """Return the command behind ``SupportAccess.grant``."""
    tenant = identifier("tenant", tenant)
    _actor(by)
    if to is not None:
        instance_of("to", to, Agent, Team)
    if scope is not None:
        instance_of("scope", scope, Scope)
    intent = GrantIntent(
        tenant=tenant,
        to=to,
        as_team=optional(identifier, "as_team", as_team),
        flow=optional(identifier, "flow", flow),
        scope=scope,
        policies=_policies(policies),
        act_as=optional(identifier, "act_as", act_as),
        starts=None if starts is None else instant("starts", starts, "later"),
        ends=_end(ends),
        reason=text("reason", reason),
        category=optional(identifier, "category", category),
        tickets=frozenset(line("tickets", ticket) for ticket in listed("tickets", tickets)),
        word=_word(word),
        channel=optional(identifier, "channel", channel),
        reference=optional(line, "reference", reference),
    )
    grant_id = host.make_id("gr_")
    return Command(
        tenant=tenant,
        by=by,
        verb="grant",
        want=lambda rules: wanted(rules, intent, grant_id),
        decide=lambda slice_, act: grant(
            slice_,
            act,
            intent,
            grant_id=grant_id,
            predicates=host.predicates,
            rights_known=host.rights is not None,
        ),
        key=optional(identifier, "key", key),
        payload=intent.to_data(),
        makes=grant_id,
    )


def amend_command(
    host: Host,
    tenant: str,
    grant_id: str,
    *,
    by: Actor,
    version: int,
    ends: AskedEnd,
    policies: Iterable[str] | None,
    word: str | None,
    channel: str | None,
    reference: str | None,
) -> Command:
    """Return the command behind ``SupportAccess.amend``."""
    tenant, grant_id = identifier("tenant", tenant), identifier("grant_id", grant_id)
    _actor(by)
    if ends is None and policies is None:
        raise InvalidInput(field="ends", code="required", wants="a new end, new policies, or both")
    intent = AmendIntent(
        grant_id=grant_id,
        version=integer("version", version, least=1, most=2**53 - 1),
        ends=_end(ends),
        policies=_policies(policies),
        word=_word(word),
        channel=optional(identifier, "channel", channel),
        reference=optional(line, "reference", reference),
    )
    return Command(
        tenant=tenant,
        by=by,
        verb="amend",
        want=lambda _: Want(grants=(grant_id,)),
        decide=lambda slice_, act: amend(slice_, act, intent, predicates=host.predicates),
    )


def revoke_command(tenant: str, grant_id: str, *, by: Actor, word: str | None) -> Command:
    """Return the command behind ``SupportAccess.revoke``."""
    tenant, grant_id = identifier("tenant", tenant), identifier("grant_id", grant_id)
    typed = _word(word)
    return Command(
        tenant=tenant,
        by=_actor(by),
        verb="revoke",
        want=lambda _: Want(grants=(grant_id,)),
        decide=lambda slice_, act: revoke(slice_, act, grant_id, typed),
        brake=True,
    )


def relinquish_command(tenant: str, grant_id: str, *, by: Actor) -> Command:
    """Return the command behind ``SupportAccess.relinquish``."""
    tenant, grant_id = identifier("tenant", tenant), identifier("grant_id", grant_id)
    return Command(
        tenant=tenant,
        by=_actor(by),
        verb="relinquish",
        want=lambda _: Want(grants=(grant_id,)),
        decide=lambda slice_, act: relinquish(slice_, act, grant_id),
        brake=True,
    )


def revoke_all_command(tenant: str, *, by: Actor, agent: str | None) -> Command:
    """Return the command behind ``SupportAccess.revoke_all``."""
    tenant, agent = identifier("tenant", tenant), _agent_id(agent)
    return Command(
        tenant=tenant,
        by=_actor(by),
        verb="revoke_all",
        want=lambda _: _stance_of(agent),
        decide=lambda slice_, act: revoke_all(slice_, act, agent),
        brake=True,
    )


def freeze_command(tenant: str, *, by: Actor, agent: str | None) -> Command:
    """Return the command behind ``SupportAccess.freeze``."""
    tenant, agent = identifier("tenant", tenant), _agent_id(agent)
    return Command(
        tenant=tenant,
        by=_actor(by),
        verb="freeze",
        want=lambda _: _stance_of(agent),
        decide=lambda slice_, act: freeze(slice_, act, agent),
        brake=True,
    )


def unfreeze_command(tenant: str, *, by: Actor, agent: str | None, revoke: bool) -> Command:
    """Return the command behind ``SupportAccess.unfreeze``."""
    tenant, agent = identifier("tenant", tenant), _agent_id(agent)
    instance_of("revoke", revoke, bool)
    return Command(
        tenant=tenant,
        by=_actor(by),
        verb="unfreeze",
        want=lambda _: _stance_of(agent),
        decide=lambda slice_, act: unfreeze(slice_, act, agent, revoke=revoke),
    )


def record_end_command(tenant: str, grant_id: str, *, by: Actor) -> Command:
    """Return the command that a sweep gives for each grant that is due."""
    return Command(
        tenant=tenant,
        by=by,
        verb="record_end",
        want=lambda _: Want(grants=(grant_id,)),
        decide=lambda slice_, act: record_end(slice_, act, grant_id),
        brake=True,
    )


def correct_clock_command(tenant: str, *, by: Actor) -> Command:
    """Return the command behind ``ledger.correct_clock``."""
    return Command(
        tenant=identifier("tenant", tenant),
        by=_actor(by),
        verb="correct_clock",
        want=lambda _: Want(),
        decide=correct_clock,
        brake=True,
    )


def _actor(by: Actor) -> Actor:
    instance_of("by", by, Member, Agent, System)
    return by


def _agent_id(agent: str | None) -> str | None:
    return optional(identifier, "agent", agent)


def _stance_of(agent: str | None) -> Want:
    return Want(agents=() if agent is None else (agent,))


def _end(ends: AskedEnd) -> AskedEnd:
    if ends is not None:
        instance_of("ends", ends, *TERM_TYPES, Soonest)
    return ends


def _policies(policies: Iterable[str] | None) -> tuple[str, ...] | None:
    if policies is None:
        return None
    return tuple(sorted({identifier("policies", name) for name in listed("policies", policies)}))


def _word(word: str | None) -> str | None:
    return None if word is None else line("word", word, least=0)
