"""Run ids: short, unique, and sorting by the time they were made."""

from __future__ import annotations

import re
import secrets
import threading
from time import time_ns

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
TIME, CHANCE = 9, 7  # characters: milliseconds until the year 3084, then 35 random bits
LENGTH = TIME + CHANCE
PREFIX = re.compile(rf"[{ALPHABET}]{{1,{LENGTH}}}\Z")

_lock = threading.Lock()
_last = 0


def new_run_id() -> str:
    """16 characters. Two ids made by one process always sort in the order in which they were made."""
    global _last
    made = (time_ns() // 1_000_000) << (5 * CHANCE) | secrets.randbits(5 * CHANCE)
    with _lock:
        _last = made = max(made, _last + 1)
    return "".join(ALPHABET[made >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
