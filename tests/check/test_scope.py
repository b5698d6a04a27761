"""What names mean: the user's own before the builtins, these before the library; the library only as far as used."""

from __future__ import annotations

import pytest

from fmplang.check import check
from fmplang.check.builtins import ATTRIBUTES, FUNCTIONS, MATH, MATH_CONSTANTS, METHODS, MUTATORS
from fmplang.check.scope import exports, library, modules
from fmplang.check.signatures import attribute, function, method
from fmplang.check.typed import CallBuiltin, CallFunction, CallMethod, CallNeural, TypedProgram
from fmplang.resources import stdlib_modules
from fmplang.syntax import ast
from fmplang.syntax.source import Source


def typed(text: str) -> TypedProgram:
    report = check(text)
    assert report.program is not None, report.diagnostics
    return report.program


def called(program: TypedProgram, text: str) -> object:
    return next(t for n, t in program.calls.items() if program.source.slice(n.span) == text)


def test_the_library_is_not_read_where_nothing_names_it() -> None:
    library.cache_clear()
    typed("def main(n: int) -> int:\n    return abs(n)\n")
    assert library.cache_info().misses == 0
    typed('def main(image: Image) -> int:\n    return len(image.find("dog"))\n')
    assert library.cache_info().misses == 1


def test_of_the_library_only_what_is_reached_is_in_the_program() -> None:
    program = typed('def main(image: Image) -> bool:\n    return image.exists("dog")\n')
    assert [(f.module, f.name) for f in program.functions] == [("fmp.vision", "exists"), ("", "main")]


def test_the_users_own_function_shadows_the_library() -> None:
    program = typed('def find(image: Image, name: str) -> int:\n    return image.width + len(name)\n\n\n'
                    'def main(image: Image) -> int:\n    return image.find("dog") + find(image, "cat")\n')
    target = called(program, 'image.find("dog")')
    assert isinstance(target, CallFunction) and target.function.module == "" and target.method
    assert not program.neural


def test_library_functions_keep_their_own_names() -> None:
    program = typed('def find(n: int) -> int:\n    return n\n\n\n'
                    'def main(image: Image) -> bool:\n    return image.exists("dog") and find(1) > 0\n')
    reached = {(f.module, f.name): f for f in program.functions}
    calls = reached["fmp.vision", "exists"].calls
    assert [c.target.name for c in calls] == ["find"] and calls[0].target.module == "fmp.vision"


def test_builtins_come_before_the_library() -> None:
    program = typed("def main(a: Image, b: Image) -> float:\n    return distance(a, b)\n")
    assert called(program, "distance(a, b)") == CallBuiltin("distance")


def test_builtin_methods_come_before_functions() -> None:
    program = typed("def upper(s: str) -> str:\n    return s\n\n\n"
                    "def main(s: str) -> str:\n    return s.upper() + upper(s)\n")
    assert called(program, "s.upper()") == CallMethod("str", "upper")


def test_an_import_names_what_is_there_anyway() -> None:
    program = typed('from fmp.vision import find\n\n\n'
                    'def main(image: Image) -> int:\n    return len(find(image, "dog"))\n')
    assert isinstance(called(program, 'find(image, "dog")'), CallNeural)


def test_parameters_and_locals_are_numbered_parameters_first() -> None:
    program = typed("def main(a: int, b: int) -> int:\n    c = a + b\n    return sum([c * d for d in [a, b]])\n")
    slots = {n.id: slot for n, slot in program.targets.items()}
    assert slots == {"c": 2, "d": 3} and program.entry.slots == 4


@pytest.mark.parametrize("module", sorted(stdlib_modules()))
def test_the_library_checks_clean(module: str) -> None:
    path = stdlib_modules()[module]
    report = check(Source(path.read_text(encoding="utf-8"), module), library=True)
    assert report.diagnostics == ()


def test_every_name_of_the_library_is_exported_by_its_module() -> None:
    assert set(exports().values()) <= set(modules())
    for name, module in exports().items():
        assert any(getattr(item, "name", None) and item.name.id == name for item in library(module).tree.items
                   if isinstance(item, (ast.Function, ast.Neural, ast.Record)))


def test_every_builtin_signature_reads_and_says_what_it_is() -> None:
    for name in (*FUNCTIONS, *MATH):
        assert all(s.name == name.removeprefix("math.") for s in function(name))
    for kind, methods in METHODS.items():
        for name in methods:
            assert all(s.name == name for s in method(kind, name))
    for kind, attributes in ATTRIBUTES.items():
        assert all(attribute(kind, name) is not None for name in attributes)
    assert all(name in METHODS[kind] for kind, name in MUTATORS)
    assert all(name.startswith("math.") for name in MATH_CONSTANTS)
