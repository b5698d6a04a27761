"""Reading weights: the safetensors format, which holds numbers and nothing that runs.

Eight bytes of length, a JSON header of that length (name -> dtype, shape, offsets), then the numbers.
"""

from __future__ import annotations

import json
import mmap
import struct
from pathlib import Path
from typing import Any

import numpy as np

from fmplang.errors import ConfigError

MOST_HEADER = 16 * 1024 * 1024  # bytes
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "|i1", "U8": "|u1"}


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file by name: read-only views of the mapped file. Raises ConfigError (FMP804)."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file
        raise _damaged(path, str(error)) from None
    try:
        (length,) = struct.unpack("<Q", data[:8])
        if length > MOST_HEADER:
            raise ValueError(f"a header of {length} bytes")
        header = json.loads(data[8 : 8 + length].decode("utf-8"))
        if not isinstance(header, dict):
            raise ValueError("its header is no table")
        return {name: _tensor(data, 8 + length, entry) for name, entry in header.items() if name != "__metadata__"}
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, str(error) or type(error).__name__) from None


def read_shapes(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The dtype ("F32") and shape of each tensor of a file by name; reads the header alone. ConfigError (FMP804)."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > MOST_HEADER:
                raise ValueError(f"a header of {length} bytes")
            header = json.loads(file.read(length).decode("utf-8"))
        return {name: (str(entry["dtype"]), tuple(int(side) for side in entry["shape"]))
                for name, entry in header.items() if name != "__metadata__"}
    except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, str(error) or type(error).__name__) from None


def _tensor(data: mmap.mmap, base: int, entry: Any) -> np.ndarray:
    dtype = np.dtype(_DTYPES[entry["dtype"]])
    shape = [int(side) for side in entry["shape"]]
    start, end = (int(offset) for offset in entry["data_offsets"])
    count = int(np.prod(shape, dtype=np.int64))
    if min([*shape, 0]) < 0 or start < 0 or end - start != count * dtype.itemsize or base + end > len(data):
        raise ValueError("a tensor does not lie where the header says")
    return np.frombuffer(data, dtype, count, base + start).reshape(shape)


def _damaged(path: Path, why: str) -> ConfigError:
    return ConfigError(f"{path}: the weights cannot be read: {why}", code="FMP804",
                       hint="Give the path of a safetensors file, or get it again.")
