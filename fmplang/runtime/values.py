"""The closed universe of values: what a program can hold, and nothing else.

None, bool, int, float, str, list, dict and tuple are Python's own; sets are OrderedSet, records RecordValue;
Image, Video and Audio are opaque and immutable; function values are callables that the interpreter made.
"""

from __future__ import annotations

from fmplang.runtime.values_record import RecordShape, RecordValue, fields_of, record, shape_of
from fmplang.runtime.values_set import OrderedSet

__all__ = ["OrderedSet", "RecordShape", "RecordValue", "fields_of", "record", "shape_of"]
