"""The ledger face: the record of a tenant, read and kept right."""

from grantkit.errors import NotEntitled
from grantkit.inputs import identifier, integer
from grantkit.lifecycle import may_look
from grantkit.model import Actor, Event, System
from grantkit.ports import Store
from grantkit.service.commands import correct_clock_command
from grantkit.service.driver import drive
from grantkit.service.host import Host
from grantkit.service.looks import PAGE, at_most, looker
from grantkit.service.plan import plan


class Ledger:
    """``access.ledger``: what happened, in order."""

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
        tenant = identifier("tenant", tenant)
        after = integer("after", after, least=0, most=2**53 - 1)
        limit = at_most(limit)
        by = looker(by)
        if by is not None:
            rules = self._host.rules_of(tenant)
            if not may_look(by, tenant, rules, rules.view.history):
                raise NotEntitled(
                    actor=str(by), verb="read the history", needs=tuple(map(str, rules.view.history))
                )
        found: list[Event] = []
        while limit is None or len(found) < limit:
            wanted = PAGE if limit is None else min(PAGE, limit - len(found))
            page = self._store.events(tenant, after, wanted)
            found.extend(page)
            if len(page) < wanted:
                break
            after = page[-1].seq
        return tuple(found)

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
