"""Requests of runs that go on side by side on one event loop, gathered into batches for each backend.

A backend that gains from batches is asked one batch at a time. What runs ask meanwhile waits and goes out as the next
batch; nothing waits while the backend is idle but for what is ready in the same turn of the loop. So a run alone is not
slowed, and the batches grow with what is to be done.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from fmplang.backends.base import Backend
from fmplang.host.drivers import ask_backend
from fmplang.host.work import Answer, Ask

MOST = 64  # requests of several runs in a batch; what one run asks together stays together


class Withdrawn(asyncio.CancelledError):
    """Given up before anybody was asked."""


class _Waiting:
    """What one run asks of a backend."""

    __slots__ = ("answers", "asks")

    def __init__(self, asks: Sequence[Ask], answers: asyncio.Future[list[Answer]]) -> None:
        self.asks = asks
        self.answers = answers


class _Line:
    """Those that wait for a backend, and the task that asks it."""

    __slots__ = ("backend", "task", "waiting")

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.waiting: deque[_Waiting] = deque()
        self.task: asyncio.Task[None] | None = None


class Gathering:
    """The lines of one event loop."""

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}

    async def ask(self, asks: Sequence[Ask]) -> list[Answer]:
        """The answers to requests for one backend, in order. Where it is cancelled, a batch that is under way goes on
        for the others; one that still waits is not asked, and that is Withdrawn."""
        backend = asks[0].backend
        line = self._lines.get(id(backend))
        if line is None:
            line = self._lines[id(backend)] = _Line(backend)
        mine = _Waiting(asks, asyncio.get_running_loop().create_future())
        line.waiting.append(mine)
        if line.task is None:
            line.task = asyncio.create_task(self._serve(line))
        try:
            return await mine.answers
        except asyncio.CancelledError:
            if mine in line.waiting:
                line.waiting.remove(mine)
                raise Withdrawn from None
            raise

    async def _serve(self, line: _Line) -> None:
        try:
            await asyncio.sleep(0)  # others may be ready to ask in this turn of the loop
            while line.waiting:
                await self._ask(line, _batch(line.waiting))
        finally:
            line.task = None

    async def _ask(self, line: _Line, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        try:
            answers = iter(await asyncio.to_thread(ask_backend, line.backend,
                                                   [ask for each in batch for ask in each.asks]))
        except BaseException as error:  # no failure of the backend, which would be an answer: this process is to stop
            if isinstance(error, asyncio.CancelledError):
                for each in batch:
                    each.answers.cancel()
                raise
            for each in batch:
                if not each.answers.done():
                    each.answers.set_exception(error)
            return
        for each in batch:
            told = [next(answers) for _ in each.asks]
            if not each.answers.done():
                each.answers.set_result(told)


def _batch(waiting: deque[_Waiting]) -> list[_Waiting]:
    """The next batch; those that have given up are left out and never asked."""
    made: list[_Waiting] = []
    size = 0
    while waiting and (not made or size + len(waiting[0].asks) <= MOST):
        first = waiting.popleft()
        if not first.answers.done():
            made.append(first)
            size += len(first.asks)
    return made
