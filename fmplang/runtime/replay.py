"""What a run would have been with one answer exchanged, by running the program again.

The interpreter is deterministic, so the replay is the run itself up to the exchanged call. From there on a request
that the run made too (same site, same arguments) takes the answer it had there. One that the run never made has no
answer: the replay stops, and the comparison is unknown from there. A picture whose box overlaps another of the same
picture by 70% counts as the same argument, since detectors rarely agree to the pixel; everything else must be equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from fmplang.errors import FmpError
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.runtime.trace import CallRecord, Comparison, RunRecord
from fmplang.runtime.values import OrderedSet, RecordValue, fields_of
from fmplang.runtime.values.images import Image

OVERLAP = 0.7  # intersection over union from which two boxes are the same


class Conversation(Protocol):
    """What `Program.start` gives."""

    def advance(self) -> Request | Group | Finished: ...

    def answer(self, value: Any) -> None: ...


def compare(start: Callable[[], Conversation], run: RunRecord) -> tuple[Comparison, ...]:
    """One comparison for every answered shadow of the run, in the order of its calls. Answers of abandoned calls are
    known too.

    `start` begins the run's program anew with the run's own inputs. A run that failed, and a call that did, have no
    comparisons.
    """
    if run.error is not None:
        return ()
    found = []
    for index, call in enumerate(run.calls):
        for shadow in call.shadows:
            if shadow.error is not None or call.error is not None:
                continue
            own = call.prices[shadow.arm] - call.prices[call.answerer]
            if alike(shadow.value, call.value):
                found.append(Comparison(index, shadow.arm, True, own=own, final=run.value))
            else:
                found.append(_exchange(start, run, index, shadow.arm, shadow.value, own))
    return tuple(found)


def _exchange(start: Callable[[], Conversation], run: RunRecord, index: int, arm: int, value: Any,
              own: float) -> Comparison:
    exchanged = run.calls[index]
    by_order = {call.order: call for call in run.calls}
    by_site: dict[str, list[CallRecord]] = {}
    for call in (*run.calls, *run.abandoned):
        by_site.setdefault(call.site, []).append(call)
    before = sum(call.full_cost for call in run.calls[index + 1:])
    asked: list[CallRecord] = []
    execution = start()
    step = execution.advance()
    try:
        while not isinstance(step, Finished):
            requests = step.requests if isinstance(step, Group) else (step,)
            answers = []
            for request in requests:
                if request.order == exchanged.order and request.site.id == exchanged.site:
                    answers.append(value)
                    continue
                known = _known(request, by_order, by_site)
                if known is None:
                    return Comparison(index, arm, False, None, None, own, None, request.site.id)
                if known.error is not None:
                    return Comparison(index, arm, False, None, None, own, None, request.site.id, known.error)
                answers.append(known.value)
                asked.append(known)
            execution.answer(answers if isinstance(step, Group) else answers[0])
            step = execution.advance()
    except FmpError as error:
        return Comparison(index, arm, False, True, None, own, None, "", error.code or type(error).__name__)
    after = sum(call.full_cost for call in asked if call.order > exchanged.order)
    return Comparison(index, arm, False, not alike(step.value, run.value), step.value, own, after - before)


def _known(request: Request, by_order: dict[tuple[int, ...], CallRecord],
           by_site: dict[str, list[CallRecord]]) -> CallRecord | None:
    same_place = by_order.get(request.order)
    candidates: Iterable[CallRecord] = by_site.get(request.site.id, ())
    if same_place is not None and same_place.site == request.site.id:
        candidates = (same_place, *candidates)
    for call in candidates:
        if answers_it(call, request):
            return call
    return None


def answers_it(call: CallRecord, request: Request) -> bool:
    """Whether a call was of the request's site and had its arguments."""
    return call.site == request.site.id and len(call.args) == len(request.args) and all(
        name in call.args and alike(call.args[name], arg) for name, arg in request.args.items())


def alike(a: Any, b: Any) -> bool:
    """Equal in type and parts; pictures equal or nearly the same rectangle of one picture."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, Image):
        if a.source is not b.source and a.source.digest != b.source.digest:
            return False
        return _overlap(a.box, b.box) >= OVERLAP
    if isinstance(a, (list, tuple, OrderedSet)):
        left, right = list(a), list(b)
        return len(left) == len(right) and all(alike(x, y) for x, y in zip(left, right, strict=True))
    if isinstance(a, dict):
        return len(a) == len(b) and all(alike(x, y) for x, y in zip(a, b, strict=True)) and all(
            alike(x, y) for x, y in zip(a.values(), b.values(), strict=True))
    if isinstance(a, RecordValue):
        left, right = list(fields_of(a)), list(fields_of(b))
        return len(left) == len(right) and all(
            m == n and alike(x, y) for (m, x), (n, y) in zip(left, right, strict=True))
    if isinstance(a, float):
        return bool(a == b or (a != a and b != b))
    same: bool = a == b
    return same


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 1.0 if a == b else 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
