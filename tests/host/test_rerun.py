"""A recorded run once more: the same, or what differs; files that are gone; runs that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pil

import fmplang
from fmplang.errors import EvaluationError
from fmplang.host.rerun import rerun
from fmplang.ledger.base import StoredRun
from fmplang.runtime.trace import RunRecord
from tests.host.programs import GROUP, TWO, a_pool, backend, program


@pytest.fixture(params=["memory", "file"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[fmplang.Runtime]:
    with fmplang.Runtime(pool=a_pool(), ledger=None if request.param == "memory" else tmp_path / "runs.db") as made:
        yield made


def test_a_run_is_the_same_with_its_own_answers(runtime: fmplang.Runtime) -> None:
    for asked, inputs, calls in ((TWO, {"t": "a"}, 2), (GROUP, {"ts": ["a", "b", "c"]}, 3)):
        run = runtime.run(asked, **inputs)
        told = rerun(runtime.ledger.find_run(run.id), asked)
        assert (told.same, told.calls, told.value, told.edited) == (True, calls, run.value, False)


@pytest.mark.parametrize(("body", "told"), [
    ("if ask(t):\n    return count(t) + 1\nreturn 0", "the value is 11; it was 10"),
    ("if ask(t):\n    return count(t + t)\nreturn 0", 'the arguments are {"text":"aa"}; they were {"text":"a"}'),
    ("return count(t)", "the program asks at main/count, where the run asked at main/ask"),
    ("if ask(t):\n    return 10\nreturn 0", "1 of its calls are no longer made, the first at main/count"),
    ("if ask(t):\n    return count(t) + count(t)\nreturn 0", "where the run asked nothing"),
    ("if ask(t):\n    return [count(t)][1]\nreturn 0", "the run now fails with FMP501"),
])
def test_an_edited_program_is_told_by_what_it_does(runtime: fmplang.Runtime, body: str, told: str) -> None:
    run = runtime.run(TWO, t="a")
    found = rerun(runtime.ledger.find_run(run.id), program(body, "t: str"))
    assert found.edited and not found.same
    assert len(found.differences) == 1 and told in found.differences[0]


def test_an_edit_that_changes_nothing_is_an_edit_and_no_difference(runtime: fmplang.Runtime) -> None:
    run = runtime.run(TWO, t="a")
    found = rerun(runtime.ledger.find_run(run.id), program("if not ask(t):\n    return 0\nreturn count(t)", "t: str"))
    assert found.same and found.edited


def test_failures_are_replayed_too(runtime: fmplang.Runtime) -> None:
    fails = program("return [count(t)][3]", "t: str")
    with pytest.raises(fmplang.RunError) as raised:
        runtime.run(fails, t="a")
    stored = runtime.ledger.find_run(raised.value.run_id)
    assert rerun(stored, fails).same and rerun(stored, fails).error == stored.record.error
    mended = program("return [count(t)][0]", "t: str")
    assert rerun(stored, mended).differences == (f"the run now does not fail; it failed with {stored.record.error}",)


def test_a_backend_that_failed_fails_again() -> None:
    def dead(request: Any) -> Any:
        raise ConnectionError("the line is dead")

    runtime = fmplang.Runtime(pool=fmplang.Pool([backend("vqa", dead, "dead")]))
    asked = program("if ask(t):\n    return 1\nreturn 0", "t: str")
    with pytest.raises(fmplang.BackendError) as raised:
        runtime.run(asked, t="a")
    told = rerun(runtime.ledger.find_run(raised.value.run_id), asked)
    assert told.same and told.error is not None and "the line is dead" in told.error


def test_a_run_that_a_limit_stopped_is_the_same_up_to_there() -> None:
    runtime = fmplang.Runtime(pool=a_pool(), policy="cheapest", limits=fmplang.Limits(spend=3.0))
    asked = program("n = count(t)\nreturn n * count(t + t)", "t: str")
    with pytest.raises(fmplang.LimitError) as raised:
        runtime.run(asked, t="a")
    told = rerun(runtime.ledger.find_run(raised.value.run_id), asked)
    assert (told.same, told.calls) == (True, 1)


def test_a_run_that_never_ended_cannot_be_replayed(runtime: fmplang.Runtime) -> None:
    runtime.ledger.record_decisions(RunRecord("0a00000000000000", "p", "main"), [])
    with pytest.raises(EvaluationError) as raised:
        rerun(runtime.ledger.find_run("0a"), TWO)
    assert raised.value.code == "FMP845"


LOOK = fmplang.compile('''
@neural("detect")
def spots(image: Image) -> list[Image]:
    """Find the spots."""

def main(image: Image) -> list[int]:
    return [spot.width for spot in spots(image)]
''')


def seen(path: Path, tmp_path: Path) -> StoredRun:
    """A run on a picture in a file, kept in a ledger in a file."""
    pool = fmplang.Pool([backend("detect", lambda request: [request.args["image"].crop(1, 1, 3, 5)], "cut")])
    with fmplang.Runtime(pool=pool, ledger=tmp_path / "runs.db") as runtime:
        run = runtime.run(LOOK, image=path)
        assert run.value == [2]
        return runtime.ledger.find_run(run.id)


def test_pictures_are_read_again_from_their_files(tmp_path: Path) -> None:
    path = tmp_path / "dots.png"
    Pil.fromarray(np.arange(8 * 6 * 3, dtype=np.uint8).reshape(8, 6, 3)).save(path)
    stored = seen(path, tmp_path)
    assert rerun(stored, LOOK).same
    Pil.fromarray(np.zeros((8, 6, 3), dtype=np.uint8)).save(path)
    with pytest.raises(EvaluationError, match="is not what it was") as raised:
        rerun(stored, LOOK)
    assert raised.value.code == "FMP844" and raised.value.exit_code == 1
    path.unlink()
    with pytest.raises(EvaluationError, match="cannot be read again") as raised:
        rerun(stored, LOOK)
    assert raised.value.code == "FMP844" and "dots.png" in raised.value.message


def test_what_was_never_in_a_file_cannot_be_had_again(tmp_path: Path) -> None:
    pool = fmplang.Pool([backend("detect", [], "none")])
    with fmplang.Runtime(pool=pool, ledger=tmp_path / "runs.db") as runtime:
        run = runtime.run(LOOK, image=np.zeros((4, 4, 3), dtype=np.uint8))
        stored = runtime.ledger.find_run(run.id)
    with pytest.raises(EvaluationError, match="cannot be read again") as raised:
        rerun(stored, LOOK)
    assert raised.value.code == "FMP844"


@pytest.mark.parametrize("value", [{"$image": "x"}, {"$omitted": "300000 parts"}, 7, None, [1]])
def test_a_damaged_ledger_ends_in_a_clear_error(runtime: fmplang.Runtime, value: Any) -> None:
    run = runtime.run(TWO, t="a")
    stored = runtime.ledger.find_run(run.id)
    damaged = replace(stored, record=replace(stored.record, inputs={"t": value}))
    with pytest.raises(EvaluationError) as raised:
        rerun(damaged, TWO)
    assert raised.value.code == "FMP844"
