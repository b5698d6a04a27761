"""What a program compares with: the constants in its text, so that answers can be those that it waits for."""

from __future__ import annotations

from fmplang.check.typed import CallBuiltin, CallFunction, CallMethod, CallNeural, TypedProgram
from fmplang.dryrun.coverage import nodes, own_functions
from fmplang.syntax import ast

TEXTS, NUMBERS, LENGTHS = 24, 24, 12
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
        for node in nodes(root):
            _look(program, node, compared, others, sizes)
    texts, numbers = _Ordered(), _Ordered()
    for value in (*compared, *others):
        if isinstance(value, str):
            texts.add(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            for near in (value, value + 1, value - 1) if isinstance(value, int) else (value, value + 0.5, value - 0.5):
                numbers.add(near)
    lengths = _Ordered()
    for size in sizes:
        for near_size in (size, size + 1, size - 1):
            if 0 <= near_size <= LONGEST:
                lengths.add(near_size)
    return Hints(tuple(texts.values[:TEXTS]), tuple(numbers.values[:NUMBERS]), tuple(lengths.values[:LENGTHS]))


class _Ordered:
    """Distinct values in the order in which they came."""

    def __init__(self) -> None:
        self.values: list = []  # type: ignore[type-arg]

    def add(self, value: object) -> None:
        if value not in self.values:
            self.values.append(value)


def _look(program: TypedProgram, node: ast.Node, compared: list[object], others: list[object],
          sizes: list[int]) -> None:
    if isinstance(node, ast.Compare):
        for operand in node.operands:
            for part in nodes(operand):
                if (value := _constant(part)) is not None:
                    compared.append(value)
            if isinstance(value := _constant(operand), int) and any(map(_is_length(program), node.operands)):
                sizes.append(value)
    elif isinstance(node, ast.Call):
        target = program.calls.get(node)
        if isinstance(target, CallMethod):
            compared += [value for argument in node.args if (value := _constant(argument)) is not None]
        elif isinstance(target, (CallNeural, CallFunction)):
            return  # what is asked about is not what is answered
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


def _is_length(program: TypedProgram):  # type: ignore[no-untyped-def]
    def check(node: ast.Expr) -> bool:
        target = program.calls.get(node) if isinstance(node, ast.Call) else None
        return isinstance(target, CallBuiltin) and target.name == "len"

    return check


def _constant(node: ast.Node) -> str | int | float | None:
    if isinstance(node, ast.Unary) and node.op == "-":
        value = _constant(node.operand)
        return -value if isinstance(value, (int, float)) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float)) and not isinstance(node.value, bool):
        return node.value
    return None
