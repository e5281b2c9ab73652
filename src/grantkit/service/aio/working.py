# Made from src/grantkit/service/working.py by `python tools/twin.py`: edit that, and run this.
"""AsyncWorking inside a tenant: tickets, entering, leaving, and counting what was used."""

from collections.abc import Iterable

from grantkit.decision import Decision
from grantkit.model import Actor, Agent, Grant, Session
from grantkit.service import using
from grantkit.service.aio.door import AsyncDoor
from grantkit.service.driver import drive_async


class AsyncWorking(AsyncDoor):
    """What happens while a grant is used: link_ticket, resolve_ticket, enter, leave, record_use."""

    async def link_ticket(
        self,
        tenant: str,
        grant_id: str,
        ticket: str,
        *,
        by: Actor,
        word: str | None = None,
        text: str | None = None,
        text_version: str | None = None,
        channel: str | None = None,
        reference: str | None = None,
    ) -> Grant:
        """
        Link another ticket to a live grant; where it is bound to its tickets, it lasts until that one is solved too.

        That lengthens it, so it takes whoever could grant it. A ticket that is linked and open stays as it is.

        Args:
            tenant: Whose data.
            grant_id: Which grant.
            ticket: The reference of the ticket.
            by: The member who consents, with the roles they hold now.
            word: The word typed, where the flow asks for one.
            text: The text that they were shown; its digest is kept.
            text_version: The version of the text that was shown; refused unless it is the one that the flow names now.
            channel: How the consent came, where it is not the flow's first channel.
            reference: Where it can be found, for every channel but ``in_product``.

        Raises:
            InvalidInput: If an argument is malformed.
            NotFound: If there is no such grant here.
            IllegalTransition: If it is over: give new consent.
            Refused: ``NotEntitled``, ``StepsRemain``, ``ExceedsParent``, ``NotOffered``, ``NotEligible``,
                ``SelfApproval``, ``ConfirmationMismatch``, ``ActingThroughGrant``, ``TenantFrozen`` or ``ClockBehind``.
            StoreError: If the store fails.
        """
        command = using.link_command(
            self._host,
            tenant,
            grant_id,
            ticket,
            by=by,
            word=word,
            text=text,
            text_version=text_version,
            channel=channel,
            reference=reference,
        )
        return await self._run(command, Grant)

    async def resolve_ticket(self, tenant: str, ticket: str, *, by: Actor) -> None:
        """
        Report that a ticket is solved: whatever it was the last to keep open ends, as a fact (R12).

        It is about the links that exist now: opening the ticket again revives nothing, and linking it anew is consent.
        Works without the host's rules, as every brake does; twice, or for a ticket that binds nothing, it does nothing.

        Args:
            tenant: Whose data.
            ticket: The reference of the ticket.
            by: Whoever reports it: an agent, a member of the tenant, or the ticket system's hook.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* is a member of another tenant.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        await self._do(using.resolve_command(tenant, ticket, by=by))

    async def enter(
        self,
        tenant: str,
        grant_id: str,
        *,
        by: Agent,
        reason: str = "",
        category: str | None = None,
        tickets: Iterable[str] = (),
        key: str | None = None,
    ) -> Session:
        """
        Enter under a grant: say why, for the tenant to see, and be let in where its flow wants that first (B12).

        A session ends when the agent leaves, after as long as the flow lets it last, and with the grant. It lets
        nobody else in, also not of the same team. Entering anew leaves the session before.

        Args:
            tenant: Whose data.
            grant_id: The grant, live, that they hold or their team does.
            by: The agent who enters.
            reason: Why, for people to read; at least as long as the flow's ``entry`` asks.
            category: The category of the reason, where that has some.
            tickets: The cases; a written permission for one of them counts while the session lasts.
            key: An idempotency key.

        Raises:
            InvalidInput: If an argument is malformed or must be said; the field names it.
            NotFound: If there is no such grant here.
            Refused: ``NotEntitled`` for who does not hold it; ``ConsentMissing`` where it, or what it rests on, is not
                live; ``NotEligible``, ``TenantFrozen``, ``AgentSuspended`` or ``ClockBehind``.
            IdempotencyMismatch: If the key stands for other arguments.
            StoreError: If the store fails.
        """
        command = using.enter_command(
            self._host,
            tenant,
            grant_id,
            by=by,
            reason=reason,
            category=category,
            tickets=tickets,
            key=key,
        )
        return await self._run(command, Session)

    async def leave(self, tenant: str, session_id: str, *, by: Actor) -> Session:
        """
        Leave: the session is over. Twice, or when it is over by itself, it is no event.

        Args:
            tenant: Whose data.
            session_id: Which session.
            by: The agent who entered, also inside that session, or a job of the host, such as a sign-out.

        Raises:
            InvalidInput: If an argument is malformed.
            NotFound: If there is no such session here.
            NotEntitled: If it is somebody else's.
            StoreError: If the store fails.
        """
        return await self._run(using.leave_command(tenant, session_id, by=by), Session)

    async def record_use(self, decision: Decision, *, count: int = 1) -> None:
        """
        Count a use of the grant by which *decision* allows: by this agent, within the hour (M9, R13).

        It is counted beside the record, and taken into it by ``access.delivery.sweep()`` once the hour is over. It is
        no condition of anything: ``authorize`` never writes, and a use that was not counted was allowed all the same.

        Args:
            decision: A decision that allows.
            count: How many uses, where a host collects them.

        Raises:
            InvalidInput: If an argument is malformed, or the decision denies.
            StoreError: If the store fails.
        """
        await drive_async(self._guarded, lambda: using.record_use_plan(decision, count))
