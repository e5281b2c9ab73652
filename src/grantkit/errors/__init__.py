"""
Every exception of grantkit, one tree under :class:`GrantkitError`.

Fields come first; the text is rendered from them, in one place, as *fact: consequence; remedy*. It shows ids and
never a secret or free text. Blame is in the type: :class:`InvalidInput` (the caller's values), :class:`Refused` (the
rules say no), :class:`NotFound`, :class:`Conflict` (somebody was there before), :class:`StoreError` (the backend),
:class:`LedgerError` (a record that is not what was written), :class:`AccessDenied` (a decision, raised by
``Decision.require``). Codes are API; wording is not.
"""

from grantkit.errors.base import INPUT_CODES, GrantkitError, InvalidInput
from grantkit.errors.conflicts import (
    AlreadyDecided,
    Conflict,
    DigestMismatch,
    FlowChanged,
    HeadMoved,
    IdempotencyMismatch,
    IllegalTransition,
    NotFound,
    RequestLapsed,
    StaleVersion,
)
from grantkit.errors.failures import AccessDenied, Corrupt, NotReady, OutcomeUnknown, StoreError, Unavailable
from grantkit.errors.ledger import ChainBroken, LedgerError
from grantkit.errors.refusals import (
    ActingThroughGrant,
    AgentSuspended,
    AlreadyAnswered,
    CapExceeded,
    ClockBehind,
    ConfirmationMismatch,
    ConsentMissing,
    ExceedsParent,
    ExceedsRequest,
    NotEligible,
    NotEntitled,
    NotOffered,
    Refused,
    SelfApproval,
    StepsRemain,
    TenantFrozen,
    TermNotOffered,
)

__all__ = [
    "INPUT_CODES",
    "AccessDenied",
    "ActingThroughGrant",
    "AgentSuspended",
    "AlreadyAnswered",
    "AlreadyDecided",
    "CapExceeded",
    "ChainBroken",
    "ClockBehind",
    "ConfirmationMismatch",
    "Conflict",
    "ConsentMissing",
    "Corrupt",
    "DigestMismatch",
    "ExceedsParent",
    "ExceedsRequest",
    "FlowChanged",
    "GrantkitError",
    "HeadMoved",
    "IdempotencyMismatch",
    "IllegalTransition",
    "InvalidInput",
    "LedgerError",
    "NotEligible",
    "NotEntitled",
    "NotFound",
    "NotOffered",
    "NotReady",
    "OutcomeUnknown",
    "Refused",
    "RequestLapsed",
    "SelfApproval",
    "StaleVersion",
    "StepsRemain",
    "StoreError",
    "TenantFrozen",
    "TermNotOffered",
    "Unavailable",
]
