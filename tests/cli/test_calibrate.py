"""`fmplang calibrate`, and the rows of data that commands read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from fmplang.cli.rows import read_rows
from fmplang.errors import InputError
from fmplang.host.load import compile as compile_text
from fmplang.limits import Limits
from tests.cli.conftest import PROGRAM, Call

ROWS = [{"text": f"t{i}", "n": i, "label": 2 * i} for i in range(6)]


@pytest.fixture
def data(folder: Path) -> Path:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def test_it_prints_configurations_and_what_it_cost(call: Call, data: Path) -> None:
    ended = call("calibrate", "query.fmp", "--inputs", "data.jsonl", "--label-field", "label")
    assert ended.code == 0, ended.err
    head, *rows = ended.out.splitlines()
    assert head.split() == ["net", "right", "cost", "configuration"]
    assert len(rows) == 4 and all("main/ask=" in row for row in rows)
    assert "counterfactual has learned from 6 runs" in ended.err and "judged by labels" in ended.err


def test_json_has_all_of_it_and_the_runs_are_in_the_ledger(call: Call, folder: Path) -> None:
    (folder / "plain.csv").write_text("text,n\n" + "".join(f"t{i},{i}\n" for i in range(6)), encoding="utf-8")
    told = call("calibrate", "query.fmp", "--inputs", "plain.csv", "-n", "4", "--json").json
    assert (told["runs"], told["failed"], told["judge"]) == (4, 0, "agreement with the strongest")
    assert told["spent"] >= told["spent_trying"] >= 0
    nets = [one["net"] for one in told["configurations"]]
    assert nets == sorted(nets, reverse=True)
    assert call("feedback", "last", "--reward", "1").code == 0
    run = call("run", "query.fmp", "--inputs", "text=x", "--json").json
    assert run["policy"] == "counterfactual"


def test_a_budget_ends_it_with_the_code_of_a_limit(call: Call, data: Path) -> None:
    ended = call("calibrate", "query.fmp", "--inputs", "data.jsonl", "--label-field", "label", "--budget",
                 "12")
    assert ended.code == 4 and "FMP613" in ended.err


@pytest.mark.parametrize(("name", "text", "code", "told"), [
    ("a.jsonl", '{"text": "x"}\n[1]\n', "FMP816", "a.jsonl, line 2: holds a list"),
    ("a.jsonl", '{"text": "x"}\n{"text": \n', "FMP816", "line 2: not JSON"),
    ("a.jsonl", '{"txt": "x"}\n', "FMP816", "line 1: the program has no input named 'txt'"),
    ("a.jsonl", '{"text": 3}\n', "FMP810", "line 1: input text: expected str"),
    ("a.csv", "text,n\nx,1,2\n", "FMP816", "another number of fields"),
    ("a.csv", "text,n\nx,one\n", "FMP810", "line 2: input n: expected int"),
    ("a.csv", 'text,n\n"x\n', "FMP816", "not CSV"),
])
def test_what_is_no_row_is_told_with_its_line(call: Call, folder: Path, name: str, text: str, code: str,
                                              told: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    ended = call("calibrate", "query.fmp", "--inputs", name)
    assert ended.code == 2 and code in ended.err and told in ended.err, ended.err


def test_files_that_are_not_there_or_empty(call: Call, folder: Path) -> None:
    assert "FMP811" in call("calibrate", "query.fmp", "--inputs", "nowhere.jsonl").err
    (folder / "empty.jsonl").write_text("\n\n", encoding="utf-8")
    assert "holds no inputs" in call("calibrate", "query.fmp", "--inputs", "empty.jsonl").err
    (folder / "bytes.jsonl").write_bytes(b'{"text": "\xff"}\n')
    assert "not UTF-8" in call("calibrate", "query.fmp", "--inputs", "bytes.jsonl").err


def rows(name: str, label: str | None = None) -> list[Any]:
    return list(read_rows(name, compile_text(PROGRAM), Limits(), label))


def test_csv_json_lines_and_standard_input_say_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.csv").write_text("\ufefftext,n,label\nx,2,4\n\"y, z\",3,\n", encoding="utf-8")
    lines = '{"text": "x", "n": 2, "label": "4"}\n{"text": "y, z", "n": 3, "label": ""}\n'
    (folder / "a.jsonl").write_text(lines, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    from_csv = rows("a.csv", "label")
    assert [(r.inputs, r.label, r.labelled) for r in from_csv] == [
        ({"text": "x", "n": 2}, "4", True), ({"text": "y, z", "n": 3}, "", True)]
    assert rows("a.jsonl", "label") == from_csv == rows("-", "label")
    with pytest.raises(InputError, match="--label-field"):
        try:
            rows("a.csv")
        except InputError as error:
            assert "--label-field" in (error.hint or "")
            raise InputError(error.hint or "") from error
