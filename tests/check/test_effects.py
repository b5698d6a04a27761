"""What is neural, what changes things, and which calls form groups."""

from __future__ import annotations

import pytest

from fmplang.check import check
from fmplang.check.typed import FunctionInfo, TypedProgram
from fmplang.syntax import ast

HEAD = '''
def pure(n: int) -> int:
    return n * 2

def asks(image: Image) -> bool:
    return image.verify("it rains")

def notes(image: Image) -> bool:
    print("asking")
    return asks(image)

def keeps(image: Image, seen: list[Image]) -> bool:
    seen.append(image)
    return asks(image)

def collects(images: list[Image]) -> list[bool]:
    out = []
    for p in images:
        out.append(asks(p))
    return out

def apply(f: Callable[[Image], bool], images: list[Image]) -> list[bool]:
    return [f(p) for p in images]

def relay(f: Callable[[Image], bool], images: list[Image]) -> list[bool]:
    return apply(f, images)

'''


def program(body: str) -> TypedProgram:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    text = HEAD + f"def main(image: Image, images: list[Image], seen: list[Image]) -> None:\n{lines}"
    report = check(text)
    assert report.program is not None, report.diagnostics
    return report.program


def function(made: TypedProgram, name: str) -> FunctionInfo:
    return next(f for f in made.functions if f.name == name)


def grouped(body: str) -> list[str]:
    """The source of each group that stands in `main`."""
    made = program(body)
    node = made.entry.node
    return sorted(made.source.slice(g.span) for g in made.groups if node.start <= g.start < node.end)


def test_functions_know_their_effects() -> None:
    made = program("print(pure(1), asks(image), notes(image), keeps(image, seen), collects(images))")
    assert [(n, function(made, n).neural, function(made, n).mutates) for n in (
        "pure", "asks", "notes", "keeps", "collects")] == [
        ("pure", False, False), ("asks", True, False), ("notes", True, True), ("keeps", True, True),
        ("collects", True, False)]
    assert made.entry.neural and made.entry.mutates


def test_a_node_is_neural_with_all_around_it() -> None:
    made = program("a = pure(1)\nif asks(image):\n    b = pure(2)\n    print(b)\nprint(a)")
    body = made.entry.node.body
    assert [s in made.neural for s in body] == [False, True, False]
    branch = body[1]
    assert isinstance(branch, ast.If)
    assert branch.branches[0].test in made.neural
    assert not any(s in made.neural for s in branch.branches[0].body)


@pytest.mark.parametrize("group", [
    "[asks(p) for p in images]",
    "[p for p in images if asks(p)]",
    "{p.left: asks(p) for p in images}",
    "{asks(p) for p in images}",
    "sorted(images, key=lambda p: p.compute_depth())",
    "sorted(images, key=compute_depth)",
    "max(images, key=lambda p: p.compute_depth())",
    "[n for p in images for n in p.find(\"dog\")]",
])
def test_independent_elements_form_a_group(group: str) -> None:
    assert grouped(f"print({group})") == [group]


@pytest.mark.parametrize("outer, group", [
    ("sum(@)", "(p.compute_depth() for p in images)"),
    ("list(@)", "map(caption, images)"),
    ("list(enumerate(@))", "map(caption, images)"),
    ("list(@)", "filter(asks, images)"),
    ('", ".join(@)', "(p.caption() for p in images)"),
    ("any(@)", "[asks(p) for p in images]"),
])
def test_a_lazy_form_is_a_group_where_all_of_it_is_taken(outer: str, group: str) -> None:
    text = outer.replace("@", group)
    text = text.replace("((", "(").replace("))", ")") if group.startswith("(") else text
    assert grouped(f"print({text})") == [group if not group.startswith("(") else group[1:-1]] or grouped(
        f"print({text})") == [group]


@pytest.mark.parametrize("body", [
    "print(any(asks(p) for p in images))",
    "print(all(map(asks, images)))",
    "print(next((p for p in images if asks(p)), None))",
    "for c in map(caption, images):\n    print(c)",
    "print(list(zip(map(caption, images), images)))",
    "print([notes(p) for p in images])",
    "print([keeps(p, seen) for p in images])",
    "print([seen.append(p) for p in images if asks(p)])",
    "print([pure(p.left) for p in images])",
    "print(sorted(images, key=lambda p: pure(p.left)))",
    "print(asks(image) and asks(images[0]))",
])
def test_what_is_lazy_pure_or_has_effects_is_no_group(body: str) -> None:
    assert grouped(body) == []


def test_a_function_parameter_is_neural_where_a_caller_makes_it_so() -> None:
    made = program("print(relay(lambda p: asks(p), images))")
    assert function(made, "apply").neural and function(made, "relay").neural
    assert any(function(made, "apply").node.start <= g.start < function(made, "apply").node.end for g in made.groups)
    made = program("print(relay(lambda p: p.left > 3, images))")
    assert not function(made, "apply").neural and not function(made, "relay").neural
    assert not made.groups


def test_a_function_parameter_with_effects_makes_no_group() -> None:
    made = program("print(relay(lambda p: notes(p), images))")
    assert function(made, "apply").neural
    assert not made.groups


def test_only_what_the_entry_reaches_is_in_the_program() -> None:
    made = program("print(pure(1))")
    assert [f.name for f in made.functions] == ["pure", "main"]
