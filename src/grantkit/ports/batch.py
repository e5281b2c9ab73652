"""What one command writes."""

from collections.abc import Mapping

import attrs

from grantkit.inputs import FrozenMap
from grantkit.model import NO_HASH, Entry, LedgerHead, Row, RowKey, TextKey, Use


@attrs.frozen(kw_only=True)
class Batch:
    """
    What one command writes: all of it or nothing.

    Attributes:
        entries: In order, their sequences without gaps, beginning after the expected head.
        rows: The rows that their events change, as they are afterwards; the head is always one of them.
        follows: The hash of the head that they follow. The sequence alone would not tell a record from the one that was
            begun anew when the first had been forgotten.
        documents: Rule documents by digest, as bytes that never change; kept once, whatever the tenant.
        erases: Texts that go for good, with their salts, wherever they lie beside earlier entries.
        spends: Uses that the events of the batch sum up: so many are taken from what is counted beside the record.
        forgets: A tenant whose entries, texts, rows and cursors go for good, if its record still stands at this head.
            Rule documents stay: other tenants may live by them.
    """

    entries: tuple[Entry, ...]
    rows: Mapping[RowKey, Row]
    follows: str = NO_HASH
    documents: Mapping[str, bytes] = FrozenMap()
    erases: tuple[TextKey, ...] = ()
    spends: "tuple[Use, ...]" = ()
    forgets: LedgerHead | None = None
