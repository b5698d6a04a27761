"""Assignments: to names, to tuples of targets, to elements; declared and augmented."""

from __future__ import annotations

from fmplang.check.annotations import Reader
from fmplang.check.body import Body, infer, require, value
from fmplang.check.comprehensions import too_much, unpacked
from fmplang.check.holes import Clash, Hole, firm, peek, too_large
from fmplang.check.mismatch import may_be_none, mismatch
from fmplang.check.operators import augmented
from fmplang.check.relations import fits
from fmplang.check.types import (
    ERROR,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    Prim,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Label


def assign(c: Body, s: ast.Assign) -> None:
    target = s.targets[0]
    if len(s.targets) == 1:
        kind = target.__class__
        if kind is ast.Name:
            declared = c.declared.get(target.id)  # type: ignore[union-attr]
            found = value(c, s.value, declared)
            if declared is not None and not (found is declared or fits(found, declared)):
                found = _unlike(c, target, s.value, found, declared)  # type: ignore[arg-type]
            elif found is STR and s.value.__class__ is ast.Constant and declared is None:
                found = _text(s.value.value)
            to_name(c, target, found)  # type: ignore[arg-type]
            return
        if kind is ast.Subscript:
            _to_item(c, target, s.value)  # type: ignore[arg-type]
            return
    found = value(c, s.value)
    for target in s.targets:
        to_target(c, target, found, s.value)


def _text(text: object) -> Type:
    """A local that holds a text written out may still turn out to be one of a closed set."""
    return LiteralType((text,), spelled=True) if isinstance(text, str) and len(text) <= 40 else STR


def _unlike(c: Body, target: ast.Name, node: ast.Expr, found: Type, declared: Type) -> Type:
    """What is assigned does not fit what is declared. The local keeps its declared type."""
    param = next((p for p in c.info.node.params if p.name == target.id), None) if c.info else None
    where = param or c.own.get(target.id)
    labels: tuple[Label, ...] = ()
    if where is not None and where.start != target.start:
        labels = (Label(where.span, f"`{target.id}` is declared as {declared}"),)
    mismatch(c, node, found, declared, ("the value of", target.id), labels)
    return declared


def to_name(c: Body, target: ast.Name, found: Type) -> None:
    """Assign to a local; `found` fits its declared type."""
    text = target.id
    if found.__class__ is not Prim and too_large(found):
        found = too_much(c, target)
    declared = c.declared.get(text)
    if declared is not None:
        found = _narrowed(declared, found)
    c.types[target] = found
    c.targets[target] = c.locals[text].slot
    c.env[text] = found
    c.reported.discard("None " + text)
    if c.paths:
        prefix = text + "."
        for key in [k for k in c.env if k.startswith(prefix)]:
            del c.env[key]


def _narrowed(declared: Type, found: Type) -> Type:
    """What a local of a declared type holds after an assignment: None or not, no finer."""
    if isinstance(declared, OptionalType):
        if found is ERROR:
            return ERROR
        if found is NONE:
            return NONE
        if not isinstance(found, OptionalType):
            return declared.inner
    return declared


def to_target(c: Body, target: ast.Target, found: Type, node: ast.Expr) -> None:
    """Assign a value of a known type to a target of any kind; `node` is the expression that it came from."""
    if isinstance(target, ast.Name):
        if found.__class__ is Clash:
            c.types[target] = found
        declared = c.declared.get(target.id)
        if declared is not None and not fits(found, declared):
            found = _unlike(c, target, target, found, declared)
        to_name(c, target, found)
    elif isinstance(target, ast.TupleExpr):
        for part, kind in zip(target.items, unpacked(c, target, found), strict=True):
            to_target(c, part, kind, node)  # type: ignore[arg-type]
    else:
        wanted = _element_of(c, target)
        if wanted is not None and not fits(found, wanted):
            mismatch(c, node, found, wanted, "the value")


def _element_of(c: Body, target: ast.Subscript) -> Type | None:
    """What may be stored at `xs[i]`, as it stands (a hole stays one); None where nothing can be."""
    container = infer(c, target.value)
    if isinstance(container, (ListType, DictType)) and not isinstance(target.index, ast.Slice):
        if isinstance(container, ListType):
            require(c, target.index, INT, "the index")
            c.types[target] = peek(container.item)
            return container.item
        key = value(c, target.index, None if peek(container.key) is NEVER else peek(container.key))
        from fmplang.check.displays import hashes

        if not fits(key, container.key):
            mismatch(c, target.index, key, peek(container.key), "the key")
        elif not hashes(c, target.index, key, "a key"):
            return None
        c.types[target] = peek(container.value)
        return container.value
    if isinstance(target.index, ast.Slice):
        for part in (target.index.lower, target.index.upper, target.index.step):
            if part is not None:
                require(c, part, OptionalType(INT), "a slice's bound")
        if container is not ERROR and container is not NEVER:
            c.error("FMP213", target, "a slice cannot be assigned", help="Build a new list: `xs[:i] + ys + xs[j:]`.")
        return None
    infer(c, target.index)
    if container is ERROR or container is NEVER:
        return None
    if isinstance(container, OptionalType):
        may_be_none(c, target.value, container, doing="nothing can be put into it then")
        return None
    c.error("FMP213", target, f"nothing can be put into {container} by index", found=container,
            help="Lists and dicts can change. Of others, build a new one.")
    return None


def _to_item(c: Body, target: ast.Subscript, node: ast.Expr) -> None:
    wanted = _element_of(c, target)
    if wanted is None:
        value(c, node)
        return
    known = peek(wanted)
    hint = None if known is NEVER or (wanted.__class__ is Hole and not _settled(wanted)) else known
    found = value(c, node, hint)
    if not (found is wanted or fits(found, wanted)):
        mismatch(c, node, found, firm(wanted), "the value")


def _settled(t: Type) -> bool:
    return t.__class__ is Hole and t.firm


def ann_assign(c: Body, s: ast.AnnAssign) -> None:
    target = s.target
    kind = Reader(c.scope).whole(s.annotation)
    before = c.declared.get(target.id)
    if before is not None and before != kind and kind is not ERROR and before is not ERROR:
        at = c.own.get(target.id)
        c.error("FMP103", target, f"`{target.id}` is declared twice, as {before} and as {kind}",
                labels=(Label(at.span, "the first time"),) if at is not None and at is not target else (),
                help="Declare it once, or use another name.")
        kind = before
    if kind is ERROR:
        if s.value is not None:
            value(c, s.value)
    elif s.value is not None:
        found = value(c, s.value, kind)
        if not (found is kind or fits(found, kind)):
            found = mismatch(c, s.value, found, kind, ("the value of", target.id))
        c.declared[target.id] = kind
        to_name(c, target, found)
        if found is ERROR:
            c.env[target.id] = ERROR  # the value or the declaration is wrong: what follows from either is not told
        return
    c.declared[target.id] = kind
    c.types[target] = kind
    c.targets[target] = c.locals[target.id].slot
    if kind is ERROR:
        c.env[target.id] = ERROR


def aug_assign(c: Body, s: ast.AugAssign) -> None:
    target = s.target
    if isinstance(target, ast.Name):
        left = infer(c, target)
        if left is ERROR or left is NEVER:
            infer(c, s.value)
            if target.id in c.own:
                to_name(c, target, left)
            return
        found = augmented(c, s, left, s.value)
        declared = c.declared.get(target.id)
        if declared is not None and not fits(found, declared):
            found = _unlike(c, target, s, found, declared)  # type: ignore[arg-type]
        to_name(c, target, found)
        return
    wanted = _element_of(c, target)
    if wanted is None:
        infer(c, s.value)
        return
    now = peek(wanted)
    if now is NEVER:
        if wanted.__class__ is Hole:
            c.unfilled.append(wanted)
        infer(c, s.value)
        return
    found = augmented(c, s, now, s.value)
    if not fits(found, wanted):
        mismatch(c, s.value, found, firm(wanted), "the result")
    elif peek(wanted) is not now:
        augmented(c, s, peek(wanted), s.value)  # what was stored before may already be of the wider type
