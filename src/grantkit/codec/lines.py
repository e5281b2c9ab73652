"""
A record as JSON lines, to be handed out and checked offline.

The first line says what follows. Then one line an entry, in order; before the first entry of each rule set, a line with
its document. The JSON of an entry is its sealed bytes, as they were hashed.
"""

import json
from typing import Any

import attrs

from grantkit.canonical import canonical_bytes
from grantkit.codec.documents import open_document
from grantkit.codec.nouns import number, words
from grantkit.errors import Corrupt
from grantkit.model import Entry, Text
from grantkit.rules import AccessRules

FORMAT = "grantkit-ledger-1"


def first_line(tenant: str) -> bytes:
    """Return the line that says whose record follows."""
    return canonical_bytes({"format": FORMAT, "tenant": tenant}) + b"\n"


@attrs.frozen
class Document:
    """
    A rule document of an export.

    Attributes:
        digest: Of its bytes.
        sealed: Its bytes.
        rules: What they say.
    """

    digest: str
    sealed: bytes
    rules: AccessRules


def document_line(digest: str, sealed: bytes) -> bytes:
    """Return the line of a rule document."""
    return b'{"digest":"%b","document":%b}\n' % (digest.encode(), sealed)


def entry_line(entry: Entry) -> bytes:
    """Return the line of an entry, with the texts that are left."""
    texts = canonical_bytes([text.to_data() for text in entry.texts])
    return b'{"entry":%b,"hash":"%b","texts":%b}\n' % (entry.sealed, entry.hash.encode(), texts)


def read_line(line: bytes) -> Entry | Document | str:
    """
    Return what a line holds: an entry, a rule document, or on the first line the tenant.

    Raises:
        Corrupt: If it holds none of these, or a document that is not the one of its digest.
    """
    try:
        found = _read(json.loads(line))
    except Exception as error:  # a file from anywhere may hold anything
        raise Corrupt(what="a line that is none of a ledger") from error
    return found


def _read(data: dict[str, Any]) -> Entry | Document | str:
    if data.keys() == {"format", "tenant"} and data["format"] == FORMAT:
        return words(data["tenant"])
    if data.keys() == {"document", "digest"}:
        digest, sealed = words(data["digest"]), canonical_bytes(data["document"])
        return Document(digest, sealed, open_document(digest, sealed))
    if data.keys() == {"entry", "hash", "texts"}:
        sealed, texts = data["entry"], data["texts"]
        return Entry(
            tenant=words(sealed["tenant"]),
            seq=number(sealed["seq"]),
            hash=words(data["hash"]),
            sealed=canonical_bytes(sealed),
            texts=tuple(
                Text(words(each["what"]), bytes.fromhex(each["salt"]), words(each["text"])) for each in texts
            ),
        )
    raise ValueError
