"""
Rule documents: kept by the digest of their bytes.

A document is evidence of what held, so it is never spelled anew: a later grantkit may know a key that it lacks, and
would spell it with another digest. The digest is that of the bytes as they were written.
"""

import json
from hashlib import sha256

from grantkit.canonical import canonical_bytes
from grantkit.errors import Corrupt
from grantkit.rules import AccessRules


def seal_document(rules: AccessRules) -> bytes:
    """Return the bytes to keep under ``rules.digest``: every default is written out."""
    return canonical_bytes(rules.to_data())


def open_document(digest: str, sealed: bytes) -> AccessRules:
    """
    Return the rules in a document.

    Raises:
        Corrupt: If the bytes are not those of *digest*, or are no rules.
    """
    if sha256(sealed).hexdigest() != digest:
        raise Corrupt(what=f"a rule document that is not the one of its digest {digest[:12]}")
    try:
        return AccessRules.from_data(json.loads(sealed))
    except (ValueError, RecursionError) as error:  # no JSON, or no rules
        raise Corrupt(what=f"a rule document {digest[:12]} that cannot be read") from error
