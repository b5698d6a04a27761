"""What a call of an embedded backend costs: measured once, in milliseconds, and predicted from the input's size."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).resolve().parent.parent / "embedded_costs.json"


class Work(NamedTuple):
    """What a call is made of. `kind` is its row in the file; `worked` counts what the model goes over (megapixels
    of the reduced image, or 1,000 characters), `whole` the megapixels that had to be reduced first."""

    kind: str
    worked: float
    whole: float = 0.0


def predicted(backend: str, work: Work) -> float:
    """Milliseconds of one call."""
    fixed, worked, whole = _table()[backend, work.kind]
    return fixed + worked * work.worked + whole * work.whole


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], tuple[float, float, float]]:
    read = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        (backend, kind): (float(entry["fixed"]), float(entry["worked"]), float(entry["whole"]))
        for backend, kinds in read["backends"].items()
        for kind, entry in kinds.items()
    }
