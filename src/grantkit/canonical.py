"""
Canonical bytes and digests of plain data.

Plain data is ``None``, ``bool``, ``int`` below 2**53, ``str`` without lone surrogates, lists, and dicts with ASCII
keys. On that restriction, sorted and compact ``json.dumps`` is RFC 8785 (the tests hold it against an independent
writer): floats are left out because their text differs between writers, large integers because readers round them,
and keys outside ASCII because RFC 8785 sorts by UTF-16 units where Python sorts by code points.
"""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias, cast

from grantkit.errors import InvalidInput
from grantkit.inputs import shown

Plain: TypeAlias = "bool | int | str | Sequence[Plain] | Mapping[str, Plain] | None"

MAX_INT = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""


_SURROGATE = re.compile("[\ud800-\udfff]")


def canonical_bytes(data: Plain) -> bytes:
    r"""
    Return the one spelling of *data*, as UTF-8.

    >>> canonical_bytes({"b": [1, True], "a": "é"})
    b'{"a":"\xc3\xa9","b":[1,true]}'

    Raises:
        InvalidInput: If something in *data* is not plain; the field is its path.
    """
    found = data if _sound(data) else _plain("data", data)
    return json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(data: Plain) -> str:
    """Return the SHA-256 of the canonical bytes of *data*, as 64 hexadecimal digits."""
    return sha256(canonical_bytes(data)).hexdigest()


def _sound(value: object) -> bool:
    """Whether *value* is plain as it stands: most is, and then it need not be copied to be sure of it."""
    kind = type(value)
    if kind is str:
        return cast("str", value).isascii() or not _SURROGATE.search(cast("str", value))
    if value is None or kind is bool:
        return True
    if kind is dict:
        pairs = cast("dict[object, object]", value)
        return all(type(key) is str and key.isascii() for key in pairs) and all(map(_sound, pairs.values()))
    if kind is list:
        return all(map(_sound, cast("list[object]", value)))
    return kind is int and -MAX_INT <= cast("int", value) <= MAX_INT


def _plain(path: str, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int and -MAX_INT <= value <= MAX_INT:
        return value
    if type(value) is str and not _SURROGATE.search(value):
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
