"""The chain of one record, walked entry by entry: each is what its hash says, and follows the one before."""

from hashlib import sha256

from grantkit.codec.sealing import links, parse, read_sealed
from grantkit.errors import ChainBroken, Corrupt
from grantkit.model import NO_HASH, SALT, Entry, Erased, Event, LedgerHead, TextKey


class Chain:
    """
    A record as far as it has been walked. Not safe for several threads.

    Attributes:
        tenant: Whose record.
        seq: The sequence of the last entry walked.
        hash: Its hash.
        erased: How many texts are gone, each accounted for by an ``erased`` event.
    """

    def __init__(self, tenant: str) -> None:
        """Begin before the first entry of the record of *tenant*."""
        self.tenant = tenant
        self.seq = 0
        self.hash = NO_HASH
        self._missing: set[TextKey] = set()
        self._gone: set[TextKey] = set()

    @property
    def head(self) -> LedgerHead:
        """Where the walk stands."""
        return LedgerHead(tenant=self.tenant, seq=self.seq, hash=self.hash)

    @property
    def erased(self) -> int:
        """How many texts are gone."""
        return len(self._gone)

    def follow(self, entry: Entry) -> Event:
        """
        Return the event in *entry*, the next of the record.

        Raises:
            ChainBroken: If it is not what its hash says, does not follow the entry before, holds a text that is not
                the one that was sealed, or cannot be read.
        """
        seq = self.seq + 1
        try:
            data = parse(entry.sealed)
            event = read_sealed(entry, data)
            before, sealed = links(data)
        except Corrupt as error:
            raise self._broken(seq, "it cannot be read as an event") from error
        # Read before it is compared, so that nothing below meets data that is not what it should be; nothing of it is
        # used before the hash has been found right.
        if sha256(entry.sealed).hexdigest() != entry.hash:
            raise self._broken(seq, "its hash is not that of its bytes")
        if before != self.hash:
            raise self._broken(seq, "it does not follow the entry before")
        if (entry.tenant, entry.seq) != (self.tenant, seq) or (event.tenant, event.seq) != (self.tenant, seq):
            raise self._broken(seq, "it stands at another place than it was sealed for")
        self._texts(seq, entry, sealed)
        if isinstance(event.body, Erased):
            self._gone.update(event.body.texts)
        self.seq, self.hash = seq, entry.hash
        return event

    def _texts(self, seq: int, entry: Entry, sealed: dict[str, str]) -> None:
        there = {text.what: text for text in entry.texts}
        if len(there) != len(entry.texts) or not there.keys() <= sealed.keys():
            raise self._broken(seq, "a text lies beside it that was never sealed")
        for what, commitment in sealed.items():
            if what not in there:
                self._missing.add((seq, what))
            elif len(there[what].salt) != SALT:
                # Over bytes of any length, some of the text could pass for salt: the same commitment, another text.
                raise self._broken(seq, f"the salt of its {what} is not of the length that it was made with")
            elif there[what].commitment != commitment:
                raise self._broken(seq, f"its {what} is not the text that was sealed")

    def close(self, head: LedgerHead | None = None) -> None:
        """
        Hold the record, now walked to its end, against *head*, and its missing texts against the erasures.

        Raises:
            ChainBroken: If a text is missing that no event erased, or was erased and is there; or if the record is
                shorter than *head* says, or another one. :meth:`passed` finds the place of the latter.
        """
        unsound = sorted(self._missing ^ self._gone)
        if unsound:
            seq, what = unsound[0]
            lost = (seq, what) in self._missing
            how = "is missing, and nothing says that it was erased" if lost else "was erased, and is there"
            raise self._broken(seq, f"its {what} {how}")
        if head is not None and head.seq > self.seq:
            raise self._broken(self.seq + 1, f"it is missing: the head says that there are {head.seq}")

    def passed(self, head: LedgerHead | None) -> None:
        """
        Hold the entry just walked against *head*, if it is the one that *head* is about.

        Raises:
            ChainBroken: If it is another one than the head says.
        """
        if head is not None and head.seq == self.seq and head.hash != self.hash:
            raise self._broken(self.seq, "it, or one before it, is not the one that the head was taken of")

    def _broken(self, seq: int, what: str) -> ChainBroken:
        return ChainBroken(tenant=self.tenant, seq=seq, what=what)
