"""A question to a model that answers in free text, put as one that is answered by yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix

if TYPE_CHECKING:
    from fmplang.check.body import Body


def verified(c: Body, node: ast.Expr, call: ast.Expr, no: bool = False) -> tuple[Fix, ...]:
    """In place of `node`: `image.verify("...")` for the call `image.simple_query("...")`, or its opposite (`no`).

    It is never safe: a statement to be judged is better than a question, and only the author can say it.
    """
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return ()
    target = c.calls.get(call)
    function = getattr(target, "function", None)
    if len(call.args) != 1 or call.keywords or function is None or function.module != "fmp.vision":
        return ()
    if function.name not in ("simple_query", "query"):
        return ()
    image, question = c.source.slice(call.func.value.span), c.source.slice(call.args[0].span)
    return (Fix("ask with `verify`", (Edit(node.span, f"{'not ' if no else ''}{image}.verify({question})"),)),)
