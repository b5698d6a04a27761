"""An answer in time from code that cannot be interrupted: it is left to itself in a thread, and its answer dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, task: Callable[[], T]) -> T:
    """What `task` gives or raises, where that takes no longer; TimeoutError where it does. The task then goes on in its
    thread, which does not keep the process from ending: Python cannot stop it."""
    made: list[T] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            made.append(task())
        except BaseException as error:
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=work, name="fmplang-timeout", daemon=True).start()
    if not wait(done, seconds):
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    if failed:
        raise failed[0]
    return made[0]


def wait(done: threading.Event, seconds: float) -> bool:
    """Whether it is done within the time."""
    return done.wait(seconds)
