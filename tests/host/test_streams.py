"""A stream that is cut anywhere goes on as if it had not been: the same values, arms, propensities and events."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.errors import ConfigError, FmpError, LimitError
from fmplang.host.feedback import UNSAID
from fmplang.host.streams import Answered, Item, Stream
from fmplang.ledger.base import open_ledger
from fmplang.policy.counterfactual import Counterfactual

PROGRAM = fmplang.compile('''\
@neural("vqa")
def even(n: int) -> bool:
    """Is {n} even?"""


@neural("vqa")
def half(n: int) -> int:
    """Half of {n}?"""


def main(n: int) -> int:
    if even(n):
        return half(n)
    if even(n + 1):
        return -1
    return -2
''')
COUNT = 26


def a_pool(unit: str) -> fmplang.Pool:
    @fmplang.backend("vqa", name="small", cost=1.0)
    def small(request: Any) -> Any:
        n = request.args["n"]
        return (n % 2 == 0) != (n % 5 == 0) if str(request.returns) == "bool" else n // 2

    @fmplang.backend("vqa", name="big", cost=6.0)
    def big(request: Any) -> Any:
        n = request.args["n"]
        if n == 13:
            raise ConnectionError("the line is dead")
        return n % 2 == 0 if str(request.returns) == "bool" else n // 2

    return fmplang.Pool([small, big], unit=unit)


class Rows:
    """Rows in memory. Every third has no label; one is no row at all."""

    def __init__(self, first: int = 0, count: int = COUNT, changed: int = -1) -> None:
        self._items = iter([self._item(i, i == changed) for i in range(first, count)])

    def _item(self, i: int, changed: bool) -> Item:
        label = UNSAID if i % 3 == 2 else (i // 2 if i % 2 == 0 else -1)
        error = fmplang.FmpError("no row", code="FMP816") if i == 7 else None
        return Item(i + 1, f"row {i + 1}", f"digest of {i}{changed}", lambda: {"n": i}, label, None, error)

    def __next__(self) -> Item:
        return next(self._items)

    def ready(self) -> bool:
        return True


class Cut(BaseException):
    """As a kill: nobody catches it."""


class Cutting:
    """A ledger that is cut off at its `at`-th write, before it or right after it."""

    def __init__(self, inner: Any, at: int, after: bool) -> None:
        self._inner, self._left, self._after = inner, at, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ("record_run", "record_outcome", "record_decisions"):
            return found

        def write(*args: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Cut
            made = found(*args)
            if self._left == 0:
                raise Cut
            return made

        return write


Settings = dict[str, Any]


def a_runtime(ledger: Any, unit: str = "usd", **more: Any) -> fmplang.Runtime:
    policy = Counterfactual(warm=4, pairs=3)
    return fmplang.Runtime(a_pool(unit), policy, trade_off=0.3, ledger=ledger, seed=3, **more)


def walk(runtime: fmplang.Runtime, resume: bool = False, rows: Rows | None = None, **settings: Any) -> list[Answered]:
    return list(Stream(runtime, PROGRAM, resume=resume, **settings).answers(rows or Rows()))


def told(path: Path) -> list[Any]:
    """All that the ledger holds of the runs that ended, and what was learned, but for ids and clocks."""
    made: list[Any] = []
    store = open_ledger(path)
    for event in store.events():
        record = event.run.record
        calls = [(call.site, call.backend, call.arms, call.propensities, call.arm, call.version, call.features,
                  call.value, call.cost, call.attempts, [(s.backend, s.value) for s in call.shadows])
                 for call in record.calls]
        outcome = None if event.outcome is None else (event.outcome.reward, event.outcome.label)
        made.append((event.row, record.number, record.trade_off, record.value, record.error, record.cost, calls,
                     record.comparisons, outcome))
    store.close()
    return made


def shown(answered: list[Answered]) -> list[Any]:
    return [(each.item.row, each.run.value, each.run.cost, each.reward, each.run.error and each.run.error.code)
            for each in answered]


SETTINGS = [
    pytest.param({"concurrency": 1, "delay": 0}, {}, id="one by one"),
    pytest.param({"concurrency": 1, "delay": 4}, {"budget": 190.0, "horizon": COUNT}, id="delayed, paced"),
    pytest.param({"concurrency": 4, "delay": 0}, {}, id="four at once"),
    pytest.param({"concurrency": 3, "delay": 5}, {"budget": 900.0, "horizon": COUNT}, id="three, delayed, paced"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the uninterrupted stream leaves, by its settings."""
    known: dict[str, Any] = {"folder": tmp_path_factory.mktemp("whole")}
    yield known


def uninterrupted(known: dict[str, Any], unit: str, settings: Settings, more: Settings) -> tuple[list[Any], list[Any]]:
    key = f"{unit} {settings} {more}"
    if key not in known:
        path = known["folder"] / f"{len(known)}.db"
        with a_runtime(path, unit, **more) as runtime:
            answered = walk(runtime, **settings)
        known[key] = shown(answered), told(path)
    return known[key]


@pytest.mark.parametrize(("settings", "more"), SETTINGS)
@pytest.mark.parametrize(("at", "after", "unit"), [
    (17, False, "usd"), (52, True, "usd"), (25, True, "ms"),
    *(pytest.param(at, after, unit, marks=pytest.mark.nightly)
      for at in range(1, 62, 3) for after in (False, True) for unit in ("usd", "ms") if unit == "usd" or at < 42),
])
def test_a_cut_stream_goes_on_as_if_it_had_not_been(tmp_path: Path, whole: dict[str, Any], settings: Settings,
                                                    more: Settings, at: int, after: bool, unit: str) -> None:
    answers, events = uninterrupted(whole, unit, settings, more)
    path = tmp_path / "runs.db"
    runtime = a_runtime(Cutting(open_ledger(path), at, after), unit, **more)
    seen: list[Answered] = []
    with pytest.raises(Cut):
        for answered in Stream(runtime, PROGRAM, **settings).answers(Rows()):
            seen.append(answered)
    runtime.ledger.close()  # a kill would save no snapshot either
    with a_runtime(path, unit, **more) as second:
        again = walk(second, resume=True, **settings)
    assert shown(again) == answers
    assert told(path) == events
    assert [each.earlier for each in again[:len(seen)]] == [bool(each.run.id) for each in seen]


def test_what_was_answered_is_not_paid_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with a_runtime(path) as runtime:
        first = walk(runtime, rows=Rows(count=15))
    with a_runtime(path) as second:
        again = walk(second, resume=True)
        assert second.spent == pytest.approx(sum(each.run.cost for each in again))
    assert [each.run.id for each in again[:15]] == [each.run.id for each in first]
    assert [each.earlier for each in again] == [i < 15 and i != 7 for i in range(COUNT)]
    with a_runtime(path) as third:
        assert all(each.earlier for each in walk(third, resume=True) if each.run.id)
    assert len({each.run.record.number for each in again if each.run.id}) == COUNT - 1


def test_a_run_that_was_cut_off_counts_at_its_price(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    runtime = a_runtime(Cutting(open_ledger(path), 2, False))  # its decision is written, its end is not
    with pytest.raises(Cut):
        walk(runtime)
    with a_runtime(path) as second:
        again = walk(second, resume=True, rows=Rows(count=1))
        assert second.spent == pytest.approx(6.0 + again[0].run.cost)


def test_a_larger_budget_goes_on_where_the_money_ended(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with a_runtime(path, budget=20.0) as runtime, pytest.raises(LimitError):
        walk(runtime)
    with a_runtime(path, budget=20.0) as second, pytest.raises(LimitError):
        walk(second, resume=True)
    with a_runtime(path, budget=1e6) as third:
        again = walk(third, resume=True)
    assert [each.item.row for each in again] == list(range(1, COUNT + 1))
    assert not any(each.run.error and each.run.error.code == "FMP613" for each in again)


def test_labels_may_come_later_and_inputs_may_not_change(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    bare = Rows()
    bare._items = iter([Item(i.row, i.place, i.digest, i.inputs, UNSAID, None, i.error) for i in list(bare._items)])
    with a_runtime(path) as runtime:
        assert {each.reward for each in walk(runtime, rows=bare)} == {None}
    with a_runtime(path) as second:
        assert sum(each.reward is not None for each in walk(second, resume=True)) > 10
        assert sum(event.outcome is not None for event in second.ledger.events()) > 10
    with a_runtime(path) as third, pytest.raises(ConfigError, match="row 5 are not those") as raised:
        walk(third, resume=True, rows=Rows(changed=4))
    assert raised.value.code == "FMP836"


def test_other_settings_are_another_stream(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with a_runtime(path) as runtime, pytest.raises(ConfigError, match="no stream of this program"):
        walk(runtime, resume=True)
    with a_runtime(path) as runtime:
        walk(runtime, rows=Rows(count=2))
        with pytest.raises(ConfigError, match="concurrency was 1 and is 2") as raised:
            walk(runtime, resume=True, concurrency=2)
    assert raised.value.code == "FMP835"


def test_a_group_decides_with_one_state_and_teaches_when_it_has_ended(tmp_path: Path) -> None:
    with a_runtime(tmp_path / "runs.db") as runtime:
        answered = walk(runtime, concurrency=4)
    for first in range(0, COUNT, 4):
        group = [each.run for each in answered[first:first + 4] if each.run.id]
        assert len({call.version for run in group for call in run.trace}) == 1
    versions = [call.version for each in answered for call in each.run.trace]
    assert versions == sorted(versions) and len(set(versions)) == 7


def test_a_fault_of_no_row_ends_the_stream(tmp_path: Path) -> None:
    class Broken(Counterfactual):
        def choose(self, call: Any) -> Any:
            raise ValueError("no")

    runtime = fmplang.Runtime(a_pool("ms"), Broken(), ledger=tmp_path / "runs.db")
    with pytest.raises(FmpError) as raised:
        walk(runtime)
    assert raised.value.code == "FMP750"


def test_a_ledger_from_before_streams_takes_them(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "runs.db"
    with a_runtime(path) as runtime:
        runtime.run(PROGRAM, n=2)
    with sqlite3.connect(path) as old:
        old.executescript("DROP TABLE streams; DROP TABLE stream_rows; DROP INDEX events_of_run;")
    old.close()
    with a_runtime(path) as runtime:
        with pytest.raises(ConfigError, match="no stream of this program"):
            walk(runtime, resume=True)
        first = walk(runtime, rows=Rows(count=3))
    with a_runtime(path) as runtime:
        assert [each.run.id for each in walk(runtime, resume=True, rows=Rows(count=3))] == [e.run.id for e in first]
    assert first[0].run.record.number == 1


def test_a_copy_of_the_ledger_goes_on_alike(tmp_path: Path) -> None:
    path, copy = tmp_path / "runs.db", tmp_path / "copy.db"
    with a_runtime(path) as runtime:
        walk(runtime, rows=Rows(count=11))
    shutil.copy(path, copy)
    for each in (path, copy):
        with a_runtime(each) as runtime:
            walk(runtime, resume=True)
    assert told(path) == told(copy)
