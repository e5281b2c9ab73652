"""What is there, and who was there before."""

from datetime import datetime
from typing import ClassVar

from grantkit.errors.base import GrantkitError, fields_first


@fields_first
class NotFound(GrantkitError):
    """
    There is no such thing at this tenant; absent and foreign look the same.

    Attributes:
        what: What was looked for.
        id: Its id.
        tenant: Where.
    """

    code: ClassVar[str] = "not_found"
    fact: ClassVar[str] = "there is no {what} {id} at tenant {tenant}"
    remedy: ClassVar[str] = "look it up again"
    what: str
    id: str
    tenant: str


@fields_first
class Conflict(GrantkitError):
    """The state of things is not what the command was based on."""

    code: ClassVar[str] = "conflict"


@fields_first
class HeadMoved(Conflict):
    """
    Another command of the tenant was written first; a store raises this, the driver recomputes and retries.

    Attributes:
        tenant: The tenant.
        expected: The sequence at which its record was expected.
    """

    code: ClassVar[str] = "head_moved"
    fact: ClassVar[str] = "the ledger of tenant {tenant} is no longer at {expected}"
    remedy: ClassVar[str] = "read again and retry"
    tenant: str
    expected: int


@fields_first
class StaleVersion(Conflict):
    """
    The change was based on a version that is no longer current (T13); never retried by grantkit.

    Attributes:
        id: The grant.
        version: The version that the change was based on.
        current: The version that it has.
    """

    code: ClassVar[str] = "stale_version"
    fact: ClassVar[str] = "grant {id} is at version {current}, the change was based on {version}"
    remedy: ClassVar[str] = "show the current terms, then pass their version"
    id: str
    version: int
    current: int


@fields_first
class IllegalTransition(Conflict):
    """
    No such step leads out of the state that the thing is in (I-22).

    Attributes:
        id: The grant, consent or request.
        state: The state that it is in.
        verb: The step that is not open to it.
        instead: What to do instead.
        what: What it is.
    """

    code: ClassVar[str] = "illegal_transition"
    fact: ClassVar[str] = "{what} {id} is {state}"
    consequence: ClassVar[str] = "{verb} is not open to it and nothing was written"
    remedy: ClassVar[str] = "{instead}"
    id: str
    state: str
    verb: str
    instead: str
    what: str = "grant"


@fields_first
class AlreadyDecided(Conflict):
    """
    The request was settled before: the first decision stands (J6).

    Attributes:
        id: The request.
        state: How: approved, denied, withdrawn, or cut off by a ``revoke_all`` (B3).
        verb: What came too late.
    """

    code: ClassVar[str] = "already_decided"
    fact: ClassVar[str] = "request {id} is {state}"
    consequence: ClassVar[str] = "the first decision stands, and {verb} changes nothing"
    remedy: ClassVar[str] = "look the request up; what was given can be revoked or relinquished"
    id: str
    state: str
    verb: str


@fields_first
class RequestLapsed(Conflict):
    """
    The open step of the request was not decided in time (B1).

    Attributes:
        id: The request.
        lapsed_at: When it lapsed.
        verb: What came too late.
    """

    code: ClassVar[str] = "request_lapsed"
    fact: ClassVar[str] = "request {id} lapsed at {lapsed_at}"
    consequence: ClassVar[str] = "{verb} came too late and nothing was written"
    remedy: ClassVar[str] = "have it asked anew"
    id: str
    lapsed_at: datetime
    verb: str


@fields_first
class DigestMismatch(Conflict):
    """
    The terms are not those that were shown: somebody has narrowed them since, or they are another request's.

    Attributes:
        id: The request.
    """

    code: ClassVar[str] = "digest_mismatch"
    fact: ClassVar[str] = "what was agreed to is not what request {id} asks for now"
    remedy: ClassVar[str] = "show preview() again, then pass its digest"
    id: str


@fields_first
class FlowChanged(Conflict):
    """
    The flow by which the request was asked has another form now, or is gone.

    Attributes:
        id: The request.
        flow: The flow.
    """

    code: ClassVar[str] = "flow_changed"
    fact: ClassVar[str] = "flow {flow} is not what it was when request {id} was asked"
    consequence: ClassVar[str] = "it can be denied or withdrawn, and approved no more"
    remedy: ClassVar[str] = "have it asked anew"
    id: str
    flow: str


@fields_first
class IdempotencyMismatch(Conflict):
    """
    The key was used before, for something else (I-21).

    Attributes:
        key: The key.
        verb: The verb that it was used with.
    """

    code: ClassVar[str] = "idempotency_mismatch"
    fact: ClassVar[str] = "key {key} stands for another {verb}"
    remedy: ClassVar[str] = "use a new key for a new command, the same arguments for a retry"
    key: str
    verb: str
