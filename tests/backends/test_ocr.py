"""Reading text with the real program, and without it. CI installs the program."""

from __future__ import annotations

import difflib
import os
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from fmplang.backends.embedded.tesseract import Tesseract
from fmplang.backends.pool import Pool
from fmplang.errors import BackendError, BackendTimeout, NoBackend
from tests.backends.asking import READ, TOPIC, VERIFY, answer, ask, image, photo, plain

TOTAL = "TOTAL EUR 23.40"
with_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs the program tesseract")


def changed(size: float = 1.0, turn: float = 0.0, shade: bool = False) -> object:
    grey = pil.fromarray(np.asarray(photo("receipt.png").pixels)).convert("L")
    if shade:
        levels = np.asarray(grey, dtype=np.float64) * np.linspace(0.35, 1, grey.width)
        grey = pil.fromarray(levels.astype(np.uint8))
    grey = grey.resize((round(grey.width * size), round(grey.height * size)), pil.Resampling.BOX)
    grey = grey.rotate(turn, pil.Resampling.BICUBIC, expand=True, fillcolor=246)
    return np.stack([np.asarray(grey)] * 3, axis=-1)


@with_tesseract
@pytest.mark.parametrize("grade", ["fast", "careful"])
def test_the_receipt_is_read_line_by_line(grade: str) -> None:
    said = answer(Tesseract(grade), READ, photo("receipt.png"))  # type: ignore[arg-type]
    lines = said.value.splitlines()
    assert lines[0] == "CORNER BOOKS & COFFEE" and TOTAL in lines and "Paid by card 23.40" in lines
    assert said.confidence is not None and said.confidence > 0.85


@with_tesseract
def test_the_careful_reading_copes_with_what_the_fast_one_does_not() -> None:
    for wrong in (changed(shade=True), changed(size=1 / 3)):
        fast, careful = (answer(Tesseract(grade), READ, image(wrong)).value for grade in ("fast", "careful"))
        clear = answer(Tesseract("fast"), READ, photo("receipt.png")).value
        alike = [difflib.SequenceMatcher(None, text, clear, autojunk=False).ratio() for text in (fast, careful)]
        assert alike[0] < 0.7 < 0.8 < alike[1]


@with_tesseract
def test_the_careful_reading_turns_a_page_upright() -> None:
    assert TOTAL in answer(Tesseract("careful"), READ, image(changed(turn=-6))).value.splitlines()


@with_tesseract
@pytest.mark.parametrize("grade", ["fast", "careful"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 400), (8, 8), (8, 900), (900, 8), (40, 40)])
def test_a_picture_without_text_gives_no_text(grade: str, shape: tuple[int, int]) -> None:
    said = answer(Tesseract(grade), READ, plain((240, 240, 240), shape[1], shape[0]))  # type: ignore[arg-type]
    assert said.value == "" and said.confidence is None


@with_tesseract
def test_the_same_picture_has_the_same_text() -> None:
    first, second = (answer(Tesseract("careful"), READ, photo("receipt.png")) for _ in range(2))
    assert first == second


@with_tesseract
def test_a_language_that_is_not_installed_is_told() -> None:
    backend = Tesseract("fast").configured(language="tlh")
    with pytest.raises(BackendError, match="tesseract failed") as caught:
        answer(backend, READ, photo("receipt.png"))
    assert "--list-langs" in caught.value.hint and caught.value.backend == "tesseract-fast"


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Puts a program named tesseract before all others."""
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_program_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(BackendTimeout) as caught:
        answer(Tesseract("fast").configured(timeout=0.2), READ, photo("receipt.png"))
    assert caught.value.code == "FMP701" and "timeout" in caught.value.hint


def test_a_program_that_fails_is_told_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "cat >/dev/null; echo 'out of ink' >&2; exit 3")
    with pytest.raises(BackendError, match="tesseract failed: out of ink"):
        answer(Tesseract("fast"), READ, photo("receipt.png"))


def test_a_table_with_damaged_rows_is_read_as_far_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["level\tpage", "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t80\thello", "5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t10\tspeck",
            "5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t60\tto", "torn\trow", "5\t1\t1\t1\t2\t2\t0\t0\t9\t9\t-1\t", ""]
    (tmp_path / "table.tsv").write_text("\n".join(rows), encoding="utf-8")
    program(tmp_path, monkeypatch, f"cat >/dev/null; cat '{tmp_path}/table.tsv'")
    said = answer(Tesseract("fast"), READ, photo("receipt.png"))
    assert said.value == "hello\nto"
    assert said.confidence == pytest.approx((5 * 0.8 + 2 * 0.6) / 7)


def test_without_the_program_one_is_told_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    health = Tesseract("fast").health()
    assert not health.ok and "tesseract is not installed" in health.why
    assert "apt-get install tesseract-ocr" in health.mend
    with pytest.raises(BackendError, match="cannot work here") as caught:
        Tesseract("fast").answer([ask(READ, photo("receipt.png"))])
    assert caught.value.code == "FMP705" and "apt-get install tesseract-ocr" in caught.value.hint
    with pytest.raises(NoBackend, match="capability 'ocr'") as nobody:
        Pool.preset("embedded").for_request(ask(READ, photo("receipt.png")))
    assert "tesseract-fast: not here: the program tesseract is not installed." in nobody.value.hint
    assert "apt-get install tesseract-ocr" in nobody.value.hint


def test_only_calls_of_its_shape_are_its() -> None:
    backend = Tesseract("fast")
    assert backend.supports(ask(READ, plain((0, 0, 0))))
    assert not backend.supports(ask(VERIFY, plain((0, 0, 0)), "a", "red"))
    assert not backend.supports(ask(TOPIC, "text"))


@pytest.mark.parametrize(("key", "value"), [
    ("language", "../../etc"), ("language", ""), ("language", "eng deu"), ("timeout", 0.0), ("timeout", -1.0),
    ("timeout", float("inf")), ("colour", "red"),
])
def test_wrong_settings_are_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=key):
        Tesseract("fast").configured(**{key: value})
