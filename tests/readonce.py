"""What is read of the same bytes, read once: a record changed in one place is otherwise read anew from end to end."""

from functools import cache

import pytest

from grantkit.codec import chain, lines
from grantkit.model import Entry, Event
from grantkit.service import steps
from grantkit.stores import columns


def read_once(patch: pytest.MonkeyPatch) -> None:
    """Remember what the pure readers of entries, rule documents and rows say; what they refuse they are asked again."""
    parse, read_sealed = chain.parse, chain.read_sealed

    @cache
    def read(entry: Entry) -> Event:
        return read_sealed(
            entry, parse(entry.sealed)
        )  # parsed anew, since the reader puts texts into what it is given

    patch.setattr(chain, "parse", cache(parse))
    patch.setattr(chain, "read_sealed", lambda entry, _: read(entry))
    patch.setattr(steps, "open_entry", cache(steps.open_entry))
    patch.setattr(lines, "open_document", cache(lines.open_document))
    patch.setattr(columns, "read_row", cache(columns.read_row))
    patch.setattr(columns, "row_text", cache(columns.row_text))
