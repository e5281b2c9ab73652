"""The async shell: made from the sync one by ``tools/twin.py``, verb by verb."""

from grantkit.service.aio.access import AsyncSupportAccess

__all__ = ["AsyncSupportAccess"]
