"""The elements of a group, side by side or one after the other.

Side by side, each element runs in a lane of its own: a coroutine over a copy of the frame. All lanes go on to
their next requests, these are handed out together, and so on in rounds. The results, and which error is raised,
are those of the sequential program: when a lane fails, the lanes behind it are dropped, those before it are run
to their ends, and then the error is raised. A limit is an exception to that: it ends the run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fmplang.errors import LimitError
from fmplang.runtime.compile.context import Place
from fmplang.runtime.frames import LANE, METER, Coroutine, Failed, Frame, Lane, Waiting
from fmplang.runtime.requests import Request

Start = Callable[[Frame, Any], Coroutine]  # computes one element; gives the list or tuple of what it contributes


def one_by_one(frame: Frame, items: Iterable[Any], start: Start, cost: int, at: Place) -> Coroutine:
    """The sequential meaning. Returns the list of all contributions."""
    meter = frame[METER]
    out: list[Any] = []
    for value in items:
        meter.work(cost)
        out.extend((yield from start(frame, value)))
        meter.size(len(out))
    return out


class _Running:
    """A lane that waits. `count` is how many answers it needs: 0 for a single request, answered by a value."""

    __slots__ = ("coroutine", "index", "waiting")

    def __init__(self, index: int, coroutine: Coroutine, waiting: Waiting) -> None:
        self.index = index
        self.coroutine = coroutine
        self.waiting = waiting


def side_by_side(frame: Frame, items: Iterable[Any], start: Start, cost: int, at: Place) -> Coroutine:
    """The same result, asking for all elements together, round by round."""
    meter = frame[METER]
    results: list[Any] = []
    running: list[_Running] = []
    failure: Exception | None = None
    (*prefix, number) = frame[LANE].next_order()
    for index, value in enumerate(items):
        meter.work(cost)
        own = frame[:]
        own[LANE] = Lane(frame[LANE].run, (*prefix, number, index))
        results.append(())
        failure = _advance(_Running(index, start(own, value), []), None, results, running)
        if failure is not None:
            break
    while running:
        requests: list[Request] = []
        for lane in running:
            if isinstance(lane.waiting, list):
                requests.extend(lane.waiting)
            else:
                requests.append(lane.waiting)
        answers = yield requests
        round, running, taken = running, [], 0
        for lane in round:
            if isinstance(lane.waiting, list):
                answer = answers[taken : taken + len(lane.waiting)]
                taken += len(lane.waiting)
            else:
                answer = answers[taken]
                taken += 1
            failed = _advance(lane, answer, results, running)
            if failed is not None:
                failure = failed  # of an earlier lane than the one that failed before, if any did
                break
    if failure is not None:
        raise failure
    out: list[Any] = []
    for result in results:
        out.extend(result)
    meter.size(len(out))
    return out


def _advance(lane: _Running, answer: Any, results: list[Any], running: list[_Running]) -> Exception | None:
    """Run a lane to its next request (then it joins `running`) or its end; gives the error that ended it."""
    try:
        if isinstance(answer, Failed):
            lane.waiting = lane.coroutine.throw(answer.error)
        else:
            lane.waiting = lane.coroutine.send(answer)
    except StopIteration as stop:
        results[lane.index] = stop.value
    except LimitError:
        raise
    except Exception as error:
        return error
    else:
        running.append(lane)
    return None
