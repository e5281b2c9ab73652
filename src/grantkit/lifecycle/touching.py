"""Which rows an event changes."""

from grantkit.model import (
    HEAD,
    Amended,
    Approved,
    Body,
    Consented,
    ConsentEnded,
    CutOff,
    Denied,
    EndRecorded,
    Entered,
    Erased,
    Event,
    Frozen,
    Granted,
    Lapsed,
    Left,
    Reinstated,
    Relinquished,
    Requested,
    Revoked,
    RowKey,
    StepOpened,
    Suspended,
    TicketLinked,
    TicketSolved,
    Unfrozen,
    Used,
    Withdrawn,
    agent_key,
    consent_key,
    cut_key,
    grant_key,
    request_key,
    retry_key,
    session_key,
    usage_key,
)


def touched(event: Event) -> tuple[RowKey, ...]:
    """Return the keys of the rows that *event* changes: the head always, and what the body is about."""
    body = event.body
    own = (
        *_about_grants(body),
        *_about_consents(body),
        *_about_requests(body),
        *_about_sessions(body),
        *_about_others(event),
    )
    return (HEAD, *own) if event.retry is None else (HEAD, *own, event.retry.row_key)


def _about_grants(body: Body) -> tuple[RowKey, ...]:
    match body:
        case Granted(grant=grant):
            return (grant_key(grant.id), *_of_request(grant.request))
        case Amended(grant_id=ident) | Revoked(grant_id=ident) | Relinquished(grant_id=ident):
            return (grant_key(ident),)
        case EndRecorded(grant_id=ident) | TicketLinked(grant_id=ident):
            return (grant_key(ident),)
        case TicketSolved(grants=grants):
            return tuple(map(grant_key, grants))
        case _:
            return ()


def _about_consents(body: Body) -> tuple[RowKey, ...]:
    match body:
        case Consented(consent=consent):
            return (consent_key(consent.id), *_of_request(consent.request))
        case ConsentEnded(consent_id=ident):
            return (consent_key(ident),)
        case TicketSolved(consents=consents):
            return tuple(map(consent_key, consents))
        case _:
            return ()


def _about_requests(body: Body) -> tuple[RowKey, ...]:
    match body:
        case Requested(request=request):
            return (request_key(request.id),)
        case StepOpened(request_id=ident) | Approved(request_id=ident) | Denied(request_id=ident):
            return (request_key(ident),)
        case Withdrawn(request_id=ident) | Lapsed(request_id=ident):
            return (request_key(ident),)
        case _:
            return ()


def _about_sessions(body: Body) -> tuple[RowKey, ...]:
    match body:
        case Entered(session=session):
            return (session_key(session.id),)
        case Left(session_id=ident):
            return (session_key(ident),)
        case Used(uses=uses):
            return tuple(dict.fromkeys(usage_key(use.grant, use.agent) for use in uses))
        case _:
            return ()


def _about_others(event: Event) -> tuple[RowKey, ...]:
    match event.body:
        case CutOff(agent=agent):
            return (cut_key(event.seq), *_of_agent(agent))
        case Frozen(agent=agent) | Unfrozen(agent=agent) | Suspended(agent=agent) | Reinstated(agent=agent):
            return _of_agent(agent)
        case Erased(grants=grants, consents=consents, requests=requests, sessions=sessions, keys=used):
            return (
                *map(grant_key, grants),
                *map(consent_key, consents),
                *map(request_key, requests),
                *map(session_key, sessions),
                *(retry_key(*each) for each in used),
            )
        case _:
            return ()  # rules adopted, a key used again, a clock set right, a tenant forgotten: the head alone


def _of_request(request: str | None) -> tuple[RowKey, ...]:
    return () if request is None else (request_key(request),)


def _of_agent(agent: str | None) -> tuple[RowKey, ...]:
    return () if agent is None else (agent_key(agent),)
