# Made from src/grantkit/ports/people.py by `python tools/twin.py`: edit that, and run this.
"""Who people are, how they are told, and what members may do by themselves."""

from collections.abc import Iterable
from typing import Protocol

from grantkit.model import Scope
from grantkit.telling import Notice, Reader


class AsyncDirectory(Protocol):
    """
    Who the people are that rules and records name: the host's, since grantkit keeps no membership (R9).

    It is asked when somebody is told, so whoever holds a role *then* is told, and nobody who has left.
    """

    async def members(self, tenant: str, role: str, scope: Scope) -> Iterable[Reader]:
        """Return every member of *tenant* who holds *role* over the whole of *scope*; ``"*"`` is any member."""
        ...

    async def agents(self, team: str) -> Iterable[Reader]:
        """Return every agent in *team*; ``"*"`` is any agent."""
        ...

    async def person(self, tenant: str, side: str, id: str) -> Reader | None:
        """Return one person by side (``"member"`` of *tenant*, or ``"agent"``) and id; ``None`` for whoever left."""
        ...


class AsyncNotifier(Protocol):
    """Tells somebody something: by e-mail, in a chat, on a page."""

    async def tell(self, notice: Notice) -> None:
        """
        Tell ``notice.to``. Returning means that it was told, or will be whatever happens; any error, that it was not.

        The same notice may come again, with the same id, after a crash.
        """
        ...


class AsyncMemberRights(Protocol):
    """What members may do by themselves; asked only where an agent acts as one, and able only to narrow (B10)."""

    async def may(self, member: str, action: str, resource: str | None) -> bool:
        """Return exactly ``True`` if the member may; anything else, and any error, is a no."""
        ...
