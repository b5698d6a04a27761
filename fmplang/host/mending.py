"""When an assertion of the program fails: look back, ask a stronger backend, begin anew.

The failed test depended on some of the run's calls, by data and by control. Among them those come into question where
a dearer arm has not been asked. The least certain comes first (an answer without a confidence counts as 0.5; of equals
the later one), and its next dearer arm is asked. The same answer again is kept as a shadow, and the next call is
tried. Another answer takes the place of the earlier one, and the program begins anew: what is known is not asked
again, what is new goes to the policy as ever. Everything stays within the purses and the limit of neural calls.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from fmplang.errors import BackendError, FmpError, LimitError, RunError
from fmplang.host.pursuit import TOLD
from fmplang.host.recovery import dearer
from fmplang.runtime.replay import alike
from fmplang.runtime.trace import CallRecord, Recovered, RunRecord

if TYPE_CHECKING:
    from fmplang.host.conversation import Conversation
    from fmplang.host.work import Answer, Steps, Work
    from fmplang.limits import Limits
    from fmplang.runtime.program import Program

ASSERTION = "FMP505"
UNSURE = 0.5  # the confidence of an answer that has none
EXCHANGED = "another answer"


class Slice(Protocol):
    """What a failure depended on: `calls` are indexes into the run's calls."""

    @property
    def calls(self) -> Iterable[int]: ...


Slicer: TypeAlias = "Callable[[Program, RunRecord, Limits], Slice]"


def sliced(program: Program, run: RunRecord, limits: Limits) -> Slice:
    """The dynamic slice of a run that failed."""
    from fmplang.runtime.slicing import slice_run  # few runs need it

    return slice_run(program, run, limits)


def go_on_after(talk: Conversation, first: RunError) -> Steps:
    """The value of a run that failed with `first`, where it can be mended; else raises that very error, and its hint
    says what was tried."""
    record = talk.record
    error: FmpError = first
    while error.code == ASSERTION and talk.round < talk.setting.recovery.recoveries:
        talk.end_round()
        if not (yield from _exchange(talk, error)):
            break
        try:
            value = yield from talk.talk_again()
        except (RunError, LimitError, BackendError) as later:
            error = later
            _tell_last(record, f"{EXCHANGED}, then {later.code}: {later.message[:TOLD]}")
            continue
        _mark_mended(record)
        return value
    if record.recoveries:
        told = [f"{each.site} asked {each.after} in place of {each.before}: {' '.join(each.told.split())}"
                for each in record.recoveries]
        first.hint = "\n  ".join([first.hint, *told]) if first.hint else "\n  ".join(told)
    raise first


def _exchange(talk: Conversation, error: FmpError) -> Generator[Work, Sequence[Answer], bool]:
    """Ask at one call after the other until an answer differs; whether one did, and the run was begun anew."""
    record = talk.record
    record.error = f"{error.code}: {error.message}"  # to the slicer it is a run that has failed
    for call, arm in _candidates(talk, record):
        paid, before = record.cost, call.backend
        pursuit = yield from talk.ask_beyond(call, arm)
        mended = False
        if pursuit.arm == arm:
            if alike(call.value, pursuit.before[-1][1].value):
                pursuit.put_back()
                told = "the same answer"
            else:
                told, mended = EXCHANGED, True
        elif pursuit.failed:
            told = (pursuit.failed[-1][1].told or "")[:TOLD]
        else:
            told = "there was no money to ask it"
        talk.conclude(pursuit)
        span = (error.span.start, error.span.end) if error.span else (0, 0)
        record.recoveries += (Recovered(
            error.source.name if error.source else "", span, call.site, call.order, talk.round, before,
            call.arms[arm], record.cost - paid, told),)
        if mended:
            talk.begin_anew()
            return True
    return False


def _candidates(talk: Conversation, record: RunRecord) -> Generator[tuple[CallRecord, int], None, None]:
    """Calls and the arm to ask there. After all calls had their turn come the next dearer arms of each."""
    try:
        among = talk.setting.slicer(talk.program, record, talk.limits).calls
    except FmpError:  # the slice itself met a limit: nothing is known of what the test depended on
        return
    calls = [record.calls[index] for index in sorted(set(among), reverse=True)]
    calls.sort(key=lambda call: UNSURE if call.confidence is None else call.confidence)
    ahead = [(call, dearer(call.prices, call.answerer)) for call in calls]
    while ahead:
        for call, arms in ahead:
            while arms:
                arm = arms.pop(0)
                if _worth_asking(call, arm):
                    yield call, arm
                    break
        ahead = [(call, arms) for call, arms in ahead if arms]


def _worth_asking(call: CallRecord, arm: int) -> bool:
    """Whether the arm was not asked at this call, or its answer is known and differs: that one costs nothing."""
    for shadow in call.shadows:
        if shadow.arm == arm:
            return shadow.error is None and not alike(shadow.value, call.value)
    return arm != call.arm and all(backend != call.arms[arm] for backend, _ in call.attempts)


def _tell_last(record: RunRecord, told: str) -> None:
    record.recoveries = (*record.recoveries[:-1], replace(record.recoveries[-1], told=told))


def _mark_mended(record: RunRecord) -> None:
    """The run has come to its end: it stood on the answers that were exchanged and are still in it."""
    stands: dict[tuple[Any, ...], str] = {(call.site, call.order): call.backend for call in record.calls}
    record.recoveries = tuple(
        replace(each, mended=True)
        if each.told.startswith(EXCHANGED) and stands.get((each.site, each.order)) == each.after else each
        for each in record.recoveries)
