"""The grammar is the only definition of the syntax; tables.json says the same."""

from __future__ import annotations

import itertools
import json
import logging
import re

import lark
import pytest

from fmplang import resources
from fmplang.syntax import machine, tables
from fmplang.syntax.build import DEEPER, NODES, Builder
from fmplang.syntax.kinds import FOREIGN_SIGNS, FOREIGN_WORDS, of_tables
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source


def test_the_file_is_what_lark_builds_from_the_grammar() -> None:
    built = tables.text_of(tables.build(resources.grammar_text()))
    assert tables.FILE.read_text(encoding="utf-8") == built, "run `python -m fmplang.syntax.tables`"


def test_the_file_is_current() -> None:
    data = json.loads(tables.FILE.read_text(encoding="utf-8"))
    assert data["digest"] == tables.digest_of(resources.grammar_text())


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    """Lark settles shift/reduce conflicts silently, unless its debug log is on."""
    with caplog.at_level(logging.DEBUG, logger="lark"):
        lark.Lark(resources.grammar_text(), parser="lalr", lexer="basic", start=list(tables.STARTS), debug=True)
    assert [r.message for r in caplog.records if "onflict" in r.message] == []


def test_the_conflict_test_sees_a_conflict(caplog: pytest.LogCaptureFixture) -> None:
    text = 'start: a\na: "x" | a "+" a\n'
    with caplog.at_level(logging.DEBUG, logger="lark"):
        lark.Lark(text, parser="lalr", debug=True)
    assert [r for r in caplog.records if "onflict" in r.message]


def test_each_production_has_a_builder_and_each_builder_a_production() -> None:
    loaded = tables.load()
    built = {rule.build for rule in loaded.rules} - {"", tables.COLLECT}
    methods = {name for name in vars(Builder) if not name.startswith("_")} - {"error", "fail"}
    assert built == methods
    assert built >= DEEPER
    assert built | {"", tables.COLLECT, "prompt"} >= set(NODES)


ALPHABET = "aefruR_0.1+-*/=<>!:|&\"'#@ "


def test_terminals_do_not_collide() -> None:
    """No text is two things at once: names, numbers, strings and signs exclude each other.

    Tried on all texts of up to three of these characters, and on all the quoted texts of the grammar; keywords are
    the one exception, which the lexer settles by a table.
    """
    patterns = tables.load().patterns
    regexps = {name: re.compile(text) for name, (how, text) in patterns.items() if how == "re"}
    quoted = [text for how, text in patterns.values() if how == "str"]
    assert len(set(quoted)) == len(quoted)
    short = ("".join(c) for size in (1, 2, 3) for c in itertools.product(ALPHABET, repeat=size))
    for text in itertools.chain(short, quoted):
        match = {name for name, pattern in regexps.items() if pattern.fullmatch(text)}
        if text in quoted and not text.isalpha():
            match.add(text)
        assert len(match) <= 1, (text, match)


def test_keywords_look_like_names_and_are_none() -> None:
    loaded = tables.load()
    kinds = of_tables(loaded)
    for word, kind in kinds.words.items():
        assert re.fullmatch(loaded.patterns["NAME"][1], word)
        assert kind != kinds.name
    assert set(FOREIGN_WORDS) <= set(kinds.words) and set(FOREIGN_SIGNS) <= set(kinds.signs)


def test_an_edited_grammar_is_read_with_lark(monkeypatch: pytest.MonkeyPatch) -> None:
    edited = resources.grammar_text().replace('"assert" test', '"insist" test')
    monkeypatch.setattr(tables, "grammar_text", lambda: edited)
    for cached in (tables.load, machine.engine):
        cached.cache_clear()
    try:
        assert parse(Source("def f(x: int):\n    insist x > 3\n")).diagnostics == ()
        assert parse(Source("def f(x: int):\n    assert x > 3\n")).diagnostics != ()
    finally:
        for cached in (tables.load, machine.engine):
            cached.cache_clear()


def test_without_the_grammar_the_tables_stand_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "grammar_text", lambda: "")
    tables.load.cache_clear()
    try:
        assert tables.load().digest == tables.digest_of(resources.grammar_text())
    finally:
        tables.load.cache_clear()


def test_a_repetition_inside_a_repetition_is_refused() -> None:
    rule = tables.Rule(0, 2, tables.COLLECT, (0, 1), (0, 1))
    with pytest.raises(ValueError, match="a rule of its own"):
        machine._step(rule, 10)


def test_resources_are_found() -> None:
    assert "module:" in resources.grammar_text()
    modules = resources.stdlib_modules()
    assert {"fmp.vision", "fmp.text", "fmp.video", "fmp.audio"} <= set(modules)
    assert all(path.is_file() for path in modules.values())
