"""Runs from the ledger with values again: the same page as from the run itself, as far as files are still there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pil

import fmplang
from fmplang.errors import ConfigError, InputError
from fmplang.host.credit import credit_of
from fmplang.host.recall import recalled
from fmplang.pages.trace import trace_page
from fmplang.policy.ask_all import AskAll
from fmplang.policy.cheapest import Cheapest
from fmplang.runtime.trace import RunRecord

TEXT = '''class Seen:
    where: Image
    words: list[str]


def pick(image: Image, name: str) -> list[Image]:
    return image.find(name)


def main(image: Image, names: list[str], half: float = 0.5) -> Seen | None:
    for name in names:
        found = pick(image, name)
        if len(found) > 0:
            return Seen(where=found[0], words=[name])
    return None
'''


@fmplang.backend("detect", name="quick", cost=1.0)
def quick(request: Any) -> Any:
    return [] if request.args["name"] == "dog" else [request.args["image"].crop(2, 3, 12, 13)]


@fmplang.backend("detect", name="careful", cost=4.0)
def careful(request: Any) -> Any:
    if request.args["name"] == "mouse":
        raise ConnectionError("no line")
    return [request.args["image"].crop(20, 3, 32, 13)]


PROGRAM = fmplang.compile(TEXT, name="p.fmp")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    made = tmp_path / "photo.png"
    Pil.fromarray(np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8)).save(made)
    return made


def stored(photo: Path, names: list[str]) -> tuple[RunRecord, RunRecord]:
    """The record as the run left it, and as the ledger has it."""
    pool = fmplang.Pool([quick, careful])
    with fmplang.Runtime(pool=pool, policy=AskAll(Cheapest()), ledger=photo.parent / "runs.db") as runtime:
        run = runtime.run(PROGRAM, image=photo, names=names)
        return run.record, runtime.ledger.find_run(run.id).record


@pytest.mark.parametrize("names", [["cat"], ["dog", "cat"], ["dog", "mouse"], ["dog"]])
def test_a_recalled_run_is_shown_like_the_run_itself(photo: Path, names: list[str]) -> None:
    live, kept = stored(photo, names)
    again = recalled(kept, PROGRAM, fmplang.Limits())
    assert again.value == live.value and again.inputs == live.inputs
    assert [(call.args, call.value, call.shadows) for call in again.calls] == [
        (call.args, call.value, call.shadows) for call in live.calls]
    assert trace_page(PROGRAM, again, credit_of(PROGRAM, again)) == trace_page(PROGRAM, live, credit_of(PROGRAM, live))


def test_a_picture_that_is_gone_or_another_keeps_its_place_and_fails_when_looked_at(photo: Path) -> None:
    _, kept = stored(photo, ["cat"])
    Pil.fromarray(np.zeros((30, 40, 3), dtype=np.uint8)).save(photo)
    changed = recalled(kept, PROGRAM, fmplang.Limits())
    assert changed.value.where.box == (2, 3, 12, 13)
    with pytest.raises(InputError, match="is another picture now"):
        _ = changed.value.where.pixels
    photo.unlink()
    gone = recalled(kept, PROGRAM, fmplang.Limits())
    page = trace_page(PROGRAM, gone, credit_of(PROGRAM, gone))
    assert "there is no such file" in page and 'id="call-1"' in page


def test_another_program_is_refused_and_another_layout_is_not(photo: Path) -> None:
    _, kept = stored(photo, ["cat"])
    assert kept.executed
    with pytest.raises(ConfigError) as raised:
        recalled(kept, fmplang.compile(TEXT.replace("[0]", "[-1]")), fmplang.Limits())
    assert raised.value.code == "FMP834" and "p.fmp" in raised.value.hint
    moved = recalled(kept, fmplang.compile("# a note\n\n" + TEXT, name="p.fmp"), fmplang.Limits())
    assert moved.executed == {}
    assert recalled(kept, fmplang.compile(TEXT + "\n# a note\n", name="p.fmp"), fmplang.Limits()).executed


def test_values_that_the_ledger_left_out_stay_as_it_tells_them(photo: Path) -> None:
    _, kept = stored(photo, ["cat"])
    kept.calls[0].value, kept.inputs["names"] = {"$omitted": "300000 parts"}, {"$omitted": "many"}
    kept.calls[0].site = "main/elsewhere"
    again = recalled(kept, PROGRAM, fmplang.Limits())
    assert again.inputs["names"] == {"$omitted": "many"} and again.calls[0].value == {"$omitted": "300000 parts"}
    assert "$omitted" in trace_page(PROGRAM, again, credit_of(PROGRAM, again))
