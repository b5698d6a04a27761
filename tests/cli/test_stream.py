"""`fmplang stream`: what it reads, what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fmplang.backends import pool
from fmplang.backends.scripted import ScriptedBackend
from fmplang.cli.stream_rows import Arriving
from fmplang.ledger.base import open_ledger
from tests.cli.conftest import Call, Ended

ROWS: list[dict[str, Any]] = [{"text": "x" * (i + 1), "n": 2, "right": 2 * (i + 1)} for i in range(5)]
LIGHT = '''\
@neural("see")
def light(image: Image) -> bool:
    """Is it light?"""


def main(image: Image) -> bool:
    return light(image)
'''


def lines(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


def write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(folder: Path) -> Path:
    write(folder / "data.jsonl", ROWS)
    return folder / "data.jsonl"


@pytest.fixture
def see(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program on images, a pool that sees them, and four pictures."""
    def light(request: Any) -> bool:
        return bool(request.args["image"].pixels.mean() > 100)

    monkeypatch.setitem(pool.PRESETS, "scripted", ("tests.cli.test_stream", "eyes"))
    monkeypatch.setattr("tests.cli.test_stream.eyes", lambda: (ScriptedBackend("see", light, name="eyes", cost=1.0),),
                        raising=False)
    (folder / "light.fmp").write_text(LIGHT)
    (folder / "pictures").mkdir()
    for i, grey in enumerate((0, 200, 50, 250)):
        Image.fromarray(np.full((4, 5, 3), grey, np.uint8)).save(folder / "pictures" / f"{3 - i}.png")
    (folder / "pictures" / "readme.txt").write_text("not a picture")
    return folder


STREAM = ("stream", "query.fmp", "--policy", "strongest")


def test_each_row_is_a_line_with_its_run(call: Call, data: Path) -> None:
    ended = call(*STREAM, "--inputs", "data.jsonl", "--label", "right", "--json")
    assert ended.code == 0, ended.err
    *rows, last = lines(ended)
    assert [(row["row"], row["value"], row["label"], row["correct"], row["cost"]) for row in rows] == [
        (i + 1, 2 * (i + 1), 2 * (i + 1), True, 8.0) for i in range(5)]
    summary = last["summary"]
    assert (summary["rows"], summary["judged"], summary["reward"], summary["cost"]) == (5, 5, 1.0, 40.0)
    assert summary["backends"] == {"big": {"calls": 10, "share": 1.0}} and not summary["interrupted"]
    assert "5 rows, 100.0% right of 5 with feedback, 40 units, big 100%" in ended.err
    store = open_ledger("runs.db")
    assert [run.outcomes[0].label for run in store.runs()] == [2, 4, 6, 8, 10]
    assert [run.record.id for run in store.runs()] == [row["run_id"] for row in rows]
    store.close()


def test_csv_and_standard_input_say_the_same(call: Call, folder: Path, data: Path) -> None:
    (folder / "data.csv").write_text("text,n,right\n" + "".join(
        f"{row['text']},2,{row['right'] if i != 1 else ''}\n" for i, row in enumerate(ROWS)), encoding="utf-8")
    label = ("--label", "right", "-q")
    whole = lines(call(*STREAM, "--inputs", "data.jsonl", *label))
    told = lines(call(*STREAM, "--inputs", "-", *label, stdin=data.read_text()))
    assert [(row["value"], row["label"]) for row in told] == [(row["value"], row["label"]) for row in whole]
    cells = lines(call(*STREAM, "--inputs", "data.csv", *label))
    assert [row["value"] for row in cells] == [row["value"] for row in whole]
    assert ["label" in row for row in cells] == [True, False, True, True, True]


def test_a_reward_may_be_the_feedback_and_rows_without_get_none(call: Call, folder: Path) -> None:
    write(folder / "data.jsonl", [{"text": "a", "good": 0.25}, {"text": "b", "good": None}, {"text": "c"}])
    ended = call(*STREAM, "--inputs", "data.jsonl", "--reward", "good", "--json")
    *rows, last = lines(ended)
    assert [row.get("reward") for row in rows] == [0.25, None, None]
    assert (last["summary"]["judged"], last["summary"]["reward"]) == (1, 0.25)
    store = open_ledger("runs.db")
    assert [[outcome.reward for outcome in run.outcomes] for run in store.runs()] == [[0.25], [], []]
    store.close()


def test_feedback_may_come_some_rows_later(call: Call, data: Path) -> None:
    assert call(*STREAM, "--inputs", "data.jsonl", "--label", "right", "--feedback-delay", "2").code == 0
    store = open_ledger("runs.db")
    numbers = [(event.run.record.number, event.outcome is not None) for event in store.events()]
    store.close()
    assert numbers == [(0, False), (1, False), (2, False), (0, True), (3, False), (1, True), (4, False), (2, True),
                       (3, True), (4, True)]


@pytest.mark.parametrize("concurrency", ["1", "3", "16"])
def test_rows_come_in_their_order_whatever_goes_side_by_side(call: Call, data: Path, concurrency: str) -> None:
    ended = call(*STREAM, "--inputs", "data.jsonl", "--label", "right", "--concurrency", concurrency)
    assert [(row["row"], row["value"]) for row in lines(ended)] == [(i + 1, 2 * i + 2) for i in range(5)]


BAD: list[Any] = [{"text": "fine"}, "{broken\n", {"text": 3}, {"txt": "x"}, {"text": "fail now"},
                  {"text": "x", "right": "yes"}, [1], "\n", {"text": "fine too"}]


def test_a_row_that_fails_is_a_line_and_does_not_end_the_stream(call: Call, folder: Path) -> None:
    write(folder / "data.jsonl", BAD)
    ended = call(*STREAM, "--inputs", "data.jsonl", "--label", "right", "--json")
    assert ended.code == 1, ended.err
    *rows, last = lines(ended)
    assert [row.get("error", {}).get("code") for row in rows] == [
        None, "FMP816", "FMP810", "FMP816", "FMP700", "FMP818", "FMP816", None]
    places = [row["error"]["message"] for row in rows if "error" in row and row["run_id"] is None]
    assert [place.split(":")[0] for place in places] == [f"data.jsonl, line {n}" for n in (2, 3, 4, 6, 7)]
    assert rows[4]["run_id"] and rows[4]["error"]["site"] == "main/ask"
    assert last["summary"]["failed"] == 6 and "6 failed" in ended.err


def test_it_ends_with_the_first_failure_where_asked_to(call: Call, folder: Path) -> None:
    write(folder / "data.jsonl", BAD)
    ended = call(*STREAM, "--inputs", "data.jsonl", "--label", "right", "--fail-fast")
    assert ended.code == 2 and len(lines(ended)) == 2 and "data.jsonl, line 2: not JSON" in ended.err
    write(folder / "data.jsonl", [{"text": "fail now"}, {"text": "x"}])
    ended = call(*STREAM, "--inputs", "data.jsonl", "--fail-fast")
    assert ended.code == 5 and len(lines(ended)) == 1


def test_a_budget_ends_it_and_a_larger_one_goes_on(call: Call, data: Path) -> None:
    args = (*STREAM, "--inputs", "data.jsonl", "--label", "right")
    ended = call(*args, "--budget", "20")
    assert ended.code == 4 and "FMP613" in ended.err and len(lines(ended)) == 4
    ended = call(*args, "--budget", "20", "--resume", "--only-new")
    assert ended.code == 4 and "FMP613" in ended.err and ended.out == ""
    ended = call(*args, "--budget", "100", "--resume", "--only-new")
    assert ended.code == 0 and [(row["row"], row["cost"]) for row in lines(ended)] == [(5, 8.0)]
    assert [row.get("earlier") for row in lines(call(*args, "--budget", "100", "--resume"))] == [True] * 5


def test_a_stream_that_is_cut_goes_on(call: Call, folder: Path) -> None:
    write(folder / "data.jsonl", [*ROWS[:3], {"text": "interrupt"}])
    args = (*STREAM, "--inputs", "data.jsonl", "--label", "right")
    ended = call(*args, "--json")
    assert ended.code == 130 and "--resume goes on" in ended.err
    assert [row.get("row") for row in lines(ended)] == [1, 2, 3, None] and lines(ended)[-1]["summary"]["interrupted"]
    write(folder / "data.jsonl", ROWS)
    ended = call(*args, "--resume")
    assert [row.get("earlier", False) for row in lines(ended)] == [True, True, True, False, False]
    ended = call(*args, "--resume", "--seed", "9")
    assert ended.code == 2 and "FMP835" in ended.err and "seed was 0 and is 9" in ended.err
    write(folder / "data.jsonl", [ROWS[0], ROWS[2]])
    ended = call(*args, "--resume")
    assert ended.code == 2 and "FMP836" in ended.err and "data.jsonl, line 2" in ended.err


def test_without_a_ledger_it_runs_and_cannot_go_on(call: Call, folder: Path, data: Path) -> None:
    args = (*STREAM, "--inputs", "data.jsonl", "--label", "right", "--no-ledger")
    assert call(*args).code == 0 and not (folder / "runs.db").exists()
    assert "--resume needs a ledger" in call(*args, "--resume").err
    write(data, [{"text": "interrupt"}])
    assert "cannot go on" in call(*args).err


@pytest.mark.parametrize(("args", "told"), [
    (("-", "--inputs", "-"), "cannot be both"),
    (("query.fmp", "--inputs", "data.jsonl", "--only-new"), "--only-new goes with --resume"),
    (("query.fmp", "--inputs", "data.jsonl", "--labels", "x.csv"), "--labels is for a folder"),
    (("query.fmp", "--inputs", "nowhere.jsonl"), "FMP811"),
    (("query.fmp", "--inputs", "data.jsonl", "--horizon", "5"), "there is no budget"),
])
def test_what_makes_no_sense_is_said(call: Call, data: Path, args: tuple[str, ...], told: str) -> None:
    ended = call("stream", *args)
    assert ended.code == 2 and told in ended.err and ended.out == ""


def test_other_fields_are_refused_or_left_out(call: Call, folder: Path) -> None:
    write(folder / "data.jsonl", [{"id": 7, "text": "x"}])
    ended = call(*STREAM, "--inputs", "data.jsonl")
    assert ended.code == 1 and "--ignore-others" in lines(ended)[0]["error"]["hint"]
    assert call(*STREAM, "--inputs", "data.jsonl", "--ignore-others").code == 0


def test_only_so_many_rows(call: Call, data: Path) -> None:
    args = (*STREAM, "--inputs", "data.jsonl", "--label", "right")
    assert len(lines(call(*args, "-n", "2"))) == 2
    more = lines(call(*args, "-n", "4", "--resume"))
    assert [row.get("earlier", False) for row in more] == [True, True, False, False]


# ---------------------------------------------------------------- images


def test_a_folder_of_images_has_a_row_for_each_by_name(call: Call, see: Path) -> None:
    (see / "labels.csv").write_text("file,right\n0.png,yes\n2.png,no\n")
    args = ("stream", "light.fmp", "--inputs", "pictures", "--labels", "labels.csv", "--label", "right")
    ended = call(*args)
    assert ended.code == 0, ended.err
    assert [(row["value"], row.get("label"), row.get("correct")) for row in lines(ended)] == [
        (True, "yes", True), (False, None, None), (True, "no", False), (False, None, None)]
    Image.fromarray(np.full((4, 5, 3), 9, np.uint8)).save(see / "pictures" / "1.png")
    ended = call(*args, "--resume")
    assert ended.code == 2 and "FMP836" in ended.err and "1.png" in ended.err


def test_what_is_wrong_with_a_folder_is_said(call: Call, see: Path, data: Path) -> None:
    assert "one Image parameter" in call(*STREAM, "--inputs", "pictures").err
    (see / "empty").mkdir()
    assert "holds no pictures" in call("stream", "light.fmp", "--inputs", "empty").err
    (see / "labels.csv").write_text("file,right\nnone.png,yes\n")
    ended = call("stream", "light.fmp", "--inputs", "pictures", "--labels", "labels.csv", "--label", "right")
    assert ended.code == 2 and "labels.csv, line 2: 'none.png' is no picture" in ended.err
    (see / "pictures" / "2.png").write_bytes(b"damaged")
    rows = lines(call("stream", "light.fmp", "--inputs", "pictures"))
    assert [row.get("error", {}).get("code") for row in rows] == [None, None, "FMP812", None]


def test_a_data_set_on_disk(call: Call, see: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "kind": datasets.ClassLabel(names=["no", "yes"])})
    pictures = [np.full((4, 5, 3), grey, np.uint8) for grey in (0, 250, 60)]
    whole = datasets.Dataset.from_dict({"image": [Image.fromarray(each) for each in pictures], "kind": [0, 1, 1]},
                                       features=features)
    whole.save_to_disk(see / "set")
    args = ("stream", "light.fmp", "--inputs", "set", "--label", "kind")
    ended = call(*args)
    assert ended.code == 0, ended.err
    assert [(row["value"], row["label"], row["correct"]) for row in lines(ended)] == [
        (False, "no", True), (True, "yes", True), (False, "yes", False)]
    assert [row["earlier"] for row in lines(call(*args, "--resume"))] == [True] * 3
    datasets.DatasetDict({"train": whole}).save_to_disk(see / "parts")
    ended = call("stream", "light.fmp", "--inputs", "parts", "--label", "kind")
    assert ended.code == 2 and "name one of them: parts/train" in ended.err


def test_without_the_package_for_data_sets_it_is_named(call: Call, see: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    (see / "set").mkdir()
    (see / "set" / "dataset_info.json").write_text("{}")
    ended = call("stream", "light.fmp", "--inputs", "set")
    assert ended.code == 2 and "pip install datasets" in ended.err


# ---------------------------------------------------------------- lines as they come


def test_lines_that_arrive_in_pieces() -> None:
    import os

    reader, writer = os.pipe()
    made = Arriving(reader)
    try:
        assert not made.ready()
        os.write(writer, b"\xef\xbb\xbf{\"a\"")
        assert not made.ready()
        os.write(writer, b": 1}\n\xc3\xa4")
        assert made.ready() and made.readline() == '{"a": 1}\n' and not made.ready()
        os.close(writer)
        assert made.ready() and made.readline() == "ä" and made.readline() == "" and made.ready()
    finally:
        os.close(reader)
