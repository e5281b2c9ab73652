"""Making a grant, or a consent, of what was agreed to: one place for those that are given and those that were asked."""

import attrs

from grantkit.decision import capacity
from grantkit.model import (
    AccessRequest,
    Agent,
    Approval,
    Consent,
    Consented,
    Grant,
    Granted,
    Grantee,
    Holder,
    RowKey,
    Scope,
    Team,
    Term,
    Window,
    consent_key,
    grant_key,
    request_key,
)
from grantkit.policy import Layer
from grantkit.rules import AccessRules, Flow


@attrs.frozen(kw_only=True)
class Draft:
    """What a grant or a consent is made of; the attributes are theirs."""

    id: str
    tenant: str
    flow: str
    holder: Holder
    as_team: str | None
    act_as: str | None
    scope: Scope
    layers: tuple[Layer, ...]
    window: Window
    term: Term
    reason: str
    category: str | None
    tickets: frozenset[str]
    until_tickets: bool = False
    request: str | None = None
    parent: Grant | Consent | None = None
    clipped: bool = False


def make(draft: Draft, rules: AccessRules, flow: Flow) -> Grant | Consent:
    """Return what *flow* yields of *draft*, with what is in force today pinned in it; nobody has approved it yet."""
    if flow.yields == "consent":
        return Consent(
            id=draft.id,
            tenant=draft.tenant,
            flow=draft.flow,
            holder=draft.holder,
            as_team=draft.as_team,
            scope=draft.scope,
            layers=draft.layers,
            window=draft.window,
            term=draft.term,
            reason=draft.reason,
            category=draft.category,
            tickets=draft.tickets,
            until_tickets=draft.until_tickets,
            rules=rules.digest,
            consenting_roles=flow.consenting_roles,
            request=draft.request,
        )
    parent = draft.parent
    return Grant(
        id=draft.id,
        tenant=draft.tenant,
        holder=draft.holder,
        scope=draft.scope,
        layers=draft.layers,
        window=draft.window,
        flow=draft.flow,
        as_team=draft.as_team,
        act_as=draft.act_as,
        term=draft.term,
        reason=draft.reason,
        category=draft.category,
        tickets=draft.tickets,
        until_tickets=draft.until_tickets,
        rules=rules.digest,
        demands=rules.pinned_demands,
        entry_required=flow.entry.required,
        # Whoever could consent to what it rests on may revoke it: a flow under a consent may ask nobody.
        consenting_roles=flow.consenting_roles
        | (frozenset[str]() if parent is None else parent.consenting_roles),
        request=draft.request,
        parent=None if parent is None else parent.id,
        clipped=draft.clipped,
    )


def came_about(made: Grant | Consent, approvals: tuple[Approval, ...]) -> Granted | Consented:
    """Return what happened: *made* came about by these approvals."""
    if isinstance(made, Consent):
        return Consented(attrs.evolve(made, approvals=approvals))
    return Granted(attrs.evolve(made, approvals=approvals))


def key_of(made: Grant | Consent | AccessRequest) -> RowKey:
    """Return the key of the row of *made*."""
    if isinstance(made, AccessRequest):
        return request_key(made.id)
    return consent_key(made.id) if isinstance(made, Consent) else grant_key(made.id)


def ceilings_today(rules: AccessRules, holder: Holder, as_team: str | None) -> tuple[Layer, ...]:
    """
    Return today's ceilings for a holder whose teams are not at hand.

    Which teams bind a bare agent is known only when it asks; decisions judge today's ceilings for those.
    """
    if holder.kind == "team" or as_team is not None:
        return rules.ceilings_for(capacity((), holder, as_team))
    return rules.guardrails


def grantee_of(holder: Holder, as_team: str | None) -> Grantee:
    """Return whom a holder is, as far as a row says: of an agent's teams, only the one in whose capacity it acts."""
    if holder.kind == "team":
        return Team(holder.id)
    return Agent(holder.id, teams=() if as_team is None else (as_team,))


def clip(window: Window, parent: Grant | Consent | None) -> tuple[Window, bool]:
    """Return *window*, no longer than *parent*, and whether it had to be clipped (R8)."""
    if parent is None or window.closes <= parent.window.closes:
        return window, False
    return window.ending(parent.window.ends_at), True
