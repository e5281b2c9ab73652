"""The shells: a generator of steps, a driver that carries them out, and the door that hosts use."""

from grantkit.service.access import SupportAccess
from grantkit.service.looks import GrantStatus
from grantkit.service.records import Verified

__all__ = ["GrantStatus", "SupportAccess", "Verified"]
