"""
Every exception of grantkit, one tree under :class:`GrantkitError`.

Fields come first; the text is rendered from them, in one place, as *fact: consequence; remedy*. It shows ids and
never a secret or free text. Blame is in the type: :class:`InvalidInput` (the caller's values), :class:`Refused` (the
rules say no), :class:`NotFound`, :class:`Conflict` (somebody was there before), :class:`StoreError` (the backend),
:class:`AccessDenied` (a decision, raised by ``Decision.require``). Codes are API; wording is not.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast

import attrs
from typing_extensions import dataclass_transform

C = TypeVar("C", bound=type)


@dataclass_transform(kw_only_default=True, eq_default=False)
def _fields_first(cls: C) -> C:
    return attrs.define(kw_only=True, slots=False, eq=False, repr=False, str=False)(cls)


def _rebuild(cls: "type[GrantkitError]", fields: Mapping[str, Any]) -> "GrantkitError":
    return cls(**fields)


@_fields_first
class GrantkitError(Exception):
    """
    The root of the tree; never raised itself.

    Attributes:
        code: A stable name for programs to branch on.
        fact: What was found, as a template over the fields.
        consequence: What therefore did not happen.
        remedy: What to do now.
    """

    code: ClassVar[str] = "grantkit_error"
    fact: ClassVar[str] = "grantkit failed"
    consequence: ClassVar[str] = "nothing was written"
    remedy: ClassVar[str] = "see the fields of this error"

    @property
    def fields(self) -> dict[str, Any]:
        """The fields by name, for logs and problem documents."""
        return {name: getattr(self, name) for name in attrs.fields_dict(cast("Any", type(self)))}

    def __str__(self) -> str:
        shown = {name: _show(value) for name, value in self.fields.items()}
        return (
            f"{self.fact.format(**shown)}: {self.consequence.format(**shown)}; {self.remedy.format(**shown)}"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code}: {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only exceptions do not survive pickling by themselves, and workers pickle what they raise.
        return _rebuild, (type(self), self.fields)

    def __copy__(self) -> Self:
        return type(self)(**self.fields)


def _show(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[object, ...]", value))) or "nothing"
    return str(value)


INPUT_CODES: Mapping[str, tuple[str, str]] = {
    "wrong_type": ("{field} is of the wrong type", "pass {wants}"),
    "bad_id": ("{field} is not an id", "pass {wants}"),
    "bad_action": ("{field} is not an action", "pass {wants}"),
    "bad_resource": ("{field} is not a resource", "pass {wants}"),
    "bad_pattern": ("{field} is not a pattern", "pass {wants}"),
    "bad_duration": ("{field} is not a duration", "pass {wants}"),
    "bad_selector": ("{field} names nobody", "pass {wants}"),
    "bad_text": ("{field} has characters that do not belong in text", "pass {wants}"),
    "blank": ("{field} is missing or blank", "pass {wants}"),
    "too_long": ("{field} is too long", "pass {wants}"),
    "too_many": ("{field} has too many entries", "pass {wants}"),
    "naive_datetime": ("{field} has no time zone", "pass {wants}"),
    "odd_datetime": ("{field} has a time zone that gives no usable offset", "pass {wants}"),
    "out_of_range": ("{field} is out of range", "pass {wants}"),
    "empty_window": ("{field} is not after the start", "pass {wants}"),
    "required": ("{field} must be said", "pass {wants}"),
    "unknown": ("{field} is not known here", "pass {wants}"),
    "ambiguous": ("{field} could mean several things", "pass {wants}"),
    "duplicate": ("{field} is there twice", "pass {wants}"),
    "unknown_key": ("{field} has a key that means nothing", "pass {wants}"),
    "no_zone": ("{field} needs a time zone", "pass {wants}"),
    "law": ("{field} breaks a law that every rule set keeps", "write {wants}"),
    "foreign": ("{field} belongs to another tenant", "pass {wants}"),
    "not_plain": ("{field} is not plain data", "pass {wants}"),
}
"""Every code of :class:`InvalidInput`: what is wrong, and how its remedy begins."""


@_fields_first
class InvalidInput(GrantkitError, ValueError):
    """
    A value that cannot be right, whatever the rules say: nothing was read or written with it.

    Attributes:
        field: Which argument or field, as a path such as ``flows.access.ends[0]``.
        code: Why, one of :data:`INPUT_CODES`.
        wants: What would be accepted.
    """

    field: str
    code: str  # type: ignore[misc]  # here the code is a field, one of INPUT_CODES
    wants: str

    def __str__(self) -> str:
        fact, remedy = INPUT_CODES[self.code]
        shown = {"field": self.field, "wants": self.wants}
        return f"{fact.format(**shown)}: {self.consequence}; {remedy.format(**shown)}"


# --- the rules say no -------------------------------------------------------------------------------------------------


@_fields_first
class Refused(GrantkitError):
    """A well-formed command that the rules, or the state of things, do not allow."""

    code: ClassVar[str] = "refused"


@_fields_first
class NotEntitled(Refused):
    """The actor is not among those who may do this, over the whole scope at stake."""

    code: ClassVar[str] = "not_entitled"
    fact: ClassVar[str] = "{actor} may not {verb} here"
    remedy: ClassVar[str] = "ask one of: {needs}"
    actor: str
    verb: str
    needs: tuple[str, ...]


@_fields_first
class SelfApproval(Refused):
    """Nobody consents to their own access (B4)."""

    code: ClassVar[str] = "self_approval"
    fact: ClassVar[str] = "{actor} would consent to access for themselves"
    remedy: ClassVar[str] = "ask another entitled person"
    actor: str


@_fields_first
class ActingThroughGrant(Refused):
    """Whoever is inside a tenant through a grant changes no consent there."""

    code: ClassVar[str] = "acting_through_grant"
    fact: ClassVar[str] = "{actor} is acting through grant {via}"
    consequence: ClassVar[str] = "{verb} is not open to a support session"
    remedy: ClassVar[str] = "leave the session and act as yourself"
    actor: str
    via: str
    verb: str


@_fields_first
class NotEligible(Refused):
    """A predicate that the rules demand of every grantee does not hold (B11)."""

    code: ClassVar[str] = "not_eligible"
    fact: ClassVar[str] = "{grantee} does not satisfy {predicate}"
    remedy: ClassVar[str] = "name a grantee who does"
    grantee: str
    predicate: str


@_fields_first
class NotOffered(Refused):
    """The flow does not offer what was asked for."""

    code: ClassVar[str] = "not_offered"
    fact: ClassVar[str] = "flow {flow} does not offer {field} {asked}"
    remedy: ClassVar[str] = "choose from: {offered}"
    flow: str
    field: str
    asked: str
    offered: tuple[str, ...]


@_fields_first
class TermNotOffered(NotOffered):
    """The flow does not offer this end, or offers none as early as this (M4, T5)."""

    code: ClassVar[str] = "term_not_offered"


@_fields_first
class CapExceeded(Refused):
    """The end lies past the flow's ``longest``, counted from the first start (I-30)."""

    code: ClassVar[str] = "cap_exceeded"
    fact: ClassVar[str] = "an end at {ends_at} is past the cap of flow {flow}, {cap}"
    remedy: ClassVar[str] = "choose an end no later than the cap"
    flow: str
    ends_at: datetime | str
    cap: datetime


@_fields_first
class ConfirmationMismatch(Refused):
    """The typed word is missing or wrong (P4, P5). Neither word is shown."""

    code: ClassVar[str] = "confirmation_mismatch"
    fact: ClassVar[str] = "the typed word is not the one that flow {flow} asks for"
    remedy: ClassVar[str] = "pass word= exactly as the page shows it, upper and lower case kept"
    flow: str


@_fields_first
class StepsRemain(Refused):
    """One act does not settle a flow that calls for several answers."""

    code: ClassVar[str] = "steps_remain"
    fact: ClassVar[str] = "flow {flow} calls for {needed} answers"
    remedy: ClassVar[str] = "choose a flow that one answer settles"
    flow: str
    needed: int


@_fields_first
class TenantFrozen(Refused):
    """While a tenant, or one agent there, is frozen, nothing is created or widened (B7)."""

    code: ClassVar[str] = "tenant_frozen"
    fact: ClassVar[str] = "{frozen} is frozen at tenant {tenant}"
    remedy: ClassVar[str] = "a member of the tenant may unfreeze first"
    tenant: str
    frozen: str


@_fields_first
class ClockBehind(Refused):
    """The clock reads earlier than the record by more than the tolerance: widening waits, narrowing works (I-7)."""

    code: ClassVar[str] = "clock_behind"
    fact: ClassVar[str] = "the clock reads {now}, the record of tenant {tenant} has seen {seen_at}"
    remedy: ClassVar[str] = "set the clock right, or call ledger.correct_clock if the record ran ahead"
    tenant: str
    now: datetime
    seen_at: datetime


# --- what is there, and who was there before --------------------------------------------------------------------------


@_fields_first
class NotFound(GrantkitError):
    """There is no such thing at this tenant; absent and foreign look the same."""

    code: ClassVar[str] = "not_found"
    fact: ClassVar[str] = "there is no {what} {id} at tenant {tenant}"
    remedy: ClassVar[str] = "look it up again"
    what: str
    id: str
    tenant: str


@_fields_first
class Conflict(GrantkitError):
    """The state of things is not what the command was based on."""

    code: ClassVar[str] = "conflict"


@_fields_first
class HeadMoved(Conflict):
    """Another command of the tenant was written first; a store raises this, the driver recomputes and retries."""

    code: ClassVar[str] = "head_moved"
    fact: ClassVar[str] = "the ledger of tenant {tenant} is no longer at {expected}"
    remedy: ClassVar[str] = "read again and retry"
    tenant: str
    expected: int


@_fields_first
class StaleVersion(Conflict):
    """The change was based on a version that is no longer current (T13); never retried by grantkit."""

    code: ClassVar[str] = "stale_version"
    fact: ClassVar[str] = "grant {id} is at version {current}, the change was based on {version}"
    remedy: ClassVar[str] = "show the current terms, then pass their version"
    id: str
    version: int
    current: int


@_fields_first
class IllegalTransition(Conflict):
    """No such step leads out of the state that the thing is in (I-22)."""

    code: ClassVar[str] = "illegal_transition"
    fact: ClassVar[str] = "grant {id} is {state}"
    consequence: ClassVar[str] = "{verb} is not open to it and nothing was written"
    remedy: ClassVar[str] = "{instead}"
    id: str
    state: str
    verb: str
    instead: str


@_fields_first
class IdempotencyMismatch(Conflict):
    """The key was used before, for something else (I-21)."""

    code: ClassVar[str] = "idempotency_mismatch"
    fact: ClassVar[str] = "key {key} stands for another {verb}"
    remedy: ClassVar[str] = "use a new key for a new command, the same arguments for a retry"
    key: str
    verb: str


# --- the backend ------------------------------------------------------------------------------------------------------


@_fields_first
class StoreError(GrantkitError):
    """The store failed; a decision becomes a deny, a command raises."""

    code: ClassVar[str] = "store_error"
    fact: ClassVar[str] = "the store failed"
    remedy: ClassVar[str] = "see the cause"


@_fields_first
class Unavailable(StoreError):
    """Something outside grantkit could not be reached, or too many writers were in the way; worth a retry."""

    code: ClassVar[str] = "unavailable"
    fact: ClassVar[str] = "{what} is not available"
    remedy: ClassVar[str] = "try again; the cause is attached"
    what: str


# --- a decision -------------------------------------------------------------------------------------------------------


class Explained(Protocol):
    """What :class:`AccessDenied` asks of the decision that it carries."""

    def explain(self, to: str = "host") -> str:
        """Say the decision in plain words."""
        ...


@_fields_first
class AccessDenied(GrantkitError):
    """
    Raised by ``Decision.require()``; carries the decision.

    Its text is what the agent may see (``explain(to="agent")``), since hosts print exceptions to whoever is there;
    ``error.decision`` has the rest.
    """

    code: ClassVar[str] = "access_denied"
    decision: Any

    def __str__(self) -> str:
        decision: Explained = self.decision
        return decision.explain(to="agent")
