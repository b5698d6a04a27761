"""What `begin` gives: futures made of others, that pass a cancellation on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, InvalidStateError
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def then(inner: Future[T], change: Callable[[T], R]) -> Future[R]:
    """The result of `change` once the inner one is there."""
    whole: Future[R] = Future()

    def done(_: Future[T]) -> None:
        try:
            whole.set_result(change(inner.result()))
        except InvalidStateError:  # cancelled meanwhile
            pass
        except CancelledError:
            whole.cancel()
        except BaseException as error:
            whole.set_exception(error)

    _pass_on(whole, (inner,))
    inner.add_done_callback(done)
    return whole


def together(parts: Sequence[Future[T]]) -> Future[list[T]]:
    """All results, in order, when all are there."""
    last: Future[None] = Future()
    whole = then(last, lambda _: [part.result() for part in parts])
    left = len(parts)
    lock = threading.Lock()

    def done(_: Future[T]) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left:
                return
        if not last.cancelled():
            last.set_result(None)

    _pass_on(whole, parts)
    for part in parts:
        part.add_done_callback(done)
    if not parts:
        last.set_result(None)
    return whole


def _pass_on(whole: Future[R], parts: Sequence[Future[T]]) -> None:
    def ended(_: Future[R]) -> None:
        if whole.cancelled():
            for part in parts:
                part.cancel()

    whole.add_done_callback(ended)
