"""What a program compares with: the constants in its text, so that answers can be those that it waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fmplang.check.typed import CallBuiltin, CallMethod, CallNeural, TypedProgram
from fmplang.dryrun.coverage import own_functions
from fmplang.syntax import ast

TEXTS, NUMBERS, LENGTHS = 24, 24, 12
_TELLING = frozenset({"count", "endswith", "find", "get", "index", "partition", "removeprefix", "removesuffix", "rfind",
                      "rpartition", "split", "startswith"})  # methods whose arguments the text is compared with
LONGEST = 40  # elements of a list that a length in the text asks for


class Hints:
    """`texts`, `numbers` (with their neighbours) and `lengths` that the program's tests may turn on; the most telling
    first."""

    __slots__ = ("lengths", "numbers", "texts")

    def __init__(self, texts: tuple[str, ...] = (), numbers: tuple[float, ...] = (),
                 lengths: tuple[int, ...] = ()) -> None:
        self.texts = texts
        self.numbers = numbers
        self.lengths = lengths


def hints_of(program: TypedProgram) -> Hints:
    compared: list[object] = []
    others: list[object] = []
    sizes: list[int] = []
    roots: list[ast.Node] = [*(s for function in own_functions(program) for s in function.node.body)]
    roots += [definition.value for definition, source in program.constants if source is program.source]
    for root in roots:
        for node in _heard(program, root):
            _look(program, node, compared, others, sizes)
    texts, numbers = _Ordered(), _Ordered()
    for value in (*compared, *others):
        if isinstance(value, str):
            texts.add(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            by = 1 if isinstance(value, int) else 0.5
            for near in (value, value + by, value - by):
                numbers.add(near)
    lengths = _Ordered()
    for size in sizes:
        for near_size in (size, size + 1, size - 1):
            if 0 <= near_size <= LONGEST:
                lengths.add(near_size)
    return Hints(tuple(texts.values[:TEXTS]), tuple(numbers.values[:NUMBERS]), tuple(lengths.values[:LENGTHS]))


def _heard(program: TypedProgram, node: ast.Node) -> Iterator[ast.Node]:
    """The nodes below, but for what models are asked: that is not what they answer."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.Call) and isinstance(program.calls.get(node), CallNeural):
            stack += [inner for inner in _arguments(node) if not isinstance(inner, (ast.Constant, ast.FString))]
        else:
            stack += reversed(list(ast.children(node)))


def _arguments(node: ast.Call) -> list[ast.Expr]:
    receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    return [*reversed([*receiver, *node.args, *(keyword.value for keyword in node.keywords)])]


class _Ordered:
    """Distinct values in the order in which they came."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def add(self, value: Any) -> None:
        if value not in self.values:
            self.values.append(value)


def _look(program: TypedProgram, node: ast.Node, compared: list[object], others: list[object],
          sizes: list[int]) -> None:
    if isinstance(node, ast.Compare):
        for operand in node.operands:
            parts = operand.items if isinstance(operand, (ast.ListExpr, ast.TupleExpr, ast.SetExpr)) else (operand,)
            compared += [value for part in parts if (value := _constant(part)) is not None]
            if isinstance(value := _constant(operand), int) and any(map(_is_length(program), node.operands)):
                sizes.append(value)
    elif isinstance(node, ast.Call):
        target = program.calls.get(node)
        if isinstance(target, CallMethod):
            values = [value for argument in node.args if (value := _constant(argument)) is not None]
            (compared if target.name in _TELLING else others).extend(values)
    elif isinstance(node, ast.Subscript):
        bounds = [node.index] if not isinstance(node.index, ast.Slice) else [node.index.lower, node.index.upper]
        for bound in bounds:
            if bound is not None and isinstance(value := _constant(bound), int):
                sizes.append(abs(value))
    elif isinstance(node, ast.DictExpr):
        compared += [value for key in node.keys if (value := _constant(key)) is not None]
    elif (value := _constant(node)) is not None:
        others.append(value)
        if isinstance(value, int) and 0 <= value <= LONGEST:
            sizes.append(value)


def _is_length(program: TypedProgram) -> Callable[[ast.Expr], bool]:
    def check(node: ast.Expr) -> bool:
        target = program.calls.get(node) if isinstance(node, ast.Call) else None
        return isinstance(target, CallBuiltin) and target.name == "len"

    return check


def _constant(node: ast.Node) -> str | int | float | None:
    if isinstance(node, ast.Unary) and node.op == "-":
        operand = _constant(node.operand)
        return -operand if isinstance(operand, (int, float)) else None
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
