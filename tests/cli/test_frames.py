"""Diagnostics as they are shown: the marks under the right letters, and nothing a terminal would obey."""

from __future__ import annotations

import pytest

from fmplang.cli.fixes import apply, choose
from fmplang.cli.frames import COLOUR, frame, render
from fmplang.cli.schema import diagnostic_json
from fmplang.cli.text import escape, expand, fit, width
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.source import Source, Span


def shown(text: str, part: str, **more: object) -> list[str]:
    source = Source(text, "p.fmp")
    start = text.index(part)
    made = Diagnostic("FMP201", "a title", source, Span(start, start + len(part)), **more)  # type: ignore[arg-type]
    return render(made).split("\n")


def test_a_diagnostic_in_full() -> None:
    text = "def main() -> int:\n    x = 3\n    return find(x)\n"
    source = Source(text, "p.fmp")
    where = text.index("find(x)") + 5
    made = Diagnostic(
        "FMP201", "the argument does not fit", source, Span(where, where + 1), expected="str", found="int",
        labels=(Label(Span(text.index("x = 3"), text.index("x = 3") + 1), "it is an int since here"),),
        help="write a text", fixes=(Fix("quote it", (), safe=True), Fix("drop it", ())),
    )
    assert render(made) == """\
error[FMP201]: the argument does not fit
  --> p.fmp:3:17
   |
 2 |     x = 3
   |     - it is an int since here
 3 |     return find(x)
   |                 ^ expected str, found int
   = help: write a text
   = fix: quote it (check --fix does it)
   = fix: drop it"""


def test_lines_far_apart_are_told_apart_and_the_gutter_grows() -> None:
    text = "\n" * 9 + "a\n" + "\n" * 90 + "b\n"
    source = Source(text, "p.fmp")
    made = Diagnostic("FMP100", "t", source, Span(text.index("b"), text.index("b") + 1),
                      labels=(Label(Span(9, 10), "first"),))
    assert render(made).split("\n")[1:] == [
        "    --> p.fmp:101:1", "     |", "  10 | a", "     | - first", "    ...", " 101 | b", "     | ^",
    ]


@pytest.mark.parametrize(("text", "part", "line", "mark"), [
    ("x = 'dog'", "'dog'", "x = 'dog'", "    ^^^^^"),
    ("\tif\ty:", "y", "    if  y:", "        ^"),
    ("a = '犬' + b", "b", "a = '犬' + b", "           ^"),
    ("a = '犬猫' + b", "'犬猫'", "a = '犬猫' + b", "    ^^^^^^"),
    ("a = 'e\u0301' + b", "b", "a = 'e\u0301' + b", "          ^"),
    ("a = '\x1b[31m' + b", "b", "a = '\\x1b[31m' + b", "                 ^"),
    ("a = '\u202e' + b", "\u202e", "a = '\\u202e' + b", "     ^^^^^^"),
])
def test_marks_stand_under_what_they_mean(text: str, part: str, line: str, mark: str) -> None:
    lines = shown(text, part)
    assert lines[3] == f" 1 | {line}"
    assert lines[4] == f"   | {mark}"


def test_an_empty_span_and_the_end_of_the_text_have_a_mark() -> None:
    source = Source("ab", "p.fmp")
    assert frame(source, Span(2, 2))[-1] == "   |   ^"
    assert frame(Source("", "p.fmp"), Span(0, 0)) == ["  --> p.fmp:1:1", "   |", " 1 |", "   | ^"]
    assert frame(Source("a\n", "p.fmp"), Span(2, 2))[2:] == [" 2 |", "   | ^"]


def test_a_span_over_lines_says_where_it_ends() -> None:
    lines = shown("f(\n  1,\n  2\n)\n", "(\n  1,\n  2\n)")
    assert lines[3:] == [" 1 | f(", "   |  ^ (to line 4)"]


def test_a_long_line_is_shown_around_what_is_meant() -> None:
    text = "x = " + " + ".join(["a"] * 20_000) + " + wrong + " + "b" * 500
    lines = shown(text, "wrong")
    assert all(len(line) < 130 for line in lines)
    assert lines[3].startswith(" 1 | …") and lines[3].endswith("…")
    at = lines[4].index("^")
    assert lines[3][at:at + 5] == "wrong"


def test_labels_in_other_sources_get_frames_of_their_own() -> None:
    other = Source("def find(image: Image, name: str) -> list[Image]:", "fmp.vision")
    lines = shown("find(3)", "3", labels=(Label(Span(4, 8), "declared here", other),))
    assert lines[-4:] == ["  --> fmp.vision:1:5", "   |", f" 1 | {other.text}", "   |     ---- declared here"]


def test_texts_of_programs_cannot_steer_a_terminal() -> None:
    hostile = "\x1b]0;owned\x07\r\n\x9b31m\u202egnp.exe\u2028\ud800"
    lines = render(Diagnostic("FMP100", hostile, Source(hostile, hostile), Span(0, 3), help=hostile,
                              expected=hostile, found=hostile, fixes=(Fix(hostile, ()),)))
    assert not set(lines) & set("\x1b\x07\r\x9b\u202e\u2028\ud800")
    lines.encode("utf-8")


def test_colour_adds_nothing_but_colour() -> None:
    source = Source("x = y", "p.fmp")
    made = Diagnostic("FMP101", "no y", source, Span(4, 5), "warning", help="write x")
    coloured = render(made, COLOUR)
    assert "\x1b[1;33mwarning[FMP101]" in coloured
    for pair in (COLOUR.error, COLOUR.warning, COLOUR.note, COLOUR.bold, COLOUR.dim):
        for code in pair:
            coloured = coloured.replace(code, "")
    assert coloured == render(made)


def test_text_is_measured_and_cut_by_columns() -> None:
    assert (width("ab"), width("犬"), width("e\u0301"), width("ｗ")) == (2, 2, 1, 2)
    assert fit("abcdef", 4) == "abc…" and fit("犬犬犬", 4) == "犬…" and fit("abc", 3) == "abc"
    assert expand("a\tb\t犬\tc") == "a   b   犬  c"
    assert escape("a\tb\nc") == "a\\tb\\nc" and escape("a\tb\nc", keep="\t\n") == "a\tb\nc"


def test_json_of_a_diagnostic_has_places_in_lines_columns_and_offsets() -> None:
    source = Source("a\nbcd\n", "p.fmp")
    made = Diagnostic("FMP201", "t", source, Span(3, 5), labels=(Label(Span(0, 1), "l"),), expected="int", found="str",
                      help="h", fixes=(Fix("f", (Edit(Span(3, 5), "x"),), True),))
    assert diagnostic_json(made) == {
        "code": "FMP201", "severity": "error", "title": "t", "file": "p.fmp",
        "span": {"start": {"line": 2, "column": 2, "offset": 3}, "end": {"line": 2, "column": 4, "offset": 5}},
        "labels": [{"file": "p.fmp", "text": "l", "span": {
            "start": {"line": 1, "column": 1, "offset": 0}, "end": {"line": 1, "column": 2, "offset": 1}}}],
        "expected": "int", "found": "str", "help": "h",
        "fixes": [{"title": "f", "safe": True, "edits": [{"text": "x", "span": {
            "start": {"line": 2, "column": 2, "offset": 3}, "end": {"line": 2, "column": 4, "offset": 5}}}]}],
    }


def test_safe_fixes_are_applied_and_those_that_touch_wait() -> None:
    text = "aXbYc"
    source = Source(text, "p.fmp")

    def fixing(*edits: Edit, safe: bool = True) -> Diagnostic:
        return Diagnostic("FMP001", "t", source, Span(0, 1), fixes=(Fix("f", edits, safe),))

    def apply_safe(text: str, diagnostics: list[Diagnostic]) -> tuple[str, int]:
        chosen = [fix for _, fix in choose(diagnostics)]
        return apply(text, chosen)[0], len(chosen)

    first, second = fixing(Edit(Span(1, 2), "--")), fixing(Edit(Span(3, 4), ""), Edit(Span(5, 5), "!"))
    assert apply_safe(text, [first, second]) == ("a--bc!", 2)
    assert apply_safe(text, [first, fixing(Edit(Span(2, 3), "?"))]) == ("a--bYc", 1)
    assert apply_safe(text, [first, first]) == ("a--bYc", 1)
    assert apply_safe(text, [fixing(Edit(Span(1, 2), "?"), safe=False), fixing()]) == (text, 0)
