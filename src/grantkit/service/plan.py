"""
What a command reads and writes: one generator of steps, for the sync and the async driver alike.

The generator holds the order of things (read, decide, seal, project, write); a driver only carries out its steps.
"""

from collections.abc import Callable, Generator
from typing import TypeAlias

import attrs

from grantkit.canonical import Plain, digest
from grantkit.decision import SAFE
from grantkit.errors import Corrupt, IdempotencyMismatch, InvalidInput
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
from grantkit.model import HEAD, Actor, Event, Grant, Member, Retry, Row, RowKey, agent_key, grant_key
from grantkit.ports import Batch
from grantkit.rules import AccessRules
from grantkit.service.host import Host
from grantkit.service.zones import load_zone


@attrs.frozen
class Load:
    """Step: read a slice."""

    tenant: str
    want: Want


@attrs.frozen
class Append:
    """Step: write a batch, if the head is still where it was."""

    tenant: str
    expected_head: int
    batch: Batch


Steps: TypeAlias = Generator[Load | Append, Slice | None, Grant | None]


@attrs.frozen(kw_only=True)
class Command:
    """
    One command, ready to be run and, on a conflict, run again.

    Attributes:
        tenant: Whose record.
        by: Who acts.
        verb: Its name.
        want: What it reads under the rules in force; everything that its events may touch must be in it.
        decide: The pure command.
        brake: Whether it must work although the host's rules cannot be had.
        key: The idempotency key, if one was given.
        payload: What the key stands for.
        makes: The id that something new will have.
    """

    tenant: str
    by: Actor
    verb: str
    want: Callable[[AccessRules], Want]
    decide: Callable[[Slice, Act], Outcome]
    brake: bool = False
    key: str | None = None
    payload: Plain = None
    makes: str | None = None


def plan(host: Host, command: Command) -> Steps:
    """
    Carry out *command* once: yield what to read, decide, yield what to write, return the grant that it is about.

    Every try begins anew, with a fresh reading of the clock and of the rules.
    """
    now = host.now()
    rules = _rules(host, command)
    want = attrs.evolve(
        command.want(rules or SAFE), alive_after=now, retry=_scope(command), document=rules is None
    )
    slice_ = yield from _load(command.tenant, want)
    if slice_.retry is not None:
        not_through_a_grant(command.by, command.verb)
        return (yield from _replay(command, slice_.retry))
    if command.makes in slice_.grants:
        wants = "a factory that never gives the same id twice"
        raise InvalidInput(field="id_factory", code="duplicate", wants=wants)
    act = Act(by=command.by, now=now, rules=rules or slice_.document or SAFE, zone=load_zone)
    outcome = command.decide(slice_, act)
    if command.key is not None:
        outcome = confirmation(outcome)
    # Rules that a brake fell back on are not adopted: nobody said that they hold.
    events = seal(slice_, act, outcome.bodies, _remembered(command, outcome), adopt=rules is not None)
    rows = _projected(slice_, want, events)
    if events:
        adopted = (
            {act.rules.digest: act.rules} if any(event.kind == "rules_adopted" for event in events) else {}
        )
        yield Append(command.tenant, slice_.head.seq, Batch(events=events, rows=rows, documents=adopted))
    if outcome.subject is None:
        return None
    made = rows.get(grant_key(outcome.subject))
    return made if isinstance(made, Grant) else slice_.grants.get(outcome.subject)


def _projected(slice_: Slice, want: Want, events: tuple[Event, ...]) -> dict[RowKey, Row]:
    """
    Return the rows that *events* change.

    A row that was not asked for would be folded from nothing, and a stance folded from nothing has no freeze: so a
    command may touch only what it wanted to read.
    """
    asked = {HEAD, *map(grant_key, want.grants), *map(agent_key, want.agents)}
    for event in events:
        known = asked if event.retry is None else {*asked, event.retry.row_key}
        stray = [key for key in touched(event) if key not in known and key[0] != "cut"]
        if stray:
            raise Corrupt(what=f"a command that touches {stray[0]}, which it did not read")
    try:
        return project(slice_.rows, events)
    except ValueError as error:
        raise Corrupt(what="rows to which this cannot have happened") from error


def _load(tenant: str, want: Want) -> Generator[Load, Slice | None, Slice]:
    """Return what a store hands back, checked: rows of another tenant, or under another key, must not be written on."""
    found = yield Load(tenant, want)
    if not isinstance(found, Slice):
        raise Corrupt(what="no slice")
    sound = (
        found.head.tenant == tenant
        and all((key, tenant) == (grant.id, grant.tenant) for key, grant in found.grants.items())
        and all(key == stance.agent for key, stance in found.stances.items())
    )
    if not sound:
        raise Corrupt(what="rows of another tenant, or under another key")
    return found


def _rules(host: Host, command: Command) -> AccessRules | None:
    """
    Return the rules in force, or ``None`` where they cannot be had and the command is a brake.

    A brake must work all the same (I-34): it falls back on the rules that the record last adopted, or on the safe ones.
    """
    try:
        return host.rules_of(command.tenant)
    except Exception:  # the host's callable may raise anything
        if not command.brake:
            raise
        return None


def _scope(command: Command) -> tuple[tuple[str, ...], str, str] | None:
    if command.key is None:
        return None
    by = command.by
    # Of which tenant a member is belongs to who they are: ids of other tenants' members may be the same.
    whose = (by.tenant,) if isinstance(by, Member) else ()
    return (type(by).__name__.lower(), *whose, by.id), command.verb, command.key


def _remembered(command: Command, outcome: Outcome) -> Retry | None:
    scope = _scope(command)
    if scope is None or outcome.subject is None:
        return None
    actor, verb, key = scope
    return Retry(actor=actor, verb=verb, key=key, payload=digest(command.payload), subject=outcome.subject)


def _replay(command: Command, retry: Retry) -> Generator[Load, Slice | None, Grant | None]:
    """Return the first result in its present state; a replay decides nothing and writes nothing (I-21)."""
    if retry.payload != digest(command.payload):
        raise IdempotencyMismatch(key=retry.key, verb=retry.verb)
    slice_ = yield from _load(command.tenant, Want(grants=(retry.subject,)))
    return slice_.grants.get(retry.subject)
