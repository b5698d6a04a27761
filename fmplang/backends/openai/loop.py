"""One event loop in a thread of its own, on which all requests to servers are sent, whatever thread they come from.

So one pool of connections serves plain code, threads and other event loops alike, a timeout can end a request at
any point, and giving up is a cancellation.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
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


def runs(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether this is the loop of this process: one from before a fork is not. Takes no lock, so that it may be asked
    while anything is collected."""
    return _running == (os.getpid(), loop)


def begin(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start it on the loop. Cancelling the future cancels the work."""
    return asyncio.run_coroutine_threadsafe(work, event_loop())


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
