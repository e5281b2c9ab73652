"""What is wrong with a record."""

from typing import ClassVar

from grantkit.errors.base import GrantkitError, fields_first


@fields_first
class LedgerError(GrantkitError):
    """A record is not what it should be."""

    code: ClassVar[str] = "ledger_error"
    fact: ClassVar[str] = "the record is not what it should be"
    remedy: ClassVar[str] = "see the cause"


@fields_first
class ChainBroken(LedgerError):
    """
    A record, or the projection that decisions read, is not what was written.

    Attributes:
        tenant: Whose record.
        seq: The first sequence at which it shows.
        what: What is wrong there.
    """

    code: ClassVar[str] = "chain_broken"
    fact: ClassVar[str] = "the record of {tenant} is broken at event {seq} ({what})"
    consequence: ClassVar[str] = "nothing from there on proves anything"
    remedy: ClassVar[str] = (
        "keep everything as it is, and compare it with a copy and with the heads given out"
    )
    tenant: str
    seq: int
    what: str
