"""From a label or a reward to an outcome, as it is recorded and as a policy learns from it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from hashlib import sha256
from time import time
from typing import Any

from fmplang.config import number_from
from fmplang.errors import InputError, LedgerError
from fmplang.ledger.base import StoredOutcome, StoredRun
from fmplang.ledger.plain import dump
from fmplang.policy.base import Outcome
from fmplang.runtime.trace import Comparison, RunRecord


class _Unsaid:
    """The label of feedback that has none (None is a label)."""

    def __repr__(self) -> str:
        return "UNSAID"


UNSAID = _Unsaid()
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def outcome_of(stored: StoredRun, label: Any, reward: float | None, weight: float = 1.0,
               outcome_id: str | None = None) -> StoredOutcome:
    """The outcome to record. InputError (FMP818) where the feedback makes no sense, LedgerError (FMP828) where
    the run never ended."""
    record = stored.record
    if not stored.finished:
        raise LedgerError(f"run {record.id} did not finish, so there is no answer to judge", code="FMP828",
                          hint="run the program again")
    if (label is UNSAID) == (reward is None):
        raise _senseless("feedback is either a label or a reward", "give one of them")
    plain = None if label is UNSAID else _plain(label)
    if reward is None:
        value = json.loads(dump(record.value))
        reward = 0.0 if record.error is not None else float(same_answer(value, plain, record.type))
    found = _between(reward, "a reward is a number from 0 to 1", 0, 1)
    heavy = _between(weight, "a weight is a number above 0", 0, math.inf)
    if heavy == 0:
        raise _senseless("a weight is a number above 0, not 0", "leave it out")
    made = StoredOutcome("", record.id, found, plain, heavy)
    if outcome_id is not None:
        return _with_id(made, outcome_id)
    last = stored.outcomes[-1] if stored.outcomes else None
    if last is not None and (last.reward, last.label, last.weight) == (found, plain, heavy):
        return last
    said = json.dumps([record.id, len(stored.outcomes), found, plain, heavy])
    return _with_id(made, sha256(said.encode()).hexdigest()[:24])


def check_label(label: Any, type_: str) -> None:
    """InputError (FMP818) where no answer of the type could ever be held against the label."""
    try:
        json.dumps(label, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _senseless(f"{label!r:.60} is no label: {error}", f"give a {type_}") from None
    if isinstance(label, str):
        label = _read(label, type_)
    inner = type_.removesuffix(" | None")
    if label is None and inner != type_:
        return
    kinds: dict[str, type | tuple[type, ...]] = {"bool": bool, "int": (int, float), "float": (int, float), "str": str}
    if inner in kinds and (not isinstance(label, kinds[inner]) or isinstance(label, bool) != (inner == "bool")):
        raise _senseless(f"the label {label!r:.60} is no {type_}, as the program's answer is", f"give a {type_}")


def outcome_for(record: RunRecord, outcome: StoredOutcome) -> Outcome:
    """The outcome as a policy is told it: with what each exchange of the run would have earned."""
    label = None if outcome.label is None else str(outcome.label)
    return Outcome(outcome.run_id, outcome.reward, label, outcome.weight,
                   tuple(_exchanged(record, outcome, one) for one in record.comparisons))


def _exchanged(record: RunRecord, outcome: StoredOutcome, comparison: Comparison) -> float | None:
    """The reward of the other final value: by the label; else 0 for a failure, and of two truth values exactly one is
    right, and where the run was right another value is wrong; else nothing is known."""
    if comparison.changed is None:
        return None
    if not comparison.changed:
        return outcome.reward
    if comparison.error is not None:
        return 0.0
    final = json.loads(dump(comparison.final))
    if outcome.label is not None:
        try:
            return float(same_answer(final, outcome.label, record.type))
        except InputError:
            return None
    if isinstance(record.value, bool) and isinstance(final, bool):
        return 1.0 - outcome.reward
    return 0.0 if outcome.reward >= 1.0 else None


def _with_id(outcome: StoredOutcome, outcome_id: str) -> StoredOutcome:
    if not isinstance(outcome_id, str) or not outcome_id:
        raise _senseless(f"{outcome_id!r} is no id of an outcome", "give a text")
    return replace(outcome, id=outcome_id, recorded=time())


def _between(value: Any, what: str, low: float, high: float) -> float:
    try:
        found = float(number_from(value))
    except ValueError:
        found = math.nan
    if not low <= found <= high:
        raise _senseless(f"{what}, not {value!r}", "1 is a perfect answer, 0 a useless one")
    return found


def _senseless(message: str, hint: str) -> InputError:
    return InputError(message, code="FMP818", hint=hint)


def _plain(label: Any) -> Any:
    from fmplang.runtime.values import copy_in

    try:
        return json.loads(dump(copy_in(label)))
    except (TypeError, ValueError) as error:
        raise _senseless(f"{label!r:.80} is no label: {error}", "give the answer that would have been right") from None


def same_answer(value: Any, label: Any, type_: str) -> bool:
    """Whether a run's value (as plain JSON, of the type spelled `type_`) is what the label says it should be.

    Texts are compared without regard to case and spaces, floats to nine digits. A label in text stands for a value of
    the type, as on the command line. InputError where it cannot be of the type at all.
    """
    if type_.startswith("float") and isinstance(value, str):
        value = float(value)  # JSON has no nan and no infinity
    if isinstance(label, str):
        label = _read(label, type_)
    if value is None or label is None:
        return value is None and label is None
    if isinstance(value, bool) != isinstance(label, bool) or isinstance(value, str) != isinstance(label, str):
        raise _senseless(f"the label {label!r:.60} is no {type_}, as the run's answer is", f"give a {type_}")
    return _alike(value, label)


def _read(label: str, type_: str) -> Any:
    inner = type_.removesuffix(" | None")
    text = label.strip()
    if inner != type_ and text.lower() in ("none", "null"):
        return None
    if inner == "str" or inner.startswith("Literal["):
        return _literal(label, inner)
    if inner == "bool":
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
    else:
        try:
            return float(text) if inner in ("int", "float") else json.loads(text)
        except (ValueError, RecursionError):
            pass
    raise _senseless(f"the label {label!r:.60} is no {type_}, as the run's answer is", f"give a {type_}")


def _literal(label: str, type_: str) -> Any:
    """Literals of numbers and booleans are spelled without quotes."""
    inside = type_.removeprefix("Literal[")
    if type_ == "str" or inside[:1] in "'\"":
        return label
    return _read(label, "bool" if inside[:4] in ("True", "Fals") else "int")


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a.casefold().split() == b.casefold().split()
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(a[key], b[key]) for key in a)
    return a is None and b is None
