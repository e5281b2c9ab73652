"""Raw arguments in, commands out: amending, brakes and repairs, once for the sync and the async shell."""

from collections.abc import Iterable

from grantkit.errors import InvalidInput
from grantkit.inputs import identifier, instance_of, integer, line, optional, text
from grantkit.lifecycle import (
    AmendIntent,
    AskedEnd,
    Want,
    amend,
    correct_clock,
    freeze,
    record_end,
    record_lapse,
    reinstate,
    relinquish,
    revoke,
    revoke_all,
    suspend,
    unfreeze,
)
from grantkit.model import MOST_SEQ, VENDOR, AccessRequest, Actor
from grantkit.ports import Found
from grantkit.service.arguments import (
    actor,
    agent_id,
    asked_end,
    digest_of_text,
    names_of_policies,
    stance_of,
    typed_word,
)
from grantkit.service.host import Host
from grantkit.service.plan import Command


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
    text: str | None,
    text_version: str | None,
    channel: str | None,
    reference: str | None,
) -> Command:
    """Return the command behind ``SupportAccess.amend``."""
    tenant, grant_id = identifier("tenant", tenant), identifier("grant_id", grant_id)
    actor(by)
    if ends is None and policies is None:
        raise InvalidInput(field="ends", code="required", wants="a new end, new policies, or both")
    intent = AmendIntent(
        grant_id=grant_id,
        version=integer("version", version, least=1, most=MOST_SEQ),
        ends=asked_end(ends),
        policies=names_of_policies(policies),
        word=typed_word(word),
        channel=optional(identifier, "channel", channel),
        reference=optional(line, "reference", reference),
        text_digest=digest_of_text(text),
        text_version=optional(line, "text_version", text_version),
    )
    return Command(
        tenant=tenant,
        by=by,
        verb="amend",
        want=lambda _: Want(grants=(grant_id,)),
        decide=lambda slice_, act: amend(
            slice_, act, intent, predicates=host.predicates, same_person=host.same_person
        ),
    )


def revoke_command(tenant: str, grant_id: str, *, by: Actor, word: str | None) -> Command:
    """Return the command behind ``SupportAccess.revoke``."""
    tenant, grant_id = identifier("tenant", tenant), identifier("grant_id", grant_id)
    typed = typed_word(word)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="revoke",
        want=lambda _: Want(grants=(grant_id,), consents=(grant_id,)),
        decide=lambda slice_, act: revoke(slice_, act, grant_id, typed),
        brake=True,
    )


def relinquish_command(tenant: str, grant_id: str, *, by: Actor) -> Command:
    """Return the command behind ``SupportAccess.relinquish``."""
    tenant, grant_id = identifier("tenant", tenant), identifier("grant_id", grant_id)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="relinquish",
        want=lambda _: Want(grants=(grant_id,), consents=(grant_id,)),
        decide=lambda slice_, act: relinquish(slice_, act, grant_id),
        brake=True,
    )


def revoke_all_command(tenant: str, *, by: Actor, agent: str | None) -> Command:
    """Return the command behind ``SupportAccess.revoke_all``."""
    tenant, agent = identifier("tenant", tenant), agent_id(agent)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="revoke_all",
        want=lambda _: stance_of(agent),
        decide=lambda slice_, act: revoke_all(slice_, act, agent),
        brake=True,
    )


def freeze_command(tenant: str, *, by: Actor, agent: str | None) -> Command:
    """Return the command behind ``SupportAccess.freeze``."""
    tenant, agent = identifier("tenant", tenant), agent_id(agent)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="freeze",
        want=lambda _: stance_of(agent),
        decide=lambda slice_, act: freeze(slice_, act, agent),
        brake=True,
    )


def unfreeze_command(tenant: str, *, by: Actor, agent: str | None, revoke: bool) -> Command:
    """Return the command behind ``SupportAccess.unfreeze``."""
    tenant, agent = identifier("tenant", tenant), agent_id(agent)
    instance_of("revoke", revoke, bool)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="unfreeze",
        want=lambda _: stance_of(agent),
        decide=lambda slice_, act: unfreeze(slice_, act, agent, revoke=revoke),
    )


def suspend_command(agent: str, *, by: Actor, reason: str) -> Command:
    """Return the command behind ``SupportAccess.suspend``."""
    agent, why = identifier("agent", agent), text("reason", reason)
    return Command(
        tenant=VENDOR,
        by=actor(by),
        verb="suspend",
        want=lambda _: Want(agents=(agent,)),
        decide=lambda slice_, act: suspend(slice_, act, agent, why),
        brake=True,
    )


def reinstate_command(host: Host, agent: str, *, by: Actor) -> Command:
    """Return the command behind ``SupportAccess.reinstate``."""
    agent = identifier("agent", agent)
    return Command(
        tenant=VENDOR,
        by=actor(by),
        verb="reinstate",
        want=lambda _: Want(agents=(agent, by.id)),
        decide=lambda slice_, act: reinstate(slice_, act, agent, host.same_person),
    )


def record_end_command(row: Found, *, by: Actor) -> Command:
    """Return the command that a sweep gives for each row that is due."""
    ident = row.id
    asked = isinstance(row, AccessRequest)
    return Command(
        tenant=row.tenant,
        by=by,
        verb="record_end",
        want=lambda _: Want(requests=(ident,)) if asked else Want(grants=(ident,), consents=(ident,)),
        decide=lambda slice_, act: (record_lapse if asked else record_end)(slice_, act, ident),
        brake=True,
    )


def correct_clock_command(tenant: str, *, by: Actor) -> Command:
    """Return the command behind ``ledger.correct_clock``."""
    return Command(
        tenant=identifier("tenant", tenant),
        by=actor(by),
        verb="correct_clock",
        want=lambda _: Want(),
        decide=correct_clock,
        brake=True,
    )
