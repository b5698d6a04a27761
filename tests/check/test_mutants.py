"""Programs that are right, broken in one place in more than forty ways: the break is told, once, and where it is.

This is a slice of benchmarks/mutants.py. What counts as a mutant is said in mutating.py.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.check import mutations_calls, mutations_text, mutations_types
from tests.check.correct import MUTANTS, generated, written
from tests.check.mutating import OPERATORS, Mutant, Program, fix, made_by, verdict

FAMILIES = (mutations_calls, mutations_text, mutations_types)


def mutants(program: Program, name: str, most: int) -> list[Mutant]:
    """At most so many mutants of one operator, spread over the program."""
    made = list(made_by(program, name, OPERATORS[name]))
    return made[::max(1, len(made) // most)][:most]


def counted(programs: list[Program], most: int) -> tuple[Counter[str], list[str]]:
    total: Counter[str] = Counter()
    missed = []
    for name in OPERATORS:
        for program in programs:
            for mutant in mutants(program, name, most):
                said = verdict(program, mutant)
                total.update(all=1, flagged=said.flagged, told_once=said.labelled)
                if not said.labelled:
                    missed.append(f"{name}: {[mutant.text[s:e] for s, e in mutant.places]} {said.said}")
    return total, missed


def test_there_are_many_ways_to_break_a_program() -> None:
    assert len(OPERATORS) >= 40
    programs = [Program(p.read_text(encoding="utf-8")) for p in sorted(MUTANTS.glob("*.fmp"))]
    for name, make in OPERATORS.items():
        assert any(True for p in programs for _ in made_by(p, name, make)), f"{name} applies nowhere"


def test_mutants_are_flagged_once_and_where_they_are() -> None:
    programs = [Program(p.read_text(encoding="utf-8")) for p in sorted(MUTANTS.glob("*.fmp"))]
    total, missed = counted(programs, 1)
    assert total["all"] > 180
    assert total["flagged"] == total["all"], missed
    assert total["told_once"] >= 0.98 * total["all"], missed


@pytest.mark.nightly
def test_mutants_of_every_program() -> None:
    total, missed = counted([Program(text) for text in (*written(), *generated(100))], 10)
    assert total["all"] > 10_000
    assert total["flagged"] >= 0.999 * total["all"], missed
    assert total["told_once"] >= 0.98 * total["all"], missed


MENDED = ("rename a use", "undefined function", "wrong attribute", "swap arguments", "wrong keyword", "misspell a type",
          "drop an annotation", "missing colon", "misspell a keyword", "assign in a condition",
          "spell like another language")


@pytest.mark.parametrize("name", MENDED)
def test_where_a_safe_fix_is_applied_the_result_checks(name: str) -> None:
    changed = 0
    for path in sorted(MUTANTS.glob("*.fmp")):
        program = Program(path.read_text(encoding="utf-8"))
        for mutant in mutants(program, name, 2):
            fixed, right = fix(mutant)
            changed += fixed
            assert right or not fixed, mutant
    assert changed, "no safe fix was offered"
