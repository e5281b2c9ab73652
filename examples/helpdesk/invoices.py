"""The invoices of all customers, in a SQLite file of their own: what support is let in to look at."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import attrs

STATUSES = ("open", "paid", "overdue")
MOST_NOTE = 500


@attrs.frozen(kw_only=True)
class Invoice:
    """
    One invoice.

    Attributes:
        tenant: Whose it is.
        number: Its number, unique at the tenant.
        place: The project or account that it belongs to; ``None`` where the tenant has none.
        customer: Who is to pay.
        cents: How much, in hundredths of a euro.
        status: One of :data:`STATUSES`.
        note: A note, for people to read.
    """

    tenant: str
    number: int
    place: str | None
    customer: str
    cents: int
    status: str
    note: str

    @property
    def amount(self) -> str:
        """How much, as people read it."""
        return f"€ {self.cents // 100:,}.{self.cents % 100:02}"


class Invoices:
    """All invoices. Every statement names the tenant: an invoice is never found by its number alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._run(
            "CREATE TABLE IF NOT EXISTS invoices (tenant TEXT NOT NULL, number INTEGER NOT NULL, place TEXT,"
            " customer TEXT NOT NULL, cents INTEGER NOT NULL, status TEXT NOT NULL, note TEXT NOT NULL,"
            " PRIMARY KEY (tenant, number)) STRICT"
        )

    def of(self, tenant: str) -> tuple[Invoice, ...]:
        """Return the invoices of *tenant* by number; none for a tenant that is not there."""
        return self._read("SELECT * FROM invoices WHERE tenant = ? ORDER BY number", tenant)

    def find(self, tenant: str, number: int) -> Invoice | None:
        """Return one invoice of *tenant*, if there is such a one."""
        found = self._read("SELECT * FROM invoices WHERE tenant = ? AND number = ?", tenant, number)
        return found[0] if found else None

    def update(self, invoice: Invoice, *, status: str, note: str) -> None:
        """Change what may be changed of *invoice*."""
        self._run(
            "UPDATE invoices SET status = ?, note = ? WHERE tenant = ? AND number = ?",
            (status, note, invoice.tenant, invoice.number),
        )

    def add(self, invoices: Iterable[Invoice]) -> None:
        """Add invoices, all or none."""
        with closing(sqlite3.connect(self._file)) as file, file:
            file.executemany(
                "INSERT INTO invoices VALUES (:tenant, :number, :place, :customer, :cents, :status, :note)",
                [attrs.asdict(invoice) for invoice in invoices],
            )

    def _read(self, statement: str, *values: object) -> tuple[Invoice, ...]:
        return tuple(Invoice(**dict(row)) for row in self._run(statement, values))

    def _run(self, statement: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        # A connection of its own for each call: handlers run in many threads, and this file is not what is slow.
        with closing(sqlite3.connect(self._file)) as file, file:
            file.row_factory = sqlite3.Row
            return file.execute(statement, tuple(values)).fetchall()
