"""What failed outside, and the denial that ``require`` raises."""

from typing import Any, ClassVar, Protocol

from grantkit.errors.base import GrantkitError, fields_first


@fields_first
class StoreError(GrantkitError):
    """The store failed; a decision becomes a deny, a command raises."""

    code: ClassVar[str] = "store_error"
    fact: ClassVar[str] = "the store failed"
    remedy: ClassVar[str] = "see the cause"


@fields_first
class Unavailable(StoreError):
    """
    Something outside grantkit could not be reached, or too many writers were in the way; worth a retry.

    Attributes:
        what: What could not be had.
    """

    code: ClassVar[str] = "unavailable"
    fact: ClassVar[str] = "{what} could not be had"
    remedy: ClassVar[str] = "try again; see the cause, if one is attached"
    what: str


@fields_first
class NotReady(Unavailable):
    """
    What records are kept in cannot serve as it is set up; only whoever runs it can change that.

    Attributes:
        what: What could not be had.
        do: What to do about it.
    """

    code: ClassVar[str] = "not_ready"
    remedy: ClassVar[str] = "{do}; trying again changes nothing"
    do: str


@fields_first
class OutcomeUnknown(StoreError):
    """
    The store failed while it was writing: the command may have been recorded or not.

    Attributes:
        what: What failed.
    """

    code: ClassVar[str] = "outcome_unknown"
    fact: ClassVar[str] = "{what} failed while it was writing"
    consequence: ClassVar[str] = "the command may or may not have been recorded"
    remedy: ClassVar[str] = "look, or repeat it with the same key; the cause is attached"
    what: str


@fields_first
class Corrupt(StoreError):
    """
    What a store handed back cannot be.

    Attributes:
        what: What is wrong with it.
    """

    code: ClassVar[str] = "corrupt"
    fact: ClassVar[str] = "the store handed back {what}"
    remedy: ClassVar[str] = "do not write on; compare the record with a copy"
    what: str


class Explained(Protocol):
    """What :class:`AccessDenied` asks of the decision that it carries."""

    def explain(self, to: str = "host") -> str:
        """Say the decision in plain words."""
        ...


@fields_first
class AccessDenied(GrantkitError):
    """
    Raised by ``Decision.require()``; carries the decision.

    Its text is what the agent may see (``explain(to="agent")``), since hosts print exceptions to whoever is there;
    ``error.decision`` has the rest.

    Attributes:
        decision: The :class:`~grantkit.Decision`.
    """

    code: ClassVar[str] = "access_denied"
    decision: Any

    def __str__(self) -> str:
        decision: Explained = self.decision
        return decision.explain(to="agent")
