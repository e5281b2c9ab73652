"""What a command reads and writes, in order: read, decide, seal, project, write."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import attrs

from grantkit.canonical import Plain, digest
from grantkit.codec import open_document, seal_all, seal_document
from grantkit.decision import SAFE
from grantkit.errors import Corrupt, IdempotencyMismatch, InvalidInput, NotFound
from grantkit.lifecycle import (
    Act,
    Outcome,
    Slice,
    Want,
    confirmation,
    not_through_a_grant,
    project,
    seal,
    touched,
)
from grantkit.model import (
    HEAD,
    VENDOR,
    AccessRequest,
    Actor,
    Agent,
    Consent,
    Erased,
    Event,
    Grant,
    KeyUse,
    Member,
    Retry,
    Row,
    RowKey,
    Session,
    Used,
    agent_key,
    consent_key,
    grant_key,
    request_key,
    retry_key,
    session_key,
    usage_key,
)
from grantkit.ports import Batch, Found
from grantkit.rules import AccessRules
from grantkit.service.host import NOWHERE, Host
from grantkit.service.ruling import rules_of
from grantkit.service.steps import Steps, append, load
from grantkit.service.zones import load_zone


def _nothing(_: Slice, __: AccessRules) -> None:
    return None


@attrs.frozen(kw_only=True)
class Command:
    """
    One command, ready to be run and, on a conflict, run again.

    Attributes:
        tenant: Whose record.
        by: Who acts.
        verb: Its name.
        want: What it reads under the rules in force; everything that its events may touch must be in it.
        further: What it must read besides, which only what was read before can tell; asked until it says ``None``.
        decide: The pure command.
        brake: Whether it must work although the host's rules cannot be had.
        key: The idempotency key, if one was given.
        payload: What the key stands for.
        makes: The ids that something new may have.
    """

    tenant: str
    by: Actor
    verb: str
    want: Callable[[AccessRules], Want]
    decide: Callable[[Slice, Act], Outcome]
    brake: bool = False
    key: str | None = None
    payload: Plain = None
    makes: tuple[str, ...] = ()
    further: Callable[[Slice, AccessRules], Want | None] = _nothing


Result: TypeAlias = Found | Session
"""What a command may be about."""

R = TypeVar("R", bound=Result)
Q = TypeVar("Q", bound=Result)


def plan(host: Host, command: Command) -> Steps[Result | None]:
    """
    Carry out *command* once: yield what to read, decide, yield what to write, return the row that it is about.

    Every try begins anew, with a fresh reading of the clock and of the rules.
    """
    now = host.now()
    rules = yield from _rules(host, command)
    used = () if command.key is None else (_scope(command, command.key),)
    want = attrs.evolve(command.want(rules or SAFE), alive_after=now, retries=used, document=rules is None)
    slice_ = yield from load(command.tenant, want)
    for retry in slice_.retries.values():
        not_through_a_grant(command.by, command.verb)
        return (yield from _replay(command, retry))
    # Each time all of it is read anew, so that what is decided on is of one moment.
    while (more := command.further(slice_, rules or SAFE)) is not None:
        joined = _joined(want, more)
        if joined == want:
            break  # it is not there, and asking once more would not bring it
        want = joined
        slice_ = yield from load(command.tenant, want)
    if slice_.rows.keys() & {key for ident in command.makes for key in _keys_of(ident)}:
        wants = "a factory that never gives the same id twice"
        raise InvalidInput(field="id_factory", code="duplicate", wants=wants)
    act = Act(by=command.by, now=now, rules=rules or _adopted(slice_), zone=load_zone)
    outcome = command.decide(slice_, act)
    if command.key is not None:
        outcome = confirmation(outcome)
    # Rules that a brake fell back on are not adopted: nobody said that they hold.
    adopt = rules is not None and rules is not NOWHERE
    events = seal(slice_, act, outcome.bodies, _remembered(command, outcome), adopt=adopt)
    rows = yield from write(host, slice_, want, events, act.rules)
    if outcome.subject is None:
        return None
    made = rows.get(outcome.subject, slice_.rows.get(outcome.subject))
    return made if isinstance(made, Grant | Consent | AccessRequest | Session) else None


def _joined(one: Want, other: Want) -> Want:
    return attrs.evolve(
        one,
        grants=tuple(dict.fromkeys((*one.grants, *other.grants))),
        consents=tuple(dict.fromkeys((*one.consents, *other.consents))),
        requests=tuple(dict.fromkeys((*one.requests, *other.requests))),
        agents=tuple(dict.fromkeys((*one.agents, *other.agents))),
        holder=other.holder or one.holder,
    )


def _keys_of(ident: str) -> tuple[RowKey, ...]:
    return grant_key(ident), consent_key(ident), request_key(ident), session_key(ident)


def write(
    host: Host, slice_: Slice, want: Want, events: tuple[Event, ...], rules: AccessRules
) -> Steps[dict[RowKey, Row]]:
    """Chain *events*, and write them with the rows that they change; return those rows. Nothing is written for none."""
    if not events:
        return {}
    sealed, entries = seal_all(events, slice_.head.hash, host.make_seed())
    rows = projected(slice_, want, sealed)
    adopted = (
        {rules.digest: seal_document(rules)} if any(event.kind == "rules_adopted" for event in sealed) else {}
    )
    erases = tuple(text for event in sealed if isinstance(event.body, Erased) for text in event.body.texts)
    spends = tuple(use for event in sealed if isinstance(event.body, Used) for use in event.body.uses)
    batch = Batch(
        entries=entries,
        rows=rows,
        follows=slice_.head.hash,
        documents=adopted,
        erases=erases,
        spends=spends,
    )
    yield from append(slice_.head.tenant, slice_.head.seq, batch)
    return rows


def projected(slice_: Slice, want: Want, events: tuple[Event, ...]) -> dict[RowKey, Row]:
    """
    Return the rows that *events* change.

    A row that was not asked for would be folded from nothing, and a stance folded from nothing has no freeze: so a
    command may touch only what it wanted to read.
    """
    known = {HEAD, *slice_.rows, *map(grant_key, want.grants), *map(agent_key, want.agents)}
    known.update(map(consent_key, want.consents), map(request_key, want.requests))
    known.update(map(session_key, want.sessions))
    known.update(usage_key(*each) for each in want.usages)
    known.update(retry_key(*used) for used in want.retries)
    for event in events:
        stray = [key for key in touched(event) if key not in known and key[0] != "cut"]
        if stray:
            raise Corrupt(what=f"a command that touches {stray[0]}, which it did not read")
    try:
        return project(slice_.rows, events)
    except ValueError as error:
        raise Corrupt(what="rows to which this cannot have happened") from error


def _rules(host: Host, command: Command) -> Steps[AccessRules | None]:
    """
    Return the rules in force, or ``None`` where they cannot be had and the command is a brake.

    A brake must work all the same (I-34): it falls back on the rules that the record last adopted, or on the safe ones.
    """
    if command.tenant == VENDOR:
        return None  # no tenant's rules have a say in the vendor's own record
    try:
        found = yield from rules_of(host, command.tenant)
    except Exception:  # the host's callable may raise anything
        if not command.brake:
            raise
        return None
    if found is NOWHERE and command.brake and not isinstance(command.by, Agent):
        return None
    if found is NOWHERE and isinstance(command.by, Member) and command.by.tenant == command.tenant:
        # To an agent, and to a member of another tenant, it looks like one that is hidden from them: each verb then
        # says what it says there.
        raise NotFound(what="tenant", id=command.tenant, tenant=command.tenant)
    return found


def _scope(command: Command, key: str) -> KeyUse:
    by = command.by
    # Of which tenant a member is belongs to who they are: ids of other tenants' members may be the same.
    whose = (by.tenant,) if isinstance(by, Member) else ()
    return (type(by).__name__.lower(), *whose, by.id), command.verb, key


def _adopted(slice_: Slice) -> AccessRules:
    """Return the rules that the record last adopted, the safe ones if there are none or they cannot be read."""
    digest = slice_.head.rules
    try:
        return SAFE if slice_.document is None else open_document(digest, slice_.document)
    except Corrupt:
        return SAFE


def _remembered(command: Command, outcome: Outcome) -> Retry | None:
    if command.key is None or outcome.subject is None:
        return None
    actor, verb, key = _scope(command, command.key)
    return Retry(actor=actor, verb=verb, key=key, payload=digest(command.payload), subject=outcome.subject[1])


def _replay(command: Command, retry: Retry) -> Steps[Result | None]:
    """Return the first result in its present state; a replay decides nothing and writes nothing (I-21)."""
    # Without a payload, the texts that were in it have been erased: the key alone says that it is the same command.
    if retry.payload and retry.payload != digest(command.payload):
        raise IdempotencyMismatch(key=retry.key, verb=retry.verb)
    subject = (retry.subject,)
    slice_ = yield from load(
        command.tenant, Want(grants=subject, consents=subject, requests=subject, sessions=subject)
    )
    made = (slice_.rows.get(key) for key in _keys_of(retry.subject))
    return next((each for each in made if isinstance(each, Grant | Consent | AccessRequest | Session)), None)
