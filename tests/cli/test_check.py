"""`fmplang check`, `fmt`, `sites` and `explain`, end to end."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Call

WRONG = "def main(n: int) -> str:\n    return n + 1\n"
TWO_WRONG = "def main(n: int) -> str:\n    x = unknown_name\n    return n\n"


def test_a_program_that_is_right_passes_in_silence(call: Call) -> None:
    ended = call("check", "query.fmp")
    assert (ended.code, ended.out, ended.err) == (0, "", "1 file checked: no findings\n")


def test_every_independent_diagnostic_is_shown_with_its_frame(call: Call, folder: Path) -> None:
    (folder / "p.fmp").write_text(TWO_WRONG)
    ended = call("check", "p.fmp")
    assert ended.code == 1 and ended.err == "1 file checked: 2 errors\n"
    assert re.findall(r"^ +--> (\S+)", ended.out, re.MULTILINE) == ["p.fmp:2:9", "p.fmp:3:12"]
    assert " 2 |     x = unknown_name\n   |         ^^^^^^^^^^^^" in ended.out


def test_files_folders_and_standard_input(call: Call, folder: Path) -> None:
    below = folder / "more" / "deep"
    below.mkdir(parents=True)
    (below / "a.fmp").write_text(WRONG)
    (below / "b.txt").write_text("not a program")
    (folder / "more" / "z.fmp").write_text(PROGRAM)
    told = call("check", "--json", "query.fmp", "more", "more/z.fmp", "-", stdin=WRONG).json
    assert [(f["file"], f["ok"]) for f in told["files"]] == [
        ("query.fmp", True), ("more/deep/a.fmp", False), ("more/z.fmp", True), ("-", False)]
    assert told["files"][3]["diagnostics"][0]["file"] == "<stdin>"
    assert told["ok"] is False and told["version"] == 1


def test_what_cannot_be_read_is_told_and_the_others_are_checked(call: Call, folder: Path) -> None:
    (folder / "p.fmp").write_text(WRONG)
    (folder / "latin.fmp").write_bytes(b"# caf\xe9\n")
    (folder / "empty").mkdir()
    ended = call("check", "missing.fmp", "p.fmp", "latin.fmp")
    assert ended.code == 2
    assert "missing.fmp cannot be read: no such file" in ended.err
    assert "latin.fmp cannot be read: not UTF-8 text: byte 0xe9 in line 1" in ended.err
    assert "--> p.fmp:2:12" in ended.out and "3 files checked: 1 error; 2 files not read" in ended.err
    assert call("check", "--json", "missing.fmp").json["files"][0]["error"]["code"] == "FMP830"
    assert call("check", "empty").code == 2


@pytest.mark.parametrize("text", [
    "", "\0", "\x1b[2J", "((((" * 5_000, "x = " + "1 + " * 20_000 + "1", "\udcff", "\ufeff", "a" * 70_000,
    "def main() -> int:\n\treturn 1\n        return 2",
])
def test_hostile_text_gives_diagnostics_and_nothing_else(call: Call, text: str) -> None:
    ended = call("check", "-", stdin=text.encode("utf-8", "surrogateescape"))
    assert ended.code in (1, 2)
    assert "\x1b" not in ended.out + ended.err and "\0" not in ended.out + ended.err
    assert all(len(line) < 400 for line in ended.out.splitlines())


def test_warnings_are_findings_only_where_asked(call: Call, folder: Path) -> None:
    from fmplang import check

    text = PROGRAM + "\n\ndef unused(text: str) -> str:\n    return 'yes' if ask(text) else 'no'\n"
    warnings = [d for d in check(text).diagnostics if d.severity == "warning"]
    (folder / "p.fmp").write_text(text)
    assert call("check", "p.fmp").code == 0
    assert call("check", "--strict", "p.fmp").code == (1 if warnings else 0)


def test_fix_applies_what_is_safe_and_says_so(call: Call, folder: Path) -> None:
    text = "def main(n: int) -> bool:\r\n    # kept\r\n    return n == 1 && n > 0\r\n"
    path = folder / "p.fmp"
    path.write_bytes(text.encode())
    path.chmod(0o640)
    ended = call("check", "--fix", "p.fmp")
    fixed = path.read_bytes().decode()
    assert fixed == text.replace("&&", "and"), ended
    assert ended.code == 0 and "1 fix applied" in ended.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(p.name for p in folder.iterdir()) == ["fmplang.toml", "p.fmp", "query.fmp"]
    assert call("check", "--fix", "-", stdin=text).out == fixed.replace("\r\n", "\n")
    assert call("check", "--fix", "--json", "-", stdin=text).code == 2


def test_fix_leaves_a_file_that_cannot_be_written_as_it_was(call: Call, folder: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "p.fmp"
    path.write_text("def main(n: int) -> bool:\n    return n == 1 && n > 0\n")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    ended = call("check", "--fix", "p.fmp")
    assert ended.code == 2 and "error[FMP831]" in ended.err and "No space left" in ended.err
    assert "&&" in path.read_text()
    assert sorted(p.name for p in folder.iterdir()) == ["fmplang.toml", "p.fmp", "query.fmp"]


def test_colour_is_for_terminals_and_can_be_forced_or_forbidden(call: Call, folder: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "p.fmp").write_text(WRONG)
    assert "\x1b" not in call("check", "p.fmp").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31merror[FMP" in call("check", "p.fmp").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in call("check", "p.fmp").out


def test_limits_hold_for_checking_too(call: Call) -> None:
    ended = call("check", "query.fmp", "--limit", "source=20")
    assert ended.code == 1 and "error[FMP601]" in ended.out


# --------------------------------------------------------------------------- fmt

UGLY = "def main(n:int)->int:\n    # why\n    return n+1   # because\n"


def test_fmt_writes_the_canonical_layout_once_and_keeps_comments(call: Call, folder: Path) -> None:
    path = folder / "p.fmp"
    path.write_text(UGLY)
    assert call("fmt", "--check", "p.fmp").code == 1 and path.read_text() == UGLY
    assert "+def main(n: int) -> int:" in call("fmt", "--diff", "p.fmp").out and path.read_text() == UGLY
    ended = call("fmt", "p.fmp")
    assert (ended.code, ended.out, ended.err) == (0, "", "1 file looked at: 1 changed\n")
    text = path.read_text()
    assert "# why" in text and "# because" in text and "n + 1" in text
    assert call("fmt", "p.fmp").err == "1 file looked at: none changed\n" and path.read_text() == text
    assert call("fmt", "--check", "p.fmp").code == 0
    assert call("fmt", "-", stdin=UGLY).out == text
    assert call("fmt", "--json", "p.fmp").json["files"] == [{"file": "p.fmp", "changed": False}]


def test_fmt_leaves_what_does_not_parse_and_keeps_line_ends(call: Call, folder: Path) -> None:
    path = folder / "p.fmp"
    path.write_text("def main(:\n")
    ended = call("fmt", "p.fmp", "query.fmp")
    assert ended.code == 1 and "--> p.fmp:1:" in ended.err and path.read_text() == "def main(:\n"
    path.write_bytes(UGLY.replace("\n", "\r\n").encode())
    assert call("fmt", "p.fmp").code == 0
    assert b"\r\n" in path.read_bytes() and b"\n" not in path.read_bytes().replace(b"\r\n", b"")


# -------------------------------------------------------------------------- sites


def test_sites_lists_every_site_with_its_stable_id(call: Call, folder: Path) -> None:
    ended = call("sites", "query.fmp")
    assert ended.out.splitlines() == [
        "site        function  capability  returns  place",
        "main/ask    ask       vqa         bool     query.fmp:13:8",
        "main/count  count     vqa         int      query.fmp:14:16",
    ]
    told = call("sites", "--json", "query.fmp").json
    assert (told["entry"], [s["id"] for s in told["sites"]]) == ("main", ["main/ask", "main/count"])
    where = PROGRAM.index("ask(text):\n        r")
    assert told["sites"][0]["span"]["start"] == {"line": 13, "column": 8, "offset": where}
    (folder / "pure.fmp").write_text("def main() -> int:\n    return 1\n")
    assert call("sites", "pure.fmp").out == ""
    (folder / "p.fmp").write_text(WRONG)
    assert call("sites", "p.fmp").code == 1
    assert call("sites", "missing.fmp").code == 2


# ------------------------------------------------------------------------ explain


def test_explain_knows_every_code(call: Call) -> None:
    codes = [entry["code"] for entry in call("explain", "--json").json]
    assert codes == sorted(set(codes)) and {"FMP501", "FMP612", "FMP703", "FMP825"} <= set(codes)
    listed = call("explain").out
    assert all(code in listed for code in codes)
    told = call("explain", "FMP503").out
    assert told.startswith("FMP503: division by zero\n") and "Fails:" in told and "Mended:" in told
    for spelled in ("503", "fmp503", "error[FMP503]", " FMP503 "):
        assert call("explain", spelled).out == told
    assert call("explain", "FMP503", "--json").json["mended"].startswith("def main")


@pytest.mark.parametrize("code", ["FMP998", "nonsense", "", "\x1b[31m"])
def test_explain_says_what_it_does_not_know(call: Call, code: str) -> None:
    ended = call("explain", code)
    assert ended.code == 2 and "error[FMP805]" in ended.err and "\x1b" not in ended.err


def test_a_fix_that_makes_things_worse_on_its_own_line_is_not_kept(call: Call, folder: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    from fmplang.check import suggest

    monkeypatch.setattr(suggest, "distance", lambda a, b, limit: 0 if b == "other" else limit + 1)
    path = folder / "p.fmp"
    text = "def main(n: int, other: str) -> int:\n    a = ohter + 1\n    if a = 3:\n        return 1\n    return n\n"
    path.write_text(text)
    ended = call("check", "--fix", "p.fmp")
    assert path.read_text() == text.replace("a = 3", "a == 3")
    assert ended.code == 1 and "1 fix applied" in ended.err and "FMP101" in ended.out
