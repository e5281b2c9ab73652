# Made from src/grantkit/service/braking.py by `python tools/twin.py`: edit that, and run this.
"""Brakes: the verbs that stop something, and those that lift what stands until it is lifted."""

from grantkit.model import Actor, Consent, Grant
from grantkit.service import commands
from grantkit.service.aio.door import AsyncDoor


class AsyncBraking(AsyncDoor):
    """Stopping: revoke, revoke_all, relinquish, freeze, suspend; and what lifts: unfreeze, reinstate."""

    async def revoke(
        self, tenant: str, grant_id: str, *, by: Actor, word: str | None = None
    ) -> Grant | Consent:
        """
        End a grant: from now on it denies, at every instant, whatever any clock says (M7, N7).

        Works once or twice, live or over; the second time is no event.

        Args:
            tenant: Whose data.
            grant_id: Which grant, or which consent: then nothing that rests on it allows any more.
            by: A member who could consent to it or did, or whom the rules' ``stop`` names (J11).
            word: The word typed, where the flow asks for one to switch off (P5).

        Returns:
            The grant, ended.

        Raises:
            InvalidInput: If an argument is malformed.
            ActingThroughGrant: If *by* acts through a grant.
            NotFound: If there is no such grant here.
            NotEntitled: If *by* may not stop it.
            ConfirmationMismatch: If the word is missing or wrong.
            StoreError: If the store fails; then it may or may not be recorded: call again.
        """
        return await self._run(commands.revoke_command(tenant, grant_id, by=by, word=word), Grant, Consent)

    async def revoke_all(self, tenant: str, *, by: Actor, agent: str | None = None) -> None:
        """
        Cut off: no consent given up to now ever counts again, scheduled grants too; later consent does (B3, B7).

        Args:
            tenant: Whose data.
            by: A member who consents for the tenant as a whole, or whom the rules' ``stop`` names.
            agent: Only this agent; a team's grant lives on for the others.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* may not.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        await self._do(commands.revoke_all_command(tenant, by=by, agent=agent))

    async def relinquish(self, tenant: str, grant_id: str, *, by: Actor) -> Grant | Consent:
        """
        Give a grant back (R11): its holder ends it, a team's for the whole team.

        Args:
            tenant: Whose data.
            grant_id: Which grant, or which consent: then nothing that rests on it allows any more.
            by: The agent who holds it, also inside a session that runs under it.

        Returns:
            The grant, ended.

        Raises:
            InvalidInput: If an argument is malformed.
            ActingThroughGrant: If *by* acts through another grant.
            NotFound: If there is no such grant here.
            NotEntitled: If *by* does not hold it.
            StoreError: If the store fails.
        """
        return await self._run(commands.relinquish_command(tenant, grant_id, by=by), Grant, Consent)

    async def freeze(self, tenant: str, *, by: Actor, agent: str | None = None) -> None:
        """
        Block every access to a tenant, or of one agent there, until it is unfrozen, whatever grants stand (B7).

        Args:
            tenant: Whose data.
            by: A member who may consent to anything at all there, be it one resource, or whom the rules' ``stop``
                names. It takes more to unfreeze: a role over the whole tenant.
            agent: Only this agent.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* may not.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        await self._do(commands.freeze_command(tenant, by=by, agent=agent))

    async def unfreeze(
        self, tenant: str, *, by: Actor, agent: str | None = None, revoke: bool = False
    ) -> None:
        """
        Lift a freeze: what still stands counts again.

        Args:
            tenant: Whose data.
            by: A member who holds, for the tenant as a whole, a role that consents to something; never the vendor.
            agent: The freeze of this agent.
            revoke: Cut off first, so that nothing counts again without new consent; it cuts off also where nothing
                was frozen.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* may not.
            ActingThroughGrant: If *by* acts through a grant.
            ClockBehind: If the clock reads more than 60 seconds earlier than the record.
            StoreError: If the store fails.
        """
        await self._do(commands.unfreeze_command(tenant, by=by, agent=agent, revoke=revoke))

    async def suspend(self, agent: str, *, by: Actor, reason: str = "") -> None:
        """
        Shut one of the vendor's agents out of every tenant at once, until they are reinstated (B7).

        It is one event in the vendor's own record, which every decision reads: it bites on the next one, in every
        process, whatever the clock says (N7), also for consent that comes later, and for whatever they handed on. It
        works twice; the second time is no event.

        Args:
            agent: Whom, by id.
            by: An :class:`Agent` or a :class:`System`. That they may is for the host to say.
            reason: Why, for people to read; erasable.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* is a member: tenants :meth:`freeze`.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        await self._do(commands.suspend_command(agent, by=by, reason=reason))

    async def reinstate(self, agent: str, *, by: Actor) -> None:
        """
        Let a suspended agent back in: what still stands counts again.

        Args:
            agent: Whom, by id.
            by: An :class:`Agent` other than that one, or a :class:`System`. That they may is for the host to say.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* is a member.
            SelfApproval: If *by* is that agent.
            AgentSuspended: If *by* is suspended too.
            ActingThroughGrant: If *by* acts through a grant.
            ClockBehind: If the clock reads more than 60 seconds earlier than the vendor's record.
            StoreError: If the store fails.
        """
        await self._do(commands.reinstate_command(self._host, agent, by=by))
