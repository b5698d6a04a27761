"""A slice of the fuzzer, and the fuzzer itself. The whole is a command, fuzz.py; its record stands beside it."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.hostile import fuzz
from tests.hostile.fuzz_inputs import KINDS, by_grammar, nth

RECORD = Path(__file__).resolve().with_name("record.json")


def tried(seed: int, numbers: range) -> Counter[str]:
    counts: Counter[str] = Counter()
    for number in numbers:
        kind, end, trouble = fuzz.try_one(seed, number)
        assert not trouble, f"input {number} of seed {seed}:\n{trouble}"
        counts[f"{kind} {end}"] += 1
    return counts


@pytest.mark.fuzz
def test_a_slice_holds_and_reaches_every_part() -> None:
    counts = tried(7, range(600))
    assert {"soup refused", "grammar refused", "mutant refused", "mutant answered", "types answered",
            "types stopped"} <= set(counts), counts


@pytest.mark.fuzz
@pytest.mark.nightly
@pytest.mark.parametrize("block", range(50))
def test_a_block_holds(block: int) -> None:
    tried(8, range(block * fuzz.BLOCK, (block + 1) * fuzz.BLOCK))


def test_an_input_follows_from_seed_and_number() -> None:
    assert nth(1, 8) == nth(1, 8) != nth(2, 8)
    assert {nth(1, number)[0] for number in range(20)} == set(KINDS)


def test_what_the_grammar_derives_is_well_formed() -> None:
    from fmplang.syntax.parser import parse
    from fmplang.syntax.source import Source

    rng = random.Random(3)
    codes: Counter[str] = Counter()
    for _ in range(60):
        found = {d.code for d in parse(Source(by_grammar(rng))).diagnostics if d.severity == "error"}
        codes[",".join(sorted(found))] += 1
    assert codes[""] > 20, codes  # the rest breaks what the grammar leaves to the builders: targets, keywords, prompts


@pytest.mark.parametrize("text", ["x\x00", "def main() -> int:\n    return 1\n"])
def test_hold_sees_a_broken_promise(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: object) -> object:
        raise ZeroDivisionError("not from the tree")

    monkeypatch.setattr("fmplang.check", broken)
    with pytest.raises(ZeroDivisionError):
        fuzz.hold(text)


def test_a_failure_is_recorded_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    monkeypatch.setattr(fuzz, "BLOCK", 40)
    monkeypatch.setattr(fuzz, "start_worker", lambda: None)
    whole = fuzz.hold

    def broken(text: str, rng: random.Random | None = None) -> str:
        if text == nth(5, 2)[1]:
            raise KeyError("x")
        return whole(text, rng)

    record = fuzz.empty_record(5)
    monkeypatch.setattr(fuzz, "hold", broken)
    fuzz.add(record, fuzz.try_block(5, 0))
    fuzz.save(record, path)
    assert [f["number"] for f in record["failures"]] == [2] and record["counts"]["soup failed"] == 1
    assert "KeyError" in record["failures"][0]["trouble"]
    assert fuzz.try_again(path)["failures"] == record["failures"]
    monkeypatch.setattr(fuzz, "hold", whole)
    mended = fuzz.try_again(path)
    assert (mended["failures"], mended["mended"], mended["inputs"]) == ([], [2], 40)
    assert sum(mended["counts"].values()) == 40 and "soup failed" not in mended["counts"]


def test_blocks_are_not_tried_twice() -> None:
    record = fuzz.empty_record(1)
    for block in (3, 0, 1):
        fuzz.add(record, {"block": block, "counts": {}, "failures": [], "slowest": (0.0, 0)})
    assert record["blocks"] == [[0, 1], [3, 3]] and record["inputs"] == 3 * fuzz.BLOCK
    assert list(fuzz.missing(record, 6)) == [2, 4, 5]


def test_the_record_is_free_of_failures() -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert record["failures"] == []
    assert record["inputs"] == sum(record["counts"].values()) == fuzz.BLOCK * sum(
        last - first + 1 for first, last in record["blocks"])
    assert {name.split()[0] for name in record["counts"]} == set(KINDS)
