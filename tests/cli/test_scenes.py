"""`fmplang scenes`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from fmplang.scenes.graph import scene_from
from fmplang.scenes.layout import scene
from fmplang.scenes.render import draw
from tests.cli.conftest import Call


def test_show_writes_a_sheet(call: Call, folder: Path) -> None:
    ended = call("scenes", "show", "--count", "4", "--columns", "2", "--hardness", "0.2", "--out", "some.jpg")
    assert (ended.code, ended.out) == (0, "some.jpg\n"), ended.err
    assert ended.err.startswith("4 scenes of develop, difficulty 0.")
    with Image.open(folder / "some.jpg") as page:
        assert page.width > 512 and page.height > 600


def test_show_as_json(call: Call, folder: Path) -> None:
    told = call("scenes", "show", "--count", "2", "--split", "test", "--first", "5", "--json").json
    assert (folder / "sheet.png").exists() and told["page"] == "sheet.png"
    assert [one["name"] for one in told["scenes"]] == ["test/5", "test/6"]
    assert told["scenes"][0]["difficulty"] == scene("test", 5).difficulty


def test_make_writes_pictures_and_what_they_hold(call: Call, folder: Path) -> None:
    ended = call("scenes", "make", "made", "--split", "bench", "--count", "11", "--processes", "1", "--json")
    assert ended.code == 0, ended.err
    assert (ended.json["count"], ended.json["split"]) == (11, "bench")
    assert ended.err == ""  # no progress but on a terminal
    rows = [json.loads(line) for line in (folder / "made" / "scenes.jsonl").read_text("utf-8").splitlines()]
    assert [row["file"] for row in rows] == [f"bench-{number:02}.png" for number in range(11)]
    made = scene_from(rows[3])
    assert made == scene("bench", 3)
    with Image.open(folder / "made" / "bench-03.png") as picture:
        assert np.array_equal(np.asarray(picture), draw(made))
    assert ended.json["things"] == sum(len(row["things"]) for row in rows)


def test_what_cannot_be_is_said(call: Call, folder: Path) -> None:
    for args, code, said in ((("show", "--split", "tests"), "FMP860", "develop"),
                             (("show", "--out", "sheet.pdf"), "FMP861", ".png"),
                             (("show", "--count", "1", "--out", "no/where.png"), "FMP861", "folder"),
                             (("make", "query.fmp", "--count", "1"), "FMP861", "query.fmp"),
                             (("show", "--hardness", "2"), "FMP805", "hardness")):
        ended = call("scenes", *args)
        assert ended.code == 2
        assert code in ended.err and said in ended.err
