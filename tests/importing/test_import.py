"""Published-style programs become typed FMP: golden results, the census, and what must hold of any text."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fmplang
from fmplang.importing import STYLES, import_program
from fmplang.syntax.source import Source
from tests.hostile.fuzz import converse
from tests.hostile.fuzz_inputs import mutated
from tests.importing.golden import corpus, entries, golden, imported, shown

PROGRAMS = [(style, name, text) for style in STYLES for name, text in corpus(style).items()]
IDS = [f"{style} {name}" for style, name, _ in PROGRAMS]
SOUND = [program for program in PROGRAMS if not program[1].startswith(("bug_", "cannot_", "nothing", "prose"))]

# What published visual programs use (language.md, "What it must be able to say"), as it stands in the result.
CENSUS = (
    r"\.find\(", r"\.exists\(", r"\.verify_property\(", r"\.simple_query\(", r"\.query\(", r"llm_query\(",
    r"\.best_text_match\(", r"\.compute_depth\(", r"\.crop\(", r"\.overlaps_with\(", r"distance\(\w+, ",
    r"distance\(\w+\[0\]\.vertical_center", r"\.sort\(key=lambda", r"sorted\(.*key=lambda", r"enumerate\(", r'f"',
    r'"\.format\(', r"\.append\(", r"set\(\)", r"\bmin\(", r"\bmax\(", r"\bany\(", r"\ball\(", r"\blen\(",
    r"\.frame_iterator\(\)", r"\.frame_from_index\(", r"\.trim\(", r"select_answer\(", r"bool_to_yesno\(",
    r"coerce_to_numeric\(", r"best_image_match\(", r"\.caption\(", r"\.horizontal_center", r"\.vertical_center",
    r"\.height",
)
OPERATIONS = (
    "LOC", "CROP", "CROP_LEFTOF", "CROP_RIGHTOF", "CROP_ABOVE", "CROP_BELOW", "CROP_FRONTOF", "CROP_BEHIND", "COUNT",
    "VQA", "EVAL", "RESULT", "FACEDET", "LIST", "CLASSIFY", "SELECT", "SEG", "REPLACE", "COLORPOP", "BGBLUR", "EMOJI",
    "TAG",
)


@pytest.mark.parametrize(("style", "name", "text"), PROGRAMS, ids=IDS)
def test_the_result_is_the_golden_one(style: str, name: str, text: str) -> None:
    assert shown(imported(style, name, text)) == golden(style)[name]


def test_there_are_enough_of_them() -> None:
    assert len(corpus("viper")) >= 40 and len(corpus("visprog")) >= 25
    assert list(corpus("viper")) == list(golden("viper")) and list(corpus("visprog")) == list(golden("visprog"))


def test_the_corpus_covers_the_census() -> None:
    results = "".join(golden("viper").values())
    assert [word for word in CENSUS if not re.search(word, results)] == []
    originals = "".join(corpus("visprog").values())
    assert [name for name in OPERATIONS if not re.search(rf"=\s*{name}\s*\(", originals)] == []


@pytest.mark.parametrize(("style", "name", "text"), SOUND, ids=[f"{s} {n}" for s, n, _ in SOUND])
def test_a_sound_program_checks_is_canonical_and_runs(style: str, name: str, text: str) -> None:
    made = imported(style, name, text)
    assert made.ok, shown(made)
    again = import_program(Source(made.text), "viper")
    assert again.text == made.text  # FMP is one of ViperGPT's dialects: nothing more to change
    for seed in range(5):
        try:
            converse(fmplang.compile(made.text), random.Random(seed))
        except fmplang.RunError as error:  # of an empty list, no number in a text, ...
            assert error.code in ("FMP501", "FMP503", "FMP504", "FMP506"), error


@pytest.mark.parametrize(("name", "code"), [
    ("bug_undefined_name", "FMP101"), ("bug_falls_off_the_end", "FMP302"), ("bug_text_for_a_bool", "FMP201"),
    ("bug_unguarded_index", "FMP410"), ("bug_two_types", "FMP206"), ("cannot_try", "FMP021"),
    ("cannot_while", "FMP020"),
    ("cannot_import", "FMP024"), ("cannot_read_files", "FMP109"),
])
def test_what_is_truly_wrong_is_flagged(name: str, code: str) -> None:
    found = imported("viper", name, corpus("viper")[name]).checked.diagnostics
    assert code in {d.code for d in found}


@pytest.mark.parametrize(("style", "name", "text"), PROGRAMS, ids=IDS)
def test_comments_are_kept(style: str, name: str, text: str) -> None:
    made = imported(style, name, text).text
    if not made:
        return
    for comment in re.findall(r"#[^'\"\n]*$", text, re.MULTILINE):
        assert comment.strip() in made


def test_reports_are_about_the_original() -> None:
    made = imported("visprog", "p", corpus("visprog")["cannot_tag"])
    (report,) = made.reports
    assert report.source.slice(report.span) == "IMAGE0=TAG(image=IMAGE,object=OBJ1)" and report.help
    made = imported("viper", "p", "# bare\nx = ImagePatch(image).llm_query('a', long_answer=True)\n\nanswer = x\n")
    assert [d.source.slice(d.span) for d in made.reports] == ["ImagePatch(image)", "long_answer=True"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("text", [
    "", "\x00", "\ud800", "def " * 9000, "(" * 60_000, "x=" * 30_000, "BOX0=LOC(" * 5000, "'" * 60_000, "a" * 70_000,
    "def f(" + ", ".join(f"p{i}" for i in range(3000)) + "):\n    return p0\n",
    "".join(f"for x{i + 1} in x{i}:\n" + "    " * (i + 1) for i in range(60)) + "pass\n",
    "def execute_command(image):\n" + "    image = ImagePatch(ImagePatch(image))\n" * 800,
    "ANSWER0=EVAL(expr='" + "(" * 2000 + "')\n", "A=EVAL(expr='{A} or " + "not " * 900 + "{A}')\nB=RESULT(var=A)\n",
    "".join(f"A{i}=EVAL(expr='{{A{i + 1}}} xor {{A{i}}}')\n" for i in range(700)),
    "\\" * 1000, "```\n" * 1000, "\u202edef main(image):\n    return image\n",
], ids=range(18))
def test_a_hostile_text_is_reported_not_raised(style: str, text: str) -> None:
    made = import_program(Source(text), style)
    assert not made.ok or made.text
    for report in made.reports:
        assert 0 <= report.span.start <= report.span.end <= max(len(text), fmplang.Limits().source + 1)


@pytest.mark.fuzz
@given(st.sampled_from(list(STYLES)), st.text(max_size=80) | st.text(
    st.sampled_from("ABx01 =(),'\"{}\n#LOCVQAEVAL.:defimagereturn "), max_size=120))
def test_any_text_ends_in_a_result(style: str, text: str) -> None:
    import_program(Source(text), style)


@pytest.mark.fuzz
@pytest.mark.parametrize("style", STYLES)
def test_mutants_of_the_corpus_end_in_a_result(style: str) -> None:
    rng = random.Random(4)
    texts = list(corpus(style).values())
    for _ in range(60):
        made = import_program(Source(mutated(rng, rng.choice(texts))), style)
        assert made.ok == (made.checked.ok and not any(d.severity == "error" for d in made.reports))


def test_entries_of_a_corpus_are_told_apart() -> None:
    assert entries("=== a\nx\n=== b\n") == {"a": "x\n", "b": ""}
