# Made from src/grantkit/service/handing_on.py by `python tools/twin.py`: edit that, and run this.
"""Handing on: the verb by which a holder adds others."""

from collections.abc import Iterable

from grantkit.lifecycle import AskedEnd
from grantkit.model import Actor, Grant, Grantee, Scope
from grantkit.service import creating
from grantkit.service.aio.door import AsyncDoor


class AsyncHandingOn(AsyncDoor):
    """Adding others to what one holds: delegate."""

    async def delegate(
        self,
        tenant: str,
        grant_id: str,
        *,
        by: Actor,
        to: Grantee,
        as_team: str | None = None,
        scope: Scope | None = None,
        policies: Iterable[str] | None = None,
        ends: AskedEnd = None,
        reason: str = "",
        category: str | None = None,
        tickets: Iterable[str] | None = None,
        key: str | None = None,
    ) -> Grant:
        """
        Add somebody to a grant that one holds: a grant of their own, within it, that dies with it (R7, R8).

        It never permits more than what it rests on does at that instant, whatever is amended there; extending the one
        extends nobody.

        Args:
            tenant: Whose data.
            grant_id: The grant to hand on, live, of a flow that lets it be handed on.
            by: The agent who holds it, as they or their team do.
            to: Whom to add, one at a time: each addition is an event of its own.
            as_team: For an agent: the team in whose capacity they act, where the flow offers several.
            scope: Less of the scope; all of it by default.
            policies: Some of its policies; all by default.
            ends: Any end; one that lies past the grant's own is clipped to it. The grant's own end by default.
            reason: Why, for people to read; at least as long as the flow asks.
            category: The category of the reason, where the flow has some.
            tickets: Some of its tickets; all by default.
            key: An idempotency key.

        Returns:
            The new grant; ``parent`` names the one it rests on.

        Raises:
            InvalidInput: If an argument is malformed or must be said; the field names it.
            NotFound: If there is no such grant here.
            Refused: ``NotEntitled`` for who does not hold it; ``NotOffered`` where the flow lets nobody, or not this
                one, be added; ``ConsentMissing`` if it or what it rests on is not live; ``ExceedsParent`` for more than
                it; ``NotEligible``, ``ActingThroughGrant``, ``TenantFrozen`` or ``ClockBehind``.
            IdempotencyMismatch: If the key stands for other arguments.
            StoreError: If the store fails.
        """
        asked = creating.intent_of(
            tenant,
            to=to,
            as_team=as_team,
            flow=None,
            scope=scope,
            policies=policies,
            starts=None,
            ends=ends,
            reason=reason,
            category=category,
            tickets=() if tickets is None else tickets,
        )
        command = creating.delegate_command(
            self._host, creating.handing_on(asked, grant_id, all_tickets=tickets is None), by=by, key=key
        )
        return await self._run(command, Grant)
