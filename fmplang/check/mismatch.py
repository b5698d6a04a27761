"""A value where another type is asked for: whether it may pass all the same, and what to say if not.

A list of ints may stand for a list of floats where nobody else can see it change:

- the expression is fresh (a display, a comprehension, `sorted(...)`, `xs + ys`, a slice, a neural answer);
- or it is an argument of a neural function, or of a function that only looks at that parameter: walks it,
  indexes it, measures it, hands it to builtins and functions that do no more.

In both cases the element types must themselves fit and be immutable all the way down.
"""

from __future__ import annotations

from fmplang.check.body import Body, stored
from fmplang.check.builtins import FUNCTIONS, METHODS, MUTATORS
from fmplang.check.facts import path
from fmplang.check.holes import Clash, parts, peek, plain
from fmplang.check.questions import verified
from fmplang.check.relations import fits, join
from fmplang.check.scope import Builtin, Scope
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import CallBuiltin, CallFunction, CallMethod, CallNeural, FunctionInfo, NeuralFunction
from fmplang.check.types import (
    BOOL,
    ERROR,
    NONE,
    STR,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    LiteralType,
    OptionalType,
    SetType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span

What = tuple[str, ...] | str


def mismatch(c: Body, node: ast.Expr, found: Type, expected: Type, what: What,
             labels: tuple[Label, ...] = ()) -> Type:
    """`found` does not fit `expected`: report it, unless the value is fresh. `labels` say who asks."""
    if widens(found, expected) and fresh(c, node):
        return expected
    if isinstance(found, (IterableType, FunctionType)) and not isinstance(expected, FunctionType):
        return stored(c, node, found)
    if isinstance(found, OptionalType) and fits(found.inner, expected):
        return may_be_none(c, node, found, expected=expected, labels=labels)
    help, fix = _advice(c, node, found, expected)
    return c.error("FMP201", node, f"{_what(what)} has the wrong type", expected=expected, found=found, help=help,
                   fixes=fix, labels=labels)


def _what(what: What) -> str:
    if isinstance(what, str):
        return what
    kind, *rest = what
    if kind == "argument":
        return f"the argument `{rest[0]}` of `{rest[1]}`"
    return f"{kind} `{rest[0]}`"


def may_be_none(c: Body, node: ast.Expr, found: Type, expected: object = "", doing: str = "",
                labels: tuple[Label, ...] = ()) -> Type:
    text = c.text(node)
    key = path(node)
    if key:  # one test is missing, however often the value is used
        if "None " + key in c.reported:
            return ERROR
        c.reported.add("None " + key)
    return c.error("FMP210", node, f"`{text}` may be None" + (f": {doing}" if doing else ""), expected=expected,
                   found=found, labels=labels, help=f"Test it first: `if {text} is not None:`." if len(text) < 40 else
                   "Put it in a variable and test it first: `if it is not None:`.")


def _advice(c: Body, node: ast.Expr, found: Type, expected: Type) -> tuple[str, tuple[Fix, ...]]:
    target = expected.inner if isinstance(expected, OptionalType) else expected
    if isinstance(target, LiteralType):
        return _one_of(node, target)
    wrap = _CONVERSIONS.get((str(plain(found)), str(target)))
    if wrap:
        fix = Fix(f"convert it: `{wrap}(...)`", (
            Edit(Span(node.start, node.start), f"{wrap}("), Edit(Span(node.end, node.end), ")")))
        return f"`{wrap}(...)` converts it.", (fix,)
    if target is BOOL and plain(found) is STR:
        if isinstance(node, ast.Constant) and str(node.value).lower() in ("yes", "no", "true", "false"):
            made = "True" if str(node.value).lower() in ("yes", "true") else "False"
            return f"Write `{made}`.", (Fix(f"write `{made}`", (Edit(node.span, made),)),)
        return "A text is not yes or no. Ask with `verify`, or compare the text.", verified(c, node, node)
    if found is NONE:
        return ("A method that changes its receiver returns None, as in Python." if isinstance(node, ast.Call) else
                f"Allow it: `{expected} | None`."), ()
    if widens(found, expected):
        return (f"A {found} that others hold cannot pass for a {expected}: they could see it change. Pass a copy, "
                "as in `list(...)`, or annotate it where it is made."), ()
    if isinstance(target, ListType) and fits(found, target.item):
        return "Put it in a list: `[...]`.", (
            Fix("put it in a list", (Edit(Span(node.start, node.start), "["), Edit(Span(node.end, node.end), "]"))),)
    if isinstance(found, ListType) and fits(peek(found.item), expected):
        return "This is the whole list. One element is `[0]`; test that there is one.", ()
    if expected is NONE:
        return f"Declare what it gives: `-> {found}`, or return nothing.", ()
    if isinstance(expected, FunctionType):
        return f"The function is called with {', '.join(map(str, expected.params)) or 'nothing'} and has to give " \
            f"{expected.returns}.", ()
    return f"Give a {expected}, or declare that it is {found}.", ()


_CONVERSIONS = {
    ("int", "str"): "str", ("float", "str"): "str", ("bool", "str"): "str", ("float", "int"): "int",
    ("str", "int"): "int", ("str", "float"): "float", ("int", "bool"): "bool",
}


def _one_of(node: ast.Expr, target: LiteralType) -> tuple[str, tuple[Fix, ...]]:
    listed = ", ".join(map(repr, target.values))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        near = nearest(node.value, [v for v in target.values if isinstance(v, str)])
        return spoken(near) or f"It is one of {listed}.", fixes(node.value, node.span, []) or tuple(
            Fix(f"change it to {near_value!r}", (Edit(node.span, _quoted(near_value)),)) for near_value in near)
    return f"It must be one of {listed}: compare it, or declare it as such where it is made.", ()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# ---------------------------------------------------------------- covariance


def widens(found: Type, expected: Type) -> bool:
    """Whether they are the same container, and each element of the one is good as an element of the other."""
    if isinstance(expected, OptionalType):
        expected = expected.inner
    if type(found) is not type(expected):
        return False
    if isinstance(found, (ListType, SetType)):
        return _safe(found.item, expected.item)  # type: ignore[attr-defined]
    if isinstance(found, DictType) and isinstance(expected, DictType):
        return _safe(found.key, expected.key) and _safe(found.value, expected.value)
    return False


def _safe(found: Type, expected: Type) -> bool:
    found, expected = peek(found), peek(expected)
    return found == expected or (_immutable(found) and _immutable(expected) and fits(found, expected))


def _immutable(t: Type) -> bool:
    return not isinstance(t, (ListType, SetType, DictType)) and all(map(_immutable, parts(t)))


def fresh(c: Body, node: ast.Expr) -> bool:
    """Whether nobody else holds the value of the expression."""
    if isinstance(node, (ast.ListExpr, ast.SetExpr, ast.DictExpr, ast.Comprehension, ast.DictComp, ast.Binary)):
        return True
    if isinstance(node, ast.Subscript):
        return isinstance(node.index, ast.Slice)
    if isinstance(node, ast.IfExp):
        return fresh(c, node.body) and fresh(c, node.orelse)
    if isinstance(node, ast.Call):
        target = c.calls.get(node)
        if isinstance(target, CallNeural):
            return True
        if isinstance(target, CallBuiltin):
            return target.name in ("list", "set", "dict", "sorted")
        if isinstance(target, CallMethod):
            return target.name in ("copy", "split", "rsplit", "splitlines", "union", "intersection", "difference",
                                   "symmetric_difference")
    return False


def together(c: Body, nodes: tuple[ast.Expr, ...], a: Type, node: ast.Expr, b: Type) -> Type:
    """The type of a value that is one of `nodes`, all of type `a`, or `node` of type `b`; a Clash for none.

    `[1]` and `[2.5]` make lists of floats: nobody else holds the first as a list of ints.
    """
    joined = join(a, b)
    if isinstance(joined, Clash):
        if widens(a, b) and all(fresh(c, n) for n in nodes):
            return b
        if widens(b, a) and fresh(c, node):
            return a
    return joined


def looks_only(c: Body, function: FunctionInfo, name: str, depth: int = 0) -> bool:
    """Whether a function only reads the container that it gets as parameter `name`.

    Syntactic and cautious: every use of the name is one that can neither keep nor change it. Calls are followed
    a few levels deep.
    """
    key = (function, name)
    known = c.session.readers.get(key)
    if known is None:
        c.session.readers[key] = False  # for functions that call each other in a circle
        uses: list[tuple[ast.Node, ast.Node | None]] = []
        _uses(function.node.body, name, uses)
        known = c.session.readers[key] = all(_reads(c, function, node, parent, depth) for node, parent in uses)
    return known


def _uses(statements: tuple[ast.Stmt, ...], name: str, found: list[tuple[ast.Node, ast.Node | None]]) -> None:
    stack: list[tuple[ast.Node, ast.Node | None]] = [(s, None) for s in statements]
    while stack:
        node, parent = stack.pop()
        if isinstance(node, ast.Name) and node.id == name:
            found.append((node, parent))
        stack.extend((child, node) for child in ast.children(node))


def _reads(c: Body, function: FunctionInfo, node: ast.Node, parent: ast.Node | None, depth: int) -> bool:
    if isinstance(parent, (ast.For, ast.Clause)):
        return node is parent.iter
    if isinstance(parent, (ast.Compare, ast.Interpolation, ast.Branch, ast.Assert, ast.Binary)):
        return True
    if isinstance(parent, ast.Unary):
        return parent.op == "not"
    if isinstance(parent, ast.Subscript):
        # An element or a slice read; whether the subscript is a target is seen in its own use of the name.
        return node is parent.value and not _assigned(function.node.body, parent)
    if isinstance(parent, ast.Attribute):
        if any(parent.name in METHODS[kind] for kind in _CONTAINERS):
            return not any((kind, parent.name) in MUTATORS for kind in _CONTAINERS)
        return _hands_on(c, function, parent.name, 0, depth)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and node in parent.args:
        called = parent.func.id
        if called in FUNCTIONS and isinstance(_scope(c, function).find(called), Builtin):
            return called not in ("min", "max") or len(parent.args) == 1  # max(xs, ys) is one of them
        return _hands_on(c, function, called, parent.args.index(node), depth)
    return False


_CONTAINERS = ("list", "dict", "set")


def _scope(c: Body, function: FunctionInfo) -> Scope:
    return c.session.scopes[function.module]


def _hands_on(c: Body, function: FunctionInfo, called: str, position: int, depth: int) -> bool:
    """The container goes on as argument number `position` of another function."""
    target = _scope(c, function).functions(called)
    if isinstance(target, FunctionInfo):
        return position < len(target.params) and depth < 8 and looks_only(
            c, target, target.params[position].name, depth + 1)
    return isinstance(target, NeuralFunction)


def _assigned(statements: tuple[ast.Stmt, ...], target: ast.Subscript) -> bool:
    stack: list[ast.Node] = list(statements)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets: tuple[ast.Node, ...] = node.targets if isinstance(node, ast.Assign) else (node.target,)
            if any(target is t or (isinstance(t, ast.TupleExpr) and target in t.items) for t in targets):
                return True
        stack.extend(child for child in ast.children(node) if not isinstance(child, ast.Name))
    return False


def pass_covariant(c: Body, call: CallFunction | CallNeural, name: str, found: Type, expected: Type) -> bool:
    """Whether an argument may pass because the function called cannot change it."""
    if not widens(found, expected):
        return False
    return isinstance(call, CallNeural) or looks_only(c, call.function, name)
