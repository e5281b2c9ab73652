"""From plain data back to what a record makes: grants, consents, requests, sessions, uses, and keys that were used."""

from grantkit.codec.nouns import (
    Data,
    actor,
    approval,
    demand,
    end,
    ended,
    holder,
    instant,
    layer,
    maybe,
    number,
    scope,
    term,
    window,
    words,
)
from grantkit.model import (
    AccessRequest,
    Agent,
    Ask,
    Consent,
    Ended,
    Grant,
    Retry,
    Session,
    Settled,
    Settling,
    System,
    Usage,
    Use,
)


def grant(data: Data) -> Grant:
    """Read a grant."""
    return Grant(
        id=data["id"],
        tenant=data["tenant"],
        holder=holder(data["holder"]),
        scope=scope(data["scope"]),
        layers=tuple(layer(each) for each in data["layers"]),
        window=window(data["window"]),
        flow=words(data["flow"]),
        as_team=data.get("as_team"),
        act_as=data.get("act_as"),
        term=term(data.get("term")),
        reason=words(data.get("reason", "")),
        category=maybe(data.get("category")),
        tickets=frozenset(data.get("tickets", ())),
        until_tickets=data.get("until_tickets", False),
        solved=frozenset(data.get("solved", ())),
        rules=words(data.get("rules", "")),
        demands=tuple(demand(each) for each in data.get("demands", ())),
        entry_required=data["entry_required"],
        consenting_roles=frozenset(data.get("consenting_roles", ())),
        approvals=tuple(approval(each) for each in data.get("approvals", ())),
        request=data.get("request"),
        parent=data.get("parent"),
        added_by=_added_by(data),
        consent_seq=data.get("consent_seq", 1),
        version=data.get("version", 1),
        clipped=data.get("clipped", False),
        ended=_ended(data),
    )


def use(data: Data) -> Use:
    """Read uses within an hour."""
    return Use(
        grant=data["grant"],
        agent=data["agent"],
        hour=instant(data["hour"]),
        count=data["count"],
        last=instant(data["last"]),
    )


def usage(data: Data) -> Usage:
    """Read all uses of a grant by an agent."""
    return Usage(grant=data["grant"], agent=data["agent"], count=data["count"], last=instant(data["last"]))


def session(data: Data) -> Session:
    """Read a session."""
    return Session(
        id=data["id"],
        tenant=data["tenant"],
        grant=data["grant"],
        agent=data["agent"],
        window=window(data["window"]),
        reason=words(data.get("reason", "")),
        category=maybe(data.get("category")),
        tickets=frozenset(data.get("tickets", ())),
        seq=data.get("seq", 1),
        left_at=None if data.get("left_at") is None else instant(data["left_at"]),
    )


def _added_by(data: Data) -> Agent | None:
    found = None if data.get("added_by") is None else actor(data["added_by"])
    if found is not None and (not isinstance(found, Agent) or found.name is not None):
        msg = "whoever handed it on is an agent, and their name is a text of the event"
        raise TypeError(msg)
    return found


def consent(data: Data) -> Consent:
    """Read a consent."""
    return Consent(
        id=data["id"],
        tenant=data["tenant"],
        flow=words(data["flow"]),
        holder=holder(data["holder"]),
        as_team=data.get("as_team"),
        scope=scope(data["scope"]),
        layers=tuple(layer(each) for each in data["layers"]),
        window=window(data["window"]),
        term=term(data.get("term")),
        reason=words(data.get("reason", "")),
        category=maybe(data.get("category")),
        tickets=frozenset(data.get("tickets", ())),
        until_tickets=data.get("until_tickets", False),
        solved=frozenset(data.get("solved", ())),
        rules=words(data.get("rules", "")),
        consenting_roles=frozenset(data.get("consenting_roles", ())),
        approvals=tuple(approval(each) for each in data.get("approvals", ())),
        request=data.get("request"),
        consent_seq=data.get("consent_seq", 1),
        ended=_ended(data),
    )


def _ended(data: Data) -> Ended | None:
    found = data.get("ended")
    return None if found is None else ended(found)


def ask(data: Data) -> Ask:
    """Read the terms of a request."""
    found = tuple(term(each) for each in data["terms"])
    return Ask(
        holder=holder(data["holder"]),
        as_team=data.get("as_team"),
        act_as=data.get("act_as"),
        scope=scope(data["scope"]),
        layers=tuple(layer(each) for each in data["layers"]),
        terms=tuple(each for each in found if each is not None),
        starts=None if data.get("starts") is None else instant(data["starts"]),
        ends_by=end(data["ends_by"]),
    )


def settled(data: Data) -> Settled:
    """Read how a request was settled."""
    return Settled(
        how=Settling(data["how"]),
        at=instant(data["at"]),
        by=actor(data["by"]),
        seq=number(data["seq"]),
        reason=words(data.get("reason", "")),
    )


def request(data: Data) -> AccessRequest:
    """Read a request."""
    by = actor(data["by"])
    if isinstance(by, System) or by.name is not None:
        msg = "a system never asks, and the name of a person is a text of the event"
        raise TypeError(msg)
    beforehand, how, asked_at = data.get("beforehand"), data.get("settled"), data.get("asked_at")
    return AccessRequest(
        id=data["id"],
        tenant=data["tenant"],
        flow=words(data["flow"]),
        flow_digest=words(data["flow_digest"]),
        yields=words(data["yields"]),
        by=by,
        ask=ask(data["ask"]),
        reason=words(data.get("reason", "")),
        category=maybe(data.get("category")),
        tickets=frozenset(data.get("tickets", ())),
        until_tickets=data.get("until_tickets", False),
        rules=words(data.get("rules", "")),
        parent=data.get("parent"),
        approvals=tuple(approval(each) for each in data.get("approvals", ())),
        beforehand=None if beforehand is None else approval(beforehand),
        step=data.get("step", 0),
        awaits=tuple(words(each) for each in data["awaits"]),
        needs=number(data["needs"]),
        lapses_at=end(data["lapses_at"]),
        seq=data.get("seq", 1),
        asked_at=None if asked_at is None else instant(asked_at),
        settled=None if how is None else settled(how),
        gave=data.get("gave"),
    )


def retry(data: Data) -> Retry:
    """Read the use of an idempotency key."""
    return Retry(
        actor=tuple(words(each) for each in data["actor"]),
        verb=words(data["verb"]),
        key=words(data["key"]),
        payload=words(data.get("payload", "")),
        subject=words(data["subject"]),
    )
