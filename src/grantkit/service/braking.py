"""Brakes: the verbs that stop something, and the one that lifts a freeze."""

from grantkit.model import Actor, Consent, Grant
from grantkit.service import commands
from grantkit.service.door import Door


class Braking(Door):
    """Stopping: revoke, revoke_all, relinquish, freeze, and unfreeze."""

    def revoke(self, tenant: str, grant_id: str, *, by: Actor, word: str | None = None) -> Grant | Consent:
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
        return self._run(commands.revoke_command(tenant, grant_id, by=by, word=word), Grant, Consent)

    def revoke_all(self, tenant: str, *, by: Actor, agent: str | None = None) -> None:
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
        self._do(commands.revoke_all_command(tenant, by=by, agent=agent))

    def relinquish(self, tenant: str, grant_id: str, *, by: Actor) -> Grant | Consent:
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
        return self._run(commands.relinquish_command(tenant, grant_id, by=by), Grant, Consent)

    def freeze(self, tenant: str, *, by: Actor, agent: str | None = None) -> None:
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
        self._do(commands.freeze_command(tenant, by=by, agent=agent))

    def unfreeze(self, tenant: str, *, by: Actor, agent: str | None = None, revoke: bool = False) -> None:
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
        self._do(commands.unfreeze_command(tenant, by=by, agent=agent, revoke=revoke))
