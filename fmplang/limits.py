"""Ceilings and their counters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use. All limits are on by default; each has a code of its own (FMP6xx).

    Sizes are in characters for text and source, in elements for lists, sets and dicts, in bits for integers,
    in bytes for memory and image files, in seconds for times. `spend` is in the pool's unit of cost; None
    leaves it open.
    """

    source: int = 64 * 1024
    nodes: int = 10_000
    nesting: int = 64
    steps: int = 1_000_000
    call_depth: int = 64
    own_seconds: float = 5.0
    seconds: float = 300.0
    memory: int = 64 * 1024 * 1024
    string: int = 1024 * 1024
    items: int = 100_000
    integer_bits: int = 256
    neural_calls: int = 64
    spend: float | None = None
    image_bytes: int = 20_000_000
    image_pixels: int = 20_000_000
    sites: int = 10_000
