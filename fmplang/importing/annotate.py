"""Types that a program does not write: parameters by how they are used, results by what the body returns.

Results are the checker's own inference: the fix of FMP206. A parameter has the type of its default, else what its
uses say, else what its name says, else the type of what the calls of its function hand in.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.check.builtins import ATTRIBUTES
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
    kinds: dict[tuple[int, int], Type] = {}
    for node in ast.walk(parsed.module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in words.FORMATTERS:
            if len(node.args) == 1 and not node.keywords:
                kinds = kinds or _with_calls_as_texts(source, limits)
                kind = str(kinds.get((node.args[0].start, node.args[0].end), ERROR))
                name = {"bool": "bool_to_yesno", "str": "", "Literal": ""}.get(kind.split("[")[0], "str")
                edits.replace(node.func.start, node.func.end, name)
    return edits.apply(source.text)


def _with_calls_as_texts(source: Source, limits: Limits) -> dict[tuple[int, int], Type]:
    """The types, by place, of a program where each call of a formatter is one of `str`, spelled as long."""
    text = source.text
    for name in words.FORMATTERS:
        text = text.replace(name, "str".ljust(len(name)))
    plain = Source(text)
    return {(n.start, n.end): t for n, t in types_in(plain, parse(plain, limits), limits).items()}


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
    uses = {f.name.id: _Uses(f, takes) for f, _ in bare}
    for function, p in bare:
        kind = (_of_default(p) or uses[function.name.id].of(p.name) or words.BY_NAME.get(p.name, "")
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
    """What the body of a function says of its variables. `takes` are the parameters of functions by name.

    The nodes are indexed by the variables that stand directly in them, so that a question costs what the variable's
    own uses cost.
    """

    def __init__(self, function: ast.Function, takes: dict[str, tuple[tuple[str, str], ...]]) -> None:
        self.takes = takes
        self.mentions: dict[str, list[ast.Node]] = {}
        self.called: set[ast.Node] = set()
        self.told: dict[str, str] = {}
        for node in sorted(ast.walk(function), key=lambda n: (n.start, n.end)):
            if isinstance(node, ast.Call):
                self.called.add(node.func)
            for name in _direct(node):
                self.mentions.setdefault(name, []).append(node)

    def of(self, name: str) -> str:
        """The type of a variable as text, "" where nothing tells."""
        if name not in self.told:
            if len(self.told) > MOST:  # a chain of loops over loops: whoever writes this annotates it
                return ""
            self.told[name] = ""  # while it is looked for
            self.told[name] = self._look(name)
        return self.told[name]

    def _look(self, name: str) -> str:
        nodes = self.mentions.get(name, [])
        for node in nodes:
            kind = self._tells(node, name)
            if kind:
                return kind
        for node in nodes:
            if isinstance(node, ast.Assign):  # another name for it
                kind = next((k for t in node.targets if isinstance(t, ast.Name) and (k := self.of(t.id))), "")
                if kind:
                    return kind
            elif isinstance(node, (ast.For, ast.Clause)) and isinstance(node.target, ast.Name):
                kind = self.of(node.target.id)
                if kind:
                    return f"list[{kind}]"
        return ""

    def _tells(self, node: ast.Node, name: str) -> str:
        if isinstance(node, ast.Call):
            return self._call(node, name)
        if isinstance(node, ast.Attribute):
            if node.name in words.of_images():
                return "Image"
            if node.name in words.VIDEO:
                return "Video"
            if node in self.called:
                return "str" if node.name in words.TEXT else ""
            return "Image" if node.name in ATTRIBUTES["Image"] else ""
        if isinstance(node, (ast.Binary, ast.Compare)):
            return _beside(node.operands)
        return ""

    def _call(self, node: ast.Call, name: str) -> str:
        func = node.func
        if isinstance(func, ast.Attribute):
            called, arguments = func.name, (func.value, *node.args)
            if called in _AMBIGUOUS:
                return ""
        elif isinstance(func, ast.Name):
            called, arguments = func.id, node.args
        else:
            return ""
        params = self.takes.get(called, ())
        for (_, kind), value in zip(params, arguments, strict=False):
            if isinstance(value, ast.Name) and value.id == name and kind:
                return kind
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Name) and keyword.value.id == name:
                return dict(params).get(keyword.name, "")
        return ""


def _direct(node: ast.Node) -> list[str]:
    """The variables that a node holds itself, where that may tell their type."""
    match node:
        case ast.Call():
            parts = [*node.args, *(k.value for k in node.keywords)]
            if isinstance(node.func, ast.Attribute):
                parts.append(node.func.value)
        case ast.Attribute() | ast.Assign():
            parts = [node.value]
        case ast.Binary() | ast.Compare():
            parts = [*node.operands]
        case ast.For() | ast.Clause():
            parts = [node.iter]
        case _:
            return []
    return list(dict.fromkeys(part.id for part in parts if isinstance(part, ast.Name)))


def _beside(operands: tuple[ast.Expr, ...]) -> str:
    """The type of a constant that something is compared or added with."""
    for o in operands:
        if isinstance(o, ast.Constant) and type(o.value) in (int, float, str):
            return type(o.value).__name__
    return ""


MOST = 50  # variables that are followed for the type of another
_AMBIGUOUS = frozenset({"find", "count"})  # of texts and lists too
