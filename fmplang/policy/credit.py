"""What an exchange would have been worth, once an outcome is known."""

from __future__ import annotations

from typing import Any

from fmplang.policy.base import Outcome
from fmplang.runtime.trace import Comparison, RunRecord


def gain_of(run: RunRecord, comparison: Comparison, outcome: Outcome) -> float | None:
    """U of the other final value minus U of the run's own; None where the outcome does not tell.

    With a label, the other value is right or wrong by it. With a reward alone: of two truth values exactly one is
    right; where the run's own answer was right, any other is wrong; else nothing is known.
    """
    if not comparison.changed:
        return 0.0
    if outcome.label is not None:
        return float(agrees(comparison.final, outcome.label)) - outcome.reward
    if isinstance(run.value, bool) and isinstance(comparison.final, bool):
        return (1.0 - outcome.reward) - outcome.reward
    return -outcome.reward if outcome.reward >= 1.0 else None


def agrees(value: Any, label: Any) -> bool:
    """Whether a final value is the label: truth values also as yes/no, numbers by value, texts without case."""
    if isinstance(value, bool):
        return _truth(label) is value
    if isinstance(value, (int, float)) and not isinstance(label, bool):
        try:
            return float(label) == float(value)
        except (TypeError, ValueError):
            return False
    return " ".join(str(value).lower().split()) == " ".join(str(label).lower().split())


def _truth(label: Any) -> bool | None:
    if isinstance(label, bool):
        return label
    text = str(label).strip().lower()
    return True if text in ("true", "yes", "1") else False if text in ("false", "no", "0") else None
