"""Cursors: how far a consumer has taken a record, so that it misses nothing and goes on where it was."""

from typing import Final

import attrs

from grantkit.inputs import every, integer
from grantkit.model.record import MOST_SEQ, NO_HASH, LedgerHead, whose

MOST_TOLD: Final = 100_000
"""How many readers of one event may have been told while others wait."""


@attrs.frozen(kw_only=True)
class Cursor:
    """
    How far a consumer has taken a record.

    Attributes:
        seq: Everything up to this sequence has been taken; 0 before the first.
        hash: The hash of that entry. The sequence alone would not tell a record from the one that was begun anew when
            the first had been forgotten.
        told: Of the next entry, whom has been told of it, by the ids of the notices.
    """

    seq: int = 0
    hash: str = NO_HASH
    told: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        LedgerHead(tenant="any", seq=self.seq, hash=self.hash)
        every("cursor.told", self.told, frozenset, str)
        integer("cursor.told", len(self.told), least=0, most=MOST_TOLD)

    def joined(self, later: "Cursor") -> "Cursor":
        """Return the one that is further; of two at one place, one that knows of everybody who was told."""
        if (self.seq, self.hash) == (later.seq, later.hash):
            return attrs.evolve(self, told=self.told | later.told)
        return later if later.seq > self.seq else self


@attrs.frozen(kw_only=True)
class Lag:
    """
    How far a consumer is behind a record.

    Attributes:
        tenant: Whose record.
        taken: How far the consumer is.
        stands: The sequence of the record's last event.
    """

    tenant: str
    taken: int
    stands: int

    def __attrs_post_init__(self) -> None:
        whose("lag.tenant", self.tenant)
        integer("lag.taken", self.taken, least=0, most=MOST_SEQ)
        integer("lag.stands", self.stands, least=self.taken, most=MOST_SEQ)

    @property
    def events(self) -> int:
        """How many events wait."""
        return self.stands - self.taken
