"""Comprehensions, and lambdas: expressions with variables of their own."""

from __future__ import annotations

from fmplang.check.body import EXPR, Body, infer, require, unfilled, value
from fmplang.check.conditions import condition
from fmplang.check.displays import hashes, held
from fmplang.check.facts import applied, facts
from fmplang.check.holes import LARGEST, Clash, peek, too_large, widen
from fmplang.check.mismatch import may_be_none
from fmplang.check.relations import element, fits
from fmplang.check.signatures import ANY, SequenceOf
from fmplang.check.typed import Local
from fmplang.check.types import (
    ERROR,
    NEVER,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    OptionalType,
    Prim,
    SetType,
    TupleType,
    Type,
)
from fmplang.syntax import ast

Saved = tuple[dict[str, Type], dict[str, Local], int]


def walked(c: Body, node: ast.Expr, found: Type) -> Type:
    """The type of what `for` gets out of a value of type `found`."""
    made = element(found)
    if made is None:
        if isinstance(found, OptionalType) and element(found.inner) is not None:
            return may_be_none(c, node, found, doing="it cannot be walked then")
        return c.error("FMP212", node, f"{found} cannot be walked with `for`", found=found, help=_no_walk(found))
    if isinstance(made, Clash):
        return made
    if made is NEVER:
        unfilled(c, found)
    return made


def _no_walk(found: Type) -> str:
    text = str(found)
    if text == "int":
        return "For counting write `range(n)`."
    if text == "Video":
        return "Its pictures are `frame_iterator()`."
    return "Lists, tuples, sets, dicts, texts and ranges can."


def bind(c: Body, target: ast.Target, found: Type) -> None:
    """Give the variables of a comprehension's target their slots and types."""
    if isinstance(target, ast.Name):
        if found.__class__ is not Prim and too_large(found):
            found = too_much(c, target)
        c.types[target] = found
        c.locals[target.id] = c.slot(target)
        c.env[target.id] = found
        if c.paths:
            prefix = target.id + "."
            for key in [k for k in c.env if k.startswith(prefix)]:
                del c.env[key]
    elif isinstance(target, ast.TupleExpr):
        for part, kind in zip(target.items, unpacked(c, target, found), strict=True):
            bind(c, part, kind)  # type: ignore[arg-type]


def too_much(c: Body, target: ast.Name) -> Type:
    return c.error("FMP225", target, f"the type of `{target.id}` has too many parts",
                   help=f"A type has {LARGEST:,} parts at most. Declare a record for what belongs together.")


def unpacked(c: Body, target: ast.TupleExpr, found: Type) -> tuple[Type, ...]:
    """The types of the parts of a value that a tuple of targets takes apart."""
    size = len(target.items)
    c.types[target] = found
    if isinstance(found, Clash):
        found = c.error("FMP217", target, f"this is {found}", found=found, help="All have one type.")
    if isinstance(found, TupleType):
        if len(found.items) == size:
            return found.items
        c.error("FMP214", target, f"{len(found.items)} value{'' if len(found.items) == 1 else 's'} for {size} "
                f"name{'' if size == 1 else 's'}", expected=size, found=found,
                help="Give each element a name; `_` stands for one that is not needed.")
        return (ERROR,) * size
    if found is ERROR or found is NEVER:
        return (found,) * size
    if isinstance(found, OptionalType) and element(found.inner) is not None:
        may_be_none(c, target, found, doing="it cannot be taken apart then")
        return (ERROR,) * size
    made = element(found)
    if made is NEVER:
        unfilled(c, found)
    if made is None:
        c.error("FMP214", target, f"{found} cannot be taken apart", found=found,
                help="Tuples can, and lists and texts of the right length.")
        return (ERROR,) * size
    return (made,) * size


def enter(c: Body) -> Saved:
    saved = (c.env, c.locals, len(c.unfilled))
    c.env, c.locals = dict(c.env), dict(c.locals)
    c.depth += 1
    return saved


def leave(c: Body, saved: Saved, node: ast.Node) -> None:
    c.env, c.locals, mark = saved
    c.depth -= 1
    if len(c.unfilled) > mark and any(peek(hole) is not NEVER for hole in c.unfilled[mark:]):
        # A second turn would see what the first did not.
        c.error("FMP216", node, "this fills a list that it reads", help="Say what the list holds where it is made: "
                "`xs: list[int] = []`.")


def clauses(c: Body, nodes: tuple[ast.Clause, ...]) -> None:
    for clause in nodes:
        kind = walked(c, clause.iter, infer(c, clause.iter))
        c.env = dict(c.env)
        bind(c, clause.target, kind)
        for test in clause.conditions:
            condition(c, test)
            applied(c, facts(c, test, True))


def comprehension(c: Body, node: ast.Comprehension, expected: Type | None) -> Type:
    saved = enter(c)
    clauses(c, node.clauses)
    if isinstance(expected, OptionalType):
        expected = expected.inner
    wanted: Type | None = None
    if isinstance(expected, (ListType, SetType, IterableType, SequenceOf)):
        from fmplang.check.displays import _known

        wanted = _known(expected.item)
    found = value(c, node.element, wanted)
    found = found if wanted is not None else widen(found)
    if wanted is not None and not (found is wanted or fits(found, wanted)):
        from fmplang.check.mismatch import mismatch

        if not isinstance(expected, (IterableType, SequenceOf)):
            mismatch(c, node.element, found, wanted, "an element")
            found = wanted
    elif wanted is not None and node.kind != "generator":
        found = wanted
    if node.kind == "set" and not hashes(c, node.element, found, "an element of a set"):
        found = ERROR
    leave(c, saved, node)
    if node.kind == "list":
        return ListType(held(c, found))
    return SetType(held(c, found)) if node.kind == "set" else IterableType(found)


def dict_comprehension(c: Body, node: ast.DictComp, expected: Type | None) -> Type:
    saved = enter(c)
    clauses(c, node.clauses)
    if isinstance(expected, OptionalType):
        expected = expected.inner
    if isinstance(expected, DictType):
        from fmplang.check.displays import _known

        k, v = _known(expected.key), _known(expected.value)
        key = value(c, node.key) if k is None else (require(c, node.key, k, "a key"), k)[1]
        item = value(c, node.value) if v is None else (require(c, node.value, v, "a value"), v)[1]
    else:
        key, item = widen(value(c, node.key)), widen(value(c, node.value))
    if not hashes(c, node.key, key, "a key"):
        key = ERROR
    leave(c, saved, node)
    return DictType(held(c, key), held(c, item))


# --------------------------------------------------------------------- lambdas


def lambda_(c: Body, node: ast.Lambda, expected: Type | None) -> Type:
    if not isinstance(expected, FunctionType):
        lambda_body(c, node, (ERROR,) * len(node.params), None)
        return c.error("FMP219", node, "a lambda stands only where a function is asked for",
                       help="Pass it as an argument (`key=lambda x: ...`), or write a `def`.")
    if len(node.params) != len(expected.params):
        lambda_body(c, node, (ERROR,) * len(node.params), None)
        return wrong_count(c, node, len(node.params), len(expected.params))
    returns = expected.returns
    known = None if isinstance(returns, type(ANY)) and returns is ANY else returns
    found = lambda_body(c, node, expected.params, known)
    return FunctionType(expected.params, found)


def wrong_count(c: Body, node: ast.Node, has: int, wanted: int) -> Type:
    return c.error("FMP219", node, f"a function of {wanted} parameter{'' if wanted == 1 else 's'} is asked for; this "
                   f"takes {has}", expected=wanted, found=has,
                   help="It is called with one element at a time; take a tuple apart by index: `kv[1]`."
                   if wanted == 1 else "Give it the parameters it is called with.")


def lambda_body(c: Body, node: ast.Lambda, params: tuple[Type, ...], returns: Type | None) -> Type:
    """Type a lambda's body with its parameters of these types."""
    saved = enter(c)
    seen: set[str] = set()
    for param, kind in zip(node.params, params, strict=True):
        if param.id in seen:
            c.error("FMP103", param, f"two parameters are called `{param.id}`", help="Rename one of them.")
        seen.add(param.id)
        bind(c, param, kind)
    found = value(c, node.body, returns)
    leave(c, saved, node)
    return found


EXPR.update({ast.Comprehension: comprehension, ast.DictComp: dict_comprehension, ast.Lambda: lambda_})
