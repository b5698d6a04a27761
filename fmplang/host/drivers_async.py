"""Driving a run on an event loop; backends and the ledger's file work in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fmplang.backends.base import gains_from_batches
from fmplang.host.conversation import Conversation
from fmplang.host.drivers import NOTHING, ask_backend, begin, can_begin
from fmplang.host.gathering import Gathering, Withdrawn
from fmplang.host.work import Answer, Ask, Work
from fmplang.ledger.base import Ledger

T = TypeVar("T")


async def adrive(conversation: Conversation, ledger: Ledger, gathering: Gathering) -> Any:
    """Run to the end; the run's value, or what it failed with. Cancelling it records the run as cut off."""
    steps = conversation.steps()
    try:
        work = next(steps)
        while True:
            try:
                answers = await aperform(work, ledger, gathering)
            except Withdrawn:
                conversation.nobody_was_asked()
                work = steps.throw(asyncio.CancelledError())
            except BaseException as error:
                work = steps.throw(error)
            else:
                work = steps.send(answers)
    except StopIteration as stop:
        return stop.value


async def aperform(work: Work, ledger: Ledger, gathering: Gathering) -> Sequence[Answer]:
    if work.end:
        work.row = await _in_thread(ledger, lambda: ledger.record_run(work.run))
        return NOTHING
    if work.commit:
        await _in_thread(ledger, lambda: ledger.record_decisions(work.run, work.commit))
        return NOTHING
    by_backend: dict[int, list[Ask]] = {}
    for ask in work.asks:
        by_backend.setdefault(id(ask.backend), []).append(ask)
    if len(by_backend) == 1:
        return await _asked(work.asks, gathering)
    batches = list(by_backend.values())
    got = await asyncio.gather(*(_asked(batch, gathering) for batch in batches))
    answers = {id(ask): answer for batch, of_batch in zip(batches, got, strict=True)
               for ask, answer in zip(batch, of_batch, strict=True)}
    return [answers[id(ask)] for ask in work.asks]


async def _asked(batch: Sequence[Ask], gathering: Gathering) -> list[Answer]:
    """One batch for one backend: awaited where it can be begun, else asked in a thread, together with what other runs
    ask where it gains from that."""
    backend = batch[0].backend
    if not can_begin(batch):
        if gains_from_batches(backend):
            return await gathering.ask(batch)
        return await asyncio.to_thread(ask_backend, backend, batch)
    beginning = asyncio.ensure_future(asyncio.to_thread(begin, backend, batch))  # it may have pictures to encode
    try:
        under_way = await asyncio.shield(beginning)
    except asyncio.CancelledError:  # the thread cannot be stopped, but what it begins is given up
        beginning.add_done_callback(lambda begun: begun.result().cancel())
        raise
    try:
        await asyncio.wrap_future(under_way.future)
    except Exception:  # told by `wait`
        pass
    return under_way.answers(under_way.wait())


async def _in_thread(ledger: Ledger, task: Callable[[], T]) -> T:
    return await asyncio.to_thread(task) if ledger.durable else task()
