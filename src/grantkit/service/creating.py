"""Raw arguments in, commands out: whatever creates something, once for the sync and the async shell."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from grantkit.errors import InvalidInput
from grantkit.inputs import boolean, identifier, instance_of, instant, line, opaque, optional, text
from grantkit.lifecycle import (
    ApproveIntent,
    AskedEnd,
    DelegateIntent,
    GrantIntent,
    Setting,
    Slice,
    Want,
    activate,
    approve,
    delegate,
    deny,
    give,
    request,
    wanted,
    wanted_above,
    wanted_under,
    withdraw,
)
from grantkit.model import Actor, Agent, Grantee, OpenEnded, Scope, Team, holder_of
from grantkit.rules import AccessRules
from grantkit.service.arguments import (
    actor,
    asked_end,
    digest_of_text,
    names_of_policies,
    names_of_tickets,
    typed_word,
)
from grantkit.service.host import Host
from grantkit.service.plan import Command


def intent_of(
    tenant: str,
    *,
    to: Grantee | None,
    as_team: str | None,
    flow: str | None,
    scope: Scope | None,
    policies: Iterable[str] | None,
    starts: datetime | None,
    ends: AskedEnd,
    reason: str,
    category: str | None,
    tickets: Iterable[str],
    until_tickets: bool = False,
    act_as: str | None = None,
    word: str | None = None,
    shown: str | None = None,
    text_version: str | None = None,
    channel: str | None = None,
    reference: str | None = None,
) -> GrantIntent:
    """Return what is to be given or asked for; an argument that is malformed is refused by its name."""
    tenant = identifier("tenant", tenant)
    if to is not None:
        instance_of("to", to, Agent, Team)
    if scope is not None:
        instance_of("scope", scope, Scope)
    return GrantIntent(
        tenant=tenant,
        to=to,
        as_team=optional(identifier, "as_team", as_team),
        flow=optional(identifier, "flow", flow),
        scope=scope,
        policies=names_of_policies(policies),
        act_as=optional(identifier, "act_as", act_as),
        starts=None if starts is None else instant("starts", starts, "later"),
        ends=asked_end(ends),
        reason=text("reason", reason),
        category=optional(identifier, "category", category),
        tickets=names_of_tickets(tickets),
        until_tickets=boolean("until_tickets", until_tickets),
        word=typed_word(word),
        channel=optional(identifier, "channel", channel),
        reference=optional(line, "reference", reference),
        text_digest=digest_of_text(shown),
        text_version=optional(line, "text_version", text_version),
    )


def handing_on(asked: GrantIntent, grant_id: str, *, all_tickets: bool) -> DelegateIntent:
    """Return what is to be handed on of a grant; an argument that is malformed is refused by its name."""
    if asked.to is None:
        raise InvalidInput(field="to", code="required", wants="an Agent or a Team")
    return DelegateIntent(
        tenant=asked.tenant,
        grant_id=identifier("grant_id", grant_id),
        to=asked.to,
        as_team=asked.as_team,
        scope=asked.scope,
        policies=asked.policies,
        ends=asked.ends,
        reason=asked.reason,
        category=asked.category,
        tickets=None if all_tickets else asked.tickets,
    )


def give_command(host: Host, verb: str, intent: GrantIntent, *, by: Actor, key: str | None) -> Command:
    """Return the command behind ``SupportAccess.grant`` and ``SupportAccess.consent``."""
    new_id = host.make_id("gr_" if verb == "grant" else "co_")
    setting = _setting(host, grant_id=new_id, consent_id=new_id)
    new = Want(grants=(new_id,), consents=(new_id,))
    return Command(
        tenant=intent.tenant,
        by=actor(by),
        verb=verb,
        want=lambda rules: wanted(rules, intent, verb, new),
        decide=lambda slice_, act: give(slice_, act, intent, verb=verb, setting=setting),
        key=optional(opaque, "key", key),
        payload=intent.to_data(),
        makes=(new_id,),
    )


def request_command(host: Host, intent: GrantIntent, *, by: Actor, key: str | None) -> Command:
    """Return the command behind ``SupportAccess.request``."""
    setting = _setting(
        host, request_id=host.make_id("rq_"), grant_id=host.make_id("gr_"), consent_id=host.make_id("co_")
    )
    return Command(
        tenant=intent.tenant,
        by=actor(by),
        verb="request",
        want=lambda rules: _and(_new(setting, by, intent.to), wanted(rules, intent, "request", Want())),
        decide=lambda slice_, act: request(slice_, act, intent, setting=setting),
        key=optional(opaque, "key", key),
        payload=intent.to_data(),
        makes=_ids(setting),
    )


def activate_command(
    host: Host, intent: GrantIntent, *, under: str, contact: str | None, by: Actor, key: str | None
) -> Command:
    """Return the command behind ``SupportAccess.activate``."""
    parent, named = identifier("under", under), optional(identifier, "contact", contact)
    setting = _setting(host, request_id=host.make_id("rq_"), grant_id=host.make_id("gr_"))
    return Command(
        tenant=intent.tenant,
        by=actor(by),
        verb="activate",
        want=lambda _: _new(setting, by, intent.to, under=(parent,)),
        further=lambda slice_, rules: wanted_under(slice_, rules, intent, by, parent),
        decide=lambda slice_, act: activate(
            slice_, act, intent, under=parent, contact=named, setting=setting
        ),
        key=optional(opaque, "key", key),
        payload={**intent.to_data(), "under": parent, "contact": named},
        makes=_ids(setting),
    )


def delegate_command(host: Host, intent: DelegateIntent, *, by: Actor, key: str | None) -> Command:
    """Return the command behind ``SupportAccess.delegate``."""
    setting = _setting(host, grant_id=host.make_id("gr_"))
    new = _new(setting, by, intent.to)
    return Command(
        tenant=intent.tenant,
        by=actor(by),
        verb="delegate",
        want=lambda _: attrs.evolve(new, grants=(*new.grants, intent.grant_id), holder=holder_of(intent.to)),
        further=lambda slice_, _: wanted_above(slice_),
        decide=lambda slice_, act: delegate(slice_, act, intent, setting=setting),
        key=optional(opaque, "key", key),
        payload=intent.to_data(),
        makes=_ids(setting),
    )


def approve_command(
    host: Host,
    tenant: str,
    request_id: str,
    *,
    by: Actor,
    shown: str | None,
    digest: str | None,
    ends_by: datetime | OpenEnded | None,
    ends: AskedEnd,
    policies: Iterable[str] | None,
    scope: Scope | None,
    word: str | None,
    text_shown: str | None,
    text_version: str | None,
    channel: str | None,
    reference: str | None,
) -> Command:
    """Return the command behind ``SupportAccess.approve``."""
    tenant, request_id = identifier("tenant", tenant), identifier("request_id", request_id)
    quoted, end = _quoted(shown, digest, ends_by)
    if scope is not None:
        instance_of("scope", scope, Scope)
    intent = ApproveIntent(
        request_id=request_id,
        digest=quoted,
        ends_by=end,
        ends=asked_end(ends),
        policies=names_of_policies(policies),
        scope=scope,
        word=typed_word(word),
        channel=optional(identifier, "channel", channel),
        reference=optional(line, "reference", reference),
        text_digest=digest_of_text(text_shown),
        text_version=optional(line, "text_version", text_version),
    )
    setting = _setting(host, grant_id=host.make_id("gr_"), consent_id=host.make_id("co_"))
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="approve",
        want=lambda _: Want(
            requests=(request_id, *_ids(setting)),
            grants=_ids(setting),
            consents=_ids(setting),
            agents=(by.id,) if isinstance(by, Agent) else (),
        ),
        further=lambda slice_, rules: what_it_rests_on(slice_, rules, request_id),
        decide=lambda slice_, act: approve(slice_, act, intent, setting=setting),
        makes=_ids(setting),
    )


def _quoted(
    shown: str | None, digest: str | None, ends_by: datetime | OpenEnded | None
) -> tuple[str, datetime | OpenEnded]:
    """Return digest and end of the preview that whoever approves saw: passed as two, or as one text of both."""
    if shown is None:
        if ends_by is None:
            raise InvalidInput(field="ends_by", code="required", wants="the end that preview() showed")
        end = ends_by if isinstance(ends_by, OpenEnded) else instant("ends_by", ends_by, "earlier")
        return line("digest", digest), end
    if digest is not None or ends_by is not None:
        raise InvalidInput(field="shown", code="ambiguous", wants="shown, or digest and ends_by")
    quoted, _, spelled = line("shown", shown).partition(".")
    if spelled == "open_ended":
        return line("digest", quoted), OpenEnded()
    try:
        return line("digest", quoted), instant("shown", datetime.fromisoformat(spelled), "earlier")
    except (
        ValueError
    ) as error:  # also what InvalidInput is: of what is wrong inside, the one argument is to blame
        wants = "what preview().shown gave, as it was"
        raise InvalidInput(field="shown", code="out_of_range", wants=wants) from error


def what_it_rests_on(slice_: Slice, rules: AccessRules, request_id: str) -> Want | None:
    """Return what deciding on a request takes besides it: its consent, and what its holder has, if that matters."""
    asked = slice_.requests.get(request_id)
    if asked is None:
        return None
    flow = rules.flows.get(asked.flow)
    single = flow is not None and flow.single
    if asked.parent is None and not single:
        return None
    return Want(
        consents=() if asked.parent is None else (asked.parent,), holder=asked.holder if single else None
    )


def deny_command(tenant: str, request_id: str, *, by: Actor, reason: str) -> Command:
    """Return the command behind ``SupportAccess.deny``."""
    tenant, request_id = identifier("tenant", tenant), identifier("request_id", request_id)
    why = text("reason", reason)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="deny",
        want=lambda _: Want(requests=(request_id,)),
        decide=lambda slice_, act: deny(slice_, act, request_id, why),
        brake=True,
    )


def withdraw_command(tenant: str, request_id: str, *, by: Actor) -> Command:
    """Return the command behind ``SupportAccess.withdraw``."""
    tenant, request_id = identifier("tenant", tenant), identifier("request_id", request_id)
    return Command(
        tenant=tenant,
        by=actor(by),
        verb="withdraw",
        want=lambda _: Want(requests=(request_id,)),
        decide=lambda slice_, act: withdraw(slice_, act, request_id),
        brake=True,
    )


def _setting(host: Host, *, grant_id: str = "", consent_id: str = "", request_id: str = "") -> Setting:
    return Setting(
        grant_id=grant_id,
        consent_id=consent_id,
        request_id=request_id,
        predicates=host.predicates,
        rights_known=host.rights is not None,
        same_person=host.same_person,
    )


def _ids(setting: Setting) -> tuple[str, ...]:
    return tuple(ident for ident in (setting.grant_id, setting.consent_id, setting.request_id) if ident)


def _new(setting: Setting, by: Actor, to: Grantee | None, under: tuple[str, ...] = ()) -> Want:
    """Return what creating takes: that the new ids are new, and what the tenant holds against the agents."""
    ids = _ids(setting)
    agents = {each.id for each in (by, to) if isinstance(each, Agent)}
    return Want(
        grants=ids,
        consents=(*ids, *under),
        requests=ids,
        agents=tuple(sorted(agents)),
    )


def _and(one: Want, other: Want) -> Want:
    return attrs.evolve(one, agents=(*one.agents, *other.agents), holder=other.holder)
