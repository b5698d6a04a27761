"""Builtin signatures against arguments: type variables solved, overloads chosen."""

from __future__ import annotations

from fmplang.check.body import Body, infer, stored, unfilled
from fmplang.check.displays import held, open_inside
from fmplang.check.holes import Clash, Hole, firm, parts, peek, plain
from fmplang.check.mismatch import fresh, may_be_none, mismatch, widens
from fmplang.check.properties import hashable, ordered
from fmplang.check.relations import element, fits, join
from fmplang.check.signatures import SIZED, SequenceOf, Signature, SigParam, Var
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.types import (
    ERROR,
    NEVER,
    NONE,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    OptionalType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.source import Span

Solution = dict[str, Type]
NO_NAMES: tuple[str, ...] = ()


class Fail(Exception):
    """An argument that does not fit `wanted`; `expected` is that as a message says it."""

    def __init__(self, node: ast.Expr, wanted: Type, expected: str, found: Type, why: str = "") -> None:
        self.node = node
        self.wanted = wanted
        self.expected = expected
        self.found = found
        self.why = why


# -------------------------------------------------------------------- matching


def match(c: Body, found: Type, wanted: Type, solved: Solution, rigid: Solution) -> bool:
    """Whether a value of type `found` may be given for `wanted`; fills `solved`.

    `rigid` are variables that the receiver of a method decides.
    """
    kind = wanted.__class__
    if kind is Var:
        if wanted.name == "O":  # type: ignore[attr-defined]
            unfilled(c, found)
        return _variable(found, wanted.name, solved, rigid)  # type: ignore[attr-defined]
    if kind is IterableType or kind is SequenceOf:
        if kind is SequenceOf and not _reversible(found):
            return False
        item = element(found)
        if item is None or isinstance(item, Clash):
            return False
        if item is NEVER:
            unfilled(c, found)
        return match(c, item, wanted.item, solved, rigid)  # type: ignore[attr-defined]
    if kind is OptionalType:
        inner = wanted.inner  # type: ignore[attr-defined]
        if found is NONE:
            return True
        return match(c, found.inner if isinstance(found, OptionalType) else found, inner, solved, rigid)
    if found is ERROR or found is NEVER:
        return True
    if kind is ListType or kind is TupleOf:
        if kind is TupleOf and isinstance(found, TupleType):
            return all(match(c, t, wanted.item, solved, rigid) for t in found.items)  # type: ignore[attr-defined]
        return type(found) is kind and match(c, firm(found.item), wanted.item, solved, rigid)  # type: ignore[attr-defined]
    if kind is DictType:
        if not isinstance(found, DictType):
            return False
        unfilled(c, found)
        return match(c, firm(found.key), wanted.key, solved, rigid) and match(  # type: ignore[attr-defined]
            c, firm(found.value), wanted.value, solved, rigid)  # type: ignore[attr-defined]
    if kind is TupleType:
        return isinstance(found, TupleType) and len(found.items) == len(wanted.items) and all(  # type: ignore[attr-defined]
            match(c, a, b, solved, rigid) for a, b in zip(found.items, wanted.items, strict=True))  # type: ignore[attr-defined]
    return fits(found, wanted)


def _variable(found: Type, name: str, solved: Solution, rigid: Solution) -> bool:
    if name in rigid:
        return fits(found, rigid[name])
    if isinstance(found, (IterableType, FunctionType)):
        return False
    now = solved.get(name)
    if now is None or now is NEVER:
        made = found
    elif fits(found, now):
        return True
    else:
        made = join(now, found)
        if isinstance(made, Clash):
            return False
    if (name == "O" and not ordered(made)) or (name == "H" and not hashable(plain(made))):
        return False
    solved[name] = made
    return True


def _reversible(found: Type) -> bool:
    if isinstance(found, SetType):
        return False
    return not isinstance(found, IterableType) or found.kind != "iterator"


def given(c: Body, t: Type, solved: Solution, rigid: Solution, *, partly: bool = False) -> Type | None:
    """The type with its variables replaced; None where one is not solved (a hole in a result: `partly`)."""
    kind = t.__class__
    if kind is Var:
        name = t.name  # type: ignore[attr-defined]
        made = rigid.get(name)
        if made is not None:
            if made.__class__ is Hole and peek(made) is NEVER:
                c.unfilled.append(made)
            return firm(made)
        made = solved.get(name)
        return made if made is not None else NEVER if partly else None
    if not parts(t) and not isinstance(t, SequenceOf):
        return t
    if kind is FunctionType:
        params = [given(c, p, solved, rigid, partly=partly) for p in t.params]  # type: ignore[attr-defined]
        returns = given(c, t.returns, solved, rigid, partly=partly)  # type: ignore[attr-defined]
        if any(p is None for p in params):
            return None
        return FunctionType(tuple(p for p in params if p is not None), returns or NEVER)
    if kind is TupleType:
        items = [given(c, p, solved, rigid, partly=partly) for p in t.items]  # type: ignore[attr-defined]
        return None if any(i is None for i in items) else TupleType(tuple(i for i in items if i is not None))
    if kind is DictType:
        key = given(c, t.key, solved, rigid, partly=partly)  # type: ignore[attr-defined]
        value = given(c, t.value, solved, rigid, partly=partly)  # type: ignore[attr-defined]
        if key is None or value is None:
            return None
        return DictType(held(c, key), held(c, value))
    if kind is OptionalType:
        inner = given(c, t.inner, solved, rigid, partly=partly)  # type: ignore[attr-defined]
        if inner is None:
            return None
        return inner if inner is NONE or inner is ERROR or isinstance(inner, OptionalType) else (
            NONE if inner is NEVER else OptionalType(inner))
    item = given(c, t.item, solved, rigid, partly=partly)  # type: ignore[attr-defined]
    if item is None:
        return None
    if kind is IterableType:
        return IterableType(item, t.kind)  # type: ignore[attr-defined]
    if kind is SequenceOf:
        return SequenceOf(item)
    return kind(held(c, item))


# ------------------------------------------------------------------- overloads

_SHAPES: dict[tuple[tuple[Signature, ...], int, tuple[str, ...]], list[Signature]] = {}


def call_signature(
    c: Body, node: ast.Call, signatures: tuple[Signature, ...], rigid: Solution, expected: Type | None, shown: str,
) -> Type:
    """The type of a call of a builtin function or method."""
    args, keywords = node.args, node.keywords
    names = tuple([k.name for k in keywords]) if keywords else NO_NAMES
    count = len(args)
    shape = (signatures, count, names)
    fitting = _SHAPES.get(shape)
    if fitting is None:
        fitting = [s for s in signatures if s.takes(count, names)]
        if fitting and count <= 8 and all(s.starstar is None for s in signatures):
            _SHAPES[shape] = fitting
    if not fitting:
        quiet_arguments(c, node)
        return wrong_shape(c, node, signatures, names, shown)
    if len(fitting) == 1:
        try:
            return _attempt(c, node, fitting[0], rigid, expected, None)
        except Fail as fail:
            return _report(c, [fail], shown)
    for i, arg in enumerate(args):
        if arg.__class__ is ast.Name and arg.id not in c.env:
            c.place_of(arg, lambda t, i=i: any(_takes(c, s, i, t, rigid) for s in fitting))  # type: ignore[misc]
            break
    known = {n: infer(c, n) for n in (*args, *(k.value for k in keywords)) if not callable_argument(c, n)}
    mark, reported, env = len(c.session.diagnostics), c.reported, c.env
    fails: list[Fail] = []
    kept: list[Diagnostic] = []
    for signature in fitting:
        if len(known) < count + len(keywords):
            c.reported, c.env = set(reported), dict(env)
        try:
            made = _attempt(c, node, signature, rigid, expected, known)
        except Fail as fail:
            fails.append(fail)
        else:
            if len(c.session.diagnostics) == mark:
                c.env = env
                return made
            told = c.session.diagnostics[mark:]
            if not kept or (_no_value(kept) and not _no_value(told)):
                kept = told
        del c.session.diagnostics[mark:]
        c.reported, c.env = reported, env
    if kept:
        c.session.diagnostics.extend(kept)
        return ERROR
    return _report(c, fails, shown)


def _takes(c: Body, signature: Signature, position: int, found: Type, rigid: Solution) -> bool:
    """Whether an overload alone takes a value of a type in this place."""
    places = signature.positional
    param = places[position] if position < len(places) else signature.star
    return param is not None and match(c, found, param.type, {}, rigid)


def _no_value(told: list[Diagnostic]) -> bool:
    """Whether an overload was tried that takes a value, where a function is given."""
    return any(d.code == "FMP219" for d in told)


def _attempt(
    c: Body, node: ast.Call, signature: Signature, rigid: Solution, expected: Type | None,
    known: dict[ast.Expr, Type] | None,
) -> Type:
    solved: Solution = {}
    if expected is not None and expected.__class__ is not IterableType and parts(signature.returns) and not rigid:
        _expect(signature.returns, expected, solved)
    later: list[tuple[ast.Expr, SigParam]] = []
    positional, star = signature.positional, signature.star
    for i, arg in enumerate(node.args):
        param = positional[i] if i < len(positional) else star
        assert param is not None
        if param.type.__class__ is FunctionType:
            later.append((arg, param))
        else:
            _argument(c, arg, param, solved, rigid, known)
    for keyword in node.keywords:
        param = signature.by_name.get(keyword.name) or signature.starstar
        assert param is not None
        if param.type.__class__ is FunctionType:
            later.append((keyword.value, param))
        else:
            _argument(c, keyword.value, param, solved, rigid, known)
    for arg, param in later:
        _callable(c, arg, param, solved, rigid)
    made = given(c, signature.returns, solved, rigid, partly=True)
    assert made is not None
    return made


def _expect(returns: Type, expected: Type, solved: Solution) -> None:
    """Take what is asked for as a first idea of the variables of a result that is made anew."""
    if isinstance(expected, OptionalType):
        expected = expected.inner
    if type(returns) is not type(expected):
        return
    for var, t in zip(parts(returns), parts(expected), strict=False):
        t = peek(t)
        if isinstance(var, Var) and t is not NEVER and t is not ERROR and not open_inside(t):
            solved[var.name] = t


def _argument(c: Body, arg: ast.Expr, param: SigParam, solved: Solution, rigid: Solution,
              known: dict[ast.Expr, Type] | None) -> None:
    wanted = param.type
    found = known.get(arg) if known is not None else None
    if found is None:
        kind = wanted.__class__
        if kind is Var:
            hint: Type | None = rigid.get(wanted.name) or solved.get(wanted.name)  # type: ignore[attr-defined]
            hint = None if hint is None or peek(hint) is NEVER or open_inside(hint) else peek(hint)
        elif kind in _CONTAINERS:
            hint = None
        else:
            hint = wanted if not open_inside(wanted) else None
        if arg.__class__ is ast.Name and arg.id not in c.env:
            c.place_of(arg, lambda t: match(c, t, wanted, dict(solved), rigid))
        found = infer(c, arg, hint)
    if match(c, found, wanted, solved, rigid):
        return
    target = given(c, wanted, solved, rigid)
    if target is not None and widens(found, target) and fresh(c, arg):
        return
    why = ""
    if isinstance(wanted, Var) and found is not ERROR:
        if wanted.name == "O" and not ordered(found):
            target, why = None, "ordered"
        elif wanted.name == "H" and not hashable(plain(found)):
            why = "hashable"
    elif isinstance(wanted, IterableType) and isinstance(wanted.item, Var):
        item = element(found)
        if item is not None and wanted.item.name == "O" and not ordered(item):
            why = "ordered"
        elif item is not None and wanted.item.name == "H" and not hashable(plain(item)):
            why = "hashable"
    raise Fail(arg, wanted, _spoken(target if target is not None else wanted), found, why)


_CONTAINERS = frozenset({IterableType, SequenceOf, DictType, ListType, TupleOf})


def _spoken(t: Type) -> str:
    """A parameter's type for a reader: variables that stand for anything vanish."""
    if isinstance(t, Var):
        return {"O": "something ordered", "H": "something hashable"}.get(t.name, "a value")
    if isinstance(t, (IterableType, SequenceOf)) and isinstance(t.item, Var):
        things = {"O": "a list of ordered things", "H": "a list of hashable things"}
        return things.get(t.item.name, "a list or the like")
    return str(t)


def _callable(c: Body, arg: ast.Expr, param: SigParam, solved: Solution, rigid: Solution) -> None:
    wanted = param.type
    assert isinstance(wanted, FunctionType)
    params = given(c, FunctionType(wanted.params, NONE), solved, rigid, partly=True)
    assert isinstance(params, FunctionType)
    hint = None
    if isinstance(wanted.returns, Var):
        hint = solved.get(wanted.returns.name)
    from fmplang.check.callables import returned

    made = returned(c, arg, params.params, hint)
    if made is None or not match(c, made, wanted.returns, solved, rigid):
        if made is None or made is ERROR:
            return
        why = "ordered" if isinstance(wanted.returns, Var) and wanted.returns.name == "O" else ""
        raise Fail(arg, wanted, f"a function that gives {_spoken(wanted.returns)}", made, why)


def callable_argument(c: Body, node: ast.Expr) -> bool:
    """Whether an argument is a function: typed only once the types that it is called with are known."""
    if isinstance(node, ast.Lambda):
        return True
    if isinstance(node, ast.Name) and node.id not in c.env and node.id not in c.own:
        from fmplang.check.scope import Broken, ConstantInfo

        entity = c.scope.find(node.id)
        return entity is not None and not isinstance(entity, (Broken, ConstantInfo))
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "math" and (
        "math" not in c.env and node.name not in ("pi", "e", "inf", "nan", "tau"))


def quiet_arguments(c: Body, node: ast.Call) -> None:
    """Type the arguments of a call that is in error, for what is wrong in themselves."""
    for arg in (*node.args, *(k.value for k in node.keywords)):
        if isinstance(arg, ast.Lambda):
            from fmplang.check.comprehensions import lambda_body

            lambda_body(c, arg, (ERROR,) * len(arg.params), None)
        elif not callable_argument(c, arg):
            infer(c, arg)


# --------------------------------------------------------------------- messages


def _report(c: Body, fails: list[Fail], shown: str) -> Type:
    first = fails[0]
    if any(f.node is not first.node for f in fails):  # the overload that came furthest was meant
        first = max(fails, key=lambda f: f.node.start)
        fails = [f for f in fails if f.node is first.node]
    found, wanted, node = first.found, first.wanted, first.node
    if found is ERROR:
        return ERROR
    if len(fails) == 1 and not first.why and first.expected in _SIMPLE:
        return mismatch(c, node, found, _SIMPLE[first.expected], f"this argument of `{shown}`")
    walks = all(isinstance(f.wanted, (IterableType, SequenceOf)) for f in fails)
    if isinstance(found, IterableType) and not walks and wanted is not SIZED:
        return stored(c, node, found)
    if isinstance(found, OptionalType):
        return may_be_none(c, node, found, expected=first.expected, doing=f"`{shown}` cannot take it then")
    expected = " or ".join(dict.fromkeys(f.expected for f in fails))
    if first.why == "ordered":
        item = element(found) if walks else found
        return c.error("FMP209", node, f"`{shown}` cannot order {item}", expected=expected, found=found,
                       help="Say by what to order: `key=lambda x: ...`, with a number or text as the result.")
    if first.why == "hashable":
        item = element(found) if walks else found
        return c.error("FMP215", node, f"{item} cannot be looked up", expected=expected, found=found,
                       help="What can change is no key and no element of a set. Use tuples.")
    if wanted is SIZED:
        help = "Make it a list first: `len(list(...))`." if isinstance(found, IterableType) else "It has no length."
        return c.error("FMP201", node, f"this argument of `{shown}` has the wrong type", found=found, help=help,
                       expected="a list, dict, set, tuple or text")
    if walks and element(found) is None:
        return c.error("FMP212", node, f"`{shown}` walks its argument, and {found} cannot be walked",
                       expected=expected, found=found, help="Give it a list, tuple, set, dict, text or range.")
    return c.error("FMP201", node, f"this argument of `{shown}` has the wrong type", expected=expected, found=found,
                   help="`fmplang explain FMP201` says what fits what.")


_SIMPLE: dict[str, Type] = {}


def _fill_simple() -> None:
    from fmplang.check import types

    for t in (types.INT, types.FLOAT, types.STR, types.BOOL, types.IMAGE):
        _SIMPLE[str(t)] = t


_fill_simple()


def wrong_shape(c: Body, node: ast.Call, signatures: tuple[Signature, ...], names: tuple[str, ...], shown: str) -> Type:
    """Too many arguments, too few, or names that the function does not have."""
    count = len(node.args)
    written = "\n".join(f"  {s.text}" for s in signatures[:4])
    help = f"It is declared as\n{written}" if len(signatures) > 1 else f"It is declared as `{signatures[0].text}`."
    accepted = {n for s in signatures for n in s.by_name}
    for keyword in node.keywords:
        if keyword.name not in accepted:
            near = nearest(keyword.name, accepted)
            span = Span(keyword.start, keyword.start + len(keyword.name))
            return c.error("FMP204", span, f"`{shown}` has no parameter `{keyword.name}`", help=spoken(near) or help,
                           fixes=fixes(keyword.name, span, near))
    most = max(len(s.positional) if s.star is None else 1_000 for s in signatures)
    if count > most:
        return c.error("FMP203", Span(node.args[most].start, node.args[-1].end),
                       f"`{shown}` takes {most or 'no'} argument{'' if most == 1 else 's'} here, not {count}",
                       expected=most, found=count, help=help)
    return c.error("FMP202", node, f"`{shown}` is not called like this", help=help)
