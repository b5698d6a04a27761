"""The inputs of the examples: what they are, where they come from, how large they are."""

from __future__ import annotations

import json
import runpy
from typing import Any

import numpy as np
from PIL import Image as pil

from tests.backends.asking import INPUTS


def test_the_folder_is_small_and_every_file_is_attributed() -> None:
    files = [path for path in INPUTS.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_500_000
    told = (INPUTS / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for path in files:
        assert path.name == "ATTRIBUTION.md" or path.name in told


def test_the_photos_have_their_sizes() -> None:
    sizes = {}
    for name in ("astronaut", "chelsea", "coffee"):
        with pil.open(INPUTS / f"{name}.jpg") as opened:
            sizes[name] = opened.size
    assert sizes == {"astronaut": (512, 512), "chelsea": (451, 300), "coffee": (600, 400)}


def test_the_photos_are_those_of_scikit_image() -> None:
    from skimage import data

    for name in ("astronaut", "chelsea", "coffee"):
        with pil.open(INPUTS / f"{name}.jpg") as opened:
            ours = np.asarray(opened.convert("RGB"), dtype=np.float64)
        assert np.abs(ours - getattr(data, name)()).mean() < 4


def test_the_script_draws_the_receipt_that_is_committed() -> None:
    script: dict[str, Any] = runpy.run_path(str(INPUTS / "make_receipt.py"))
    with pil.open(INPUTS / "receipt.png") as opened:
        committed = np.asarray(opened, dtype=np.float64)
    drawn = np.asarray(script["receipt"](), dtype=np.float64)
    assert drawn.shape == committed.shape and np.abs(drawn - committed).mean() < 1  # another FreeType, another edge


def test_the_receipt_adds_up() -> None:
    lines = dict(runpy.run_path(str(INPUTS / "make_receipt.py"))["LINES"])
    items = [float(amount) for name, amount in lines.items() if name[:1].isdigit() and amount]
    assert sum(items) == float(lines["Subtotal"])
    assert float(lines["Subtotal"]) + float(lines["VAT"]) == float(lines["TOTAL EUR"]) == 23.4


def test_the_tickets_are_labelled() -> None:
    rows = [json.loads(row) for row in (INPUTS / "tickets.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == list(range(1, 21))
    assert {row["topic"] for row in rows} == {"billing", "shipping", "technical"}
    assert {row["urgency"] for row in rows} == {"low", "normal", "high"}
    assert all(set(row) == {"id", "ticket", "topic", "urgency"} and row["ticket"] for row in rows)
