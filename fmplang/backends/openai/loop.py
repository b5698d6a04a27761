"""One event loop in a thread of its own, on which all requests to servers are sent, whatever thread they come from.

So one pool of connections serves plain code, threads and other event loops alike, a timeout can end a request at
any point, and giving up is a cancellation.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_running: tuple[int, asyncio.AbstractEventLoop] | None = None  # the process that it runs in: a fork has no threads


def event_loop() -> asyncio.AbstractEventLoop:
    """The loop, started when it is first wanted."""
    global _running
    running = _running
    if running is not None and running[0] == os.getpid():
        return running[1]
    with _lock:
        if _running is None or _running[0] != os.getpid():
            loop = asyncio.new_event_loop()
            threading.Thread(target=_run, args=(loop,), name="fmplang-requests", daemon=True).start()
            _running = (os.getpid(), loop)
        return _running[1]


def begin(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start it on the loop. Cancelling the future cancels the work."""
    return asyncio.run_coroutine_threadsafe(work, event_loop())


def together(parts: Sequence[Future[T]]) -> Future[list[T]]:
    """All results, in order, when all are there. Cancelling it cancels those under way."""
    whole: Future[list[T]] = Future()
    left = len(parts)
    lock = threading.Lock()

    def done(_: Future[T]) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left:
                return
        try:
            if any(part.cancelled() for part in parts):
                whole.cancel()
            else:
                whole.set_result([part.result() for part in parts])
        except InvalidStateError:  # cancelled meanwhile
            pass
        except BaseException as error:
            whole.set_exception(error)

    def cancelled(_: Future[list[T]]) -> None:
        if whole.cancelled():
            for part in parts:
                part.cancel()

    whole.add_done_callback(cancelled)
    for part in parts:
        part.add_done_callback(done)
    if not parts:
        whole.set_result([])
    return whole


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
