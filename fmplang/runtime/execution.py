"""One run of a program as a conversation: it runs until it needs an answer, and goes on when it has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fmplang.errors import BackendError, DecodeError, FmpError, LimitError
from fmplang.limits import Meter
from fmplang.runtime.adopt import Misfit
from fmplang.runtime.compile.code import Library
from fmplang.runtime.faults import fault, out_of_memory
from fmplang.runtime.frames import Coroutine, Failed, Frame, Lane, RunState, Waiting
from fmplang.runtime.requests import Finished, Group, Request, Step, Value
from fmplang.runtime.values import type_name

_UNANSWERED: Any = object()


class Execution:
    """A run. Deterministic: the same program, inputs and answers give the same steps. For one thread at a time.

        step = execution.advance()          # a Request, a Group, or Finished
        execution.answer(value)             # to a Request; a list of values to a Group
        execution.answer(value, request)    # to one request of a Group, in any order
        execution.fail(error)               # no answer: the run ends with the error, at the call

    `notes` are what the program printed, `meter` is what it used, `executed` are the spans of the statements that
    ran, by source name, where `trace_statements` was asked for.
    """

    def __init__(self, library: Library, inputs: Sequence[Value], meter: Meter, run_id: str,
                 observer: Any = None) -> None:
        self.meter = meter
        self.run_id = run_id
        self._library = library
        self._state = RunState(meter, run_id, len(library.typed.constants), library.traced, observer)
        self._coroutine: Coroutine | None = self._main(inputs)
        self._step: Step | None = None
        self._requests: tuple[Request, ...] = ()  # those of the step, while it waits
        self._answers: list[Any] = []
        self._missing = 0
        self._grouped = False
        self._send: Any = None
        self._throw: Exception | None = None
        self._error: FmpError | None = None
        self._last: Request | None = None  # the last that was answered

    # -------------------------------------------------------- the conversation

    def advance(self) -> Step:
        """Run to the next step. Before everything asked is answered, and after the end, gives the same step again.

        Raises RunError, LimitError, or the error that was given to `fail`; and the same again when called again.
        """
        if self._step is not None:
            return self._step
        if self._error is not None:
            raise self._error
        if self._coroutine is None:
            raise FmpError("this run is closed", code="FMP815", hint="start the program again")
        failure: Exception | None = None
        try:
            self.meter.resume()
            if self._throw is None:
                waiting = self._coroutine.send(self._send)
            else:
                waiting = self._coroutine.throw(self._throw)
        except StopIteration as stop:
            self._coroutine = None
            self._step = Finished(stop.value)
            return self._step
        except MemoryError:
            failure = out_of_memory()
        except Exception as error:
            failure = error
        finally:
            self.meter.pause()
        if failure is not None:
            raise self._end(failure)
        return self._wait(waiting)

    def _wait(self, waiting: Waiting) -> Step:
        if type(waiting) is Request:
            self._requests, self._answers = (waiting,), [_UNANSWERED]
            self._missing, self._grouped = 1, False
            self._step = waiting
            return waiting
        assert isinstance(waiting, list)
        self._requests, self._answers = tuple(waiting), [_UNANSWERED] * len(waiting)
        self._missing, self._grouped = len(waiting), True
        self._step = Group(self._requests) if len(waiting) > 1 else waiting[0]
        return self._step

    def answer(self, value: Value | Sequence[Value], request: Request | None = None) -> None:
        """Answer the request, or the whole group with a list of values, or one `request` of it.

        Raises DecodeError where a value does not have the declared type; then nothing was taken, and the request
        waits on.
        """
        waiting = self._requests
        if len(waiting) == 1 and (request is None or request is waiting[0]):
            self._take(0, self._adopted(waiting[0], value))
            return
        if request is not None:
            self._take(self._index(request), self._adopted(request, value))
            return
        if not self._requests:
            raise self._idle()
        if not isinstance(value, (list, tuple)) or len(value) != len(self._requests):
            raise FmpError(f"a group of {len(self._requests)} requests takes a list of as many answers", code="FMP815",
                           hint="answer with a list, or name the request: answer(value, request)")
        adopted = [self._adopted(asked, one) for asked, one in zip(self._requests, value, strict=True)]
        for index, one in enumerate(adopted):
            self._take(index, one)

    def fail(self, error: Exception, request: Request | None = None) -> None:
        """Say that there is no answer: to `request`, else to all that are not answered yet.

        The run ends with `error` when it is advanced, unless a request before this one, in sequential order, fails
        too. The error is given the place and the site of the call.
        """
        if request is not None:
            index = self._index(request)
            self._take(index, Failed(self._at_call(error, request)))
            return
        if not self._requests:
            raise self._idle()
        for index, asked in enumerate(self._requests):
            if self._answers[index] is _UNANSWERED:
                self._take(index, Failed(self._at_call(error, asked)))

    def close(self) -> None:
        """Give the run up. Does nothing when it has ended."""
        if self._coroutine is not None:
            self._coroutine.close()
            self._coroutine = None
            self._step, self._requests = None, ()

    # ------------------------------------------------------------- reading

    @property
    def notes(self) -> list[str]:
        return self._state.notes

    @property
    def executed(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """Spans of the statements that ran, sorted, by source name; empty where tracing was not asked for."""
        by_source: dict[str, list[tuple[int, int]]] = {}
        for name, start, end in sorted(self._state.executed or ()):
            by_source.setdefault(name, []).append((start, end))
        return {name: tuple(spans) for name, spans in by_source.items()}

    # ------------------------------------------------------------- inside

    def _main(self, inputs: Sequence[Value]) -> Coroutine:
        library, meter = self._library, self.meter
        library.make_room()
        lane = Lane(self._state)
        constants, size = library.constants()
        for index, compute in constants:
            blank: Frame = [meter, lane, None, 1, None, *([None] * size)]
            self._state.constants[index] = compute(blank)
        entry = library.entry
        frame: Frame = [meter, lane, library.typed.root, 1, None, *inputs, *entry.rest]
        if library.typed.entry.neural:
            return (yield from entry.run(frame))
        return entry.run(frame)

    def _adopted(self, request: Request, value: Value) -> Any:
        try:
            return self._library.adopter(request.site.function)(self.meter, value)
        except Misfit:
            raise DecodeError(
                f"{request.site.id}: the answer should be {request.returns}, not {type_name(value)}",
                site=request.site.id, hint="the backend must give a value of the declared type",
            ) from None
        except LimitError as error:  # the answer is more than the run may hold: it ends at the call
            return Failed(self._at_call(error, request))

    def _at_call(self, error: Exception, request: Request) -> Exception:
        if not isinstance(error, FmpError):
            error = BackendError(str(error) or type(error).__name__, hint="see the backend's own error")
        if isinstance(error, BackendError) and error.site is None:
            error.site = request.site.id
        if error.span is None:
            error.span, error.source = request.site.span, request.site.source
        return error

    def _index(self, request: Request) -> int:
        for index, asked in enumerate(self._requests):
            if asked is request and self._answers[index] is _UNANSWERED:
                return index
        raise self._idle()

    def _idle(self) -> FmpError:
        return FmpError("no such request waits for an answer", code="FMP815",
                        hint="answer each request of the last step once")

    def _take(self, index: int, answer: Any) -> None:
        self._answers[index] = answer
        self._missing -= 1
        if self._missing:
            return
        if self._grouped:
            self._send = self._answers
        elif type(answer) is Failed:
            self._throw = answer.error
        else:
            self._send = answer
        self._last = self._requests[-1]
        self._step, self._requests = None, ()

    def _end(self, failure: Exception) -> FmpError:
        self._coroutine = None
        self._error = error = fault(failure)
        if error.span is None and self._last is not None:  # the clock ran out while the host had the word
            error.span, error.source = self._last.site.span, self._last.site.source
        return error
