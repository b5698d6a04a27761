"""The types of names, literals, displays, attributes, subscripts and conditionals."""

from __future__ import annotations

from fmplang.check import builtins, signatures
from fmplang.check.body import EXPR, Body, infer, require, value
from fmplang.check.facts import applied, facts, path
from fmplang.check.mismatch import may_be_none, mismatch
from fmplang.check.relations import (
    SPECIAL,
    Clash,
    Hole,
    Maybe,
    element,
    falsy,
    firm,
    fits,
    hashable,
    join,
    optional,
    peek,
    plain,
    truthy,
    widen,
)
from fmplang.check.scope import Broken, Builtin, ConstantInfo
from fmplang.check.signatures import ANY
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import Global
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
    Prim,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span

_CONSTANTS: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT, str: STR, type(None): NONE}


def constant(c: Body, node: ast.Constant, expected: Type | None) -> Type:
    found = _CONSTANTS[node.value.__class__]
    if expected is not None and expected.__class__ is not Prim and found is not NONE and found is not FLOAT:
        target = expected.inner if isinstance(expected, OptionalType) else expected
        if isinstance(target, LiteralType) and plain(target) is found:
            for v in target.values:
                if v == node.value:
                    return LiteralType((v,))
    return found


# ----------------------------------------------------------------------- names


def name(c: Body, node: ast.Name, expected: Type | None) -> Type:
    text = node.id
    found = c.env.get(text)
    if found is not None:
        c.names[node] = c.locals[text]
        c.read.add(text)
        if found.__class__ in SPECIAL:
            return _special(c, node, found)
        return found
    if text in c.own:
        return _unassigned(c, node)
    if isinstance(expected, FunctionType):
        from fmplang.check.callables import function_value

        return function_value(c, node, expected)
    entity = c.scope.find(text)
    if isinstance(entity, ConstantInfo):
        c.names[node] = Global(entity.index)
        if c.info is None:
            return too_early(c, node, entity.node) or entity.type
        return entity.type
    if isinstance(entity, Broken):
        return ERROR
    if entity is None:
        return unknown(c, node)
    if isinstance(entity, RecordType):
        return c.error("FMP219", node, f"`{text}` is a record, not a value",
                       help=f"Build one: `{text}({', '.join(f'{n}=...' for n, _ in entity.fields)})`.")
    return c.error("FMP219", node, f"`{text}` is a function, not a value", help=f"Call it: `{text}(...)`.")


def too_early(c: Body, node: ast.Node, item: ast.ConstantDef | ast.Record) -> Type | None:
    """A constant that names what the module defines only below it."""
    if item.start < node.start or item not in c.scope.tree.items:
        return None
    return c.error("FMP301", node, f"`{item.name.id}` has no value yet",
                   labels=(Label(item.name.span, "defined here"),),
                   help="Constants are evaluated from the top. Move this one below.")


def _special(c: Body, node: ast.Name, found: Type) -> Type:
    if isinstance(found, Maybe):
        found = found.inner
        if "maybe " + node.id not in c.reported:
            c.reported.add("maybe " + node.id)
            first = c.own.get(node.id)
            c.error("FMP301", node, f"`{node.id}` may have no value here",
                    labels=(Label(Span(first.start, first.end), "it is assigned here, but not on every path"),)
                    if first is not None else (),
                    help=f"Assign `{node.id}` before the branch or loop: a loop may run zero times.")
            c.env[node.id] = found if not isinstance(found, Clash) else ERROR
            return ERROR if isinstance(found, Clash) else found
    if isinstance(found, Clash):
        c.env[node.id] = ERROR
        return c.error("FMP217", node, f"`{node.id}` is {found} here", found=found,
                       labels=_assignments(c, node.id, node.start),
                       help="Give each its own name, or the same type on every path.")
    return found


def _assignments(c: Body, text: str, before: int) -> tuple[Label, ...]:
    made = [
        Label(target.span, f"{c.types[target]} here")
        for target in c.targets
        if target.id == text and target in c.types and c.info is not None
        and c.info.node.start <= target.start < c.info.node.end and c.info.source is c.source
    ]
    return tuple(made[-4:])


def _unassigned(c: Body, node: ast.Name) -> Type:
    if node.id not in c.reported:
        c.reported.add(node.id)
        first = c.own[node.id]
        c.error("FMP301", node, f"`{node.id}` has no value yet",
                labels=(Label(first.span, "it gets one only here"),) if first.start != node.start else (),
                help="Assign it first. A name that a function assigns is local to it, as in Python.")
    return ERROR


def unknown(c: Body, node: ast.Name) -> Type:
    """A name that means nothing here. Told once for each name and function."""
    text = node.id
    if text == "math":
        return c.error("FMP219", node, "`math` is a namespace, not a value", help="Write `math.sqrt(x)` and the like.")
    if text in c.reported:
        return ERROR
    c.reported.add(text)
    from fmplang.check.absent import ABSENT

    instead = ABSENT.get(text)
    if instead is not None:
        return c.error("FMP109", node, f"`{text}` is not part of FMP", help=instead)
    near = nearest(text, [*c.env, *c.scope.names()]) if c.session.may_suggest() else []
    near = [n for n in near if "." not in n]
    c.read.update(near)  # meant here, so not unused
    return c.error("FMP101", node, f"nothing is called `{text}` here", help=spoken(near) or
                   "Define it, or check the spelling.", fixes=fixes(text, node.span, near))


# ------------------------------------------------------------------- attributes


def attribute(c: Body, node: ast.Attribute, expected: Type | None) -> Type:
    base = node.value
    if base.__class__ is ast.Name and base.id == "math" and "math" not in c.env and "math" not in c.own:
        return _math(c, node, expected)
    found = infer(c, base)
    if c.paths:
        key = path(node)
        known = c.env.get(key) if key else None
        if known is not None:
            c.attributes[node] = "field"
            return known
    if found is ERROR or found is NEVER:
        return found
    if isinstance(found, RecordType):
        for field, kind in found.fields:
            if field == node.name:
                c.attributes[node] = "field"
                return kind
    elif found.__class__ is Prim:
        made = signatures.attribute(found.name, node.name)
        if made is not None:
            c.attributes[node] = "property"
            return made
    elif isinstance(found, OptionalType):
        return may_be_none(c, base, found, doing=f"it has no `{node.name}` then")
    return no_member(c, node, found, called=False)


def _math(c: Body, node: ast.Attribute, expected: Type | None) -> Type:
    text = f"math.{node.name}"
    if text in builtins.MATH_CONSTANTS:
        c.attributes[node] = "math"
        return FLOAT
    if text in builtins.MATH:
        if isinstance(expected, FunctionType):
            from fmplang.check.callables import function_value

            return function_value(c, node, expected)
        return c.error("FMP219", node, f"`{text}` is a function, not a value", help=f"Call it: `{text}(...)`.")
    return no_math(c, node)


def no_math(c: Body, node: ast.Attribute) -> Type:
    span = Span(node.name_start, node.end)
    near = nearest(node.name, [n[5:] for n in (*builtins.MATH, *builtins.MATH_CONSTANTS)])
    return c.error("FMP102", span, f"`math` has no `{node.name}`",
                   help=spoken(near) or "It has the common functions only: `fmplang explain FMP102` lists them.",
                   fixes=fixes(node.name, span, near))


def kind_of(t: Type) -> str:
    """The name under which a type's methods are listed, or "" for none."""
    t = plain(t)
    if isinstance(t, Prim):
        return t.name
    return _KINDS.get(type(t), "")


_KINDS = {ListType: "list", DictType: "dict", SetType: "set", TupleType: "tuple", TupleOf: "tuple"}


def no_member(c: Body, node: ast.Attribute, found: Type, *, called: bool) -> Type:
    """`value.name` where the value's type has no such thing."""
    text, span, kind = node.name, Span(node.name_start, node.end), kind_of(found)
    methods = builtins.METHODS.get(kind, {})
    if not called and (text in methods or c.scope.functions(text) is not None):
        fix = Fix("call it", (Edit(Span(node.end, node.end), "()"),))
        return c.error("FMP219", span, f"`{text}` is a function, not a value", help=f"Call it: `.{text}(...)`. As an "
                       f"argument, write a lambda: `lambda x: {c.text(node.value)}.{text}(x)`.", fixes=(fix,))
    attributes = builtins.ATTRIBUTES.get(kind, {})
    fields = [n for n, _ in found.fields] if isinstance(found, RecordType) else []
    if called and (text in attributes or text in fields):
        return c.error("FMP211", span, f"`{text}` is a value, not a function", help="Leave out the parentheses.")
    candidates = [*methods, *attributes, *fields]
    if called and not isinstance(found, RecordType):
        candidates += [n for n in c.scope.names() if n not in builtins.FUNCTIONS and n != "math"]
    near = nearest(text, candidates) if c.session.may_suggest() else []
    shown = "None" if found is NONE else str(found)
    help = spoken(near) or (f"It has {', '.join(fields)}." if fields else "") or (
        f"It has {', '.join(attributes)}." if attributes and not called else "")
    return c.error("FMP102", span, f"{shown} has no `{text}`", found=found, help=help or
                   "Check the spelling, or define a function that takes it as its first parameter.",
                   fixes=fixes(text, span, near))


# ------------------------------------------------------------------- subscripts


def subscript(c: Body, node: ast.Subscript, expected: Type | None) -> Type:
    found = infer(c, node.value)
    if isinstance(node.index, ast.Slice):
        return _slice(c, node, found, node.index)
    return item(c, node, found)


def item(c: Body, node: ast.Subscript, found: Type) -> Type:
    """The type of one element, read or (for lists and dicts) written."""
    index = node.index
    assert not isinstance(index, ast.Slice)
    kind = found.__class__
    if kind is ListType or kind is TupleOf:
        require(c, index, INT, "the index")
        return _element(c, found.item)  # type: ignore[attr-defined]
    if kind is DictType:
        key = peek(found.key)  # type: ignore[attr-defined]
        if key is NEVER:
            infer(c, index)
        else:
            require(c, index, firm(key), "the key")
        return _element(c, found.value)  # type: ignore[attr-defined]
    if kind is TupleType:
        return _tuple_item(c, node, found, index)  # type: ignore[arg-type]
    if plain(found) is STR:
        require(c, index, INT, "the index")
        return STR
    infer(c, index)
    if found is ERROR or found is NEVER:
        return found
    if kind is OptionalType:
        return may_be_none(c, node.value, found, doing="it has no elements then")
    if kind is IterableType:
        from fmplang.check.body import stored

        return stored(c, node.value, found)
    help = _NO_ITEMS.get(kind_of(found), "Only lists, tuples, strings and dicts have elements by index or key.")
    return c.error("FMP213", node, f"{found} has no elements to take by index", found=found, help=help)


_NO_ITEMS = {
    "set": "A set has no order. Make it a list first: `list(...)[0]`.",
    "Image": "For a part of a picture, use `crop(left, lower, right, upper)`.",
    "Video": "For one frame, use `frame_from_index(i)`.",
}


def _element(c: Body, t: Type) -> Type:
    made = firm(t)
    if made is NEVER and t.__class__ is Hole:
        c.unfilled.append(t)
    return made


def integer(node: ast.Expr | None) -> int | None:
    """The value of a whole number written out, its sign included."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Unary) and node.op == "-":
        inner = integer(node.operand)
        return None if inner is None else -inner
    return None


def _tuple_item(c: Body, node: ast.Subscript, found: TupleType, index: ast.Expr) -> Type:
    require(c, index, INT, "the index")
    at = integer(index)
    size = len(found.items)
    if at is not None:
        if -size <= at < size:
            return found.items[at]
        return c.error("FMP214", index, f"the tuple has {size} element{'' if size == 1 else 's'}", found=found,
                       help="Indices begin at 0." if size else "It is empty.")
    made = element(found)
    if isinstance(made, Clash):
        return c.error("FMP214", index, "the elements of this tuple have different types", found=found,
                       help="Take each by its own number: `t[0]`, `t[1]`.")
    return made or ERROR


def _slice(c: Body, node: ast.Subscript, found: Type, index: ast.Slice) -> Type:
    for part in (index.lower, index.upper, index.step):
        if part is not None:
            require(c, part, OptionalType(INT), "a slice's bound")
    c.types[index] = NONE
    kind = found.__class__
    if kind is ListType:
        return ListType(held(c, _element(c, found.item)))  # type: ignore[attr-defined]
    if plain(found) is STR:
        return STR
    if kind is TupleOf or found is ERROR or found is NEVER:
        return found
    if isinstance(found, TupleType):
        bounds = [None if p is None else integer(p) for p in (index.lower, index.upper, index.step)]
        written = [p is None or integer(p) is not None for p in (index.lower, index.upper, index.step)]
        if all(written) and bounds[2] != 0:
            return TupleType(found.items[bounds[0]:bounds[1]:bounds[2]])
        made = element(found)
        return TupleOf(made) if made is not None and not isinstance(made, Clash) else c.error(
            "FMP214", node, "the elements of this tuple have different types", found=found,
            help="Slice it by numbers written out.")
    if kind is OptionalType:
        return may_be_none(c, node.value, found, doing="it has no elements then")
    if kind is IterableType:
        from fmplang.check.body import stored

        return stored(c, node.value, found)
    return c.error("FMP213", node, f"{found} cannot be sliced", found=found,
                   help=_NO_ITEMS.get(kind_of(found), "Lists, tuples and strings can."))


def held(c: Body, t: Type) -> Type:
    """An element type for a new container: a hole where nothing is known."""
    return Hole() if t is NEVER else t


# --------------------------------------------------------------------- displays


def _wanted(expected: Type | None, kind: type) -> Type | None:
    """The part of an expected type that a display of this kind may answer."""
    if isinstance(expected, OptionalType):
        expected = expected.inner
    if isinstance(expected, kind):
        return expected
    if isinstance(expected, (IterableType, signatures.SequenceOf)) and kind in (ListType, SetType):
        return expected
    return None


def _known(t: Type) -> Type | None:
    t = peek(t)
    return None if t is NEVER or t is ERROR or open_inside(t) else t


def open_inside(t: Type) -> bool:
    from fmplang.check.relations import open_hole, parts

    return isinstance(t, signatures.Var) or t is ANY or open_hole(t) is not None or any(map(open_inside, parts(t)))


def elements(c: Body, nodes: tuple[ast.Expr, ...], wanted: Type | None, what: str) -> Type:
    """The one type of the elements of a display; NEVER for none."""
    if wanted is not None:
        for node in nodes:
            found = value(c, node, wanted)
            if not (found is wanted or fits(found, wanted)):
                mismatch(c, node, found, wanted, what)
        return wanted
    made: Type = NEVER
    for node in nodes:
        found = widen(value(c, node))
        joined = join(made, found)
        if isinstance(joined, Clash):
            return c.error("FMP217", node, f"{what} has another type than those before", expected=made, found=found,
                           labels=(Label(nodes[0].span, f"{c.types[nodes[0]]} here"),),
                           help="All have one type. Values that belong together make a tuple or a record.")
        made = joined
    return made


def list_display(c: Body, node: ast.ListExpr, expected: Type | None) -> Type:
    target = _wanted(expected, ListType)
    wanted = _known(target.item) if target is not None else None  # type: ignore[attr-defined]
    return ListType(held(c, elements(c, node.items, wanted, "an element of the list")))


def set_display(c: Body, node: ast.SetExpr, expected: Type | None) -> Type:
    target = _wanted(expected, SetType)
    wanted = _known(target.item) if target is not None else None  # type: ignore[attr-defined]
    made = elements(c, node.items, wanted, "an element of the set")
    for element_node in node.items:
        if not hashes(c, element_node, c.types[element_node], "an element of a set"):
            return SetType(ERROR)
    return SetType(held(c, made))


def hashes(c: Body, node: ast.Expr, found: Type, what: str) -> bool:
    if hashable(plain(found)):
        return True
    c.error("FMP215", node, f"{found} cannot be {what}", found=found,
            help="What can change cannot be looked up. Use a tuple, as in `tuple(xs)`.")
    return False


def dict_display(c: Body, node: ast.DictExpr, expected: Type | None) -> Type:
    target = _wanted(expected, DictType)
    wanted = _known(target.key) if target is not None else None  # type: ignore[attr-defined]
    key = elements(c, node.keys, wanted, "a key of the dict")
    for k in node.keys:
        if not hashes(c, k, c.types[k], "a key"):
            key = ERROR
            break
    wanted = _known(target.value) if target is not None else None  # type: ignore[attr-defined]
    return DictType(held(c, key), held(c, elements(c, node.values, wanted, "a value of the dict")))


def tuple_display(c: Body, node: ast.TupleExpr, expected: Type | None) -> Type:
    if isinstance(expected, OptionalType):
        expected = expected.inner
    if isinstance(expected, TupleType) and len(expected.items) == len(node.items):
        return TupleType(tuple(value(c, n, _known(t)) for n, t in zip(node.items, expected.items, strict=True)))
    wanted = _known(expected.item) if isinstance(expected, TupleOf) else None
    return TupleType(tuple([widen(value(c, n, wanted)) for n in node.items]))


# ----------------------------------------------------------------- conditionals


def condition(c: Body, node: ast.Expr) -> None:
    """Type an expression that is only asked for its truth."""
    kind = node.__class__
    if kind is ast.BoolOp:
        saved = c.env
        for i, operand in enumerate(node.operands):  # type: ignore[union-attr]
            condition(c, operand)
            if i + 1 < len(node.operands):  # type: ignore[union-attr]
                applied(c, facts(c, operand, node.op == "and"))  # type: ignore[union-attr]
        c.env = saved
        kinds = [c.types[operand] for operand in node.operands]  # type: ignore[union-attr]
        c.types[node] = BOOL if all(t is BOOL for t in kinds) else ANY
        return
    if kind is ast.Unary and node.op == "not":  # type: ignore[union-attr]
        condition(c, node.operand)  # type: ignore[union-attr]
        c.types[node] = BOOL
        return
    found = infer(c, node)
    if found.__class__ is not Prim or found.name in ("Image", "Video", "Audio", "None"):
        if found is NEVER or found is ERROR:
            return
        if not falsy(found):
            c.warn("FMP404", node, f"this is always true: {found} has no false value",
                   "Compare it, or test a part of it.")
        elif not truthy(found):
            c.warn("FMP404", node, "this is always false", help="Remove it, or test something else.")


def bool_op(c: Body, node: ast.BoolOp, expected: Type | None) -> Type:
    """`a or b` as a value: the last operand, or the part of an earlier one that decides."""
    saved = c.env
    is_and = node.op == "and"
    made: Type = NEVER
    last = len(node.operands) - 1
    for i, operand in enumerate(node.operands):
        found = value(c, operand, expected if i == last else _or_none(expected))
        if i < last:
            applied(c, facts(c, operand, is_and))
            if not is_and and isinstance(found, OptionalType):
                found = found.inner
            elif (not is_and and found is NONE) or (is_and and not falsy(found)):
                found = NEVER
            elif is_and and isinstance(found, OptionalType) and not falsy(found.inner):
                found = NONE
        joined = join(made, found)
        if isinstance(joined, Clash):
            c.env = saved
            return c.error("FMP217", node, f"this is {joined}", help="`and` and `or` give one of their operands, as in "
                           "Python. Compare first, or use `x if c else y` with values of one type.")
        made = joined
    c.env = saved
    return made


def _or_none(expected: Type | None) -> Type | None:
    return None if expected is None else optional(expected)


def if_exp(c: Body, node: ast.IfExp, expected: Type | None) -> Type:
    condition(c, node.test)
    saved = c.env
    applied(c, facts(c, node.test, True))
    body = infer(c, node.body, expected)
    c.env = saved
    applied(c, facts(c, node.test, False))
    orelse = infer(c, node.orelse, expected)
    c.env = saved
    if expected is not None:
        ok = True
        for n, t in ((node.body, body), (node.orelse, orelse)):
            if not (t is expected or fits(t, expected)):
                ok = mismatch(c, n, t, expected, "this branch") is not ERROR and ok
        if not ok:
            return ERROR
    made = join(body, orelse)
    if isinstance(made, Clash):
        if expected is not None:
            return expected
        return c.error("FMP217", node, f"this is {made}", help="Both branches have one type.")
    return made


EXPR.update({
    ast.Constant: constant,
    ast.Name: name,
    ast.Attribute: attribute,
    ast.Subscript: subscript,
    ast.ListExpr: list_display,
    ast.SetExpr: set_display,
    ast.DictExpr: dict_display,
    ast.TupleExpr: tuple_display,
    ast.BoolOp: bool_op,
    ast.IfExp: if_exp,
})
__all__ = ["Builtin", "condition", "item"]
