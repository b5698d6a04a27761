"""Annotations of Python as FMP spells them."""

from __future__ import annotations

from fmplang.check.annotations import GENERIC, SIMPLE
from fmplang.importing.vocabulary import WRAPPERS
from fmplang.syntax import ast

_ARRAYS = frozenset({"Image", "ndarray", "Tensor"})  # how Python's libraries call a picture
_COUNT = {"list": 1, "set": 1, "dict": 2, "Optional": 1}


def spelled(node: ast.Expr, records: set[str]) -> str:
    """A type as FMP text, or "" where FMP has no such type. `records` are names of the program's own types.

    >>> # List[ImagePatch] -> list[Image]; Optional[str] -> str | None; list, Any, Union[int, str] -> ""
    """
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else _named(node.value, records) if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name):
        return _named(node.id, records)
    if isinstance(node, ast.Attribute):
        return "Image" if node.name in _ARRAYS else _named(node.name, records)
    if isinstance(node, ast.Binary):
        return _union(tuple(node.operands), records) if set(node.ops) == {"|"} else ""
    if isinstance(node, ast.Subscript) and not isinstance(node.index, ast.Slice):
        head = node.value.id if isinstance(node.value, ast.Name) else node.value.name if isinstance(
            node.value, ast.Attribute) else ""
        items = node.index.items if isinstance(node.index, ast.TupleExpr) else (node.index,)
        return _generic(GENERIC.get(head, ""), items, records)
    return ""


def _named(name: str, records: set[str]) -> str:
    if name in WRAPPERS:
        return WRAPPERS[name]
    return name if name in SIMPLE or name in records else ""


def _generic(head: str, items: tuple[ast.Expr, ...], records: set[str]) -> str:
    if head == "Literal":
        values = [repr(i.value) for i in items if isinstance(i, ast.Constant)]
        return f"Literal[{', '.join(values)}]" if len(values) == len(items) else ""
    if head == "Union":
        return _union(items, records)
    inner = [spelled(item, records) for item in items]
    if not head or head == "Callable" or not all(inner) or _COUNT.get(head, len(items)) != len(items):
        return ""
    if head == "Optional":
        return f"{inner[0]} | None"
    return f"{head}[{', '.join(inner)}]"


def _union(members: tuple[ast.Expr, ...], records: set[str]) -> str:
    inner = [spelled(m, records) for m in members]
    kinds = [kind for kind in inner if kind != "None"]
    if not all(inner) or len(kinds) != 1:
        return ""  # FMP has unions with None alone
    return " | ".join([*kinds, *(["None"] if len(inner) > 1 else [])])
