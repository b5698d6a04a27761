"""The page of a model."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from PIL import Image as pil

from fmplang.backends.embedded.scenes.models import FOLDER, load
from fmplang.cli.pool import command
from fmplang.zoo.card import contact, drawn_again, failures, measured, page, written
from tests.zoo.test_fitting import trial


def test_failures_are_the_surest_of_each_kind_one_for_a_scene() -> None:
    made = [trial("find", False, 0.9), trial("count", False, 0.8), trial("find", True, 0.95)]
    assert [one.kind for one in failures(made)] == ["find"]  # all of one scene
    assert failures([]) == []


def test_a_card_of_the_eye_without_weights(tmp_path: Path) -> None:
    card, made = measured(load(FOLDER, "outline"), FOLDER, 20, processes=1)
    assert {trial.kind for trial in made} == {"find"} and card.rows[0].easy_count + card.rows[0].hard_count <= 20
    path = written(card, made, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text == page(card, "outline.jpg") and "| find |" in text and f"{card.flops / 1e6:,.1f}" in text
    with pil.open(tmp_path / "outline.jpg") as sheet:
        assert sheet.width == 760
    assert (tmp_path / "outline.jpg").stat().st_size < 100_000
    assert json.loads(json.dumps(card.as_json()))["name"] == "outline"
    assert contact(failures(made), drawn_again).height >= 174


def test_the_command_writes_cards_and_tells_where(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["card", "outline", "--scenes", "20", "--processes", "1", "--json",
                                          "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    (card,) = json.loads(result.stdout)["cards"]
    assert Path(card["page"]).is_file() and card["rows"][0]["kind"] == "find"
