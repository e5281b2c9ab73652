"""The shells: generators of steps, the drivers that carry them out, and the doors that hosts use."""

from grantkit.service.access import SupportAccess
from grantkit.service.agreements import Agreement, Evidence
from grantkit.service.aio import AsyncSupportAccess
from grantkit.service.records import Verified
from grantkit.service.statuses import (
    ConsentStatus,
    GrantStatus,
    RequestStatus,
    SessionStatus,
    Standing,
    Status,
)

__all__ = [
    "Agreement",
    "AsyncSupportAccess",
    "ConsentStatus",
    "Evidence",
    "GrantStatus",
    "RequestStatus",
    "SessionStatus",
    "Standing",
    "Status",
    "SupportAccess",
    "Verified",
]
