"""The preview of a request: read, worked out for this moment, and shown with the name of whoever asked."""

from grantkit.errors import NotFound
from grantkit.lifecycle import (
    Act,
    Preview,
    Want,
    find_request,
    may_look,
    preview_now,
)
from grantkit.model import Actor, Agent, Event, Member, Requested, System
from grantkit.service.creating import what_it_rests_on
from grantkit.service.host import Host
from grantkit.service.ruling import rules_of
from grantkit.service.steps import Steps, events, load
from grantkit.service.zones import load_zone

_HOST = System("host")


def preview_plan(host: Host, tenant: str, request_id: str, by: Actor | None) -> Steps[Preview]:
    """Return what the request would come to if it were approved now, for whoever may look at it."""
    rules = yield from rules_of(host, tenant)
    now = host.now()
    slice_ = yield from load(tenant, Want(requests=(request_id,)))
    further = what_it_rests_on(slice_, rules, request_id)
    if further is not None:
        slice_ = yield from load(tenant, Want(requests=(request_id,), consents=further.consents))
    asked = find_request(slice_, request_id)
    if by is not None and not may_look(by, tenant, rules, rules.view.status, asked):
        raise NotFound(what="request", id=request_id, tenant=tenant)
    said = yield from events(tenant, asked.seq - 1, 1)
    act = Act(by=by or _HOST, now=now, rules=rules, zone=load_zone)
    return preview_now(slice_, act, asked, by=_who_asked(said, request_id))


def _who_asked(said: tuple[Event, ...], request_id: str) -> Agent | Member | None:
    """Return whoever asked, with the name that lies beside the event; rows keep none."""
    for event in said:
        if isinstance(event.body, Requested) and event.body.request.id == request_id:
            return event.actor if isinstance(event.actor, Agent | Member) else None
    return None
