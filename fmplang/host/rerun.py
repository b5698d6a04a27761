"""A recorded run once more, with the answers that it was given: whether the program still does the same with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fmplang.errors import BackendError, EvaluationError, FmpError
from fmplang.host.reread import Reread
from fmplang.ledger.base import StoredRun
from fmplang.ledger.plain import dump
from fmplang.limits import Limits
from fmplang.runtime.execution import Execution
from fmplang.runtime.program import Program
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.runtime.trace import CallRecord, RunRecord


@dataclass(frozen=True, slots=True)
class Rerun:
    """`differences` are told in words, none where calls and end are the same. `edited` is whether the program's digest
    is another one than the run's. `value` is the value now, `error` what the run now fails with."""

    run_id: str
    differences: tuple[str, ...]
    edited: bool
    calls: int
    value: Any = None
    error: str | None = None

    @property
    def same(self) -> bool:
        return not self.differences


def rerun(stored: StoredRun, program: Program, limits: Limits | None = None) -> Rerun:
    """Run `program` on the run's inputs with the run's answers. Nothing is asked and nothing paid.

    Raises EvaluationError: FMP844 where a file of the inputs is gone or changed, FMP845 where the run never ended.
    """
    record = stored.record
    if not stored.finished:
        raise EvaluationError(f"run {record.id} did not finish, so there is nothing to compare with", code="FMP845",
                              hint="replay a run that ended")
    ceiling = limits or Limits()
    reread = Reread(ceiling)
    execution = program.start(reread.inputs(program, record.inputs), ceiling, record.id)
    talk = _Talk(record, execution, reread)
    value, error = None, None
    try:
        value = talk.through()
    except EvaluationError:
        raise
    except FmpError as failed:
        error = f"{failed.code}: {failed.message}"
    if not talk.differences:
        talk.differences += _ends(record, value, error, talk.cut)
    left = [call for call in record.calls if call.order not in talk.met]
    if left and not talk.differences:
        talk.differences.append(f"{len(left)} of its calls are no longer made, the first at {left[0].site}")
    return Rerun(record.id, tuple(talk.differences), record.program != program.digest, len(talk.met), value, error)


class _Talk:
    """The conversation, as far as it goes as it went; `cut` is whether it came to where the run had been stopped."""

    def __init__(self, record: RunRecord, execution: Execution, reread: Reread) -> None:
        self.record, self.execution, self.reread = record, execution, reread
        self.calls = {call.order: call for call in record.calls}
        self.met: set[tuple[int, ...]] = set()
        self.differences: list[str] = []
        self.cut = False

    def through(self) -> Any:
        step = self.execution.advance()
        while not isinstance(step, Finished):
            for request in step.requests if isinstance(step, Group) else (step,):
                call = self.calls.get(request.order)
                wrong = self._compared(request, call)
                if wrong or call is None:
                    if wrong:
                        self.differences.append(wrong)
                    self.execution.close()
                    return None
                self.met.add(request.order)
                self._answer(request, call)
            step = self.execution.advance()
        return step.value

    def _compared(self, request: Request, call: CallRecord | None) -> str:
        if call is None:
            if self.record.error is not None:  # a limit or a budget stopped the run before this call was made
                self.cut = True
                return ""
            return f"the program asks at {request.site.id}, where the run asked nothing"
        if call.site != request.site.id:
            return f"the program asks at {request.site.id}, where the run asked at {call.site}"
        now, then = dump(request.args), dump(call.args)
        return "" if now == then else f"at {call.site} the arguments are {_short(now)}; they were {_short(then)}"

    def _answer(self, request: Request, call: CallRecord) -> None:
        if call.error is not None:
            code, _, message = call.error.partition(": ")
            self.execution.fail(BackendError(message or call.error, code=code if message else None), request)
        else:
            self.execution.answer(self.reread.value(call.value, request.returns), request)


def _ends(record: RunRecord, value: Any, error: str | None, cut: bool) -> list[str]:
    if cut:
        return []
    if (error or record.error) and error != record.error:
        now = f"fails with {error}" if error else "does not fail"
        return [f"the run now {now}; it " + (f"failed with {record.error}" if record.error else "did not fail")]
    now, then = dump(value), dump(record.value)
    return [] if now == then else [f"the value is {_short(now)}; it was {_short(then)}"]


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
