"""The ledger face: the record of a tenant, read, proven, and kept right."""

from collections.abc import Iterable
from datetime import datetime

from grantkit.decision import PastDecision, ask
from grantkit.errors import InvalidInput, NotEntitled
from grantkit.inputs import boolean, identifier, identifiers, instance_of, instant, integer, listed
from grantkit.lifecycle import may_look
from grantkit.model import MOST_SEQ, VENDOR, Actor, Agent, Event, LedgerHead, Member, System, whose
from grantkit.ports import Store
from grantkit.service.agreements import Evidence, evidence_plan
from grantkit.service.commands import correct_clock_command
from grantkit.service.driver import drive
from grantkit.service.erasing import erase_plan, forget_plan
from grantkit.service.host import Host
from grantkit.service.looks import at_most, looker
from grantkit.service.plan import plan
from grantkit.service.records import (
    Sink,
    Verified,
    as_of_plan,
    export_plan,
    head_plan,
    history_plan,
    verify_plan,
)
from grantkit.service.ruling import rules_of


class Ledger:
    """
    ``access.ledger``: what happened, in order, and whether anybody has changed it since.

    The vendor's own record, which begins when a tenant is forgotten, is read, verified, exported and erased from like a
    tenant's: by the name :data:`~grantkit.VENDOR`.
    """

    def __init__(self, store: Store, host: Host) -> None:
        self._store = store
        self._host = host

    def history(
        self, tenant: str, *, by: Actor | None = None, after: int = 0, limit: int | None = None
    ) -> tuple[Event, ...]:
        """
        Return what happened at *tenant*, oldest first.

        Args:
            tenant: Whose record; one that was never written to has none.
            by: Who asks; if given, held against the rules' ``view.history``.
            after: Only events past this sequence.
            limit: At most so many; ``None`` for all there are.

        Raises:
            NotEntitled: If *by* may not look.
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        tenant = whose("tenant", tenant)
        after = integer("after", after, least=0, most=MOST_SEQ)
        limit = at_most(limit)
        self._may_read(tenant, by, "read the history")
        return drive(self._store, lambda: history_plan(tenant, after, limit))

    def as_of(
        self,
        tenant: str,
        agent: Agent,
        action: str,
        *,
        at: datetime,
        known_at: int | datetime | None = None,
        resource: str | None = None,
        act_as: str | None = None,
        member_may: bool = True,
        by: Actor | None = None,
    ) -> PastDecision:
        """
        Return whether *agent* could do *action* at the instant *at*: a report, which guards nothing (N4, N5).

        The record is replayed from its first event, every link of its chain checked on the way, and judged by the
        rules that it held at that point. With a sequence as *known_at*, the answer is the one that ``authorize`` gave
        when the record stood there and the clock read *at* (I-27), provided that the host's rules were those that the
        record had adopted.

        Args:
            tenant: Whose data.
            agent: Who could; with the teams they were in then, which no record holds.
            action: ``noun:verb``.
            at: An aware datetime: the instant that is asked about.
            known_at: How much of the record counts: up to a sequence, or up to the last event at or before a time. By
                default *at*: what was done later does not undo what was possible then.
            resource: ``kind:id``, or ``None`` for the tenant as a whole.
            act_as: The member as whom the agent could act.
            member_may: With *act_as*, whether that member could do it themselves, which no record holds.
            by: Who asks; if given, held against the rules' ``view.history``.

        Raises:
            InvalidInput: If an argument is malformed, or the record does not reach up to *known_at*.
            NotEntitled: If *by* may not look.
            ChainBroken: If the record has been changed.
            StoreError: If the store fails.
        """
        instant("at", at)
        question = ask(agent, tenant, action, at, resource=resource, act_as=act_as)
        boolean("member_may", member_may)
        known: int | datetime = question.now
        if isinstance(known_at, datetime):
            known = instant("known_at", known_at)
        elif known_at is not None:
            known = integer("known_at", known_at, least=0, most=MOST_SEQ)
        self._may_read(tenant, by, "read the past")
        return drive(self._store, lambda: as_of_plan(question, known, member_may=member_may))

    def evidence(self, tenant: str, ident: str, *, by: Actor | None = None) -> Evidence:
        """
        Return what exactly was agreed to: everything in the record about a grant, a consent or a request (N5).

        The record is walked from its first event, and every link of its chain is checked on the way. Each agreement
        names the event that it is sealed in, and its hash: that line of :meth:`export` proves it to anybody, offline.

        Args:
            tenant: Whose record.
            ident: The id of a grant, a consent or a request; what it rests on and what came of it is shown too.
            by: Who asks; if given, held against the rules' ``view.history``.

        Raises:
            NotFound: If there is no such thing at the tenant.
            NotEntitled: If *by* may not look.
            ChainBroken: If the record has been changed.
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        tenant, ident = identifier("tenant", tenant), identifier("ident", ident)
        self._may_read(tenant, by, "read the evidence")
        return drive(self._store, lambda: evidence_plan(tenant, ident))

    def head(self, tenant: str) -> LedgerHead:
        """
        Return where the record of *tenant* stands, to be kept outside of it.

        Whoever holds this can tell later whether anything up to here was edited, reordered, inserted or cut off. Give
        it to the customer; sign it, if they do not know you.

        Args:
            tenant: Whose record; at 0 for one that was never written to.

        Raises:
            InvalidInput: If *tenant* is malformed.
            StoreError: If the store fails.
        """
        tenant = whose("tenant", tenant)
        return drive(self._store, lambda: head_plan(tenant))

    def verify(self, tenant: str, head: LedgerHead | None = None) -> Verified:
        """
        Walk the whole record of *tenant*, and hold the projection that decisions read against it (I-25, I-26).

        Args:
            tenant: Whose record.
            head: A head taken earlier and kept elsewhere. Without one, a record that was rewritten from end to end, or
                cut off at its end, cannot be told from a true one: it is internally consistent, and no more.

        Returns:
            Where the record stands, and what it was held against.

        Raises:
            ChainBroken: If something is not as it was written, with the first sequence at which it shows.
            InvalidInput: If an argument is malformed, or *head* is of another tenant.
            StoreError: If the store fails.
        """
        tenant = whose("tenant", tenant)
        if head is not None:
            instance_of("head", head, LedgerHead)
            if head.tenant != tenant:
                raise InvalidInput(field="head", code="unknown", wants=f"a head of {tenant}")
        return drive(self._store, lambda: verify_plan(tenant, head))

    def export(self, tenant: str, into: Sink, *, by: Actor | None = None) -> LedgerHead:
        """
        Write the record of *tenant* as JSON lines, for ``python -m grantkit.verify`` or any other reader.

        Args:
            tenant: Whose record.
            into: A file opened in binary mode.
            by: Who asks; if given, held against the rules' ``view.history``.

        Returns:
            Where the record stood, which is the head of what was written.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* may not look.
            ChainBroken: If the record has been changed; what was written so far is worth nothing.
            StoreError: If the store fails.
            Unavailable: If *into* fails.
        """
        tenant = whose("tenant", tenant)
        if not callable(getattr(into, "write", None)):
            raise InvalidInput(field="into", code="wrong_type", wants="a file opened in binary mode")
        self._may_read(tenant, by, "read the history")
        return drive(self._store, lambda: export_plan(tenant, into))

    def erase(self, tenant: str, *, by: Actor, events: Iterable[int] = (), people: Iterable[str] = ()) -> int:
        """
        Erase texts for good, with their salts: the record stays provable, and an event says that they are gone.

        Erasable are the words of people: names, reasons, references, and what previews said. Ids, roles and tickets are
        keys, and stay.

        Args:
            tenant: Whose record.
            by: Who keeps the record and does this: an :class:`Agent` or a :class:`System`. That they may is for the
                host to say.
            events: Sequences of events of which every text goes. With a request goes its reason wherever it was said
                again: in what approvers were shown, and in what came of it.
            people: Ids of members or agents whose names go, from every event.

        Returns:
            How many texts went; those that were gone before are not among them.

        Raises:
            InvalidInput: If an argument is malformed, or neither *events* nor *people* says what.
            NotFound: If there is no such event.
            NotEntitled: If *by* is a member.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        tenant = whose("tenant", tenant)
        instance_of("by", by, Member, Agent, System)
        seqs = frozenset(
            integer("events", seq, least=1, most=MOST_SEQ) for seq in listed("events", events, most=10_000)
        )
        names = identifiers("people", people)
        if not seqs and not names:
            raise InvalidInput(field="events", code="required", wants="sequences of events, or people by id")
        return drive(self._store, lambda: erase_plan(self._host, tenant, by, seqs, names))

    def forget_tenant(self, tenant: str, *, by: Actor) -> LedgerHead | None:
        """
        Delete the record of *tenant* and all that was known of it; its last head goes to the vendor's own record.

        Nothing is allowed there afterwards: consent is forgotten with the rest. Rule documents stay, since other
        tenants may live by them.

        Args:
            tenant: Whose record.
            by: Who keeps the record and does this: an :class:`Agent` or a :class:`System`. That they may is for the
                host to say.

        Returns:
            Where the record stood; ``None`` if there was none, also if it is forgotten already.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* is a member.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        tenant = identifier("tenant", tenant)
        instance_of("by", by, Member, Agent, System)
        return drive(self._store, lambda: forget_plan(self._host, tenant, by))

    def correct_clock(self, tenant: str, *, by: System) -> None:
        """
        Set a record that ran ahead back to what the clock reads: the audited way out of a clock that was wrong.

        Nothing happens if the record is not ahead. Ends that were recorded under the fast clock stay: they are final.

        Args:
            tenant: Whose record.
            by: The job that repairs it.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* is not a :class:`System`.
            StoreError: If the store fails.
        """
        command = correct_clock_command(tenant, by=by)
        drive(self._store, lambda: plan(self._host, command))

    def _may_read(self, tenant: str, by: Actor | None, verb: str) -> None:
        by = looker(by)
        if by is None:
            return
        if tenant == VENDOR:
            # No rules of a tenant say who may look at the vendor's own record, and nobody of a tenant may.
            if not isinstance(by, System):
                raise NotEntitled(actor=str(by), verb=verb, needs=("a System",))
            return
        rules = drive(self._store, lambda: rules_of(self._host, tenant))
        if not may_look(by, tenant, rules, rules.view.history):
            raise NotEntitled(actor=str(by), verb=verb, needs=tuple(map(str, rules.view.history)))
