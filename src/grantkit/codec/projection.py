"""The projection, made once more from the record alone, and held against the one that decisions read."""

from collections.abc import Mapping

from grantkit.errors import ChainBroken
from grantkit.lifecycle import apply, touched
from grantkit.model import HEAD, Event, Head, Row, RowKey, RulesAdopted


class Projection:
    """
    The rows of one tenant, folded event by event. Not safe for several threads.

    Attributes:
        rows: The rows as they are after the events so far.
        adopted: For each digest of rules, the sequence of the event that adopted it first.
    """

    def __init__(self, tenant: str) -> None:
        """Begin with no rows."""
        self._tenant = tenant
        self._last: dict[RowKey, int] = {}
        self.rows: dict[RowKey, Row] = {}
        self.adopted: dict[str, int] = {}

    @property
    def head(self) -> Head:
        """The head after the events so far."""
        found = self.rows.get(HEAD)
        return found if isinstance(found, Head) else Head(tenant=self._tenant)

    def fold(self, event: Event) -> None:
        """
        Let *event* happen.

        Raises:
            ChainBroken: If it cannot have happened to what there was, or names rules that were not in force.
        """
        changed: dict[RowKey, Row] = {}
        for key in touched(event):
            try:
                changed[key] = apply(key, self.rows.get(key), event)
            except ValueError as error:
                raise self._broken(event.seq, "it cannot have happened to what there was") from error
            self._last[key] = event.seq
        self.rows.update(changed)
        if event.rules != self.head.rules:
            raise self._broken(event.seq, "it names rules that were not in force")
        if isinstance(event.body, RulesAdopted):
            self.adopted.setdefault(event.body.digest, event.seq)

    def agree(self, kept: Mapping[RowKey, Row | None]) -> None:
        """
        Hold the rows that a store keeps against these.

        Raises:
            ChainBroken: If one is missing, was never made, cannot be read, or is not as the record says; it names the
                last event that touched it, the smallest sequence first. What no event made is named by the last event.
        """
        wrong = [
            (self._last.get(key, self.head.seq), key)
            for key in {*self.rows, *kept}
            if self.rows.get(key) != kept.get(key) or (key in kept) is not (key in self.rows)
        ]
        if wrong:
            seq, key = min(wrong)
            raise self._broken(seq, f"the row {' '.join(key)} that decisions read is not as the record says")

    def _broken(self, seq: int, what: str) -> ChainBroken:
        return ChainBroken(tenant=self._tenant, seq=seq, what=what)
