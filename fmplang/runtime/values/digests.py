"""A stable hash of any value, the same in every process: the key of caches."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.fitting import type_name
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.records import RecordValue
from fmplang.runtime.values.sets import OrderedSet
from fmplang.runtime.values.video import Video


def digest(value: Any) -> str:
    """32 hex digits. Equal for values of equal types and parts; 1, 1.0 and True differ, as their texts do.

    Dicts and sets count in their order, which programs can see. Images count by pixels and box, not by path.
    TypeError for a function.
    """
    return _digest(value, {}).hex()


def _digest(value: Any, seen: dict[int, bytes]) -> bytes:
    kind = type(value)
    if kind is str:
        return _hash(b"s", value.encode("utf-8", "surrogatepass"))
    if value is None or kind is bool or kind is float:
        return _hash(b"c", repr(value).encode())
    if kind is int:
        return _hash(b"i", hex(value).encode())
    if kind is Image or kind is Video or kind is Audio:
        return _hash(b"m", f"{kind.__name__}:{value.digest}".encode())
    known = seen.get(id(value))
    if known is None:
        known = seen[id(value)] = _container(value, seen)
    return known


def _container(value: Any, seen: dict[int, bytes]) -> bytes:
    kind = type(value)
    if kind is list or kind is tuple or kind is OrderedSet:
        tag, parts = kind.__name__, list(value)
    elif kind is dict:
        tag, parts = "dict", [part for pair in value.items() for part in pair]
    elif kind is RecordValue:
        shape = value.__shape__
        tag, parts = f"{shape.module}.{shape.name}({','.join(shape.fields)})", list(value.__values__)
    else:
        raise TypeError(f"a {type_name(value)} has no digest")
    return _hash(tag.encode() + b"\0", b"".join(_digest(part, seen) for part in parts))


def _hash(tag: bytes, data: bytes) -> bytes:
    return blake2b(tag + data, digest_size=16).digest()
