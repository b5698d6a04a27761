"""Types that a program does not write: parameters by how they are used, results by what the body returns.

Results are the checker's own inference: the fix of FMP206. A parameter has the type of its default, else what its
uses say, else what its name says, else the type of what the calls of its function hand in.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.check.checker import check, types_in
from fmplang.check.types import ERROR, NEVER, NONE, IterableType, Type
from fmplang.importing import vocabulary as words
from fmplang.importing.edits import Edits
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source

ROUNDS = 12  # a chain of helpers of which each tells the type of the next


def annotate(text: str, limits: Limits) -> str:
    """The text with the types that can be told; parameters and results that keep none are left for the checker."""
    for _ in range(ROUNDS):
        source = Source(text)
        edits = Edits()
        for at, kind in (*_parameters(source, limits), *_results(source, limits)):
            edits.insert(at, kind)
        if not edits.made:
            break
        text = edits.apply(text)
    return text


def formatted_answers(text: str, limits: Limits) -> str:
    """`formatting_answer(x)` by the type of x: yes or no for a bool, the text itself for a text, else `str(x)`."""
    if not any(name in text for name in words.FORMATTERS):
        return text
    source = Source(annotate(text, limits))
    parsed = parse(source, limits)
    edits = Edits()
    types: dict[ast.Node, Type] = {}
    for node in _nodes(parsed.module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in words.FORMATTERS:
            if len(node.args) == 1 and not node.keywords:
                types = types or _with_calls_as_texts(source, limits)
                kind = str(_type_at(types, node.args[0]))
                name = {"bool": "bool_to_yesno", "str": "", "Literal": ""}.get(kind.split("[")[0], "str")
                edits.replace(node.func.start, node.func.end, name)
    return edits.apply(source.text)


def _with_calls_as_texts(source: Source, limits: Limits) -> dict[ast.Node, Type]:
    """The types of a program in which each call of a formatter is one of `str`: a name of the same length stands in."""
    text = source.text
    for name in words.FORMATTERS:
        text = text.replace(name, "str".ljust(len(name)))
    plain = Source(text)
    return types_in(plain, parse(plain, limits), limits)


def _type_at(types: dict[ast.Node, Type], node: ast.Node) -> Type:
    """The type of the expression at the same place of another tree."""
    return next((t for n, t in types.items() if n.start == node.start and n.end == node.end), ERROR)


def _nodes(node: ast.Node) -> Iterator[ast.Node]:
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(ast.children(node))


# ---------------------------------------------------------------------------------------------------- results


def _results(source: Source, limits: Limits) -> Iterator[tuple[int, str]]:
    for diagnostic in check(source, limits).diagnostics:
        if diagnostic.code == "FMP206" and diagnostic.source is source:
            for fix in diagnostic.fixes:
                if fix.safe:
                    yield from ((edit.span.start, edit.text) for edit in fix.edits)


# ------------------------------------------------------------------------------------------------- parameters


def _parameters(source: Source, limits: Limits) -> Iterator[tuple[int, str]]:
    parsed = parse(source, limits)
    functions = {i.name.id: i for i in parsed.module.items if isinstance(i, ast.Function)}
    bare = [(f, p) for f in functions.values() for p in f.params if p.annotation is None]
    if not bare:
        return
    handed = _handed(functions, types_in(source, parsed, limits))
    takes = {**words.signatures(), **{name: tuple((p.name, "" if p.annotation is None else source.slice(
        p.annotation.span)) for p in f.params) for name, f in functions.items()}}
    for function, p in bare:
        kind = (_of_default(p) or _Uses(function, takes).of(p.name) or words.BY_NAME.get(p.name, "")
                or handed.get((function.name.id, p.name), ""))
        if kind:
            yield p.start + len(p.name), f": {kind}"


def _of_default(p: ast.Param) -> str:
    value = p.default.value if isinstance(p.default, ast.Constant) else None
    return type(value).__name__ if value is not None else ""


def _handed(functions: dict[str, ast.Function], types: dict[ast.Node, Type]) -> dict[tuple[str, str], str]:
    """What calls hand in, by function and parameter; the first call whose argument has a type tells."""
    found: dict[tuple[str, str], str] = {}
    for node in types:
        if not isinstance(node, ast.Call):
            continue
        arguments: tuple[ast.Expr, ...] = node.args
        if isinstance(node.func, ast.Name):
            name = node.func.id
        elif isinstance(node.func, ast.Attribute):
            name, arguments = node.func.name, (node.func.value, *node.args)
        else:
            continue
        if name not in functions:
            continue
        params = [p.name for p in functions[name].params]
        pairs = [*zip(params, arguments, strict=False), *((k.name, k.value) for k in node.keywords)]
        for param, value in pairs:
            kind = _stored(types.get(value, ERROR))
            if kind:
                found.setdefault((name, param), kind)
    return found


def _stored(kind: Type) -> str:
    """A type as an annotation, "" where it cannot be one."""
    text = str(kind)
    if kind in (ERROR, NEVER, NONE) or "<" in text or "..." in text:
        return ""
    if isinstance(kind, IterableType):
        return f"list[{kind.item}]"
    return "str" if text.startswith("Literal['") else text


class _Uses:
    """What the body of a function says of its parameters. `takes` are the parameters of functions by name."""

    def __init__(self, function: ast.Function, takes: dict[str, tuple[tuple[str, str], ...]]) -> None:
        self.nodes = list(_nodes(function))
        self.takes = takes

    def of(self, name: str, depth: int = 0) -> str:
        """The type of a variable as text, "" where nothing tells."""
        names = self._same(name)
        for node in self.nodes:
            kind = self._tells(node, names)
            if kind:
                return kind
        if depth < 3:
            for node in self.nodes:
                if isinstance(node, (ast.For, ast.Clause)) and isinstance(node.iter, ast.Name):
                    if node.iter.id in names and isinstance(node.target, ast.Name):
                        kind = self.of(node.target.id, depth + 1)
                        if kind:
                            return f"list[{kind}]"
        return ""

    def _same(self, name: str) -> set[str]:
        """The variable and those that it is assigned to as it is."""
        names = {name}
        for node in self.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in names:
                names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        return names

    def _tells(self, node: ast.Node, names: set[str]) -> str:
        if isinstance(node, ast.Call):
            return self._call(node, names)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            if node.name in words.of_images():
                return "Image"
            if node.name in words.VIDEO:
                return "Video"
            return "Image" if node.name in _CORNERS and not self._is_called(node) else ""
        if isinstance(node, (ast.Binary, ast.Compare)):
            return self._beside(node.operands, names)
        return ""

    def _is_called(self, node: ast.Attribute) -> bool:
        return any(isinstance(n, ast.Call) and n.func is node for n in self.nodes)

    def _call(self, node: ast.Call, names: set[str]) -> str:
        func = node.func
        arguments: tuple[ast.Expr, ...] = node.args
        if isinstance(func, ast.Attribute):
            if isinstance(func.value, ast.Name) and func.value.id in names and func.name in words.TEXT:
                return "str"
            name, arguments = func.name, (func.value, *node.args)
        elif isinstance(func, ast.Name):
            name = func.id
        else:
            return ""
        params = self.takes.get(name, ())
        if isinstance(func, ast.Attribute) and name in _AMBIGUOUS:
            params = ()
        for (_, kind), value in zip(params, arguments, strict=False):
            if isinstance(value, ast.Name) and value.id in names and kind:
                return kind
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Name) and keyword.value.id in names:
                return dict(params).get(keyword.name, "")
        return ""

    def _beside(self, operands: tuple[ast.Expr, ...], names: set[str]) -> str:
        """The type of a constant that the variable is compared or added with."""
        if any(isinstance(o, ast.Name) and o.id in names for o in operands):
            for o in operands:
                if isinstance(o, ast.Constant) and type(o.value) in (int, float, str):
                    return type(o.value).__name__
        return ""


_CORNERS = frozenset({"left", "lower", "right", "upper", "width", "height", "horizontal_center", "vertical_center"})
_AMBIGUOUS = frozenset({"find", "count"})  # of texts and lists too
