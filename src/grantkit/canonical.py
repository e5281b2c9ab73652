"""
Canonical bytes and digests of plain data.

Plain data is ``None``, ``bool``, ``int`` below 2**53, ``str`` without lone surrogates, lists, and dicts with ASCII
keys. On that restriction, sorted and compact ``json.dumps`` is RFC 8785 (the tests hold it against an independent
writer): floats are left out because their text differs between writers, large integers because readers round them,
and keys outside ASCII because RFC 8785 sorts by UTF-16 units where Python sorts by code points.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias, cast

from grantkit.errors import InvalidInput
from grantkit.inputs import shown

Plain: TypeAlias = "bool | int | str | Sequence[Plain] | Mapping[str, Plain] | None"

MAX_INT = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""


def canonical_bytes(data: Plain) -> bytes:
    r"""
    Return the one spelling of *data*, as UTF-8.

    >>> canonical_bytes({"b": [1, True], "a": "é"})
    b'{"a":"\xc3\xa9","b":[1,true]}'

    Raises:
        InvalidInput: If something in *data* is not plain; the field is its path.
    """
    return json.dumps(
        _plain("data", data), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def digest(data: Plain) -> str:
    """Return the SHA-256 of the canonical bytes of *data*, as 64 hexadecimal digits."""
    return sha256(canonical_bytes(data)).hexdigest()


def _plain(path: str, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int and -MAX_INT <= value <= MAX_INT:
        return value
    if type(value) is str and not any("\ud800" <= char <= "\udfff" for char in value):
        return value
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return [_plain(f"{path}[{index}]", item) for index, item in enumerate(items)]
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {_key(path, key): _plain(f"{path}.{shown(key)}", item) for key, item in pairs.items()}
    wants = "null, booleans, integers below 2**53, text, lists and objects"
    raise InvalidInput(field=path, code="not_plain", wants=wants)


def _key(path: str, key: object) -> str:
    if type(key) is not str or not key.isascii():
        raise InvalidInput(field=path, code="not_plain", wants="keys that are ASCII text")
    return key
