"""Who does the work that conversations hand out: one run after another, or several in lockstep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

from fmplang.backends.base import Backend, Response
from fmplang.errors import FmpError
from fmplang.host.answers import wrong_count
from fmplang.host.conversation import Conversation
from fmplang.host.work import Answer, Ask, Work
from fmplang.ledger.base import Ledger

NOTHING: tuple[Answer, ...] = ()
INFINITE = float("inf")


# ------------------------------------------------------------- one run after another


def drive(conversation: Conversation, ledger: Ledger) -> Any:
    """Run to the end; the run's value, or what it failed with."""
    steps = conversation.steps()
    try:
        work = next(steps)
        while True:
            try:
                answers = perform(work, ledger)
            except BaseException as error:
                work = steps.throw(error)
            else:
                work = steps.send(answers)
    except StopIteration as stop:
        return stop.value


def perform(work: Work, ledger: Ledger) -> Sequence[Answer]:
    """Do one conversation's work."""
    if work.end:
        work.row = ledger.record_run(work.run)
        return NOTHING
    if work.commit:
        ledger.record_decisions(work.run, work.commit)
        return NOTHING
    asks = work.asks
    return ask_one(asks[0]) if len(asks) == 1 else ask_all(asks)


def ask_one(ask: Ask) -> Sequence[Answer]:
    """As `ask_backend` for a batch of one, which most are."""
    started = perf_counter()
    try:
        got: Any = ask.backend.answer((ask.request,))
    except Exception as error:
        got = (error,)
    seconds = perf_counter() - started
    if (type(got) is list or type(got) is tuple) and len(got) == 1 and type(got[0]) is Response:
        return (Answer(got[0], seconds),)
    return _checked(got, ask.backend, 1, seconds)


def ask_all(asks: Sequence[Ask]) -> list[Answer]:
    """Ask each backend once, with all its requests; the answers are in the order of the asks."""
    answers: list[Answer | None] = [None] * len(asks)
    places: dict[int, list[int]] = {}
    for place, ask in enumerate(asks):
        places.setdefault(id(ask.backend), []).append(place)
    batches = [(of_backend, [asks[place] for place in of_backend]) for of_backend in places.values()]
    # Those that wait for others go first and are waited for last, so that several wait at once.
    begun = [(of_backend, begin(batch[0].backend, batch)) for of_backend, batch in batches if can_begin(batch)] \
        if len(batches) > 1 else []
    try:
        for of_backend, batch in batches:
            if not begun or not can_begin(batch):
                _place(answers, of_backend, ask_backend(batch[0].backend, batch))
        for of_backend, under_way in begun:
            _place(answers, of_backend, under_way.answers(under_way.wait()))
    except BaseException:
        for _, under_way in begun:
            under_way.cancel()
        raise
    return [answer for answer in answers if answer is not None]


def _place(answers: list[Answer | None], places: Sequence[int], found: Sequence[Answer]) -> None:
    for place, answer in zip(places, found, strict=True):
        answers[place] = answer


def can_begin(asks: Sequence[Ask]) -> bool:
    """Whether their backend can be asked without waiting for it."""
    return hasattr(asks[0].backend, "begin")


class Begun:
    """A batch that is under way at a backend with `begin`."""

    __slots__ = ("_asks", "_started", "future")

    def __init__(self, asks: Sequence[Ask]) -> None:
        self._asks = asks
        self._started = perf_counter()
        self.future: Any = None

    def wait(self) -> Any:
        """What the backend gave, or the exceptions that it raised."""
        try:
            return self.future.result()
        except Exception as error:
            return [error] * len(self._asks)

    def answers(self, got: Any) -> list[Answer]:
        seconds = (perf_counter() - self._started) / len(self._asks)
        return _checked(got, self._asks[0].backend, len(self._asks), seconds)

    def cancel(self) -> None:
        self.future.cancel()


def begin(backend: Any, asks: Sequence[Ask]) -> Begun:
    made = Begun(asks)
    try:
        made.future = backend.begin([ask.request for ask in asks])
    except Exception as error:
        from concurrent.futures import Future

        made.future = Future()
        made.future.set_exception(error)
    return made


def ask_backend(backend: Backend, asks: Sequence[Ask]) -> list[Answer]:
    """One batch for one backend. The seconds of a batch are shared out evenly."""
    requests = [ask.request for ask in asks]
    started = perf_counter()
    try:
        got: Any = backend.answer(requests)
    except Exception as error:
        got = [error] * len(requests)
    seconds = (perf_counter() - started) / len(requests)
    return _checked(got, backend, len(requests), seconds)


def _checked(got: Any, backend: Backend, count: int, seconds: float) -> list[Answer]:
    """One answer for each request, whatever the backend gave."""
    if not isinstance(got, (list, tuple)) and isinstance(got, Sequence) and not isinstance(got, (str, bytes)):
        got = list(got)
    if not isinstance(got, (list, tuple)) or len(got) != count:
        got = [wrong_count(got, backend, count) for _ in range(count)]
    elif count > 1:
        got = _each_its_own(got)
    return [_answer(result, backend, seconds) for result in got]


def _each_its_own(got: Sequence[Any]) -> Sequence[Any]:
    """What came back, without an exception twice: each is filled with the site and the run that it befell."""
    seen: set[int] = set()
    made = []
    for each in got:
        if isinstance(each, Exception):
            if id(each) in seen:
                each = _copied(each)
            seen.add(id(each))
        made.append(each)
    return made


def _copied(error: Exception) -> Exception:
    try:
        made = type(error).__new__(type(error), *error.args)
        made.args = error.args
        made.__dict__.update(error.__dict__)
    except Exception:  # third-party code: one that cannot be copied is shared
        return error
    made.__cause__, made.__traceback__ = error.__cause__, error.__traceback__
    return made


def _answer(result: Any, backend: Backend, seconds: float) -> Answer:
    if not isinstance(result, (Response, Exception)):
        return Answer(wrong_count(result, backend, 1), seconds)
    own = result.seconds if isinstance(result, Response) else None
    return Answer(result, own if type(own) is float and 0 <= own < INFINITE else seconds)


# ------------------------------------------------------------------- several at once


class Running:
    """A run under way, and how it ended. One that failed at the door has no conversation, only an error."""

    __slots__ = ("conversation", "ended", "error", "steps", "work")

    def __init__(self, start: Conversation | FmpError) -> None:
        self.ended = isinstance(start, FmpError)
        self.error: Exception | None = None
        self.conversation: Conversation | None = None
        self.work: Work | None = None
        if isinstance(start, FmpError):
            self.error = start
        else:
            self.conversation = start
            self.steps = start.steps()
            self.work = self._go(lambda: next(self.steps))

    def close(self) -> None:
        if self.conversation is not None:
            self.steps.close()

    def send(self, answers: Sequence[Answer]) -> None:
        self.work = self._go(lambda: self.steps.send(answers))

    def throw(self, error: BaseException) -> None:
        self.work = self._go(lambda: self.steps.throw(error))

    def _go(self, move: Callable[[], Work]) -> Work | None:
        try:
            return move()
        except StopIteration:
            self.ended = True
        except Exception as error:
            self.ended, self.error = True, error
        return None


def lockstep(starts: Iterator[Conversation | FmpError], ledger: Ledger, width: int) -> Iterator[Running]:
    """Up to `width` runs at a time, their requests answered in common batches; yields them in their order.

    Every round each run goes on to its next requests; then each backend is asked once for all of them.
    """
    under_way: deque[Running] = deque()
    try:
        while True:
            while len(under_way) < width:
                start = next(starts, None)
                if start is None:
                    break
                under_way.append(Running(start))
            if not under_way:
                return
            _round([running for running in under_way if not running.ended], ledger)
            while under_way and under_way[0].ended:
                yield under_way.popleft()
    finally:
        for running in under_way:
            running.close()


def _round(group: Sequence[Running], ledger: Ledger) -> None:
    asking: list[tuple[Running, Sequence[Ask]]] = []
    for running in group:
        work = running.work
        assert work is not None
        try:
            if work.end:
                work.row = ledger.record_run(work.run)
                running.send(NOTHING)
                continue
            if work.commit:
                ledger.record_decisions(work.run, work.commit)
            asking.append((running, work.asks))
        except FmpError as error:
            running.throw(error)
    answers = iter(ask_all([ask for _, asks in asking for ask in asks]))
    for running, asks in asking:
        running.send([next(answers) for _ in asks])
