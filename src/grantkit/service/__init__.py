"""The shells: a generator of steps, a driver that carries them out, and the door that hosts use."""

from grantkit.service.access import SupportAccess
from grantkit.service.agreements import Agreement, Evidence
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
