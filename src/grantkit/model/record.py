"""The record as it is kept: sealed entries, the texts beside them that can be erased, and where it stands."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Self, TypeAlias, cast

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import identifier, integer

VENDOR: Final = "@vendor"
"""The key of the vendor's own record; no tenant can be called so, since an id begins with a letter or digit."""

NO_HASH: Final = ""
"""The hash before the first event."""

MOST_SEQ: Final = 2**53 - 1

_HASH: Final = re.compile("(?:[0-9a-f]{64})?")

SALT: Final = 16
"""How many bytes every salt has."""

TextKey: TypeAlias = tuple[int, str]
"""Where an erasable text belongs: the sequence of its event, and what it is there, as in :class:`Text`."""


@attrs.frozen
class Text:
    """
    A text that can be erased without breaking the chain: the event seals only its commitment.

    Without the salt, a short text could be guessed from its digest; so the two lie together and go together.

    Attributes:
        what: What it is in its event: ``reason``, ``name:KIND:ID``, ``reference:KIND:ID``, or the ``payload`` of a key.
        salt: 16 random bytes.
        text: The text.
    """

    what: str
    salt: bytes
    text: str

    @property
    def commitment(self) -> str:
        """SHA-256 of the salt and then the text in UTF-8; the salt is of fixed length, so nothing can shift over."""
        return sha256(self.salt + self.text.encode(errors="surrogatepass")).hexdigest()

    def to_data(self) -> dict[str, Plain]:
        """Return the text as plain data."""
        return {"what": self.what, "salt": self.salt.hex(), "text": self.text}


@attrs.frozen(kw_only=True)
class Entry:
    """
    One event as it is kept: bytes that never change, and beside them the texts that may go.

    Attributes:
        tenant: Whose record.
        seq: From 1, without gaps.
        hash: SHA-256 of *sealed*, as 64 hexadecimal digits.
        sealed: Canonical JSON (RFC 8785) that holds everything but the texts, with the hash of the entry before.
        texts: The texts that are still there, in the order of what they are.
    """

    tenant: str
    seq: int
    hash: str
    sealed: bytes
    texts: tuple[Text, ...] = ()


@attrs.frozen(kw_only=True)
class LedgerHead:
    """
    Where a record stands, to be kept outside of it: whoever holds this can tell whether anything before it changed.

    Attributes:
        tenant: Whose record.
        seq: The sequence of the last event, 0 before the first.
        hash: Its hash; empty before the first.
    """

    tenant: str
    seq: int
    hash: str

    def __attrs_post_init__(self) -> None:
        whose("head.tenant", self.tenant)
        integer("head.seq", self.seq, least=0, most=MOST_SEQ)
        found = cast("object", self.hash)
        if type(found) is not str or not _HASH.fullmatch(found) or bool(found) is not bool(self.seq):
            wants = "64 lower-case hexadecimal digits, and none at 0"
            raise InvalidInput(field="head.hash", code="wrong_type", wants=wants)

    def to_data(self) -> dict[str, Plain]:
        """Return the head as plain data."""
        return {"tenant": self.tenant, "seq": self.seq, "hash": self.hash}

    @classmethod
    def from_data(cls, data: object) -> Self:
        """
        Read what :meth:`to_data` gives.

        Raises:
            InvalidInput: If it is not that.
        """
        nothing: Mapping[str, object] = {}
        given = cast("Mapping[str, object]", data) if isinstance(data, Mapping) else nothing
        if given.keys() != {"tenant", "seq", "hash"}:
            wants = "an object with tenant, seq and hash, as ledger.head gives it"
            raise InvalidInput(field="head", code="wrong_type", wants=wants)
        fields = cast("Mapping[str, Any]", given)
        return cls(tenant=fields["tenant"], seq=fields["seq"], hash=fields["hash"])

    def __str__(self) -> str:
        return f"{self.tenant} at {self.seq}: {self.hash}"


def whose(field: str, value: object) -> str:
    """Return *value*, the id of a tenant, or :data:`VENDOR` for the vendor's own record."""
    return VENDOR if value == VENDOR and type(value) is str else identifier(field, value)
