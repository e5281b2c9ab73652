"""Ids: random and opaque, with nothing in them to learn or to guess."""

from base64 import b32encode
from os import urandom


def random_seed() -> bytes:
    """Return 32 random bytes."""
    return urandom(32)


def random_id(prefix: str) -> str:
    """Return *prefix* and 26 characters that carry 128 random bits."""
    return prefix + b32encode(urandom(16)).decode().rstrip("=").lower()
