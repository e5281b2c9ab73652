"""
grantkit: support access to a customer's account, only when the customer said so.

The front door: the public names and nothing else. Stores live in :mod:`grantkit.stores`, errors beyond the six below in
:mod:`grantkit.errors`, the fake clock in :mod:`grantkit.testing`.
"""

from grantkit.clocks import SystemClock
from grantkit.decision import Decision, PastDecision, Reason, TenantFacts, authorize
from grantkit.errors import AccessDenied, Conflict, GrantkitError, InvalidInput, NotFound, Refused
from grantkit.model import (
    VENDOR,
    AccessRequest,
    Agent,
    Calendar,
    Consent,
    Elapsed,
    EndOfDay,
    Grant,
    Instant,
    LedgerHead,
    Member,
    OpenEnded,
    Scope,
    Soonest,
    StartOfDay,
    System,
    Team,
)
from grantkit.policy import ADMINISTRATOR, READ_ONLY, PermissionPolicy
from grantkit.ports import Clock
from grantkit.rules import AccessRules
from grantkit.service import AsyncSupportAccess, SupportAccess

__all__ = [
    "ADMINISTRATOR",
    "READ_ONLY",
    "VENDOR",
    "AccessDenied",
    "AccessRequest",
    "AccessRules",
    "Agent",
    "AsyncSupportAccess",
    "Calendar",
    "Clock",
    "Conflict",
    "Consent",
    "Decision",
    "Elapsed",
    "EndOfDay",
    "Grant",
    "GrantkitError",
    "Instant",
    "InvalidInput",
    "LedgerHead",
    "Member",
    "NotFound",
    "OpenEnded",
    "PastDecision",
    "PermissionPolicy",
    "Reason",
    "Refused",
    "Scope",
    "Soonest",
    "StartOfDay",
    "SupportAccess",
    "System",
    "SystemClock",
    "Team",
    "TenantFacts",
    "authorize",
]
