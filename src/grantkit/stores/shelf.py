"""A shelf in memory: the grants, or the consents, of one tenant, found in whatever order they are asked for."""

from bisect import bisect_left, bisect_right, insort
from datetime import datetime
from typing import Generic, TypeVar

from grantkit.model import Consent, Grant, Holder

T = TypeVar("T", Grant, Consent)


class Bucket(Generic[T]):
    """The grants, or the consents, of one holder at one tenant by their over-at: what is live is one range."""

    __slots__ = ("_keys", "_rows")

    def __init__(self) -> None:
        self._keys: list[datetime] = []
        self._rows: list[T] = []

    def put(self, row: T) -> None:
        """Put a row in its place."""
        place = bisect_right(self._keys, row.over_at)
        self._keys.insert(place, row.over_at)
        self._rows.insert(place, row)

    def drop(self, row: T) -> None:
        """Take a row out that is there."""
        place = bisect_left(self._keys, row.over_at)
        while self._rows[place].id != row.id:
            place += 1
        del self._keys[place], self._rows[place]

    def since(self, alive_after: datetime) -> list[T]:
        """Return what is alive, and before it what was over last."""
        place = bisect_right(self._keys, alive_after)
        if place:
            place = bisect_left(self._keys, self._keys[place - 1])
        return self._rows[place:]

    def alive(self, alive_after: datetime) -> list[T]:
        """Return what is over after an instant."""
        return self._rows[bisect_right(self._keys, alive_after) :]


class Shelf(Generic[T]):
    """The grants, or the consents, of one tenant: by id, by holder, and in the order of their consent."""

    __slots__ = ("held", "in_order", "rows")

    def __init__(self) -> None:
        self.rows: dict[str, T] = {}
        self.held: dict[Holder, Bucket[T]] = {}
        self.in_order: list[tuple[int, str]] = []

    def put(self, row: T) -> None:
        """Put a row in its places; one that was there before goes."""
        before = self.rows.get(row.id)
        if before is None:
            insort(self.in_order, (row.consent_seq, row.id))
        else:
            self.held[before.holder].drop(before)
        self.rows[row.id] = row
        self.held.setdefault(row.holder, Bucket()).put(row)

    def alive(self, holder: Holder, alive_after: datetime) -> list[T]:
        """Return what a holder has that is over after an instant."""
        bucket = self.held.get(holder)
        return [] if bucket is None else bucket.alive(alive_after)

    def page(self, after: int, limit: int) -> tuple[T, ...]:
        """Return up to *limit* rows whose consent sequence is past *after*."""
        place = bisect_left(self.in_order, (after + 1, ""))
        return tuple(self.rows[ident] for _, ident in self.in_order[place : place + limit])
