"""What once broke fmplang does so no more: the files of regressions/ are programs that a fuzzer or a person found."""

from __future__ import annotations

from pathlib import Path

import pytest

import fmplang
from tests.hostile.fuzz import hold

FILES = sorted((Path(__file__).resolve().parent / "regressions").glob("*.fmp"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_regression_holds(path: Path) -> None:
    hold(path.read_text(encoding="utf-8"))


def test_there_are_some() -> None:
    assert FILES


def test_a_dict_behind_else_is_no_block_with_braces() -> None:
    text = (FILES[0].parent / "dict_behind_else_in_brackets.fmp").read_text(encoding="utf-8")
    assert fmplang.check(text).diagnostics == ()
    block = "def main(u: bool) -> int:\n    if (u) {\n        return 1\n    } else {\n        return 2\n    }\n"
    assert {d.code for d in fmplang.check(block).diagnostics} == {"FMP014"}


def test_records_double_only_so_often() -> None:
    text = (FILES[0].parent / "records_doubled.fmp").read_text(encoding="utf-8")
    assert {d.code for d in fmplang.check(text).diagnostics} == {"FMP225"}

    def doubled(times: int, field: str) -> str:
        records = "".join(f"class R{i + 1}:\n    x: {field.format(i)}\n    y: R{i}\n\n\n" for i in range(times))
        return f"class R0:\n    n: int\n\n\n{records}def main(r: R{times}) -> int:\n    return 1\n"

    assert fmplang.check(doubled(8, "R{}")).ok
    for field in ("R{}", "list[R{}]", "dict[str, R{}] | None", "tuple[int, R{}]"):
        assert {d.code for d in fmplang.check(doubled(9, field)).diagnostics} == {"FMP225"}, field
    wide = "class R:\n" + "".join(f"    f{i}: int\n" for i in range(900))
    assert fmplang.check(wide + "\n\ndef main(r: R) -> int:\n    return r.f7\n").ok
    twice = fmplang.check(wide + "\n\ndef main(r: tuple[R, R]) -> int:\n    return 1\n")
    assert {d.code for d in twice.diagnostics} == {"FMP225"}
