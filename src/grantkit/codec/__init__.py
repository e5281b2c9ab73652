"""Between values and bytes: events and entries, rows and their texts, the chain, and records as JSON lines. Pure."""

from grantkit.codec.chain import Chain
from grantkit.codec.documents import open_document, seal_document
from grantkit.codec.lines import Document, document_line, entry_line, first_line, read_line
from grantkit.codec.projection import Projection
from grantkit.codec.rows import read_row, row_text
from grantkit.codec.sealing import lost_texts, open_entry, seal_all, seal_one
from grantkit.codec.versions import SCHEMA

__all__ = [
    "SCHEMA",
    "Chain",
    "Document",
    "Projection",
    "document_line",
    "entry_line",
    "first_line",
    "lost_texts",
    "open_document",
    "open_entry",
    "read_line",
    "read_row",
    "row_text",
    "seal_all",
    "seal_document",
    "seal_one",
]
