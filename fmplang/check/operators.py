"""The types of operators, comparisons and f-strings."""

from __future__ import annotations

from fmplang.check.body import EXPR, Body, infer, unfilled, value
from fmplang.check.conditions import condition
from fmplang.check.displays import held
from fmplang.check.formats import format_spec
from fmplang.check.holes import Clash, firm, peek, plain
from fmplang.check.mismatch import may_be_none
from fmplang.check.properties import comparable, hashable, numeric
from fmplang.check.relations import element, fits, join
from fmplang.check.subscripts import integer
from fmplang.check.types import (
    BOOL,
    ERROR,
    FLOAT,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    LiteralType,
    OptionalType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix

# ------------------------------------------------------------------ arithmetic


def binary(c: Body, node: ast.Binary, expected: Type | None) -> Type:
    operands = node.operands
    hint = expected if isinstance(expected, ListType) else None
    left = infer(c, operands[0], hint)
    at = operands[0]
    for op, operand in zip(node.ops, operands[1:], strict=True):
        right = infer(c, operand, hint if op == "+" or operand.__class__ is ast.ListExpr else None)
        if (left is INT or left is FLOAT) and (right is INT or right is FLOAT) and op in _PLAIN:
            left = FLOAT if left is FLOAT or right is FLOAT or op == "/" else INT
        else:
            left = operate(c, node, at, left, op, operand, right)
        at = operand
    return left


_PLAIN = frozenset({"+", "-", "*", "/", "//", "%"})


def operate(
    c: Body, node: ast.Node, at: ast.Expr, left: Type, op: str, operand: ast.Expr, right: Type,
) -> Type:
    """The type of `left op right`. `node` is the whole expression, `at` and `operand` are the operands."""
    a, b = plain(left), plain(right)
    if a is ERROR or b is ERROR:
        return ERROR
    if a is NEVER or b is NEVER:
        return NEVER
    unfilled(c, a)
    unfilled(c, b)
    if numeric(a) and numeric(b):
        made = _numbers(a, op, b, operand)
    else:
        made = _RULES[op](c, a, b, at, operand) if op in _RULES else None
    if made is not None:
        return made
    for n, t in ((at, a), (operand, b)):
        if isinstance(t, OptionalType):
            return may_be_none(c, n, t, doing=f"`{op}` cannot be used on it then")
    return c.error("FMP208", node, f"`{op}` does not go with {a} and {b}", found=f"{a} {op} {b}",
                   help=_advice(op, a, b), fixes=_as_text(op, a, b, at, operand))


def _numbers(a: Type, op: str, b: Type, operand: ast.Expr) -> Type | None:
    if op in ("&", "|", "^"):
        if a is FLOAT or b is FLOAT:
            return None
        return BOOL if a is BOOL and b is BOOL else INT
    if op == "**":
        if a is FLOAT or b is FLOAT:
            return FLOAT
        power = integer(operand)
        return INT if b is BOOL or (power is not None and power >= 0) else FLOAT
    if op == "/" or a is FLOAT or b is FLOAT:
        return FLOAT
    return INT


def _plus(c: Body, a: Type, b: Type, at: ast.Expr, operand: ast.Expr) -> Type | None:
    if a is STR and b is STR:
        return STR
    if isinstance(a, ListType) and isinstance(b, ListType):
        item = join(firm(a.item), firm(b.item))
        return None if isinstance(item, Clash) else ListType(held(c, item))
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        return TupleType(a.items + b.items)
    if isinstance(a, (TupleType, TupleOf)) and isinstance(b, (TupleType, TupleOf)):
        joined = join(element(a) or NEVER, element(b) or NEVER)
        return None if isinstance(joined, Clash) else TupleOf(joined)
    return None


def _times(c: Body, a: Type, b: Type, at: ast.Expr, operand: ast.Expr) -> Type | None:
    if a is INT or a is BOOL:
        a, b, operand = b, a, at
    if b is not INT and b is not BOOL:
        return None
    if a is STR:
        return STR
    if isinstance(a, ListType):
        return ListType(held(c, firm(a.item)))
    if isinstance(a, TupleType):
        times = integer(operand)
        if not a.items:
            return a
        if times is not None and len(a.items) * times <= 100:
            return TupleType(a.items * max(times, 0))
        item = element(a)
        return None if item is None or isinstance(item, Clash) else TupleOf(item)
    return a if isinstance(a, TupleOf) else None


def _sets(c: Body, a: Type, b: Type, at: ast.Expr, operand: ast.Expr) -> Type | None:
    if isinstance(a, SetType) and isinstance(b, SetType):
        item = join(firm(a.item), firm(b.item))
        return None if isinstance(item, Clash) else SetType(held(c, item))
    return None


def _either(c: Body, a: Type, b: Type, at: ast.Expr, operand: ast.Expr) -> Type | None:
    if isinstance(a, DictType) and isinstance(b, DictType):
        key, item = join(firm(a.key), firm(b.key)), join(firm(a.value), firm(b.value))
        return None if isinstance(key, Clash) or isinstance(item, Clash) else DictType(held(c, key), held(c, item))
    return _sets(c, a, b, at, operand)


_RULES = {"+": _plus, "*": _times, "-": _sets, "&": _sets, "^": _sets, "|": _either}


def _advice(op: str, a: Type, b: Type) -> str:
    if op == "+" and (a is STR or b is STR):
        return "Use an f-string: `f\"{x} {y}\"`."
    if op == "%" and a is STR:
        return "Use an f-string: `f\"{x}\"`."
    if op == "+" and (isinstance(a, ListType) or isinstance(b, ListType)):
        return "Lists add lists of the same kind: put one value in brackets, `[x]`, or use `append`."
    if op in ("&", "|"):
        return f"For conditions write `{'and' if op == '&' else 'or'}`."
    if op == "*":
        return "A text, list or tuple is repeated a whole number of times."
    return "Arithmetic takes numbers; `int(x)` and `float(x)` read them from text."


def _as_text(op: str, a: Type, b: Type, at: ast.Expr, operand: ast.Expr) -> tuple[Fix, ...]:
    if op != "+" or (a is STR) == (b is STR):
        return ()
    node, other = (operand, b) if a is STR else (at, a)
    if not numeric(other):
        return ()
    from fmplang.syntax.source import Span

    return (Fix("convert it: `str(...)`", (
        Edit(Span(node.start, node.start), "str("), Edit(Span(node.end, node.end), ")"))),)


def augmented(c: Body, node: ast.AugAssign, left: Type, operand: ast.Expr) -> Type:
    """The type of the target after `target op= value`. Lists, sets and dicts change in place."""
    if node.op == "+" and isinstance(left, ListType):
        item = peek(left.item)
        right = infer(c, operand, ListType(left.item) if item is not NEVER else None)
        unfilled(c, right)
        found = element(right)
        if found is None:
            if isinstance(right, OptionalType):
                return may_be_none(c, operand, right, doing="it cannot be walked then")
            return c.error("FMP208", node, f"`+=` does not go with {left} and {right}",
                           help="Lists take lists: `xs += [x]`, or `xs.append(x)`.")
        if isinstance(found, Clash) or not fits(found, left.item):
            return c.error("FMP201", operand, "the elements have the wrong type", expected=left, found=right,
                           help="All elements of a list have one type.")
        return left
    if node.op in ("|", "&", "-", "^") and isinstance(left, (SetType, DictType)):
        right = infer(c, operand, left if not isinstance(operand, ast.SetExpr) or peek_known(left) else None)
        if node.op == "&" or node.op == "-":
            return left if isinstance(right, SetType) and isinstance(left, SetType) else operate(
                c, node, node.target, left, node.op, operand, right)
        if right is not ERROR and (type(right) is not type(left) or not fits(right, left)):
            from fmplang.check.mismatch import mismatch

            return mismatch(c, operand, right, left, "the right side")
        return left
    return operate(c, node, node.target, left, node.op, operand, infer(c, operand))


def peek_known(t: Type) -> bool:
    return isinstance(t, DictType) or (isinstance(t, SetType) and peek(t.item) is not NEVER)


def unary(c: Body, node: ast.Unary, expected: Type | None) -> Type:
    if node.op == "not":
        condition(c, node.operand)
        return BOOL
    found = infer(c, node.operand)
    kind = plain(found)
    if kind is INT or kind is FLOAT or kind is ERROR or kind is NEVER:
        if kind is INT and isinstance(expected, LiteralType) and integer(node) in expected.values:
            return expected
        return kind
    if kind is BOOL:
        return INT
    if isinstance(kind, OptionalType):
        return may_be_none(c, node.operand, kind, doing=f"`{node.op}` cannot be used on it then")
    return c.error("FMP208", node, f"`{node.op}` does not go with {kind}", found=kind, help="It takes a number.")


# ----------------------------------------------------------------- comparisons


def compare(c: Body, node: ast.Compare, expected: Type | None) -> Type:
    operands = node.operands
    at, left = operands[0], infer(c, operands[0])
    for op, operand in zip(node.ops, operands[1:], strict=True):
        right = infer(c, operand)
        if not (left is INT and right is INT and op not in _MEMBERSHIP):
            _compared(c, node, at, left, op, operand, right)
        at, left = operand, right
    return BOOL


_MEMBERSHIP = frozenset({"in", "not in", "is", "is not"})


def _compared(c: Body, node: ast.Compare, at: ast.Expr, left: Type, op: str, operand: ast.Expr, right: Type) -> None:
    if left is ERROR or right is ERROR or left is NEVER or right is NEVER:
        return
    if op in ("==", "!="):
        _equality(c, node, at, left, op, operand, right)
    elif op in ("in", "not in"):
        _membership(c, node, at, left, op, operand, right)
    elif op in ("is", "is not"):
        _identity(c, node, at, left, op, operand, right)
    else:
        _order(c, node, at, left, op, operand, right)


def _whole(node: ast.Compare, at: ast.Expr, operand: ast.Expr) -> ast.Node | object:
    from fmplang.syntax.source import Span

    return node if len(node.ops) == 1 else Span(at.start, operand.end)


def _equality(c: Body, node: ast.Compare, at: ast.Expr, left: Type, op: str, operand: ast.Expr, right: Type) -> None:
    for t, n in ((left, at), (right, operand)):
        if isinstance(t, (IterableType, FunctionType)):
            from fmplang.check.body import stored

            stored(c, n, t)
            return
    outcome = "false" if op == "==" else "true"
    for t, n in ((left, operand), (right, at)):
        inner = t.inner if isinstance(t, OptionalType) else t
        if isinstance(inner, LiteralType) and isinstance(n, ast.Constant) and n.value is not None:
            if type(n.value) is type(inner.values[0]) and n.value not in inner.values:
                from fmplang.check.mismatch import _one_of

                help, fix = _one_of(n, inner)
                c.warn("FMP403", n, f"this is always {outcome}: {n.value!r} is not one of {inner}", help, fix)
                return
    if not comparable(left, right):
        if left is NONE or right is NONE:
            other = right if left is NONE else left
            c.warn("FMP403", node, f"this is always {outcome}: {other} is never None", "Remove the test.")
        else:
            c.warn("FMP403", node, f"this is always {outcome}: {left} never equals {right}",
                   "Compare values of one type.")


def _identity(c: Body, node: ast.Compare, at: ast.Expr, left: Type, op: str, operand: ast.Expr, right: Type) -> None:
    if left is NONE or right is NONE:
        other = right if left is NONE else left
        if other is not NONE and not isinstance(other, OptionalType) and comparable(other, NONE) is False:
            c.warn("FMP403", node, f"this is always {'false' if op == 'is' else 'true'}: {other} is never None",
                   "Remove the test.")
        return
    equal = "==" if op == "is" else "!="
    from fmplang.syntax.source import Span

    gap = Span(at.end, operand.start)
    fix = (Fix(f"write `{equal}`", (Edit(gap, f" {equal} "),), safe=True),) if "\n" not in c.source.slice(gap) else ()
    c.error("FMP209", node, f"`{op}` compares with None only", help=f"Write `{equal}`.", fixes=fix)


def _membership(c: Body, node: ast.Compare, at: ast.Expr, left: Type, op: str, operand: ast.Expr, right: Type) -> None:
    if plain(right) is STR:
        if isinstance(left, OptionalType):
            may_be_none(c, at, left, doing="`in` needs a text")
        elif plain(left) is not STR:
            c.error("FMP209", at, f"`in` looks for a text in a text, not for {left}", expected="str", found=left,
                    help="Convert it with `str(...)`.")
        return
    item = element(right)
    if item is None:
        if isinstance(right, OptionalType):
            may_be_none(c, operand, right, doing="nothing can be in it then")
        else:
            c.error("FMP212", operand, f"nothing can be in {right}", found=right,
                    help="`in` takes a list, tuple, set, dict, range or text on its right.")
        return
    if isinstance(right, (SetType, DictType)) and not hashable(plain(left)):
        c.error("FMP215", at, f"{left} cannot be in {right}", found=left,
                help="What can change cannot be looked up. Use a tuple.")
        return
    if not isinstance(item, Clash) and not comparable(left, item):
        c.warn("FMP403", node, f"this is always {'false' if op == 'in' else 'true'}: {left} is never in {right}",
               "Compare values of one type.")


def _order(c: Body, node: ast.Compare, at: ast.Expr, left: Type, op: str, operand: ast.Expr, right: Type) -> None:
    a, b = plain(left), plain(right)
    if numeric(a) and numeric(b):
        return
    if a is STR and b is STR:
        return
    if isinstance(a, SetType) and isinstance(b, SetType):
        return
    if _orders(c, a, b):
        return
    for n, t in ((at, a), (operand, b)):
        if isinstance(t, OptionalType):
            may_be_none(c, n, t, doing=f"`{op}` cannot compare it then")
            return
    c.error("FMP209", node, f"`{op}` does not compare {a} and {b}", found=f"{a} {op} {b}", help=_order_advice(a, b))


def _orders(c: Body, a: Type, b: Type) -> bool:
    """Whether `<` works between any two values of these types."""
    a, b = plain(a), plain(b)
    if (numeric(a) and numeric(b)) or (a is STR and b is STR) or a is NEVER or b is NEVER or a is ERROR or b is ERROR:
        return True
    if isinstance(a, ListType) and isinstance(b, ListType):
        unfilled(c, a)
        unfilled(c, b)
        return _orders(c, peek(a.item), peek(b.item))
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        return all(_orders(c, x, y) for x, y in zip(a.items, b.items, strict=False))
    if isinstance(a, (TupleType, TupleOf)) and isinstance(b, (TupleType, TupleOf)):
        return _orders(c, element(a) or NEVER, element(b) or NEVER)
    return False


def _order_advice(a: Type, b: Type) -> str:
    if isinstance(a, ListType) != isinstance(b, ListType) and (numeric(a) or numeric(b)):
        return "Compare its length: `len(xs)`."
    if {a, b} & {STR} and (numeric(a) or numeric(b)):
        return "Convert the text first: `int(x)` or `float(x)`."
    return "Numbers compare with numbers, texts with texts, tuples and lists of these with their like."


# -------------------------------------------------------------------- f-strings


def f_string(c: Body, node: ast.FString, expected: Type | None) -> Type:
    for part in node.parts:
        if part.__class__ is ast.Interpolation:
            interpolation(c, part)
    return STR


def interpolation(c: Body, node: ast.Interpolation) -> None:
    found = value(c, node.value)
    c.types[node] = STR
    if not node.spec:
        return
    spec = ""
    known = True
    for part in node.spec:
        if isinstance(part, str):
            spec += part
            continue
        known = False
        inner = value(c, part.value)
        c.types[part] = STR
        if not part.conversion and plain(inner) not in (INT, STR, ERROR, NEVER):
            c.error("FMP220", part.value, f"a format is made of numbers and text, not {inner}", found=inner,
                    help="Write a whole number or a text there.")
    if known:
        format_spec(c, node.value, STR if node.conversion else found, spec)


EXPR.update({ast.Binary: binary, ast.Unary: unary, ast.Compare: compare, ast.FString: f_string})
